#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/http/message.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::retell {

class simulator_options {
public:
    simulator_options() {}
    std::string api_key;                     ///< Empty: any bearer token is accepted, none is not.
    std::uint64_t seed = 1;                  ///< Of ids.
    std::chrono::milliseconds latency{0};    ///< Put as delay on each reply.
    double rate_limit = 0;                   ///< Requests per second before 429; 0: none.
    std::size_t request_log_size = 100'000;  ///< Oldest entries are dropped.
    bool default_fill = true;                ///< Fill documented defaults into answers of create.
    bool inject_node_defaults = true;        ///< "skippable": false into flow nodes on write.
    bool strict_body = false;                ///< 400 for unknown body fields instead of ignoring them... see spec.
    bool latest_published_falls_back = true; ///< latest_published of a never-published agent is its latest draft.
};

/// One request as the simulator saw it.
class request_log_entry {
public:
    request_log_entry() {}
    std::uint64_t sequence = 0;
    std::int64_t at = 0; ///< unix ms
    std::string method;
    std::string target;
    int status = 0;
    bool mutating = false;
    std::string fault; ///< The fault injected, or empty.
};

/**
 * A stateful, deterministic stand-in for api.retellai.com, without any I/O: a request goes in, a reply
 * comes out. The same seed, time and requests give the same state.
 * Thread safety: none; one thread at a time.
 */
class simulator {
public:
    simulator(simulator_options options, time_source& time);
    ~simulator();

    /// Fills an empty simulator: "empty", "demo", or a state document as state() gives it.
    void load_demo_account();
    /// Throws trunkline::error (invalid_argument) if the document is no state.
    void load_state(json::value const& state);
    json::value state() const;

    http::reply handle(http::request const& r);

    std::vector<request_log_entry> const& log() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace trunkline::retell
