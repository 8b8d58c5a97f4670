#include "engine.hpp"

#include <algorithm>
#include <utility>

/// Values that end at the next pair: of cookies, of forms and of queries.
namespace trunkline::mask_detail {
namespace {

/// Whether a name and its '=' begin at `p`.
bool sets_next(text t, std::size_t p) noexcept
{
    auto const e = t.skip(
        p, [](byte c) { return is_word(c) || c == '_' || c == '.' || c == '-'; }, 40);
    return e > p && t[e] == '=';
}

/// Whether [b, e) could be what a cookie holds, and not its name (laravel_session), a version or a
/// file.
bool is_session(text t, std::size_t b, std::size_t e) noexcept
{
    std::size_t digits = 0, letters = 0, humps = 0;
    for (auto p = b; p < e; ++p) {
        digits += is_digit(t[p]);
        letters += is_letter(t[p]);
        humps += p > b && is_upper(t[p]) && is_lower(t[p - 1]);
    }
    auto const size = e - b;
    if (t[b] == '/' || t[b] == '.') return false;
    if (digits == size) return size >= 8;
    return letters > 0 && ((digits > 0 && size >= 6) || (humps > 0 && size >= 12));
}

} // namespace

/// After a cookie's key: pairs up to the end of the line, or what one cookie holds,
/// session_cookie=x.
std::size_t engine::bare_cookies(key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    auto const token = bare_end(v, separator, key.in_query);
    if (no_cookies_.holds(v) && no_cookies_.end == token) return v;
    auto const name_end = t.skip(
        v, [](byte c) { return c != '=' && c != ',' && c != ';'; }, token - v);
    auto const padding = t.skip(
        name_end, [](byte c) { return c == '='; }, token - name_end);
    bool const opens = padding == name_end + 1 && is_quote(at(token)) && !closes_string(token);
    bool const named = name_end > v && name_end < token && at(name_end) == '=' &&
        (padding < token || at(token) == ';' || opens);
    if (!named) {
        bool const spaced = v > separator + 1 || at(separator) == ':';
        if (token <= v || is_placeholder(v, token)) return v;
        if (!is_session(t, v, token)) {
            if (name_end == token && t[v] != '/' && t[v] != '.' &&
                std::none_of(t.data() + v, t.data() + token, is_digit))
                no_cookies_.begin = v, no_cookies_.end = token;
            return v;
        }
        if (!key.bracket && ((spaced && is_prose(v, token)) || is_code(v, token))) return v;
        if (!mask(v, token, mask_type::cookie, mask_reason::key)) return v;
        bool const more = at(token) == ';' && at(separator) == ':' &&
            sets_next(t, t.skip(token + 1, is_blank, 2));
        if (more) return cookies_of_line(token);
        return token == window_.size() && !last_ ? go_on_to(' ', token) : token;
    }
    auto end = line_end(v, longest_line);
    // sid="x y"; theme=dark, unless the quote closes what the line stands in
    while (is_double_quote(at(end)) && t.before(end) == '=' &&
        ((s().open_quotes >> quote_level(at(end))) & 1u) == 0)
    {
        auto const close = find_close(end + 1, at(end), 400);
        if (at(close) != at(end)) break;
        end = t.skip(
            close + 1, [](byte x) { return x != '\n' && x != '\r' && !is_quote(x); }, 2000);
    }
    if (key.in_query) end = std::min(end, token);
    for (auto p = token; at(separator) == '=' && p < end; ++p) // cookie=sid=x user=bob
        if (at(p) == ' ' && t.before(p) != ';' && sets_next(t, p + 1)) end = p;
    if (end == v + longest_line) return cookies_of_line(v);
    mask_cookies(v, end);
    return end;
}

/// Whether the link at `v` is a value of a form or a query, which ends at the next '&': its key
/// follows one, or it is coded more deeply than the separator.
bool engine::in_form(key_place const& key, std::size_t separator, std::size_t v) const noexcept
{
    if (key.in_query) return true;
    if (at(separator) != '=' || key.quote != 0 || key.bracket) return false;
    auto const colon = seen().skip(v, is_alnum, 10);
    return percent_level(colon) > percent_level(separator);
}

/// Where [b, e) of a URL ends that is coded like its sign at `i`: at an '&' that is less so.
std::size_t engine::end_in_form(std::size_t i, std::size_t b, std::size_t e) const noexcept
{
    auto const level = percent_level(i);
    if (level == 0) return e;
    while (b < e && (at(b) != '&' || percent_level(b) >= level)) ++b;
    return b;
}

/// id=7&transcript=Mein+Hund, transcript=Mein%20Hund&id=7: where it ends, masked; `v` if that is
/// no form. A small word alone says which transcript is asked for.
std::size_t engine::said_in_form(
    key_class c, key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    if (at(separator) != '=' || v != separator + 1 || key.quote != 0) return v;
    auto const e = bare_end(v, separator, key.in_query);
    if (!key.in_query && at(e) != '&') return v;
    bool const flag = std::all_of(t.data() + v, t.data() + e,
        [](byte x) { return is_lower(x) || is_digit(x) || x == '_' || x == '-'; });
    if (flag || is_placeholder(v, e) || !mask(v, e, c.type, mask_reason::key)) return v;
    return e == window_.size() && !last_ ? go_on_to('&', e) : e;
}

/// password[]=x, user[password][0]=x, credentials[blob]=x in a form: what the last name says that
/// says something. Null in code, token[i]=x;
key_class const* engine::class_in_form(key_place& key, std::size_t separator) noexcept
{
    constexpr int most_names = 4;
    auto const t = seen();
    auto const in_name = [](byte c) { return is_word(c) || c == '_' || c == '-' || c == '.'; };
    key_class const* c = nullptr;
    for (auto [open, k] = std::pair(key.form, 0); !c && k < most_names; ++k) {
        bool const first = t.before(open) != ']';
        auto const e = first ? open : open - 1;
        auto const b = t.skip_back(e, in_name, 60);
        if (!first && t.before(b) != '[') return nullptr;
        c = class_of(b, e);
        key.begin = b;
        key.end = e;
        if (first) break;
        open = b - 1;
    }
    if (!c || c->rule == key_rule::none || c->rule > key_rule::webhook) return nullptr;
    auto const name = t.skip_back(
        key.form, [&](byte x) { return in_name(x) || x == '[' || x == ']'; }, 200);
    auto const before = t.before(name);
    if (before == '?' || before == '&') return c;
    if (before > ' ' && !is_quote(before)) return nullptr;
    auto const v = separator + 1, e = bare_end(v, separator, true);
    auto const behind = at(e);
    if (behind == '&') return c;
    bool const code = std::any_of(
        t.data() + v, t.data() + e, [](byte x) { return x == ';' || x == '{' || x == '}'; });
    return !code && (behind <= ' ' || is_quote(behind)) ? c : nullptr;
}

/// general_tools[0][headers][X]=x, transcript_object[0][content]=x: what the names before the last
/// one make of it. Null if nothing.
key_class const* engine::class_by_path(key_place const& key, std::size_t separator) noexcept
{
    static key_class const secret(mask_type::generic_secret, key_rule::any);
    static key_class const said(mask_type::transcript, key_rule::any);
    auto const t = seen();
    auto const in_name = [](byte c) { return is_word(c) || c == '_' || c == '-' || c == '.'; };
    auto b = t.skip_back(
        key.form, [&](byte x) { return in_name(x) || x == '[' || x == ']'; }, 200);
    bool tools = false, speech = false, headers = false, strings = false;
    while (b < key.form) {
        auto const e = t.skip(b, in_name, 60);
        if (auto const* const c = class_of(b, e)) {
            tools = tools || c->rule == key_rule::path_tools;
            speech = speech || c->rule == key_rule::path_speech;
            headers = headers || c->rule == key_rule::headers;
            strings = strings || c->rule == key_rule::strings;
        }
        b = t.skip(
            e, [](byte x) { return x == '[' || x == ']'; }, 3);
        if (b == e) break;
    }
    if (tools && headers) return &secret;
    if (strings) { // numbers and switches stay
        auto const v = separator + 1, e = bare_end(v, separator, true);
        auto const digits = e > v && at(v) == '-' ? v + 1 : v;
        bool const number =
            t.skip(
                digits, [](byte x) { return is_digit(x) || x == '.'; }, e - digits) == e;
        if (!number) return &said;
    }
    auto const* const last = speech ? class_of(key.begin, key.end) : nullptr;
    return last && last->rule == key_rule::speech ? &said : nullptr;
}

} // namespace trunkline::mask_detail
