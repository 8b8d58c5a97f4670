#pragma once

#include <trunkline/retell/lint.hpp>
#include <trunkline/sync/plan.hpp>

#include <vector>

namespace trunkline::sync::detail {

/// The configuration under which releases are checked: some of what an account may have, a release
/// may not bring.
retell::lint_config release_config(retell::lint_config config);

/// A guard "lint" for each error that a unit would bring: what the linter said of the documents
/// before is not the unit's doing, and stands in no one's way.
std::vector<plan_guard> lint_guards_of(plan_unit const& u, retell::lint_config const& config);

} // namespace trunkline::sync::detail
