#include "anchors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t block_size = 64;

/// Behind the last bit before `k` of two blocks in a row, counted from the first; 0 if there is none.
std::size_t last_of(std::uint64_t here, std::uint64_t before, unsigned k) noexcept
{
    here &= (std::uint64_t{1} << (k % block_size)) - 1;
    if (k == ~0u) here = 0, before &= ~std::uint64_t{0} >> 1; // before the last of the first block
    if (here != 0) return 2 * block_size - static_cast<std::size_t>(std::countl_zero(here));
    return before != 0 ? block_size - static_cast<std::size_t>(std::countl_zero(before)) : 0;
}

bool in_key(byte c) noexcept
{
    return is_word(c) || c == '_' || c == '-' || c == '.' || c == '$';
}

} // namespace

void anchors::assign(window const& w) noexcept
{
    data_ = w.data();
    size_ = w.size();
    mapped_ = w.mapped();
    current_ = SIZE_MAX;
    option_until_ = 0;
}

/// The places of one block, from what stands in it and beside it.
class anchors::search {
public:
    search(anchors& a, block const& before, block const& here, block const& after) noexcept
        : a_(a), before_(before), here_(here), after_(after), begin_(a.current_ * block_size)
    {}

    void run() noexcept
    {
        auto const alpha = all(kind::alpha), digit = all(kind::digit);
        auto const letter = alpha | all(kind::high);
        auto const word = letter | digit;
        auto const before = behind(kind::alpha, 1) | behind(kind::digit, 1) | behind(kind::high, 1);
        words_ = word.low & ~before;
        auto const minus = all(kind::minus);
        auto const small =
            pair{alpha.low & ~here_.of(kind::upper), alpha.high & ~after_.of(kind::upper)};
        auto const no_mask = small | digit | all(kind::opening) | all(kind::closing);
        if ((minus.low & all(kind::letter_u).ahead(1).low) != 0) a_.option_until_ = a_.current_ + 2;

        auto places = (here_.of(kind::tag) & letter.ahead(1).low) |
            (here_.of(kind::at) & word.ahead(1).low) |
            (here_.of(kind::bracket) & ~no_mask.ahead(1).low) | here_.of(kind::paren) |
            (here_.of(kind::plus) & (digit | all(kind::paren)).ahead(1).low) |
            (minus.low & (minus.ahead(1).low | (behind(kind::blank, 1) & alpha.ahead(1).low))) |
            // IBAN
            (words_ & alpha.low & alpha.ahead(1).low & digit.ahead(2).low & digit.ahead(3).low);
        places |= numbers() | runs() | words() | separators();
        if (a_.policy_.has_secrets()) places |= secrets();
        a_.places_ = places;
        a_.words_ = words_;
        a_.quotes_ = here_.of(kind::quote);
    }

private:
    /// Two blocks in a row, for what must be asked of many characters behind a place.
    class pair {
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

    pair all(kind k) const noexcept { return {here_.of(k), after_.of(k)}; }
    /// The block moved up by `n`, so that a bit stands where the one before it stood.
    std::uint64_t behind(kind k, unsigned n) const noexcept
    {
        return (here_.of(k) << n) | (before_.of(k) >> (64 - n));
    }
    static unsigned first_of(std::uint64_t bits) noexcept
    {
        return static_cast<unsigned>(std::countr_zero(bits));
    }

    std::uint64_t numbers() const noexcept;
    std::uint64_t runs() const noexcept;
    std::uint64_t words() const noexcept;
    std::uint64_t separators() noexcept;
    std::uint64_t secrets() const noexcept;

