#pragma once

#include <trunkline/resilience/limiter.hpp>

namespace trunkline::resilience {

template <class A>
void basic_limiter<A>::start() noexcept
{
    words_->rate.store(pace(settings_->rate, settings_->burst).bits(), std::memory_order_relaxed);
}

/// How far the arrival time may run ahead for this class. With full credit a request always leaves.
template <class A>
inline std::int64_t basic_limiter<A>::threshold(
    pace const& r, std::uint32_t cost, priority p) const noexcept
{
    auto const reserve = settings_->reserves[static_cast<std::size_t>(p) & 3];
    if (reserve == 0 && cost <= r.burst) return r.tolerance();
    return std::max(r.tolerance() / 1000 * (1000 - reserve), r.spacing * cost);
}

/// An arrival time beyond anything that can have been taken comes from a clock that has stepped
/// back. It becomes an empty credit: nobody is stuck, and nothing is minted.
template <class A>
inline std::int64_t basic_limiter<A>::plausible(
    std::int64_t tat, std::int64_t now, pace const& r) const noexcept
{
    auto const furthest =
        r.tolerance() + std::max(settings_->longest_penalty_ns, settings_->longest_reservation_ns);
    return apart(tat, now) > furthest ? now + r.tolerance() : tat;
}

template <class A>
inline std::int64_t basic_limiter<A>::penalty_left(std::int64_t now) const noexcept
{
    auto const until = static_cast<std::int64_t>(words_->penalty.load(std::memory_order_relaxed));
    auto const left = apart(until, now);
    return left > settings_->longest_penalty_ns ? 0 : left;
}

template <class A>
inline decision basic_limiter<A>::deny(
    denial why, std::int64_t wait, std::uint16_t generation) noexcept
{
    decision d;
    d.generation = generation;
    if (settings_->shadow) {
        counters_->would_have_denied.fetch_add(1, std::memory_order_relaxed);
        return d;
    }
    auto const n = counters_->denied.load(std::memory_order_relaxed);
    counters_->denied.store(n + 1, std::memory_order_relaxed);
    d.granted = false;
    d.why = why;
    d.retry_after = nanoseconds(wait);
    return d;
}

template <class A>
inline decision basic_limiter<A>::take(std::uint32_t cost, priority p, std::int64_t now) noexcept
{
    auto const r = current();
    auto const g = generation();
    if (cost > r.burst && cost > largest(r)) [[unlikely]]
        return deny(denial::too_large, nanoseconds::max().count(), g);
    if (auto const left = penalty_left(now); left > 0) [[unlikely]]
        return deny(denial::penalty, left, g);
    auto const price = r.spacing * cost;
    auto const limit = threshold(r, cost, p);
    auto seen = words_->tat.load(std::memory_order_relaxed);
    for (;;) {
        // An old `now` only makes the answer stricter: time that others have used is not given twice.
        auto const ahead = std::max<std::int64_t>(apart(static_cast<std::int64_t>(seen), now), 0);
        if (ahead > limit - price) {
            // What is further ahead than it can have been set is refused in any case.
            auto const tat = plausible(static_cast<std::int64_t>(seen), now, r);
            auto const wait = std::max<std::int64_t>(apart(tat, now), 0) + price - limit;
            if (tat != static_cast<std::int64_t>(seen)) [[unlikely]]
                // Written, so that from here on the credit fills again.
                words_->tat.compare_exchange_strong(
                    seen, static_cast<std::uint64_t>(tat), std::memory_order_relaxed);
            else if (share_ && drop_lapsed_share(now))
                return take(cost, p, now); // not a second time
            return deny(denial::rate, wait, g);
        }
        auto const next = now + ahead + price;
        // Each loss is another's grant, and grants are bounded.
        if (words_->tat.compare_exchange_weak(
                seen, static_cast<std::uint64_t>(next), std::memory_order_relaxed))
            break;
    }
    decision d;
    d.generation = g;
    return d;
}

template <class A>
decision basic_limiter<A>::try_acquire(
    std::uint32_t cost, priority p, share_of const& who, time_point now) noexcept
{
    auto const r = current();
    count_asked();
    if (cost > r.burst) return take(cost, p, ns_of(now));
    auto const ahead =
        apart(static_cast<std::int64_t>(words_->tat.load(std::memory_order_relaxed)), ns_of(now));
    fair_share<A> shares(words_->shares);
    // Contention: more than half of what this class may use is gone.
    if (ahead > threshold(r, cost, p) / 2 &&
        !shares.within(who, cost, std::max(1u, r.burst / 16), now)) {
        shares.used_by(who, 0, now);
        return deny(denial::share, r.spacing, generation());
    }
    auto const d = take(cost, p, ns_of(now));
    shares.used_by(who, d ? cost : 0, now); // one that is turned away has a claim as well
    return d;
}

template <class A>
void basic_limiter<A>::refund(std::uint32_t cost) noexcept
{
    auto const r = current();
    words_->tat.fetch_sub(static_cast<std::uint64_t>(r.spacing * std::min(cost, largest(r))),
        std::memory_order_relaxed);
}

template <class A>
std::optional<reservation> basic_limiter<A>::reserve(
    std::uint32_t cost, priority p, time_point at) noexcept
{
    auto const now = ns_of(at);
    auto const r = current();
    count_asked();
    if (cost > largest(r)) return std::nullopt;
    auto const limit = threshold(r, cost, p);
    auto seen = words_->tat.load(std::memory_order_relaxed);
    for (;;) {
        auto const next =
            std::max(plausible(static_cast<std::int64_t>(seen), now, r), now) + r.spacing * cost;
        auto const wait = std::max({std::int64_t{0}, next - now - limit, penalty_left(now)});
        if (wait > settings_->longest_reservation_ns) return std::nullopt;
        if (!words_->tat.compare_exchange_weak(
                seen, static_cast<std::uint64_t>(next), std::memory_order_relaxed))
            continue;
        reservation out;
        out.at = at + nanoseconds(wait);
        out.end = next;
        out.cost = r.spacing * cost;
        return out;
    }
}

template <class A>
bool basic_limiter<A>::cancel(reservation const& r) noexcept
{
    auto expected = static_cast<std::uint64_t>(r.end);
    return r.end != 0 &&
        words_->tat.compare_exchange_strong(
            expected, static_cast<std::uint64_t>(r.end - r.cost), std::memory_order_relaxed);
}

/// What has been taken ahead of now, as the same number of requests at another spacing.
template <class A>
void basic_limiter<A>::rescale(pace const& from, pace const& to, std::int64_t now) noexcept
{
    auto seen = words_->tat.load(std::memory_order_relaxed);
    for (;;) {
        auto const ahead =
            std::max<std::int64_t>(plausible(static_cast<std::int64_t>(seen), now, from) - now, 0);
        auto const left =
            from.burst - static_cast<double>(ahead) / static_cast<double>(from.spacing);
        auto const ahead_now =
            (to.burst - std::min<double>(left, to.burst)) * static_cast<double>(to.spacing);
        if (ahead_now <= 0 && ahead == 0) return;
        if (words_->tat.compare_exchange_weak(seen,
                static_cast<std::uint64_t>(now + static_cast<std::int64_t>(ahead_now)),
                std::memory_order_relaxed))
            return;
    }
}

template <class A>
void basic_limiter<A>::set_rate(double rate, unsigned burst, time_point at) noexcept
{
    auto const now = ns_of(at);
    pace const to(rate, burst);
    if (!share_ || share_->learned.load(std::memory_order_relaxed) == 0)
        return change_pace(to, now);
    share_->learned.store(to.bits());
    change_pace(allowed(to, now), now);
}

template <class A>
void basic_limiter<A>::change_pace(pace const& to, std::int64_t now) noexcept
{
    auto const from = current();
    auto expected = from.bits();
    if (from.bits() == to.bits()) return;
    // The two words cannot change at once. In this order the moment between them has less credit
    // than either end, for requests that come then and for ever after, should we die there.
    if (to.tolerance() > from.tolerance()) {
        rescale(from, to, now);
        words_->rate.compare_exchange_strong(expected, to.bits(), std::memory_order_relaxed);
    } else if (words_->rate.compare_exchange_strong(expected, to.bits(), std::memory_order_relaxed))
    {
        rescale(from, to, now);
    }
}

template <class A>
limiter_snapshot basic_limiter<A>::snapshot(time_point at) const noexcept
{
    auto const now = ns_of(at);
    auto const r = current();
    auto const tat =
        plausible(static_cast<std::int64_t>(words_->tat.load(std::memory_order_relaxed)), now, r);
    limiter_snapshot out;
    out.rate = r.rate();
    out.burst = r.burst;
    if (auto const s = share_ ? share_->share.load(std::memory_order_relaxed) : 0; s != 0)
        out.share = pace(s).rate();
    out.credit = static_cast<double>(r.tolerance() - std::max<std::int64_t>(tat - now, 0)) /
        static_cast<double>(r.spacing);
    out.penalty_left = nanoseconds(std::max<std::int64_t>(penalty_left(now), 0));
    out.generation = generation();
    out.denied = counters_->denied.load(std::memory_order_relaxed);
    out.throttled = counters_->throttled.load(std::memory_order_relaxed);
    out.decreases = counters_->decreases.load(std::memory_order_relaxed);
    out.penalties_cut = counters_->penalties_cut.load(std::memory_order_relaxed);
    out.would_have_denied = counters_->would_have_denied.load(std::memory_order_relaxed);
    return out;
}

} // namespace trunkline::resilience
