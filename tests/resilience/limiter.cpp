#include <trunkline/core/random.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;
using namespace trunkline::resilience;

namespace {

constexpr time_point noon{std::chrono::hours(12)};
constexpr auto first_class = priority::live_call;

limiter_policy pace_of(double rate, unsigned burst)
{
    limiter_policy p;
    p.rate = rate;
    p.burst = burst;
    return p;
}

unsigned drain(basic_limiter<> l, time_point now, priority p = first_class)
{
    unsigned n = 0;
    while (l.try_acquire(1, p, now)) ++n;
    return n;
}

} // namespace

TEST_CASE("limiter: a burst at once, then one each interval, and the answer says when")
{
    local_limiter limiter(pace_of(10, 5));
    auto l = limiter.view();
    CHECK(drain(l, noon) == 5);
    auto const d = l.try_acquire(1, first_class, noon);
    CHECK_FALSE(d);
    CHECK(d.why == denial::rate);
    CHECK(d.retry_after == 100ms);
    CHECK_FALSE(l.try_acquire(1, first_class, noon + 99ms));
    CHECK(l.try_acquire(1, first_class, noon + 100ms));
    CHECK(drain(l, noon + 1h) == 5);
    CHECK(l.snapshot(noon + 1h).denied == 4);
}

TEST_CASE("limiter: weight, refund, and what can never leave")
{
    local_limiter limiter(pace_of(10, 10));
    auto l = limiter.view();
    CHECK(l.try_acquire(7, first_class, noon));
    auto const d = l.try_acquire(4, first_class, noon);
    CHECK_FALSE(d);
    CHECK(d.retry_after == 100ms);
    l.refund(7);
    CHECK(l.try_acquire(10, first_class, noon));
    CHECK(l.try_acquire(11, first_class, noon).why == denial::too_large);
    CHECK(l.try_acquire(11, first_class, noon + 1h).why == denial::too_large);
    CHECK(l.try_acquire(~0u, priority::background, noon).why == denial::too_large);
    CHECK_FALSE(l.reserve(~0u, first_class, noon));
    l.refund(10);
    l.refund(10); // more than was taken: never above a full burst
    CHECK(drain(l, noon) == 10);
}

TEST_CASE("limiter: classes leave their reserves to those above")
{
    local_limiter limiter(pace_of(10, 20));
    auto l = limiter.view();
    CHECK(drain(l, noon, priority::background) == 10);
    CHECK(drain(l, noon, priority::background) == 0);
    CHECK(drain(l, noon, priority::admin) == 5);
    CHECK(drain(l, noon, priority::booking) == 3);
    CHECK(drain(l, noon, priority::live_call) == 2);
    SUBCASE("and the lowest comes back last")
    {
        CHECK_FALSE(l.try_acquire(1, priority::background, noon + 1s));
        CHECK(l.try_acquire(1, priority::background, noon + 1100ms));
    }
    SUBCASE("a burst of one still serves everybody")
    {
        local_limiter single(pace_of(1, 1));
        CHECK(single.view().try_acquire(1, priority::background, noon));
        CHECK_FALSE(single.view().try_acquire(1, priority::background, noon));
    }
}

TEST_CASE("limiter: a change of rate keeps the credit in requests")
{
    for (double const rate : {1.0, 5.0, 40.0, 400.0}) {
        local_limiter limiter(pace_of(20, 20));
        auto l = limiter.view();
        REQUIRE(l.try_acquire(12, first_class, noon));
        l.set_rate(rate, 20, noon);
        CHECK(l.snapshot(noon).rate == doctest::Approx(rate));
        CHECK(l.snapshot(noon).credit == doctest::Approx(8));
        CHECK(drain(l, noon) == 8);
    }
    SUBCASE("a larger burst is filled by time, a smaller one cuts")
    {
        local_limiter limiter(pace_of(20, 20));
        auto l = limiter.view();
        l.set_rate(20, 40, noon);
        CHECK(drain(l, noon) == 20);
        CHECK(drain(l, noon + 10s) == 40);
        l.set_rate(20, 5, noon + 1h);
        CHECK(drain(l, noon + 1h) == 5);
    }
}

TEST_CASE("limiter: scenario 10, reservations that are given back leave no debt")
{
    local_limiter limiter(pace_of(1, 1));
    auto l = limiter.view();
    REQUIRE(l.try_acquire(1, first_class, noon));
    std::vector<reservation> waiters;
    for (int i = 1; i <= 10; ++i) {
        waiters.push_back(*l.reserve(1, first_class, noon));
        CHECK(waiters.back().at == noon + i * 1s);
    }
    CHECK_FALSE(l.cancel(waiters[3])); // others have their places behind it
    while (!waiters.empty()) {
        CHECK(l.cancel(waiters.back()));
        CHECK_FALSE(l.cancel(waiters.back())); // only once
        waiters.pop_back();
    }
    CHECK(l.reserve(1, first_class, noon)->at == noon + 1s);
    CHECK_FALSE(l.cancel(reservation()));
}

