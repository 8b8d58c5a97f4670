#include "guard_support.hpp"

using namespace guard_test;

TEST_CASE("guard: a bad key is refused fast, for that key only, and says what to do")
{
    simulator_options s;
    s.api_key = "good";
    world w({}, s);
    auto const target = w.make_agent();
    auto const bad = [&](std::string tenant) {
        return w.call(std::move(tenant), priority::admin, "get-agent", target, {}, "wrong");
    };
    auto const first = bad("acme");
    w.run(100ms);
    CHECK(first->code == errc::unauthorized);
    CHECK(first->sent == 1);
    auto const second = bad("acme");
    CHECK(second->code == errc::unauthorized);
    CHECK(second->sent == 0);
    CHECK(second->why.find("API key") != std::string::npos);
    CHECK(second->why.find("60 s") != std::string::npos);

    // Others, and the same tenant once it has its key right, are not concerned.
    for (int i = 0; i < 200; ++i) {
        bad("acme");
        auto const other = w.call("bravo", priority::admin, "get-agent", target);
        auto const mended = w.call("acme", priority::admin, "get-agent", target);
        w.run(200ms);
        REQUIRE((other->over && !other->code));
        REQUIRE((mended->over && !mended->code));
    }
    // In those 40 s the wrong key was not tried again; after a minute it is, once.
    auto const refused = [&] {
        auto const log = w.seen(0, w.time.unix_ms() + 1);
        return std::ranges::count_if(log, [](auto const& e) { return e.status == 401; });
    };
    CHECK(refused() == 1);
    w.run(21s);
    for (int i = 0; i < 5; ++i) bad("acme");
    w.run(100ms);
    CHECK(refused() == 2);
}

TEST_CASE("guard: what is turned away further down takes no credit")
{
    guard_options o;
    o.requests_per_second = 10;
    o.burst = 10;
    o.call_limit = 1;
    o.call_starts_per_second = 100;
    world w(o);
    auto const credit = [&] { return w.metric_of("trunkline_limiter_credit", "group", ""); };
    auto const start = request_of("create-phone-call");
    auto const first = w.gate.enter(start, [] {});
    REQUIRE(first->ask(w.now()).what == admission_answer::kind::go);
    auto const before = credit();
    auto const second = w.gate.enter(start, [] {});
    auto const a = second->ask(w.now());
    REQUIRE(a.what == admission_answer::kind::refuse);
    CHECK(a.code == errc::rate_limited);
    CHECK(a.why.find("1 of 1 calls are under way") != std::string::npos);
    CHECK(credit() == doctest::Approx(before));
    CHECK(w.metric_of("trunkline_call_leases_in_use") == 1);
}

TEST_CASE("guard: a call keeps its lease under its id, until its end")
{
    world w;
    auto pool = w.gate.call_leases(tenant_id("acme"));
    answer started;
    started.status = 201;
    started.body = json::parse(R"({"call_id":"call_7"})");
    auto r = ended(w, outcome::ok);
    r.answer = &started;
    CHECK(pass(w, request_of("create-phone-call"), r) == admission_answer::kind::go);
    CHECK(pool->snapshot().bound == 1);
    CHECK(pool->ended("call_7"));
    CHECK(pool->snapshot().in_use() == 0);

    w.time.advance(2s);
    // Refused: no call. Never sent: no call. Sent and not answered: there may be one.
    CHECK(pass(w, request_of("create-phone-call"),
              ended(w, outcome::rejected, errc::bad_request, 400)) == admission_answer::kind::go);
    CHECK(pool->snapshot().in_use() == 0);
    w.time.advance(2s);
    auto unsent = ended(w, outcome::sick, errc::connect_failed, 0);
    unsent.progress = http::progress::not_sent;
    CHECK(pass(w, request_of("create-phone-call"), unsent) == admission_answer::kind::go);
    CHECK(pool->snapshot().in_use() == 0);
    w.time.advance(2s);
    auto lost = ended(w, outcome::unknown, errc::outcome_unknown, 0);
    lost.progress = http::progress::sent;
    CHECK(pass(w, request_of("create-phone-call"), lost) == admission_answer::kind::go);
    CHECK(pool->snapshot().sending == 1);

    // The service's own count is taken over.
    answer told;
    told.body = json::parse(R"({"current_concurrency":3,"concurrency_limit":25})");
    w.time.advance(2s);
    r = ended(w, outcome::ok);
    r.answer = &told;
    CHECK(pass(w, request_of("get-concurrency"), r) == admission_answer::kind::go);
    CHECK(pool->snapshot().limit == 25);
    CHECK(pool->snapshot().external == 2);
}

TEST_CASE("resilience/12: a 429 that names concurrency lowers leases and not the rate")
{
    world w;
    auto const start = request_of("create-phone-call");
    std::vector<std::unique_ptr<passage>> under_way;
    for (int i = 0; i < 3; ++i) {
        under_way.push_back(w.gate.enter(start, [] {}));
        REQUIRE(under_way.back()->ask(w.now()).what == admission_answer::kind::go);
        w.time.advance(1s);
    }
    auto const rate = w.metric_of("trunkline_limiter_rate", "group", "");
    under_way.back()->report(ended(w, outcome::saturated, errc::rate_limited, 429));
    CHECK(w.metric_of("trunkline_limiter_rate", "group", "") == rate);
    CHECK(w.metric_of("trunkline_breaker_changes_total") == 0);
    w.time.advance(1s);
    auto const next = w.gate.enter(start, [] {});
    CHECK(next->ask(w.now()).what == admission_answer::kind::refuse);
}

