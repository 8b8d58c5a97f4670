#include <trunkline/core/crypto.hpp>

#include "engine.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace trunkline::mask_detail {
namespace {

class appender {
public:
    explicit appender(char* out) noexcept : begin_(out), p_(out) {}
    appender& operator<<(std::string_view s) noexcept
    {
        std::memcpy(p_, s.data(), s.size());
        p_ += s.size();
        return *this;
    }
    std::size_t size() const noexcept { return static_cast<std::size_t>(p_ - begin_); }

private:
    char* begin_;
    char* p_;
};

/// The last `n` letters or digits.
std::string_view tail(text t, std::size_t b, std::size_t e, std::size_t n, char (&out)[8]) noexcept
{
    std::size_t count = 0;
    while (e > b && count < n)
        if (auto const c = t[--e]; is_alnum(c)) out[7 - count++] = static_cast<char>(c);
    return {out + 8 - count, count};
}

/// Between groups of digits.
constexpr auto between_groups = [] {
    std::array<bool, 256> t{};
    for (char const c : {' ', '-', '/', '.', '(', ')', ':', ',', '+'})
        t[static_cast<byte>(c)] = true;
    return t;
}();
bool parts_numbers(byte c) noexcept
{
    return between_groups[c];
}

/// How far what goes may change how it is read what stands before it.
constexpr std::size_t looked_before = 40;

/// What stands before the separator of a key without quotes, and not in the time of day.
bool in_key_or_blank(byte c) noexcept
{
    return is_letter(c) || c == '_' || c == '-' || c == '.' || c == ']' || c == ' ';
}

} // namespace

bool engine::keeps(mask_type type) const noexcept
{
    return policy_.action(type, zone_) == mask_action::keep;
}

bool engine::mask(
    std::size_t b, std::size_t e, mask_type type, mask_reason reason, std::string_view quote)
{
    if (e <= b || keeps(type) || existing_mask(b) == e) return false;
    if (at(e) == ']') e = end_of_mask(b, e);
    if (s().whole == whole::document && e > whole_until_) {
        auto const end = end_in_document(b, e);
        if (end != e && (end == b || existing_mask(b) == end)) return false;
        e = end;
    }
    step();
    if (auto const passed = std::exchange(s().passed_kinds, 0); passed != 0) // maybe in what goes
        if (unmasked(b) < s().contexts_until + looked_before) s().context_kinds |= passed;
    if (b > floor_ && !is_quote(window_.data()[b - 1])) look_before(b, reason);
    if (is_allowed(b, e, type)) { // as a whole: no part of it is looked at again
        s().floor = source(e);
        floor_ = e;
        return true;
    }
    char buffer[96];
    auto size = write_mask(b, e, type, buffer);
    auto const from = source(b), to = source(e);
    // The bound of the whole output holds at every mask, so that it holds at the end.
    auto const limit = (policy_.has_tokens() ? 4 : 2) * to + (policy_.has_tokens() ? 32 : 16);
    auto const before = out_.written() + (from - std::min(from, out_.copied()));
    if (before + size + 2 * quote.size() > limit) {
        buffer[0] = '*';
        size = 1;
    }
    if (quote.empty()) {
        out_.replace(from, to, {buffer, size});
    } else {
        char quoted[136];
        appender all(quoted);
        all << quote << std::string_view(buffer, size) << quote;
        out_.replace(from, to, {quoted, all.size()});
    }
    counts_.add(type, reason);
    if (findings_) findings_->push_back({from, to, out_.written(), type, reason});
    pass_mask(b, e, from, to);
    if (type == mask_type::aws_access_key_id) expect(context::aws, e);
    return true;
}

/// Whether the bracket at `i` opens the last part of the name of a field in a form.
static bool names_field(text t, std::size_t i) noexcept
{
    auto const in_name = [](byte c) {
        return is_alnum(c) || c == '_' || c == '-' || c == '[' || c == ']';
    };
    auto const b = t.skip_back(i, in_name, 100);
    auto const before = t.before(b);
    return b < i && is_alpha(t[b]) &&
        (before <= ' ' || before == '&' || before == '?' || before == '=' || is_quote(before));
}

