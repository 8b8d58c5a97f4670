#include "sync/world.hpp"

#include <trunkline/core/random.hpp>
#include <trunkline/retell/guarded_client.hpp>
#include <trunkline/retell/retry.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace trunkline;
using namespace trunkline::test;
using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

namespace {

/// Carries calls as the client does, on virtual time: some at once, each through the guard that the
/// control center puts in front of the service, repeated by the retry table.
class paced_driver {
public:
    explicit paced_driver(world& w, double rate = 10) : world_(w)
    {
        retell::client_options o;
        o.requests_per_second = rate;
        o.burst = 20;
        admission_ = retell::guarded(std::move(o)).admission;
    }

    void drive(sync::process& p)
    {
        world_.running = &p;
        std::vector<std::unique_ptr<flight>> flights;
        for (;;) {
            while (flights.size() < concurrency) {
                auto next = p.next();
                if (!next) break;
                flights.push_back(std::make_unique<flight>(std::move(*next), world_.time.steady()));
            }
            if (flights.empty()) break;
            step(flights, p);
        }
        REQUIRE(p.done());
    }

    std::size_t sent = 0;
    std::vector<time_point> accepted; ///< When requests passed.
    std::vector<time_point> refused;  ///< When requests met a 429.
    std::map<std::string, int> creates;

private:
    static constexpr std::size_t concurrency = 4;

    class flight {
    public:
        flight(sync::pending_call c, time_point now)
            : pending(std::move(c)), ready_at(now + pending.after)
        {}
        sync::pending_call pending;
        time_point ready_at;
        std::unique_ptr<retell::passage> passage;
        unsigned attempts = 0;
        bool maybe_done = false;
        error_code repeats;
        std::optional<sync::call_outcome> outcome;
    };

    void step(std::vector<std::unique_ptr<flight>>& flights, sync::process& p)
    {
        auto const now = world_.time.steady();
        for (std::size_t i = 0; i < flights.size(); ++i) {
            auto& f = *flights[i];
            if (f.ready_at > now) continue;
            go_on(f);
            if (!f.outcome) continue;
            auto const ticket = f.pending.ticket;
            auto outcome = std::move(*f.outcome);
            flights.erase(flights.begin() + static_cast<std::ptrdiff_t>(i));
            return p.deliver(ticket, std::move(outcome));
        }
        auto const first = (*std::ranges::min_element(flights, {}, [](auto const& f) {
            return f->ready_at;
        }))->ready_at;
        if (first > world_.time.steady())
            world_.time.advance(std::chrono::ceil<milliseconds>(first - world_.time.steady()));
    }

    void go_on(flight& f)
    {
        auto const now = world_.time.steady();
        if (!f.passage) {
            retell::attempt_request r;
            r.tenant = world_.tenant;
            r.op = f.pending.call.op;
            r.priority = retell::priority::admin;
            r.attempt = f.attempts + 1;
            r.repeats = f.repeats;
            r.credential = 1;
            f.passage = admission_->enter(r, [&f, this] { f.ready_at = world_.time.steady(); });
        }
        auto const a = f.passage->ask(now);
        if (a.what == retell::admission_answer::kind::wait) {
            f.ready_at = std::max(a.until, now + milliseconds(1));
        } else if (a.what == retell::admission_answer::kind::refuse) {
            f.passage.reset();
            f.outcome.emplace();
            f.outcome->code = a.code;
            f.outcome->diag.message = a.why;
        } else {
            send(f);
        }
    }

    void send(flight& f)
    {
        ++sent;
        ++f.attempts;
        auto const sent_at = world_.time.steady();
        auto outcome = world_.ask_service(f.pending.call);
        world_.time.advance(milliseconds(5));
        bool const throttled = outcome.code == errc::rate_limited;
        (throttled ? refused : accepted).push_back(sent_at);
        if (!throttled && std::string_view(f.pending.call.op->name).starts_with("create-"))
            ++creates[std::string(f.pending.call.op->name)];
        retell::attempt_outcome seen;
        seen.code = outcome.code;
        seen.progress = http::progress::answered;
        seen.retry_after = outcome.diag.retry_after;
        seen.maybe_done_before = f.maybe_done;
        f.maybe_done |= outcome.code && !throttled;
        auto const d = retell::decide(retry_, *f.pending.call.op, seen, f.attempts, random_);
        retell::attempt_report r;
        r.outcome = retell::classify(*f.pending.call.op, seen);
        r.code = seen.code;
        r.status = outcome.code ? outcome.diag.http_status : outcome.answer.status;
        r.sent_at = sent_at;
        r.now = world_.time.steady();
        r.retry_after = seen.retry_after;
        if (d.action == retell::retry_action::wait) r.retry_in = d.delay;
        if (!seen.code) r.answer = &outcome.answer;
        f.passage->report(r);
        f.passage.reset();
        f.repeats = seen.code;
        if (d.action == retell::retry_action::wait) {
            f.ready_at = r.now + d.delay;
            return;
        }
        outcome.code = d.code;
        f.outcome = std::move(outcome);
    }

