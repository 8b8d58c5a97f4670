#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/merge.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace trunkline::sync {

/// What became of one resource between two releases.
class resource_difference {
public:
    resource_difference() {}
    std::string resource;               ///< "llms/praxis-mueller"
    bool created = false;               ///< It did not exist at the first release.
    bool removed = false;               ///< It does not at the second.
    std::vector<field_change> changes;  ///< By the catalogue; secrets are references.
    std::vector<std::int64_t> releases; ///< That touched it, oldest first.
};

/**
 * What differs between the account after release `from` and after release `to`, as far as releases
 * made it so, field by field. `to` may be the older one: then it is what going back would change.
 * Resources that were changed and changed back do not appear. What people did at the service
 * between two releases shows where a later release found it.
 * @param rows  releases with plan and result, in any order; those from `from` to `to` must be
 * there. Throws trunkline::error (unknown_release) if one of the two is not.
 */
std::vector<resource_difference> diff_releases(
    std::span<store::release_row const> rows, std::int64_t from, std::int64_t to);

json::array to_json(std::vector<resource_difference> const& differences);

} // namespace trunkline::sync
