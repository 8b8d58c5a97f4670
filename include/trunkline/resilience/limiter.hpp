#pragma once

#include <trunkline/resilience/atomics.hpp>
#include <trunkline/resilience/detail/limit_estimate.hpp>
#include <trunkline/resilience/fair_share.hpp>
#include <trunkline/resilience/limiter_policy.hpp>

#include <cstdint>
#include <optional>

namespace trunkline::resilience {

/// Why a request may not leave now.
enum class denial : std::uint8_t {
    none = 0,
    rate = 1,      ///< The credit of its class is used up.
    penalty = 2,   ///< The service asked everybody to wait.
    share = 3,     ///< There is contention, and its tenant has had more than its share.
    too_large = 4, ///< It costs more than a full burst: it can never leave.
};

/// The answer of a limiter.
class decision {
public:
    explicit operator bool() const noexcept { return granted; }
    bool granted = true;
    denial why = denial::none;
    std::uint16_t generation = 0; ///< Of the rate; goes back with what the service answered.
    nanoseconds retry_after{0};   ///< If not granted. Asking earlier is in vain.
};

/// A place in the future, see basic_limiter::reserve.
class reservation {
public:
    time_point at;         ///< When the request may leave.
    std::int64_t end = 0;  ///< The limiter's time after it; 0 for none.
    std::int64_t cost = 0; ///< In ns of the limiter's time.
};

/// What the headers of an answer say about the rate; each may be missing.
class rate_headers {
public:
    std::optional<nanoseconds> retry_after;
    std::optional<double> limit;       ///< Requests in each window.
    std::optional<double> remaining;   ///< Left in this one.
    std::optional<nanoseconds> reset;  ///< Until the window ends.
    std::optional<nanoseconds> window; ///< Its length, from a policy header.
};

/// The state of one limiter. All zero is not valid: see basic_limiter::start.
template <class Atomics>
class limiter_words {
public:
    using word = typename Atomics::word;

    alignas(64) word tat{0}; ///< Theoretical arrival time of the next request, ns (GCRA).
    word meta{0};            ///< Of whoever keeps the words, see limiter_ref.
    word rate{0};            ///< {spacing in ns 40, burst 24}
    word penalty{0};         ///< Nobody before this, ns.
    word adapted{0};         ///< {generation 16, limit as estimated, float 32, waiting to grow 16}
    word measured{0};        ///< What the estimate rests on, see limit_measure.
    word moved_at{0};        ///< When the rate last fell and grew, see limit_moves.
    word identity{0};        ///< Of the key, see key_table.
    fair_share_words<Atomics> shares{};

    class counters {
    public:
        word throttled{0}, decreases{0}, penalties_cut{0}, would_have_denied{0};
        word denied{0}; ///< Plain stores: may miss some.
    };
};

/// Beside the words of a limiter whose rate several hosts share. All zero: not shared yet.
template <class Atomics>
class limiter_share_words {
public:
    using word = typename Atomics::word;
    word learned{
        0};        ///< The rate word as this host learned it; the limiter's own is what it may use.
    word share{0}; ///< {spacing in ns 40, deadline in ticks 24}
    word asked{0}; ///< Requests since take_asked(). Plain stores: may miss some.
};

/// What a limiter looks like at one moment.
class limiter_snapshot {
public:
    double rate = 0;
    std::optional<double> share; ///< What this host may use of a rate that hosts share.
    unsigned burst = 0;
    double credit = 0; ///< Requests that may leave now. Negative: reserved ahead.
    nanoseconds penalty_left{0};
    std::uint16_t generation = 0;
    std::uint64_t denied = 0, throttled = 0, decreases = 0, penalties_cut = 0, would_have_denied = 0;
};

/**
 * A rate limiter (GCRA: one time point is the whole credit) over words that may be shared by threads
 * and processes. Grants never exceed rate x time + burst, whatever dies and however old the times are
 * that callers pass. A view; the words and settings must outlive it.
 *
 * Thread safety: any thread, any process that maps the words. Lock-free, no allocation. Never throws.
 */
template <class Atomics = std_atomics>
class basic_limiter {
public:
    using words = limiter_words<Atomics>;
    using counters = typename words::counters;

    using share_words = limiter_share_words<Atomics>;

    /// `share`: null while no other host shares the rate.
    basic_limiter(
        words& w, counters& c, limiter_settings const& s, share_words* share = nullptr) noexcept
        : words_(&w), counters_(&c), settings_(&s), share_(share)
    {}

    /// Fills words that are all zero: full credit, the configured rate. Once, before anybody else.
    void start() noexcept;

    /// Takes credit for one request of this cost, or says when to ask again.
    decision try_acquire(std::uint32_t cost, priority p, time_point now) noexcept
    {
        count_asked();
        return take(cost, p, ns_of(now));
    }
    /// Reads the clock that the rate needs: the coarse one wherever a step of it does not matter.
    decision try_acquire(std::uint32_t cost, priority p) noexcept
    {
        count_asked();
        return take(cost, p, ns_of(settings_->precise ? precise_clock::now() : coarse_clock::now()));
    }
    /// The same with fairness between tenants of this class of traffic: see fair_share.
    decision try_acquire(
        std::uint32_t cost, priority p, share_of const& who, time_point now) noexcept;

    /// Gives back what a request took that did not leave.
    void refund(std::uint32_t cost) noexcept;

