#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/**
 * Three-way merge of resource documents, field by field, as the catalogue classes them
 * (spec/sync.md section 3). Pure functions of their arguments. Documents are expected as
 * for_each_secret leaves them: secrets are references, compared as strings and shown as such.
 *
 * Thread safety: any thread.
 */
namespace trunkline::sync {

/// One field that differs between two states of a resource.
class field_change {
public:
    field_change() {}
    std::string path;                  ///< For readers: "tools[book_appointment].url".
    std::optional<json::value> before; ///< Nothing: absent.
    std::optional<json::value> after;  ///< Nothing: absent.
};

/// One field that both sides changed, each in its own way.
class field_conflict {
public:
    field_conflict() {}
    std::string path; ///< The smallest place that cannot be merged.
    std::optional<json::value> base;
    std::optional<json::value> local;
    std::optional<json::value> remote;
};

class merge_result {
public:
    merge_result() {}
    json::value merged;
    std::vector<field_change> local_changes;  ///< Ours against base.
    std::vector<field_change> remote_changes; ///< Theirs against base.
    std::vector<field_conflict> conflicts;    ///< Empty unless prefer::neither.
};

/// Whose value stands where both sides changed the same field.
enum class prefer : std::uint8_t {
    neither, ///< It is reported, and `merged` keeps the remote value.
    local,
    remote,
};

/**
 * Merges what changed locally into the remote document.
 *
 * `merged` is `remote` (its member order and everything nobody listed) with the local changes in
 * it. A top-level member or a server-filled value that `local` does not have is not managed: it
 * stays as it is remotely. Any other member or list item that `local` lacks and `base` has was
 * deleted. Values that equal their documented default equal being absent. Fields of class identity,
 * server_owned and release_owned are the remote's; cosmetic ones are the local's if it changed
 * them, and never a change or a conflict.
 *
 * Lists with keys merge item by item and keep the remote order, unless only the local side
 * reordered them; items added locally follow the item they follow locally. Lists without usable
 * keys merge as one value, as does an object whose "type" differs between the sides.
 */
merge_result merge(retell::resource_kind kind, json::value const& base, json::value const& local,
    json::value const& remote, prefer p = prefer::neither);

/// What changed between two documents, by the same rules. Sets and lists without keys are one change,
/// as is an item that came or went; an order that changed is listed as "nodes (order)" with the keys.
std::vector<field_change> changes(
    retell::resource_kind kind, json::value const& before, json::value const& after);

} // namespace trunkline::sync
