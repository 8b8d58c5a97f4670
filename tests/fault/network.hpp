#pragma once

#include "sync/oracles.hpp"

#include <trunkline/core/random.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/retell/retry.hpp>
#include <trunkline/retell/simulator.hpp>
#include <trunkline/sync/process.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::fault {

/// What can befall a request, or happen just before it.
enum class mishap : std::uint8_t {
    none,
    crash_before_send,
    crash_after_send,   ///< The service acts; nobody is there to take the answer.
    crash_after_answer, ///< The answer was taken in, then the process dies.
    error_before,       ///< 503, nothing done.
    error_after,        ///< 502 after the service acted.
    reset_before,
    reset_after,
    timeout_before,
    timeout_after,
    throttle,          ///< 429
    throttle_and_wait, ///< 429 with Retry-After
    cut_body,
    empty_body,
    ignored,       ///< 200, and what was to be changed is as before.
    delay,         ///< The answer takes 20 s.
    edit,          ///< A colleague edits and publishes in the dashboard first.
    second_engine, ///< Another engine wants to apply.
    pause,         ///< This process sleeps until its lease is over, and another engine goes on.
    cancel,
};
inline constexpr int mishap_count = static_cast<int>(mishap::cancel) + 1;
std::string_view name(mishap m) noexcept;

/// Thrown where a process stops to exist.
class process_died {};

/// The values of a call's path parameters, as they stand in the journal.
std::string target_of(retell::call const& c);

/**
 * Carries the calls of a process to the simulator on virtual time, as the client does (retry table,
 * several calls at once), with answers in any order and a mishap wherever the plan wants one.
 */
class network {
public:
    network(retell::simulator& sim, virtual_time& time, random_source random);

    /// What befalls request number n (from 1).
    std::function<mishap(std::uint64_t)> mishap_at;
    /// Plays edit, second_engine and pause.
    std::function<void(mishap)> on_event;
    /// The service published a version: from here on callers may hear something else.
    std::function<void()> on_publish;
    /// Called right before process_died is thrown.
    std::function<void()> on_death;
    /// Gets a line for each request; empty when nobody reads it.
    std::function<void(std::string)> trace;
    /// Who sends, for the trace.
    std::string sender = "engine";

    /// Makes the calls of `p` until it is done. Throws process_died.
    void drive(sync::process& p);

    std::uint64_t requests() const noexcept { return requests_; }
    /// How often each mishap really befell a request.
    std::array<std::uint64_t, mishap_count> const& befell() const noexcept { return befell_; }
    /// Outcomes that were delivered before those of calls that were asked for earlier.
    std::uint64_t reordered() const noexcept { return reordered_; }
    std::vector<test::sent_write> const& writes() const noexcept { return writes_; }
    /// What each knowledge base was built from, by id: the service does not show it.
    std::map<std::string, json::value> built;

private:
    class flight;
    void attempt(flight& f, sync::process& p);
    bool too_late(flight& f) const;
    void send(flight& f, mishap m);
    http::reply ask_service(flight const& f, http::request const& request, mishap m);
    void note_write(retell::call const& c, http::reply const& reply);
    void judge(flight& f, http::reply const& reply, mishap m);
    void settle(flight& f, error_code code, http::progress progress);
    void count(mishap m);
    flight& pick(std::vector<flight>& flights);
    [[noreturn]] void die();

    retell::simulator& sim_;
    virtual_time& time_;
    random_source random_;
    retell::retry_options retry_;
    std::uint64_t requests_ = 0;
    std::array<std::uint64_t, mishap_count> befell_{};
    std::uint64_t reordered_ = 0;
    std::vector<test::sent_write> writes_;
};

} // namespace trunkline::fault
