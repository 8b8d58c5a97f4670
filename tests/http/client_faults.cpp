#include "raw_peer.hpp"

#include <http/connection.hpp>
#include <http/gzip.hpp>

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

outcome against(action const& a, client_options const& o = {})
{
    loop l;
    raw_peer peer(l, [&](std::size_t) { return a; });
    client c(l.context.get_executor(), parsed(peer.url()), o);
    auto out = l.send(c, post("/x?key=secret", "{}"));
    CHECK(out.diag.message.find("secret") == std::string::npos);
    CHECK(out.diag.message.find('\n') == std::string::npos);
    CHECK((out.diag.message.find("127.0.0.1:") != std::string::npos) == bool(out.ec));
    return out;
}

/// The answers whose every prefix is tried.
std::vector<std::string> canned()
{
    auto const gz = gzip_compress("{\"list\":[1,2,3]}");
    return {
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1,22]",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(gz.size()) +
            "\r\n\r\n" + gz,
    };
}

} // namespace

TEST_CASE("client: an answer cut after the n-th byte fails for each n, until it is whole")
{
    for (auto const& text : canned())
        for (auto end : {action::end::close, action::end::reset})
            for (std::size_t n = 0; n <= text.size(); n += n + 3 > text.size() ? 1 : 3) {
                CAPTURE(text);
                CAPTURE(n);
                auto const out = against({text.substr(0, n), end});
                if (n == text.size()) {
                    CHECK_FALSE(out.ec);
                    CHECK(out.exchange.progress == progress::answered);
                    continue;
                }
                CHECK((out.ec == errc::connection_lost || out.ec == errc::protocol_error));
                CHECK(out.ec == failure::ambiguous);
                CHECK(out.exchange.progress == progress::sent);
                CHECK(out.exchange.response.body.empty());
            }
}

