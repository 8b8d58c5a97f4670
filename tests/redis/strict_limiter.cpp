#include "redis_server.hpp"
#include "support.hpp"

#include <trunkline/redis/strict_limiter.hpp>

#include <list>

namespace trunkline::redis::test {
namespace {

using clock = std::chrono::steady_clock;
using items = std::vector<resilience::strict_item>;

/// Hosts that ask one Redis, in one thread.
class strict_hosts {
public:
    explicit strict_hosts(std::string const& url, int count = 3)
    {
        auto o = strict_limiter::default_client_options();
        o.reconnect_base = o.reconnect_cap = 10ms;
        for (int i = 0; i < count; ++i)
            hosts.emplace_back(l.context.get_executor(), address::parse(url), "s", o);
    }
    std::optional<resilience::decision> ask(strict_limiter& host, items const& what)
    {
        bool came = false;
        std::optional<resilience::decision> out;
        host.async_take(what, [&](auto d) {
            came = true;
            out = d;
        });
        l.run_until([&] { return came; });
        return out;
    }
    loop l;
    std::list<strict_limiter> hosts;
};

} // namespace

TEST_CASE("strict limiter: hosts together get exactly the burst, then the rate, and may give back")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    strict_hosts h(server.local_url());
    items const what{{"api/acme/", 0.02, 20}}; // nothing comes back while the test runs
    int granted = 0;
    for (int i = 0; i < 30; ++i)
        for (auto& host : h.hosts) {
            auto const d = h.ask(host, what);
            REQUIRE(d);
            granted += d->granted;
            if (!*d) {
                CHECK(d->why == resilience::denial::rate);
                CHECK(d->retry_after > 40s);
                CHECK(d->retry_after <= 50s);
            }
        }
    CHECK(granted == 20);
    h.hosts.front().refund(what);
    CHECK(h.ask(h.hosts.front(), what)->granted);
    CHECK_FALSE(h.ask(h.hosts.front(), what)->granted);
    for (int i = 0; i < 50; ++i) h.hosts.front().refund(what);
    granted = 0;
    for (int i = 0; i < 50; ++i) granted += h.ask(h.hosts.front(), what)->granted;
    CHECK(granted == 20); // never more than a burst

    items const quick{{"api/quick/", 200, 1}};
    auto const from = clock::now();
    // A busy machine only takes longer: what must hold is that they come, and never faster.
    for (granted = 0; granted < 50 && clock::now() < from + 60s;)
        for (auto& host : h.hosts) granted += h.ask(host, quick)->granted;
    CHECK(granted >= 50);
    CHECK(granted <= 1 + 200 * std::chrono::duration<double>(clock::now() - from).count());
}

TEST_CASE("strict limiter: of several limits all are taken or none")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    strict_hosts h(server.local_url(), 1);
    auto& host = h.hosts.front();
    items const both{{"a", 0.02, 5}, {"b", 0.02, 2}}, only_a{{"a", 0.02, 5}};
    int granted = 0;
    for (int i = 0; i < 10; ++i) granted += h.ask(host, both)->granted;
    CHECK(granted == 2);
    for (granted = 0; granted < 10 && h.ask(host, only_a)->granted;) ++granted;
    CHECK(granted == 3);
    auto c = make_client(h.l, server.local_url());
    for (auto const& key : h.l.call(c, {"KEYS", "*"}).reply.elements)
        CHECK(h.l.call(c, {"PTTL", key.text}).reply.number > 0); // each ends by itself
}

TEST_CASE("strict limiter: a Redis that is frozen or gone decides nothing, soon")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    strict_hosts h(server.local_url(), 1);
    auto& host = h.hosts.front();
    items const what{{"a", 100, 100}};
    REQUIRE(h.ask(host, what));
    server.freeze();
    auto from = clock::now();
    CHECK_FALSE(h.ask(host, what));
    CHECK(clock::now() - from < 1s);
    server.thaw();
    server.stop();
    from = clock::now();
    for (int i = 0; i < 20; ++i) CHECK_FALSE(h.ask(host, what));
    CHECK(clock::now() - from < 1s);
    server.start();
    bool back = false;
    for (int i = 0; i < 2000 && !back; ++i) {
        h.l.context.run_for(1ms);
        back = h.ask(host, what).has_value();
    }
    CHECK(back);
}

} // namespace trunkline::redis::test
