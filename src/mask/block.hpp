#pragma once

#include "scan.hpp"
#include "word_filter.hpp"

#include <array>
#include <bit>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace trunkline::mask_detail {

/// What the detectors ask of a byte. A block has one bit for each of its 64 and each of these.
enum class kind : std::uint8_t {
    alpha,
    upper,
    digit,
    quote,   ///< Double quotes of any level.
    deep,    ///< Those behind escapes.
    line,    ///< A line's end, or nothing at all.
    blank,   ///< Space and tab.
    listed,  ///< ',' '#' '$'
    closing, ///< ']' '}'
    opening, ///< '[' '{'
    bracket, ///< '['
    colon,
    equals,
    paren,
    part, ///< What may stand between the digits of a number: blanks and "-./+_()".
    plus,
    minus,
    tag, ///< '<'
    slash,
    underscore,
    dot,
    zero,
    issuer,   ///< 2 to 6: cards begin with one of these.
    letter_u, ///< Either case.
    // Those of classify_eight() that are not looked up:
    at,
    high, ///< 0x80 and above.
};
inline constexpr std::size_t kind_count = 26, looked_up_kinds = 24;

constexpr std::size_t index_of(kind k) noexcept
{
    return static_cast<std::size_t>(k);
}

/**
 * The bits of some groups of eight blocks in a row and of one more block on each side, so that what
 * stands before and behind a character can be asked of all eight at once.
 *
 * More than one group, because sorting and searching one takes 11 KB of program, a third of what a
 * processor has at hand: between two groups all the rest of the engine would have to come back.
 */
class planes {
public:
    static constexpr std::size_t at_once = 8, groups = 8, blocks = groups * at_once;

    /// Of the block in this lane: from 0 on, -1 and `blocks` for those beside them.
    std::uint64_t of(kind k, std::size_t lane) const noexcept
    {
        return bits[index_of(k)][lane + 1];
    }
    std::uint64_t before(kind k, std::size_t lane) const noexcept
    {
        return bits[index_of(k)][lane];
    }
    std::uint64_t after(kind k, std::size_t lane) const noexcept
    {
        return bits[index_of(k)][lane + 2];
    }
    /// The last two become the first two.
    void move_on() noexcept
    {
        for (auto& b : bits) b[0] = b[blocks], b[1] = b[blocks + 1];
    }

    std::array<std::array<std::uint64_t, blocks + 2>, kind_count> bits;
};

/// Where the bits of a block go, or of several in a row.
class block_bits {
public:
    block_bits(planes& p, std::size_t column) noexcept : first_(p.bits[0].data() + column) {}
    std::uint64_t* of(kind k) const noexcept { return &(*this)[index_of(k)]; }
    std::uint64_t& operator[](std::size_t k) const noexcept
    {
        return first_[k * (planes::blocks + 2)];
    }

private:
    std::uint64_t* first_;
};

/// Kinds of a single byte.
inline constexpr std::pair<kind, char> singles[] = {{kind::bracket, '['}, {kind::colon, ':'},
    {kind::equals, '='}, {kind::paren, '('}, {kind::plus, '+'}, {kind::minus, '-'}, {kind::at, '@'},
    {kind::tag, '<'}, {kind::slash, '/'}, {kind::underscore, '_'}, {kind::dot, '.'},
    {kind::zero, '0'}};
/// Kinds of two bytes that differ in the bit 0x20 alone; the greater one.
inline constexpr std::pair<kind, char> twins[] = {
    {kind::opening, '{'}, {kind::closing, '}'}, {kind::letter_u, 'u'}};

constexpr bool is_part_sign(byte c) noexcept
{
    return (c >= '(' && c <= '/' && c != '*' && c != ',') || c == '_';
}

inline constexpr std::array<std::uint32_t, 256> kinds_of_byte = [] {
    std::array<std::uint32_t, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        auto const set = [&](kind k, bool is) { t[n] |= (is ? 1u : 0u) << index_of(k); };
        set(kind::alpha, is_alpha(c));
        set(kind::upper, is_upper(c));
        set(kind::digit, is_digit(c));
        set(kind::high, c >= 0x80);
        set(kind::quote, is_double_quote(c));
        set(kind::deep, is_double_quote(c) && c != '"');
        set(kind::line, c == '\n' || c == 0);
        set(kind::issuer, c >= '2' && c <= '6');
        set(kind::blank, is_blank(c));
        set(kind::listed, c == ',' || c == '#' || c == '$');
        set(kind::part, is_blank(c) || is_part_sign(c));
        for (auto const& [k, x] : singles) set(k, c == static_cast<byte>(x));
        for (auto const& [k, x] : twins) set(k, (c | 0x20) == static_cast<byte>(x));
    }
    return t;
}();

