#include "engine.hpp"

#include <algorithm>
#include <array>

namespace trunkline::mask_detail {
namespace {

constexpr std::array<bool, 256> type_chars = [] {
    std::array<bool, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = is_word(c) || c == '_' ||
            std::string_view(".?&|<>[]").find(static_cast<char>(c)) != std::string_view::npos;
    }
    t[0] = true; // the end of what is seen, as it reads
    return t;
}();

} // namespace

/// TOKEN=`cat token`, :token="user.token": behind quotes in which code stands, or right behind the
/// separator where they close what the key stands in. 0 if neither is so.
std::size_t engine::behind_quoted_code(
    key_place const& key, std::size_t separator, std::size_t v) const noexcept
{
    auto const t = seen();
    if (at(v) == '`' && key.quote == 0) {
        if (!is_word(at(v + 1))) return separator + 1; // `PASSWORD=`, ...
        bool const set = v == separator + 1 && at(separator) == '=' && is_upper(at(key.begin)) &&
            is_upper(at(key.end - 1));
        static constexpr std::string_view programs[] = {"cat", "openssl", "pwgen", "vault", "aws",
            "gcloud", "kubectl", "echo", "head", "date", "uuidgen", "base64", "az", "security",
            "tr", "op", "curl", "sops", "gpg"};
        auto const program = t.skip(v + 1, is_lower, 20);
        bool const runs = set && at(program) == ' ' &&
            std::ranges::find(programs, t.view(v + 1, program)) != std::end(programs);
        auto const close = runs ? find_close(v + 1, '`', 100) : v;
        return close != v && at(close) == '`' ? close + 1 : 0;
    }
    if (!is_quote(at(v))) return 0;
    // 'if x == "token":', y
    auto const next = at(v + 1);
    if (is_single_quote(at(v)) && is_double_quote(key.quote) && v == separator + 1 &&
        (next == ',' || next == '}' || next == ')' || next == ']'))
        return separator + 1;
    bool const bound = at(separator) == '=' && key.begin > t.begin() + 1 &&
        t.before(key.begin) == ':' && t.before(key.begin - 1) <= ' ';
    auto const named = [](byte x) { return is_alpha(x) || x == '.' || x == '_'; };
    if (!bound) return 0;
    auto const close = t.skip(v + 1, named, 60);
    auto const* const told = close > v + 1 ? policy_.keys.find(t, v + 1, close) : nullptr;
    return told && told->rule <= key_rule::webhook && at(close) == at(v) ? close + 1 : 0;
}

/// string(18) "{"x":"y"}": where the value ends whose length stands in [b, e), if that is not at
/// the first quote behind the one at `open`, and a quote stands there; else 0.
std::size_t engine::end_of_dumped(std::size_t b, std::size_t e, std::size_t open) const noexcept
{
    auto const t = seen();
    std::size_t size = 0;
    for (auto p = b; p < e; ++p) size = size * 10 + (t[p] - '0');
    auto const end = open + 1 + size;
    bool const there =
        size > 0 && end < cut_ && at(end) == at(open) && source(end) - source(open) == end - open;
    if (!there || existing_mask(open + 1) != open + 1) return 0;
    return find_close(open + 1, at(open), size) < end ? end : 0;
}

/// "Your password:", and below it the password, alone on its line. Returns where it ends, masked;
/// `v`, the end of the key's line, if none is told there.
std::size_t engine::value_below(key_class c, std::size_t v)
{
    constexpr std::size_t shortest = 6, longest = 100;
    if (c.rule != key_rule::any ||
        (c.type != mask_type::password && c.type != mask_type::generic_secret))
        return v;
    auto const t = seen();
    auto const line = t.skip(
        v, [](byte x) { return x == '\n' || x == '\r'; }, 4);
    auto const b = t.skip(line, is_blank, 40);
    auto const e = t.skip(
        b, [](byte x) { return x > ' ' && !is_quote(x); }, longest);
    auto const behind = at(t.skip(e, is_blank, 40));
    bool const alone = behind == '\n' || behind == '\r' || is_double_quote(behind) ||
        (behind == 0 && (last_ || e < window_.size()));
    auto const begins = at(b);
    bool const listed = begins == '-' || begins == '#' || begins == '*' || begins == '[' ||
        begins == '{' || begins == '<' || begins == '(';
    if (!alone || listed || e - b < shortest || e - b == longest || is_placeholder(b, e)) return v;
    bool digit = false, letter = false, names = false, sign = false;
    int humps = 0; // CCUd-bQtv-SziW, but not MyPasswordField
    for (auto p = b; p < e; ++p) {
        sign = sign || (!is_alnum(t[p]) && t[p] != '.');
        humps += p > b && is_upper(t[p]) && is_lower(t[p - 1]);
        digit = digit || is_digit(t[p]);
        letter = letter || is_letter(t[p]);
        names = names || t[p] == '=' || t[p] == ':'; // another key, a time, a link
    }
    digit = digit || (sign && humps >= 2);
    if (!digit || !letter || names) return v;
    return mask(b, e, c.type, mask_reason::key) ? e : v;
}

