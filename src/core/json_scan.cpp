#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trunkline::json {
namespace {

bool is_plain_ascii(unsigned char c) noexcept
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#if defined(__SSE2__)

/// The first byte that is not plain ASCII among whole blocks of sixteen, or where less than one is left.
char const* skip_ascii(char const* at, char const* end) noexcept
{
    auto const quote = _mm_set1_epi8('"');
    auto const backslash = _mm_set1_epi8('\\');
    auto const blank = _mm_set1_epi8(' ');
    constexpr std::ptrdiff_t block = 16;
    for (; end - at >= block; at += block) {
        __m128i bytes;
        std::memcpy(&bytes, at, sizeof bytes);
        // Compared as signed: what is above 0x7f is less than a blank, as control characters are.
        auto const special = _mm_or_si128(_mm_cmplt_epi8(bytes, blank),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        auto const found = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (found != 0) return at + std::countr_zero(found);
    }
    return at;
}

#else

/// Whether any of eight bytes ends a run of plain ASCII: below 0x20, '"', '\\' or above 0x7f.
bool any_special(std::uint64_t bytes) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t high_bits = ones * 0x80;
    auto const quotes = (bytes ^ ones * '"') - ones;
    auto const backslashes = (bytes ^ ones * '\\') - ones;
    auto const controls = bytes - ones * 0x20;
    return ((bytes | quotes | backslashes | controls) & high_bits) != 0;
}

char const* skip_ascii(char const* at, char const* end) noexcept
{
    std::uint64_t bytes = 0;
    for (; end - at >= static_cast<std::ptrdiff_t>(sizeof bytes); at += sizeof bytes) {
        std::memcpy(&bytes, at, sizeof bytes);
        if (any_special(bytes)) break;
    }
    return at;
}

#endif

} // namespace

char const* skip_plain(char const* at, char const* end) noexcept
{
    while (true) {
        at = skip_ascii(at, end);
        while (at < end && is_plain_ascii(static_cast<unsigned char>(*at))) ++at;
        if (at == end || static_cast<unsigned char>(*at) < 0x80) return at;
        auto const length = utf8::utf8_length(at, end);
        if (length == 0) return at;
        at += length;
    }
}

} // namespace trunkline::json
