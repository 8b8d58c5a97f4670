#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/merge.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::sync {

/// One thing that is not as it was agreed, or not as it should be.
class drift_finding {
public:
    drift_finding() {}
    /// "changed", "new", "gone": against the last pull or release. "unpinned" (bound to a moving
    /// version), "behind" (bound to an older content than the newest published one), "dangling".
    std::string kind;
    std::string resource; ///< "agents/praxis-mueller"
    std::string text;
    std::vector<field_change> changes;
};

class drift_report {
public:
    drift_report() {}
    std::vector<drift_finding> findings;
    std::uint64_t requests = 0;
};

/// Compares the service with what was agreed last. Pure but for reads of the store.
drift_report find_drift(std::vector<store::base_row> const& agreed, snapshot const& remote,
    store::store const& s, tenant_id const& tenant);

} // namespace trunkline::sync
