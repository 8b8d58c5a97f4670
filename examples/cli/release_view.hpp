#pragma once

#include "console.hpp"

#include <trunkline/control_center.hpp>

#include <string>
#include <vector>

namespace cli {

/// "r7"
std::string release_name(std::int64_t number);

/// Per unit: done or not, versions, engine, numbers; where it is not done, why.
void show_units(console& out, std::vector<trunkline::sync::unit_result> const& units);
json::value to_json(std::vector<trunkline::sync::unit_result> const& units);

/// The units recorded in a release's result; of a running one what its journal tells.
std::vector<trunkline::sync::unit_result> units_of(
    trunkline::store::release_row const& row, trunkline::control_center& center);

/// The members that history and show have in common.
json::object to_json(trunkline::store::release_row const& row);

/// The document of apply and rollback.
json::object to_json(trunkline::apply_report const& r, bool dry_run);

} // namespace cli
