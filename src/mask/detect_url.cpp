#include "detect.hpp"
#include "scan.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

/// What ends an URL (2) or its authority (1).
constexpr std::array<byte, 256> ends = [] {
    std::array<byte, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        bool const url = c <= 0x20 || is_quote(c) || c == '<' || c == '>' || c == '\\' ||
            c == '|' || c == '{' || c == '}' || c == '^';
        t[n] = url ? 2 : c == '/' || c == '?' || c == '#' ? 1 : 0;
    }
    return t;
}();

inline bool ends_url(byte c) noexcept
{
    return ends[c] == 2;
}

} // namespace

bool ends_authority(byte c) noexcept
{
    return ends[c] != 0;
}

namespace {

bool in_authority(byte c) noexcept
{
    return !ends_authority(c);
}

/// More than any host and port: a password of which the end is not seen.
constexpr std::size_t longest_host = 300;

/// "${pw}", "{pw}": what a program puts there before it is used.
bool is_template(std::string_view password) noexcept
{
    if (password.find("${") != password.npos) return true;
    auto const open = password.find('{');
    return open <= 1 && password.back() == '}' && (open == 0 || password[0] == '%');
}

} // namespace

bool stands_for_password(std::string_view password) noexcept
{
    if (password == "%s") return true;
    auto const alike = [&](char sign) {
        return password.size() >= 3 && password.find_first_not_of(sign) == password.npos;
    };
    if (alike('*') || alike('x') || alike('X')) return true;
    if (password.size() < 3 || password[0] != '$' ||
        !std::all_of(password.begin() + 1, password.end(),
            [](char c) { return is_upper(static_cast<byte>(c)) || c == '_'; }))
        return false;
    static constexpr std::string_view names[] = {
        "PASS", "PASSWORD", "PASSWD", "PW", "PWD", "TOKEN", "SECRET", "KEY", "AUTH"};
    for (auto rest = password.substr(1); !rest.empty();) {
        auto const e = std::min(rest.find('_'), rest.size());
        if (std::ranges::find(names, rest.substr(0, e)) != std::end(names)) return true;
        rest.remove_prefix(std::min(e + 1, rest.size()));
    }
    return false;
}

namespace {

/// What no password goes on behind that is written as it is: a blank, the quote that opened before
/// the URL, and one that closes something else.
bool ends_raw_password(text t, std::size_t i, byte opened) noexcept
{
    auto const c = t[i];
    if (c == '|' || c == '{' || c == '}' || c == '^') return false;
    if (is_single_quote(c) || c == '`')
        return c == opened || (!is_word(t[i + 1]) && t[i + 1] != '@');
    return ends_url(c);
}

/// After "://": user and password end at the last '@' of the authority. A password with a raw slash
/// is found too, as long as the part before it cannot be a port.
hit find_password(text t, std::size_t begin, std::size_t first_end, source_signs coded) noexcept
{
    auto end = first_end;
    while (coded.in_part(begin - 3, end)) end = t.skip(end + 1, in_authority);
    auto at = find_any<'@'>(t.data(), begin, end) == end ? begin : end;
    while (at > begin && t[at] != '@') --at;
    if (t[begin] == '[' && t[at] == '@') return {}; // [user[:password]@]host
    auto const colon = find_any<':'>(t.data(), begin, std::min(first_end, begin + 200));
    if (t[colon] != ':') { // https://<key>@host: a key that is the user
        bool digit = false, letter = false, plain = true;
        for (auto i = begin; i < at; ++i) {
            digit = digit || is_digit(t[i]);
            letter = letter || is_alpha(t[i]);
            plain = plain && is_base64url(t[i]);
        }
        bool const key = t[at] == '@' && at - begin >= 20 && digit && letter && plain;
        return key ? hit{mask_type::url_password, begin, at} : hit{};
    }
    if (t[at] == '@' && colon < at) return {mask_type::url_password, colon + 1, at};
    if (end == t.end() && end - colon > longest_host)
        return {mask_type::url_password, colon + 1, end};
    auto const port = t.skip(colon + 1, is_digit, 6);
    if (ends_authority(t[port]) || t[port] == ',' || t[port] == ')' || t[port] == '.') return {};
    auto const near_end = std::min(t.end(), colon + 200);
    auto const* const sign = std::memchr(t.data() + colon, '@', near_end - colon);
    if (!sign) return {};
    at = static_cast<std::size_t>(static_cast<byte const*>(sign) - t.data());
    if (at == colon + 1 || !is_alnum(t[at + 1])) return {};
    auto const opened = t.before(t.skip_back(begin - 3, is_alnum, 20));
    for (auto p = colon; p < at; ++p)
        if (ends_raw_password(t, p, opened) && !coded.in_part(begin - 3, p)) return {};
    auto host_end = t.skip(at, in_authority, longest_host);
    while (coded.in_part(begin - 3, host_end) && host_end < at + longest_host)
        host_end = t.skip(host_end + 1, in_authority, longest_host);
    for (auto p = at; p < host_end; ++p)
        if (t[p] == '@') at = p;
    if (is_template(t.view(colon + 1, at))) return {};
    return {mask_type::url_password, colon + 1, at};
}

/// https://host/<long random part>/recording.wav: whoever has the link has the recording.
hit find_capability(text t, std::size_t host_end, url_run& run) noexcept
{
    if (t[host_end] != '/') return {};
    // What ends this path ends every path that begins before it.
    if (host_end < run.begin || host_end > run.end) {
        run.begin = host_end;
        run.end = t.skip(host_end, [](byte c) { return !ends_url(c) && c != '?' && c != '#'; });
    }
    auto const path_end = std::min(run.end, host_end + 2000);
    auto last = path_end;
    while (last > host_end + 1 && t[last - 1] != '/') --last;
    static constexpr std::string_view files[] = {"recording", "scrubbed_recording", "multi_channel",
        "multichannel", "public_log", "public.log", "public-log", "knowledge_base_retrieved"};
    for (auto const& f : files) {
        if (!t.starts_like(last, f)) continue;
        auto const rest = t.view(last, path_end);
        if (rest.find('.') == rest.npos) return {};
        if (last - host_end < 18) return {}; // nothing that could not be guessed
        auto const end = t.skip(
            host_end, [](byte c) { return !ends_url(c); }, 2000);
        return {mask_type::capability_url, host_end + 1, end};
    }
    return {};
}

} // namespace

