#pragma once

#include <trunkline/core/diagnostics.hpp>

#include <chrono>
#include <cstdint>

namespace trunkline::retell {

/// What a client does about a key that the service refuses. Copyable.
class key_options {
public:
    key_options() {}
    /// Refusals in a row after which a key is left alone, if there is no other to fall back on.
    unsigned refusals = 3;
    /// How long it is left alone then; after that one call tries it.
    std::chrono::milliseconds pause{60'000};
};

/// What is known of a client's keys. Holds none of them.
class key_state {
public:
    key_state() {}
    std::uint64_t changes = 0; ///< How often set_key() was called.
    bool confirmed = false;    ///< The current key brought at least one success.
    bool refused = false;      ///< The last word of the service on the current key was 401.
    bool paused = false;       ///< It is left alone for now.
    bool previous_kept = false;
};

} // namespace trunkline::retell
