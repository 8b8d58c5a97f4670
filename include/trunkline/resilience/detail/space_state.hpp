#pragma once

#include <trunkline/resilience/detail/fork_guard.hpp>
#include <trunkline/resilience/detail/segment_file.hpp>
#include <trunkline/resilience/detail/settings_table.hpp>
#include <trunkline/resilience/retry_budget.hpp>

#include <optional>
#include <string>
#include <utility>

namespace trunkline::resilience::detail {

/// What a resilience_space and its handles share. Stays where it is for as long as they live.
class space_state {
public:
    space_state(mapping m, bool is_shared, bool foreign, std::string why)
        : memory(std::move(m)),
          shared(is_shared),
          foreign_processes(foreign),
          reason(std::move(why)),
          parts(memory.data()),
          keys(parts),
          settings(parts)
    {
        default_breaker = settings.number_of(breaker_settings(), 0);
        default_limiter = settings.number_of(limiter_settings(), 0);
        start_overflow_slots();
    }
    space_state(space_state const&) = delete;
    space_state& operator=(space_state const&) = delete;

    std::uint64_t tick() const noexcept { return ticks::of(coarse_clock::now()); }

    /// The slot of a key and what it is now. `wanted` are settings that it is to have, `initial`
    /// those of a new one.
    std::pair<std::uint64_t, slot_meta> slot_of(packed_key const& k,
        std::optional<std::uint64_t> wanted,
        std::optional<std::uint64_t> initial = std::nullopt) noexcept
    {
        // A slot may be taken back as soon as it is found, and one that was made for us too.
        for (int attempt = 0; attempt < 8; ++attempt) {
            auto const at = keys.locate(k);
            if (!at) [[unlikely]] {
                auto const n = insert(k, wanted ? wanted : initial);
                if (n < key_table::first_slot) return {n, keys.meta(n)};
                continue;
            }
            if (!wanted || at->second.settings() == *wanted) [[likely]]
                return *at;
            use_settings(at->first, at->second, *wanted);
        }
        auto const n = static_cast<std::uint64_t>(k.kind());
        return {n, keys.meta(n)};
    }

    void record(std::uint64_t n, breaker_change const& c, time_point now) noexcept
    {
        auto const mask = parts.header->identity.events - 1;
        auto const number = parts.header->next_event.fetch_add(1, std::memory_order_relaxed);
        auto& e = parts.events[number & mask];
        e.sequence.store(0, std::memory_order_release);
        e.at.store(static_cast<std::uint64_t>(ns_of(now)), std::memory_order_release);
        e.place.store((n << 16) | (static_cast<std::uint64_t>(c.from) << 8) |
                static_cast<std::uint64_t>(c.to),
            std::memory_order_release);
        e.generation.store(c.generation, std::memory_order_release);
        e.sequence.store(number + 1, std::memory_order_release);
    }

    basic_breaker<> breaker_at(std::uint64_t n, slot_meta m) noexcept
    {
        auto& s = parts.slots[n];
        auto const& config = settings.breaker(m.settings());
        auto* const extra = has_stripes(m) ? &stripes_at(m.extra()) : nullptr;
        return {s.hot.breaker, s.cold.breaker, config, (n << 6) | m.generation(), extra};
    }
    bool has_stripes(slot_meta m) const noexcept
    {
        return m.extra() >= key_table::first_slot && m.extra() < parts.slot_count;
    }
    /// The slot behind a striped breaker, but for its first line, which says whose it is.
    basic_breaker<>::stripes& stripes_at(std::uint64_t n) noexcept
    {
        return *reinterpret_cast<basic_breaker<>::stripes*>(
            reinterpret_cast<char*>(&parts.slots[n]) + 64);
    }
    basic_limiter<> limiter_at(std::uint64_t n, slot_meta m) noexcept
    {
        auto& s = parts.slots[n];
        return {s.hot.limiter, s.cold.limiter, settings.limiter(m.settings()), share_at(m)};
    }
    /// Behind a limiter that hosts share; null for any other.
    basic_limiter<>::share_words* share_at(slot_meta m) noexcept
    {
        if (!has_stripes(m)) return nullptr;
        return reinterpret_cast<basic_limiter<>::share_words*>(
            reinterpret_cast<char*>(&parts.slots[m.extra()]) + 64);
    }

