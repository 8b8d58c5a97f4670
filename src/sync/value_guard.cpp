#include "sync/value_guard.hpp"

#include <trunkline/retell/value_check.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace trunkline::sync::detail {
namespace {

constexpr std::size_t most = 10; ///< Of one document; more of the same say no more.

void check(std::string const& unit, std::string const& name, retell::resource_kind kind,
    json::value const& before, json::value const& after, plan& p)
{
    std::size_t guards = 0;
    std::size_t untold = 0;
    for (auto const& f : retell::check_values(kind, before, after)) {
        auto const text = f.path + ": " + f.text;
        if (f.kind == retell::finding_kind::hint) {
            auto note = name + ".json: " + text;
            if (std::ranges::find(p.notes, note) == p.notes.end()) // engines are shared
                p.notes.push_back(std::move(note));
        } else if (guards++ >= most) {
            ++untold;
        } else {
            plan_guard g;
            g.unit = unit;
            g.guard =
                f.kind == retell::finding_kind::reference ? "unresolved-reference" : "field-value";
            g.text = name + ".json: " + text;
            p.guards.push_back(std::move(g));
        }
    }
    if (untold > 0)
        p.guards.back().text += ", and " + std::to_string(untold) + " more values like this";
}

} // namespace

void check_values_of(plan_unit const& u, plan& p)
{
    check(u.name, u.name, u.kind, u.before, u.expected, p);
    if (u.engine_kind)
        check(u.name, u.engine_name, *u.engine_kind, u.engine_before, u.engine_expected, p);
}

} // namespace trunkline::sync::detail
