#include "commands.hpp"
#include "plan_view.hpp"
#include "release_view.hpp"
#include "session.hpp"
#include "shown.hpp"

#include <algorithm>
#include <array>

namespace cli {

using trunkline::store::release_row;
using trunkline::store::release_state;

namespace {

style style_of(release_state s)
{
    switch (s) {
    case release_state::done: return style::green;
    case release_state::running:
    case release_state::partial: return style::yellow;
    case release_state::failed: return style::red;
    case release_state::rolled_back: return style::dim;
    }
    return style::plain;
}

std::string units_in_short(std::vector<trunkline::sync::unit_result> const& units)
{
    std::vector<std::string> names;
    for (auto const& u : units) names.push_back(u.name);
    if (names.size() > 2) {
        auto const more = names.size() - 2;
        names.resize(2);
        names.push_back("and " + std::to_string(more) + " more");
    }
    return joined(names);
}

using cells = std::array<std::string, 6>;

void show_table(
    console& out, std::vector<cells> const& rows, std::vector<release_state> const& states)
{
    cells const head{"release", "state", "started", "who", "title", "units"};
    std::array<std::size_t, 6> widths{};
    auto const measure = [&](cells const& row) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    };
    measure(head);
    for (auto const& row : rows) measure(row);
    auto const print = [&](cells const& row, style first, style second) {
        line l;
        for (std::size_t i = 0; i < row.size(); ++i)
            l.add(i + 1 < row.size() ? padded(row[i], widths[i] + 2) : row[i],
                i == 0       ? first
                    : i == 1 ? second
                             : style::plain);
        out.print(l);
    };
    print(head, style::dim, style::dim);
    for (std::size_t i = 0; i < rows.size(); ++i) print(rows[i], style::bold, style_of(states[i]));
}

/// The store does not know whether somebody has removed them since.
void show_left_drafts(console& out, std::vector<std::string> const& drafts)
{
    if (drafts.empty()) return;
    out.print();
    out.print("Drafts left behind unpublished (trunkline drift lists those that are still there):");
    for (auto const& d : drafts) out.print("  " + d);
}

std::string pins_in_short(json::object const& pins)
{
    std::vector<std::string> parts;
    for (auto const& m : pins) {
        if (!m.val.is_array()) continue;
        for (auto const& pin : m.val.as_array()) {
            auto const& version = pin.at_or_null("agent_version");
            parts.push_back(std::string(pin.string_at("agent_id")) + "@" +
                (version.is_null() ? std::string("none") : json::to_text(version)));
        }
    }
    return parts.empty() ? "(nothing)" : joined(parts, " ");
}

void show_numbers(console& out, std::vector<trunkline::sync::unit_result> const& units)
{
    for (auto const& u : units)
        for (auto const& n : u.numbers)
            out.print(
                "  " + n.number + ": " + pins_in_short(n.before) + " -> " + pins_in_short(n.after));
}

void show_head(console& out, release_row const& row)
{
    out.print(line()
                  .add(release_name(row.number), style::bold)
                  .add("  ")
                  .add(trunkline::store::name(row.state), style_of(row.state))
                  .add(row.title.empty() ? "" : "  " + row.title));
    auto const ended = row.ended_at == 0 ? std::string("not ended") : "to " + moment(row.ended_at);
    out.print("  " + moment(row.started_at) + " " + ended + ", by " + row.actor);
    if (row.reverts != 0) out.print("  takes back " + release_name(row.reverts));
    if (!row.backup_digest.empty())
        out.print(line().add("  backup " + row.backup_digest, style::dim));
    if (!row.plan_digest.empty()) out.print(line().add("  plan   " + row.plan_digest, style::dim));
    out.print();
}

void show_journal(console& out, std::vector<trunkline::store::journal_row> const& journal)
{
    out.print(line().add("Journal", style::bold));
    for (auto const& j : journal)
        out.print(line("  ")
                      .add(padded(std::to_string(j.sequence), 5))
                      .add(trunkline::to_iso8601(j.at) + "  ", style::dim)
                      .add(padded(j.type, 13))
                      .add((j.unit.empty() ? "" : j.unit + "  ") +
                          shortened(without_secrets(json::to_text(j.data)), 120)));
}

class release_journal {
public:
    std::int64_t release;
    std::vector<trunkline::store::journal_row> rows;
};

/// What the journal of a release holds of these units.
std::vector<trunkline::store::journal_row> journal_of(
    std::vector<trunkline::sync::unit_result> const& units, std::int64_t release,
    trunkline::control_center& center)
{
    auto rows = center.store().journal(center.tenant(), release);
    std::erase_if(rows, [&](trunkline::store::journal_row const& row) {
        return std::ranges::find(units, row.unit, &trunkline::sync::unit_result::name) ==
            units.end();
    });
    return rows;
}

/// The part of a plan that these units are. False if all of it is wanted.
bool keep_only(trunkline::sync::plan& p, std::vector<trunkline::sync::unit_result> const& units,
    std::string const& resource)
{
    if (resource.empty()) return false;
    auto const unwanted = [&](std::string const& name) {
        return std::ranges::find(units, name, &trunkline::sync::unit_result::name) == units.end();
    };
    std::erase_if(p.units, [&](auto const& u) { return unwanted(u.name); });
    std::erase_if(p.conflicts, [&](auto const& c) { return unwanted(c.unit); });
    std::erase_if(p.guards, [&](auto const& g) { return unwanted(g.unit); });
    p.notes.clear();
    return true;
}

} // namespace

