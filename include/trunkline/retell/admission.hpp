#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/core/ids.hpp>
#include <trunkline/http/client.hpp>
#include <trunkline/resilience/limiter.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/request_options.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

/**
 * Who may send when: the place of rate limiter, circuit breaker and bulkhead in front of a client.
 *
 * Each attempt, repeats included, walks through one passage:
 *
 *     enter -> ask -> go       -> the request is sent -> report
 *               ^  \-> wait    -> asked again at the time given, or when woken earlier
 *               |  \-> refuse  -> the call ends with that code, nothing is sent
 *
 * A passage that is destroyed before it went was given up (cancelled, too late): whatever was set
 * aside for it goes to those behind. One that went is always reported before it is destroyed.
 */
namespace trunkline::retell {

using admission_clock = std::chrono::steady_clock;

/// What is known of an attempt before it is sent.
class attempt_request {
public:
    attempt_request() {}
    tenant_id tenant;
    operation const* op = nullptr; ///< Never null.
    retell::priority priority = retell::priority::background;
    unsigned attempt = 1;
    /// What the attempt came to that this one repeats. None for the first, nor for one that is sent
    /// again only with another key.
    error_code repeats;
    /// Tells keys apart without telling them: the same number for the same key, 0 if unknown.
    std::uint32_t credential = 0;
    /// Of no use later than this; a wait beyond it ends the call at once.
    std::optional<admission_clock::time_point> not_after;
};

/// What a passage says when asked.
class admission_answer {
public:
    enum class kind : std::uint8_t { go, wait, refuse };

    static admission_answer go() { return admission_answer(kind::go); }
    /// `until` may be time_point::max(): until woken.
    static admission_answer wait(admission_clock::time_point until)
    {
        admission_answer a(kind::wait);
        a.until = until;
        return a;
    }
    /// `why` is one line for the diagnostics, without the operation's name and without secrets.
    static admission_answer refuse(errc code, std::string why)
    {
        admission_answer a(kind::refuse);
        a.code = code;
        a.why = std::move(why);
        return a;
    }

    kind what;
    admission_clock::time_point until{};
    errc code = errc::circuit_open;
    std::string why;

private:
    explicit admission_answer(kind k) : what(k) {}
};

/// How an attempt that went came back.
class attempt_report {
public:
    attempt_report() {}
    retell::outcome outcome = retell::outcome::ok;
    error_code code;
    int status = 0; ///< 0: no answer.
    http::progress progress = http::progress::answered;
    admission_clock::time_point sent_at{};
    admission_clock::time_point now{};
    std::optional<std::chrono::milliseconds> retry_after; ///< As the service asked.
    std::optional<std::chrono::milliseconds> retry_in;    ///< Set when it will be repeated.
    resilience::rate_headers rate; ///< Whatever the answer says about it, the wait included.
    /// Of a success, else null; valid during report() only. Names the call that a lease is for.
    retell::answer const* answer = nullptr;
};

/// One attempt on its way. Used from one strand; must not call back into the client.
class passage {
public:
    virtual ~passage() = default;
    /// Called again after a wait, until it says go or refuse.
    virtual admission_answer ask(admission_clock::time_point now) = 0;
    /// Exactly once, after go. An attempt whose client went away is reported as cancelled.
    virtual void report(attempt_report const& r) noexcept = 0;
};

/// Shared by as many clients as should share their limits. Implementations are thread-safe.
class admission {
public:
    virtual ~admission() = default;
    /**
     * Begins an attempt. `wake` may be called from any thread, any number of times, also when the
     * attempt is over; it makes the client ask again. It must not be called while a lock is held
     * that ask() takes.
     */
    virtual std::unique_ptr<passage> enter(
        attempt_request const& request, std::function<void()> wake) = 0;
};

} // namespace trunkline::retell
