#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/planner.hpp>

namespace trunkline::sync::detail {

/// The row that says of which pins of a number is known that they follow; see follower_memory.
store::base_row followers_row(std::string number, json::object versions_by_agent);

/// Of the pins that a number has now, those for which `follows` (agent id, version) holds.
store::base_row followers_among(std::string number, json::object const& pins,
    std::function<bool(std::string_view, std::int64_t)> const& follows);

/// After the pins of one agent that follow were moved to a version.
void remember_moved(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, std::string_view agent_id, std::int64_t version);

/**
 * After a number was changed as a whole. Its file says which pins follow (`agreed`, marked);
 * without one (a rollback) those do that did before the change, at whatever version they were then.
 */
void remember_changed(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& before, json::object const& after, json::value const& agreed);

} // namespace trunkline::sync::detail
