#pragma once

#include "sync/plan_index.hpp"

#include <trunkline/sync/planner.hpp>

#include <vector>

namespace trunkline::sync::detail {

/// Which files have no edit, so that a plan has nothing to send of them, whatever the service has.
/// With a memory what an earlier plan found is not looked at again.
class untouched_files {
public:
    /// `memory` may be null. All must outlive it.
    untouched_files(bundle const& local, base_index const& bases, file_index const& files,
        paired_files const& paired, snapshot_index const& at_service, unchanged_memory* memory);

    bool is_file(bundle_entry const& e, store::base_row const& base) const;
    /// Neither the agent's file nor its engine's has an edit.
    bool is_agent(
        bundle_entry const& e, store::base_row const& base, agent_state const& remote) const;
    /// The file of such an agent or of its engine, by an earlier plan, and nothing of which that
    /// was found moved since. To know it no document was looked at.
    bool is_recalled(bundle_entry const& e) const
    {
        return !recalled_.empty() && recalled_[paired_.index_of(e)];
    }

private:
    void recall(bundle const& local);
    void recall_agent(bundle_entry const& e, unchanged_memory::agent_finding const& known);
    void remember_agent(
        bundle_entry const& e, store::base_row const& base, agent_state const& remote) const;
    bool has_untouched_engine(bundle_entry const& e, agent_state const& remote) const;

    base_index const& bases_;
    file_index const& files_;
    paired_files const& paired_;
    snapshot_index const& at_service_;
    unchanged_memory* memory_;
    std::vector<bool> recalled_; ///< Of the files, in their order; empty without a memory.
};

} // namespace trunkline::sync::detail
