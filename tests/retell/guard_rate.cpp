#include "guard_support.hpp"

#include <trunkline/retell/guarded_client.hpp>

using namespace guard_test;

namespace {

simulator_options limited(double per_second)
{
    simulator_options o;
    o.rate_limit = per_second;
    return o;
}

guard_options fast()
{
    guard_options o;
    o.requests_per_second = 100;
    o.burst = 25;
    return o;
}

/// A caller that always wants more: as many at once as the CLI has.
class saturating {
public:
    saturating(world& w, std::string target, std::size_t at_once = 16)
        : w_(w), target_(std::move(target)), at_once_(at_once)
    {}
    void operator()()
    {
        while (w_.under_way() < at_once_)
            w_.call("acme", priority::background, "get-agent", target_);
    }

private:
    world& w_;
    std::string target_;
    std::size_t at_once_;
};

/// Answered with success per second, in the last `span`.
double served(world const& w, std::chrono::milliseconds span)
{
    auto const now = w.time.unix_ms();
    auto const log = w.seen(now - span.count(), now);
    auto const good =
        std::ranges::count_if(log, [](request_log_entry const& e) { return e.status == 200; });
    return static_cast<double>(good) * 1000 / static_cast<double>(span.count());
}

double sent(world const& w, std::chrono::milliseconds span)
{
    auto const now = w.time.unix_ms();
    return static_cast<double>(w.seen(now - span.count(), now).size()) * 1000 /
        static_cast<double>(span.count());
}

} // namespace

TEST_CASE("resilience/12: the rate settles within 10 % of the service's limit in 30 s, and follows "
          "a halving within 5 s")
{
    world w(fast(), limited(40));
    saturating caller(w, w.make_agent());
    w.run(30s, caller);
    w.run(10s, caller);
    MESSAGE("limit 40/s: " << sent(w, 10s) << " sent, " << served(w, 10s) << " served a second");
    CHECK(served(w, 10s) >= 36);
    CHECK(sent(w, 10s) <= 44);
    w.control("POST", "/__simulator/options", R"({"rate_limit":20})");
    w.run(5s, caller);
    w.run(10s, caller);
    MESSAGE("limit 20/s: " << sent(w, 10s) << " sent, " << served(w, 10s) << " served a second");
    CHECK(served(w, 10s) >= 18);
    CHECK(sent(w, 10s) <= 22);
    CHECK(w.metric_of("trunkline_breaker_changes_total") == 0);
}

TEST_CASE(
    "resilience/12: a wait that the service asks for holds for everybody who shares the space")
{
    auto const space = private_space();
    world w(fast(), {}, space);
    guarded_admission other(space, fast()); // as another process would have it
    auto const target = w.make_agent();
    w.control("POST", "/__simulator/faults",
        R"({"action":"status","status":429,"retry_after":3,"match":{"count":1}})");
    w.time.advance(1s);
    auto const start = w.time.unix_ms();
    auto const first = w.call("acme", priority::admin, "get-agent", target);
    w.run(100ms);
    CHECK(first->code == errc::rate_limited);

    attempt_request r;
    r.tenant = tenant_id("acme");
    r.op = &operation_of("get-agent");
    r.priority = priority::live_call;
    auto const elsewhere = other.enter(r, [] {});
    auto const a = elsewhere->ask(w.now());
    REQUIRE(a.what == admission_answer::kind::wait);
    CHECK(a.until - w.now() > 2900ms);

    auto const second = w.call("acme", priority::live_call, "get-agent", target);
    auto const stranger = w.call("bravo", priority::background, "get-agent", target);
    w.run(4s);
    CHECK(second->over);
    CHECK_FALSE(second->code);
    CHECK(stranger->took < 100ms); // the limit is that of one tenant
    auto const log = w.seen(start, w.time.unix_ms());
    REQUIRE(log.size() == 3);
    CHECK(log[2].at - (log[0].at + 40) >= 3000); // the answer took 40 ms
    CHECK(w.metric_of("trunkline_breaker_changes_total") == 0);
}

