#pragma once

#include "scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

/// Inlined where AVX2 is there: far most stretches between two escapes are short.
namespace trunkline::mask_detail {

#define TRUNKLINE_AVX2 __attribute__((target("avx2")))

/// Both halves of a byte name the rows and columns in which escapes stand; the two have a bit in
/// common if it is one.
class escape_tables {
public:
    alignas(16) std::array<byte, 16> low{}, high{};
    constexpr escape_tables()
    {
        constexpr byte rows[] = {0x00, 0x10, 0x20, 0x50, 0xc0, 0xe0};
        for (unsigned c = 0; c < 256; ++c)
            for (unsigned k = 0; k < std::size(rows) && escapes[c]; ++k)
                if (rows[k] == (c & 0xf0)) low[c & 0x0f] |= static_cast<byte>(1u << k);
        for (unsigned k = 0; k < std::size(rows); ++k)
            high[rows[k] >> 4] = static_cast<byte>(1u << k);
    }
};
inline constexpr escape_tables tables_of_escapes;

TRUNKLINE_AVX2 inline __m256i spread_table(std::array<byte, 16> const& t) noexcept
{
    return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<__m128i const*>(t.data())));
}

/// One bit for each of 32 bytes that is no escape.
TRUNKLINE_AVX2 inline std::uint32_t plain_bytes(char const* p, __m256i low, __m256i high) noexcept
{
    auto const nibble = _mm256_set1_epi8(0x0f);
    auto const v = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p));
    auto const row = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    auto const common = _mm256_and_si256(
        _mm256_shuffle_epi8(high, row), _mm256_shuffle_epi8(low, _mm256_and_si256(v, nibble)));
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256())));
}

/// copy_plain(), 32 bytes at a time.
TRUNKLINE_AVX2 inline std::size_t copy_avx2(std::string_view raw, byte* out) noexcept
{
    auto const low = spread_table(tables_of_escapes.low),
               high = spread_table(tables_of_escapes.high);
    std::size_t i = 0;
    for (; i + 32 <= raw.size(); i += 32) {
        auto const v = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(raw.data() + i));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), v);
        if (auto const bits = plain_bytes(raw.data() + i, low, high); bits != ~0u)
            return i + static_cast<std::size_t>(std::countr_one(bits));
    }
    for (; i < raw.size() && !escapes[static_cast<byte>(raw[i])]; ++i)
        out[i] = static_cast<byte>(raw[i]);
    return i;
}

} // namespace trunkline::mask_detail
#endif
