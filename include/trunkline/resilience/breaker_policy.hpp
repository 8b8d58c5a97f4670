#pragma once

#include <trunkline/resilience/detail/control_word.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace trunkline::resilience {

/// When a breaker opens, for how long, and how it comes back. The defaults are those for Retell.
/// Durations are kept in steps of 17 ms and end at about a day.
class breaker_policy {
public:
    breaker_policy() {}
    std::uint64_t seed = 0; ///< Of the jitter of open times; 0: of the segment, which is random.

    /// The calls that are judged are those of the last `window` ...
    std::chrono::milliseconds window{10'000};
    /// ... or, if not 0, the last `count_window` calls, exactly. At most 48.
    unsigned count_window = 0;
    /// Fewer calls than this in the window never open it. At least 1.
    unsigned minimum_calls = 20;
    /// Shares of the calls in (0, 1] that open it. 0 switches a rule off. `combined_rate` adds both.
    double failure_rate = 0.5;
    double slow_rate = 0.8;
    double combined_rate = 0;
    /// A call that succeeds but takes longer counts as slow.
    std::chrono::milliseconds slow_call{5'000};
    /// So many calls one after the other that could not connect open it, also below `minimum_calls`. 0: off.
    unsigned connect_failures = 5;

    /// Open for base x 2^n, drawn between the base and that, and never longer than the cap. n grows
    /// with each opening and falls by one with each healthy window.
    std::chrono::milliseconds open_base{5'000};
    std::chrono::milliseconds open_cap{120'000};
    bool jitter = true;

    /// Probes that may be out at once while half-open, 1 to 8, and successes that close it, 1 to 15.
    unsigned probes = 3;
    unsigned successes = 3;
    /// After this a probe that has not reported is given up for dead. Longer than the longest call.
    std::chrono::milliseconds probe_lease{30'000};
    /// While misconfigured (401, 402, 403), one call so often.
    std::chrono::milliseconds misconfigured_interval{60'000};
    /// After closing admit 1/8, 1/4, 1/2, then all, a step each eighth of the window.
    bool slow_start = true;

    /// Evaluate and count, but admit everything.
    bool shadow = false;
    /// Counters in four parts, for a key that many threads use at once.
    bool striped = false;
};

/// A policy as the decision reads it: plain numbers, the same in every process. 64 bytes.
class breaker_settings {
public:
    breaker_settings() : breaker_settings(breaker_policy()) {}
    /// Throws std::invalid_argument if a value is out of the range stated at breaker_policy.
    explicit breaker_settings(breaker_policy const& p)
    {
        using detail::ticks;
        auto const require = [](bool ok, char const* what) {
            if (!ok) throw std::invalid_argument(what);
        };
        auto const rate = [&](double r) {
            require(r >= 0 && r <= 1, "breaker policy: a rate is not between 0 and 1");
            return static_cast<std::uint16_t>(r * 1000 + 0.5);
        };
        using std::chrono::milliseconds;
        for (auto const d : {p.window, p.open_base, p.open_cap, p.probe_lease,
                 p.misconfigured_interval, p.slow_call})
            require(d > milliseconds(0) && d <= std::chrono::hours(24),
                "breaker policy: a duration is not between 1 ms and a day");
        require(p.open_cap >= p.open_base, "breaker policy: open_cap is below open_base");
        require(p.count_window <= 48, "breaker policy: count_window is above 48");
        require(p.minimum_calls >= 1, "breaker policy: minimum_calls is 0");
        require(p.count_window == 0 || p.minimum_calls <= p.count_window,
            "breaker policy: minimum_calls is above count_window, so it could never open");
        require(p.probes >= 1 && p.probes <= 8, "breaker policy: probes is not between 1 and 8");
        require(p.successes >= 1 && p.successes <= 15,
            "breaker policy: successes is not between 1 and 15");

        slice_ticks = std::max<std::uint32_t>(1, ticks::spanning(p.window) / 8);
        slice_reciprocal = ((std::uint64_t{1} << 32) + slice_ticks - 1) / slice_ticks;
        slow_ns = nanoseconds(p.slow_call).count();
        base_ms = static_cast<std::uint32_t>(p.open_base.count());
        cap_ms = static_cast<std::uint32_t>(p.open_cap.count());
        lease_ticks = ticks::spanning(p.probe_lease);
        shortest_wait = std::min(
            {ticks::spanning(p.open_base), lease_ticks, ticks::spanning(p.misconfigured_interval)});
        misconfigured_ticks = ticks::spanning(p.misconfigured_interval);
        // Counters are halved at 32,768 a slice, so no more than that is ever seen in a window.
        minimum_calls = std::min(p.minimum_calls, 100'000u);
        connect_failures = static_cast<std::uint16_t>(std::min(p.connect_failures, 65'535u));
        failure_permille = rate(p.failure_rate);
        slow_permille = rate(p.slow_rate);
        combined_permille = rate(p.combined_rate);
        count_window = static_cast<std::uint8_t>(p.count_window);
        probes = static_cast<std::uint8_t>(p.probes);
        successes = static_cast<std::uint8_t>(p.successes);
        flags = static_cast<std::uint8_t>((p.jitter ? jitter_flag : 0) |
            (p.slow_start ? slow_start_flag : 0) | (p.shadow ? shadow_flag : 0) |
            (p.striped ? striped_flag : 0));
    }

    friend bool operator==(breaker_settings const&, breaker_settings const&) = default;

    static constexpr std::uint8_t jitter_flag = 1, slow_start_flag = 2, shadow_flag = 4,
                                  striped_flag = 8;

    std::uint64_t slice_reciprocal; ///< 2^32 / slice_ticks.
    std::int64_t slow_ns;
    std::uint64_t seed = 0; ///< Of the jitter.
    std::uint32_t slice_ticks;
    std::uint32_t base_ms;
    std::uint32_t cap_ms;
    std::uint32_t lease_ticks;
    std::uint32_t misconfigured_ticks;
    std::uint32_t minimum_calls;
    std::uint16_t connect_failures;
    std::uint16_t failure_permille;
    std::uint16_t slow_permille;
    std::uint16_t combined_permille;
    std::uint8_t count_window;
    std::uint8_t probes;
    std::uint8_t successes;
    std::uint8_t flags;
    std::uint32_t shortest_wait; ///< Ticks: no deadline is set for less.
};
static_assert(sizeof(breaker_settings) == 64);

} // namespace trunkline::resilience