/// Array (, array(, array(2) {, stdClass Object (, object(stdClass)#3 (2) {: at its bracket; `v` if
/// PHP writes none so.
std::size_t engine::opening_of_array(key_place const& key, std::size_t v) const noexcept
{
    auto const t = seen();
    bool const object = key.bracket && t.starts(v, "object(");
    if (object || t.starts_like(v, "array")) {
        auto const open = t.skip(v + 5, is_space, 200);
        if (!object && at(v + 5) == ':') { // array:2 [
            auto const count = t.skip(v + 6, is_digit, 9);
            return count > v + 6 && t.starts(count, " [") ? count + 1 : v;
        }
        if (!object && at(open) != '(') return v;
        auto const line = t.skip(
            v, [](byte x) { return x != '\n' && x != '{' && !is_quote(x); }, 120);
        bool const dumped = at(line) == '{' && t.before(line - 1) == ')';
        bool const counts = object || is_digit(at(open + 1));
        if (dumped && counts) return line;
        return object ? v : open;
    }
    if (!key.bracket || key.quote != 0 || !is_letter(at(v))) return v;
    auto const name = t.skip(
        v, [](byte x) { return is_word(x) || x == '_' || x == '\\'; }, 120);
    auto const open = t.skip(name + 7, is_space, 200);
    return t.starts(name, " Object") && at(open) == '(' ? open : v;
}

/// Authorization:[Bearer x], the way maps of headers are printed: what stands in the brackets. `v`
/// if they do not close in the line.
std::size_t engine::listed_value(key_class c, std::size_t v)
{
    auto const t = seen();
    auto const b = v + 1;
    if (!list_.holds(b)) {
        list_.begin = list_.end = b;
        while (list_.end < t.end() && at(list_.end) != ']' && at(list_.end) != '\n' &&
            !is_double_quote(at(list_.end)))
            list_.end = at(list_.end) == '[' ? std::max(existing_mask(list_.end), list_.end + 1)
                                             : list_.end + 1;
    }
    auto const e = list_.end;
    if (at(e) != ']' || e == b) return v;
    auto const end_of_item = [&](std::size_t p) {
        return t.skip(p, [](byte x) { return x > ' ' && x != ']' && x != ','; });
    };
    auto const item = end_of_item(b);
    bool sentence = c.rule == key_rule::any && (is_prose(b, item) || is_code(b, item)) &&
        !(c.type == mask_type::password && may_be_password(b, item));
    if (sentence && at(item) == ',') { // [required, min(8)]
        constexpr int most = 8;
        auto p = item;
        for (int k = 0; k < most && sentence && at(p) == ','; ++k) {
            auto const next = t.skip(p + 1, is_blank, 2);
            p = end_of_item(next);
            auto const word = t.skip(next, is_lower, 20);
            bool const asks =
                at(word) == '(' && t.skip(word + 1, is_digit, 3) == p - 1 && at(p - 1) == ')';
            sentence = asks || is_said_of_values(next, p);
        }
        if (sentence && p == e) return b;
        sentence = false;
    }
    bool const goes = !sentence && mask_inside(c, b, e);
    if (goes) return behind_part(b, e);
    return says_nothing(c, b, e) || ends_in_mask(b, e) ? e : v;
}

