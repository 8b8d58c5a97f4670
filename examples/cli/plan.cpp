#include "commands.hpp"
#include "files.hpp"
#include "plan_view.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

#include <algorithm>
#include <set>

namespace cli {

namespace {

/// Nothing to do is said only where apply would find nothing to do, and nothing to refuse.
exit_code exit_code_of(trunkline::sync::plan const& p, bool unfinished)
{
    if (!p.conflicts.empty()) return exit_code::conflict;
    bool const nothing = p.empty() && p.guards.empty() && !unfinished;
    return nothing ? exit_code::done : exit_code::changes;
}

/// The last line: what releases it, or what apply would refuse.
void show_next_step(session& s, trunkline::sync::plan const& p)
{
    auto const blocked = units_in_conflict(p);
    bool const releasable =
        std::ranges::any_of(p.units, [&](auto const& u) { return !blocked.contains(u.name); });
    auto const refused = names_of(refused_guards(p, s.options.allow));
    if (!releasable && refused.empty()) return;
    auto command = "trunkline apply " +
        (s.options.out_file.empty() ? s.options.arguments[0] : "--plan " + s.options.out_file);
    auto const joined_by_comma = [](std::set<std::string> const& names) {
        std::string out;
        for (auto const& n : names) out += (out.empty() ? "" : ",") + n;
        return out;
    };
    if (!p.guards.empty()) command += " --allow " + joined_by_comma(names_of(p.guards));
    line l;
    if (refused.empty()) l.add("release it with: ");
    else
        l.add("apply refuses this (" + joined_by_comma(refused) + "); if it is meant: ",
            style::yellow);
    s.out.report(l.add(command, style::bold));
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
    auto const unfinished = center.store().unfinished_release(center.tenant());
    if (unfinished) show_unfinished(s, *unfinished);
    show_next_step(s, r.result);
    document.make_object().set("empty", r.result.empty());
    document.make_object().set(
        "unfinished", unfinished ? json::value(release_name(unfinished->number)) : json::value());
    auto const refused = names_of(refused_guards(r.result, s.options.allow));
    document.make_object().set("refused", json::array(refused.begin(), refused.end()));
    s.out.document(document);
    return exit_code_of(r.result, unfinished.has_value());
}

} // namespace cli
