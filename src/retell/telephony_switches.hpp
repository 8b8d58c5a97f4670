#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/simulator_calls.hpp>
#include <trunkline/retell/simulator_webhooks.hpp>

/// The options of calls and webhooks by name, as the members "calls" and "webhooks" of POST
/// /__simulator/options take them.
namespace trunkline::retell::simulation {

json::value call_options_to_json(call_options const& options);
/// All or nothing: refuses with 400 what is no option or no value of one.
call_options changed_call_options(call_options options, json::value const& wanted);

json::value webhook_options_to_json(webhook_options const& options);
webhook_options changed_webhook_options(webhook_options options, json::value const& wanted);

} // namespace trunkline::retell::simulation
