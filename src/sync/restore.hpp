#pragma once

#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/// By old id: the id of what was made anew, or "@NAME" of what is about to be.
using renewed_ids = std::map<std::string, std::string, std::less<>>;

/// References to what was deleted lead to what is in its place; numbers to the one version of that.
json::value with_renewed(retell::resource_kind kind, json::value document, renewed_ids const& ids);

class rollback_work;

/// What earlier rollbacks of a release made anew and is still there, or too new to be in the lists:
/// it does not come a second time. Also what rollbacks of others did: references lead there.
renewed_ids made_again(std::vector<plan_unit> const& removed, store::store const& s,
    tenant_id const& tenant, std::int64_t release, snapshot const& remote, std::int64_t now);

/// Ids of what rollbacks took away again.
std::set<std::string, std::less<>> taken_back(store::store const& s, tenant_id const& tenant);

/// Of what rollbacks made anew, by id: the name of the file of what their release had deleted.
std::map<std::string, std::string> restored_names(store::store const& s, tenant_id const& tenant);

/// Of what a release deleted, that does not come again which names somebody who is gone, nor who
/// runs it: nobody is led there anew. The notes say so.
void leave_out_led_nowhere(rollback_work& work);

/// A rollback makes anew what its release deleted, and gives it back its place: whoever returns to
/// it refers to what is made then.
void restore(plan& p, std::vector<plan_unit> const& removed, snapshot const& remote,
    renewed_ids const& made_before);

} // namespace trunkline::sync::detail
