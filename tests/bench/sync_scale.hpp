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

/// Ten thousand agents with an LLM each: what a plan over all of them costs (M1). Work on texts is
/// done document by document and can be divided; the control center does it on one thread, as
/// answers and files come. Given as wall-clock time, and as processor time over the threads it
/// could use: what it would take on a machine with nothing else to do. Disk, network and the
/// store's SQL are not in it.
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

/// Calls f(i) for each i below n, a contiguous part in each of so many threads.
inline void divided(std::size_t n, std::size_t with, std::function<void(std::size_t)> const& f)
{
    std::vector<std::thread> others;
    for (std::size_t t = 0; t < with; ++t)
        others.emplace_back([&, t, with] {
            for (auto i = n * t / with; i < n * (t + 1) / with; ++i) f(i);
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
            // Real pairs are of 11 KB on average.
            auto prompt = std::string(llm.string_at("general_prompt")).substr(0, 500);
            while (!prompt.empty() && (prompt.back() & 0x80) != 0) prompt.pop_back();
            l.set("general_prompt", prompt);
            constexpr std::size_t pair_bytes = 11'300;
            auto const size = bytes + json::to_text(agent).size() + json::to_text(llm).size();
            for (std::size_t n = 0; size + n < pair_bytes * (i + 1); n += 58)
                prompt +=
                    "\nFrage freundlich nach, wenn etwas unklar ist, Nr. " + id.substr(1) + ".";
            l.set("general_prompt", std::move(prompt));
            texts.push_back(json::to_text(agent));
            texts.push_back(json::to_text(llm));
            bytes += texts[2 * i].size() + texts[2 * i + 1].size();
            files.push_back(json::to_text(as_file(retell::resource_kind::agent, agent)));
            files.push_back(json::to_text(as_file(retell::resource_kind::llm, llm)));
        }
    }
    std::vector<std::string> texts; ///< Agent, its LLM, next agent, ...
    std::vector<std::string> files; ///< The same, as people have them.
    std::size_t bytes = 0;

private:
    /// Files say nothing of what only the service writes.
    static json::value as_file(retell::resource_kind kind, json::value document)
    {
        std::vector<std::string> owned;
        for (auto const& m : std::as_const(document).as_object()) {
            auto const cls = retell::field_cursor(kind).member(m.key).cls();
            if (cls == retell::field_class::server_owned || cls == retell::field_class::identity)
                owned.push_back(m.key);
        }
        for (auto const& key : owned) document.as_object().erase(key);
        if (auto* const engine = document.find("response_engine"))
            engine->as_object().erase("version");
        return document;
    }
};

/// What a plan is made of: files, bases and a reading of the service, each from texts of its own.
class resident_account {
public:
    explicit resident_account(many_documents const& m) : documents_(m)
    {
        for (std::size_t i = 0; i < many_agents; ++i) {
            auto const n = std::to_string(i);
            add_base("agent", agent_of(i), "a" + n);
            add_base("retell-llm", engine_of(i), "l" + n);
            add_base(std::string(sync::agent_engine_kind), agent_of(i), "l" + n);
            add_file(retell::resource_kind::llm, "l" + n);
            add_file(retell::resource_kind::agent, "a" + n);
            local.entries.back().engine_name = "l" + n;
        }
        local.tenant = "bench";
        local.workspace = "w";
        remote.agents.assign(many_agents, {});
    }

