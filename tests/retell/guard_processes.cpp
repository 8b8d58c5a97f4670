#include "guard_support.hpp"

#include "resilience/processes.hpp"
#include "support/scratch_dir.hpp"

#include <array>
#include <atomic>

using namespace guard_test;

namespace {

resilience::space_options in(trunkline::test::scratch_dir const& dir)
{
    resilience::space_options o;
    o.directory = dir.path().string();
    o.keys = 64;
    o.lease_pools = 4;
    o.events = 64;
    return o;
}

std::shared_ptr<resilience_space> open(trunkline::test::scratch_dir const& dir)
{
    return std::make_shared<resilience_space>(resilience_space::open("guard", in(dir)));
}

attempt_request read_for(char const* tenant, priority p = priority::booking)
{
    attempt_request r;
    r.tenant = tenant_id(tenant);
    r.op = find_operation("get-agent");
    r.priority = p;
    return r;
}

} // namespace

TEST_CASE("resilience/12: clients in several processes stay within one rate")
{
    guard_options o;
    o.requests_per_second = 50;
    o.burst = 10;
    trunkline::test::scratch_dir const dir;
    auto const here = open(dir);
    REQUIRE(here->kind() == resilience_space::kind_type::shared);
    ::test::shared_object<std::array<std::atomic<int>, 4>> granted;
    auto const start = admission_clock::time_point{} + 1h;
    {
        ::test::children workers;
        for (std::size_t i = 0; i < 4; ++i)
            workers.start([&, i] {
                guarded_admission mine(open(dir), o);
                // Each has its own idea of how late it is, and none is ahead of the ten seconds.
                for (auto t = 0ms; t < 10s; t += 2ms) {
                    auto const p = mine.enter(read_for("acme"), [] {});
                    auto const now = start + t;
                    if (p->ask(now).what != admission_answer::kind::go) continue;
                    ++(*granted)[i];
                    attempt_report r;
                    r.status = 200;
                    r.sent_at = r.now = now;
                    p->report(r);
                }
                return 0;
            });
        CHECK(workers.wait());
    }
    int all = 0;
    for (auto const& n : *granted) all += n;
    MESSAGE("4 processes, 10 s at 50/s, burst 10: " << all << " requests");
    CHECK(all <= 50 * 10 + 10);
    CHECK(all >= 50 * 10 * 0.9);
}

TEST_CASE("guard: what one process learns, the others act on, also when it has died")
{
    guard_options o;
    trunkline::test::scratch_dir const dir;
    guarded_admission gate(open(dir), o);
    auto const now = admission_clock::time_point{} + 1h;
    {
        ::test::children workers;
        workers.start([&] {
            guarded_admission mine(open(dir), o);
            auto const p = mine.enter(read_for("acme"), [] {});
            if (p->ask(now).what != admission_answer::kind::go) return 1;
            attempt_report r;
            r.outcome = outcome::misconfigured;
            r.code = errc::unauthorized;
            r.status = 401;
            r.sent_at = r.now = now;
            p->report(r);
            return 0;
        });
        CHECK(workers.wait());
    }
    auto const a = gate.enter(read_for("acme"), [] {})->ask(now + 1s);
    CHECK(a.what == admission_answer::kind::refuse);
    CHECK(a.code == errc::unauthorized);
    CHECK(gate.enter(read_for("bravo"), [] {})->ask(now + 1s).what == admission_answer::kind::go);
    std::uint64_t cursor = 0;
    auto const events = gate.space().events(cursor);
    REQUIRE(events.size() == 1);
    CHECK(events[0].tenant == "acme");
    CHECK(events[0].change.to == resilience::circuit::misconfigured);
}
