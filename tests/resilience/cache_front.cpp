#include <trunkline/resilience/cache.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace trunkline::resilience {
namespace {

using namespace std::chrono_literals;

/// Remembers in memory; fails when told to.
class memory_backing final : public cache_backing {
public:
    std::optional<kept_value> find(cache_key const& key) override
    {
        check();
        if (during_find) std::exchange(during_find, nullptr)();
        auto const at = kept.find(key.tenant.str() + "/" + key.name);
        if (at == kept.end()) return std::nullopt;
        return at->second;
    }
    void keep(cache_key const& key, std::string_view bytes, std::int64_t loaded_at) override
    {
        check();
        kept.insert_or_assign(
            key.tenant.str() + "/" + key.name, kept_value(std::string(bytes), loaded_at));
    }
    void forget(cache_key const& key) override
    {
        check();
        if (during_forget) std::exchange(during_forget, nullptr)();
        kept.erase(key.tenant.str() + "/" + key.name);
    }
    void forget(tenant_id const& tenant, std::string_view prefix) override
    {
        check();
        std::erase_if(kept, [start = tenant.str() + "/" + std::string(prefix)](auto const& k) {
            return k.first.starts_with(start);
        });
    }
    std::map<std::string, kept_value> kept;
    std::function<void()> during_find, during_forget;
    bool broken = false;

private:
    void check() const
    {
        if (broken) throw std::runtime_error("disk full");
    }
};

/// A cache whose source is this test: loads end when the test says so.
class cache_world {
public:
    explicit cache_world(bool with_backing = true)
        : c(cache_options(), clock, with_backing ? &backing : nullptr)
    {}

    cache_result& get(cache_key const& key)
    {
        auto const slot = std::make_shared<cache_result>();
        results.push_back(slot);
        c.get(
            key, [this](cache::flight f) { flights.push_back(std::move(f)); },
            [this, slot](cache_result r) {
                *slot = std::move(r);
                ++answers;
            });
        return *slot;
    }
    void finish(load_outcome outcome)
    {
        REQUIRE_FALSE(flights.empty());
        auto f = std::move(flights.front());
        flights.erase(flights.begin());
        f.complete(std::move(outcome));
    }

    virtual_time clock;
    memory_backing backing;
    std::vector<std::shared_ptr<cache_result>> results;
    std::vector<cache::flight> flights;
    int answers = 0;
    cache c;
};

cache_key const agent_key(tenant_id("acme"), "get-agent/a1");

} // namespace

TEST_CASE("cache: a thousand callers cost one load")
{
    cache_world w;
    for (int i = 0; i < 1000; ++i) w.get(agent_key);
    CHECK(w.flights.size() == 1);
    CHECK(w.answers == 0);
    w.finish(load_outcome::success("one"));
    CHECK(w.answers == 1000);
    for (auto const& r : w.results)
        CHECK(r->value == w.results[0]->value); // the same bytes, not copies
    CHECK(w.get(agent_key).state == freshness::fresh);
    CHECK(w.c.stats().loads == 1);
    CHECK(w.c.stats().waits == 999);
}

TEST_CASE("cache: every success is kept, and serves a new process while the source is down")
{
    cache_world w;
    w.get(agent_key);
    w.finish(load_outcome::success("one"));
    w.clock.advance(1min);
    w.get(agent_key);
    w.finish(load_outcome::success("two"));
    CHECK(w.backing.kept.at("acme/get-agent/a1").bytes == "two");
    CHECK(w.backing.kept.at("acme/get-agent/a1").loaded_at == w.clock.unix_ms());

    w.clock.advance(1h);
    cache next(cache_options(), w.clock, &w.backing);
    cache_result r;
    next.get(
        agent_key, [](cache::flight f) { f.complete(load_outcome::failure(errc::server_error)); },
        [&](cache_result got) { r = std::move(got); });
    REQUIRE(r.value);
    CHECK(*r.value == "two");
    CHECK(r.source == cache_source::backing);
    CHECK(r.degraded);
    CHECK(r.age == 1h);
    CHECK(r.error == errc::server_error);
}

TEST_CASE("cache: with the breaker open what was kept is served without a load")
{
    cache_world w;
    w.get(agent_key);
    w.finish(load_outcome::success("one"));
    w.clock.advance(2h);
    cache next(cache_options(), w.clock, &w.backing);
    auto const r = next.peek(agent_key);
    REQUIRE(r.value);
    CHECK(r.degraded);
    CHECK(r.age == 2h);
    CHECK(next.stats().loads == 0);
    auto const none = next.peek(cache_key(tenant_id("other"), "get-agent/a1"));
    CHECK(none.state == freshness::miss);
    CHECK(none.degraded);
}

