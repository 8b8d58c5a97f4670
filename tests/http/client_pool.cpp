#include "raw_peer.hpp"

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

client_options bounded(std::size_t n)
{
    client_options o;
    o.max_connections = n;
    return o;
}

} // namespace

TEST_CASE("pool: a connection is used again")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client c(l.context.get_executor(), parsed(peer.url()));
    CHECK(c.connections() == 0);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(l.send(c).ec);
    CHECK(peer.connections() == 1);
    CHECK(c.connections() == 1);
}

TEST_CASE("pool: more requests than connections wait in the order they came")
{
    loop l;
    std::vector<std::string> order;
    std::vector<server::responder> held;
    server s(l.context.get_executor(), {}, [&](request r, server::responder answer) {
        order.push_back(r.target);
        held.push_back(std::move(answer));
    });
    client c(l.context.get_executor(), parsed(s.url()), bounded(2));
    std::vector<outcome> outs(6);
    for (std::size_t i = 0; i < outs.size(); ++i) l.start(c, get("/" + std::to_string(i)), outs[i]);
    for (std::size_t done = 0; done < outs.size(); ++done) {
        l.run_until([&] { return order.size() >= std::min(done + 2, outs.size()); });
        CHECK(order.size() == std::min(done + 2, outs.size())); // never more than two at a time
        CHECK(c.connections() == 2);
        held[done](reply(200, "x"));
        l.run_until([&] {
            return std::count_if(outs.begin(), outs.end(), [](auto& o) { return o.completed; }) >
                long(done);
        });
    }
    std::sort(order.begin(), order.begin() + 2); // these two went out on connections of their own
    CHECK(order == std::vector<std::string>{"/0", "/1", "/2", "/3", "/4", "/5"});
    for (auto const& out : outs) CHECK_FALSE(out.ec);
}

TEST_CASE("pool: a connection that dies makes room for the next in the queue")
{
    loop l;
    raw_peer peer(l, [](std::size_t nth) {
        return nth == 0 ? action("", action::end::reset) : action(ok_response);
    });
    client c(l.context.get_executor(), parsed(peer.url()), bounded(1));
    std::vector<outcome> outs(3);
    for (auto& out : outs) l.start(c, get("/"), out);
    l.run_until([&] { return outs[2].completed; });
    CHECK(outs[0].ec == errc::connection_lost);
    CHECK_FALSE(outs[1].ec);
    CHECK_FALSE(outs[2].ec);
    CHECK(peer.connections() == 2);
    CHECK(c.connections() == 1);
}

TEST_CASE("pool: a connection the server closed while idle is replaced without anyone noticing")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client c(l.context.get_executor(), parsed(peer.url()));
    CHECK_FALSE(l.send(c).ec);
    peer.close_connections();
    auto const again = l.send(c, post("/", "x"));
    CHECK_FALSE(again.ec);
    CHECK(peer.connections() == 2);
    CHECK(peer.requests().size() == 2);
    CHECK(c.connections() == 1);
}

TEST_CASE("pool: what must not be used again is not")
{
    struct row {
        char const* why;
        std::string answer;
    };
    for (row const& r : std::vector<row>{
             {"the server says so",
                 "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
             {"HTTP/1.0 without keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
             {"bytes behind the answer", std::string(ok_response) + "HTTP/1.1 200 OK"},
         })
    {
        CAPTURE(r.why);
        loop l;
        raw_peer peer(l, [&](std::size_t) { return action(r.answer); });
        client c(l.context.get_executor(), parsed(peer.url()));
        CHECK_FALSE(l.send(c).ec);
        CHECK_FALSE(l.send(c).ec);
        CHECK(peer.connections() == 2);
    }
}

TEST_CASE("pool: a connection idle for too long is not used again")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client_options o;
    o.idle_timeout = 20ms;
    client c(l.context.get_executor(), parsed(peer.url()), o);
    CHECK_FALSE(l.send(c).ec);
    asio::steady_timer pause(l.context, 30ms);
    bool over = false;
    pause.async_wait([&](error_code) { over = true; });
    l.run_until([&] { return over; });
    CHECK_FALSE(l.send(c).ec);
    CHECK(peer.connections() == 2);
    CHECK(c.connections() == 1);
}

TEST_CASE("pool: idle connections do not keep the context running")
{
    asio::io_context servers;
    loop l;
    server s(servers.get_executor(), {},
        [](request, server::responder answer) { answer(reply(200, "x")); });
    client c(l.context.get_executor(), parsed(s.url()));
    outcome out;
    l.start(c, get("/"), out);
    for (int i = 0; i < 200 && !out.completed; ++i) {
        servers.run_for(5ms);
        l.context.restart();
        l.context.run_for(5ms);
    }
    REQUIRE_FALSE(out.ec);
    CHECK(c.connections() == 1);
    l.run(); // returns: nothing is left to do
}
