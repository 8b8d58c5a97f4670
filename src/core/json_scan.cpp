#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace trunkline::json {
namespace {

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

} // namespace

char const* skip_plain(char const* at, char const* end) noexcept
{
    while (true) {
        std::uint64_t bytes = 0;
        while (end - at >= static_cast<std::ptrdiff_t>(sizeof bytes)) {
            std::memcpy(&bytes, at, sizeof bytes);
            if (any_special(bytes)) break;
            at += sizeof bytes;
        }
        // At most eight steps before the fast loop may try again.
        auto const* const pause = end - at > 8 ? at + 8 : end;
        while (at < pause) {
            auto const c = static_cast<unsigned char>(*at);
            if (c < 0x20 || c == '"' || c == '\\') return at;
            auto const length = c < 0x80 ? 1 : utf8::utf8_length(at, end);
            if (length == 0) return at;
            at += length;
        }
        if (at == end) return at;
    }
}

} // namespace trunkline::json
