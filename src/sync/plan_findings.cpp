#include "sync/plan_findings.hpp"

#include "sync/deletions.hpp"
#include "sync/planner_parts.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace trunkline::sync::detail {

using retell::resource_kind;

void plan_findings::note_missing_files()
{
    std::vector<std::pair<resource_kind, std::string_view>> gone;
    for (auto const& [kind, row] : bases_.resources())
        if (!paired_.has_file(*row) && is_at_service(kind, *row) &&
            !deletion_planner::asks_for(local_, unit_name(kind, row->name)))
            gone.emplace_back(kind, row->name);
    std::ranges::sort(gone);
    for (auto const& [kind, name] : gone)
        plan_.notes.push_back(unit_name(kind, name) +
            ": its file is missing; nothing is deleted for that, and the next pull writes it "
            "again");
    auto const missing = gone.size();
    auto const created = std::ranges::count_if(plan_.units, [](plan_unit const& u) {
        return u.action == unit_action::create_agent || u.action == unit_action::create_engine ||
            (u.action == unit_action::build_knowledge && u.replaces.empty());
    });
    if (missing > 0 && created > 0)
        add_guard("possible-rename",
            std::to_string(created) + " new and " + std::to_string(missing) +
                " missing files: a renamed file would create a second resource; rename it "
                "back, or allow this if it is meant");
    if (bases_.size() > 0 && missing * 10 >= bases_.size() * 3)
        add_guard("mass-delete",
            std::to_string(missing) + " of " + std::to_string(bases_.size()) +
                " files are missing: is this the right folder?");
}

/// Of what is gone there as well nothing is missing.
bool plan_findings::is_at_service(resource_kind kind, store::base_row const& row) const
{
    switch (kind) {
    case resource_kind::agent: return at_service_.agent(row.id) != nullptr;
    case resource_kind::phone_number: return at_service_.number(row.id) != nullptr;
    case resource_kind::knowledge_base:
        return !remote_.knowledge_read || remote_.find_knowledge(row.id);
    default: return at_service_.engine(plain_id(row.id)) != nullptr;
    }
}

/// Who leads callers to an agent that is gone.
void plan_findings::note_gone_targets()
{
    if (gone_.empty()) return;
    std::map<std::string, std::vector<std::string>> by_target;
    for (auto const& e : local_.entries) {
        std::set<std::string> named;
        retell::read_references(e.kind, e.document, [&](std::string_view, std::string_view text) {
            if (auto const* const gone = gone_.name_of(text)) named.insert(*gone);
        });
        for (auto const& name : named) by_target[name].push_back(unit_name(e.kind, e.name));
    }
    for (auto const& [name, from] : by_target) {
        std::string list;
        for (auto const& unit : from) list += (list.empty() ? "" : ", ") + unit;
        plan_.notes.push_back("agents/" + name + ": is gone from the account, and " + list +
            " still " + (from.size() == 1 ? "leads" : "lead") +
            " there; name another agent in its place, or make it anew: " +
            (files_.find(resource_kind::agent, name) ? "apply --prefer local, if its file was "
                                                       "edited; else move that away, pull, "
                                                       "and put it back"
                                                     : "pull, then put its file back"));
    }
}

void plan_findings::add_guard(std::string guard, std::string text)
{
    plan_guard g;
    g.guard = std::move(guard);
    g.text = std::move(text);
    plan_.guards.push_back(std::move(g));
}

} // namespace trunkline::sync::detail
