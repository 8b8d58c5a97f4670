#include <trunkline/core/random.hpp>
#include <trunkline/resilience/call_leases.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <memory>
#include <set>
#include <string>

using namespace std::chrono_literals;
using namespace trunkline::resilience;

namespace {

constexpr time_point ten{std::chrono::hours(10)};

std::set<std::uint32_t> living;
bool lives(process_identity const& p) noexcept
{
    return living.contains(p.pid);
}

/// A pool of 20, and workers by number.
class switchboard {
public:
    explicit switchboard(unsigned limit = 20, unsigned reserved = 0)
        : words(std::make_unique<lease_words<std_atomics>>()), pool(*words, &lives)
    {
        living = {1, 2, 3};
        pool.configure(limit, reserved);
    }
    lease take(std::uint32_t worker = 1, call_direction d = call_direction::outbound)
    {
        return pool.try_take({worker, 7}, d, now + 2h, now);
    }
    std::vector<lease> take_all(call_direction d = call_direction::outbound)
    {
        std::vector<lease> out;
        for (auto l = take(1, d); l && out.size() < 1000; l = take(1, d)) out.push_back(l);
        return out;
    }

    std::unique_ptr<lease_words<std_atomics>> words;
    basic_call_leases<> pool;
    time_point now = ten;
};

} // namespace

