#include "sync/gone_names.hpp"

namespace trunkline::sync {

using retell::resource_kind;

namespace {

constexpr std::string_view gone_prefix = "gone-";

} // namespace

std::string gone_kind(resource_kind kind)
{
    return std::string(gone_prefix) + std::string(retell::name(kind));
}

namespace detail {

reference_index::reference_index(std::optional<bundle> const& local, snapshot const& remote)
{
    if (local)
        for (auto const& e : local->entries) add(e.kind, e.document);
    for (auto const& a : remote.agents) {
        add(resource_kind::agent, a.agent.document);
        if (a.engine) add(a.engine->kind, a.engine->document);
    }
    for (auto const& e : remote.spare_engines) add(e.kind, e.document);
    for (auto const& n : remote.numbers) add(resource_kind::phone_number, n.document);
}

void reference_index::add(resource_kind kind, json::value const& document)
{
    retell::read_references(kind, document, [&](std::string_view target, std::string_view text) {
        if (auto const of = retell::parse_resource_kind(target)) texts_.emplace(*of, text);
    });
}

bool reference_index::holds(resource_kind kind, std::string_view id, std::string_view name) const
{
    return texts_.contains({kind, std::string(id)}) ||
        texts_.contains({kind, "@" + std::string(folder(kind)) + "/" + std::string(name)});
}

gone_agents::gone_agents(std::vector<store::base_row> const& rows, snapshot_index const& remote)
{
    for (auto const& row : rows) {
        bool const is_agent = row.kind == retell::name(resource_kind::agent) ||
            kind_of_gone(row.kind) == resource_kind::agent;
        if (is_agent && !remote.agent(row.id)) names_.emplace(row.id, row.name);
    }
}

std::string const* gone_agents::name_of(std::string_view id) const
{
    auto const found = names_.find(id);
    return found == names_.end() ? nullptr : &found->second;
}

store::base_row gone_row(resource_kind kind, std::string id, std::string name)
{
    store::base_row row;
    row.kind = gone_kind(kind);
    row.id = std::move(id);
    row.name = std::move(name);
    row.document = json::object{};
    return row;
}

std::optional<resource_kind> kind_of_gone(std::string_view row_kind)
{
    if (!row_kind.starts_with(gone_prefix)) return std::nullopt;
    return retell::parse_resource_kind(row_kind.substr(gone_prefix.size()));
}

} // namespace detail
} // namespace trunkline::sync
