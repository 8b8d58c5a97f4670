#pragma once

#include "console.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/sync/plan.hpp>

#include <string>
#include <vector>

namespace cli {

/// Each field as "path: before -> after", long texts as a diff.
void show_changes(
    console& out, std::vector<trunkline::sync::field_change> const& changes, std::size_t indent);

/// Everything a plan would do and why it might not.
void show_plan(console& out, trunkline::sync::plan const& p);
/// Fields that both sides changed, with all three values.
/// `reverts`: the release that a rollback takes back, or 0: whose sides the values are.
void show_conflicts(console& out, std::vector<trunkline::sync::plan_conflict> const& conflicts,
    std::int64_t reverts = 0);
void show_notes(console& out, std::vector<std::string> const& notes);

/// "2 agents to release, 3 numbers to move"
std::string summary_of(trunkline::sync::plan const& p);
/// "Release these 2 agents?"
std::string question_for(trunkline::sync::plan const& p);

} // namespace cli
