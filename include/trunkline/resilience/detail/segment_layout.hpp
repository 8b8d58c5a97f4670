#pragma once

#include <trunkline/resilience/breaker.hpp>
#include <trunkline/resilience/call_leases.hpp>
#include <trunkline/resilience/detail/packed_key.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace trunkline::resilience::detail {

using shared_word = std_atomics::word;

/// Who a segment is for and how large its parts are. Written once, before anybody sees it.
class segment_identity {
public:
    std::uint64_t magic = 0;
    std::uint64_t layout = 0; ///< Sizes, order of bytes, version: equal or not for us.
    std::uint64_t size = 0;   ///< Of the file.
    std::uint64_t slots = 0, index_entries = 0, pools = 0, events = 0;
    std::uint64_t owner = 0; ///< User id.
    std::array<std::uint64_t, 2> boot{};
    std::uint64_t pid_namespace = 0, time_namespace = 0;
    std::uint64_t seed =
        0; ///< Of hashes and jitter; also keeps others from choosing colliding keys.
    std::uint64_t checksum = 0;

    std::uint64_t sum() const noexcept
    {
        std::uint64_t h = 0xcbf29ce484222325;
        for (auto const v : {magic, layout, size, slots, index_entries, pools, events, owner,
                 boot[0], boot[1], pid_namespace, time_namespace, seed})
            h = (h ^ v) * 0x100000001b3 ^ (h >> 31);
        return h;
    }
};

/// A key or prefix that is no longer so, see cache_peers. Complete if `sequence` is its number plus
/// one, before and after reading.
class invalidation_entry {
public:
    shared_word sequence{0}, about{0}, hash{0}, identity{0};
};

class alignas(4096) segment_header {
public:
    segment_identity identity;
    alignas(64) shared_word next_slot{0};
    alignas(64) shared_word hand{0}; ///< Of the clock that looks for idle slots.
    alignas(64) shared_word next_event{0};
    shared_word evictions{0}, overflows{0}, stale{0};
    alignas(64) shared_word flusher{
        0};                 ///< {generation 40, deadline in ticks 24}, see space_sharing.
    shared_word contact{0}; ///< Of this host with the others, ns; 0: never.
    shared_word hosts{0};   ///< As they said then.
    alignas(64) shared_word next_invalidation{0};
    alignas(64) std::array<invalidation_entry, 64> invalidations{};
    alignas(64) std::array<shared_word, 96> flights{}; ///< Of caches.
};
static_assert(sizeof(segment_header) == 4096);

/// Settings that slots refer to by number. State: 0 free, 1 being written, 2 valid for ever.
class settings_entry {
public:
    shared_word state{0};
    std::array<shared_word, 7> reserved{};
    std::array<unsigned char, 64> bytes{};
};
static_assert(sizeof(settings_entry) == 128);
inline constexpr std::size_t settings_entries = 64;
static_assert(settings_entries * sizeof(settings_entry) % 4096 == 0); // slots begin a page

/// A change of state. Complete if `sequence` is its number plus one, before and after reading.
class event_entry {
public:
    shared_word sequence{0};
    shared_word at{0};    ///< ns
    shared_word place{0}; ///< {slot 32, from 8, to 8}
    shared_word generation{0};
};

/// {state 2, kind 2, used 1, settings 8, generation 6, tick or stripes 24}
class slot_meta {
public:
    enum class state : std::uint8_t { free = 0, reserved = 1, live = 2 };

