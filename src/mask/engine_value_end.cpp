#include "engine.hpp"

#include <algorithm>

/// Where a value ends.
namespace trunkline::mask_detail {
namespace {

/// What a value without quotes may end at, and the bracket of a mask.
constexpr auto may_end_bare = [] {
    std::array<bool, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = c <= ' ' || is_quote(c) ||
            std::string_view("[]<>&#,;|)}").find(static_cast<char>(c)) != std::string_view::npos;
    }
    return t;
}();

/// What a shell joins to a string in single quotes for a quote in it: 'a'\''b', 'a'"'"'b'. Behind
/// it, where the closing quote of the first part stands at `i`; `i` if there is none. Double quotes
/// of a level below `level` end the string that all this stands in.
std::size_t joined_quote(byte const* p, std::size_t i, std::size_t n, unsigned level) noexcept
{
    auto const quote = p[i];
    if (!is_single_quote(quote) || i + 4 >= n) return i;
    auto const escaped =
        p[i + 1] == '\\' ? i + 2 : i + 1; // a backslash and a quote may be one sign
    bool const single = is_single_quote(p[escaped]) && (escaped > i + 1 || p[escaped] != quote);
    if (single && p[escaped + 1] == quote) return escaped + 2;
    bool const doubled = is_double_quote(p[i + 1]) && quote_level(p[i + 1]) >= level;
    return doubled && p[i + 2] == quote && p[i + 3] == p[i + 1] && p[i + 4] == quote ? i + 5 : i;
}

} // namespace

std::size_t engine::find_close(std::size_t i, byte quote, std::size_t at_most) const noexcept
{
    auto const n = std::min(window_.size(),
        at_most < window_.size() - std::min(i, window_.size()) ? i + at_most : window_.size());
    auto const* const p = window_.data();
    if (is_double_quote(quote)) return find_double_quote(p, i, n, quote_level(quote), policy_.path);
    // A string in another kind of quotes ends with the string it stands in, at the latest.
    auto const open = s().open_quotes;
    unsigned outer = 0;
    while ((open >> outer) > 1u) ++outer;
    auto const begin = i;
    for (; i < n; ++i) {
        if (open != 0 && is_double_quote(p[i]) && quote_level(p[i]) <= outer) break;
        if (p[i] != quote) continue;
        if (auto const in = joined_quote(p, i, n, open != 0 ? outer + 1 : 0); in != i) {
            i = in - 1;
            continue;
        }
        if (quote == '`' || i == begin || i + 1 == n || p[i + 1] != quote) break;
        ++i; // 'O''Brien' in SQL and YAML
    }
    return std::min(i, n);
}

bool engine::quote_closes_string(std::size_t v) const noexcept
{
    auto const next = at(v + 1);
    return ((s().open_quotes >> quote_level(at(v))) & 1u) != 0 &&
        (next == '}' || next == ']' || next == ',' || next == ':' || next == 0);
}

/// Where the string ends that `i` stands in, `e` if that is not before it or there is none.
std::size_t engine::end_of_string(std::size_t i, std::size_t e) const noexcept
{
    auto const open = s().open_quotes;
    if (open == 0) return e;
    if (i >= e) return i;
    unsigned outer = 0;
    while ((open >> outer) > 1u) ++outer;
    // What was looked at from a place before it is not looked at again.
    auto& known = strings_[outer];
    if (!known.holds(i)) known.begin = known.end = i;
    if (known.end < e)
        known.end = find_double_quote(window_.data(), known.end, e, outer, policy_.path);
    return std::min(known.end, e);
}

/// ["DB_PASSWORD=two words", ...]: the end of an item that is all name and value; 0 if it is none.
std::size_t engine::end_of_setting(
    key_place const& key, std::size_t separator, std::size_t v) const noexcept
{
    auto const t = seen();
    auto const quote = t.before(key.begin);
    if (v != separator + 1 || !is_double_quote(quote)) return 0;
    auto const before = t.before(t.skip_back(key.begin - 1, is_space, 40));
    auto const name_end = t.skip(
        key.begin, [](byte c) { return is_upper(c) || is_digit(c) || c == '_'; }, 100);
    if ((before != '[' && before != ',') || name_end != key.end) return 0;
    auto const e = find_close(v, quote, 400);
    auto const after = at(t.skip(e + 1, is_space, 40));
    return at(e) == quote && (after == ',' || after == ']') ? e : 0;
}

