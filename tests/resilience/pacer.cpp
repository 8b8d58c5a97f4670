#include <trunkline/core/random.hpp>
#include <trunkline/resilience/pacer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

using namespace std::chrono_literals;
using trunkline::resilience::pacer;
using time_point = pacer::clock::time_point;

TEST_CASE("pacer: spaces requests by the rate")
{
    pacer p(10, 1);
    time_point const t{};
    CHECK(p.reserve(t) == 0ms);
    CHECK(p.reserve(t) == 100ms);
    CHECK(p.reserve(t + 50ms) == 150ms);
    CHECK(p.reserve(t + 1s) == 0ms);
}

TEST_CASE("pacer: lets a burst pass at once, and no more than that after any pause")
{
    pacer p(10, 3);
    for (auto const t : {time_point{}, time_point{} + 1h}) {
        CHECK(p.reserve(t) == 0ms);
        CHECK(p.reserve(t) == 0ms);
        CHECK(p.reserve(t) == 0ms);
        CHECK(p.reserve(t) == 100ms);
    }
}

TEST_CASE("pacer: a burst comes back one place an interval")
{
    pacer p(10, 2);
    time_point const t{};
    p.reserve(t);
    p.reserve(t);
    CHECK(p.reserve(t + 100ms) == 0ms);
    CHECK(p.reserve(t + 100ms) == 100ms);
}

TEST_CASE("pacer: without a rate nobody waits")
{
    for (double const rate : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
        pacer p(rate, 1);
        for (int i = 0; i < 100; ++i) CHECK(p.reserve(time_point{}) == 0ms);
    }
}

TEST_CASE("pacer: after a refusal everybody waits, then passes one by one")
{
    for (double const rate : {0.0, 1000.0}) {
        pacer p(rate, 5);
        time_point const t{};
        CHECK(p.reserve(t) == 0ms);
        p.refused(t, t + 50ms, 100ms);
        CHECK(p.held_until() == t + 150ms);
        CHECK(p.reserve(t + 50ms) == 100ms);
        CHECK(p.reserve(t + 50ms) == 200ms);
        CHECK(p.reserve(t + 1h) == 0ms);
        CHECK(p.reserve(t + 1h) == 100ms); // idle time is no reason for a burst either
    }
}

TEST_CASE("pacer: refusals of what was already under way slow down once")
{
    pacer p(0, 1);
    time_point const t{};
    for (int i = 0; i < 16; ++i) p.refused(t, t + 50ms, 100ms);
    p.reserve(t + 1s);
    CHECK(p.reserve(t + 1s) == 100ms);
    p.refused(t + 60ms, t + 70ms, 10ms); // sent after the first refusal was known
    p.reserve(t + 9s);
    CHECK(p.reserve(t + 9s) == 200ms);
}

TEST_CASE("pacer: the spacing learned stays between 20 and 500 ms")
{
    pacer p(0, 1);
    time_point const t{};
    p.refused(t, t, 0ms);
    p.reserve(t + 1s);
    CHECK(p.reserve(t + 1s) == 20ms);
    p.refused(t + 1s, t + 2s, 30s);
    CHECK(p.reserve(t + 2s) == 30s);
    CHECK(p.reserve(t + 2s) == 30s + 500ms);
}

TEST_CASE("pacer: accepted requests bring the configured pace back")
{
    pacer p(0, 1);
    time_point const t{};
    p.refused(t, t, 500ms);
    auto const spacing = [&](pacer copy) {
        copy.reserve(t + 1h);
        return copy.reserve(t + 1h);
    };
    int accepted = 0;
    while (spacing(p) > 0ms && accepted < 1000) {
        p.accepted();
        ++accepted;
    }
    CHECK(accepted > 60); // not at once
    CHECK(accepted < 120);
}

TEST_CASE("pacer: settles near a limit it does not know")
{
    // A service that grants 50 a second, and says how long to wait otherwise.
    pacer service(50, 1);
    pacer p(0, 1);
    time_point now{};
    int granted = 0;
    int refused = 0;
    auto const end = now + 20s;
    while (now < end) {
        now += p.reserve(now);
        auto probe = service;
        auto const wait = probe.reserve(now);
        if (wait > 0ms) {
            ++refused;
            p.refused(now, now, wait);
        } else {
            ++granted;
            service = probe;
            p.accepted();
        }
        now += 1ms;
    }
    CHECK(granted > 600); // of 1000 possible
    CHECK(refused < granted / 8);
}

TEST_CASE("pacer: never grants more than rate x time + burst")
{
    std::uint64_t const seed = 20260914;
    CAPTURE(seed);
    trunkline::random_source random(seed);
    for (int round = 0; round < 200; ++round) {
        auto const rate = 1 + static_cast<double>(random.below(100));
        auto const burst = static_cast<unsigned>(1 + random.below(10));
        pacer p(rate, burst);
        time_point now{};
        std::vector<time_point> sent;
        for (int i = 0; i < 100; ++i) {
            now += std::chrono::milliseconds(random.below(40));
            sent.push_back(now + p.reserve(now));
        }
        CHECK(std::ranges::is_sorted(sent));
        double worst = 0;
        for (std::size_t first = 0; first < sent.size(); ++first)
            for (std::size_t last = first; last < sent.size(); ++last) {
                std::chrono::duration<double> const span = sent[last] - sent[first];
                auto const granted = static_cast<double>(last - first + 1);
                worst = std::max(worst, granted - rate * span.count() - burst);
            }
        REQUIRE(worst <= 1e-3);
    }
}

TEST_CASE("pacer: extreme settings stay in range")
{
    pacer slow(1e-300, std::numeric_limits<unsigned>::max());
    pacer fast(1e300, 0);
    auto const now = pacer::clock::now();
    CHECK(slow.reserve(now) == 0ms);
    CHECK(fast.reserve(now) == 0ms);
    CHECK(fast.reserve(now) == 0ms);
}
