#include "requests.hpp"

#include <trunkline/sync/release_diff.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <chrono>

namespace trunkline::capi {
namespace {

sync::prefer prefer_of(members& in)
{
    auto const t = in.text("prefer");
    if (t.empty()) return sync::prefer::neither;
    if (t == "local") return sync::prefer::local;
    if (t == "remote") return sync::prefer::remote;
    throw error(errc::invalid_argument, "\"prefer\" must be \"local\" or \"remote\"");
}

sync::adopt adopt_of(members& in)
{
    auto const t = in.text("adopt");
    if (t.empty()) return sync::adopt::neither;
    if (t == "local") return sync::adopt::local;
    if (t == "remote") return sync::adopt::remote;
    throw error(errc::invalid_argument, "\"adopt\" must be \"local\" or \"remote\"");
}

std::int64_t release_of(std::string_view member, std::string const& text)
{
    auto const n = parse_release(text);
    if (!n)
        throw error(errc::invalid_argument, "\"" + std::string(member) + "\" must be like \"r7\"");
    return *n;
}

/// Progress of the engine as events.
class progress_events final : public progress_listener {
public:
    explicit progress_events(progress_target& t) : target_(&t) {}

    void on_refresh(sync::refresh_progress const& p) override
    {
        target_->progress({{"step", "refresh"}, {"lists_done", p.lists_done},
            {"agents_done", p.agents_done}, {"agents_total", p.agents_total}, {"reused", p.reused}});
    }
    void on_unit(sync::unit_result const& u) override
    {
        target_->progress({{"step", "unit"}, {"unit", sync::to_json(u)}});
    }
    void on_progress(sync::operation_progress const& p) override
    {
        auto const now = std::chrono::steady_clock::now();
        if (p.done == told_ && now - told_at_ < std::chrono::seconds(1)) return;
        told_ = p.done;
        told_at_ = now;
        target_->progress(sync::to_json(p));
    }
    void on_message(std::string_view text) override
    {
        target_->progress({{"step", "message"}, {"text", text}});
    }

private:
    progress_target* target_;
    std::size_t told_ = 0; ///< Answers come by the hundred; a host wants to know what changed.
    std::chrono::steady_clock::time_point told_at_{};
};

apply_options apply_options_of(members& in)
{
    apply_options o;
    o.title = in.text("title");
    o.allow = in.texts("allow");
    o.prefer = prefer_of(in);
    return o;
}

/// The answer, or a failure that holds what was done all the same.
json::value settled(error_code code, diagnostics diag, json::object document, bool worth_showing)
{
    if (!code) return document;
    if (!worth_showing) document = {};
    throw request_failure(code, std::move(diag), std::move(document));
}

template <class Start>
json::value run_release(request_context& c, bool dry_run, Start start)
{
    diagnostics diag;
    apply_report report;
    auto const code = c.owner.run(report, diag, std::move(start));
    bool const worth = report.release != 0 || !report.plan.conflicts.empty();
    return settled(code, std::move(diag), to_json(report, dry_run), worth);
}

} // namespace

json::value run_pull(request_context& c)
{
    auto const dir = c.in.required_text("dir");
    pull_options o;
    o.adopt = adopt_of(c.in);
    o.prefer = prefer_of(c.in);
    o.dry_run = c.in.flag("dry_run");
    c.in.no_others();
    progress_events listener(c.progress);
    o.listener = &listener;
    auto& center = c.owner.center(o.dry_run);
    diagnostics diag;
    pull_report report;
    auto const code = c.owner.run(
        report, diag, [&](diagnostics& d, auto token) { center.async_pull(dir, o, d, token); });
    bool const worth = !report.changes.conflicts.empty();
    return settled(code, std::move(diag), to_json(report, o.dry_run), worth);
}

json::value run_plan(request_context& c)
{
    auto const dir = c.in.required_text("dir");
    auto o = apply_options_of(c.in);
    c.in.no_others();
    progress_events listener(c.progress);
    o.listener = &listener;
    auto& center = c.owner.center(true);
    diagnostics diag;
    sync::plan plan;
    auto const code = c.owner.run(
        plan, diag, [&](diagnostics& d, auto token) { center.async_plan(dir, o, d, token); });
    auto document = plan.to_json();
    document.make_object().set("empty", plan.empty());
    return settled(code, std::move(diag), std::move(document.as_object()), false);
}

json::value run_apply(request_context& c)
{
    auto const dir = c.in.text("dir");
    auto const* const saved = c.in.value("plan");
    auto o = apply_options_of(c.in);
    o.dry_run = c.in.flag("dry_run");
    c.in.no_others();
    if (dir.empty() == (saved == nullptr))
        throw error(errc::invalid_argument, "request \"apply\": give \"dir\" or \"plan\"");
    progress_events listener(c.progress);
    o.listener = &listener;
    auto& center = c.owner.center(true);
    if (!saved)
        return run_release(c, o.dry_run,
            [&](diagnostics& d, auto token) { center.async_apply(dir, o, d, token); });
    auto document = *saved;
    if (document.is_object()) document.as_object().erase("empty");
    auto plan = sync::plan::from_json(document);
    if (!o.title.empty()) plan.title = o.title;
    return run_release(c, o.dry_run,
        [&](diagnostics& d, auto token) { center.async_apply_plan(std::move(plan), o, d, token); });
}

json::value run_rollback(request_context& c)
{
    auto const release = c.in.text("release");
    auto o = apply_options_of(c.in);
    o.dry_run = c.in.flag("dry_run");
    c.in.no_others();
    progress_events listener(c.progress);
    o.listener = &listener;
    auto const number = release.empty() ? 0 : release_of("release", release);
    auto& center = c.owner.center(true);
    return run_release(c, o.dry_run,
        [&](diagnostics& d, auto token) { center.async_rollback(number, o, d, token); });
}

json::value run_drift(request_context& c)
{
    c.in.no_others();
    progress_events listener(c.progress);
    auto& center = c.owner.center(true);
    diagnostics diag;
    sync::drift_report report;
    auto const code = c.owner.run(
        report, diag, [&](diagnostics& d, auto token) { center.async_drift(&listener, d, token); });
    return settled(code, std::move(diag), sync::to_json(report), false);
}

json::value run_explain(request_context& c)
{
    auto const number = c.in.required_text("number");
    c.in.no_others();
    auto& center = c.owner.center(false);
    diagnostics diag;
    sync::number_explanation found;
    auto const code = c.owner.run(
        found, diag, [&](diagnostics& d, auto token) { center.async_explain(number, d, token); });
    return settled(code, std::move(diag), sync::to_json(found), false);
}

json::value run_history(request_context& c)
{
    c.in.no_others();
    json::array list;
    for (auto const& row : c.owner.center(true).history()) {
        auto entry = sync::to_json(row);
        entry.set("units", row.result.at_or_null("units"));
        list.push_back(std::move(entry));
    }
    return json::object{{"releases", std::move(list)}};
}

json::value run_show(request_context& c)
{
    auto const number = release_of("release", c.in.required_text("release"));
    bool const with_journal = c.in.flag("journal");
    c.in.no_others();
    auto& center = c.owner.center(true);
    auto const row = center.release(number);
    auto document = sync::to_json(row);
    document.set("backup", row.backup_digest);
    document.set("plan_digest", row.plan_digest);
    document.set("units", row.result.at_or_null("units"));
    document.set("plan", row.plan);
    if (with_journal)
        document.set("journal", sync::to_json(center.store().journal(center.tenant(), number)));
    return document;
}

json::value run_diff(request_context& c)
{
    auto const from = release_of("from", c.in.required_text("from"));
    auto const to = release_of("to", c.in.required_text("to"));
    c.in.no_others();
    auto& center = c.owner.center(true);
    auto const first = std::min(from, to), last = std::max(from, to);
    static_cast<void>(center.release(last)); // an unknown one is named before any is read
    std::vector<store::release_row> rows;
    for (auto n = first; n <= last; ++n) rows.push_back(center.release(n));
    return json::object{{"from", sync::release_name(from)}, {"to", sync::release_name(to)},
        {"resources", sync::to_json(sync::diff_releases(rows, from, to))}};
}

} // namespace trunkline::capi
