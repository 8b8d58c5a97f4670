#pragma once

#include <boost/system/error_code.hpp>

#include <string_view>

namespace trunkline {

/// The error type of every fallible operation. Converts to std::error_code.
using error_code = boost::system::error_code;
using error_condition = boost::system::error_condition;

/**
 * Everything that can go wrong, by what a caller can do about it.
 * Values are stable: they are written to journals and cross the C ABI.
 */
enum class errc : int {
    // The caller's input.
    invalid_argument = 1, ///< A parameter is missing, unknown or malformed; nothing was sent.
    invalid_json = 2,     ///< A text is not JSON; the message names line and column.
    invalid_bundle = 3,   ///< A bundle file is unreadable or contradicts itself.
    unknown_operation = 4,
    insecure_url = 5, ///< Plain http to a host that is not loopback, without permission.

    // Transport: no complete answer.
    resolve_failed = 20,
    connect_failed = 21,
    tls_failed = 22, ///< Handshake, certificate or host name refused.
    timeout = 23,
    connection_lost = 24,
    canceled = 25,
    too_large = 26,      ///< The answer exceeds the configured limit.
    protocol_error = 27, ///< The answer is not HTTP, cut short or undecodable.
    outcome_unknown =
        28, ///< The request went out, no answer came, and it must not be repeated blindly.

    // The service answered.
    bad_request = 40,         ///< 400
    unauthorized = 41,        ///< 401: key missing or invalid.
    payment_required = 42,    ///< 402
    forbidden = 43,           ///< 403
    not_found = 44,           ///< 404 of the addressed resource, or 422 "cannot find asset".
    conflict = 45,            ///< 409
    precondition_failed = 46, ///< 412
    unprocessable = 47,       ///< 422 other than not_found.
    rate_limited = 48,        ///< 429
    server_error = 49,        ///< 5xx, 408
    unexpected_status = 50,
    empty_answer = 51,    ///< 2xx without the result the operation owes.
    mistyped_answer = 52, ///< 2xx whose JSON is not of the shape the operation owes.
    list_unstable = 53,   ///< A paged list kept changing while it was walked.
    circuit_open = 54,    ///< Refused locally, no I/O happened.

    // Store and keys.
    store_unavailable = 70,
    store_read_only = 71,
    store_full = 72,
    store_corrupt = 73,
    store_newer = 74,       ///< Written by a newer schema than this library knows.
    store_locked = 75,      ///< Another engine holds the lease.
    wrong_environment = 76, ///< The store's environment tag differs from the caller's.
    key_unavailable = 77,   ///< The sealing key is missing or unreadable.
    unseal_failed = 78,     ///< A sealed secret does not open under this key.
    backup_failed = 79,     ///< No verified backup, therefore no write.

    // Sync.
    stale_plan = 90,     ///< Something moved since the plan was made.
    merge_conflict = 91, ///< The same field was changed on both sides.
    guard_refused = 92,  ///< A destructive change without explicit allowance.
    partial = 93,        ///< Some of the work is done; the rest is named and resumable.
    verify_failed = 94,  ///< A read-back differs from what was written.
    dangling_reference = 95,
    unknown_release = 96,

    internal = 120, ///< A broken invariant of ours.
};

/// Conditions to branch on instead of listing codes.
enum class failure : int {
    retryable = 1, ///< Repeating later may succeed (for operations that may be repeated at all).
    ambiguous = 2, ///< The service may or may not have acted.
    auth = 3,      ///< Key or payment: retrying cannot help.
    transport = 4, ///< No complete answer was received.
    not_found = 5,
};

boost::system::error_category const& trunkline_category() noexcept;
boost::system::error_category const& failure_category() noexcept;

/// The stable name of a code, for example "outcome_unknown"; empty for an unknown value.
std::string_view name(errc code) noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), trunkline_category()};
}
inline error_condition make_error_condition(failure f) noexcept
{
    return {static_cast<int>(f), failure_category()};
}

} // namespace trunkline

namespace boost::system {
template <>
struct is_error_code_enum<trunkline::errc> {
    static constexpr bool value = true;
};
template <>
struct is_error_condition_enum<trunkline::failure> {
    static constexpr bool value = true;
};
} // namespace boost::system
