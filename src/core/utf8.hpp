#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// UTF-8 and its superset WTF-8, in which a lone surrogate is spelled like any other code point.
namespace trunkline::utf8 {

inline bool is_tail(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The length a first byte of more than 0x7f promises, or 0 for a byte that begins nothing.
inline std::size_t announced_length(unsigned char lead) noexcept
{
    if (lead < 0xc2 || lead > 0xf4) return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/// Length of the WTF-8 sequence at `at` (1 to 4), or 0 where there is none.
inline std::size_t wtf8_length(char const* at, char const* end) noexcept
{
    auto const lead = static_cast<unsigned char>(*at);
    if (lead < 0x80) return 1;
    auto const length = announced_length(lead);
    if (length == 0 || static_cast<std::size_t>(end - at) < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_tail(at[i])) return 0;
    auto const second = static_cast<unsigned char>(at[1]);
    bool const overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    bool const beyond = lead == 0xf4 && second > 0x8f;
    return overlong || beyond ? 0 : length;
}

/// Precondition: a sequence of wtf8_length() 3 is at `at`.
inline bool is_surrogate(char const* at) noexcept
{
    return static_cast<unsigned char>(at[0]) == 0xed && static_cast<unsigned char>(at[1]) >= 0xa0;
}

/// As wtf8_length(), but 0 for surrogates too.
inline std::size_t utf8_length(char const* at, char const* end) noexcept
{
    auto const length = wtf8_length(at, end);
    return length == 3 && is_surrogate(at) ? 0 : length;
}

/// Surrogates are written as WTF-8. Precondition: code <= 0x10ffff.
inline void append(std::string& out, std::uint32_t code)
{
    auto const tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | (code >> 6));
        out += tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | (code >> 12));
        out += tail(6);
        out += tail(0);
    } else {
        out += static_cast<char>(0xf0 | (code >> 18));
        out += tail(12);
        out += tail(6);
        out += tail(0);
    }
}

} // namespace trunkline::utf8