/// Of what begins with a bracket.
std::size_t engine::end_of_existing(std::size_t i) const noexcept
{
    auto const t = seen();
    if (i < floor_ || !(is_upper(t[i + 1]) || t[i + 1] == '*')) return i;
    auto const e = t.skip(
        i + 1,
        [](byte c) {
            return is_alnum(c) || c == '_' || c == ':' || c == '*' || c == '-' || c == '.' ||
                c == ' ';
        },
        60);
    if (t[e] != ']') return i;
    if ((t.starts(e + 1, " =>") || t.starts(e + 1, "=>")) && !t.starts(e - 2, ":*"))
        return i;                                       // a key of print_r
    if (t[e + 1] == '=' && names_field(t, i)) return i; // user[PASSWORD]=x
    auto const label = t.skip(
        i + 1, [](byte c) { return is_upper(c) || c == '_' || c == ' ' || is_digit(c); }, 60);
    if (label == e) { // a number may end it, but IBANs and keys are no masks
        auto const name = t.skip(
            i + 1, [](byte c) { return !is_digit(c); }, e - i - 1);
        token_run run;
        if (t.skip(name, is_digit, 4) != e || e - name > 3 || find_token(t, i + 1, run).end == e)
            return i;
    }
    if (label == e || (t[label] == ':' && label > i + 2) || t[i + 1] == '*') return e + 1;
    static constexpr std::string_view words[] = {
        "Filtered]", "Redacted]", "Masked]", "Removed]", "Hidden]"};
    for (auto const w : words)
        if (t.starts(i + 1, w)) return e + 1;
    return i;
}

/// [b, e) ends before a bracket: behind it, if that is the end of a mask that begins in between.
std::size_t engine::end_of_mask(std::size_t b, std::size_t e) const noexcept
{
    auto const open = seen().skip_back(
        e, [](byte c) { return c != '['; }, 60);
    return open > b && existing_mask(open - 1) == e + 1 ? e + 1 : e;
}

/// In a document a value ends in the string in which it begins, whatever was taken for one:
/// elements, rows and lines that were cut across its strings. What follows stands by itself. What
/// begins with the sign behind a string is no value.
std::size_t engine::end_in_document(std::size_t b, std::size_t e) noexcept
{
    note_to(b);
    auto const* const p = window_.data();
    auto const open = s().open_quotes;
    if (b > 0 && is_double_quote(p[b - 1]) && ((open >> quote_level(p[b - 1])) & 1u) == 0) {
        auto const next = at(seen().skip(b, is_space, e - b));
        if (next == ',' || next == ':' || next == ']' || next == '}') return b;
    }
    if (open == 0 || anchors_.no_quote_in(b, e)) return e;
    unsigned outer = 0;
    while ((open >> outer) > 1u) ++outer;
    auto const end = find_double_quote(p, b, e, outer, policy_.path);
    if (end < e) cut_off_ = std::min(cut_off_, end);
    return end;
}

/// What was passed because it seemed to go on in [i, ...), which goes now, is looked at again as it
/// will stand: numbers, and the value of a key.
void engine::look_before(std::size_t i, mask_reason reason)
{
    auto const t = seen();
    auto const last = t.skip_back(i, parts_numbers, 3);
    if (cut_ != window_.size() || last <= floor_ || !is_word(t[last - 1])) return;
    bool const by_key = reason == mask_reason::key || reason == mask_reason::path;
    if (by_key && !is_digit(t[last - 1])) return;
    auto begin = t.skip_back(
        last, [](byte c) { return is_alnum(c) || parts_numbers(c); }, looked_before);
    begin = t.skip_back(begin, is_alnum, begin - floor_); // all of a number
    class end_of_sight {                                  // also where a step fails
    public:
        end_of_sight(std::size_t& cut, std::size_t i) : cut_(cut), before_(cut) { cut = i; }
        ~end_of_sight() { cut_ = before_; }

    private:
        std::size_t& cut_;
        std::size_t before_;
    } const sight(cut_, i);
    if (!by_key && t[i - 1] != '/') look_at_key_before(i); // no part of a path
    if (is_base64url(t[i - 1]))                            // a run of base64, up to here
        if (auto const run = t.skip_back(i, is_base64url, 200); i - run >= 24 && run >= floor_)
            look_into(run);
    if (std::none_of(t.data() + begin, t.data() + last, is_digit)) return;
    for (auto p = std::max(begin, floor_); p < i && s().mode == mode::scan;
         p = std::max(p + 1, floor_)) {
        if (is_word(seen().before(p))) continue;
        if (is_digit(at(p))) number_at(p);
        else if (at(p) == '+' || at(p) == '(') number_behind(p);
        else if (is_alpha(at(p)) && s().context_kinds != 0) try_context(p);
    }
}

