#include "engine.hpp"

#include <algorithm>

namespace trunkline::mask_detail {

/// What the name of a cookie has none of, so that what follows is read in another way.
static bool in_no_cookie(byte c) noexcept
{
    return is_double_quote(c) || c == '{' || c == '}';
}

/// Path=/, sid=x: behind the comma that joins another cookie to an attribute; `e` if none does.
static std::size_t next_of_joined(text t, std::size_t v, std::size_t e) noexcept
{
    auto const named = [](byte c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; };
    for (auto p = v; p < e; ++p) {
        if (t[p] != ',') continue;
        auto const name = t.skip(p + 1, is_blank, 2);
        auto const name_end = t.skip(name, named, 60);
        if (name_end > name && name_end < e && t[name_end] == '=') return p + 1;
    }
    return e;
}

/// name=value; name=value: the values of all but the attributes.
void engine::mask_cookies(std::size_t b, std::size_t e)
{
    static constexpr std::string_view attributes[] = {"path", "domain", "expires", "max-age",
        "samesite", "secure", "httponly", "priority", "partitioned", "version", "comment"};
    auto const t = seen();
    auto p = b;
    bool named = false;
    while (p < e) {
        p = t.skip(
            p, [](byte c) { return is_space(c) || c == ';'; }, e - p);
        auto const name_end = t.skip(
            p, [](byte c) { return c != '=' && c != ';'; }, e - p);
        if (holds_mask(p, name_end)) { // names none
            p = t.skip(
                name_end, [](byte c) { return c != ';'; }, e - name_end);
            continue;
        }
        if (std::any_of(t.data() + p, t.data() + name_end, in_no_cookie)) {
            if (!is_placeholder(p, e)) mask(p, e, mask_type::cookie, mask_reason::key);
            return; // a document, or something else
        }
        auto end = t.skip(
            name_end, [](byte c) { return c != ';'; }, e - name_end);
        if (t[name_end] == '=' && name_end < e) {
            named = true;
            bool const attribute = std::ranges::any_of(attributes,
                [&](std::string_view a) { return name_end - p == a.size() && t.starts_like(p, a); });
            auto const v = name_end + 1;
            if (attribute) end = next_of_joined(t, v, end);
            if (!attribute && end > v && !is_placeholder(v, end))
                mask(v, end, mask_type::cookie, mask_reason::key);
        }
        if (end == p) break;
        p = end;
    }
    if (!named && e > b && !holds_mask(b, e)) // a bare value
        mask(b, e, mask_type::cookie, mask_reason::key);
}

void engine::mask_addresses(std::size_t b, std::size_t e)
{
    auto const t = seen().part(b, e);
    auto cursor = b;
    for (auto i = b; i < e;) {
        if (auto const m = existing_mask(i); m != i) { // what is left beside it is no address
            i = t.skip(
                m, [](byte c) { return is_hex(c) || c == ':'; }, e - std::min(e, m));
            continue;
        }
        if (is_hex(t[i]) || t[i] == ':') {
            auto const h = find_ip(t, i);
            bool const part = h && t[h.end - 1] == ':' && existing_mask(h.end) != h.end;
            if (h && !part) {
                scan_before(cursor, h.begin);
                cursor = h.end;
                if (h.begin >= floor_) mask(h.begin, h.end, h.type, mask_reason::key);
                i = h.end;
                continue;
            }
            i = t.skip(
                i, [](byte c) { return is_hex(c) || c == ':' || c == '.'; }, e - i);
            continue;
        }
        ++i;
    }
}

/// Of a link, what follows the host; of anything else, all.
bool engine::mask_link(std::size_t b, std::size_t e)
{
    if (keeps(mask_type::capability_url)) return false;
    auto const t = seen();
    auto const host_end = end_of_authority(t, b);
    if (host_end == b) {
        if (t.view(b, e).find('/') == std::string_view::npos) return false;
        return mask(b, e, mask_type::capability_url, mask_reason::key);
    }
    auto const behind = [&](std::size_t host) { return t[host] == '/' ? host + 1 : host; };
    auto path = behind(host_end);
    if (path >= e || is_placeholder(path, e)) return false;
    auto const floor = floor_;
    scan_before(std::max(b, floor_), path); // a password, as in any link
    if (s().mode != mode::scan) return true;
    // One with a slash in it ends behind what looked like the host.
    auto password_end = floor_;
    auto const link = t.view(0, e);
    for (auto p = path - 1; password_end <= path && (p = link.find(':', p)) != link.npos; ++p)
        if (auto const open = t.skip(p + 1, is_blank, 2); existing_mask(open) != open)
            password_end = existing_mask(open);
    if (password_end > path)
        path = behind(t.skip(
            password_end, [](byte c) { return !ends_authority(c); }, e - std::min(e, password_end)));
    bool const rest = path < e && !is_placeholder(path, e) &&
        mask(path, e, mask_type::capability_url, mask_reason::key);
    return rest || floor_ != floor;
}

/// Of the address something is sent to, the password and the values of the query of this length or
/// more. Whether any of it went.
bool engine::mask_hook(std::size_t b, std::size_t e, std::size_t least)
{
    auto const t = seen();
    auto const scheme = t.skip(
        b, [](byte c) { return is_alnum(c); }, 10);
    if (!t.starts(scheme, "://")) return false;
    e = t.skip(
        scheme, [](byte c) { return c != '\n' && c != '\r'; },
        e - scheme); // the quote may be missing
    url_run run;
    if (auto const h = find_in_url(t.part(t.begin(), e), scheme, run, signs()))
        if (h.type == mask_type::url_password && !stands_for_password(t.view(h.begin, h.end)))
            mask(h.begin, h.end, h.type, mask_reason::key);
    auto cursor = std::max(scheme, floor_);
    auto p = t.skip(
        cursor, [](byte c) { return c != '?' && c != '#'; }, e - std::min(e, cursor));
    while (p < e) {
        auto const equals = t.skip(
            p, [](byte c) { return c != '='; }, e - p);
        if (equals >= e) break;
        auto const v = equals + 1;
        auto const end = t.skip(
            v, [](byte c) { return c != '&' && c != '#'; }, e - v);
        if (end >= v + least && !is_placeholder(v, end) && !holds_mask(v, end)) {
            scan_before(cursor, v);
            if (s().mode != mode::scan) return true;
            if (floor_ <= v) mask(v, end, mask_type::url_query_secret, mask_reason::key);
            cursor = std::max(end, floor_);
        }
        p = end;
    }
    return floor_ > b;
}

} // namespace trunkline::mask_detail
