#pragma once

#include <trunkline/sync/plan.hpp>

#include <map>
#include <set>
#include <string>

/**
 * References to agents that the same plan creates. Agents may refer to each other in a circle
 * through their engines (agent_swap), so everything is created first, without these references, and
 * linked afterwards; only then are the agents published.
 */
namespace trunkline::sync::detail {

/// The version under which the service creates an agent.
inline constexpr std::int64_t first_version = 0;

/// Whether a reference is the name of an agent that has no id yet.
bool is_link(std::string_view reference) noexcept;

/// The agents ("agents/NAME") that a document refers to by name: there is no id yet.
std::set<std::string> named_agents(retell::resource_kind kind, json::value const& document);

/// A document to create an engine from while the agents it names do not exist: list items that name
/// one are left out; in the place of a flow's node stands an end node, so that edges lead somewhere.
json::value without_links(retell::resource_kind kind, json::value document);

/// Puts the ids of what was created into a unit's documents. Returns a name that has none yet.
std::string link(plan_unit& u, std::map<std::string, std::string> const& created);

/// Names the engine that the same plan creates for an agent that exists: a rollback's private copy.
/// Returns its name if it was not created.
std::string link_engine(plan_unit& u, std::map<std::string, std::string> const& created);

/// Splits what creates engines that refer to agents of the plan itself into creating and linking.
void split_creations(plan& p);

} // namespace trunkline::sync::detail
