#include "engine.hpp"
#include "short_key.hpp"
#include "word_set.hpp"

#include <algorithm>
#include <array>

namespace trunkline::mask_detail {
namespace {

constexpr std::string_view no_values[] = {"null", "none", "nil", "undefined", "nan", "true", "false",
    "yes", "no", "ja", "nein", "n/a", "na", "unknown", "unbekannt", "leer", "empty", "keine",
    "kein", "nichts", "unset", "redacted", "masked", "hidden", "removed", "filtered", "anonymous",
    "anonym", "default", "not set", "nicht gesetzt", "not_set", "tbd", "todo", "example",
    "placeholder", "(null)", "(none)", "void", "missing", "fehlt", "n. a.", "nicht angegeben",
    "keine angabe", "k.a.", "k. a.", "not provided", "secret", "********", "string", "restricted",
    "unavailable", "private", "nullptr", "nullopt", "pflichtfeld", "include", "omit", "same-origin",
    "debug", "trace", "info", "warn", "nulo", "ninguno", "nessuno", "aucun", "geen", "nul", "vide",
    "vuoto", "nada", "brak", "required", "optional", "confirmed", "nullable"};

constexpr word_set known_no_values(no_values);

/// By their first character, one bit for each length: far most values are none of them.
constexpr auto lengths_of_no_values = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const w : no_values) t[static_cast<byte>(w[0])] |= 1u << w.size();
    return t;
}();

/// What begins that where a value comes from, or what it is to be, stands for it.
constexpr std::string_view beginnings[] = {"siehe ", "see ", "wie ", "required|", "nullable|",
    "getenv(", "env(", "process.env.", "os.environ", "config(", "os.getenv", "secrets.",
    "vault:", "!secret ", "!ref ", "!env ", "ssm:", "secretsmanager:", "env:", "%env(", "input(",
    "import.meta.env", "getpass", "self.", "request.", "settings.", "op://", "kms:", "$_env",
    "$_post", "$_get", "file://", "${{", "$env:", "env[", "env.fetch", "system.getenv", "std::env",
    "sys.argv", "process.argv", "static::", "self::", "viper.", "rails.application", "[]byte(",
    "&self.", "!sub ", "!getatt ", "!importvalue ", "!join "};

/// By their first three characters, the second from bit 0 on, the third from bit 32 on: far most
/// values begin otherwise.
constexpr auto signs_of_beginnings = [] {
    std::array<std::uint64_t, 256> t{};
    for (auto const w : beginnings) {
        auto const bit = [&](std::size_t k) {
            return std::uint64_t{1} << (static_cast<byte>(w[k]) % 32);
        };
        t[static_cast<byte>(w[0])] |= bit(1) | (bit(2) << 32);
    }
    return t;
}();
constexpr bool may_begin_so(byte first, byte second, byte third) noexcept
{
    auto const signs = signs_of_beginnings[lower(first)];
    return ((signs >> (second % 32)) & (signs >> (32 + third % 32)) & 1u) != 0;
}

/// What stands behind "password:" where nothing secret is said.
constexpr std::string_view prose_words[] = {"required", "missing", "invalid", "expired", "wrong",
    "incorrect", "empty", "fehlt", "ungueltig", "abgelaufen", "leer", "falsch", "erforderlich",
    "pflichtfeld", "optional", "string", "str", "text", "int", "integer", "varchar", "bool",
    "boolean", "object", "array", "any", "number", "bytes", "ok", "changed", "reset", "unchanged",
    "geaendert", "set", "weak", "strong", "valid", "rejected", "accepted", "denied", "failed",
    "success", "enabled", "disabled", "updated", "deleted", "created", "revoked", "refreshed",
    "rotated", "bearer", "basic", "none", "null", "hashed", "encrypted", "error", "the", "is",
    "must", "darf", "muss", "ist", "wird", "wurde", "kann", "nicht", "not", "see", "siehe", "zu",
    "too", "vergessen", "forgotten", "forgot", "unused", "verified", "unverified", "present",
    "absent", "loaded", "found", "vorhanden", "gesetzt", "hinterlegt", "gefunden", "notwendig",
    "sha256", "sha1", "sha512", "md5", "hs256", "rs256", "es256", "bcrypt", "argon2", "hmac",
    "mindestens", "bitte", "please", "enter", "eingeben", "zuruecksetzen", "ungueltiger",
    "abgelehnt", "unauthorized", "expected", "unexpected", "type", "self", "this", "req", "request",
    "digest", "oauth", "oauth2", "provided", "supplied", "omitted", "public", "confirmed",
    "mismatch", "stale", "blank", "short", "long", "write", "read", "inherit", "await", "async",
    "function", "fn", "lambda", "new", "value"};
