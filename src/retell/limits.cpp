#include <trunkline/retell/limits.hpp>

#include <algorithm>
#include <array>

namespace trunkline::retell {
namespace {

using namespace std::chrono_literals;

/// The operations on which a caller's time hangs.
constexpr std::array<std::string_view, 9> about_live_calls{"create-phone-call", "create-web-call",
    "create-sms-chat", "create-chat-completion", "listen-live-call", "register-phone-call",
    "stop-call", "take-over-live-call", "update-live-call"};

std::size_t bounded(std::size_t limit, std::size_t transport)
{
    return transport == 0 ? limit : std::min(limit, transport);
}

} // namespace

traffic traffic_of(operation const& op) noexcept
{
    if (std::ranges::find(about_live_calls, op.name) != about_live_calls.end())
        return traffic::live_call;
    if (op.body == body_kind::multipart) return traffic::upload;
    if (op.result == result_kind::page || op.result == result_kind::array) return traffic::list;
    return op.retry == retry_class::safe ? traffic::read : traffic::write;
}

std::string_view name(traffic t) noexcept
{
    switch (t) {
    case traffic::read: return "read";
    case traffic::list: return "list";
    case traffic::write: return "write";
    case traffic::upload: return "upload";
    case traffic::live_call: return "live_call";
    }
    return {};
}

limits::limits()
{
    auto& self = *this;
    self[traffic::list].max_answer_bytes = 64u << 20;
    self[traffic::upload].max_request_bytes = 256u << 20;
    self[traffic::upload].read_timeout = 120s; // the service looks at files before it answers
    self[traffic::upload].total_timeout = 600s;
    // A caller hangs up sooner than this; what it does not know then is better said than waited for.
    self[traffic::live_call].read_timeout = 15s;
    self[traffic::live_call].total_timeout = 20s;
    self[traffic::live_call].max_answer_bytes = 4u << 20;
}

void limits::set_timeout(std::chrono::milliseconds total) noexcept
{
    for (auto& l : of_) l.read_timeout = l.total_timeout = total;
}

http::send_options send_limits(
    limits const& l, http::client_options const& transport, operation const& op)
{
    auto const& of = l[traffic_of(op)];
    auto const owed = op.result == result_kind::nothing
        ? std::min(of.max_answer_bytes, acknowledgement_bytes)
        : of.max_answer_bytes;
    http::send_options o;
    o.read_timeout = of.read_timeout;
    o.total_timeout = of.total_timeout;
    o.max_response_bytes = bounded(owed, transport.max_response_bytes);
    return o;
}

} // namespace trunkline::retell
