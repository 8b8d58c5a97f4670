#pragma once

#include "sync/restore.hpp"

#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/release.hpp>

#include <optional>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/// What the parts of a rollback share: the release that is taken back, and the plan that is made.
class rollback_work {
public:
    rollback_work(store::release_row const& release, snapshot const& remote, store::store const& s,
        tenant_id tenant, plan_options const& options);

    store::release_row const& release;
    snapshot const& remote;
    store::store const& store;
    tenant_id tenant;
    plan_options const& options;
    std::vector<plan_unit> const planned;   ///< By the release.
    std::vector<unit_result> const results; ///< Of the release, also what came to nothing.
    std::vector<plan_unit> deleted;         ///< What the release deleted.
    renewed_ids made_again;                 ///< Of that, what an earlier rollback of it made anew.
    plan made;

    void note(std::string text) { made.notes.push_back(std::move(text)); }
    void conflict(std::string const& unit, std::string path, json::value base, json::value local,
        json::value remote_value);
    /// Left out for a conflict.
    bool is_blocked(std::string const& unit) const;

    /// What was deleted, by this release or another, and is made anew by this rollback or was by an
    /// earlier one.
    bool comes_again(std::string_view id) const;
    /// An agent that a document names, that the account had and has no more, and that `now`, the
    /// same document as it is, does not name; empty if there is none.
    std::string gone_agent(
        retell::resource_kind kind, json::value const& document, json::value const& now = {}) const;
    /// The same of a knowledge base that an engine names.
    std::string gone_knowledge(
        retell::resource_kind kind, json::value const& engine, json::value const& now = {}) const;

    /// What a message calls it: by its file, if it has one.
    std::string called(agent_state const& agent) const;
    std::string called(resource_state const& other) const;

private:
    std::vector<store::base_row> const& rows() const;

    mutable std::optional<std::vector<store::base_row>> rows_; ///< Read when a message needs them.
};

} // namespace trunkline::sync::detail
