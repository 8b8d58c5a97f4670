#include "raw_peer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <mutex>
#include <thread>
#include <vector>

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

/// A cancellable operation in flight.
class pending {
public:
    pending(loop& l, client& c, request r = {}) : loop_(l)
    {
        c.async_send(std::move(r), out.diag,
            asio::bind_cancellation_slot(signal.slot(), [this](error_code ec, exchange e) {
                out.ec = ec;
                out.exchange = std::move(e);
                out.completed = true;
            }));
    }
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        signal.emit(type);
    }
    void wait()
    {
        loop_.run_until([&] { return out.completed; });
    }
    asio::cancellation_signal signal;
    outcome out;

private:
    loop& loop_;
};

raw_peer silent(loop& l)
{
    return raw_peer(l, [](std::size_t) { return action(); });
}

std::string const half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";

} // namespace

TEST_CASE("cancellation: at each step, with what is known about the request")
{
    loop l;
    SUBCASE("before it began")
    {
        auto peer = silent(l);
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c);
        p.cancel();
        CHECK_FALSE(p.out.completed); // not inside emit()
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK(p.out.exchange.progress == progress::not_sent);
        CHECK(c.connections() == 0);
    }
    SUBCASE("while it resolves a name")
    {
        auto peer = silent(l);
        client c(l.context.get_executor(), parsed("http://localhost:" + parsed(peer.url()).port));
        pending p(l, c);
        l.run_until([&] { return c.connections() == 1; });
        p.cancel();
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK(p.out.exchange.progress == progress::not_sent);
        CHECK(c.connections() == 0);
    }
    SUBCASE("while it waits for a connection")
    {
        auto peer = silent(l);
        client_options o;
        o.max_connections = 1;
        client c(l.context.get_executor(), parsed(peer.url()), o);
        pending first(l, c);
        pending second(l, c);
        l.run_until([&] { return peer.requests().size() == 1; });
        second.cancel();
        second.wait();
        CHECK(second.out.ec == errc::canceled);
        CHECK(second.out.exchange.progress == progress::not_sent);
        CHECK_FALSE(first.out.completed);
        first.cancel();
        first.wait();
    }
    SUBCASE("during the TLS handshake")
    {
        raw_peer peer(l, action());
        client c(l.context.get_executor(), parsed("https" + peer.url().substr(4)));
        pending p(l, c);
        l.run_until([&] { return peer.connections() == 1; });
        p.cancel();
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK(p.out.exchange.progress == progress::not_sent);
    }
    SUBCASE("while the request is written")
    {
        raw_peer peer(l, action()); // accepts and never reads
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c, post("/", std::string(64u << 20, 'x')));
        l.run_until([&] { return peer.connections() == 1; });
        p.cancel();
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK(p.out.exchange.progress == progress::sent);
    }
    SUBCASE("while the answer is awaited")
    {
        auto peer = silent(l);
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c);
        l.run_until([&] { return peer.requests().size() == 1; });
        p.cancel(asio::cancellation_type::partial);
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK(p.out.exchange.progress == progress::sent);
        CHECK(c.connections() == 0);
    }
    SUBCASE("in the middle of the answer, and the client stays usable")
    {
        raw_peer peer(l, [](std::size_t nth) { return action(nth == 0 ? half : ok_response); });
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c);
        l.run_until([&] { return peer.requests().size() == 1; });
        p.cancel();
        p.wait();
        CHECK(p.out.ec == errc::canceled);
        CHECK_FALSE(l.send(c).ec);
    }
    SUBCASE("after the end it does nothing")
    {
        raw_peer peer(l, [](std::size_t) { return action(ok_response); });
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c);
        p.wait();
        CHECK_FALSE(p.out.ec);
        p.cancel();
        CHECK_FALSE(l.send(c).ec);
        CHECK(peer.connections() == 1);
    }
    SUBCASE("total is not supported and ignored")
    {
        raw_peer peer(l, [](std::size_t) { return action(ok_response); });
        client c(l.context.get_executor(), parsed(peer.url()));
        pending p(l, c);
        p.cancel(asio::cancellation_type::total);
        p.wait();
        CHECK_FALSE(p.out.ec);
    }
}

TEST_CASE("client: destroying it cancels everything it does")
{
    loop l;
    auto peer = silent(l);
    client_options o;
    o.max_connections = 2;
    std::optional<client> c(std::in_place, l.context.get_executor(), parsed(peer.url()), o);
    std::vector<outcome> outs(4);
    for (auto& out : outs) l.start(*c, get("/"), out);
    l.run_until([&] { return peer.requests().size() == 2; });
    auto late = c->async_send(get("/"), outs[0].diag); // prepared, not started
    c.reset();
    l.run_until([&] {
        return std::all_of(outs.begin(), outs.end(), [](auto& out) { return out.completed; });
    });
    CHECK(std::all_of(outs.begin(), outs.end(), [](auto& out) { return out.ec == errc::canceled; }));
    CHECK(std::count_if(outs.begin(), outs.end(),
              [](auto& out) { return out.exchange.progress == progress::sent; }) == 2);

    error_code ec;
    bool completed = false;
    std::move(late)([&](error_code e, exchange) {
        ec = e;
        completed = true;
    });
    l.run_until([&] { return completed; });
    CHECK(ec == errc::canceled);
}

