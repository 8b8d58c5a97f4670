#include "sync/unpublished.hpp"

#include "sync/links.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <set>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

using id_set = std::set<std::string, std::less<>>;
using name_map = std::map<std::string, std::string, std::less<>>;

/// Those that releases created, never mind whether one of them came to its end: what is created is
/// always meant to be published. Others have their drafts for reasons of their own.
id_set created_by_releases(id_set const& agents, store::store const& s, tenant_id const& tenant)
{
    id_set ours;
    for (auto const& r : s.releases(tenant)) {
        for (auto const& u : results_of(r))
            if (u.action == unit_action::create_agent && agents.contains(u.id)) ours.insert(u.id);
    }
    return ours;
}

/// Its engine's file names agents that are still to be created: a release of it has those linked
/// before it is published.
bool hands_over_to_new(bundle const& local, bundle_entry const& agent)
{
    auto const ref = engine_of(agent.document);
    auto const* const file = ref ? local.find(ref->kind, agent.engine_name) : nullptr;
    return file && !named_agents(file->kind, file->document).empty();
}

/// The names of the files by the ids of the agents.
name_map left_unpublished(bundle const& local, std::vector<store::base_row> const& bases,
    snapshot const& remote, store::store const& s)
{
    id_set drafts;
    for (auto const& a : remote.agents)
        if (!a.agent.published && a.agent.version == 0) drafts.insert(a.id());
    name_map names;
    if (drafts.empty()) return names;
    id_set known;
    for (auto const& row : bases)
        if (row.kind == retell::name(resource_kind::agent) && !row.published &&
            drafts.contains(row.id))
            if (auto const* const file = local.find(resource_kind::agent, row.name);
                file && !hands_over_to_new(local, *file))
            {
                known.insert(row.id);
                names.emplace(row.id, row.name);
            }
    if (known.empty()) return {};
    auto const ours = created_by_releases(known, s, tenant_id(local.tenant));
    std::erase_if(names, [&](auto const& entry) { return !ours.contains(entry.first); });
    return names;
}

/// Their engines are used by nobody else then: what was edited in those is sent before.
void take_out(snapshot& remote, name_map const& names)
{
    std::vector<resource_state> engines;
    std::erase_if(remote.agents, [&](agent_state& a) {
        if (!names.contains(a.id())) return false;
        if (a.engine) engines.push_back(std::move(*a.engine));
        return true;
    });
    for (auto& e : engines) {
        bool const is_used = std::ranges::any_of(
            remote.agents, [&](agent_state const& a) { return a.engine && a.engine->id == e.id; });
        if (!is_used && !remote.find_spare_engine(e.id))
            remote.spare_engines.push_back(std::move(e));
    }
}

} // namespace

void taken_up::name_in(plan& p) const
{
    for (auto& u : p.units)
        if (auto const id = ids.find(u.name);
            id != ids.end() && u.action == unit_action::create_agent)
            u.id = id->second;
}

std::optional<taken_up> take_up_unpublished(bundle const& local,
    std::vector<store::base_row> const& bases, snapshot const& remote, store::store const& s)
{
    auto const names = left_unpublished(local, bases, remote, s);
    if (names.empty()) return std::nullopt;
    taken_up out{local, bases, remote, {}};
    for (auto const& [id, name] : names) out.ids.emplace(unit_name(resource_kind::agent, name), id);
    take_out(out.remote, names);
    std::erase_if(out.bases, [&](store::base_row const& row) {
        return names.contains(row.id) &&
            (row.kind == retell::name(resource_kind::agent) || row.kind == agent_engine_kind);
    });
    // A number is moved to it once it is published, as to any that is new.
    for (auto& e : out.local.entries) {
        if (e.kind != resource_kind::phone_number) continue;
        retell::for_each_reference(e.kind, e.document, [&](std::string_view, std::string_view id) {
            auto const found = names.find(id);
            if (found == names.end()) return std::string(id);
            e.digest.clear();
            return "@agents/" + found->second;
        });
    }
    return out;
}

} // namespace trunkline::sync::detail
