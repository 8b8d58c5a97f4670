#include "tier_world.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace trunkline::redis::test {
namespace {

using namespace std::chrono_literals;

constexpr double rate = 300;
constexpr unsigned burst = 30;

/// Three hosts that have found their shares, all asking for more than there is.
tier_world settled(std::uint64_t seed, double one, double two, double three)
{
    host_tier_options o;
    o.expected_hosts = 3;
    tier_world w(3, rate, burst, seed, o);
    w.hosts[0]->demand = one;
    w.hosts[1]->demand = two;
    w.hosts[2]->demand = three;
    w.run(15s);
    return w;
}

void check_sum(tier_world const& w)
{
    CHECK(w.shares() <= rate * 1.001);
}

} // namespace

TEST_CASE("tier: shares follow demand, use the whole rate, and never add up to more")
{
    auto w = settled(1, 600, 600, 60);
    CHECK(w.granted_in_last(5s) > 0.95 * rate * 5);
    CHECK(w.granted_in_last(5s) <= rate * 5 + burst);
    CHECK(w.hosts[2]->words.share() < 0.2 * rate);
    w.hosts[0]->demand = 10;
    w.hosts[2]->demand = 900;
    for (int i = 0; i < 300; ++i) {
        w.run(10ms);
        check_sum(w);
    }
    CHECK(w.hosts[2]->words.share() > 0.45 * rate);
    CHECK(w.granted_in_last(1s) > 0.9 * rate);
}

