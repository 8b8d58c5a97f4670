#include "sync/restore.hpp"

#include "sync/links.hpp"
#include "sync/planner_parts.hpp"
#include "sync/rollback_work.hpp"
#include "sync/unit_creating.hpp"

#include <algorithm>
#include <string>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

bool is_there(snapshot const& remote, std::string const& id)
{
    return remote.find_agent(id) || remote.find_spare_engine(id) || remote.find_knowledge(id) ||
        std::ranges::any_of(
            remote.agents, [&](agent_state const& a) { return a.engine && a.engine->id == id; });
}

/// What is made anew has one version; what an earlier rollback made may have got others since.
std::int64_t engine_version(snapshot const& remote, std::string_view reference)
{
    if (auto const* const spare = remote.find_spare_engine(reference)) return spare->version;
    std::int64_t newest = 0;
    for (auto const& a : remote.agents)
        if (a.engine && a.engine->id == reference) newest = std::max(newest, a.engine->version);
    return newest;
}

/// Numbers and engines that return to what was deleted: it has another id then, and its one version.
void refer_anew(plan& p, renewed_ids const& ids)
{
    if (ids.empty()) return;
    auto const members = [&](resource_kind kind, json::value& expected, json::object& patch) {
        if (!expected.is_object()) return;
        auto named = with_renewed(kind, expected, ids);
        for (auto& m : named.as_object())
            if (!(m.val == expected.at_or_null(m.key))) patch.set(m.key, m.val);
        expected = std::move(named);
    };
    for (auto& u : p.units) {
        if (u.action == unit_action::update_number) members(u.kind, u.expected, u.patch);
        if (u.action == unit_action::release && u.engine_kind)
            members(*u.engine_kind, u.engine_expected, u.engine_patch);
    }
}

/// The engine of an agent that is made anew: what it was, what an earlier rollback made of it, or
/// what this one is about to make.
void name_engine(
    plan_unit& made, engine_reference const& old, renewed_ids const& ids, snapshot const& remote)
{
    made.engine_kind = old.kind;
    made.engine_name = "its engine";
    auto const again = ids.find(old.id);
    if (again == ids.end()) {
        made.engine_id = old.id;
        return;
    }
    bool const comes = again->second.starts_with('@');
    if (comes) made.engine_name = again->second.substr(1);
    else made.engine_id = again->second;
    made.expected.find("response_engine")
        ->make_object()
        .set("version", comes ? 0 : engine_version(remote, again->second));
}

/// By the ids of what releases deleted: what their rollbacks made of it.
renewed_ids all_made_again(std::vector<store::release_row> const& releases)
{
    std::map<std::pair<std::int64_t, std::string>, std::string> removed; // by release and name
    renewed_ids made;
    for (auto const& r : releases)
        for (auto const& u : results_of(r))
            if (u.action == unit_action::remove) removed.insert_or_assign({r.number, u.name}, u.id);
    for (auto const& r : releases) {
        if (r.reverts == 0) continue;
        for (auto const& u : results_of(r)) {
            auto const old = removed.find({r.reverts, u.name});
            if (creates(u.action) && !u.id.empty() && old != removed.end())
                made.insert_or_assign(old->second, u.id);
        }
    }
    return made;
}

/// What became of it in the end: what was made anew may have been deleted and come again.
std::string last_of(std::string id, renewed_ids const& made, snapshot const& remote)
{
    for (std::size_t steps = 0; steps < made.size() && !is_there(remote, id); ++steps) {
        auto const next = made.find(id);
        if (next == made.end()) break;
        id = next->second;
    }
    return id;
}

/// Whom it names that is gone and does not come again, as a message says it; or empty.
std::string led_nowhere(plan_unit const& u, rollback_work const& work)
{
    if (auto const gone = work.gone_agent(u.kind, u.before); !gone.empty())
        return "hands over to the agent " + gone;
    if (auto const gone = work.gone_knowledge(u.kind, u.before); !gone.empty())
        return "uses the knowledge base " + gone;
    auto const engine = u.kind == resource_kind::agent ? engine_of(u.before) : std::nullopt;
    return engine && !is_there(work.remote, engine->id) && !work.comes_again(engine->id)
        ? "runs " + engine->id
        : std::string();
}

} // namespace

json::value with_renewed(resource_kind kind, json::value document, renewed_ids const& ids)
{
    if (!document.is_object()) return document;
    auto const before = document;
    retell::for_each_reference(kind, document, [&](std::string_view, std::string_view id) {
        auto const found = ids.find(id);
        return found == ids.end() ? std::string(id) : found->second;
    });
    if (kind != resource_kind::phone_number) return document;
    for (auto& m : document.as_object()) {
        auto const& old = before.at_or_null(m.key);
        if (m.val == old || !m.val.is_array()) continue;
        for (std::size_t i = 0; i < m.val.as_array().size(); ++i)
            if (auto& pin = m.val.as_array()[i];
                pin.string_at("agent_id") != old.as_array()[i].string_at("agent_id"))
                pin.as_object().set("agent_version", 0);
    }
    return document;
}

