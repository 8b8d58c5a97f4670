#include "client_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <thread>

using namespace client_test;

namespace {

/// Answers when told to.
class slow_service {
public:
    slow_service()
        : server(ctx.get_executor(), http::server_options(), [this](http::request r, auto respond) {
              targets.push_back(r.target);
              pending.push_back(std::move(respond));
              most_at_once = std::max(most_at_once, pending.size());
          })
    {
        options.base_url = server.url();
        options.api_key = api_key;
        options.retry_base = options.retry_cap = 1ms;
    }

    void answer_one(http::reply const& r = reply(200, "{}"))
    {
        auto const respond = std::move(pending.front());
        pending.erase(pending.begin());
        respond(r);
    }

    template <class Condition>
    void run_until(Condition holds)
    {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            if (ctx.run_one_for(100ms) == 0) ctx.restart();
        }
    }

    asio::io_context ctx;
    client_options options;
    std::vector<std::string> targets;
    std::vector<http::server::responder> pending;
    std::size_t most_at_once = 0;
    http::server server;
};

} // namespace

TEST_CASE("client: at most `concurrency` requests are under way, in the order of the calls")
{
    slow_service s;
    s.options.concurrency = 2;
    retell::client c(s.ctx.get_executor(), s.options);
    diagnostics diag[6];
    int done = 0;
    for (int i = 0; i < 6; ++i)
        c.async_call(get_agent(std::to_string(i), 0), diag[i], [&](error_code ec, answer const&) {
            CHECK_FALSE(ec);
            ++done;
        });
    while (done < 6) {
        s.run_until([&] {
            return s.pending.size() == std::min<std::size_t>(2, 6 - static_cast<std::size_t>(done));
        });
        s.answer_one();
        auto const before = done;
        s.run_until([&] { return done > before; });
    }
    CHECK(s.most_at_once == 2);
    REQUIRE(s.targets.size() == 6);
    std::ranges::sort(s.targets.begin() + 0, s.targets.begin() + 2); // two connections race
    for (int i = 0; i < 6; ++i)
        CHECK(s.targets[static_cast<std::size_t>(i)] ==
            "/get-agent/" + std::to_string(i) + "?version=0");
}

TEST_CASE("client: a rate spaces the requests")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.requests_per_second = 100;
    b.options.burst = 1;
    b.options.concurrency = 16;
    auto const begin = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<ended<answer>>> calls;
    for (int i = 0; i < 6; ++i) calls.push_back(b.start(get_agent("a", i)));
    for (auto const& o : calls) CHECK(b.finish(o) == "success");
    CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
}

TEST_CASE("client: a rate without a burst lets a quarter of a second's requests pass at once")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.requests_per_second = 0.5; // less than one in a quarter of a second: still one
    CHECK(b.run(get_agent("a", 0)) == "success");

    bench fast([](auto const&, auto) { return reply(200, "{}"); });
    fast.options.requests_per_second = 40; // 10 at once, then one each 25 ms
    fast.options.concurrency = 16;
    auto const begin = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<ended<answer>>> calls;
    for (int i = 0; i < 14; ++i) calls.push_back(fast.start(get_agent("a", i)));
    fast.run_until([&] { return fast.seen.size() >= 10; });
    for (auto const& o : calls) CHECK(fast.finish(o) == "success");
    CHECK(std::chrono::steady_clock::now() - begin >= 95ms);
}

TEST_CASE("client: a call that must be sent within a time is refused after it, repeats included")
{
    SUBCASE("never sent")
    {
        bench b([](auto const&, auto) { return reply(200, "{}"); });
        auto late = update_agent("a", 1, json::object{{"voice_speed", 1}});
        late.options.send_within = 0ms;
        auto const o = b.start(std::move(late));
        CHECK(b.finish(o) == "canceled");
        CHECK(o->diag.message.find("too late") != std::string::npos);
        CHECK(b.seen.empty());
        CHECK(b.run(get_agent("a", 1)) == "success"); // its slot is free again
    }
    SUBCASE("sent once, too late to be repeated")
    {
        bench b([](auto const&, auto) { return reply(503); });
        b.options.retry_base = 300ms;
        b.options.retry_cap = 300ms;
        auto late = update_agent("a", 1, json::object{{"voice_speed", 1}});
        late.options.send_within = 100ms;
        CHECK(b.finish(b.start(std::move(late))) == "outcome_unknown");
        CHECK(b.seen.size() == 1);
    }
}