TEST_CASE("call leases: never more than the limit, and each is released once")
{
    switchboard s;
    auto leases = s.take_all();
    CHECK(leases.size() == 20);
    CHECK(s.pool.release(leases[3]));
    CHECK_FALSE(s.pool.release(leases[3]));
    auto const again = s.take();
    CHECK(again);
    CHECK_FALSE(s.pool.release(leases[3])); // the place is another's now
    CHECK_FALSE(s.take());
    CHECK_FALSE(s.pool.release(lease()));
    CHECK_FALSE(s.pool.release(lease::make(70'000, 1))); // forged
    CHECK_FALSE(s.pool.bind(lease::make(70'000, 1), "x"));
}

TEST_CASE("call leases: scenario 13, workers die after create-call: leases stay until the webhook "
          "or the deadline")
{
    switchboard s;
    std::vector<std::string> calls;
    for (auto const l : s.take_all()) {
        REQUIRE(s.pool.sending(l));
        calls.push_back("call_" + std::to_string(calls.size()));
        REQUIRE(s.pool.bind(l, calls.back()));
    }
    living.clear();
    CHECK_FALSE(s.take());
    CHECK(s.pool.ended("call_7"));
    CHECK_FALSE(s.pool.ended("call_7"));
    CHECK_FALSE(s.pool.ended("call_77"));
    CHECK(s.take());
    s.now += 1h;
    CHECK(s.pool.started("call_3", s.now + 2h, s.now));
    s.now += 1h + 1s; // past the deadline of the others
    living = {1};
    CHECK(s.take_all().size() == 19);
}

TEST_CASE("call leases: a worker that dies before sending costs nothing, one that dies while "
          "sending keeps it")
{
    switchboard s(2);
    auto const unused = s.take(2);
    auto const sent = s.take(3);
    REQUIRE(unused);
    REQUIRE(s.pool.sending(sent));
    living = {1};
    CHECK(s.take(1));
    CHECK_FALSE(s.take(1));
    CHECK_FALSE(s.pool.sending(unused)); // it must send nothing now
    SUBCASE("the webhook finds the orphan")
    {
        CHECK(s.pool.started("call_x", s.now + 2h, s.now));
        CHECK_FALSE(s.pool.started("call_y", s.now + 2h, s.now));
        CHECK(s.pool.ended("call_x"));
        CHECK(s.take());
    }
    SUBCASE("a list of no calls proves that there is none")
    {
        s.now += 1min;
        concurrency_readout r;
        r.limit = 2;
        r.lists_calls = true;
        r.as_of = s.now;
        CHECK(s.pool.reconcile(r) == 1);
        CHECK(s.take());
    }
}

TEST_CASE("call leases: a missed webhook is healed by the next read-out")
{
    for (bool const lists : {true, false}) {
        switchboard s;
        std::vector<std::string> calls;
        while (auto const l = s.take()) {
            s.now += 1s;
            calls.push_back("call_" + std::to_string(calls.size()));
            s.pool.bind(l, calls.back());
        }
        std::vector<std::string_view> const live(calls.begin() + 5, calls.end());
        s.now += 1min;
        concurrency_readout r;
        r.limit = 20;
        r.current = 15;
        r.calls = live;
        r.lists_calls = lists;
        r.as_of = s.now;
        CHECK(s.pool.reconcile(r) == 5);
        CHECK_FALSE(s.pool.ended("call_0"));
        CHECK(s.pool.ended("call_19"));
        CHECK(s.take_all().size() == 6);
    }
}

TEST_CASE("call leases: what was taken after the read-out was asked for is left alone")
{
    switchboard s;
    auto const l = s.take();
    s.pool.bind(l, "call_new");
    concurrency_readout r;
    r.limit = 20;
    r.as_of = s.now - 1s;
    r.lists_calls = true;
    CHECK(s.pool.reconcile(r) == 0);
    CHECK(s.pool.ended("call_new"));
}

TEST_CASE("call leases: room for inbound calls, for calls of others, and a limit that comes down")
{
    switchboard s(20, 5);
    CHECK(s.take_all().size() == 15);
    CHECK(s.take_all(call_direction::inbound).size() == 5);

    switchboard t(20, 5);
    CHECK(t.take_all(call_direction::inbound).size() == 20);

    switchboard u(20);
    auto leases = u.take_all();
    for (int i = 0; i < 10; ++i) u.pool.release(leases[static_cast<std::size_t>(i)]);
    concurrency_readout r;
    r.limit = 14;
    r.current = 12; // two that we know nothing of
    r.as_of = u.now;
    u.pool.reconcile(r);
    CHECK(u.pool.snapshot().external == 2);
    CHECK(u.take_all().size() == 2); // 10 + 2 of 14 - 2
    CHECK(u.pool.snapshot().in_use() == 12);
    r.limit = 20;
    r.current = 12;
    u.pool.reconcile(r);
    CHECK(u.take_all().size() == 8);
}

TEST_CASE("call leases: refused for concurrency lowers the limit until the next read-out")
{
    switchboard s(20);
    std::vector<lease> leases;
    for (int i = 0; i < 8; ++i) leases.push_back(s.take());
    s.pool.saturated(); // the eighth was refused
    s.pool.release(leases[7]);
    CHECK_FALSE(s.take());
    s.pool.release(leases[0]);
    CHECK(s.take());
    CHECK_FALSE(s.take());
    concurrency_readout r;
    r.limit = 20;
    r.current = 7;
    r.as_of = s.now;
    s.pool.reconcile(r);
    CHECK(s.take_all().size() == 13);
}

TEST_CASE("call leases: a clock that jumps neither keeps nor frees for ever")
{
    switchboard s(1);
    REQUIRE(s.take());
    s.now -= 40h; // the deadline is now further off than any can be
    CHECK(s.take());
}

TEST_CASE("call leases: a real process that has ended is dead, also if another has its number")
{
    auto const self = process_table::self();
    CHECK(process_table::alive(self));
    CHECK_FALSE(process_table::alive({self.pid, (self.start + 1) % 1000}));
    auto const child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    CHECK_FALSE(process_table::alive({static_cast<std::uint32_t>(child), 5}));
}

TEST_CASE("call leases: scenario 13, 10,000 random histories never have more than 20 calls, and "
          "all comes back")
{
    constexpr std::uint64_t seed = 13;
    trunkline::random_source random(seed);
    constexpr unsigned limit = 20;
    std::uint64_t placed = 0;
    for (int history = 0; history < 10'000; ++history) {
        CAPTURE(seed);
        CAPTURE(history);
        switchboard s(limit);
        living.clear();
        std::uint32_t workers = 10;
        for (std::uint32_t w = 1; w <= workers; ++w) living.insert(w);
        struct attempt {
            std::uint32_t worker;
            lease held;
            std::string call; ///< Empty until the service has one.
        };
        std::vector<attempt> attempts;
        std::set<std::string> live; ///< At the service.
        for (int step = 0; step < 120; ++step) {
            s.now += std::chrono::seconds(1);
            auto const dice = random.below(20);
            if (dice < 8) {
                auto const worker = 1 + static_cast<std::uint32_t>(random.below(workers));
                if (!living.contains(worker)) continue;
                if (auto const l = s.take(worker)) attempts.push_back({worker, l, {}});
            } else if (dice < 14 && !attempts.empty()) {
                auto const at = random.below(attempts.size());
                auto& a = attempts[at];
                bool const alive = living.contains(a.worker);
                if (a.call.empty() && alive) {
                    if (!s.pool.sending(a.held)) continue;
                    a.call = "call_" + std::to_string(placed++);
                    live.insert(a.call);
                } else if (alive) {
                    s.pool.bind(a.held, a.call);
                }
            } else if (dice == 14) {
                living.erase(1 + static_cast<std::uint32_t>(random.below(workers)));
                living.insert(++workers);
            } else if (dice < 18 && !live.empty()) {
                auto const call = *std::next(
                    live.begin(), static_cast<std::ptrdiff_t>(random.below(live.size())));
                if (random.below(2)) s.pool.started(call, s.now + 2h, s.now);
                live.erase(call);
                if (random.below(4)) s.pool.ended(call); // some webhooks never come
            } else if (dice == 18) {
                std::vector<std::string_view> const calls(live.begin(), live.end());
                concurrency_readout r;
                r.limit = limit;
                r.current = static_cast<unsigned>(live.size());
                r.calls = calls;
                r.lists_calls = true;
                r.as_of = s.now;
                s.pool.reconcile(r);
            }
            REQUIRE(live.size() <= limit);
            REQUIRE(s.pool.snapshot().in_use() <= limit);
        }
        s.now += 3h; // everything has ended, and nobody said so
        living = {1};
        REQUIRE(s.take_all().size() == limit);
    }
    CHECK(placed > 100'000);
}
