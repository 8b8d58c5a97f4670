#include "client_support.hpp"

#include <trunkline/retell/guarded_admission.hpp>
#include <trunkline/retell/guarded_client.hpp>
#include <trunkline/retell/paced_admission.hpp>

#include <algorithm>

using namespace client_test;

namespace {

constexpr admission_clock::time_point epoch{};

attempt_request of(priority p)
{
    attempt_request r;
    r.op = &op("get-agent");
    r.priority = p;
    return r;
}

pace_options rate(double per_second, unsigned burst = 1)
{
    pace_options o;
    o.requests_per_second = per_second;
    o.burst = burst;
    return o;
}

/// What a passage says, as milliseconds to wait; 0 is go.
std::int64_t wait_of(passage& p, admission_clock::time_point now)
{
    auto const a = p.ask(now);
    REQUIRE(a.what != admission_answer::kind::refuse);
    return a.what == admission_answer::kind::go
        ? 0
        : std::chrono::duration_cast<std::chrono::milliseconds>(a.until - now).count();
}

} // namespace

TEST_CASE("paced admission: in order, evenly, each after the one before")
{
    paced_admission line(rate(10));
    int woken = 0;
    auto const enter = [&] { return line.enter(of(priority::admin), [&] { ++woken; }); };
    auto const a = enter(), b = enter(), c = enter();
    CHECK(wait_of(*a, epoch) == 0);
    CHECK(wait_of(*b, epoch) == 100);
    CHECK(wait_of(*c, epoch) == 200);
    CHECK(wait_of(*b, epoch + 100ms) == 0);
    CHECK(wait_of(*c, epoch + 100ms) == 100);
    CHECK(wait_of(*c, epoch + 200ms) == 0);
    CHECK(woken == 0);
}

TEST_CASE("paced admission: who gives up leaves no gap, and those behind are told")
{
    paced_admission line(rate(10));
    int woken = 0;
    auto const enter = [&] { return line.enter(of(priority::admin), [&] { ++woken; }); };
    auto const a = enter();
    auto b = enter(), c = enter(), d = enter();
    CHECK(wait_of(*a, epoch) == 0);
    CHECK(wait_of(*b, epoch) == 100);
    CHECK(wait_of(*c, epoch) == 200);
    CHECK(wait_of(*d, epoch) == 300);
    b.reset();
    CHECK(woken == 2);
    CHECK(wait_of(*c, epoch) == 100);
    CHECK(wait_of(*d, epoch) == 200);
    c.reset();
    d.reset();
    // All gave up: the next one waits for the first request only, not for them.
    auto const e = enter();
    CHECK(wait_of(*e, epoch + 100ms) == 0);
}

TEST_CASE("paced admission: the more urgent goes first")
{
    paced_admission line(rate(10));
    auto const enter = [&](priority p) { return line.enter(of(p), [] {}); };
    auto const first = enter(priority::background);
    CHECK(wait_of(*first, epoch) == 0);
    auto const slow = enter(priority::background);
    CHECK(wait_of(*slow, epoch) == 100);
    auto const urgent = enter(priority::live_call);
    CHECK(wait_of(*urgent, epoch + 50ms) == 50);
    CHECK(wait_of(*slow, epoch + 99ms) == 101);
    CHECK(wait_of(*urgent, epoch + 100ms) == 0);
    CHECK(wait_of(*slow, epoch + 200ms) == 0);
}

TEST_CASE("paced admission: a 429 of the rate holds all back, one of concurrent calls nobody")
{
    auto const after = [](outcome o, std::optional<std::chrono::milliseconds> asked) {
        paced_admission line(rate(0));
        auto const first = line.enter(of(priority::admin), [] {});
        CHECK(wait_of(*first, epoch) == 0);
        attempt_report r;
        r.outcome = o;
        r.status = 429;
        r.code = errc::rate_limited;
        r.sent_at = epoch;
        r.now = epoch + 10ms;
        r.retry_after = asked;
        r.retry_in = 50ms;
        first->report(r);
        auto const next = line.enter(of(priority::live_call), [] {});
        return wait_of(*next, epoch + 10ms);
    };
    CHECK(after(outcome::throttled, 2000ms) == 2000);
    CHECK(after(outcome::throttled, {}) == 50);
    CHECK(after(outcome::throttled, 1h) == 0); // each call learns of that by itself
    CHECK(after(outcome::saturated, 2000ms) == 0);
    CHECK(after(outcome::sick, 2000ms) == 0);
}

