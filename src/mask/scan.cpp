#include "scan.hpp"

#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace trunkline::mask_detail {
namespace {

constexpr std::array<bool, 256> escapes = [] {
    std::array<bool, 256> t{};
    for (unsigned c = 0; c < 0x20; ++c) t[c] = !is_space(static_cast<byte>(c));
    for (unsigned c : {'\\', '%', '&'}) t[c] = true;
    for (unsigned c : {0xc2, 0xe2, 0xe3, 0xef}) t[c] = true;
    return t;
}();

std::size_t find_scalar(std::string_view raw, std::size_t i) noexcept
{
    while (i < raw.size() && !escapes[static_cast<byte>(raw[i])]) ++i;
    return i;
}

#if defined(__x86_64__)

/// 16 bytes at a time; what remains goes byte by byte.
std::size_t find_sse2(std::string_view raw) noexcept
{
    auto const is = [](__m128i v, int c) {
        return _mm_cmpeq_epi8(v, _mm_set1_epi8(static_cast<char>(c)));
    };
    std::size_t i = 0;
    for (; i + 16 <= raw.size(); i += 16) {
        auto const v = _mm_loadu_si128(reinterpret_cast<__m128i const*>(raw.data() + i));
        auto const control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
        auto const space = _mm_or_si128(is(v, '\t'), _mm_or_si128(is(v, '\n'), is(v, '\r')));
        auto const ascii = _mm_or_si128(is(v, '\\'), _mm_or_si128(is(v, '%'), is(v, '&')));
        auto const above = _mm_or_si128(
            _mm_or_si128(is(v, 0xc2), is(v, 0xe2)), _mm_or_si128(is(v, 0xe3), is(v, 0xef)));
        auto const all = _mm_or_si128(_mm_andnot_si128(space, control), _mm_or_si128(ascii, above));
        if (auto const bits = static_cast<unsigned>(_mm_movemask_epi8(all)); bits != 0)
            return i + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return find_scalar(raw, i);
}

#define TRUNKLINE_AVX2 __attribute__((target("avx2")))

TRUNKLINE_AVX2 inline __m256i equal_to(__m256i v, int c) noexcept
{
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(static_cast<char>(c)));
}

/// The same, 32 bytes at a time.
TRUNKLINE_AVX2 std::size_t find_avx2(std::string_view raw) noexcept
{
    std::size_t i = 0;
    for (; i + 32 <= raw.size(); i += 32) {
        auto const v = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(raw.data() + i));
        auto const control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
        auto const space = _mm256_or_si256(
            equal_to(v, '\t'), _mm256_or_si256(equal_to(v, '\n'), equal_to(v, '\r')));
        auto const ascii =
            _mm256_or_si256(equal_to(v, '\\'), _mm256_or_si256(equal_to(v, '%'), equal_to(v, '&')));
        auto const above = _mm256_or_si256(_mm256_or_si256(equal_to(v, 0xc2), equal_to(v, 0xe2)),
            _mm256_or_si256(equal_to(v, 0xe3), equal_to(v, 0xef)));
        auto const all =
            _mm256_or_si256(_mm256_andnot_si256(space, control), _mm256_or_si256(ascii, above));
        if (auto const bits = static_cast<unsigned>(_mm256_movemask_epi8(all)); bits != 0)
            return i + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return find_scalar(raw, i);
}

#endif

} // namespace

std::size_t find_escape(std::string_view raw, scan_path path) noexcept
{
#if defined(__x86_64__)
    if (path >= scan_path::avx2) return find_avx2(raw);
    if (path == scan_path::sse2) return find_sse2(raw);
#endif
    (void)path;
    return find_scalar(raw, 0);
}

scan_path best_path() noexcept
{
#if defined(__x86_64__)
    static scan_path const best = [] {
        bool const bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
        if (!bits || !__builtin_cpu_supports("avx2")) return scan_path::sse2;
        return __builtin_cpu_supports("avx512bw") ? scan_path::avx512 : scan_path::avx2;
    }();
    return best;
#else
    return scan_path::scalar;
#endif
}

} // namespace trunkline::mask_detail
