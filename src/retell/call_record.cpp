#include <trunkline/core/time.hpp>
#include <trunkline/http/url.hpp>
#include <trunkline/retell/call_record.hpp>
#include <trunkline/retell/limits.hpp>

#include <algorithm>

namespace trunkline::retell {
namespace {

std::string_view class_name(retry_class r) noexcept
{
    switch (r) {
    case retry_class::safe: return "safe";
    case retry_class::idempotent: return "idempotent";
    case retry_class::once: return "once";
    }
    return {};
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Whether a part of a path is, in whatever spelling, a number that somebody can be called under.
bool is_phone_number(std::string const& text)
{
    constexpr auto fewest = 6;
    return std::ranges::count_if(text, is_digit) >= fewest && std::ranges::all_of(text, [](char c) {
        return is_digit(c) || std::string_view("+-() .").find(c) != std::string_view::npos;
    });
}

std::string masked_segment(std::string_view segment)
{
    auto text = http::percent_decode(segment, false);
    if (!is_phone_number(text)) return std::string(segment);
    constexpr std::ptrdiff_t shown = 2;
    auto hidden = std::ranges::count_if(text, is_digit) - shown;
    for (auto& c : text)
        if (is_digit(c) && hidden-- > 0) c = '*';
    return text;
}

} // namespace

std::string masked_target(std::string_view target)
{
    auto path = target.substr(0, target.find('?'));
    std::string out;
    while (!path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        out += masked_segment(path.substr(0, end));
        if (end == path.size()) break;
        out += '/';
        path.remove_prefix(end + 1);
    }
    return out;
}

json::value to_json(call_record const& r)
{
    auto const code = r.code.category() == trunkline_category()
        ? name(static_cast<errc>(r.code.value()))
        : std::string_view("internal");
    json::object o{{"call", static_cast<std::int64_t>(r.call)},
        {"attempt", static_cast<std::int64_t>(r.attempt)}, {"at", to_iso8601(r.at_unix_ms)},
        {"operation", r.op->name}, {"method", r.op->method}, {"target", r.target},
        {"class", class_name(r.op->retry)}, {"traffic", name(traffic_of(*r.op))},
        {"tenant", r.tenant.str()}, {"priority", name(r.priority)}, {"waited_ms", r.waited.count()},
        {"took_us", r.took.count()},
        {"status", r.status == 0 ? json::value(nullptr) : json::value(std::int64_t{r.status})},
        {"code", r.code ? json::value(code) : json::value(nullptr)}, {"outcome", name(r.outcome)},
        {"retry_in_ms", r.retry_in ? json::value(r.retry_in->count()) : json::value(nullptr)},
        {"why", r.why},
        {"request_id", r.request_id.empty() ? json::value(nullptr) : json::value(r.request_id)},
        {"key", r.previous_key ? "previous" : "current"}};
    return o;
}

} // namespace trunkline::retell
