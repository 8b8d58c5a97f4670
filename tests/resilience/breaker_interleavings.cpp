/// Every interleaving of three actors at the control word: no permit is lost, nothing closes twice.

#include "breaker_support.hpp"
#include "explorer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>

// The sanitizer of threads does not know these fibers.
#ifndef __SANITIZE_THREAD__

using namespace test;

namespace {

using explored_breaker = basic_breaker<coarse_clock, explored_atomics>;

/// One world: a breaker, and what the actors saw.
class interleaved {
public:
    explicit interleaved(breaker_policy const& p = small_policy()) : settings(p) {}

    explored_breaker view() { return {words, counters, settings}; }
    void watch_control() const { explorer::watch(&words.control, &words.control + 1); }
    void watch_all() const { explorer::watch(&words, &words + 1); }

    void note(permit p, breaker_change const& c)
    {
        if (p) granted.push_back(p);
        else ++rejected;
        note(c);
    }
    void note(breaker_change const& c)
    {
        if (c) changes.push_back(c);
    }

    /// Asks, and reports if it may.
    auto caller(outcome o, time_point now)
    {
        return [this, o, now] {
            breaker_change asked, told;
            auto const p = view().allow(now, &asked);
            note(p, asked);
            if (p) view().report(p, o, 1ms, now, &told);
            note(told);
        };
    }

    /// True whatever the order: each generation was entered once, by one caller who was told.
    bool each_change_told_once(std::uint64_t before)
    {
        std::set<std::uint64_t> generations;
        for (auto const& c : changes) generations.insert(c.generation);
        return generations.size() == changes.size() &&
            view().snapshot(start).generation == before + changes.size();
    }
    std::size_t count(circuit from, circuit to) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(
            changes, [&](auto const& c) { return c.from == from && c.to == to; }));
    }

    breaker_settings settings;
    breaker_words<explored_atomics> words;
    breaker_words<explored_atomics>::counters counters;
    std::vector<permit> granted;
    std::vector<breaker_change> changes;
    unsigned rejected = 0;
};

std::unique_ptr<interleaved> opened(breaker_policy const& p = small_policy())
{
    auto w = std::make_unique<interleaved>(p);
    for (int i = 0; i < 4; ++i) w->view().report(w->view().allow(start), outcome::sick, 1ms, start);
    REQUIRE(w->view().state() == circuit::open);
    return w;
}

constexpr auto reopened = start + 1s + one_tick;

} // namespace

