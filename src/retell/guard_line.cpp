#include <retell/guard_line.hpp>

#include <utility>

namespace trunkline::retell {

using resilience::decision;

decision guard_toll::try_acquire(
    std::uint32_t cost, resilience::priority p, resilience::time_point now) const noexcept
{
    decision first;
    for (std::size_t i = 0; i < count_; ++i) {
        auto const d = limits_[i]->try_acquire(cost, p, who_, now);
        if (i == 0) first = d;
        if (d) continue;
        while (i-- > 0) limits_[i]->refund(cost);
        return d;
    }
    return first;
}

void guard_toll::refund(std::uint32_t cost) const noexcept
{
    for (std::size_t i = 0; i < count_; ++i) limits_[i]->refund(cost);
}

resilience::nanoseconds guard_line::oldest_wait(
    resilience::priority p, resilience::time_point now) const
{
    std::lock_guard const lock(mutex_);
    return room_.oldest_wait(p, now);
}

std::optional<guard_line::id> guard_line::enter(guard_toll const& toll, resilience::priority p,
    resilience::time_point deadline, resilience::time_point now, wake_function wake)
{
    std::lock_guard const lock(mutex_);
    auto const who = room_.enter(1, p, toll.who(), deadline, now);
    if (!who) return std::nullopt;
    waiters_[*who].wake = std::move(wake);
    waiting_.store(room_.size(), std::memory_order_release);
    return who;
}

guard_line::answer guard_line::ask(id who, guard_toll const& toll, resilience::time_point now)
{
    std::vector<wake_function> woken;
    answer out;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& e : room_.advance(toll, now)) {
            auto const at = waiters_.find(e.waiter);
            if (at == waiters_.end()) continue;
            at->second.over = true;
            at->second.result = e.result;
            if (e.waiter != who) woken.push_back(at->second.wake);
        }
        waiting_.store(room_.size(), std::memory_order_release);
        if (auto const me = waiters_.find(who); me != waiters_.end() && me->second.over) {
            out.over = true;
            out.result = me->second.result;
            waiters_.erase(me);
        } else {
            out.ask_at = room_.wake_at();
        }
    }
    for (auto const& wake : woken) wake();
    return out;
}

bool guard_line::leave(id who)
{
    std::lock_guard const lock(mutex_);
    auto const me = waiters_.find(who);
    if (me == waiters_.end()) return false;
    auto const granted = me->second.over && me->second.result;
    waiters_.erase(me);
    if (!granted) room_.cancel(who);
    waiting_.store(room_.size(), std::memory_order_release);
    return granted;
}

void guard_line::wake_all()
{
    std::vector<wake_function> woken;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [who, w] : waiters_)
            if (!w.over) woken.push_back(w.wake);
    }
    for (auto const& wake : woken) wake();
}

} // namespace trunkline::retell
