#include "fault/network.hpp"

#include <trunkline/retell/exchange.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace trunkline::fault {

using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

namespace {

constexpr std::size_t concurrency = 4;

constexpr std::array<std::string_view, mishap_count> mishap_names{"none", "crash before send",
    "crash after send", "crash after answer", "503 before acting", "502 after acting",
    "reset before acting", "reset after acting", "timeout before acting", "timeout after acting",
    "429", "429 with Retry-After", "cut body", "empty body", "200 and ignored", "delay",
    "dashboard edit", "second engine", "pause past the lease", "cancel"};

bool keeps_service_out(mishap m)
{
    return m == mishap::error_before || m == mishap::reset_before || m == mishap::timeout_before ||
        m == mishap::throttle || m == mishap::throttle_and_wait;
}

bool is_event(mishap m)
{
    return m == mishap::edit || m == mishap::second_engine || m == mishap::pause;
}

http::reply refusal(int status, std::string_view text)
{
    return {status, R"({"status":"error","message":")" + std::string(text) + "\"}"};
}

} // namespace

std::string_view name(mishap m) noexcept
{
    return mishap_names[static_cast<std::size_t>(m)];
}

std::string target_of(retell::call const& c)
{
    std::string out;
    for (auto const parameter : retell::path_parameters(*c.op)) {
        auto const found = c.args.parameters.find(parameter);
        if (found != c.args.parameters.end()) out += (out.empty() ? "" : "/") + found->second;
    }
    return out;
}

/// One call on its way.
class network::flight {
public:
    flight(sync::pending_call p, time_point now)
        : pending(std::move(p)), ready_at(now + pending.after)
    {
        if (pending.call.options.send_within) not_after = now + *pending.call.options.send_within;
    }
    sync::pending_call pending;
    time_point ready_at;
    std::optional<time_point> not_after;
    unsigned attempts = 0;
    bool maybe_done = false;
    bool answered = false;
    bool die_when_delivered = false;
    sync::call_outcome outcome;
};

network::network(retell::simulator& sim, virtual_time& time, random_source random)
    : sim_(sim), time_(time), random_(random)
{}

void network::die()
{
    if (on_death) on_death();
    throw process_died();
}

void network::drive(sync::process& p)
{
    std::vector<flight> flights;
    for (;;) {
        while (flights.size() < concurrency) {
            auto next = p.next();
            if (!next) break;
            flights.emplace_back(std::move(*next), time_.steady());
        }
        if (flights.empty()) break;
        auto& f = pick(flights);
        if (!f.answered) {
            attempt(f, p);
            continue;
        }
        auto const ticket = f.pending.ticket;
        reordered_ += std::ranges::any_of(
            flights, [&](flight const& other) { return other.pending.ticket < ticket; });
        auto outcome = std::move(f.outcome);
        bool const fatal = f.die_when_delivered;
        flights.erase(flights.begin() + (&f - flights.data()));
        p.deliver(ticket, std::move(outcome));
        if (fatal) die();
    }
    if (!p.done()) throw std::logic_error("the process waits for nothing");
}

/// Any of those that can go on; time passes until there is one.
network::flight& network::pick(std::vector<flight>& flights)
{
    auto const ready = [&](flight const& f) { return f.answered || f.ready_at <= time_.steady(); };
    if (std::ranges::none_of(flights, ready)) {
        auto const first = std::ranges::min_element(flights, {}, &flight::ready_at)->ready_at;
        auto const wait = first - time_.steady();
        time_.advance(std::chrono::ceil<milliseconds>(wait));
    }
    std::vector<flight*> candidates;
    for (auto& f : flights)
        if (ready(f)) candidates.push_back(&f);
    return *candidates[random_.below(candidates.size())];
}

bool network::too_late(flight& f) const
{
    return f.not_after && time_.steady() >= *f.not_after;
}

void network::attempt(flight& f, sync::process& p)
{
    auto const number = requests_ + 1;
    auto const m = mishap_at ? mishap_at(number) : mishap::none;
    if (m != mishap::none && trace)
        trace("   before request " + std::to_string(number) + ": " + std::string(name(m)));
    if (is_event(m)) {
        count(m);
        ++requests_; // so that the event befalls this place once
        on_event(m);
        return; // the client looks at the clock again before it sends
    }
    if (m == mishap::cancel) {
        count(m);
        ++requests_;
        p.cancel();
        return;
    }
    if (too_late(f)) {
        f.outcome.code = f.maybe_done ? errc::outcome_unknown : errc::canceled;
        f.outcome.diag.message = std::string(f.pending.call.op->name) + ": too late to be sent";
        f.answered = true;
        return;
    }
    ++requests_;
    if (m != mishap::ignored) count(m);
    if (m == mishap::crash_before_send) die();
    send(f, m);
    if (m == mishap::crash_after_send) die();
    f.die_when_delivered = m == mishap::crash_after_answer && f.answered;
    if (m == mishap::crash_after_answer && !f.answered) die();
}

