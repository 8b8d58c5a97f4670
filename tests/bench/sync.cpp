/// What the main job costs locally, over the demo account: documents, merge, plan.
///
/// Times depend on the machine, so each is also given as ratio to a calibration loop of the same run
/// over the same bytes: a bare scan of the JSON text and its SHA-256, in code that is not ours to tune.

#include "sync_apply.hpp"
#include "sync_scale.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/retell/demo_account.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/simulator.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/checkout.hpp>
#include <trunkline/sync/merge.hpp>
#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/refresh.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace trunkline;
using retell::resource_kind;
namespace fs = std::filesystem;

constexpr std::uint64_t seed = 1;
constexpr std::int64_t now_ms = 1'760'000'000'000;

/// What a loop computes ends here, so that the compiler cannot leave it out.
volatile std::size_t sink = 0;

void keep(std::size_t v)
{
    sink = sink + v;
}

/// Processor seconds of one run (what others do on the machine counts little): the best of those
/// that fit into about a second, at least three.
double seconds(std::function<void()> const& work)
{
    using clock = std::chrono::steady_clock;
    auto const end = clock::now() + std::chrono::seconds(1);
    double best = 1e9;
    for (int runs = 0; runs < 3 || clock::now() < end; ++runs) {
        auto const begin = std::clock();
        work();
        best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
}

/// Depth and strings of a JSON text, and nothing else: the least that any reader must do.
std::size_t scan(std::string const& text)
{
    std::size_t depth = 0, deepest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return deepest;
}

class sample {
public:
    sample(resource_kind k, json::value d) : kind(k), document(std::move(d)) {}
    resource_kind kind;
    json::value document;
    std::string text;
};

/// Every document of the account, all versions.
std::vector<sample> samples_of(json::value const& account)
{
    std::vector<sample> out;
    for (auto const& [list, kind] : {std::pair("agents", resource_kind::agent),
             {"retell_llms", resource_kind::llm}, {"conversation_flows", resource_kind::flow}})
        for (auto const& row : account.at_or_null(list).as_array())
            for (auto const& v : row.at_or_null("versions").as_array()) out.emplace_back(kind, v);
    for (auto const& n : account.at_or_null("phone_numbers").as_array())
        out.emplace_back(resource_kind::phone_number, n);
    for (auto& s : out) s.text = json::to_text(s.document);
    return out;
}

class nothing_known final : public sync::known_resources {
public:
    std::optional<sync::resource_state> agent(std::string_view, std::int64_t) const override
    {
        return std::nullopt;
    }
    std::optional<sync::resource_state> published(
        resource_kind, std::string_view, std::int64_t) const override
    {
        return std::nullopt;
    }
};

/// The demo account, read, checked out into a folder, and ready to be planned.
class pulled_account {
public:
    explicit pulled_account(json::value const& account)
        : sim_(retell::simulator_options(), time_),
          db(store::store::open("sqlite::memory:", options()))
    {
        sim_.load_state(account);
        db.ensure_tenant(tenant);
        auto pattern = (fs::temp_directory_path() / "trunkline-bench-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw error(errc::internal, "no temporary folder");
        dir = pattern;
        remote = read();
        auto const workspace = store::new_workspace_id();
        auto const out =
            sync::make_checkout(std::nullopt, {}, remote, db, tenant, sync::adopt::neither);
        sync::bundle header;
        header.workspace = workspace;
        header.tenant = tenant.str();
        sync::write_header(dir, header);
        sync::write_files(dir, out.files);
        db.put_bases(tenant, workspace, out.bases);
        bases = db.bases(tenant, workspace);
    }
    ~pulled_account()
    {
        std::error_code ignored;
        fs::remove_all(dir, ignored);
    }

    sync::bundle files() { return sync::read_bundle(dir, sync::names_of(bases), {db, tenant}); }

private:
    store::store_options options()
    {
        store::store_options o;
        o.time = &time_;
        return o;
    }
    sync::snapshot read()
    {
        nothing_known const known;
        sync::refresh reading(sync::redactor(db, tenant), known);
        while (auto next = reading.next()) {
            sync::call_outcome outcome;
            http::request request;
            outcome.code = retell::encode(*next->call.op, next->call.args, request, outcome.diag);
            request.headers.set("Authorization", "Bearer bench");
            auto const reply = sim_.handle(request);
            http::response response;
            response.status = reply.status;
            response.headers = reply.headers;
            response.body = reply.body;
            outcome.code =
                retell::decode(*next->call.op, response, outcome.answer, outcome.diag, now_ms);
            reading.deliver(next->ticket, std::move(outcome));
        }
        if (reading.result()) throw error(reading.result(), reading.diag());
        return reading.take();
    }

    virtual_time time_{now_ms};
    retell::simulator sim_;

public:
    store::store db;
    tenant_id tenant{"bench"};
    fs::path dir;
    sync::snapshot remote;
    std::vector<store::base_row> bases;
};

class report {
public:
    report(double calibration, std::size_t bytes) : calibration_(calibration), bytes_(bytes) {}

    void over_bytes(char const* name, double s) const
    {
        std::printf("%-46s %8.1f MB/s   %6.2f x calibration\n", name,
            static_cast<double>(bytes_) / s / 1e6, s / calibration_);
    }
    void over_items(char const* name, double s, std::size_t items) const
    {
        std::printf("%-46s %8.0f ns     %6.2f x calibration  (%zu of them in %.1f ms)\n", name,
            s * 1e9 / static_cast<double>(items), s / calibration_, items, s * 1e3);
    }

private:
    double calibration_;
    std::size_t bytes_;
};

void documents(report const& out, std::vector<sample> const& samples)
{
    out.over_bytes("parse", seconds([&] {
        for (auto const& s : samples) keep(json::parse(s.text).as_object().size());
    }));
    out.over_bytes("write", seconds([&] {
        for (auto const& s : samples) keep(json::to_text(s.document).size());
    }));
    out.over_bytes("canonical form", seconds([&] {
        for (auto const& s : samples) keep(json::canonical(s.document).size());
    }));
    out.over_bytes("parse, canonical form and SHA-256", seconds([&] {
        for (auto const& s : samples) keep(crypto::content_hash(json::parse(s.text)).size());
    }));
    out.over_bytes("hash of the managed fields", seconds([&] {
        for (auto const& s : samples) keep(retell::managed_hash(s.kind, s.document).size());
    }));
}

/// Each document against a local edit of one field and a remote edit of another.
void merges(report const& out, std::vector<sample> const& samples)
{
    std::vector<std::pair<json::value, json::value>> sides;
    for (auto const& s : samples) {
        auto local = s.document, remote = s.document;
        local.as_object().set("bench_local", "edited");
        remote.as_object().set("bench_remote", 17);
        sides.emplace_back(std::move(local), std::move(remote));
    }
    auto const s = seconds([&] {
        for (std::size_t i = 0; i < samples.size(); ++i) {
            auto const m =
                sync::merge(samples[i].kind, samples[i].document, sides[i].first, sides[i].second);
            keep(m.local_changes.size() + m.remote_changes.size());
        }
    });
    out.over_items("merge of a document", s, samples.size());
}

void plans(report const& out, json::value const& account)
{
    pulled_account a(account);
    auto local = a.files();
    auto const plan = [&] { return sync::make_plan(local, a.bases, a.remote, a.db, {}); };
    auto const agents = a.remote.agents.size();
    if (!plan().empty()) throw error(errc::internal, "the untouched account has changes");
    out.over_items(
        "plan, an agent, nothing changed", seconds([&] { keep(plan().units.size()); }), agents);
    std::size_t edited = 0;
    for (auto& e : local.entries)
        if (e.kind == resource_kind::agent) {
            e.document.as_object().set("interruption_sensitivity", 0.123);
            ++edited;
        }
    if (plan().units.size() < edited / 2)
        throw error(errc::internal, "the edits are not in the plan");
    out.over_items(
        "plan, an agent, every agent edited", seconds([&] { keep(plan().units.size()); }), agents);
    out.over_items("reading the folder, a file", seconds([&] { keep(a.files().entries.size()); }),
        local.entries.size());
}

/// Documents, merge and plan of the demo account.
void documents(json::value const& account)
{
    auto const samples = samples_of(account);
    std::size_t bytes = 0;
    for (auto const& s : samples) bytes += s.text.size();
    auto const calibration = seconds([&] {
        for (auto const& s : samples) keep(scan(s.text) + crypto::sha256(s.text)[0]);
    });
    std::printf("%zu documents, %.1f MB\n", samples.size(), static_cast<double>(bytes) / 1e6);
    report const out(calibration, bytes);
    out.over_bytes("calibration: bare scan and SHA-256", calibration);
    documents(out, samples);
    merges(out, samples);
    plans(out, account);
}

/// What can be asked for alone: bench_sync NAME...
class part {
public:
    std::string_view name;
    std::function<void()> work;
};

} // namespace

int main(int argc, char** argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // it takes minutes: each line as it comes
    auto const account = retell::make_demo_account(seed, now_ms);
    std::vector<part> parts{{"documents", [&] { documents(account); }},
        {"plan", [&] { bench::plan_at_scale(account); }}};
    for (auto const rate : {"1", "3", "10", "30", "100"})
        parts.push_back({rate, [rate] { bench::release_within(std::atof(rate)); }});
    parts.push_back({"size", bench::step_by_size});
    parts.push_back({"refresh", bench::refreshes});
    parts.push_back({"rollback", bench::rollback});
    std::vector<std::string_view> const wanted(argv + 1, argv + argc);
    try {
        for (auto const& p : parts)
            if (wanted.empty() || std::ranges::find(wanted, p.name) != wanted.end()) p.work();
    } catch (std::exception const& e) {
        std::fprintf(stderr, "bench_sync: %s\n", e.what());
        return 1;
    }
    return 0;
}
