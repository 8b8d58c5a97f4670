#pragma once

#include <trunkline/redis/host_tier_driver.hpp>

#include <string>
#include <utility>

namespace trunkline::redis::test {

using namespace std::chrono_literals;

/// A rate that three hosts use up at once on real time, and times that fit a test.
constexpr double real_rate = 600;
constexpr unsigned real_burst = 30;

inline host_tier_options fast(std::string host)
{
    host_tier_options o;
    o.host = std::move(host);
    o.expected_hosts = 3;
    o.flush_every = 20ms;
    o.heartbeat = 50ms;
    o.flusher_lease = 100ms;
    o.grace = 100ms;
    o.decay = 300ms;
    o.settle = 400ms;
    return o;
}

inline client_options fast_client()
{
    auto o = host_tier_driver::default_client_options();
    o.command_timeout = 100ms;
    o.reconnect_base = 10ms;
    o.reconnect_cap = 50ms;
    return o;
}

} // namespace trunkline::redis::test
