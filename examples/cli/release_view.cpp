#include "release_view.hpp"

#include "plan_view.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

namespace cli {

using trunkline::sync::unit_result;
using trunkline::sync::unit_state;

namespace {

style style_of(unit_state s)
{
    switch (s) {
    case unit_state::done: return style::green;
    case unit_state::pending:
    case unit_state::running:
    case unit_state::skipped:
    case unit_state::abandoned:
    case unit_state::interrupted: return style::yellow;
    case unit_state::conflict:
    case unit_state::failed: return style::red;
    }
    return style::plain;
}

std::string moved(std::string_view what, std::int64_t before, std::int64_t after)
{
    if (after < 0) return {};
    auto const from = before >= 0 ? std::to_string(before) + " -> " : std::string();
    return std::string(what) + " " + from + std::to_string(after);
}

std::string versions_of(unit_result const& u)
{
    std::vector<std::string> parts;
    for (auto& text : {moved("version", u.before_version, u.after_version),
             moved("engine", u.engine_before, u.engine_after)})
        if (!text.empty()) parts.push_back(text);
    std::vector<std::string> numbers;
    for (auto const& n : u.numbers) numbers.push_back(n.number);
    if (!numbers.empty()) parts.push_back("moved " + joined(numbers, " "));
    return joined(parts);
}

} // namespace

void show_units(console& out, std::vector<unit_result> const& units)
{
    std::size_t longest = 0;
    for (auto const& u : units) longest = std::max(longest, width(printable(u.name)));
    for (auto const& u : units) {
        line l("  ");
        l.add(padded(trunkline::sync::name(u.state), 12), style_of(u.state));
        auto const versions = versions_of(u);
        l.add(versions.empty() ? u.name : padded(u.name, longest) + "  ", style::bold).add(versions);
        out.print(l);
        if (u.state != unit_state::done && !u.message.empty()) {
            auto const where = u.step.empty() ? "" : "at " + u.step + ": ";
            out.print("              " + where + u.message);
        }
        for (auto const v : u.orphans)
            out.print("              left behind unpublished: version " + std::to_string(v) +
                "; if nobody needs it: " + trunkline::sync::draft_removal(u.id, v));
    }
}

std::vector<unit_result> units_of(
    trunkline::store::release_row const& row, trunkline::control_center& center)
{
    auto units = trunkline::sync::results_of(row);
    if (!units.empty() || row.state != trunkline::store::release_state::running) return units;
    auto const whole = center.release(row.number); // lists come without plans
    return trunkline::sync::recover_results(trunkline::sync::plan::from_json(whole.plan),
        center.store().journal(center.tenant(), row.number));
}

void keep_only(std::vector<unit_result>& units, json::value const& plan, std::string const& resource)
{
    if (resource.empty()) return;
    auto const is = [&](std::string_view name) {
        return !name.empty() && (name == resource || name.substr(name.find('/') + 1) == resource);
    };
    std::set<std::string, std::less<>> by_engine;
    if (auto const& planned = plan.at_or_null("units"); planned.is_array())
        for (auto const& u : planned.as_array())
            if (is(u.at_or_null("engine").string_at("name")))
                by_engine.emplace(u.string_at("name"));
    std::erase_if(units, [&](unit_result const& u) {
        bool const moves = std::ranges::any_of(
            u.numbers, [&](auto const& n) { return is("numbers/" + n.number); });
        return !(is(u.name) || moves || is(u.id) || is(u.engine_id) || by_engine.contains(u.name));
    });
}

} // namespace cli