/// Sorts 64 bytes, and writes them as word_filter reads them.
inline void classify_scalar(byte const* p, block_bits bits, byte* folded) noexcept
{
    for (std::size_t k = 0; k < kind_count; ++k) bits[k] = 0;
    for (unsigned i = 0; i < 64; ++i) {
        for (auto k = kinds_of_byte[p[i]]; k != 0; k &= k - 1)
            bits[static_cast<unsigned>(std::countr_zero(k))] |= std::uint64_t{1} << i;
        folded[i] = is_alpha(p[i]) ? lower(p[i]) : static_cast<byte>(p[i] & 0x9f);
    }
}

#if defined(__x86_64__)

class lanes_sse2 {
public:
    __m128i v[4];

    template <class F>
    lanes_sse2 each(F f) const noexcept
    {
        return {{f(v[0]), f(v[1]), f(v[2]), f(v[3])}};
    }
    std::uint64_t bits() const noexcept
    {
        std::uint64_t b = 0;
        for (int k = 3; k >= 0; --k) b = (b << 16) | static_cast<unsigned>(_mm_movemask_epi8(v[k]));
        return b;
    }
    lanes_sse2 is(char c) const noexcept
    {
        return each([c](__m128i x) { return _mm_cmpeq_epi8(x, _mm_set1_epi8(c)); });
    }
    /// Bytes from `low` up to `low + count - 1`.
    lanes_sse2 from(char low, char count) const noexcept
    {
        return each([=](__m128i x) {
            auto const d = _mm_sub_epi8(x, _mm_set1_epi8(low));
            return _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(static_cast<char>(count - 1))), d);
        });
    }
};

inline lanes_sse2 operator|(lanes_sse2 const& a, lanes_sse2 const& b) noexcept
{
    return {{_mm_or_si128(a.v[0], b.v[0]), _mm_or_si128(a.v[1], b.v[1]),
        _mm_or_si128(a.v[2], b.v[2]), _mm_or_si128(a.v[3], b.v[3])}};
}

inline void classify_sse2(byte const* p, block_bits bits, byte* folded) noexcept
{
    auto const load = [&](int k) {
        return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p) + k);
    };
    lanes_sse2 const v{{load(0), load(1), load(2), load(3)}};
    auto const low = v.each([](__m128i x) { return _mm_or_si128(x, _mm_set1_epi8(0x20)); });
    auto const set = [&](kind k, lanes_sse2 const& l) { bits[index_of(k)] = l.bits(); };
    auto const alpha = low.from('a', 26);
    set(kind::alpha, alpha);
    set(kind::upper, v.from('A', 26));
    set(kind::digit, v.from('0', 10));
    set(kind::issuer, v.from('2', 5));
    set(kind::high, v);
    auto const deep = v.from(1, deepest_quote);
    set(kind::deep, deep);
    set(kind::quote, v.is('"') | deep);
    set(kind::line, v.is('\n') | v.is('\0'));
    auto const blank = v.is(' ') | v.is('\t');
    set(kind::blank, blank);
    set(kind::part, // "()", "+", "-./", "_"
        blank | v.from('(', 2) | v.is('+') | v.from('-', 3) | v.is('_'));
    set(kind::listed, v.is(',') | v.is('#') | v.is('$'));
    for (auto const& [k, c] : singles) set(k, v.is(c));
    for (auto const& [k, c] : twins) set(k, low.is(c));
    for (int k = 0; k < 4; ++k) {
        auto const other = _mm_and_si128(v.v[k], _mm_set1_epi8(static_cast<char>(0x9f)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(folded) + k,
            _mm_or_si128(_mm_andnot_si128(alpha.v[k], other), _mm_and_si128(alpha.v[k], low.v[k])));
    }
}

