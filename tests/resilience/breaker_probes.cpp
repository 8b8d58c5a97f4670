#include "breaker_support.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace test;

TEST_CASE(
    "breaker: open rejects until its time, says when, then lets the probes through and closes")
{
    guarded g;
    g.trip();
    CHECK_FALSE(g.allow());
    CHECK(g.look().retry_after > 900ms);
    CHECK(g.look().retry_after <= 1s + one_tick);
    CHECK(g.look().rejected == 1);
    g.now += 900ms;
    CHECK_FALSE(g.allow());
    g.now += 100ms + one_tick;
    CHECK(g.look().retry_after == 0ns);
    auto const probes = g.probes();
    CHECK(probes[0]);
    CHECK(probes[1]);
    CHECK(probes[2]);
    CHECK_FALSE(g.allow());
    CHECK(g.look().probes_out == 3);
    for (auto const p : probes) g.report(p, outcome::ok);
    CHECK(g.b.state() == circuit::closed);
    CHECK(g.call(outcome::ok));
}

TEST_CASE("breaker: a failing probe opens it again, for twice as long")
{
    guarded g;
    g.trip();
    for (auto const expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        CHECK(g.look().retry_after <= expected + one_tick);
        CHECK(g.look().retry_after > expected - one_tick);
        g.wait_open();
        CHECK(g.call(outcome::sick));
        CHECK(g.b.state() == circuit::open);
    }
}

TEST_CASE("breaker: a slow probe is no reason to close")
{
    auto p = small_policy();
    p.slow_call = 100ms;
    guarded g(p);
    g.trip();
    g.wait_open();
    g.call(outcome::ok, 200ms);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: the exponent falls by one with each healthy window")
{
    guarded g;
    g.trip();
    g.wait_open();
    g.call(outcome::sick);
    g.wait_open();
    for (auto const p : g.probes()) g.report(p, outcome::ok);
    REQUIRE(g.b.state() == circuit::closed);
    CHECK(g.look().exponent == 2);
    for (unsigned const left : {1u, 0u, 0u}) {
        g.now += 8s + one_tick;
        g.call(outcome::ok);
        CHECK(g.look().exponent == left);
    }
}

TEST_CASE("breaker: jitter stays between base and the grown time, and replays from its seed")
{
    auto p = small_policy();
    p.jitter = true;
    auto const run = [&](std::uint64_t seed) {
        local_breaker<> breaker(p, seed);
        auto b = breaker.view();
        std::vector<nanoseconds> waits;
        auto now = start;
        for (int i = 0; i < 4; ++i) b.report(b.allow(now), outcome::sick, 0ns, now);
        for (int n = 0; n < 6; ++n) {
            auto const wait = b.snapshot(now).retry_after;
            CHECK(wait >= 1s);
            CHECK(wait <= std::min(60s, 1s * (1 << n)) + 2 * one_tick);
            waits.push_back(wait);
            now += wait + one_tick;
            b.report(b.allow(now), outcome::sick, 0ns, now);
        }
        return waits;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("breaker: scenario 2, dead probes cost one lease and are never more than three")
{
    guarded g;
    g.trip();
    g.wait_open();
    for (int round = 0; round < 50; ++round) {
        auto const probes = g.probes(); // the holders die
        for (auto const p : probes) REQUIRE(p);
        auto const died = g.now;
        while (g.look().retry_after > 0ns) {
            CHECK_FALSE(g.allow());
            CHECK(g.look().probes_out == 3);
            g.now += one_tick;
        }
        CHECK(g.now - died <= 2s + 2 * one_tick);
        auto const generation = g.look().generation;
        if (round % 2) continue;
        CHECK(g.call(outcome::ok)); // a living one
        CHECK(g.look().generation == generation + 1);
        g.now += 3s;
    }
    for (auto const p : g.probes()) g.report(p, outcome::ok);
    CHECK(g.b.state() == circuit::closed);
}

TEST_CASE("breaker: scenario 4, results from before the trip change nothing")
{
    guarded g;
    std::vector<permit> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(g.allow());
    auto p = small_policy();
    p.minimum_calls = 2;
    local_breaker<> other(p); // two failures are enough
    auto b = other.view();
    for (auto& c : calls) c = b.allow(g.now);
    b.report(calls[0], outcome::sick, 1ms, g.now);
    b.report(calls[1], outcome::sick, 1ms, g.now);
    REQUIRE(b.state() == circuit::open);
    g.now += 1s + 2 * one_tick;
    auto const probe = b.allow(g.now);
    REQUIRE(probe);
    auto const before = other.words().control.load();
    for (std::size_t i = 2; i < calls.size(); ++i) {
        auto const o = i % 3 == 0 ? outcome::ok : i % 3 == 1 ? outcome::sick : outcome::cancelled;
        b.report(calls[i], o, 1ms, g.now);
        CHECK(other.words().control.load() == before);
    }
    CHECK(b.snapshot(g.now).late == 18);
    b.report(probe, outcome::ok, 1ms, g.now);
    CHECK(b.snapshot(g.now).good_probes == 1);
}

TEST_CASE("breaker: scenario 5, double and forged reports have no effect but a counter")
{
    guarded g;
    g.trip();
    g.wait_open();
    auto const probe = g.allow();
    g.report(probe, outcome::ok);
    auto const before = g.control();
    g.report(probe, outcome::ok);
    g.report(probe, outcome::sick);
    for (unsigned bit = 0; bit < 64; ++bit)
        g.report(permit(probe.token() ^ (std::uint64_t{1} << bit)), outcome::sick);
    g.report(permit(), outcome::ok);
    g.report(permit(~std::uint64_t{0}), outcome::ok);
    g.report(permit::make(12'345, g.look().generation, 1, 0), outcome::sick); // another place
    g.report(permit::make(0, g.look().generation, 1, 0), outcome::sick);      // a bit not given out
    CHECK(g.control() == before);
    CHECK(g.look().late == 70);
}

TEST_CASE("breaker: scenario 6, a cancelled probe is neutral and its permit is back at once")
{
    guarded g;
    g.trip();
    g.wait_open();
    auto const generation = (g.call(outcome::cancelled), g.look().generation);
    for (auto const o : {outcome::cancelled, outcome::local, outcome::throttled, outcome::rejected})
        for (int i = 0; i < 30; ++i) CHECK(g.call(o));
    CHECK(g.b.state() == circuit::half_open);
    CHECK(g.look().generation == generation);
    CHECK(g.look().probes_out == 0);
    CHECK(g.look().good_probes == 0);
    auto const probes = g.probes();
    CHECK(probes[2]);
    CHECK_FALSE(g.allow()); // and no more than before were minted
}

TEST_CASE("breaker: permits of the closed era mint no probes")
{
    guarded g;
    std::vector<permit> old;
    for (int i = 0; i < 10; ++i) old.push_back(g.allow());
    g.trip();
    g.wait_open();
    auto const probes = g.probes();
    CHECK(probes[2]);
    for (auto const p : old) g.report(p, outcome::cancelled);
    CHECK_FALSE(g.allow());
}
