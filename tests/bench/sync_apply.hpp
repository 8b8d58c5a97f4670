#pragma once

#include <trunkline/core/random.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/guarded_client.hpp>
#include <trunkline/retell/retry.hpp>
#include <trunkline/retell/simulator.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/refresh.hpp>
#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What the engine asks of the service, on virtual time: releases within limits that nobody tells
/// (M3), reading again (M6), taking back (M7).
namespace trunkline::bench {

/// Counts requests, and lets them take their time side by side: each through the guard in front of
/// the service, repeated by the retry table.
class paced_line {
public:
    paced_line(retell::simulator& sim, virtual_time& time, bool limited) : sim_(sim), time_(time)
    {
        if (!limited) return;
        retell::client_options o;
        o.requests_per_second = 10;
        o.burst = 20;
        retell::guard_options guard;
        guard.ceiling = 1'000;
        admission_ = retell::guarded(std::move(o), guard).admission;
    }

    void drive(sync::process& p)
    {
        std::vector<std::unique_ptr<flight>> flights;
        for (;;) {
            while (flights.size() < side_by_side) {
                auto next = p.next();
                if (!next) break;
                flights.push_back(std::make_unique<flight>(std::move(*next), time_.steady()));
            }
            if (flights.empty()) break;
            auto const at =
                std::ranges::min_element(flights, {}, [](auto const& f) { return f->ready_at; });
            auto& f = **at;
            if (f.ready_at > time_.steady())
                time_.advance(
                    std::chrono::ceil<std::chrono::milliseconds>(f.ready_at - time_.steady()));
            if (!step(f)) continue;
            auto const ticket = f.pending.ticket;
            auto outcome = std::move(*f.outcome);
            flights.erase(at);
            p.deliver(ticket, std::move(outcome));
        }
        if (!p.done()) throw error(errc::internal, "the process waits for nothing");
    }

    std::map<std::string, std::size_t> passed; ///< By operation.
    std::size_t pauses = 0;
    std::size_t refused = 0;
    std::size_t late_refused = 0; ///< After the first five seconds.
    std::size_t late_passed = 0;
    std::size_t total() const
    {
        std::size_t n = 0;
        for (auto const& [name, count] : passed) n += count;
        return n;
    }

private:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::size_t side_by_side = 4; // as clients have it
    static constexpr std::chrono::milliseconds latency{25};

    class flight {
    public:
        flight(sync::pending_call c, time_point now)
            : pending(std::move(c)), ready_at(now + pending.after)
        {}
        sync::pending_call pending;
        time_point ready_at;
        time_point sent_at{};
        bool under_way = false;
        std::unique_ptr<retell::passage> passage;
        unsigned attempts = 0;
        bool maybe_done = false;
        error_code repeats;
        std::optional<sync::call_outcome> outcome;
    };

    /// True when the call has come to its end.
    bool step(flight& f)
    {
        auto const now = time_.steady();
        if (f.under_way) return settle(f, now);
        if (admission_ && !may_go(f, now)) return f.outcome.has_value();
        f.outcome = exchange(f.pending.call);
        f.sent_at = now;
        f.under_way = true;
        ++f.attempts;
        f.ready_at = now + latency;
        return false;
    }

    bool may_go(flight& f, time_point now)
    {
        if (!f.passage) {
            retell::attempt_request r;
            r.tenant = tenant_id("bench");
            r.op = f.pending.call.op;
            r.priority = retell::priority::admin;
            r.attempt = f.attempts + 1;
            r.repeats = f.repeats;
            r.credential = 1;
            f.passage = admission_->enter(r, [&f, this] { f.ready_at = time_.steady(); });
        }
        auto const a = f.passage->ask(now);
        if (a.what == retell::admission_answer::kind::go) return true;
        if (a.what == retell::admission_answer::kind::wait) {
            f.ready_at = std::max(a.until, now + std::chrono::milliseconds(1));
        } else {
            f.passage.reset();
            f.outcome.emplace();
            f.outcome->code = a.code;
            f.outcome->diag.message = a.why;
        }
        return false;
    }

