#include <trunkline/resilience/cache_core.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

#include <string>

namespace trunkline::resilience {
namespace {

using namespace std::chrono_literals;

cache_key const agent(tenant_id("acme"), "get-agent/a1");

/// A core with its own time, and what most tests do with it.
class cache_bench {
public:
    explicit cache_bench(cache_options const& o = {}) : core(o) {}

    cache_decision lookup(cache_key const& key = agent) { return core.lookup(key, now); }
    cache_result put(std::string bytes, cache_key const& key = agent)
    {
        auto const d = lookup(key);
        REQUIRE(d.flight);
        return core.complete(*d.flight, load_outcome::success(std::move(bytes)), now);
    }
    cache_result fail(cache_key const& key = agent)
    {
        auto const d = lookup(key);
        REQUIRE(d.flight);
        return core.complete(*d.flight, load_outcome::failure(errc::server_error), now);
    }

    cache_core core;
    cache_core::time_point now{1h};
};

std::string text_of(cache_result const& r)
{
    return r.value ? *r.value : "(none)";
}

} // namespace

TEST_CASE("cache: fresh, then stale while one refreshes, then stale only on error, then a miss")
{
    cache_options o;
    o.fresh_for = 30s;
    o.revalidate_until = 5min;
    o.max_stale = 1h;
    cache_bench b(o);
    CHECK(b.lookup().action == cache_action::load);
    b.now += 10s; // the lease ends
    auto const put = b.put("one");
    CHECK(put.state == freshness::fresh);
    CHECK(put.source == cache_source::loaded);

    b.now += 29s;
    auto d = b.lookup();
    CHECK(d.action == cache_action::serve);
    CHECK(d.result.state == freshness::fresh);
    CHECK(d.result.source == cache_source::memory);
    CHECK(d.result.age == 29s);

    b.now += 1s;
    d = b.lookup();
    CHECK(d.action == cache_action::serve_and_load);
    CHECK(d.result.state == freshness::stale);
    CHECK_FALSE(d.result.degraded);                  // as it should be: a refresh is under way
    CHECK(b.lookup().action == cache_action::serve); // for all others
    b.core.abandon(*d.flight, b.now);

    b.now += 5min;
    d = b.lookup();
    CHECK(d.action == cache_action::load); // too old to be served unasked
    CHECK(b.lookup().action == cache_action::wait);
    auto const r = b.core.complete(*d.flight, load_outcome::failure(errc::timeout), b.now);
    CHECK(text_of(r) == "one");
    CHECK(r.state == freshness::stale);
    CHECK(r.degraded);
    CHECK(r.error == errc::timeout);
    CHECK(r.age == 5min + 30s);

    b.now += 1h;
    auto const gone = b.fail();
    CHECK(gone.state == freshness::miss);
    CHECK(text_of(gone) == "(none)");
    CHECK(gone.error == errc::server_error);
}

TEST_CASE("cache: no failure and no empty answer replaces a good value")
{
    cache_bench b;
    b.put("good");
    for (auto const& bad :
        {load_outcome::failure(errc::server_error), load_outcome::failure(errc::empty_answer),
            load_outcome::success(""), load_outcome::failure({})})
    {
        b.now += 1min;
        auto const d = b.lookup();
        REQUIRE(d.flight);
        auto const r = b.core.complete(*d.flight, bad, b.now);
        CHECK_FALSE(b.core.accepted());
        CHECK(text_of(r) == "good");
        CHECK(r.degraded);
        CHECK(r.error);
        CHECK(text_of(b.lookup().result) == "good");
    }
}

TEST_CASE("cache: an empty list of a source that works is a value")
{
    cache_bench b;
    b.put(R"([{"agent_id":"a1"}])");
    b.now += 1min;
    CHECK(text_of(b.put("[]")) == "[]");
    CHECK(b.core.accepted());
    CHECK(text_of(b.lookup().result) == "[]");
}

TEST_CASE("cache: what the source says is not there goes, and is asked for again within 5 s")
{
    cache_options o;
    o.negative_for = 5s;
    cache_bench b(o);
    b.put("one");
    b.now += 1min;
    auto const d = b.lookup();
    auto const r = b.core.complete(*d.flight, load_outcome::absent(), b.now);
    CHECK(b.core.accepted());
    CHECK(r.state == freshness::miss);
    CHECK(r.error == errc::not_found);
    CHECK_FALSE(r.degraded);
    b.now += 4999ms;
    CHECK(b.lookup().action == cache_action::serve);
    CHECK(b.lookup().result.error == errc::not_found);
    b.now += 1ms;
    CHECK(b.lookup().action == cache_action::load);
}

TEST_CASE("cache: a failing source is asked once in negative_for, not by every caller")
{
    cache_bench b; // 1 s
    b.fail();
    int loads = 0;
    for (int i = 0; i < 1000; ++i) {
        b.now += 10ms;
        auto const d = b.lookup();
        CHECK(d.result.state == freshness::miss);
        if (d.action != cache_action::load) {
            CHECK(d.result.error == errc::server_error);
            CHECK(d.result.degraded);
            continue;
        }
        ++loads;
        b.core.complete(*d.flight, load_outcome::failure(errc::server_error), b.now);
    }
    CHECK(loads == 10);
}

TEST_CASE("cache: a leader that died costs one lease")
{
    cache_bench b; // 10 s
    auto const dead = b.lookup();
    REQUIRE(dead.flight);
    auto const waiting = b.lookup();
    CHECK(waiting.action == cache_action::wait);
    CHECK(waiting.waits_for == dead.flight->id);
    CHECK(waiting.until == b.now + 10s);
    b.now += 9999ms;
    CHECK(b.lookup().action == cache_action::wait);
    b.now += 1ms;
    auto const next = b.lookup();
    CHECK(next.action == cache_action::load);
    CHECK(b.core.stats().lost_flights == 1);

    SUBCASE("what it brings late never replaces what was loaded later")
    {
        b.core.complete(*next.flight, load_outcome::success("new"), b.now);
        auto const late = b.core.complete(*dead.flight, load_outcome::success("old"), b.now);
        CHECK_FALSE(b.core.accepted());
        CHECK(text_of(late) == "old"); // its own callers asked for it
        CHECK(late.state == freshness::stale);
        CHECK(text_of(b.lookup().result) == "new");
    }
    SUBCASE("but is better than nothing, and then what comes later replaces it")
    {
        b.core.complete(*dead.flight, load_outcome::success("old"), b.now);
        CHECK(b.core.accepted());
        CHECK(text_of(b.lookup().result) == "old");
        b.core.complete(*next.flight, load_outcome::success("new"), b.now);
        CHECK(text_of(b.lookup().result) == "new");
    }
    SUBCASE("its late failure is no verdict")
    {
        b.core.complete(*dead.flight, load_outcome::failure(errc::timeout), b.now);
        CHECK(b.lookup().action == cache_action::wait);
        CHECK_FALSE(b.lookup().result.error);
    }
}

TEST_CASE("cache: age counts from when the load began")
{
    cache_bench b;
    auto const d = b.lookup();
    b.now += 8s;
    CHECK(b.core.complete(*d.flight, load_outcome::success("slow"), b.now).age == 8s);
    CHECK(b.lookup().result.age == 8s);
}

TEST_CASE("cache: tenants never meet, also where tenant and name run together")
{
    cache_bench b;
    cache_key const one(tenant_id("ab"), "c");
    cache_key const two(tenant_id("a"), "bc");
    b.put("one", one);
    CHECK(b.lookup(two).action == cache_action::load);
    b.core.invalidate(tenant_id("a"));
    CHECK(text_of(b.lookup(one).result) == "one");
}

TEST_CASE("cache: invalidation is immediate, by key, by prefix, and by tenant")
{
    cache_bench b;
    cache_key const number(tenant_id("acme"), "get-phone-number/+1");
    cache_key const foreign(tenant_id("other"), "get-agent/a1");
    auto const fill = [&] {
        for (auto const& key : {agent, number, foreign})
            if (b.lookup(key).action != cache_action::serve) b.now += 11s, b.put("x", key);
    };
    auto const held = [&](cache_key const& key) {
        return b.core.lookup(key, b.now, false).result.state == freshness::fresh;
    };
    fill();
    b.core.invalidate(agent);
    CHECK_FALSE(held(agent));
    CHECK(held(number));
    fill();
    b.core.invalidate(tenant_id("acme"), "get-phone-number/");
    CHECK(held(agent));
    CHECK_FALSE(held(number));
    fill();
    b.core.invalidate(tenant_id("acme"));
    CHECK_FALSE(held(agent));
    CHECK_FALSE(held(number));
    CHECK(held(foreign));
}

TEST_CASE("cache: a load begun before an invalidation is not kept, and nobody new waits for it")
{
    cache_bench b;
    auto const before = b.lookup();
    b.core.invalidate(agent);
    auto const after = b.lookup();
    CHECK(after.action == cache_action::load);
    auto const r = b.core.complete(*before.flight, load_outcome::success("old route"), b.now);
    CHECK_FALSE(b.core.accepted());
    CHECK(r.state == freshness::stale);
    CHECK(b.lookup().action == cache_action::wait);
    b.core.complete(*after.flight, load_outcome::success("new route"), b.now);
    CHECK(text_of(b.lookup().result) == "new route");
}

TEST_CASE("cache: where loading makes no sense, what is held is served at once as degraded")
{
    cache_bench b;
    b.put("one");
    CHECK_FALSE(b.core.lookup(agent, b.now, false).result.degraded);
    b.now += 2h;
    auto const d = b.core.lookup(agent, b.now, false);
    CHECK(d.action == cache_action::serve);
    CHECK_FALSE(d.flight);
    CHECK(d.result.degraded);
    CHECK(d.result.age == 2h);
    CHECK(text_of(d.result) == "one");
}

TEST_CASE("cache: what a backing kept is served by its age")
{
    cache_bench b;
    auto const recall = [&](std::chrono::milliseconds age) {
        auto const d = b.lookup();
        REQUIRE(d.recall);
        return b.core.recall(*d.flight, std::make_shared<std::string const>("kept"), age, b.now);
    };
    SUBCASE("fresh")
    {
        auto const d = recall(10s);
        CHECK(d.action == cache_action::serve);
        CHECK(d.result.state == freshness::fresh);
        CHECK(d.result.source == cache_source::backing);
        CHECK(b.lookup().result.age == 10s);
    }
    SUBCASE("stale")
    {
        auto const d = recall(1min);
        CHECK(d.action == cache_action::serve_and_load);
        CHECK(d.result.state == freshness::stale);
        b.core.complete(*d.flight, load_outcome::success("new"), b.now);
        CHECK(text_of(b.lookup().result) == "new");
    }
    SUBCASE("of use only if the source fails")
    {
        auto const d = recall(2h);
        CHECK(d.action == cache_action::load);
        auto const r =
            b.core.complete(*d.flight, load_outcome::failure(errc::connect_failed), b.now);
        CHECK(text_of(r) == "kept");
        CHECK(r.source == cache_source::backing);
        CHECK(r.degraded);
    }
    SUBCASE("too old")
    {
        auto const d = recall(25h);
        CHECK(d.action == cache_action::load);
        CHECK(b.core.complete(*d.flight, load_outcome::failure(errc::timeout), b.now).state ==
            freshness::miss);
    }
    SUBCASE("from the future, as after a clock was set back, it is not fresh")
    {
        CHECK(recall(-1h).action == cache_action::serve_and_load);
    }
    SUBCASE("but not if it was invalidated meanwhile and another one asks")
    {
        auto const d = b.lookup();
        b.core.invalidate(agent);
        CHECK(b.lookup().action == cache_action::load);
        b.core.recall(*d.flight, std::make_shared<std::string const>("kept"), 1s, b.now);
        CHECK(b.lookup().action == cache_action::wait);
    }
    SUBCASE("but not if it was invalidated meanwhile")
    {
        auto const d = b.lookup();
        b.core.invalidate(agent);
        CHECK(
            b.core.recall(*d.flight, std::make_shared<std::string const>("kept"), 1s, b.now).action ==
            cache_action::load);
        CHECK(b.core.lookup(agent, b.now, false).result.state == freshness::miss);
    }
}

TEST_CASE("cache: never holds more bytes than allowed, and keeps what is used")
{
    cache_options o;
    o.max_bytes = 64u << 10;
    cache_bench b(o);
    auto const key = [](int i) { return cache_key(tenant_id("acme"), "k" + std::to_string(i)); };
    b.put(std::string(1000, 'h'), key(0));
    for (int i = 1; i < 2000; ++i) {
        b.put(std::string(static_cast<std::size_t>(500 + i), 'x'), key(i));
        CHECK(b.core.stats().bytes <= o.max_bytes);
        CHECK(b.lookup(key(0)).result.state == freshness::fresh); // hot: has its second chance
    }
    CHECK(b.core.stats().evictions > 1900);
    CHECK(b.core.stats().bytes > o.max_bytes / 2);
}

TEST_CASE("cache: what is being loaded is not evicted, and what does not fit is still answered")
{
    cache_options o;
    o.max_bytes = 4096;
    cache_bench b(o);
    auto const key = [](int i) { return cache_key(tenant_id("acme"), "k" + std::to_string(i)); };
    std::vector<flight_ticket> flights;
    for (int i = 0; i < 50; ++i) {
        auto const d = b.lookup(key(i));
        REQUIRE(d.action == cache_action::load);
        flights.push_back(*d.flight);
    }
    CHECK(b.lookup(key(0)).action == cache_action::wait);
    CHECK(b.core.stats().bytes <= o.max_bytes);
    CHECK(b.core.stats().refused > 30);
    for (auto const& f : flights)
        CHECK(text_of(b.core.complete(f, load_outcome::success("v"), b.now)) == "v");
    CHECK(text_of(b.put(std::string(5000, 'x'), key(99))).size() == 5000);
    CHECK(b.lookup(key(99)).action == cache_action::load);
    CHECK(b.core.stats().bytes <= o.max_bytes);
}

TEST_CASE("cache: options that contradict themselves are refused")
{
    auto const code = [](auto&& change) {
        cache_options o;
        change(o);
        try {
            cache_core const core(o);
        } catch (trunkline::error const& e) {
            return e.code();
        }
        return error_code();
    };
    CHECK(code([](auto& o) { o.revalidate_until = 1s; }) == errc::invalid_argument);
    CHECK(code([](auto& o) { o.max_stale = 1s; }) == errc::invalid_argument);
    CHECK(code([](auto& o) { o.negative_for = 5001ms; }) == errc::invalid_argument);
    CHECK(code([](auto& o) { o.flight_lease = 0ms; }) == errc::invalid_argument);
    CHECK_FALSE(code([](auto&) {}));
}

} // namespace trunkline::resilience
