#pragma once

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/retell/demo_account.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/planner.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// Ten thousand agents with an LLM each: what a plan over all of them costs (M1), on two threads
/// where the work can be divided. Given as wall-clock time, and as processor time over the threads
/// it could use: what it would take on a machine with nothing else to do.
namespace trunkline::bench {

constexpr std::size_t many_agents = 10'000;
constexpr std::size_t threads = 2;

/// The least of some runs, in milliseconds.
class took {
public:
    double wall = 1e18;
    double processor = 1e18; ///< Of all threads together.
};

inline took least(int runs, std::function<void()> const& work)
{
    took best;
    for (int i = 0; i < runs; ++i) {
        auto const begin = std::chrono::steady_clock::now();
        auto const cpu = std::clock();
        work();
        auto const used = static_cast<double>(std::clock() - cpu) * 1e3 / CLOCKS_PER_SEC;
        auto const passed = std::chrono::steady_clock::now() - begin;
        best.wall = std::min(best.wall, std::chrono::duration<double, std::milli>(passed).count());
        best.processor = std::min(best.processor, used);
    }
    return best;
}

/// Calls f(i) for each i below n, a contiguous part in each thread.
inline void divided(std::size_t n, std::function<void(std::size_t)> const& f)
{
    std::vector<std::thread> others;
    for (std::size_t t = 0; t < threads; ++t)
        others.emplace_back([&, t] {
            for (auto i = n * t / threads; i < n * (t + 1) / threads; ++i) f(i);
        });
    for (auto& t : others) t.join();
}

inline std::size_t resident_mb()
{
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) / 1024;
    return 0;
}

class many_documents {
public:
    explicit many_documents(json::value const& demo)
    {
        auto const& agents = demo.at_or_null("agents").as_array();
        auto const& llms = demo.at_or_null("retell_llms").as_array();
        for (std::size_t i = 0; i < many_agents; ++i) {
            auto const id = std::to_string(100'000 + i);
            auto agent = agents[i % agents.size()].at_or_null("versions").as_array().front();
            auto& a = agent.as_object();
            a.set("agent_id", "agent_" + id);
            a.set("version", 1);
            a.set("is_published", true);
            a.set("response_engine",
                json::object{{"type", "retell-llm"}, {"llm_id", "llm_" + id}, {"version", 1}});
            auto llm = llms[i % llms.size()].at_or_null("versions").as_array().front();
            auto& l = llm.as_object();
            l.set("llm_id", "llm_" + id);
            l.set("version", 1);
            l.set("is_published", true);
            // Real pairs are of 11 KB.
            auto prompt = std::string(llm.string_at("general_prompt")).substr(0, 500);
            while (!prompt.empty() && (prompt.back() & 0x80) != 0) prompt.pop_back();
            l.set("general_prompt", prompt);
            constexpr std::size_t pair_bytes = 11'300;
            auto const size = json::to_text(agent).size() + json::to_text(llm).size();
            for (std::size_t n = 0; size + n < pair_bytes; n += 58)
                prompt +=
                    "\nFrage freundlich nach, wenn etwas unklar ist, Nr. " + id.substr(1) + ".";
            l.set("general_prompt", std::move(prompt));
            texts.push_back(json::to_text(agent));
            texts.push_back(json::to_text(llm));
        }
        for (auto const& t : texts) bytes += t.size();
    }
    std::vector<std::string> texts; ///< Agent, its LLM, next agent, ...
    std::size_t bytes = 0;
};

/// What a service that plans again and again keeps: files, bases and the last reading.
class resident_account {
public:
    explicit resident_account(many_documents const& m)
    {
        parse(m);
        for (std::size_t i = 0; i < many_agents; ++i) {
            add_base("agent", agent_of(i), "a" + std::to_string(i), 2 * i);
            add_base("retell-llm", engine_of(i), "l" + std::to_string(i), 2 * i + 1);
            add_base(std::string(sync::agent_engine_kind), agent_of(i), "l" + std::to_string(i),
                2 * i + 1);
            add_file(retell::resource_kind::llm, "l" + std::to_string(i), 2 * i + 1);
            add_file(retell::resource_kind::agent, "a" + std::to_string(i), 2 * i);
            local.entries.back().engine_name = "l" + std::to_string(i);
        }
        local.tenant = "bench";
        local.workspace = "w";
    }

