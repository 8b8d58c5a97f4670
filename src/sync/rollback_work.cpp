#include "sync/rollback_work.hpp"

#include "sync/knowledge.hpp"
#include "sync/planner_parts.hpp"

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

rollback_work::rollback_work(store::release_row const& r, snapshot const& now,
    store::store const& s, tenant_id t, plan_options const& o)
    : release(r),
      remote(now),
      store(s),
      tenant(std::move(t)),
      options(o),
      planned(plan::from_json(r.plan).units),
      results(results_of(r))
{}

void rollback_work::conflict(std::string const& unit, std::string path, json::value base,
    json::value local, json::value remote_value)
{
    field_conflict c;
    c.path = std::move(path);
    c.base = std::move(base);
    c.local = std::move(local);
    c.remote = std::move(remote_value);
    add_conflicts(made, unit, unit, {std::move(c)});
}

bool rollback_work::is_blocked(std::string const& unit) const
{
    return std::ranges::any_of(
        made.conflicts, [&](plan_conflict const& c) { return c.unit == unit; });
}

bool rollback_work::comes_again(std::string_view id) const
{
    return made_again.contains(id) ||
        std::ranges::any_of(deleted, [&](plan_unit const& d) { return d.id == id; });
}

std::vector<store::base_row> const& rollback_work::rows() const
{
    if (!rows_) rows_ = store.bases(tenant, release.workspace);
    return *rows_;
}

std::string rollback_work::called(agent_state const& agent) const
{
    return unit_of(rows(), agent);
}

std::string rollback_work::called(resource_state const& other) const
{
    return unit_of(rows(), other.kind, other.id);
}

std::string rollback_work::gone_agent(
    resource_kind kind, json::value const& document, json::value const& now) const
{
    std::string gone;
    retell::read_references(kind, document, [&](std::string_view target, std::string_view id) {
        if (target == retell::name(resource_kind::agent) && !comes_again(id) &&
            !remote.find_agent(id) && !retell::refers_to(kind, now, resource_kind::agent, id) &&
            !store.versions(tenant, "agent", id).empty())
            gone = id;
    });
    return gone;
}

std::string rollback_work::gone_knowledge(
    resource_kind kind, json::value const& engine, json::value const& now) const
{
    std::string gone;
    if (!remote.knowledge_read) return gone;
    retell::read_references(kind, engine, [&](std::string_view target, std::string_view id) {
        if (target == retell::name(resource_kind::knowledge_base) && !comes_again(id) &&
            !remote.find_knowledge(id) && !uses_knowledge(kind, now, id))
            gone = id;
    });
    return gone;
}

} // namespace trunkline::sync::detail
