#include "sync/plan_index.hpp"

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

std::size_t slot(resource_kind k) noexcept
{
    return static_cast<std::size_t>(k);
}

/// The engine, but not its version: which one runs is decided by releases, files do not say it.
bool same_engine(json::value const& base, json::value const& local)
{
    if (!base.is_object() || !local.is_object()) return base == local;
    std::size_t compared = 0;
    for (auto const& m : local.as_object()) {
        if (m.key == "version") continue;
        auto const* const was = base.find(m.key);
        if (!was || !(*was == m.val)) return false;
        ++compared;
    }
    auto const of_base = base.as_object().size() - (base.find("version") ? 1 : 0);
    return compared == of_base;
}

} // namespace

snapshot_index::snapshot_index(snapshot const& s)
{
    agents_.reserve(s.agents.size());
    run_.reserve(s.agents.size());
    for (auto const& a : s.agents) {
        agents_.emplace(a.agent.id, &a);
        if (a.engine) run_.insert(a.engine->id);
    }
    for (auto const& n : s.numbers) numbers_.emplace(n.id, &n);
    for (auto const& e : s.spare_engines) spare_.emplace(e.id, &e);
}

base_index::base_index(std::vector<store::base_row> const& rows)
{
    resources_.reserve(rows.size());
    for (auto const& row : rows)
        if (auto const kind = retell::parse_resource_kind(row.kind)) {
            if (by_name_[slot(*kind)].emplace(row.name, &row).second)
                resources_.emplace_back(*kind, &row);
        } else if (row.kind == agent_engine_kind) {
            engines_.emplace(row.id, &row);
        }
}

store::base_row const* base_index::find(resource_kind kind, std::string_view name) const
{
    auto const& of_kind = by_name_[slot(kind)];
    auto const found = of_kind.find(name);
    return found == of_kind.end() ? nullptr : found->second;
}

store::base_row const* base_index::engine_of(std::string_view agent_id) const
{
    auto const found = engines_.find(agent_id);
    return found == engines_.end() ? nullptr : found->second;
}

bool base_index::has_id(resource_kind kind, std::string_view id) const
{
    for (auto const& [k, row] : resources_)
        if (k == kind && row->id == id) return true;
    return false;
}

file_index::file_index(bundle const& b)
{
    for (auto const& e : b.entries) {
        by_name_[slot(e.kind)].emplace(e.name, &e);
        if (e.kind != resource_kind::agent || e.engine_name.empty()) continue;
        if (auto const engine = engine_of(e.document))
            named_[slot(engine->kind)].insert(e.engine_name);
    }
}

bundle_entry const* file_index::find(resource_kind kind, std::string_view name) const
{
    auto const& names = by_name_[slot(kind)];
    auto const found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

bool file_index::is_named_engine(resource_kind kind, std::string_view name) const
{
    return named_[slot(kind)].contains(name);
}

bool says_nothing_new(resource_kind kind, json::value const& base, json::value const& local)
{
    if (!base.is_object() || !local.is_object()) return false;
    auto const& was = base.as_object();
    auto const* beside = was.begin(); // files keep the order in which the service has it
    for (auto const& m : local.as_object()) {
        while (beside != was.end() && beside->key != m.key) ++beside;
        auto const* const before = beside != was.end() ? &beside->val : was.find(m.key);
        if (beside == was.end()) beside = was.begin();
        if (!before) return false;
        bool const equal = kind == resource_kind::agent && m.key == "response_engine"
            ? same_engine(*before, m.val)
            : *before == m.val;
        if (!equal) return false;
    }
    return true;
}

} // namespace trunkline::sync::detail
