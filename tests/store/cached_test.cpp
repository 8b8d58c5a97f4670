#include <trunkline/store/cached_values.hpp>

#include "support.hpp"

#include <trunkline/resilience/cache.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace trunkline::store {
namespace {

using namespace testing;
using resilience::cache_key;

class cached_bench {
public:
    cached_bench() { open().ensure_tenant(acme()); }
    store open()
    {
        store_options o;
        o.time = &clock;
        return store::open(f.url(), o);
    }
    cached_values values(std::int64_t most = 10'000)
    {
        cached_values_options o;
        o.time = &clock;
        o.most = most;
        return cached_values(open(), o);
    }
    std::string count() const { return ask(f.file(), "SELECT count(*) FROM cached"); }

    folder f;
    virtual_time clock;
};

cache_key const agent_answer(acme(), "get-agent/a1");

} // namespace

TEST_CASE("cached: what was kept is found by another process, with its age")
{
    cached_bench b;
    auto const at = b.clock.unix_ms();
    b.values().keep(agent_answer, R"({"agent_id":"a1"})", at);
    auto const code = in_child([&] {
        auto const kept = b.values().find(agent_answer);
        return kept && kept->bytes == R"({"agent_id":"a1"})" && kept->loaded_at == at ? 0 : 1;
    });
    CHECK(code == 0);
    CHECK_FALSE(b.values().find(cache_key(other(), "get-agent/a1")));
}

TEST_CASE("cached: only a later answer replaces one")
{
    cached_bench b;
    auto values = b.values();
    auto const at = b.clock.unix_ms();
    values.keep(agent_answer, "new", at);
    values.keep(agent_answer, "old", at - 1);
    CHECK(values.find(agent_answer)->bytes == "new");
    values.keep(agent_answer, "newer", at + 1);
    CHECK(values.find(agent_answer)->bytes == "newer");
    CHECK(b.count() == "1");
}

TEST_CASE("cached: no byte of an answer is in the files, and no row opens in another's place")
{
    cached_bench b;
    {
        auto values = b.values();
        values.keep(agent_answer, "Authorization: Bearer hush-hush", b.clock.unix_ms());
        values.keep(cache_key(acme(), "get-agent/a2"), "another", b.clock.unix_ms());
    }
    for (auto const& file : b.f.files())
        CHECK(read_file(file).find("hush-hush") == std::string::npos);
    tamper(b.f.file(),
        "UPDATE cached SET sealed = (SELECT sealed FROM cached WHERE name = 'get-agent/a2')"
        " WHERE name = 'get-agent/a1'");
    auto values = b.values();
    auto const o = attempt([&] { values.find(agent_answer); });
    CHECK(o.code == errc::unseal_failed);
    CHECK(o.message.find("hush") == std::string::npos);
}

TEST_CASE("cached: forgotten by name, by prefix taken literally, and by tenant")
{
    cached_bench b;
    b.open().ensure_tenant(other());
    auto values = b.values();
    for (auto const* name : {"a/1", "a/2", "a%2", "b/1"})
        values.keep(cache_key(acme(), name), "x", b.clock.unix_ms());
    values.keep(cache_key(other(), "a/1"), "x", b.clock.unix_ms());
    values.forget(acme(), "a%");
    CHECK(b.count() == "4");
    values.forget(cache_key(acme(), "a/1"));
    CHECK(b.count() == "3");
    values.forget(acme(), "a/");
    CHECK(b.count() == "2");
    values.forget(acme(), "");
    CHECK(b.count() == "1");
    CHECK(values.find(cache_key(other(), "a/1")));
}

TEST_CASE("cached: the table is bounded by age and by number")
{
    cached_bench b;
    auto values = b.values(100);
    values.keep(agent_answer, "old", b.clock.unix_ms());
    b.clock.advance(std::chrono::hours(8 * 24));
    for (int i = 0; i < 500; ++i) {
        b.clock.advance(std::chrono::milliseconds(1));
        values.keep(cache_key(acme(), "k" + std::to_string(i)), "x", b.clock.unix_ms());
    }
    CHECK_FALSE(values.find(agent_answer));
    CHECK(std::stoi(b.count()) <= 100 + 64);
    CHECK(values.find(cache_key(acme(), "k499")));
}

TEST_CASE("cached: bad input and an unknown tenant are refused")
{
    cached_bench b;
    auto s = b.open();
    CHECK(attempt([&] { s.put_cached(acme(), "", "x", 1); }).code == errc::invalid_argument);
    CHECK(attempt([&] { s.put_cached(other(), "n", "x", 1); }).code == errc::invalid_argument);
    CHECK(b.count() == "0");
}

TEST_CASE("cached: a cache over the store answers in a new process while its source is down")
{
    cached_bench b;
    auto const ask_through = [&](resilience::load_outcome const& outcome) {
        auto values = b.values();
        resilience::cache c(resilience::cache_options(), b.clock, &values);
        resilience::cache_result r;
        c.get(
            agent_answer, [&](resilience::cache::flight f) { f.complete(outcome); },
            [&](resilience::cache_result got) { r = std::move(got); });
        return r;
    };
    ask_through(resilience::load_outcome::success("one"));
    b.clock.advance(std::chrono::hours(2));
    auto const r = ask_through(resilience::load_outcome::failure(errc::server_error));
    REQUIRE(r.value);
    CHECK(*r.value == "one");
    CHECK(r.degraded);
    CHECK(r.age == std::chrono::hours(2));
    CHECK(r.source == resilience::cache_source::backing);
}

TEST_CASE("cached: threads share one object")
{
    cached_bench b;
    auto values = b.values();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                cache_key const key(acme(), std::to_string(t) + "/" + std::to_string(i));
                values.keep(key, key.name, 1 + b.clock.unix_ms());
                values.find(key);
            }
        });
    for (auto& t : threads) t.join();
    CHECK(b.count() == "60");
}

} // namespace trunkline::store
