#pragma once

#include <trunkline/resilience/clock.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace trunkline::resilience {

/// Who goes first when there is not enough for all. Values are part of the C interface.
enum class priority : std::uint8_t {
    live_call = 0,  ///< Tool answers, inbound decisions, control of a call under way.
    booking = 1,    ///< create-phone-call, create-sms, writes a caller waits for.
    admin = 2,      ///< An operator's actions, publish, rollback.
    background = 3, ///< Pull, drift, backup, lists.
};

/// How fast, and how the rate follows what the service says. The defaults are a policy, not a fact
/// about Retell, which publishes no rate.
class limiter_policy {
public:
    limiter_policy() {}

    double rate = 10;    ///< Requests a second, 0.001 to 1,000,000.
    unsigned burst = 20; ///< Requests that may leave at once after a pause, 1 to 1,000,000.

    /// Part of the burst that a class leaves to those above it.
    std::array<double, 4> reserves{0, 0.10, 0.25, 0.50};

    bool adaptive = true;
    double floor = 0.5;     ///< The rate never falls below this.
    double ceiling = 1'000; ///< Nor grows above this.
    /// A Retry-After above this is cut, and counted.
    std::chrono::milliseconds longest_penalty{300'000};
    /// Reservations further ahead than this are refused.
    std::chrono::milliseconds longest_reservation{60'000};
    bool shadow = false; ///< Evaluate and count, but admit everything.
};

/// A policy as the decision reads it. 64 bytes; see limiter_policy.
class limiter_settings {
public:
    limiter_settings() : limiter_settings(limiter_policy()) {}
    /// Throws std::invalid_argument if a value is out of its range.
    explicit limiter_settings(limiter_policy const& p)
    {
        auto const require = [](bool ok, char const* what) {
            if (!ok) throw std::invalid_argument(what);
        };
        require(p.rate >= 0.001 && p.rate <= 1e6,
            "limiter policy: rate is not between 0.001 and 1,000,000");
        require(p.burst >= 1 && p.burst <= 1'000'000,
            "limiter policy: burst is not between 1 and 1,000,000");
        require(p.floor >= 0.001, "limiter policy: floor is below 0.001");
        require(p.ceiling >= p.rate && p.ceiling <= 1e6,
            "limiter policy: ceiling is not between the rate and 1,000,000");
        for (std::size_t i = 0; i < reserves.size(); ++i) {
            require(p.reserves[i] >= 0 && p.reserves[i] < 1,
                "limiter policy: a reserve is not in [0, 1)");
            reserves[i] = static_cast<std::uint16_t>(p.reserves[i] * 1000 + 0.5);
        }
        rate = p.rate;
        floor = std::min(p.floor, p.rate);
        ceiling = p.ceiling;
        burst = p.burst;
        longest_penalty_ns = nanoseconds(p.longest_penalty).count();
        longest_reservation_ns = nanoseconds(p.longest_reservation).count();
        adaptive = p.adaptive;
        shadow = p.shadow;
        // A coarse step must be small against what is measured: the spacing, or what a burst allows.
        precise = 1e9 / rate <= 8 * coarse_step_ns && burst * 1e9 / rate <= 2 * coarse_step_ns;
    }
    friend bool operator==(limiter_settings const&, limiter_settings const&) = default;

    static constexpr double coarse_step_ns = 4e6;

    double rate, floor, ceiling;
    std::int64_t longest_penalty_ns, longest_reservation_ns;
    std::uint32_t burst;
    std::array<std::uint16_t, 4> reserves;
    bool adaptive, shadow, precise;
    std::uint8_t reserved[9] = {};
};
static_assert(sizeof(limiter_settings) == 64);

} // namespace trunkline::resilience