TEST_CASE("client: what is not HTTP is a protocol error")
{
    for (auto const* text : {"SSH-2.0-OpenSSH_9\r\n", "\x15\x03\x01\x00\x02\x02\x16",
             "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nab",
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"})
    {
        auto const out = against({text});
        CHECK(out.ec == errc::protocol_error);
        CHECK(out.exchange.progress == progress::sent);
    }
}

TEST_CASE("client: an answer beyond the limit is stopped, also one that grows by decoding")
{
    client_options o;
    o.max_response_bytes = 10'000;
    auto const bomb = gzip_compress(std::string(10'001, 'x'));
    for (auto const& text :
        {"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n" + std::string(10'001, 'x'),
            "HTTP/1.1 200 OK\r\nX: " + std::string(10'001, 'x') + "\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                std::to_string(bomb.size()) + "\r\n\r\n" + bomb})
    {
        auto const out = against({text}, o);
        CHECK(out.ec == errc::too_large);
        CHECK(out.exchange.progress == progress::sent);
    }
}

TEST_CASE("client: a reader that stalls with an endless chunk header is not followed for ever")
{
    auto const out = against(
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x')});
    CHECK(out.ec == errc::protocol_error);
}

TEST_CASE("client: empty successes are told as they are")
{
    for (auto const* text : {"HTTP/1.1 200 OK\r\nContent-Type: "
                             "application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"})
    {
        auto const out = against({text});
        CHECK_FALSE(out.ec);
        CHECK(out.exchange.response.body.empty());
    }
}

TEST_CASE("client: an early answer counts although the rest of the request was refused")
{
    loop l;
    raw_peer peer(l, [](std::size_t) {
        return action("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            action::end::keep);
    });
    client c(l.context.get_executor(), parsed(peer.url()));
    auto const out = l.send(c, post("/", std::string(100'000, 'x')));
    CHECK_FALSE(out.ec);
    CHECK(out.exchange.response.status == 413);
    CHECK(c.connections() == 0);
}

TEST_CASE("client: no connection means nothing was sent")
{
    loop l;
    std::string closed_port;
    {
        raw_peer gone(l, action{});
        closed_port = gone.url();
    }
    client c(l.context.get_executor(), parsed(closed_port));
    auto const refused = l.send(c);
    CHECK(refused.ec == errc::connect_failed);
    CHECK(refused.exchange.progress == progress::not_sent);
    CHECK(refused.diag.message.find(closed_port.substr(7)) != std::string::npos);
    CHECK(c.connections() == 0);

    // A label of more than 63 characters fails in the resolver library, before any name server is asked.
    client_options direct;
    direct.proxy_from_environment = false;
    client nowhere(
        l.context.get_executor(), parsed("https://" + std::string(70, 'a') + ".invalid"), direct);
    auto const unknown = l.send(nowhere);
    CHECK(unknown.ec == errc::resolve_failed);
    CHECK(unknown.exchange.progress == progress::not_sent);
}

TEST_CASE("client: a request that cannot be written is refused before a connection is opened")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client c(l.context.get_executor(), parsed(peer.url()));
    auto const out = l.send(c, get("/a\r\nX-Forged: 1"));
    CHECK(out.ec == errc::invalid_argument);
    CHECK(out.exchange.progress == progress::not_sent);
    CHECK(peer.connections() == 0);
}

TEST_CASE("client: construction refuses what would be unsafe or cannot work")
{
    loop l;
    auto const code_of = [&](std::string const& base, client_options o = {}) {
        o.proxy_from_environment = false;
        try {
            client c(l.context.get_executor(), parsed(base), o);
        } catch (error const& e) {
            CHECK(std::string(e.what()).find("secret") == std::string::npos);
            return e.code();
        }
        return error_code();
    };
    CHECK(code_of("http://api.example.com") == errc::insecure_url);
    CHECK(code_of("http://127.0.0.1.example.com") == errc::insecure_url);
    CHECK_FALSE(code_of("http://[::1]:1"));
    client_options plain;
    plain.allow_plain_http = true;
    CHECK_FALSE(code_of("http://api.example.com", plain));
    client_options bad_ca;
    bad_ca.ca_file = "/does/not/exist.pem";
    CHECK(code_of("https://h", bad_ca) == errc::tls_failed);
    CHECK(code_of("https://user:secret@h") == errc::invalid_argument);
    CHECK(code_of("https://h?key=secret") == errc::invalid_argument);
    client_options bad_proxy;
    bad_proxy.proxy = "socks5://user:secret@h";
    CHECK(code_of("https://h", bad_proxy) == errc::invalid_argument);
}

TEST_CASE("client: silence and slowness end by the clock")
{
    loop l;
    raw_peer peer(
        l, [](std::size_t) { return action("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"); });
    client_options quiet;
    quiet.read_timeout = 40ms;
    client c(l.context.get_executor(), parsed(peer.url()), quiet);
    auto const silent = l.send(c);
    CHECK(silent.ec == errc::timeout);
    CHECK(silent.exchange.progress == progress::sent);
    CHECK(silent.diag.message.find("40 ms") != std::string::npos);
    CHECK(c.connections() == 0);

    client_options hasty;
    hasty.total_timeout = 150ms;
    client d(l.context.get_executor(), parsed(peer.url()), hasty);
    auto const slow = l.send(d);
    CHECK(slow.ec == errc::timeout);
    CHECK(slow.exchange.progress == progress::sent);
}

TEST_CASE("client: an answer that keeps coming is not silence")
{
    loop l;
    int pieces = 0;
    tcp::acceptor acceptor(l.context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    tcp::socket socket(l.context);
    asio::steady_timer timer(l.context);
    std::function<void()> drip = [&] {
        asio::write(socket,
            asio::buffer(pieces == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : "x",
                pieces == 0 ? 38 : 1));
        if (++pieces == 10) return;
        timer.expires_after(60ms);
        timer.async_wait([&](error_code) { drip(); });
    };
    acceptor.async_accept(socket, [&](error_code) { drip(); });
    client_options o;
    o.read_timeout = 450ms; // less than the whole takes
    client c(l.context.get_executor(),
        parsed("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port())), o);
    auto const out = l.send(c);
    CHECK_FALSE(out.ec);
    CHECK(out.exchange.response.body == "xxxxxxxxx");
}

TEST_CASE("connection: an address that swallows packets leaves time for the next")
{
    loop l;
    tcp::acceptor hole(l.context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    hole.listen(1);
    std::vector<tcp::socket>
        fillers; // fill the queue nobody accepts from; what comes later gets no answer
    std::size_t accepted = 0;
    for (int i = 0; i < 8; ++i) {
        fillers.emplace_back(l.context);
        fillers.back().async_connect(hole.local_endpoint(), [&](error_code ec) { accepted += !ec; });
    }
    l.context.run_for(50ms);
    REQUIRE_MESSAGE(accepted < fillers.size(), "this system queues more than it was asked to");

    auto s = serve(l, [](request const&) { return reply(200, ""); });
    auto const way = std::make_shared<route>();
    way->peer = "two addresses";
    way->addresses = {hole.local_endpoint(), {asio::ip::address_v4::loopback(), s.port()}};
    way->address_timeout = 40ms;
    auto const c = std::make_shared<connection>(l.context.get_executor(), way);
    std::optional<fault> result;
    c->open([&](fault f) { result = f; });
    l.run_until([&] { return result.has_value(); });
    CHECK_FALSE(*result);

    way->addresses.pop_back(); // alone, it gets all the time there is
    auto const d = std::make_shared<connection>(l.context.get_executor(), way);
    result.reset();
    d->open([&](fault f) { result = f; });
    l.context.restart();
    l.context.run_for(100ms);
    CHECK_FALSE(result);
    d->abort();
    l.run_until([&] { return result.has_value(); });
    CHECK(result->code == errc::canceled);
}
