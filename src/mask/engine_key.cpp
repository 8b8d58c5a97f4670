#include "engine.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t longest_key = 100;

constexpr std::array<bool, 256> bare_key_chars = [] {
    std::array<bool, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = is_word(c) || c == '_' || c == '-' || c == '.' || c == '$';
    }
    return t;
}();
bool in_bare_key(byte c) noexcept
{
    return bare_key_chars[c];
}

constexpr std::array<bool, 256> ends_small_word = [] {
    std::array<bool, 256> t{};
    for (char const c : {':', '=', ',', ';', '\n', '\r'}) t[static_cast<byte>(c)] = true;
    return t;
}();

/// What may stand around a value.
constexpr std::string_view wrappers[] = {"string(", "secretstr(", "str(", "some(", "bytes(",
    "decimal(", "int(", "float(", "b", "u", "r", "f", "n", "objectid("};

/// By their first character, one bit for the second: far most values begin otherwise.
constexpr auto second_of_wrappers = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const w : wrappers) {
        auto& bits = t[static_cast<byte>(w[0])];
        if (w.size() > 1) bits |= 1u << (static_cast<byte>(w[1]) % 32);
        for (unsigned c = 0; w.size() == 1 && c < 256; ++c)
            if (is_quote(static_cast<byte>(c))) bits |= 1u << (c % 32);
    }
    return t;
}();
bool begins_wrapper(byte first, byte second) noexcept
{
    return is_alpha(first) && ((second_of_wrappers[lower(first)] >> (second % 32)) & 1u) != 0;
}

/// What may be done with a path of an interface.
bool is_method(std::string_view name) noexcept
{
    static constexpr std::string_view methods[] = {
        "get", "post", "put", "patch", "delete", "head", "options", "trace"};
    return std::ranges::find(methods, name) != std::end(methods);
}

/// Whether the quote at `v`, where a value could begin, ends a string that the key at `key` is the
/// end of: input('Password: '), "token=" + token. What follows is none of a value, and the string
/// was opened before in this line.
bool ends_prompt(text t, std::size_t key, std::size_t key_end, std::size_t v) noexcept
{
    constexpr std::size_t reach = 200;
    auto const q = t[v];
    if (t.before(key) == '`' && is_single_quote(q) && t.starts(v + 1, " for "))
        return true; // undefined method `password='
    auto const behind = t.skip(v + 1, is_blank, 3);
    auto const next = t[behind];
    // read -p "Password: " password
    auto const word = t.skip_back(key_end, is_alpha, 30);
    auto const asks = [&] {
        auto const n = key_end - word;
        return n >= 3 && behind + n <= t.end() && !is_word(t[behind + n]) &&
            std::equal(t.data() + word, t.data() + key_end, t.data() + behind,
                [](byte a, byte b) { return lower(a) == lower(b); });
    };
    bool const goes_on =
        behind > v + 1 && (next == '+' || next == '.' || next == '$' || (is_alpha(next) && asks()));
    bool const over = next == ')' || next == ',' || next == ';' || next == '\n' || next == '\r' ||
        next == '}' || next == ']' || next == '`' || next == '<' || behind >= t.end();
    if (!goes_on && !over) return false;
    std::size_t open = v;
    unsigned quotes = 0;
    // A quote right behind a mask closes what went.
    auto const first = t.begin() + (t.begin() > 0 && t[t.begin()] == q ? 1u : 0u);
    auto const stop = key > first + reach ? key - reach : first;
    for (auto p = key; p > stop && t[p - 1] != '\n'; --p) {
        if (t[p - 1] != q) continue;
        if (quotes++ == 0) open = p - 1;
    }
    if (quotes % 2 == 0) return false;
    // "it's password=')x'": a quote in a word opens nothing, but f"..." does.
    auto const before = t.before(open);
    return !is_word(before) || (is_alpha(before) && !is_word(t.before(open - 1)));
}

} // namespace

