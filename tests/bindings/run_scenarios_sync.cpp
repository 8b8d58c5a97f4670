// The steps `client.open` and `client.request`: trunkline::control_center under the names of the C
// interface's requests.
#include "run_scenarios.hpp"

#include <trunkline/control_center.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/sync/lint_files.hpp>
#include <trunkline/sync/release_diff.hpp>
#include <trunkline/sync/report_json.hpp>
#include <trunkline/sync/transfer.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace scenarios {

namespace asio = boost::asio;
namespace tl = trunkline;

class account {
public:
    explicit account(tl::control_center_options o) : center(io.get_executor(), std::move(o)) {}

    /// Drives one operation to its end; a failure that brought a document shows it.
    template <class Result, class Start, class Show>
    json::value run(Start start, Show show)
    {
        std::optional<tl::error_code> ended;
        tl::diagnostics diag;
        Result result;
        start(diag, [&](tl::error_code code, Result r) {
            result = std::move(r);
            ended = code;
        });
        io.restart();
        io.run();
        if (!ended) throw std::logic_error("the operation has not ended");
        if (!*ended) return json::object{{"answer", show(result)}};
        return failure(*ended, diag, worth_showing(result) ? show(result) : json::value());
    }

    static json::value failure(
        tl::error_code code, tl::diagnostics const& diag, json::value document)
    {
        json::object out{{"error", tl::name(static_cast<tl::errc>(code.value()))},
            {"operation", diag.operation}, {"http_status", diag.http_status}};
        if (!document.is_null()) out.set("document", std::move(document));
        return out;
    }

    asio::io_context io{1};
    tl::control_center center;

private:
    static bool worth_showing(tl::sync::import_findings const&) { return true; }
    static bool worth_showing(tl::apply_report const& r)
    {
        return r.release != 0 || !r.plan.conflicts.empty();
    }
    static bool worth_showing(tl::pull_report const& r) { return !r.changes.conflicts.empty(); }
    template <class Other>
    static bool worth_showing(Other const&)
    {
        return false;
    }
};