/// Behind what may stand between a name and its value: "KEY: str = ", "key: !!str ", "key: &anchor ".
std::size_t engine::behind_type(std::size_t v) const noexcept
{
    auto const t = seen();
    auto const in_name = [](byte c) { return is_word(c) || c == '_'; };
    if (t.starts(v, "!!") || (at(v) == '&' && is_alpha(at(v + 1)))) {
        auto const e = t.skip(t.skip(
                                  v, [](byte c) { return c == '!' || c == '&'; }, 2),
            in_name, 30);
        return at(e) == ' ' ? e + 1 : v;
    }
    if (!is_alpha(at(v)) && at(v) != '&') return v;
    auto const e = t.skip(
        v, [](byte c) { return type_chars[c]; }, 30);
    if (at(e) != ' ' || at(e + 1) != '=' || at(e + 2) != ' ') return v;
    return is_quote(at(e + 3)) ? e + 3 : v;
}

/// "key: !vault |": behind the tag of a block; `v` if that is none.
std::size_t engine::behind_tag(std::size_t v) const noexcept
{
    auto const t = seen();
    auto const e = t.skip(
        v + 1, [](byte c) { return is_word(c) || c == '_'; }, 30);
    if (at(e) == ' ' && is_quote(at(e + 1)) && t.starts(v, "!Sub")) return e + 1;
    if (at(e) != ' ' || (at(e + 1) != '|' && at(e + 1) != '>')) return v;
    auto const line = t.skip(
        e + 2, [](byte c) { return is_digit(c) || c == '-' || c == '+'; }, 3);
    return at(line) == '\n' || at(line) == '\r' || at(line) == 0 ? e + 1 : v;
}

/// {"type": "string", ...}: says what a value is to be, and holds none.
bool engine::is_schema(std::size_t v) const noexcept
{
    auto const t = seen();
    if (at(v) != '{') return false;
    static constexpr std::string_view types[] = {
        "string", "number", "integer", "boolean", "object", "array"};
    static constexpr std::string_view of_indices[] = {
        "type", "index", "fields", "ignore_above", "norms", "analyzer", "doc_values", "store"};
    static constexpr std::string_view schemes[] = {"apiKey", "http", "oauth2", "openIdConnect"};
    static constexpr std::string_view of_schemes[] = {
        "type", "in", "name", "scheme", "bearerFormat", "flows", "description", "openIdConnectUrl"};
    auto const stop = std::min(t.end(), v + 160);
    auto const value_at = [&](std::size_t name_end) {
        return t.skip(
            name_end, [](byte c) { return is_space(c) || c == ':' || c == '=' || c == '>'; }, 10);
    };
    bool typed = false, scheme = false, all_of_scheme = true;
    bool indexed = false, all_of_index = true;
    for (auto i = t.skip(v + 1, is_space, 40); i < stop && is_quote(at(i));) {
        auto const e = find_close(i + 1, at(i), 40);
        auto const name = t.view(i + 1, std::max(i + 1, e));
        auto const b = value_at(e + 1);
        bool const quoted = is_quote(at(b));
        auto const close = quoted ? find_close(b + 1, at(b), 200) : b;
        auto const said = quoted ? t.view(b + 1, std::max(b + 1, close)) : std::string_view();
        auto const behind = t.skip(close + 1, is_space, 40);
        if (name == "$ref") // of nothing else, and to a place
            return t.skip(v + 1, is_space, 40) == i && said.find('/') != said.npos &&
                at(close) == at(b) && at(behind) == '}';
        if (name == "value") return false;
        if (name == "type") {
            typed = std::ranges::find(types, said) != std::end(types);
            scheme = std::ranges::find(schemes, said) != std::end(schemes);
            indexed = said == "keyword" || said == "text";
        }
        all_of_index = all_of_index && std::ranges::find(of_indices, name) != std::end(of_indices);
        all_of_scheme = all_of_scheme && std::ranges::find(of_schemes, name) != std::end(of_schemes);
        if (!quoted && name == "flows" && scheme && all_of_scheme) return true;
        if (!quoted && name == "fields" && indexed && all_of_index) return true;
        if (!quoted) { // a number, a document
            if (typed) return true;
            auto const p = t.skip(
                b, [](byte c) { return c != ',' && c != '}' && c != '{' && c != '['; }, 40);
            if (at(p) != ',') break;
            i = t.skip(p + 1, is_space, 40);
            continue;
        }
        if (at(behind) != ',') break;
        i = t.skip(behind + 1, is_space, 40);
    }
    // {"type": "apiKey", "in": "header", ...}: how a caller of an interface says who it is.
    return typed || (scheme && all_of_scheme) || (indexed && all_of_index);
}

} // namespace trunkline::mask_detail