/// The value of a key without quotes that ends at `i`, where what goes begins: a word that seemed
/// to be one of a sentence, groups that seemed to go on.
void engine::look_at_key_before(std::size_t i)
{
    constexpr int most_blanks = 4;
    if (s().mode != mode::scan) return;
    auto const* const p = window_.data();
    auto separator = i; // not further back than to the last mask: nothing is passed twice
    for (int blanks = 0; separator > floor_ + 1; --separator) {
        auto const c = p[separator - 1];
        if (c == ':' || c == '=') break;
        if (c == '\n' || is_quote(c)) return;
        if (c == ' ' && p[separator] != ' ' && ++blanks == most_blanks) return;
    }
    if (separator <= floor_ + 1 || separator == i || p[separator] == '/' || // of a URL
        !in_key_or_blank(p[separator - 2]))
        return;
    auto const outer = s();
    auto const noted = noted_, floor = floor_;
    auto const values = bare_values_;
    auto const line = line_, list = list_, modifier = modifier_;
    bare_values_ = {};
    line_ = list_ = modifier_ = {};
    anchors_.load((separator - 1) / 64);
    at_separator(separator - 1);
    bare_values_ = values;
    line_ = line;
    list_ = list;
    modifier_ = modifier;
    if (floor_ != floor) return;
    s() = outer;
    noted_ = noted;
}

/// Operators may allow values, but none that opens something.
bool engine::is_allowed(std::size_t b, std::size_t e, mask_type type) const noexcept
{
    if (!policy_.rules.allows() || is_secret(type)) return false;
    return !policy_.rules.reason_to_keep(text(window_.data(), 0, window_.size()).view(b, e)).empty();
}

void engine::step()
{
    if (policy_.fails_at != 0 && ++steps_ == policy_.fails_at)
        throw std::logic_error("a step was to fail");
}

void engine::pass_mask(std::size_t b, std::size_t e) noexcept
{
    pass_mask(b, e, source(b), source(e));
}

/// The same of what stands in [from, to) of the source.
[[gnu::always_inline]] inline void engine::pass_mask(
    std::size_t b, std::size_t e, std::size_t from, std::size_t to) noexcept
{
    if (s().lines.notation != 0) [[unlikely]]
        pass_in_place(b, to);
    if (!anchors_.no_quote_in(b, e)) { // what goes opens and closes nothing
        note_to(b);
        noted_ = known_until_ = std::max(noted_, e);
        known_quotes_ = s().open_quotes;
    }
    s().masked += to - from;
    s().floor = to;
    floor_ = e;
}

void engine::swallow(std::size_t b, std::size_t e) noexcept
{
    if (e <= b) return;
    out_.drop(source(e));
    if (findings_ && !findings_->empty()) findings_->back().end = source(e);
    pass_mask(b, e);
}

std::size_t engine::mask_run(hit const& h, mask_reason reason)
{
    if (!mask(h.begin, h.end, h.type, reason)) return h.end;
    if (h.type == mask_type::jwt) { // ends where it does, unless that is not seen
        bool const whole = last_ || h.end + 1 < window_.size();
        return whole ? h.end : go_on_to('j', h.end);
    }
    auto const next = at(h.end);
    if (h.end == window_.size() || is_base64url(next) ||
        (reason == mask_reason::encoded && is_base64(next)))
        s().mode = mode::run;
    return h.end;
}