/// Every ASCII character 64 times: cheaper to load than to spread.
alignas(64) inline constexpr std::array<std::array<char, 64>, 128> spread = [] {
    std::array<std::array<char, 64>, 128> t{};
    for (unsigned c = 0; c < 128; ++c) t[c].fill(static_cast<char>(c));
    return t;
}();

#define TRUNKLINE_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline

/// The same in two registers.
class lanes_avx2 {
public:
    __m256i a, b;
};

TRUNKLINE_AVX2_INLINE __m256i spread_avx2(char c) noexcept
{
    auto const& row = spread[static_cast<byte>(c)];
    return _mm256_load_si256(reinterpret_cast<__m256i const*>(row.data()));
}
TRUNKLINE_AVX2_INLINE std::uint64_t bits_of(lanes_avx2 const& l) noexcept
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(l.a))) |
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(l.b))) << 32);
}
TRUNKLINE_AVX2_INLINE lanes_avx2 is(lanes_avx2 const& l, char c) noexcept
{
    auto const x = spread_avx2(c);
    return {_mm256_cmpeq_epi8(l.a, x), _mm256_cmpeq_epi8(l.b, x)};
}
TRUNKLINE_AVX2_INLINE lanes_avx2 either(lanes_avx2 const& l, lanes_avx2 const& m) noexcept
{
    return {_mm256_or_si256(l.a, m.a), _mm256_or_si256(l.b, m.b)};
}
TRUNKLINE_AVX2_INLINE lanes_avx2 from(lanes_avx2 const& l, char low, char count) noexcept
{
    auto const first = spread_avx2(low), last = spread_avx2(static_cast<char>(count - 1));
    auto const x = _mm256_sub_epi8(l.a, first), y = _mm256_sub_epi8(l.b, first);
    return {_mm256_cmpeq_epi8(_mm256_min_epu8(x, last), x),
        _mm256_cmpeq_epi8(_mm256_min_epu8(y, last), y)};
}

__attribute__((target("avx2"))) inline void classify_avx2(
    byte const* p, block_bits bits, byte* folded) noexcept
{
    auto const* const in = reinterpret_cast<__m256i const*>(p);
    lanes_avx2 const v{_mm256_loadu_si256(in), _mm256_loadu_si256(in + 1)};
    auto const bit = _mm256_set1_epi8(0x20);
    lanes_avx2 const low{_mm256_or_si256(v.a, bit), _mm256_or_si256(v.b, bit)};
    auto const alpha = from(low, 'a', 26);
    bits[index_of(kind::alpha)] = bits_of(alpha);
    bits[index_of(kind::upper)] = bits_of(from(v, 'A', 26));
    bits[index_of(kind::digit)] = bits_of(from(v, '0', 10));
    bits[index_of(kind::issuer)] = bits_of(from(v, '2', 5));
    bits[index_of(kind::high)] = bits_of(v);
    auto const deep = from(v, 1, deepest_quote);
    bits[index_of(kind::deep)] = bits_of(deep);
    bits[index_of(kind::quote)] = bits_of(either(is(v, '"'), deep));
    bits[index_of(kind::line)] = bits_of(either(is(v, '\n'), is(v, '\0')));
    auto const blank = either(is(v, ' '), is(v, '\t'));
    bits[index_of(kind::blank)] = bits_of(blank);
    bits[index_of(kind::part)] = bits_of(either(
        either(blank, from(v, '(', 2)), either(is(v, '+'), either(from(v, '-', 3), is(v, '_')))));
    bits[index_of(kind::listed)] = bits_of(either(is(v, ','), either(is(v, '#'), is(v, '$'))));
#pragma GCC unroll 16
    for (auto const& [k, c] : singles) bits[index_of(k)] = bits_of(is(v, c));
#pragma GCC unroll 4
    for (auto const& [k, c] : twins) bits[index_of(k)] = bits_of(is(low, c));
    auto const mask = _mm256_set1_epi8(static_cast<char>(0x9f));
    auto* const out = reinterpret_cast<__m256i*>(folded);
    _mm256_storeu_si256(out, _mm256_blendv_epi8(_mm256_and_si256(v.a, mask), low.a, alpha.a));
    _mm256_storeu_si256(out + 1, _mm256_blendv_epi8(_mm256_and_si256(v.b, mask), low.b, alpha.b));
}

#endif

} // namespace trunkline::mask_detail
