#pragma once

#include <trunkline/resilience/limiter.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::resilience {

/// One of the limits that a request passes.
class strict_item {
public:
    strict_item(std::string k, double r, unsigned b) : key(std::move(k)), rate(r), burst(b) {}
    std::string key; ///< The same on every host.
    double rate;     ///< Of all hosts together, requests a second; above 0.
    unsigned burst;
};

/**
 * The explicit strict mode: each request is decided in one place for all hosts, so that their
 * common rate holds at every moment and not only within a flush or two. It costs a round trip a
 * request and is for those who ask for it; the local decision comes before it in any case.
 *
 * Implementations are thread-safe and never block.
 */
class strict_limit {
public:
    /// Granted, or when to ask again; nothing if nobody could be asked in time.
    using done = std::function<void(std::optional<decision>)>;

    virtual ~strict_limit() = default;
    /// Takes one request from all of the items or from none. `done` is called once, from any thread.
    virtual void async_take(std::vector<strict_item> const& items, done answer) = 0;
    /// Gives back what a request took that did not leave. Best effort.
    virtual void refund(std::vector<strict_item> const& items) = 0;
};

} // namespace trunkline::resilience