    mapping memory;
    bool shared;
    bool foreign_processes;
    std::string reason;
    segment_parts parts;
    key_table keys;
    settings_table settings;
    std::uint64_t default_breaker, default_limiter;

    /// Gives a slot another one for what does not fit into it, all zero but for its first line.
    /// False if there is no room.
    bool extend(std::uint64_t n, std::uint64_t now) noexcept
    {
        auto const m = keys.meta(n);
        if (m.extra() != 0) return true;
        auto const extra = keys.allocate(slot_kind::stripes, now);
        if (!extra) return false;
        for (std::size_t i = 8; i < sizeof(slot) / 8; ++i)
            reinterpret_cast<shared_word*>(&parts.slots[extra->slot])[i].store(
                0, std::memory_order_relaxed);
        if (!keys.make_live(*extra, slot_kind::stripes, 0)) return false;
        auto const next =
            slot_meta::make(m.now(), m.kind(), m.settings(), m.generation(), extra->slot);
        if (keys.change(n, m, next)) return true;
        keys.free_slot(extra->slot, keys.meta(extra->slot));
        return false;
    }

private:
    std::uint64_t insert(packed_key const& k, std::optional<std::uint64_t> wanted) noexcept
    {
        auto const number = wanted           ? *wanted
            : k.kind() == slot_kind::limiter ? default_limiter
                                             : default_breaker;
        auto const now = tick();
        auto const n =
            keys.find_or_insert(k, number, now, [&](slot& s) { clear(s, k.kind(), number); });
        if (n >= key_table::first_slot && k.kind() == slot_kind::breaker &&
            settings.breaker(number).flags & breaker_settings::striped_flag)
            extend(n, now);
        return n;
    }
    /// A slot as a new key finds it. A breaker keeps counting its generations, so that what was
    /// given out under the key before is late.
    void clear(slot& s, slot_kind k, std::uint64_t number) noexcept
    {
        control_word const before(s.hot.raw[0].load(std::memory_order_relaxed));
        for (std::size_t i = 0; i < s.hot.raw.size(); ++i)
            if (i != 1 && i != 7) s.hot.raw[i].store(0, std::memory_order_relaxed);
        for (auto& w : s.cold.raw) w.store(0, std::memory_order_relaxed);
        if (k == slot_kind::breaker)
            s.hot.breaker.control.store(before.moved_to(circuit::closed).with_exponent(0).bits(),
                std::memory_order_relaxed);
        if (k == slot_kind::limiter)
            basic_limiter<>(s.hot.limiter, s.cold.limiter, settings.limiter(number)).start();
    }
    void use_settings(std::uint64_t n, slot_meta m, std::uint64_t number) noexcept
    {
        auto const next = slot_meta::make(m.now(), m.kind(), number, m.generation(), m.extra());
        if (!keys.change(n, m, next)) return;
        if (m.kind() != slot_kind::limiter) return;
        auto const& config = settings.limiter(number);
        limiter_at(n, next).set_rate(config.rate, config.burst, coarse_clock::now());
    }
    /// Whoever attaches first to a fresh segment; doing it twice changes nothing.
    void start_overflow_slots() noexcept
    {
        auto seen = parts.header->next_slot.load(std::memory_order_relaxed);
        if (seen >= key_table::first_slot) return;
        for (std::uint64_t n = 0; n < key_table::first_slot; ++n) {
            auto const kind = static_cast<slot_kind>(n);
            auto const number = kind == slot_kind::limiter ? default_limiter : default_breaker;
            if (kind == slot_kind::limiter)
                limiter_at(n, slot_meta::make(slot_meta::state::live, kind, number, 0, 0)).start();
            parts.slots[n].meta().store(
                slot_meta::make(slot_meta::state::live, kind, number, 0, 0).bits(),
                std::memory_order_release);
        }
        parts.header->next_slot.compare_exchange_strong(
            seen, key_table::first_slot, std::memory_order_relaxed);
    }
};

} // namespace trunkline::resilience::detail
