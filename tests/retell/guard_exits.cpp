#include "guard_support.hpp"

#include <trunkline/resilience/space_sharing.hpp>

using namespace guard_test;

/// Every way out of a passage gives back what was taken, and a part that cannot work does as it was told.

TEST_CASE(
    "guard: a create that its caller gave up after it was sent keeps its lease, and is no failure")
{
    world w;
    auto pool = w.gate.call_leases(tenant_id("acme"));
    auto const create = operation_of("create-phone-call");
    attempt_outcome seen;
    seen.code = errc::canceled;
    seen.progress = http::progress::sent;
    auto const given_up = [&](outcome o, http::progress p) {
        auto r = ended(w, o, errc::canceled, 0);
        r.progress = p;
        return r;
    };
    for (int i = 0; i < 5; ++i) {
        CHECK(pass(w, request_of("create-phone-call"),
                  given_up(classify(create, seen), http::progress::sent)) ==
            admission_answer::kind::go);
        CHECK(w.metric_of("trunkline_breaker_failures") == 0);
        w.time.advance(2s);
    }
    CHECK(pool->snapshot().sending == 5);
    CHECK(pass(w, request_of("create-phone-call"),
              given_up(outcome::cancelled, http::progress::not_sent)) == admission_answer::kind::go);
    CHECK(pool->snapshot().sending == 5);
}

TEST_CASE("resilience/06: a probe that its caller cancels says nothing, also of what must not be "
          "repeated")
{
    guard_options o;
    o.requests_per_second = 1000;
    o.burst = 1000;
    o.breaker.minimum_calls = 2;
    o.breaker.jitter = false;
    o.breaker.open_base = 5s;
    o.call_starts_per_second = 0;
    world w(o);
    auto const sick = ended(w, outcome::sick, errc::server_error, 500);
    for (int i = 0; i < 2; ++i) pass(w, request_of("update-agent"), sick);
    REQUIRE_FALSE(w.gate.may_try(tenant_id("acme"), operation_of("update-agent"), 1, w.now()));
    w.time.advance(6s);
    attempt_outcome seen;
    seen.code = errc::canceled;
    seen.progress = http::progress::sent;
    auto const what = classify(operation_of("create-agent"), seen);
    for (int i = 0; i < 10; ++i) {
        auto cancelled = ended(w, what, errc::canceled, 0);
        cancelled.progress = http::progress::sent;
        REQUIRE(pass(w, request_of("create-agent"), cancelled) == admission_answer::kind::go);
    }
    for (int i = 0; i < 3; ++i)
        REQUIRE(pass(w, request_of("update-agent"), ended(w, outcome::ok)) ==
            admission_answer::kind::go);
    CHECK(w.metric_of("trunkline_breaker_state") == 0);
}

TEST_CASE("guard: a repeat that is turned away further down puts its retry back")
{
    guard_options o;
    o.requests_per_second = 1;
    o.burst = 1;
    o.retries = 3;
    o.longest_wait = 100ms;
    world w(o);
    auto repeat = request_of("get-agent");
    repeat.attempt = 2;
    repeat.repeats = errc::server_error;
    REQUIRE(pass(w, request_of("get-agent"), ended(w, outcome::rejected, errc::not_found, 404)) ==
        admission_answer::kind::go);
    for (int i = 0; i < 20; ++i) {
        auto const p = w.gate.enter(repeat, [] {});
        auto const a = p->ask(w.now());
        REQUIRE(a.what == admission_answer::kind::refuse);
        CHECK(a.why.find("rate limit") != std::string::npos);
    }
    w.time.advance(5s);
    CHECK(pass(w, repeat, ended(w, outcome::ok)) == admission_answer::kind::go);
}

TEST_CASE("guard: an attempt that is refused was not given up")
{
    guard_options o;
    o.requests_per_second = 1;
    o.burst = 1;
    o.longest_wait = 100ms;
    world w(o);
    auto const count = [&](char const* decision) {
        return w.metric_of("trunkline_admission_decisions_total", "decision", decision);
    };
    pass(w, request_of("get-agent"), ended(w, outcome::ok));
    pass(w, request_of("get-agent"), ended(w, outcome::ok));
    CHECK(count("go") == 1);
    CHECK(count("refuse") == 1);
    CHECK(count("given_up") == 0);
}