std::size_t end_of_authority(text t, std::size_t i) noexcept
{
    auto const scheme = t.skip(
        i, [](byte c) { return is_alnum(c) || c == '+' || c == '.' || c == '-'; }, 20);
    if (scheme == i || !t.starts(scheme, "://")) return i;
    return t.skip(
        scheme + 3, [](byte c) { return !ends_authority(c); }, 300);
}

hit find_in_url(text t, std::size_t i, url_run& run, source_signs coded) noexcept
{
    auto const begin = i + 3;
    // As far as it is seen: the slashes of another URL would end it.
    auto const end = t.skip(begin, in_authority);
    if (auto const h = find_password(t, begin, end, coded)) return h;
    return find_capability(t, std::min(end, begin + longest_host), run);
}

hit find_mail(text t, std::size_t i) noexcept
{
    auto const is_local = [](byte c) {
        return is_word(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%' ||
            c == '\'' || c == '!' || c == '#' || c == '$' || c == '&' || c == '*' || c == '/' ||
            c == '=' || c == '?' || c == '^' || c == '|' || c == '~' || c == '{' || c == '}';
    };
    auto const usual = [](byte c) {
        return is_word(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
    };
    if (!is_word(t[i + 1])) return {};
    auto begin = t.skip_back(i, usual, 64);
    while (begin < i && (t[begin] == '.' || t[begin] == '-' || t[begin] == '%')) ++begin;
    if (begin == i) return {};
    if (t.before(begin) == '@') return {};
    if (t.before(begin) == '\'' && begin > t.begin() + 1 && is_alnum(t[begin - 2])) // o'neil@
        begin = t.skip_back(begin, is_local, 64 - (i - begin));
    // domain
    auto const is_domain = [](byte c) { return is_word(c) || c == '-' || c == '.'; };
    auto end = t.skip(i + 1, is_domain, 255);
    while (end > i + 1 && (t[end - 1] == '.' || t[end - 1] == '-')) --end;
    auto const domain = i + 1;
    auto dot = end > domain ? end - 1 : end;
    while (dot > domain && t[dot] != '.') --dot;
    if (t[dot] != '.' || end - dot < 3) return {};
    bool letters = true;
    for (auto k = dot + 1; k < end; ++k)
        letters = letters && (is_letter(t[k]) || t[k] == '-' || k > dot + 4);
    if (!letters || !is_letter(t[dot + 1])) return {};
    for (auto k = domain; k + 1 < end; ++k)
        if (t[k] == '.' && t[k + 1] == '.') return {};
    // banner@2x.jpg
    auto const digits = t.skip(domain, is_digit, 3);
    if (digits > domain && lower(t[digits]) == 'x' && t[digits + 1] == '.') return {};
    static constexpr std::string_view files[] = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp",
        ".css", ".js", ".ts", ".json", ".html", ".php", ".vue", ".map", ".scss", ".tgz", ".woff2"};
    for (auto const& f : files)
        if (end - dot == f.size() && t.starts_like(dot, f)) return {};
    // git@host:owner/repository
    if (t.view(begin, i) == "git" && (t[end] == ':' || t[end] == '/')) return {};
    if (t.before(begin) == '*') { // m***x@example.org, but *max@example.org* is in bold
        auto const stars = t.skip_back(
            begin, [](byte c) { return c == '*'; }, 3);
        if (begin - stars > 2 || is_word(t.before(stars)) || t[end] != '*') return {};
    }
    // user@host in a URL is no mail address: scheme://user@host
    if (begin >= t.begin() + 3 && t.starts(begin - 3, "://")) return {};
    return {mask_type::email, begin, end};
}

hit find_sip_user(text t, std::size_t i) noexcept
{
    auto begin = t.skip_back(i, is_digit, 16);
    auto const digits = i - begin;
    if (t.before(begin) == '+') --begin;
    if (digits < 7 || digits > 15 || t.before(begin) != ':') return {};
    auto const name = t.view(t.skip_back(begin - 1, is_alpha, 8), begin - 1);
    return name == "sip" || name == "sips" ? hit{mask_type::phone, begin, i} : hit{};
}

} // namespace trunkline::mask_detail
