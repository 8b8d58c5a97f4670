#pragma once

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/planner.hpp>

#include <set>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/**
 * Deletions that a folder asks for by name (deleted.json); a file that is missing asks for nothing.
 * What is referred to by anything that stays is not deleted: by what callers get, by what a number
 * is bound to, by what the plan itself is about to make.
 */
class deletion_planner {
public:
    /// `numbers`: number documents as the plan leaves them.
    deletion_planner(bundle const& local, std::vector<store::base_row> const& bases,
        snapshot const& remote, store::store const& s, plan_options const& options,
        std::vector<std::pair<std::string, json::value>> const& numbers);
    /// Throws trunkline::error: invalid_bundle for a name that cannot be deleted,
    /// dangling_reference for one that is in use.
    void add_to(plan& p) const;
    /// Whether the folder asks for this one to go: then its missing file is no accident.
    static bool asks_for(bundle const& local, std::string_view unit);

private:
    class target {
    public:
        retell::resource_kind kind;
        std::string unit;
        std::string id;
        store::base_row const* base;
        resource_state const* now;
    };
    std::vector<target> find_targets(plan& p, std::set<std::string>& staying) const;
    std::vector<plan_conflict> edits_there(target const& t) const;
    void keep_what_stays(
        plan& p, std::vector<target>& targets, std::set<std::string>& staying) const;
    std::string staying_user_of(target const& t, std::set<std::string> const& staying) const;
    resource_state const* state_of(retell::resource_kind kind, std::string const& id) const;
    std::string user_of(target const& t, plan const& p, std::set<std::string> const& going) const;
    std::string user_among_agents(
        target const& t, plan const& p, std::set<std::string> const& going) const;
    std::string user_among_numbers(target const& t, std::set<std::string> const& going) const;
    void guard_against_many(plan& p, std::vector<target> const& targets) const;

    bundle const& local_;
    std::vector<store::base_row> const& bases_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    plan_options const& options_;
    std::vector<std::pair<std::string, json::value>> const& numbers_;
};

/// An agent that is to go carries its engine along: whom that hands over to must not go without it.
void carry_engine(plan_unit& removal, snapshot const& remote);

} // namespace trunkline::sync::detail
