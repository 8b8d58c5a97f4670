#pragma once

#include <trunkline/resilience/space.hpp>
#include <trunkline/resilience/waiting_room.hpp>
#include <trunkline/retell/admission.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace trunkline::retell {

/// The limits that one kind of request passes together: all of them, or none.
class guard_toll {
public:
    explicit guard_toll(resilience::share_of who) noexcept : who_(who) {}
    void add(resilience::limiter_ref l) noexcept { limits_[count_++].emplace(l); }
    /// One of them found no place in a full table.
    bool is_overflow() const noexcept
    {
        return std::any_of(limits_.begin(), limits_.begin() + count_,
            [](auto const& l) { return l->is_overflow(); });
    }

    resilience::decision try_acquire(
        std::uint32_t cost, resilience::priority p, resilience::time_point now) const noexcept;
    void refund(std::uint32_t cost) const noexcept;
    /// The tenant's own, which learns from answers.
    resilience::limiter_ref const& own() const noexcept { return *limits_[0]; }
    resilience::share_of const& who() const noexcept { return who_; }

private:
    resilience::share_of who_;
    std::array<std::optional<resilience::limiter_ref>, 3> limits_;
    std::size_t count_ = 0;
};

/**
 * Those of one process who wait for the same limits. Thread-safe; nobody is woken with the lock
 * held. An attempt that finds nobody waiting and credit left does not come here.
 */
class guard_line {
public:
    using id = resilience::waiting_room::id;
    using wake_function = std::function<void()>;

    explicit guard_line(std::size_t most) : room_(most) {}

    bool is_empty() const noexcept { return waiting_.load(std::memory_order_acquire) == 0; }
    std::size_t size() const noexcept { return waiting_.load(std::memory_order_acquire); }
    resilience::nanoseconds oldest_wait(resilience::priority p, resilience::time_point now) const;

    /// None: too many wait.
    std::optional<id> enter(guard_toll const& toll, resilience::priority p,
        resilience::time_point deadline, resilience::time_point now, wake_function wake);

    class answer {
    public:
        bool over = false; ///< Let through, or in vain; the place is gone then.
        resilience::decision result;
        resilience::time_point ask_at; ///< If it is not over.
    };
    /// Moves the line on and says how this one stands.
    answer ask(id who, guard_toll const& toll, resilience::time_point now);
    /// Leaves. True if it had been let through meanwhile, and what it got is to be given back.
    bool leave(id who);
    void wake_all();

private:
    class waiter {
    public:
        wake_function wake;
        bool over = false;
        resilience::decision result;
    };

    mutable std::mutex mutex_;
    resilience::waiting_room room_;
    std::unordered_map<id, waiter> waiters_;
    std::atomic<std::size_t> waiting_{0};
};

} // namespace trunkline::retell
