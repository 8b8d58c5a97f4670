#include <trunkline/retell/request_options.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace trunkline::retell {
namespace {

constexpr std::array<std::string_view, 4> steers_a_call{
    "listen-live-call", "stop-call", "take-over-live-call", "update-live-call"};
constexpr std::array<std::string_view, 5> begins_a_call{"create-chat-completion",
    "create-phone-call", "create-sms-chat", "create-web-call", "register-phone-call"};

} // namespace

std::string_view name(priority p) noexcept
{
    switch (p) {
    case priority::live_call: return "live_call";
    case priority::booking: return "booking";
    case priority::admin: return "admin";
    case priority::background: return "background";
    }
    return {};
}

priority default_priority(operation const& op) noexcept
{
    if (std::ranges::find(steers_a_call, op.name) != steers_a_call.end())
        return priority::live_call;
    if (std::ranges::find(begins_a_call, op.name) != begins_a_call.end()) return priority::booking;
    return op.retry == retry_class::safe ? priority::background : priority::admin;
}

std::array<std::uint8_t, priorities> ranks_of(priority_order const& order)
{
    std::array<std::uint8_t, priorities> out{};
    unsigned seen = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        auto const p = static_cast<std::size_t>(order[i]) % priorities;
        seen |= 1u << p;
        out[p] = static_cast<std::uint8_t>(i);
    }
    if (seen != (1u << priorities) - 1)
        throw std::invalid_argument("priority order: each priority must be named once");
    return out;
}

} // namespace trunkline::retell
