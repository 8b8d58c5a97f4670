#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/drift.hpp>
#include <trunkline/sync/explain.hpp>
#include <trunkline/sync/merge.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/progress.hpp>
#include <trunkline/sync/release.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// The documents in which results leave the library: those of `trunkline --json` and of the C interface.
/// Members are only ever added. No function here knows a secret: what it writes is redacted already.
namespace trunkline::sync {

/// 7 -> "r7".
std::string release_name(std::int64_t number);

json::array to_json(std::vector<field_change> const& changes);
json::array to_json(std::vector<plan_conflict> const& conflicts);
json::array to_json(std::vector<unit_result> const& units);
json::object to_json(drift_report const& r);
json::object to_json(number_explanation const& e);
json::object to_json(operation_progress const& p);
/// Without units, plan and digests.
json::object to_json(store::release_row const& row);
json::array to_json(std::vector<store::journal_row> const& journal);

} // namespace trunkline::sync
