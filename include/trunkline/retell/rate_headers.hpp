#pragma once

#include <trunkline/http/message.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <cstdint>
#include <optional>

namespace trunkline::retell {

/**
 * What the header fields of an answer say about the rate: the wait of read_retry_after(), and of
 * `RateLimit-*` or `X-RateLimit-*` (Limit, Remaining, Reset, Policy) and the structured `RateLimit`
 * whatever is there and makes sense. A limit counts only with its window (`w=`): without one it is
 * no rate. A reset is in seconds from now, or a unix time (in seconds or milliseconds), which needs
 * `now_unix_ms`. Anything else is ignored.
 */
resilience::rate_headers read_rate_headers(
    http::headers const& headers, std::optional<std::int64_t> now_unix_ms = {});

} // namespace trunkline::retell
