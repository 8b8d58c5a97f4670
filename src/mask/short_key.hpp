#pragma once

#include "keys.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {

/// A key of at most 32 characters, as it stands. Documents repeat theirs.
class short_key {
public:
    static constexpr std::size_t longest = 32;

    short_key() {} // what it says is not said yet: arrays of these cost nothing
    /// At least 32 characters stand before `end`; `n` is 1 to 32.
    short_key(byte const* end, std::size_t n) noexcept : size(n)
    {
        for (std::size_t k = 0; k < 4; ++k) {
            std::memcpy(&words[k], end - 8 * (k + 1), 8);
            words[k] &= masks[n][k];
        }
    }
    std::size_t hash() const noexcept
    {
        auto const h = words[0] ^ std::rotl(words[1], 21) ^ std::rotl(words[2], 42) ^
            std::rotl(words[3], 9) ^ size;
        return (h * 0x9e3779b97f4a7c15u) >> 48;
    }
    bool operator==(short_key const& o) const noexcept
    {
        return ((words[0] ^ o.words[0]) | (words[1] ^ o.words[1]) | (words[2] ^ o.words[2]) |
                   (words[3] ^ o.words[3]) | (size ^ o.size)) == 0;
    }
    std::uint64_t words[4];
    std::uint64_t size;

private:
    /// By length: what of the last four eights belongs to the key.
    static constexpr auto masks = [] {
        std::array<std::array<std::uint64_t, 4>, longest + 1> t{};
        for (std::size_t n = 0; n <= longest; ++n)
            for (std::size_t k = 0; k < 4; ++k) {
                auto const has = n > 8 * k ? n - 8 * k : 0;
                t[n][k] = has >= 8 ? ~std::uint64_t{0}
                    : has == 0     ? 0
                                   : ~std::uint64_t{0} << (64 - 8 * has);
            }
        return t;
    }();
};

/// A key and what is known of it.
class known_key {
public:
    known_key() {}
    known_key(short_key const& k, key_class const* c) noexcept : key(k), value(c) {}
    bool says_nothing() const noexcept { return !value || value->rule == key_rule::none; }

    short_key key;
    key_class const* value; ///< In the policy's table; null: nothing.
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
