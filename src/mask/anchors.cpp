#include "anchors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t block_size = 64;

bool in_key(byte c) noexcept
{
    return is_word(c) || c == '_' || c == '-' || c == '.' || c == '$';
}

} // namespace

/// Two blocks in a row, for what must be asked of many characters behind a place.
class anchors::pair {
public:
    std::uint64_t low, high;

    /// A bit stands where the one `n` places behind it stood.
    pair ahead(unsigned n) const noexcept
    {
        return {(low >> n) | (high << (64 - n)), high >> n};
    }
    pair operator&(pair const& o) const noexcept { return {low & o.low, high & o.high}; }
    pair operator|(pair const& o) const noexcept { return {low | o.low, high | o.high}; }
};

anchors::pair anchors::with_next(kind k) const noexcept
{
    return {of(0, k), of(1, k)};
}

void anchors::assign(window const& w) noexcept
{
    data_ = w.data();
    size_ = w.size();
    mapped_ = w.mapped();
    current_ = SIZE_MAX;
    option_until_ = 0;
}

void anchors::classify_at(std::size_t k) noexcept
{
    auto& b = blocks_[(first_ + 2) % 3];
    auto const begin = k * block_size;
    auto* const folded = folded_.data() + block_size + begin;
    if (begin + block_size <= size_) return classify(data_ + begin, b, folded, policy_.path);
    if (begin >= size_) {
        b.bits.fill(0);
        std::memset(folded, 0, block_size);
        return;
    }
    byte padded[block_size] = {};
    std::memcpy(padded, data_ + begin, size_ - begin);
    classify(padded, b, folded, policy_.path);
    // What is not there is no character, not even one of value 0.
    auto& line = b.bits[static_cast<std::size_t>(kind::line)];
    line &= (std::uint64_t{1} << (size_ - begin)) - 1;
}

void anchors::prepare(std::size_t k) noexcept
{
    if (k == current_ + 1 && current_ != SIZE_MAX) {
        first_ = (first_ + 1) % 3;
        classify_at(k + 1);
    } else {
        find_option(k * block_size);
        if (k == 0) {
            blocks_[(first_ + 2) % 3].bits.fill(0);
            std::memset(folded_.data(), 0, block_size);
        } else {
            classify_at(k - 1);
        }
        for (auto next : {k, k + 1}) {
            first_ = (first_ + 1) % 3;
            classify_at(next);
        }
    }
    current_ = k;
    if ((of(0, kind::minus) & with_next(kind::letter_u).ahead(1).low) != 0) option_until_ = k + 2;
    find_places();
}

/// Whether "-u" stands shortly before `end`.
void anchors::find_option(std::size_t end) noexcept
{
    for (auto i = end > 80 ? end - 80 : 0; i < end; ++i)
        if (data_[i] == '-' && lower(at(i + 1)) == 'u') option_until_ = i / block_size + 2;
}

void anchors::find_places() noexcept
{
    auto const alpha = with_next(kind::alpha), digit = with_next(kind::digit);
    auto const letter = alpha | with_next(kind::high);
    auto const word = letter | digit;
    auto const before =
        behind(kind::alpha, 1) | behind(kind::digit, 1) | behind(kind::high, 1);
    words_ = word.low & ~before;

    auto const next_word = word.ahead(1).low;
    auto const minus = with_next(kind::minus);
    auto const opening = with_next(kind::opening), closing = with_next(kind::closing);
    auto const lower_or_digit = pair{alpha.low & ~of(0, kind::upper), alpha.high & ~of(1, kind::upper)} |
        digit | opening | closing;
    places_ = (of(0, kind::tag) & letter.ahead(1).low) | (of(0, kind::at) & next_word) |
        (of(0, kind::bracket) & ~lower_or_digit.ahead(1).low) | of(0, kind::paren) |
        (of(0, kind::plus) & (digit | with_next(kind::paren)).ahead(1).low) |
        (minus.low & (minus.ahead(1).low | (behind(kind::blank, 1) & alpha.ahead(1).low))) |
        // IBAN
        (words_ & alpha.low & alpha.ahead(1).low & digit.ahead(2).low & digit.ahead(3).low);
    places_ |= numbers_worth_a_look() | runs_worth_a_look() | words_worth_a_look() |
        separators_worth_a_look();
    if (policy_.has_secrets()) places_ |= secrets_worth_a_look();
}

