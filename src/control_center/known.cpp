#include "control_center/impl.hpp"

namespace trunkline::detail {

known_from_store::known_from_store(store::store const& s, tenant_id tenant, bool knowledge)
    : store_(s), tenant_(std::move(tenant))
{
    wants_knowledge_ = knowledge || !store_.bases(tenant_, sync::knowledge_workspace).empty();
    for (auto& row : store_.bases(tenant_, seen_workspace))
        if (row.kind == "agent") seen_.emplace(row.id, std::move(row));
        else if (row.kind == retell::name(retell::resource_kind::phone_number))
            seen_numbers_.push_back(std::move(row.id));
    for (auto& row : store_.bases(tenant_, sync::written_workspace))
        if (row.kind == retell::name(retell::resource_kind::phone_number))
            written_.emplace(row.id, std::move(row.document));
}

json::object known_from_store::written(retell::resource_kind kind, std::string_view id) const
{
    auto const found = written_.find(id);
    if (kind != retell::resource_kind::phone_number || found == written_.end()) return {};
    return found->second.as_object();
}

std::vector<std::string> known_from_store::ids(retell::resource_kind kind) const
{
    if (kind == retell::resource_kind::phone_number) return seen_numbers_;
    std::vector<std::string> out;
    if (kind == retell::resource_kind::agent)
        for (auto const& [id, row] : seen_) out.push_back(id);
    return out;
}

std::optional<sync::resource_state> known_from_store::agent(
    std::string_view id, std::int64_t list_stamp) const
{
    auto const found = seen_.find(id);
    if (found == seen_.end() || found->second.list_stamp != list_stamp) return std::nullopt;
    return sync::describe(retell::resource_kind::agent, found->second.document);
}

std::optional<sync::resource_state> known_from_store::published(
    retell::resource_kind kind, std::string_view id, std::int64_t version) const
{
    auto row = store_.version(tenant_, retell::name(kind), id, version);
    if (!row || !row->published) return std::nullopt;
    auto state = sync::describe(kind, std::move(row->document));
    state.published = true;
    return state;
}

namespace {

/// The versions of a snapshot on their way into the store, and what is to hold them afterwards.
class seen_versions {
public:
    void add(sync::resource_state& r)
    {
        auto& row = rows_.emplace_back();
        row.kind = retell::name(r.kind);
        row.id = r.id;
        row.version = r.version;
        row.published = r.published;
        row.remote_stamp = r.stamp;
        row.document = std::move(r.document);
        from_.push_back(&r);
    }
    void put(store::store& s, tenant_id const& tenant)
    {
        s.put_versions(tenant, rows_);
        for (std::size_t i = 0; i < rows_.size(); ++i)
            from_[i]->document = std::move(rows_[i].document);
    }

private:
    std::vector<store::version_row> rows_;
    std::vector<sync::resource_state*> from_;
};

} // namespace

void remember_snapshot(store::store& s, tenant_id const& tenant, sync::snapshot& snap)
{
    s.ensure_tenant(tenant);
    store::store::transaction t(s);
    seen_versions versions;
    for (auto& a : snap.agents) {
        versions.add(a.agent);
        if (a.engine) versions.add(*a.engine);
    }
    for (auto& e : snap.spare_engines) versions.add(e);
    for (auto& n : snap.numbers) versions.add(n);
    versions.put(s, tenant);
    std::vector<store::base_row> seen;
    for (auto const& a : snap.agents) {
        store::base_row row;
        row.kind = "agent";
        row.id = a.id();
        row.name = a.id();
        row.version = a.agent.version;
        row.published = a.agent.published;
        row.list_stamp = a.list_stamp;
        row.document = a.agent.document;
        seen.push_back(std::move(row));
    }
    for (auto const& n : snap.numbers) {
        store::base_row row;
        row.kind = retell::name(n.kind);
        row.id = row.name = n.id;
        seen.push_back(std::move(row));
    }
    for (auto const& [kind, id] : snap.gone)
        s.erase_base(tenant, seen_workspace, retell::name(kind), id);
    s.put_bases(tenant, seen_workspace, seen);
    t.commit();
}

} // namespace trunkline::detail
