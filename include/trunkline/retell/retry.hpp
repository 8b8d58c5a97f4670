#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/core/random.hpp>
#include <trunkline/http/client.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/retell/operation.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

/// The retry table (spec/resilience.md section 3) as a pure function: no clock, no timer, no I/O.
namespace trunkline::retell {

class retry_options {
public:
    retry_options() {}
    unsigned max_attempts = 3;           ///< The first one included.
    std::chrono::milliseconds base{500}; ///< Backoff: base * 2^n, up to cap, jittered.
    std::chrono::milliseconds cap{8'000};
    std::chrono::milliseconds retry_after_cap{60'000}; ///< A longer Retry-After ends the call.
};

/// How one attempt ended.
class attempt_outcome {
public:
    attempt_outcome() {}
    error_code code; ///< Of the transport or of decode().
    http::progress progress = http::progress::not_sent;
    std::optional<std::chrono::milliseconds> retry_after;
    std::optional<bool> should_retry; ///< x-should-retry of an answer that is no success.
    bool concurrency =
        false; ///< The answer names a limit of concurrent calls (names_concurrency()).
    /// An attempt before this one may have been acted upon by the service.
    bool maybe_done_before = false;
};

enum class retry_action : std::uint8_t {
    finish, ///< Complete with `code`, which may be success.
    wait,   ///< Send again after `delay`.
};

/// Which row of the table applied.
enum class retry_reason : std::uint8_t {
    success,
    done_before,    ///< A repeated delete found nothing left.
    outcome_open,   ///< Of class `once`, sent, and nobody can say what came of it.
    not_transient,  ///< Repeating would not help.
    told_not_to,    ///< x-should-retry: false.
    used_up,        ///< That was the last attempt.
    asked_too_long, ///< Retry-After beyond its cap.
    backoff,        ///< Sent again after a while.
    asked_to_wait,  ///< Sent again when the service wants it.
};
/// One short clause, for example "transient, repeated after a backoff".
std::string_view describe(retry_reason r) noexcept;

class retry_decision {
public:
    retry_decision() {}
    retry_action action = retry_action::finish;
    error_code code;
    std::chrono::milliseconds delay{0};
    retry_reason reason = retry_reason::success;
};

/**
 * What to do after attempt number `attempt` (from 1).
 *
 * - An operation of class `once` is repeated only when no byte of it was sent, or on 429. When it
 * was sent and no complete, decodable answer short of a 5xx came, it ends as errc::outcome_unknown.
 * - Others are repeated on transport failures, undecodable answers, 408, 429 and 5xx.
 * - A refused certificate or host name (tls_failed) is never repeated.
 * - x-should-retry overrides that, except for `once`.
 * - A DELETE that may have been done before and now finds nothing is a success.
 * - Retry-After is honoured up to its cap; beyond it the call ends with its own code.
 */
retry_decision decide(retry_options const& options, operation const& op,
    attempt_outcome const& outcome, unsigned attempt, random_source& random);

/// The wait the service asks for: retry-after-ms, else Retry-After in seconds (may be fractional)
/// or as an HTTP date. A date counts from the response's own Date, so that a wrong clock here does
/// not matter, else from `now_unix_ms`, else it is ignored. Never negative.
std::optional<std::chrono::milliseconds> read_retry_after(
    http::headers const& headers, std::optional<std::int64_t> now_unix_ms = {});

/// x-should-retry, if it says true or false.
std::optional<bool> read_should_retry(http::headers const& headers) noexcept;

} // namespace trunkline::retell