TEST_CASE(
    "breaker, all schedules: three callers at half-open, all well: it closes once, nothing is lost")
{
    std::unique_ptr<interleaved> w;
    auto const schedules = explorer::run(
        [&]() -> explorer::actors {
            w = opened();
            w->watch_control();
            return {w->caller(outcome::ok, reopened), w->caller(outcome::ok, reopened),
                w->caller(outcome::ok, reopened)};
        },
        [&] {
            auto const look = w->view().snapshot(reopened);
            bool const well = w->granted.size() == 3 && look.late == 0 &&
                w->count(circuit::open, circuit::half_open) == 1 &&
                w->count(circuit::half_open, circuit::closed) == 1 && w->each_change_told_once(1) &&
                look.state == circuit::closed;
            REQUIRE(well);
        });
    MESSAGE(schedules << " histories");
    CHECK(schedules > 10'000);
}

TEST_CASE("breaker, all schedules: two permits for three callers: never more, and cancelled ones "
          "come back")
{
    auto p = small_policy();
    p.probes = 2;
    p.successes = 2;
    std::unique_ptr<interleaved> w;
    explorer::run(
        [&]() -> explorer::actors {
            w = opened(p);
            w->watch_control();
            return {w->caller(outcome::cancelled, reopened), w->caller(outcome::ok, reopened),
                w->caller(outcome::cancelled, reopened)};
        },
        [&] {
            auto const look = w->view().snapshot(reopened);
            REQUIRE(look.probes_out == 0);
            REQUIRE(look.state == circuit::half_open);
            REQUIRE(look.good_probes <= 1);
            REQUIRE(w->granted.size() + w->rejected == 3);
            REQUIRE(w->granted.size() >= 2);
            REQUIRE(w->each_change_told_once(1));
            // The right number is free afterwards.
            unsigned free = 0;
            while (w->view().allow(reopened)) ++free;
            REQUIRE(free == 2 - look.good_probes);
        });
}

TEST_CASE("breaker, all schedules: one probe fails while others succeed: open, once, and nobody "
          "closes it")
{
    std::unique_ptr<interleaved> w;
    explorer::run(
        [&]() -> explorer::actors {
            w = opened();
            w->watch_control();
            return {w->caller(outcome::ok, reopened), w->caller(outcome::sick, reopened),
                w->caller(outcome::ok, reopened)};
        },
        [&] {
            REQUIRE(w->count(circuit::half_open, circuit::open) == 1);
            REQUIRE(w->count(circuit::half_open, circuit::closed) == 0);
            REQUIRE(w->each_change_told_once(1));
            REQUIRE(w->view().state() == circuit::open);
            REQUIRE(w->view().snapshot(reopened).exponent == 2);
        });
}

TEST_CASE("breaker, all schedules: dead probes are replaced by one new generation, whose bits are "
          "given once")
{
    std::unique_ptr<interleaved> w;
    auto const later = reopened + 3s;
    explorer::run(
        [&]() -> explorer::actors {
            w = opened();
            for (int i = 0; i < 3; ++i) REQUIRE(w->view().allow(reopened)); // and die
            w->watch_control();
            auto const ask = [&w, later] {
                breaker_change c;
                auto const p = w->view().allow(later, &c);
                w->note(p, c);
            };
            return {ask, ask, ask};
        },
        [&] {
            REQUIRE(w->count(circuit::half_open, circuit::half_open) == 1);
            REQUIRE(w->each_change_told_once(2));
            std::set<unsigned> bits;
            for (auto const p : w->granted) bits.insert(p.bit());
            REQUIRE(w->granted.size() == 3);
            REQUIRE(bits.size() == 3);
        });
}

TEST_CASE("breaker, all schedules: the same permit reported by three: it counts once")
{
    std::unique_ptr<interleaved> w;
    explorer::run(
        [&]() -> explorer::actors {
            w = opened();
            auto const p = w->view().allow(reopened);
            w->watch_control();
            auto const tell = [&w, p] { w->view().report(p, outcome::ok, 1ms, reopened); };
            return {tell, tell, tell};
        },
        [&] {
            auto const look = w->view().snapshot(reopened);
            REQUIRE(look.good_probes == 1);
            REQUIRE(look.late == 2);
        });
}

TEST_CASE("breaker, all schedules: failures that come together, at every word: it opens once")
{
    auto p = small_policy();
    p.minimum_calls = 3;
    std::unique_ptr<interleaved> w;
    auto const schedules = explorer::run(
        [&]() -> explorer::actors {
            w = std::make_unique<interleaved>(p);
            w->view().report(w->view().allow(start), outcome::sick, 1ms, start);
            auto const first = w->view().allow(start), second = w->view().allow(start),
                       third = w->view().allow(start);
            w->watch_all();
            auto const tell = [&w](permit q) {
                return [&w, q] {
                    breaker_change c;
                    w->view().report(q, outcome::sick, 1ms, start, &c);
                    w->note(c);
                };
            };
            return {tell(first), tell(second), tell(third)};
        },
        [&] {
            REQUIRE(w->count(circuit::closed, circuit::open) == 1);
            REQUIRE(w->changes.size() == 1); // nor from open to open
            REQUIRE(w->each_change_told_once(0));
        });
    MESSAGE(schedules << " histories");
}

#endif
