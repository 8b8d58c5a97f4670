#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::retell {

/**
 * How a simulator sends webhooks. All but the keys can be changed while it runs: POST
 * /__simulator/options {"webhooks": {...}}, members named as here, durations as *_ms. Shares are
 * from 0 (never) to 1 (always) and drawn from the simulator's seed.
 */
class webhook_options {
public:
    webhook_options() {}
    std::string url; ///< Of the account; an agent's own webhook_url replaces it. Empty: none.
    /// What is signed with, the first first. Without a key nothing is signed. Never shown.
    std::vector<std::string> keys;
    std::uint32_t rotate_after = 0; ///< Go on to the next key after so many signatures; 0: never.

    std::chrono::milliseconds timeout{10'000}; ///< Of an attempt, unless the agent says otherwise.
    std::uint32_t retries = 3;                 ///< After a timeout or a status that is not 2xx.
    std::chrono::milliseconds retry_spacing{1'000}; ///< The service does not publish its own.

    // What goes wrong on the way. Of these only tampering befalls questions and functions.
    double drop = 0;                                            ///< Never sent.
    double duplicate = 0;                                       ///< Sent twice.
    double reorder = 0;                                         ///< Sent up to ten seconds late.
    double tamper_body = 0, tamper_digest = 0, tamper_time = 0; ///< Changed after signing.
    std::chrono::milliseconds clock_skew{0}; ///< Their clock minus ours; may be negative.
    bool repeat_analyzed = true;             ///< Analysing again sends *_analyzed again.

    std::size_t outbox = 4'000; ///< Deliveries kept; beyond, the oldest that waits is given up.
    std::size_t log = 1'000;    ///< Attempts that GET /__simulator/deliveries shows.
};

} // namespace trunkline::retell
