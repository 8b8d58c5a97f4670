#pragma once

#include "console.hpp"

#include <trunkline/resilience/space.hpp>

namespace cli {

/// "12 of 16381 keys, 4.9 MB, 3 evictions"
std::string counts_text(trunkline::resilience::space_counts const& c);
void describe_counts(json::object& row, trunkline::resilience::space_counts const& c);

/// Keys, leases and the last changes of a segment. True if something is wrong with it.
bool show_segment(
    console& out, std::string const& name, trunkline::resilience::resilience_space const& space);

} // namespace cli
