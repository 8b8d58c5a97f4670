#pragma once

#include "sync/edit_log.hpp"
#include "sync/oracles.hpp"

#include "support/crash_disk.hpp"
#include "support/scratch_dir.hpp"
#include "support/small_account.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/retell/simulator.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/refresh.hpp>
#include <trunkline/sync/release.hpp>

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// A whole world in one process: simulator, store and engine on one virtual clock, no socket.
namespace trunkline::test {

class world {
public:
    explicit world(json::value const& account = small_account());
    /// A scenario ("sync/NN: ...") that ends without check_oracles() fails.
    ~world();

    virtual_time time;
    retell::simulator sim;
    scratch_dir dir;
    crash_disk disk; ///< Where the store is.
    store::store db;
    tenant_id tenant{"acme"};
    std::string workspace;
    std::uint64_t requests = 0;
    std::uint64_t writes = 0;
    std::vector<sent_write> sent; ///< Writes the service saw.
    /// Called before each request reaches the simulator; false: the process dies here (nothing is sent).
    std::function<bool(std::uint64_t number, http::request const&)> before_request;
    /// Called after each answer; false: the process dies before it sees the answer.
    std::function<bool(std::uint64_t number, http::request const&)> after_answer;

    /// Called before an answer of the service is looked at, which it may change.
    std::function<void(http::request const&, http::reply&)> rewrite_answer;
    /// An answer in the place of the service's, which then does not get the request.
    std::function<std::optional<http::reply>(http::request const&)> refuse_request;
    /// Makes the calls of a release, instead of one after the other.
    std::function<void(sync::process&)> driver;
    /// One attempt of a call.
    sync::call_outcome ask_service(retell::call const& c);
    std::int64_t page_size = 0; ///< Of lists; 0: as the engine asks.

    std::filesystem::path bundle_dir() const { return dir.path() / "bundle"; }
    sync::redactor secrets() { return {db, tenant}; }

    /// Makes the calls of a process until it is done. False if it "died" on the way.
    bool drive(sync::process& p);

    sync::snapshot refresh();
    sync::checkout pull(
        sync::adopt mode = sync::adopt::neither, sync::prefer side = sync::prefer::neither);
    /// A pull that dies after it wrote the files named so.
    void dying_pull(std::function<bool(std::string_view)> const& is_written);
    sync::plan plan(sync::plan_options const& options = {});
    /// Carries a plan out as a new release.
    std::vector<sync::unit_result> apply(sync::plan const& p);
    /// Continues the newest release after a crash.
    std::vector<sync::unit_result> resume();
    std::vector<sync::unit_result> rollback(std::int64_t release);
    /// Ends the newest release after a crash without finishing it, as a rollback does first.
    void abandon();
    std::int64_t last_release = 0;
    store::release_state last_state = store::release_state::done;
    error_code last_fatal; ///< What stopped the release as a whole.

    /// Edits a JSON file of the bundle in place.
    void edit(std::string const& file, std::function<void(json::object&)> const& change);
    std::string read(std::string const& file) const;
    void write(std::string const& file, std::string const& text);

    /// A call as somebody else makes it, straight to the simulator. Fails the test on an error status.
    json::value call(retell::call c);
    /// Someone else changes an engine field of an agent and publishes it, without touching numbers.
    std::int64_t publish_elsewhere(
        std::string const& agent_id, json::object engine_patch, json::object agent_patch = {});
    /// POST /__simulator/faults
    void fault(std::string const& json_text);
    /// POST /__simulator/options
    void option(std::string const& name, json::value value);

    /// Managed content (agent and engine) of the version a number resolves to.
    std::string content_at(std::string const& number);
    json::value number(std::string const& e164);
    json::value agent(std::string const& id, std::int64_t version);
    /// Versions of an agent, newest last.
    std::vector<json::value> versions(std::string const& agent_id);
    std::size_t resource_count() const;

    /// The oracles O1 to O7, with a second run for O6. Fails the test. Without an argument there are
    /// to be as many objects as the account began with, people created or deleted, and files added.
    void check_oracles();
    void check_oracles(object_counts const& expected);
    /// Who edited what until now, for O1.
    edit_log edits;
    /// Of a process under way; for cancelling it.
    sync::process* running = nullptr;

private:
    void tell_simulator(char const* target, std::string const& json_text);
    sync::bundle read_folder(std::vector<store::base_row>& bases);
    /// Begins a pull: all but what is written.
    sync::checkout check_out(sync::adopt mode, sync::prefer side);
    void note_change(retell::call const& c);
    void note_file(std::string const& file, std::string const& text);
    std::string resource_named(std::string_view kind, std::string_view id) const;
    json::value live(retell::resource_kind kind, std::string const& id);
    json::value in_folder(std::string const& file) const;

    object_counts logical_;
    std::set<std::string> deleted_by_people_; ///< Agents; who named them may still do so.
    bool checked_ = false;
    std::string refusal_; ///< Why the last plan was refused.
    sync::call_outcome exchange(retell::call const& c, bool& died);
    std::vector<sync::unit_result> carry_out(
        sync::plan const& p, std::int64_t release, std::vector<store::journal_row> const& history);
};

/// Takes files away and asks for the deletion of what they were of.
void ask_to_delete(world& w, std::vector<std::string> const& names);
/// Files of an agent "neu" with an LLM of its own.
void write_new_agent(world& w);
/// The LLM of this file gets a tool that hands over to `agent`, "agents/notdienst".
void add_hand_over(world& w, std::string const& file, std::string const& agent);
/// In the file of the number that two agents share: the night agent's pin is taken out.
void unbind_night(world& w);

/// Fails the test for each unit that is not done.
void expect_done(std::vector<sync::unit_result> const& results);
/// The same where it may be that there is nothing to do.
void expect_none_failed(std::vector<sync::unit_result> const& results);

/// What can be done to a release at one of its requests.
enum class disturbance : std::uint8_t {
    killed_before, ///< The request is not sent.
    killed_after,  ///< Nobody takes the answer.
    answer_lost,   ///< 502 in the place of the answer; the process lives.
};

/// A release that is to be disturbed, and what must hold in the end.
class rehearsal {
public:
    rehearsal() {}
    rehearsal(sync::plan p, std::function<void(world&)> c) : plan(std::move(p)), check(std::move(c))
    {}
    sync::plan plan;
    std::function<void(world&)> check;
};

/// Plays a release as it is, and then disturbed at each of its requests and resumed, each time in a
/// world of its own. Every unit must be done in the end.
void disturb_at_each_request(std::function<rehearsal(world&)> const& prepare,
    std::initializer_list<disturbance> kinds = {
        disturbance::killed_before, disturbance::killed_after});

} // namespace trunkline::test
