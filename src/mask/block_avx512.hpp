#pragma once

#include "block.hpp"

/// The twin for AVX-512. Eight blocks at a time: what a character is comes from a table, and is
/// then turned from characters into rows of bits.
#if defined(__x86_64__)

namespace trunkline::mask_detail {

#define TRUNKLINE_AVX512_INLINE                                                                    \
    __attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,gfni"), always_inline)) inline

TRUNKLINE_AVX512_INLINE __m512i spread_avx512(char c) noexcept
{
    return _mm512_load_si512(spread[static_cast<byte>(c)].data());
}

class tables_of_eight {
public:
    static constexpr std::size_t at_once = 8, count = looked_up_kinds / at_once;
    /// Of every ASCII character, a bit for each of eight kinds.
    alignas(64) std::array<std::array<byte, 128>, count> kinds{};
    /// Eight characters by eight, each the other way round.
    alignas(64) std::array<byte, 64> backwards{};
    /// Of two blocks in a row what each of the first four kinds says of them, and of the others.
    alignas(64) std::array<std::array<byte, 64>, 2> by_kind{};

    constexpr tables_of_eight()
    {
        for (std::size_t t = 0; t < count; ++t)
            for (std::size_t c = 0; c < 128; ++c)
                kinds[t][c] = static_cast<byte>(kinds_of_byte[c] >> (at_once * t));
        for (std::size_t n = 0; n < 64; ++n) backwards[n] = static_cast<byte>(n ^ 7);
        for (std::size_t half = 0; half < 2; ++half)
            for (std::size_t k = 0; k < 4; ++k)
                for (std::size_t n = 0; n < 16; ++n)
                    by_kind[half][16 * k + n] = static_cast<byte>(8 * n + 4 * half + k);
    }
};
inline constexpr tables_of_eight of_eight;

/// From what is said of eight characters at a time, kind by kind, to a row of each kind from
/// `first` on.
TRUNKLINE_AVX512_INLINE void store_rows_avx512(
    __m512i const (&said)[planes::at_once], block_bits bits, std::size_t first) noexcept
{
    // Of four registers every second quarter, from the first or from the second on.
    constexpr int even = 0x88, odd = 0xdd;
    constexpr __mmask8 every = 0xff; // without one, GCC 12 warns of a value that is never used
#pragma GCC unroll 2
    for (std::size_t half = 0; half < 2; ++half) {
        auto const order = _mm512_load_si512(of_eight.by_kind[half].data());
        auto const a = _mm512_permutex2var_epi8(said[0], order, said[1]);
        auto const b = _mm512_permutex2var_epi8(said[2], order, said[3]);
        auto const c = _mm512_permutex2var_epi8(said[4], order, said[5]);
        auto const d = _mm512_permutex2var_epi8(said[6], order, said[7]);
        auto const ab = _mm512_maskz_shuffle_i64x2(every, a, b, even),
                   cd = _mm512_maskz_shuffle_i64x2(every, c, d, even);
        auto const ab2 = _mm512_maskz_shuffle_i64x2(every, a, b, odd),
                   cd2 = _mm512_maskz_shuffle_i64x2(every, c, d, odd);
        auto const k = first + 4 * half;
        _mm512_storeu_si512(&bits[k], _mm512_maskz_shuffle_i64x2(every, ab, cd, even));
        _mm512_storeu_si512(&bits[k + 1], _mm512_maskz_shuffle_i64x2(every, ab2, cd2, even));
        _mm512_storeu_si512(&bits[k + 2], _mm512_maskz_shuffle_i64x2(every, ab, cd, odd));
        _mm512_storeu_si512(&bits[k + 3], _mm512_maskz_shuffle_i64x2(every, ab2, cd2, odd));
    }
}

/// As classify_scalar() of eight blocks in a row.
__attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,gfni"))) inline void classify_eight_avx512(
    byte const* p, block_bits bits, byte* folded) noexcept
{
    auto const backwards = _mm512_load_si512(of_eight.backwards.data());
    auto const other = _mm512_set1_epi8(static_cast<char>(0x9f));
    __m512i text[planes::at_once];
    __mmask64 ascii[planes::at_once];
#pragma GCC unroll 8
    for (std::size_t n = 0; n < planes::at_once; ++n) {
        auto const v = _mm512_loadu_si512(p + 64 * n);
        auto const low = _mm512_or_si512(v, spread_avx512(0x20));
        auto const alpha =
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(low, spread_avx512('a')), spread_avx512(26));
        _mm512_storeu_si512(
            folded + 64 * n, _mm512_mask_blend_epi8(alpha, _mm512_and_si512(v, other), low));
        bits.of(kind::high)[n] = _mm512_movepi8_mask(v);
        bits.of(kind::at)[n] = _mm512_cmpeq_epi8_mask(v, spread_avx512('@'));
        text[n] = _mm512_shuffle_epi8(v, backwards);
        ascii[n] = _mm512_testn_epi8_mask(text[n], _mm512_set1_epi8(static_cast<char>(0x80)));
    }
    // Byte k has bit k alone: with it the product gives the k-th bit of each of eight bytes.
    auto const bit = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
#pragma GCC unroll 3
    for (std::size_t t = 0; t < tables_of_eight::count; ++t) {
        auto const* const table = of_eight.kinds[t].data();
        auto const first = _mm512_load_si512(table), last = _mm512_load_si512(table + 64);
        __m512i said[planes::at_once];
#pragma GCC unroll 8
        for (std::size_t n = 0; n < planes::at_once; ++n)
            said[n] = _mm512_gf2p8affine_epi64_epi8(
                bit, _mm512_maskz_permutex2var_epi8(ascii[n], first, text[n], last), 0);
        store_rows_avx512(said, bits, t * tables_of_eight::at_once);
    }
}

/// Where a word stands of which the filter knows the pairs that it begins with, for each of 64
/// places of so many blocks.
__attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,gfni"))) inline void find_pairs(
    pair_filter const& filter, byte const* folded, std::size_t blocks, std::uint64_t* out) noexcept
{
    constexpr auto pairs = pair_filter::pairs;
    __m512i tables[pairs.size()][2];
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        tables[k][0] = _mm512_load_si512(filter.table(k));
        tables[k][1] = _mm512_load_si512(filter.table(k) + 64);
    }
    for (std::size_t n = 0; n < blocks; ++n, folded += 64) {
        __m512i letter[pair_filter::letters], fourfold[pair_filter::letters];
#pragma GCC unroll 3
        for (std::size_t k = 0; k < pair_filter::letters; ++k) {
            letter[k] = _mm512_loadu_si512(folded + k);
            auto const twice = _mm512_add_epi8(letter[k], letter[k]);
            fourfold[k] = _mm512_add_epi8(twice, twice);
        }
        auto sets = _mm512_set1_epi8(-1);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            auto const entry = _mm512_add_epi8(letter[pairs[k].first], fourfold[pairs[k].second]);
            sets =
                _mm512_and_si512(sets, _mm512_permutex2var_epi8(tables[k][0], entry, tables[k][1]));
        }
        out[n] = _mm512_test_epi8_mask(sets, sets);
    }
}

} // namespace trunkline::mask_detail

#endif
