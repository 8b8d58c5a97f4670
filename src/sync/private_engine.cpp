#include "sync/private_engine.hpp"

#include "sync/planner_parts.hpp"

#include <trunkline/sync/bundle.hpp>

namespace trunkline::sync::detail {

std::vector<agent_state const*> others_on_engine(snapshot const& remote, plan_unit const& u,
    json::value const& wanted, std::set<std::string> const& returning)
{
    std::vector<agent_state const*> others;
    auto const hash = retell::managed_hash(*u.engine_kind, wanted);
    for (auto const& a : remote.agents)
        if (a.id() != u.id && !returning.contains(a.id()) && a.engine &&
            a.engine->id == u.engine_id &&
            retell::managed_hash(a.engine->kind, a.engine->document) != hash)
            others.push_back(&a);
    return others;
}

plan_unit give_private_engine(plan_unit& u, std::string const& label)
{
    auto const kind = *u.engine_kind;
    plan_unit copy;
    copy.action = unit_action::create_engine;
    copy.name = unit_name(kind, u.name.substr(u.name.find('/') + 1) + "-before-" + label);
    copy.kind = kind;
    copy.patch = patch_between(kind, json::value(json::object{}), u.engine_expected);
    copy.expected = u.engine_expected;

    // The draft comes from the newest version, so that it leaves nothing of the old content behind
    // in the engine that is shared.
    if (u.fork_of != u.base_version) u.patch = patch_between(u.kind, u.before, u.expected);
    u.fork_of = u.base_version;
    auto reference = u.before.at_or_null("response_engine");
    reference.make_object().set(id_member(kind), "@" + copy.name);
    reference.make_object().set("version", 0);
    u.patch.set("response_engine", reference);
    u.expected.make_object().set("response_engine", std::move(reference));
    u.changes = changes(u.kind, u.before, u.expected);
    u.engine_id.clear();
    u.engine_name = copy.name;
    u.engine_patch = {};
    return copy;
}

void use_private_engine(plan_unit& u, resource_state const& copy)
{
    u.engine_id = copy.id;
    for (auto* const reference :
        {u.patch.find("response_engine"), u.expected.find("response_engine")}) {
        auto& engine = reference->make_object();
        engine.set(id_member(copy.kind), copy.id);
        engine.set("version", copy.version);
    }
    u.changes = changes(u.kind, u.before, u.expected);
}

} // namespace trunkline::sync::detail
