#pragma once

#include "chars.hpp"

#include <string_view>

namespace trunkline::mask_detail {

/// Where the first byte stands that window must undo (a backslash, percent, ampersand, control
/// character, or the first byte of a look-alike); size() if there is none.
std::size_t find_escape(std::string_view raw, bool simd) noexcept;

} // namespace trunkline::mask_detail
