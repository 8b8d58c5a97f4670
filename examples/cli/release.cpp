#include "release.hpp"

#include "plan_view.hpp"

#include <trunkline/core/error.hpp>

#include <algorithm>

namespace cli {

using trunkline::errc;
using trunkline::store::release_state;
using trunkline::sync::plan;

trunkline::apply_options release_options(session& s, bool show_always)
{
    trunkline::apply_options o;
    o.title = s.options.title;
    o.allow = s.options.allow;
    o.prefer = s.options.prefer;
    o.dry_run = s.options.dry_run;
    o.listener = &s.progress;
    o.confirm = [&s, show_always](plan const& p) {
        s.out.clear_progress();
        if (show_always || !s.options.yes) show_plan(s.out, p);
        if (show_always || !s.options.yes) s.out.print();
        return s.options.yes || s.out.ask(question_for(p));
    };
    return o;
}

void show_unfinished(session& s, trunkline::store::release_row const& r)
{
    auto const name = release_name(r.number);
    s.out.report(line()
                     .add("release " + name + " (" + r.actor + ", " + moment(r.started_at) +
                             ") has not ended: apply finishes it first; to take it back: ",
                         style::yellow)
                     .add("trunkline rollback " + name, style::bold));
}

namespace {

std::string nothing_done(trunkline::sync::plan const& p)
{
    if (p.reverts == 0)
        return p.notes.empty() ? "Nothing to do: the files hold no edits" : "Nothing to do";
    auto const release = release_name(p.reverts);
    if (p.leaves_some) return "What is left of " + release + " stays for now, see the notes";
    return p.notes.empty() ? "Nothing to do: the service already is as it was before " + release
                           : "Nothing is left of " + release + " that can be taken back";
}

void show_summary(session& s, trunkline::apply_report const& r)
{
    std::size_t done = 0;
    for (auto const& u : r.units) done += u.state == trunkline::sync::unit_state::done ? 1 : 0;
    auto const name = release_name(r.release);
    line l;
    l.add((r.plan.reverts != 0 ? "Rollback " : "Release ") + name, style::bold);
    l.add(" is " +
        std::string(
            r.state == release_state::running ? "interrupted" : trunkline::store::name(r.state)));
    l.add(": " + std::to_string(done) + " of " + counted(r.units.size(), "unit") + ", " +
        counted(r.requests, "request") + ", " + s.seconds_passed());
    s.out.report(l);
    if (done > 0 && r.plan.reverts == 0)
        s.out.report(line("take it back with: ").add("trunkline rollback " + name, style::bold));
}

} // namespace

void show_release(session& s, release_outcome const& r)
{
    auto const& report = r.result;
    if (s.options.dry_run) {
        if (!r.ok() && report.plan.conflicts.empty()) return;
        show_plan(s.out, report.plan);
        s.out.report("dry run: nothing was sent");
        return;
    }
    if (!report.units.empty()) show_units(s.out, report.units);
    if (!r.ok()) show_conflicts(s.out, report.plan.conflicts, report.plan.reverts);
    if (report.release != 0) show_summary(s, report);
    else if (r.ok()) s.out.report(nothing_done(report.plan));
    if (r.ok() || report.release != 0 || !report.plan.conflicts.empty())
        show_notes(s.out, report.plan.notes);
}

diagnostics advised(session const& s, release_outcome const& r)
{
    auto diag = r.diag;
    if (diag.message.empty()) diag.message = r.code.message();
    bool const finished = r.result.state == release_state::partial;
    if (r.code == errc::partial && finished)
        diag.message += r.result.plan.reverts != 0
            ? "; once that is mended, trunkline rollback " + release_name(r.result.plan.reverts) +
                " takes back the rest"
            : "; apply again releases the rest, trunkline rollback " +
                release_name(r.result.release) + " takes back what is done";
    if (s.options.dry_run && r.code == errc::merge_conflict)
        diag.message = counted(r.result.plan.conflicts.size(), "field") +
            (r.result.plan.reverts != 0
                    ? " edited since; --prefer local takes the release back all the same, --prefer "
                      "remote keeps what is there now"
                    : " changed here and at the service; edit the files to agree, or use --prefer "
                      "local|remote");
    return diag;
}

exit_code finish_release(session& s, release_outcome const& r)
{
    auto document = to_json(r.result, s.options.dry_run);
    if (!r.ok()) return s.fail(r.code, advised(s, r), std::move(document));
    s.out.document(document);
    return exit_code::done;
}

} // namespace cli
