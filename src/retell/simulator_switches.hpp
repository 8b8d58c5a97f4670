#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/simulator.hpp>

/// The options of a simulator by name, as POST /__simulator/options takes them.
namespace trunkline::retell::simulation {

json::value options_to_json(simulator_options const& options);
/// All or nothing: refuses with 400 what is no option or no value of one.
simulator_options changed_options(simulator_options options, json::value const& wanted);

} // namespace trunkline::retell::simulation
