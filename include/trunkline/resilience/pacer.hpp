#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace trunkline::resilience {

/**
 * Spaces requests evenly: `rate` a second, of which `burst` may leave at once (GCRA: one time point
 * of state). When the service refuses a request for its rate, everybody waits and then passes more
 * slowly; each accepted request brings the pace a little closer to the configured one.
 *
 * Every reservation is granted; the answer says when. Pure: time is passed in.
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

    /// How long until the place behind `before` others is free, if nobody else takes one. Takes none.
    clock::duration wait_for(clock::time_point now, std::size_t before) const
    {
        auto const tolerance = caution_ > interval_ ? clock::duration::zero() : tolerance_;
        auto const next = std::max({next_, now - tolerance, held_until_});
        auto const places = static_cast<clock::rep>(std::min<std::size_t>(before, largest_burst));
        auto const at = next + std::max(interval_, caution_) * places;
        return std::max(at, now) - now;
    }

    /// Takes the next place. Returns how long to wait before using it.
    clock::duration reserve(clock::time_point now)
    {
        // Idle time beyond the tolerance is forgotten: it must not add up to a larger burst.
        auto const tolerance = caution_ > interval_ ? clock::duration::zero() : tolerance_;
        next_ = std::max({next_, now - tolerance, held_until_});
        auto const at = std::max(next_, now);
        next_ += std::max(interval_, caution_);
        return at - now;
    }

    /// A request sent at `sent_at` was refused for its rate: nobody passes for `wait`, and then one by
    /// one. Several refusals of requests sent before the first of them became known slow down once.
    void refused(clock::time_point sent_at, clock::time_point now, clock::duration wait)
    {
        if (sent_at >= refused_at_) {
            caution_ = std::clamp(std::max(wait, 2 * caution_), least_caution, most_caution);
            refused_at_ = now;
        }
        held_until_ = std::max(held_until_, now + wait);
    }

    /// A request passed the service's limit.
    void accepted()
    {
        caution_ -= caution_ / 20;
        if (caution_ < least_caution / 4) caution_ = clock::duration::zero();
    }

    /// Reservations for a time before this are void.
    clock::time_point held_until() const noexcept { return held_until_; }

private:
    // Bounds that keep the arithmetic in range.
    static constexpr double longest_interval = 3600.0; // seconds
    static constexpr unsigned largest_burst = 1'000'000;
    static constexpr clock::time_point long_ago{clock::duration::min() / 2};
    // A wait of half a minute tells when a window ends, not how far apart its requests may be.
    static constexpr clock::duration least_caution = std::chrono::milliseconds(20);
    static constexpr clock::duration most_caution = std::chrono::milliseconds(500);

    clock::duration interval_;
    clock::duration tolerance_;
    clock::duration caution_{0}; ///< The spacing learned from refusals.
    clock::time_point next_{long_ago};
    clock::time_point held_until_{long_ago};
    clock::time_point refused_at_{long_ago};
};

} // namespace trunkline::resilience
