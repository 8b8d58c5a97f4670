#pragma once

#include <trunkline/retell/guard_metrics.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/request_options.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace trunkline::retell {

/// Every way in which a guarded_admission decides.
enum class guard_decision : std::uint8_t {
    go,
    wait_rate,      ///< For credit; counted once an attempt.
    wait_ramp,      ///< While a breaker lets traffic come back slowly.
    wait_in_flight, ///< For another request to end.
    refuse_rate,    ///< It would have to wait too long.
    refuse_crowd,   ///< Too many wait already.
    refuse_open,
    refuse_misconfigured,
    refuse_retry,
    refuse_lease,
    refuse_unusable, ///< The part cannot work, and is to fail closed.
    pass_unusable,   ///< The part cannot work, and is to fail open.
    pass_shadow,     ///< The part would have refused.
    given_up,        ///< By its caller, before it went.
};
inline constexpr std::size_t guard_decisions = 14;

/// Counters of one admission. Thread-safe, without a lock.
class guard_counters {
public:
    void add(guard_decision d, priority p) noexcept
    {
        decided_[static_cast<std::size_t>(d)][static_cast<std::size_t>(p)].fetch_add(
            1, std::memory_order_relaxed);
    }
    void add(outcome o, priority p) noexcept
    {
        ended_[static_cast<std::size_t>(o)][static_cast<std::size_t>(p)].fetch_add(
            1, std::memory_order_relaxed);
    }
    void append_to(guard_metrics& out) const;

private:
    using by_priority = std::array<std::atomic<std::uint64_t>, priorities>;
    std::array<by_priority, guard_decisions> decided_{};
    std::array<by_priority, outcomes> ended_{};
};

/// Requests that left in the last full second: where to start when there was no limit and the
/// service asks for one.
class guard_pulse {
public:
    using time_point = std::chrono::steady_clock::time_point;

    void beat(time_point now) noexcept
    {
        auto const second = second_of(now);
        auto seen = word_.load(std::memory_order_relaxed);
        while (!word_.compare_exchange_weak(seen, next(seen, second), std::memory_order_relaxed)) {
        }
    }
    double rate(time_point now) const noexcept
    {
        auto const seen = word_.load(std::memory_order_relaxed);
        auto const age = (second_of(now) - (seen >> 48)) & 0xffff;
        auto const current = seen & 0xff'ffff, before = (seen >> 24) & 0xff'ffff;
        if (age > 1) return 1;
        return static_cast<double>(
            std::max<std::uint64_t>(age == 0 ? std::max(current, before) : current, 1));
    }

private:
    /// {second 16, the second before 24, this second 24}
    static std::uint64_t next(std::uint64_t seen, std::uint64_t second) noexcept
    {
        auto const age = (second - (seen >> 48)) & 0xffff;
        auto const current = seen & 0xff'ffff;
        if (age == 0) return current == 0xff'ffff ? seen : seen + 1;
        return (second << 48) | ((age == 1 ? current : 0) << 24) | 1;
    }
    static std::uint64_t second_of(time_point t) noexcept
    {
        using std::chrono::seconds;
        return static_cast<std::uint64_t>(
                   std::chrono::duration_cast<seconds>(t.time_since_epoch()).count()) &
            0xffff;
    }
    std::atomic<std::uint64_t> word_{0};
};

} // namespace trunkline::retell
