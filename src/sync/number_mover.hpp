#pragma once

#include "sync/unit_run.hpp"

namespace trunkline::sync::detail {

/// The pins of `number` with those of one agent moved: versions in `from` become `to`.
json::object moved_pins(json::object const& pins, std::string_view agent_id,
    std::function<bool(std::int64_t)> const& from, std::int64_t to);

/// The part of the pins that names one agent, for comparing without other agents' pins.
json::array pins_of_agent(json::object const& pins, std::string_view agent_id);

} // namespace trunkline::sync::detail
