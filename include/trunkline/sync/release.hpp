#pragma once

#include <trunkline/core/time.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/process.hpp>
#include <trunkline/sync/redactor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace trunkline::sync {

/// How a unit ended. Nothing is ever half done silently: `interrupted` and `failed` say where.
enum class unit_state : std::uint8_t {
    pending,
    running,
    done,
    conflict, ///< Somebody else was there first; nothing of ours is live.
    failed, ///< The service or a check said no; nothing of ours is live unless the message says so.
    skipped,     ///< Not tried, because something it depends on failed.
    interrupted, ///< Stopped by cancellation, crash or outage; resuming finishes it.
    abandoned,   ///< It was interrupted, and a rollback ended its release: nobody goes on with it.
};
std::string_view name(unit_state s) noexcept;

class moved_number {
public:
    moved_number() {}
    std::string number;
    json::object before;
    json::object after;
};

class unit_result {
public:
    unit_result() {}
    std::string name;
    unit_action action = unit_action::release;
    unit_state state = unit_state::pending;
    std::string step;    ///< The last step begun.
    std::string message; ///< Why it is not done, and what to do.
    std::string id;
    std::int64_t before_version = -1;
    std::int64_t after_version = -1;
    std::string engine_id;
    std::int64_t engine_before = -1;
    std::int64_t engine_after = -1;
    bool live = false; ///< Something of it reached callers, or may have (published, a number
                       ///< moved), however it ended.
    std::vector<moved_number> numbers;
    json::object fields_before; ///< update_number, update_engine: the members sent, as they were.
    json::object fields_after;
    std::vector<std::int64_t> orphans; ///< Draft versions left behind (ours or probably ours).
};

/// The command that removes a draft version of an agent.
std::string draft_removal(std::string_view agent_id, std::int64_t version);

json::value to_json(unit_result const& r);
unit_result unit_result_from(json::value const& v);
/// What became of the units of a release, in its order; none while that is not written yet.
std::vector<unit_result> results_of(store::release_row const& release);

/// What a release needs to know beside its plan.
class release_context {
public:
    release_context(store::store& s, redactor r, time_source& t)
        : store(&s), secrets(std::move(r)), time(&t)
    {}
    store::store* store;
    redactor secrets;
    time_source* time;
    std::int64_t release = 0; ///< Its row exists already, in state running.
    /// Checked and renewed as each write is handed out; a holder that was paused too long stops,
    /// and sends none of the writes it has queued.
    std::int64_t lease_token = 0;
    std::int64_t lease_ttl_ms = 30'000;
    std::string workspace;
    std::string agreed_workspace; ///< Gets the same base rows, for drift; may be empty.
    std::string actor;
    std::function<void(unit_result const&)> on_step; ///< Progress; may be empty.
    /// Only find out what an interrupted release created, published or deleted before anybody could
    /// note it; create, change, delete and publish nothing. For a rollback, which must know what to
    /// take back and what is left.
    bool only_settle = false;
};

namespace detail {
class unit_run;
}

/**
 * Carries a plan out: every write is journalled before it is sent, goes to a draft of our own, and
 * is read back; an agent is published only while it is still what the plan was made for; numbers
 * move last. Units run side by side and fail each on their own.
 *
 * Interrupted at any instant, it is resumed by constructing it again with the same plan and
 * release: the journal says how far each unit came.
 */
class release_process final : public stepwise {
public:
    /// `history`: the journal of this release so far; empty for a new one.
    release_process(plan p, release_context context, std::vector<store::journal_row> const& history);
    ~release_process() override;

    /// After done().
    std::vector<unit_result> results() const;
    /// done, partial, failed; running while something is interrupted and can be resumed.
    store::release_state state() const;
    /// The first error that stopped everything (a refused key, a lost lease, a full disk), if any.
    error_code fatal() const noexcept { return fatal_; }
    std::string const& fatal_message() const noexcept { return fatal_message_; }

private:
    friend class detail::unit_run;
    error_code admit(retell::call& c, diagnostics& diag) override;
    /// The store failed: nothing more is sent, and the release stays to be resumed.
    void on_failure(error const& e) override;
    bool lease_lost() const noexcept { return fatal_ == errc::store_locked; }
    void start_wave();
    std::string unpublished_target(plan_unit const& u) const;
    std::string unchanged_engine(plan_unit const& u) const;
    void unit_ended();
    void stop_everything(error_code code, std::string message);

    plan plan_;
    release_context context_;
    std::string nonce_;
    std::int64_t lease_held_at_ = 0; ///< When it was renewed last.
    std::vector<std::unique_ptr<detail::unit_run>> units_;
    std::vector<int> waves_; ///< Of each unit.
    bool updates_engines_ = false;
    bool creates_named_ = false; ///< Units may name agents and knowledge bases without an id yet.
    std::map<std::string, std::string> created_; ///< Unit name -> id, for references.
    std::map<std::string, std::vector<std::function<void()>>> number_queues_;
    int wave_ = -1;
    std::size_t open_ = 0;
    error_code fatal_;
    std::string fatal_message_;
};

/// What an interrupted release is known to have done, from its plan and journal alone.
std::vector<unit_result> recover_results(
    plan const& p, std::vector<store::journal_row> const& history);

/// The same once a rollback has ended it: what was interrupted is abandoned.
std::vector<unit_result> abandoned_results(
    plan const& p, std::vector<store::journal_row> const& history);

/// Kinds of which an interrupted release of the tenant (if there is one) may have created resources
/// that nobody knows yet: apply finds them and finishes, until then they are nobody else's.
std::set<retell::resource_kind> creations_under_way(store::store const& s, tenant_id const& tenant);

/// Agents that a release which was interrupted, or still runs, gives a new version.
std::set<std::string> agents_under_way(store::store const& s, tenant_id const& tenant);

/// True if an interrupted release may have created resources whose ids its journal does not know,
/// deleted some without an answer, or left drafts behind: a release_process with only_settle finds
/// out.
bool has_unknown_outcomes(plan const& p, std::vector<store::journal_row> const& history);

/// Whether the version_description of a draft or resource carries the mark of this release of this
/// store, however far that came.
bool carries_mark_of(store::store const& s, tenant_id const& tenant,
    store::release_row const& release, std::string_view description);

} // namespace trunkline::sync