    world& world_;
    std::shared_ptr<retell::admission> admission_;
    retell::retry_options retry_;
    random_source random_{7};
};

/// Agents with an LLM each.
json::value many_agents(int count)
{
    json::array agents, llms;
    for (int i = 0; i < count; ++i) {
        auto const n = std::to_string(1000 + i);
        json::object one_llm{{"llm_id", "llm_" + n}, {"version", 0}, {"is_published", true},
            {"last_modification_timestamp", 1'750'000'000'000 + i}, {"model", "gpt-4.1"},
            {"general_prompt", "Alt " + n}, {"start_speaker", "agent"}};
        llms.push_back(json::object{{"llm_id", "llm_" + n}, {"versions", json::array{one_llm}}});
        json::object runs{{"type", "retell-llm"}, {"llm_id", "llm_" + n}, {"version", 0}};
        json::object one_agent{{"agent_id", "agent_" + n}, {"channel", "voice"}, {"version", 0},
            {"is_published", true}, {"base_version", nullptr},
            {"last_modification_timestamp", 1'750'000'000'000 + i}, {"agent_name", "a-" + n},
            {"voice_id", "11labs-Carola"}, {"language", "de-DE"}, {"response_engine", runs}};
        agents.push_back(
            json::object{{"agent_id", "agent_" + n}, {"versions", json::array{one_agent}}});
    }
    return json::object{{"format", 1}, {"agents", agents}, {"retell_llms", llms},
        {"conversation_flows", json::array{}}, {"phone_numbers", json::array{}}, {"next_id", 1}};
}

constexpr double most_refused = 0.01;
constexpr double least_used = 0.95;
/// While a raised limit is still being found.
constexpr double most_refused_at_first = 0.03;
constexpr double least_used_at_first = 0.75;

std::size_t after(std::vector<time_point> const& times, time_point from, time_point to)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(times, [&](auto t) { return t >= from && t < to; }));
}

} // namespace

TEST_CASE("sync/18: 3 requests a second and then 10 are learned; all succeeds, no create twice")
{
    world w(many_agents(200));
    w.pull();
    for (int i = 0; i < 200; ++i)
        w.write("llms/a-" + std::to_string(1000 + i) + ".prompt.md", "Neu.\n");
    write_new_agent(w);
    auto const p = w.plan();
    REQUIRE(p.units.size() == 202);
    w.option("rate_limit", 3);
    paced_driver net(w);
    auto const started = w.time.steady();
    bool faster = false;
    w.before_request = [&](std::uint64_t, http::request const&) {
        if (!faster && w.time.steady() - started > std::chrono::minutes(5)) {
            faster = true;
            w.option("rate_limit", 10);
        }
        return true;
    };
    w.driver = [&](sync::process& process) { net.drive(process); };
    auto const results = w.apply(p);
    w.driver = nullptr;
    w.before_request = nullptr;
    for (auto const& r : results) {
        INFO(r.name, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    CHECK(net.creates["create-retell-llm"] == 1);
    CHECK(net.creates["create-agent"] == 1);
    CHECK(net.creates["create-agent-version"] == 200);
    auto const ended = w.time.steady();
    auto const figures = [&](time_point from, time_point to, double rate,
                             double most = most_refused, double least = least_used) {
        auto const ok = after(net.accepted, from, to);
        auto const no = after(net.refused, from, to);
        auto const seconds = std::chrono::duration<double>(to - from).count();
        auto const share = static_cast<double>(no) / static_cast<double>(ok + no);
        auto const throughput = static_cast<double>(ok) / seconds / rate;
        MESSAGE(rate << "/s: " << ok << " passed and " << no << " were refused in " << seconds
                     << " s: " << 100 * share << " % refused, " << 100 * throughput
                     << " % of the ideal");
        CHECK(share <= most);
        CHECK(throughput >= least);
    };
    figures(started + std::chrono::seconds(5), started + std::chrono::minutes(5), 3);
    auto const raised = started + std::chrono::minutes(5);
    figures(raised + std::chrono::seconds(5), ended, 10, most_refused_at_first, least_used_at_first);
    // That a limit was raised shows only where a refusal is overdue: here after some 100 requests.
    figures(raised + std::chrono::seconds(40), ended, 10);
    w.option("rate_limit", 0);
    w.check_oracles();
}

TEST_CASE("sync/18: a service that refuses everything for its rate pauses the release")
{
    world w(many_agents(20));
    w.pull();
    for (int i = 0; i < 20; ++i)
        w.write("llms/a-" + std::to_string(1000 + i) + ".prompt.md", "Neu.\n");
    auto const p = w.plan();
    // Some way into it the service has had enough.
    std::size_t requests = 0;
    bool enough = false;
    w.before_request = [&](std::uint64_t, http::request const&) {
        enough = enough || ++requests > 40;
        return true;
    };
    w.refuse_request = [&](http::request const&) {
        return enough ? std::optional(http::reply(
                            429, R"({"status":"error","message":"Account rate limited"})"))
                      : std::nullopt;
    };
    paced_driver net(w);
    w.driver = [&](sync::process& process) { net.drive(process); };
    auto const results = w.apply(p);
    CHECK(w.last_state == store::release_state::running);
    CHECK(w.last_fatal == errc::rate_limited);
    for (auto const& r : results) {
        INFO(r.name, ": ", r.message);
        CHECK((r.state == sync::unit_state::done || r.state == sync::unit_state::interrupted));
    }
    // It does not go on knocking for each of the units.
    CHECK(net.refused.size() <= 20);
    w.refuse_request = nullptr;
    w.before_request = nullptr;
    enough = false;
    w.time.advance(std::chrono::minutes(2));
    for (auto const& r : w.resume()) {
        INFO(r.name, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    w.driver = nullptr;
    w.check_oracles();
}
