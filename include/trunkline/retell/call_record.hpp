#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/core/ids.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/request_options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trunkline::retell {

/// One attempt of one call, as the client remembers it: what was done and why. Holds no secret, no
/// query value, no body, and of phone numbers the last two digits only.
class call_record {
public:
    call_record() {}
    std::uint64_t call = 0; ///< Number of the call in its client, from 1.
    unsigned attempt = 0;   ///< 0: none was sent.
    std::int64_t at_unix_ms = 0;
    operation const* op = nullptr; ///< Never null.
    std::string target;
    tenant_id tenant;
    retell::priority priority = retell::priority::background;
    std::chrono::milliseconds waited{0}; ///< For a slot and for admission.
    std::chrono::microseconds took{0};   ///< From sending to the end of the answer.
    int status = 0;                      ///< 0: no answer.
    error_code code;                     ///< What the attempt came to.
    retell::outcome outcome = retell::outcome::ok;
    std::optional<std::chrono::milliseconds> retry_in; ///< Set when it was repeated.
    std::string why;                                   ///< Why it was repeated, ended or refused.
    std::string request_id;
    bool previous_key = false; ///< Sent with the key kept from before the last change.
};

json::value to_json(call_record const& r);

/// A path fit to be shown: without its query, and with phone numbers cut to their last two digits.
std::string masked_target(std::string_view target);

} // namespace trunkline::retell
