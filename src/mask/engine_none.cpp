#include "engine.hpp"
#include "short_key.hpp"
#include "word_set.hpp"

#include <algorithm>
#include <array>

namespace trunkline::mask_detail {
namespace {

/// By their first character, one bit for each length, which is below 32.
template <std::size_t Size>
constexpr std::array<std::uint32_t, 256> lengths_by_first(std::string_view const (&words)[Size])
{
    std::array<std::uint32_t, 256> t{};
    for (auto const w : words) t[static_cast<byte>(w[0])] |= 1u << w.size();
    return t;
}

constexpr std::string_view no_values[] = {"null", "none", "nil", "undefined", "nan", "true",
    "false", "yes", "no", "ja", "nein", "n/a", "na", "unknown", "unbekannt", "leer", "empty",
    "keine", "kein", "nichts", "unset", "redacted", "masked", "hidden", "removed", "filtered",
    "anonymous", "anonym", "default", "not set", "nicht gesetzt", "not_set", "tbd", "todo",
    "example", "placeholder", "(null)", "(none)", "void", "missing", "fehlt", "n. a.",
    "nicht angegeben", "keine angabe", "k.a.", "k. a.", "not provided", "secret", "********",
    "string", "restricted", "unavailable", "private", "nullptr", "nullopt", "pflichtfeld",
    "same-origin", "nulo", "ninguno", "nessuno", "aucun", "geen", "nul", "vide", "vuoto", "nada",
    "brak", "required", "optional", "confirmed", "nullable"};

constexpr word_set known_no_values(no_values);

/// Far most values are none of them.
constexpr auto lengths_of_no_values = lengths_by_first(no_values);

/// What begins that where a value comes from, or what it is to be, stands for it.
constexpr std::string_view beginnings[] = {"siehe ", "see ", "wie ", "required|", "nullable|",
    "getenv(", "env(", "process.env.", "os.environ", "config(", "os.getenv", "secrets.",
    "vault:", "!secret ", "!ref ", "!env ", "ssm:", "secretsmanager:", "env:", "%env(", "input(",
    "import.meta.env", "getpass", "self.", "request.", "settings.", "op://", "kms:", "$_env",
    "$_post", "$_get", "file://", "${{", "$env:", "env.fetch(", "system.getenv(",
    "std::env::", "sys.argv[", "process.argv[", "rails.application.", "[]byte(", "&self."};

/// The same as these are written, and only where no quotes stand around them.
constexpr std::string_view bare_beginnings[] = {
    "static::$", "self::$", "viper.Get", "!GetAtt ", "!ImportValue ", "!Join "};

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

constexpr auto sizes_of_prose = lengths_by_first(prose_words);
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
                return t[b + 2] == '=' || t[b + 2] == ' ' || t.starts(b + 2, "php ");
        if (first == '<' && last == '>' && is_alpha(t[b + 1])) // <your token>, not <sip:+49...@host>
            return std::count_if(t.data() + b, t.data() + e, is_digit) < 4 &&
                std::none_of(
                    t.data() + b, t.data() + e, [](byte c) { return c == '@' || c == '+'; });
        if (first == '%' && last == '%' && length > 2) return true;
        if (length == 1 && first == '?') return true;
        if (first == '%' && last == '}' && t[b + 1] == '{') // %{password}
            return policy_.keys.find(t, b + 2, e - 1) != nullptr;
        if (first == '_' && length > 6 && t.starts(b, "__") && t.starts(e - 2, "__")) // __TOKEN__
            return t.skip(
                       b, [](byte c) { return is_upper(c) || c == '_'; }, length) == e;
        if (first == '[' && length > 4 && t.starts(b, "[[") && t.starts(e - 2, "]]")) // [[token]]
            return policy_.keys.find(t, b + 2, e - 2) != nullptr;
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
    if (t.starts(b, "ENV[") && is_quote(t[b + 4])) return true; // ENV['TOKEN']
    if ((first == '!' || first == 's' || first == 'v') && !is_quote(t.before(b)))
        for (auto const c : bare_beginnings)
            if (t.starts(b, c)) return true;
    if (length >= 32 || ((lengths_of_no_values[lower(first)] >> length) & 1u) == 0) return false;
    std::array<char, 32> folded;
    std::transform(t.data() + b, t.data() + e, folded.begin(),
        [](byte c) { return static_cast<char>(lower(c)); });
    return known_no_values.has({folded.data(), length});
}

/// Whether [b, e) may be a password, though it would be no other secret: a word that stands alone,
/// dots and the end of one.
bool engine::may_be_password(std::size_t b, std::size_t e) const noexcept
{
    static constexpr std::string_view words[] = {"write", "read", "inherit", "new"};
    auto const t = seen();
    if (t[b] == printed_sign) return t[e - 1] != printed_sign;
    if (e - b < 3 || e - b > 7) return false;
    folded_chars chars;
    if (std::ranges::find(words, fold_word(t, b, e, chars)) == std::end(words)) return false;
    return !is_letter(t[t.skip(e, is_blank, 4)]);
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

} // namespace trunkline::mask_detail
