#include "engine.hpp"

#include <algorithm>
#include <array>

namespace trunkline::mask_detail {

/// password = password, pwd=user_pwd: a variable, given on.
bool engine::repeats_key(key_place const& key, std::size_t v, std::size_t e) const noexcept
{
    auto const* const p = window_.data();
    auto const name = [](byte c) { return is_letter(c) || c == '_' || c == '.'; };
    constexpr std::size_t longest = 30;
    if (e <= v || key.end < 3) return false;
    std::size_t size = 0; // of the last word of the key, in both
    while (size < std::min(key.end, longest) && is_letter(p[key.end - size - 1])) {
        if (size == e - v || lower(p[e - size - 1]) != lower(p[key.end - size - 1])) return false;
        ++size;
    }
    return size >= 3 && std::all_of(p + v, p + e - size, name);
}

/// password = random_password.db.result: a member of what is named like the key.
bool engine::continues_key(key_place const& key, std::size_t v, std::size_t e) const noexcept
{
    constexpr std::size_t shortest = 5, longest = 30;
    auto const t = seen();
    auto const word = t.skip_back(key.end, is_letter, longest);
    auto const size = key.end - word;
    if (size < shortest || e - v <= size || e - v > 3 * longest) return false;
    if (std::any_of(t.data() + v, t.data() + e,
            [](byte c) { return !is_alpha(c) && c != '_' && c != '.'; }))
        return false;
    auto const part = t.skip(
        v, [](byte c) { return c != '.'; }, e - v);
    auto const same = [&](std::size_t p) {
        return std::equal(t.data() + word, t.data() + key.end, t.data() + p,
            [](byte a, byte b) { return lower(a) == lower(b); });
    };
    if (v + size + 3 == part && same(v) && t.starts(part - 3, "Ref.current.value")) return true;
    // People begin their passwords so, but do not end them with what a thing is asked for.
    if (part <= v + size || part >= e || t[part - size - 1] != '_' || !same(part - size))
        return false;
    static constexpr std::string_view asked[] = {
        ".result", ".value", ".secret_string", ".arn", ".name", ".id"};
    auto const what = t.view(part, e);
    return std::none_of(t.data() + v, t.data() + e, is_upper) &&
        std::ranges::any_of(asked, [&](std::string_view a) { return what.ends_with(a); });
}

/// connect(password=pw, secret=key): what a program calls it.
bool engine::is_variable(std::size_t v, std::size_t e) const noexcept
{
    static constexpr std::string_view names[] = {
        "pw", "pwd", "pass", "passwd", "key", "jwt", "creds"};
    constexpr std::size_t reach = 120;
    auto const t = seen();
    bool const given = t[e] == ',' || t[e] == ')';
    if (!given || e - v > 6 || std::ranges::find(names, t.view(v, e)) == std::end(names))
        return false;
    auto const open = t.skip_back(
        v, [](byte c) { return c >= ' ' && c != '(' && c != ')' && c != ';'; }, reach);
    return t.before(open) == '(' && is_alnum(t.before(open - 1)) && open > t.begin() + 1;
}

constexpr auto code_chars = [] {
    std::array<bool, 256> t{};
    for (unsigned c = 0; c < 128; ++c) t[c] = is_alpha(static_cast<byte>(c));
    for (char const c : {'_', '.', ':', '>', '-'}) t[static_cast<byte>(c)] = true;
    return t;
}();

/// bin2hex(, str(uuid4(: names of functions with digits, of which passwords have some as well.
static bool names_function(std::string_view name) noexcept
{
    static constexpr std::string_view stems[] = {"bin2hex", "hex2bin", "uuid4", "md5", "sha1",
        "sha256", "sha512", "base64", "b64encode", "b64decode", "argon2"};
    return std::ranges::any_of(stems, [&](std::string_view s) { // as a whole word of it
        auto const p = name.find(s), e = p + s.size();
        return p != name.npos && (p == 0 || !is_alnum(static_cast<byte>(name[p - 1]))) &&
            (e == name.size() || !is_alnum(static_cast<byte>(name[e])));
    });
}

/// fake()->password(), readLine()!!
static bool goes_on_behind_call(text t, std::size_t p) noexcept
{
    if (t[p] == ';') return true;
    if (t.starts(p, "!!")) return !is_word(t[p + 2]);
    auto const member = t[p] == '.' ? p + 1 : t.starts(p, "->") || t.starts(p, "?.") ? p + 2 : p;
    return member > p && is_lower(t[member]);
}

/// dict[str, Any]: names of types that are made of others.
static bool holds_types(std::string_view name) noexcept
{
    static constexpr std::string_view names[] = {"dict", "Dict", "list", "List", "tuple", "Tuple",
        "Mapping", "Union", "Optional", "Annotated", "Callable", "Literal", "defaultdict"};
    return std::ranges::find(names, name.substr(name.rfind('.') + 1)) != std::end(names);
}

/// Where the bracket at `open` closes in its line, before `stop`; `open` if it does not.
static std::size_t closing_bracket(text t, std::size_t open, std::size_t stop) noexcept
{
    constexpr std::size_t deepest = 5;
    byte closing[deepest];
    std::size_t depth = 0;
    byte quote = 0; // of the string that is open
    for (auto p = open; p < stop && t[p] != '\n' && t[p] != '\r'; ++p) {
        auto const c = t[p];
        if (quote != 0 || is_quote(c)) {
            quote = quote == 0 ? c : quote == c ? byte{0} : quote;
        } else if (c == '(' || c == '[' || c == '{') {
            if (depth == deepest) return open;
            closing[depth++] = c == '(' ? ')' : c == '[' ? ']' : '}';
        } else if (c == ')' || c == ']' || c == '}') {
            if (closing[--depth] != c) return open;
            if (depth != 0) continue;
            // What may be the end of another value is gone once that is masked.
            auto const next = t[p + 1];
            bool const ends = next <= ' ' || is_quote(next) ||
                std::string_view(",;)]}.").find(static_cast<char>(next)) != std::string_view::npos;
            return ends && t[p - 1] != '=' && t[p - 1] != ':' ? p : open;
        }
    }
    return open;
}

/// Whether the bracket at `open` closes in its line, at `from` or behind it.
bool engine::closes_in_line(std::size_t open, std::size_t from) const noexcept
{
    constexpr std::size_t reach = 300;
    auto const t = seen();
    auto const stop = end_of_string(open, std::min(t.end(), open + reach));
    if (!unclosed_.holds(open)) {
        unclosed_.begin = open;
        unclosed_.end = t.skip(open,
            [](byte c) { return c != ')' && c != ']' && c != '}' && c != '\n' && c != '\r'; });
    }
    if (unclosed_.end >= stop || t[unclosed_.end] < ' ') return false;
    if (bracket_.begin != open || bracket_until_ != stop) {
        bracket_.begin = open;
        bracket_.end = closing_bracket(t, open, stop);
        bracket_until_ = stop;
    }
    return bracket_.end != open && bracket_.end >= from;
}

/// <string>, <&'a str>, <Vec<u8>>: behind the angle that closes the one at `open`, where types
/// stand between them; `open` if that is none, or a tag.
std::size_t engine::behind_types(std::size_t open) const noexcept
{
    static constexpr std::string_view small[] = {"string", "str", "u8", "u32", "u64", "i32", "i64",
        "bytes", "byte", "char", "number", "boolean", "bool", "int", "any", "unknown", "void",
        "dyn", "typeof"};
    static constexpr std::string_view great[] = {"String", "Vec", "Option", "Mutex", "RwLock",
        "RefCell", "Box", "Arc", "Rc", "Cow", "Buffer", "Token", "Integer", "Long", "Object",
        "Uint8Array", "Bytes", "OsString", "SecretString", "Self"};
    constexpr std::size_t longest = 80;
    constexpr int deepest = 4;
    auto const t = seen();
    auto const b = open + 1;
    auto const word = t.skip(
        b, [](byte c) { return is_alnum(c) || c == '_'; }, longest);
    bool const borrowed = t[b] == '&' || is_single_quote(t[b]);
    auto const name = t.view(b, word);
    bool const type = std::ranges::find(small, name) != std::end(small) ||
        std::ranges::find(great, name) != std::end(great);
    if (!borrowed && !type) return open;
    int depth = 0;
    for (auto p = open; p < b + longest; ++p) {
        auto const c = t[p];
        if (c == '<' && ++depth > deepest) return open;
        if (c == '<') continue;
        if (c == '>' && --depth == 0) return p + 1;
        else if (c != '>' && !is_word(c) && !is_single_quote(c) &&
            std::string_view("_ ,&|:;[]?.").find(static_cast<char>(c)) == std::string_view::npos)
            return open;
    }
    return open;
}

/// request.get("x"), Optional[str]: code where a value could stand. What opens a bracket and ends
/// in a string without closing it is none.
bool engine::is_code(std::size_t v, std::size_t e) const noexcept
{
    auto const t = seen();
    if (!is_alpha(t[v]) && !(t[v] == '_' && is_alpha(t[v + 1]))) return false;
    bool digit = false;
    auto const name = t.skip(
        v,
        [&](byte c) {
            digit = digit || is_digit(c);
            return code_chars[c] || is_digit(c);
        },
        e - v);
    if (digit && !names_function(t.view(v, name))) return false;
    // People do not say a password behind a blank that looks so.
    bool const spaced = t.before(v) == ' ';
    if (t[v] == '_' && (name + 1 >= e || !spaced || !is_lower(t[v + 1]))) return false;
    auto const c = t[name];
    if (c == '?' && spaced && name > v + 2 && is_lower(t[v]) && t[name + 1] == '.' &&
        is_lower(t[name + 2]))
    { // user?.password
        auto const member = t.skip(
            name + 2, [](byte x) { return code_chars[x] || x == '?'; }, e - name);
        bool const goes_on = t[e] == ',' || t[e] == ';' || t[e] == ')' || t.starts(e, " ??");
        if (member >= e && e > name + 4 && goes_on) return true;
    }
    if (c == '<' && name == e) // config.get<string>('key')
        if (auto const behind = behind_types(name); behind != name && t[behind] == '(') return true;
    if (c != '(' && c != '[') return false;
    if (c == '[' && name == e && at(e + 1) < ' ') return false; // x[\r][\n]
    constexpr std::size_t shortest = 4;
    bool const called = name >= v + shortest && name < e;
    if (called && c == '(') { // jwt.sign(payload, key), which ends at the comma; strtok(NULL, " ")
        auto const before = t.before(e), next = t[e];
        bool const stated = t.before(v) == ' ' && t.before(v - 1) == '=';
        auto const argument = t.skip(
            e + 2, [](byte x) { return is_word(x) || x == '_'; }, 40);
        bool const named = next == ',' && t[argument] == '='; // Column(String, nullable=False)
        bool const cut = next == ',' || next == '[' || is_quote(next) || before == '{' ||
            before == '[' || before == '(';
        if (cut && (stated || !named) && t[name + 1] > ' ' && closes_in_line(name, e)) return true;
        if (t[name + 1] == ')' && spaced && is_lower(t[v]) && goes_on_behind_call(t, name + 2))
            return true; // readLine()!!
    }
    if (called && c == '(' && t.before(e) == ')' && t[e] == '[') return true; // get(x)["y"]
    if (called && c == '[' && is_alpha(t[name + 1]) && t[e] == ',' && t[e + 1] == ' ' &&
        holds_types(t.view(v, name)) && closes_in_line(name, e))
        return true; // dict[str, Any]
    if (digit && c == '[') return false;
    auto const closing = static_cast<byte>(c == '(' ? ')' : ']');
    if (name >= e || name + 1 == e || existing_mask(name + 1) == e || t[e] == closing) return true;
    if (t[e] == '>' && t.before(e) == '-' && (t[name + 1] == '$' || t[name + 1] == ')'))
        return true; // make($user->x), fake()->password()
    // What is set within may be what goes, with the bracket behind it.
    if (!is_quote(t[e]) || std::count(t.data() + name, t.data() + e, '=') != 0) return false;
    return std::count(t.data() + name, t.data() + e, c) ==
        std::count(t.data() + name, t.data() + e, closing);
}

/// $password: String!, [ID!]!, secret: &str: the type of a value, and none.
bool engine::is_type(key_place const& key, std::size_t v) const noexcept
{
    static constexpr std::string_view of_graphql[] = {"String", "ID", "Int", "Float", "Boolean"};
    static constexpr std::string_view of_rust[] = {"str", "String", "[u8", "CStr", "OsStr"};
    auto const t = seen();
    static constexpr std::string_view of_others[] = {"Buffer", "SecretStr", "SecretBytes",
        "SecretString", "SecureString", "String", "Uint8Array", "ByteArray", "CharSequence"};
    auto const ends = [&](std::size_t p) { return !is_word(at(p)) && at(p) != '_'; };
    auto const closes = [&](std::size_t p) {
        auto const next = at(p);
        return next <= ' ' || next == ',' || next == ';' || next == ')' || next == '}' ||
            next == '<' || is_quote(next);
    };
    if (is_upper(at(v))) {
        auto const word = t.skip(
            v, [](byte c) { return is_alnum(c) || c == '_'; }, 60);
        bool const named = std::ranges::find(of_others, t.view(v, word)) != std::end(of_others);
        auto const what = t.view(v, word);
        bool const kind = what == "TokenKind" || what == "TokenType" || what == "TokenStream";
        if ((named && (closes(word) || t.starts(word, "? "))) || (kind && closes(word)))
            return true;
        if (at(word) == '<') // Option<String>
            if (auto const e = behind_types(word); e != word && !is_word(at(e))) return true;
    }
    if (t.starts(v, "[u8; ")) return true;
    if (at(v) == '&') {
        auto p = v + 1;
        if (is_single_quote(at(p))) // of a lifetime
            p = t.skip(t.skip(p + 1, is_word, 20), is_blank, 1);
        if (t.starts(p, "mut ")) p += 4;
        auto const name = t.skip(
            p, [](byte c) { return is_alnum(c) || c == '_' || c == '.'; }, 60);
        if (at(name) == '{' && t.view(p, name).find('.') != std::string_view::npos) // &v1.Ref{x: y}
            return closes_in_line(name, name);
        return std::ranges::any_of(
            of_rust, [&](std::string_view w) { return t.starts(p, w) && ends(p + w.size()); });
    }
    auto const b = at(v) == '[' ? v + 1 : v;
    auto p = t.skip(
        b, [](byte c) { return is_alnum(c) || c == '_'; }, 60);
    if (!is_upper(at(b)) ||
        (at(key.begin) != '$' && std::ranges::find(of_graphql, t.view(b, p)) == std::end(of_graphql)))
        return false;
    bool sure = at(p) == '!';
    if (sure) ++p;
    if (b > v) {
        if (at(p) != ']') return false;
        if (at(++p) == '!') sure = true, ++p;
    }
    auto const next = at(p);
    return sure && (next <= ' ' || next == ',' || next == ')' || next == '}' || is_quote(next));
}

/// password = data.vault.pw.value, password = ctx->password: where the value is to be found.
bool engine::is_reference(std::size_t v, std::size_t e) const noexcept
{
    static constexpr std::string_view roots[] = {"data.", "local.", "module.", "each.", "var."};
    auto const t = seen();
    auto const name = t.skip(
        v, [](byte c) { return is_alnum(c) || c == '_'; }, e - v);
    if (at(e) == '>' && name + 1 == e && at(name) == '-' && is_alpha(at(v)) && is_alpha(at(e + 1)))
        return true;
    return std::ranges::any_of(roots, [&](std::string_view r) { return t.starts(v, r); }) &&
        std::all_of(t.data() + v, t.data() + e,
            [](byte c) { return is_lower(c) || is_digit(c) || c == '_' || c == '.'; });
}

/// PWD=/srv/app: the directory a shell is in, but not PWD=/a of a connection string.
bool engine::is_directory(key_place const& key, std::size_t v) const noexcept
{
    auto const t = seen();
    auto const name = t.view(key.begin, key.end);
    if (name == "--- PASS" && t.starts(v, "Test") && !is_lower(t[v + 4]))
    { // --- PASS: TestPassword (0.00s)
        auto const e = t.skip(
            v, [](byte c) { return c > ' '; }, 200);
        return t.starts(e, " (") && is_digit(t[e + 2]);
    }
    if (name != "PWD" && name != "OLDPWD") return false;
    auto const b = is_quote(at(v)) ? v + 1 : v;
    auto const before = t.before(key.begin);
    if (at(b) != '/' || before == ';' || before == '&' || before == '?') return false;
    std::size_t slashes = 0;
    bool small = true;
    auto e = b;
    for (; e - b < 200 &&
         (is_word(at(e)) || at(e) == '/' || at(e) == '.' || at(e) == '-' || at(e) == '_');
         ++e)
    {
        slashes += at(e) == '/';
        small = small && (is_lower(at(e)) || at(e) == '/');
    }
    if (existing_mask(e) != e) return true; // of which a part went
    auto const behind = at(e);
    bool const over = behind <= ' ' || is_quote(behind) || behind == ',' || behind == ';';
    return over && (slashes > 1 || small);
}

} // namespace trunkline::mask_detail
