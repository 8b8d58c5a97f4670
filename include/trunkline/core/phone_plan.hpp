#pragma once

#include <cstdint>
#include <string_view>

/**
 * What the numbering plans say, as far as telling telephone numbers from other digits and splitting
 * them needs it. Pure data; all functions are thread-safe. Arguments are ASCII digits only.
 */
namespace trunkline::phone_plan {

class country {
public:
    std::uint16_t code;       ///< Country code: 49.
    std::uint8_t least, most; ///< Digits of a national number, without trunk prefix.
};

/// The country of a number in international form, without "+" or "00". Null if there is none.
country const* country_of(std::string_view digits) noexcept;

/// How many digits of a German national number (without its 0) are the area code; 0 if there is no
/// area code that begins so. Where codes of several lengths share the first three digits, the one
/// that is usual there.
unsigned german_area_length(std::string_view digits) noexcept;
/// 15x, 16x and 17x (without the 0).
bool is_german_mobile(std::string_view digits) noexcept;
/// Free, shared-cost, premium and personal numbers (without the 0).
bool is_german_service(std::string_view digits) noexcept;

} // namespace trunkline::phone_plan