exit_code run_history(session& s)
{
    auto& center = s.center(store_use::read_only);
    auto const& of = s.options.of;
    if (s.options.journal && of.empty())
        throw usage_error("--journal needs a release (trunkline show r7 --journal) or a resource "
                          "(--of agents/NAME)");
    std::vector<cells> rows;
    std::vector<release_state> states;
    std::vector<release_journal> journals;
    std::vector<std::string> drafts;
    json::array list;
    for (auto const& r : center.history()) {
        auto units = units_of(r, center);
        if (!of.empty()) keep_only(units, center.release(r.number).plan, of);
        if (!of.empty() && units.empty()) continue;
        auto entry = trunkline::sync::to_json(r);
        entry.set("units", trunkline::sync::to_json(units));
        if (s.options.journal) {
            journals.push_back({r.number, journal_of(units, r.number, center)});
            entry.set("journal", trunkline::sync::to_json(journals.back().rows));
        }
        list.push_back(std::move(entry));
        for (auto const& u : units)
            for (auto const v : u.orphans)
                drafts.push_back(release_name(r.number) + "  " + u.name + " version " +
                    std::to_string(v) +
                    "; if nobody needs it: " + trunkline::sync::draft_removal(u.id, v));
        states.push_back(r.state);
        rows.push_back({release_name(r.number), std::string(trunkline::store::name(r.state)),
            moment(r.started_at), printable(r.actor), shortened(printable(shown(r.title)), 40),
            printable(units_in_short(units))});
        if (s.options.limit && rows.size() == *s.options.limit) break;
    }
    s.out.document(json::object{{"releases", std::move(list)}});
    if (rows.empty())
        s.out.print(of.empty() ? "No release yet." : "No release touched " + of + ".");
    else show_table(s.out, rows, states);
    show_left_drafts(s.out, drafts);
    for (auto const& j : journals) {
        s.out.print();
        s.out.print(line().add(release_name(j.release), style::bold));
        show_journal(s.out, j.rows);
    }
    return exit_code::done;
}

exit_code run_show(session& s)
{
    auto const number = trunkline::parse_release(s.options.arguments[0]);
    if (!number)
        throw usage_error("\"" + s.options.arguments[0] +
            "\" is not a release; they are called r1, r2, ... (see trunkline history)");
    auto& center = s.center(store_use::read_only);
    auto const row = center.release(*number);
    auto units = units_of(row, center);
    keep_only(units, row.plan, s.options.of);
    auto p = trunkline::sync::plan::from_json(row.plan);
    auto const document_of_plan = keep_only(p, units, s.options.of) ? p.to_json() : row.plan;
    std::vector<trunkline::store::journal_row> journal;
    if (s.options.journal)
        journal = s.options.of.empty() ? center.store().journal(center.tenant(), *number)
                                       : journal_of(units, *number, center);

    show_head(s.out, row);
    show_units(s.out, units);
    show_numbers(s.out, units);
    s.out.print();
    if (!s.out.json()) show_plan(s.out, p);
    if (s.options.journal) s.out.print();
    if (s.options.journal) show_journal(s.out, journal);

    auto document = trunkline::sync::to_json(row);
    document.set("backup", row.backup_digest);
    document.set("plan_digest", row.plan_digest);
    document.set("units", trunkline::sync::to_json(units));
    document.set("plan", document_of_plan);
    if (s.options.journal) document.set("journal", trunkline::sync::to_json(journal));
    s.out.document(document);
    return exit_code::done;
}

} // namespace cli
