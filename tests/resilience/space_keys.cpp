#include "space_support.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace test;

TEST_CASE("space: keys are service, tenant and group, of any length, and kinds do not mix")
{
    segment_dir dir;
    auto space = dir.open();
    auto const profile = space.profile(touchy());
    std::string const text(300, 'x');
    trip(space.breaker("a", tenant_id("bc"), {}, profile), two_days);
    trip(space.breaker(text, tenant_id(text), "end", profile), two_days);
    CHECK(space.breaker("a", tenant_id("bc")).state() == circuit::open);
    CHECK(space.breaker("ab", tenant_id("c")).state() == circuit::closed);
    CHECK(space.breaker("a", tenant_id("b"), "c").state() == circuit::closed);
    CHECK(space.breaker(text, tenant_id(text), "end").state() == circuit::open);
    CHECK(space.breaker(text, tenant_id(text), "enc").state() == circuit::closed);
    CHECK(space.limiter("a", tenant_id("bc")).try_acquire(1, priority::live_call, two_days));
    CHECK(space.verify().empty());
}

TEST_CASE("space: a profile sets the settings of a key for everybody")
{
    segment_dir dir;
    auto space = dir.open(), other = dir.open();
    limiter_policy p;
    p.rate = 1;
    p.burst = 3;
    auto const before = other.limiter("retell", acme);
    CHECK(before.snapshot(two_days).burst == 20);
    space.limiter("retell", acme, {}, space.profile(p));
    CHECK(before.snapshot(two_days).burst == 3);
    CHECK(other.limiter("retell", acme).snapshot(two_days).rate == doctest::Approx(1));
    for (int i = 0; i < 1000; ++i) space.profile(p); // entered once
    breaker_policy many = touchy();
    for (int i = 0; i < 400; ++i) {
        many.slow_call = std::chrono::milliseconds(100 + i);
        trip(space.breaker("many", tenant_id(std::to_string(i % 100)), {}, space.profile(many)),
            two_days);
    }
}

