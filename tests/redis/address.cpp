#include <trunkline/redis/address.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

#include <optional>

namespace trunkline::redis {

TEST_CASE("redis address: every form")
{
    auto a = address::parse("redis://cache.example");
    CHECK(a.transport == transport_kind::tcp);
    CHECK(a.host == "cache.example");
    CHECK(a.port == "6379");
    CHECK(a.shown() == "cache.example:6379");
    CHECK_FALSE(a.is_local());

    a = address::parse("rediss://app:p%40ss%2F%3A@[::1]:7000/3");
    CHECK(a.transport == transport_kind::tls);
    CHECK(a.host == "::1");
    CHECK(a.shown() == "[::1]:7000");
    CHECK(a.user == "app");
    CHECK(a.password == "p@ss/:");
    CHECK(a.database == 3);
    CHECK(a.is_local());

    a = address::parse("redis://:secret@127.0.0.1:6380/");
    CHECK(a.user.empty());
    CHECK(a.password == "secret");
    CHECK(a.database == 0);
    CHECK(a.is_local());

    a = address::parse("unix:///run/redis/redis@1.sock?db=2");
    CHECK(a.transport == transport_kind::local);
    CHECK(a.path == "/run/redis/redis@1.sock");
    CHECK(a.database == 2);
    CHECK(a.password.empty());
    CHECK(a.is_local());

    a = address::parse("unix://app:secret@/run/redis.sock");
    CHECK(a.user == "app");
    CHECK(a.password == "secret");
    CHECK(a.shown() == "/run/redis.sock");
}

TEST_CASE("redis address: what is malformed is refused without being repeated")
{
    for (auto const* const text : {"", "redis", "http://:hush@host", "redis://", "redis://:hush@",
             "redis://:hush@host:port", "redis://:hush@host:0", "redis://:hush@host:70000",
             "redis://:hush@host:", "redis://:hush@[::1", "redis://:hush@host/x",
             "redis://:hush@host/-1", "redis://:hush @host", "redis://hush@host", "unix://relative",
             "unix://:hush@/s?x=1", "redis://:hush@ho%20st", "redis://:hush@host\n"})
    {
        CAPTURE(text);
        std::optional<error> thrown;
        try {
            address::parse(text);
        } catch (error const& e) {
            thrown = e;
        }
        REQUIRE(thrown);
        CHECK(thrown->code() == errc::invalid_argument);
        CHECK(std::string(thrown->what()).find("hush") == std::string::npos);
    }
}

} // namespace trunkline::redis
