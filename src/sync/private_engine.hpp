#pragma once

#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <set>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/// Agents that run this engine with other content than `wanted`, apart from those in `returning`
/// (which get that content too).
std::vector<agent_state const*> others_on_engine(snapshot const& remote, plan_unit const& u,
    json::value const& wanted, std::set<std::string> const& returning);

/**
 * An engine that others run too is not taken back for one agent's sake: instead of a new version of
 * it, the agent gets a copy of its own with the content the unit wants. The unit is changed to that
 * effect, and the unit that creates the copy returned.
 * @param label  tells this copy from others: "r7".
 */
plan_unit give_private_engine(plan_unit& u, std::string const& label);

/// The copy is there already, made by a rollback that could not use it: nothing is created.
void use_private_engine(plan_unit& u, resource_state const& copy);

} // namespace trunkline::sync::detail
