#pragma once

#include <cstdint>

namespace trunkline::resilience {

/**
 * The right to make one call, and what its report is matched by: 8 bytes that may cross threads,
 * processes and the C interface. False means rejected.
 *
 * It names the generation of the breaker and, for a probe, the one bit that was given out, so that a
 * report that comes late or twice has no effect on a breaker that has moved on. A report of a call
 * that was admitted while closed is not remembered one by one: sent twice it counts as two calls.
 */
class permit {
public:
    permit() noexcept = default;
    /// From a number that `token()` once gave out, or from anything else: `intact()` decides.
    explicit permit(std::uint64_t token) noexcept : bits_(token) {}

    /// `place` is where the breaker lives (slot and its generation), 30 bits. `bit` is -1 for none,
    /// `start_tick` 0 for unknown.
    static permit make(
        std::uint64_t place, std::uint64_t generation, int bit, std::uint64_t start_tick) noexcept
    {
        auto const body = (place << 28) | ((generation & 0x3ff) << 18) |
            ((start_tick & 0x3fff) << 4) | static_cast<std::uint64_t>(bit + 2);
        return permit((body << 6) | check_of(body));
    }

    explicit operator bool() const noexcept { return bits_ != 0; }
    std::uint64_t token() const noexcept { return bits_; }

    /// Whether this may be a permit at all. Every change of a single bit is noticed, and most others.
    bool intact() const noexcept
    {
        return (bits_ & 63) == check_of(bits_ >> 6) && bit_field() != 0 && bit_field() < 10;
    }
    /// Intact, of this breaker and generation, and no probe.
    bool is_of(std::uint64_t place, std::uint64_t generation) const noexcept
    {
        return bits_ >> 24 == ((place << 10) | (generation & 0x3ff)) && bit_field() == 1 &&
            (bits_ & 63) == check_of(bits_ >> 6);
    }
    std::uint64_t place() const noexcept { return bits_ >> 34; }
    std::uint64_t generation() const noexcept { return (bits_ >> 24) & 0x3ff; }
    /// Ticks modulo 2^14, 0 if unknown.
    std::uint64_t start_tick() const noexcept { return (bits_ >> 10) & 0x3fff; }
    bool is_probe() const noexcept { return bit_field() > 1; }
    /// Precondition: is_probe().
    unsigned bit() const noexcept { return static_cast<unsigned>(bit_field() - 2); }

private:
    std::uint64_t bit_field() const noexcept { return (bits_ >> 6) & 15; }

    /// The upper bits of a product. No six bits of the factor in a row are equal, so a change of
    /// any one bit moves them. The constant keeps zero from being valid.
    static std::uint64_t check_of(std::uint64_t body) noexcept
    {
        return ((body * 0xb8a1abcd1a6916c7) >> 58) ^ 0x2a;
    }

    std::uint64_t bits_ = 0;
};
static_assert(sizeof(permit) == 8);

} // namespace trunkline::resilience
