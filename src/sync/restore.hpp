#pragma once

#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <vector>

namespace trunkline::sync::detail {

/// Adds to a rollback what creates anew what a release deleted. Ids are other ones afterwards, so
/// what was deleted together refers to each other by name until it exists.
void restore(plan& p, std::vector<plan_unit> const& removed, snapshot const& remote);

} // namespace trunkline::sync::detail
