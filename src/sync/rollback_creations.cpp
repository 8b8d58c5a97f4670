#include "sync/rollback_creations.hpp"

#include "sync/deletions.hpp"
#include "sync/knowledge.hpp"
#include "sync/links.hpp"
#include "sync/planner_parts.hpp"

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

creation_undoer::creation_undoer(
    rollback_work& work, number_returner const& numbers, std::vector<unit_result> const& results)
    : work_(work), numbers_(numbers), results_(results)
{
    find_links();
}

void creation_undoer::run()
{
    std::vector<unit_result const*> going;
    for (auto const action :
        {unit_action::create_agent, unit_action::create_engine, unit_action::build_knowledge})
        for (auto const& r : results_)
            if (r.action == action && can_go(r)) going.push_back(&r);
    for (auto const* r : going) removed_.insert(r->id);
    while (std::erase_if(going, [&](auto const* r) { return is_used(*r); }) > 0) {
    }
    for (auto const* r : going) {
        auto const* const state = state_of(*r);
        plan_unit u;
        u.action = unit_action::remove;
        u.name = r->name;
        u.id = r->id;
        u.kind = state->kind;
        u.base_version = state->version;
        u.before = state->document;
        carry_engine(u, work_.remote);
        work_.made.units.push_back(std::move(u));
    }
}

resource_state const* creation_undoer::state_of(unit_result const& r) const
{
    if (r.action == unit_action::build_knowledge) return work_.remote.find_knowledge(r.id);
    return r.action == unit_action::create_agent ? agent_state_of(r.id) : engine_state_of(r.id);
}

bool creation_undoer::can_go(unit_result const& r)
{
    auto const* const state = state_of(r);
    if (!state) return false; // gone already
    if (is_as_made(r, *state)) return true;
    work_.note(r.name + ": was created by r" + std::to_string(work_.release.number) +
        " and edited at the service since, so it stays; a pull writes its file");
    return false;
}

bool creation_undoer::is_used(unit_result const& r)
{
    auto const used_by = r.action == unit_action::create_engine ? users_of_engine(r.id)
        : r.action == unit_action::create_agent                 ? users_of_agent(*state_of(r))
                                                                : users_by_engine(*state_of(r));
    if (used_by.empty()) return false;
    work_.made.leaves_some = true;
    work_.note(r.name + ": was created by r" + std::to_string(work_.release.number) +
        " and is used by " + used_by +
        " now, so it stays; take it out there and repeat the rollback if it is to go");
    removed_.erase(r.id);
    return true;
}

/// An agent counts with its engine: a colleague may have put work into either.
bool creation_undoer::is_as_made(unit_result const& r, resource_state const& now) const
{
    if (now.kind == resource_kind::knowledge_base) {
        auto const built = work_.store.version(work_.tenant, retell::name(now.kind), now.id, 0);
        // Interrupted before it was complete, it is what the plan says.
        auto const shape =
            built ? built_shape(built->document) : knowledge_shape(planned_content(r.name));
        return shape == built_shape(now.document);
    }
    if (now.kind != resource_kind::agent) return is_engine_as_made(now, r.after_version);
    auto const made = work_.store.version(work_.tenant, "agent", r.id, r.after_version);
    auto const* const agent = work_.remote.find_agent(r.id);
    if (!made || !agent ||
        retell::managed_hash(now.kind, made->document) !=
            retell::managed_hash(now.kind, now.document))
        return false;
    auto const ref = engine_of(made->document);
    return !ref || (agent->engine && is_engine_as_made(*agent->engine, ref->version));
}

json::value creation_undoer::planned_content(std::string const& unit) const
{
    for (auto const& u : work_.planned)
        if (u.name == unit) return u.expected;
    return {};
}

bool creation_undoer::is_engine_as_made(resource_state const& now, std::int64_t version) const
{
    auto const made = work_.store.version(work_.tenant, retell::name(now.kind), now.id, version);
    if (!made) return false;
    auto const hash = retell::managed_hash(now.kind, now.document);
    if (retell::managed_hash(now.kind, made->document) == hash) return true;
    // Linked, and interrupted before that could be noted.
    auto const links = links_.find(now.id);
    if (links == links_.end()) return false;
    auto linked = made->document;
    for (auto const& m : links->second) linked.make_object().set(m.key, m.val);
    return retell::managed_hash(now.kind, linked) == hash;
}

