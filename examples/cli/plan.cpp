#include "commands.hpp"
#include "files.hpp"
#include "plan_view.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

namespace cli {

namespace {

exit_code exit_code_of(trunkline::sync::plan const& p)
{
    if (!p.conflicts.empty()) return exit_code::conflict;
    return p.empty() ? exit_code::done : exit_code::changes;
}

std::string next_step(session const& s, trunkline::sync::plan const& p)
{
    if (p.units.empty()) return {};
    auto const what =
        s.options.out_file.empty() ? s.options.arguments[0] : "--plan " + s.options.out_file;
    return "trunkline apply " + what;
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

} // namespace

exit_code run_plan(session& s)
{
    auto& center = s.center(store_use::existing);
    std::optional<private_file> file;
    if (!s.options.out_file.empty()) file.emplace(s.options.out_file);
    trunkline::apply_options o;
    o.title = s.options.title;
    o.allow = s.options.allow;
    o.prefer = s.options.prefer;
    o.listener = &s.progress;
    auto const r = s.run<trunkline::sync::plan>([&](diagnostics& diag, auto token) {
        center.async_plan(s.options.arguments[0], o, diag, std::move(token));
    });
    if (!r.ok()) return s.fail(r.code, r.diag);
    auto document = r.result.to_json();
    if (file) file->write(json::to_text(document, json::style::pretty) + "\n");
    show_plan(s.out, r.result);
    if (auto const next = next_step(s, r.result); !next.empty())
        s.out.report(line("release it with: ").add(next, style::bold));
    auto const unfinished = unfinished_release(center);
    if (unfinished) show_unfinished(s, *unfinished);
    document.make_object().set("empty", r.result.empty());
    document.make_object().set(
        "unfinished", unfinished ? json::value(release_name(unfinished->number)) : json::value());
    s.out.document(document);
    return exit_code_of(r.result);
}

} // namespace cli
