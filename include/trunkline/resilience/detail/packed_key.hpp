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
 * behind each, and what is over 80 bytes cut and replaced by a hash. Two keys are the same if this is.
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
        if (size <= sizeof text) [[likely]] {
            auto* at = reinterpret_cast<char*>(text.data());
            for (auto const part : {service, tenant, group}) {
                std::memcpy(at, part.data(), part.size());
                at += part.size() + 1;
            }
        } else {
            pack_long(seed, service, tenant, group);
        }
        hash = mix(seed ^ length);
        auto const words = std::min<std::size_t>((size + 7) / 8, text_words);
        for (std::size_t i = 0; i < words; ++i) hash = mix(hash ^ text[i]);
        hash ^= hash >> 29;
    }

    slot_kind kind() const noexcept { return static_cast<slot_kind>(length & 3); }
    /// The texts, as far as they are kept.
    std::array<std::string, 3> parts() const
    {
        std::array<std::string, 3> out;
        auto const n = std::min<std::size_t>(length >> 8, sizeof text);
        std::string_view rest(reinterpret_cast<char const*>(text.data()), n);
        for (auto& part : out) {
            auto const end = rest.find('\0');
            part = rest.substr(0, end);
            rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
        }
        return out;
    }

    std::uint64_t hash = 0;
    std::uint64_t length = 0; ///< Of the whole text, and the kind: {length 56, kind 8}
    std::array<std::uint64_t, text_words> text{};

private:
    static std::uint64_t mix(std::uint64_t h) noexcept
    {
        h *= 0x9e3779b97f4a7c15ull;
        return h ^ (h >> 32);
    }
    void pack_long(
        std::uint64_t seed, std::string_view a, std::string_view b, std::string_view c) noexcept
    {
        auto* const at = reinterpret_cast<char*>(text.data());
        std::uint64_t rest = seed;
        std::size_t n = 0;
        for (auto const part : {a, b, c}) {
            for (char const byte : part) {
                if (n < 72) at[n++] = byte;
                rest = mix(rest ^ static_cast<unsigned char>(byte));
            }
            if (n < 72) at[n++] = '\0';
            rest = mix(rest + 1);
        }
        text[9] = rest;
    }
};

} // namespace detail
} // namespace trunkline::resilience
