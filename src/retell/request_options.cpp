#include <trunkline/retell/request_options.hpp>

#include <algorithm>
#include <array>

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

} // namespace trunkline::retell
