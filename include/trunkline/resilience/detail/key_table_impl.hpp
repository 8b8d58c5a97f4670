#pragma once

#include <trunkline/resilience/detail/key_table.hpp>

namespace trunkline::resilience::detail {

/// Makes ours the one slot of the key. No: another was faster, or took the entry away; look again.
/// Lost: the slot has become another's. Of two that insert a key at once the one with the lower
/// slot goes first, so that they do not take each other's entries away time and again; `patient`:
/// the other may still be alive.
inline auto key_table::publish(
    packed_key const& k, claim const& c, std::uint64_t settings, bool patient) noexcept -> published
{
    using state = index_entry::state;
    index_entry const tentative(k.hash, c.slot, state::tentative);
    auto const withdraw = [&](shared_word& at) {
        auto mine = tentative.bits();
        at.compare_exchange_strong(
            mine, index_entry(k.hash, c.slot, state::tombstone).bits(), std::memory_order_acq_rel);
    };
    shared_word* place = nullptr;
    std::uint64_t vacant = 0;
    for (std::uint64_t i = 0; i < reach && !place; ++i) {
        auto& at = p_->index[(k.hash + i) & p_->index_mask];
        vacant = at.load(std::memory_order_acquire);
        if (index_entry(vacant).vacant()) place = &at;
    }
    // Sequentially consistent, as are the looks below: of two that write here and look there at
    // least one must see the other.
    if (!place || !place->compare_exchange_strong(vacant, tentative.bits())) return published::no;

    // Whoever wrote an entry for this key before we wrote ours is seen here; who comes later sees ours.
    for (std::uint64_t i = 0; i < reach; ++i) {
        auto& at = p_->index[(k.hash + i) & p_->index_mask];
        auto const seen = at.load();
        index_entry const other(seen);
        if (seen == 0) break;
        if (&at == place || !other.may_be(k.hash) ||
            !same_key(other.slot_number() % p_->slot_count, k))
            continue;
        if (other.now() == state::tentative) {
            if (settles(at, seen)) {
                --i; // and look at it again
                continue;
            }
            bool const goes_first = patient && other.slot_number() < c.slot;
            if (!goes_first && take_away(at, seen)) continue;
        }
        withdraw(*place);
        return published::no;
    }
    if (!make_live(c, k.kind(), settings)) {
        withdraw(*place);
        return published::lost;
    }
    auto expected = tentative.bits();
    if (place->compare_exchange_strong(expected,
            index_entry(k.hash, c.slot, state::confirmed).bits(), std::memory_order_acq_rel))
        return published::yes;
    // Live and without an entry: nobody can have found it. Who dies here leaves it to the hand.
    free_slot(c.slot, live(c, k.kind(), settings));
    return published::lost;
}

/// Gives another's tentative entry a moment to become something else. Whether it has.
inline bool key_table::settles(shared_word const& at, std::uint64_t seen) noexcept
{
    for (int i = 0; i < 200; ++i)
        if (at.load(std::memory_order_acquire) != seen) return true;
    return false;
}

/// Removes another's tentative entry. False: it is confirmed.
inline bool key_table::take_away(shared_word& at, std::uint64_t seen) noexcept
{
    auto expected = seen;
    if (at.compare_exchange_strong(expected,
            (seen & ~std::uint64_t{3}) | static_cast<std::uint64_t>(index_entry::state::tombstone),
            std::memory_order_acq_rel))
        return true;
    return index_entry(expected).now() != index_entry::state::confirmed;
}

/// Takes the entries of a slot out of the index; its key still stands in it.
inline void key_table::unlink(std::uint64_t n) noexcept
{
    auto const hash = key_of(n).hash;
    for (std::uint64_t i = 0; i < reach; ++i) {
        auto& at = p_->index[(hash + i) & p_->index_mask];
        auto seen = at.load(std::memory_order_acquire);
        if (seen == 0) return;
        if (index_entry(seen).may_be(hash) && index_entry(seen).slot_number() == n)
            at.compare_exchange_strong(seen,
                (seen & ~std::uint64_t{3}) |
                    static_cast<std::uint64_t>(index_entry::state::tombstone),
                std::memory_order_acq_rel);
    }
}

/// Nothing would be lost with it.
inline bool key_table::is_idle(std::uint64_t n, slot_meta m, std::uint64_t tick) const noexcept
{
    if (m.used()) return false;
    auto const& hot = p_->slots[n].hot;
    switch (m.kind()) {
    case slot_kind::breaker: {
        control_word const w(hot.breaker.control.load(std::memory_order_relaxed));
        // What others see is told again, if it is asked for again.
        return w.with_others(false).plain_closed() && w.exponent() == 0;
    }
    case slot_kind::limiter: {
        auto const now = ticks::span(static_cast<std::int64_t>(tick)).count();
        return static_cast<std::int64_t>(hot.limiter.tat.load(std::memory_order_relaxed)) < now &&
            static_cast<std::int64_t>(hot.limiter.penalty.load(std::memory_order_relaxed)) < now;
    }
    case slot_kind::stripes: return false; // goes with its breaker or limiter
    default: return hot.raw[0].load(std::memory_order_relaxed) == 0;
    }
}

/// A slot that nobody has, reserved for a while: a new one, or one that the hand of the clock finds.
inline auto key_table::allocate(slot_kind kind, std::uint64_t tick,
    std::optional<std::uint64_t> hash) noexcept -> std::optional<claim>
{
    auto const reserve = [&](std::uint64_t at, slot_meta seen) -> std::optional<claim> {
        auto const reserved = slot_meta::make(
            slot_meta::state::reserved, kind, 0, seen.generation() + 1, tick + reservation);
        if (!change(at, seen, reserved)) return std::nullopt;
        mark_group(at);
        return claim{at, reserved};
    };
    // Never used, or given back by one who was second to insert its key.
    auto const vacant = [&](std::uint64_t at) -> std::optional<claim> {
        auto const m = meta(at);
        bool const free = m.now() == slot_meta::state::free && (m.bits() == 0 || m.kind() == kind);
        return free ? reserve(at, m) : std::nullopt;
    };
    if (hash && is_scattered()) {
        constexpr auto group = segment_geometry::slots_a_group;
        auto const wished = home(*hash);
        for (std::uint64_t i = 0; i < group; ++i) {
            auto const at = wished - wished % group + (wished + i) % group;
            if (at < first_slot || at >= p_->slot_count) continue;
            if (auto const c = vacant(at)) return c;
        }
    }
    auto& next = p_->header->next_slot;
    auto n = next.load(std::memory_order_relaxed);
    while (n < p_->slot_count)
        if (next.compare_exchange_weak(n, n + 1, std::memory_order_relaxed))
            if (auto const c = vacant(n)) return c;

    // Slots that were numbered and never reserved are free ones to the hand.
    auto const round = std::min<std::uint64_t>(2 * p_->slot_count, 512);
    for (std::uint64_t step = 0; step < round; ++step) {
        auto const usable = p_->slot_count - first_slot;
        auto const at =
            first_slot + p_->header->hand.fetch_add(1, std::memory_order_relaxed) % usable;
        auto const m = meta(at);
        // Somebody who looked away for a while may still write as if it were what it was: words of
        // its own kind are guarded by their generation, or little is lost.
        if (m.bits() != 0 && m.kind() != kind) continue;
        if (m.now() == slot_meta::state::free) {
            if (auto const c = reserve(at, m)) return c;
        } else if (m.now() == slot_meta::state::reserved) {
            auto const left = ticks::between(tick, m.extra());
            if (left > 0 && left <= std::int32_t{reservation}) continue;
            if (auto const c = reserve(at, m)) return unlink(at), c;
        } else if (m.used()) {
            change(at, m, m.with_used(false));
        } else if (is_idle(at, m, tick)) {
            auto const c = reserve(at, m);
            if (!c) continue;
            unlink(at);
            if (m.extra() >= first_slot && m.extra() < p_->slot_count)
                free_slot(m.extra(), meta(m.extra()));
            p_->header->evictions.fetch_add(1, std::memory_order_relaxed);
            return c;
        }
    }
    return std::nullopt;
}

inline std::uint64_t key_table::next_used(std::uint64_t n) const noexcept
{
    constexpr auto size = segment_geometry::slots_a_group;
    while (n < p_->slot_count) {
        auto const group = n / size;
        auto const rest = p_->groups[group / 64].load(std::memory_order_acquire) >> (group % 64);
        if (rest & 1) return n;
        auto const skipped = rest != 0 ? std::countr_zero(rest) : 64 - group % 64;
        n = (group + static_cast<std::uint64_t>(skipped)) * size;
    }
    return p_->slot_count;
}

} // namespace trunkline::resilience::detail
