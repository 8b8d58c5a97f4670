#include "sync/followers.hpp"
#include "sync/plan_index.hpp"

#include <trunkline/sync/planner.hpp>

namespace trunkline::sync {

using retell::resource_kind;

std::string version_contents::of(json::value const& agent, json::value const* engine)
{
    auto hash = retell::managed_hash(resource_kind::agent, agent);
    if (auto const ref = engine_of(agent); ref && engine)
        hash += "/" + retell::managed_hash(ref->kind, *engine);
    return hash;
}

std::string version_contents::of(std::string_view agent_id, std::int64_t version) const
{
    auto const [it, inserted] = cache_.try_emplace({std::string(agent_id), version});
    if (!inserted) return it->second;
    auto const agent = store_.version(tenant_, "agent", agent_id, version);
    if (!agent) return {};
    auto const ref = engine_of(agent->document);
    if (!ref) return it->second = of(agent->document, nullptr);
    auto const engine = store_.version(tenant_, retell::name(ref->kind), ref->id, ref->version);
    if (engine) it->second = of(agent->document, &engine->document);
    return it->second;
}

current_rule detail::current_versions(
    std::shared_ptr<snapshot_index const> index, version_contents const& contents)
{
    return [index = std::move(index), &contents](std::string_view agent_id, std::int64_t version) {
        auto const* const agent = index->agent(agent_id);
        if (!agent || !agent->agent.published) return false;
        if (agent->agent.version == version) return true;
        auto const pinned = contents.of(agent_id, version);
        return !pinned.empty() &&
            pinned ==
            version_contents::of(
                agent->agent.document, agent->engine ? &agent->engine->document : nullptr);
    };
}

current_rule current_versions(snapshot const& remote, version_contents const& contents)
{
    return detail::current_versions(
        std::make_shared<detail::snapshot_index const>(remote), contents);
}

follow_rule follows_releases(current_rule is_current, follower_memory const& known)
{
    return [is_current = std::move(is_current), &known](
               std::string_view number, std::string_view agent_id, std::int64_t version) {
        return is_current(agent_id, version) || known.knows(number, agent_id, version);
    };
}

} // namespace trunkline::sync
