#pragma once

#include "sync/plan_index.hpp"

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace trunkline::sync::detail {

/// What documents of the folder and of the account refer to: ids and, where there is none, names.
class reference_index {
public:
    reference_index(std::optional<bundle> const& local, snapshot const& remote);
    bool holds(retell::resource_kind kind, std::string_view id, std::string_view name) const;

private:
    void add(retell::resource_kind kind, json::value const& document);

    std::set<std::pair<retell::resource_kind, std::string>> texts_;
};

/// Agents that the account had, by the rows of a folder, and has no more.
class gone_agents {
public:
    gone_agents(std::vector<store::base_row> const& rows, snapshot_index const& remote);
    /// Null for any other.
    std::string const* name_of(std::string_view id) const;
    bool empty() const noexcept { return names_.empty(); }

private:
    std::map<std::string, std::string, std::less<>> names_; ///< By id.
};

/// The row that keeps the name of something that is gone: see gone_kind().
store::base_row gone_row(retell::resource_kind kind, std::string id, std::string name);

/// The kind of which a row keeps a name; nothing for other rows.
std::optional<retell::resource_kind> kind_of_gone(std::string_view row_kind);

} // namespace trunkline::sync::detail
