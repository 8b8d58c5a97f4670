#include "engine.hpp"

#include <algorithm>

namespace trunkline::mask_detail {
namespace {

/// Of a list of cookies, what is no value: {"name": "sid", "value": "x", "path": "/"}.
bool is_cookie_attribute(text t, std::size_t b, std::size_t e) noexcept
{
    static constexpr std::string_view names[] = {"name", "path", "domain", "expires", "samesite",
        "same_site", "max-age", "maxage", "expirationdate", "priority"};
    return std::ranges::any_of(
        names, [&](std::string_view n) { return e - b == n.size() && t.starts_like(b, n); });
}

/// Whether a number at `i` stands where a document or an array of PHP has one.
bool begins_item(text t, std::size_t i) noexcept
{
    auto const p = t.skip_back(i, is_space, 200);
    auto const sign = t.before(p);
    if (sign == '[' || sign == ',' || sign == '(') return true;
    if (sign == ':') return is_quote(t.before(t.skip_back(p - 1, is_space, 200)));
    return sign == '>' && t.before(p - 1) == '=';
}

} // namespace

std::size_t engine::go_on(std::size_t i)
{
    if (s().mode != mode::subtree || s().notation != 0) note_to(i);
    switch (s().mode) {
    case mode::scan: break; // the caller does that
    case mode::quoted: return in_quoted(i);
    case mode::run: return in_run(i);
    case mode::subtree:
        if (s().notation == 0) return in_subtree(i);
        return s().notation == '<' ? in_elements(i) : in_lines(i);
    case mode::pem: return in_pem(i);
    case mode::rest: return in_rest(i);
    }
    return i + 1;
}

/// The rest of a value that is longer than what could be seen at its beginning.
std::size_t engine::in_quoted(std::size_t i)
{
    auto const e = find_close(i, s().quote, window_.size());
    swallow(i, e);
    if (e == window_.size()) return e;
    s().mode = s().in_subtree ? mode::subtree : mode::scan;
    return e + (at(e) == s().quote ? 1u : 0u);
}

std::size_t engine::in_run(std::size_t i)
{
    auto e = i;
    while (e < window_.size() && (is_base64(at(e)) || at(e) == '=')) ++e;
    if (e > i && at(e - 1) == '=' && e < window_.size() && is_word(at(e))) --e;
    swallow(i, e);
    if (e < window_.size()) s().mode = s().in_subtree ? mode::subtree : mode::scan;
    return e;
}

/// What was masked up to `e` is longer than is looked at: all of it goes, up to the end of the line
/// ('\n'), the next tag ('<'), the end of CDATA (']'), the first character that ends a value (' '),
/// credentials ('.'), a JWT ('j'), a password in an URL ('@') or a value of a form ('&'), or the
/// end of the cookie (';').
std::size_t engine::go_on_to(byte end, std::size_t e) noexcept
{
    s().mode = mode::rest;
    s().quote = end;
    return e;
}

std::size_t engine::in_rest(std::size_t i)
{
    auto const kind = s().quote;
    if (kind == ';') return rest_of_cookies(i);
    if (kind == '|') return rest_of_block(i);
    auto const goes_on = [&](byte c) {
        if (kind == '.') return in_credentials(c);
        if (kind == 'j') return is_base64url(c) || c == '.';
        if (kind == '@') return c != '@' && !ends_authority(c);
        if (kind == '&') return c > ' ' && c != '&' && !is_quote(c);
        if (c == '\n' || c == '\r') return kind == '<' || kind == ']';
        if (kind == '<' || kind == ']') return c != kind;
        return kind != ' ' || (c > ' ' && !is_quote(c) && c != '<' && c != ',' && c != ';');
    };
    auto e = seen().skip(i, goes_on);
    while ((kind == '&' || (kind == '@' && at(e) != '@')) && percent_coded(e))
        e = seen().skip(e + 1, goes_on);
    if (s().whole == whole::document) e = end_of_string(i, e);
    if (e < window_.size() && (kind == '.' || kind == 'j')) // the end of a sentence is none of it
        e = std::max(i,
            seen().skip_back(
                e, [](byte c) { return c == '.' || c == ':'; }, e - i));
    swallow(i, e);
    if (e < window_.size()) s().mode = s().in_subtree ? mode::subtree : mode::scan;
    return e;
}

/// The lines of a block of YAML behind those that were seen.
std::size_t engine::rest_of_block(std::size_t i)
{
    auto const e = end_of_block(i, s().depth);
    swallow(i, e);
    if (e < window_.size()) s().mode = s().in_subtree ? mode::subtree : mode::scan;
    return e;
}

/// The value of a cookie that is longer than what was seen, and those behind it in its line.
std::size_t engine::rest_of_cookies(std::size_t i)
{
    auto const t = seen();
    auto const e =
        t.skip(i, [](byte c) { return c != ';' && c != '\n' && c != '\r' && !is_quote(c); });
    swallow(i, e);
    if (e == window_.size()) return e;
    s().mode = s().in_subtree ? mode::subtree : mode::scan;
    return at(e) == ';' ? cookies_of_line(e) : e;
}

/// Cookies from `v` to the end of the line, or a quote.
std::size_t engine::cookies_of_line(std::size_t v)
{
    auto const e = line_end(v, window_.size());
    mask_cookies(v, e);
    if (e == window_.size() && !last_ && floor_ == e) return go_on_to(';', e);
    return e;
}

void engine::enter_subtree(key_class c, std::size_t, key_place const& key)
{
    s().mode = mode::subtree;
    s().in_subtree = true;
    s().leaf = c;
    s().depth = 0;
    s().notation = 0;
    s().reason = c.rule == key_rule::headers || c.rule == key_rule::sip ? mask_reason::path
                                                                        : mask_reason::key;
    s().marks_size = 0;
    if (key.quote != 0) {
        auto const marks = raw_.substr(source(key.quote_at) - base_, window_.width(key.quote_at));
        if (marks.size() <= sizeof s().marks) {
            std::copy(marks.begin(), marks.end(), s().marks);
            s().marks_size = static_cast<unsigned>(marks.size());
        }
    }
}

/// Below a sensitive key: every string and number goes, names stay.
std::size_t engine::in_subtree(std::size_t i)
{
    auto const t = seen();
    auto const c = at(i);
    if (c == '[') {
        if (auto const e = existing_mask(i); e != i && t.before(i) != 0) {
            pass_mask(i, e);
            return e;
        }
    }
    if (c == '[' || c == '{' || c == '(') {
        ++s().depth;
        return i + 1;
    }
    if (c == ']' || c == '}' || c == ')') {
        if (s().depth <= 1) {
            s().mode = mode::scan;
            s().in_subtree = false;
            return s().depth == 0 ? i : i + 1;
        }
        --s().depth;
        return i + 1;
    }
    auto const leaf = s().leaf;
    if (is_quote(c)) {
        note_to(i);
        // A quote that belongs to a string around all this ends it.
        if (is_double_quote(c) && ((s().open_quotes >> quote_level(c)) & 1u) != 0) {
            s().mode = mode::scan;
            s().in_subtree = false;
            return i;
        }
        auto const e = find_close(i + 1, c, window_.size());
        if (e == window_.size()) {
            if (leaf.rule == key_rule::phone || leaf.rule == key_rule::sip || keeps(leaf.type))
                return i + 1;
            if (last_ && is_placeholder(i + 1, e)) return e;
            mask(i + 1, e, leaf.type, s().reason);
            s().mode = mode::quoted;
            s().quote = c;
            return e;
        }
        if (at(e) != c && is_double_quote(at(e))) { // it ends with the string around all this
            leave_subtree();
            if (e > i + 1 && !is_placeholder(i + 1, e) && !is_sentence(i + 1, e))
                mask_inside(leaf, i + 1, e);
            return behind_part(i + 1, e);
        }
        auto const next = t.skip(e + 1, is_space, 200);
        auto const behind = e + (at(e) == c ? 1u : 0u);
        if (at(next) == ':' || (at(next) == '=' && at(next + 1) == '>')) {
            if (leaf.rule == key_rule::cookie && is_cookie_attribute(t, i + 1, e)) {
                auto const v = t.skip(
                    next + 1, [](byte x) { return is_space(x) || x == '>'; }, 200);
                if (is_quote(at(v))) return find_close(v + 1, at(v), 200) + 1;
                if (is_digit(at(v))) return t.skip(v, is_digit);
            }
            return std::max(behind, next + 1);
        }
        if (at(next) == ']' && at(next + 1) == '=' && at(next + 2) == '>') { // var_dump
            if (s().depth > 0) --s().depth;
            return next + 3;
        }
        if (leaf.rule == key_rule::cookie && s().depth >= 2 && at(next) == ',' &&
            t.before(t.skip_back(i, is_space, 20)) == '[')
            return behind; // the name in [["sid", "x"]]
        mask_leaf(i + 1, e);
        return std::max(behind, floor_);
    }
    if (is_digit(c) || (c == '-' && is_digit(at(i + 1)))) {
        auto const e = t.skip(
            i, [](byte x) { return is_alnum(x) || x == '.' || x == '+' || x == '-'; }, round_size);
        if (t.before(i) == '[' && at(e) == ']') { // an index
            if (s().depth > 0) --s().depth;
            return t.starts(e, "] => ") ? printed_leaf(e + 5) : e + 1;
        }
        auto const arrow = t.skip(e, is_space, 20);
        if (at(arrow) == '=' && at(arrow + 1) == '>') return arrow + 2; // the same of array()
        if (t.before(i) == '(' && at(e) == ')') {                       // the length in string(7)
            if (t.starts(e, ") \"") || t.starts(e, ") {")) {
                if (s().depth > 0) --s().depth;
                return e + 1;
            }
        }
        if (t.before(i) == '(' && at(e) == ')' && leaf.type == mask_type::password) {
            auto const called = t.skip_back(i - 1, is_alpha, 30); // Password::min(8)->...
            if (called + 1 < i && (t.before(called) == ':' || t.before(called) == '>')) return e;
        }
        bool const strings_only = leaf.rule == key_rule::strings;
        if (strings_only || !leaf_goes(leaf, i, e)) {
            if (e - i >= 7) look_at(i, e); // a card is one whatever its key says
            return std::max(e, floor_);
        }
        bool const whole = begins_item(t, i) && ends_item(t, e);
        std::string_view const marks(s().marks, whole ? s().marks_size : 0);
        mask(i, e, leaf.type, s().reason, marks);
        return e;
    }
    if (is_letter(c)) {
        if (t.before(i) == '[') { // print_r: [name] => value
            auto const close = t.skip(
                i, [](byte x) { return x != ']' && x != '\n' && !is_quote(x); }, 64);
            if (t.starts(close, "] => ")) {
                if (s().depth > 0) --s().depth;
                return printed_leaf(close + 5);
            }
        }
        auto const e = t.skip(i, [](byte x) { return is_word(x) || x == '_'; });
        if (at(e) == ':' && t.view(i, e) == "array") { // array:2 [
            auto const count = t.skip(e + 1, is_digit, 9);
            if (count > e + 1 && t.starts(count, " [")) return count;
        }
        if (leaf.rule == key_rule::cookie && at(e) == ':' && is_cookie_attribute(t, i, e)) {
            auto const v = t.skip(e + 1, is_blank, 20); // cookie: { maxAge: 60, sameSite: 'lax' }
            if (is_single_quote(at(v))) return find_close(v + 1, at(v), 200) + 1;
            return t.skip(v, is_digit);
        }
        return e;
    }
    return i + 1;
}

namespace {

bool in_pem_line(byte c) noexcept
{
    return is_alnum(c) || c == '+' || c == '/' || c == '=';
}

bool is_pem_line(text t, std::size_t b, std::size_t e) noexcept
{
    auto const length = e - b;
    if (length < 4) return false;
    bool const padded = length >= 8 && length % 4 == 0 && t[e - 1] == '=';
    if (length >= 40 || padded) {
        std::size_t low = 0, up = 0, digits = 0;
        for (auto i = b; i < e; ++i) {
            low += is_lower(t[i]);
            up += is_upper(t[i]);
            digits += is_digit(t[i]) || t[i] == '+';
        }
        if (length >= 40) return low >= 4 && up >= 4 && digits > 0;
        // The last one is shorter.
        if (low > 0 && up > 0 && (digits > 0 || t[e - 2] == '=')) return true;
    }
    // Nothing said until END; not until the dashes: those stand around every heading.
    auto const stop = std::min(t.end(), e + 48);
    for (auto p = e; p < stop; ++p) {
        auto const c = t[p];
        bool const line_end = (c == 'n' || c == 'r') && p > e && t[p - 1] == '\\';
        if (is_alnum(c) && !line_end)
            return p >= e + 5 && p + 3 <= stop && t.starts(p - 5, "-----END");
    }
    return false;
}

bool is_pem_header(text t, std::size_t b, std::size_t e) noexcept
{
    static constexpr std::string_view names[] = {"proc-type", "dek-info", "version", "comment",
        "hash", "charset", "messageid", "key-info", "encryption", "mac-info"};
    return std::ranges::any_of(
        names, [&](std::string_view n) { return e - b == n.size() && t.starts_like(b, n); });
}

} // namespace

/// At "-----BEGIN ": a private key loses its body. A form has "+" for blanks.
std::size_t engine::begin_pem(std::size_t i)
{
    auto const t = seen();
    auto const e = t.skip(
        i + 11, [](byte c) { return is_upper(c) || c == ' ' || c == '+' || is_digit(c); }, 60);
    auto const label = t.view(i + 11, e);
    if (label.find("PRIVATE KEY") == label.npos && label.find("PRIVATE+KEY") == label.npos)
        return e;
    auto const b = t.skip(
        e, [](byte c) { return c == '-'; }, 5);
    s().mode = mode::pem;
    s().quote = 0; // nothing was masked yet
    s().reason = mask_reason::value;
    return b;
}

/**
 * In the body. It ends at "-----END", and where something follows that cannot be part of one,
 * unless that stands before another line: a key that was cut off loses every line of it, and what
 * comes after it stays.
 */
std::size_t engine::in_pem(std::size_t i)
{
    auto const t = seen();
    auto const n = window_.size();
    auto const goes = [&](std::size_t b, std::size_t e) {
        if (s().quote == 0) {
            mask(b, e, mask_type::private_key, mask_reason::value);
            s().quote = 1;
        } else {
            swallow(b, e);
        }
    };
    auto const b = t.skip(
        i, [&](byte c) { return is_space(c) || c == '\\'; }, n);
    if (b == n) return n;
    auto const e = t.skip(b, in_pem_line, n);
    auto const name = t.skip(
        b, [](byte c) { return is_alpha(c) || c == '-'; }, 20);
    if (s().quote == 0 && at(name) == ':' && is_pem_header(t, b, name)) { // Proc-Type: 4,ENCRYPTED
        return t.skip(
            name, [](byte c) { return c != '\n' && c != '\r' && !is_quote(c); }, 200);
    }
    if (auto const m = existing_mask(b); m != b) {
        pass_mask(b, m);
        s().quote = 2;
        return m;
    }
    auto const length = e - b;
    bool mixed = false, low = false, up = false;
    for (auto k = b; k < e && k < b + 64; ++k) {
        mixed = mixed || is_digit(t[k]) || t[k] == '+' || t[k] == '/' || t[k] == '=';
        low = low || is_lower(t[k]);
        up = up || is_upper(t[k]);
    }
    // A short rest, if it is alone in its line.
    auto const next_sign = t.skip(e, is_blank, 4);
    auto const c = at(next_sign);
    bool const alone = c == '\n' || c == '\r' || c == '\\' || c == 0 || is_quote(c) || c == '<' ||
        t.starts(next_sign, "-----");
    if (length >= 16 || (length > 0 && is_pem_line(t, b, e)) || (alone && (mixed || (low && up)))) {
        if (s().quote == 2) { // lines behind a mask: the same key
            swallow(b, e);
        } else {
            goes(s().quote == 0 ? b : i, e);
        }
        return e;
    }
    if (length > 0 && e == n) { // more of it may come
        goes(s().quote == 0 ? b : i, e);
        return e;
    }
    auto p = s().quote == 0 || s().quote == 2 ? b : i;
    s().mode = mode::scan;
    auto const next = next_pem_line(b);
    if (next == n) return p;
    while (p < next && s().mode == mode::scan) p = scan(p, next);
    if (s().mode == mode::scan) {
        s().mode = mode::pem;
        s().quote = 0;
    }
    return p;
}

/// The next line of a key of which every line has something in front of it or behind it: in a log,
/// a quotation, a list, source text. The end of the window if there is none.
std::size_t engine::next_pem_line(std::size_t i) const noexcept
{
    constexpr std::size_t reach = 160;
    auto const t = seen();
    auto const stop = std::min(t.end(), i + reach);
    for (auto p = i; p < stop; ++p) {
        if (t.starts(p, "-----")) break;
        if (!in_pem_line(t[p])) continue;
        auto const e = t.skip(p, in_pem_line, 80);
        if (is_pem_line(t, p, e)) return p;
        p = e;
    }
    return window_.size();
}

} // namespace trunkline::mask_detail
