#pragma once

#include "keys.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace trunkline::mask_detail {

/// A key of at most 32 characters, as it stands. Documents repeat theirs.
class short_key {
public:
    static constexpr std::size_t longest = 32;

    short_key() {} // what it says is not said yet: arrays of these cost nothing
    /// At least 32 characters stand before `end`; `n` is 0 to 32.
    short_key(byte const* end, std::size_t n) noexcept : size(n)
    {
        auto const* const mask = masks.data() + n;
#if defined(__x86_64__)
        auto const load = [](byte const* p) {
            return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
        };
        auto* const out = reinterpret_cast<__m128i*>(chars);
        _mm_store_si128(out, _mm_and_si128(load(end - 32), load(mask)));
        _mm_store_si128(out + 1, _mm_and_si128(load(end - 16), load(mask + 16)));
#else
        for (std::size_t k = 0; k < longest; ++k) chars[k] = end[k - longest] & mask[k];
#endif
    }
    std::size_t hash() const noexcept
    {
        std::uint64_t last, before;
        std::memcpy(&last, chars + 24, sizeof last);
        std::memcpy(&before, chars + 16, sizeof before);
        return ((last ^ std::rotl(before, 21) ^ size) * 0x9e3779b97f4a7c15u) >> 48;
    }
    bool operator==(short_key const& o) const noexcept
    {
#if defined(__x86_64__)
        auto const* const a = reinterpret_cast<__m128i const*>(chars);
        auto const* const b = reinterpret_cast<__m128i const*>(o.chars);
        auto const same = _mm_and_si128(_mm_cmpeq_epi8(a[0], b[0]), _mm_cmpeq_epi8(a[1], b[1]));
        return ((_mm_movemask_epi8(same) ^ 0xffff) | static_cast<int>(size ^ o.size)) == 0;
#else
        return std::memcmp(chars, o.chars, longest) == 0 && size == o.size;
#endif
    }

    alignas(16) byte chars[longest]; ///< At its end; zeros before.
    std::uint64_t size;

private:
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
    known_key() {}
    known_key(short_key const& k, key_class const* c) noexcept
        : key(k), value(c), says_nothing(!c || c->rule == key_rule::none)
    {}

    short_key key;
    key_class const* value; ///< In the policy's table; null: none of those.
    bool says_nothing;
};

/// The keys of usual documents, and what the policy says of them. Filled once.
class usual_keys {
public:
    usual_keys() { clear(); }
    /// False: there is no room for it, and it is read word by word like any other.
    bool add(short_key const& k, key_class const* c) noexcept
    {
        for (auto i = first_of(k); i <= last_of(k); ++i)
            if (keys_[i].key.size == 0) {
                keys_[i] = {k, c};
                return true;
            }
        return false;
    }
    void clear() noexcept
    {
        static constexpr byte nothing[short_key::longest] = {};
        keys_.fill({short_key(nothing + short_key::longest, 0), nullptr});
    }
    known_key const* find(short_key const& k) const noexcept
    {
        auto const* const two = &keys_[first_of(k)];
        if (two[0].key == k) return two;
        return two[1].key == k ? two + 1 : nullptr;
    }

private:
    static std::size_t first_of(short_key const& k) noexcept { return k.hash() % 512 & ~1u; }
    static std::size_t last_of(short_key const& k) noexcept { return first_of(k) | 1u; }

    std::array<known_key, 512> keys_;
};

/// Keys met in a call that are none of those.
class met_keys {
public:
    known_key const* find(short_key const& k) const noexcept
    {
        auto const i = k.hash() % count;
        return ((filled_ >> i) & 1u) != 0 && keys_[i].key == k ? &keys_[i] : nullptr;
    }
    void add(short_key const& k, key_class const* c) noexcept
    {
        auto const i = k.hash() % count;
        keys_[i] = {k, c};
        filled_ |= std::uint64_t{1} << i;
    }

private:
    static constexpr std::size_t count = 64;
    std::uint64_t filled_ = 0; ///< Which of them hold one: the rest costs nothing.
    std::array<known_key, count> keys_;
};

} // namespace trunkline::mask_detail
