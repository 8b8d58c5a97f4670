#pragma once

#include "keys.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace trunkline::mask_detail {

/// A key of at most 32 characters, as it stands. Documents repeat theirs.
class short_key {
public:
    static constexpr std::size_t longest = 32;

    short_key() {} // what it says is not said yet: arrays of these cost nothing
    /// At least 32 characters stand before `end`; `n` is 0 to 32. No character is 0.
    short_key(byte const* end, std::size_t n) noexcept : size(n)
    {
        auto const* const mask = masks.data() + n;
#if defined(__x86_64__)
        auto const load = [](byte const* p) {
            return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
        };
        first_ = _mm_and_si128(load(end - 32), load(mask));
        last_ = _mm_and_si128(load(end - 16), load(mask + 16));
#else
        for (std::size_t k = 0; k < longest; ++k) chars_[k] = end[k - longest] & mask[k];
#endif
    }
    /// Its first bits are those to go by.
    std::uint64_t hash() const noexcept
    {
        std::uint64_t last, before;
#if defined(__x86_64__)
        before = static_cast<std::uint64_t>(_mm_cvtsi128_si64(last_));
        last = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(last_, last_)));
#else
        std::memcpy(&last, chars_ + 24, sizeof last);
        std::memcpy(&before, chars_ + 16, sizeof before);
#endif
        return (last ^ std::rotl(before, 21) ^ size) * 0x9e3779b97f4a7c15u;
    }
    bool operator==(short_key const& o) const noexcept
    {
#if defined(__x86_64__)
        auto const same =
            _mm_and_si128(_mm_cmpeq_epi8(first_, o.first_), _mm_cmpeq_epi8(last_, o.last_));
        return _mm_movemask_epi8(same) == 0xffff;
#else
        return std::memcmp(chars_, o.chars_, longest) == 0;
#endif
    }

    bool holds(char c) const noexcept
    {
#if defined(__x86_64__)
        auto const sign = _mm_set1_epi8(c);
        auto const same = _mm_or_si128(_mm_cmpeq_epi8(first_, sign), _mm_cmpeq_epi8(last_, sign));
        return _mm_movemask_epi8(same) != 0;
#else
        return std::memchr(chars_, c, longest) != nullptr;
#endif
    }

    std::uint64_t size;

private:
    // Its characters are at the end; zeros before.
#if defined(__x86_64__)
    __m128i first_, last_; // in registers, as long as it is only compared
#else
    byte chars_[longest];
#endif
    /// From the n-th on: what of the 32 characters belongs to a key of n.
    static constexpr auto masks = [] {
        std::array<byte, 2 * longest> t{};
        for (std::size_t k = longest; k < 2 * longest; ++k) t[k] = 0xff;
        return t;
    }();
};

/// A key and what is known of it.
class known_key {
public:
    known_key() {} // as short_key
    known_key(short_key const& k, key_class const* c) noexcept
        : key(k), value(c), says_nothing(!c || c->rule == key_rule::none), next(0)
    {}

    short_key key;
    key_class const* value; ///< In the policy's table; null: none of those.
    bool says_nothing;
    std::uint16_t next; ///< Of usual_keys, the next one with the same hash; 0: none.
};

/// The keys of usual documents, and what the policy says of them. Filled once.
class usual_keys {
public:
    static constexpr std::size_t most = 500;

    usual_keys() { clear(); }
    void clear() noexcept
    {
        static constexpr byte nothing[short_key::longest] = {};
        keys_.fill({short_key(nothing + short_key::longest, 0), nullptr});
        first_.fill(0);
        count_ = 1;
    }
    /// Beyond so many a key is read word by word like any other.
    void add(short_key const& k, key_class const* c) noexcept
    {
        if (count_ == most || find(k)) return;
        keys_[count_] = {k, c};
        keys_[count_].next = std::exchange(first_[slot_of(k)], count_);
        ++count_;
    }
    known_key const* find(short_key const& k) const noexcept
    {
        auto const& first = keys_[first_[slot_of(k)]];
        if (first.key == k) [[likely]]
            return &first;
        return first.next == 0 ? nullptr : find_from(first.next, k);
    }

private:
    /// By value: a reference would put every key asked for into memory.
    [[gnu::noinline]] known_key const* find_from(std::size_t i, short_key k) const noexcept
    {
        for (; i != 0; i = keys_[i].next)
            if (keys_[i].key == k) return &keys_[i];
        return nullptr;
    }
    static constexpr unsigned slot_bits = 11;
    static std::size_t slot_of(short_key const& k) noexcept { return k.hash() >> (64 - slot_bits); }

    std::array<std::uint16_t, 1u << slot_bits> first_; ///< Of those with this hash; 0: none.
    std::uint16_t count_;
    alignas(64) std::array<known_key, most> keys_; ///< The first one is like no other.
};

/// Keys met in a call that are none of those.
class met_keys {
public:
    known_key const* find(short_key const& k) const noexcept
    {
        auto const i = k.hash() >> (64 - slot_bits);
        return ((filled_ >> i) & 1u) != 0 && keys_[i].key == k ? &keys_[i] : nullptr;
    }
    void add(short_key const& k, key_class const* c) noexcept
    {
        auto const i = k.hash() >> (64 - slot_bits);
        keys_[i] = {k, c};
        filled_ |= std::uint64_t{1} << i;
    }

private:
    static constexpr unsigned slot_bits = 6;
    std::uint64_t filled_ = 0; ///< Which of them hold one: the rest costs nothing.
    std::array<known_key, 1u << slot_bits> keys_;
};

} // namespace trunkline::mask_detail
