#include "engine.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t longest_label = 24;
constexpr std::size_t longest_checked = 400; ///< Of values that go only if they are of a kind.

/// Rules by which a value goes whatever it says.
bool takes_all(key_rule r) noexcept
{
    return r == key_rule::any || r == key_rule::transcript || r == key_rule::authority ||
        r == key_rule::cookie || r == key_rule::headers || r == key_rule::strings ||
        r == key_rule::query_only || r == key_rule::query_long || r == key_rule::query_code;
}

/// Of the others, what is longer than longest_checked stays.
bool may_be_long(key_rule r) noexcept
{
    return takes_all(r) || r == key_rule::ip || r == key_rule::capability ||
        r == key_rule::webhook || r == key_rule::tool_link;
}

/// "van der Berg": a name, though it does not begin with a capital.
bool begins_with_particle(text t, std::size_t v) noexcept
{
    static constexpr std::string_view particles[] = {"van ", "von ", "vom ", "zu ", "zur ", "de ",
        "del ", "della ", "di ", "da ", "dos ", "du ", "la ", "le ", "al ", "el ", "ben ", "bin ",
        "ter ", "ten ", "der "};
    auto p = v;
    for (int k = 0; k < 3 && is_lower(t[p]); ++k)
        for (auto const w : particles)
            if (t.starts(p, w)) {
                p += w.size();
                break;
            }
    return p > v && is_upper(t[p]);
}

bool begins_with_capital(text t, std::size_t v) noexcept
{
    // Of the letters above ASCII, German and French small ones are told apart; others pass for capitals.
    return is_upper(t[v]) || (t[v] >= 0x80 && !(t[v] == 0xc3 && t[v + 1] >= 0x9f));
}

/// 0x7ffe12: an address, if not somebody's.
bool is_of_memory(text t, std::size_t v) noexcept
{
    return t.starts(v, "0x") && is_hex(t[v + 2]);
}

/// "1.0.6", "^9.0", "~0.7.0": of a package whose name looks like a key.
bool is_version(text t, std::size_t b, std::size_t e, std::size_t most_digits) noexcept
{
    bool const range = t[b] == '^' || t[b] == '~';
    auto p = range ? b + 1 : b;
    for (int parts = 1; parts <= 3; ++parts, ++p) {
        auto const number = t.skip(p, is_digit, 5);
        if (number == p || number - p > (range ? 4 : most_digits)) return false;
        p = number;
        if (p == e) return parts == 3 || range;
        if (t[p] != '.') return false;
    }
    return false;
}

bool is_vowel(byte c) noexcept
{
    return c == ' ' || c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U';
}

/// What is counted in a value: digits, letters from bit 16 on, other signs from bit 32 on.
constexpr auto leaf_counts = [] {
    std::array<std::uint64_t, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = is_digit(c) ? 1u : 0u;
        if (is_letter(c)) t[n] |= 1u << 16;
        if (!is_word(c) && c != ' ' && c != '-') t[n] |= std::uint64_t{1} << 32;
    }
    return t;
}();

/// What the notation allows in a number that is not quoted.
bool in_number(byte c) noexcept
{
    return is_digit(c) || c == '.' || c == '+' || c == '-' || c == 'e' || c == 'E';
}

} // namespace

