#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/planner.hpp>

#include <memory>
#include <optional>

namespace trunkline::sync::detail {

class snapshot_index;

/// current_versions() for who has an index already.
current_rule current_versions(
    std::shared_ptr<snapshot_index const> index, version_contents const& contents);

/// The row that says of which pins of a number is known that they follow; see follower_memory.
/// `stamp`: the number's last_modification_timestamp then.
store::base_row followers_row(
    std::string number, json::object versions_by_agent, std::int64_t stamp);
/// Keeps rows but those that others have newer ones of.
void put_followers(
    store::store& s, tenant_id const& tenant, std::vector<store::base_row> const& rows);

/// Whether this version is among those that {agent id: [version, ...]} has of an agent.
bool names_version(
    json::object const& versions_by_agent, std::string_view agent_id, std::int64_t version);

/// Of the pins that a number has, those for which `follows` (agent id, version) holds.
json::object followers_among(
    json::object const& pins, std::function<bool(std::string_view, std::int64_t)> const& follows);

/**
 * What releases note of a number that they change. First it is announced which pins will follow,
 * then the number is written, then it is settled: a death in between must not make a pin of what
 * follows. Noting it again is harmless.
 */
class follower_notes {
public:
    follower_notes(store::store& s, tenant_id tenant, std::string number);

    /// Once the pins of one agent that follow are at this version.
    json::object once_moved(
        json::object const& pins, std::string_view agent_id, std::int64_t version) const;
    /// Once the number has the pins that its file says, with the marks of those that follow.
    json::object once_agreed(json::object const& pins, json::value const& agreed) const;
    /// Once a rollback gave the number its pins back: those follow that did so before what it takes
    /// back (`followers`), or until now at whatever version.
    json::object once_returned(
        json::object const& before, json::object const& pins, json::object const& followers) const;

    void announce(json::object versions_by_agent);
    void settle(json::object versions_by_agent, std::int64_t stamp);

private:
    bool is_known(std::string_view agent_id, std::int64_t version) const;

    store::store& store_;
    tenant_id tenant_;
    std::string number_;
    json::object known_;
    std::int64_t stamp_ = 0; ///< Of the number, when that was noted.
};

} // namespace trunkline::sync::detail