TEST_CASE("guard: connections that fail close the way for all, answers that fail for one tenant")
{
    guard_options o;
    o.requests_per_second = 1000;
    o.burst = 1000;
    world w(o);
    auto sick = ended(w, outcome::sick, errc::server_error, 500);
    for (int i = 0; i < 30; ++i) pass(w, request_of("get-agent"), sick);
    CHECK_FALSE(w.gate.may_try(tenant_id("acme"), operation_of("get-agent"), 1, w.now()));
    CHECK(w.gate.may_try(tenant_id("acme"), operation_of("update-agent"), 1, w.now()));
    CHECK(w.gate.may_try(tenant_id("bravo"), operation_of("get-agent"), 1, w.now()));

    world v(o);
    auto unreachable = ended(v, outcome::sick, errc::connect_failed, 0);
    unreachable.progress = http::progress::not_sent;
    for (int i = 0; i < 5; ++i) pass(v, request_of("get-agent"), unreachable);
    CHECK_FALSE(v.gate.may_try(tenant_id("bravo"), operation_of("update-agent"), 1, v.now()));
}

TEST_CASE("guard: repeats end when they become most of the traffic")
{
    guard_options o;
    o.requests_per_second = 1000;
    o.burst = 1000;
    o.retries = 5;
    o.breaker.minimum_calls = 1000;
    world w(o);
    auto repeat = request_of("get-agent");
    repeat.attempt = 2;
    repeat.repeats = errc::server_error;
    auto const sick = ended(w, outcome::sick, errc::server_error, 500);
    for (int i = 0; i < 5; ++i) CHECK(pass(w, repeat, sick) == admission_answer::kind::go);
    auto const p = w.gate.enter(repeat, [] {});
    auto const a = p->ask(w.now());
    CHECK(a.what == admission_answer::kind::refuse);
    CHECK(a.code == errc::server_error);
    CHECK(a.why.find("not repeated") != std::string::npos);
    repeat.repeats = errc::rate_limited; // that wait was asked for
    CHECK(pass(w, repeat, sick) == admission_answer::kind::go);
    for (int i = 0; i < 10; ++i) pass(w, request_of("get-agent"), ended(w, outcome::ok));
    repeat.repeats = errc::server_error;
    CHECK(pass(w, repeat, sick) == admission_answer::kind::go);
}

TEST_CASE("guard: shadow parts count and refuse nothing")
{
    guard_options o;
    o.requests_per_second = 1;
    o.burst = 1;
    o.call_limit = 1;
    o.limiter.shadow = o.breakers.shadow = o.leases.shadow = true;
    world w(o);
    auto const sick = ended(w, outcome::unknown, errc::outcome_unknown, 0);
    for (int i = 0; i < 50; ++i)
        CHECK(pass(w, request_of("create-phone-call"), sick) == admission_answer::kind::go);
    CHECK(w.metric_of("trunkline_limiter_would_have_denied_total") > 0);
    CHECK(w.metric_of("trunkline_breaker_would_have_rejected_total") > 0);
    CHECK(w.metric_of("trunkline_admission_decisions_total", "part", "shadow") > 0);
}

TEST_CASE("guard: a space that cannot be shared is used alone, or refuses, as is wished")
{
    resilience::space_options so;
    so.directory = "/nowhere";
    auto const space = [&] {
        return std::make_shared<resilience_space>(resilience_space::open("test", so));
    };
    auto const ok = [](world const& w) { return ended(w, outcome::ok); };
    world open({}, {}, space());
    CHECK(pass(open, request_of("get-agent"), ok(open)) == admission_answer::kind::go);
    CHECK(open.metric_of("trunkline_admission_decisions_total", "part", "unusable") == 1);
    CHECK(open.metric_of("trunkline_resilience_space", "kind", "private") == 1);
    guard_options o;
    o.breakers.when_unusable = failure_policy::closed;
    world closed(o, {}, space());
    CHECK(pass(closed, request_of("get-agent"), ok(closed)) == admission_answer::kind::refuse);
}

TEST_CASE("guard: requests in flight are limited over all processes, with room for live calls")
{
    guard_options o;
    o.in_flight = 3;
    o.live_reserve = 1;
    auto const space = private_space();
    world w(o, {}, space);
    guarded_admission other(space, o);
    auto const quiet = request_of("get-agent", priority::admin);
    std::vector<std::unique_ptr<passage>> all;
    for (auto* gate : {&w.gate, &other}) {
        all.push_back(gate->enter(quiet, [] {}));
        CHECK(all.back()->ask(w.now()).what == admission_answer::kind::go);
    }
    auto const third = w.gate.enter(quiet, [] {});
    CHECK(third->ask(w.now()).what == admission_answer::kind::wait);
    auto const live = other.enter(request_of("get-agent", priority::live_call), [] {});
    CHECK(live->ask(w.now()).what == admission_answer::kind::go);
    all[0]->report(ended(w, outcome::ok));
    live->report(ended(w, outcome::ok));
    CHECK(third->ask(w.now() + 20ms).what == admission_answer::kind::go);
    third->report(ended(w, outcome::ok));
    all[1]->report(ended(w, outcome::ok));
}
