#pragma once

#include "support.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace trunkline::redis::test {

using namespace std::chrono_literals;

/// Calls that are due on the real clock, in the loop's own thread, between whatever the loop has to do.
class paced_calls {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// For this long: `each(now)` as often as `demand` a second asks for, the rest is kept for the next time.
    template <class Each>
    void run(loop& l, std::chrono::milliseconds time, double demand, Each each)
    {
        using clock = std::chrono::steady_clock;
        auto const end = clock::now() + time;
        auto last = clock::now();
        while (clock::now() < end) {
            if (l.context.stopped()) l.context.restart();
            l.context.run_one_for(1ms);
            auto const now = clock::now();
            owed_ += demand * std::chrono::duration<double>(now - last).count();
            last = now;
            for (; owed_ >= 1; --owed_) each(now);
        }
    }

private:
    double owed_ = 0;
};

/// How long it takes until something holds, with `step()` again and again; it has to within 5 s.
template <class Condition, class Step>
std::chrono::milliseconds time_until(Condition holds, Step step)
{
    auto const from = std::chrono::steady_clock::now();
    while (!holds() && std::chrono::steady_clock::now() < from + 5s) step();
    CHECK(holds());
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - from);
}

} // namespace trunkline::redis::test
