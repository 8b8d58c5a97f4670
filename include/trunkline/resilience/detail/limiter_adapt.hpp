#pragma once

#include <trunkline/resilience/limiter.hpp>

#include <bit>
#include <cmath>

namespace trunkline::resilience {

template <class A>
void basic_limiter<A>::hold(nanoseconds wait, time_point at) noexcept
{
    auto const now = ns_of(at);
    if (wait.count() > settings_->longest_penalty_ns) {
        counters_->penalties_cut.fetch_add(1, std::memory_order_relaxed);
        wait = nanoseconds(settings_->longest_penalty_ns);
    }
    if (wait.count() <= 0) return;
    auto const until = now + wait.count();
    auto seen = words_->penalty.load(std::memory_order_relaxed);
    do {
        if (penalty_left(now) > 0 && static_cast<std::int64_t>(seen) >= until) break;
    } while (!words_->penalty.compare_exchange_weak(
        seen, static_cast<std::uint64_t>(until), std::memory_order_relaxed));

    // Time waited is no credit: afterwards they leave one by one, not as a burst.
    auto const r = current();
    auto const tat = until + r.tolerance() - r.spacing;
    seen = words_->tat.load(std::memory_order_relaxed);
    while (plausible(static_cast<std::int64_t>(seen), now, r) < tat &&
        !words_->tat.compare_exchange_weak(
            seen, static_cast<std::uint64_t>(tat), std::memory_order_relaxed))
    {}
}

/// Headers override what was guessed.
template <class A>
void basic_limiter<A>::learn(rate_headers const& h, time_point now) noexcept
{
    if (h.retry_after) hold(*h.retry_after, now);
    if (h.remaining && *h.remaining <= 0 && h.reset) hold(*h.reset, now);
    if (!settings_->adaptive || !h.limit || !h.window || h.window->count() <= 0 || !(*h.limit > 0))
        return;
    auto const told = std::clamp(*h.limit * 1e9 / static_cast<double>(h.window->count()),
        settings_->floor, settings_->ceiling);
    auto const r = learned();
    if (std::abs(told - r.rate()) > r.rate() * 0.01) set_rate(told, r.burst, now);
}

template <class A>
void basic_limiter<A>::throttled(
    std::uint16_t sent_under, rate_headers const& h, time_point now) noexcept
{
    counters_->throttled.fetch_add(1, std::memory_order_relaxed);
    if (settings_->adaptive) {
        auto const seen = words_->adapted.load(std::memory_order_relaxed);
        if (seen >> 48 == sent_under) lower(seen, sent_under, ns_of(now));
    }
    learn(h, now);
}

template <class A>
void basic_limiter<A>::accepted(rate_headers const& h, time_point now) noexcept
{
    learn(h, now);
    if (!settings_->adaptive || h.limit) return;
    words_->measured.fetch_add(1, std::memory_order_relaxed);
    grow(ns_of(now));
}

template <class A>
double basic_limiter<A>::seconds_held(double since_drop, std::int64_t now) const noexcept
{
    auto const until = static_cast<std::int64_t>(words_->penalty.load(std::memory_order_relaxed));
    auto const held = apart(until, now) + static_cast<std::int64_t>(since_drop * 1e9);
    return held > 0 && held <= settings_->longest_penalty_ns ? static_cast<double>(held) * 1e-9 : 0;
}

template <class A>
detail::limit_estimate basic_limiter<A>::estimate(std::uint64_t adapted) const noexcept
{
    auto const limit = std::bit_cast<float>(static_cast<std::uint32_t>(adapted >> 16));
    return {limit, detail::limit_measure(words_->measured.load(std::memory_order_relaxed))};
}

/// With a limit that was met the burst is what a second brings, and no more than in proportion to
/// the configured one: a service that takes less a second takes less at once.
template <class A>
void basic_limiter<A>::adapt(double rate, std::int64_t now) noexcept
{
    rate = std::clamp(rate, settings_->floor, settings_->ceiling);
    auto burst = learned().burst;
    if (words_->moved_at.load(std::memory_order_relaxed) >> 32 != 0) {
        auto const most = settings_->burst * std::min(1.0, rate / settings_->rate);
        burst = static_cast<std::uint32_t>(std::max(1.0, std::min(most, rate)));
    }
    set_rate(rate, burst, time_point(nanoseconds(now)));
}

/// The first refusal of a generation; the others were under way when it came.
template <class A>
void basic_limiter<A>::lower(
    std::uint64_t adapted, std::uint16_t sent_under, std::int64_t now) noexcept
{
    detail::limit_moves const moves(words_->moved_at.load(std::memory_order_relaxed));
    auto const passed = moves.seconds_since_drop(now);
    auto const next = estimate(adapted).refused(current().rate(), passed, seconds_held(passed, now));
    auto const bits = std::bit_cast<std::uint32_t>(static_cast<float>(next.limit));
    auto const to = (static_cast<std::uint64_t>(static_cast<std::uint16_t>(sent_under + 1)) << 48) |
        (std::uint64_t{bits} << 16);
    do {
        if (adapted >> 48 != sent_under) return;
    } while (!words_->adapted.compare_exchange_weak(adapted, to, std::memory_order_relaxed));
    counters_->decreases.fetch_add(1, std::memory_order_relaxed);
    words_->measured.store(next.measure.bits(), std::memory_order_relaxed);
    words_->moved_at.store(detail::limit_moves::dropped(now).bits(), std::memory_order_relaxed);
    adapt(next.rate, now);
}

template <class A>
void basic_limiter<A>::grow(std::int64_t now) noexcept
{
    constexpr double step = 0.1; // seconds
    detail::limit_moves const moves(words_->moved_at.load(std::memory_order_relaxed));
    auto const seconds = moves.seconds_since_growth(now);
    if (seconds < step) return;
    if (is_held_by_share()) return; // more of its own would let nobody pass
    auto seen = moves.bits();
    if (!words_->moved_at.compare_exchange_strong(
            seen, moves.grown(now).bits(), std::memory_order_relaxed))
        return;
    // Only while it holds somebody back: an idle limiter must not drift up.
    auto const r = current();
    auto const ahead =
        apart(static_cast<std::int64_t>(words_->tat.load(std::memory_order_relaxed)), now);
    auto const adapted = words_->adapted.load(std::memory_order_relaxed);
    auto const denied = counters_->denied.load(std::memory_order_relaxed) & 0xffff;
    if (ahead < r.tolerance() / 2 && denied == (adapted & 0xffff)) {
        if (seconds > 1)
            words_->measured.fetch_or(detail::limit_measure::idle, std::memory_order_relaxed);
        return;
    }
    auto expected = adapted;
    words_->adapted.compare_exchange_strong(
        expected, (adapted & ~std::uint64_t{0xffff}) | denied, std::memory_order_relaxed);
    auto const held = seconds_held(moves.seconds_since_drop(now), now);
    auto const to = estimate(adapted).growth(r.rate(), std::min(seconds, 1.0), held);
    if (to > r.rate()) adapt(to, now);
}

} // namespace trunkline::resilience
