#include "redis_server.hpp"
#include "support.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <future>

namespace trunkline::redis::test {
namespace {

/// What CLIENT ID answers: tells connections apart.
std::int64_t connection_id(loop& l, client& c)
{
    auto const o = l.call(c, {"CLIENT", "ID"});
    REQUIRE_FALSE(o.ec);
    return o.reply.number;
}

} // namespace

TEST_CASE("redis: commands and replies of any bytes, over a local socket and TCP")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    for (auto const& url : {server.local_url(), server.tcp_url()}) {
        auto c = make_client(l, url);
        CHECK(l.call(c, {"PING"}).reply.text == "PONG");
        std::string const bytes("a\r\n\0b$*", 7);
        CHECK(l.call(c, {"SET", "k", bytes}).reply.kind == reply::type::status);
        CHECK(l.call(c, {"GET", "k"}).reply.text == bytes);
        CHECK(l.call(c, {"GET", "none"}).reply.is_nil());
        CHECK(l.call(c, {"EVAL", "return {1, {'x', false}}", "0"}).reply.elements.size() == 2);
        std::string const large(3'000'000, 'x');
        CHECK(l.call(c, {"ECHO", large}).reply.text == large);
    }
}

TEST_CASE("redis: commands share one connection without waiting for each other")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    auto c = make_client(l, server.local_url());
    std::deque<outcome> all(1000);
    for (std::size_t i = 0; i < all.size(); ++i) l.start(c, {"ECHO", std::to_string(i)}, all[i]);
    l.run(); // comes to an end: an idle client keeps nothing busy
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].reply.text == std::to_string(i));
    auto const connections = l.call(c, {"INFO", "stats"}).reply.text;
    CHECK(connections.find("total_connections_received:2\r\n") !=
        std::string::npos); // and the test's own
}

TEST_CASE("redis: an error reply is told by its first word, which quotes nothing")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    auto c = make_client(l, server.local_url());
    auto const o = l.call(c, {"NONSENSE", "hush-hush"});
    CHECK(o.ec == errc::server_error);
    CHECK(o.reply.is_error());
    CHECK(o.diag.message == "Redis at " + server.socket() + " answered ERR");
    CHECK(l.call(c, {"PING"}).reply.text == "PONG");
}

TEST_CASE("redis: user, password and database")
{
    if (!redis_server::is_installed()) return;
    redis_server const server(
        {"requirepass top-secret", "user app on >hush-hush ~app:* +get +set +ping"});
    loop l;
    auto const local = [&](std::string const& user) { return "unix://" + user + server.socket(); };
    auto owner = make_client(l, local(":top-secret@") + "?db=5");
    REQUIRE_FALSE(l.call(owner, {"SET", "k", "in five"}).ec);
    CHECK(
        l.call(owner, {"EVAL", "return redis.call('info', 'keyspace')", "0"}).reply.text.find("db5") !=
        std::string::npos);

    auto app = make_client(l, local("app:hush%2Dhush@"));
    CHECK_FALSE(l.call(app, {"SET", "app:1", "x"}).ec);
    auto const denied = l.call(app, {"SET", "k", "x"});
    CHECK(denied.ec == errc::forbidden);

    for (auto const& [user, secret] : {std::pair{"app:wr0ng@", "wr0ng"},
             std::pair{":wr0ng@", "wr0ng"}, std::pair{"nobody:hush-hush@", "hush"}})
    {
        auto c = make_client(l, local(user));
        auto const o = l.call(c, {"PING"});
        CHECK(o.ec == errc::unauthorized);
        CHECK(o.diag.message.find("WRONGPASS") != std::string::npos);
        CHECK(o.diag.message.find(secret) == std::string::npos);
    }
    auto nobody = make_client(l, local(""));
    CHECK(l.call(nobody, {"PING"}).ec == errc::unauthorized);
}

TEST_CASE("redis: a server that is gone is told at once and not asked by every command")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    server.stop();
    loop l;
    client_options patient;
    patient.reconnect_base = patient.reconnect_cap = 1h;
    auto c = make_client(l, server.local_url(), patient);
    auto const first = l.call(c, {"PING"});
    CHECK(first.ec == errc::connect_failed);
    CHECK(first.diag.message.find(server.socket()) != std::string::npos);
    server.start();
    CHECK(l.call(c, {"PING"}).ec == errc::connect_failed); // without another attempt

    client_options eager;
    eager.reconnect_base = 0ms;
    server.stop();
    auto e = make_client(l, server.local_url(), eager);
    CHECK(l.call(e, {"PING"}).ec == errc::connect_failed);
    server.start();
    CHECK_FALSE(l.call(e, {"PING"}).ec);
}

TEST_CASE("redis: a restarted server is found again without a failed command")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    loop l;
    auto c = make_client(l, server.local_url());
    CHECK_FALSE(l.call(c, {"SET", "k", "1"}).ec);
    server.stop();
    server.start();
    auto const o = l.call(c, {"GET", "k"});
    CHECK_FALSE(o.ec);
    CHECK(o.reply.is_nil()); // it is empty
}

TEST_CASE("redis: a server that stops answering costs one timeout, then a new connection")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    loop l;
    client_options o;
    o.command_timeout = 300ms;
    auto c = make_client(l, server.local_url(), o);
    auto const before = connection_id(l, c);
    server.freeze();
    outcome one, two;
    l.start(c, {"ECHO", "one"}, one);
    l.start(c, {"ECHO", "two"}, two);
    l.run();
    CHECK(one.ec == errc::timeout);
    CHECK(two.ec == errc::timeout);
    CHECK(one.diag.message.find("300 ms") != std::string::npos);
    server.thaw();
    CHECK(l.call(c, {"ECHO", "three"}).reply.text == "three");
    CHECK(connection_id(l, c) != before);
}