constexpr word_set known_prose(prose_words);

/// By their first letter, one bit for each size.
constexpr auto sizes_of_prose = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const w : prose_words) t[static_cast<byte>(w[0])] |= 1u << w.size();
    return t;
}();
constexpr bool may_be_prose(byte first, std::size_t size) noexcept
{
    return size < 32 && ((sizes_of_prose[first] >> size) & 1u) != 0;
}

/// What a word that says something about a value has none of, and what is spelled in several ways.
constexpr byte no_letter = 1, capital = 2, above_ascii = 4;
constexpr auto signs_of_prose = [] {
    std::array<byte, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = is_letter(c) ? byte{0} : no_letter;
        if (is_upper(c)) t[n] |= capital;
        if (c >= 0x80) t[n] |= above_ascii;
    }
    return t;
}();

/// Whether of a value with stars in it no more is seen than others leave of one: "+49 171 ***4567",
/// "sk_live_***", "m***@example.org". A password may have three stars as well.
bool shows_little(std::string_view part) noexcept
{
    constexpr std::ptrdiff_t most_before = 8, most_behind = 4, most_of_mail = 24;
    auto const seen = [](std::string_view s) {
        return std::ranges::count_if(s, [](char c) { return c != ' ' && c != '*'; });
    };
    auto const before = part.substr(0, part.find('*'));
    auto const behind = part.substr(part.find_last_of('*') + 1);
    if (behind.starts_with('@')) return seen(before) <= most_of_mail;
    bool const plain = std::ranges::all_of(part, [](char c) {
        auto const b = static_cast<byte>(c);
        return is_alnum(b) || b >= 0x80 ||
            std::string_view("* -_+./:").find(c) != std::string_view::npos;
    });
    return plain && seen(before) <= most_before && seen(behind) <= most_behind;
}

/// Runs of one sign that stands for nothing, whole or in part: "xxxx", "**** 4242", "+49 ***** 12"
bool is_run_of_signs(text t, std::size_t b, std::size_t e) noexcept
{
    constexpr std::size_t looked_at = 200;
    auto const length = e - b;
    auto const part = t.view(b, std::min(e, b + looked_at));
    bool stars_in = true, dots_in = true;
    if (length <= short_key::longest && e >= short_key::longest) {
        short_key const all(t.data() + e, length);
        stars_in = all.holds('*'), dots_in = all.holds('\xe2');
    }
    if (stars_in && part.find('*') != part.npos) {
        std::size_t stars = 0, run = 0, longest = 0;
        for (auto const c : part) {
            stars += c == '*';
            run = c == '*' ? run + 1 : 0;
            longest = std::max(longest, run);
        }
        if (stars * 2 > length || (longest >= 3 && shows_little(part))) return true;
    }
    if (dots_in && part.find('\xe2') != part.npos) {
        std::size_t dots = 0;
        for (auto i = b; i < b + part.size(); ++i) dots += t.starts(i, "\xe2\x80\xa2");
        if (dots >= 3) return true;
    }
    auto const sign = lower(t[b]);
    if (sign == printed_sign && length >= 3) { // dots of any size, and the last four
        auto const dots = t.skip(
            b, [=](byte c) { return c == sign; }, looked_at);
        auto const seen = t.skip(dots, is_alnum, 5);
        return dots - b >= std::min(length, looked_at) ||
            (dots - b >= 4 && seen == e && e - dots <= 4);
    }
    if (length < 3 ||
        (sign != 'x' && sign != '.' && sign != '-' && sign != '_' && sign != '#' && sign != '?'))
        return false;
    auto const first = t[b];
    bool const alike = length <= looked_at &&
        std::all_of(t.data() + b, t.data() + e, [=](byte c) { return c == first; });
    return alike ||
        (sign == 'x' && std::all_of(t.data() + b, t.data() + e, [](byte c) { // xxx-xxx, xxxx xxxx
            return lower(c) == 'x' || c == '-' || c == ' ' || c == '_';
        }));
}

/// %s, %-20s, %1$s, %q: where a program puts the value.
bool is_format(text t, std::size_t b, std::size_t e) noexcept
{
    auto const size = t.skip(
        b + 1, [](byte c) { return is_digit(c) || c == '$' || c == '-' || c == '.'; }, 8);
    return size + 1 == e &&
        std::string_view("sdvquixf@").find(static_cast<char>(t[size])) != std::string_view::npos;
}

} // namespace