namespace {

tl::apply_options apply_options_of(json::value const& r)
{
    tl::apply_options o;
    o.title = r.string_at("title");
    o.dry_run = r.bool_at("dry_run");
    if (auto const* const allow = r.find("allow"))
        for (auto const& a : allow->as_array()) o.allow.emplace_back(a.string_or(""));
    auto const prefer = r.string_at("prefer");
    if (prefer == "local") o.prefer = tl::sync::prefer::local;
    if (prefer == "remote") o.prefer = tl::sync::prefer::remote;
    return o;
}

json::value pull(account& a, json::value const& r)
{
    tl::pull_options o;
    o.dry_run = r.bool_at("dry_run");
    auto const adopt = r.string_at("adopt");
    if (adopt == "local") o.adopt = tl::sync::adopt::local;
    if (adopt == "remote") o.adopt = tl::sync::adopt::remote;
    return a.run<tl::pull_report>(
        [&](auto& diag, auto h) { a.center.async_pull(r.string_at("dir"), o, diag, h); },
        [&](auto const& report) { return json::value(tl::to_json(report, o.dry_run)); });
}

json::value plan(account& a, json::value const& r)
{
    return a.run<tl::sync::plan>(
        [&](auto& diag, auto h) {
            a.center.async_plan(r.string_at("dir"), apply_options_of(r), diag, h);
        },
        [](auto const& p) {
            auto document = p.to_json();
            document.make_object().set("empty", p.empty());
            return document;
        });
}

json::value apply(account& a, json::value const& r)
{
    auto const o = apply_options_of(r);
    auto const show = [&](auto const& report) {
        return json::value(tl::to_json(report, o.dry_run));
    };
    auto const* const saved = r.find("plan");
    if (!saved)
        return a.run<tl::apply_report>(
            [&](auto& diag, auto h) { a.center.async_apply(r.string_at("dir"), o, diag, h); }, show);
    auto document = *saved;
    document.make_object().erase("empty");
    auto p = tl::sync::plan::from_json(document);
    if (!o.title.empty()) p.title = o.title;
    return a.run<tl::apply_report>(
        [&](auto& diag, auto h) { a.center.async_apply_plan(std::move(p), o, diag, h); }, show);
}

json::value rollback(account& a, json::value const& r)
{
    auto const o = apply_options_of(r);
    std::int64_t release = 0;
    if (auto const text = r.string_at("release"); !text.empty()) {
        auto const n = tl::parse_release(text);
        if (!n) throw std::invalid_argument("release must be like r7");
        release = *n;
    }
    return a.run<tl::apply_report>(
        [&](auto& diag, auto h) { a.center.async_rollback(release, o, diag, h); },
        [&](auto const& report) { return json::value(tl::to_json(report, o.dry_run)); });
}

json::value history(account& a)
{
    json::array list;
    for (auto const& row : a.center.history()) {
        auto entry = tl::sync::to_json(row);
        entry.set("units", row.result.at_or_null("units"));
        list.emplace_back(std::move(entry));
    }
    return json::object{{"answer", json::object{{"releases", std::move(list)}}}};
}

std::int64_t release_at(json::value const& r, char const* member)
{
    auto const n = tl::parse_release(r.string_at(member));
    if (!n) throw tl::error(tl::errc::invalid_argument, "a release is like r7");
    return *n;
}

json::value diff(account& a, json::value const& r)
{
    auto const from = release_at(r, "from"), to = release_at(r, "to");
    std::vector<tl::store::release_row> rows;
    for (auto n = std::min(from, to); n <= std::max(from, to); ++n)
        rows.push_back(a.center.release(n));
    return json::object{{"answer",
        json::object{{"from", tl::sync::release_name(from)}, {"to", tl::sync::release_name(to)},
            {"resources", tl::sync::to_json(tl::sync::diff_releases(rows, from, to))}}}};
}

json::value lint(json::value const& r)
{
    std::vector<std::filesystem::path> paths;
    for (auto const& p : r.at_or_null("paths").as_array()) paths.emplace_back(p.as_string());
    auto const* const given = r.find("config");
    auto const config =
        given ? tl::retell::lint_config::from_json(*given) : tl::sync::own_lint_config(paths);
    return json::object{{"answer", tl::sync::to_json(tl::sync::lint_files(paths, config))}};
}

json::value export_account(account& a)
{
    return a.run<tl::sync::account_export>(
        [&](auto& diag, auto h) { a.center.async_export(nullptr, diag, h); },
        [](auto const& e) {
            return json::value(json::object{{"export", e.to_json()},
                {"asks", tl::sync::to_json(e.secrets)}, {"needs", tl::sync::to_json(e.needs)}});
        });
}

json::value import_account(account& a, json::value const& r)
{
    auto const& given = r.at_or_null("export");
    auto const* const inner = given.find("export");
    auto const e = tl::sync::account_export::from_json(inner ? *inner : given);
    tl::sync::import_options o;
    if (auto const* const secrets = r.find("secrets"))
        for (auto const& m : secrets->as_object()) o.secrets[m.key] = m.val.as_string();
    auto const looked = a.run<tl::sync::import_findings>(
        [&](auto& diag, auto h) { a.center.async_check_import(r.string_at("dir"), e, o, diag, h); },
        [](auto const& found) { return json::value(tl::sync::to_json(found)); });
    if (looked.find("error")) return looked;
    auto const w = a.center.import_into(r.string_at("dir"), e, o);
    return json::object{{"answer",
        json::object{{"files", w.files},
            {"numbers_left_out", json::array(w.numbers_left_out.begin(), w.numbers_left_out.end())},
            {"notes", json::array(w.notes.begin(), w.notes.end())}}}};
}

json::value call(account& a, json::value const& r)
{
    auto const* const op = tl::retell::find_operation(r.string_at("operation"));
    if (!op) return account::failure(tl::errc::unknown_operation, {}, {});
    auto const* const given = r.find("arguments");
    tl::retell::call c(
        *op, tl::retell::arguments::from_json(*op, given ? *given : json::value(json::object())));
    return a.run<tl::retell::answer>(
        [&](auto& diag, auto h) { a.center.client().async_call(std::move(c), diag, h); },
        [](auto const& answer) {
            return json::value(json::object{{"status", answer.status}, {"body", answer.body},
                {"source",
                    !answer.cached     ? "service"
                        : answer.stale ? "stale"
                                       : "cache"},
                {"degraded", answer.degraded}});
        });
}

} // namespace

std::unique_ptr<account> open_account(json::value const& options)
{
    tl::control_center_options o;
    o.store_url = options.string_at("store");
    o.store.key_file = options.string_at("key_file");
    o.actor = options.string_at("actor");
    o.tenant = tl::tenant_id(std::string(options.string_at("tenant", "default")));
    o.client.tenant = o.tenant;
    o.client.base_url = options.string_at("base_url");
    o.client.api_key = std::string(options.string_at("api_key"));
    o.client.concurrency = static_cast<unsigned>(int_in(options, "concurrency", 4));
    return std::make_unique<account>(std::move(o));
}

json::value ask(account& a, json::value const& r)
{
    auto const op = r.string_at("op");
    try {
        if (op == "pull") return pull(a, r);
        if (op == "plan") return plan(a, r);
        if (op == "apply") return apply(a, r);
        if (op == "rollback") return rollback(a, r);
        if (op == "history") return history(a);
        if (op == "diff") return diff(a, r);
        if (op == "lint") return lint(r);
        if (op == "export") return export_account(a);
        if (op == "import") return import_account(a, r);
        if (op == "call") return call(a, r);
        if (op == "drift")
            return a.run<tl::sync::drift_report>(
                [&](auto& diag, auto h) { a.center.async_drift(nullptr, diag, h); },
                [](auto const& d) { return json::value(tl::sync::to_json(d)); });
        if (op == "explain")
            return a.run<tl::sync::number_explanation>(
                [&](auto& diag, auto h) {
                    a.center.async_explain(std::string(r.string_at("number")), diag, h);
                },
                [](auto const& e) { return json::value(tl::sync::to_json(e)); });
    } catch (tl::error const& e) {
        return account::failure(e.code(), e.diag(), {});
    }
    throw std::logic_error("no such request in C++: " + std::string(op));
}

} // namespace scenarios
