#pragma once

#include <trunkline/resilience/space.hpp>

namespace trunkline::resilience {

inline std::string resilience_space::path_of(std::string_view name, space_options const& o)
{
    auto const good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '_' || c == '.';
    };
    if (name.empty() || name.size() > 64 || name.starts_with('.') ||
        !std::ranges::all_of(name, good))
        throw std::invalid_argument(
            "resilience space: a name has 1 to 64 letters, digits, '-', '_' "
            "or '.', and does not begin with '.'");
    return o.directory + "/trunkline-" + std::to_string(::geteuid()) + "-" + std::string(name) +
        ".v" + std::to_string(detail::segment_major);
}

inline resilience_space resilience_space::open(std::string_view name, space_options const& o)
{
    using detail::segment_file;
    auto const path = path_of(name, o);
    if (o.keys < 8 || o.keys > segment_file::max_slots || o.lease_pools < 1 ||
        o.lease_pools > segment_file::max_pools || o.events < 1 ||
        o.events > segment_file::max_events || !std::has_single_bit(o.events))
        throw std::invalid_argument("resilience space: a size is out of range, see space_options");
    detail::segment_geometry const geometry(o.keys, o.lease_pools, o.events);
    std::string reason = "asked for";
    if (o.shared) {
        segment_file file(path, geometry, o.keys, o.lease_pools, o.events);
        if (auto m = file.open(o.create))
            return resilience_space(std::make_unique<detail::space_state>(
                std::move(m), true, file.foreign_processes(), std::string()));
        reason = file.reason();
    }
    auto m = segment_file::anonymous(geometry.size());
    segment_file::format(m.data(), geometry, o.keys, o.lease_pools, o.events);
    return resilience_space(
        std::make_unique<detail::space_state>(std::move(m), false, false, std::move(reason)));
}

inline lease_pool resilience_space::leases(std::string_view service, tenant_id const& tenant) noexcept
{
    auto const k = key(slot_kind::budget, service, tenant, {});
    auto const& p = state_->parts;
    auto const pools = p.header->identity.pools;
    auto const claim = k.hash | 1; // never 0
    auto* pool = &p.pools[pools - 1];
    bool overflow = true;
    for (std::uint64_t i = 0; i < pools; ++i) {
        auto& entry = p.pools[(claim + i) % pools];
        std::uint64_t seen = entry.hash.load(std::memory_order_acquire);
        if (seen != 0 && seen != claim) continue;
        if (seen == 0 &&
            !entry.hash.compare_exchange_strong(seen, claim, std::memory_order_acq_rel) &&
            seen != claim)
            continue;
        pool = &entry;
        overflow = false;
        // For whoever looks on; the hash decides.
        for (std::size_t w = 0; w < k.text.size(); ++w)
            entry.text[w].store(k.text[w], std::memory_order_relaxed);
        entry.length.store(k.length, std::memory_order_release);
        break;
    }
    auto const everybody_lives = [](process_identity const&) noexcept { return true; };
    return lease_pool(basic_call_leases<>(pool->words,
                          state_->foreign_processes ? +everybody_lives : &process_table::alive),
        overflow);
}

inline void resilience_space::report(
    std::uint64_t token, outcome o, nanoseconds duration, time_point now) noexcept
{
    permit const p(token);
    auto const n = p.place() >> 6;
    if (!p.intact() || n >= state_->parts.slot_count) return;
    auto const m = state_->keys.meta(n);
    if (!m.is(slot_kind::breaker, p.place() & 63)) return;
    breaker_change c;
    state_->breaker_at(n, m).report(p, o, duration, now, &c);
    if (c) state_->record(n, c, now);
}

inline std::vector<space_event> resilience_space::events(std::uint64_t& cursor) const
{
    std::vector<space_event> out;
    auto const& p = state_->parts;
    auto const size = p.header->identity.events;
    auto const end = p.header->next_event.load(std::memory_order_acquire);
    if (end - cursor > size) cursor = end - size;
    for (; cursor != end; ++cursor) {
        auto const& e = p.events[cursor & (size - 1)];
        space_event event;
        if (e.sequence.load(std::memory_order_acquire) != cursor + 1)
            continue; // its writer died, or is at it
        auto const place = e.place.load(std::memory_order_acquire);
        event.at = time_point(
            nanoseconds(static_cast<std::int64_t>(e.at.load(std::memory_order_acquire))));
        event.change.happened = true;
        event.change.from = static_cast<circuit>((place >> 8) & 7);
        event.change.to = static_cast<circuit>(place & 7);
        event.change.generation = e.generation.load(std::memory_order_acquire);
        if (e.sequence.load(std::memory_order_acquire) != cursor + 1 || place >> 16 >= p.slot_count)
            continue;
        auto parts = state_->keys.key_of(place >> 16).parts();
        event.service = std::move(parts[0]);
        event.tenant = std::move(parts[1]);
        event.group = std::move(parts[2]);
        out.push_back(std::move(event));
    }
    return out;
}

