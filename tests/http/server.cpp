#include "raw_peer.hpp"

#include <http/gzip.hpp>

#include <thread>

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

/// Speaks to a server byte by byte.
class raw_client {
public:
    raw_client(loop& l, std::uint16_t port) : loop_(l), socket_(l.context)
    {
        socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
        read();
    }
    void write(std::string_view text)
    {
        error_code ignored;
        asio::write(socket_, asio::buffer(text.data(), text.size()), ignored);
    }
    /// Waits until `text` came in, or the end of the connection.
    std::string const& expect(std::string_view text)
    {
        loop_.run_until([&] { return ended || received.find(text) != std::string::npos; });
        return received;
    }
    std::string const& until_end()
    {
        loop_.run_until([&] { return bool(ended); });
        return received;
    }
    void close() { socket_.close(); }

    std::string received;
    error_code ended;

private:
    void read()
    {
        socket_.async_read_some(asio::buffer(piece_), [this](error_code ec, std::size_t n) {
            received.append(piece_.data(), n);
            if (ec) ended = ec;
            else read();
        });
    }
    loop& loop_;
    tcp::socket socket_;
    std::array<char, 16384> piece_;
};

std::string const plain_get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

reply echo(request const& r)
{
    reply out(200, r.method + ' ' + r.target + ' ' + r.body);
    out.headers.set("Content-Type", "text/plain");
    return out;
}

} // namespace