/// At a value's opening quote. Returns behind the closing one, or `open` to look inside.
std::size_t engine::quoted_value(key_class c, std::size_t open)
{
    auto const t = seen();
    auto const q = at(open);
    auto const b = open + 1;
    auto const e = find_close(b, q, window_.size());
    // Where the end is missing a short rest is the value, unless something of it went by itself.
    bool const closed = e < window_.size() ||
        (last_ && e - b <= longest_checked && (takes_all(c.rule) || !holds_mask(b, e)));
    if (e == b) return open;
    if (c.rule == key_rule::mail && t.starts(e + 1, " <")) { // "Reception" <a@example.org>
        auto const mail = t.skip(
            e + 3, [](byte x) { return x > ' ' && x != '>' && x != '@' && !is_quote(x); }, 64);
        if (mail > e + 3 && (at(mail) == '@' || existing_mask(e + 3) != e + 3)) return open;
    }
    auto const behind = e + (at(e) == q ? 1u : 0u);
    if (!closed) {
        if (!takes_all(c.rule) || keeps(c.type) || (last_ && says_nothing(c, b, e))) return open;
        mask(b, e, c.type, mask_reason::key);
        s().mode = mode::quoted;
        s().quote = q;
        return e;
    }
    if (says_nothing(c, b, e)) {
        if (existing_mask(b) == b) return behind;
        if (existing_mask(b) != e) return open;
        pass_mask(b, e); // as it was when it was written
        if (t.starts(b, "[AWS_ACCESS_KEY_ID")) expect(context::aws, e);
        return behind;
    }
    if (is_upper(at(b)) && e - b <= longest_label && c.rule != key_rule::transcript &&
        is_label(c, b, e))
        return behind;
    if (is_double_quote(q) && ((s().open_quotes >> quote_level(q)) & 1u) == 0) whole_until_ = e;
    if (!mask_part(c, b, e)) return open;
    if (s().mode == mode::subtree) return std::max(b, floor_); // it began before what went
    if (floor_ <= b || floor_ >= e || c.rule == key_rule::cookie) return behind;
    return floor_; // only a part of it went: the rest is looked at
}

/// {"password": "Passwort", "email": "E-Mail"}: the name of a field as people read it.
bool engine::is_label(key_class c, std::size_t b, std::size_t e) const noexcept
{
    auto const t = seen();
    if (c.rule == key_rule::transcript || e - b > longest_label || e - b < 3) return false;
    int parts = 1;
    for (auto p = b; p < e; ++p) {
        auto const part = t[p] == ' ' || t[p] == '-';
        parts += part;
        if (!part && !is_letter(t[p])) return false;
        if (p > b && is_upper(t[p]) && is_lower(t[p - 1])) return false; // MyPassword
    }
    if (parts > 2) return false;
    auto const* const named = policy_.keys.find(t, b, e);
    if (!named || named->type != c.type || named->rule != c.rule) return false;
    if (parts == 2) { // "API Key", but not "Berlin token"
        static constexpr std::string_view first[] = {"e", "api", "access", "refresh", "client",
            "csrf", "auth", "reset", "new", "old", "current", "first", "last", "full", "phone",
            "credit", "card", "private", "webhook", "email", "mail", "street", "user", "customer"};
        auto const word = t.skip(b, is_letter, longest_label);
        if (std::ranges::none_of(
                first, [&](std::string_view w) { return is_word_like(t, b, word, w); }))
            return false;
    }
    return true;
}

bool engine::holds_mask(std::size_t b, std::size_t e) const noexcept
{
    auto const t = seen();
    for (; b < e; ++b)
        if (t[b] == '[' && existing_mask(b) != b && existing_mask(b) <= e) return true;
    return false;
}

/// What stands in a value before the part that its key speaks of. If nothing of it goes, it is as
/// if it had not been looked at.
void engine::scan_before(std::size_t from, std::size_t to)
{
    constexpr unsigned deepest = 4;
    if (from >= to || nested_ >= deepest) return;
    auto const noted = noted_;
    auto const floor = floor_;
    auto const open = s().open_quotes, depth = s().place_depth, level = s().place_level;
    auto const place = s().place;
    auto const lines = s().lines;
    ++nested_;
    while (from < to && (s().mode == mode::scan || s().mode == mode::subtree))
        from = s().mode == mode::scan ? scan(from, to) : behind_cut(go_on(from));
    --nested_;
    if (floor_ != floor) return;
    noted_ = noted;
    s().open_quotes = open;
    s().place = place;
    s().place_depth = depth;
    s().place_level = level;
    s().lines = lines;
    leave_subtree();
}

/// Masks of [b, e) what its key says. False: nothing was to be masked.
bool engine::mask_inside(key_class c, std::size_t b, std::size_t e)
{
    if (!may_be_long(c.rule) && e - b > longest_checked) return false;
    return !says_nothing(c, b, e) && mask_part(c, b, e);
}

