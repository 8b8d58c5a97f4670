#include <trunkline/retell/rate_headers.hpp>
#include <trunkline/retell/retry.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace trunkline::retell {
namespace {

std::optional<double> to_amount(std::string_view text) noexcept
{
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    double v = 0;
    auto const [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (failed != std::errc() || !std::isfinite(v) || v < 0) return std::nullopt;
    return v;
}

/// "100;w=60" or "\"default\";q=100;w=60": the value of one parameter.
std::optional<double> parameter(std::string_view text, char name) noexcept
{
    for (auto at = text.find(';'); at != text.npos; at = text.find(';', at + 1)) {
        auto const start = text.find_first_not_of(" \t", at + 1);
        if (start == text.npos || start + 1 >= text.size()) continue;
        if (text[start] == name && text[start + 1] == '=') return to_amount(text.substr(start + 2));
    }
    return std::nullopt;
}

std::optional<resilience::nanoseconds> seconds_of(std::optional<double> s) noexcept
{
    constexpr double most = 1e9; // some thirty years, far from overflow
    if (!s) return std::nullopt;
    return resilience::nanoseconds(std::llround(std::min(*s, most) * 1e9));
}

/// A time far beyond any wait is a date.
std::optional<resilience::nanoseconds> until_reset(
    std::optional<double> reset, std::optional<std::int64_t> now_unix_ms) noexcept
{
    constexpr double oldest_date = 1e9, oldest_date_in_ms = 1e12;
    if (!reset || *reset < oldest_date) return seconds_of(reset);
    if (!now_unix_ms) return std::nullopt;
    auto const at = *reset < oldest_date_in_ms ? *reset * 1000 : *reset;
    return seconds_of(std::max(at - static_cast<double>(*now_unix_ms), 0.0) / 1000);
}

} // namespace

resilience::rate_headers read_rate_headers(
    http::headers const& headers, std::optional<std::int64_t> now_unix_ms)
{
    auto const field = [&](std::string_view what) {
        auto const standard = headers.get("ratelimit-" + std::string(what));
        return standard.empty() ? headers.get("x-ratelimit-" + std::string(what)) : standard;
    };
    resilience::rate_headers out;
    if (auto const wait = read_retry_after(headers, now_unix_ms)) out.retry_after = *wait;

    auto const whole = headers.get("ratelimit"); // "default";r=50;t=30
    out.remaining = to_amount(field("remaining"));
    if (!out.remaining) out.remaining = parameter(whole, 'r');
    out.reset = until_reset(to_amount(field("reset")), now_unix_ms);
    if (!out.reset) out.reset = seconds_of(parameter(whole, 't'));

    auto const policy = field("policy");
    auto const limit = field("limit");
    auto window = parameter(policy, 'w');
    if (!window) window = parameter(limit, 'w');
    auto most = to_amount(limit);
    if (!most) most = parameter(policy, 'q');
    if (!most) most = to_amount(policy);
    if (window && *window > 0 && most && *most > 0) {
        out.limit = most;
        out.window = seconds_of(window);
    }
    return out;
}

} // namespace trunkline::retell