/// Where the lines end that are indented so far, from the one at `i` on; or the string they stand in.
std::size_t engine::end_of_block(std::size_t i, std::size_t column) const noexcept
{
    auto const t = seen();
    auto const in_line = [](byte x) { return x != '\n' && x != '\r' && !is_double_quote(x); };
    for (auto e = i;;) {
        e = t.skip(e, in_line);
        auto const below = t.skip(e, [](byte x) { return x == '\n' || x == '\r'; });
        auto const indented = t.skip(below, is_blank, column);
        if (below == e || (indented - below < column && indented < t.end())) return e;
        e = indented;
    }
}

/// Where a value of one token ends.
std::size_t engine::bare_end(std::size_t v, std::size_t separator, bool in_query) noexcept
{
    auto const t = seen();
    bool const colon = at(separator) == ':';
    // Whether another name and its separator follow, so that the value ends before them.
    auto const names_next = [&](std::size_t p) {
        p = t.skip(p, is_blank, 2);
        auto const in_name = [](byte c) { return is_word(c) || c == '_' || c == '.' || c == '-'; };
        auto e = t.skip(p, in_name, 40);
        if (e > p && at(e) == ' ' && is_word(at(e + 1))) e = t.skip(e + 1, in_name, 20); // User Id=
        return e > p && ((at(e) == '=' && !colon) || at(e) == ':');
    };
    if (auto const m = existing_mask(v); m != v) return m;
    auto const level = percent_level(separator);
    // <p>password = null;</p>, ?q=password%20%3D%20null%3B&x=y
    auto const over = [&](std::size_t p) {
        if (at(p) == '<') return at(p + 1) == '/' && is_alpha(at(p + 2));
        return at(p) == '&' && level != 0 && percent_level(p) < level;
    };
    auto const opens_none = [&](std::size_t b, std::size_t stop, byte closing) {
        auto const opening = static_cast<byte>(closing == ')' ? '(' : closing == ']' ? '[' : '{');
        return std::none_of(
            window_.data() + b, window_.data() + stop, [=](byte x) { return x == opening; });
    };
    auto& known = bare_values_[(colon ? 1u : 0u) | (in_query ? 2u : 0u) | (4 * level)];
    auto e = known.holds(v) ? known.end : v;
    auto const* const p = window_.data();
    for (; e < cut_; ++e) {
        auto const c = p[e];
        if (!may_end_bare[c]) continue;
        // Coded more deeply because it belongs to the value; a blank of a query within one is coded.
        auto const coded = percent_level(e);
        if (coded > level || (coded != 0 && in_query && c == ' ')) continue;
        if (coded < level && c == '&') break; // of the query that all this is a value of
        if (c == '[') {                       // the bracket of a mask does not end it
            e = std::max(existing_mask(e), e + 1) - 1;
            continue;
        }
        if (c <= ' ' || is_quote(c) || c == '<') break;
        if (c == '>' && e > v) break;
        if (c == '&' && (in_query || names_next(e + 1) || percent_level(e) < level)) break;
        if (in_query && c == '#') break;
        if (c == ',' || c == ';' || c == '|') {
            auto const next = at(e + 1);
            if (next <= ' ' || is_quote(next) || over(e + 1) || names_next(e + 1)) break;
        }
        if (c == ')' || c == ']' || c == '}') {
            auto const next = at(e + 1);
            if (next <= ' ' || next == ',' || next == ';' || next == ')' || next == ']' ||
                next == '}' || next == '.' || is_quote(next) ||
                (over(e + 1) && opens_none(v, e, c)) || (next == ':' && at(e + 2) <= ' '))
                break;
        }
    }
    if (!known.holds(v)) known.begin = v, known.end = e;
    bool const shown = (at(e) == '\r' || at(e) == '\n') && at(e + 1) == ']'; // x[\r][\n]
    if (e > v + 1 && t[e - 1] == '[' && (is_quote(at(e)) || shown)) --e;     // opens what follows
    while (e > v + 1 &&
        (t[e - 1] == '.' || t[e - 1] == ',' || t[e - 1] == ':' || t[e - 1] == '\\') && at(e) <= ' ')
        --e;
    return e;
}

/// DB_PASSWORD=a<b alone in its line: where the value ends that stops at `e` before such a sign;
/// `e` if that is one of a tag.
std::size_t engine::behind_angle(std::size_t e) const noexcept
{
    constexpr std::size_t longest = 200;
    auto const t = seen();
    auto end = t.skip(
        e, [](byte c) { return c > ' ' && !is_quote(c); }, longest);
    for (auto p = e; p < end; ++p) {
        if (t[p] == '[' && existing_mask(p) != p) return e;
        if (t[p] != '<' || !(is_alpha(t[p + 1]) || t[p + 1] == '/' || t[p + 1] == '!')) continue;
        auto const close = t.skip(
            p + 1, [](byte c) { return c != '<' && c != '>' && c != '\n'; }, longest);
        if (t[close] == '>') return e;
    }
    while (end > e && (t[end - 1] == ',' || t[end - 1] == ';')) --end;
    return t.before(end) == '>' ? e : end;
}