/// The same of a value that says something.
bool engine::mask_part(key_class c, std::size_t b, std::size_t e)
{
    auto const t = seen();
    // What goes only if it is of a kind was decided when a mask in it was written.
    if (!may_be_long(c.rule) && (e - b > longest_checked || holds_mask(b, e))) return false;
    auto const reason = s().place == place::none ? mask_reason::key : mask_reason::path;
    switch (c.rule) {
    case key_rule::authority: {
        if (keeps(mask_type::bearer_token) || ends_in_mask(b, e)) return false;
        auto const word = t.skip(b, is_alpha, e - b);
        auto const rest = t.skip(word, is_blank, e - word);
        if (rest > word && is_scheme(t, b, word) && is_placeholder(rest, e))
            return false; // "Bearer " + token, `Bearer ${token}`
        if (auto const h = find_scheme(t.part(t.begin(), e), b, true))
            return mask(h.begin, e, h.type, mask_reason::key);
        return mask(b, e, c.type, mask_reason::key);
    }
    case key_rule::cookie:
        if (is_version(t, b, e, 2)) return false;
        mask_cookies(b, e);
        return true;
    case key_rule::ip: {
        auto const before = counts_.total();
        mask_addresses(b, e);
        return counts_.total() != before;
    }
    case key_rule::capability: return mask_link(b, e);
    case key_rule::webhook: return mask_hook(b, e, 1);
    case key_rule::tool_link: return mask_hook(b, e, 4); // "v=2" opens nothing
    case key_rule::mail: {
        auto const inner = t.part(b, e);
        bool any = false;
        auto cursor = b;
        for (auto i = b; i < e; ++i) {
            if (t[i] != '@') continue;
            auto const h = find_mail(inner, i);
            if (h) scan_before(cursor, h.begin);
            cursor = std::max(cursor, h.end);
            if (h && h.begin >= floor_) any = mask(h.begin, h.end, h.type, mask_reason::key) || any;
        }
        any = any || floor_ > b; // what stands before an address went for another reason
        if (any || ends_in_mask(b, e)) return any;
        return leaf_goes(c, b, e) && mask(b, e, c.type, mask_reason::key);
    }
    case key_rule::phone:
    case key_rule::sip: {
        if (!leaf_goes(c, b, e)) return false;
        auto const first = t.skip(
            b, [](byte x) { return !is_digit(x) && x != '+' && x != '('; }, e - b);
        auto const h = find_phone(t.part(b, e), first, true);
        if (!h || std::any_of(t.data() + h.end, t.data() + e, is_digit))
            return mask(b, e, mask_type::phone, reason);
        scan_before(b, h.begin);
        return floor_ > h.begin || mask(h.begin, h.end, h.type, reason);
    }
    default:
        if (e - b == 1 && c.type == mask_type::generic_secret && c.rule == key_rule::any)
            return false; // accesskey="n"
        if (c.type == mask_type::generic_secret && e - b < 16 && is_quote(at(e)) &&
            is_version(t, b, e, 1))
            return false;
        if (c.type == mask_type::address && is_of_memory(t, b)) return false;
        return leaf_goes(c, b, e) && mask(b, e, c.type, reason);
    }
}

bool engine::leaf_goes(key_class c, std::size_t b, std::size_t e) const noexcept
{
    if (c.rule < key_rule::digits || c.rule > key_rule::mail) // what is asked of none of the others
        if (c.rule != key_rule::sip) return true;
    auto const t = seen();
    std::size_t digits = 0, letters = 0, others = 0;
    std::uint64_t sum = 0;
    for (auto const *p = t.data() + b, *const end = t.data() + std::min(e, b + longest_checked);
         p != end; ++p)
        sum += leaf_counts[*p];
    digits = sum & 0xffff, letters = (sum >> 16) & 0xffff, others = sum >> 32;
    switch (c.rule) {
    case key_rule::phone:
    case key_rule::sip: {
        auto const v = t.view(b, e);
        if (v.find("agent_") != v.npos || v.find("call_") != v.npos) return false;
        if (v.starts_with("116") && digits == 6) return false;
        auto const word = t.skip(b, is_letter, 40);
        if (word > b && is_digit(t[word])) return false; // jQuery123
        return digits >= 5 && digits <= 24 && (letters <= 12 || v.find('@') != v.npos) &&
            v.find("://") == v.npos;
    }
    case key_rule::digits:
        if (c.type == mask_type::date_of_birth)
            return digits >= (s().mode == mode::subtree ? 1u : 2u); // {"year": 1987, "month": 5}
        if (digits >= 4) return true;
        // Documents are numbered with capitals and as little as one digit; German ones have no vowels.
        if (e - b < 6 || e - b > 16 || others != 0) return false;
        return std::none_of(t.data() + b, t.data() + e,
            [&](byte x) { return is_lower(x) || (digits == 0 && is_vowel(x)); });
    case key_rule::pin:
        return digits >= 3 && digits <= 10 && letters <= 6 && others == 0 && e - b <= 12;
    case key_rule::cvv: return (digits == 3 || digits == 4) && e - b == digits;
    case key_rule::mail: return letters >= 2;
    default: return true;
    }
}