/// Cards, telephone numbers, addresses in the first column of a log; seven digits, where those go.
std::uint64_t anchors::numbers_worth_a_look() const noexcept
{
    auto const starts = numbers();
    if (starts == 0) return 0;
    auto const digit = with_next(kind::digit);
    auto const d2 = digit & digit.ahead(1), d3 = d2 & digit.ahead(2), d4 = d2 & d2.ahead(2);
    auto const d7 = d4 & d3.ahead(4);
    auto const parts = with_next(kind::blank) | with_next(kind::minus) | with_next(kind::dot) |
        with_next(kind::slash) | with_next(kind::plus) | with_next(kind::underscore) |
        with_next(kind::paren) | with_next(kind::close_paren);
    // A card: groups of three digits and more up to the last, which has two.
    auto const up = [](pair const& p, unsigned n) {
        return pair{p.low << n, (p.high << n) | (p.low >> (64 - n))};
    };
    auto const long_groups = d3 | up(d3, 1) | up(d3, 2);
    auto const card = long_groups | (parts & up(long_groups, 1) & digit.ahead(1));
    auto const c2 = card & card.ahead(1), c4 = c2 & c2.ahead(2), c8 = c4 & c4.ahead(4);
    auto found = c8.low & c2.ahead(8).low;
    // A telephone number: 0, or a single digit, and groups. Not in front of it: what makes it a part
    // of another number.
    auto const dialled = digit | parts;
    auto const g2 = dialled & dialled.ahead(1), g3 = g2 & dialled.ahead(2), g4 = g2 & g2.ahead(2);
    auto const g7 = g4 & g3.ahead(4);
    auto const part_of_another = behind(kind::dot, 1) | behind(kind::listed, 1) |
        behind(kind::minus, 1) | behind(kind::underscore, 1) |
        (behind(kind::colon, 1) & behind(kind::digit, 2));
    found |= of(0, kind::zero) & g7.low & ~part_of_another;
    found |= parts.ahead(1).low & g7.low & g7.ahead(7).low;
    // An address at the beginning of a line; a year is none.
    found |= behind(kind::line, 1) & ~(d4.low & with_next(kind::minus).ahead(4).low);
    if (digits_go_ || mapped_) found |= d7.low;
    else found |= d7.low & behind(kind::slash, 1);
    return found & starts;
}

/// base64 and hex: 22 characters in a row, and among 24 a digit or capital.
std::uint64_t anchors::runs_worth_a_look() const noexcept
{
    auto const mixing = with_next(kind::digit) | with_next(kind::upper);
    auto const coded = with_next(kind::alpha) | mixing | with_next(kind::minus) |
        with_next(kind::underscore) | with_next(kind::plus) | with_next(kind::slash);
    auto const c2 = coded & coded.ahead(1), c4 = c2 & c2.ahead(2), c8 = c4 & c4.ahead(4);
    auto const c16 = c8 & c8.ahead(8);
    auto const runs = words_ & c16.low & c16.ahead(6).low;
    if (runs == 0) return 0;
    auto const m2 = mixing | mixing.ahead(1), m4 = m2 | m2.ahead(2), m8 = m4 | m4.ahead(4);
    auto found = runs & (m8 | m8.ahead(8) | m8.ahead(16)).low;
    for (auto rest = runs & ~found; rest != 0; rest &= rest - 1) { // a Twilio account
        auto const i = current_ * block_size + static_cast<std::size_t>(std::countr_zero(rest));
        if (lower(at(i)) == 'a' && lower(at(i + 1)) == 'c') found |= rest & (~rest + 1);
    }
    return found;
}

std::uint64_t anchors::words_worth_a_look() const noexcept
{
    auto const* const folded = folded_.data() + block_size + current_ * block_size;
    std::uint64_t found = 0;
    for (auto rest = words_ & ~of(0, kind::digit); rest != 0; rest &= rest - 1) {
        auto const k = static_cast<unsigned>(std::countr_zero(rest));
        std::uint32_t four;
        std::memcpy(&four, folded + k, sizeof four);
        bool worth = policy_.words.worth_a_look(four);
        if ((four & 0x80808080u) != 0) worth = starts_word(current_ * block_size + k);
        found |= std::uint64_t{worth} << k;
    }
    return found;
}