TEST_CASE(
    "space: idle keys make room, those in use and open breakers stay, and handles find home again")
{
    segment_dir dir;
    auto space = dir.open(64);
    auto const open = space.breaker("open", acme, {}, space.profile(touchy()));
    trip(open, two_days);
    auto const idle = space.breaker("idle", acme);
    auto const permit = idle.allow(two_days);
    auto const busy = space.breaker("busy", acme, {}, space.profile(touchy()));
    auto const busy_generation = busy.snapshot(two_days).generation;
    for (int i = 0; i < 2'000; ++i) {
        auto const b = space.breaker("many", tenant_id(std::to_string(i)));
        CHECK_FALSE(b.is_overflow());
        b.report(b.allow(two_days), outcome::ok, 1ms, two_days);
        busy.report(busy.allow(two_days), outcome::ok, 1ms, two_days);
    }
    CHECK(space.counts().evictions > 1'900);
    CHECK(space.counts().keys <= 61);
    CHECK(open.state() == circuit::open);
    CHECK_FALSE(space.breaker("open", acme).allow(two_days));
    CHECK(busy.snapshot(two_days).generation == busy_generation);
    CHECK(busy.snapshot(two_days).calls > 1'000);
    // Its place is another's: the old permit is late there, and the handle has a place again.
    auto const stale = space.counts().stale;
    idle.report(permit, outcome::sick, 1ms, two_days);
    CHECK(space.counts().stale > stale);
    CHECK(idle.allow(two_days));
    CHECK(space.verify().empty());
}

TEST_CASE("space: a handle knows its key, also when the generation of its slot has come round")
{
    segment_dir dir;
    auto space = dir.open(8); // 5 slots
    breaker_policy p = touchy();
    auto const profile = space.profile(p);
    auto const idle = space.breaker("idle", acme, {}, profile);
    for (int i = 0; i < 5 * 64 * 3; ++i) {
        auto const b = space.breaker("many", tenant_id(std::to_string(i)), {}, profile);
        // Each of them is sick once, which is no reason to open it.
        b.report(b.allow(two_days), outcome::sick, 1ms, two_days);
        if (i % 5 != 4) continue;
        CHECK(idle.snapshot(two_days).failures == 0);
        for (int n = 0; n < 5; ++n)
            space.breaker("more", tenant_id(std::to_string(n)), {}, profile);
    }
    CHECK(space.verify().empty());
}

TEST_CASE("space: a slot stays of its kind, so that no late hand writes a time where a state is")
{
    segment_dir dir;
    auto space = dir.open(64);
    for (int i = 0; i < 30; ++i) space.limiter("l", tenant_id(std::to_string(i)));
    auto const old = space.limiter("l", tenant_id("0"));
    auto const view = old.view(); // as one who was stopped in the middle of a call has it
    for (int i = 0; i < 1'000; ++i) {
        auto const b = space.breaker("b", tenant_id(std::to_string(i)));
        b.report(b.allow(two_days), outcome::unreachable, 1ms, two_days);
    }
    CHECK(space.counts().evictions > 900);
    auto late = view;
    for (int i = 0; i < 100; ++i) late.try_acquire(1, priority::live_call, two_days + 3ns);
    space.for_each_key(two_days, [](auto&&, auto&&, auto&&, auto const& snapshot) {
        if constexpr (std::is_same_v<std::decay_t<decltype(snapshot)>, breaker_snapshot>)
            CHECK(snapshot.state == circuit::closed);
    });
    // And limiters find room among limiters.
    for (int i = 0; i < 300; ++i) space.limiter("l", tenant_id(std::to_string(i)));
    CHECK(space.counts().overflows == 0);
    CHECK(space.verify().empty());
}

TEST_CASE("space: a table full of keys in use sends the rest to a shared slot, counted")
{
    segment_dir dir;
    auto space = dir.open(16);
    auto const profile = space.profile(touchy());
    for (int i = 0; i < 13; ++i)
        trip(space.breaker("open", tenant_id(std::to_string(i)), {}, profile), two_days);
    auto const b = space.breaker("late", acme);
    CHECK(b.is_overflow());
    CHECK(b.allow(two_days));
    CHECK(space.counts().overflows > 0);
    CHECK(space.limiter("late", acme).try_acquire(1, priority::live_call, two_days));
    for (int i = 0; i < 13; ++i)
        CHECK_FALSE(space.breaker("open", tenant_id(std::to_string(i))).allow(two_days));
}

TEST_CASE("space: scenario 5, tokens that are forged, damaged or of an evicted key touch nothing")
{
    segment_dir dir;
    auto space = dir.open();
    auto const b = space.breaker("retell", acme, {}, space.profile(touchy()));
    trip(b, two_days);
    auto const later = two_days + 2s;
    auto const probe = b.allow(later);
    REQUIRE(probe);
    auto const before = b.snapshot(later);
    for (std::uint64_t bit = 0; bit < 64; ++bit)
        space.report(probe.token() ^ (std::uint64_t{1} << bit), outcome::ok, 1ms, later);
    for (std::uint64_t n = 0; n < 100'000; ++n)
        space.report(n * 0x9e3779b97f4a7c15ull, outcome::ok, 1ms, later);
    space.report(permit::make(std::uint64_t{0xff'ffff} << 6, before.generation, 1, 0).token(),
        outcome::ok, 1ms, later);
    auto const after = b.snapshot(later);
    CHECK(after.generation == before.generation);
    CHECK(after.probes_out == before.probes_out);
    CHECK(after.good_probes == before.good_probes);
    space.report(probe.token(), outcome::ok, 1ms, later);
    CHECK(b.snapshot(later).good_probes == 1);
    space.report(probe.token(), outcome::ok, 1ms, later);
    CHECK(b.snapshot(later).good_probes == 1);
}

TEST_CASE("space: changes of state are events with their key")
{
    segment_dir dir;
    auto space = dir.open(), watcher = dir.open();
    std::uint64_t cursor = 0;
    auto const b = space.breaker("retell", acme, "calls", space.profile(touchy()));
    trip(b, two_days);
    b.reset();
    auto const events = watcher.events(cursor);
    REQUIRE(events.size() == 2);
    CHECK(events[0].service == "retell");
    CHECK(events[0].tenant == "acme");
    CHECK(events[0].group == "calls");
    CHECK(events[0].change.to == circuit::open);
    CHECK(events[1].change.to == circuit::closed);
    CHECK(watcher.events(cursor).empty());
    for (int i = 0; i < 500; ++i) b.reset();
    CHECK(watcher.events(cursor).size() == 64); // the ring keeps the last
}

TEST_CASE("space: a striped key counts in parts and gives them back")
{
    segment_dir dir;
    auto space = dir.open();
    auto p = touchy();
    p.striped = true;
    p.minimum_calls = 1'000;
    auto const b = space.breaker("hot", acme, {}, space.profile(p));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) b.report(b.allow(), outcome::ok, 1ms);
        });
    for (auto& t : threads) t.join();
    CHECK(b.snapshot().calls == 20'000);
    CHECK(space.verify().empty());
}

TEST_CASE("space: threads that look up the same new keys agree on them")
{
    segment_dir dir;
    for (int round = 0; round < 10; ++round) {
        auto space = dir.open();
        std::atomic<int> ready{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                ready.fetch_add(1);
                while (ready.load() < 4) {
                }
                for (int k = 0; k < 20; ++k) {
                    auto const name = std::to_string(round) + "-" + std::to_string(k);
                    auto const b = space.breaker("retell", tenant_id(name));
                    b.report(b.allow(two_days), outcome::ok, 1ms, two_days);
                }
            });
        for (auto& t : threads) t.join();
        for (int k = 0; k < 20; ++k) {
            auto const name = std::to_string(round) + "-" + std::to_string(k);
            CHECK(space.breaker("retell", tenant_id(name)).snapshot(two_days).calls == 4);
        }
        REQUIRE(space.verify().empty());
    }
}
