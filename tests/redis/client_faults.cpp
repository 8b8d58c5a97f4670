#include "raw_peer.hpp"

namespace trunkline::redis::test {

TEST_CASE("redis: a reply in pieces is one reply")
{
    loop l;
    int nth = 0;
    raw_peer const peer(l, [&](std::string const&) {
        ++nth;
        return raw_peer::action(
            "$" + std::to_string(10'000) + "\r\n" + std::string(10'000, 'x') + "\r\n");
    });
    auto c = make_client(l, peer.url());
    CHECK(l.call(c, {"GET", "k"}).reply.text.size() == 10'000);
    CHECK(l.call(c, {"GET", "k"}).reply.text.size() == 10'000);
    CHECK(peer.connections() == 1);
}

TEST_CASE("redis: broken answers end the connection, and the next command has a new one")
{
    class broken {
    public:
        raw_peer::action what;
        errc expected;
    };
    std::vector<broken> const all{
        {{"$100\r\ncut", true}, errc::connection_lost},
        {{"", true}, errc::connection_lost},
        {{"*3\r\n:1\r\n", true}, errc::connection_lost},
        {{"HTTP/1.1 400 Bad Request\r\n\r\n"}, errc::protocol_error},
        {{"*99999999999\r\n"}, errc::protocol_error},
        {{"$100000\r\n" + std::string(100'000, 'x')}, errc::too_large},
        {{"+" + std::string(100'000, 'x')}, errc::too_large},
    };
    for (auto const& b : all) {
        CAPTURE(b.what.bytes.substr(0, 20));
        loop l;
        bool well = false;
        raw_peer const peer(
            l, [&](std::string const&) { return well ? raw_peer::action("+OK\r\n") : b.what; });
        client_options o;
        o.max_reply_bytes = 50'000;
        auto c = make_client(l, peer.url(), o);
        well = true;
        REQUIRE_FALSE(l.call(c, {"PING"}).ec); // it worked before
        well = false;
        auto const failed = l.call(c, {"GET", "hush"});
        CHECK(failed.ec == b.expected);
        CHECK(failed.diag.message.find("hush") == std::string::npos);
        well = true;
        CHECK_FALSE(l.call(c, {"PING"}).ec); // at once: the connection had worked
        CHECK(peer.connections() == 2);
    }
}

TEST_CASE("redis: a peer that cuts every connection is not asked again and again")
{
    loop l;
    raw_peer const peer(l, [](std::string const&) { return raw_peer::action("", true); });
    client_options o;
    o.reconnect_base = o.reconnect_cap = 1h;
    auto c = make_client(l, peer.url(), o);
    for (int i = 0; i < 20; ++i) CHECK(l.call(c, {"PING"}).ec == errc::connection_lost);
    CHECK(peer.connections() == 1);
}

TEST_CASE("redis: an answer nobody asked for is never taken as the reply of the next command")
{
    loop l;
    int nth = 0;
    raw_peer const peer(l, [&](std::string const&) {
        return raw_peer::action(++nth == 1 ? "+one\r\n+stray\r\n" : "+two\r\n");
    });
    auto c = make_client(l, peer.url());
    CHECK(l.call(c, {"PING"}).reply.text == "one");
    CHECK(l.call(c, {"PING"}).reply.text == "two");
    CHECK(peer.connections() == 2);
}

TEST_CASE("redis: a refusal that quotes the password does not reach a message")
{
    loop l;
    raw_peer const peer(l, [](std::string const&) {
        return raw_peer::action(
            "-ERR unknown command 'AUTH', with args beginning with: 'hush-hush'\r\n");
    });
    auto c = make_client(l, peer.url(":hush-hush@"));
    auto const o = l.call(c, {"PING"});
    CHECK(o.ec == errc::unauthorized);
    CHECK(o.diag.message.find("ERR") != std::string::npos);
    CHECK(o.diag.message.find("hush") == std::string::npos);
    CHECK(o.reply.text.empty());
}

TEST_CASE("redis: a peer that accepts and says nothing is left after the connect timeout")
{
    loop l;
    raw_peer const peer(l, [](std::string const&) { return raw_peer::action(""); });
    client_options o;
    o.connect_timeout = 40ms;
    auto c = make_client(l, peer.url(":hush@"), o); // AUTH is never answered
    auto const failed = l.call(c, {"PING"});
    CHECK(failed.ec == errc::timeout);
    CHECK(failed.diag.message.find("40 ms") != std::string::npos);
}

TEST_CASE("redis: the pause before the next attempt grows, up to its cap, with chance in it")
{
    // A peer that cuts everything counts the attempts of a client that calls all the time.
    loop l;
    raw_peer const peer(l, [](std::string const&) { return raw_peer::action("", true); });
    client_options o;
    o.reconnect_base = 8ms;
    o.reconnect_cap = 32ms;
    o.seed = 7;
    auto c = make_client(l, peer.url(), o);
    auto const end = std::chrono::steady_clock::now() + 300ms;
    int calls = 0;
    while (std::chrono::steady_clock::now() < end) {
        l.call(c, {"PING"});
        ++calls;
    }
    // 4..8, 8..16, then 16..32 ms: at most 3 + 300 / 16 attempts, however many calls.
    CHECK(peer.connections() <= 22);
    CHECK(peer.connections() >= 3);
    CHECK(calls > 100);
}

} // namespace trunkline::redis::test
