#pragma once

#include <trunkline/resilience/clock.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace trunkline::resilience {

/// A tenant among those that share a limiter.
class share_of {
public:
    explicit share_of(std::uint64_t tenant_hash, std::uint8_t w = 1) noexcept
        : tenant(tenant_hash), weight(w == 0 ? 1 : w)
    {}
    std::uint64_t tenant;
    std::uint8_t weight;
};

template <class Atomics>
class fair_share_words {
public:
    /// {tenant 16, second 8, weight 8, used 32}
    std::array<typename Atomics::word, 8> cells{};
};

/**
 * Keeps one tenant from using up what others want as well. Counts what each has had in this second;
 * only under contention, whoever has had more than its weighted part of all of it has to wait. With
 * nobody else about, a tenant may use everything. Knows the 8 tenants that are active; when there
 * are more, the others are not held back.
 */
template <class Atomics>
class fair_share {
public:
    explicit fair_share(fair_share_words<Atomics>& w) noexcept : words_(&w) {}

    /// Whether this one may have `cost` more while others wait. `slack`: what it may be ahead by.
    bool within(
        share_of const& who, std::uint32_t cost, std::uint32_t slack, time_point now) const noexcept
    {
        std::uint64_t mine = 0, all = 0, weights = 0;
        bool known = false;
        for (auto const& c : words_->cells) {
            auto const w = c.load(std::memory_order_relaxed);
            if (!active(w, now)) continue;
            auto const n = age(w, now) == 0 ? used(w) : 0;
            all += n;
            weights += weight(w);
            if (w >> 48 != tag(who)) continue;
            mine = n;
            known = true;
        }
        if (!known) weights += who.weight;
        auto const part = (all + cost) * who.weight / std::max<std::uint64_t>(weights, who.weight);
        return mine + cost <= part + slack;
    }

    /// Counts what it got; 0 says that it has asked.
    void used_by(share_of const& who, std::uint32_t cost, time_point now) noexcept
    {
        for (std::uint64_t i = 0; i < words_->cells.size(); ++i) {
            auto& cell = words_->cells[(who.tenant + i) & 7];
            auto seen = cell.load(std::memory_order_relaxed);
            for (int attempt = 0; attempt < 8; ++attempt) {
                if (active(seen, now) && seen >> 48 != tag(who)) break;
                auto const had = seen >> 48 == tag(who) && age(seen, now) == 0 ? used(seen) : 0;
                auto const n = std::min<std::uint64_t>(had + cost, 0x7fff'ffff);
                if (cell.compare_exchange_weak(seen,
                        (tag(who) << 48) | (second(now) << 40) | (std::uint64_t{who.weight} << 32) |
                            n,
                        std::memory_order_relaxed))
                    return;
            }
        }
    }

private:
    static std::uint64_t second(time_point t) noexcept
    {
        return (static_cast<std::uint64_t>(ns_of(t)) >> 30) & 0xff;
    }
    static std::uint64_t tag(share_of const& who) noexcept { return who.tenant >> 48; }
    static std::uint64_t used(std::uint64_t w) noexcept { return w & 0xffff'ffff; }
    static std::uint64_t weight(std::uint64_t w) noexcept { return (w >> 32) & 0xff; }
    static std::uint64_t age(std::uint64_t w, time_point now) noexcept
    {
        return (second(now) - (w >> 40)) & 0xff;
    }
    /// Has asked in this second or the one before.
    static bool active(std::uint64_t w, time_point now) noexcept
    {
        return weight(w) != 0 && age(w, now) <= 1;
    }

    fair_share_words<Atomics>* words_;
};

} // namespace trunkline::resilience
