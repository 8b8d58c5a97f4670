#include "guard_support.hpp"

using namespace guard_test;

namespace {

/// One place that decides for all hosts, as a test plays it.
class scripted_limit final : public resilience::strict_limit {
public:
    void async_take(std::vector<resilience::strict_item> const& items, done answer) override
    {
        asked.push_back(items);
        if (held) return void(waiting.push_back(std::move(answer)));
        answer(next());
    }
    void refund(std::vector<resilience::strict_item> const& items) override
    {
        CHECK(items.size() == asked.back().size());
        ++refunds;
    }
    std::optional<resilience::decision> next()
    {
        if (!reachable) return std::nullopt;
        resilience::decision d;
        if (left == 0) {
            d.granted = false;
            d.why = resilience::denial::rate;
            d.retry_after = 200ms;
        } else {
            --left;
        }
        return d;
    }
    void answer_all()
    {
        for (auto& a : std::exchange(waiting, {})) a(next());
    }

    int left = 1000, refunds = 0;
    bool reachable = true, held = false;
    std::vector<std::vector<resilience::strict_item>> asked;
    std::vector<done> waiting;
};

class strict_world {
public:
    explicit strict_world(guard_options o = {})
    {
        o.strict = limit;
        w.emplace(o);
    }
    double credit() { return w->metric_of("trunkline_limiter_credit", "group", ""); }
    std::shared_ptr<scripted_limit> limit = std::make_shared<scripted_limit>();
    std::optional<world> w;
};

} // namespace

TEST_CASE("strict: each request is asked about after the local limits, with all limits it meets")
{
    guard_options o;
    o.total_per_second = 50;
    strict_world s(o);
    auto const ok = ended(*s.w, outcome::ok);
    CHECK(pass(*s.w, request_of("get-agent"), ok) == admission_answer::kind::go);
    CHECK(pass(*s.w, request_of("create-phone-call"), ok) == admission_answer::kind::go);
    REQUIRE(s.limit->asked.size() == 2);
    REQUIRE(s.limit->asked[0].size() == 2);
    CHECK(s.limit->asked[0][0].key == "api.retellai.com/acme/");
    CHECK(s.limit->asked[0][0].rate == 10);
    CHECK(s.limit->asked[0][0].burst == 20);
    CHECK(s.limit->asked[0][1].key == "api.retellai.com//all tenants");
    REQUIRE(s.limit->asked[1].size() == 3);
    CHECK(s.limit->asked[1][1].key == "api.retellai.com/acme/call starts");
    CHECK(s.limit->refunds == 0);
    // Who does not pass here asks nobody.
    guard_options tight;
    tight.requests_per_second = 1;
    tight.burst = 1;
    strict_world t(tight);
    CHECK(pass(*t.w, request_of("get-agent"), ok) == admission_answer::kind::go);
    CHECK(pass(*t.w, request_of("get-agent"), ok) == admission_answer::kind::wait);
    CHECK(t.limit->asked.size() == 1);
}

TEST_CASE("strict: who is denied waits and keeps no credit; the answer wakes who waits for it")
{
    strict_world s;
    auto& w = *s.w;
    pass(w, request_of("get-agent"), ended(w, outcome::ok));
    auto const before = s.credit();
    s.limit->left = 0;
    int woken = 0;
    auto const p = w.gate.enter(request_of("get-agent"), [&] { ++woken; });
    s.limit->held = true;
    CHECK(p->ask(w.now()).what == admission_answer::kind::wait);
    CHECK(p->ask(w.now()).what == admission_answer::kind::wait);
    CHECK(s.limit->asked.size() == 2); // asked once, however often one looks
    s.limit->answer_all();
    CHECK(woken == 1);
    auto const a = p->ask(w.now());
    CHECK(a.what == admission_answer::kind::wait);
    CHECK(a.until - w.now() == 200ms);
    CHECK(s.credit() == doctest::Approx(before));
    s.limit->left = 1;
    s.limit->held = false;
    CHECK(p->ask(w.now() + 200ms).what == admission_answer::kind::go);
    p->report(ended(w, outcome::ok));
    CHECK(s.limit->refunds == 0);
}

TEST_CASE("strict: what does not leave is given back, also if the answer comes when nobody waits")
{
    guard_options o;
    o.call_limit = 1;
    o.call_starts_per_second = 0;
    strict_world s(o);
    auto& w = *s.w;
    auto const first = w.gate.enter(request_of("create-phone-call"), [] {});
    REQUIRE(first->ask(w.now()).what == admission_answer::kind::go);
    auto const second = w.gate.enter(request_of("create-phone-call"), [] {});
    REQUIRE(second->ask(w.now()).what == admission_answer::kind::refuse);
    CHECK(s.limit->refunds == 1);
    s.limit->held = true;
    {
        auto const p = w.gate.enter(request_of("get-agent"), [] {});
        CHECK(p->ask(w.now()).what == admission_answer::kind::wait);
    }
    s.limit->answer_all();
    CHECK(s.limit->refunds == 2);
    {
        auto const p = w.gate.enter(request_of("get-agent"), [] {});
        CHECK(p->ask(w.now()).what == admission_answer::kind::wait);
        s.limit->answer_all();
    }
    CHECK(s.limit->refunds == 3);
    // One that never answers is not waited for for ever, and what it grants too late goes back.
    auto const p = w.gate.enter(request_of("get-agent"), [] {});
    auto const a = p->ask(w.now());
    CHECK(a.until <= w.now() + 5s);
    CHECK(p->ask(w.now() + 5s).what == admission_answer::kind::go);
    s.limit->answer_all();
    CHECK(s.limit->refunds == 4);
    p->report(ended(w, outcome::ok));
    first->report(ended(w, outcome::ok));
}

TEST_CASE("strict: without an answer the local decision stands, or nothing leaves, as is wished")
{
    for (auto const policy : {failure_policy::open, failure_policy::closed}) {
        guard_options o;
        o.limiter.when_unusable = policy;
        strict_world s(o);
        s.limit->reachable = false;
        auto const before = s.credit();
        auto const p = s.w->gate.enter(request_of("get-agent"), [] {});
        auto const a = p->ask(s.w->now());
        if (policy == failure_policy::open) {
            CHECK(a.what == admission_answer::kind::go);
            p->report(ended(*s.w, outcome::ok));
            CHECK(s.w->metric_of("trunkline_admission_decisions_total", "decision", "pass") == 1);
        } else {
            CHECK(a.what == admission_answer::kind::refuse);
            CHECK(a.code == errc::circuit_open);
            CHECK(s.credit() >= before);
        }
    }
}
