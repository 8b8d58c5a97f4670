#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace trunkline::resilience {

/// What a slot holds. A key of one kind is another key than the same words of another.
enum class slot_kind : std::uint8_t { breaker = 0, limiter = 1, budget = 2, stripes = 3 };

namespace detail {

/**
 * Service, tenant and endpoint group as they stand in a slot: the kind, the three texts with a zero
 * behind each, and what is over 80 bytes cut and replaced by a hash. Keys are told apart by two
 * hashes, 102 bits in all, seeded by a secret of the segment; the text is for people.
 */
class packed_key {
public:
    static constexpr std::size_t text_words = 10;

    packed_key() noexcept = default;
    packed_key(std::uint64_t seed, slot_kind k, std::string_view service, std::string_view tenant,
        std::string_view group) noexcept
    {
        auto const size = service.size() + tenant.size() + group.size() + 3;
        length = (static_cast<std::uint64_t>(size) << 8) | static_cast<std::uint64_t>(k);
        // From the texts and not from the copy: reading what was just written in other steps is slow.
        digest d(seed, length);
        d.absorb(service);
        d.absorb(tenant);
        d.absorb(group);
        hash = d.hash();
        identity = d.identity();
        if (size <= sizeof text) [[likely]] {
            auto* at = reinterpret_cast<char*>(text.data());
            at = copy(at, service) + 1;
            at = copy(at, tenant) + 1;
            copy(at, group);
        } else {
            pack_long(service, tenant, group);
        }
    }

    /// Computes the hashes anew, from `length` and `text` as they stand in a slot.
    void make_hashes(std::uint64_t seed)
    {
        if (length >> 8 > sizeof text) {
            hash = text[text_words - 1];
            return;
        }
        digest d(seed, length);
        for (auto const& part : parts()) d.absorb(part);
        hash = d.hash();
        identity = d.identity();
    }

    slot_kind kind() const noexcept { return static_cast<slot_kind>(length & 3); }
    /// The texts, as far as they are kept.
    std::array<std::string, 3> parts() const
    {
        std::array<std::string, 3> out;
        auto const n = length >> 8 > sizeof text ? sizeof text - 8 : length >> 8;
        std::string_view rest(reinterpret_cast<char const*>(text.data()), n);
        for (auto& part : out) {
            auto const end = rest.find('\0');
            part = rest.substr(0, end);
            rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        }
        return out;
    }

    std::uint64_t hash = 0;     ///< Finds the place in the index.
    std::uint64_t identity = 0; ///< Decides.
    std::uint64_t length = 0;   ///< Of the whole text, and the kind: {length 56, kind 8}
    std::array<std::uint64_t, text_words> text{};

private:
    /// Two hashes at once, over texts of any length.
    class digest {
    public:
        digest(std::uint64_t seed, std::uint64_t length) noexcept
            : a_(seed ^ length), b_(~seed + length)
        {}
        void absorb(std::string_view s) noexcept
        {
            auto const* const p = s.data();
            auto const n = s.size();
            std::uint64_t word = 0;
            if (n >= 8) {
                for (std::size_t i = 0; i + 8 < n; i += 8) mix(read<std::uint64_t>(p + i));
                word = read<std::uint64_t>(p + n - 8);
            } else if (n >= 4) {
                word =
                    read<std::uint32_t>(p) | (std::uint64_t{read<std::uint32_t>(p + n - 4)} << 32);
            } else if (n > 0) {
                word = read<std::uint8_t>(p) | (std::uint64_t{read<std::uint8_t>(p + n / 2)} << 8) |
                    (std::uint64_t{read<std::uint8_t>(p + n - 1)} << 16);
            }
            mix(word);
            a_ += n; // where one text ends and the next begins
            b_ ^= n;
        }
        std::uint64_t hash() const noexcept
        {
            auto const h = a_ * 0xd6e8feb86659fd93;
            return h ^ (h >> 32);
        }
        std::uint64_t identity() const noexcept { return b_; }

    private:
        template <class T>
        static T read(char const* p) noexcept
        {
            T v;
            std::memcpy(&v, p, sizeof v);
            return v;
        }
        void mix(std::uint64_t word) noexcept
        {
            a_ = (a_ ^ word) * 0x9e3779b97f4a7c15;
            a_ ^= a_ >> 32;
            b_ = (b_ + word) * 0xc2b2ae3d27d4eb4f;
            b_ ^= b_ >> 29;
        }
        std::uint64_t a_, b_;
    };

    /// memcpy, without the call for the short texts that these are. Returns the end.
    static char* copy(char* to, std::string_view from) noexcept
    {
        auto const n = from.size();
        if (n >= 8) {
            for (std::size_t i = 0; i + 8 < n; i += 8) std::memcpy(to + i, from.data() + i, 8);
            std::memcpy(to + n - 8, from.data() + n - 8, 8);
        } else if (n >= 4) {
            std::memcpy(to, from.data(), 4);
            std::memcpy(to + n - 4, from.data() + n - 4, 4);
        } else if (n > 0) {
            to[0] = from[0];
            to[n / 2] = from[n / 2];
            to[n - 1] = from[n - 1];
        }
        return to + n;
    }
    /// The end is replaced by the hash, so that it can be found again.
    void pack_long(std::string_view a, std::string_view b, std::string_view c) noexcept
    {
        auto* const at = reinterpret_cast<char*>(text.data());
        std::size_t n = 0;
        for (auto const part : {a, b, c}) {
            auto const fits = std::min(part.size(), 71 - std::min<std::size_t>(n, 71));
            copy(at + n, part.substr(0, fits));
            n += fits + 1;
        }
        text[text_words - 1] = hash;
    }
};

} // namespace detail
} // namespace trunkline::resilience
