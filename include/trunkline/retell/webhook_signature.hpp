#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trunkline::retell {

/**
 * The signature of everything the service sends: webhooks, the questions of inbound calls and
 * chats, alerts and custom functions.
 *
 *     X-Retell-Signature: v=<unix ms, 13 digits>,d=<HMAC-SHA256, 64 hex digits>
 *
 * The digest covers the raw bytes of the body followed directly by the digits of the time. Verify
 * before parsing and never write the body anew: only the bytes that came are signed. Custom
 * functions called with GET or DELETE sign the empty string. A signed delivery can be repeated
 * within the tolerance: telling repeats apart is the receiver's task, and the text of the header
 * is no key for it.
 */
inline constexpr std::string_view signature_header = "X-Retell-Signature";
inline constexpr std::chrono::milliseconds signature_tolerance = std::chrono::minutes(5);

enum class signature_result : std::uint8_t {
    ok,
    malformed, ///< No header, or not exactly of the form above.
    expired,   ///< Older than the tolerance.
    in_future, ///< Ahead of our clock by more than the tolerance.
    mismatch,  ///< No key makes this digest.
    no_key,    ///< There is no key to compare with; empty ones do not count.
};
/// "in_future"
std::string_view name(signature_result r) noexcept;

/// What a look at a signature found.
class signature_check {
public:
    signature_check() {}
    signature_result result = signature_result::malformed;
    std::size_t key = 0;               ///< Index of the first key that fits; only if ok.
    std::chrono::milliseconds skew{0}; ///< Our clock minus theirs; 0 if malformed or no_key.

    bool ok() const noexcept { return result == signature_result::ok; }
};

/**
 * Checks the value of the header against the raw bytes of a body.
 *
 * Several keys are several valid keys: that is how one is replaced without losing a delivery.
 * `now` is in unix ms; both ends of the tolerance are inside. Hex digits may be of either case.
 * What is refused for its form or its time costs no digest. The time taken depends on the length
 * of the body and the number of keys, not on which of them fits nor on where a digest differs.
 * Copies and keeps nothing. Errors: std::runtime_error if OpenSSL fails. Thread safety: any thread.
 */
signature_check verify_signature(std::string_view body, std::string_view header,
    std::span<std::string_view const> keys, std::int64_t now,
    std::chrono::milliseconds tolerance = signature_tolerance);
signature_check verify_signature(std::string_view body, std::string_view header,
    std::string_view key, std::int64_t now,
    std::chrono::milliseconds tolerance = signature_tolerance);

/// The value of the header for a body. Throws std::invalid_argument if the key is empty or the
/// time, in unix ms, has not 13 digits (years 2001 to 2286).
std::string make_signature(std::string_view body, std::string_view key, std::int64_t at);

} // namespace trunkline::retell