TEST_CASE("redis: what is pending is bounded by number and bytes")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    client_options o;
    o.max_pending = 2;
    o.max_pending_bytes = 1000;
    auto c = make_client(l, server.local_url(), o);
    outcome one, two, three;
    l.start(c, {"ECHO", "1"}, one);
    l.start(c, {"ECHO", "2"}, two);
    l.start(c, {"ECHO", "3"}, three);
    l.run();
    CHECK(one.reply.text == "1");
    CHECK(two.reply.text == "2");
    CHECK(three.ec == errc::circuit_open);
    CHECK(l.call(c, {"ECHO", std::string(1000, 'x')}).ec == errc::circuit_open);
    CHECK_FALSE(l.call(c, {"ECHO", std::string(900, 'x')}).ec);
}

TEST_CASE("redis: a cancelled command ends at once, and its reply meets nobody else")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    loop l;
    auto c = make_client(l, server.local_url());
    REQUIRE_FALSE(l.call(c, {"PING"}).ec);
    for (bool const sent : {false, true}) {
        CAPTURE(sent);
        if (sent) server.freeze();
        asio::cancellation_signal stop;
        outcome cancelled, next;
        c.async_call({"ECHO", "cancelled"}, cancelled.diag,
            asio::bind_cancellation_slot(stop.slot(), [&](error_code ec, reply) {
                cancelled.ec = ec;
                cancelled.completed = true;
            }));
        if (sent) l.context.poll(), l.context.restart();
        stop.emit(asio::cancellation_type::terminal);
        l.start(c, {"ECHO", "next"}, next);
        l.run_until([&] { return cancelled.completed; });
        CHECK(cancelled.ec == errc::canceled);
        if (sent) server.thaw();
        l.run_until([&] { return next.completed; });
        CHECK(next.reply.text == "next");
    }
}

TEST_CASE("redis: destroyed with commands under way, these are canceled")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    outcome o;
    {
        auto c = make_client(l, server.local_url());
        l.start(c, {"PING"}, o);
    }
    l.run();
    CHECK(o.completed);
    // Sent or not, it ends: with its reply if that was faster.
    CHECK((o.ec == errc::canceled || o.reply.text == "PONG"));
}

TEST_CASE("redis: handlers run on their own executor, from any number of threads")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    asio::thread_pool pool(2), own(1);
    {
        client c(pool.get_executor(), address::parse(server.local_url()));
        diagnostics diag;
        std::promise<bool> there;
        c.async_call(
            {"PING"}, diag, asio::bind_executor(own.get_executor(), [&](error_code, reply const&) {
                there.set_value(own.get_executor().running_in_this_thread());
            }));
        CHECK(there.get_future().get());
        std::deque<diagnostics> diags(200);
        std::vector<std::future<reply>> replies;
        for (std::size_t i = 0; i < diags.size(); ++i)
            replies.push_back(c.async_call({"ECHO", std::to_string(i)}, diags[i], asio::use_future));
        for (std::size_t i = 0; i < diags.size(); ++i)
            CHECK(replies[i].get().text == std::to_string(i));
    }
    pool.join();
    own.join();
}

TEST_CASE("redis: a forked child leaves the parent's connection alone")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    auto c = make_client(l, server.local_url());
    auto const ours = connection_id(l, c);
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    l.context.notify_fork(asio::execution_context::fork_prepare);
    auto const pid = ::fork();
    if (pid == 0) {
        l.context.notify_fork(asio::execution_context::fork_child);
        std::int64_t theirs = 0;
        diagnostics diag;
        c.async_call({"CLIENT", "ID"}, diag, [&](error_code, reply r) { theirs = r.number; });
        l.context.restart();
        l.context.run_for(5s);
        auto const written = ::write(pipe_ends[1], &theirs, sizeof theirs);
        ::_exit(written == sizeof theirs ? 0 : 1);
    }
    l.context.notify_fork(asio::execution_context::fork_parent);
    std::int64_t theirs = 0;
    CHECK(::read(pipe_ends[0], &theirs, sizeof theirs) == sizeof theirs);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    CHECK(theirs > ours);
    CHECK(connection_id(l, c) == ours); // alive after the child is gone
}

TEST_CASE("redis: commands that would change the connection are refused")
{
    loop l;
    auto c = make_client(l, "unix:///nowhere");
    for (auto const* const name : {"subscribe", "MONITOR", "Auth", "SELECT", "quit", ""}) {
        auto const o = l.call(c, {name, "hush"});
        CHECK(o.ec == errc::invalid_argument);
        CHECK(o.diag.message.find("hush") == std::string::npos);
    }
}

TEST_CASE("redis: plain TCP beyond loopback needs a word")
{
    loop l;
    std::optional<error> thrown;
    try {
        make_client(l, "redis://:hush@cache.example");
    } catch (error const& e) {
        thrown = e;
    }
    REQUIRE(thrown);
    CHECK(thrown->code() == errc::insecure_url);
    CHECK(std::string(thrown->what()).find("hush") == std::string::npos);
    client_options o;
    o.allow_plain_tcp = true;
    CHECK_NOTHROW(make_client(l, "redis://:hush@cache.example", o));
}

} // namespace trunkline::redis::test