    anchors& a_;
    block const& before_;
    block const& here_;
    block const& after_;
    std::size_t begin_;
    std::uint64_t words_ = 0;
};

/// Cards, telephone numbers, addresses in the first column of a log; seven digits, where those go.
inline std::uint64_t anchors::search::numbers() const noexcept
{
    auto const digit = all(kind::digit);
    auto const starts = words_ & digit.low;
    auto const parts = all(kind::blank) | all(kind::minus) | all(kind::dot) | all(kind::slash) |
        all(kind::plus) | all(kind::underscore) | all(kind::paren) | all(kind::close_paren);
    auto const dialled = digit | parts;
    auto const g2 = dialled & dialled.ahead(1), g3 = g2 & dialled.ahead(2), g4 = g2 & g2.ahead(2);
    auto const g7 = g4 & g3.ahead(4);
    auto const lines = behind(kind::line, 1) & starts;
    auto const spaced = behind(kind::blank, 1) & starts;
    auto const six = spaced & all(kind::colon).ahead(4).low; // 2001:db8::1
    if (((g7.low & starts) | lines | six) == 0) return 0;    // far most numbers are short
    auto const d2 = digit & digit.ahead(1), d3 = d2 & digit.ahead(2), d4 = d2 & d2.ahead(2);
    auto const d7 = d4 & d3.ahead(4);
    // A card: groups of three digits and more up to the last, which has two.
    auto const up = [](pair const& p, unsigned n) {
        return pair{p.low << n, (p.high << n) | (p.low >> (64 - n))};
    };
    auto const long_groups = d3 | up(d3, 1) | up(d3, 2);
    auto const card = long_groups | (parts & up(long_groups, 1) & digit.ahead(1));
    auto const c2 = card & card.ahead(1), c4 = c2 & c2.ahead(2), c8 = c4 & c4.ahead(4);
    auto found = c8.low & c2.ahead(8).low;
    // A telephone number: 0, or a single digit, and groups. Not in front of it: what makes it a
    // part of another number.
    auto const part_of_another = behind(kind::dot, 1) | behind(kind::listed, 1) |
        behind(kind::minus, 1) | behind(kind::underscore, 1) |
        (behind(kind::colon, 1) & behind(kind::digit, 2));
    found |= here_.of(kind::zero) & g7.low & ~part_of_another;
    found |= parts.ahead(1).low & g7.low & g7.ahead(7).low;
    // An address at the beginning of a line; a year is none.
    found |= lines & ~(d4.low & all(kind::minus).ahead(4).low);
    // One that a log names.
    auto const dot = all(kind::dot);
    found |= six | (spaced & g7.low & (dot.ahead(1).low | dot.ahead(2).low | dot.ahead(3).low));
    if (a_.digits_go_ || a_.mapped_) found |= d7.low;
    else found |= d7.low & behind(kind::slash, 1);
    return found & starts;
}

/// base64 and hex: 22 characters in a row, and among 24 a digit or capital.
inline std::uint64_t anchors::search::runs() const noexcept
{
    auto const mixing = all(kind::digit) | all(kind::upper);
    auto const coded = all(kind::alpha) | mixing | all(kind::minus) | all(kind::underscore) |
        all(kind::plus) | all(kind::slash);
    auto const c2 = coded & coded.ahead(1), c4 = c2 & c2.ahead(2), c8 = c4 & c4.ahead(4);
    auto const c16 = c8 & c8.ahead(8);
    auto const runs = words_ & c16.low & c16.ahead(6).low;
    if (runs == 0) return 0;
    auto const m2 = mixing | mixing.ahead(1), m4 = m2 | m2.ahead(2), m8 = m4 | m4.ahead(4);
    auto found = runs & (m8 | m8.ahead(8) | m8.ahead(16)).low;
    for (auto rest = runs & ~found; rest != 0; rest &= rest - 1) { // a Twilio account
        auto const i = begin_ + first_of(rest);
        if (lower(a_.at(i)) == 'a' && lower(a_.at(i + 1)) == 'c') found |= rest & (~rest + 1);
    }
    return found;
}

/// Words by their first four letters, several at a time: how many there are cannot be foreseen.
inline std::uint64_t anchors::search::words() const noexcept
{
    auto const* const folded = a_.folded_.data() + block_size + begin_;
    auto const& filter = a_.policy_.words;
    auto const starts = words_ & ~here_.of(kind::digit);
    std::uint64_t found = 0, high = 0;
    for (auto rest = starts; rest != 0;) {
        for (int n = 0; n < 6; ++n) {
            auto const k = first_of(rest | std::uint64_t{1} << 63);
            rest &= rest - 1;
            std::uint32_t four;
            std::memcpy(&four, folded + k, sizeof four);
            found |= std::uint64_t{filter.worth_a_look(four)} << k;
            high |= std::uint64_t{(four & 0x80808080u) != 0} << k;
        }
    }
    found &= starts;
    auto const word = pair{here_.of(kind::alpha) | here_.of(kind::digit) | here_.of(kind::high),
        after_.of(kind::alpha) | after_.of(kind::digit) | after_.of(kind::high)};
    for (auto rest = found & ~high; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        std::uint64_t eight;
        std::memcpy(&eight, folded + k, sizeof eight);
        if ((eight & 0x8080808080808080u) != 0) continue; // an umlaut is spelled in several ways
        auto const size = static_cast<unsigned>(
            std::countr_one(word.low >> k | (k != 0 ? word.high << (64 - k) : 0)));
        if (!filter.says_something(eight, size)) found &= ~(rest & (~rest + 1));
    }
    for (auto rest = high & starts; rest != 0; rest &= rest - 1) {
        auto const bit = rest & (~rest + 1);
        found = (found & ~bit) | (a_.starts_word(begin_ + first_of(rest)) ? bit : 0);
    }
    return found;
}

/// Colons and equals signs: those that may follow a key.
inline std::uint64_t anchors::search::separators() noexcept
{
    auto separators = here_.of(kind::colon) | here_.of(kind::equals);
    if (separators == 0) return 0;
    if (a_.after_option()) return separators; // curl -u name:password
    // What stands before a key: a quote, or what is no part of a name.
    auto const no_name = [](block const& b) {
        return ~(b.of(kind::alpha) | b.of(kind::digit) | b.of(kind::high) | b.of(kind::underscore) |
            b.of(kind::minus) | b.of(kind::dot));
    };
    auto const odd = all(kind::colon) | all(kind::equals) | all(kind::slash);
    auto const quoted = here_.of(kind::colon) & behind(kind::quote, 1) & ~odd.ahead(1).low;
    auto const before = no_name(before_), here = no_name(here_);
    auto const named =
        here_.of(kind::equals) & ~all(kind::equals).ahead(1).low & ~((here << 1) | (before >> 63));
    std::uint64_t found = 0;
    auto const says_nothing = [&](std::size_t begin, std::size_t end) {
        auto const size = end + block_size - begin_ - begin;
        if (begin == 0 || size > short_key::longest || size == 0 || end < short_key::longest)
            return false;
        short_key const name(a_.data_ + end, size);
        auto const* k = a_.policy_.usual.find(name);
        if (!k) k = a_.met_.find(name);
        return k && k->says_nothing();
    };
    // What stands in front of a key; `begin` counts from the block before.
    auto const opens = [&](std::size_t begin) {
        auto const i = begin + begin_;
        return i > block_size ? a_.data_[i - block_size - 1] : byte{0};
    };
    auto unknown = separators & ~quoted & ~named;
    auto const quotes = here_.of(kind::quote), quotes_before = before_.of(kind::quote);
    for (auto rest = quoted; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        auto const begin = last_of(quotes, quotes_before, k - 1);
        auto const end = begin_ + k - 1;
        bool const skipped =
            says_nothing(begin, end) && (!a_.mapped_ || opens(begin) == a_.data_[end]);
        unknown |= std::uint64_t{!skipped} << k;
    }
    for (auto rest = named; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        auto const begin = last_of(here, before, k);
        bool const skipped = says_nothing(begin, begin_ + k) && opens(begin) != '$';
        unknown |= std::uint64_t{!skipped} << k;
    }
    for (auto rest = unknown; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        found |= std::uint64_t{a_.may_follow_key(begin_ + k)} << k;
    }
    return found;
}

inline std::uint64_t anchors::search::secrets() const noexcept
{
    std::uint64_t found = 0;
    for (unsigned k = 0; k < block_size; ++k) {
        auto const i = begin_ + k;
        found |= std::uint64_t{a_.policy_.may_begin_secret(a_.at(i), a_.at(i + 1))} << k;
    }
    return found;
}

template <scan_path Path>
inline void classify(byte const* bytes, block& b, byte* folded) noexcept
{
#if defined(__x86_64__)
    if constexpr (Path == scan_path::avx512) return classify_avx512(bytes, b, folded);
    if constexpr (Path == scan_path::avx2) return classify_avx2(bytes, b, folded);
    if constexpr (Path == scan_path::sse2) return classify_sse2(bytes, b, folded);
#endif
    return classify_scalar(bytes, b, folded);
}

template <scan_path Path>
inline void anchors::classify_at(std::size_t k) noexcept
{
    auto& b = blocks_[(first_ + 2) % 3];
    auto const begin = k * block_size;
    auto* const folded = folded_.data() + block_size + begin;
    if (begin + block_size <= size_) return classify<Path>(data_ + begin, b, folded);
    if (begin >= size_) {
        b.bits.fill(0);
        std::memset(folded, 0, block_size);
        return;
    }
    byte padded[block_size] = {};
    std::memcpy(padded, data_ + begin, size_ - begin);
    classify<Path>(padded, b, folded);
    // What is not there is no character, not even one of value 0.
    b.bits[index_of(kind::line)] &= (std::uint64_t{1} << (size_ - begin)) - 1;
}

template <scan_path Path>
inline void anchors::prepare_as(std::size_t k) noexcept
{
    if (k == current_ + 1 && current_ != SIZE_MAX) {
        first_ = (first_ + 1) % 3;
        classify_at<Path>(k + 1);
    } else {
        find_option(k * block_size);
        if (k == 0) {
            blocks_[(first_ + 2) % 3].bits.fill(0);
            std::memset(folded_.data(), 0, block_size);
        } else {
            classify_at<Path>(k - 1);
        }
        for (auto next : {k, k + 1}) {
            first_ = (first_ + 1) % 3;
            classify_at<Path>(next);
        }
    }
    current_ = k;
    search(*this, blocks_[first_], here(), here(1)).run();
}

#if defined(__x86_64__)
__attribute__((target("avx512bw,bmi,bmi2"), flatten)) void anchors::prepare_avx512(
    std::size_t k) noexcept
{
    prepare_as<scan_path::avx512>(k);
}

__attribute__((target("avx2,bmi,bmi2"), flatten)) void anchors::prepare_avx2(std::size_t k) noexcept
{
    prepare_as<scan_path::avx2>(k);
}
#endif

std::size_t anchors::quoted_before(std::size_t i) const noexcept
{
    auto const k = static_cast<unsigned>(i % block_size);
    auto const begin = last_of(here().of(kind::quote), blocks_[first_].of(kind::quote), k - 1);
    return begin == 0 ? 0 : i - k + begin - block_size;
}

void anchors::prepare(std::size_t k) noexcept
{
#if defined(__x86_64__)
    if (policy_.path == scan_path::avx512) return prepare_avx512(k);
    if (policy_.path == scan_path::avx2) return prepare_avx2(k);
    if (policy_.path == scan_path::sse2) return prepare_as<scan_path::sse2>(k);
#endif
    prepare_as<scan_path::scalar>(k);
}

/// Whether "-u" stands shortly before `end`.
[[gnu::noinline]] void anchors::find_option(std::size_t end) noexcept
{
    auto i = end > 80 ? end - 80 : 0;
    while (i < end) {
        auto const* const found = std::memchr(data_ + i, '-', end - i);
        if (!found) return;
        i = static_cast<std::size_t>(static_cast<byte const*>(found) - data_);
        if (lower(at(i + 1)) == 'u') option_until_ = i / block_size + 2;
        ++i;
    }
}

/// The same for a word with an umlaut in front: "fünf" is read as "fuenf".
[[gnu::noinline]] bool anchors::starts_word(std::size_t i) const noexcept
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
            add(word_filter::folded(c));
        }
    }
    return policy_.words.worth_a_look(four);
}

[[gnu::noinline]] bool anchors::may_follow_key(std::size_t i) const noexcept
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
    if ((a & b & c & 0x60) == 0x60) return policy_.keys.may_end_in(a, b, c); // letters
    unsigned found = 0;
    byte letters[3];
    if (is_digit(data_[end - 1])) {
        // The time of day: two digits, or two and two, that no key ends in.
        if (quote != 0 || policy_.keys.ends_in_two_digits() || !is_digit(data_[end - 2]))
            return true;
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

} // namespace trunkline::mask_detail
