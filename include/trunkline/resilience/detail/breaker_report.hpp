#pragma once

#include <trunkline/resilience/breaker.hpp>

#include <algorithm>

// What a report does to a breaker; breaker_impl.hpp has the rest.

namespace trunkline::resilience {

template <class C, class A>
bool basic_breaker<C, A>::is_slow(permit p, nanoseconds duration, std::uint64_t tick) const noexcept
{
    if (settings_->slow_permille == 0 && settings_->combined_permille == 0) return false;
    if (duration.count() >= 0) return duration.count() > settings_->slow_ns;
    if (p.start_tick() == 0) return false;
    return detail::ticks::span(static_cast<std::int64_t>((tick - p.start_tick()) & 0x3fff)).count() >
        settings_->slow_ns;
}

template <class C, class A>
void basic_breaker<C, A>::report_call(word_type w, permit p, outcome o, nanoseconds duration,
    time_point now, breaker_change* change) noexcept
{
    auto const& traits = traits_of(o);
    auto const tick = detail::ticks::of(now);
    auto const streak = connect_streak(w, o);
    if (traits.for_breaker == verdict::neutral) return;
    if (traits.for_breaker == verdict::misconfigured)
        return leave_closed(w, circuit::misconfigured, tick, change);

    auto const failed = traits.for_breaker == verdict::failure;
    auto const slow = !failed && is_slow(p, duration, tick);
    count(w, failed ? detail::mark::failed : slow ? detail::mark::slow : detail::mark::good, tick);
    if (streak || ((failed || slow) && sum(w, tick).opens(*settings_)))
        return leave_closed(w, circuit::open, tick, change);
    if (w.good() != 0 || w.exponent() != 0) [[unlikely]]
        keep_house(w, tick);
}

/// True if this was the last of so many that could not connect.
template <class C, class A>
bool basic_breaker<C, A>::connect_streak(word_type w, outcome o) noexcept
{
    if (traits_of(o).answered) {
        // Written only where there is something to forget.
        if (words_->streak.load(std::memory_order_relaxed) != 0) [[unlikely]]
            words_->streak.store(0, std::memory_order_relaxed);
        return false;
    }
    if (o != outcome::unreachable) return false;
    auto const tag = w.generation() & 0x3ff;
    auto seen = words_->streak.load(std::memory_order_relaxed);
    for (int i = 0; i < attempts; ++i) {
        auto const n = seen >> 32 == tag ? std::min<std::uint64_t>(seen & 0xffff'ffff, 65'535) : 0;
        if (words_->streak.compare_exchange_weak(
                seen, (tag << 32) | (n + 1), std::memory_order_relaxed))
            return settings_->connect_failures != 0 && n + 1 >= settings_->connect_failures;
    }
    return false;
}

template <class C, class A>
void basic_breaker<C, A>::count(word_type w, detail::mark m, std::uint64_t tick) noexcept
{
    if (settings_->count_window != 0) {
        detail::last_calls<A>::push(words_->failed_calls, w.generation(), m == detail::mark::failed);
        detail::last_calls<A>::push(words_->slow_calls, w.generation(), m == detail::mark::slow);
        return;
    }
    auto const stripe = stripes_ ? detail::stripe_of_this_thread() : 0;
    auto& block = stripe == 0 ? words_->slices : (*stripes_)[stripe - 1];
    detail::time_window<A>(*settings_, w.generation(), tick).count(block, m);
}

template <class C, class A>
detail::tally basic_breaker<C, A>::sum(word_type w, std::uint64_t tick) const noexcept
{
    detail::tally out;
    if (settings_->count_window != 0) {
        auto const n = settings_->count_window;
        auto const [calls, failures] =
            detail::last_calls<A>::sum(words_->failed_calls, w.generation(), n);
        out.calls = calls;
        out.failures = failures;
        out.slow = detail::last_calls<A>::sum(words_->slow_calls, w.generation(), n).second;
        return out;
    }
    detail::time_window<A> const window(*settings_, w.generation(), tick);
    window.add_to(out, words_->slices);
    if (stripes_)
        for (auto const& block : *stripes_) window.add_to(out, block);
    return out;
}

template <class C, class A>
void basic_breaker<C, A>::leave_closed(
    word_type w, circuit to, std::uint64_t tick, breaker_change* change) noexcept
{
    auto const generation = w.generation();
    for (int i = 0; i < attempts && w.generation() == generation; ++i) {
        auto const next = to == circuit::open
            ? opened(w, tick)
            : w.moved_to(to).with_tick(tick + settings_->misconfigured_ticks);
        if (exchange(w, next, change)) return;
    }
}

/// Ends the slow start, and lets the exponent fall by one with each healthy window.
template <class C, class A>
void basic_breaker<C, A>::keep_house(word_type w, std::uint64_t tick) noexcept
{
    auto const age = detail::ticks::between(w.tick(), tick);
    auto const slices = age < 0 ? 8u : static_cast<std::uint32_t>(age) / settings_->slice_ticks;
    auto next = w;
    if (slices >= 3) next = next.with_good(w.good() & 2);
    if (slices >= 8)
        next = next.with_exponent(w.exponent() > 0 ? w.exponent() - 1 : 0).with_tick(tick);
    // Losing to another means that it has been done.
    if (next.bits() != w.bits()) exchange(w, next, nullptr);
}

template <class C, class A>
auto basic_breaker<C, A>::after_probe(word_type w, std::uint64_t bit, outcome o, bool slow,
    std::uint64_t tick) const noexcept -> word_type
{
    auto const& traits = traits_of(o);
    auto const without = w.with_permits(w.permits() & ~bit);
    if (w.state() == circuit::misconfigured) {
        if (traits.for_breaker == verdict::misconfigured)
            return without.with_tick(tick + settings_->misconfigured_ticks);
        return traits.proves_access ? w.moved_to(circuit::closed).with_tick(tick) : without;
    }
    if (traits.for_breaker == verdict::neutral) return without;
    if (traits.for_breaker == verdict::misconfigured)
        return w.moved_to(circuit::misconfigured).with_tick(tick + settings_->misconfigured_ticks);
    if (traits.for_breaker == verdict::failure || slow) return opened(w, tick);
    if (w.good() + 1 < settings_->successes) return without.with_good(w.good() + 1);
    auto const ramps = settings_->flags & breaker_settings::slow_start_flag;
    return w.moved_to(circuit::closed).with_good(ramps ? 1 : 0).with_tick(tick);
}

template <class C, class A>
void basic_breaker<C, A>::report_probe(word_type w, permit p, outcome o, nanoseconds duration,
    time_point now, breaker_change* change) noexcept
{
    auto const tick = detail::ticks::of(now);
    auto const slow = is_slow(p, duration, tick);
    auto const bit = std::uint64_t{1} << p.bit();
    for (int i = 0; i < attempts; ++i) {
        auto const probing = w.state() == circuit::half_open || w.state() == circuit::misconfigured;
        if (!probing || p.generation() != (w.generation() & 0x3ff) || !(w.permits() & bit))
            return note_late();
        if (exchange(w, after_probe(w, bit, o, slow, tick), change)) return;
    }
    // Others kept the word busy: the bit is left out, and the lease of this generation ends it.
    note_late();
}

} // namespace trunkline::resilience
