#pragma once

#include <trunkline/resilience/detail/segment_layout.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace trunkline::resilience::detail {

/// The parts of a mapped segment.
class segment_parts {
public:
    segment_parts() noexcept = default;
    explicit segment_parts(char* memory) noexcept
        : header(reinterpret_cast<segment_header*>(memory))
    {
        auto const& id = header->identity;
        segment_geometry const g(id.slots, id.pools, id.events);
        settings = reinterpret_cast<settings_entry*>(memory + g.settings_at());
        events = reinterpret_cast<event_entry*>(memory + g.events_at());
        pools = reinterpret_cast<lease_pool_entry*>(memory + g.pools_at());
        index = reinterpret_cast<shared_word*>(memory + g.index_at());
        slots = reinterpret_cast<slot*>(memory + g.slots_at());
        groups = reinterpret_cast<shared_word*>(memory + g.groups_at());
        index_mask = id.index_entries - 1;
        slot_count = id.slots;
        seed = id.seed;
    }
    segment_header* header = nullptr;
    settings_entry* settings = nullptr;
    event_entry* events = nullptr;
    lease_pool_entry* pools = nullptr;
    shared_word* index = nullptr;
    slot* slots = nullptr;
    shared_word* groups = nullptr;
    std::uint64_t index_mask = 0, slot_count = 0, seed = 0;
};

/// {fingerprint 38, slot 24, state 2}; 0 is an entry that was never used.
class index_entry {
public:
    enum class state : std::uint8_t { tombstone = 1, tentative = 2, confirmed = 3 };
    explicit index_entry(std::uint64_t bits = 0) noexcept : bits_(bits) {}
    index_entry(std::uint64_t hash, std::uint64_t slot, state s) noexcept
        : bits_(((hash >> 26) << 26) | (slot << 2) | static_cast<std::uint64_t>(s))
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    state now() const noexcept { return static_cast<state>(bits_ & 3); }
    bool vacant() const noexcept { return bits_ == 0 || now() == state::tombstone; }
    std::uint64_t slot_number() const noexcept { return (bits_ >> 2) & 0xff'ffff; }
    bool may_be(std::uint64_t hash) const noexcept
    {
        return ((bits_ ^ hash) >> 26) == 0 && !vacant();
    }

private:
    std::uint64_t bits_;
};

/**
 * Finds the slot of a key, or gives it one. Open addressing with a bounded reach in front of dense
 * slots. Nothing waits for another process: an entry is tentative until its maker has seen that it
 * is alone, others may take a tentative entry away, and what a dead process had begun is found by
 * the hand of the clock that also takes back idle slots.
 */
class key_table {
public:
    explicit key_table(segment_parts const& p) noexcept : p_(&p) {}

    /// Slots 0 to 2 serve all keys of their kind that found no place.
    static constexpr std::uint64_t first_slot = 3;

    std::optional<std::uint64_t> find(packed_key const& k) const noexcept
    {
        if (auto const at = locate(k)) return at->first;
        return std::nullopt;
    }
    /// The slot of a key and what it was when it was the key's.
    std::optional<std::pair<std::uint64_t, slot_meta>> locate(packed_key const& k) const noexcept
    {
        if (is_scattered()) prefetch(home(k.hash));
        for (std::uint64_t i = 0; i < reach; ++i) {
            index_entry const e(
                p_->index[(k.hash + i) & p_->index_mask].load(std::memory_order_acquire));
            if (e.bits() == 0) break;
            auto const n = e.slot_number();
            if (!e.may_be(k.hash) || e.now() != index_entry::state::confirmed || n >= p_->slot_count)
                continue;
            prefetch(n); // whoever finds it will count there
            auto const m = meta(n);
            if (m.now() == slot_meta::state::live && same_key(n, k) &&
                meta(n).generation() == m.generation()) [[likely]]
                return std::pair(n, m);
        }
        return std::nullopt;
    }

    /// The slot of the key; a new one starts as `init(slot)` leaves it, under these settings.
    template <class Init>
    std::uint64_t find_or_insert(
        packed_key const& k, std::uint64_t settings, std::uint64_t tick, Init&& init) noexcept
    {
        std::optional<claim> mine;
        constexpr int most_attempts = 32, patience = 16;
        for (int attempt = 0; attempt < most_attempts; ++attempt) {
            if (auto const found = find(k)) {
                if (mine) give_back(*mine);
                return *found;
            }
            if (!mine) {
                mine = allocate(k.kind(), tick, k.hash);
                if (!mine) break;
                fill(mine->slot, k);
                init(p_->slots[mine->slot]);
            }
            switch (publish(k, *mine, settings, attempt < patience)) {
            case published::yes: return mine->slot;
            case published::no: break;
            case published::lost: mine.reset(); break;
            }
        }
        if (mine) give_back(*mine);
        p_->header->overflows.fetch_add(1, std::memory_order_relaxed);
        return static_cast<std::uint64_t>(k.kind());
    }