/// Whether [b, e) is what this masker leaves of a value of which a part stays: "Bearer [BEARER_TOKEN]".
bool engine::ends_in_mask(std::size_t b, std::size_t e) const noexcept
{
    auto const t = seen();
    for (auto i = b; i < e; ++i)
        if (t[i] == '[')
            if (auto const m = existing_mask(i); m != i && (m == e || !is_word(t[m]))) return true;
    return false;
}

constexpr auto opens_template = [] {
    std::array<bool, 256> t{};
    for (char const c : {'{', '$', '#', '<', '%'}) t[static_cast<byte>(c)] = true;
    return t;
}();

/// Behind ${NAME}, {{name}}, <name>, %name%, $name) where a value without quotes is expected; `v`
/// if that is none.
std::size_t engine::template_end(std::size_t v) const noexcept
{
    if (!opens_template[at(v)]) return v;
    auto const t = seen();
    std::string_view closing;
    if (t.starts(v, "{{")) closing = "}}";
    else if (t.starts(v, "${") || t.starts(v, "#{")) closing = "}";
    else if (t.starts(v, "$(")) closing = ")";
    else if (t[v] == '<' && is_alpha(t[v + 1])) closing = ">";
    else if (t[v] == '%' && is_alpha(t[v + 1])) closing = "%";
    else if (t[v] == '$' && is_alpha(t[v + 1])) { // login(password: $p)
        auto const e = t.skip(
            v + 1, [](byte c) { return is_alpha(c) || c == '_'; }, 40);
        return t[e] == ')' ? e : v;
    } else return v;
    constexpr std::size_t longest = 100;
    if (v + 2 >= t.end()) return v;
    auto const within = t.view(v + 2, std::min(t.end(), v + longest + closing.size() - 1));
    auto const e = within.find(closing);
    if (e == within.npos || within.substr(0, e).find('\n') != within.npos) return v;
    return v + 2 + e + closing.size();
}

bool engine::is_placeholder(std::size_t b, std::size_t e) const noexcept
{
    auto const t = seen();
    b = t.skip(b, is_space, e - b);
    e = std::max(b, t.skip_back(e, is_space, e - b));
    if (b >= e) return true;
    auto const first = t[b], last = t[e - 1];
    auto const length = e - b;
    if (existing_mask(b) == e) return true;
    if (first == '[' && length > 4 && length < 64 && t.starts(b, "[MASKER_")) return true;
    if (is_run_of_signs(t, b, e)) return true;
    if (length > 100) return false;
    if (!is_alnum(first)) {
        if (t.starts(b, "{{") || t.starts(b, "${") || t.starts(b, "$(") || t.starts(b, "#{") ||
            t.starts(b, "@{"))
            return last == '}' || last == ')';
        if (first == '<' && last == '>' && length > 4) // <%= password %>, <?= $password ?>
            if (auto const sign = t[b + 1]; (sign == '%' || sign == '?') && t[e - 2] == sign)
                return true;
        if (first == '<' && last == '>' && is_alpha(t[b + 1])) // <your token>, not <sip:+49...@host>
            return std::count_if(t.data() + b, t.data() + e, is_digit) < 4 &&
                std::none_of(
                    t.data() + b, t.data() + e, [](byte c) { return c == '@' || c == '+'; });
        if (first == '%' && last == '%' && length > 2) return true;
        if (length == 1 && first == '?') return true;
        if (first == '%' && last == '}' && t[b + 1] == '{') return true;              // %{password}
        if (first == '_' && length > 6 && t.starts(b, "__") && t.starts(e - 2, "__")) // __TOKEN__
            return t.skip(
                       b, [](byte c) { return is_upper(c) || c == '_'; }, length) == e;
        if (first == '[' && length > 4 && t.starts(b, "[[") && t.starts(e - 2, "]]")) // [[token]]
            return t.skip(
                       b + 2, [](byte c) { return is_letter(c) || c == '_' || c == '.'; },
                       length) == e - 2;
        if ((first == '(' && last == ')') || (first == '[' && last == ']'))
        { // (redacted), [masked]
            static constexpr std::string_view words[] = {
                "redacted", "masked", "hidden", "filtered", "removed", "none", "null", "empty"};
            folded_chars chars;
            auto const word = t.skip(b + 1, is_letter, 20);
            auto const said = fold_word(t, b + 1, word, chars);
            return word + 1 == e && std::ranges::find(words, said) != std::end(words);
        }
        if (length > 4 && t.starts(b, "@@") && t.starts(e - 2, "@@")) // @@PASSWORD@@
            return t.skip(
                       b + 2, [](byte c) { return is_upper(c) || c == '_'; }, length) == e - 2;
        if (t.starts(b, "%(") && t[e - 2] == ')') return true; // %(password)s
        if (first == '%' && is_format(t, b, e)) return true;
        if (first == '{' && last == '}') // {name}, but not a document
            return std::none_of(
                t.data() + b, t.data() + e, [](byte c) { return is_quote(c) || c == ':'; });
        if (first == '$' && (is_alpha(t[b + 1]) || t[b + 1] == '_')) {
            auto const name = t.skip(
                b + 1,
                [](byte c) {
                    return is_alnum(c) || c == '_' || c == '-' || c == '>' || c == '[' ||
                        c == ']' || c == '\'';
                },
                length);
            if (name >= e || t[name] == '(') return true;
        }
        if (first == ':' && length > 2) // :name of a prepared statement
            if (t.skip(
                    b + 1, [](byte c) { return is_lower(c) || c == '_'; }, length) == e)
                return true;
        if (first == '$' && t.skip(b + 1, is_digit, 3) == e) return true; // $1
        if (first == '.' && length == 2) return true; // "..." at the end of a sentence
        if (t.starts(b, "@env:") || t.starts(b, "@file:") || t.starts(b, "@secret:")) return true;
    }
    if (first == 'm' && (t.starts(b, "min:") || t.starts(b, "max:")) &&
        t.skip(b + 4, is_digit, 6) == e)
        return true; // of a validator
    if (first == 'y' || first == 'Y') {
        if ((t.starts_like(b, "your_") || t.starts_like(b, "your-")) &&
            std::none_of(t.data() + b, t.data() + e, is_digit))
            return true;
    }
    if (may_begin_so(first, t[b + 1], t[b + 2]))
        for (auto const c : beginnings)
            if (t.starts_like(b, c)) return true;
    if (length >= 32 || ((lengths_of_no_values[lower(first)] >> length) & 1u) == 0) return false;
    std::array<char, 32> folded;
    std::transform(t.data() + b, t.data() + e, folded.begin(),
        [](byte c) { return static_cast<char>(lower(c)); });
    return known_no_values.has({folded.data(), length});
}