renewed_ids made_again(std::vector<plan_unit> const& removed, store::store const& s,
    tenant_id const& tenant, std::int64_t release, snapshot const& remote, std::int64_t now)
{
    renewed_ids made;
    auto const releases = s.releases(tenant);
    for (auto const& r : releases) {
        if (r.reverts != release) continue;
        bool const is_new = r.ended_at != 0 && now - r.ended_at < lists_lag_ms;
        for (auto const& result : results_of(r)) {
            if (!creates(result.action) || result.id.empty()) continue;
            if (!is_new && !is_there(remote, result.id)) continue;
            auto const old = std::ranges::find(removed, result.name, &plan_unit::name);
            if (old != removed.end()) made.emplace(old->id, result.id);
        }
    }
    auto const all = all_made_again(releases);
    for (auto const& [old, next] : all)
        if (auto last = last_of(next, all, remote); !is_there(remote, old) && is_there(remote, last))
            made.try_emplace(old, std::move(last));
    return made;
}

void leave_out_led_nowhere(rollback_work& work)
{
    for (auto at = work.deleted.begin(); at != work.deleted.end();) {
        bool const is_again = is_there(work.remote, at->id) || work.made_again.contains(at->id);
        auto const why = is_again ? std::string() : led_nowhere(*at, work);
        if (why.empty()) {
            ++at;
            continue;
        }
        work.note(at->name + ": does not come again, for it " + why +
            ", which is gone; put its file back, with what it is to name in the place of that, "
            "and apply");
        work.made.leaves_some = true;
        work.deleted.erase(at);
        at = work.deleted.begin(); // who runs it does not come either
    }
}

std::set<std::string, std::less<>> taken_back(store::store const& s, tenant_id const& tenant)
{
    std::set<std::string, std::less<>> ids;
    for (auto const& r : s.releases(tenant)) {
        if (r.reverts == 0) continue;
        for (auto const& u : results_of(r))
            if (u.action == unit_action::remove && u.state == unit_state::done) ids.insert(u.id);
    }
    return ids;
}

std::map<std::string, std::string> restored_names(store::store const& s, tenant_id const& tenant)
{
    std::map<std::int64_t, std::set<std::string>> removed; // by release
    std::vector<std::pair<std::int64_t, unit_result>> made;
    for (auto const& r : s.releases(tenant)) {
        for (auto& u : results_of(r)) {
            if (u.action == unit_action::remove) removed[r.number].insert(u.name);
            else if (r.reverts != 0 && creates(u.action) && !u.id.empty())
                made.emplace_back(r.reverts, std::move(u));
        }
    }
    std::map<std::string, std::string> names;
    for (auto const& [of, u] : made)
        if (removed[of].contains(u.name)) names.emplace(u.id, u.name.substr(u.name.find('/') + 1));
    return names;
}

void restore(plan& p, std::vector<plan_unit> const& removed, snapshot const& remote,
    renewed_ids const& made_before)
{
    auto ids = made_before;
    for (auto const& u : removed)
        if (!is_there(remote, u.id)) ids.try_emplace(u.id, "@" + u.name);
    // An earlier rollback made it anew, and could not publish it.
    auto const left = [&](plan_unit const& u) {
        auto const again = made_before.find(u.id);
        auto const* const agent = u.kind == resource_kind::agent && again != made_before.end()
            ? remote.find_agent(again->second)
            : nullptr;
        return agent && !agent->agent.published && agent->agent.version == 0 ? agent->id()
                                                                             : std::string();
    };
    for (auto const& u : removed)
        if (!is_there(remote, u.id) && !left(u).empty()) ids.insert_or_assign(u.id, "@" + u.name);
    for (auto const& u : removed) {
        auto const unpublished = left(u);
        if (is_there(remote, u.id) || (made_before.contains(u.id) && unpublished.empty())) continue;
        bool const knowledge = u.kind == resource_kind::knowledge_base;
        if (knowledge && u.agreed.is_null()) continue; // superseded long ago, and not missed
        plan_unit made;
        made.action = knowledge              ? unit_action::build_knowledge
            : u.kind == resource_kind::agent ? unit_action::create_agent
                                             : unit_action::create_engine;
        made.name = u.name;
        made.id = unpublished;
        made.kind = u.kind;
        made.expected = with_renewed(u.kind, knowledge ? u.agreed : u.before, ids);
        if (auto const ref = engine_of(u.before); ref && u.kind == resource_kind::agent)
            name_engine(made, *ref, ids, remote);
        made.patch = patch_between(u.kind, json::value(json::object{}), made.expected);
        p.units.push_back(std::move(made));
    }
    refer_anew(p, ids);
    split_creations(p);
}

} // namespace trunkline::sync::detail
