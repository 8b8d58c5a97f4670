#include "breaker_support.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace test;

TEST_CASE("breaker: half of the calls failing opens it, and never fewer than the minimum")
{
    guarded g;
    g.calls(3, outcome::sick);
    CHECK(g.b.state() == circuit::closed); // 100 %, but only three
    g.call(outcome::ok);
    CHECK(g.b.state() == circuit::closed); // only a failure is a reason to look
    g.call(outcome::sick);
    CHECK(g.b.state() == circuit::open);
    CHECK(g.last);
    CHECK(g.last.from == circuit::closed);
    CHECK(g.last.to == circuit::open);
}

TEST_CASE("breaker: below the rate it stays closed")
{
    guarded g;
    for (int i = 0; i < 1000; ++i) {
        g.call(outcome::ok);
        g.call(outcome::ok);
        g.call(outcome::sick);
        g.now += 1ms;
    }
    CHECK(g.b.state() == circuit::closed);
    CHECK(g.look().calls == 3000);
    CHECK(g.look().failures == 1000);
}

TEST_CASE("breaker: what fell out of the window no longer counts")
{
    guarded g;
    g.calls(3, outcome::sick);
    g.now += 8s;
    g.calls(3, outcome::sick);
    CHECK(g.b.state() == circuit::closed);
    CHECK(g.look().failures == 3);
    g.now += 4s;
    g.call(outcome::sick);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: slow calls open it by a rate of their own, and by one with the failures")
{
    auto p = small_policy();
    p.slow_call = 100ms;
    p.slow_rate = 0.75;
    SUBCASE("slow alone")
    {
        guarded g(p);
        g.calls(2, outcome::ok, 101ms);
        g.call(outcome::ok, 100ms);
        g.call(outcome::ok, 101ms);
        CHECK(g.b.state() == circuit::open);
    }
    SUBCASE("combined")
    {
        p.failure_rate = 0.9;
        p.slow_rate = 0.9;
        p.combined_rate = 0.75;
        guarded g(p);
        g.calls(2, outcome::ok, 101ms);
        g.call(outcome::ok);
        CHECK(g.b.state() == circuit::closed);
        g.call(outcome::sick);
        CHECK(g.b.state() == circuit::open);
    }
    SUBCASE("a caller that does not know the duration: from the permit, to a tick")
    {
        guarded g(p);
        for (int i = 0; i < 4; ++i) {
            auto const permit = g.allow();
            g.now += 150ms;
            g.report(permit, outcome::ok, -1ns);
        }
        CHECK(g.b.state() == circuit::open);
    }
}

TEST_CASE("breaker: a count window is exact")
{
    auto p = small_policy();
    p.count_window = 10;
    p.minimum_calls = 10;
    guarded g(p);
    g.calls(5, outcome::sick);
    g.calls(4, outcome::ok);
    g.now += 1h; // time is no matter
    g.calls(6, outcome::ok);
    CHECK(g.look().failures == 0);
    CHECK(g.look().calls == 10);
    g.calls(4, outcome::sick);
    CHECK(g.b.state() == circuit::closed);
    g.call(outcome::sick);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: some calls in a row that could not connect open it below the minimum")
{
    auto p = small_policy();
    p.minimum_calls = 100;
    guarded g(p);
    g.calls(4, outcome::unreachable);
    g.call(outcome::rejected); // an answer
    g.calls(4, outcome::unreachable);
    CHECK(g.b.state() == circuit::closed);
    g.call(outcome::unreachable);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: the caller's fault, throttling and giving up are no sickness")
{
    guarded g;
    for (auto const o : {outcome::rejected, outcome::throttled, outcome::saturated,
             outcome::cancelled, outcome::local, static_cast<outcome>(200)})
        g.calls(100, o);
    CHECK(g.b.state() == circuit::closed);
    CHECK(g.look().calls == 0);
}

TEST_CASE(
    "breaker: counters that fill are halved, so the rate stays and neighbours are not touched")
{
    guarded g;
    for (int i = 0; i < 200'000; ++i) {
        g.calls(3, outcome::ok);
        g.call(outcome::sick);
    }
    auto const look = g.look();
    CHECK(g.b.state() == circuit::closed);
    CHECK(look.calls >= 16'384);
    CHECK(look.calls <= 32'768);
    CHECK(static_cast<double>(look.failures) / static_cast<double>(look.calls) ==
        doctest::Approx(0.25).epsilon(0.01));
    CHECK(look.slow == 0);
}

TEST_CASE("breaker: striped counters add up")
{
    auto p = small_policy();
    p.striped = true;
    guarded g(p);
    g.calls(10, outcome::ok);
    CHECK(g.look().calls == 10);
    g.calls(10, outcome::sick);
    CHECK(g.b.state() == circuit::open);
}

TEST_CASE("breaker: a policy out of range is refused")
{
    auto const refused = [](auto change) {
        auto p = small_policy();
        change(p);
        CHECK_THROWS_AS(breaker_settings{p}, std::invalid_argument);
    };
    refused([](auto& p) { p.failure_rate = 1.5; });
    refused([](auto& p) { p.failure_rate = -0.1; });
    refused([](auto& p) { p.window = 0ms; });
    refused([](auto& p) { p.probes = 9; });
    refused([](auto& p) { p.probes = 0; });
    refused([](auto& p) { p.successes = 16; });
    refused([](auto& p) { p.count_window = 49; });
    refused([](auto& p) { p.open_cap = 500ms; });
    refused([](auto& p) { p.minimum_calls = 0; });
    refused([](auto& p) { p.probe_lease = 25h; });
    refused([](auto& p) { p.count_window = 3; });
}
