#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/planner.hpp>

namespace trunkline::sync::detail {

/// The row that says of which pins of a number is known that they follow; see follower_memory.
store::base_row followers_row(std::string number, json::object versions_by_agent);

/// Of the pins that a number has, those for which `follows` (agent id, version) holds.
json::object followers_among(
    json::object const& pins, std::function<bool(std::string_view, std::int64_t)> const& follows);

/// After the pins of one agent that follow were moved to a version.
void remember_moved(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, std::string_view agent_id, std::int64_t version);

/// After a number got the pins that its file says, with the marks of those that follow.
void remember_agreed(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, json::value const& agreed);

/// After a rollback gave a number its pins back: those follow that did so before what it took back
/// (`followers`), or until now at whatever version.
void remember_returned(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& before, json::object const& pins, json::object const& followers);

} // namespace trunkline::sync::detail
