#pragma once

#include <trunkline/core/random.hpp>
#include <trunkline/resilience/breaker.hpp>

#include <algorithm>
#include <bit>

namespace trunkline::resilience {

template <class C, class A>
bool basic_breaker<C, A>::exchange(word_type& seen, word_type next, breaker_change* change) noexcept
{
    auto expected = seen.bits();
    if (!words_->control.compare_exchange_strong(
            expected, next.bits(), std::memory_order_acq_rel, std::memory_order_acquire))
    {
        seen = word_type(expected);
        return false;
    }
    if (next.generation() != seen.generation()) {
        counters_->changes.fetch_add(1, std::memory_order_relaxed);
        if (change) {
            change->happened = true;
            change->from = seen.state();
            change->to = next.state();
            change->generation = next.generation();
        }
    }
    return true;
}

/// The longest a deadline of this word can have been set ahead. One that is further off comes from
/// a clock that has since stepped back, and is over.
template <class C, class A>
std::uint32_t basic_breaker<C, A>::longest_wait(word_type w) const noexcept
{
    if (w.state() == circuit::half_open) return settings_->lease_ticks;
    if (w.state() == circuit::misconfigured) return settings_->misconfigured_ticks;
    auto const n = w.exponent() > 0 ? w.exponent() - 1 : 0;
    auto const grown = std::min<std::uint64_t>(
        settings_->cap_ms, n < 28 ? std::uint64_t{settings_->base_ms} << n : settings_->cap_ms);
    return detail::ticks::spanning(std::chrono::milliseconds(grown));
}

template <class C, class A>
bool basic_breaker<C, A>::is_over(word_type w, std::uint64_t tick) const noexcept
{
    auto const left = detail::ticks::between(tick, w.tick());
    if (left <= 0) return true;
    // Most are within the shortest wait there is; only others need to be looked at.
    auto const ahead = static_cast<std::uint32_t>(left);
    return ahead > settings_->shortest_wait && ahead > longest_wait(w) + 1;
}

template <class C, class A>
auto basic_breaker<C, A>::opened(word_type w, std::uint64_t tick) const noexcept -> word_type
{
    auto const next = w.moved_to(circuit::open).with_exponent(w.exponent() + 1);
    std::uint64_t wait = longest_wait(next);
    // Drawn from the word itself: nothing to share, to lock or to clone at a fork, and a run replays.
    auto const base = detail::ticks::spanning(std::chrono::milliseconds(settings_->base_ms));
    if (settings_->flags & breaker_settings::jitter_flag)
        wait = base + random_source(settings_->seed ^ next.bits() ^ tick).below(wait - base + 1);
    return next.with_tick(tick + wait);
}

template <class C, class A>
permit basic_breaker<C, A>::reject(word_type w) noexcept
{
    if (settings_->flags & breaker_settings::shadow_flag && w.state() != circuit::forced_open) {
        counters_->would_have_rejected.fetch_add(1, std::memory_order_relaxed);
        return permit_of(w, -1, 0);
    }
    auto const n = counters_->rejected.load(std::memory_order_relaxed);
    counters_->rejected.store(n + 1, std::memory_order_relaxed);
    return {};
}

template <class C, class A>
bool basic_breaker<C, A>::ramp_admits(word_type w, std::uint64_t tick) noexcept
{
    auto const age = detail::ticks::between(w.tick(), tick);
    auto const step = age < 0 ? 3u : static_cast<std::uint32_t>(age) / settings_->slice_ticks;
    if (step >= 3) return true;
    auto const share = (8u >> step) - 1;
    return (words_->ramp.fetch_add(1, std::memory_order_relaxed) & share) == 0;
}

/// No more probes than can still be needed to close it.
template <class C, class A>
bool basic_breaker<C, A>::has_free_probe(word_type w) const noexcept
{
    auto const out = static_cast<unsigned>(std::popcount(w.permits()));
    return w.state() == circuit::half_open && std::countr_one(w.permits()) < settings_->probes &&
        out + w.good() < settings_->successes;
}

template <class C, class A>
permit basic_breaker<C, A>::allow_slowly(word_type w, time_point now, breaker_change* change) noexcept
{
    auto const tick = detail::ticks::of(now);
    for (int i = 0; i < attempts; ++i) {
        switch (w.state()) {
        case circuit::closed:
            if (w.good() == 0) return permit_of(w, -1, tick);
            if (w.opened_by_others()) {
                if (others_left(tick) > 0) return reject(w);
                if (exchange(w, w.with_others(false), change)) w = w.with_others(false);
                break;
            }
            keep_house(w, tick);
            return ramp_admits(w, tick) ? permit_of(w, -1, tick) : reject(w);
        case circuit::disabled: return permit_of(w, -1, tick);
        case circuit::open:
        case circuit::misconfigured: {
            if (!is_over(w, tick)) return reject(w);
            auto const misconfigured = w.state() == circuit::misconfigured;
            auto const wait =
                misconfigured ? settings_->misconfigured_ticks : settings_->lease_ticks + 1;
            auto const next = w.moved_to(misconfigured ? circuit::misconfigured : circuit::half_open)
                                  .with_permits(1)
                                  .with_tick(tick + wait);
            if (exchange(w, next, change)) return permit_of(next, 0, tick);
            break;
        }
        case circuit::half_open: {
            auto next = w;
            int bit = 0;
            if (is_over(w, tick)) {
                next = w.moved_to(circuit::half_open).with_permits(1); // the holders are dead
            } else {
                if (!has_free_probe(w)) return reject(w);
                bit = std::countr_one(w.permits());
                next = w.with_permits(w.permits() | (std::uint64_t{1} << bit));
            }
            next = next.with_tick(tick + settings_->lease_ticks + 1);
            if (exchange(w, next, change)) return permit_of(next, bit, tick);
            break;
        }
        default: return reject(w);
        }
    }
    return reject(w);
}

/// Ticks for which the word of other hosts still stands. One from a clock that has since stepped
/// back does not.
template <class C, class A>
std::int64_t basic_breaker<C, A>::others_left(std::uint64_t tick) const noexcept
{
    auto const left =
        static_cast<std::int64_t>(words_->others.load(std::memory_order_acquire) - tick);
    return left > std::int64_t{detail::ticks::spanning(longest_echo)} + 1 ? 0 : left;
}

template <class C, class A>
void basic_breaker<C, A>::open_by_others(nanoseconds time, time_point now) noexcept
{
    bool const on = time.count() > 0;
    // The deadline first: whoever sees the mark finds when it ends.
    words_->others.store(on ? detail::ticks::of(now) +
                detail::ticks::spanning(std::min<nanoseconds>(time, longest_echo))
                            : 0,
        std::memory_order_release);
    auto w = load();
    for (int i = 0; i < attempts && w.state() == circuit::closed && w.opened_by_others() != on; ++i)
        if (exchange(w, w.with_others(on), nullptr)) return;
}

template <class C, class A>
breaker_change basic_breaker<C, A>::set(circuit to) noexcept
{
    breaker_change change;
    auto w = load();
    for (int i = 0; i < attempts; ++i)
        if (exchange(w, w.moved_to(to).with_exponent(0), &change)) break;
    return change;
}

template <class C, class A>
breaker_snapshot basic_breaker<C, A>::snapshot(time_point now) const noexcept
{
    auto const w = load();
    auto const tick = detail::ticks::of(now);
    breaker_snapshot out;
    out.state = w.state();
    out.shadow = settings_->flags & breaker_settings::shadow_flag;
    out.generation = w.generation();
    out.exponent = w.exponent();
    out.probes_out = static_cast<unsigned>(std::popcount(w.permits()));
    if (w.state() == circuit::closed) {
        auto const in_window = sum(w, tick);
        out.slow_start = w.ramping();
        auto const left = w.opened_by_others() ? others_left(tick) : 0;
        out.opened_by_others = left > 0;
        if (left > 0) out.retry_after = detail::ticks::span(left);
        out.calls = in_window.calls;
        out.failures = in_window.failures;
        out.slow = in_window.slow;
    } else {
        out.good_probes = w.good();
        auto const left = detail::ticks::between(tick, w.tick());
        if (w.state() == circuit::forced_open) out.retry_after = nanoseconds::max();
        else if (w.state() != circuit::disabled && !is_over(w, tick) && !has_free_probe(w))
            out.retry_after = detail::ticks::span(left);
    }
    out.rejected = counters_->rejected.load(std::memory_order_relaxed);
    out.late = counters_->late.load(std::memory_order_relaxed);
    out.would_have_rejected = counters_->would_have_rejected.load(std::memory_order_relaxed);
    out.changes = counters_->changes.load(std::memory_order_relaxed);
    return out;
}

} // namespace trunkline::resilience
