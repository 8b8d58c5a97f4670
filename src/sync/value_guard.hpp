#pragma once

#include <trunkline/sync/plan.hpp>

namespace trunkline::sync::detail {

/// Guards "field-value" for what a unit would send and the service, as far as it is known, refuses,
/// and "unresolved-reference" for what would go live as "@env:NAME"; notes for what looks misspelt.
/// Only what differs from the service is looked at.
void check_values_of(plan_unit const& u, plan& p);

} // namespace trunkline::sync::detail
