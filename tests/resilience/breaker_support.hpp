#pragma once

#include <trunkline/resilience/breaker.hpp>

#include <array>
#include <chrono>

namespace test {

using namespace std::chrono_literals;
using namespace trunkline::resilience;

/// Small numbers that are easy to follow: 4 calls, half of them, 1 s open, 3 probes.
inline breaker_policy small_policy()
{
    breaker_policy p;
    p.window = 8s;
    p.minimum_calls = 4;
    p.open_base = 1s;
    p.open_cap = 60s;
    p.jitter = false;
    p.probe_lease = 2s;
    p.slow_start = false;
    return p;
}

inline constexpr auto one_tick = std::chrono::nanoseconds(1 << detail::ticks::shift);
inline constexpr time_point start{std::chrono::hours(1)};

/// A breaker, the time, and short words for what is done to it.
class guarded {
public:
    explicit guarded(breaker_policy const& p = small_policy(), time_point at = start)
        : now(at), breaker(p, 7), b(breaker.view())
    {}

    bool call(outcome o, nanoseconds took = 1ms)
    {
        auto const p = b.allow(now, &last);
        if (p) b.report(p, o, took, now, &last);
        return static_cast<bool>(p);
    }
    void calls(int n, outcome o, nanoseconds took = 1ms)
    {
        for (int i = 0; i < n; ++i) call(o, took);
    }
    void trip() { calls(4, outcome::sick); }
    void report(permit p, outcome o, nanoseconds took = 1ms) { b.report(p, o, took, now, &last); }
    permit allow() { return b.allow(now, &last); }
    /// Past the open time, whatever it is.
    void wait_open() { now += b.snapshot(now).retry_after + one_tick; }
    std::array<permit, 3> probes() { return {allow(), allow(), allow()}; }
    breaker_snapshot look() const { return b.snapshot(now); }
    std::uint64_t control() const { return breaker.words().control.load(); }

    time_point now;
    local_breaker<> breaker;
    basic_breaker<> b;
    breaker_change last;
};

} // namespace test
