#include "client_support.hpp"

#include <trunkline/retell/guarded_client.hpp>

using namespace client_test;

namespace {

std::shared_ptr<read_cache> new_cache(time_source& time)
{
    read_cache_options o;
    o.cache.fresh_for = 10s;
    o.cache.revalidate_until = 20s;
    return std::make_shared<read_cache>(o, time);
}

/// Answers with its number, until it is told to fail.
class service {
public:
    http::reply operator()(http::request const&, std::size_t n)
    {
        if (status != 200) return reply(status, "{}");
        return reply(200, "{\"n\":" + std::to_string(n) + "}");
    }
    int status = 200;
};

} // namespace

TEST_CASE("client cache: a read that live calls need is asked once, and outlives the service")
{
    virtual_time time;
    service s;
    bench b([&](auto const& r, auto n) { return s(r, n); });
    b.options.cache = new_cache(time);
    b.options.max_attempts = 1;
    auto const read = [&](auto... version) {
        auto const o = b.start(get_agent("x", version...));
        b.finish(o);
        return o;
    };
    auto first = read(1);
    CHECK_FALSE(first->result.cached);
    CHECK(first->result.status == 200);
    auto again = read(1);
    CHECK(again->result.cached);
    CHECK_FALSE(again->result.stale);
    CHECK(json::to_text(again->result.body) == json::to_text(first->result.body));
    CHECK(b.seen.size() == 1);
    read(2); // another version is another answer
    CHECK(b.seen.size() == 2);

    s.status = 503;
    time.advance(25s);
    again = read(1);
    CHECK_FALSE(*again->code);
    CHECK(again->result.stale);
    CHECK(again->result.degraded);
    CHECK(again->result.age == 25s);
    CHECK(again->result.stale_because == errc::server_error);
    CHECK(json::to_text(again->result.body) == json::to_text(first->result.body));
    CHECK(b.run(get_agent("other", 1)) == "server_error"); // nothing is invented

    s.status = 404; // it says that there is none: so there is none
    time.advance(2s);
    CHECK(b.run(get_agent("x", 1)) == "not_found");
    s.status = 500;
    time.advance(2s);
    CHECK(b.run(get_agent("x", 1)) == "server_error");
}

TEST_CASE("client cache: while the circuit is open the known answer comes at once, unsent")
{
    virtual_time time;
    service s;
    bench b([&](auto const& r, auto n) { return s(r, n); });
    b.options.cache = new_cache(time);
    b.options.max_attempts = 1;
    guard_options g;
    g.breaker.minimum_calls = 4;
    b.options = guarded(b.options, g);
    CHECK(b.run(get_agent("x", 1)) == "success");
    s.status = 503;
    for (int i = 0; i < 8; ++i) b.run(get_agent("none", i));
    auto const before = b.seen.size();
    time.advance(30s);
    auto const o = b.start(get_agent("x", 1));
    CHECK(b.finish(o) == "success");
    CHECK(o->result.degraded);
    CHECK(o->result.stale_because == errc::circuit_open);
    CHECK(b.seen.size() == before);
    CHECK(b.client().requests_sent() == before);
}

TEST_CASE(
    "client cache: a write makes what is known of its resource void, also one nobody knows of")
{
    virtual_time time;
    service s;
    bench b([&](auto const& r, auto n) { return s(r, n); });
    b.options.cache = new_cache(time);
    b.options.max_attempts = 1;
    b.run(get_agent("x", 1));
    b.run(get_agent("y", 1));
    CHECK(b.run(update_agent("x", 1, json::object{{"a", 1}})) == "success");
    CHECK(b.seen.size() == 3);
    b.run(get_agent("y", 1));
    CHECK(b.seen.size() == 3);
    b.run(get_agent("x", 1));
    CHECK(b.seen.size() == 4);
    s.status = 503;
    b.run(update_agent("x", 1, json::object{{"a", 1}}));
    s.status = 200;
    b.run(get_agent("x", 1));
    CHECK(b.seen.size() == 6);
}

TEST_CASE("client cache: tenants share nothing, and a call may say that it wants the truth")
{
    virtual_time time;
    service s;
    bench b([&](auto const& r, auto n) { return s(r, n); });
    b.options.cache = new_cache(time);
    auto const of = [](char const* tenant, std::optional<bool> cached = {}) {
        auto c = get_agent("x", 1);
        c.options.tenant = tenant_id(tenant);
        c.options.cached = cached;
        return c;
    };
    b.run(of("acme"));
    b.run(of("bravo"));
    CHECK(b.seen.size() == 2);
    b.run(of("acme"));
    CHECK(b.seen.size() == 2);
    b.run(of("acme", false));
    CHECK(b.seen.size() == 3);
    call wished(op("get-concurrency"), arguments());
    wished.options.cached = true; // not in the list, but wanted
    b.run(wished);
    b.run(wished);
    CHECK(b.seen.size() == 4);
}

TEST_CASE("client cache: who gives up is answered at once, and the others still get theirs")
{
    virtual_time time;
    bool hang = true;
    bench b([&](auto const&, auto) {
        auto r = reply(200, "{\"a\":1}");
        if (hang) r.delay = 50ms;
        return r;
    });
    b.options.cache = new_cache(time);
    asio::cancellation_signal stop;
    auto const first = b.start(get_agent("x", 1), stop.slot());
    auto const second = b.start(get_agent("x", 1));
    b.run_until([&] { return b.seen.size() == 1; });
    stop.emit(asio::cancellation_type::terminal);
    CHECK(b.finish(first) == "canceled");
    CHECK_FALSE(second->code.has_value());
    CHECK(b.finish(second) == "success");
    CHECK(b.seen.size() == 1);
}

TEST_CASE("client cache: what is under way when the client goes ends as cancelled")
{
    virtual_time time;
    bench b([](auto const&, auto) { return ending(http::ending::hang); });
    b.options.cache = new_cache(time);
    auto const o = b.start(get_agent("x", 1));
    b.run_until([&] { return b.seen.size() == 1; });
    b.destroy_client();
    CHECK(b.finish(o) == "canceled");
}

TEST_CASE("client cache: keys begin with the resource, and show no number")
{
    arguments args;
    args.set("phone_number", "+4930123456");
    auto const key =
        read_cache::key_of(tenant_id("acme"), op("get-phone-number"), args, "/get-phone-number/x");
    CHECK(key.name.starts_with("phone_number/"));
    CHECK(key.name.ends_with("/get-phone-number"));
    CHECK(key.name.find("4930123456") == key.name.npos);
    CHECK_FALSE(read_cache::may_cover(op("create-phone-call")));
    CHECK_FALSE(read_cache::may_cover(op("update-agent")));
}