void network::send(flight& f, mishap m)
{
    auto& outcome = f.outcome;
    outcome = {};
    http::request request;
    auto const& call = f.pending.call;
    if ((outcome.code = retell::encode(*call.op, call.args, request, outcome.diag))) {
        f.answered = true;
        return;
    }
    request.headers.set("Authorization", "Bearer fault-run");
    ++f.attempts;
    time_.advance(milliseconds(1 + random_.below(20)));
    auto const reply = ask_service(f, request, m);
    if (trace)
        trace("#" + std::to_string(requests_) + " " + sender + " " + request.method + " " +
            request.target + " -> " + std::to_string(reply.status) + " " +
            (call.op->retry == retell::retry_class::safe ? "" : request.body.substr(0, 160)));
    judge(f, reply, m);
}

void network::count(mishap m)
{
    ++befell_[static_cast<std::size_t>(m)];
}

http::reply network::ask_service(flight const& f, http::request const& request, mishap m)
{
    if (m == mishap::delay) time_.advance(std::chrono::seconds(20));
    if (m == mishap::timeout_before || m == mishap::timeout_after)
        time_.advance(std::chrono::seconds(30));
    if (m == mishap::error_before) return refusal(503, "try later");
    if (m == mishap::throttle) return refusal(429, "too many requests");
    if (m == mishap::throttle_and_wait) {
        auto reply = refusal(429, "too many requests");
        reply.headers.set("Retry-After", "3");
        return reply;
    }
    if (keeps_service_out(m)) return {0, {}};
    auto sent = request;
    if (m == mishap::ignored && request.method == "PATCH") {
        count(m);
        sent.body = "{}";
    }
    auto reply = sim_.handle(sent);
    note_write(f.pending.call, reply);
    if (m == mishap::error_after) return refusal(502, "bad gateway");
    if (m == mishap::empty_body) reply.body.clear();
    return reply;
}

void network::note_write(retell::call const& c, http::reply const& reply)
{
    if (c.op->retry == retell::retry_class::safe) return;
    test::sent_write w;
    w.operation = c.op->name;
    w.target = target_of(c);
    w.note_answer(reply.status, reply.body);
    if (w.operation == "create-knowledge-base" && reply.status / 100 == 2)
        built.emplace(json::parse(reply.body).string_at("knowledge_base_id"),
            c.args.body.value_or(json::value()));
    auto const published = w.operation == "publish-agent-version" && reply.status / 100 == 2;
    writes_.push_back(std::move(w));
    if (published && on_publish) on_publish();
}

void network::judge(flight& f, http::reply const& reply, mishap m)
{
    auto const lost = [&](errc code) {
        f.outcome.diag.message = std::string(f.pending.call.op->name) + ": no answer came";
        settle(f, code, http::progress::sent);
    };
    if (m == mishap::reset_before || m == mishap::reset_after || m == mishap::cut_body)
        return lost(errc::connection_lost);
    if (m == mishap::timeout_before || m == mishap::timeout_after) return lost(errc::timeout);
    http::response response;
    response.status = reply.status;
    response.headers = reply.headers;
    response.body = reply.body;
    auto const code = retell::decode(
        *f.pending.call.op, response, f.outcome.answer, f.outcome.diag, time_.unix_ms());
    settle(f, code, http::progress::answered);
}

/// What client::call_task does with the end of an attempt.
void network::settle(flight& f, error_code code, http::progress progress)
{
    retell::attempt_outcome a;
    a.code = code;
    a.progress = progress;
    a.retry_after = f.outcome.diag.retry_after;
    a.maybe_done_before = f.maybe_done;
    f.maybe_done |= code != errc::rate_limited;
    auto const d = retell::decide(retry_, *f.pending.call.op, a, f.attempts, random_);
    if (d.action == retell::retry_action::wait) {
        f.ready_at = time_.steady() + d.delay;
        return;
    }
    f.answered = true;
    f.outcome.code = d.code;
    if (d.code) f.outcome.answer = {};
    else f.outcome.diag.clear();
}

} // namespace trunkline::fault