namespace {

/// Says what the test tells it to, and writes down what it is asked and told.
class scripted_admission final : public admission {
public:
    class step final : public passage {
    public:
        step(scripted_admission& owner) : owner_(owner) {}
        ~step() override { owner_.log.push_back(went_ ? "left" : "gave up"); }
        admission_answer ask(admission_clock::time_point now) override
        {
            auto const a = owner_.answer(now);
            owner_.log.push_back(a.what == admission_answer::kind::go ? "go"
                    : a.what == admission_answer::kind::wait          ? "wait"
                                                                      : "refuse");
            went_ = a.what == admission_answer::kind::go;
            return a;
        }
        void report(attempt_report const& r) noexcept override
        {
            owner_.log.push_back(std::string(name(r.outcome)) + " " + std::to_string(r.status));
            if (r.answer != nullptr) owner_.log.push_back(json::to_text(r.answer->body));
        }

    private:
        scripted_admission& owner_;
        bool went_ = false;
    };

    std::unique_ptr<passage> enter(attempt_request const& r, std::function<void()> w) override
    {
        log.push_back(r.tenant.str() + " " + std::string(r.op->name) + " " +
            std::string(name(r.priority)) + " " + std::to_string(r.attempt));
        wake = std::move(w);
        return std::make_unique<step>(*this);
    }

    std::function<admission_answer(admission_clock::time_point)> answer = [](auto) {
        return admission_answer::go();
    };
    std::function<void()> wake;
    std::vector<std::string> log;
};

} // namespace

TEST_CASE("client: each attempt passes admission, and what came of it is reported")
{
    auto const gate = std::make_shared<scripted_admission>();
    bench b(
        [](auto const&, std::size_t n) { return n == 1 ? reply(503) : reply(200, "{\"a\":1}"); });
    b.options.admission = gate;
    b.options.tenant = tenant_id("praxis");
    CHECK(b.run(get_agent("x", 1)) == "success");
    CHECK(gate->log ==
        std::vector<std::string>{"praxis get-agent background 1", "go", "sick 503", "left",
            "praxis get-agent background 2", "go", "ok 200", "{\"a\":1}", "left"});

    gate->log.clear();
    auto c = get_agent("x", 1);
    c.options.tenant = tenant_id("other");
    c.options.priority = priority::live_call;
    CHECK(b.run(std::move(c)) == "success");
    CHECK(gate->log.at(0) == "other get-agent live_call 1");
}

