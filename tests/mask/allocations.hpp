#pragma once

#include <cstddef>

namespace mask_test {

/// How many allocations of this thread succeed before one fails; below 0: all.
extern thread_local long allocations_left;
/// How many this thread asked for.
extern thread_local std::size_t allocations;

} // namespace mask_test
