#pragma once

#include <trunkline/core/random.hpp>
#include <trunkline/retell/guarded_admission.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/rate_headers.hpp>
#include <trunkline/retell/retry.hpp>
#include <trunkline/retell/simulator.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Callers, a guarded_admission and a simulator on one virtual clock.
namespace guard_test {

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;
using resilience::resilience_space;

inline operation const& operation_of(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

inline std::shared_ptr<resilience_space> private_space()
{
    resilience::space_options o;
    o.shared = false;
    o.keys = 256;
    return std::make_shared<resilience_space>(resilience_space::open("test", o));
}

/// A call as its caller sees it.
class ticket {
public:
    bool over = false;
    error_code code;
    std::string why;  ///< Of a refusal.
    std::string body; ///< Of a success.
    unsigned sent = 0;
    resilience::nanoseconds took{0};
};

class world {
public:
    using time_point = admission_clock::time_point;
    static constexpr auto tick = 5ms;

    explicit world(guard_options o = {}, simulator_options s = {},
        std::shared_ptr<resilience_space> space = private_space())
        : sim(std::move(s), time), gate(std::move(space), std::move(o))
    {
        time.advance(1h);
    }

    time_point now() const { return time.steady(); }

    std::shared_ptr<ticket> call(std::string tenant, priority p, std::string_view op,
        std::string target, std::string body = {}, std::string key = "good",
        std::function<void(ticket const&)> then = {})
    {
        auto const t = std::make_shared<ticket>();
        flight f;
        f.out = t;
        f.then = std::move(then);
        f.op = &operation_of(op);
        f.request.method = f.op->method;
        f.request.target = std::move(target);
        f.request.body = std::move(body);
        f.request.headers.set("Authorization", "Bearer " + key);
        f.about.tenant = tenant_id(std::move(tenant));
        f.about.op = f.op;
        f.about.priority = p;
        f.about.credential = key == "good" ? 1 : 2;
        f.began = now();
        auto& at = flights_.emplace_back(std::move(f));
        enter(at);
        step(at);
        return t;
    }

    /// Moves time; `each` is called at every tick.
    template <class F>
    void run(std::chrono::milliseconds span, F&& each)
    {
        for (auto passed = 0ms; passed < span; passed += tick) {
            each();
            time.advance(tick);
            for (auto& f : flights_) step(f);
            std::erase_if(flights_, [](flight const& f) { return f.out->over; });
        }
    }
    void run(std::chrono::milliseconds span)
    {
        run(span, [] {});
    }

    /// Every request is answered with 503, or finds no connection, until `recover`.
    void fail_all(bool connections)
    {
        refuses_connections = connections;
        if (connections) return;
        control("POST", "/__simulator/faults",
            R"({"action":"status","status":503,"match":{"count":0}})");
    }
    void recover()
    {
        refuses_connections = false;
        control("DELETE", "/__simulator/faults", {});
    }
    /// Past the gate.
    json::value control(std::string method, std::string target, std::string body)
    {
        http::request r;
        r.method = std::move(method);
        r.target = std::move(target);
        r.body = std::move(body);
        r.headers.set("Authorization", "Bearer good");
        auto const reply = sim.handle(r);
        INFO(reply.body);
        REQUIRE(reply.status / 100 == 2);
        return reply.body.empty() ? json::value() : json::parse(reply.body);
    }
    /// The target that reads an agent made for it.
    std::string make_agent()
    {
        auto const llm = control("POST", "/create-retell-llm", R"({"start_speaker":"agent"})");
        json::object const engine{{"type", "retell-llm"}, {"llm_id", llm.string_at("llm_id")}};
        auto const agent = control("POST", "/create-agent",
            json::to_text(json::object{{"voice_id", "retell-Cimo"}, {"response_engine", engine}}));
        return "/get-agent/" + std::string(agent.string_at("agent_id"));
    }

    /// Requests of the API that reached the simulator in [from, to), ms of its clock.
    std::vector<request_log_entry> seen(std::int64_t from, std::int64_t to) const
    {
        std::vector<request_log_entry> out;
        for (auto const& e : sim.log())
            if (e.at >= from && e.at < to && !e.target.starts_with("/__simulator"))
                out.push_back(e);
        return out;
    }
    double metric_of(std::string_view name, std::string_view label = {}, std::string_view is = {})
    {
        double sum = 0;
        for (auto const& m : gate.metrics(now())) {
            if (m.name != name) continue;
            bool const fits = label.empty() || std::ranges::any_of(m.labels, [&](auto const& l) {
                return l.first == label && l.second == is;
            });
            if (fits) sum += m.value;
        }
        return sum;
    }
    std::size_t under_way() const { return flights_.size(); }

    virtual_time time;
    simulator sim;
    guarded_admission gate;
    std::chrono::milliseconds latency = 40ms;
    bool refuses_connections = false;
    unsigned max_attempts = 1;
    std::uint64_t refused_connections = 0;

private:
    class flight {
    public:
        enum class stage { asking, away, resting };
        std::shared_ptr<ticket> out;
        std::function<void(ticket const&)> then;
        operation const* op = nullptr;
        http::request request;
        attempt_request about;
        std::unique_ptr<passage> way;
        std::shared_ptr<bool> woken = std::make_shared<bool>(false);
        stage at = stage::asking;
        time_point next, sent, began;
        std::optional<http::reply> reply;
    };

    void enter(flight& f)
    {
        f.way = gate.enter(f.about, [w = f.woken] { *w = true; });
        f.at = flight::stage::asking;
        f.next = now();
    }

    void step(flight& f)
    {
        if (f.out->over || (f.next > now() && !*f.woken)) return;
        *f.woken = false;
        switch (f.at) {
        case flight::stage::asking: return ask(f);
        case flight::stage::away:
            if (f.next <= now()) back(f);
            return;
        case flight::stage::resting:
            if (f.next <= now()) enter(f), ask(f);
        }
    }

    void ask(flight& f)
    {
        auto const a = f.way->ask(now());
        if (a.what == admission_answer::kind::wait) {
            f.next = a.until;
            return;
        }
        if (a.what == admission_answer::kind::refuse) {
            f.out->why = a.why;
            return end(f, a.code);
        }
        ++f.out->sent;
        f.sent = now();
        f.at = flight::stage::away;
        f.next = now() + latency;
        if (refuses_connections) ++refused_connections;
        else f.reply = sim.handle(f.request);
    }

    void back(flight& f)
    {
        attempt_outcome seen;
        answer a;
        diagnostics diag;
        attempt_report r;
        if (f.reply) {
            http::response in;
            in.status = f.reply->status;
            in.headers = f.reply->headers;
            in.body = f.reply->body;
            seen.code = decode(*f.op, in, a, diag, time.unix_ms());
            seen.progress = http::progress::answered;
            seen.retry_after = diag.retry_after;
            if (!seen.code) f.out->body = in.body;
            seen.concurrency = names_concurrency(in);
            r.status = in.status;
            r.rate = read_rate_headers(in.headers, time.unix_ms());
        } else {
            seen.code = errc::connect_failed;
            seen.progress = http::progress::not_sent;
        }
        retry_options o;
        o.max_attempts = max_attempts;
        auto const d = decide(o, *f.op, seen, f.out->sent, random_);
        r.outcome = classify(*f.op, seen);
        r.code = seen.code;
        r.progress = seen.progress;
        r.sent_at = f.sent;
        r.now = now();
        r.retry_after = seen.retry_after;
        if (d.action == retry_action::wait) r.retry_in = d.delay;
        if (!seen.code) r.answer = &a;
        f.way->report(r);
        f.way.reset();
        f.reply.reset();
        if (d.action != retry_action::wait) return end(f, d.code);
        f.at = flight::stage::resting;
        f.next = now() + d.delay;
        f.about.attempt = f.out->sent + 1;
        f.about.repeats = seen.code;
    }

    void end(flight& f, error_code code)
    {
        f.way.reset();
        f.out->over = true;
        f.out->code = code;
        f.out->took = now() - f.began;
        if (f.then) f.then(*f.out);
    }

    std::list<flight> flights_;
    random_source random_{1};
};

// Single attempts, past any client.

inline attempt_request request_of(std::string_view op, priority p = priority::booking)
{
    attempt_request r;
    r.tenant = tenant_id("acme");
    r.op = &operation_of(op);
    r.priority = p;
    r.credential = 1;
    return r;
}

inline attempt_report ended(world const& w, outcome o, error_code code = {}, int status = 200)
{
    attempt_report r;
    r.outcome = o;
    r.code = code;
    r.status = status;
    r.sent_at = w.now();
    r.now = w.now() + 10ms;
    return r;
}

/// Sends one attempt through the gate, past any service.
inline admission_answer::kind pass(world& w, attempt_request const& q, attempt_report const& r)
{
    auto const p = w.gate.enter(q, [] {});
    auto const a = p->ask(w.now());
    if (a.what == admission_answer::kind::go) p->report(r);
    return a.what;
}

/// Arrivals at an even rate, at any rate above 0.
class metronome {
public:
    explicit metronome(double per_second) : per_tick_(per_second * 0.005) {}
    /// How many are due at this tick.
    int beats()
    {
        due_ += per_tick_;
        auto const n = static_cast<int>(due_ + 1e-9);
        due_ -= n;
        return n;
    }

private:
    double per_tick_, due_ = 0;
};

} // namespace guard_test