/// Whether [v, e) is one of the words that stand behind a key where nothing secret is said.
bool engine::is_said_of_values(std::size_t v, std::size_t e) const noexcept
{
    folded_chars chars;
    return known_prose.has(fold_word(seen(), v, e, chars));
}

/// Whether [v, e), behind a key in running text, says something about a value instead of being one.
bool engine::is_prose(std::size_t v, std::size_t e) const noexcept
{
    auto const t = seen();
    if (e - v <= 1) return true;
    auto const* const p = window_.data();
    auto all = static_cast<byte>(signs_of_prose[p[v]] & ~capital);
    for (auto i = v + 1; i < e; ++i) {
        all |= signs_of_prose[p[i]];
        // Beyond the longest of the words below, it is one word or none.
        if (i - v > sizeof(folded_chars) && (all & (no_letter | capital)) != 0) return false;
    }
    if ((all & above_ascii) != 0 || may_be_prose(lower(p[v]), e - v)) {
        folded_chars chars;
        if (known_prose.has(fold_word(t, v, e, chars))) return true;
    }
    if ((all & (no_letter | capital)) != 0) return false;
    // One word and the end of the line is a value; a word and another is a sentence.
    auto const next = t.skip(e, is_blank, 2);
    if (next == e) return at(e) == '(' || at(e) == '\'';
    auto const word = t.skip(
        next, [](byte c) { return is_word(c) || c == '_'; }, 40);
    auto const sign = at(word) == '\t' ? at(word + 1) : at(word); // the name may be coloured
    if (word == next || sign == '=' || sign == ':') return false;
    return is_letter(at(next));
}

/// "The password field is required.": what a list of errors says under the name of a field.
bool engine::is_sentence(std::size_t b, std::size_t e) const noexcept
{
    auto const t = seen();
    auto const spaces = std::count(t.data() + b, t.data() + e, ' ');
    bool const short_one = spaces == 2 && e - b >= 20 && is_upper(t[b]);
    if ((spaces < 3 && !short_one) || t[e - 1] != '.') return false;
    for (auto p = b; p < e; ++p) { // how long it is to be: "at least 8 characters"
        if (p > b && is_upper(t[p]) && is_lower(t[p - 1])) return false;
        if (!is_digit(t[p])) continue;
        auto const number = t.skip(p, is_digit, 4);
        if (spaces < 5 || number - p > 3 || p == b || t[p - 1] != ' ' || t[number] != ' ')
            return false;
        p = number;
    }
    return true;
}

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

