#include <trunkline/core/random.hpp>
#include <trunkline/core/time.hpp>

#include <doctest/doctest.h>

#include <chrono>

using namespace trunkline;
using namespace std::chrono_literals;

TEST_CASE("time: ISO 8601 in UTC with milliseconds")
{
    CHECK(to_iso8601(0) == "1970-01-01T00:00:00.000Z");
    CHECK(to_iso8601(1'795'339'800'123) == "2026-11-22T09:30:00.123Z");
    CHECK(to_iso8601(951'782'399'999) == "2000-02-28T23:59:59.999Z");
    CHECK(to_iso8601(951'782'400'000) == "2000-02-29T00:00:00.000Z");
    CHECK(to_iso8601(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(to_iso8601(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("time: virtual time moves only when told, both clocks together")
{
    virtual_time time(1000);
    auto const start = time.steady();
    CHECK(time.unix_ms() == 1000);
    CHECK(time.steady() == start);
    time.advance(2500ms);
    CHECK(time.unix_ms() == 3500);
    CHECK(time.steady() - start == 2500ms);
}

TEST_CASE("time: the machine's clocks go forward and are of this century")
{
    auto& time = system_time::instance();
    auto const before = time.steady();
    CHECK(time.steady() >= before);
    CHECK(time.unix_ms() > 1'700'000'000'000);
    CHECK(time.unix_ms() < 4'102'444'800'000);
}

TEST_CASE("random: the same seed gives the same run, another one another")
{
    random_source a(7);
    random_source b(7);
    random_source c(8);
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        auto const x = a.next();
        CHECK(x == b.next());
        differs |= x != c.next();
    }
    CHECK(differs);
    // The first value of SplitMix64 for seed 0, so that recorded seeds stay valid.
    CHECK(random_source(0).next() == 0xe220a8397b1dcdafULL);
    for (int i = 0; i < 1000; ++i) {
        CHECK(a.below(10) < 10);
        auto const u = a.unit();
        CHECK((u >= 0 && u < 1));
    }
}
