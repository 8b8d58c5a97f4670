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
    high,    ///< 0x80 and above.
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
    close_paren,
    plus,
    minus,
    at,
    tag, ///< '<'
    slash,
    underscore,
    dot,
    zero,
    issuer,   ///< 2 to 6: cards begin with one of these.
    letter_u, ///< Either case.
};
inline constexpr std::size_t kind_count = 26;

constexpr std::size_t index_of(kind k) noexcept
{
    return static_cast<std::size_t>(k);
}

/**
 * The bits of eight blocks in a row and of one more on each side, so that what stands before and
 * behind a character can be asked of all eight at once.
 */
class planes {
public:
    static constexpr std::size_t blocks = 8;

    /// Of the block in this lane: 0 to 7, -1 and 8 for those beside them.
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
    {kind::equals, '='}, {kind::paren, '('}, {kind::close_paren, ')'}, {kind::plus, '+'},
    {kind::minus, '-'}, {kind::at, '@'}, {kind::tag, '<'}, {kind::slash, '/'},
    {kind::underscore, '_'}, {kind::dot, '.'}, {kind::zero, '0'}};
/// Kinds of two bytes that differ in the bit 0x20 alone; the greater one.
inline constexpr std::pair<kind, char> twins[] = {
    {kind::opening, '{'}, {kind::closing, '}'}, {kind::letter_u, 'u'}};

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
    set(kind::blank, v.is(' ') | v.is('\t'));
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
    bits[index_of(kind::blank)] = bits_of(either(is(v, ' '), is(v, '\t')));
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

#define TRUNKLINE_AVX512_INLINE __attribute__((target("avx512bw"), always_inline)) inline

TRUNKLINE_AVX512_INLINE __m512i spread_avx512(char c) noexcept
{
    return _mm512_load_si512(spread[static_cast<byte>(c)].data());
}

/// N blocks in a row, one in a register: what they are compared with is loaded once for all.
template <std::size_t N>
class blocks_avx512 {
public:
    TRUNKLINE_AVX512_INLINE void is(char c, std::uint64_t* out) const noexcept
    {
        auto const x = spread_avx512(c);
#pragma GCC unroll 8
        for (std::size_t n = 0; n < N; ++n) out[n] = _mm512_cmpeq_epi8_mask(v[n], x);
    }
    TRUNKLINE_AVX512_INLINE void is(char c, char d, std::uint64_t* out) const noexcept
    {
        auto const x = spread_avx512(c), y = spread_avx512(d);
#pragma GCC unroll 8
        for (std::size_t n = 0; n < N; ++n)
            out[n] = _mm512_cmpeq_epi8_mask(v[n], x) | _mm512_cmpeq_epi8_mask(v[n], y);
    }
    TRUNKLINE_AVX512_INLINE void is(char c, char d, char e, std::uint64_t* out) const noexcept
    {
        auto const x = spread_avx512(c), y = spread_avx512(d), z = spread_avx512(e);
#pragma GCC unroll 8
        for (std::size_t n = 0; n < N; ++n)
            out[n] = _mm512_cmpeq_epi8_mask(v[n], x) | _mm512_cmpeq_epi8_mask(v[n], y) |
                _mm512_cmpeq_epi8_mask(v[n], z);
    }
    /// Bytes from `low` up to `low + count - 1`.
    TRUNKLINE_AVX512_INLINE void from(char low, char count, std::uint64_t* out) const noexcept
    {
        auto const x = spread_avx512(low), y = spread_avx512(count);
#pragma GCC unroll 8
        for (std::size_t n = 0; n < N; ++n)
            out[n] = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v[n], x), y);
    }

    __m512i v[N];
};

/// The same in one; N blocks in a row.
template <std::size_t N = 1>
__attribute__((target("avx512bw"))) inline void classify_avx512(
    byte const* p, block_bits bits, byte* folded) noexcept
{
    blocks_avx512<N> v, low;
    auto const bit = spread_avx512(0x20);
#pragma GCC unroll 8
    for (std::size_t n = 0; n < N; ++n) {
        v.v[n] = _mm512_loadu_si512(p + 64 * n);
        low.v[n] = _mm512_or_si512(v.v[n], bit);
    }
    auto* const alpha = bits.of(kind::alpha);
    low.from('a', 26, alpha);
    v.from('A', 26, bits.of(kind::upper));
    v.from('0', 10, bits.of(kind::digit));
    v.from('2', 5, bits.of(kind::issuer));
    auto* const deep = bits.of(kind::deep);
    v.from(1, deepest_quote, deep);
    v.is('"', bits.of(kind::quote));
    v.is('\n', '\0', bits.of(kind::line));
    v.is(' ', '\t', bits.of(kind::blank));
    v.is(',', '#', '$', bits.of(kind::listed));
#pragma GCC unroll 1
    for (auto const& [k, c] : singles) v.is(c, bits.of(k));
#pragma GCC unroll 1
    for (auto const& [k, c] : twins) low.is(c, bits.of(k));
    auto const other = _mm512_set1_epi8(static_cast<char>(0x9f));
#pragma GCC unroll 8
    for (std::size_t n = 0; n < N; ++n) {
        bits.of(kind::high)[n] = _mm512_movepi8_mask(v.v[n]);
        bits.of(kind::quote)[n] |= deep[n];
        _mm512_storeu_si512(folded + 64 * n,
            _mm512_mask_blend_epi8(alpha[n], _mm512_and_si512(v.v[n], other), low.v[n]));
    }
}

/// Where a word stands of which the filter knows the pairs that it begins with, for each of 64
/// places of so many blocks.
__attribute__((target("avx512bw,avx512vbmi"))) inline void find_pairs(
    pair_filter const& filter, byte const* folded, std::size_t blocks, std::uint64_t* out) noexcept
{
    __m512i tables[pair_filter::pairs][2];
    for (std::size_t k = 0; k < pair_filter::pairs; ++k) {
        tables[k][0] = _mm512_load_si512(filter.table(k));
        tables[k][1] = _mm512_load_si512(filter.table(k) + 64);
    }
    for (std::size_t n = 0; n < blocks; ++n, folded += 64) {
        auto first = _mm512_loadu_si512(folded);
        auto sets = _mm512_set1_epi8(-1);
#pragma GCC unroll 3
        for (std::size_t k = 0; k < pair_filter::pairs; ++k) {
            auto const second = _mm512_loadu_si512(folded + k + 1);
            auto const twice = _mm512_add_epi8(second, second);
            auto const entry = _mm512_add_epi8(first, _mm512_add_epi8(twice, twice));
            sets =
                _mm512_and_si512(sets, _mm512_permutex2var_epi8(tables[k][0], entry, tables[k][1]));
            first = second;
        }
        out[n] = _mm512_test_epi8_mask(sets, sets);
    }
}

#endif

} // namespace trunkline::mask_detail
