#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/plan.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/**
 * Inputs of a plan in which agents that a release created and that nobody published since (the
 * service refused it, say) are as new as they were to that release. Their units get the ids
 * afterwards, so that they go on with them and create none a second time.
 */
class taken_up {
public:
    bundle local;
    std::vector<store::base_row> bases;
    snapshot remote;
    std::map<std::string, std::string, std::less<>> ids; ///< By unit.

    void name_in(plan& p) const;
};

/// Nothing if there are none, which is nearly always: the inputs are copied for them.
std::optional<taken_up> take_up_unpublished(bundle const& local,
    std::vector<store::base_row> const& bases, snapshot const& remote, store::store const& s);

} // namespace trunkline::sync::detail