TEST_CASE("client: it can be moved, and assignment ends what it replaces")
{
    loop l;
    auto peer = silent(l);
    raw_peer good(l, [](std::size_t) { return action(ok_response); });
    client a(l.context.get_executor(), parsed(peer.url()));
    outcome out;
    l.start(a, get("/"), out);
    client b(std::move(a));
    a = client(l.context.get_executor(), parsed(good.url()));
    CHECK_FALSE(l.send(a).ec);
    CHECK_FALSE(out.completed);
    b = std::move(a);
    l.run_until([&] { return out.completed; });
    CHECK(out.ec == errc::canceled);
    CHECK_FALSE(l.send(b).ec);
}

TEST_CASE("client: a context destroyed in the middle frees every operation")
{
    auto const token = std::make_shared<int>(0);
    {
        loop l;
        auto peer = silent(l);
        client_options o;
        o.max_connections = 1;
        client c(l.context.get_executor(), parsed(peer.url()), o);
        diagnostics diag;
        for (int i = 0; i < 3; ++i) c.async_send(get("/"), diag, [token](error_code, exchange) {});
        l.run_until([&] { return peer.requests().size() == 1; });
        CHECK(token.use_count() == 4);
    }
    CHECK(token.use_count() == 1);
}

TEST_CASE("client: the handler runs on its own executor, whose context waits for it")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client c(l.context.get_executor(), parsed(peer.url()));
    asio::io_context other;
    diagnostics diag;
    bool in_other = false;
    bool completed = false;
    c.async_send(get("/"), diag, asio::bind_executor(other.get_executor(), [&](error_code, exchange) {
        in_other = other.get_executor().running_in_this_thread();
        completed = true;
    }));
    l.run_until([&] { return peer.requests().size() == 1; });
    CHECK(other.poll() == 0);
    CHECK_FALSE(other.stopped()); // it knows that something is to come
    l.context.run_for(20ms);
    CHECK_FALSE(completed);
    other.run_for(5s);
    CHECK(completed);
    CHECK(in_other);

    bool on_client = false;
    c.async_send(get("/"), diag, [&](error_code, exchange) {
        on_client = l.context.get_executor().running_in_this_thread();
    });
    l.run_until([&] { return on_client; });
}

TEST_CASE("client: a handler may start the next request or destroy the client")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    std::optional<client> c(std::in_place, l.context.get_executor(), parsed(peer.url()));
    diagnostics diag;
    int left = 3;
    bool destroyed = false;
    std::function<void()> next = [&] {
        c->async_send(get("/"), diag, [&](error_code ec, exchange) {
            CHECK_FALSE(ec);
            if (--left > 0) return next();
            c.reset();
            destroyed = true;
        });
    };
    next();
    l.run_until([&] { return destroyed; });
    CHECK(peer.connections() == 1);
}

TEST_CASE("client: it can be awaited with temporaries, and returns futures")
{
    loop l;
    raw_peer peer(l, [](std::size_t) { return action(ok_response); });
    client c(l.context.get_executor(), parsed(peer.url()));
    bool done = false;
    auto awaits = [&]() -> asio::awaitable<void> {
        diagnostics diag;
        auto const e = co_await c.async_send(post("/", "temporary"), diag, asio::use_awaitable);
        CHECK(e.response.body == "ok");
        done = true;
    };
    asio::co_spawn(l.context, awaits, asio::detached);
    l.run_until([&] { return done; });

    diagnostics diag;
    auto future = c.async_send(get("/"), diag, asio::use_future);
    l.run_until([&] { return future.wait_for(0s) == std::future_status::ready; });
    CHECK(future.get().response.status == 200);
}

TEST_CASE("client: many threads may use one client")
{
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { context.run(); });
    {
        std::mutex growing;
        std::vector<std::jthread> answering; // their last step is in the context: it outlives them
        server s(context.get_executor(), {}, [&](request r, server::responder answer) {
            std::lock_guard lock(growing);
            answering.emplace_back([answer, text = r.target] { answer(reply(200, text)); });
        });
        client_options o;
        o.max_connections = 4;
        client c(context.get_executor(), parsed(s.url()), o);
        std::vector<std::thread> users;
        std::atomic<int> right{0};
        for (int u = 0; u < 4; ++u)
            users.emplace_back([&, u] {
                for (int i = 0; i < 25; ++i) {
                    diagnostics diag;
                    auto const target = "/" + std::to_string(u) + "/" + std::to_string(i);
                    auto e = c.async_send(get(target), diag, asio::use_future).get();
                    right += e.response.body == target;
                }
            });
        for (auto& t : users) t.join();
        CHECK(right == 100);
        CHECK(c.connections() <= 4);
    }
    work.reset();
    for (auto& t : threads) t.join();
}
