#include "scan.hpp"
#include "scan_avx2.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace trunkline::mask_detail {
namespace {

std::size_t find_scalar(std::string_view raw, std::size_t i) noexcept
{
    while (i < raw.size() && !escapes[static_cast<byte>(raw[i])]) ++i;
    return i;
}

std::size_t find_quote_scalar(
    byte const* p, std::size_t i, std::size_t end, unsigned deepest) noexcept
{
    while (i < end && !(is_double_quote(p[i]) && quote_level(p[i]) <= deepest)) ++i;
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

/// The same, 32 bytes at a time.
TRUNKLINE_AVX2 std::size_t find_avx2(std::string_view raw) noexcept
{
    if (raw.size() < 32) return find_scalar(raw, 0);
    auto const low = spread_table(tables_of_escapes.low),
               high = spread_table(tables_of_escapes.high);
    for (std::size_t i = 0; i + 32 <= raw.size(); i += 32)
        if (auto const bits = plain_bytes(raw.data() + i, low, high); bits != ~0u)
            return i + static_cast<std::size_t>(std::countr_one(bits));
    auto const last = raw.size() - 32; // of which a part was seen, and is plain
    return last +
        static_cast<std::size_t>(std::countr_one(plain_bytes(raw.data() + last, low, high)));
}

/// 32 bytes at a time: the first quote, or what stands for one behind escapes (1 up to `deepest`).
TRUNKLINE_AVX2 std::size_t find_quote_avx2(
    byte const* p, std::size_t i, std::size_t end, unsigned deepest) noexcept
{
    auto const quote = _mm256_set1_epi8('"'), one = _mm256_set1_epi8(1);
    auto const most = _mm256_set1_epi8(static_cast<char>(deepest - 1));
    for (; i + 32 <= end; i += 32) {
        auto const v = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p + i));
        auto const level = _mm256_sub_epi8(v, one);
        auto const found = _mm256_or_si256(
            _mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(_mm256_min_epu8(level, most), level));
        if (auto const bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(found)); bits != 0)
            return i + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return find_quote_scalar(p, i, end, deepest);
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

std::size_t copy_plain(std::string_view raw, byte* out, scan_path path) noexcept
{
#if defined(__x86_64__)
    if (path >= scan_path::avx2) return copy_avx2(raw, out);
#endif
    auto const n = find_escape(raw, path);
    std::memcpy(out, raw.data(), n);
    return n;
}

std::size_t find_double_quote(
    byte const* p, std::size_t i, std::size_t end, unsigned deepest, scan_path path) noexcept
{
    if (i >= end) return end;
    if (deepest == 0) {
        auto const* const found = std::memchr(p + i, '"', end - i);
        return found ? static_cast<std::size_t>(static_cast<byte const*>(found) - p) : end;
    }
#if defined(__x86_64__)
    if (path >= scan_path::avx2) return find_quote_avx2(p, i, end, deepest);
#endif
    (void)path;
    return find_quote_scalar(p, i, end, deepest);
}

scan_path best_path() noexcept
{
#if defined(__x86_64__)
    static scan_path const best = [] {
        bool const bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
        if (!bits || !__builtin_cpu_supports("avx2")) return scan_path::sse2;
        bool const wide = __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
            __builtin_cpu_supports("gfni");
        return wide ? scan_path::avx512 : scan_path::avx2;
    }();
    return best;
#else
    return scan_path::scalar;
#endif
}

} // namespace trunkline::mask_detail
