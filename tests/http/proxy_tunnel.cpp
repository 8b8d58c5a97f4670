#include "certificates.hpp"
#include "relay.hpp"

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

/// A proxy that knows one place: whatever is asked for, it leads to a local port.
class tiny_proxy {
public:
    tiny_proxy(loop& l, std::uint16_t to,
        std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n")
        : context_(l.context),
          acceptor_(l.context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          to_(to),
          answer_(std::move(answer))
    {
        accept();
    }
    std::string url(std::string const& user = {}) const
    {
        return "http://" + user + "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    std::vector<std::string> const& requests() const { return requests_; }

private:
    void accept()
    {
        acceptor_.async_accept([this](error_code ec, tcp::socket accepted) {
            if (ec) return;
            sockets_.push_back(std::make_shared<tcp::socket>(std::move(accepted)));
            serve(sockets_.back());
            accept();
        });
    }
    void serve(std::shared_ptr<tcp::socket> s)
    {
        auto const buffer = std::make_shared<std::array<char, 4096>>();
        s->async_read_some(asio::buffer(*buffer), [this, s, buffer](error_code ec, std::size_t n) {
            if (ec) return;
            requests_.emplace_back(
                buffer->data(), n); // the requests of these tests come in one piece
            error_code ignored;
            asio::write(*s, asio::buffer(answer_), ignored);
            if (answer_.find(" 200 ") != std::string::npos && to_ != 0)
                relay::tunnel(context_, std::move(*s), to_);
        });
    }

    asio::io_context& context_;
    tcp::acceptor acceptor_;
    std::uint16_t to_;
    std::string answer_;
    std::vector<std::string> requests_;
    std::vector<std::shared_ptr<tcp::socket>> sockets_; // a silent proxy keeps its connections
};

client_options through(tiny_proxy const& p, std::string const& user = {})
{
    client_options o;
    o.proxy = p.url(user);
    return o;
}

} // namespace

TEST_CASE("proxy: https goes through a tunnel and is verified against the far host")
{
    loop l;
    certificates authority;
    certificates::wanted w;
    w.name = "DNS:api.test.invalid";
    auto const files = authority.make(w);
    server_options so;
    so.certificate_file = files.certificate;
    so.key_file = files.key;
    auto s = serve(
        l,
        [](request const& r) {
            return reply(200,
                r.target + ' ' + std::string(r.headers.get("Host")) + ' ' +
                    std::string(r.headers.get("Proxy-Authorization")));
        },
        so);

    tiny_proxy proxy(l, s.port());
    auto o = through(proxy, "user:pa%3Ass@");
    o.ca_file = authority.authority();
    client c(l.context.get_executor(), parsed("https://api.test.invalid"), o);
    auto const out = l.send(c, get("/x"));
    REQUIRE_MESSAGE(!out.ec, out.diag.message);
    CHECK(out.exchange.response.body ==
        "/x api.test.invalid "); // the proxy's password stays with the proxy
    REQUIRE(proxy.requests().size() == 1);
    CHECK(proxy.requests()[0] ==
        "CONNECT api.test.invalid:443 HTTP/1.1\r\nHost: "
        "api.test.invalid:443\r\nProxy-Authorization: Basic "
        "dXNlcjpwYTpzcw==\r\n\r\n");
    CHECK_FALSE(l.send(c, get("/x")).ec);
    CHECK(proxy.requests().size() == 1); // the tunnel is kept

    client wrong(l.context.get_executor(), parsed("https://other.test.invalid"), o);
    auto const refused = l.send(wrong);
    CHECK(refused.ec == errc::tls_failed);
    CHECK(refused.exchange.progress == progress::not_sent);
}

TEST_CASE("proxy: a refused or broken tunnel sends nothing")
{
    struct row {
        char const* answer;
        char const* hint;
    };
    for (row const& r : std::vector<row>{
             {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nlogin", "407"},
             {"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502"},
             {"garbage\r\n\r\n", "proxy"},
             {"HTTP/1.1 200 OK\r\n\r\nearly bytes", "before"},
         })
    {
        CAPTURE(r.answer);
        loop l;
        tiny_proxy proxy(l, 0, r.answer);
        client c(l.context.get_executor(), parsed("https://api.test.invalid"),
            through(proxy, "user:secret@"));
        auto const out = l.send(c, post("/", "x"));
        CHECK(out.ec == errc::connect_failed);
        CHECK(out.exchange.progress == progress::not_sent);
        CHECK_MESSAGE(out.diag.message.find(r.hint) != std::string::npos, out.diag.message);
        CHECK(out.diag.message.find("secret") == std::string::npos);
        CHECK(c.connections() == 0);
    }
}

TEST_CASE("proxy: the tunnel's opening breaks after the n-th byte for each n")
{
    std::string const whole = "HTTP/1.1 200 Connection established\r\n\r\n";
    for (std::size_t n = 0; n < whole.size(); ++n) {
        loop l;
        raw_peer proxy(
            l, [&](std::size_t) { return action(whole.substr(0, n), action::end::reset); });
        client_options o;
        o.proxy = proxy.url();
        o.verify_tls = false; // it does not come so far; saves loading the system's store each time
        client c(l.context.get_executor(), parsed("https://api.test.invalid"), o);
        auto const out = l.send(c, post("/", "x"));
        CHECK(out.ec == errc::connect_failed);
        CHECK(out.exchange.progress == progress::not_sent);
    }
}

TEST_CASE("proxy: a silent proxy ends by the connect timeout")
{
    loop l;
    tiny_proxy proxy(l, 0, "");
    auto o = through(proxy);
    o.connect_timeout = 40ms;
    client c(l.context.get_executor(), parsed("https://api.test.invalid"), o);
    auto const out = l.send(c);
    CHECK(out.ec == errc::timeout);
    CHECK(out.exchange.progress == progress::not_sent);
}

TEST_CASE("proxy: plain http asks the proxy for the whole URL")
{
    loop l;
    tiny_proxy proxy(l, 0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    auto o = through(proxy, "u:p@");
    o.allow_plain_http = true;
    client c(l.context.get_executor(), parsed("http://api.test.invalid:8080/base"), o);
    auto const out = l.send(c, get("/x?y=1"));
    CHECK_FALSE(out.ec);
    REQUIRE(proxy.requests().size() == 1);
    CHECK(proxy.requests()[0].starts_with(
        "GET http://api.test.invalid:8080/base/x?y=1 HTTP/1.1\r\nHost: api.test.invalid:8080\r\n"));
    CHECK(proxy.requests()[0].find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
}

TEST_CASE("proxy: loopback targets do not go through it")
{
    loop l;
    auto s = serve(l, [](request const&) { return reply(200, "direct"); });
    tiny_proxy proxy(l, 0);
    client c(l.context.get_executor(), parsed(s.url()), through(proxy));
    CHECK(l.send(c).exchange.response.body == "direct");
    CHECK(proxy.requests().empty());
}
