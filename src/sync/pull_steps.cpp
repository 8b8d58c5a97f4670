#include <trunkline/sync/checkout.hpp>

#include "sync/followers.hpp"

#include <algorithm>
#include <map>

namespace trunkline::sync {
namespace {

constexpr char const* pull_kind = "pull";

std::string begun_workspace(std::string_view workspace)
{
    return std::string(pull_workspace) + "/" + std::string(workspace);
}

void erase_begun(store::store& s, tenant_id const& tenant, std::string_view workspace)
{
    auto const begun = begun_workspace(workspace);
    for (auto const& row : s.bases(tenant, begun)) s.erase_base(tenant, begun, row.kind, row.id);
}

/// A knowledge base's row follows from what releases built, whenever it is asked for.
bool is_begun(store::base_row const& row, store::base_row const* before)
{
    if (row.kind == retell::name(retell::resource_kind::knowledge_base)) return false;
    return !before || before->name != row.name || !(before->document == row.document);
}

} // namespace

void begin_pull(store::store& s, tenant_id const& tenant, std::string_view workspace,
    std::vector<store::base_row> const& bases, checkout const& out)
{
    std::map<std::pair<std::string_view, std::string_view>, store::base_row const*> before;
    for (auto const& row : bases) before.try_emplace({row.kind, row.id}, &row);
    std::vector<store::base_row> begun;
    for (auto const& row : out.bases) {
        auto const found = before.find({row.kind, row.id});
        if (is_begun(row, found == before.end() ? nullptr : found->second)) begun.push_back(row);
    }
    store::base_row mark;
    mark.kind = pull_kind;
    mark.id = workspace;
    mark.name = workspace;
    mark.document = json::object{};
    store::store::transaction t(s);
    s.put_bases(tenant, pull_workspace, {mark});
    erase_begun(s, tenant, workspace);
    s.put_bases(tenant, begun_workspace(workspace), begun);
    t.commit();
}

void end_pull(store::store& s, tenant_id const& tenant, std::string_view workspace,
    std::string_view agreed_workspace, checkout const& out)
{
    store::store::transaction t(s);
    s.put_bases(tenant, knowledge_workspace, out.knowledge);
    detail::put_followers(s, tenant, out.followers);
    for (auto const kept : {workspace, agreed_workspace}) {
        if (kept.empty()) continue;
        s.put_bases(tenant, kept, out.bases);
        for (auto const& [kind, id] : out.gone) s.erase_base(tenant, kept, kind, id);
    }
    s.erase_base(tenant, pull_workspace, pull_kind, workspace);
    erase_begun(s, tenant, workspace);
    t.commit();
}

bool is_pull_under_way(store::store const& s, tenant_id const& tenant, std::string_view workspace)
{
    return std::ranges::any_of(s.bases(tenant, pull_workspace),
        [&](store::base_row const& row) { return row.id == workspace; });
}

std::vector<store::base_row> begun_rows(
    store::store const& s, tenant_id const& tenant, std::string_view workspace)
{
    return s.bases(tenant, begun_workspace(workspace));
}

} // namespace trunkline::sync
