#include "support/scratch_dir.hpp"

#include <trunkline/control_center.hpp>
#include <trunkline/http/server.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/resources.hpp>
#include <trunkline/retell/simulator.hpp>

#ifdef TRUNKLINE_HAS_REDIS
#include "redis/redis_server.hpp"
#endif

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

using namespace trunkline;
using namespace std::chrono_literals;

#ifdef TRUNKLINE_HAS_REDIS
namespace {

/// Control centers as on several hosts: each with words of its own, one service, one Redis.
class three_hosts {
public:
    explicit three_hosts(std::string const& url, bool strict = false)
        : simulator_(retell::simulator_options{}, system_time::instance())
    {
        server_.emplace(io.get_executor(), http::server_options{},
            [this](
                http::request r, http::server::responder answer) { answer(simulator_.handle(r)); });
        for (int i = 0; i < 3; ++i) {
            control_center_options o;
            o.store_url = "sqlite::memory:";
            o.client.base_url = server_->url();
            o.client.api_key = "key_test";
            o.client.requests_per_second = 30;
            o.client.burst = 3;
            o.client.max_attempts = 1;
            o.hosts.redis_url = url;
            o.hosts.host = "host-" + std::to_string(i);
            o.hosts.expected_hosts = 3;
            o.hosts.strict = strict;
            if (strict) o.guard.limiter.when_unusable = retell::failure_policy::closed;
            all.push_back(std::make_unique<control_center>(io.get_executor(), std::move(o)));
        }
    }
    ~three_hosts()
    {
        all.clear();
        server_.reset();
        io.restart();
        io.run_for(2s);
    }
    /// Each host lists its agents once.
    std::vector<error_code> read()
    {
        std::vector<error_code> out;
        for (auto const& c : all)
            c->client().async_call(*retell::find_operation("list-voices"), retell::arguments(),
                diag, [&](error_code ec, retell::answer) { out.push_back(ec); });
        io.restart();
        while (out.size() < all.size() && io.run_one_for(5s)) {
        }
        return out;
    }
    double sum(std::string_view name) const
    {
        double out = 0;
        for (auto const& c : all)
            for (auto const& m : c->metrics())
                if (m.name == name) out += m.value;
        return out;
    }

    asio::io_context io;
    diagnostics diag;
    std::vector<std::unique_ptr<control_center>> all;

private:
    retell::simulator simulator_;
    std::optional<http::server> server_;
};

} // namespace

TEST_CASE("hosts: control centers find each other through Redis and divide the rate")
{
    using redis::test::redis_server;
    if (!redis_server::is_installed()) return;
    redis_server const server;
    three_hosts h(server.local_url());
    CHECK(h.sum("trunkline_tier_hosts") == 0); // nobody is asked before there is something to send
    auto const end = std::chrono::steady_clock::now() + 10s;
    while (h.sum("trunkline_tier_hosts") < 9 && std::chrono::steady_clock::now() < end) h.read();
    CHECK(h.sum("trunkline_tier_hosts") == 9);
    CHECK(h.sum("trunkline_tier_in_contact") == 3);
    for (int i = 0; i < 10; ++i) h.read();
    auto const shares = h.sum("trunkline_limiter_share");
    CHECK(shares > 10);
    CHECK(shares <= 30.01);
}

TEST_CASE("hosts: strict mode asks Redis about each request, and without it does as configured")
{
    using redis::test::redis_server;
    if (!redis_server::is_installed()) return;
    redis_server server;
    three_hosts h(server.local_url(), true);
    for (auto const& ec : h.read()) CHECK_FALSE(ec);
    server.stop();
    for (auto const& ec : h.read()) CHECK(ec == errc::circuit_open);
    CHECK(h.diag.message.find("all hosts share") != std::string::npos);
}

TEST_CASE("hosts: a Redis address that cannot be is refused without its password")
{
    asio::io_context io;
    control_center_options o;
    o.store_url = "sqlite::memory:";
    o.client.base_url = "http://127.0.0.1:1";
    o.client.api_key = "key_test";
    o.hosts.redis_url = "redis://:hunter22secret@example.com:1/";
    control_center c(io.get_executor(), o);
    try {
        c.client();
        FAIL("plain TCP beyond loopback is refused");
    } catch (error const& e) {
        CHECK(e.code() == errc::insecure_url);
        CHECK(std::string(e.what()).find("hunter22") == std::string::npos);
    }
}
#endif
