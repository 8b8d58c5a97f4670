#pragma once

#include "fault/folder.hpp"
#include "fault/network.hpp"

#include <trunkline/store/store.hpp>
#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/release.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::fault {

/// How an operation of the engine ended.
class engine_report {
public:
    bool locked = false; ///< Another engine holds the lease; nothing was sent.
    std::int64_t release = 0;
    store::release_state state = store::release_state::done;
    std::vector<sync::plan_conflict> conflicts;
    std::size_t units = 0; ///< Of the plan, without those with conflicts.
    std::vector<sync::unit_result> results;
};

/**
 * One process of the engine: a store, a lease and the operations of the facade, without sockets.
 * The order of steps is that of src/control_center.
 */
class engine {
public:
    engine(store::store s, network& net, folder& files, virtual_time& time, std::string owner);

    engine_report pull();
    engine_report apply();
    engine_report rollback(std::int64_t release);
    /// What apply would do.
    sync::plan plan();

    store::store& db() noexcept { return db_; }
    static tenant_id const& tenant();

private:
    sync::redactor secrets() { return {db_, tenant()}; }
    bool take_lease(engine_report& r);
    std::int64_t newest_number() const;
    sync::plan_options options() const;
    std::optional<std::int64_t> unfinished() const;
    sync::snapshot refresh();
    sync::bundle read_folder();
    void resume(std::int64_t release, engine_report& r);
    void abandon(std::int64_t release, std::int64_t target);
    void release(sync::plan p, engine_report& r);
    sync::release_context context_of(std::int64_t release, std::string const& workspace);
    void carry_out(
        sync::plan const& p, std::vector<store::journal_row> const& history, engine_report& r);

    store::store db_;
    network& net_;
    folder& folder_;
    virtual_time& time_;
    std::string owner_;
    std::int64_t token_ = 0;
    std::int64_t planned_after_ = 0; ///< The newest release when the account was read for a plan.
};

} // namespace trunkline::fault
