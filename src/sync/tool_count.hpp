#pragma once

#include <trunkline/core/json.hpp>

#include <cstddef>

namespace trunkline::sync::detail {

/// Tools of an engine wherever they may stand.
std::size_t tool_count(json::value const& engine);

} // namespace trunkline::sync::detail
