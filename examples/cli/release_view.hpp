#pragma once

#include "console.hpp"

#include <trunkline/control_center.hpp>
#include <trunkline/sync/report_json.hpp>

#include <string>
#include <vector>

namespace cli {

using trunkline::sync::release_name;

/// Per unit: done or not, versions, engine, numbers; where it is not done, why.
void show_units(console& out, std::vector<trunkline::sync::unit_result> const& units);

/// The units recorded in a release's result; of a running one what its journal tells.
std::vector<trunkline::sync::unit_result> units_of(
    trunkline::store::release_row const& row, trunkline::control_center& center);

/// Leaves the units that are about one resource: by name ("agents/x", "llms/x" or "x"), id or number.
/// All of them if `resource` is empty. `plan`: of their release, which knows the names of engines.
void keep_only(std::vector<trunkline::sync::unit_result>& units, json::value const& plan,
    std::string const& resource);

} // namespace cli
