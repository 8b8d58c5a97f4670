#pragma once

#include <trunkline/sync/release.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <optional>
#include <set>

namespace trunkline::sync::detail {

/// What the journal of an interrupted release says of one unit.
class recovered {
public:
    bool done = false;
    json::value result;                ///< Of a done unit.
    std::optional<std::int64_t> draft; ///< Version of the draft we opened.
    std::optional<std::int64_t> engine_draft;
    bool draft_unknown = false;             ///< A draft may have been opened, nobody knows.
    bool published_or_unknown = false;      ///< Our version went live, or nobody knows.
    std::set<std::int64_t> versions_before; ///< Versions that existed before we opened one.
    bool after_cut =
        false;           ///< Records were lost: anything may have been done that is not recorded.
    std::string created; ///< Id of the resource we created.
    bool create_unknown = false;
    bool delete_unknown = false; ///< What was to be removed may be gone, nobody knows.
    bool settled = false;        ///< What became of our draft was looked up, to be taken back.
    std::vector<std::int64_t> orphans; ///< Drafts that were left behind before.
    std::set<std::string>
        equal_before; ///< Ids of equal resources that were there before we created ours.

    /// What a unit of this action did is to be looked up at the service before it is taken back.
    bool is_unsettled(unit_action a) const noexcept;
};

/// A journal by unit, so that resuming is linear in it. Refers to the rows.
class unit_histories {
public:
    explicit unit_histories(std::vector<store::journal_row> const& history);
    /// In order, with the cuts, which concern every unit.
    std::vector<store::journal_row const*> of(std::string_view unit) const;

private:
    std::map<std::string, std::vector<store::journal_row const*>, std::less<>> by_unit_;
    std::vector<store::journal_row const*> cuts_;
};

recovered recover(unit_histories const& history, std::string_view unit);

/// See marker_of(). `nonce`: of the release.
std::string mark_of(std::int64_t release, std::string_view nonce, std::string_view unit);

/// One unit on its way. Steps are member functions; each ends by asking for a call or by finishing.
class unit_run {
public:
    unit_run(release_process& owner, plan_unit const& unit, recovered past);
    virtual ~unit_run() = default;
    void start();
    void skip(std::string why);
    bool was_done() const noexcept { return past_.done; } ///< Before an interruption.
    unit_result const& result() const noexcept { return result_; }
    plan_unit const& unit() const noexcept { return unit_; }
    bool ended() const noexcept { return result_.state > unit_state::running; }

    static std::unique_ptr<unit_run> make(
        release_process& owner, plan_unit const& unit, recovered past);

protected:
    virtual void run() = 0;
    /// Once it has ended in this run, before others begin for that.
    virtual void on_end() {}

    // Calls.
    using then_outcome = std::function<void(call_outcome)>;
    void read(retell::call c, then_outcome then, std::chrono::milliseconds after = {});
    void list(retell::call c, std::function<void(std::vector<json::value>)> then,
        std::chrono::milliseconds after = {});
    void list_versions(
        std::string_view agent_id, std::function<void(std::vector<json::value>)> then);
    /// Journals the intent, checks lease and cancellation, sends, journals the outcome. `note` goes
    /// into the journal; `body` must be redacted: it is revealed for sending only.
    void write(std::string step, json::object note,
        std::function<retell::call(json::value)> make_call,
        std::optional<retell::resource_kind> kind, json::value body, then_outcome then);
    /// Runs `work` while no other unit works on this number; it must call `leave_number`.
    void enter_number(std::string const& number, std::function<void()> work);
    void leave_number(std::string const& number);
    /// Runs `work` while no other unit is in this lane; the unit leaves it when it ends.
    void enter_lane(std::string lane, std::function<void()> work);

    // Ends.
    void finish();
    void fail(unit_state state, std::string message);
    /// Failed, or interrupted where repeating later can help; stops everything on a refused key.
    /// `left_behind` is said too where nothing is repeated.
    void fail(call_outcome const& outcome, std::string_view left_behind = {});

    void journal(std::string_view type, json::value data);
    void step(std::string name);
    /// Looking it up has shown that what was begun, with an unknown outcome, did not happen.
    void journal_undone(std::string_view step, std::string_view rule);
    /// Empty when equal in what a release manages; else the first differing paths.
    static std::string difference(
        retell::resource_kind kind, json::value const& expected, json::value const& actual);
    void remember_version(retell::resource_kind kind, json::value const& document, bool published);
    std::optional<store::base_row> base_of(std::string_view kind, std::string_view id) const;
    void put_bases(std::vector<store::base_row> rows);
    /// The folder's resource has another id from now on.
    void forget_base(std::string_view kind, std::string_view id);

    store::store& store() const { return *owner_.context_.store; }
    redactor const& secrets() const { return owner_.context_.secrets; }
    tenant_id const& tenant() const { return owner_.context_.secrets.tenant(); }
    /// The mark of this unit: no two units have the same, not even of releases that are alike.
    std::string marker() const;
    std::int64_t now() const { return owner_.context_.time->unix_ms(); }
    bool only_settles() const { return owner_.context_.only_settle; }
    bool is_rollback() const { return owner_.plan_.reverts != 0; }
    /// All of the release.
    std::vector<std::unique_ptr<unit_run>> const& units() const { return owner_.units_; }
    std::string const& title() const { return owner_.plan_.title; }
    std::int64_t release() const { return owner_.context_.release; }
    std::map<std::string, std::string>& created() { return owner_.created_; }
    std::string const& workspace() const { return owner_.context_.workspace; }

    plan_unit const& unit_;
    recovered past_;
    unit_result result_;

private:
    void ended_now();
    void send_write(std::string step, retell::call c, then_outcome then);

    release_process& owner_;
    std::string lane_;
};

std::unique_ptr<unit_run> make_agent_release(release_process& o, plan_unit const& u, recovered past);
std::unique_ptr<unit_run> make_number_update(release_process& o, plan_unit const& u, recovered past);
std::unique_ptr<unit_run> make_engine_update(release_process& o, plan_unit const& u, recovered past);
std::unique_ptr<unit_run> make_creation(release_process& o, plan_unit const& u, recovered past);
std::unique_ptr<unit_run> make_linking(release_process& o, plan_unit const& u, recovered past);
/// Whether a unit makes something that did not exist: what it is called there is known afterwards only.
bool creates(unit_action a) noexcept;

std::unique_ptr<unit_run> make_knowledge(release_process& o, plan_unit const& u, recovered past);
std::unique_ptr<unit_run> make_removal(release_process& o, plan_unit const& u, recovered past);

} // namespace trunkline::sync::detail
