#include "breaker_support.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace test;

namespace {

void close_after_trip(guarded& g)
{
    g.trip();
    g.wait_open();
    for (auto const p : g.probes()) g.report(p, outcome::ok);
    REQUIRE(g.b.state() == circuit::closed);
}

} // namespace

TEST_CASE("breaker: after closing it starts slowly: 1/8, 1/4, 1/2, all")
{
    auto p = small_policy();
    p.slow_start = true;
    guarded g(p);
    close_after_trip(g);
    for (int const admitted : {10, 20, 40, 80}) {
        int n = 0;
        for (int i = 0; i < 80; ++i) n += g.allow() ? 1 : 0;
        CHECK(n == admitted);
        g.now += 1s;
    }
    CHECK_FALSE(g.look().slow_start);
}

TEST_CASE("breaker: a failure during the slow start is judged by what came since")
{
    auto p = small_policy();
    p.slow_start = true;
    guarded g(p);
    close_after_trip(g);
    CHECK(g.look().failures == 0); // those that opened it are gone
    while (g.look().calls < 3)
        if (auto const permit = g.allow()) g.report(permit, outcome::sick);
    CHECK(g.b.state() == circuit::closed);
    while (!g.call(outcome::sick)) {
    }
    CHECK(g.b.state() == circuit::open);
    CHECK(g.look().retry_after > 1500ms); // the second time in short order
}

TEST_CASE("breaker: 401 and 402 are a state of their own, with one probe a minute")
{
    for (auto const o : {401, 402, 403}) {
        guarded g;
        g.call(outcome_of_status(o));
        CHECK(g.b.state() == circuit::misconfigured);
        CHECK(g.look().retry_after > 59s);
        CHECK_FALSE(g.allow());
        for (int minute = 0; minute < 3; ++minute) {
            g.now += 60s + one_tick;
            auto const probe = g.allow();
            CHECK(probe);
            CHECK_FALSE(g.allow());    // one
            if (minute == 1) continue; // a dead one costs a minute
            g.report(probe, outcome::misconfigured);
            CHECK(g.b.state() == circuit::misconfigured);
        }
        g.now += 60s + one_tick;
        g.call(outcome::sick); // says nothing about the key
        CHECK(g.b.state() == circuit::misconfigured);
        g.now += 60s + one_tick;
        g.call(outcome::rejected); // a 404 is proof enough
        CHECK(g.b.state() == circuit::closed);
    }
}

TEST_CASE("breaker: a probe may find a bad key")
{
    guarded g;
    g.trip();
    g.wait_open();
    g.call(outcome::misconfigured);
    CHECK(g.b.state() == circuit::misconfigured);
}

TEST_CASE("breaker: forced open, disabled and reset are an operator's word")
{
    guarded g;
    auto const before = g.allow();
    CHECK(g.b.force_open().to == circuit::forced_open);
    CHECK_FALSE(g.allow());
    g.now += 24h;
    CHECK_FALSE(g.allow());
    CHECK(g.look().retry_after == nanoseconds::max());
    g.report(before, outcome::ok);
    CHECK(g.look().late == 1);

    CHECK(g.b.disable().from == circuit::forced_open);
    g.calls(100, outcome::sick);
    CHECK(g.allow());
    CHECK(g.b.state() == circuit::disabled);

    g.b.reset();
    CHECK(g.b.state() == circuit::closed);
    g.trip();
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: shadow mode evaluates, counts and admits")
{
    auto p = small_policy();
    p.shadow = true;
    guarded g(p);
    g.trip();
    CHECK(g.b.state() == circuit::open);
    for (int i = 0; i < 5; ++i) CHECK(g.call(outcome::sick));
    CHECK(g.look().would_have_rejected == 5);
    CHECK(g.look().rejected == 0);
    CHECK(g.look().late == 0);
    g.wait_open();
    auto const probes = g.probes();
    CHECK(g.call(outcome::sick)); // no probe, so no verdict
    CHECK(g.b.state() == circuit::half_open);
    for (auto const probe : probes) g.report(probe, outcome::ok);
    CHECK(g.b.state() == circuit::closed);
}

TEST_CASE("breaker: scenario 7, the clock jumps, freezes and wraps all packed fields")
{
    // Around every wrap of the packed times: 14 bits of start, 24 of deadline, 32 of slice, 0.
    for (std::uint64_t const bits : {0, 14, 24, 32}) {
        auto const wrap = time_point(nanoseconds(std::int64_t{1} << (bits + detail::ticks::shift)));
        for (auto const before : {2s, 1s, 0s}) {
            guarded g(small_policy(), wrap - before);
            for (int round = 0; round < 4; ++round) {
                g.trip();
                REQUIRE(g.b.state() == circuit::open);
                CHECK_FALSE(g.allow());
                auto const opened = g.now;
                while (!g.b.allow(g.now)) g.now += one_tick;
                CHECK(g.now - opened <= 1s + 2 * one_tick);
                g.b.reset();
            }
        }
    }
    SUBCASE("an hour forth and back")
    {
        for (auto const jump : {-1h, 1h, -24h, 24h, -39h, 39h}) {
            guarded g(small_policy(), start + 100h);
            g.trip();
            g.now += jump;
            auto const jumped = g.now;
            while (!g.allow()) g.now += one_tick;
            CHECK(g.now - jumped <= 1s + 2 * one_tick);
            g.now += jump; // now half-open, with one probe out
            auto const again = g.now;
            int granted = 0;
            while (granted < 3 && g.now - again < 10s) {
                if (auto const p = g.allow()) {
                    ++granted;
                    g.report(p, outcome::ok);
                }
                g.now += one_tick;
            }
            CHECK(g.b.state() == circuit::closed);
            CHECK(g.now - again <= 2s + 4 * one_tick);
        }
    }
    SUBCASE("frozen: nothing moves, nothing is minted")
    {
        guarded g;
        g.trip();
        for (int i = 0; i < 1000; ++i) CHECK_FALSE(g.allow());
    }
}

TEST_CASE("breaker: windows survive a clock that steps back")
{
    guarded g;
    g.calls(100, outcome::ok);
    g.now -= 1h + 1s;
    g.calls(3, outcome::sick);
    CHECK(g.b.state() == circuit::closed);
    g.call(outcome::sick);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("outcomes: a status has one class")
{
    CHECK(outcome_of_status(204) == outcome::ok);
    CHECK(outcome_of_status(404) == outcome::rejected);
    CHECK(outcome_of_status(422) == outcome::rejected);
    CHECK(outcome_of_status(402) == outcome::misconfigured);
    CHECK(outcome_of_status(429) == outcome::throttled);
    CHECK(outcome_of_status(429, true) == outcome::saturated);
    CHECK(outcome_of_status(408) == outcome::sick);
    CHECK(outcome_of_status(503) == outcome::sick);
    CHECK(traits_of(static_cast<outcome>(77)).for_breaker == verdict::neutral);
}