    bool settle(flight& f, time_point now)
    {
        f.under_way = false;
        auto& outcome = *f.outcome;
        bool const throttled = outcome.code == errc::rate_limited;
        bool const late = now - start_ >= std::chrono::seconds(5);
        if (throttled) ++refused, late_refused += late ? 1 : 0;
        else ++passed[std::string(f.pending.call.op->name)], late_passed += late ? 1 : 0;
        if (!admission_) return true;
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
        r.sent_at = f.sent_at;
        r.now = now;
        r.retry_after = seen.retry_after;
        if (d.action == retell::retry_action::wait) r.retry_in = d.delay;
        if (!seen.code) r.answer = &outcome.answer;
        f.passage->report(r);
        f.passage.reset();
        f.repeats = seen.code;
        if (d.action != retell::retry_action::wait) {
            outcome.code = d.code;
            return true;
        }
        f.ready_at = now + d.delay;
        f.outcome.reset();
        return false;
    }

    sync::call_outcome exchange(retell::call const& c)
    {
        sync::call_outcome outcome;
        http::request request;
        outcome.code = retell::encode(*c.op, c.args, request, outcome.diag);
        if (outcome.code) return outcome;
        request.headers.set("Authorization", "Bearer bench");
        auto const reply = sim_.handle(request);
        http::response response;
        response.status = reply.status;
        response.headers = reply.headers;
        response.body = reply.body;
        outcome.code =
            retell::decode(*c.op, response, outcome.answer, outcome.diag, time_.unix_ms());
        return outcome;
    }

    retell::simulator& sim_;
    virtual_time& time_;
    time_point const start_ = time_.steady();
    std::shared_ptr<retell::admission> admission_;
    retell::retry_options retry_;
    random_source random_{7};
};

/// An account of small agents with an LLM and, for some, a number each; its folder and store on disk.
class small_account final : public sync::known_resources {
public:
    small_account(std::size_t agents, std::size_t numbers)
        : sim_(retell::simulator_options(), time_), dir_(folder()), db_(open())
    {
        sim_.load_state(state(agents, numbers));
        db_.ensure_tenant(tenant_);
        read(false);
        auto const out =
            sync::make_checkout(std::nullopt, {}, now_, db_, tenant_, sync::adopt::neither);
        workspace_ = store::new_workspace_id();
        sync::bundle header;
        header.workspace = workspace_;
        header.tenant = tenant_.str();
        sync::write_header(dir_ / "folder", header);
        sync::write_files(dir_ / "folder", out.files);
        db_.put_bases(tenant_, workspace_, out.bases);
    }
    ~small_account() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(dir_, ignored);
    }

    std::optional<sync::resource_state> agent(
        std::string_view id, std::int64_t list_stamp) const override
    {
        auto const found = known_.find(id);
        if (found == known_.end() || found->second.list_stamp != list_stamp) return std::nullopt;
        return found->second.agent;
    }
    std::optional<sync::resource_state> published(
        retell::resource_kind, std::string_view id, std::int64_t version) const override
    {
        auto const found = engines_.find(id);
        if (found == engines_.end() || found->second.version != version) return std::nullopt;
        return found->second;
    }

    /// Reads the account; returns how many requests that took.
    std::size_t read(bool from_known)
    {
        if (!from_known) known_.clear(), engines_.clear();
        sync::refresh reading(sync::redactor(db_, tenant_), *this);
        paced_line line(sim_, time_, false);
        line.drive(reading);
        if (reading.result()) throw error(reading.result(), reading.diag());
        now_ = reading.take();
        for (auto const& a : now_.agents) {
            known_.insert_or_assign(a.id(), a);
            if (a.engine && a.engine->published) engines_.insert_or_assign(a.engine->id, *a.engine);
        }
        return line.total();
    }

