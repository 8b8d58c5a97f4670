#include "space_support.hpp"

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <pthread.h>

#include <array>
#include <cstdlib>
#include <ctime>

using namespace test;

namespace {

void pause_for(nanoseconds d)
{
    timespec const t{static_cast<time_t>(d.count() / 1'000'000'000),
        static_cast<long>(d.count() % 1'000'000'000)};
    ::nanosleep(&t, nullptr);
}

/// A meeting point of processes.
class barrier {
public:
    void expect(unsigned n)
    {
        pthread_barrierattr_t a;
        ::pthread_barrierattr_init(&a);
        ::pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
        ::pthread_barrier_init(&barrier_, &a, n);
    }
    void meet() { ::pthread_barrier_wait(&barrier_); }

private:
    pthread_barrier_t barrier_;
};

struct herd_state {
    barrier gate;
    std::atomic<std::int64_t> now{0};
    std::atomic<unsigned> granted{0}, rejected{0}, without_time{0}, slow{0};
};

struct storm_state {
    std::atomic<std::uint64_t> granted{0}, steps{0}, allowed{0};
};

} // namespace

TEST_CASE("processes: scenario 3, of 64 that ask at the same instant exactly the three probes "
          "pass, 200 times")
{
    constexpr unsigned herd = 64;
    constexpr int rounds = 200;
    segment_dir dir;
    auto space = dir.open();
    auto const b = space.breaker("retell", acme, {}, space.profile(touchy()));
    shared_object<herd_state> s;
    s->gate.expect(herd + 1);
    children all;
    for (unsigned i = 0; i < herd; ++i)
        all.start([&] {
            auto mine = dir.open();
            auto const ref = mine.breaker("retell", acme);
            for (int round = 0; round < rounds; ++round) {
                s->gate.meet();
                auto const now = time_point(nanoseconds(s->now.load()));
                auto const begin = precise_clock::now();
                bool const granted = static_cast<bool>(ref.allow(now));
                if (precise_clock::now() - begin > 1ms) s->slow.fetch_add(1);
                (granted ? s->granted : s->rejected).fetch_add(1);
                if (!granted && ref.snapshot(now).retry_after <= 0ns) s->without_time.fetch_add(1);
                s->gate.meet();
            }
            return 0;
        });
    auto now = two_days;
    for (int round = 0; round < rounds; ++round) {
        b.reset();
        trip(b, now);
        now += 1s + 20ms;
        s->now = ns_of(now);
        s->granted = s->rejected = 0;
        s->gate.meet();
        s->gate.meet();
        REQUIRE(s->granted.load() == 3);
        REQUIRE(s->rejected.load() == herd - 3);
        now += 1s;
    }
    CHECK(all.wait());
    CHECK(s->without_time.load() == 0);
    CHECK(s->slow.load() <= herd * rounds / 50); // one that was not running while it asked
}

TEST_CASE("processes: scenario 9, four together get exactly 1,000 of 12,000 tries, 10 rounds")
{
    segment_dir dir;
    auto space = dir.open();
    for (int round = 0; round < 10; ++round) {
        limiter_policy p;
        p.rate = 0.001;
        p.burst = 1'000;
        auto const tenant = tenant_id(std::to_string(round));
        auto const l = space.limiter("retell", tenant, {}, space.profile(p));
        shared_object<std::atomic<unsigned>> granted;
        children workers;
        for (int w = 0; w < 4; ++w)
            workers.start([&] {
                auto mine = dir.open();
                auto const ref = mine.limiter("retell", tenant);
                for (int i = 0; i < 3'000; ++i)
                    if (ref.try_acquire(1, priority::live_call, two_days)) granted->fetch_add(1);
                return 0;
            });
        REQUIRE(workers.wait());
        REQUIRE(granted->load() == 1'000);
        CHECK_FALSE(l.try_acquire(1, priority::live_call, two_days));
    }
}

TEST_CASE("processes: scenario 2, three probes whose holders are killed cost one lease")
{
    segment_dir dir;
    auto space = dir.open();
    auto const b = space.breaker("retell", acme, {}, space.profile(touchy()));
    trip(b, two_days);
    auto now = two_days + 2s;
    shared_object<std::atomic<int>> granted;
    children holders;
    for (int i = 0; i < 3; ++i)
        holders.start([&]() -> int {
            if (b.allow(now)) granted->fetch_add(1);
            for (;;) ::pause();
        });
    while (granted->load() < 3) pause_for(1ms);
    holders.kill_all();
    CHECK_FALSE(b.allow(now));
    constexpr auto tick = nanoseconds(1 << detail::ticks::shift);
    auto const died = now;
    while (!b.allow(now)) now += tick;
    CHECK(now - died <= 2s + 2 * tick);
}

TEST_CASE("processes: after a fork both sides go on, and a report from both counts once")
{
    segment_dir dir;
    auto space = dir.open();
    auto const b = space.breaker("retell", acme, {}, space.profile(touchy()));
    trip(b, two_days);
    auto const now = two_days + 2s;
    auto const probe = b.allow(now);
    auto pool = space.leases("retell", acme);
    pool->configure(3, 0);
    REQUIRE(pool.try_take(call_direction::outbound, now + 1h, now));
    children child;
    child.start([&] {
        b.report(probe, outcome::ok, 1ms, now);
        // In its own name: it dies with it, and the parent's does not.
        return pool.try_take(call_direction::outbound, now + 1h, now) &&
                pool.try_take(call_direction::outbound, now + 1h, now) &&
                !pool.try_take(call_direction::outbound, now + 1h, now)
            ? 0
            : 1;
    });
    REQUIRE(child.wait());
    b.report(probe, outcome::ok, 1ms, now);
    CHECK(b.snapshot(now).good_probes == 1);
    CHECK(b.snapshot(now).late == 1);
    CHECK(pool->sweep(now) == 2);
    CHECK(pool->snapshot().in_use() == 1);
}

/// 2 s and 60 kills; with TRUNKLINE_FULL=1 20 s and 600.
TEST_CASE("processes: scenario 1, a storm of SIGKILLs: no stall, no grant too many, nothing broken")
{
    auto const* full = std::getenv("TRUNKLINE_FULL");
    auto const length = full && *full == '1' ? 20s : 2s;
    std::uint64_t seed = static_cast<std::uint64_t>(ns_of(precise_clock::now()));
    CAPTURE(seed);
    trunkline::random_source random(seed);
    constexpr double rate = 20'000;
    // Half a second: the workers are nice, and on a busy machine may wait as long for their turn.
    constexpr unsigned burst = 10'000;
    segment_dir dir;
    auto space = dir.open();
    limiter_policy limit;
    limit.rate = rate;
    limit.ceiling = rate;
    limit.burst = burst;
    limit.adaptive = false;
    auto policy = touchy();
    policy.minimum_calls = 20;
    policy.window = 200ms;
    policy.open_base = 20ms;
    policy.open_cap = 100ms;
    policy.probe_lease = 50ms;
    space.limiter("retell", acme, {}, space.profile(limit));
    auto const b = space.breaker("retell", acme, {}, space.profile(policy));
    shared_object<storm_state> s;
    auto const work = [&](std::uint64_t worker_seed) -> int {
        if (::nice(5) < 0) return 1; // so that the one who kills gets its turn
        auto mine = dir.open();
        auto const limiter = mine.limiter("retell", acme, {}, mine.profile(limit));
        auto const breaker = mine.breaker("retell", acme, {}, mine.profile(policy));
        trunkline::random_source dice(worker_seed);
        for (;;) {
            if (limiter.try_acquire(1, priority::live_call)) s->granted.fetch_add(1);
            if (auto const p = breaker.allow()) {
                s->allowed.fetch_add(1);
                // Whole phases of sickness, so that it opens, probes and closes all the time.
                bool const sick = (ns_of(coarse_clock::now()) / 100'000'000) % 4 < 2;
                auto const o = sick  ? outcome::sick
                    : dice.below(50) ? outcome::ok
                                     : outcome::cancelled;
                breaker.report(p, o, 1ms);
            }
            // New keys as well: killed in the middle of an insertion.
            if (dice.below(200) == 0)
                mine.breaker("new", tenant_id(std::to_string(dice.below(2'000))));
            s->steps.fetch_add(1);
        }
    };
    children workers;
    // The ceiling is counted by the clock that the limiter goes by: what is a step of 4 ms to
    // another clock is no credit.
    auto const credit_from = coarse_clock::now();
    auto const begin = precise_clock::now();
    for (int i = 0; i < 8; ++i) workers.start([&] { return work(random.next()); });
    unsigned kills = 0, stalls = 0;
    auto moved_at = begin;
    std::uint64_t steps = 0;
    auto const wanted = 30 * static_cast<unsigned>(length.count());
    while (precise_clock::now() - begin < length || (length == 2s && kills < wanted)) {
        pause_for(nanoseconds(random.below(15'000'000)));
        workers.kill_at(random.below(workers.size()));
        ++kills;
        auto const next = random.next();
        workers.start([&] { return work(next); });
        auto const now = precise_clock::now();
        if (s->steps.load() != steps) moved_at = now;
        steps = s->steps.load();
        if (now - moved_at > 300ms) {
            ++stalls;
            moved_at = now;
        }
    }
    workers.kill_all();
    auto const seconds = std::chrono::duration<double>(coarse_clock::now() - credit_from).count();
    auto const ceiling = rate * seconds + burst;
    auto const used = static_cast<double>(s->granted.load()) / ceiling;
    MESSAGE(kills << " kills, " << s->steps.load() << " steps, " << used * 100
                  << " % of the ceiling, " << space.counts().events << " changes of state, "
                  << space.counts().evictions << " evictions");
    CHECK(stalls == 0);
    CHECK(used <= 1.0);
    CHECK(used >= 0.9);
    CHECK(kills >= wanted);
    CHECK(space.counts().events > 4);
    for (auto const& what : space.verify()) FAIL_CHECK(what);
    // And it still works: healthy calls close it.
    bool closed = false;
    for (int i = 0; i < 1'000 && !closed; ++i) {
        pause_for(2ms);
        b.report(b.allow(), outcome::ok, 1ms);
        closed = b.state() == circuit::closed;
    }
    auto const look = b.snapshot();
    CAPTURE(static_cast<int>(look.state));
    CAPTURE(look.generation);
    CAPTURE(look.exponent);
    CAPTURE(look.probes_out);
    CAPTURE(look.good_probes);
    CAPTURE(look.retry_after.count());
    CAPTURE(look.late);
    CAPTURE(look.rejected);
    CAPTURE(b.is_overflow());
    CHECK(closed);
}
