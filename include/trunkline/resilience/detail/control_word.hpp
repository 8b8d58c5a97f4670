#pragma once

#include <trunkline/resilience/clock.hpp>

#include <cstdint>

namespace trunkline::resilience::detail {

/// Time in steps of 2^24 ns (16.8 ms): a shift, not a division. Fields of 24 bits wrap after 78
/// hours and are compared as serial numbers, so a span of up to 39 hours can be told.
class ticks {
public:
    static constexpr unsigned shift = 24;
    static constexpr std::uint64_t mask = 0xff'ffff;
    static constexpr std::uint32_t longest = 24 * 3600 * 59; ///< About a day.

    static std::uint64_t of(time_point t) noexcept
    {
        return static_cast<std::uint64_t>(ns_of(t)) >> shift;
    }
    /// Rounded up: a wait never ends early.
    static constexpr std::uint32_t spanning(nanoseconds d) noexcept
    {
        auto const n = (d.count() + (std::int64_t{1} << shift) - 1) >> shift;
        return n < 1 ? 1 : n > longest ? longest : static_cast<std::uint32_t>(n);
    }
    static constexpr nanoseconds span(std::int64_t n) noexcept { return nanoseconds(n << shift); }
    /// later - earlier, negative if it is the other way round.
    static constexpr std::int32_t between(std::uint64_t earlier, std::uint64_t later) noexcept
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(later - earlier) << 8) >> 8;
    }
};

enum class circuit : std::uint8_t {
    closed = 0,
    open = 1,
    half_open = 2,
    forced_open = 3,
    disabled = 4,
    misconfigured = 5,
};

/**
 * The one word that decides everything, so that there is no instant at which a process may die and
 * leave two words that contradict each other.
 *
 *   bits   0-2    3-22        23-30    31-34  35-39     40-63
 *          state  generation  permits  good   exponent  tick
 *
 * `permits`: the probes that are out. `good`: while half-open, probes that succeeded; while closed,
 * 1 during the slow start, and 2 beside it while other hosts see it open. `exponent`: of the next
 * open time. `tick`: while open, half-open and misconfigured the deadline; while closed, the last
 * housekeeping (closing, decay of the exponent).
 */
class control_word {
public:
    constexpr explicit control_word(std::uint64_t bits = 0) noexcept : bits_(bits) {}
    constexpr std::uint64_t bits() const noexcept { return bits_; }

    constexpr circuit state() const noexcept { return static_cast<circuit>(bits_ & 7); }
    constexpr std::uint64_t generation() const noexcept { return get(3, 20); }
    constexpr std::uint64_t permits() const noexcept { return get(23, 8); }
    constexpr unsigned good() const noexcept { return static_cast<unsigned>(get(31, 4)); }
    /// These two of a closed one.
    constexpr bool ramping() const noexcept { return good() & 1; }
    constexpr bool opened_by_others() const noexcept { return good() & 2; }
    constexpr unsigned exponent() const noexcept { return static_cast<unsigned>(get(35, 5)); }
    constexpr std::uint64_t tick() const noexcept { return get(40, 24); }

    /// Closed and nothing to look after: what `allow` needs to know with one comparison.
    constexpr bool plain_closed() const noexcept { return (bits_ & (7 | (15ull << 31))) == 0; }

    /// And no exponent to let fall either.
    constexpr bool undisturbed() const noexcept
    {
        return (bits_ & (7 | (15ull << 31) | (31ull << 35))) == 0;
    }

    constexpr control_word with_others(bool on) const noexcept
    {
        return with_good(on ? good() | 2 : good() & ~2u);
    }

    /// The next state, in a new generation: no permit out, nothing good yet.
    constexpr control_word moved_to(circuit s) const noexcept
    {
        return control_word((bits_ & (31ull << 35)) | static_cast<std::uint64_t>(s))
            .put(3, 20, generation() + 1)
            .with_tick(tick());
    }
    constexpr control_word with_permits(std::uint64_t v) const noexcept { return put(23, 8, v); }
    constexpr control_word with_good(std::uint64_t v) const noexcept { return put(31, 4, v); }
    constexpr control_word with_exponent(std::uint64_t v) const noexcept
    {
        return put(35, 5, v > 31 ? 31 : v);
    }
    constexpr control_word with_tick(std::uint64_t v) const noexcept { return put(40, 24, v); }

private:
    constexpr std::uint64_t get(unsigned at, unsigned width) const noexcept
    {
        return (bits_ >> at) & ((std::uint64_t{1} << width) - 1);
    }
    constexpr control_word put(unsigned at, unsigned width, std::uint64_t v) const noexcept
    {
        auto const field = ((std::uint64_t{1} << width) - 1) << at;
        return control_word((bits_ & ~field) | ((v << at) & field));
    }

    std::uint64_t bits_;
};

} // namespace trunkline::resilience::detail
