#pragma once

#include <trunkline/resilience/atomics.hpp>
#include <trunkline/resilience/breaker_policy.hpp>
#include <trunkline/resilience/detail/call_window.hpp>
#include <trunkline/resilience/outcome.hpp>
#include <trunkline/resilience/permit.hpp>

#include <array>
#include <cstdint>

namespace trunkline::resilience {

using detail::circuit;

/// A change of state, told once: to the caller whose operation made it.
class breaker_change {
public:
    explicit operator bool() const noexcept { return happened; }
    bool happened = false;
    circuit from = circuit::closed;
    circuit to = circuit::closed; ///< Half-open to half-open: the probes died, others may go.
    std::uint64_t generation = 0; ///< The new one.
};

/// What a breaker looks like at one moment. Not for the hot path.
class breaker_snapshot {
public:
    circuit state = circuit::closed;
    bool shadow = false;
    bool slow_start = false;
    bool opened_by_others = false; ///< Closed as far as this host knows, but see open_by_others().
    std::uint64_t generation = 0;
    unsigned exponent = 0;
    unsigned probes_out = 0;
    unsigned good_probes = 0;
    std::uint64_t calls = 0, failures = 0, slow = 0; ///< In the window; closed only.
    nanoseconds retry_after{0};                      ///< 0 if a call would be admitted now.
    std::uint64_t rejected = 0, late = 0, would_have_rejected = 0, changes = 0;
};

/// The state of one breaker: two cache lines that decide, and counters beside them. All zero is a
/// closed breaker. Every value of every word is a valid state.
template <class Atomics>
class breaker_words {
public:
    using word = typename Atomics::word;

    alignas(64) word control{0};
    word meta{0};         ///< Of whoever keeps the words, see breaker_ref.
    word streak{0};       ///< {generation 10, calls in a row that could not connect}
    word failed_calls{0}; ///< The count window.
    word slow_calls{0};
    word ramp{0};     ///< Numbers the calls of the slow start.
    word others{0};   ///< Until when other hosts see it open, in ticks; 0: they do not.
    word identity{0}; ///< Of the key, see key_table.
    detail::slice_block<Atomics> slices{};

    /// Written with plain stores when several threads are rejected at once: may miss some of them.
    class counters {
    public:
        word rejected{0}, late{0}, would_have_rejected{0}, changes{0};
    };
};

/**
 * A circuit breaker over words that may be shared by threads and processes. A view: copying is
 * cheap, the words and settings must outlive it.
 *
 * A call asks `allow`, and if it got a permit, makes the call and says how it ended with `report`.
 * A holder that dies costs one probe lease, nothing else. Time is passed in; `Clock` is read only
 * where the caller passed none and the answer depends on it.
 *
 * Thread safety: any thread, any process that maps the words. Lock-free, no allocation, no system
 * call (the coarse clock is none). Never throws.
 */
template <class Clock = coarse_clock, class Atomics = std_atomics>
class basic_breaker {
public:
    using words = breaker_words<Atomics>;
    using counters = typename words::counters;
    using stripes = std::array<detail::slice_block<Atomics>, 3>;

    /// `place` (30 bits) is put into each permit and asked for at the report. `extra` is where a
    /// striped breaker counts beside its own words; null for any other.
    basic_breaker(words& w, counters& c, breaker_settings const& s, std::uint64_t place = 0,
        stripes* extra = nullptr) noexcept
        : words_(&w), counters_(&c), settings_(&s), place_(place), stripes_(extra)
    {}

    /// Asks for one call, now. False: rejected; snapshot(now).retry_after says until when.
    permit allow(time_point now, breaker_change* change = nullptr) noexcept
    {
        auto const w = load();
        if (w.plain_closed()) [[likely]]
            return permit_of(w, -1, detail::ticks::of(now));
        return allow_slowly(w, now, change);
    }

    /// As above. A closed breaker answers without a clock; its permit then knows no start, so pass
    /// the duration to `report`.
    permit allow(breaker_change* change = nullptr) noexcept
    {
        auto const w = load();
        if (w.plain_closed()) [[likely]]
            return permit_of(w, -1, 0);
        return allow_slowly(w, Clock::now(), change);
    }