/// password = random_password.db.result, token = TOKEN_EOF: a name that begins with that of the key.
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
    if (part == e) // of tokens only: people begin their passwords so
        return same(v) && is_word_like(t, word, key.end, "token") && t[v + size] == '_' &&
            std::none_of(t.data() + v, t.data() + e, is_lower);
    if (part <= v + size || !is_alpha(t[e - 1])) return false;
    for (auto p = v; p + size <= part; ++p)
        if (same(p)) return true;
    return false;
}

/// connect(password=pw, secret=key): what a program calls it.
bool engine::is_variable(std::size_t v, std::size_t e) const noexcept
{
    static constexpr std::string_view names[] = {
        "pw", "pwd", "pass", "passwd", "key", "jwt", "creds"};
    auto const t = seen();
    bool const given = t[e] == ',' || t[e] == ')' || t[e] == ';';
    return given && e - v <= 6 && std::ranges::find(names, t.view(v, e)) != std::end(names);
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
        "sha256", "sha512", "base64", "b64", "argon2"};
    return std::ranges::any_of(stems, [&](std::string_view s) { return name.find(s) != name.npos; });
}

/// Whether the bracket at `open` closes in its line, at `from` or behind it.
bool engine::closes_in_line(std::size_t open, std::size_t from) const noexcept
{
    constexpr std::size_t reach = 300, deepest = 8;
    auto const t = seen();
    auto const stop = end_of_string(open, std::min(t.end(), open + reach));
    byte closing[deepest];
    std::size_t depth = 0;
    for (auto p = open; p < stop && t[p] != '\n' && t[p] != '\r'; ++p) {
        auto const c = t[p];
        if (c == '(' || c == '[' || c == '{') {
            if (depth == deepest) return false;
            closing[depth++] = c == '(' ? ')' : c == '[' ? ']' : '}';
        } else if (c == ')' || c == ']' || c == '}') {
            if (closing[--depth] != c) return false;
            if (depth == 0) return p >= from;
        }
    }
    return false;
}

/// string, &'a str, Vec<u8>: whether types stand between the angles from `open` on, and no tag.
std::size_t engine::behind_types(std::size_t open) const noexcept
{
    static constexpr std::string_view small[] = {"string", "str", "u8", "u32", "u64", "i32", "i64",
        "bytes", "byte", "char", "number", "boolean", "bool", "int", "any", "unknown", "void",
        "dyn", "typeof"};
    static constexpr std::string_view great[] = {"String", "Vec", "Option", "Mutex", "RwLock",
        "RefCell", "Box", "Arc", "Rc", "Cow", "Buffer", "Token", "Integer", "Long", "Object",
        "Uint8Array", "Bytes", "OsString", "SecretString", "Self"};
    constexpr std::size_t longest = 80;
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
        if (c == '<') ++depth;
        else if (c == '>' && --depth == 0) return p + 1;
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
    if (t[v] == '_' && name + 1 >= e) return false;
    auto const c = t[name];
    if (c == '?' && name > v + 2 && t[name + 1] == '.') { // user?.password
        auto const member = t.skip(
            name + 2, [](byte x) { return code_chars[x] || x == '?'; }, e - name);
        if (member >= e && e > name + 4) return true;
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
        if (t[name + 1] == ')' &&
            std::string_view("!-.?;").find(static_cast<char>(t[name + 2])) != std::string_view::npos)
            return true; // readLine()!!
    }
    if (called && c == '(' && t.before(e) == ')' && t[e] == '[') return true; // get(x)["y"]
    if (called && c == '[' && is_alpha(t[name + 1]) && t[e] == ',' && t[e + 1] == ' ' &&
        closes_in_line(name, e))
        return true; // dict[str, Any]
    if (digit && c == '[') return false;
    auto const closing = static_cast<byte>(c == '(' ? ')' : ']');
    if (name >= e || name + 1 == e || existing_mask(name + 1) == e || t[e] == closing) return true;
    if (t[e] == '>' && t.before(e) == '-' && (t[name + 1] == '$' || t[name + 1] == ')'))
        return true; // make($user->x), fake()->password()
    if (!is_quote(t[e])) return false;
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
    if (name.starts_with("--- ") && name.ends_with("PASS"))
        return true; // --- PASS: TestPassword (0.00s)
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
