#include "plan_view.hpp"

#include "line_diff.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace cli {

using trunkline::sync::conflict_kind;
using trunkline::sync::field_change;
using trunkline::sync::plan;
using trunkline::sync::plan_conflict;
using trunkline::sync::plan_unit;
using trunkline::sync::unit_action;
using trunkline::sync::units_in_conflict;

namespace {

constexpr std::size_t longest_diff = 120; ///< Lines of one field; the plan file holds all of it.
constexpr std::size_t longest_value =
    12; ///< Lines of a long text that came or went, or of a conflict.

std::string spaces(std::size_t n)
{
    return std::string(n, ' ');
}

bool is_long(json::value const& v)
{
    auto const text = in_full(v);
    return text.find('\n') != text.npos || width(text) > 72;
}

constexpr std::size_t most_conflicts = 50; ///< --json shows all of them.

style style_of(char mark)
{
    return mark == '-' ? style::red
        : mark == '+'  ? style::green
        : mark == '@'  ? style::cyan
                       : style::plain;
}

void show_more(console& out, std::size_t n, std::string_view what, std::size_t indent)
{
    out.print(line(spaces(indent)).add("… " + counted(n, "more " + std::string(what)), style::dim));
}

void show_diff(console& out, json::value const& from, json::value const& to, std::size_t indent,
    std::size_t longest)
{
    auto const before = in_full(from);
    auto const after = in_full(to);
    auto const lines = unified_diff(before, after);
    if (lines.empty())
        return out.print(spaces(indent) + "(only the line break at the end differs)");
    bool const one_line = before.find('\n') == before.npos && after.find('\n') == after.npos;
    std::size_t shown = 0;
    for (auto const& l : lines) {
        if (one_line && l.mark == '@') continue;
        if (shown == longest) return show_more(out, lines.size() - shown, "line", indent);
        auto const text = l.mark == '@' ? l.text : l.mark + l.text;
        out.print(line(spaces(indent)).add(text, style_of(l.mark)));
        ++shown;
    }
}

/// A long text that is only on one side: its beginning.
void show_one_side(console& out, json::value const& v, char mark, std::size_t indent)
{
    auto rest = std::string_view();
    auto const text = in_full(v);
    rest = text;
    for (std::size_t n = 0; !rest.empty(); ++n) {
        auto const end = std::min(rest.find('\n'), rest.size());
        if (n == longest_value) {
            auto const more = static_cast<std::size_t>(std::ranges::count(rest, '\n')) + 1;
            return show_more(out, more, "line", indent);
        }
        out.print(
            line(spaces(indent)).add(mark + shortened(rest.substr(0, end), 160), style_of(mark)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

/// Two values that read the same because all that differs is sealed.
bool differs_in_secrets_only(field_change const& c)
{
    return c.before && c.after && !(*c.before == *c.after) &&
        in_full(*c.before) == in_full(*c.after);
}

void show_change(console& out, field_change const& c, std::size_t indent)
{
    auto const start = spaces(indent) + (c.path.empty() ? "(the whole document)" : c.path) + ": ";
    if (differs_in_secrets_only(c))
        return out.print(line(start).add("(secret changed)", style::yellow));
    if (c.before && c.after && (is_long(*c.before) || is_long(*c.after))) {
        out.print(start);
        return show_diff(out, *c.before, *c.after, indent + 2, longest_diff);
    }
    auto const& only = c.before ? c.before : c.after;
    if (!(c.before && c.after) && only && is_long(*only)) {
        out.print(
            line(start).add(c.after ? "added" : "removed", c.after ? style::green : style::red));
        return show_one_side(out, *only, c.after ? '+' : '-', indent + 2);
    }
    out.print(line(start)
                  .add(in_short(c.before), style::red)
                  .add(" -> ")
                  .add(in_short(c.after), style::green));
}

/// What has a conflict is left out.
std::size_t count_of(plan const& p, unit_action a)
{
    auto const blocked = units_in_conflict(p);
    return static_cast<std::size_t>(std::ranges::count_if(
        p.units, [&](plan_unit const& u) { return u.action == a && !blocked.contains(u.name); }));
}

std::size_t numbers_to_move(plan const& p)
{
    auto const blocked = units_in_conflict(p);
    std::set<std::string> numbers;
    for (auto const& u : p.units) {
        if (blocked.contains(u.name)) continue;
        for (auto const& n : u.numbers) numbers.insert(n.number);
    }
    return numbers.size();
}

std::string what_happens(plan_unit const& u)
{
    switch (u.action) {
    case unit_action::release: {
        if (!u.base_published) return "first published version";
        auto const from = u.fork_of >= 0 ? u.fork_of : u.base_version;
        auto const back =
            from == u.base_version ? "" : " (now " + std::to_string(u.base_version) + ")";
        return "new version from " + std::to_string(from) + back;
    }
    case unit_action::create_engine: return "new engine";
    case unit_action::create_agent:
        return u.id.empty() ? "new agent" : "new agent: publishes " + u.id + ", created before";
    case unit_action::update_engine: return "engine that no agent uses";
    case unit_action::update_number: return "phone number";
    case unit_action::link: return "references to agents that are new too; publishes those";
    case unit_action::remove: return "deleted";
    case unit_action::build_knowledge:
        return u.replaces.empty()
            ? "new knowledge base"
            : "new content: built beside " + u.replaces + ", which stays for now";
    }
    return {};
}

void show_unit(console& out, plan_unit const& u, bool blocked)
{
    line title;
    title.add(u.name, style::bold).add("  " + what_happens(u), style::dim);
    if (blocked) title.add("  left out: it has a conflict", style::red);
    out.print(title);
    show_changes(out, u.changes, 2);
    if (!u.engine_changes.empty()) {
        out.print(line("  ").add(u.engine_name, style::bold));
        show_changes(out, u.engine_changes, 4);
    }
    if (!u.shared_with.empty())
        out.print(line("  shared: the same file also changes " + joined(u.shared_with)));
    if (u.numbers.empty()) return;
    std::vector<std::string> numbers;
    for (auto const& n : u.numbers) numbers.push_back(n.number);
    out.print(line("  moves with it: " + joined(numbers)));
}

void show_guards(console& out, plan const& p)
{
    if (p.guards.empty()) return;
    out.print(line().add("Guards", style::yellow).add(" (refused unless named with --allow)"));
    for (auto const& g : p.guards)
        out.print(line("  ")
                      .add(g.guard, style::bold)
                      .add("  " + (g.unit.empty() ? "" : g.unit + ": ") + g.text));
    out.print();
}

void show_side(console& out, std::string_view label, std::string const& value)
{
    out.print(line("    ").add(padded(label, 11), style::dim).add(shortened(value, 120)));
}

/// A folder that another store wrote: a secret has the name there that its key gives it.
bool differs_in_references_only(trunkline::sync::field_conflict const& c)
{
    return !c.base && c.local && c.remote && !(*c.local == *c.remote) &&
        in_full(*c.local) == in_full(*c.remote);
}

bool has_lines(std::optional<json::value> const& v)
{
    return v && in_full(*v).find('\n') != std::string::npos;
}

std::string_view missing_here(conflict_kind k)
{
    return k == conflict_kind::deleted_here ? "(deleted)" : "(absent)";
}

std::string_view missing_there(conflict_kind k)
{
    return k == conflict_kind::deleted_there ? "(deleted)" : "(absent)";
}

/// What the base, the wanted and the service's value of a conflict are called.
using side_names = std::array<std::string, 3>;

side_names sides_of(std::int64_t reverts)
{
    if (reverts == 0) return {"base", "here", "service"};
    auto const release = "r" + std::to_string(reverts);
    return {release, "before " + release, "now"};
}

/// Texts of many lines begin alike: what each side did to them says more than their beginnings.
void show_as_diffs(console& out, plan_conflict const& c, side_names const& names)
{
    auto const show = [&](std::string_view side, std::optional<json::value> const& v,
                          std::string_view nothing) {
        out.print(line("    ").add(
            v ? std::string(side) : std::string(side) + "  " + std::string(nothing), style::dim));
        if (v) show_diff(out, *c.field.base, *v, 6, longest_value);
    };
    show(names[1], c.field.local, missing_here(c.kind));
    show(names[2], c.field.remote, missing_there(c.kind));
}

std::string_view how(conflict_kind k)
{
    switch (k) {
    case conflict_kind::edited: return "";
    case conflict_kind::deleted_there: return "  edited here, deleted at the service";
    case conflict_kind::deleted_here: return "  named in deleted.json, edited at the service";
    }
    return "";
}

void show_conflict(console& out, plan_conflict const& c, side_names const& labels)
{
    auto const path = c.field.path.empty() ? std::string("(the whole document)") : c.field.path;
    auto const of = c.unit == c.resource ? std::string() : "  of " + c.unit;
    out.print(line("  ")
                  .add(c.resource, style::bold)
                  .add("  " + path)
                  .add(std::string(how(c.kind)), style::yellow)
                  .add(c.kind == conflict_kind::edited ? "" : of, style::dim));
    if (has_lines(c.field.base)) return show_as_diffs(out, c, labels);
    std::vector<std::string> sides;
    std::vector<std::string> present;
    for (auto const* v : {&c.field.base, &c.field.local, &c.field.remote}) {
        sides.push_back(*v ? without_secrets(json::to_text(**v)) : "");
        if (*v) present.push_back(sides.back());
    }
    if (present.size() > 1) present = focused(std::move(present), 40);
    std::size_t next = 0;
    std::string_view const missing[] = {"(absent)", missing_here(c.kind), missing_there(c.kind)};
    for (std::size_t i = 0; i < 3; ++i)
        show_side(out, labels[i], sides[i].empty() ? std::string(missing[i]) : present[next++]);
}

} // namespace

void show_changes(console& out, std::vector<field_change> const& changes, std::size_t indent)
{
    for (auto const& c : changes) show_change(out, c, indent);
}

void show_conflicts(console& out, std::vector<plan_conflict> const& conflicts, std::int64_t reverts)
{
    if (conflicts.empty()) return;
    out.print(
        line()
            .add("Conflicts", style::red)
            .add(reverts == 0 ? std::string(" (changed here and at the service)")
                              : " (edited at the service since r" + std::to_string(reverts) + ")"));
    auto const labels = sides_of(reverts);
    std::size_t shown = 0;
    std::size_t sealed_elsewhere = 0;
    for (auto const& c : conflicts) {
        if (differs_in_references_only(c.field)) ++sealed_elsewhere;
        else if (++shown <= most_conflicts) show_conflict(out, c, labels);
    }
    if (shown > most_conflicts) show_more(out, shown - most_conflicts, "conflict", 2);
    if (sealed_elsewhere > 0)
        out.print("  " + counted(sealed_elsewhere, "secret") +
            ": these files refer to secrets by the names that another key gave them. Use that key "
            "(--key-file), or take the service's content, and so this key's names: trunkline pull "
            "DIR --adopt remote");
    out.print();
}

void show_notes(console& out, std::vector<std::string> const& notes)
{
    for (auto const& n : notes) out.print(line().add("note: ", style::dim).add(n));
}

void show_plan(console& out, plan const& p)
{
    auto const blocked = units_in_conflict(p);
    for (auto const& u : p.units) {
        show_unit(out, u, blocked.contains(u.name));
        out.print();
    }
    show_conflicts(out, p.conflicts, p.reverts);
    show_guards(out, p);
    show_notes(out, p.notes);
    if (!p.notes.empty()) out.print();
    out.print(line().add("Plan: ", style::bold).add(summary_of(p)));
    if (!p.units.empty()) out.print(line().add("digest " + p.digest(), style::dim));
}

std::string summary_of(plan const& p)
{
    std::vector<std::string> parts;
    auto const add = [&](std::size_t n, std::string_view thing, std::string_view what) {
        if (n > 0) parts.push_back(counted(n, thing) + " " + std::string(what));
    };
    add(count_of(p, unit_action::release), "agent", "to release");
    add(count_of(p, unit_action::create_agent), "agent", "to create");
    add(count_of(p, unit_action::build_knowledge), "knowledge base", "to build");
    add(count_of(p, unit_action::create_engine), "engine", "to create");
    add(count_of(p, unit_action::update_engine), "unused engine", "to change");
    add(numbers_to_move(p), "number", "to move");
    add(count_of(p, unit_action::update_number), "number", "to change");
    add(count_of(p, unit_action::remove), "resource", "to delete");
    if (!p.guards.empty()) parts.push_back(counted(p.guards.size(), "guard"));
    if (!p.conflicts.empty()) parts.push_back(counted(p.conflicts.size(), "conflict"));
    return parts.empty() ? "nothing to do" : joined(parts);
}

std::string question_for(plan const& p)
{
    auto const agents = count_of(p, unit_action::release);
    if (p.reverts != 0) return "Take back r" + std::to_string(p.reverts) + "?";
    if (agents != p.units.size()) return "Release these " + counted(p.units.size(), "change") + "?";
    return agents == 1 ? "Release this agent?" : "Release these " + counted(agents, "agent") + "?";
}

} // namespace cli
