#pragma once

#include "sync/deleted_there.hpp"
#include "sync/gone_names.hpp"
#include "sync/plan_index.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/release.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::sync::detail {

/// Plans what files change of numbers, and which numbers move with a release of their agent. Refers
/// to what it is made from; adds to the plan.
class number_planner {
public:
    number_planner(plan& p, snapshot const& remote, store::store const& s, tenant_id tenant,
        plan_options const& options, version_contents const& contents,
        std::shared_ptr<snapshot_index const> const& index, base_index const& bases,
        deleted_there const& deleted, gone_agents const& gone);

    void add(bundle_entry const& e);
    /// When all are added.
    void refuse_bad_fallbacks() const;
    std::vector<pinned_number> to_move(plan_unit const& release, agent_state const& remote);
    /// When all releases are planned: numbers that are at another version than they follow to.
    void note_left_behind();
    /// Numbers that have a file, as they will be: as they are, where nothing of them is sent.
    std::vector<std::pair<std::string, json::value>> const& merged() const noexcept
    {
        return merged_;
    }

private:
    void resolve_pins(json::value& local, resource_state const& remote) const;
    void leave_stuck_pins(json::value& patch, merged_document& merged, json::value const& base,
        resource_state const& remote);
    void note_bound(bundle_entry const& e, json::value const& base);
    /// Whether releases of the agent move this pin: it follows them, and no file binds it.
    bool moves(std::string const& number, std::string_view agent_id, std::int64_t version) const;
    std::string gone_among(std::string_view member, json::value const& pins) const;
    std::int64_t following_version(
        resource_state const& number, std::string_view member, std::string_view agent_id) const;
    void refuse_unpublished(
        std::string const& unit, json::value const& patch, json::value const& remote) const;
    bool is_stuck(plan_unit const& u, std::string const& number, json::value const& document);
    void note_standing_pins(
        plan_unit const& u, std::vector<std::pair<std::string, json::value const*>> const& numbers);
    void note_left_behind(std::string const& number, std::string const& member,
        json::value const& pins, json::value const& pin);
    bool catch_up(std::string const& number, std::string const& member, std::string const& agent_id,
        std::int64_t version);
    class publisher {
    public:
        bool has_missed(std::string const& number) const;
        std::int64_t release = 0;
        bool is_rollback = false;
        unit_result unit;
    };
    publisher publisher_of(std::string const& agent_id, std::int64_t version) const;
    bool is_released(std::string const& agent_id) const;

    plan& plan_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    plan_options const& options_;
    snapshot_index const& at_service_;
    base_index const& bases_;
    deleted_there const& deleted_;
    gone_agents const& gone_;
    current_rule is_current_;
    follower_memory known_followers_;
    follow_rule follows_;
    std::vector<std::pair<std::string, json::value>> merged_;
    std::map<std::string, json::value const*, std::less<>> files_; ///< By number.
    std::map<std::string, json::object> bound_; ///< By number: {agent id: [version, ...]} of files.
    std::map<std::string, std::string> kept_fallbacks_; ///< By number: edited, and left alone; why.
    std::optional<std::set<std::string>> under_way_;    ///< Agents; read when asked for.
};

} // namespace trunkline::sync::detail