TEST_CASE("client: what admission refuses is not sent, and says why")
{
    auto const gate = std::make_shared<scripted_admission>();
    gate->answer = [](auto) {
        return admission_answer::refuse(errc::circuit_open, "the circuit is open for 3 s more");
    };
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.admission = gate;
    auto const o = b.start(get_agent("x", 1));
    CHECK(b.finish(o) == "circuit_open");
    CHECK(o->diag.message == "get-agent: the circuit is open for 3 s more");
    CHECK(b.seen.empty());
    CHECK(gate->log.back() == "gave up");

    std::vector<std::shared_ptr<ended<answer>>> many; // each gives its slot to the next at once
    for (int i = 0; i < 20'000; ++i) many.push_back(b.start(get_agent("x", i)));
    for (auto const& each : many) CHECK(b.finish(each) == "circuit_open");
}

TEST_CASE("client: refused after something was sent, a change is unknown and a read is not")
{
    auto const gate = std::make_shared<scripted_admission>();
    bench b([](auto const&, auto) { return reply(503); });
    b.options.admission = gate;
    gate->answer = [&](auto) {
        return b.seen.size() % 2 == 0 ? admission_answer::go()
                                      : admission_answer::refuse(errc::circuit_open, "open");
    };
    CHECK(b.run(update_agent("x", 1, json::object{{"a", 1}})) == "outcome_unknown");
    b.seen.clear();
    CHECK(b.run(get_agent("x", 1)) == "circuit_open");
}

TEST_CASE("client: waits as admission says, and asks again when woken")
{
    auto const gate = std::make_shared<scripted_admission>();
    bool open = false;
    gate->answer = [&](auto) {
        return open ? admission_answer::go()
                    : admission_answer::wait(admission_clock::time_point::max());
    };
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.admission = gate;
    auto const o = b.start(get_agent("x", 1));
    b.run_until([&] { return std::ranges::count(gate->log, "wait") == 1; });
    gate->wake(); // for nothing
    b.run_until([&] { return std::ranges::count(gate->log, "wait") == 2; });
    open = true;
    gate->wake();
    CHECK(b.finish(o) == "success");
    gate->wake(); // it is over
    b.ctx.poll();
}

TEST_CASE("client: cancelled or too late while admission makes it wait, it gives up its place")
{
    auto const gate = std::make_shared<scripted_admission>();
    gate->answer = [](admission_clock::time_point now) { return admission_answer::wait(now + 1h); };
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.admission = gate;
    b.options.concurrency = 1;
    SUBCASE("cancelled")
    {
        asio::cancellation_signal stop;
        auto const o = b.start(get_agent("x", 1), stop.slot());
        b.run_until([&] { return std::ranges::count(gate->log, "wait") == 1; });
        stop.emit(asio::cancellation_type::terminal);
        CHECK(b.finish(o) == "canceled");
    }
    SUBCASE("it would be too late by then: said at once")
    {
        auto late = get_agent("x", 1);
        late.options.send_within = 30min;
        auto const o = b.start(std::move(late));
        CHECK(b.finish(o) == "canceled");
        CHECK(o->diag.message.find("too late") != std::string::npos);
    }
    SUBCASE("waiting for room behind another")
    {
        auto const first = b.start(get_agent("x", 1));
        auto late = get_agent("x", 2);
        late.options.send_within = 20ms;
        CHECK(b.finish(b.start(std::move(late))) == "canceled");
        CHECK_FALSE(first->code.has_value());
        return;
    }
    CHECK(gate->log.back() == "gave up");
    gate->answer = [](auto) { return admission_answer::go(); };
    CHECK(b.run(get_agent("x", 2)) == "success"); // its slot is free again
}

TEST_CASE("client: an attempt on its way when everything is destroyed is reported")
{
    auto const gate = std::make_shared<scripted_admission>();
    {
        bench b([](auto const&, auto) { return ending(http::ending::hang); });
        b.options.admission = gate;
        b.start(get_agent("x", 1));
        b.run_until([&] { return b.seen.size() == 1; });
    }
    CHECK(gate->log ==
        std::vector<std::string>{" get-agent background 1", "go", "cancelled 0", "left"});
}

TEST_CASE("client: live calls pass those who wait for room, and have some of their own")
{
    std::vector<std::pair<std::string, http::server::responder>> pending;
    asio::io_context ctx;
    http::server server(ctx.get_executor(), http::server_options(),
        [&](http::request r, auto respond) { pending.emplace_back(r.target, respond); });
    client_options options;
    options.base_url = server.url();
    options.api_key = api_key;
    options.concurrency = 1;
    options.live_reserve = 1;
    retell::client c(ctx.get_executor(), options);
    diagnostics diag[4];
    int done = 0;
    auto const count = [&](error_code ec, answer const&) {
        CHECK_FALSE(ec);
        ++done;
    };
    auto const run_until = [&](auto holds) {
        auto const deadline = admission_clock::now() + 20s;
        while (!holds()) {
            REQUIRE(admission_clock::now() < deadline);
            if (ctx.run_one_for(100ms) == 0) ctx.restart();
        }
    };
    auto const live = [](char const* id) {
        return call(op("stop-call"), arguments().set("call_id", id));
    };
    c.async_call(get_agent("slow", 1), diag[0], count);
    c.async_call(get_agent("waits", 1), diag[1], count);
    run_until([&] { return pending.size() == 1; });
    c.async_call(live("one"), diag[2], count);
    c.async_call(live("two"), diag[3], count);
    run_until([&] { return pending.size() == 2; });
    CHECK(pending[1].first == "/v2/stop-call/one"); // the reserve
    pending[0].second(reply(200, "{}"));
    run_until([&] { return pending.size() == 3; });
    CHECK(pending[2].first == "/v2/stop-call/two"); // before the agent that came earlier
    pending[1].second(reply(204));
    pending[2].second(reply(204));
    run_until([&] { return pending.size() == 4; });
    pending[3].second(reply(200, "{}"));
    run_until([&] { return done == 4; });
}

namespace {

/// A client whose service answers at once, and whose background calls have used up their part of the rate.
class crowded_client {
public:
    explicit crowded_client(priority_order const& order = default_order)
    {
        resilience::space_options private_memory;
        private_memory.shared = false;
        private_memory.keys = 64;
        guard_options g;
        g.requests_per_second = 0.05; // nothing comes back while the test runs
        g.burst = 10;
        g.order = order;
        client_options o;
        o.base_url = server.url();
        o.api_key = api_key;
        o.concurrency = 2;
        o.order = order;
        o.admission = std::make_shared<guarded_admission>(
            std::make_shared<resilience::resilience_space>(
                resilience::resilience_space::open("alone", private_memory)),
            g);
        c.emplace(ctx.get_executor(), o);
    }
    /// Begins a call; `done` gets its name when it has succeeded.
    void begin(std::string name, priority p)
    {
        auto what = get_agent(name, 1);
        what.options.priority = p;
        c->async_call(what, diag, [this, name](error_code ec, answer const&) {
            if (!ec) done.push_back(name);
        });
    }
    void run_until(std::function<bool()> const& holds)
    {
        auto const deadline = admission_clock::now() + 15s;
        while (!holds() && admission_clock::now() < deadline)
            if (ctx.run_one_for(100ms) == 0) ctx.restart();
        CHECK(holds());
    }
    asio::io_context ctx;
    http::server server{ctx.get_executor(), http::server_options(),
        [](http::request, auto respond) { respond(reply(200, "{}")); }};
    diagnostics diag;
    std::vector<std::string> done;
    std::optional<retell::client> c;
};

} // namespace

TEST_CASE("client: a call that waits for its rate makes room for a more urgent one")
{
    crowded_client w;
    for (int i = 0; i < 8; ++i) w.begin("slow" + std::to_string(i), priority::background);
    w.run_until([&] { return w.done.size() == 5; }); // half the burst; two hold the room and wait
    w.begin("booking", priority::booking);
    w.run_until([&] { return w.done.size() == 6; });
    CHECK(w.done.back() == "booking");
    w.begin("operator", priority::admin);
    w.run_until([&] { return w.done.size() == 7; });
    CHECK(w.done.back() == "operator");
}

TEST_CASE("client: the order of priorities is configuration, for room and for the rate")
{
    crowded_client w(
        {priority::background, priority::booking, priority::live_call, priority::admin});
    for (int i = 0; i < 6; ++i) w.begin("admin" + std::to_string(i), priority::admin);
    w.run_until([&] { return w.done.size() == 5; });
    for (int i = 0; i < 4; ++i) w.begin("first" + std::to_string(i), priority::background);
    w.run_until([&] { return w.done.size() == 9; });
    CHECK(w.done.back().starts_with("first"));

    priority_order twice = default_order;
    twice[1] = priority::live_call;
    client_options o;
    o.api_key = api_key;
    o.order = twice;
    CHECK_THROWS_AS(retell::client(w.ctx.get_executor(), o), error);
    CHECK_THROWS_AS(guarded(o), error);
}
