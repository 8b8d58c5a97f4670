#include <trunkline/core/time.hpp>

#include <cstdio>

namespace trunkline {

std::string to_iso8601(std::int64_t unix_ms)
{
    using namespace std::chrono;
    sys_time<milliseconds> const instant{milliseconds(unix_ms)};
    auto const midnight = floor<days>(instant);
    year_month_day const date(midnight);
    hh_mm_ss const time(instant - midnight);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
        unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
        int(time.minutes().count()), int(time.seconds().count()), int(time.subseconds().count()));
    return text;
}

} // namespace trunkline
