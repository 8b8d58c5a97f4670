#pragma once

#include <trunkline/resilience/limiter.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

namespace trunkline::resilience {

/**
 * Those who wait for a limiter: the asynchronous acquire without the I/O. Whoever drives it sets a
 * timer for `wake_at`, calls `advance`, and completes the waiters it names.
 *
 * A waiter takes credit only at the moment it is let through, so one that gives up or runs out of
 * time leaves no debt, wherever it stood. Classes go by priority; within one, tenants take turns by
 * weight, and the waiters of a tenant keep their order. Of a class that cannot pass nobody is let
 * through ahead of it for being cheaper.
 *
 * Thread safety: none; the limiter behind it may be shared.
 */
class waiting_room {
public:
    using id = std::uint64_t;

    class ended {
    public:
        id waiter = 0;
        decision result; ///< Granted, or not in time: retry_after says what it would have taken.
    };

    explicit waiting_room(std::size_t capacity = 10'000) : capacity_(capacity) {}

    /// Joins. None if the room is full: reject at once. Follow with `advance`.
    std::optional<id> enter(
        std::uint32_t cost, priority p, share_of const& who, time_point deadline, time_point now)
    {
        if (size_ >= capacity_) return std::nullopt;
        auto& line = lines_[static_cast<std::size_t>(p) & 3];
        auto& tenant = line.tenants[who.tenant];
        tenant.weight = who.weight;
        // One that comes back after a pause has no claim on turns it did not take.
        if (tenant.waiters.empty()) tenant.turn = std::max(tenant.turn, line.turn);
        tenant.waiters.push_back({++last_id_, cost, deadline, now});
        ++size_;
        return last_id_;
    }

    /// Leaves. False if it has been let through or has run out of time before.
    bool cancel(id who) noexcept
    {
        for (auto& line : lines_)
            for (auto& [key, tenant] : line.tenants)
                for (auto it = tenant.waiters.begin(); it != tenant.waiters.end(); ++it)
                    if (it->name == who) {
                        tenant.waiters.erase(it);
                        --size_;
                        return true;
                    }
        return false;
    }

    /// Lets through whom the limiter admits at `now`, and gives up on those whose deadline has
    /// passed or cannot be met. Limiter: decision try_acquire(cost, priority, time_point).
    template <class Limiter>
    std::vector<ended> advance(Limiter&& limiter, time_point now)
    {
        std::vector<ended> out;
        expire(now, out);
        wake_at_ = time_point::max();
        for (std::size_t c = 0; c < lines_.size(); ++c) {
            auto& line = lines_[c];
            while (auto* const tenant = next_of(line)) {
                auto const w = tenant->waiters.front();
                auto const d = limiter.try_acquire(w.cost, static_cast<priority>(c), now);
                bool const in_vain =
                    d.why == denial::too_large || (!d && d.retry_after >= w.deadline - now);
                if (!d && !in_vain) {
                    wake_at_ = std::min(wake_at_, now + d.retry_after);
                    break;
                }
                tenant->waiters.pop_front();
                --size_;
                if (d) {
                    line.turn = tenant->turn;
                    tenant->turn += double(w.cost) / tenant->weight;
                }
                out.push_back({w.name, d});
            }
            std::erase_if(line.tenants, [&](auto const& t) {
                return t.second.waiters.empty() && t.second.turn <= line.turn;
            });
        }
        for (auto const& line : lines_)
            for (auto const& [key, tenant] : line.tenants)
                for (auto const& w : tenant.waiters) wake_at_ = std::min(wake_at_, w.deadline);
        return out;
    }

    /// When to call `advance` next; time_point::max() if nobody waits.
    time_point wake_at() const noexcept { return wake_at_; }
    std::size_t size() const noexcept { return size_; }

    /// How long the first of a class has waited: starvation is to be seen, and alarmed.
    nanoseconds oldest_wait(priority p, time_point now) const noexcept
    {
        nanoseconds longest{0};
        for (auto const& [key, tenant] : lines_[static_cast<std::size_t>(p) & 3].tenants)
            if (!tenant.waiters.empty())
                longest = std::max<nanoseconds>(longest, now - tenant.waiters.front().since);
        return longest;
    }

private:
    class queued {
    public:
        id name;
        std::uint32_t cost;
        time_point deadline, since;
    };
    class tenant_line {
    public:
        std::list<queued> waiters;
        double turn = 0; ///< What it has had, divided by its weight.
        std::uint8_t weight = 1;
    };
    class class_line {
    public:
        std::unordered_map<std::uint64_t, tenant_line> tenants;
        double turn = 0; ///< Of the last that was let through.
    };

    static tenant_line* next_of(class_line& line) noexcept
    {
        tenant_line* best = nullptr;
        for (auto& [key, t] : line.tenants) {
            if (t.waiters.empty()) continue;
            if (!best || t.turn < best->turn ||
                (t.turn == best->turn && t.waiters.front().name < best->waiters.front().name))
                best = &t;
        }
        return best;
    }
    void expire(time_point now, std::vector<ended>& out)
    {
        decision late;
        late.granted = false;
        late.why = denial::rate;
        for (auto& line : lines_)
            for (auto& [key, tenant] : line.tenants)
                for (auto it = tenant.waiters.begin(); it != tenant.waiters.end();) {
                    if (it->deadline > now) {
                        ++it;
                        continue;
                    }
                    out.push_back({it->name, late});
                    it = tenant.waiters.erase(it);
                    --size_;
                }
    }

    std::array<class_line, 4> lines_;
    std::size_t capacity_;
    std::size_t size_ = 0;
    id last_id_ = 0;
    time_point wake_at_ = time_point::max();
};

} // namespace trunkline::resilience