/// What the release's links wrote, or were to write, into engines it created.
void creation_undoer::find_links()
{
    std::map<std::string, std::string> created;
    for (auto const& r : results_)
        if (r.action == unit_action::create_agent || r.action == unit_action::create_engine)
            created.emplace(r.name, r.id);
    if (created.empty()) return;
    for (auto u : work_.planned) {
        auto const engine = created.find(u.engine_name);
        if (u.action != unit_action::link || engine == created.end()) continue;
        link(u, created);
        links_.emplace(engine->second, std::move(u.patch));
    }
}

resource_state const* creation_undoer::agent_state_of(std::string const& id) const
{
    auto const* const a = work_.remote.find_agent(id);
    return a ? &a->agent : nullptr;
}

resource_state const* creation_undoer::engine_state_of(std::string const& id) const
{
    if (auto const* const spare = work_.remote.find_spare_engine(id)) return spare;
    for (auto const& a : work_.remote.agents)
        if (a.engine && a.engine->id == id) return &*a.engine;
    return nullptr;
}

std::string creation_undoer::users_of_agent(resource_state const& made) const
{
    for (auto const& n : work_.remote.numbers) {
        auto const& document = numbers_.expected(n);
        if (!numbers_to_move(
                {{n.id, &document}}, made.id, [](auto const&, std::int64_t) { return true; })
                 .empty() ||
            mentions(json::value(pins_of(document)), made.id))
            return "numbers/" + n.id;
    }
    return users_by_engine(made);
}

std::string creation_undoer::users_of_engine(std::string const& id) const
{
    for (auto const& a : work_.remote.agents)
        if (a.engine && a.engine->id == id && !removed_.contains(a.id())) return work_.called(a);
    return {};
}

/// Who names an agent or a knowledge base, with what this rollback makes of engines.
std::string creation_undoer::users_by_engine(resource_state const& made) const
{
    for (auto const& a : work_.remote.agents) {
        if (!a.engine || a.id() == made.id || removed_.contains(a.id())) continue;
        auto const unit = std::ranges::find_if(work_.made.units,
            [&](plan_unit const& u) { return u.action == unit_action::release && u.id == a.id(); });
        bool const returns =
            unit != work_.made.units.end() && unit->engine_kind && !work_.is_blocked(unit->name);
        auto const& engine = returns ? unit->engine_expected : a.engine->document;
        if (retell::refers_to(a.engine->kind, engine, made.kind, made.id))
            return "the engine of " + work_.called(a);
    }
    for (auto const& e : work_.remote.spare_engines)
        if (!removed_.contains(e.id) && retell::refers_to(e.kind, e.document, made.kind, made.id))
            return work_.called(e);
    for (auto const& n : work_.remote.numbers)
        if (stays_bound(n, made)) return "the version to which numbers/" + n.id + " is bound";
    return {};
}

/// A number that is left out for a conflict stays at a version that uses it.
bool creation_undoer::stays_bound(resource_state const& n, resource_state const& made) const
{
    for (auto const& member : pins_of(numbers_.expected(n))) {
        if (!member.val.is_array()) continue;
        for (auto const& pin : member.val.as_array()) {
            auto const agent = pin.string_at("agent_id");
            auto const version = pin.int_at("agent_version");
            if (!removed_.contains(std::string(agent)) && !follows(n.id, agent) &&
                !is_older(agent, version, made) &&
                bound_version_uses(work_.store, work_.tenant, agent, version, made.id, made.kind))
                return true;
        }
    }
    return false;
}

/// A version that was there before what was created cannot name it, though nobody here has seen it.
bool creation_undoer::is_older(
    std::string_view agent, std::int64_t version, resource_state const& made) const
{
    return std::ranges::any_of(
        work_.store.versions(work_.tenant, "agent", agent), [&](store::version_row const& row) {
            return row.version >= version && row.remote_stamp > 0 && row.remote_stamp < made.stamp;
        });
}

/// The agent's release moves the number along.
bool creation_undoer::follows(std::string const& number, std::string_view agent) const
{
    return std::ranges::any_of(work_.made.units, [&](plan_unit const& u) {
        return u.action == unit_action::release && u.id == agent && !work_.is_blocked(u.name) &&
            std::ranges::any_of(
                u.numbers, [&](pinned_number const& p) { return p.number == number; });
    });
}

} // namespace trunkline::sync::detail