/// After a key without quotes around the value.
std::size_t engine::bare_value(
    key_class c, key_place const& key, std::size_t separator, std::size_t v)
{
    auto const t = seen();
    auto const first = at(v);
    if (auto const e = template_end(v); e != v) return e;
    if ((first == '|' || first == '>') && key.at_line_start &&
        (c.rule == key_rule::any || c.rule == key_rule::transcript || c.rule == key_rule::ip ||
            (c.rule == key_rule::authority && key.quote == 0)))
        return block_value(c, v);
    if (v >= window_.size() || first == '\n' || first == '\r' || first == ',' || first == '}' ||
        first == ']' || (first == '-' && at(v + 1) == '}')) // ${PASSWORD:-}
        return v;
    bool const json = key.quote != 0 && !key.bracket && at(separator) == ':';
    bool const wrapper = t.starts_like(v - std::min<std::size_t>(v, 4), "int(") || at(v - 1) == '(';
    if (json || (key.quote != 0 && at(separator + 1) == '>' && (is_digit(first) || first == '-'))) {
        auto const e = t.skip(
            v, [](byte x) { return in_number(x); }, 64);
        bool const number =
            e > v && is_digit(at(e - 1)) && !is_word(at(e)) && at(e) != '_' && !is_quote(at(e));
        if (!number) {
            auto const word = bare_end(v, separator, false);
            bool const call = t.starts(v, "str(uuid") && is_code(v, word); // "token": str(uuid4())
            if (call || is_placeholder(v, word) || is_prose(v, word) || c.rule != key_rule::any ||
                std::none_of(t.data() + v, t.data() + word, is_digit))
                return v;
            return mask(v, word, c.type, mask_reason::key) ? word : v;
        }
        if (c.type == mask_type::generic_secret && lower(at(key.end - 1)) == 's')
            return v; // a count
        if (c.rule == key_rule::transcript || c.rule == key_rule::strings || !leaf_goes(c, v, e))
            return v;
        auto const q = source(key.quote_at) - base_;
        auto const marks = wrapper || key.bracket || !ends_item(t, e)
            ? std::string_view()
            : raw_.substr(q, window_.width(key.quote_at));
        return mask(v, e, c.type, mask_reason::key, marks.size() <= 16 ? marks : std::string_view())
            ? e
            : v;
    }
    auto const end_of_line = [&] { return line_end(v, longest_line); };
    switch (c.rule) {
    case key_rule::authority: {
        if (t.starts_like(v, "digest ")) return parameters(key, v, v + 7);
        auto const word = t.skip(
            v, [](byte x) { return is_alnum(x) || x == '-'; }, 20);
        auto const rest = t.skip(word, is_blank, 4);
        if (rest > word && existing_mask(rest) != rest) return v; // Bearer [BEARER_TOKEN]
        auto const scheme = t.skip(v, is_alpha, 20);
        if (t.starts(scheme, "\\ ") && is_scheme(t, v, scheme)) { // Authorization:\ Bearer\ x
            auto const b = scheme + 2, e = bare_end(b, separator, false);
            bool const goes = e > b && !is_placeholder(b, e) &&
                mask(b, e, mask_type::bearer_token, mask_reason::key);
            return goes ? e : v;
        }
        auto const named = t.skip(scheme, is_blank, 4); // Bearer <token>
        if (auto const e = template_end(named); named > scheme && e != named) return e;
        if (auto const h = find_scheme(t.part(t.begin(), end_of_line()), v, true)) {
            if (is_placeholder(h.begin, h.end) || is_prose(h.begin, h.end)) return v;
            auto const e = mask_credentials(h, mask_reason::key);
            return e != h.begin ? e : v;
        }
        if (rest > word && scheme == word && !key.in_query) { // of a scheme nobody has heard of
            auto const name = t.skip(
                rest, [](byte x) { return is_alpha(x) || x == '_' || x == '-'; }, 30);
            if (name > rest && at(name) == '=') { // Hawk id="x", mac="y"
                auto const value = is_quote(at(name + 1)) ? name + 2 : name + 1;
                return existing_mask(value) != value ? v : parameters(key, v, rest);
            }
            auto const e = bare_end(rest, separator, false);
            bool const token = e >= rest + 8 && std::any_of(t.data() + rest, t.data() + e, is_digit);
            if (token && at(e) != ' ') {
                if (!mask(rest, e, mask_type::bearer_token, mask_reason::key)) return v;
                ends_open(e, 0);
                return e;
            }
        }
        break;
    }
    case key_rule::cookie: return bare_cookies(key, separator, v);
    case key_rule::ip:
        mask_addresses(v,
            t.skip(
                v, [](byte x) { return is_hex(x) || x == ':' || x == '.' || x == ',' || x == ' '; },
                3000));
        return std::max(v, floor_);
    case key_rule::capability:
    case key_rule::tool_link:
    case key_rule::webhook: {
        if (end_of_authority(t, v) == v) return v;
        auto e = t.skip(
            v, [](byte x) { return x > ' ' && !is_quote(x) && x != '<' && x != '>' && x != ')'; },
            3000);
        e = end_in_form(t.skip(v, is_alnum, 10), v, e);
        if (in_form(key, separator, v)) e = std::min(e, bare_end(v, separator, true));
        if (c.rule != key_rule::capability) mask_hook(v, e, c.rule == key_rule::webhook ? 1 : 4);
        else mask_link(v, e);
        return std::max(v, floor_);
    }
    case key_rule::mail: return v;
    case key_rule::transcript: {
        if (is_printed_line(key)) { // print_r: whatever stands there was said
            auto const line = end_of_string(v, whole_line_end(v));
            auto const end = std::max(line, end_of_printed(v, line));
            auto const e = t.skip_back(end, is_space, end - v);
            if (says_nothing(c, v, e)) return e;
            if (!mask(v, e, c.type, mask_reason::key)) return v;
            return end == window_.size() && !last_ ? go_on_to('\n', e) : e;
        }
        if (key.in_query || key.at_line_start)
            if (auto const e = said_in_form(c, key, separator, v); e != v) return e;
        if (key.in_query || (!key.bracket && !key.at_line_start)) return v;
        if (s().lines.notation == ':' || is_member(key, separator, v))
        { // whatever is there was said
            auto const end = end_of_speech(key, v);
            auto const e = t.skip_back(end, is_space, end - v);
            if (says_nothing(c, v, e)) return e;
            if (!mask(v, e, c.type, mask_reason::path)) return v;
            return end == window_.size() && !last_ ? go_on_to('\n', e) : e;
        }
        auto const word = bare_end(v, separator, false);
        if (is_placeholder(v, word) || (!key.bracket && is_prose(v, word))) return v;
        auto const e = t.skip_back(line_value_end(v, c, true), is_blank, 100);
        return mask(v, e, c.type, mask_reason::key) ? e : v;
    }
    case key_rule::strings:
    case key_rule::sip:
    case key_rule::headers: return v;
    case key_rule::phone:
    case key_rule::digits:
    case key_rule::pin:
    case key_rule::cvv: {
        if (key.in_query) { // with "+" for blanks
            auto const whole = bare_end(v, separator, true);
            return mask_inside(c, v, whole) ? behind_part(v, whole) : v;
        }
        context kind;
        bool const speaks = context_of(c.type, kind);
        // What stood before the key is still of the word that stood before that.
        auto const go = [&](std::size_t b, std::size_t end, mask_type type) {
            auto const e = mask(b, end, type, mask_reason::key) ? end : v;
            if (speaks) expect(kind, e);
            return e;
        };
        if (speaks) {
            context_gap none;
            hit h = find_in_context(t, v, v, kind, none);
            if (!h && kind == context::phone && (first == '+' || first == '('))
                h = find_phone(t, v, true);
            if (h) return go(h.begin, h.end, h.type);
        }
        // Under its key also where the check digits are wrong.
        if (c.type == mask_type::iban || c.type == mask_type::bank_account)
            if (auto const h = find_iban(t, v, true)) return go(h.begin, h.end, mask_type::iban);
        auto const e = first == '+' || first == '(' ? v : end_of_groups(t, v);
        bool const time = e <= v + 2 && at(e) == ':' && is_digit(at(e + 1));
        bool const whole = !is_word(at(e)) && !time;
        // A word is none, if not a number that begins with its letters: ab12345678.
        bool const word =
            is_letter(first) && is_lower(at(v + 1)) && !is_digit(at(t.skip(v, is_alpha, 4)));
        bool const compact = e == v + 8 && t.skip(v, is_digit, 8) == e; // 19870503
        bool const goes = e != v && whole && !word && leaf_goes(c, v, e) &&
            (c.rule != key_rule::digits || c.type != mask_type::date_of_birth || compact ||
                find_date(t, v));
        return go(v, goes ? e : v, c.type);
    }
    default: break;
    }
    // ${DB_PASSWORD:-x}: what a shell takes where the variable is not set.
    bool const variable = first == '-' && at(separator) == ':' && v == separator + 1 &&
        t.before(key.begin) == '{' && t.before(key.begin - 1) == '$';
    if (variable) {
        auto const end = t.skip(
            v, [](byte x) { return x > ' ' && x != '}' && !is_quote(x); }, 200);
        if (at(end) == '}') {
            bool const goes =
                !is_placeholder(v + 1, end) && mask(v + 1, end, c.type, mask_reason::key);
            return goes ? std::max(end, floor_) : end;
        }
    }
    // ${API_KEY:?is not set}: what it says instead.
    if (first == '?' && at(separator) == ':' && v == separator + 1 && t.before(key.begin) == '{' &&
        t.before(key.begin - 1) == '$')
        return v;
    bool const spaced = v > separator + 1 || at(separator) == ':';
    bool const words = c.type == mask_type::person_name || c.type == mask_type::address;
    auto e = before_stars(key, v, bare_end(v, separator, key.in_query));
    if (key.in_query && t.before(key.begin) == ';') // /x;jsessionid=x?v=1
        e = std::max(v,
            t.skip(
                v, [](byte x) { return x != '?'; }, e - std::min(v, e)));
    bool const set = at(separator) == '=' && key.quote == 0;
    bool const variable_set = first == '$' && is_upper(at(v + 1)) && at(e) == ' '; // X=$X psql
    if (auto const item_end = set && !variable_set ? end_of_setting(key, separator, v) : 0;
        item_end > e)
        e = item_end;
    else if (words && set && !spaced && !key.bracket && !key.in_query && e > v &&
        (at(e) == ' ' || at(e) == '.' || is_single_quote(at(e))))
        e = end_of_words(c, key, v, e);
    else if (key.bracket || (words && spaced && !key.in_query)) {
        bool const noble = begins_with_particle(t, v);
        if (spaced && !key.bracket && is_prose(v, e) && !begins_with_capital(t, v) && !noble)
            return v;
        if (!key.bracket && !noble && !key.at_line_start && !is_upper(first) && !is_digit(first) &&
            first < 0x80)
            return v;
        e = line_value_end(v, c,
            key.bracket ||
                (key.at_line_start && at(separator) == ':' && t.before(key.begin) != '{'));
        e = end_in_form(separator, v, e);
        if (key.bracket && (is_double_quote(at(e)) || at(e) == '<') && is_printed_line(key))
            e = end_of_string(v, std::min(whole_line_end(v), v + longest_line)); // a"b, a<b
        if (words && (at(e) == '\n' || at(e) == '\r') && is_printed_line(key))
            e = t.skip_back(end_of_printed(v, e), is_space, 100);
        if (is_quote(t.before(key.begin))) // -H 'name: x'
            e = std::min(e,
                t.skip(
                    v, [&](byte x) { return x != t.before(key.begin); }, 2000));
        e = t.skip_back(e, is_blank, 100);
    }
    bool const password = c.type == mask_type::password && e > v && may_be_password(v, e);
    if (e <= v || (!password && is_placeholder(v, e))) {
        if (existing_mask(v) != v) return v;
        if (e > v && at(e - 1) == '(' && is_quote(at(e))) return e - 1; // env('KEY', 'x')
        return std::max(e, v);
    }
    bool const in_line = key.at_line_start && key.quote == 0 && !key.bracket && !key.in_query;
    bool const phrase = in_line && spaced && !words && at(e) == ' ';
    auto const phrase_end = phrase ? end_of_phrase(v, e) : e;
    if (spaced && !key.bracket && !words && phrase_end == e && !password && is_prose(v, e))
        return v;
    if (!key.bracket && is_code(v, e)) return v;
    if (set && spaced && is_reference(v, e)) return v;
    e = phrase_end;
    if (in_line && !words && (at(e) == '<' || at(e) == '>')) e = behind_angle(e);
    if (repeats_key(key, first == '@' ? v + 1 : v, e)) return v; // SET password = @password
    if (is_variable(v, e) || (is_upper(first) && is_label(c, v, e))) return v;
    // Where code ends a statement or an item, or says so by its blanks.
    bool const stated = (set && spaced) || at(e) == ',' || at(e) == ';';
    if (stated && !key.bracket && !key.in_query && continues_key(key, v, e)) return v;
    if (c.type == mask_type::address && is_of_memory(t, v)) return v;
    if (c.type == mask_type::password && spaced && e - v <= 3 &&
        t.skip(v, is_digit, 3) == e) // pass: 12
        return v;
    if (c.type == mask_type::generic_secret && lower(at(key.end - 1)) == 's' &&
        std::all_of(t.data() + v, t.data() + e, is_digit))
        return v; // a count
    if (c.type == mask_type::person_name && e - v < 2) return v;
    if (!mask(v, e, c.type, mask_reason::key)) return v;
    if (key.bracket && e == v + longest_line && s().open_quotes == 0) return go_on_to('\n', e);
    return e == window_.size() && !last_ ? go_on_to(' ', e) : e;
}

