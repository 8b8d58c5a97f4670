#include "sync/knowledge_pull.hpp"

#include "sync/knowledge.hpp"

#include <trunkline/sync/release.hpp>

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

std::map<std::string, store::base_row> knowledge_pull::find(name_table& names, checkout& out)
{
    std::map<std::string, store::base_row> in_folder;
    auto const& kind = retell::name(resource_kind::knowledge_base);
    for (auto const& row : bases_)
        if (row.kind == kind) in_folder.emplace(row.name, row);
    if (!remote_.knowledge_read || !local_) return in_folder;
    for (auto& known : store_.bases(tenant_, knowledge_workspace)) {
        auto const current = in_folder.find(known.name);
        if (current == in_folder.end() && known.list_stamp == 0 && is_of_this_folder(known) &&
            remote_.find_knowledge(known.id))
        {
            // Deleted once, and built again by a rollback.
            known.document = json::value(known.document.at_or_null("content"));
            names.add(resource_kind::knowledge_base, known.id, known.name);
            in_folder.emplace(known.name, std::move(known));
            continue;
        }
        if (known.list_stamp == 0 || current == in_folder.end() || !is_of_this_folder(known) ||
            !remote_.find_knowledge(known.id) || !is_in_use(known.id) ||
            is_in_use(current->second.id) || !was_taken_back(current->second.id))
            continue;
        auto superseded = current->second;
        superseded.list_stamp = known.list_stamp;
        superseded.document = json::object{
            {"workspace", local_->workspace}, {"content", std::move(superseded.document)}};
        out.gone.emplace_back(kind, superseded.id);
        out.knowledge.push_back(std::move(superseded));
        current->second.id = known.id;
        current->second.document = known.document.at_or_null("content");
        known.list_stamp = 0;
        names.add(resource_kind::knowledge_base, known.id, known.name);
        out.knowledge.push_back(std::move(known));
    }
    return in_folder;
}

bool knowledge_pull::is_in_use(std::string const& id) const
{
    return std::ranges::any_of(remote_.agents, [&](agent_state const& a) {
        return a.engine && uses_knowledge(a.engine->kind, a.engine->document, id);
    });
}

bool knowledge_pull::is_of_this_folder(store::base_row const& known) const
{
    return known.document.string_at("workspace") == local_->workspace;
}

/// Built by a release that was taken back, or given to callers by one (the release that built
/// it may have got no further). What a release built and nobody uses yet may be about to be
/// used (an apply that was interrupted, an agent that could not be released), and a list that
/// does not show it may lag.
bool knowledge_pull::was_taken_back(std::string const& id) const
{
    std::set<std::int64_t> reverted;
    for (auto const& r : releases())
        if (r.reverts != 0) reverted.insert(r.reverts);
    for (auto const& r : releases()) {
        if (!reverted.contains(r.number)) continue;
        std::set<std::string> released;
        for (auto const& u : results_of(r)) {
            if (u.action == unit_action::build_knowledge && u.id == id) return true;
            if (u.action == unit_action::release && (u.state == unit_state::done || u.live))
                released.insert(u.name);
        }
        if (!released.empty() && led_to(r.number, released, id)) return true;
    }
    return false;
}

/// Whether a release was to lead one of these agents to the knowledge base.
bool knowledge_pull::led_to(
    std::int64_t release, std::set<std::string> const& released, std::string const& id) const
{
    auto const row = store_.release(tenant_, release);
    if (!row) return false;
    auto const units = plan::from_json(row->plan).units;
    return std::ranges::any_of(units, [&](plan_unit const& u) {
        return u.engine_kind && released.contains(u.name) &&
            uses_knowledge(*u.engine_kind, u.engine_expected, id) &&
            !uses_knowledge(*u.engine_kind, u.engine_before, id);
    });
}

std::vector<store::release_row> const& knowledge_pull::releases() const
{
    if (!releases_) releases_ = store_.releases(tenant_);
    return *releases_;
}

} // namespace trunkline::sync::detail