/// password: Zhf rQx7w alone in its line: where a value of several words ends, of which the first
/// ends at `e`; `e` if they could say something instead. Words that follow must look like a secret.
std::size_t engine::end_of_phrase(std::size_t v, std::size_t e) const noexcept
{
    constexpr int most_words = 4;
    constexpr std::size_t longest = 64;
    auto const t = seen();
    auto const tells = [](byte c) { return is_digit(c) || is_upper(c); };
    if (is_said_of_values(v, e) || std::none_of(t.data() + v, t.data() + e, tells)) return e;
    auto p = e;
    for (int k = 0; k < most_words; ++k) {
        auto const b = t.skip(p, is_blank, 4);
        if (at(b) <= ' ' || at(b) == '#' || is_double_quote(at(b))) // the end, or a comment
            return at(b) != ' ' ? p : e;
        p = t.skip(
            b,
            [](byte c) {
                return c > ' ' && !is_quote(c) && c != ':' && c != '=' && c != '/' && c != '<' &&
                    c != '>' && c != '[' && c != '(' && c != ',';
            },
            longest);
        bool digit = false, letter = false, hump = false;
        for (auto i = b; i < p; ++i) {
            digit = digit || is_digit(t[i]);
            letter = letter || is_letter(t[i]);
            hump = hump || (i > b && is_upper(t[i]) && is_lower(t[i - 1]));
        }
        bool const over = at(p) <= ' ' || is_double_quote(at(p));
        if (p < b + 4 || !over || !letter || !(digit || hump)) return e;
    }
    return e;
}

/// The end of the line, or a quote before it.
std::size_t engine::line_end(std::size_t v, std::size_t at_most) noexcept
{
    if (!line_.holds(v)) {
        line_.begin = v;
        line_.end = seen().skip(v, [](byte c) { return c != '\n' && c != '\r' && !is_quote(c); });
    }
    return std::min(line_.end, v + at_most);
}

/// The end of the line.
std::size_t engine::whole_line_end(std::size_t i) const noexcept
{
    if (i >= cut_) return i;
    if (!whole_line_.holds(i)) {
        whole_line_.begin = i;
        whole_line_.end = find_line_break(window_.data(), i, window_.size());
    }
    return std::min(whole_line_.end, cut_);
}

/// Where a value of several words ends.
std::size_t engine::line_value_end(std::size_t v, key_class c, bool to_line_end) const noexcept
{
    auto const t = seen();
    auto e = v;
    for (; e < window_.size() && e - v < longest_line; ++e) {
        auto const x = t[e];
        if (x == '\n' || x == '\r' || is_double_quote(x) || x == '<') break;
        if (to_line_end && x != ' ' && x != ',') continue;
        if (to_line_end && x == ' ' && at(e + 1) == '#') break; // a comment
        bool const apostrophe =
            is_single_quote(x) && e > v && is_letter(t[e - 1]) && is_letter(at(e + 1)); // O'Neill
        if (x == ';' || x == '|' || x == '\t' || (is_single_quote(x) && !apostrophe)) break;
        if (x == ')' || x == ']' || x == '}' || x == '>') break;
        if (x == ' ' || x == ',') {
            if (at(e + 1) == ' ' && at(e + 2) == ' ') break;
            if (!to_line_end && at(e + 1) == '(') break;
            auto const p = t.skip(e + 1, is_blank, 2);
            auto const w = t.skip(
                p, [](byte y) { return is_word(y) || y == '_' || y == '.' || y == '-'; }, 40);
            bool const time = is_digit(at(p)) && is_digit(at(w + 1)); // 10:30, but not Port:5432
            if (w > p && (at(w) == '=' || at(w) == ':') && !time) break;
            if (!to_line_end && x == ',' && (c.type != mask_type::address || !is_digit(at(p))))
                break;
        }
        if (!to_line_end && x == '.' && at(e + 1) == ' ' && is_upper(at(e + 2)) && e - v > 4 &&
            is_lower(t[e - 1]) && is_lower(t[e - 4]))
            break;
    }
    return e;
}

} // namespace trunkline::mask_detail