/// The same for a word with an umlaut in front: "fünf" is read as "fuenf".
bool anchors::starts_word(std::size_t i) const noexcept
{
    std::uint32_t four = 0;
    unsigned count = 0;
    bool inside = true; // of the word
    auto const add = [&](byte c) {
        if (count < 4) four |= std::uint32_t{c} << (8 * count++);
    };
    while (count < 4) {
        auto const c = at(i++);
        inside = inside && is_word(c);
        if (c == 0xc3 && is_word(at(i))) {
            switch (auto const second = at(i++); second | 0x20) {
            case 0xa4: add('a'), add('e'); break;
            case 0xb6: add('o'), add('e'); break;
            case 0xbc: add('u'), add('e'); break;
            default:
                if (second == 0x9f) add('s'), add('s');
                break; // other letters say nothing
            }
        } else if (c >= 0x80) {
            if (inside) return false;
            add(0);
        } else {
            add(is_alpha(c) ? lower(c) : byte{0});
        }
    }
    return policy_.words.worth_a_look(four);
}

/// Colons and equals signs: those that may follow a key.
std::uint64_t anchors::separators_worth_a_look() const noexcept
{
    auto rest = of(0, kind::colon) | of(0, kind::equals);
    if (option_until_ != 0 && current_ <= option_until_) return rest; // curl -u name:password
    std::uint64_t found = 0;
    for (; rest != 0; rest &= rest - 1) {
        auto const k = static_cast<unsigned>(std::countr_zero(rest));
        found |= std::uint64_t{may_follow_key(current_ * block_size + k)} << k;
    }
    return found;
}

bool anchors::may_follow_key(std::size_t i) const noexcept
{
    if (i < 8) return true;
    auto const next = at(i + 1);
    auto c = data_[i - 1];
    bool const colon = data_[i] == ':';
    if (colon) {
        if (next == ':' || next == '=' || next == '/') return true;
        if (data_[i - 2] == ';' || (is_digit(c) && is_quote(next))) return true; // serialize()
    } else {
        if (c == '=' || c == '!' || c == '<' || c == '>' || c == '~') return false;
        if (next == '=') return false;
        if (c == ')' || c == ':') return true;
    }
    auto end = i;
    while (is_blank(c) && i - end < 3) c = data_[--end - 1];
    if (c == ']') return !colon;
    if (is_quote(c)) return ends_key(end - 1, c, colon);
    return in_key(c) && ends_key(end, 0, colon);
}

/// By the last three letters of what ends at `end`.
bool anchors::ends_key(std::size_t end, byte quote, bool colon) const noexcept
{
    auto const* const folded = folded_.data() + block_size;
    auto const a = folded[end - 1], b = folded[end - 2], c = folded[end - 3];
    if (a != 0 && b != 0 && c != 0) {
        if ((a | b | c) >= 0x80) return true;
        return policy_.keys.may_end_in(a, b, c);
    }
    unsigned found = 0;
    byte letters[3];
    if (is_digit(data_[end - 1])) {
        // The time of day: two digits, or two and two, that no key ends in.
        if (quote != 0 || policy_.keys.ends_in_two_digits() || !is_digit(data_[end - 2])) return true;
        auto const before = data_[end - 3];
        if (is_word(before)) return true;
        if (!in_key(before) && !(colon && before == ' ')) return false;
        return !(is_digit(data_[end - 4]) && is_digit(data_[end - 5]) && !is_digit(data_[end - 6]));
    }
    auto const stop = end > 16 ? end - 16 : 0;
    while (end > stop) {
        auto const x = data_[--end];
        if (x >= 0x80) return true;
        if (quote != 0 ? x == quote || x == '\n' : !in_key(x)) return true;
        if (!is_alpha(x)) continue;
        letters[found] = x;
        if (++found == 3) return policy_.keys.may_end_in(letters[0], letters[1], letters[2]);
    }
    return true;
}

std::uint64_t anchors::secrets_worth_a_look() const noexcept
{
    std::uint64_t found = 0;
    auto const begin = current_ * block_size;
    for (unsigned k = 0; k < block_size; ++k)
        found |= std::uint64_t{policy_.may_begin_secret(at(begin + k), at(begin + k + 1))} << k;
    return found;
}

} // namespace trunkline::mask_detail