/// The key in front of the separator at `i`. `arrow`: the separator is =>.
/// Written in place: a copy would wait for each of its parts.
bool engine::find_key(std::size_t i, bool arrow, key_place& key) const noexcept
{
    auto const t = seen();
    auto j = t.skip_back(i, is_blank, 3);
    if (t.before(j) == '\n' && at(i) == ':') { // "key" CR LF :
        auto const close = t.skip_back(j, is_space, 3);
        if (is_quote(t.before(close))) j = close;
    }
    if (j == t.begin()) return false;
    auto const c = t[j - 1];
    if (c == ']' && at(i) == '=') { // ["key"], [key], [key:protected]
        auto b = j - 1;
        while (b > t.begin() && j - b < longest_key && t[b] != '[' && t[b] != '\n') --b;
        if (t[b] != '[') return false;
        bool const named = is_word(t.before(b)) || t.before(b) == ']'; // user[PASSWORD]=x
        if (auto const m = existing_mask(b); m != b && (m != j || !named))
            return false; // ('[ADDRESS]']=x, [COOKIE] =x
        key.bracket = true;
        key.begin = b + 1;
        auto const q = t[b + 1];
        if (is_quote(q)) {
            ++key.begin;
            key.quote = q;
            key.end = t.skip(
                key.begin, [&](byte x) { return x != q; }, j - 1 - key.begin);
            key.quote_at = key.end;
        } else {
            key.end = t.skip(
                key.begin, [](byte x) { return x != ':'; }, j - 1 - key.begin);
            if (!arrow && at(i + 1) == ' ' &&
                t.view(key.begin, key.end).find(", ") != std::string_view::npos)
                return false; // const [token, setToken] = useState()
            if (std::any_of(t.data() + key.begin, t.data() + key.end, is_double_quote))
                return false;
            if (!arrow && t[i + 1] > ' ') { // user[name]=x&...
                key.bracket = false;
                key.in_query = true;
                key.form = b;
            }
        }
        return key.end > key.begin || key.form != 0;
    }
    if (is_quote(c)) {
        auto const close = j - 1;
        auto b = close;
        // A quote of a string further out ends what it could stand in.
        bool const doubled = is_double_quote(c);
        auto const ends = [&](byte x) {
            return x == c || x == '\n' ||
                (doubled && is_double_quote(x) && quote_level(x) < quote_level(c));
        };
        while (b > t.begin() && close - b < longest_key && !ends(t[b - 1])) --b;
        if (b == close) return false;
        if (t.before(b) != c) { // cut off in the key: password":"x
            b = t.skip_back(close, in_bare_key, longest_key);
            if (b == close || (b != t.begin() && t.before(b) != '\n')) return false;
        }
        key.begin = b;
        key.end = close;
        key.quote = c;
        key.quote_at = close;
        return true;
    }
    key.end = j;
    key.begin = t.skip_back(j, in_bare_key, longest_key);
    if (key.begin == key.end) return false;
    // ?Api+Key=, ?Api%20Key=: the blanks of a form.
    auto const blank = [&](std::size_t p) {
        return p > t.begin() && (t[p - 1] == '+' || (t[p - 1] == ' ' && percent_coded(p - 1)));
    };
    for (int words = 0; words < 3 && at(i) == '=' && blank(key.begin); ++words) {
        auto const b = t.skip_back(key.begin - 1, in_bare_key, 30);
        if (b == key.begin - 1) break;
        key.begin = b;
    }
    auto const before = t.before(key.begin);
    key.in_query =
        at(i) == '=' && (before == '?' || before == '&' || before == '#' || before == ';');
    if (at(i) == ':' && !arrow) { // "Api Key: ..."
        for (int words = 0; words < 3 && t.before(key.begin) == ' '; ++words) {
            auto const b = t.skip_back(key.begin - 1, in_bare_key, 30);
            if (b == key.begin - 1 || (b + 2 == key.begin && t[b] == '-')) break; // - an: item
            key.begin = b;
        }
    }
    auto const indent = t.skip_back(
        key.begin, [](byte x) { return is_blank(x) || x == '-'; }, 40);
    key.at_line_start = indent == 0 || t.before(indent) == '\n' || t.before(indent) == 0 ||
        t.before(indent) == '{' || is_quote(t.before(indent));
    if (key.at_line_start && t.starts_like(indent, "export ")) key.at_line_start = true;
    return true;
}

