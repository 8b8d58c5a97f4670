#include "real_time.hpp"
#include "redis_server.hpp"
#include "support.hpp"
#include "support/scratch_dir.hpp"
#include "tier_fast.hpp"

#include <trunkline/redis/space_words.hpp>

#include <algorithm>
#include <array>

namespace trunkline::redis::test {
namespace {

using clock = std::chrono::steady_clock;

tenant_id const acme("acme");

/// A process: its attachment to the segment of its host, and its driver.
class process {
public:
    process(loop& l, std::string const& url, std::string const& directory, std::string const& host)
    {
        resilience::space_options o;
        o.directory = directory;
        o.keys = 256;
        space = std::make_shared<resilience::resilience_space>(
            resilience::resilience_space::open(host, o));
        resilience::limiter_policy p;
        p.rate = real_rate;
        p.burst = real_burst;
        p.adaptive = false;
        limiter.emplace(space->limiter("api", acme, {}, space->profile(p)));
        resilience::breaker_policy b;
        b.minimum_calls = 5;
        breaker.emplace(space->breaker("api", acme, {}, space->profile(b)));
        driver.emplace(l.context.get_executor(), address::parse(url), fast(host),
            std::make_shared<space_words>(space), fast_client());
        driver->start();
    }
    std::shared_ptr<resilience::resilience_space> space;
    std::optional<resilience::limiter_ref> limiter;
    std::optional<resilience::breaker_ref> breaker;
    std::optional<host_tier_driver> driver;
};

/// Three hosts, the first with two processes, in one thread: calls, and then what is due.
class hosts_with_spaces {
public:
    explicit hosts_with_spaces(std::string const& url)
    {
        for (auto const* const host : {"host-0", "host-1", "host-2", "host-0"})
            all.push_back(std::make_unique<process>(l, url, dir_.path().string(), host));
    }
    ~hosts_with_spaces()
    {
        for (auto& p : all) p->driver->stop();
        all.clear(); // the drivers keep what they still touch
        l.context.restart();
        l.context.run_for(2s);
    }
    /// Each host asks for `demand` calls a second for this long, its processes in turn. Returns what left.
    std::int64_t run(std::chrono::milliseconds time, double demand)
    {
        std::int64_t left = 0;
        paced_.run(l, time, demand, [&](clock::time_point now) {
            for (std::size_t host = 0; host < 3; ++host)
                left += call(*all[host == 0 && turn_ % 2 ? 3 : host], broken[host], now);
            ++turn_;
        });
        return left;
    }
    template <class Condition>
    std::chrono::milliseconds run_until(Condition holds, double demand)
    {
        return time_until(holds, [&] { run(2ms, demand); });
    }
    bool in_contact() const
    {
        auto const knows = [&](std::size_t i) {
            auto const s = all[i]->driver->stats();
            return s.in_contact && s.hosts == 3;
        };
        return (knows(0) || knows(3)) && knows(1) && knows(2);
    }
    resilience::breaker_snapshot breaker(std::size_t i) const
    {
        return all[i]->breaker->snapshot(clock::now());
    }
    double shares() const
    {
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i)
            sum += all[i]->limiter->snapshot(clock::now()).share.value_or(real_rate);
        return sum;
    }

    loop l;
    std::vector<std::unique_ptr<process>> all;
    std::array<bool, 3> broken{};

private:
    static int call(process& p, bool is_broken, clock::time_point now)
    {
        if (!p.limiter->try_acquire(1, resilience::priority::live_call, now)) return 0;
        auto const permit = p.breaker->allow(now);
        if (!permit) return 0;
        p.breaker->report(permit,
            is_broken ? resilience::outcome::unreachable : resilience::outcome::ok, 5ms, now);
        return 1;
    }
    trunkline::test::scratch_dir dir_;
    paced_calls paced_;
    int turn_ = 0;
};

} // namespace

TEST_CASE("scenario 14, real Redis and segments: one broken host opens nobody, two open the third")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    hosts_with_spaces h(server.local_url());
    using resilience::circuit;
    h.run_until([&] { return h.in_contact(); }, 100);
    h.broken[0] = true;
    h.run_until([&] { return h.breaker(0).state == circuit::open; }, 100);
    CHECK(h.breaker(3).state == circuit::open); // one segment
    h.run(300ms, 100);
    CHECK_FALSE(h.breaker(1).opened_by_others);
    CHECK_FALSE(h.breaker(2).opened_by_others);
    h.broken[1] = true;
    h.run_until([&] { return h.breaker(1).state == circuit::open; }, 100);
    CHECK(h.run_until([&] { return h.breaker(2).opened_by_others; }, 100) <= 300ms);
    CHECK(h.breaker(2).state == circuit::closed);
    CHECK_FALSE(h.all[2]->breaker->allow(clock::now()));
    // Redis dies: what others said ends by itself, within the longest echo.
    auto const before = clock::now();
    h.broken = {};
    const_cast<redis_server&>(server).stop();
    h.run_until([&] { return !h.breaker(2).opened_by_others; }, 100);
    CHECK(clock::now() - before <= 2200ms);
    CHECK(h.all[2]->breaker->allow(clock::now()));
}

TEST_CASE("scenario 14, real Redis and segments: shares, a stopped Redis, and an emptied one")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    hosts_with_spaces h(server.local_url());
    h.run_until([&] { return h.in_contact(); }, 400);
    h.run(600ms, 400);
    CHECK(h.shares() <= real_rate * 1.001);
    CHECK(h.run(1s, 400) >= 0.9 * real_rate);
    server.stop();
    CHECK(h.run(1s, 1000) <= 1.1 * real_rate);
    CHECK(h.shares() <= real_rate * 1.001);
    server.start();
    for (int i = 0; i < 2; ++i) {
        CHECK(h.run(500ms, 1000) <= 1.1 * real_rate / 2);
        CHECK(h.shares() <= real_rate * 1.001);
    }
    h.run_until([&] { return h.in_contact(); }, 1000);
    CHECK(h.run(500ms, 1000) >= 0.8 * real_rate / 2);
}

TEST_CASE("tier: of two processes of a host one talks to Redis, the other takes over when it ends")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    hosts_with_spaces h(server.local_url());
    h.run_until([&] { return h.in_contact(); }, 100);
    h.run(300ms, 100);
    auto const calls = [&](std::size_t i) { return h.all[i]->driver->stats().calls; };
    auto const talks = calls(0) > 0 ? 0u : 3u, waits = 3u - talks;
    CHECK(calls(waits) == 0);
    h.all[talks]->driver->stop();
    h.run_until([&] { return calls(waits) > 2; }, 100);
    CHECK(h.all[waits]->driver->stats().fenced == 0);
    CHECK(h.shares() <= real_rate * 1.001);
}

} // namespace trunkline::redis::test
