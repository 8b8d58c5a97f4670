#include <trunkline/retell/retry.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace trunkline::retell {
namespace {

using std::chrono::milliseconds;

constexpr double longest_wait_ms = 1e12; // some thirty years: "never", without overflow

std::string_view trimmed(std::string_view text) noexcept
{
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
std::optional<Number> to_number(std::string_view text) noexcept
{
    Number v{};
    auto const* const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, v);
    if (result.ec != std::errc{} || result.ptr != end) return {};
    return v;
}

std::optional<milliseconds> to_wait(std::string_view text, double ms_per_unit) noexcept
{
    auto const v = to_number<double>(trimmed(text));
    if (!v || !std::isfinite(*v) || *v < 0) return {};
    return milliseconds(std::llround(std::min(*v * ms_per_unit, longest_wait_ms)));
}

std::optional<unsigned> to_month(std::string_view text) noexcept
{
    constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const at = std::ranges::find(months, text);
    if (at == months.end()) return {};
    return static_cast<unsigned>(at - months.begin()) + 1;
}

/// "08:49:37" in seconds.
std::optional<int> to_time_of_day(std::string_view text) noexcept
{
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
    auto const h = to_number<int>(text.substr(0, 2));
    auto const m = to_number<int>(text.substr(3, 2));
    auto const s = to_number<int>(text.substr(6, 2));
    if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60) return {};
    return *h * 3600 + *m * 60 + *s;
}

/// The parts of a date that count, in whichever of the three orders of RFC 9110 they come:
/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
class date_parts {
public:
    void take(std::string_view token) noexcept
    {
        if (auto const m = to_month(token)) month = m;
        else if (auto const t = to_time_of_day(token)) time = t;
        else if (auto const n = to_number<int>(token); n && !day) day = n;
        else if (n) year = token.size() == 2 ? *n + (*n < 70 ? 2000 : 1900) : *n;
    }

    std::optional<std::int64_t> unix_ms() const noexcept
    {
        if (!day || !month || !year || !time || *year < 1900 || *year > 9999 || *day < 1) return {};
        using namespace std::chrono;
        year_month_day const date{std::chrono::year(*year), std::chrono::month(*month),
            std::chrono::day(static_cast<unsigned>(*day))};
        if (!date.ok()) return {};
        return milliseconds(sys_days(date).time_since_epoch() + seconds(*time)).count();
    }

    std::optional<int> day;
    std::optional<unsigned> month;
    std::optional<int> year;
    std::optional<int> time;
};

std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept
{
    date_parts parts;
    while (!text.empty()) {
        auto const end = std::min(text.find_first_of(" ,-"), text.size());
        if (end != 0) parts.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts.unix_ms();
}

} // namespace

std::optional<milliseconds> read_retry_after(
    http::headers const& headers, std::optional<std::int64_t> now_unix_ms)
{
    if (auto const wait = to_wait(headers.get("retry-after-ms"), 1)) return wait;
    auto const text = headers.get("retry-after");
    if (auto const wait = to_wait(text, 1000)) return wait;
    auto const until = parse_http_date(text);
    if (!until) return {};
    auto const sent_at = parse_http_date(headers.get("date"));
    auto const now = sent_at ? sent_at : now_unix_ms;
    if (!now) return {};
    return milliseconds(std::max<std::int64_t>(*until - *now, 0));
}

std::optional<bool> read_should_retry(http::headers const& headers) noexcept
{
    auto const text = trimmed(headers.get("x-should-retry"));
    if (text == "true") return true;
    if (text == "false") return false;
    return {};
}

} // namespace trunkline::retell