/// What the key [b, e) says; null if nothing.
key_class const* engine::class_of(std::size_t b, std::size_t e) noexcept
{
    auto const t = seen();
    auto const size = e - b;
    if (e <= b || at(b) == '[') return nullptr; // a mask names nothing
    if (b < floor_) return nullptr;             // what is read in part must not be remembered
    auto const bytes = t.view(b, e);
    auto const masked = [&] { return bytes.find('[') != bytes.npos && holds_mask(b, e); };
    if (size > short_key::longest) return masked() ? nullptr : policy_.keys.find(t, b, e);
    byte padded[2 * short_key::longest] = {};
    auto const* end = t.data() + e;
    if (e < short_key::longest) {
        std::memcpy(padded + short_key::longest, t.data() + b, size);
        end = padded + short_key::longest + size;
    }
    short_key const key(end, size);
    if (auto const* const k = policy_.usual.find(key)) return k->value; // none has a bracket
    if (key.holds('[') && masked()) return nullptr;
    if (auto const* const k = met_keys_.find(key)) return k->value;
    auto const* const c = policy_.keys.find(t, b, e);
    if (bytes.find('\n') == bytes.npos)
        met_keys_.add(key, c); // anchors reads it as a key of a line
    return c;
}

/// "key": by what is known of keys that look so. False: it must be read.
[[gnu::always_inline]] inline bool engine::quoted_key(
    std::size_t i, key_place& key, key_class const*& c) const noexcept
{
    auto const* const p = window_.data();
    auto const next = at(i + 1);
    if (next == ':' || next == '=' || next == '/' || i <= short_key::longest) return false;
    auto const quote = p[i - 1];
    if (((anchors_.known_keys() >> (i % 64)) & 1u) != 0) {
        auto const& k = anchors_.known_key_at(i % 64);
        key.begin = i - 1 - k.size;
        if (key.begin > floor_) {
            key.end = key.quote_at = i - 1;
            key.quote = quote;
            c = k.value;
            return true;
        }
    }
    auto const b = is_double_quote(quote) ? anchors_.quoted_before(i) : 0;
    if (b <= floor_ || p[b - 1] != quote || i - 1 - b > short_key::longest || i - 1 == b)
        return false;
    short_key const name(p + i - 1, i - 1 - b);
    auto const* k = policy_.usual.find(name);
    if (!k) k = met_keys_.find(name);
    if (!k) return false;
    key.begin = b;
    key.end = key.quote_at = i - 1;
    key.quote = quote;
    c = k->value;
    return true;
}

/// Behind "@secret:" and 32 hexadecimal digits, what the store writes in the place of a secret;
/// `i`, the colon, if it is something else. References are made to be read, and a plan that is
/// printed must be the plan.
[[gnu::always_inline]] inline std::size_t engine::own_reference(std::size_t i) const noexcept
{
    constexpr std::size_t digits = 32;
    constexpr std::string_view mark = "@secret:";
    auto const t = seen();
    if (i - t.begin() + 1 < mark.size() || !t.starts(i + 1 - mark.size(), mark)) return i;
    auto const e = t.skip(
        i + 1, [](byte c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }, digits + 1);
    return e == i + 1 + digits && !is_word(at(e)) ? e : i;
}