TEST_CASE("tier: at most ten commands a second and host, whatever the load")
{
    for (double const load : {0.0, 100.0, 20'000.0}) {
        auto w = settled(2, load, load, load);
        auto const before = w.hosts[0]->sent;
        w.run(10s);
        CHECK(w.hosts[0]->sent - before <= 100);
        CHECK(w.hosts[0]->sent - before >= 15); // it does tell that it lives
    }
}

TEST_CASE("scenario 14, simulated: one host with a broken network does not open the others")
{
    auto w = settled(3, 100, 100, 100);
    w.hosts[0]->network_is_well = false;
    for (int i = 0; i < 5000; ++i) {
        w.run(1ms);
        REQUIRE_FALSE(w.hosts[1]->words.is_opened_by_others(w.now()));
        REQUIRE_FALSE(w.hosts[2]->words.is_opened_by_others(w.now()));
    }
    CHECK(w.hosts[0]->words.is_open(w.now()));
    CHECK(w.granted_in_last(1s) >= 190);
}

TEST_CASE("scenario 14, simulated: two broken hosts open the third within 300 ms")
{
    auto w = settled(4, 100, 100, 100);
    w.hosts[0]->network_is_well = false;
    w.hosts[1]->network_is_well = false;
    auto const both_open = [&] {
        return w.hosts[0]->words.is_open(w.now()) && w.hosts[1]->words.is_open(w.now());
    };
    while (!both_open() && w.at < 60s) w.run(1ms);
    REQUIRE(both_open());
    auto const opened = w.at;
    while (!w.hosts[2]->words.is_opened_by_others(w.now()) && w.at < opened + 1s) w.run(1ms);
    CHECK(w.at - opened <= 300ms);
    CHECK_FALSE(w.hosts[2]->words.is_open(w.now())); // not its own verdict, and no vote of its

    // The service is well again: the third host is open no longer than the others say so.
    w.hosts[0]->network_is_well = w.hosts[1]->network_is_well = true;
    w.run(12s);
    CHECK_FALSE(w.hosts[2]->words.is_opened_by_others(w.now()));
}

TEST_CASE("tier: what others opened ends by itself when Redis is gone")
{
    auto w = settled(5, 100, 100, 100);
    w.hosts[0]->network_is_well = w.hosts[1]->network_is_well = false;
    while (!w.hosts[2]->words.is_opened_by_others(w.now()) && w.at < 60s) w.run(1ms);
    w.redis_is_up = false;
    w.run(2001ms);
    CHECK_FALSE(w.hosts[2]->words.is_opened_by_others(w.now()));
}

TEST_CASE("tier: of more than three hosts most must agree")
{
    host_tier_options o;
    o.expected_hosts = 5;
    tier_world w(5, rate, burst, 6, o);
    for (auto const& h : w.hosts) h->demand = 60;
    w.run(10s);
    w.hosts[0]->network_is_well = w.hosts[1]->network_is_well = false;
    w.run(3s);
    CHECK(w.hosts[0]->words.is_open(w.now()));
    CHECK_FALSE(w.hosts[4]->words.is_opened_by_others(w.now()));
    w.hosts[2]->network_is_well = false;
    bool opened = false;
    for (int i = 0; i < 5000 && !opened; ++i) {
        w.run(1ms);
        opened = w.hosts[4]->words.is_opened_by_others(w.now());
    }
    CHECK(opened);
}

TEST_CASE("scenario 14, simulated: Redis stopped for 60 s, the total rate stays within the "
          "configured one")
{
    auto w = settled(7, 900, 300, 30);
    auto const before = w.hosts[0]->granted + w.hosts[1]->granted + w.hosts[2]->granted;
    auto const share = w.hosts[0]->words.share();
    w.redis_is_up = false;
    w.run(900ms);
    CHECK(w.hosts[0]->words.share() == share); // kept at first
    auto const from = w.at;
    for (int i = 0; i < 591; ++i) {
        w.run(100ms);
        check_sum(w);
    }
    auto const after = w.hosts[0]->granted + w.hosts[1]->granted + w.hosts[2]->granted;
    CHECK(static_cast<double>(after - before) <= rate * 60 + burst);
    for (auto const& h : w.hosts) CHECK(std::abs(h->words.share() - rate / 3) < 0.02 * rate);
    CHECK(w.most_in_a_second(from) <= 1.1 * rate);
}

TEST_CASE("scenario 14, simulated: Redis comes back empty, and no second sees more than 1.1 times "
          "the rate")
{
    for (auto const outage : {300ms, 2'000ms, 60'000ms}) {
        CAPTURE(outage.count());
        auto w = settled(8, 900, 900, 30);
        w.redis_is_up = false;
        w.run(outage);
        w.redis.forget();
        w.redis_is_up = true;
        w.hosts[1]->reaches_redis = false; // one finds it later
        auto const from = w.at;
        w.run(1s);
        w.hosts[1]->reaches_redis = true;
        for (int i = 0; i < 200; ++i) {
            w.run(100ms);
            check_sum(w);
        }
        CHECK(w.most_in_a_second(from) <= 1.1 * rate);
        CHECK(w.granted_in_last(5s) > 0.95 * rate * 5);
        CHECK(w.hosts[0]->tier.stats().lost_memory == 1);
    }
}

TEST_CASE("tier: a host cut off from Redis alone keeps its part, and the others leave it to it")
{
    auto w = settled(9, 900, 300, 300);
    w.hosts[0]->reaches_redis = false;
    for (int i = 0; i < 400; ++i) {
        w.run(100ms);
        check_sum(w);
    }
    CHECK(std::abs(w.hosts[0]->words.share() - rate / 3) < 0.02 * rate);
    CHECK(w.granted_in_last(5s) > 0.95 * rate * 5);
    w.hosts[0]->reaches_redis = true;
    w.run(5s);
    check_sum(w);
    CHECK(w.hosts[0]->words.share() > 0.5 * rate);
}

TEST_CASE(
    "tier: a host that does not hear how little it is granted still counts with what it holds")
{
    auto w = settled(11, 900, 30, 30);
    w.hosts[0]->hears_redis = false;
    w.hosts[0]->demand = 30;
    w.hosts[1]->demand = 900;
    for (int i = 0; i < 900; ++i) {
        w.run(1ms);
        CHECK(w.shares() <= rate * 1.001);
    }
    w.hosts[0]->hears_redis = true;
    w.run(3s);
    check_sum(w);
    CHECK(w.hosts[1]->words.share() > 0.6 * rate);
}

TEST_CASE("tier: hosts that start at once take equal parts before they hear from each other")
{
    host_tier_options o;
    o.expected_hosts = 3;
    tier_world w(3, rate, burst, 12, o);
    for (auto const& h : w.hosts) h->demand = 10'000;
    w.run(50ms);
    CHECK_FALSE(w.hosts[0]->tier.stats().in_contact);
    check_sum(w);
}

TEST_CASE("tier: random outages of hosts and Redis never let the shares add up to more")
{
    std::uint64_t const seed = 20261201;
    CAPTURE(seed);
    random_source random(seed);
    for (int round = 0; round < 8; ++round) {
        CAPTURE(round);
        auto w = settled(random.next(), 500, 500, 500);
        w.latency = std::chrono::milliseconds(1 + random.below(60));
        for (int i = 0; i < 100; ++i) {
            auto& h = *w.hosts[random.below(3)];
            switch (random.below(8)) {
            case 5: h.hears_redis = !h.hears_redis; break;
            case 0: h.reaches_redis = !h.reaches_redis; break;
            case 1: w.redis_is_up = !w.redis_is_up; break;
            case 2: h.demand = static_cast<double>(random.below(1500)); break;
            case 3: {
                bool const all = w.redis_is_up && std::ranges::all_of(w.hosts, [](auto const& x) {
                    return x->reaches_redis && x->hears_redis;
                });
                // A host that an empty Redis cannot know of for longer than `settle` is beyond it.
                if (all) w.redis.forget(), w.run(1s);
                break;
            }
            default: break;
            }
            w.run(std::chrono::milliseconds(100 + random.below(2000)));
            CHECK(w.shares() <= rate * 1.001);
        }
    }
}

TEST_CASE("tier: of two processes of a host the one with the newer lease counts")
{
    tier_world w(1, rate, burst, 10, {});
    auto& h = *w.hosts[0];
    h.demand = 100;
    w.run(2s);
    host_tier_options o;
    o.host = "host-0";
    host_words newer(rate, burst);
    newer.fence = 2;
    host_tier second(o, newer);
    auto const flush = [&](host_tier& tier) {
        for (int i = 0; i < 2; ++i) { // the first one loads the script
            w.at += 100ms;
            auto const call = tier.poll(w.now());
            if (!call) continue;
            auto const all = arguments_of(call->what);
            tier.on_reply(*call,
                all[0] == "SCRIPT"
                    ? reply(reply::type::string, "id")
                    : w.redis.eval({all.begin() + 2, all.end()}, 1'760'000'000'000 + w.at.count()),
                w.now());
        }
    };
    flush(second);
    CHECK(second.stats().in_contact);
    newer.allow(w.now());
    auto const share = h.words.share();
    w.run(300ms); // the old one, with its old lease
    CHECK(h.tier.stats().fenced > 0);
    CHECK(h.words.share() == share);
    h.words.lease_is_free = false;
    auto const sent = h.sent;
    w.run(1s);
    CHECK(h.sent == sent); // who does not hold the lease sends nothing
}

TEST_CASE("tier: answers that make no sense change nothing")
{
    host_tier_options o;
    o.host = "one";
    host_words words(rate, burst);
    host_tier tier(o, words);
    local_words::time_point now{1h};
    auto const answer = [&](reply const& r) {
        now += 100ms;
        words.allow(now);
        auto const call = tier.poll(now);
        REQUIRE(call);
        tier.on_reply(*call, r, now);
    };
    reply few;
    few.kind = reply::type::array;
    few.elements = {reply(reply::type::string, "ok"), reply(1)};
    for (auto const& bad : {reply(), reply(7), reply(reply::type::error, "ERR"), few}) {
        answer(reply(reply::type::string, "id"));
        answer(bad);
        CHECK(words.share() == rate);
        CHECK_FALSE(tier.stats().in_contact);
    }
    CHECK(tier.stats().failures == 4);
}

TEST_CASE("tier: options that make no sense are refused")
{
    host_words words(rate, burst);
    auto const refused = [&](auto&& change) {
        host_tier_options o;
        o.host = "one";
        change(o);
        try {
            host_tier const tier(o, words);
        } catch (error const& e) {
            return e.code() == errc::invalid_argument;
        }
        return false;
    };
    CHECK_FALSE(refused([](auto&) {}));
    CHECK(refused([](auto& o) { o.host.clear(); }));
    CHECK(refused([](auto& o) { o.space = "a{b}"; }));
    CHECK(refused([](auto& o) { o.quorum = 0; }));
    CHECK(refused([](auto& o) { o.expected_hosts = 0; }));
    CHECK(refused([](auto& o) { o.heartbeat = 10ms; }));
    CHECK(refused([](auto& o) { o.grace = 500ms; }));
    CHECK(refused([](auto& o) { o.member_ttl = 10s; }));
}

} // namespace trunkline::redis::test
