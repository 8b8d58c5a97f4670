#pragma once

#include <cstddef>
#include <cstdint>

namespace trunkline::retell {

/**
 * Options of the calls and chats of a simulator. All can be changed while it runs: POST
 * /__simulator/options {"calls": {...}}, members named as here, durations as *_ms.
 */
class call_options {
public:
    call_options() {}
    std::uint32_t concurrency_limit = 20; ///< Calls at a time.
    std::uint32_t reserved_inbound = 0;   ///< Of these, for inbound calls alone.
    bool concurrency_burst = false; ///< Three times the limit, but not more than 300 above it.
    double speed = 1;               ///< People talk and ring this many times faster.
    bool web_calls_join = true;     ///< Somebody joins web calls; else they expire.
    /// POST /v2/create-web-call still answers: nobody knows. Without this it is as removed paths are.
    bool legacy_web_calls = true;
    bool update_live_calls = false; ///< update-call takes calls that have not ended.
    std::size_t history = 2'000; ///< Ended calls kept, and chats; the oldest drop off. 30 KB each.
};

} // namespace trunkline::retell
