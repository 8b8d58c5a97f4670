#include "../http/certificates.hpp"
#include "redis_server.hpp"
#include "support.hpp"

#include <optional>

namespace trunkline::redis::test {
namespace {

using http::test::certificates;

std::vector<std::string> tls_settings(
    certificates& made, bool asks_for_certificates, std::string const& name)
{
    certificates::wanted w;
    w.name = name;
    auto const files = made.make(w);
    return {"tls-cert-file " + files.certificate, "tls-key-file " + files.key,
        "tls-ca-cert-file " + made.authority(),
        std::string("tls-auth-clients ") + (asks_for_certificates ? "yes" : "no"),
        "requirepass hush-hush"};
}

constexpr char local_names[] = "DNS:localhost,IP:127.0.0.1";

std::string with_password(std::string const& url)
{
    return "rediss://:hush-hush@" + url.substr(url.find("://") + 3);
}

} // namespace

TEST_CASE("redis tls: a verified connection carries password and commands")
{
    if (!redis_server::is_installed()) return;
    certificates made;
    redis_server const server(tls_settings(made, false, local_names), true);
    loop l;
    client_options o;
    o.ca_file = made.authority();
    for (auto const* const host : {"127.0.0.1", "localhost"}) {
        auto c = make_client(l, with_password(server.tls_url(host)), o);
        CHECK(l.call(c, {"PING"}).reply.text == "PONG");
        std::string const large(300'000, 'x');
        CHECK(l.call(c, {"ECHO", large}).reply.text == large);
        CHECK(l.call(c, {"PING"}).reply.text == "PONG"); // still the same after a pause
    }
}

TEST_CASE("redis tls: a certificate of somebody else, or for another name, is refused before AUTH")
{
    if (!redis_server::is_installed()) return;
    certificates made, strangers;
    redis_server const server(tls_settings(made, false, "DNS:cache.example"), true);
    loop l;
    client_options o;
    o.ca_file = made.authority();
    auto wrong_name = make_client(l, with_password(server.tls_url()), o);
    auto failed = l.call(wrong_name, {"PING"});
    CHECK(failed.ec == errc::tls_failed);
    CHECK(failed.diag.message.find("hush") == std::string::npos);

    o.ca_file = strangers.authority();
    auto unknown = make_client(l, with_password(server.tls_url()), o);
    CHECK(l.call(unknown, {"PING"}).ec == errc::tls_failed);

    o.verify_tls = false;
    auto trusting = make_client(l, with_password(server.tls_url()), o);
    CHECK(l.call(trusting, {"PING"}).reply.text == "PONG");
}

TEST_CASE("redis tls: a server that asks for a certificate gets ours")
{
    if (!redis_server::is_installed()) return;
    certificates made;
    redis_server const server(tls_settings(made, true, local_names), true);
    loop l;
    client_options o;
    o.ca_file = made.authority();
    auto nobody = make_client(l, with_password(server.tls_url()), o);
    CHECK(l.call(nobody, {"PING"}).ec);

    auto const ours = made.make(certificates::wanted());
    o.certificate_file = ours.certificate;
    o.key_file = ours.key;
    auto known = make_client(l, with_password(server.tls_url()), o);
    CHECK(l.call(known, {"PING"}).reply.text == "PONG");
}

TEST_CASE("redis tls: a plain port is no TLS, and the other way round")
{
    if (!redis_server::is_installed()) return;
    certificates made;
    redis_server const plain;
    redis_server const tls(tls_settings(made, false, local_names), true);
    loop l;
    client_options o;
    o.ca_file = made.authority();
    auto one = make_client(l, plain.tls_url(), o);
    CHECK(l.call(one, {"PING"}).ec);
    auto two = make_client(l, tls.tcp_url());
    CHECK(l.call(two, {"PING"}).ec == errc::connection_lost);
}

TEST_CASE("redis tls: an unusable certificate file is told when the client is made")
{
    loop l;
    client_options o;
    o.ca_file = "/nowhere/ca.pem";
    std::optional<error> thrown;
    try {
        make_client(l, "rediss://:hush@cache.example", o);
    } catch (error const& e) {
        thrown = e;
    }
    REQUIRE(thrown);
    CHECK(thrown->code() == errc::tls_failed);
    CHECK(std::string(thrown->what()).find("hush") == std::string::npos);
}

} // namespace trunkline::redis::test