    void read_bases(std::size_t with)
    {
        divided(many_agents, with, [&](std::size_t i) {
            bases[3 * i].document = json::parse(documents_.texts[2 * i]);
            bases[3 * i + 1].document = json::parse(documents_.texts[2 * i + 1]);
            bases[3 * i + 2].document = bases[3 * i + 1].document; // as store::bases() has it
        });
    }
    /// The digests that the store has of them.
    void name_bases()
    {
        divided(many_agents, threads, [&](std::size_t i) {
            bases[3 * i].digest = crypto::content_hash(bases[3 * i].document);
            bases[3 * i + 1].digest = bases[3 * i + 2].digest =
                crypto::content_hash(bases[3 * i + 1].document);
        });
    }
    /// Files as sync::read_folder() leaves them: names resolved, what the base says held with it.
    void read_files(std::size_t with)
    {
        divided(many_agents, with, [&](std::size_t i) {
            auto& llm = local.entries[2 * i].document;
            llm = json::parse(documents_.files[2 * i + 1]);
            json::keep_once(llm, bases[3 * i + 1].document);
            auto& agent = local.entries[2 * i + 1].document;
            agent = json::parse(documents_.files[2 * i]);
            agent.as_object()["response_engine"].as_object().set("llm_id", engine_of(i));
            json::settle(agent);
            json::keep_once(agent, bases[3 * i].document);
        });
    }
    /// Every text of the service parsed and named by its digest; one that is the base's is held
    /// with it (what store::shared() does).
    void read_service(std::size_t with)
    {
        divided(many_agents, with, [&](std::size_t i) {
            auto& a = remote.agents[i];
            a.agent = sync::describe(
                retell::resource_kind::agent, taken_in(documents_.texts[2 * i], bases[3 * i]));
            a.engine = sync::describe(retell::resource_kind::llm,
                taken_in(documents_.texts[2 * i + 1], bases[3 * i + 1]));
        });
    }

    sync::bundle local;
    std::vector<store::base_row> bases;
    sync::snapshot remote;

private:
    static json::value taken_in(std::string const& text, store::base_row const& base)
    {
        auto document = json::parse(text);
        return crypto::content_hash(document) == base.digest ? base.document : document;
    }
    static std::string agent_of(std::size_t i) { return "agent_" + std::to_string(100'000 + i); }
    static std::string engine_of(std::size_t i) { return "llm_" + std::to_string(100'000 + i); }
    void add_base(std::string kind, std::string id, std::string name)
    {
        auto& row = bases.emplace_back();
        row.kind = std::move(kind);
        row.id = std::move(id);
        row.name = std::move(name);
        row.version = 1;
    }
    void add_file(retell::resource_kind kind, std::string name)
    {
        auto& e = local.entries.emplace_back();
        e.digest = "file" + std::to_string(local.entries.size());
        e.kind = kind;
        e.name = std::move(name);
    }

    many_documents const& documents_;
};

inline void plan_at_scale(json::value const& demo)
{
    many_documents const m(demo);
    double const mb = static_cast<double>(m.bytes) / 1e6;
    auto const calibration = least(5, [&] {
        divided(m.texts.size(), threads, [&](std::size_t i) {
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
    row("texts of the bases: parse", least(1, [&] { a.read_bases(threads); }), threads);
    a.name_bases();
    row("texts of the files: parse, what is the base's held once",
        least(1, [&] { a.read_files(threads); }), threads);
    auto const alone = least(5, [&] { a.read_service(1); });
    auto const read = least(5, [&] { a.read_service(threads); });
    row("service: parse, canonical form, SHA-256; 1 thread", alone, 1);
    row("service: the same; 2 threads", read, threads);
    sync::plan_options options;
    auto const plan = [&] { return sync::make_plan(a.local, a.bases, a.remote, db, options); };
    auto const cold = least(5, [&] {
        if (!plan().empty()) std::abort();
    });
    row("three-way classification, nothing remembered", cold, 1);
    std::printf("%-46s %8.1f ms %8.1f ms\n", "M1 cold plan: service and classification",
        read.wall + cold.wall, read.processor / threads + cold.processor);
    std::printf("%-46s %8zu MB (files, bases and reading)\n", "M1 resident documents",
        resident_mb() - before);
    sync::unchanged_memory memory;
    options.memory = &memory;
    (void)plan();
    row("plan, everything remembered, nothing changed", least(15, [&] { (void)plan(); }), 1);
    for (std::size_t i = 0; i < many_agents; i += 100) {
        auto& e = a.local.entries[2 * i];
        e.document.as_object().set(
            "general_prompt", "Anders. " + std::string(e.document.string_at("general_prompt")));
        json::settle(e.document);
        e.digest += "'";
    }
    std::size_t units = 0;
    auto const warm = least(15, [&] { units = plan().units.size(); });
    if (units != many_agents / 100) std::abort();
    row("M1 warm plan, 1 % changed", warm, 1);
}

} // namespace trunkline::bench