/// User{first_name=Ada van der Berg, id=7}, address=Am Markt 54: where a value of several words
/// ends, of which the first ends at `e`; `e` if the next ones are not seen to belong to it.
std::size_t engine::end_of_words(
    key_class c, key_place const& key, std::size_t v, std::size_t e) const noexcept
{
    constexpr int most_words = 8;
    auto const t = seen();
    auto const sets = [&](std::size_t p) { // name=
        auto const name_end = t.skip(
            p, [](byte x) { return is_word(x) || x == '_' || x == '.' || x == '-'; }, 40);
        return name_end > p && at(name_end) == '=';
    };
    auto const opens = t.before(key.begin);
    bool const record = opens == '{' || opens == '(' || opens == '[' ||
        (opens == ' ' && t.before(key.begin - 1) == ',');
    bool const name = c.type == mask_type::person_name;
    bool numbered = false, shouts = false; // OK, GET: of a log rather than of a name
    bool told = false;
    auto found = e, b = v;
    for (int k = 0; k < most_words; ++k) {
        bool const digits = is_digit(at(b));
        if (is_lower(at(b)) ? !begins_with_particle(t, b) : !is_letter(at(b)) && (name || !digits))
            break;
        auto const in_word = [](byte x) { return is_word(x) || x == '-' || x == '/'; };
        auto p = t.skip(b, in_word, 40);
        while (is_single_quote(at(p)) && is_letter(t.before(p)) && is_letter(at(p + 1)))
            p = t.skip(p + 1, in_word, 40); // O'Neill
        if (k == 0) found = std::max(e, p);
        numbered = numbered || digits;
        shouts = shouts || (k > 0 && p > b + 1 && is_upper(at(b)) && is_upper(at(b + 1)));
        bool const short_form = at(p) == '.' && at(p + 1) == ' ' && !digits &&
            (p - b <= 2 || (!name && is_digit(at(p + 2)))); // Dr. med., Hauptstr. 5
        if (short_form) ++p;
        auto const sign = at(p);
        bool const next_item = sign == ',' && at(p + 1) == ' ' && sets(p + 2);
        if (record && (next_item || sign == '}' || sign == ')' || sign == ']')) return p;
        bool const next_pair = sign == ' ' && sets(p + 1);
        // strasse=Am Markt 54, 89073 Ulm
        bool const code = sign == ',' && !name && key.at_line_start && at(p + 1) == ' ' &&
            t.skip(p + 2, is_digit, 6) == p + 7;
        bool const over = next_pair || (sign == ' ' && !is_word(at(p + 1))) ||
            std::string_view(",;|})]\n\r\t").find(static_cast<char>(sign)) !=
                std::string_view::npos ||
            is_quote(sign) || (sign == '.' && !is_word(at(p + 1))) ||
            (sign == 0 && last_ && p >= window_.size());
        if (!told && over && !shouts && (name || numbered)) found = p, told = !code;
        if (sign == ' ' && !next_pair) b = p + 1;
        else if (code) b = p + 2;
        else if (sign == ',' && record && !name && at(p + 1) == ' ') b = p + 2; // Am Markt 54, Ulm
        else break;
    }
    return found;
}