    /**
     * Says how the call of a permit ended. A negative `duration` is taken from the permit's start,
     * to within 17 ms and for calls of up to 4 minutes. Reports of an earlier generation, of a
     * probe that has reported, and numbers that are no permit count as late and change nothing.
     */
    void report(permit p, outcome o, nanoseconds duration, time_point now,
        breaker_change* change = nullptr) noexcept
    {
        auto const w = load();
        if (!p.intact() || p.place() != place_ || p.generation() != (w.generation() & 0x3ff))
            [[unlikely]]
            return note_late();
        if (p.is_probe()) [[unlikely]]
            return report_probe(w, p, o, duration, now, change);
        if (o == outcome::ok && w.undisturbed() && !is_slow(p, duration, detail::ticks::of(now)) &&
            words_->streak.load(std::memory_order_relaxed) == 0) [[likely]]
            return count(w, detail::mark::good, detail::ticks::of(now));
        if (w.state() != circuit::closed) return; // admitted by shadow mode or while switched off
        report_call(w, p, o, duration, now, change);
    }
    void report(permit p, outcome o, nanoseconds duration = nanoseconds(-1)) noexcept
    {
        report(p, o, duration, Clock::now());
    }

    /// An operator's word: rejects everything, admits everything without looking, or starts afresh.
    breaker_change force_open() noexcept { return set(circuit::forced_open); }
    breaker_change disable() noexcept { return set(circuit::disabled); }
    breaker_change reset() noexcept { return set(circuit::closed); }

    /// Enough other hosts see it open: reject for this long (at most a minute), then by itself no
    /// more; 0: at once no more. No change of state: what this host counts goes on, and what was
    /// let through before is still reported. Without effect on one that is not closed.
    void open_by_others(nanoseconds time, time_point now) noexcept;

    circuit state() const noexcept { return load().state(); }
    breaker_snapshot snapshot(time_point now) const noexcept;

private:
    using word_type = detail::control_word;
    static constexpr std::chrono::minutes longest_echo{1};
    static constexpr int attempts =
        64; ///< Of one exchange; the loser of all is rejected, not stuck.

    word_type load() const noexcept
    {
        return word_type(words_->control.load(std::memory_order_acquire));
    }
    bool exchange(word_type& seen, word_type next, breaker_change* change) noexcept;
    permit permit_of(word_type w, int bit, std::uint64_t tick) const noexcept
    {
        // 0 says that the start is not known.
        return permit::make(place_, w.generation(), bit, (tick & 0x3fff) | (tick != 0 ? 1 : 0));
    }

    permit allow_slowly(word_type w, time_point now, breaker_change* change) noexcept;
    bool has_free_probe(word_type w) const noexcept;
    bool ramp_admits(word_type w, std::uint64_t tick) noexcept;
    permit reject(word_type w) noexcept;
    void note_late() noexcept { counters_->late.fetch_add(1, std::memory_order_relaxed); }

    bool is_slow(permit p, nanoseconds duration, std::uint64_t tick) const noexcept;
    void report_call(word_type w, permit p, outcome o, nanoseconds duration, time_point now,
        breaker_change* change) noexcept;
    void report_probe(word_type w, permit p, outcome o, nanoseconds duration, time_point now,
        breaker_change* change) noexcept;
    word_type after_probe(
        word_type w, std::uint64_t bit, outcome o, bool slow, std::uint64_t tick) const noexcept;
    bool connect_streak(word_type w, outcome o) noexcept;
    void count(word_type w, detail::mark m, std::uint64_t tick) noexcept;
    detail::tally sum(word_type w, std::uint64_t tick) const noexcept;
    void leave_closed(word_type w, circuit to, std::uint64_t tick, breaker_change* change) noexcept;
    void keep_house(word_type w, std::uint64_t tick) noexcept;
    bool is_over(word_type w, std::uint64_t tick) const noexcept;
    std::int64_t others_left(std::uint64_t tick) const noexcept;
    std::uint32_t longest_wait(word_type w) const noexcept;
    word_type opened(word_type w, std::uint64_t tick) const noexcept;
    breaker_change set(circuit to) noexcept;

    words* words_;
    counters* counters_;
    breaker_settings const* settings_;
    std::uint64_t place_;
    stripes* stripes_;
};

/// A breaker of one process, with its own words. Neither copied nor moved.
template <class Clock = coarse_clock, class Atomics = std_atomics>
class local_breaker {
public:
    explicit local_breaker(breaker_policy const& p = {}, std::uint64_t seed = 0) : settings_(p)
    {
        settings_.seed = seed;
    }
    local_breaker(local_breaker const&) = delete;
    local_breaker& operator=(local_breaker const&) = delete;

    basic_breaker<Clock, Atomics> view() noexcept
    {
        return {words_, counters_, settings_, 0,
            settings_.flags & breaker_settings::striped_flag ? &stripes_ : nullptr};
    }
    breaker_words<Atomics> const& words() const noexcept { return words_; }

private:
    breaker_settings settings_;
    breaker_words<Atomics> words_{};
    typename breaker_words<Atomics>::counters counters_{};
    typename basic_breaker<Clock, Atomics>::stripes stripes_{};
};

} // namespace trunkline::resilience

#include <trunkline/resilience/detail/breaker_impl.hpp>
#include <trunkline/resilience/detail/breaker_report.hpp>