    /// Takes a place ahead of time. None if it would be too far ahead. The default API never waits;
    /// for waiters that may give up see waiting_room.
    std::optional<reservation> reserve(std::uint32_t cost, priority p, time_point now) noexcept;
    /// Gives a place back, if nobody has taken one behind it. True if the credit is back.
    bool cancel(reservation const& r) noexcept;

    /// Sets the rate and burst; what is left of the credit stays the same number of requests. A
    /// process that dies half-way leaves less credit, not more.
    void set_rate(double rate, unsigned burst, time_point now) noexcept;

    /// This host may use so much of the rate, whatever it learns: the lower of the two is what holds,
    /// with a burst in proportion. Credit stays the same number of requests. Void after ten minutes
    /// without being said again: then nobody shares any more. Without share words no effect.
    void set_share(double rate, time_point now) noexcept;
    /// Says the share again that there is, and mends what a process left that died in between.
    void renew_share(time_point now) noexcept;
    /// Requests since this was asked last, granted or not; 0 without share words.
    std::uint64_t take_asked() noexcept
    {
        return share_ ? share_->asked.exchange(0, std::memory_order_relaxed) : 0;
    }

    /// The service refused a request for its rate that left under `generation`. All refusals of one
    /// generation together lower the rate once.
    void throttled(std::uint16_t generation, rate_headers const& h, time_point now) noexcept;
    /// The service took a request. The rate grows only while it is in use.
    void accepted(rate_headers const& h, time_point now) noexcept;
    /// Nobody passes for this long; the longest wins.
    void hold(nanoseconds wait, time_point now) noexcept;

    limiter_snapshot snapshot(time_point now) const noexcept;

private:
    /// The rate word.
    class pace {
    public:
        explicit pace(std::uint64_t w) noexcept
            : spacing(static_cast<std::int64_t>(w >> 24)),
              burst(std::min(static_cast<std::uint32_t>(w & 0xff'ffff), 1'000'000u))
        {}
        pace(double rate, unsigned n) noexcept
            : spacing(static_cast<std::int64_t>(std::clamp(1e9 / rate, 1.0, 1e12))),
              burst(std::clamp(n, 1u, 1'000'000u))
        {}
        std::uint64_t bits() const noexcept
        {
            return (static_cast<std::uint64_t>(spacing) << 24) | burst;
        }
        double rate() const noexcept { return 1e9 / static_cast<double>(spacing); }
        std::int64_t tolerance() const noexcept { return spacing * burst; }
        std::int64_t spacing;
        std::uint32_t burst;
    };

    /// a - b, whatever a shared word says.
    static std::int64_t apart(std::int64_t a, std::int64_t b) noexcept
    {
        return static_cast<std::int64_t>(
            static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
    }
    decision take(std::uint32_t cost, priority p, std::int64_t now) noexcept;
    void count_asked() noexcept
    {
        if (!share_) [[likely]]
            return;
        auto const n = share_->asked.load(std::memory_order_relaxed);
        share_->asked.store(n + 1, std::memory_order_relaxed);
    }
    pace learned() const noexcept;
    pace allowed(pace const& learned, std::int64_t now) const noexcept;
    bool is_held_by_share() const noexcept;
    bool drop_lapsed_share(std::int64_t now) noexcept;
    void change_pace(pace const& to, std::int64_t now) noexcept;
    decision deny(denial why, std::int64_t wait, std::uint16_t generation) noexcept;
    pace current() const noexcept { return pace(words_->rate.load(std::memory_order_relaxed)); }
    std::uint16_t generation() const noexcept
    {
        return static_cast<std::uint16_t>(words_->adapted.load(std::memory_order_relaxed) >> 48);
    }
    std::int64_t threshold(pace const& r, std::uint32_t cost, priority p) const noexcept;
    /// The most that a request may cost.
    std::uint32_t largest(pace const& r) const noexcept
    {
        return std::max({r.burst, settings_->burst, share_ ? learned().burst : 0u});
    }
    std::int64_t plausible(std::int64_t tat, std::int64_t now, pace const& r) const noexcept;
    std::int64_t penalty_left(std::int64_t now) const noexcept;
    void rescale(pace const& from, pace const& to, std::int64_t now) noexcept;
    void learn(rate_headers const& h, time_point now) noexcept;
    void lower(std::uint64_t adapted, std::uint16_t sent_under, std::int64_t now) noexcept;
    void grow(std::int64_t now) noexcept;
    void adapt(double rate, std::int64_t now) noexcept;
    /// How long the last refusal kept everybody waiting.
    double seconds_held(double since_drop, std::int64_t now) const noexcept;
    detail::limit_estimate estimate(std::uint64_t adapted) const noexcept;

    words* words_;
    counters* counters_;
    limiter_settings const* settings_;
    share_words* share_;
};

/// A limiter of one process, with its own words. Neither copied nor moved.
class local_limiter {
public:
    explicit local_limiter(limiter_policy const& p = {}) : settings_(p) { view().start(); }
    local_limiter(local_limiter const&) = delete;
    local_limiter& operator=(local_limiter const&) = delete;

    basic_limiter<> view() noexcept { return {words_, counters_, settings_}; }

private:
    limiter_settings settings_;
    limiter_words<std_atomics> words_{};
    limiter_words<std_atomics>::counters counters_{};
};

} // namespace trunkline::resilience

#include <trunkline/resilience/detail/limiter_adapt.hpp>
#include <trunkline/resilience/detail/limiter_impl.hpp>
#include <trunkline/resilience/detail/limiter_share.hpp>
