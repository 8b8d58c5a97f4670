#include "real_time.hpp"
#include "redis_server.hpp"
#include "support.hpp"
#include "tier_fast.hpp"
#include "tier_world.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <thread>

namespace trunkline::redis::test {
namespace {

using clock = std::chrono::steady_clock;

/// Three hosts with real drivers against a real server, in one thread: calls, and then what is due.
class real_hosts {
public:
    explicit real_hosts(std::string const& url)
    {
        for (int i = 0; i < 3; ++i) {
            words.push_back(std::make_unique<host_words>(real_rate, real_burst));
            drivers.emplace_back(l.context.get_executor(), address::parse(url),
                fast("host-" + std::to_string(i)), *words.back(), fast_client());
            drivers.back().start();
        }
    }
    ~real_hosts()
    {
        for (auto& d : drivers) d.stop();
        l.context.restart();
        l.context.run_for(2s);
    }

    /// Every host asks for `demand` calls a second for this long. Returns what was granted.
    std::int64_t run(std::chrono::milliseconds time, double demand)
    {
        std::int64_t granted = 0;
        paced.run(l, time, demand, [&](clock::time_point now) {
            for (std::size_t i = 0; i < words.size(); ++i) {
                if (!words[i]->allow(now)) continue;
                ++granted;
                words[i]->report(!broken[i], now);
            }
        });
        return granted;
    }
    template <class Condition>
    std::chrono::milliseconds run_until(Condition holds, double demand)
    {
        return time_until(holds, [&] { run(2ms, demand); });
    }
    bool in_contact()
    {
        return std::ranges::all_of(
            drivers, [](auto const& d) { return d.stats().in_contact && d.stats().hosts == 3; });
    }
    double shares() const
    {
        double sum = 0;
        for (auto const& w : words) sum += w->share();
        return sum;
    }

    loop l;
    std::vector<std::unique_ptr<host_words>> words;
    std::vector<host_tier_driver> drivers;
    std::array<bool, 3> broken{};
    paced_calls paced;
};

} // namespace

TEST_CASE("scenario 14, real Redis: one broken host opens nobody, two open the third within 300 ms")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    real_hosts h(server.local_url());
    h.run_until([&] { return h.in_contact(); }, 100);
    h.broken[0] = true;
    h.run_until([&] { return h.words[0]->is_open(clock::now()); }, 100);
    h.run(300ms, 100);
    CHECK_FALSE(h.words[1]->is_opened_by_others(clock::now()));
    CHECK_FALSE(h.words[2]->is_opened_by_others(clock::now()));
    h.broken[1] = true;
    h.run_until([&] { return h.words[1]->is_open(clock::now()); }, 100);
    auto const took =
        h.run_until([&] { return h.words[2]->is_opened_by_others(clock::now()); }, 100);
    CHECK(took <= 300ms);
    CHECK_FALSE(h.words[2]->is_open(clock::now()));
}

TEST_CASE(
    "scenario 14, real Redis: stopped, the rate holds and nobody waits; back and empty, no burst")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    real_hosts h(server.local_url());
    h.run_until([&] { return h.in_contact(); }, 400);
    h.run(600ms, 400);
    CHECK(h.shares() <= real_rate * 1.001);
    server.stop();
    CHECK(h.run(1s, 1000) <= 1.1 * real_rate);
    CHECK(h.shares() <= real_rate * 1.001);
    CHECK(std::ranges::none_of(h.drivers, [](auto const& d) { return d.stats().in_contact; }));
    server.start();
    for (int i = 0; i < 2; ++i) {
        CHECK(h.run(500ms, 1000) <= 1.1 * real_rate / 2);
        CHECK(h.shares() <= real_rate * 1.001);
    }
    CHECK(h.in_contact());
    CHECK(h.drivers[0].stats().lost_memory == 1);
    CHECK(h.run(500ms, 1000) >= 0.8 * real_rate / 2);
}

