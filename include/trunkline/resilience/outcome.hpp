#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trunkline::resilience {

/// How a guarded call ended. Values are part of the C interface: never renumbered.
enum class outcome : std::uint8_t {
    ok = 0,            ///< Answered as wished, also with an empty body.
    rejected = 1,      ///< The caller's fault: 400, 404, 409, 412, 413, 422.
    misconfigured = 2, ///< Key, account or plan: 401, 402, 403.
    throttled = 3,     ///< 429 for the rate.
    saturated = 4,     ///< 429 or an error that names concurrency.
    sick = 5,          ///< 5xx, 408, timeout before anything was sent.
    unreachable =
        6, ///< No connection: resolve, connect or TLS failed, reset before anything was sent.
    unknown_outcome = 7, ///< Sent, and no complete answer came.
    cancelled = 8,       ///< The caller gave up.
    local = 9,           ///< Never left: limiter, breaker, bulkhead or deadline said no.
};

/// What an outcome means to a breaker.
enum class verdict : std::uint8_t { success, failure, neutral, misconfigured };

/// What an outcome means to the rate.
enum class rate_signal : std::uint8_t { none, grow, shrink, refund };

/// What becomes of the lease of a call's concurrency.
enum class lease_signal : std::uint8_t { renew, release, lower_limit, keep };

/// A row of the table of outcomes. A table and not a callback: the same in every language.
class outcome_traits {
public:
    std::string_view name;
    verdict for_breaker;
    rate_signal for_rate;
    lease_signal for_lease;
    bool answered;      ///< The service spoke: it can be reached.
    bool proves_access; ///< And it let us in: key and account are good.
};

inline constexpr std::array<outcome_traits, 10> outcome_table{{
    {"ok", verdict::success, rate_signal::grow, lease_signal::renew, true, true},
    {"rejected", verdict::neutral, rate_signal::none, lease_signal::release, true, true},
    {"misconfigured", verdict::misconfigured, rate_signal::none, lease_signal::release, true, false},
    {"throttled", verdict::neutral, rate_signal::shrink, lease_signal::release, true, false},
    {"saturated", verdict::neutral, rate_signal::none, lease_signal::lower_limit, true, true},
    {"sick", verdict::failure, rate_signal::none, lease_signal::keep, true, false},
    {"unreachable", verdict::failure, rate_signal::none, lease_signal::release, false, false},
    {"unknown_outcome", verdict::failure, rate_signal::none, lease_signal::keep, false, false},
    {"cancelled", verdict::neutral, rate_signal::refund, lease_signal::release, false, false},
    {"local", verdict::neutral, rate_signal::refund, lease_signal::release, false, false},
}};

/// The row of an outcome. A number from outside that is none of them counts as `cancelled`: it
/// changes nothing.
constexpr outcome_traits const& traits_of(outcome o) noexcept
{
    auto const index = static_cast<std::size_t>(o);
    return outcome_table[index < outcome_table.size() ? index
                                                      : static_cast<std::size_t>(outcome::cancelled)];
}

/// The class of an HTTP answer. `names_concurrency`: its error speaks of concurrent calls.
constexpr outcome outcome_of_status(int status, bool names_concurrency = false) noexcept
{
    if (status >= 200 && status < 400) return outcome::ok;
    if (status == 429) return names_concurrency ? outcome::saturated : outcome::throttled;
    if (status == 401 || status == 402 || status == 403) return outcome::misconfigured;
    if (status == 408 || status >= 500 || status < 200) return outcome::sick;
    return names_concurrency ? outcome::saturated : outcome::rejected;
}

} // namespace trunkline::resilience