    slot_meta meta(std::uint64_t n) const noexcept
    {
        return slot_meta(p_->slots[n].meta().load(std::memory_order_acquire));
    }
    /// Whether a live slot is this key's.
    bool holds(std::uint64_t n, packed_key const& k) const noexcept
    {
        if (n >= p_->slot_count) return false;
        auto const m = meta(n);
        return same_key(n, k) && m.now() == slot_meta::state::live;
    }
    packed_key key_of(std::uint64_t n) const
    {
        packed_key k;
        auto const& s = p_->slots[n];
        k.length = s.length.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i < k.text.size(); ++i)
            k.text[i] = s.text[i].load(std::memory_order_relaxed);
        k.make_hashes(p_->seed);
        k.identity = p_->slots[n].hot.raw[7].load(std::memory_order_relaxed);
        return k;
    }
    /// A slot that was reserved. It is ours until its time is over, and then another's, who gave it
    /// the next generation: what we do with it afterwards must fail.
    class claim {
    public:
        std::uint64_t slot;
        slot_meta reserved;
    };
    /// A slot stays of the kind that it was first. `hash`: of the key that it is for, if it has one.
    std::optional<claim> allocate(slot_kind kind, std::uint64_t tick,
        std::optional<std::uint64_t> hash = std::nullopt) noexcept;
    /// The first slot from `n` on in a group that was ever used; slot_count if there is none.
    std::uint64_t next_used(std::uint64_t n) const noexcept;
    bool make_live(claim const& c, slot_kind k, std::uint64_t settings) noexcept
    {
        return change(c.slot, c.reserved, live(c, k, settings));
    }
    static slot_meta live(claim const& c, slot_kind k, std::uint64_t settings) noexcept
    {
        return slot_meta::make(slot_meta::state::live, k, settings, c.reserved.generation(), 0);
    }
    void give_back(claim const& c) noexcept { free_slot(c.slot, c.reserved); }
    void free_slot(std::uint64_t n, slot_meta seen) noexcept
    {
        change(
            n, seen, slot_meta::make(slot_meta::state::free, seen.kind(), 0, seen.generation(), 0));
    }
    bool change(std::uint64_t n, slot_meta seen, slot_meta next) noexcept
    {
        auto expected = seen.bits();
        return p_->slots[n].meta().compare_exchange_strong(
            expected, next.bits(), std::memory_order_acq_rel);
    }

    /// A process that dies with a reserved slot blocks it for so long; one that is stopped for
    /// longer in the middle of filling it may spoil another's key.
    static constexpr std::uint64_t reservation = 600; ///< Ticks: 10 s.
    static constexpr std::uint64_t reach = 64;
    /// Smaller tables are filled from the front, so that a short process touches few pages of them;
    /// in larger ones, where a place must be fetched from memory, the hash says where to look for
    /// it before the index has been read. Only where it is sought first: the index decides.
    static constexpr std::uint64_t scattered_above = 16'384;

private:
    bool is_scattered() const noexcept { return p_->slot_count > scattered_above; }
    std::uint64_t home(std::uint64_t hash) const noexcept
    {
        auto const usable = p_->slot_count - first_slot;
        return first_slot + (((hash >> 32) * usable) >> 32); // both below 2^32
    }
    void prefetch(std::uint64_t n) const noexcept
    {
        __builtin_prefetch(&p_->slots[n].hot.raw[0]);
        __builtin_prefetch(&p_->slots[n].hot.raw[8], 1);
    }
    void mark_group(std::uint64_t n) noexcept
    {
        auto const group = n / segment_geometry::slots_a_group;
        auto& word = p_->groups[group / 64];
        auto const bit = std::uint64_t{1} << (group % 64);
        if (!(word.load(std::memory_order_relaxed) & bit))
            word.fetch_or(bit, std::memory_order_release);
    }
    bool same_key(std::uint64_t n, packed_key const& k) const noexcept
    {
        return p_->slots[n].identity().load(std::memory_order_acquire) == k.identity;
    }
    void fill(std::uint64_t n, packed_key const& k) noexcept
    {
        auto& s = p_->slots[n];
        s.identity().store(k.identity, std::memory_order_relaxed);
        s.length.store(k.length, std::memory_order_relaxed);
        for (std::size_t i = 0; i < k.text.size(); ++i)
            s.text[i].store(k.text[i], std::memory_order_relaxed);
    }
    enum class published { yes, no, lost };
    published publish(
        packed_key const& k, claim const& c, std::uint64_t settings, bool patient) noexcept;
    static bool settles(shared_word const& at, std::uint64_t seen) noexcept;
    bool take_away(shared_word& at, std::uint64_t seen) noexcept;
    void unlink(std::uint64_t n) noexcept;
    bool is_idle(std::uint64_t n, slot_meta m, std::uint64_t tick) const noexcept;

    segment_parts const* p_;
};

} // namespace trunkline::resilience::detail

#include <trunkline/resilience/detail/key_table_impl.hpp>