inline space_counts resilience_space::counts() const noexcept
{
    auto const& p = state_->parts;
    space_counts out;
    out.capacity = p.slot_count - detail::key_table::first_slot;
    out.bytes = p.header->identity.size;
    auto const& keys = state_->keys;
    for (auto n = keys.next_used(keys.first_slot); n < p.slot_count; n = keys.next_used(n + 1))
        out.keys += state_->keys.meta(n).now() == detail::slot_meta::state::live;
    out.evictions = p.header->evictions.load(std::memory_order_relaxed);
    out.overflows = p.header->overflows.load(std::memory_order_relaxed);
    out.stale = p.header->stale.load(std::memory_order_relaxed);
    out.events = p.header->next_event.load(std::memory_order_relaxed);
    return out;
}

template <class F>
void resilience_space::for_each_key(time_point now, F&& f) const
{
    auto const& keys = state_->keys;
    auto const end = state_->parts.slot_count;
    for (auto n = keys.next_used(keys.first_slot); n < end; n = keys.next_used(n + 1)) {
        auto const m = state_->keys.meta(n);
        if (m.now() != detail::slot_meta::state::live) continue;
        auto const key = state_->keys.key_of(n).parts();
        if (m.kind() == slot_kind::breaker)
            f(key[0], key[1], key[2], state_->breaker_at(n, m).snapshot(now));
        else if (m.kind() == slot_kind::limiter)
            f(key[0], key[1], key[2], state_->limiter_at(n, m).snapshot(now));
    }
}

template <class F>
void resilience_space::for_each_pool(F&& f) const
{
    auto const& p = state_->parts;
    for (std::uint64_t i = 0; i < p.header->identity.pools; ++i) {
        auto& entry = p.pools[i];
        if (entry.hash.load(std::memory_order_acquire) == 0) continue;
        detail::packed_key k;
        k.length = entry.length.load(std::memory_order_acquire);
        for (std::size_t w = 0; w < k.text.size(); ++w)
            k.text[w] = entry.text[w].load(std::memory_order_relaxed);
        auto const key = k.parts();
        f(key[0], key[1], basic_call_leases<>(entry.words).snapshot());
    }
}

inline std::vector<std::string> resilience_space::verify() const
{
    using detail::index_entry;
    std::vector<std::string> out;
    auto const& p = state_->parts;
    auto const wrong = [&](std::string what, std::uint64_t at) {
        out.push_back(std::move(what) + " at " + std::to_string(at));
    };
    if (p.header->identity.checksum != p.header->identity.sum())
        out.push_back("the header is damaged");
    std::vector<bool> named(p.slot_count);
    for (std::uint64_t i = 0; i <= p.index_mask; ++i) {
        index_entry const e(p.index[i].load(std::memory_order_acquire));
        if (e.vacant() || e.now() != index_entry::state::confirmed) continue;
        auto const n = e.slot_number();
        if (n < detail::key_table::first_slot || n >= p.slot_count) {
            wrong("an index entry names no slot", i);
            continue;
        }
        if (named[n]) wrong("two index entries name one slot", n);
        named[n] = true;
        auto const k = state_->keys.key_of(n);
        if (state_->keys.meta(n).now() != detail::slot_meta::state::live)
            continue; // being taken back
        if (!e.may_be(k.hash)) wrong("an index entry and its slot differ", i);
        else if (auto const found = state_->keys.find(k); found != n)
            wrong("a key has two slots", n);
    }
    for (auto n = detail::key_table::first_slot; n < p.slot_count; ++n) {
        auto const m = state_->keys.meta(n);
        if (m.now() != detail::slot_meta::state::live) continue;
        if (state_->keys.next_used(n) != n) wrong("a slot in use is in no used group", n);
        if (m.kind() != slot_kind::breaker) continue;
        detail::control_word const w(p.slots[n].hot.breaker.control.load(std::memory_order_acquire));
        if (w.state() > circuit::misconfigured) wrong("a breaker is in no state", n);
    }
    return out;
}

} // namespace trunkline::resilience
