#include <trunkline/core/random.hpp>
#include <trunkline/resilience/cache_core.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace trunkline::resilience {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// What a cache without a bound must know, told as plainly as possible.
class cache_model {
public:
    class item {
    public:
        std::string value; ///< Empty: none.
        milliseconds loaded_at{0};
        std::uint64_t flight = 0;
        milliseconds flight_until{0};
        milliseconds silent_until{0}; ///< Of a failure.
        std::uint64_t newest = 0;     ///< Flights up to this one are late.
    };
    std::map<std::pair<std::string, std::string>, item> items;

    item& at(cache_key const& key) { return items[{key.tenant.str(), key.name}]; }
    void forget(cache_key const& key, std::uint64_t last_flight)
    {
        at(key) = item();
        at(key).newest = last_flight;
    }
};

cache_options history_options(std::size_t max_bytes)
{
    cache_options o;
    o.max_bytes = max_bytes;
    o.fresh_for = 100ms;
    o.revalidate_until = 400ms;
    o.max_stale = 2s;
    o.negative_for = 50ms;
    o.flight_lease = 300ms;
    return o;
}

class open_flight {
public:
    flight_ticket ticket;
    std::string value;
};

} // namespace

TEST_CASE("cache: random histories agree with a model")
{
    std::uint64_t const seed = 20261128;
    CAPTURE(seed);
    random_source random(seed);
    auto const o = history_options(16u << 20);
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        cache_core core(o);
        cache_model model;
        std::vector<open_flight> flights;
        std::uint64_t last_flight = 0;
        milliseconds now{0};
        std::vector<cache_key> keys;
        for (int i = 0; i < 6; ++i)
            keys.emplace_back(tenant_id(i % 2 ? "t1" : "t2"), "k" + std::to_string(i / 2));

        for (int step = 0; step < 500; ++step) {
            CAPTURE(step);
            now += milliseconds(random.below(60));
            cache_core::time_point const t{now};
            auto const& key = keys[random.below(keys.size())];
            auto& m = model.at(key);
            auto const age = now - m.loaded_at;
            auto const what = random.below(100);
            if (what < 60) {
                auto const d = core.lookup(key, t);
                bool const known = !m.value.empty() && age <= o.max_stale;
                bool const flying = m.flight && now < m.flight_until;
                auto expected = cache_action::serve;
                if (!(known && age < o.fresh_for) && now >= m.silent_until) {
                    bool const at_once = known && age < o.revalidate_until;
                    if (flying) expected = at_once ? cache_action::serve : cache_action::wait;
                    else expected = at_once ? cache_action::serve_and_load : cache_action::load;
                }
                REQUIRE(d.action == expected);
                REQUIRE((d.result.value ? *d.result.value : "") == (known ? m.value : ""));
                if (known) REQUIRE(d.result.age == age);
                REQUIRE((d.result.state == freshness::fresh) == (known && age < o.fresh_for));
                if (!d.flight) continue;
                REQUIRE(d.flight->id > last_flight);
                last_flight = m.flight = d.flight->id;
                m.flight_until = now + o.flight_lease;
                flights.push_back({*d.flight, "v" + std::to_string(last_flight)});
            } else if (what < 92 && !flights.empty()) {
                auto const nth = random.below(flights.size());
                auto const f = flights[nth];
                flights.erase(flights.begin() + static_cast<std::ptrdiff_t>(nth));
                auto& item = model.at(f.ticket.key);
                bool const current = item.flight == f.ticket.id;
                if (current) item.flight = 0;
                if (random.below(3) == 0) {
                    core.complete(f.ticket, load_outcome::failure(errc::timeout), t);
                    if (current) item.silent_until = now + o.negative_for;
                    continue;
                }
                core.complete(f.ticket, load_outcome::success(f.value), t);
                REQUIRE(core.accepted() == (f.ticket.id > item.newest));
                if (!core.accepted()) continue;
                item.newest = f.ticket.id;
                item.value = f.value;
                item.loaded_at =
                    std::chrono::duration_cast<milliseconds>(f.ticket.started.time_since_epoch());
                item.silent_until = 0ms;
            } else if (what < 96) {
                core.invalidate(key);
                model.forget(key, last_flight);
            } else if (what < 98) {
                core.invalidate(key.tenant);
                for (auto const& other : keys)
                    if (other.tenant == key.tenant) model.forget(other, last_flight);
            } else {
                now += milliseconds(random.below(1500));
            }
        }
        CHECK(core.stats().evictions == 0);
    }
}

TEST_CASE("cache: under eviction it stays in its bytes and serves nothing wrong, late or of others")
{
    std::uint64_t const seed = 20261129;
    CAPTURE(seed);
    random_source random(seed);
    auto const o = history_options(8192);
    class loaded {
    public:
        std::string owner;
        milliseconds started{0};
    };
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        cache_core core(o);
        std::map<std::string, loaded> all; // by value
        std::map<std::string, milliseconds> invalidated;
        std::vector<flight_ticket> flights;
        milliseconds now{0};
        auto const name = [](cache_key const& k) { return k.tenant.str() + "/" + k.name; };
        for (int step = 0; step < 1500; ++step) {
            now += milliseconds(1 + random.below(20));
            cache_core::time_point const t{now};
            cache_key const key(
                tenant_id(random.below(2) ? "t1" : "t2"), "k" + std::to_string(random.below(20)));
            auto const what = random.below(100);
            if (what < 60) {
                auto const d = core.lookup(key, t);
                if (d.flight) flights.push_back(*d.flight);
                if (d.result.value) {
                    auto const& from = all.at(*d.result.value);
                    REQUIRE(from.owner == name(key));
                    REQUIRE(now - from.started == d.result.age);
                    REQUIRE(d.result.age <= o.max_stale);
                    REQUIRE(from.started >= invalidated[name(key)]);
                }
            } else if (what < 97 && !flights.empty()) {
                auto const nth = random.below(flights.size());
                auto const f = flights[nth];
                flights.erase(flights.begin() + static_cast<std::ptrdiff_t>(nth));
                auto value = std::to_string(f.id) + std::string(random.below(1500), '.');
                all[value] = {name(f.key),
                    std::chrono::duration_cast<milliseconds>(f.started.time_since_epoch())};
                core.complete(f, load_outcome::success(std::move(value)), t);
            } else if (what >= 97) {
                core.invalidate(key);
                invalidated[name(key)] = now;
            }
            REQUIRE(core.stats().bytes <= o.max_bytes);
        }
        CHECK(core.stats().evictions > 0);
    }
}

} // namespace trunkline::resilience