TEST_CASE("cache: a load that is dropped lets the next caller try")
{
    cache_world w;
    auto& first = w.get(agent_key);
    w.get(agent_key);
    std::exchange(w.flights, {}).clear();
    CHECK(first.error == errc::canceled);
    CHECK(first.state == freshness::miss);
    REQUIRE(w.flights.size() == 1); // the second caller's
    CHECK(w.answers == 1);
    w.finish(load_outcome::success("one"));
    CHECK(w.answers == 2);
    CHECK(w.results[1]->state == freshness::fresh);
}

TEST_CASE("cache: those who wait for a load that never ends try for themselves after its lease")
{
    cache_world w;
    w.get(agent_key);
    auto const dead = std::move(w.flights.front());
    w.flights.clear();
    w.get(agent_key);
    w.get(agent_key);
    CHECK(w.c.expire() == w.clock.steady() + 10s);
    w.clock.advance(9999ms);
    w.c.expire();
    CHECK(w.flights.empty());
    w.clock.advance(1ms);
    w.c.expire();
    REQUIRE(w.flights.size() == 1);
    w.finish(load_outcome::success("one"));
    CHECK(w.answers == 2);
    CHECK_FALSE(w.c.expire());
}

TEST_CASE("cache: an invalidated value is gone from the backing too, also one under way")
{
    cache_world w;
    w.get(agent_key);
    w.finish(load_outcome::success("old route"));
    w.clock.advance(1min);
    w.get(agent_key); // refreshes
    w.c.invalidate(agent_key);
    CHECK(w.backing.kept.empty());
    w.finish(load_outcome::success("old route"));
    CHECK(w.backing.kept.empty());
    CHECK(w.c.peek(agent_key).state == freshness::miss);

    w.get(agent_key);
    w.finish(load_outcome::success("new route"));
    w.c.invalidate(tenant_id("acme"), "get-");
    CHECK(w.backing.kept.empty());
    CHECK(w.c.peek(agent_key).state == freshness::miss);
}

TEST_CASE("cache: what is read from the backing while it is invalidated is not served afterwards")
{
    cache_world w;
    w.backing.kept.insert_or_assign("acme/get-agent/a1", kept_value("old route", w.clock.unix_ms()));
    w.backing.during_find = [&] { w.c.invalidate(agent_key); };
    w.get(agent_key);
    CHECK(w.answers == 0);
    CHECK(w.c.peek(agent_key).state == freshness::miss);
}

TEST_CASE("cache: what is read from the backing just before it forgets is not served afterwards")
{
    cache_world w;
    w.backing.kept.insert_or_assign("acme/get-agent/a1", kept_value("old route", w.clock.unix_ms()));
    w.backing.during_forget = [&] { CHECK(w.get(agent_key).value); }; // not invalidated yet
    w.c.invalidate(agent_key);
    CHECK(w.c.peek(agent_key).state == freshness::miss);
}

TEST_CASE("cache: a backing that fails costs memory beyond the process, nothing else")
{
    cache_world w;
    w.backing.broken = true;
    auto& r = w.get(agent_key);
    w.finish(load_outcome::success("one"));
    CHECK(r.state == freshness::fresh);
    CHECK(w.get(agent_key).state == freshness::fresh);
    w.c.invalidate(agent_key);
    CHECK(w.c.peek(agent_key).state == freshness::miss);
    CHECK(w.c.stats().backing_errors >= 3);
}

TEST_CASE("cache: destroyed before a load ends, its callers still get their answer")
{
    virtual_time clock;
    auto c = std::make_unique<cache>(cache_options(), clock);
    std::vector<cache::flight> flights;
    cache_result r;
    c->get(
        agent_key, [&](cache::flight f) { flights.push_back(std::move(f)); },
        [&](cache_result got) { r = std::move(got); });
    c.reset();
    flights.front().complete(load_outcome::success("one"));
    CHECK(r.state == freshness::fresh);
}

TEST_CASE("cache: threads get one answer each, of their own key")
{
    cache_options o;
    o.max_bytes = 256u << 10;
    o.fresh_for = 0ms; // every call goes through a flight
    cache c(o, system_time::instance(), nullptr, 2);
    std::vector<std::thread> threads;
    std::atomic<int> answers{0}, wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 2000; ++i) {
                auto const name = "k" + std::to_string((i * 7 + t) % 50);
                cache_key const key(tenant_id(t % 2 ? "one" : "two"), name);
                c.get(
                    key,
                    [i](cache::flight f) { // may be called by another thread, and later
                        auto value = f.key().tenant.str() + f.key().name;
                        if (i % 5 == 0) return;
                        f.complete(load_outcome::success(std::move(value)));
                    },
                    [&, expected = key.tenant.str() + name](cache_result r) {
                        ++answers;
                        if (r.value && *r.value != expected) ++wrong;
                    });
                if (i % 97 == 0) c.invalidate(key.tenant, "k1");
            }
        });
    for (auto& t : threads) t.join();
    CHECK(answers == 8000);
    CHECK(wrong == 0);
}

} // namespace trunkline::resilience