TEST_CASE("client: cancellation in every state, and the client stays usable")
{
    auto const far = [] {
        auto r = reply(429);
        r.headers.set("retry-after", "30");
        return r;
    }();
    SUBCASE("before it started")
    {
        bench b([](auto const&, auto) { return reply(200, "{}"); });
        asio::cancellation_signal stop;
        auto const o = b.start(get_agent("a", 1), stop.slot());
        stop.emit(asio::cancellation_type::partial);
        CHECK(b.finish(o) == "canceled");
        CHECK(b.run(get_agent("a", 1)) == "success");
    }
    SUBCASE("waiting for room")
    {
        slow_service s;
        s.options.concurrency = 1;
        retell::client c(s.ctx.get_executor(), s.options);
        diagnostics diag[3];
        asio::cancellation_signal stop;
        std::vector<error_code> ended;
        auto const note = [&](error_code ec, answer const&) { ended.push_back(ec); };
        c.async_call(get_agent("a", 1), diag[0], note);
        c.async_call(get_agent("b", 1), diag[1], asio::bind_cancellation_slot(stop.slot(), note));
        c.async_call(get_agent("c", 1), diag[2], note);
        s.run_until([&] { return s.pending.size() == 1; });
        stop.emit(asio::cancellation_type::terminal);
        s.run_until([&] { return ended.size() == 1; });
        CHECK(ended[0] == errc::canceled);
        s.answer_one();
        s.run_until([&] { return s.pending.size() == 1; });
        s.answer_one();
        s.run_until([&] { return ended.size() == 3; });
        CHECK(s.targets ==
            std::vector<std::string>{"/get-agent/a?version=1", "/get-agent/c?version=1"});
    }
    SUBCASE("waiting for the next attempt")
    {
        bench b([&](auto const&, std::size_t n) { return n == 1 ? far : reply(200, "{}"); });
        asio::cancellation_signal stop;
        auto const o = b.start(create_agent(json::object()), stop.slot());
        b.run_until([&] { return b.events.size() == 1; });
        stop.emit(asio::cancellation_type::terminal);
        CHECK(b.finish(o) == "canceled");
        CHECK(b.seen.size() == 1);
    }
    SUBCASE("waiting for its place under a rate")
    {
        bench b([](auto const&, auto) { return reply(200, "{}"); });
        b.options.requests_per_second = 0.01;
        CHECK(b.run(get_agent("a", 1)) == "success");
        asio::cancellation_signal stop;
        auto const o = b.start(get_agent("b", 1), stop.slot());
        b.ctx.run_for(10ms);
        stop.emit(asio::cancellation_type::terminal);
        CHECK(b.finish(o) == "canceled");
        CHECK(b.seen.size() == 1);
    }
    SUBCASE("waiting for an answer")
    {
        bench b([](auto const&, std::size_t n) {
            return n == 1 ? ending(http::ending::hang) : reply(200, "{}");
        });
        asio::cancellation_signal stop;
        auto const o = b.start(get_agent("a", 1), stop.slot());
        b.run_until([&] { return b.seen.size() == 1; });
        stop.emit(asio::cancellation_type::terminal);
        CHECK(b.finish(o) == "canceled");
        CHECK(b.run(get_agent("a", 1)) == "success");
    }
    SUBCASE("waiting for the answer to something that must not be done twice")
    {
        bench b([](auto const&, auto) { return ending(http::ending::hang); });
        asio::cancellation_signal stop;
        auto const o = b.start(create_agent(json::object()), stop.slot());
        b.run_until([&] { return b.seen.size() == 1; });
        stop.emit(asio::cancellation_type::terminal);
        CHECK(b.finish(o) == "outcome_unknown");
    }
}

TEST_CASE("client: destroying it cancels what is under way")
{
    bench b([](auto const&, auto) { return ending(http::ending::hang); });
    b.options.concurrency = 1;
    auto const sending = b.start(get_agent("a", 1));
    auto const sent_once = b.start(create_agent(json::object()));
    auto const listing = b.start_list(list_agents());
    b.run_until([&] { return b.seen.size() == 1; });
    b.destroy_client();
    CHECK(b.finish(sending) == "canceled");
    CHECK(b.finish(sent_once) == "canceled"); // it was still waiting for room
    CHECK(b.finish(listing) == "canceled");
}

TEST_CASE("client: goes with its execution context, finished or not")
{
    auto ctx = std::make_unique<asio::io_context>();
    auto const witness = std::make_shared<int>(0);
    diagnostics diag[3];
    {
        client_options o;
        o.api_key = api_key;
        o.base_url = "http://127.0.0.1:1";
        o.concurrency = 1;
        retell::client c(ctx->get_executor(), o);
        for (auto& d : diag)
            c.async_call(get_agent("a", 1), d, [witness](error_code, answer const&) {});
        ctx->poll_one();
        ctx->poll_one();
    }
    CHECK(witness.use_count() > 1);
    ctx.reset();
    CHECK(witness.use_count() == 1);
}

TEST_CASE("client: completes on the handler's own executor")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    asio::io_context other;
    diagnostics diag;
    bool done = false;
    b.client().async_call(get_agent("a", 1), diag,
        asio::bind_executor(other.get_executor(), [&](error_code ec, answer const&) {
            CHECK_FALSE(ec);
            done = true;
        }));
    b.run_until([&] { return b.seen.size() == 1; });
    b.ctx.run_for(50ms);
    CHECK_FALSE(done);
    other.run(); // it was kept busy all the time, else this would return without running anything
    CHECK(done);
}

TEST_CASE("client: is used from many threads")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    asio::io_context ctx;
    retell::client c(ctx.get_executor(), b.options);
    constexpr int calls = 40;
    std::vector<diagnostics> diag(calls);
    std::atomic<int> done{0};
    for (auto& d : diag)
        c.async_call(get_agent("a", 1), d, [&](error_code ec, answer const&) {
            if (!ec) ++done;
        });
    std::thread one([&] { ctx.run(); });
    std::thread two([&] { ctx.run(); });
    b.run_until([&] { return done == calls; });
    one.join();
    two.join();
    CHECK(c.requests_sent() == calls);
}

TEST_CASE("client: may be awaited with temporaries")
{
    bench b([](auto const&, auto) { return reply(200, R"({"agent_id":"a"})"); });
    auto& c = b.client();
    diagnostics diag;
    std::string got;
    auto body = [&]() -> asio::awaitable<void> {
        auto const a =
            co_await c.async_call(get_agent("a", version_ref::latest()), diag, asio::use_awaitable);
        got = a.body.string_at("agent_id");
    };
    asio::co_spawn(b.ctx, body, asio::detached);
    b.run_until([&] { return !got.empty(); });
    CHECK(got == "a");
}
