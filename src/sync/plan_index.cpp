#include "sync/plan_index.hpp"

#include "sync/merge_parts.hpp"

#include <algorithm>

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

std::optional<std::pair<resource_kind, std::string_view>> engine_named(
    json::value const& agent_document)
{
    auto const& engine = agent_document.at_or_null("response_engine");
    auto const type = engine.string_at("type");
    auto const kind = type == "retell-llm" ? resource_kind::llm : resource_kind::flow;
    if (kind == resource_kind::flow && type != "conversation-flow") return std::nullopt;
    auto const id = engine.string_at(id_member(kind));
    if (id.empty()) return std::nullopt;
    return std::pair(kind, id);
}

snapshot_index::snapshot_index(snapshot const& s)
{
    agents_.reserve(s.agents.size());
    run_.reserve(s.agents.size());
    for (auto const& a : s.agents) {
        agents_.add(&a);
        if (a.engine) run_.add(&*a.engine);
    }
    numbers_.reserve(s.numbers.size());
    for (auto const& n : s.numbers) numbers_.add(&n);
    for (auto const& e : s.spare_engines) spare_.add(&e);
}

base_index::base_index(std::vector<store::base_row> const& rows)
{
    resources_.reserve(rows.size());
    engines_.reserve(rows.size() / 3); // an agent, its engine, and what it runs
    for (auto const& row : rows)
        if (auto const kind = retell::parse_resource_kind(row.kind)) {
            resources_.emplace_back(*kind, &row);
        } else if (row.kind == agent_engine_kind) {
            engines_.add(&row);
        }
    std::array<std::size_t, retell::resource_kind_count> count{};
    for (auto const& [kind, row] : resources_) ++count[slot(kind)];
    for (std::size_t i = 0; i < count.size(); ++i) by_name_[i].reserve(count[i]);
    std::erase_if(resources_, [&](auto const& r) { return !by_name_[slot(r.first)].add(r.second); });
}

store::base_row const* base_index::find(resource_kind kind, std::string_view name) const
{
    return by_name_[slot(kind)].find(name);
}

store::base_row const* base_index::engine_of(std::string_view agent_id) const
{
    return engines_.find(agent_id);
}

store::base_row const* base_index::find_id(resource_kind kind, std::string_view id) const
{
    for (auto const& [k, row] : resources_)
        if (k == kind && row->id == id) return row;
    return nullptr;
}

file_index::file_index(bundle const& b)
{
    std::array<std::size_t, retell::resource_kind_count> count{};
    for (auto const& e : b.entries) ++count[slot(e.kind)];
    for (std::size_t i = 0; i < count.size(); ++i) by_name_[i].reserve(count[i]);
    for (auto const& e : b.entries) {
        by_name_[slot(e.kind)].add(&e);
        if (e.kind != resource_kind::agent || e.engine_name.empty()) continue;
        if (!naming_.add(&e)) also_naming_.push_back(&e);
    }
}

bundle_entry const* file_index::find(resource_kind kind, std::string_view name) const
{
    return by_name_[slot(kind)].find(name);
}

bool file_index::is_named_engine(resource_kind kind, std::string_view name) const
{
    auto const names_kind = [kind](bundle_entry const& agent) {
        auto const engine = engine_named(agent.document);
        return engine && engine->first == kind;
    };
    auto const* const first = naming_.find(name);
    if (!first) return false;
    return names_kind(*first) || std::ranges::any_of(also_naming_, [&](bundle_entry const* agent) {
        return agent->engine_name == name && names_kind(*agent);
    });
}

paired_files::paired_files(
    bundle const& local, std::vector<store::base_row> const& rows, base_index const& bases)
    : entries_(local.entries.data()), rows_(rows.data()), has_file_(rows.size())
{
    bases_.reserve(local.entries.size());
    for (auto const& e : local.entries) {
        auto const* const row = bases_.emplace_back(bases.find(e.kind, e.name));
        if (row) has_file_[static_cast<std::size_t>(row - rows_)] = true;
    }
}

bool says_nothing_new(resource_kind kind, json::value const& base, json::value const& local)
{
    if (!base.is_object() || !local.is_object()) return false;
    members_beside was(base.as_object()); // files keep the order in which the service has it
    for (auto const& m : local.as_object()) {
        auto const* const before = was.find(m.key);
        if (!before) return false;
        bool const equal = kind == resource_kind::agent && m.key == "response_engine"
            ? same_engine(*before, m.val)
            : *before == m.val;
        if (!equal) return false;
    }
    return true;
}

} // namespace trunkline::sync::detail

namespace trunkline::sync {

void keep_once(bundle& local, std::vector<store::base_row>& bases, snapshot const& remote)
{
    detail::snapshot_index const at_service(remote);
    auto const now = [&](store::base_row const& row) -> json::value const* {
        if (row.kind == agent_engine_kind) {
            auto const* const agent = at_service.agent(row.id);
            return agent && agent->engine ? &agent->engine->document : nullptr;
        }
        auto const kind = retell::parse_resource_kind(row.kind);
        if (kind == retell::resource_kind::agent) {
            auto const* const agent = at_service.agent(row.id);
            return agent ? &agent->agent.document : nullptr;
        }
        auto const* const other = kind == retell::resource_kind::phone_number
            ? at_service.number(row.id)
            : at_service.engine(row.id);
        return other ? &other->document : nullptr;
    };
    for (auto& row : bases)
        if (auto const* const document = now(row)) json::keep_once(row.document, *document);
    detail::base_index const agreed(bases);
    for (auto& e : local.entries)
        if (auto const* const base = agreed.find(e.kind, e.name))
            json::keep_once(e.document, base->document);
}

} // namespace trunkline::sync
