#include "support.hpp"

#include <doctest/doctest.h>

namespace trunkline::store {
namespace {

using namespace testing;
using std::chrono::seconds;

class engines {
public:
    engines()
    {
        options.time = &clock;
        one.emplace(store::open(f.url(), options));
        two.emplace(store::open(f.url(), options));
        one->ensure_tenant(acme());
    }
    folder f;
    virtual_time clock;
    store_options options;
    std::optional<store> one, two;
};

} // namespace

TEST_CASE("lease: one engine holds it, the other is refused with owner and age")
{
    engines e;
    auto const lease = e.one->take_lease(acme(), "host-a:17", 30'000);
    CHECK(lease.token == 1);
    CHECK(lease.expires_at == e.clock.unix_ms() + 30'000);
    e.clock.advance(seconds(12));
    auto const o = attempt([&] { e.two->take_lease(acme(), "host-b:4", 30'000); });
    CHECK(o.code == errc::store_locked);
    CHECK(o.says("host-a:17"));
    CHECK(o.says("since 12 s"));
    CHECK(o.says("18 s"));
    CHECK(e.one->hold_lease(acme(), lease.token, 0));
}

TEST_CASE("lease: its owner renews it under the same token")
{
    engines e;
    auto const lease = e.one->take_lease(acme(), "a", 30'000);
    e.clock.advance(seconds(20));
    CHECK(e.one->take_lease(acme(), "a", 30'000).token == lease.token);
    e.clock.advance(seconds(20));
    CHECK(e.one->hold_lease(acme(), lease.token, 30'000));
    e.clock.advance(seconds(29));
    CHECK(e.one->hold_lease(acme(), lease.token, 0)); // does not renew
    e.clock.advance(seconds(1));
    CHECK_FALSE(e.one->hold_lease(acme(), lease.token, 30'000));
}

TEST_CASE("lease: a holder paused past its lease is fenced")
{
    engines e;
    auto const old = e.one->take_lease(acme(), "a", 30'000);
    e.clock.advance(seconds(31));
    auto const next = e.two->take_lease(acme(), "b", 30'000);
    CHECK(next.token == old.token + 1);
    CHECK_FALSE(e.one->hold_lease(acme(), old.token, 30'000));
    e.one->release_lease(acme(), old.token); // not its to give back
    CHECK(e.two->hold_lease(acme(), next.token, 0));
}

TEST_CASE("lease: taking it again after it ran out gives the same owner a new token")
{
    engines e;
    auto const old = e.one->take_lease(acme(), "a", 30'000);
    e.clock.advance(seconds(31));
    CHECK(e.one->take_lease(acme(), "a", 30'000).token == old.token + 1);
}

TEST_CASE("lease: given back it is free at once, and tokens keep growing")
{
    engines e;
    auto const first = e.one->take_lease(acme(), "a", 30'000);
    e.one->release_lease(acme(), first.token);
    CHECK_FALSE(e.one->hold_lease(acme(), first.token, 0));
    CHECK(e.two->take_lease(acme(), "b", 30'000).token == first.token + 1);
}

TEST_CASE("lease: whoever holds it can be asked for, until it runs out or is given back")
{
    engines e;
    CHECK_FALSE(e.two->lease(acme()));
    auto const first = e.one->take_lease(acme(), "a", 30'000);
    auto const seen = e.two->lease(acme());
    REQUIRE(seen);
    CHECK(seen->owner == "a");
    CHECK(seen->token == first.token);
    CHECK_FALSE(e.two->lease(other()));
    e.clock.advance(seconds(30));
    CHECK_FALSE(e.two->lease(acme()));
    auto const second = e.one->take_lease(acme(), "a", 30'000);
    e.one->release_lease(acme(), second.token);
    CHECK_FALSE(e.two->lease(acme()));
}

TEST_CASE("lease: bad arguments are refused")
{
    engines e;
    CHECK(attempt([&] { e.one->take_lease(acme(), "a", 0); }).code == errc::invalid_argument);
    CHECK(attempt([&] { e.one->take_lease(acme(), "", 1); }).code == errc::invalid_argument);
    CHECK(attempt([&] { e.one->take_lease(other(), "a", 1); }).code == errc::invalid_argument);
    CHECK_FALSE(e.one->hold_lease(acme(), 0, 1000));
}

} // namespace trunkline::store
