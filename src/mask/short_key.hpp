#pragma once

#include "chars.hpp"

#include <array>
#include <cstring>

namespace trunkline::mask_detail {

/// A key of at most 24 characters, as it stands. Documents repeat theirs.
class short_key {
public:
    static constexpr std::size_t longest = 24;

    short_key() = default;
    /// At least 24 characters stand before `end`; `n` is 1 to 24.
    short_key(byte const* end, std::size_t n) noexcept : size(n)
    {
        for (std::size_t k = 0; k < 3; ++k) {
            std::memcpy(&words[k], end - 8 * (k + 1), 8);
            words[k] &= masks[n][k];
        }
    }
    std::size_t slot() const noexcept
    {
        auto const h = words[0] ^ (words[1] << 3) ^ (words[1] >> 7) ^ size;
        return (h * 0x9e3779b97f4a7c15u) >> 56;
    }
    bool operator==(short_key const& o) const noexcept
    {
        return ((words[0] ^ o.words[0]) | (words[1] ^ o.words[1]) | (words[2] ^ o.words[2]) |
                   (size ^ o.size)) == 0;
    }
    std::uint64_t words[3] = {};
    std::uint64_t size = 0;

private:
    /// By length: what of the last three eights belongs to the key.
    static constexpr auto masks = [] {
        std::array<std::array<std::uint64_t, 3>, longest + 1> t{};
        for (std::size_t n = 0; n <= longest; ++n)
            for (std::size_t k = 0; k < 3; ++k) {
                auto const has = n > 8 * k ? n - 8 * k : 0;
                t[n][k] = has >= 8 ? ~std::uint64_t{0}
                    : has == 0     ? 0
                                   : ~std::uint64_t{0} << (64 - 8 * has);
            }
        return t;
    }();
};

} // namespace trunkline::mask_detail