    explicit slot_meta(std::uint64_t bits = 0) noexcept : bits_(bits) {}
    static slot_meta make(state s, slot_kind k, std::uint64_t settings, std::uint64_t generation,
        std::uint64_t extra) noexcept
    {
        return slot_meta(static_cast<std::uint64_t>(s) | (static_cast<std::uint64_t>(k) << 2) | 16 |
            ((settings & 255) << 5) | ((generation & 63) << 13) | ((extra & 0xff'ffff) << 19));
    }
    std::uint64_t bits() const noexcept { return bits_; }
    state now() const noexcept { return static_cast<state>(bits_ & 3); }
    slot_kind kind() const noexcept { return static_cast<slot_kind>((bits_ >> 2) & 3); }
    bool used() const noexcept { return bits_ & 16; }
    slot_meta with_used(bool u) const noexcept
    {
        return slot_meta((bits_ & ~std::uint64_t{16}) | (u ? 16 : 0));
    }
    std::uint64_t settings() const noexcept { return (bits_ >> 5) & 255; }
    std::uint64_t generation() const noexcept { return (bits_ >> 13) & 63; }
    std::uint64_t extra() const noexcept { return (bits_ >> 19) & 0xff'ffff; }
    /// Live, of this kind and generation: one comparison.
    bool is(slot_kind k, std::uint64_t g) const noexcept
    {
        return (bits_ & 0x7'e00f) == (2 | (static_cast<std::uint64_t>(k) << 2) | (g << 13));
    }

private:
    std::uint64_t bits_;
};

/// One key: 128 bytes that decide, 128 that tell.
class alignas(64) slot {
public:
    union words {
        words() noexcept : breaker() {}
        ~words() {}
        breaker_words<std_atomics> breaker;
        limiter_words<std_atomics> limiter;
        std::array<shared_word, 16> raw; ///< For a budget, and to clear.
    } hot;
    union counters {
        counters() noexcept : raw() {}
        ~counters() {}
        breaker_words<std_atomics>::counters breaker;
        limiter_words<std_atomics>::counters limiter;
        std::array<shared_word, 5> raw;
    } cold;
    shared_word length{0};
    std::array<shared_word, packed_key::text_words> text{};

    shared_word& identity() noexcept { return hot.raw[7]; }
    shared_word& meta() noexcept { return hot.raw[1]; }
    shared_word const& meta() const noexcept { return hot.raw[1]; }
};
static_assert(sizeof(slot) == 256);
static_assert(offsetof(breaker_words<std_atomics>, meta) == 8);
static_assert(offsetof(limiter_words<std_atomics>, meta) == 8);
static_assert(offsetof(breaker_words<std_atomics>, identity) == 56);
static_assert(offsetof(limiter_words<std_atomics>, identity) == 56);

/// A pool of leases under its key; the hash claims it.
class alignas(64) lease_pool_entry {
public:
    shared_word hash{0}, length{0};
    std::array<shared_word, packed_key::text_words> text{};
    lease_words<std_atomics> words;
};

/// Where the parts of a segment are, from its sizes.
class segment_geometry {
public:
    segment_geometry(std::uint64_t slots, std::uint64_t pools, std::uint64_t events) noexcept
        : slots_(slots), pools_(pools), events_(events)
    {}
    /// At most 70 % full.
    std::uint64_t index_entries() const noexcept { return std::bit_ceil(slots_ * 10 / 7 + 1); }
    /// A bit for each group of slots that was ever used.
    std::uint64_t group_words() const noexcept { return slots_ / (slots_a_group * 64) + 1; }
    std::uint64_t settings_at() const noexcept { return sizeof(segment_header); }
    /// From the beginning of a page on, so that a group is one.
    std::uint64_t slots_at() const noexcept
    {
        return settings_at() + settings_entries * sizeof(settings_entry);
    }
    std::uint64_t pools_at() const noexcept { return slots_at() + slots_ * sizeof(slot); }
    std::uint64_t index_at() const noexcept
    {
        return pools_at() + pools_ * sizeof(lease_pool_entry);
    }
    std::uint64_t events_at() const noexcept { return index_at() + index_entries() * 8; }
    std::uint64_t groups_at() const noexcept { return events_at() + events_ * sizeof(event_entry); }
    std::uint64_t size() const noexcept { return groups_at() + group_words() * 8; }

    static constexpr std::uint64_t slots_a_group = 16;

private:
    std::uint64_t slots_, pools_, events_;
};

inline constexpr std::uint64_t segment_magic =
    0x4e4c'4b4e'5552'5401; // "\1TRUNKLN", and so the order of bytes
/// Goes into the name of the file: a library of another major version has a segment of its own.
inline constexpr unsigned segment_major = 3;
/// What must be equal for two programs to use one segment.
inline constexpr std::uint64_t segment_layout = segment_major * 1'000'003ull + sizeof(slot) * 31 +
    sizeof(lease_pool_entry) * 17 + sizeof(event_entry) * 7 + settings_entries;

} // namespace trunkline::resilience::detail