/// Whether credentials that were read up to `e` go on there: what was looked at ended before them.
bool engine::longer(std::size_t e) const noexcept
{
    auto const p = seen().skip(e, [](byte c) { return c == '.' || c == ':'; });
    return p == window_.size() ? !last_ : in_credentials(at(p));
}

/// The same of what a scheme has behind its name.
std::size_t engine::mask_credentials(hit const& h, mask_reason reason)
{
    if (!mask(h.begin, h.end, h.type, reason)) return h.begin;
    return longer(h.end) ? go_on_to('.', h.end) : h.end;
}

std::size_t engine::write_mask(std::size_t b, std::size_t e, mask_type type, char (&out)[96]) const
{
    appender a(out);
    auto action = policy_.action(type, zone_);
    if (action == mask_action::token && policy_.has_tokens()) return write_token(b, e, type, out);
    a << "[" << name(type);
    if (action == mask_action::last2 || action == mask_action::last4) {
        char last[8];
        auto const t = text(window_.data(), b, window_.size());
        std::size_t letters = 0;
        for (auto i = b; i < e; ++i) letters += is_alnum(t[i]);
        auto const n = action == mask_action::last4 ? 4u : 2u;
        if (letters >= 4 * n - 4 && type != mask_type::email) {
            a << ":";
            if (type == mask_type::iban) {
                char const country[2] = {
                    static_cast<char>(t[b] & ~0x20), static_cast<char>(t[b + 1] & ~0x20)};
                if (is_upper(static_cast<byte>(country[0])) &&
                    is_upper(static_cast<byte>(country[1])))
                    a << std::string_view(country, 2);
            }
            a << "*" << tail(t, b, e, n, last);
        }
    }
    // "[TYPE] =>" would be a key of print_r, and the next reader take it for one.
    auto const t = text(window_.data(), b, window_.size());
    if (out[a.size() - 1] != '*' && (t.starts(e, "=>") || t.starts(e, " =>"))) a << ":*";
    a << "]";
    return a.size();
}

/// [PHONE:k3:7q2m4tz8xw]: the same value always gives the same token, however it is written.
std::size_t engine::write_token(std::size_t b, std::size_t e, mask_type type, char* out) const
{
    char value[512];
    std::size_t n = 0;
    auto const* const p = window_.data();
    if (type == mask_type::phone) {
        bool const international = p[b] == '+' || (p[b] == '(' && p[b + 1] == '+');
        for (auto i = b; i < e && n < sizeof value; ++i) {
            if (i + 2 < e && p[i] == '(' && p[i + 1] == '0' && p[i + 2] == ')')
                i += 2; // +49 (0)171
            else if (is_digit(p[i])) value[n++] = static_cast<char>(p[i]);
        }
        auto const digits = std::string_view(value, n);
        if (!international && digits.starts_with("00")) {
            std::memmove(value, value + 2, n -= 2);
        } else if (!international && digits.starts_with("0") && n < sizeof value) {
            std::memmove(value + 2, value + 1, n - 1);
            value[0] = '4';
            value[1] = '9';
            ++n;
        }
        if (n > 3 && std::string_view(value, 3) == "490")
            std::memmove(value + 2, value + 3, n-- - 3);
    } else {
        bool const compact = type != mask_type::email;
        for (auto i = b; i < e && n < sizeof value; ++i)
            if (!compact || is_word(p[i])) value[n++] = static_cast<char>(lower(p[i]));
    }
    char message[560];
    appender m(message);
    m << name(type) << std::string_view("\0", 1) << std::string_view(value, n);
    auto const digest = crypto::hmac_sha256(policy_.token_key, {message, m.size()});
    static constexpr char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
    char code[10];
    std::uint64_t bits = 0;
    for (int k = 0; k < 7; ++k) bits = (bits << 8) | digest[static_cast<std::size_t>(k)];
    bits >>= 6; // 50 of 56
    for (int k = 9; k >= 0; --k, bits >>= 5) code[k] = base32[bits & 31];
    appender a(out);
    a << "[" << name(type) << ":" << policy_.token_key_id << ":" << std::string_view(code, 10)
      << "]";
    return a.size();
}

} // namespace trunkline::mask_detail
