#include "space_support.hpp"

#include <trunkline/resilience/cache.hpp>

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <map>
#include <mutex>

namespace test {
namespace {

using trunkline::virtual_time;

/// What processes have in common beside the segment.
class common_backing final : public cache_backing {
public:
    std::optional<kept_value> find(cache_key const& key) override
    {
        ++lookups;
        auto const at = kept.find({key.tenant.str(), key.name});
        return at == kept.end() ? std::nullopt : std::optional(at->second);
    }
    void keep(cache_key const& key, std::string_view bytes, std::int64_t loaded_at) override
    {
        if (during_keep) std::exchange(during_keep, nullptr)();
        kept.insert_or_assign(
            {key.tenant.str(), key.name}, kept_value(std::string(bytes), loaded_at));
    }
    void forget(cache_key const& key) override { kept.erase({key.tenant.str(), key.name}); }
    void forget(tenant_id const& tenant, std::string_view prefix) override
    {
        std::erase_if(kept, [&](auto const& k) {
            return k.first.first == tenant.str() && k.first.second.starts_with(prefix);
        });
    }
    std::map<std::pair<std::string, std::string>, kept_value> kept;
    std::function<void()> during_keep;
    int lookups = 0;
};

/// One process: its cache, and the loads it has begun.
class worker {
public:
    worker(virtual_time& time, common_backing* backing, resilience_space space)
        : c(options(), time, backing, 2, std::make_shared<resilience_space>(std::move(space)))
    {}
    static cache_options options()
    {
        cache_options o;
        o.fresh_for = 30s;
        o.revalidate_until = 300s;
        return o;
    }
    std::shared_ptr<cache_result> get(cache_key const& key)
    {
        auto const slot = std::make_shared<cache_result>();
        c.get(
            key, [this](cache::flight f) { flights.push_back(std::move(f)); },
            [slot](cache_result r) { *slot = std::move(r); });
        return slot;
    }
    void finish(std::string bytes)
    {
        auto f = std::move(flights.back());
        flights.pop_back();
        f.complete(load_outcome::success(std::move(bytes)));
    }
    std::string value(cache_key const& key)
    {
        auto const r = c.peek(key);
        return r.value ? *r.value : std::string();
    }
    cache c;
    std::vector<cache::flight> flights;
};

class two_workers {
public:
    explicit two_workers(bool with_backing = true)
    {
        time.advance(48h);
        for (auto* w : {&one, &two})
            w->emplace(time, with_backing ? &backing : nullptr, dir.open());
    }
    void fill(std::string const& bytes, cache_key const& key)
    {
        for (auto* w : {&one, &two}) {
            (*w)->get(key);
            if (!(*w)->flights.empty()) (*w)->finish(bytes);
        }
    }
    segment_dir dir;
    virtual_time time;
    common_backing backing;
    std::optional<worker> one, two;
};

cache_key const agent{acme, "agent/1/get"};

} // namespace

TEST_CASE(
    "cache peers: one process refreshes, the others serve what they have, and find what it brought")
{
    two_workers w;
    w.fill("old", agent);
    auto const loads = w.two->c.stats().loads;
    w.time.advance(60s);
    CHECK(*w.one->get(agent)->value == "old");
    REQUIRE(w.one->flights.size() == 1);
    for (int i = 0; i < 10; ++i) {
        auto const r = w.two->get(agent);
        CHECK(*r->value == "old");
        CHECK(r->state == freshness::stale);
    }
    CHECK(w.two->flights.empty());
    CHECK(w.two->c.stats().left_to_peers == 10);
    CHECK(w.two->c.stats().loads == loads);
    w.time.advance(1s);
    w.one->finish("new");
    auto const r = w.two->get(agent);
    CHECK(*r->value == "new");
    CHECK(r->state == freshness::fresh);
    CHECK(r->source == cache_source::backing);
    CHECK(r->age == 1s); // as it was loaded, not as it was found
    CHECK(w.two->flights.empty());
    auto const lookups = w.backing.lookups;
    CHECK(*w.two->get(agent)->value == "new");
    CHECK(w.backing.lookups == lookups); // a hit asks nobody
    CHECK(w.two->c.stats().loads == loads);
    CHECK(w.one->c.stats().loads == 2);
}

TEST_CASE(
    "cache peers: without a common backing each process refreshes its own, one after the other")
{
    two_workers w(false);
    w.fill("old", agent);
    w.time.advance(60s);
    w.one->get(agent);
    w.two->get(agent);
    REQUIRE(w.one->flights.size() == 1);
    CHECK(w.two->flights.empty());
    w.one->finish("new");
    CHECK(*w.two->get(agent)->value == "old");
    REQUIRE(w.two->flights.size() == 1);
    w.two->finish("new");
    CHECK(*w.two->get(agent)->value == "new");
}

TEST_CASE(
    "cache peers: a process that dies while it loads costs one lease; one that gives up, nothing")
{
    two_workers w;
    w.fill("old", agent);
    w.time.advance(60s);
    w.one->get(agent);
    REQUIRE(w.one->flights.size() == 1);
    w.time.advance(9s);
    w.two->get(agent);
    CHECK(w.two->flights.empty());
    w.time.advance(1100ms);
    w.two->get(agent);
    REQUIRE(w.two->flights.size() == 1);
    // The first was only slow: its end does not free what is another's by now.
    w.one->flights.clear();
    w.one->get(agent);
    CHECK(w.one->flights.empty());
    w.two->flights.clear(); // gives up
    w.one->get(agent);
    CHECK(w.one->flights.size() == 1);
}

TEST_CASE("cache peers: who has nothing to serve loads for itself, though another is at it")
{
    two_workers w;
    w.one->get(agent);
    w.two->get(agent);
    CHECK(w.one->flights.size() == 1);
    CHECK(w.two->flights.size() == 1);
}

TEST_CASE("cache peers: an invalidation holds at once in every process, and for no other key")
{
    two_workers w;
    cache_key const version{acme, "agent/1/get?version=3"}, other{acme, "agent/12/get"},
        foreign{trunkline::tenant_id("bravo"), "agent/1/get"};
    for (auto const& k : {agent, version, other, foreign}) w.fill("v", k);
    w.one->c.invalidate(agent);
    CHECK(w.two->value(agent).empty());
    CHECK(w.two->value(version) == "v");
    w.fill("v", agent);
    w.two->c.invalidate(acme, "agent/1/");
    CHECK(w.one->value(agent).empty());
    CHECK(w.one->value(version).empty());
    CHECK(w.one->value(other) == "v");
    CHECK(w.one->value(foreign) == "v");
    w.one->c.invalidate(acme);
    CHECK(w.two->value(other).empty());
    CHECK(w.two->value(foreign) == "v");
    // What is loaded after an invalidation of one's own stays.
    w.fill("v2", agent);
    CHECK(w.one->value(agent) == "v2");
    CHECK(w.two->value(agent) == "v2");
}

TEST_CASE("cache peers: what was being loaded when another process invalidates it is not kept")
{
    two_workers w;
    w.one->get(agent);
    w.two->c.invalidate(agent);
    w.one->finish("before");
    CHECK(w.one->value(agent).empty());
    CHECK(w.backing.kept.empty());
    // Also in the moment in which the backing is told.
    w.one->get(agent);
    w.backing.during_keep = [&] { w.two->c.invalidate(agent); };
    w.one->finish("before");
    CHECK(w.one->value(agent).empty());
    CHECK(w.backing.kept.empty());
    // And another key's invalidation takes nothing from it.
    w.one->get(agent);
    w.backing.during_keep = [&] { w.two->c.invalidate({acme, "agent/12/get"}); };
    w.one->finish("after");
    CHECK(w.one->value(agent) == "after");
    CHECK(w.backing.kept.size() == 1);
}

TEST_CASE("cache peers: who was away for long forgets everything, and goes on")
{
    two_workers w(false);
    w.fill("v", agent);
    for (int i = 0; i < 64; ++i) w.one->c.invalidate({acme, "other/" + std::to_string(i)});
    CHECK(w.two->value(agent) == "v");
    for (int i = 0; i < 65; ++i) w.one->c.invalidate({acme, "other/" + std::to_string(i)});
    CHECK(w.two->value(agent).empty());
    w.fill("v", agent);
    CHECK(w.two->value(agent) == "v");
}

TEST_CASE("cache peers: many keys in the air: two never load one unless there is no room to say so")
{
    segment_dir dir;
    auto const space = std::make_shared<resilience_space>(dir.open());
    cache_peers one(space), two(space);
    int doubled = 0, refused = 0;
    std::vector<peer_flight> held;
    for (int i = 0; i < 60; ++i) {
        cache_key const key{acme, "k" + std::to_string(i)};
        auto const f = one.take_flight(key, two_days, 10s);
        REQUIRE(f);
        held.push_back(*f);
        auto const g = two.take_flight(key, two_days, 10s);
        if (!g) ++refused;
        else if (f->word == 0) ++doubled;
        else FAIL("taken twice");
    }
    CHECK(refused + doubled == 60);
    CHECK(refused > 40);
    for (auto const& f : held) one.end_flight(f);
    CHECK(two.take_flight({acme, "k1"}, two_days, 10s));
    // A deadline from before the clock stepped back holds nobody.
    CHECK(one.take_flight({acme, "k1"}, two_days - 24h, 10s));
}

TEST_CASE("cache peers: processes that invalidate at random, and one that is killed in the middle")
{
    segment_dir dir;
    virtual_time time;
    time.advance(48h);
    worker reader(time, nullptr, dir.open());
    std::uint64_t const seed = 20261128;
    CAPTURE(seed);
    trunkline::random_source random(seed);
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 40; ++i) {
            cache_key const key{acme, "k" + std::to_string(i)};
            reader.get(key);
            if (!reader.flights.empty()) reader.finish("v");
        }
        auto const victim = "k" + std::to_string(random.below(40));
        auto const pid = ::fork();
        if (pid == 0) {
            worker child(time, nullptr, dir.open());
            child.c.invalidate({acme, victim});
            if (round % 2)
                for (;;) child.c.invalidate({acme, "nobody"});
            ::_exit(0);
        }
        if (round % 2) {
            while (!reader.c.peek({acme, victim}).error && reader.value({acme, victim}) == "v") {
            }
            ::kill(pid, SIGKILL);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        CHECK(reader.value({acme, victim}).empty());
        time.advance(200ms);
        reader.value({acme, "k0"}); // what was left half told is behind us now
        time.advance(200ms);
    }
    CHECK(reader.c.stats().entries > 0);
}

} // namespace test
