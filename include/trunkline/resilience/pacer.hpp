#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

namespace trunkline::resilience {

/**
 * Spaces requests evenly: `rate` a second, of which `burst` may leave at once (GCRA: one time point of
 * state). Every reservation is granted; the answer says when. Pure: time is passed in.
 * Thread safety: none.
 */
class pacer {
public:
    using clock = std::chrono::steady_clock;

    /// A rate of 0 (or less) is no limit.
    pacer(double rate, unsigned burst)
        : interval_(rate > 0 && std::isfinite(rate)
                  ? std::chrono::duration_cast<clock::duration>(
                        std::chrono::duration<double>(std::min(1 / rate, longest_interval)))
                  : clock::duration::zero()),
          tolerance_(interval_ * (std::clamp(burst, 1u, largest_burst) - 1))
    {}

    /// Takes the next place. Returns how long to wait before using it.
    clock::duration reserve(clock::time_point now)
    {
        // An idle time beyond the tolerance is forgotten: it must not add up to a larger burst.
        next_ = std::max(next_, now - tolerance_);
        auto const at = std::max({next_, now, held_until_});
        next_ = std::max(next_, held_until_) + interval_;
        return at - now;
    }

    /// Nobody passes before `until`; afterwards the usual spacing holds, without a burst.
    void hold(clock::time_point until) { held_until_ = std::max(held_until_, until); }
    clock::time_point held_until() const noexcept { return held_until_; }

private:
    // Bounds that keep the arithmetic in range.
    static constexpr double longest_interval = 3600.0; // seconds
    static constexpr unsigned largest_burst = 1'000'000;
    static constexpr clock::time_point long_ago{clock::duration::min() / 2};

    clock::duration interval_;
    clock::duration tolerance_;
    clock::time_point next_{long_ago};
    clock::time_point held_until_{long_ago};
};

} // namespace trunkline::resilience
