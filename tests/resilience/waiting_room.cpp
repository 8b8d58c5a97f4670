#include <trunkline/core/random.hpp>
#include <trunkline/resilience/retry_budget.hpp>
#include <trunkline/resilience/waiting_room.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace std::chrono_literals;
using namespace trunkline::resilience;

namespace {

constexpr time_point eight{std::chrono::hours(8)};
constexpr auto live = priority::live_call;
share_of const someone(1);

limiter_policy one_a_second()
{
    limiter_policy p;
    p.rate = 1;
    p.burst = 1;
    return p;
}

} // namespace

TEST_CASE("waiting room: in turn, at the times that the limiter says")
{
    local_limiter limiter(one_a_second());
    waiting_room room;
    std::vector<waiting_room::id> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(*room.enter(1, live, someone, eight + 1h, eight));
    auto now = eight;
    for (std::size_t i = 0; i < 3; ++i) {
        auto const ended = room.advance(limiter.view(), now);
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].waiter == ids[i]);
        CHECK(ended[0].result);
        if (i == 2) break;
        CHECK(room.wake_at() == now + 1s);
        now = room.wake_at();
    }
    CHECK(room.size() == 0);
    CHECK(room.wake_at() == time_point::max());
}

TEST_CASE("waiting room: scenario 10, ten waiters that give up, in any order, leave no debt")
{
    constexpr std::uint64_t seed = 10;
    trunkline::random_source random(seed);
    for (int round = 0; round < 50; ++round) {
        local_limiter limiter(one_a_second());
        waiting_room room;
        REQUIRE(limiter.view().try_acquire(1, live, eight));
        std::vector<waiting_room::id> ids;
        for (int i = 0; i < 10; ++i)
            ids.push_back(*room.enter(1, live, someone, eight + 1h, eight));
        CHECK(room.advance(limiter.view(), eight).empty());
        while (!ids.empty()) {
            auto const at = static_cast<std::ptrdiff_t>(random.below(ids.size()));
            CHECK(room.cancel(ids[static_cast<std::size_t>(at)]));
            CHECK_FALSE(room.cancel(ids[static_cast<std::size_t>(at)]));
            ids.erase(ids.begin() + at);
        }
        room.enter(1, live, someone, eight + 1h, eight);
        CHECK(room.advance(limiter.view(), eight).empty());
        CHECK(room.wake_at() == eight + 1s); // not 10.9 s
    }
}

TEST_CASE("waiting room: a deadline ends the wait, at once if it cannot be met")
{
    local_limiter limiter(one_a_second());
    waiting_room room;
    REQUIRE(limiter.view().try_acquire(1, live, eight));
    auto const hopeless = *room.enter(1, live, someone, eight + 500ms, eight);
    auto ended = room.advance(limiter.view(), eight);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].waiter == hopeless);
    CHECK_FALSE(ended[0].result);
    CHECK(ended[0].result.retry_after == 1s);

    auto const first = *room.enter(1, live, someone, eight + 10s, eight);
    auto const second = *room.enter(1, live, someone, eight + 1500ms, eight);
    CHECK(room.advance(limiter.view(), eight).empty());
    ended = room.advance(limiter.view(), eight + 1s);
    REQUIRE(ended.size() == 2);
    CHECK(ended[0].waiter == first);
    CHECK(ended[0].result);
    CHECK(ended[1].waiter == second);
    CHECK_FALSE(ended[1].result);
    CHECK(limiter.view().snapshot(eight + 2s).credit == doctest::Approx(1)); // no debt

    room.enter(5, live, someone, eight + 1h, eight);
    CHECK(room.advance(limiter.view(), eight).at(0).result.why == denial::too_large);
}

TEST_CASE("waiting room: it is bounded")
{
    waiting_room room(2);
    CHECK(room.enter(1, live, someone, eight + 1h, eight));
    CHECK(room.enter(1, live, someone, eight + 1h, eight));
    CHECK_FALSE(room.enter(1, live, someone, eight + 1h, eight));
}

TEST_CASE("waiting room: live calls pass first; what waits below is visible")
{
    limiter_policy p;
    p.rate = 1;
    p.burst = 10;
    local_limiter limiter(p);
    waiting_room room;
    REQUIRE(limiter.view().try_acquire(10, live, eight));
    auto const sync = *room.enter(1, priority::background, someone, eight + 1h, eight);
    auto const call = *room.enter(1, live, someone, eight + 1h, eight);
    room.advance(limiter.view(), eight);
    auto const ended = room.advance(limiter.view(), eight + 1s);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].waiter == call);
    CHECK(room.oldest_wait(priority::background, eight + 1s) == 1s);
    CHECK(room.oldest_wait(live, eight + 1s) == 0s);
    CHECK(room.advance(limiter.view(), eight + 6s).empty());
    CHECK(room.advance(limiter.view(), eight + 7s).at(0).waiter == sync);
}

TEST_CASE("waiting room: tenants take turns by weight, however many each has waiting")
{
    limiter_policy p;
    p.rate = 100;
    p.burst = 1;
    local_limiter limiter(p);
    waiting_room room;
    share_of const a(1, 1), b(2, 3);
    std::map<waiting_room::id, char> names;
    for (int i = 0; i < 300; ++i) names[*room.enter(1, live, a, eight + 1h, eight)] = 'a';
    for (int i = 0; i < 100; ++i) names[*room.enter(1, live, b, eight + 1h, eight)] = 'b';
    std::map<char, int> passed;
    auto now = eight;
    for (int i = 0; i < 100; ++i) {
        for (auto const& e : room.advance(limiter.view(), now)) ++passed[names[e.waiter]];
        now = room.wake_at();
    }
    CHECK(passed['a'] == doctest::Approx(25).epsilon(0.1));
    CHECK(passed['b'] == doctest::Approx(75).epsilon(0.1));
}

TEST_CASE("retry budget: retries stop at half and come back with successes")
{
    std_atomics::word word{0};
    basic_retry_budget<> budget(word, 10, 100);
    CHECK(budget.left() == 5);
    int n = 0;
    while (budget.try_retry()) ++n;
    CHECK(n == 5);
    for (int i = 0; i < 9; ++i) budget.succeeded();
    CHECK(budget.try_retry()); // 4.1 are spent
    CHECK_FALSE(budget.try_retry());
    for (int i = 0; i < 1000; ++i) budget.succeeded();
    CHECK(budget.left() == 5); // never more than full
    word.store(~std::uint64_t{0});
    CHECK_FALSE(budget.try_retry());
    CHECK(budget.left() == 0);
}
