#pragma once

#include "processes.hpp"
#include "support/scratch_dir.hpp"

#include <trunkline/resilience/space.hpp>

namespace test {

using namespace std::chrono_literals;
using namespace trunkline::resilience;
using trunkline::tenant_id;

/// A directory of its own for the segments of a test.
class segment_dir {
public:
    space_options options(std::uint64_t keys = 256) const
    {
        space_options o;
        o.directory = dir_.path().string();
        o.keys = keys;
        o.lease_pools = 4;
        o.events = 64;
        return o;
    }
    resilience_space open(std::uint64_t keys = 256) const
    {
        return resilience_space::open("test", options(keys));
    }
    std::string path() const { return resilience_space::path_of("test", options()); }

private:
    trunkline::test::scratch_dir dir_;
};

inline tenant_id const acme("acme");
inline constexpr time_point two_days{std::chrono::hours(48)};

/// Opens with two failures, for a second, with three probes.
inline breaker_policy touchy()
{
    breaker_policy p;
    p.minimum_calls = 2;
    p.open_base = 1s;
    p.jitter = false;
    p.slow_start = false;
    p.probe_lease = 2s;
    return p;
}

inline void trip(breaker_ref const& b, time_point now)
{
    for (int i = 0; i < 2; ++i) b.report(b.allow(now), outcome::sick, 1ms, now);
}

} // namespace test
