#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace trunkline::sync {

/// How far a long operation is: for a display, or a log.
class operation_progress {
public:
    operation_progress() {}
    std::string phase; ///< "reading" the account, or "releasing" (a rollback is a release too).
    std::size_t done = 0;
    std::size_t total = 0;      ///< Lists, agents and engines while reading, units while releasing.
    std::string what;           ///< The unit that moved last, and its step: "agents/x: read-back".
    std::uint64_t requests = 0; ///< Of the operation so far.
    double requests_per_second = 0; ///< Over the last seconds; 0 in the first second of a phase.
    /// Until the phase ends, at the pace so far; nothing while that is anybody's guess.
    std::optional<std::chrono::milliseconds> left;
};

/**
 * Makes figures of what happens: tells the pace of the last seconds and what is left at the pace of
 * the whole phase. Time is passed in. Thread safety: none.
 */
class progress_meter {
public:
    using time_point = std::chrono::steady_clock::time_point;
    /// Forgets what was before: phases have nothing in common.
    void begin(std::string phase, std::uint64_t requests, time_point now);
    /// `parts`: how much of `total` is done; those under way may count in part.
    operation_progress const& advance(
        double parts, std::size_t total, std::string what, std::uint64_t requests, time_point now);

private:
    class mark {
    public:
        time_point at;
        std::uint64_t requests;
    };
    static constexpr std::chrono::seconds window{10}; ///< Of the pace that is told.

    operation_progress now_;
    time_point began_{};
    std::uint64_t first_requests_ = 0;
    std::deque<mark> marks_;
};

} // namespace trunkline::sync
