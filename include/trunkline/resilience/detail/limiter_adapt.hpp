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
        auto seen = words_->adapted.load(std::memory_order_relaxed);
        auto const r = current();
        // The rate that was refused was a little too high. If refused before it was back at the
        // last good one, the limit itself has come down.
        auto const known = std::bit_cast<float>(static_cast<std::uint32_t>(seen >> 16));
        auto const before = std::abs(known);
        auto aim = static_cast<float>(r.rate() < before * 0.99 ? r.rate() * 0.85 : r.rate() * 0.95);
        // Refused near the same rate twice, that is where the limit is; the sign says so.
        if (r.rate() > before * 0.85 && r.rate() < before * 1.2) aim = -aim;
        auto const good = std::bit_cast<std::uint32_t>(aim);
        auto const next =
            (static_cast<std::uint64_t>(static_cast<std::uint16_t>(sent_under + 1)) << 48) |
            (std::uint64_t{good} << 16);
        bool first = false;
        while (!first && seen >> 48 == sent_under)
            first = words_->adapted.compare_exchange_weak(seen, next, std::memory_order_relaxed);
        if (first) {
            counters_->decreases.fetch_add(1, std::memory_order_relaxed);
            auto const at = static_cast<std::uint64_t>(ns_of(now));
            words_->dropped_at.store(at, std::memory_order_relaxed);
            words_->grown_at.store(at, std::memory_order_relaxed);
            set_rate(std::max(settings_->floor, r.rate() * 0.7), learned().burst, now);
        }
    }
    learn(h, now);
}

template <class A>
void basic_limiter<A>::accepted(rate_headers const& h, time_point now) noexcept
{
    learn(h, now);
    if (settings_->adaptive && !h.limit) grow(ns_of(now));
}

/// Back towards the last good rate along a cubic curve, fast at first and slowly near it; then up
/// by one request a second each second. Where the limit is known it stays below it for a while
/// before it tries whether that was raised: each try costs a refusal.
template <class A>
void basic_limiter<A>::grow(std::int64_t now) noexcept
{
    constexpr std::int64_t step = 100'000'000; // ns
    constexpr double steepness = 0.4;          // requests a second, per second cubed
    auto grown = words_->grown_at.load(std::memory_order_relaxed);
    auto const since = apart(now, static_cast<std::int64_t>(grown));
    if (since >= 0 && since < step) return;
    auto const r = current();
    if (is_held_by_share()) return; // more of its own would let nobody pass
    // Only while it holds somebody back: an idle limiter must not drift up.
    auto const ahead =
        apart(static_cast<std::int64_t>(words_->tat.load(std::memory_order_relaxed)), now);
    auto const adapted = words_->adapted.load(std::memory_order_relaxed);
    auto const denied = counters_->denied.load(std::memory_order_relaxed) & 0xffff;
    if (ahead < r.tolerance() / 2 && denied == (adapted & 0xffff)) return;
    if (!words_->grown_at.compare_exchange_strong(
            grown, static_cast<std::uint64_t>(now), std::memory_order_relaxed))
        return;
    auto expected = adapted;
    words_->adapted.compare_exchange_strong(
        expected, (adapted & ~std::uint64_t{0xffff}) | denied, std::memory_order_relaxed);

    auto const known =
        static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(adapted >> 16)));
    auto const last_good = std::abs(known);
    auto const t =
        static_cast<double>(apart(
            now, static_cast<std::int64_t>(words_->dropped_at.load(std::memory_order_relaxed)))) *
        1e-9;
    auto const back = std::cbrt(last_good * 0.3 / steepness);
    auto const seconds =
        static_cast<double>(std::clamp<std::int64_t>(since, 0, 1'000'000'000)) * 1e-9;
    auto target = r.rate() + seconds * std::min(1.0, r.rate() / 20);
    if (last_good > 0 && t >= 0 && t < back) {
        target = last_good + steepness * std::pow(t - back, 3);
    } else if (known < 0 && t >= back) {
        auto const patience = std::max(150.0 / last_good, 15.0); // seconds
        if (t - back < patience)
            target = std::min(target, last_good * (1 + 0.03 * std::pow((t - back) / patience, 3)));
    }
    if (target > r.rate())
        set_rate(
            std::min(target, settings_->ceiling), learned().burst, time_point(nanoseconds(now)));
}

} // namespace trunkline::resilience