std::size_t engine::at_separator(std::size_t i)
{
    auto const t = seen();
    bool const equals = at(i) == '=';
    auto v = i + 1;
    key_place key;
    key_class const* c = nullptr;
    if (equals || !quoted_key(i, key, c)) {
        bool arrow = false;
        if (equals) {
            auto const before = t.before(i);
            if (before == '=' || before == '!' || before == '<' || before == '>' || before == '~')
                return i + 1;
            if (at(v) == '=') return i + 2;
            if (at(v) == '>') {
                arrow = true;
                ++v;
            }
            if (before == ')' && at(v) == '(') return sql_tuple(i);
        } else {
            if (t.starts(i, "://")) {
                if (auto h = find_in_url(t, i, url_run_, signs())) {
                    h.end = end_in_form(i, h.begin, h.end);
                    if (h.type == mask_type::url_password) { // the name of its user
                        if (at(h.end) == '@' && stands_for_password(t.view(h.begin, h.end)))
                            return h.end + 1;
                        if (anchors_.after_option())
                            if (auto const e = curl_user(h.begin - 1); e != h.begin - 1) return e;
                        scan_before(i + 3, h.begin - 1);
                        if (s().mode != mode::scan || floor_ > h.begin)
                            return std::max(floor_, i + 3);
                    }
                    if (mask(h.begin, h.end, h.type, mask_reason::value)) {
                        bool const whole = h.end < window_.size() || last_;
                        return whole ? h.end : go_on_to('@', h.end);
                    }
                }
                return i + 3;
            }
            if (at(v) == ':') return i + 2;
            if (at(v) == '=') return i + 1;
            if (anchors_.after_option())
                if (auto const e = curl_user(i); e != i) return e;
            auto const before = t.before(i);
            if (is_digit(before) || before == 'i' || before == 'd')
                if (auto const e = serialized(i); e != i) return e;
        }
        if (!find_key(i, arrow, key)) {
            if (!equals || t.before(i) != ':') return i + 1;
            key = {};
            if (!find_key(i - 1, false, key)) return i + 1; // :=
        }
        c = class_of(key.begin, key.end);
        if (key.form != 0) {
            if (auto const* const told = class_by_path(key, i)) c = told;
            else if (!c) c = class_in_form(key, i);
        }
    }
    if (!c || c->rule == key_rule::none ||
        (c->rule == key_rule::call_id && zone_ != mask_zone::webhook_out))
        return v;
    if (!equals) {
        if (auto const e = own_reference(i); e != i) return e;
        // var_dump: ["password":"Class":private]=>
        if (key.begin > 1 && t.before(key.begin - 1) == '[' && is_quote(at(v)) &&
            is_quote(t.before(i)) && t.starts(find_close(v + 1, at(v), 120) + 1, ":private]"))
            return v;
        // print_r: [password:protected] => x
        if (!modifier_.holds(v)) {
            modifier_.begin = v;
            modifier_.end = t.skip(v, [](byte x) { return x > ' ' && x != ']' && !is_quote(x); });
        }
        auto const close = std::min(modifier_.end, v + 100);
        if (close > v && at(close) == ']' &&
            (t.starts(close + 1, " =>") || t.starts(close + 1, "=>")))
            return v;
    }
    if (key.quote == 0 && !key.bracket && c->rule >= key_rule::digits && c->rule <= key_rule::cvv) {
        // "ssn: pin: 1": a small word and another sign is none of these numbers.
        auto const word = t.skip(v, is_blank, 40);
        auto const e = t.skip(word, is_lower, 20);
        if (e > word && ends_small_word[at(e)] && !key.in_query) {
            context kind;
            if (context_of(c->type, kind)) expect(kind, word);
            return word;
        }
    }
    return by_key(*c, key, i, v);
}

