#pragma once

#include <trunkline/resilience/detail/control_word.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <chrono>
#include <cmath>

// What a limiter may use of a rate that several hosts share; limiter_adapt.hpp has what it learns.

namespace trunkline::resilience {

namespace detail {

/// {spacing in ns 40, deadline in ticks 24}: a share, and until when it holds.
class share_word {
public:
    static constexpr std::chrono::minutes lease{10};

    explicit share_word(std::uint64_t bits) noexcept : bits_(bits) {}
    share_word(std::int64_t spacing, std::int64_t now) noexcept
        : bits_((static_cast<std::uint64_t>(spacing) << 24) |
              (((static_cast<std::uint64_t>(now) >> ticks::shift) + ticks::spanning(lease)) &
                  ticks::mask))
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    std::int64_t spacing() const noexcept { return static_cast<std::int64_t>(bits_ >> 24); }
    /// Also if it is further off than it can have been set: that is from before the ticks wrapped.
    bool is_over(std::int64_t now) const noexcept
    {
        auto const left = ticks::between(static_cast<std::uint64_t>(now) >> ticks::shift, bits_);
        return left <= 0 || left > static_cast<std::int32_t>(ticks::spanning(lease)) + 1;
    }

private:
    std::uint64_t bits_;
};

} // namespace detail

template <class A>
auto basic_limiter<A>::learned() const noexcept -> pace
{
    auto const w = share_ ? share_->learned.load() : 0;
    return w != 0 ? pace(w) : current();
}

/// The lower of what was learned and the share.
template <class A>
auto basic_limiter<A>::allowed(pace const& learned, std::int64_t now) const noexcept -> pace
{
    detail::share_word const s(share_->share.load());
    if (s.bits() == 0 || s.spacing() == 0 || s.is_over(now)) return learned;
    auto out = learned;
    out.spacing = std::max(learned.spacing, s.spacing());
    auto const part = std::min(1.0, 1e9 / static_cast<double>(s.spacing()) / settings_->rate);
    out.burst = std::max(1u, static_cast<std::uint32_t>(std::floor(learned.burst * part + 1e-3)));
    return out;
}

template <class A>
bool basic_limiter<A>::is_held_by_share() const noexcept
{
    return share_ && current().spacing > learned().spacing;
}

template <class A>
bool basic_limiter<A>::drop_lapsed_share(std::int64_t now) noexcept
{
    auto seen = share_->share.load(std::memory_order_relaxed);
    if (seen == 0 || !detail::share_word(seen).is_over(now)) return false;
    if (share_->share.compare_exchange_strong(seen, 0)) change_pace(learned(), now);
    return true;
}

template <class A>
void basic_limiter<A>::set_share(double rate, time_point at) noexcept
{
    if (!share_) return;
    auto const now = ns_of(at);
    std::uint64_t none = 0;
    share_->learned.compare_exchange_strong(none, current().bits());
    // Rounded up: shares that are rounded down never add up to more than the rate.
    auto const spacing =
        static_cast<std::int64_t>(std::clamp(std::ceil(1e9 / std::max(rate, 1e-9)), 1.0, 1e12));
    share_->share.store(detail::share_word(spacing, now).bits());
    change_pace(allowed(learned(), now), now);
}

template <class A>
void basic_limiter<A>::renew_share(time_point at) noexcept
{
    if (!share_) return;
    auto const now = ns_of(at);
    auto seen = share_->share.load();
    if (seen == 0) return;
    share_->share.compare_exchange_strong(
        seen, detail::share_word(detail::share_word(seen).spacing(), now).bits());
    change_pace(allowed(learned(), now), now);
}

} // namespace trunkline::resilience
