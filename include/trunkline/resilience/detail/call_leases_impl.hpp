#pragma once

#include <trunkline/resilience/call_leases.hpp>

namespace trunkline::resilience {

/// Exchanges the settings; where there is less room than before, the number of leases is watched.
template <class A>
template <class F>
void basic_call_leases<A>::adjust(F&& f) noexcept
{
    auto seen = words_->settings.load(std::memory_order_acquire);
    for (;;) {
        pool_word const before(seen);
        pool_word const after = f(before);
        bool const less =
            after.room() < before.room() || after.outbound_room() < before.outbound_room();
        auto const next =
            pool_word(after.limit(), after.reserved(), after.external(), before.lowered() || less);
        if (words_->settings.compare_exchange_weak(seen, next.bits(), std::memory_order_acq_rel))
            return;
    }
}

template <class A>
void basic_call_leases<A>::configure(unsigned limit, unsigned reserved_inbound) noexcept
{
    limit = std::min<unsigned>(limit, words::capacity);
    adjust([&](pool_word p) {
        return pool_word(limit, std::min(reserved_inbound, limit), p.external(), false);
    });
}

template <class A>
unsigned basic_call_leases<A>::count() const noexcept
{
    unsigned n = 0;
    for (std::size_t i = 0; i < words::capacity; ++i) n += at(i).state() != lease_state::free;
    return n;
}

template <class A>
lease basic_call_leases<A>::try_take(
    process_identity owner, call_direction d, time_point deadline, time_point now) noexcept
{
    auto const first = take_free(owner, d, deadline, now);
    if (first || sweep(now) == 0) return first;
    return take_free(owner, d, deadline, now);
}

template <class A>
lease basic_call_leases<A>::take_free(
    process_identity owner, call_direction d, time_point deadline, time_point now) noexcept
{
    auto const p = pool();
    auto const room = std::min<std::size_t>(
        d == call_direction::outbound ? p.outbound_room() : p.room(), words::capacity);
    for (std::size_t n = 0; n < room; ++n) {
        // Inbound calls fill from the top, where outbound ones may not go. Processes start apart.
        auto const i = d == call_direction::inbound ? room - 1 - n : (owner.pid + n) % room;
        auto seen = at(i);
        if (seen.state() != lease_state::free) continue;
        auto const next = lease_word::taken(
            seen.generation() + 1, lease_word::step_of(deadline) + 1, owner.pid, owner.start);
        if (!swap(i, seen, next)) continue;
        auto const taken = lease::make(i, next.generation());
        words_->notes[i].since.store(
            static_cast<std::uint64_t>(ns_of(now)), std::memory_order_relaxed);
        if (fits(i, p, d)) [[likely]]
            return taken;
        release(taken);
        return {};
    }
    return {};
}

/// Whether a lease that was just taken may stay: the settings it was taken under may be old, and when
/// the limit has come down there may be leases beyond it. Two that look at once may both give way.
template <class A>
bool basic_call_leases<A>::fits(std::size_t index, pool_word before, call_direction d) noexcept
{
    auto const p = pool();
    if (p.bits() == before.bits() && !p.lowered()) return true;
    if (index >= (d == call_direction::outbound ? p.outbound_room() : p.room())) return false;
    if (!p.lowered()) return true;
    if (count() > p.room()) return false;
    for (std::size_t i = p.outbound_room(); i < words::capacity; ++i)
        if (at(i).state() != lease_state::free) return true;
    // Nothing is out of place any more.
    auto expected = p.bits();
    words_->settings.compare_exchange_strong(expected,
        pool_word(p.limit(), p.reserved(), p.external(), false).bits(), std::memory_order_acq_rel);
    return true;
}

template <class A>
template <class F>
bool basic_call_leases<A>::change(lease l, F&& next) noexcept
{
    if (!l || l.index() >= words::capacity) return false;
    auto seen = at(l.index());
    while (seen.state() != lease_state::free && seen.generation() == l.generation())
        if (swap(l.index(), seen, next(seen))) return true;
    return false;
}

template <class A>
bool basic_call_leases<A>::sending(lease l) noexcept
{
    return change(l, [](lease_word w) {
        return w.state() == lease_state::taken ? w.with_state(lease_state::sending) : w;
    });
}

template <class A>
bool basic_call_leases<A>::bind(lease l, std::string_view call_id) noexcept
{
    if (!l || l.index() >= words::capacity || at(l.index()).generation() != l.generation())
        return false;
    write_id(l.index(), call_id);
    return change(l, [](lease_word w) { return w.with_state(lease_state::bound); });
}

template <class A>
bool basic_call_leases<A>::renew(lease l, time_point deadline) noexcept
{
    return change(
        l, [&](lease_word w) { return w.with_deadline(lease_word::step_of(deadline) + 1); });
}

template <class A>
bool basic_call_leases<A>::release(lease l) noexcept
{
    return change(l, [](lease_word w) { return w.freed(); });
}

template <class A>
void basic_call_leases<A>::write_id(std::size_t i, std::string_view call_id) noexcept
{
    auto const packed = detail::packed_id(call_id);
    auto& note = words_->notes[i];
    note.length.store(call_id.size(), std::memory_order_relaxed);
    for (std::size_t n = 0; n < packed.size(); ++n)
        note.call_id[n].store(packed[n], std::memory_order_relaxed);
}

template <class A>
bool basic_call_leases<A>::has_id(std::size_t i, std::string_view call_id) const noexcept
{
    auto const packed = detail::packed_id(call_id);
    auto const& note = words_->notes[i];
    if (note.length.load(std::memory_order_relaxed) != call_id.size()) return false;
    for (std::size_t n = 0; n < packed.size(); ++n)
        if (note.call_id[n].load(std::memory_order_relaxed) != packed[n]) return false;
    return true;
}

template <class A>
std::size_t basic_call_leases<A>::find(std::string_view call_id, lease_word& seen) const noexcept
{
    for (std::size_t i = 0; i < words::capacity; ++i) {
        seen = at(i);
        if (seen.state() == lease_state::bound && has_id(i, call_id)) return i;
    }
    return words::capacity;
}

template <class A>
bool basic_call_leases<A>::started(
    std::string_view call_id, time_point deadline, time_point now) noexcept
{
    lease_word seen;
    if (auto const i = find(call_id, seen); i < words::capacity)
        return renew(lease::make(i, seen.generation()), deadline);
    for (std::size_t i = 0; i < words::capacity; ++i) {
        seen = at(i);
        if (seen.state() != lease_state::sending || seen.is_over(now)) continue;
        if (alive_({seen.pid(), seen.start()})) continue; // will bind it itself
        auto const orphan = lease::make(i, seen.generation());
        if (bind(orphan, call_id)) return renew(orphan, deadline);
    }
    return false;
}

template <class A>
bool basic_call_leases<A>::ended(std::string_view call_id) noexcept
{
    lease_word seen;
    auto const i = find(call_id, seen);
    return i < words::capacity && release(lease::make(i, seen.generation()));
}

template <class A>
void basic_call_leases<A>::saturated() noexcept
{
    // The one that was refused is among them.
    auto const fit = std::max(1u, count()) - 1;
    adjust([&](pool_word p) {
        auto const room = std::max(1u, std::min(p.room(), fit));
        return pool_word(p.limit(), p.reserved(), p.limit() > room ? p.limit() - room : 0, false);
    });
}

template <class A>
unsigned basic_call_leases<A>::sweep(time_point now) noexcept
{
    unsigned freed = 0;
    for (std::size_t i = 0; i < words::capacity; ++i) {
        auto seen = at(i);
        if (seen.state() == lease_state::free) continue;
        bool const unused =
            seen.state() == lease_state::taken && !alive_({seen.pid(), seen.start()});
        if ((unused || seen.is_over(now)) && swap(i, seen, seen.freed())) ++freed;
    }
    return freed;
}

/// Of the calls that a read-out must know, those that began first.
template <class A>
unsigned basic_call_leases<A>::free_oldest(unsigned n, time_point before) noexcept
{
    unsigned freed = 0;
    while (freed < n) {
        std::size_t oldest = words::capacity;
        lease_word found;
        auto since = ns_of(before);
        for (std::size_t i = 0; i < words::capacity; ++i) {
            auto const seen = at(i);
            auto const t =
                static_cast<std::int64_t>(words_->notes[i].since.load(std::memory_order_relaxed));
            if (seen.state() != lease_state::bound || t >= since) continue;
            since = t;
            oldest = i;
            found = seen;
        }
        if (oldest == words::capacity) break;
        if (swap(oldest, found, found.freed())) ++freed;
    }
    return freed;
}

template <class A>
unsigned basic_call_leases<A>::reconcile(concurrency_readout const& r) noexcept
{
    unsigned freed = 0, known = 0, ours = 0;
    for (std::size_t i = 0; i < words::capacity; ++i) {
        auto seen = at(i);
        if (seen.state() == lease_state::free) continue;
        ++ours;
        auto const since =
            static_cast<std::int64_t>(words_->notes[i].since.load(std::memory_order_relaxed));
        if (since >= ns_of(r.as_of) || seen.state() == lease_state::taken) continue;
        if (seen.state() == lease_state::sending) {
            // A call that nobody could bind: the list would have to name it, and it names no lease.
            if (r.lists_calls && r.calls.empty() && !alive_({seen.pid(), seen.start()}) &&
                swap(i, seen, seen.freed()))
                ++freed;
            continue;
        }
        ++known;
        if (!r.lists_calls) continue;
        bool const live = std::ranges::any_of(r.calls, [&](auto id) { return has_id(i, id); });
        if (!live && swap(i, seen, seen.freed())) ++freed;
    }
    if (!r.lists_calls && known > r.current) freed += free_oldest(known - r.current, r.as_of);
    ours -= freed;
    auto const limit = std::min<unsigned>(r.limit, words::capacity);
    adjust([&](pool_word p) {
        return pool_word(limit, std::min(p.reserved(), limit),
            std::min(limit, r.current > ours ? r.current - ours : 0), false);
    });
    return freed;
}

template <class A>
lease_snapshot basic_call_leases<A>::snapshot() const noexcept
{
    auto const p = pool();
    lease_snapshot out;
    out.limit = p.limit();
    out.external = p.external();
    out.reserved = p.reserved();
    for (std::size_t i = 0; i < words::capacity; ++i) switch (at(i).state())
        {
        case lease_state::free: break;
        case lease_state::taken: ++out.taken; break;
        case lease_state::sending: ++out.sending; break;
        case lease_state::bound: ++out.bound; break;
        }
    return out;
}

} // namespace trunkline::resilience
