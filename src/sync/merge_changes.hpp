#pragma once

#include <trunkline/sync/merge.hpp>

namespace trunkline::sync::detail {

/// What it means that the later document lacks a member at the top, or a server-filled one anywhere.
enum class absent_member {
    was_removed,
    is_unmanaged, ///< A local document: the author just says nothing about it.
};

/// merge() without its lists of changes.
merge_result merge_only(retell::resource_kind kind, json::value const& base,
    json::value const& local, json::value const& remote, prefer p);

/// The base with what `local` changes, but for the edits that lost: at those places it stays.
json::value agreed_without(retell::resource_kind kind, json::value const& base,
    json::value const& local, std::vector<field_conflict> const& lost);

std::vector<field_change> find_changes(retell::resource_kind kind, json::value const& before,
    json::value const& after, absent_member absent);

} // namespace trunkline::sync::detail
