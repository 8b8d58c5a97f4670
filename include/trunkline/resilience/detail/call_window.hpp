#pragma once

#include <trunkline/resilience/breaker_policy.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace trunkline::resilience::detail {

/// How a call of the closed era went, as far as the windows care.
enum class mark { good, failed, slow };

/// Calls that were counted, and how many of them failed or were slow.
class tally {
public:
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::uint64_t slow = 0;

    bool opens(breaker_settings const& s) const noexcept
    {
        if (calls < s.minimum_calls) return false;
        auto const reaches = [&](std::uint64_t n, std::uint64_t permille) {
            return permille != 0 && n * 1000 >= permille * calls;
        };
        return reaches(failures, s.failure_permille) || reaches(slow, s.slow_permille) ||
            reaches(failures + slow, s.combined_permille);
    }
};

/// Eight words of one cache line, one for each eighth of the window: {tag 16, calls, failures, slow}.
template <class Atomics>
class alignas(64) slice_block {
public:
    std::array<typename Atomics::word, 8> words;
};

/**
 * The time window. A word belongs to a slice of time and to a generation of the breaker, both in
 * its tag; one that has another tag is empty, so nothing is rotated or cleared by a timer, and what
 * was counted before the breaker opened is gone when it closes.
 */
template <class Atomics>
class time_window {
public:
    using word = typename Atomics::word;

    time_window(breaker_settings const& s, std::uint64_t generation, std::uint64_t tick) noexcept
        : slice_(((tick & 0xffff'ffff) * s.slice_reciprocal) >> 32), salt_(generation * 0x9e37)
    {}

    void count(slice_block<Atomics>& block, mark m) const noexcept
    {
        auto& cell = block.words[slice_ & 7];
        auto const one = (std::uint64_t{1} << 32) |
            (m == mark::failed        ? std::uint64_t{1} << 16
                    : m == mark::slow ? 1
                                      : 0);
        auto const tag = tag_of(slice_);
        auto seen = cell.load(std::memory_order_relaxed);
        // A loser of the exchange finds the word current; the bound is for words that others halve.
        for (int i = 0; i < 16; ++i) {
            if (seen >> 48 == tag && calls_in(seen) < half_range) {
                cell.fetch_add(one, std::memory_order_relaxed);
                return;
            }
            // Halving keeps the rates, and no number of threads can carry into the neighbour.
            auto const base = seen >> 48 == tag ? (seen >> 1) & 0x7fff'7fff'7fff : 0;
            if (cell.compare_exchange_strong(
                    seen, (tag << 48) | (base + one), std::memory_order_relaxed))
                return;
        }
    }

    void add_to(tally& sum, slice_block<Atomics> const& block) const noexcept
    {
        for (std::uint64_t back = 0; back < 8; ++back) {
            auto const w = block.words[(slice_ - back) & 7].load(std::memory_order_relaxed);
            if (w >> 48 != tag_of(slice_ - back)) continue;
            sum.calls += calls_in(w);
            sum.failures += (w >> 16) & 0xffff;
            sum.slow += w & 0xffff;
        }
    }

private:
    static constexpr std::uint64_t half_range = 0x8000;
    static std::uint64_t calls_in(std::uint64_t w) noexcept { return (w >> 32) & 0xffff; }
    std::uint64_t tag_of(std::uint64_t slice) const noexcept
    {
        return ((slice >> 3) + salt_) & 0xffff;
    }

    std::uint64_t slice_;
    std::uint64_t salt_;
};

/// The last 48 calls, one bit each: {generation 10, seen 6, bits 48}. Exact, also after any crash.
template <class Atomics>
class last_calls {
public:
    using word = typename Atomics::word;

    static void push(word& w, std::uint64_t generation, bool bit) noexcept
    {
        auto const tag = generation & 0x3ff;
        auto seen = w.load(std::memory_order_relaxed);
        for (int i = 0; i < 64; ++i) {
            auto const current = seen >> 54 == tag;
            auto const length = current ? (seen >> 48) & 63 : 0;
            auto const bits = current ? seen & bits_mask : 0;
            auto const next = (tag << 54) | (std::min<std::uint64_t>(length + 1, 48) << 48) |
                (((bits << 1) | (bit ? 1 : 0)) & bits_mask);
            if (w.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return;
        }
    }
    /// Calls and set bits among the last `window`.
    static std::pair<unsigned, unsigned> sum(
        word const& w, std::uint64_t generation, unsigned window) noexcept
    {
        auto const seen = w.load(std::memory_order_relaxed);
        if (seen >> 54 != (generation & 0x3ff)) return {0, 0};
        auto const length = std::min(static_cast<unsigned>((seen >> 48) & 63), window);
        auto const recent = seen & ((std::uint64_t{1} << length) - 1);
        return {length, static_cast<unsigned>(std::popcount(recent))};
    }

private:
    static constexpr std::uint64_t bits_mask = (std::uint64_t{1} << 48) - 1;
};

/// Which of four parts this thread counts in.
inline std::size_t stripe_of_this_thread() noexcept
{
    static std::atomic<std::size_t> next{0};
    constinit static thread_local std::size_t mine = 0;
    if (mine == 0) mine = 4 + next.fetch_add(1, std::memory_order_relaxed) % 4;
    return mine - 4;
}

} // namespace trunkline::resilience::detail