namespace {

/// A space whose table is full of breakers and limiters that are in use.
std::shared_ptr<resilience_space> full_space()
{
    resilience::space_options o;
    o.shared = false;
    o.keys = 16;
    o.lease_pools = 1;
    auto const space = std::make_shared<resilience_space>(resilience_space::open("test", o));
    for (int i = 0; i < 13; ++i) space->breaker("other", tenant_id(std::to_string(i))).force_open();
    space->leases("other", tenant_id("x"))->configure(1, 0);
    REQUIRE(space->limiter("more", tenant_id("x")).is_overflow());
    REQUIRE(space->leases("more", tenant_id("x")).is_overflow());
    return space;
}

} // namespace

TEST_CASE(
    "guard: a table that is full lets everything pass and counts it, unless it is to be closed")
{
    guard_options o;
    o.requests_per_second = 1;
    o.burst = 1;
    o.call_starts_per_second = 0;
    world open(o, {}, full_space());
    // More than the shared slot of all that found no room would let through, and more calls than
    // the pool of another workspace has.
    for (int i = 0; i < 100; ++i)
        REQUIRE(pass(open, request_of(i % 2 ? "get-agent" : "create-phone-call"),
                    ended(open, outcome::ok)) == admission_answer::kind::go);
    CHECK(open.metric_of("trunkline_admission_decisions_total", "part", "unusable") == 100);
    CHECK(open.metric_of("trunkline_resilience_overflows_total") > 0);

    for (auto const part :
        {&guard_options::limiter, &guard_options::breakers, &guard_options::leases}) {
        auto strict = o;
        (strict.*part).when_unusable = failure_policy::closed;
        world closed(strict, {}, full_space());
        auto const p = closed.gate.enter(request_of("create-phone-call"), [] {});
        auto const a = p->ask(closed.now());
        CHECK(a.what == admission_answer::kind::refuse);
        CHECK(a.code == errc::circuit_open);
        // A read takes no lease.
        auto const read = pass(closed, request_of("get-agent"), ended(closed, outcome::ok));
        CHECK((read == admission_answer::kind::go) == (part == &guard_options::leases));
    }
}

TEST_CASE("guard: by a clock that is broken nobody waits, unless it is to be closed")
{
    guard_options o;
    o.requests_per_second = 1;
    o.burst = 1;
    for (bool const closed : {false, true}) {
        if (closed) o.limiter.when_unusable = failure_policy::closed;
        world w(o);
        auto const first = w.gate.enter(request_of("get-agent"), [] {});
        REQUIRE(first->ask(w.now()).what == admission_answer::kind::go);
        for (auto const t : {admission_clock::time_point(), w.now() - 10min}) {
            auto const p = w.gate.enter(request_of("get-agent"), [] {});
            CHECK((p->ask(t).what == admission_answer::kind::refuse) == closed);
        }
        // An old reading is none.
        auto const p = w.gate.enter(request_of("get-agent"), [] {});
        CHECK(p->ask(w.now() - 1s).what == admission_answer::kind::wait);
    }
}

TEST_CASE("guard: what other hosts see open is refused as such, and comes back by itself")
{
    auto const space = private_space();
    world w({}, {}, space);
    pass(w, request_of("get-agent"), ended(w, outcome::ok));
    space->breaker("api.retellai.com", tenant_id(), "connections");
    resilience::space_sharing words(space);
    for (auto const& b : words.collect(100, w.now()).breakers)
        words.open_by_others(b.key, 1s, w.now());
    auto const p = w.gate.enter(request_of("get-agent"), [] {});
    auto const a = p->ask(w.now());
    REQUIRE(a.what == admission_answer::kind::refuse);
    CHECK(a.code == errc::circuit_open);
    CHECK(a.why.find("other hosts") != std::string::npos);
    CHECK(w.metric_of("trunkline_breaker_opened_by_others") >= 1);
    CHECK_FALSE(w.gate.may_try(tenant_id("acme"), operation_of("get-agent"), 1, w.now()));
    w.time.advance(1100ms);
    CHECK(pass(w, request_of("get-agent"), ended(w, outcome::ok)) == admission_answer::kind::go);
}
