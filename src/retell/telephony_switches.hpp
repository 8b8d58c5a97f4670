#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/simulator_calls.hpp>

/// The options of calls by name, as the member "calls" of POST /__simulator/options takes them.
namespace trunkline::retell::simulation {

json::value call_options_to_json(call_options const& options);
/// All or nothing: refuses with 400 what is no option or no value of one.
call_options changed_call_options(call_options options, json::value const& wanted);

} // namespace trunkline::retell::simulation
