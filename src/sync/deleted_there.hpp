#pragma once

#include "sync/plan_index.hpp"

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/planner.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

/// Of what files and service agreed on, one side deleted what the other one edited. Nothing is
/// deleted or made anew for that without a word (prefer).
namespace trunkline::sync::detail {

/// What a file changes of what was agreed on.
std::vector<field_change> edits_in(
    retell::resource_kind kind, json::value const& base, json::value const& file);

/// Conflicts of edits in a file whose resource was deleted at the service.
std::vector<plan_conflict> edited_here(
    std::string const& unit, std::string const& resource, std::vector<field_change> edits);
/// Conflicts of edits at the service of what the folder asks to delete.
std::vector<plan_conflict> edited_there(
    std::string const& unit, std::string const& resource, std::vector<field_change> edits);

/// Adds them, or says that the deletion stands. `way_back`: what is said with conflicts that remain.
void tell_lost(plan& p, std::string const& unit, std::vector<plan_conflict> lost, prefer side,
    std::string const& way_back = {});

/// Tells a plan of files whose resource the service no longer has.
class deleted_there {
public:
    /// Refers to all of them.
    deleted_there(bundle const& local, base_index const& bases, file_index const& files,
        snapshot_index const& remote, prefer side)
        : local_(local), bases_(bases), files_(files), remote_(remote), side_(side)
    {}
    void tell_of_agent(plan& p, bundle_entry const& e, store::base_row const& base) const;
    /// An engine that no agent's file names, or a number.
    void tell_of(plan& p, bundle_entry const& e, store::base_row const& base) const;
    /// An agent that is still there runs it. False if it is there, too.
    bool tell_of_engine_in_use(
        plan& p, std::string const& unit, bundle_entry const& file, agent_state const& agent) const;

    /// What was edited of an agent whose resource is gone: its own file, and that of its engine if
    /// no agent that is still there gets those edits.
    std::vector<plan_conflict> lost_edits(
        bundle_entry const& agent, store::base_row const& base) const;
    /// Of these, those in its engine's file.
    std::vector<plan_conflict> lost_engine_edits(bundle_entry const& agent) const;
    bool is_gone(retell::resource_kind kind, store::base_row const& base) const;
    /// The base row of the engine that an agent's file names, if that is to be made anew with it.
    store::base_row const* engine_to_renew(bundle_entry const& agent) const;

private:
    bundle_entry const* engine_file(bundle_entry const& agent) const;
    bool is_named_by_living(bundle_entry const& engine) const;

    bundle const& local_;
    base_index const& bases_;
    file_index const& files_;
    snapshot_index const& remote_;
    prefer side_;
};

/// Inputs of a plan in which files win over deletions at the service: what was deleted, and edited
/// in its file, is new, and who refers to the old one refers to the new one.
class made_anew {
public:
    bundle local;
    std::vector<store::base_row> bases;
    /// By unit: the key of the one whose place it takes.
    std::map<std::string, std::string, std::less<>> replaced;
    std::vector<std::string> notes;
};
made_anew make_anew(
    bundle const& local, std::vector<store::base_row> const& bases, snapshot const& remote);

} // namespace trunkline::sync::detail
