#include "space_support.hpp"

#include <trunkline/resilience/space_sharing.hpp>

#include <doctest/doctest.h>

#include <cmath>

namespace test {
namespace {

limiter_policy hundred_a_second()
{
    limiter_policy p;
    p.rate = 100;
    p.burst = 30;
    p.reserves = {0, 0, 0, 0};
    return p;
}

/// Two processes of one host: two attachments of one segment, and how each of them shares it.
class host_of_two {
public:
    segment_dir dir;
    std::shared_ptr<resilience_space> one = std::make_shared<resilience_space>(dir.open());
    std::shared_ptr<resilience_space> two = std::make_shared<resilience_space>(dir.open());
    space_sharing here{one}, there{two};
    time_point now = two_days;

    limiter_ref limiter(resilience_space& s, limiter_policy const& p = hundred_a_second())
    {
        return s.limiter("api", acme, "calls", s.profile(p));
    }
    breaker_ref breaker(resilience_space& s)
    {
        return s.breaker("api", acme, "calls", s.profile(touchy()));
    }
    /// Requests that pass within so many seconds, of far more that ask.
    int granted(limiter_ref const& l, double seconds)
    {
        int n = 0;
        auto const end =
            now + std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
        for (; now < end; now += 1ms)
            for (int i = 0; i < 3; ++i) n += l.try_acquire(1, priority::live_call, now) ? 1 : 0;
        return n;
    }
};

constexpr auto key = "api/acme/calls";

} // namespace

TEST_CASE("sharing: a share holds in every process, also through handles that are older")
{
    host_of_two h;
    auto const mine = h.limiter(*h.one), other = h.limiter(*h.two);
    CHECK(h.granted(mine, 1) >= 100);
    auto const used = h.here.collect(10, h.now);
    REQUIRE(used.limiters.size() == 1);
    CHECK(used.limiters[0].key == key);
    CHECK(used.limiters[0].rate == 100);
    CHECK(used.limiters[0].share == 100);

    h.here.set_share(key, 20, h.now);
    CHECK(std::abs(h.granted(mine, 2) - 40) <= 1);
    CHECK(std::abs(h.granted(other, 2) - 40) <= 1);
    CHECK(mine.snapshot(h.now).burst == 6); // of 30, in proportion
    CHECK(std::abs(*other.snapshot(h.now).share - 20) < 0.01);
    auto const again = h.here.collect(10, h.now);
    REQUIRE(again.limiters.size() == 1);
    CHECK(again.limiters[0].asked == 4 * 3000);
    CHECK(std::abs(again.limiters[0].share - 20) < 0.01);
    CHECK(h.here.collect(10, h.now).limiters.empty()); // nobody has asked since

    h.here.set_share(key, 100, h.now);
    CHECK(h.granted(mine, 2) >= 199);
    CHECK(mine.snapshot(h.now).burst == 30);
}

TEST_CASE("sharing: credit stays the same number of requests, and none is left over by changes")
{
    host_of_two h;
    auto const l = h.limiter(*h.one);
    REQUIRE(l.try_acquire(29, priority::live_call, h.now));
    h.here.collect(10, h.now);
    for (double const share : {10.0, 100.0, 3.0, 100.0}) h.here.set_share(key, share, h.now);
    CHECK(l.try_acquire(1, priority::live_call, h.now));
    CHECK_FALSE(l.try_acquire(1, priority::live_call, h.now));
}

TEST_CASE("sharing: the lower of share and learned rate holds, and a share does not undo learning")
{
    host_of_two h;
    auto policy = hundred_a_second();
    auto const l = h.limiter(*h.one, policy);
    h.granted(l, 0.1);
    h.here.collect(10, h.now);
    h.here.set_share(key, 40, h.now);
    l.throttled(l.snapshot(h.now).generation, {}, h.now);
    CHECK(std::abs(l.snapshot(h.now).rate - 28) < 0.1); // 0.7 of what it had used
    h.here.set_share(key, 90, h.now);
    CHECK(std::abs(l.snapshot(h.now).rate - 28) < 0.1);
    h.here.set_share(key, 10, h.now);
    CHECK(std::abs(l.snapshot(h.now).rate - 10) < 0.1);
    h.here.set_share(key, 90, h.now);
    CHECK(std::abs(l.snapshot(h.now).rate - 28) < 0.1);
}

TEST_CASE("sharing: what the share alone holds back is no reason to learn a higher rate")
{
    host_of_two h;
    auto policy = hundred_a_second();
    policy.ceiling = 1000;
    auto const l = h.limiter(*h.one, policy);
    h.granted(l, 0.1);
    h.here.collect(10, h.now);
    h.here.set_share(key, 20, h.now);
    for (int i = 0; i < 100; ++i) {
        h.granted(l, 0.1);
        l.accepted({}, h.now);
    }
    h.here.set_share(key, 1000, h.now);
    CHECK(std::abs(l.snapshot(h.now).rate - 100) < 1);
}

TEST_CASE("sharing: a request that costs more than the burst of a share leaves with full credit")
{
    host_of_two h;
    auto const l = h.limiter(*h.one);
    REQUIRE(l.try_acquire(1, priority::live_call, h.now));
    h.here.collect(10, h.now);
    h.here.set_share(key, 10, h.now); // a burst of 3
    h.now += 5s;
    CHECK(l.try_acquire(10, priority::live_call, h.now));
    auto const d = l.try_acquire(10, priority::live_call, h.now);
    REQUIRE_FALSE(d);
    CHECK(d.why == denial::rate);
    CHECK(std::abs(std::chrono::duration<double>(d.retry_after).count() - 1) < 0.01);
    CHECK_FALSE(l.try_acquire(10, priority::live_call, h.now + d.retry_after - 1ms));
    CHECK(l.try_acquire(10, priority::live_call, h.now + d.retry_after));
    CHECK(l.try_acquire(31, priority::live_call, h.now).why == denial::too_large);
}

TEST_CASE("sharing: a share that nobody renews for ten minutes is void, one that is renewed is not")
{
    host_of_two h;
    auto const l = h.limiter(*h.one);
    h.granted(l, 0.1);
    h.here.collect(10, h.now);
    h.here.set_share(key, 10, h.now);
    for (int i = 0; i < 5; ++i) {
        h.now += 5min;
        h.there.collect(10, h.now); // whichever process flushes
    }
    CHECK(h.granted(l, 2) <= 23);
    h.now += 11min;
    CHECK(h.granted(l, 2) >= 199);
    CHECK_FALSE(l.snapshot(h.now).share);
}

TEST_CASE("sharing: one process flushes, another follows when it is gone, a child holds nothing")
{
    host_of_two h;
    auto const first = h.here.hold_flusher(h.now, 500ms);
    REQUIRE(first);
    CHECK_FALSE(h.there.hold_flusher(h.now + 400ms, 500ms));
    CHECK(h.here.hold_flusher(h.now + 400ms, 500ms) == first);
    CHECK_FALSE(h.there.hold_flusher(h.now + 800ms, 500ms));
    auto const second = h.there.hold_flusher(h.now + 1s, 500ms);
    REQUIRE(second);
    CHECK(*second > *first);
    CHECK_FALSE(h.here.hold_flusher(h.now + 1100ms, 500ms));
    REQUIRE(h.there.hold_flusher(h.now + 1100ms, 500ms) == second);
    auto const pid = ::fork();
    if (pid == 0) ::_exit(h.there.hold_flusher(h.now + 1200ms, 500ms) ? 1 : 0);
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
    // A clock that has stepped back leaves nobody waiting for a deadline that is days away.
    CHECK(h.here.hold_flusher(h.now - 24h, 500ms));
}

TEST_CASE("sharing: what others see open is rejected for that long, here is nothing changed")
{
    host_of_two h;
    auto const mine = h.breaker(*h.one), other = h.breaker(*h.two);
    auto const early = mine.allow(h.now);
    REQUIRE(early);
    for (int i = 0; i < 3; ++i) mine.report(mine.allow(h.now), outcome::ok, 1ms, h.now);
    auto const used = h.here.collect(10, h.now);
    REQUIRE(used.breakers.size() == 1);
    CHECK(used.breakers[0].key == key);
    CHECK(used.breakers[0].open_for == 0ns);
    auto const before = mine.snapshot(h.now);

    h.here.open_by_others(key, 500ms, h.now);
    CHECK_FALSE(mine.allow(h.now));
    CHECK_FALSE(other.allow(h.now + 400ms));
    auto const s = other.snapshot(h.now + 400ms);
    CHECK(s.opened_by_others);
    CHECK(s.state == circuit::closed);
    CHECK(s.generation == before.generation);
    CHECK(s.retry_after > 50ms);
    CHECK(s.retry_after <= 150ms);
    CHECK(s.rejected == 2);
    // No vote of its own, but still one that wants to be told.
    auto const told = h.there.collect(10, h.now + 400ms);
    REQUIRE(told.breakers.size() == 1);
    CHECK(told.breakers[0].open_for == 0ns);
    // What had left before counts on.
    mine.report(early, outcome::sick, 1ms, h.now + 400ms);
    CHECK(mine.snapshot(h.now + 400ms).failures == 1);

    CHECK(other.allow(h.now + 600ms));
    CHECK(mine.allow(h.now + 600ms));
    CHECK_FALSE(mine.snapshot(h.now + 600ms).opened_by_others);

    h.here.open_by_others(key, 500ms, h.now + 600ms);
    CHECK_FALSE(mine.allow(h.now + 600ms));
    h.here.open_by_others(key, 0ms, h.now + 700ms);
    CHECK(mine.allow(h.now + 700ms));
    // A time from before the clock stepped back does not stand.
    h.here.open_by_others(key, 500ms, h.now + 700ms);
    CHECK(mine.allow(h.now - 1h));
}

TEST_CASE("sharing: its own verdict stands beside that of others, in every state")
{
    host_of_two h;
    auto const b = h.breaker(*h.one);
    auto const p = b.allow(h.now);
    auto const q = b.allow(h.now);
    h.here.collect(10, h.now);
    h.here.open_by_others(key, 2s, h.now);
    b.report(p, outcome::sick, 1ms, h.now);
    b.report(q, outcome::sick, 1ms, h.now);
    REQUIRE(b.state() == circuit::open);
    auto const used = h.here.collect(10, h.now);
    REQUIRE(used.breakers.size() == 1);
    CHECK(used.breakers[0].open_for > 900ms);
    h.here.open_by_others(key, 2s, h.now + 500ms);
    CHECK(b.state() == circuit::open);
    h.now += 1100ms;
    for (int i = 0; i < 3; ++i) {
        auto const probe = b.allow(h.now); // its own time is over: it tries
        REQUIRE(probe);
        b.report(probe, outcome::ok, 1ms, h.now);
    }
    CHECK(b.state() == circuit::closed);
    CHECK(b.allow(h.now));
    // During the slow start, both hold: and the slow start goes on to its end.
    auto policy = touchy();
    policy.slow_start = true;
    policy.window = 8s;
    auto const slow = h.one->breaker("api", acme, "slow", h.one->profile(policy));
    trip(slow, h.now);
    h.now += 1100ms;
    for (int i = 0; i < 3; ++i) slow.report(slow.allow(h.now), outcome::ok, 1ms, h.now);
    REQUIRE(slow.snapshot(h.now).slow_start);
    slow.report(slow.allow(h.now), outcome::ok, 1ms, h.now);
    h.here.collect(10, h.now);
    h.here.open_by_others("api/acme/slow", 30s, h.now);
    CHECK_FALSE(slow.allow(h.now + 5s));
    CHECK(slow.snapshot(h.now + 5s).opened_by_others);
    CHECK(slow.allow(h.now + 31s));
    CHECK_FALSE(slow.snapshot(h.now + 31s).slow_start);
}

TEST_CASE("sharing: a breaker in shadow mode only counts what others see")
{
    host_of_two h;
    auto policy = touchy();
    policy.shadow = true;
    auto const b = h.one->breaker("api", acme, "calls", h.one->profile(policy));
    b.report(b.allow(h.now), outcome::ok, 1ms, h.now);
    h.here.collect(10, h.now);
    h.here.open_by_others(key, 500ms, h.now);
    CHECK(b.allow(h.now));
    CHECK(b.snapshot(h.now).would_have_rejected == 1);
}

TEST_CASE("sharing: keys are told apart whatever is in them, and long ones are not shared")
{
    CHECK(space_sharing::key_of("a/b", "c", "") != space_sharing::key_of("a", "b/c", ""));
    CHECK(space_sharing::key_of("a%2Fb", "c", "") != space_sharing::key_of("a/b", "c", ""));
    host_of_two h;
    auto const l = h.one->limiter("api", trunkline::tenant_id(std::string(90, 'x')));
    REQUIRE(l.try_acquire(1, priority::live_call, h.now));
    CHECK(h.here.collect(10, h.now).limiters.empty());
    CHECK(h.here.nameless() == 1);
}

TEST_CASE("sharing: more keys than one look may bring come with the next ones, each in turn")
{
    host_of_two h;
    std::vector<limiter_ref> all;
    for (int i = 0; i < 50; ++i) {
        all.push_back(h.one->limiter("api", trunkline::tenant_id("t" + std::to_string(i))));
        REQUIRE(all.back().try_acquire(1, priority::live_call, h.now));
    }
    std::map<std::string, int> seen;
    for (int i = 0; i < 5; ++i) {
        auto const used = h.here.collect(10, h.now);
        CHECK(used.limiters.size() == 10);
        for (auto const& u : used.limiters) ++seen[u.key];
    }
    CHECK(seen.size() == 50);
}

TEST_CASE("sharing: a key that lost its place comes back with its share; idle words are taken back")
{
    host_of_two h;
    auto const l = h.limiter(*h.one);
    h.granted(l, 0.1);
    h.here.collect(10, h.now);
    h.here.set_share(key, 10, h.now);
    auto const coarse = coarse_clock::now(); // new keys are made on this one
    for (int i = 0; i < 2000; ++i)
        h.one->limiter("api", trunkline::tenant_id("t" + std::to_string(i)))
            .try_acquire(1, priority::live_call, coarse - 1h);
    CHECK(h.one->counts().evictions > 1000);
    CHECK(h.one->verify().empty());
    h.now += 1s;
    h.granted(l, 0.1);
    h.here.collect(1000, h.now);
    CHECK(std::abs(l.snapshot(h.now).share.value_or(0) - 10) < 0.01);
}

} // namespace test
