#pragma once

#include "scan.hpp"

#include <array>

namespace trunkline::mask_detail {

/// What the detectors ask of a byte. A block has one bit for each of 64 bytes and each of these.
enum class kind : std::uint8_t {
    alpha,
    upper,
    digit,
    high,   ///< 0x80 and above.
    quote,  ///< Double quotes of any level.
    line,   ///< A line's end, or nothing at all.
    blank,  ///< Space and tab.
    listed, ///< ',' '#' '$'
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
    letter_u, ///< Either case.
};
inline constexpr std::size_t kind_count = 24;

class block {
public:
    std::uint64_t of(kind k) const noexcept { return bits[static_cast<std::size_t>(k)]; }
    std::array<std::uint64_t, kind_count> bits;
};

/// Sorts 64 bytes, and writes them with letters in lower case and 0 for everything else in ASCII.
void classify(byte const* bytes, block& b, byte* folded, scan_path path) noexcept;

} // namespace trunkline::mask_detail