    /// The reading of the service: every text parsed.
    void parse(many_documents const& m)
    {
        remote.agents.assign(many_agents, {});
        digests.assign(m.texts.size(), {});
        divided(many_agents, [&](std::size_t i) {
            auto& a = remote.agents[i];
            a.agent = sync::describe(retell::resource_kind::agent, json::parse(m.texts[2 * i]));
            a.engine = sync::describe(retell::resource_kind::llm, json::parse(m.texts[2 * i + 1]));
        });
    }
    void digest()
    {
        divided(many_agents, [&](std::size_t i) {
            digests[2 * i] = crypto::content_hash(remote.agents[i].agent.document);
            digests[2 * i + 1] = crypto::content_hash(remote.agents[i].engine->document);
        });
    }

    sync::bundle local;
    std::vector<store::base_row> bases;
    sync::snapshot remote;
    std::vector<std::string> digests;

private:
    static std::string agent_of(std::size_t i) { return "agent_" + std::to_string(100'000 + i); }
    static std::string engine_of(std::size_t i) { return "llm_" + std::to_string(100'000 + i); }
    json::value const& document(std::size_t n) const
    {
        auto const& a = remote.agents[n / 2];
        return n % 2 == 0 ? a.agent.document : a.engine->document;
    }
    void add_base(std::string kind, std::string id, std::string name, std::size_t n)
    {
        auto& row = bases.emplace_back();
        row.kind = std::move(kind);
        row.id = std::move(id);
        row.name = std::move(name);
        row.version = 1;
        row.document = document(n);
        row.digest = "base" + std::to_string(n);
    }
    void add_file(retell::resource_kind kind, std::string name, std::size_t n)
    {
        auto& e = local.entries.emplace_back();
        e.kind = kind;
        e.name = std::move(name);
        e.document = document(n);
        e.digest = "file" + std::to_string(n);
    }
};

inline void plan_at_scale(json::value const& demo)
{
    many_documents const m(demo);
    double const mb = static_cast<double>(m.bytes) / 1e6;
    auto const calibration = least(5, [&] {
        divided(m.texts.size(), [&](std::size_t i) {
            if (json::parse(m.texts[i]).as_object().empty() ||
                crypto::sha256(m.texts[i]).size() != 32)
                std::abort();
        });
    });
    auto const row = [&](char const* what, took t, std::size_t shared_by) {
        std::printf("%-46s %8.1f ms %8.1f ms   %6.2f x calibration\n", what, t.wall,
            t.processor / static_cast<double>(shared_by),
            t.processor / static_cast<double>(shared_by) * threads / calibration.processor);
    };
    std::printf("\n%zu agents, %zu documents, %.0f MB; 2 threads %11s %11s\n", many_agents,
        m.texts.size(), mb, "wall", "alone");
    row("calibration: parse and SHA-256 of the text", calibration, threads);
    auto const before = resident_mb();
    resident_account a(m);
    auto db = store::store::open("sqlite::memory:", {});
    db.ensure_tenant(tenant_id("bench"));
    auto const read = least(5, [&] { a.parse(m); });
    row("reading of the service: parse", read, threads);
    auto const hashed = least(5, [&] { a.digest(); });
    row("canonical form and SHA-256", hashed, threads);
    sync::plan_options options;
    auto const plan = [&] { return sync::make_plan(a.local, a.bases, a.remote, db, options); };
    auto const cold = least(5, [&] {
        if (!plan().empty()) std::abort();
    });
    row("three-way classification, nothing remembered", cold, 1);
    std::printf("%-46s %8.1f ms %8.1f ms\n", "M1 cold plan: the three together",
        read.wall + hashed.wall + cold.wall,
        (read.processor + hashed.processor) / threads + cold.processor);
    sync::unchanged_memory memory;
    options.memory = &memory;
    (void)plan();
    row("plan, everything remembered, nothing changed", least(15, [&] { (void)plan(); }), 1);
    for (std::size_t i = 0; i < many_agents; i += 100) {
        auto& e = a.local.entries[2 * i];
        e.document.as_object().set(
            "general_prompt", "Anders. " + std::string(e.document.string_at("general_prompt")));
        e.digest += "'";
    }
    std::size_t units = 0;
    auto const warm = least(15, [&] { units = plan().units.size(); });
    if (units != many_agents / 100) std::abort();
    row("M1 warm plan, 1 % changed", warm, 1);
    std::printf("%-46s %8zu MB (files, bases and reading, each a document of its own)\n",
        "resident documents", resident_mb() - before);
}

} // namespace trunkline::bench
