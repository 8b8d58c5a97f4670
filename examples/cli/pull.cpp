#include "commands.hpp"
#include "plan_view.hpp"
#include "session.hpp"

namespace cli {

using trunkline::pull_report;

namespace {

void show(session& s, pull_report const& r)
{
    auto const& c = r.changes;
    std::string const dir = s.options.arguments[0];
    auto const verb = s.options.dry_run ? "Would pull " : "Pulled ";
    s.out.report(line()
                     .add(verb, style::bold)
                     .add(counted(r.agents, "agent") + ", " + counted(r.llms, "LLM") + ", " +
                         counted(r.flows, "flow") + ", " + counted(r.numbers, "number") + " (" +
                         counted(r.tools, "tool") + ") into " + dir));
    auto const written =
        s.options.dry_run ? std::string() : counted(r.files_written, "file") + " written: ";
    s.out.report("  " + written + counted(c.created, "resource") + " new, " +
        std::to_string(c.updated) + " changed at the service, " + std::to_string(c.merged) +
        " merged with edits here");
    if (c.removed > 0) s.out.report("  " + counted(c.removed, "file") + " removed");
    if (c.edited > 0)
        s.out.report("  " + counted(c.edited, "resource") +
            " edited here and not released yet; see: trunkline plan " + dir);
    s.out.report(line().add("  " + counted(r.requests, "request") + ", " +
            counted(r.reused, "agent") + " unchanged since the last time, " + s.seconds_passed(),
        style::dim));
    show_notes(s.out, c.notes);
}

} // namespace

exit_code run_pull(session& s)
{
    s.require_service();
    auto& center = s.center(s.options.dry_run ? store_use::scratch : store_use::create);
    trunkline::pull_options o;
    o.adopt = s.options.adopt;
    o.prefer = s.options.prefer;
    o.dry_run = s.options.dry_run;
    o.listener = &s.progress;
    auto const r = s.run<pull_report>([&](diagnostics& diag, auto token) {
        center.async_pull(s.options.arguments[0], o, diag, std::move(token));
    });
    if (!r.ok() && r.result.changes.conflicts.empty()) return s.fail(r.code, r.diag);
    show(s, r.result);
    show_conflicts(s.out, r.result.changes.conflicts);
    auto document = to_json(r.result, s.options.dry_run);
    if (!r.ok()) return s.fail(r.code, r.diag, std::move(document));
    s.out.document(document);
    return exit_code::done;
}

} // namespace cli
