#pragma once

#include <trunkline/http/message.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace trunkline::retell {

/// A request that the simulated service makes: an event, the question of an inbound call, or a
/// custom function. The simulator has no sockets: its host sends this and reports what came back.
class webhook_delivery {
public:
    webhook_delivery() {}
    std::uint64_t id = 0; ///< Of this delivery; the same in each attempt.
    unsigned attempt = 1;
    std::string event;        ///< "call_started", "call_inbound", "function" ...
    std::string conversation; ///< Id of the call or chat.
    std::string method = "POST";
    std::string url;
    http::headers headers; ///< Signed, if there is a key.
    std::string body;
    std::chrono::milliseconds timeout{10'000};
};

/// What came back.
class webhook_outcome {
public:
    webhook_outcome() {}
    webhook_outcome(int code, std::string text) : status(code), body(std::move(text)) {}
    static webhook_outcome failure(std::string why)
    {
        webhook_outcome out;
        out.reason = std::move(why);
        return out;
    }
    int status = 0; ///< 0: no answer in time, or none at all.
    std::string body;
    std::string reason; ///< Why there is no answer, for GET /__simulator/deliveries. No secret.

    bool ok() const noexcept { return status >= 200 && status < 300; }
};

} // namespace trunkline::retell
