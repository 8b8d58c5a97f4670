#pragma once

#include <trunkline/resilience/breaker_policy.hpp>
#include <trunkline/resilience/strict_limit.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/request_options.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::retell {

/// What a protective part does when it cannot do its work.
enum class failure_policy : std::uint8_t {
    open,  ///< Let everything pass, and count it.
    closed ///< Refuse everything.
};

/// Settings of one part of a guarded_admission. Copyable.
class guard_part {
public:
    guard_part() {}
    bool shadow = false; ///< Evaluate and count, but refuse nothing.
    /// If the segment cannot be shared although it should be, or its table is full.
    failure_policy when_unusable = failure_policy::open;
};

/**
 * Options of a guarded_admission. Rates and limits hold for each tenant of a service, over all
 * processes that share the space. Copyable.
 */
class guard_options {
public:
    guard_options() {}
    /// Begins every key, for example the service's host.
    std::string service = "api.retellai.com";

    double requests_per_second = 10; ///< 0: none, until the service asks for one (429).
    unsigned burst = 20;             ///< Requests that may leave at once after a pause.
    double ceiling = 0; ///< How far the rate may grow while all goes well; 0: no further.
    double floor = 0.5; ///< The rate never falls below this.

    /// Part of the burst that a class leaves to those before it in `order`; classes wait for the
    /// rate in that order. guarded() takes the order of the client.
    std::array<double, priorities> reserves = resilience::limiter_policy().reserves;
    priority_order order = default_order;

    /// Of all tenants together, divided fairly among those that want it; 0: none.
    double total_per_second = 0;
    unsigned total_burst = 50;
    std::map<std::string, std::uint8_t> weights; ///< Of tenants; 1 for those not named.

    double call_starts_per_second = 1; ///< Of operations that start a call; 0: no limit.
    unsigned call_limit = 20; ///< Calls under way, until get-concurrency has told the limit.
    unsigned reserved_for_inbound = 0; ///< Of these, calls that come in keep so many.
    std::chrono::milliseconds longest_call{3'900'000}; ///< A lease without news ends after this.

    /// Requests under way in all processes, beside client_options::concurrency; 0: no limit. At
    /// most 256, of which `live_reserve` are kept for live calls.
    unsigned in_flight = 0;
    unsigned live_reserve = 2;

    /// Of each endpoint group; its slow_call is replaced by those below.
    resilience::breaker_policy breaker;
    std::chrono::milliseconds slow_read{5'000};
    std::chrono::milliseconds slow_write{10'000};
    /// Repeats that may follow each other without a success; a success earns a tenth of one.
    unsigned retries = 50;
    /// Whoever would have to wait longer for its rate is refused. Also caps a Retry-After that is
    /// waited for.
    std::chrono::milliseconds longest_wait{60'000};
    std::size_t most_waiting = 10'000; ///< Of a tenant in this process; others are refused.

    guard_part limiter, breakers, leases;

    /// Asked about each request after the local limits have let it pass; null: they alone decide.
    /// If it cannot be asked in time, `limiter.when_unusable` says whether their word is enough
    /// (open) or nothing leaves (closed). Rates of 0 are not asked about.
    std::shared_ptr<resilience::strict_limit> strict;
};

/// Operations that fail together share a breaker: "read", "write", "upload", "live_call".
std::string_view endpoint_group(operation const& op) noexcept;
/// Whether a success of it is a call under way, which has an id in "call_id".
bool starts_call(operation const& op) noexcept;

} // namespace trunkline::retell
