#include "sync/restore.hpp"

#include "sync/links.hpp"
#include "sync/planner_parts.hpp"

#include <map>
#include <string>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

bool is_there(snapshot const& remote, plan_unit const& u)
{
    return remote.find_agent(u.id) || remote.find_spare_engine(u.id) || remote.find_knowledge(u.id);
}

/// Old ids of what comes again as names.
json::value by_name(
    resource_kind kind, json::value document, std::map<std::string, std::string> const& names)
{
    retell::for_each_reference(kind, document, [&](std::string_view, std::string_view id) {
        auto const found = names.find(std::string(id));
        return found == names.end() ? std::string(id) : "@" + found->second;
    });
    return document;
}

/// Numbers and engines that return to what was deleted: it has another id then, and its one version.
void refer_by_name(plan& p, std::map<std::string, std::string> const& names)
{
    if (names.empty()) return;
    auto const members = [&](resource_kind kind, json::value& expected, json::object& patch) {
        if (!expected.is_object()) return;
        auto named = by_name(kind, expected, names);
        for (auto& m : named.as_object()) {
            if (m.val == expected.at_or_null(m.key)) continue;
            if (kind == resource_kind::phone_number && m.val.is_array())
                for (auto& pin : m.val.as_array())
                    if (pin.string_at("agent_id").starts_with('@'))
                        pin.as_object().set("agent_version", 0);
            patch.set(m.key, m.val);
        }
        expected = std::move(named);
    };
    for (auto& u : p.units) {
        if (u.action == unit_action::update_number) members(u.kind, u.expected, u.patch);
        if (u.action == unit_action::release && u.engine_kind)
            members(*u.engine_kind, u.engine_expected, u.engine_patch);
    }
}

} // namespace

void restore(plan& p, std::vector<plan_unit> const& removed, snapshot const& remote)
{
    std::map<std::string, std::string> names;
    for (auto const& u : removed)
        if (!is_there(remote, u)) names.emplace(u.id, u.name);
    for (auto const& u : removed) {
        if (is_there(remote, u)) continue;
        bool const knowledge = u.kind == resource_kind::knowledge_base;
        if (knowledge && u.agreed.is_null()) continue; // superseded long ago, and not missed
        plan_unit made;
        made.action = knowledge              ? unit_action::build_knowledge
            : u.kind == resource_kind::agent ? unit_action::create_agent
                                             : unit_action::create_engine;
        made.name = u.name;
        made.kind = u.kind;
        made.expected = by_name(u.kind, knowledge ? u.agreed : u.before, names);
        made.patch = patch_between(u.kind, json::value(json::object{}), made.expected);
        if (auto const ref = engine_of(u.before); ref && u.kind == resource_kind::agent) {
            made.engine_kind = ref->kind;
            auto const again = names.find(ref->id);
            made.engine_name = again == names.end() ? "its engine" : again->second;
            if (again == names.end()) made.engine_id = ref->id;
        }
        p.units.push_back(std::move(made));
    }
    refer_by_name(p, names);
    split_creations(p);
}

} // namespace trunkline::sync::detail