/// **password=None**: a value ends before the stars that make it stand out with its key.
std::size_t engine::before_stars(key_place const& key, std::size_t v, std::size_t e) const noexcept
{
    if (e <= v || at(e - 1) != '*' || key.quote != 0) return e;
    constexpr std::size_t most = 3;
    auto const t = seen();
    auto const star = [](byte c) { return c == '*'; };
    auto const around = key.begin - t.skip_back(key.begin, star, most);
    auto const stop = t.skip_back(e, star, std::min(around, e - v - 1));
    return e - stop == around ? stop : e;
}

/// Authorization: Digest name="value", ...: all from `b` on up to the end of the line goes, or of
/// the string it stands in. Returns where that is, or `v`.
std::size_t engine::parameters(key_place const& key, std::size_t v, std::size_t b)
{
    auto const t = seen();
    auto e = std::min(whole_line_end(b), b + longest_line);
    bool open = e - b == longest_line || (e == window_.size() && !last_);
    if (s().open_quotes != 0) {
        e = std::min(e, find_close(b, '`', e - b));
        open = false;
    }
    if (auto const quote = t.before(key.begin); is_quote(quote)) { // -H 'Authorization: ...'
        auto const close = t.skip(
            b, [&](byte x) { return x != quote; }, e - b);
        if (close < e) e = close, open = false;
    }
    if (!mask(b, e, mask_type::basic_auth, mask_reason::key)) return v;
    return open ? go_on_to('\n', e) : e;
}

/// YAML: "password: |", and the lines that are indented below it.
std::size_t engine::block_value(key_class c, std::size_t v)
{
    auto const t = seen();
    auto const line = t.skip(
        v, [](byte x) { return x == '|' || x == '>' || x == '-' || x == '+' || is_digit(x); }, 4);
    auto const next = t.skip(
        line, [](byte x) { return x == '\n' || x == '\r'; }, 2);
    auto const b = t.skip(next, is_blank, 40);
    if (next == line || b == next || t.starts(b, "-----BEGIN")) return v;
    auto const end = end_of_block(b, b - next);
    auto const e = t.skip_back(end, is_space, end - b);
    if (e <= b || is_placeholder(b, e) || !mask(b, e, c.type, mask_reason::key)) return v;
    if (end < window_.size() || last_) return e;
    s().depth = static_cast<unsigned>(b - next);
    return go_on_to('|', e);
}

} // namespace trunkline::mask_detail
