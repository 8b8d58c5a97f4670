#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace trunkline::resilience {

/// Monotonic time; decisions of this room know no other. Processes of a host share it.
using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;

/// The kernel's last tick of the monotonic clock: up to 4 ms old (10 ms on some kernels), read five
/// times as fast as the precise one. Same epoch as std::chrono::steady_clock. Thread-safe.
class coarse_clock {
public:
    static time_point now() noexcept
    {
#ifdef CLOCK_MONOTONIC_COARSE
        timespec t;
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
        return time_point(nanoseconds(t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec));
#else
        return std::chrono::steady_clock::now();
#endif
    }
};

/// The clock to the nanosecond, where a coarse step would be too large a part of what is measured.
class precise_clock {
public:
    static time_point now() noexcept { return std::chrono::steady_clock::now(); }
};

/// Whole nanoseconds since the clock's epoch.
inline std::int64_t ns_of(time_point t) noexcept
{
    return std::chrono::duration_cast<nanoseconds>(t.time_since_epoch()).count();
}

} // namespace trunkline::resilience
