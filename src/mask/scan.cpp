#include "scan.hpp"

#include <array>

namespace trunkline::mask_detail {
namespace {

constexpr std::array<bool, 256> escapes = [] {
    std::array<bool, 256> t{};
    for (unsigned c = 0; c < 0x20; ++c) t[c] = !is_space(static_cast<byte>(c));
    for (unsigned c : {'\\', '%', '&'}) t[c] = true;
    for (unsigned c : {0xc2, 0xe2, 0xe3, 0xef}) t[c] = true;
    return t;
}();

} // namespace

std::size_t find_escape(std::string_view raw, bool) noexcept
{
    std::size_t i = 0;
    while (i < raw.size() && !escapes[static_cast<byte>(raw[i])]) ++i;
    return i;
}

} // namespace trunkline::mask_detail
