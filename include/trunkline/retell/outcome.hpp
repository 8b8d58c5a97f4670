#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/retry.hpp>

#include <cstdint>
#include <span>
#include <string_view>

/// What an attempt says about the service (spec/resilience.md section 3), for breakers, limiters
/// and leases: rules as data, one pure function over them.
namespace trunkline::retell {

/// Values are stable: they cross the C ABI.
enum class outcome : std::uint8_t {
    ok = 0,
    rejected = 1,      ///< The caller's fault; says nothing about the service's health.
    misconfigured = 2, ///< Key, payment, permission or certificate: stays so until somebody acts.
    throttled = 3,     ///< 429 for the rate of requests: slow down.
    saturated = 4,     ///< The number of concurrent calls is reached: the rate is fine.
    sick = 5,          ///< The service or the way to it fails.
    unknown = 6,       ///< Sent, no complete answer, not to be repeated blindly.
    cancelled = 7,     ///< The caller gave up; nothing is known.
    local = 8,         ///< Refused on this side, or for a limit of this side.
};
inline constexpr std::size_t outcomes = 9;

std::string_view name(outcome o) noexcept;
/// Whether a circuit breaker counts it against the service.
constexpr bool counts_as_failure(outcome o) noexcept
{
    return o == outcome::sick || o == outcome::unknown;
}

/// One row: what an error means, by how far the request got and by class of the operation.
class outcome_rule {
public:
    errc code;
    outcome not_sent;
    outcome safe; ///< Sent, as are the next two.
    outcome idempotent;
    outcome once;
};
/// Codes without a row are `local`.
std::span<outcome_rule const> outcome_rules() noexcept;

/**
 * Judges one attempt.
 *
 * - A certificate or host name that is refused is misconfigured (it stays refused); a name that
 * does not resolve, a connection or handshake that fails is sick.
 * - An answer that names a limit of concurrent calls (see names_concurrency) is saturated if it is
 * a 429, or a refusal that no other row explains better.
 */
outcome classify(operation const& op, attempt_outcome const& attempt) noexcept;

/// Whether a refusal speaks of the number of concurrent calls, not of the rate of requests.
bool names_concurrency(http::response const& in) noexcept;

} // namespace trunkline::retell
