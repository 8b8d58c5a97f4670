#pragma once

#include <trunkline/resilience/atomics.hpp>

#include <algorithm>
#include <cstdint>

namespace trunkline::resilience {

/**
 * Keeps retries a small part of the traffic (gRPC A6): each success adds a tenth, each retry and
 * each hedge takes one, and they are allowed while more than half is left. One word, which threads
 * and processes may share; a fresh one is full.
 *
 * Thread safety: any thread, any process. Lock-free. Never throws.
 */
template <class Atomics = std_atomics>
class basic_retry_budget {
public:
    using word = typename Atomics::word;

    /// `capacity` retries when full (1 to 1,000), `permille` of one for each success (1 to 1,000).
    explicit basic_retry_budget(
        word& spent, std::uint32_t capacity = 10, std::uint32_t permille = 100) noexcept
        : spent_(&spent),
          capacity_(std::clamp(capacity, 1u, 1'000u) * 1'000u),
          gain_(std::clamp(permille, 1u, 1'000u))
    {}

    void succeeded() noexcept { earn(gain_); }

    /// Takes a retry out of the budget. False: there is none, do not retry.
    bool try_retry() noexcept
    {
        auto seen = spent_->load(std::memory_order_relaxed);
        do {
            if (std::min<std::uint64_t>(seen, capacity_) * 2 >= capacity_) return false;
        } while (!spent_->compare_exchange_weak(seen, seen + 1'000, std::memory_order_relaxed));
        return true;
    }

    /// Puts a retry back that was not made.
    void give_back() noexcept { earn(1'000); }

    /// Retries that may follow at once.
    unsigned left() const noexcept
    {
        auto const spent = spent_->load(std::memory_order_relaxed);
        return spent * 2 >= capacity_ ? 0
                                      : static_cast<unsigned>((capacity_ / 2 - spent + 999) / 1'000);
    }

private:
    void earn(std::uint64_t thousandths) noexcept
    {
        auto seen = spent_->load(std::memory_order_relaxed);
        while (seen != 0 &&
            !spent_->compare_exchange_weak(
                seen, seen > thousandths ? seen - thousandths : 0, std::memory_order_relaxed))
        {}
    }

    word* spent_; ///< Thousandths; counted from full, so that zeroed memory is a full budget.
    std::uint64_t capacity_;
    std::uint64_t gain_;
};

} // namespace trunkline::resilience