TEST_CASE("resilience/12: headers that tell of an empty window are believed")
{
    simulator_options s = limited(10);
    s.rate_limit_headers = true;
    world w(fast(), s);
    saturating caller(w, w.make_agent());
    w.run(30s, caller);
    auto const refused = [&] {
        auto const all = w.seen(w.time.unix_ms() - 20'000, w.time.unix_ms());
        return std::ranges::count_if(all, [](auto const& e) { return e.status == 429; });
    }();
    MESSAGE("limit 10/s with headers: " << served(w, 20s) << " served a second, " << refused
                                        << " refusals in 20 s");
    // Waiting for the reset costs part of the rate: the service refills all the time.
    CHECK(served(w, 20s) >= 6);
    CHECK(refused <= 10);
}

TEST_CASE("guard: without a limit of ours, the first 429 makes one")
{
    guard_options o;
    o.requests_per_second = 0;
    world w(o, limited(50));
    saturating caller(w, w.make_agent());
    w.run(20s, caller);
    CHECK(w.metric_of("trunkline_limiter_rate", "group", "") < 80);
    CHECK(served(w, 10s) >= 40);
}

TEST_CASE("guard: a cap is kept, whatever the service would bear")
{
    guard_options o = fast();
    o.requests_per_second = 50;
    o.burst = 12;
    world w(o);
    saturating caller(w, w.make_agent());
    w.run(20s, caller);
    CHECK(served(w, 10s) > 49);
    CHECK(served(w, 10s) <= 50.1);
}

TEST_CASE("guard: the more urgent pass by those who wait, and all of them get their turn")
{
    guard_options o = fast();
    o.requests_per_second = 10;
    o.burst = 10;
    world w(o);
    auto const target = w.make_agent();
    std::vector<std::shared_ptr<ticket>> slow;
    for (int i = 0; i < 30; ++i)
        slow.push_back(w.call("acme", priority::background, "get-agent", target));
    w.run(500ms);
    auto const urgent = w.call("acme", priority::live_call, "get-agent", target);
    w.run(100ms);
    CHECK(urgent->over); // out of the reserve of its class, at once
    w.run(4s);
    for (auto const& t : slow) CHECK((t->over && !t->code));
    for (std::size_t i = 1; i < slow.size(); ++i) CHECK(slow[i]->took >= slow[i - 1]->took);
}

TEST_CASE("guard: a limit of all tenants is divided fairly")
{
    guard_options o = fast();
    o.total_per_second = 40;
    o.total_burst = 20;
    world w(o);
    auto const target = w.make_agent();
    std::map<std::string, int> done;
    metronome greedy(90), modest(15);
    std::vector<std::pair<std::string, std::shared_ptr<ticket>>> all;
    w.run(20s, [&] {
        for (int i = greedy.beats(); i > 0; --i)
            all.emplace_back("acme", w.call("acme", priority::booking, "get-agent", target));
        for (int i = modest.beats(); i > 0; --i)
            all.emplace_back("bravo", w.call("bravo", priority::booking, "get-agent", target));
    });
    for (auto const& [who, t] : all)
        if (t->over && !t->code) ++done[who];
    MESSAGE("of 40/s: acme " << done["acme"] / 20.0 << "/s, bravo " << done["bravo"] / 20.0 << "/s");
    CHECK(done["bravo"] >= 15 * 20 * 0.9);
    CHECK(done["acme"] + done["bravo"] <= 40 * 20 + 20);
}

TEST_CASE("guard: who gives up leaves no debt")
{
    guard_options o = fast();
    o.requests_per_second = 1;
    o.burst = 1;
    world w(o);
    attempt_request r;
    r.tenant = tenant_id("acme");
    r.op = &operation_of("get-agent");
    auto const first = w.gate.enter(r, [] {});
    CHECK(first->ask(w.now()).what == admission_answer::kind::go);
    {
        std::vector<std::unique_ptr<passage>> waiting;
        for (int i = 0; i < 10; ++i) {
            waiting.push_back(w.gate.enter(r, [] {}));
            CHECK(waiting.back()->ask(w.now()).what == admission_answer::kind::wait);
        }
    }
    auto const next = w.gate.enter(r, [] {});
    auto const a = next->ask(w.now());
    CHECK(a.what == admission_answer::kind::wait);
    CHECK(a.until - w.now() <= 1s);
    CHECK(next->ask(w.now() + 1s).what == admission_answer::kind::go);
    CHECK(w.metric_of("trunkline_admission_decisions_total", "decision", "given_up") == 10);
}

TEST_CASE("rate headers: spellings of one meaning, and nonsense")
{
    auto const read = [](std::vector<std::pair<std::string, std::string>> const& fields) {
        http::headers h;
        for (auto const& [name, value] : fields) h.set(name, value);
        return read_rate_headers(h, 1'760'000'000'000);
    };
    auto a = read(
        {{"X-RateLimit-Limit", "100"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "7"}});
    CHECK_FALSE(a.limit); // without a window it is no rate
    CHECK(a.remaining == 0.0);
    CHECK(a.reset == 7s);
    a = read({{"RateLimit-Limit", "100, 100;w=60"}, {"RateLimit-Remaining", "12"}});
    CHECK(a.limit == 100.0);
    CHECK(a.window == 60s);
    a = read(
        {{"RateLimit", "\"default\";r=50;t=30"}, {"RateLimit-Policy", "\"default\";q=100;w=10"}});
    CHECK(a.remaining == 50.0);
    CHECK(a.reset == 30s);
    CHECK(a.limit == 100.0);
    CHECK(a.window == 10s);
    CHECK(read({{"X-RateLimit-Reset", "1760000005"}}).reset == 5s);
    CHECK(read({{"X-RateLimit-Reset", "1760000005000"}}).reset == 5s);
    CHECK(read({{"X-RateLimit-Reset", "1759999999"}}).reset == 0s);
    CHECK(read({{"Retry-After", "2.5"}}).retry_after == 2500ms);
    a = read({{"X-RateLimit-Limit", "-5;w=1"}, {"X-RateLimit-Remaining", "soon"},
        {"X-RateLimit-Reset", "nan"}, {"RateLimit-Policy", ";;w=;q"}});
    CHECK_FALSE((a.limit || a.remaining || a.reset || a.window));
}

TEST_CASE("guard: background calls may use the burst that the client's options name")
{
    client_options options;
    options.base_url = "http://127.0.0.1:9";
    options.requests_per_second = 40; // a quarter of a second's: ten
    auto const admission = guarded(options, {}, "").admission;
    auto const now = admission_clock::now();
    std::vector<std::unique_ptr<passage>> passages;
    attempt_request background;
    background.tenant = tenant_id("acme");
    background.op = &operation_of("get-agent");
    background.priority = priority::background;
    int went = 0;
    for (int i = 0; i < 30; ++i) {
        passages.push_back(admission->enter(background, [] {}));
        if (passages.back()->ask(now).what != admission_answer::kind::go) break;
        ++went;
    }
    CHECK(went == 10);
    for (auto const& p : passages) {
        attempt_report r;
        r.outcome = outcome::cancelled;
        if (went-- > 0) p->report(r);
    }
}
