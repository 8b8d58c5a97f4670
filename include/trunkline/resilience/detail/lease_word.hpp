#pragma once

#include <trunkline/resilience/clock.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trunkline::resilience {

enum class lease_state : std::uint8_t { free = 0, taken = 1, sending = 2, bound = 3 };

namespace detail {

/// {state 2, generation 10, deadline 20 in steps of 2^28 ns (0.27 s), owner: pid 22, start 10}
class lease_word {
public:
    explicit lease_word(std::uint64_t bits = 0) noexcept : bits_(bits) {}
    std::uint64_t bits() const noexcept { return bits_; }

    lease_state state() const noexcept { return static_cast<lease_state>(bits_ & 3); }
    std::uint64_t generation() const noexcept { return (bits_ >> 2) & 0x3ff; }
    std::uint64_t deadline() const noexcept { return (bits_ >> 12) & deadline_mask; }
    std::uint32_t pid() const noexcept
    {
        return static_cast<std::uint32_t>(bits_ >> 32) & 0x3f'ffff;
    }
    std::uint32_t start() const noexcept { return static_cast<std::uint32_t>(bits_ >> 54); }

    static lease_word taken(std::uint64_t generation, std::uint64_t deadline, std::uint32_t pid,
        std::uint32_t start) noexcept
    {
        return lease_word(1 | ((generation & 0x3ff) << 2) | ((deadline & deadline_mask) << 12) |
            (std::uint64_t{pid} << 32) | (std::uint64_t{start} << 54));
    }
    lease_word with_state(lease_state s) const noexcept
    {
        return lease_word((bits_ & ~std::uint64_t{3}) | static_cast<std::uint64_t>(s));
    }
    lease_word with_deadline(std::uint64_t d) const noexcept
    {
        return lease_word((bits_ & ~(deadline_mask << 12)) | ((d & deadline_mask) << 12));
    }
    /// Keeps the generation, so that the next holder's differs.
    lease_word freed() const noexcept { return lease_word(bits_ & (0x3ffull << 2)); }

    static std::uint64_t step_of(time_point t) noexcept
    {
        return static_cast<std::uint64_t>(ns_of(t)) >> 28;
    }
    /// One that is further ahead than any can be was made by a clock that stepped back; it is over.
    bool is_over(time_point now) const noexcept
    {
        auto const left = static_cast<std::int32_t>(
                              static_cast<std::uint32_t>(deadline() - step_of(now)) << 12) >>
            12;
        return left <= 0 || left > longest;
    }

    static constexpr std::int32_t longest = 36 * 3600 * 4; ///< Steps: more than 36 hours.

private:
    static constexpr std::uint64_t deadline_mask = 0xf'ffff;
    std::uint64_t bits_;
};

/// {limit 16, reserved 16, external 16, lowered 1}. Lowered: leases may be out above the limit, so
/// their number has to be looked at and not only their place.
class pool_word {
public:
    explicit pool_word(std::uint64_t bits = 0) noexcept : bits_(bits) {}
    pool_word(unsigned limit, unsigned reserved, unsigned external, bool lowered) noexcept
        : bits_(limit | (std::uint64_t{reserved} << 16) | (std::uint64_t{external} << 32) |
              (std::uint64_t{lowered} << 48))
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    unsigned limit() const noexcept { return bits_ & 0xffff; }
    unsigned reserved() const noexcept { return (bits_ >> 16) & 0xffff; }
    unsigned external() const noexcept { return (bits_ >> 32) & 0xffff; }
    bool lowered() const noexcept { return (bits_ >> 48) & 1; }
    /// What is left for calls with a lease.
    unsigned room() const noexcept { return limit() > external() ? limit() - external() : 0; }
    unsigned outbound_room() const noexcept
    {
        return room() > reserved() ? room() - reserved() : 0;
    }

private:
    std::uint64_t bits_;
};

/// A call's id in 48 bytes: longer ones are cut, and end with a hash of all.
inline std::array<std::uint64_t, 6> packed_id(std::string_view id) noexcept
{
    std::array<std::uint64_t, 6> out{};
    std::memcpy(out.data(), id.data(), std::min<std::size_t>(id.size(), 48));
    if (id.size() <= 48) return out;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char const c : id) hash = (hash ^ c) * 0x100000001b3;
    out[5] = hash;
    return out;
}

} // namespace detail
} // namespace trunkline::resilience
