#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace trunkline::mask_detail {

/// Words known when this is compiled; asking costs one comparison, whatever their number.
template <std::size_t Size>
class word_set {
public:
    template <std::size_t... Sizes>
    constexpr explicit word_set(std::string_view const (&... lists)[Sizes])
    {
        static_assert((Sizes + ...) == Size);
        (add(lists), ...);
    }
    constexpr bool has(std::string_view word) const noexcept
    {
        for (auto i = slot(word); !slots_[i].empty(); i = (i + 1) % slot_count)
            if (slots_[i] == word) return true;
        return false;
    }

private:
    static constexpr std::size_t slot_count = std::bit_ceil(4 * Size);

    static constexpr std::size_t slot(std::string_view w) noexcept
    {
        if (w.empty()) return 0;
        auto const c = [&](std::size_t i) {
            return std::uint32_t{static_cast<unsigned char>(w[i])};
        };
        auto const n = w.size();
        auto const h = c(0) | (c(n - 1) << 8) | (c(n / 2) << 16) | (c(n / 3) << 24);
        return ((h + static_cast<std::uint32_t>(n)) * 0x9e3779b1u >> 16) % slot_count;
    }
    template <std::size_t N>
    constexpr void add(std::string_view const (&words)[N])
    {
        for (auto const w : words) {
            if (has(w)) continue;
            auto i = slot(w);
            while (!slots_[i].empty()) i = (i + 1) % slot_count;
            slots_[i] = w;
        }
    }

    std::array<std::string_view, slot_count> slots_{};
};
template <std::size_t... Sizes>
word_set(std::string_view const (&... lists)[Sizes]) -> word_set<(Sizes + ...)>;

} // namespace trunkline::mask_detail