TEST_CASE("scenario 14, real Redis: while it is frozen, allow takes as long as ever")
{
    if (!redis_server::is_installed()) return;
    redis_server server;
    host_words words(1e6, 1000);
    asio::io_context context;
    host_tier_driver driver(context.get_executor(), address::parse(server.local_url()),
        fast("host-0"), words, fast_client());
    driver.start();
    auto const p99 = [&] {
        std::vector<clock::duration> took;
        for (int i = 0; i < 20'000; ++i) {
            if (context.stopped()) context.restart();
            if (i % 100 == 0) context.poll();
            auto const from = clock::now();
            words.allow(from);
            took.push_back(clock::now() - from);
        }
        std::ranges::sort(took);
        return took[took.size() * 99 / 100];
    };
    p99(); // warms up
    auto const before = p99();
    server.freeze();
    auto const frozen = p99();
    server.thaw();
    CHECK(frozen < 20 * before + 20us); // the flush alone takes milliseconds
    driver.stop();
    context.restart();
    context.run_for(2s);
}

TEST_CASE("tier: the script does what its model does, for random flushes of five hosts")
{
    if (!redis_server::is_installed()) return;
    redis_server const server;
    loop l;
    auto c = make_client(l, server.local_url());
    std::uint64_t const seed = 20261202;
    CAPTURE(seed);
    random_source random(seed);
    script_model model;
    for (int i = 0; i < 1500; ++i) {
        CAPTURE(i);
        command flush{"EVAL", host_tier::script()};
        auto const limiters = random.below(3), breakers = random.below(3);
        flush.add(static_cast<std::int64_t>(2 + limiters + breakers));
        flush.add("t:{s}:hosts").add("t:{s}:birth");
        for (std::uint64_t k = 0; k < limiters; ++k) flush.add("t:{s}:l:" + std::to_string(k));
        for (std::uint64_t k = 0; k < breakers; ++k) flush.add("t:{s}:b:" + std::to_string(k));
        flush.add("host-" + std::to_string(random.below(5)));
        flush.add(static_cast<std::int64_t>(random.below(20) == 0 ? 1 : 1 + i / 100)); // fence
        flush.add(static_cast<std::int64_t>(random.below(2) * random.below(120)));     // silence
        flush.add(static_cast<std::int64_t>(random.below(7))); // hosts it knows
        // member_ttl, live, hold, settle: all but the first pass while the test runs. The model
        // knows nothing of keys that end by themselves.
        for (std::int64_t const ms : {100'000, 20, 50, 100}) flush.add(ms);
        flush.add(static_cast<std::int64_t>(limiters));
        for (std::uint64_t k = 0; k < limiters; ++k) {
            flush.add(std::int64_t{300'000});
            flush.add(static_cast<std::int64_t>(random.below(300'000)));
            flush.add(static_cast<std::int64_t>(random.below(2) * random.below(900'000)));
        }
        for (std::uint64_t k = 0; k < breakers; ++k)
            flush.add(static_cast<std::int64_t>(random.below(2) * random.below(300)));
        auto const o = l.call(c, flush);
        REQUIRE_FALSE(o.ec);
        auto const& real = o.reply.elements;
        auto const arguments = arguments_of(flush);
        if (real.size() == 1) {
            CHECK(real[0].text == "fenced");
            continue;
        }
        auto const now = real.at(4).number;
        auto const expected = model.eval({arguments.begin() + 2, arguments.end()}, now).elements;
        REQUIRE(real.size() == expected.size());
        for (std::size_t e = 0; e < real.size(); ++e) {
            CAPTURE(e);
            REQUIRE(real[e].text == expected[e].text);
            REQUIRE(real[e].number == expected[e].number);
            for (std::size_t v = 0; v < expected[e].elements.size(); ++v)
                REQUIRE(real[e].elements.at(v).number == expected[e].elements[v].number);
        }
    }
    // A host that was silent for member_ttl is no member any more.
    auto const members = [&](char const* host) {
        command flush{"EVAL", host_tier::script(), "2", "t:{s}:hosts", "t:{s}:birth", host, "100"};
        for (auto const* const ms : {"0", "0", "3", "3", "3", "3", "0"}) flush.add(ms);
        return l.call(c, flush).reply.elements.at(2).number;
    };
    l.run_until([&] { return members("host-0") == 1; }); // the others of above end
    CHECK(members("host-1") <= 2);
    l.run_until([&] { return members("host-1") == 1; });

    // Every key it made ends by itself.
    auto const keys = l.call(c, {"KEYS", "*"}).reply.elements;
    for (auto const& key : keys) CHECK(l.call(c, {"PTTL", key.text}).reply.number != -1);
}

} // namespace trunkline::redis::test
