#include "certificates.hpp"
#include "raw_peer.hpp"
#include "relay.hpp"

#include <fstream>

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

/// One authority for the whole program; making keys takes time.
certificates& authority()
{
    static certificates c;
    return c;
}

server secure_server(loop& l, certificates::wanted const& w = {})
{
    auto const files = authority().make(w);
    server_options o;
    o.certificate_file = files.certificate;
    o.key_file = files.key;
    return serve(
        l, [](request const& r) { return reply(200, "secure " + r.target); }, o);
}

client_options trusting()
{
    client_options o;
    o.ca_file = authority().authority();
    return o;
}

} // namespace

TEST_CASE("tls: a certificate of the given authority for this host is accepted")
{
    loop l;
    auto s = secure_server(l);
    REQUIRE(s.url().starts_with("https://127.0.0.1:"));
    for (auto const& host : {"127.0.0.1", "localhost"}) {
        client c(l.context.get_executor(),
            parsed(std::string("https://") + host + ':' + std::to_string(s.port())), trusting());
        for (int i = 0; i < 3; ++i) {
            auto const out = l.send(c, get("/x"));
            REQUIRE_MESSAGE(!out.ec, out.diag.message);
            CHECK(out.exchange.response.body == "secure /x");
        }
        CHECK(c.connections() == 1);
    }
}

TEST_CASE("tls: what cannot be trusted is refused before a byte of the request leaves")
{
    struct row {
        char const* what;
        certificates::wanted certificate;
        bool with_authority;
        char const* hint;
    };
    certificates::wanted good;
    certificates::wanted other_name;
    other_name.name = "DNS:example.com,IP:127.0.0.2";
    certificates::wanted host_as_text;
    host_as_text.name = "DNS:127.0.0.1"; // an address is no DNS name
    certificates::wanted expired;
    expired.valid_from = -7200;
    expired.valid_to = -3600;
    certificates::wanted not_yet;
    not_yet.valid_from = 3600;
    not_yet.valid_to = 7200;
    certificates::wanted self_signed;
    self_signed.self_signed = true;
    for (row const& r : std::vector<row>{
             {"an unknown authority", good, false, "issuer"},
             {"another host", other_name, true, "mismatch"},
             {"an address as a name", host_as_text, true, "mismatch"},
             {"expired", expired, true, "expired"},
             {"not yet valid", not_yet, true, "not yet valid"},
             {"self-signed", self_signed, true, "self-signed"},
         })
    {
        CAPTURE(r.what);
        loop l;
        auto s = secure_server(l, r.certificate);
        client_options o;
        if (r.with_authority) o = trusting();
        client c(l.context.get_executor(), parsed(s.url()), o);
        auto const out = l.send(c, post("/x", "data"));
        CHECK(out.ec == errc::tls_failed);
        CHECK(out.exchange.progress == progress::not_sent);
        CHECK(out.diag.message.find("127.0.0.1:" + std::to_string(s.port())) != std::string::npos);
        CHECK_MESSAGE(out.diag.message.find(r.hint) != std::string::npos, out.diag.message);
        CHECK(c.connections() == 0);

        o.verify_tls = false;
        client careless(l.context.get_executor(), parsed(s.url()), o);
        CHECK_FALSE(l.send(careless).ec);
    }
}

TEST_CASE("tls: plain and TLS do not talk to each other, and say so")
{
    loop l;
    auto plain = serve(l, [](request const&) { return reply(200, ""); });
    client c(l.context.get_executor(), parsed("https" + plain.url().substr(4)), trusting());
    auto const out = l.send(c);
    CHECK(out.ec == errc::tls_failed);
    CHECK(out.exchange.progress == progress::not_sent);

    auto s = secure_server(l);
    client d(l.context.get_executor(), parsed("http" + s.url().substr(5)));
    auto const other = l.send(d);
    CHECK((other.ec == errc::protocol_error || other.ec == errc::connection_lost));
    CHECK(other.exchange.progress == progress::sent);
}

TEST_CASE("tls: a handshake without an answer ends by the connect timeout")
{
    loop l;
    raw_peer peer(l, action());
    auto o = trusting();
    o.connect_timeout = 40ms;
    client c(l.context.get_executor(), parsed("https" + peer.url().substr(4)), o);
    auto const out = l.send(c);
    CHECK(out.ec == errc::timeout);
    CHECK(out.exchange.progress == progress::not_sent);
}

TEST_CASE("tls: the connection breaks after the n-th byte of the peer for each n, until the answer "
          "is whole")
{
    loop l;
    auto s = secure_server(l);
    bool whole = false;
    std::size_t failures = 0;
    for (std::size_t n = 0; !whole; n += 61) {
        REQUIRE(n < 20'000);
        CAPTURE(n);
        relay cutter(l, s.port(), n);
        client c(l.context.get_executor(),
            parsed("https://127.0.0.1:" + std::to_string(cutter.port())), trusting());
        auto const out = l.send(c, post("/x", "data"));
        whole = !out.ec;
        if (whole) break;
        ++failures;
        bool const handshake = out.ec == errc::connect_failed || out.ec == errc::tls_failed;
        CHECK((handshake || out.ec == errc::connection_lost));
        CHECK(out.exchange.progress == (handshake ? progress::not_sent : progress::sent));
    }
    CHECK(failures > 10);
}

TEST_CASE("tls: nothing is accepted as the end of an answer but the end")
{
    // A body that ends with the connection, cut off without close_notify: whoever cuts TCP must not
    // be able to shorten it.
    loop l;
    auto const files = authority().make({});
    server_options o;
    o.certificate_file = files.certificate;
    o.key_file = files.key;
    auto s = serve(
        l,
        [](request const&) {
            reply r(200, std::string(1000, 'x'));
            r.ending = ending::cut;
            return r;
        },
        o);
    client c(l.context.get_executor(), parsed(s.url()), trusting());
    auto const out = l.send(c);
    CHECK(out.ec == errc::connection_lost);
    CHECK(out.exchange.progress == progress::sent);
}

TEST_CASE("tls: files that are none are refused with their name")
{
    loop l;
    auto const garbage = (authority().folder() / "garbage.pem").string();
    std::ofstream(garbage) << "no PEM\n";
    auto const files = authority().make({});
    auto const refused = [&](auto start, std::string const& name) {
        try {
            start();
            FAIL("accepted");
        } catch (error const& e) {
            CHECK(e.code() == errc::tls_failed);
            CHECK(std::string(e.what()).find(name) != std::string::npos);
        }
    };
    auto const serve_with = [&](std::string const& certificate, std::string const& key) {
        return [&l, certificate, key] {
            server_options o;
            o.certificate_file = certificate;
            o.key_file = key;
            server s(l.context.get_executor(), o, [](request, server::responder) {});
        };
    };
    refused(serve_with("/does/not/exist.pem", files.key), "/does/not/exist.pem");
    refused(serve_with(garbage, files.key), garbage);
    refused(serve_with(files.certificate, garbage), garbage);
    refused(serve_with(files.certificate, authority().make({}).key),
        "mismatch"); // another certificate's key
    refused(
        [&] {
            client_options o;
            o.ca_file = garbage;
            client c(l.context.get_executor(), parsed("https://localhost"), o);
        },
        garbage);
}
