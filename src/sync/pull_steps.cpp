#include <trunkline/sync/checkout.hpp>

#include <algorithm>

namespace trunkline::sync {
namespace {

constexpr char const* pull_kind = "pull";

} // namespace

void begin_pull(store::store& s, tenant_id const& tenant, std::string_view workspace)
{
    store::base_row row;
    row.kind = pull_kind;
    row.id = workspace;
    row.name = workspace;
    row.document = json::object{};
    s.put_bases(tenant, pull_workspace, {row});
}

void end_pull(store::store& s, tenant_id const& tenant, std::string_view workspace,
    std::string_view agreed_workspace, checkout const& out)
{
    store::store::transaction t(s);
    s.put_bases(tenant, knowledge_workspace, out.knowledge);
    for (auto const kept : {workspace, agreed_workspace}) {
        if (kept.empty()) continue;
        s.put_bases(tenant, kept, out.bases);
        for (auto const& [kind, id] : out.gone) s.erase_base(tenant, kept, kind, id);
    }
    s.erase_base(tenant, pull_workspace, pull_kind, workspace);
    t.commit();
}

bool is_pull_under_way(store::store const& s, tenant_id const& tenant, std::string_view workspace)
{
    return std::ranges::any_of(s.bases(tenant, pull_workspace),
        [&](store::base_row const& row) { return row.id == workspace; });
}

} // namespace trunkline::sync
