#pragma once

#include <atomic>
#include <cstdint>

namespace trunkline::resilience {

/// The words that decisions are made on. A parameter of the templates, so that a test can schedule
/// every single access; `word` has the interface of std::atomic<std::uint64_t>.
class std_atomics {
public:
    using word = std::atomic<std::uint64_t>;
    // In shared memory a lock would belong to one process.
    static_assert(word::is_always_lock_free && sizeof(word) == sizeof(std::uint64_t));
};

} // namespace trunkline::resilience
