#include "engine.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

enum class trigger : std::uint8_t {
    none,
    word,
    digit,
    plus,
    colon,
    equals,
    tag,
    mail,
    bracket,
    minus,
    quote
};

constexpr std::array<trigger, 256> triggers = [] {
    std::array<trigger, 256> t{};
    for (unsigned c = 0; c < 256; ++c) {
        auto const b = static_cast<byte>(c);
        if (is_letter(b)) t[c] = trigger::word;
        else if (is_digit(b)) t[c] = trigger::digit;
        else if (is_double_quote(b)) t[c] = trigger::quote;
    }
    t['+'] = t['('] = trigger::plus;
    t[':'] = trigger::colon;
    t['='] = trigger::equals;
    t['<'] = trigger::tag;
    t['@'] = trigger::mail;
    t['['] = t[']'] = t['{'] = t['}'] = trigger::bracket;
    t['-'] = trigger::minus;
    return t;
}();

bool opens_or_closes(byte c) noexcept
{
    return triggers[c] == trigger::bracket;
}

/// Set bits, on any machine.
constexpr std::uint64_t count_of(std::uint64_t x) noexcept
{
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    return (((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u) >> 56;
}

/// So far behind a mask it is looked at every separator.
constexpr std::size_t not_foreseen = 32;

} // namespace

/// Whether a text that begins so may be a JSON document: "[2026-11-28 10:12] x" and "{name}" are none.
static whole kind_of_text(text t, std::size_t i) noexcept
{
    auto const in = [](byte c, std::string_view of) {
        return of.find(static_cast<char>(c)) != of.npos;
    };
    auto const p = t.skip(i, is_space);
    if (p >= t.end()) return whole::unknown;
    auto const item = t.skip(p + 1, is_space);
    auto const first = t[item];
    if (t[p] == '{') return first == '"' || first == '}' ? whole::document : whole::other;
    if (t[p] != '[') return whole::other;
    if (in(first, "{[]\"tfn")) return whole::document;
    if (!is_digit(first) && first != '-') return whole::other;
    auto e = t.skip(item + 1, is_digit);
    if (t[e] == '.') e = t.skip(e + 1, is_digit);
    if (in(t[e], "eE")) e = t.skip(e + 1, [&](byte c) { return is_digit(c) || in(c, "+-"); });
    auto const behind = t.skip(e, is_space);
    bool const alone = t[behind] == ']' && t.skip(behind + 1, is_space) >= t.end();
    return t[behind] == ',' || alone ? whole::document : whole::other;
}

void engine::round(engine_state& state, std::string_view raw, std::size_t base, std::size_t limit)
{
    step();
    state_ = &state;
    raw_ = raw;
    base_ = base;
    last_ = limit >= base + raw.size();
    window_.assign(raw, base, policy_.path, plain_until_);
    plain_until_ = window_.mapped() ? 0 : base + raw.size();
    url_run_ = {};
    token_run_ = {};
    mail_run_ = {};
    spoken_run_ = {};
    gaps_ = {};
    earlier_ = {};
    bare_values_ = {};
    arguments_ = {};
    line_ = {};
    whole_line_ = {};
    printed_ = {};
    untagged_ = {};
    strings_ = {};
    no_cookies_ = {};
    modifier_ = {};
    list_ = unclosed_ = bracket_ = {};
    commands_ = {};
    floor_ = window_.index(state.floor);
    auto i = window_.index(state.position);
    auto const n = window_.size();
    auto const stop = std::min(n, window_.index(limit));
    cut_ = n;
    stop_ = stop;
    anchors_.assign(window_, stop);
    noted_ = known_until_ = i;
    known_quotes_ = state.open_quotes;
    whole_until_ = 0;
    leaf_end_ = SIZE_MAX;
    if (state.whole == whole::unknown) state.whole = kind_of_text(seen(), i);
    if (state.position == 0) begin_table();
    if (state.blob_at != 0) i = look_further(i);
    while (i < stop) {
        if (state.mode != mode::scan) i = behind_cut(go_on(i));
        else i = state.table.separator == 0 ? scan(i, stop) : table_field(i);
    }
    note_to(std::min(i, n));
    follow_place(std::min(i, n));
    state.position = source(i);
}

void engine::toggle(byte quote) noexcept
{
    auto const bit = 1u << quote_level(quote);
    s().open_quotes = (s().open_quotes & (2 * bit - 1)) ^ bit;
}

/// Quotes of the current block from noted_ up to `end`.
inline void engine::note_quotes(std::size_t end) noexcept
{
    if (end == noted_) return;
    if (s().open_quotes > 1 || (window_.mapped() && anchors_.deep_quotes() != 0)) {
        note_each(end);
    } else {
        auto const odd = anchors_.odd_quotes(); // before a place, and with it
        auto const before = odd >> (noted_ % 64);
        auto const up_to = (odd ^ anchors_.quotes()) >> ((end - 1) % 64);
        s().open_quotes ^= static_cast<unsigned>((before ^ up_to) & 1u);
    }
    noted_ = end;
}

[[gnu::noinline]] void engine::note_passed(std::size_t i) noexcept
{
    auto const first = noted_ / 64, last = i / 64;
    if (i < noted_ || !anchors_.knows(first) || !anchors_.knows(last)) return note_again(i);
    bool one_level = s().open_quotes <= 1;
    if (window_.mapped())
        for (auto k = first; k <= last && one_level; ++k)
            one_level = anchors_.deep_quotes_of(k) == 0;
    if (!one_level) note_each(i);
    else if (anchors_.odd_between(noted_, i)) s().open_quotes ^= 1u;
    noted_ = i;
}

/// Quotes from noted_ up to `end`, where strings in strings may begin or end. Its blocks are known.
[[gnu::noinline]] void engine::note_each(std::size_t end) noexcept
{
    for (auto i = noted_; i < end;) {
        auto const k = i / 64;
        auto quotes = anchors_.quotes_of(k) >> (i % 64) << (i % 64);
        if (end / 64 == k) quotes &= (std::uint64_t{1} << (end % 64)) - 1;
        for (; quotes != 0; quotes &= quotes - 1)
            toggle(window_.data()[k * 64 + static_cast<std::size_t>(std::countr_zero(quotes))]);
        i = (k + 1) * 64;
    }
}

/// As note_to(), where quotes must be searched, or back: what was searched and is looked at again
/// is noted again, from the last mask on.
[[gnu::cold, gnu::noinline]] void engine::note_again(std::size_t i) noexcept
{
    auto const* const p = window_.data();
    if (i < noted_) {
        bool const same = std::none_of(p + i, p + noted_, is_double_quote);
        noted_ = same ? i : known_until_;
        if (!same) s().open_quotes = known_quotes_;
    }
    for (auto q = noted_; (q = find_double_quote(p, q, i, deepest_quote, policy_.path)) < i; ++q)
        toggle(p[q]);
    noted_ = i;
}

/// What of the current block is looked at because it stands right behind a mask, where detectors
/// see less than the bits say. Of words that is the one that the mask ends in.
[[gnu::noinline]] std::uint64_t engine::right_behind(std::size_t i) const noexcept
{
    constexpr std::size_t block_size = 64;
    auto const block = i - i % block_size;
    auto const size = floor_ + looked_behind - block; // more than i - block, which is less than 64
    auto bits = anchors_.signs();
    if (size < block_size) bits &= (std::uint64_t{1} << size) - 1;
    if (i == floor_) bits |= anchors_.letters() & (std::uint64_t{1} << (i % block_size));
    if (policy_.has_secrets()) bits |= ~std::uint64_t{0};
    return bits;
}

/// Whether nothing else than the context, which the bits tell of, is to be noted of the word at `i`.
inline bool engine::is_context_only(std::size_t i) const noexcept
{
    return i > floor_ && (s().context_kinds & contexts_of_letters) == 0 &&
        !policy_.begins_secret[window_.data()[i]];
}

/// The same of all of those of the current block, which no place parts. False: one at a time,
/// because the place may end with one, or strings in strings have a part in it.
[[gnu::noinline]] bool engine::count_brackets(std::size_t begin, std::uint64_t brackets) noexcept
{
    if (s().place_level != 0 || (window_.mapped() && anchors_.deep_quotes() != 0)) return false;
    // Of a string, if none is open where quotes are counted from.
    auto inside = anchors_.odd_quotes();
    if (((inside >> begin) & 1u) != (s().open_quotes & 1u)) inside = ~inside;
    brackets &= ~inside;
    auto const closing = static_cast<unsigned>(count_of(brackets & anchors_.closing()));
    constexpr auto below_none = ~0u / 2; // what is closed before anything was opened
    if (closing >= s().place_depth || s().place_depth > below_none) return false;
    s().place_depth += static_cast<unsigned>(count_of(brackets)) - 2 * closing;
    return true;
}

/// The next place that must be looked at; `stop` or more if there is none before. On the way there
/// every quote is noted.
std::size_t engine::next_place(std::size_t i, std::size_t stop)
{
    constexpr std::size_t block_size = 64;
    while (i < stop) {
        auto const block = i / block_size;
        anchors_.load(block);
        auto places = anchors_.places();
        std::uint64_t behind = 0; // what must be looked at because it stands right behind a mask
        if (i < floor_ + not_foreseen) {
            // A key may be cut off by the mask, and reads differently then. What stands behind the
            // first place is asked for when that was looked at.
            auto const all = anchors_.separators_from(i);
            auto const ahead = places >> (i % block_size) << (i % block_size);
            if (floor_ != 0 && (all & ~ahead & ((ahead & (~ahead + 1)) - 1)) != 0)
                places |= anchors_.separators_of_cut_keys(i, floor_, all);
            if (i < floor_ + looked_behind) behind = right_behind(i);
            places |= behind;
        }
        if (auto const kinds = s().context_kinds; kinds != 0) {
            if (unmasked(i) >= s().contexts_until)
                s().passed_kinds = std::exchange(s().context_kinds, 0);
            else if ((kinds & contexts_of_letters) != 0) places |= anchors_.words();
            else if ((kinds & ~contexts_of_long_numbers) != 0) places |= anchors_.numbers();
            else places |= anchors_.long_numbers();
        }
        auto const begin = i % block_size;
        places = (places >> begin) << begin;
        bool const counts = s().place != place::none && s().lines.notation == 0;
        if (counts) {
            auto brackets = anchors_.brackets() & ((places & (~places + 1)) - 1);
            brackets = (brackets >> begin) << begin;
            if (auto const left = stop - block * block_size; left < block_size)
                brackets &= (std::uint64_t{1} << left) - 1;
            if (brackets != 0) {
                note_to(i);
                if (!count_brackets(begin, brackets)) places |= brackets;
            }
        }
        auto const next = places != 0
            ? block * block_size + static_cast<std::size_t>(std::countr_zero(places))
            : (block + 1) * block_size;
        auto const end = std::min(next, stop);
        note_quotes(end);
        if (end == stop) return end;
        i = end;
        if (places == 0) continue;
        auto const bit = std::uint64_t{1} << (end % block_size);
        auto const c = window_.data()[end];
        if ((anchors_.contexts() & bit) != 0 && is_context_only(end)) {
            if (auto const w = find_context(seen(), end); w.found) expect(w.kind, w.end);
            noted_ = ++i;
            continue;
        }
        if (((anchors_.places() | behind) & bit) != 0) return end;
        if (c == ':' && anchors_.sees_key(end, floor_)) {
            noted_ = ++i; // whatever is masked before it
        } else if (counts && opens_or_closes(c)) {
            count_bracket(c);
            noted_ = ++i;
        } else {
            return end;
        }
    }
    return i;
}

std::size_t engine::scan(std::size_t i, std::size_t stop)
{
    do {
        // In the same block next_place() notes what was passed.
        if (i - noted_ > i % 64) note_to(i);
        i = next_place(i, stop);
        if (i >= stop) return i;
        i = behind_cut(at_place(i));
    } while (s().mode == mode::scan);
    return i;
}

std::size_t engine::at_place(std::size_t i)
{
    auto const c = at(i);
    if (policy_.begins_secret[c]) {
        if (auto const n = policy_.secret_at(seen(), i); n != 0) {
            mask(i, i + n, mask_type::generic_secret, mask_reason::known_secret);
            return i + n;
        }
    }
    switch (triggers[c]) {
    case trigger::none: return i + 1;
    case trigger::word: return at_word(i);
    case trigger::digit: return at_digit(i);
    case trigger::plus: {
        if (c == '(') {
            auto const before = seen().before(i), next = at(i + 1);
            if (is_space(before) || before == ',' || lower(before) == 's') // "values"
                if (auto const e = at_row(i); e != i) return e;
            if (is_space(next) || is_quote(next) || (next == 'b' && is_quote(at(i + 2)))) // (b'name'
                if (auto const e = at_pair(i); e != i) return e;
            if (is_alnum(before) || before == '_')
                if (auto const e = at_call(i); e != i) return e;
            if (!is_digit(next)) return i + 1;
        }
        return number_behind(i);
    }
    case trigger::colon:
    case trigger::equals: return at_separator(i);
    case trigger::tag: return at_tag(i);
    case trigger::mail: {
        auto h = find_mail(seen(), i);
        if (!h && i > 0 && is_digit(at(i - 1))) h = find_sip_user(seen(), i);
        if (!h && is_blank(at(i + 1))) h = find_spoken_mail(seen(), i, mail_run_);
        return h && mask(h.begin, h.end, h.type, mask_reason::value) ? h.end : i + 1;
    }
    case trigger::bracket: return at_bracket(i);
    case trigger::minus: return at_minus(i);
    case trigger::quote: return i + 1;
    }
    return i + 1;
}

/// At a letter: tokens, schemes, IBANs, spoken words, context words, blobs; else behind the word.
std::size_t engine::at_word(std::size_t i)
{
    auto const t = seen();
    if (is_word(t.before(i))) return end_of_word(i);
    auto const kinds = policy_.words.of(at(i), at(i + 1), at(i + 2));
    if ((kinds & ~word_filter::context) != 0)
        if (auto const e = at_known_word(i, kinds); e != i) return e;
    if (is_digit(at(i + 2)))
        if (auto const h = find_iban(t, i))
            if (mask(h.begin, h.end, h.type, mask_reason::value)) return h.end;
    if (s().context_kinds != 0)
        if (auto const e = try_context(i); e != i) return e;
    if (auto const e = try_blob(i); e != i) return e;
    if ((kinds & word_filter::context) != 0)
        if (auto const w = find_context(t, i); w.found) expect(w.kind, w.end);
    return i + 1; // nothing else begins in it
}

/// A word that begins like one that matters.
std::size_t engine::at_known_word(std::size_t i, byte kinds)
{
    auto const t = seen();
    if ((kinds & word_filter::token) != 0) {
        if (auto const h = find_token(t, i, token_run_)) {
            // GitHub's with a right checksum ends there, whatever follows.
            bool const whole = h.type == mask_type::github_token && h.end - h.begin == 40;
            auto const e = whole && mask(h.begin, h.end, h.type, mask_reason::value)
                ? h.end
                : mask_run(h, mask_reason::value);
            return e;
        }
        if (t.starts_like(i, "ac") && t.skip(i + 2, is_hex, 33) == i + 34) { // a Twilio account
            expect(context::twilio, i + 34);
            return i + 34;
        }
    }
    hit h;
    if ((kinds & word_filter::scheme) != 0) h = find_scheme(t, i, false);
    if (h) {
        h.end = end_of_string(i, h.end);
        if (auto const e = mask_credentials(h, mask_reason::value); e != h.begin) return e;
    }
    if (!h && (kinds & word_filter::number) != 0) h = find_spoken_number(t, i, spoken_run_);
    if (!h && (kinds & word_filter::at_sign) != 0) {
        h = find_spoken_mail(t, i, mail_run_);
        if (!h && s().place == place::words && nested_ == 0)
            if (auto const e = mail_of_words(i); e != i) return e;
    }
    return h && mask(h.begin, h.end, h.type, mask_reason::value) ? h.end : i;
}

/// Nothing begins inside a word, unless a known secret may.
std::size_t engine::end_of_word(std::size_t i) const noexcept
{
    auto const* const p = window_.data();
    auto const n = window_.size();
    ++i;
    while (i < n && policy_.in_word[p[i]]) ++i;
    return i;
}

std::size_t engine::at_bracket(std::size_t i)
{
    auto const* const p = window_.data();
    auto const c = p[i];
    if (c == '[') {
        if (auto const e = existing_mask(i); e != i) {
            pass_mask(i, e);
            if (text(p, i, window_.size()).starts(i, "[AWS_ACCESS_KEY_ID")) expect(context::aws, e);
            return e;
        }
        if (auto const e = at_pair(i); e != i) return e;
    }
    count_bracket(c);
    return i + 1;
}

/// The place that a key has opened ends with its bracket.
void engine::count_bracket(byte c) noexcept
{
    if (s().place == place::none || s().lines.notation != 0) return;
    if (((s().open_quotes >> s().place_level) & 1u) != 0) return;
    if (c == '[' || c == '{') ++s().place_depth;
    else if (--s().place_depth == 0) s().place = place::none;
}

std::size_t engine::at_minus(std::size_t i)
{
    auto const t = seen();
    if (t[i + 1] == 'b' && is_blank(t[i + 2]) && is_blank(t.before(i))) return curl_cookie(i);
    if (is_alpha(t[i + 1]) && is_blank(t.before(i))) {
        if (is_alpha(t[i + 2]))
            if (auto const e = curl_cluster(i); e != i) return e;
        if (auto const e = command_option(i); e != i) return e;
    }
    if (t[i + 1] != '-') return i + 1;
    if (t.starts(i, "-----BEGIN") && (t[i + 10] == ' ' || t[i + 10] == '+')) return begin_pem(i);
    if (is_alpha(t[i + 2]) && !is_word(t.before(i))) return at_option(i);
    return i + 2;
}

} // namespace trunkline::mask_detail
