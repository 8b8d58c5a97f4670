#include <trunkline/sync/progress.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using trunkline::sync::progress_meter;

TEST_CASE("progress: what is left follows from the pace of the whole phase")
{
    progress_meter m;
    progress_meter::time_point const t{};
    m.begin("releasing", 500, t);
    CHECK_FALSE(m.advance(0, 100, "a", 500, t).left);                     // nothing done yet
    CHECK(m.advance(0, 100, "a", 520, t + 5ms).requests_per_second == 0); // a moment is no pace
    auto const early = m.advance(1, 100, "a", 510, t + 2s);
    CHECK_FALSE(early.left); // too little
    auto const p = m.advance(25, 100, "agents/a: publish", 750, t + 10s);
    CHECK(p.phase == "releasing");
    CHECK(p.done == 25);
    CHECK(p.requests == 250);
    CHECK(p.left == 30s);
    CHECK(m.advance(100, 100, "", 1500, t + 40s).left == 0ms);
}

TEST_CASE("progress: the rate is that of the last seconds, not of the whole")
{
    progress_meter m;
    progress_meter::time_point t{};
    m.begin("reading", 0, t);
    std::uint64_t requests = 0;
    for (int i = 0; i < 300; ++i) m.advance(i, 1000, "", requests += 1, t += 100ms); // 10/s
    CHECK(m.advance(300, 1000, "", requests, t).requests_per_second == doctest::Approx(10));
    for (int i = 0; i < 300; ++i) m.advance(300 + i, 1000, "", requests += 5, t += 100ms); // 50/s
    CHECK(m.advance(600, 1000, "", requests, t).requests_per_second ==
        doctest::Approx(50).epsilon(0.02));
}

TEST_CASE("progress: units under way count in part, a new phase begins at nothing")
{
    progress_meter m;
    progress_meter::time_point const t{};
    m.begin("reading", 0, t);
    m.advance(4, 4, "", 40, t + 1s);
    m.begin("releasing", 40, t + 1s);
    auto const p = m.advance(0.5, 1, "", 45, t + 3s);
    CHECK(p.done == 0);
    CHECK(p.requests == 5);
    CHECK(p.left == 2s);
}