TEST_CASE("limiter: a reservation too far ahead is refused")
{
    local_limiter limiter(pace_of(1, 1));
    auto l = limiter.view();
    int n = 0;
    while (l.reserve(1, first_class, noon)) ++n;
    CHECK(n == 61); // one now, and a minute of them
}

TEST_CASE(
    "limiter: a hold stops everybody, the longest wins, the cap is kept, and no burst follows")
{
    local_limiter limiter(pace_of(10, 20));
    auto l = limiter.view();
    l.hold(3s, noon);
    l.hold(1s, noon);
    auto const d = l.try_acquire(1, first_class, noon + 1s);
    CHECK(d.why == denial::penalty);
    CHECK(d.retry_after == 2s);
    CHECK(drain(l, noon + 3s) == 1);
    CHECK(l.snapshot(noon + 3s).penalties_cut == 0);
    l.hold(1h, noon + 10s);
    CHECK(l.snapshot(noon + 10s).penalties_cut == 1);
    CHECK(l.snapshot(noon + 10s).penalty_left == 300s);
    CHECK(drain(l, noon + 310s) == 1);
}

TEST_CASE("limiter: scenario 8, readings of the clock that are old mint nothing")
{
    constexpr std::uint64_t seed = 8;
    trunkline::random_source random(seed);
    local_limiter limiter(pace_of(1000, 10));
    auto l = limiter.view();
    unsigned granted = 0;
    // 1,024 waiters with readings up to 50 ms old, over 2 s.
    for (int ms = 0; ms < 2000; ms += 2)
        for (int waiter = 0; waiter < 1024; ++waiter) {
            auto const age = nanoseconds(random.below(50'000'000));
            granted += l.try_acquire(1, first_class, noon + ms * 1ms - age) ? 1 : 0;
        }
    CHECK(granted <= 2050 + 10); // the oldest reading is of 50 ms before
    CHECK(granted >= 1900);
}

TEST_CASE("limiter: a clock that jumps neither sticks nor mints")
{
    for (auto const jump : {-1h, 1h, -24h}) {
        local_limiter limiter(pace_of(10, 5));
        auto l = limiter.view();
        auto now = noon + 48h;
        CHECK(drain(l, now) == 5);
        now += jump;
        CHECK(drain(l, now) == (jump > 0h ? 5 : 0));
        CHECK(drain(l, now + 500ms) == 5);
    }
}

TEST_CASE("limiter: threads together get what one would")
{
    local_limiter limiter(pace_of(0.001, 1'000));
    std::array<unsigned, 4> got{};
    std::vector<std::thread> threads;
    for (auto& n : got)
        threads.emplace_back([&] {
            for (int i = 0; i < 3000; ++i)
                n += limiter.view().try_acquire(1, first_class, noon) ? 1 : 0;
        });
    for (auto& t : threads) t.join();
    CHECK(got[0] + got[1] + got[2] + got[3] == 1'000);
}

TEST_CASE("limiter: shadow mode counts and admits")
{
    auto p = pace_of(1, 1);
    p.shadow = true;
    local_limiter limiter(p);
    for (int i = 0; i < 10; ++i) CHECK(limiter.view().try_acquire(1, first_class, noon));
    CHECK(limiter.view().snapshot(noon).would_have_denied == 9);
}

TEST_CASE("limiter: under contention a tenant gets its part; alone it gets all")
{
    local_limiter limiter(pace_of(100, 100));
    auto l = limiter.view();
    share_of const greedy(0x1111'0000'0000'0001), modest(0x2222'0000'0000'0002);
    std::array<int, 2> got{};
    for (int ms = 0; ms < 10'000; ++ms) {
        auto const now = noon + ms * 1ms;
        for (int i = 0; i < 10; ++i) got[0] += l.try_acquire(1, first_class, greedy, now) ? 1 : 0;
        if (ms % 20 == 0) got[1] += l.try_acquire(1, first_class, modest, now) ? 1 : 0;
    }
    CHECK(got[1] >= 400); // asks for 50 a second, which is its half
    CHECK(got[0] >= 450);
    CHECK(got[0] + got[1] <= 1'100);

    local_limiter alone(pace_of(100, 100));
    int n = 0;
    for (int ms = 0; ms < 10'000; ++ms)
        n += alone.view().try_acquire(1, first_class, greedy, noon + ms * 1ms) ? 1 : 0;
    CHECK(n >= 1'090);
}

TEST_CASE("limiter: a policy out of range is refused")
{
    CHECK_THROWS_AS(local_limiter{pace_of(0, 1)}, std::invalid_argument);
    CHECK_THROWS_AS(local_limiter{pace_of(10, 0)}, std::invalid_argument);
    auto p = pace_of(10, 1);
    p.floor = 0;
    CHECK_THROWS_AS(local_limiter{p}, std::invalid_argument);
    p = pace_of(10, 1);
    p.reserves[3] = 1;
    CHECK_THROWS_AS(local_limiter{p}, std::invalid_argument);
}