std::size_t engine::by_key(key_class c, key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    auto const start = v;
    bool const loose = key.quote != 0 || key.bracket || at(separator + 1) == '>';
    v = loose ? t.skip(v, is_space, 200) : t.skip(v, is_blank, 40);
    if (at(v) == '+' && key.quote != 0 && percent_coded(separator) && !percent_coded(v))
        v = t.skip(
            v, [](byte x) { return x == '+'; }, 40); // %22password%22%3A+%22x%22: a blank of a form
    if (loose && t.starts(v, "/*")) {                // "password": /* of the test */ "x"
        auto const comment_end = t.view(v, std::min(t.end(), v + 120)).find("*/");
        if (comment_end != std::string_view::npos) v = t.skip(v + comment_end + 2, is_space, 40);
    }
    if (!loose && at(separator) == ':') {
        if (t.starts(v, "\\ ")) v += 2; // -H X-Api-Key:\ x
        v = behind_type(v);
        if (at(v) == '!' && key.at_line_start) v = behind_tag(v);
    }
    std::size_t dumped = 0; // where the value ends, by its length
    // var_dump: string(7) "x"; Python: b"x", SecretStr("x")
    if (begins_wrapper(at(v), at(v + 1))) {
        for (auto const w : wrappers) {
            if (!t.starts_like(v, w)) continue;
            auto p = v + w.size();
            if (w == "string(") {
                auto const d = t.skip(p, is_digit, 9);
                auto const size = p;
                if (d > p && t[d] == ')') p = t.skip(d + 1, is_blank, 2);
                if (p > d && is_double_quote(t[p])) dumped = end_of_dumped(size, d, p);
            } else if (w == "int(" || w == "float(") {
                if (is_digit(t[p]) || existing_mask(p) != p) v = p;
                break;
            }
            if (w == "some(" && is_quote(t[p]) &&
                is_said_of_values(p + 1, find_close(p + 1, t[p], 30)))
                return start; // token: Some("expired")
            if (is_quote(t[p])) v = p;
            break;
        }
    }
    // msg="password=", "{\"password\":": the quote closes what the key stands in.
    bool const inside = !is_double_quote(key.quote) || !is_double_quote(at(v)) ||
        quote_level(at(v)) < quote_level(key.quote);
    if (inside && closes_string(v)) return start;
    if (c.rule == key_rule::query_long && !key.in_query)
        if (auto const e = basic_credentials(key, separator, v); e != v) return e;
    if (c.rule == key_rule::query_long && !key.in_query)
        c.rule = key_rule::pair_name; // "key" is both
    switch (c.rule) {
    case key_rule::none: return start;
    case key_rule::pair_name: {
        if (!is_quote(at(v)) && key.at_line_start && at(separator) == ':') { // - name: TOKEN
            auto const e = bare_end(v, separator, false);
            auto const* const named = class_of(v, e);
            auto const below =
                t.skip(at(e) == ',' ? e + 1 : e, is_space, 40); // {name: A, value: x}
            if (named && named->rule <= key_rule::webhook && named->rule != key_rule::none &&
                t.starts(below, "value:") && below > e)
            {
                s().pair = *named;
                s().pair_until = unmasked(below) + 10;
            }
        }
        if (is_quote(at(v))) {
            auto const e = find_close(v + 1, at(v), 100);
            auto const* const named = class_of(v + 1, e);
            if (named && named->rule <= key_rule::webhook && at(e) == at(v)) {
                // multipart: name="password", an empty line, the value
                auto const body = t.skip(
                    e + 1, [](byte x) { return x == '\r' || x == '\n'; }, 4);
                if (key.quote == 0 && body >= e + 3) {
                    auto const end = t.skip(
                        body, [](byte x) { return x != '\r' && x != '\n' && !is_double_quote(x); },
                        3000);
                    if (end > body && mask_inside(*named, body, end)) return behind_part(body, end);
                }
                s().pair = *named;
                s().pair_until = unmasked(e) + 160;
            }
        }
        return start;
    }
    case key_rule::pair_value:
        if (unmasked(separator) < s().pair_until && !is_named_behind(key, v)) {
            c = s().pair;
            s().pair_until = 0;
        } else if (!is_quote(at(v)) ||
            !(at(separator) == '=' && key.quote == 0 ? attribute_names(key.begin, c)
                                                     : value_before_name(v, c)))
        {
            return start;
        }
        break;
    case key_rule::call_id:
        if (zone_ != mask_zone::webhook_out || !call_is_live(v)) return start;
        c.rule = key_rule::any;
        break;
    case key_rule::query_only:
        if (!key.in_query || key.end - key.begin > 8) return start;
        break;
    case key_rule::query_long:
        if (!key.in_query || key.end - key.begin > 8) return start;
        if (auto const e = bare_end(v, separator, true); e - v < 20 || ends_in_mask(v, e))
            return start;
        break;
    case key_rule::query_code: {
        if (key.end - key.begin > 4) return start;
        if (!key.in_query) { // the first of a form
            constexpr std::size_t shortest = 12;
            if (at(separator) != '=' || v != separator + 1) return start;
            auto const e = bare_end(v, separator, true);
            if (at(e) != '&' || e - v < shortest || holds_mask(v, e) ||
                std::none_of(t.data() + v, t.data() + e, is_digit) ||
                std::none_of(t.data() + v, t.data() + e, is_letter))
                return start;
        }
        auto const around = t.view(
            key.begin > t.begin() + 200 ? key.begin - 200 : t.begin(), std::min(t.end(), v + 300));
        if (around.find("state=") == around.npos) return start;
        break;
    }
    case key_rule::speech:
        if (at(separator) == '=' && key.quote == 0 && unmasked(separator) < s().pair_until) {
            c = s().pair; // <meta name="api-key" content="x">
            s().pair_until = 0;
            break;
        }
        follow_place(separator);
        if (s().place != place::speech && s().place != place::words) return start;
        if (s().place == place::words && in_words_) return start; // they go as what they are
        if (s().place == place::words && is_quote(at(v)))
        { // a number split over words must not survive
            auto const e = find_close(v + 1, at(v), 100);
            auto const wb = t.skip(v + 1, is_space, e - v - 1);
            auto const we = t.skip_back(e, is_space, e - wb);
            bool const word = at(e) == at(v) && we > wb && !holds_mask(wb, we) &&
                std::none_of(t.data() + wb, t.data() + we, is_space);
            if (word)
                if (auto const end = value_of_words(wb, we); end != wb) return end;
            if (word && says_number(t, wb, we) &&
                mask(wb, we, mask_type::phone_spoken, mask_reason::path))
                return e + 1;
        } else if (s().place == place::words && s().lines.notation != 0) {
            auto const e = t.skip(
                v, [](byte x) { return !is_space(x); }, 60);
            if (e > v && !holds_mask(v, e) && says_number(t, v, e) &&
                mask(v, e, mask_type::phone_spoken, mask_reason::path))
                return e;
        }
        c.rule = key_rule::transcript;
        break;
    case key_rule::headers:
        follow_place(separator);
        if (s().place != place::tools) return start;
        break;
    case key_rule::tool_link:
        follow_place(separator);
        if (s().place != place::tools || (!is_quote(at(v)) && s().lines.notation == 0))
            return start;
        break;
    case key_rule::path_words: {
        auto const item = t.skip(v + 1, is_space, 40);
        auto const name = t.skip(item + 1, is_space, 40);
        if (at(v) != '[' || at(item) != '{' || !t.starts(name + 1, "word")) return start;
        c.rule = key_rule::path_speech;
        [[fallthrough]];
    }
    case key_rule::path_tools:
    case key_rule::path_speech:
        follow_place(separator);
        if (s().place == place::none && (at(v) == '[' || at(v) == '{') && key.quote != 0) {
            begin_place(c);
            s().place_level = is_double_quote(key.quote) ? quote_level(key.quote) : 0;
            return v;
        }
        if (s().place == place::none)
            if (auto const e = enter_place(c, key, separator, v); e != v) return e;
        if (c.rule == key_rule::path_tools || !is_quote(at(v))) return start;
        c.rule = key_rule::transcript;
        break;
    default: break;
    }
    if (c.rule == key_rule::transcript && keeps(mask_type::transcript)) return start;
    if (c.type == mask_type::password && is_directory(key, v)) return start;
    if (!is_double_quote(at(v)) || at(separator) == '=') [[unlikely]]
        if (auto const e = behind_quoted_code(key, separator, v); e != 0) return e;
    if (is_quote(at(v))) {
        if (key.quote == 0 && !key.bracket && ends_prompt(t, key.begin, key.end, v)) return start;
        bool const whole = c.rule == key_rule::any || c.rule == key_rule::transcript;
        if (dumped != 0 && whole && mask_inside(c, v + 1, dumped))
            return std::max(dumped + 1, floor_);
        auto const e = quoted_value(c, v);
        // What a plan writes of a change: "x" -> "y"
        bool const changes = e != v && s().mode == mode::scan && t.starts(e, " -> ");
        return changes && is_quote(at(e + 4)) ? quoted_value(c, e + 4) : e;
    }
    if (at(v) == '[' && at(v + 1) == ']' && key.quote != 0) { // []string{"x"}
        auto const brace = t.skip(v + 2, is_alpha, 40);
        if (brace > v + 2 && at(brace) == '{') {
            if (!is_quote(at(t.skip(brace + 1, is_space, 40)))) return start; // []byte{1, 2}
            v = brace;
        }
    }
    auto const bracket = at(v);
    bool const may_be_type = bracket == '[' || bracket == '&' || is_upper(bracket);
    if (may_be_type && key.quote == 0 && at(separator) == ':' && is_type(key, v)) return start;
    bool const dials = bracket == '(' && c.rule == key_rule::phone && is_digit(at(v + 1));
    if (!dials && (bracket == '[' || bracket == '{' || bracket == '(')) {
        if (existing_mask(v) != v || t.starts(v, "{{") || is_schema(v)) return start;
        if (bracket == '{' && key.quote == 0 && is_alpha(at(v + 1)) && // f"token: {token[:4]}"
            at(t.skip(
                v + 1, [](byte x) { return is_word(x) || x == '_'; }, 60)) == '[')
            return start;
        // "node_modules/cookie": {...}: a path, and what is known of it.
        if (bracket == '{' && key.quote != 0) {
            auto const name = t.view(key.begin, key.end);
            bool const path = name.find('/') != name.npos;
            if (path && (name.starts_with("node_modules/") || name.starts_with('@'))) return start;
            auto const first = t.skip(v + 1, is_space, 200);
            if (name.starts_with('/') && is_quote(at(first)) && // {"/token": {"post": {...}}}
                is_method(t.view(first + 1, find_close(first + 1, at(first), 12))))
                return start;
        }
        if (key.quote != 0 && c.type != mask_type::password && names_class(t, key.begin, key.end))
            return start;
        if (key.quote != 0 || key.bracket || c.rule == key_rule::headers || at(separator + 1) == '>')
        {
            enter_subtree(c, v, key);
            return v;
        }
        if (bracket != '(') {
            if (is_quote(at(t.skip(v + 1, is_space, 40))) || bracket == '{') {
                enter_subtree(c, v, key);
                return v;
            }
        }
        if (bracket == '(') return start;
        // passwords = [p for p in all if p]
        if (bracket == '[' && key.quote == 0 && is_alpha(at(v + 1))) {
            auto const line = t.view(v, std::min(line_end(v, 120), t.end()));
            auto const name = t.view(v + 1, t.skip(v + 1, is_alpha, 40));
            auto const each = line.find(" for ");
            if (each != line.npos && line.substr(each + 5).starts_with(name) &&
                line.substr(each + 5 + name.size()).starts_with(" in ") && closes_in_line(v, v))
                return start;
        }
        if (bracket == '[')
            if (auto const e = listed_value(c, v); e != v) return e;
    }
    bool const may_be_array = key.bracket || lower(bracket) == 'a';
    if (auto const open = may_be_array ? opening_of_array(key, v) : v; open != v) {
        enter_subtree(c, open, key);
        return open;
    }
    if (key.quote != 0 && is_digit(at(v)) && c.type != mask_type::password &&
        names_class(t, key.begin, key.end) && ends_item(t, t.skip(v, is_digit, 6)))
        return start; // how many there are
    bool const line_ends = at(v) == '\n' || at(v) == '\r';
    if (line_ends && key.quote == 0 && key.at_line_start && at(separator) == ':' &&
        enter_lines(c, key, v))
        return v;
    if (line_ends && key.quote == 0 && at(separator) == ':')
        if (auto const b = value_below(c, v); b != v) return b;
    return bare_value(c, key, separator, v);
}

} // namespace trunkline::mask_detail