TEST_CASE("server: pipelined requests are answered in order")
{
    loop l;
    auto s = serve(l, echo);
    raw_client c(l, s.port());
    c.write("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: "
            "3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: h\r\n"
            "Connection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const& text = c.until_end();
    CHECK(c.ended == asio::error::eof);
    auto const one = text.find("GET /1 ");
    auto const two = text.find("POST /2 abc");
    auto const three = text.find("GET /3 ");
    REQUIRE(three != std::string::npos);
    CHECK(one < two);
    CHECK(two < three);
    CHECK(text.find("GET /4") == std::string::npos); // after "close" nothing is read
    CHECK(text.find("Date: ") != std::string::npos);
}

TEST_CASE("server: what is malformed or too large is answered with its status and the end")
{
    struct row {
        std::string text;
        char const* status;
    };
    for (row const& r : std::vector<row>{
             {"garbage\r\n\r\n", "400"},
             {"GET / HTTP/1.1\r\n\r\n", "400"},
             {"GET / HTTP/1.1\r\nHost: h\r\nBad header\r\n\r\n", "400"},
             {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: "
              "chunked\r\n\r\n",
                 "400"},
             {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(3000, 'x') + "\r\n\r\n", "431"},
             {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5001\r\n\r\n", "413"},
             {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n" +
                     std::string(900'000, 'x'),
                 "413"},
             {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1389\r\n" +
                     std::string(5001, 'x'),
                 "413"},
         })
    {
        CAPTURE(r.text.substr(0, 90));
        loop l;
        server_options o;
        o.max_header_bytes = 2000;
        o.max_request_bytes = 5000;
        bool called = false;
        auto s = serve(
            l,
            [&](request const& q) {
                called = true;
                return echo(q);
            },
            o);
        raw_client c(l, s.port());
        c.write(r.text);
        c.expect("\r\n\r\n");
        CHECK(c.received.starts_with("HTTP/1.1 " + std::string(r.status)));
        CHECK(c.received.find("Connection: close") != std::string::npos);
        CHECK_FALSE(called);
    }
}

TEST_CASE("server: deadlines end what does not come")
{
    loop l;
    server_options o;
    o.request_timeout = 200ms;
    o.idle_timeout = 200ms;
    auto s = serve(l, echo, o);
    raw_client nothing(l, s.port());
    raw_client half(l, s.port());
    half.write("GET / HTTP/1.1\r\nHos");
    raw_client idle(l, s.port());
    idle.write(plain_get);
    CHECK(idle.expect("GET /x").find("200 OK") != std::string::npos);
    nothing.until_end();
    half.until_end();
    idle.until_end();
    CHECK(nothing.received.empty());
    CHECK(half.received.empty());
}

TEST_CASE("server: a slow body ends by the request timeout although bytes keep coming")
{
    loop l;
    server_options o;
    o.request_timeout = 60ms;
    auto s = serve(l, echo, o);
    raw_client c(l, s.port());
    c.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
    asio::steady_timer timer(l.context);
    std::function<void(error_code)> drip = [&](error_code ec) {
        if (ec || c.ended) return;
        c.write("x");
        timer.expires_after(10ms);
        timer.async_wait(drip);
    };
    drip({});
    c.until_end();
    CHECK(c.received.empty());
}

TEST_CASE("server: expect 100-continue")
{
    loop l;
    auto s = serve(l, echo);
    raw_client c(l, s.port());
    c.write("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    CHECK(c.expect("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    c.write("body");
    CHECK(c.expect("POST /x body").find("200 OK") != std::string::npos);
}

TEST_CASE("server: HEAD, 204 and HTTP/1.0")
{
    loop l;
    auto s = serve(l, [](request const& r) {
        if (r.target == "/204") return reply(204, "ignored");
        reply out(200, std::string(50, 'x'));
        out.framing = framing::chunked;
        return out;
    });
    raw_client c(l, s.port());
    c.write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /204 HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const text = c.expect("204 No Content");
    CHECK(text.find("Transfer-Encoding: chunked\r\n\r\nHTTP/1.1 204") != std::string::npos);
    CHECK(c.received.find("xxx") == std::string::npos);
    raw_client old(l, s.port());
    old.write("GET / HTTP/1.0\r\n\r\n");
    old.until_end();
    CHECK(old.received.find("Content-Length: 50\r\n") != std::string::npos);
    CHECK(old.received.find("chunked") == std::string::npos);
    raw_client kept(l, s.port());
    kept.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(kept.expect("xxx").find("Connection: keep-alive") != std::string::npos);
    kept.write("GET /204 HTTP/1.0\r\n\r\n");
    CHECK(kept.until_end().find("204") != std::string::npos);
}

TEST_CASE("server: a chunked answer, and an empty one as publish gives it")
{
    loop l;
    auto s = serve(l, [](request const& r) {
        reply out(200, r.target == "/publish" ? "" : std::string(40'000, 'x'));
        out.headers.set("Content-Type", "application/json");
        out.framing = framing::chunked;
        return out;
    });
    raw_client c(l, s.port());
    c.write("POST /publish HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    auto const text = c.expect("0\r\n\r\n");
    CHECK(text.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(text.ends_with("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    client k(l.context.get_executor(), parsed(s.url()));
    CHECK(l.send(k, post("/publish", "")).exchange.response.body.empty());
    CHECK(l.send(k).exchange.response.body == std::string(40'000, 'x'));
    CHECK(k.connections() == 1);
}

TEST_CASE("server: large text is compressed for those who can read it")
{
    loop l;
    std::string const text(5000, 'x');
    auto s = serve(l, [&](request const& r) {
        reply out(200, r.target == "/small" ? "x" : text);
        out.headers.set("Content-Type", r.target == "/image" ? "image/png" : "application/json");
        if (r.target == "/chunked") out.framing = framing::chunked;
        return out;
    });
    auto const ask = [&](std::string const& target, std::string const& accept) {
        raw_client c(l, s.port());
        c.write("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + accept + "\r\n");
        return c.until_end();
    };
    auto const coded = ask("/", "Accept-Encoding: gzip\r\n");
    CHECK(coded.find("Content-Encoding: gzip\r\n") != std::string::npos);
    CHECK(coded.find("Vary: Accept-Encoding\r\n") != std::string::npos);
    CHECK(coded.size() < 500);
    CHECK(ask("/", "").find(text) != std::string::npos);
    CHECK(ask("/", "Accept-Encoding: gzip;q=0\r\n").find(text) != std::string::npos);
    CHECK(ask("/small", "Accept-Encoding: gzip\r\n").find("gzip") == std::string::npos);
    CHECK(ask("/image", "Accept-Encoding: gzip\r\n").find("gzip") == std::string::npos);
    client c(l.context.get_executor(), parsed(s.url()));
    for (auto const* target : {"/", "/chunked", "/small", "/image"}) {
        auto const out = l.send(c, get(target));
        CHECK_FALSE(out.ec);
        CHECK(out.exchange.response.body.size() == (std::string(target) == "/small" ? 1 : 5000));
    }
}

TEST_CASE("server: plays a failing service")
{
    loop l;
    auto s = serve(l, [](request const& r) {
        reply out(200, std::string(1000, 'x'));
        if (r.target.starts_with("/cut")) out.ending = ending::cut;
        if (r.target == "/cut/chunked") out.framing = framing::chunked;
        if (r.target == "/cut/empty") out.body.clear();
        if (r.target == "/reset") out.ending = ending::reset_before;
        if (r.target == "/hang") out.ending = ending::hang;
        if (r.target == "/later") out.delay = 30ms;
        return out;
    });
    SUBCASE("a delay comes before the first byte")
    {
        client c(l.context.get_executor(), parsed(s.url()));
        auto const before = std::chrono::steady_clock::now();
        CHECK_FALSE(l.send(c, get("/later")).ec);
        CHECK(std::chrono::steady_clock::now() - before >= 30ms);
    }
    SUBCASE("reset before the answer")
    {
        raw_client c(l, s.port());
        c.write("GET /reset HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(c.until_end().empty());
        CHECK(c.ended == asio::error::connection_reset);
    }
    SUBCASE("cut in the middle of the body")
    {
        raw_client c(l, s.port());
        c.write("GET /cut HTTP/1.1\r\nHost: h\r\n\r\n");
        auto const& text = c.until_end();
        CHECK(c.ended == asio::error::connection_reset);
        CHECK(text.find("Content-Length: 1000") != std::string::npos);
        CHECK(text.size() - text.find("\r\n\r\n") - 4 == 500);
        client k(l.context.get_executor(), parsed(s.url()));
        for (auto const* target : {"/cut", "/cut/chunked", "/cut/empty"})
            CHECK(l.send(k, get(target)).ec == errc::connection_lost); // never whole by accident
    }
    SUBCASE("hang until the peer gives up")
    {
        client_options o;
        o.read_timeout = 30ms;
        client c(l.context.get_executor(), parsed(s.url()), o);
        auto const out = l.send(c, get("/hang"));
        CHECK(out.ec == errc::timeout);
        CHECK(out.exchange.progress == progress::sent);
    }
}

TEST_CASE("server: the answer may come later, from another thread, once")
{
    loop l;
    std::optional<server::responder> held;
    server s(l.context.get_executor(), {},
        [&](request, server::responder answer) { held = std::move(answer); });
    client c(l.context.get_executor(), parsed(s.url()));
    outcome out;
    l.start(c, get("/"), out);
    l.run_until([&] { return held.has_value(); });
    std::thread([&] {
        (*held)(reply(200, "first"));
        (*held)(reply(200, "second"));
    }).join();
    l.run_until([&] { return out.completed; });
    CHECK(out.exchange.response.body == "first");
}

TEST_CASE("server: an answer that never comes or throws is a 500")
{
    loop l;
    server s(l.context.get_executor(), {}, [&](request r, server::responder) {
        if (r.target == "/throw") throw std::runtime_error("secret detail");
    });
    client c(l.context.get_executor(), parsed(s.url()));
    for (auto const* target : {"/throw", "/dropped"}) {
        auto const out = l.send(c, get(target));
        CHECK(out.exchange.response.status == 500);
        CHECK(out.exchange.response.body.empty());
    }
}

TEST_CASE("server: a handler cannot forge the framing or other fields")
{
    loop l;
    auto s = serve(l, [](request const& r) {
        reply out(200, "body");
        if (r.target == "/split") out.headers.set("X", "a\r\nY: b");
        out.headers.set("Content-Length", "1");
        return out;
    });
    client c(l.context.get_executor(), parsed(s.url()));
    CHECK(l.send(c, get("/split")).exchange.response.status == 500);
    CHECK(l.send(c, get("/")).exchange.response.body == "body");
}

TEST_CASE("server: beyond the bound connections wait in line")
{
    loop l;
    server_options o;
    o.max_connections = 1;
    auto s = serve(l, echo, o);
    raw_client first(l, s.port());
    first.write(plain_get);
    first.expect("GET /x");
    raw_client second(l, s.port());
    second.write(plain_get);
    l.context.restart();
    l.context.run_for(20ms);
    CHECK(second.received.empty());
    first.close();
    CHECK(second.expect("GET /x").find("200 OK") != std::string::npos);
}

TEST_CASE("server: stop closes connections and the port, and the handler is not called again")
{
    loop l;
    std::size_t calls = 0;
    std::optional<server> s(std::in_place, l.context.get_executor(), server_options(),
        [&](request, server::responder answer) {
            ++calls;
            answer(reply(200, ""));
        });
    auto const port = s->port();
    raw_client open(l, port);
    open.write(plain_get);
    open.expect("200 OK");
    open.write(plain_get);
    s.reset();
    open.until_end();
    CHECK(calls == 1);
    l.run(); // nothing of it is left
    tcp::socket again(l.context);
    error_code ec;
    again.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), ec);
    CHECK(ec == asio::error::connection_refused);
}

TEST_CASE("server: a responder may be called when the server is gone")
{
    loop l;
    std::optional<server::responder> held;
    std::optional<server> s(std::in_place, l.context.get_executor(), server_options(),
        [&](request, server::responder answer) { held = std::move(answer); });
    raw_client c(l, s->port());
    c.write(plain_get);
    l.run_until([&] { return held.has_value(); });
    s.reset();
    c.until_end();
    (*held)(reply(200, "too late"));
    held.reset();
    l.run();
    CHECK(c.received.empty());
}

TEST_CASE("server: a taken or wrong address is refused at once")
{
    loop l;
    auto s = serve(l, echo);
    server_options o;
    o.port = s.port();
    CHECK_THROWS_WITH_AS(server(l.context.get_executor(), o, nullptr),
        ("cannot listen on 127.0.0.1:" + std::to_string(s.port()) + ": Address already in use").c_str(),
        error);
    o.address = "not an address";
    CHECK_THROWS_AS(server(l.context.get_executor(), o, nullptr), error);
    o.address = "127.0.0.1";
    o.certificate_file = "only.pem";
    CHECK_THROWS_AS(server(l.context.get_executor(), o, nullptr), error);
}