    /// Another prompt in the files of the first `n` agents.
    void edit_files(std::size_t n, std::string const& text)
    {
        for (std::size_t i = 0; i < n; ++i) {
            sync::file_set one;
            one["llms/a-" + std::to_string(100'000 + i) + ".prompt.md"] = text + "\n";
            sync::write_files(dir_ / "folder", one);
        }
    }
    sync::plan plan()
    {
        auto const bases = db_.bases(tenant_, workspace_);
        auto const local = sync::read_bundle(dir_ / "folder", sync::names_of(bases), {db_, tenant_});
        return sync::make_plan(local, bases, now_, db_, {});
    }
    /// Carries a plan out; all of it must succeed. Returns the release's number.
    std::int64_t release(sync::plan const& p, paced_line& line)
    {
        store::release_row row;
        row.workspace = p.workspace;
        row.plan = p.to_json();
        row.plan_digest = p.digest();
        row.reverts = p.reverts;
        row.actor = "bench";
        auto const number = db_.begin_release(tenant_, row);
        sync::release_context context(db_, sync::redactor(db_, tenant_), time_);
        context.release = number;
        context.workspace = workspace_;
        std::vector<store::journal_row> history;
        for (;;) {
            context.lease_token = db_.take_lease(tenant_, "bench", 30'000).token;
            sync::release_process process(p, context, history);
            line.drive(process);
            if (process.fatal() == errc::rate_limited) { // paused: the next apply goes on with it
                if (++line.pauses > 20) throw error(errc::rate_limited, "paused 20 times");
                time_.advance(std::chrono::minutes(1));
                db_.cut_journal(tenant_, number);
                history = db_.journal(tenant_, number);
                continue;
            }
            json::array units;
            for (auto const& u : process.results()) {
                if (u.state != sync::unit_state::done)
                    throw error(
                        errc::internal, u.name + ": " + u.message + " " + process.fatal_message());
                units.push_back(sync::to_json(u));
            }
            db_.end_release(tenant_, number, process.state(), json::object{{"units", units}});
            break;
        }
        return number;
    }
    sync::plan rollback(std::int64_t number)
    {
        return sync::make_rollback(*db_.release(tenant_, number), now_, db_, tenant_, {});
    }

    /// The limit of the service; 0: none.
    void limit(double per_second)
    {
        http::request request;
        request.method = "POST";
        request.target = "/__simulator/options";
        request.body = "{\"rate_limit\": " + std::to_string(per_second) + "}";
        if (sim_.handle(request).status != 200) throw error(errc::internal, "no such option");
    }
    retell::simulator& service() { return sim_; }
    virtual_time& time() { return time_; }

private:
    static std::filesystem::path folder()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "trunkline-bench-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw error(errc::internal, "no temporary folder");
        std::filesystem::create_directories(std::filesystem::path(pattern) / "folder");
        return pattern;
    }
    store::store open()
    {
        store::store_options o;
        o.time = &time_;
        return store::store::open("sqlite://" + (dir_ / "store.db").string(), o);
    }
    static json::value state(std::size_t count, std::size_t pinned)
    {
        json::array agents, llms, numbers;
        for (std::size_t i = 0; i < count; ++i) {
            auto const n = std::to_string(100'000 + i);
            auto const stamp = 1'750'000'000'000 + static_cast<std::int64_t>(i);
            json::object llm{{"llm_id", "llm_" + n}, {"version", 0}, {"is_published", true},
                {"last_modification_timestamp", stamp}, {"model", "gpt-4.1"},
                {"general_prompt", "Guten Tag " + n}, {"start_speaker", "agent"}};
            llms.push_back(json::object{{"llm_id", "llm_" + n}, {"versions", json::array{llm}}});
            json::object agent{{"agent_id", "agent_" + n}, {"channel", "voice"}, {"version", 0},
                {"is_published", true}, {"base_version", nullptr},
                {"last_modification_timestamp", stamp}, {"agent_name", "a-" + n},
                {"voice_id", "11labs-Carola"}, {"language", "de-DE"},
                {"response_engine",
                    json::object{{"type", "retell-llm"}, {"llm_id", "llm_" + n}, {"version", 0}}}};
            agents.push_back(
                json::object{{"agent_id", "agent_" + n}, {"versions", json::array{agent}}});
            if (i >= pinned) continue;
            json::object pin{{"agent_id", "agent_" + n}, {"weight", 1}, {"agent_version", 0}};
            numbers.push_back(
                json::object{{"phone_number", "+49301" + n}, {"phone_number_type", "retell-twilio"},
                    {"inbound_agents", json::array{pin}}, {"last_modification_timestamp", stamp}});
        }
        return json::object{{"format", 1}, {"agents", agents}, {"retell_llms", llms},
            {"conversation_flows", json::array{}}, {"phone_numbers", numbers}, {"next_id", 1}};
    }

    virtual_time time_{1'760'000'000'000};
    retell::simulator sim_;
    std::filesystem::path dir_;
    store::store db_;
    tenant_id tenant_{"bench"};
    std::string workspace_;
    sync::snapshot now_;
    std::map<std::string, sync::agent_state, std::less<>> known_;
    std::map<std::string, sync::resource_state, std::less<>> engines_;
};

/// M3: a thousand changed agents at a limit that nobody tells.
inline void release_within(double rate)
{
    constexpr std::size_t changed = 1'000;
    small_account a(changed, 0);
    a.edit_files(changed, "Neu.");
    auto const p = a.plan();
    if (p.units.size() != changed) throw error(errc::internal, "not every edit is in the plan");
    a.limit(rate);
    paced_line line(a.service(), a.time(), true);
    auto const begin = a.time().steady();
    auto const cpu = std::clock();
    a.release(p, line);
    auto const used = static_cast<double>(std::clock() - cpu) * 1e3 / CLOCKS_PER_SEC;
    auto const took = std::chrono::duration<double>(a.time().steady() - begin).count();
    auto const requests = line.total();
    std::printf("M3 %3.0f/s: %zu requests (%.1f an agent) in %.0f s, %.1f %% of ideal, %.2f %% "
                "refused after 5 s, %zu pauses; %.2f ms of processor a request\n",
        rate, requests, static_cast<double>(requests) / changed, took,
        100.0 * static_cast<double>(requests) / rate / took,
        100.0 * static_cast<double>(line.late_refused) /
            static_cast<double>(std::max<std::size_t>(1, line.late_refused + line.late_passed)),
        line.pauses, used / static_cast<double>(requests));
}

/// M3: what a step costs does not depend on how many there are.
inline void step_by_size()
{
    for (std::size_t const agents : {100, 1'000, 4'000}) {
        small_account a(agents, 0);
        a.edit_files(agents, "Neu.");
        auto const p = a.plan();
        paced_line line(a.service(), a.time(), false);
        auto const cpu = std::clock();
        a.release(p, line);
        std::printf(
            "M3 a plan of %zu agents: %.2f ms of processor a request, the simulator's part in it\n",
            agents,
            static_cast<double>(std::clock() - cpu) * 1e3 / CLOCKS_PER_SEC /
                static_cast<double>(line.total()));
    }
}

/// M6: reading again what was read before.
inline void refreshes()
{
    constexpr std::size_t agents = 10'000, moved = 100;
    small_account a(agents, 0);
    auto const first = a.read(false);
    auto const again = a.read(true);
    a.edit_files(moved, "Neu.");
    paced_line line(a.service(), a.time(), false);
    a.release(a.plan(), line);
    auto const after = a.read(true);
    std::printf("M6 %zu agents: first reading %zu requests, again %zu, again with %zu agents "
                "released meanwhile %zu\n",
        agents, first, again, moved, after);
    std::printf("M6 applying again: %zu units, so no write\n", a.plan().units.size());
}

/// M7: taking a release back.
inline void rollback()
{
    constexpr std::size_t numbers = 100;
    small_account a(numbers, numbers);
    a.edit_files(numbers, "Neu.");
    paced_line there(a.service(), a.time(), false);
    auto const number = a.release(a.plan(), there);
    a.read(true);
    auto const begin = std::chrono::steady_clock::now();
    auto const back = a.rollback(number);
    auto const planned =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    paced_line line(a.service(), a.time(), false);
    a.release(back, line);
    std::printf("M7 rollback of %zu numbers: %zu writes of numbers; planned in %.0f ms\n", numbers,
        line.passed["update-phone-number"], planned);
}

} // namespace trunkline::bench
