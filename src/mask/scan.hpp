#pragma once

#include "chars.hpp"

#include <array>
#include <bit>
#include <string_view>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace trunkline::mask_detail {

/// How bytes are searched. All give the same answers; a machine that lacks one never takes it.
enum class scan_path : std::uint8_t { scalar, sse2, avx2, avx512 };
scan_path best_path() noexcept;

/// Bytes that window must undo, or look at.
inline constexpr std::array<bool, 256> escapes = [] {
    std::array<bool, 256> t{};
    for (unsigned c = 0; c < 0x20; ++c) t[c] = !is_space(static_cast<byte>(c));
    for (unsigned c : {'\\', '%', '&'}) t[c] = true;
    for (unsigned c : {0xc2, 0xe2, 0xe3, 0xef}) t[c] = true;
    return t;
}();

/// Where the first byte stands that window must undo (a backslash, percent, ampersand, control
/// character, or the first byte of a look-alike); size() if there is none.
[[gnu::hot]] std::size_t find_escape(std::string_view raw, scan_path path) noexcept;
/// Copies what stands before that byte, and up to 31 bytes more; returns how many those were.
[[gnu::hot]] std::size_t copy_plain(std::string_view raw, byte* out, scan_path path) noexcept;
/// The first double quote in [i, end) that is behind at most so many layers of escapes; `end` if
/// there is none.
[[gnu::hot]] std::size_t find_double_quote(
    byte const* p, std::size_t i, std::size_t end, unsigned deepest, scan_path path) noexcept;
/// Where the first of these characters stands in [i, end); `end` if none does.
template <byte... Signs>
std::size_t find_any(byte const* p, std::size_t i, std::size_t end) noexcept
{
#if defined(__x86_64__)
    for (; i + 16 <= end; i += 16) {
        auto const v = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p + i));
        auto const found =
            (_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(static_cast<char>(Signs)))) | ...);
        if (found != 0)
            return i + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
    }
#endif
    while (i < end && !((p[i] == Signs) || ...)) ++i;
    return i;
}
/// Where the line that `i` stands in ends.
inline std::size_t find_line_break(byte const* p, std::size_t i, std::size_t end) noexcept
{
    return find_any<'\n', '\r'>(p, i, end);
}

} // namespace trunkline::mask_detail
