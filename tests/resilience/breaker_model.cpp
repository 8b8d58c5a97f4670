/// The breaker against a model that is written the obvious way, over random histories.

#include "breaker_support.hpp"

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <set>

using namespace test;

namespace {

/// What the contract says, with containers and whole numbers and one caller. The count window.
class model {
public:
    struct ticket {
        unsigned era;
        int probe; ///< -1: none.
    };

    explicit model(breaker_policy const& p) : policy_(p) {}

    std::optional<ticket> allow(std::uint64_t tick)
    {
        if (state == circuit::closed) return ticket{era, -1};
        bool const over = tick >= deadline_;
        if (state == circuit::half_open && !over) {
            if (out_.size() >= policy_.probes || out_.size() + good_ >= policy_.successes)
                return std::nullopt;
        } else if (!over) {
            return std::nullopt;
        } else {
            enter(state == circuit::misconfigured ? state : circuit::half_open);
        }
        deadline_ = tick +
            (state == circuit::misconfigured ? ticks(policy_.misconfigured_interval)
                                             : ticks(policy_.probe_lease) + 1);
        int bit = 0;
        while (out_.contains(bit)) ++bit;
        out_.insert(bit);
        return ticket{era, bit};
    }

    void report(ticket const& t, outcome o, std::uint64_t tick)
    {
        if (t.era != era || (t.probe >= 0 && !out_.contains(t.probe))) {
            ++late;
            return;
        }
        auto const v = traits_of(o).for_breaker;
        if (state == circuit::closed) {
            report_call(o, v, tick);
        } else {
            out_.erase(t.probe);
            report_probe(o, v, tick);
        }
    }

    circuit state = circuit::closed;
    unsigned era = 0;
    unsigned late = 0;

private:
    static std::uint64_t ticks(std::chrono::milliseconds d) { return detail::ticks::spanning(d); }

    void report_call(outcome o, verdict v, std::uint64_t tick)
    {
        if (traits_of(o).answered) streak_ = 0;
        if (o == outcome::unreachable) ++streak_;
        if (v == verdict::misconfigured) return misconfigure(tick);
        if (v == verdict::neutral) return;
        calls_.push_front(v == verdict::failure);
        if (calls_.size() > policy_.count_window) calls_.pop_back();
        auto const failed = static_cast<double>(std::ranges::count(calls_, true));
        auto const all = static_cast<double>(calls_.size());
        if (v == verdict::failure &&
            (streak_ >= policy_.connect_failures ||
                (all >= policy_.minimum_calls && failed / all >= policy_.failure_rate)))
            open(tick);
    }
    void report_probe(outcome o, verdict v, std::uint64_t tick)
    {
        if (state == circuit::misconfigured) {
            if (v == verdict::misconfigured)
                deadline_ = tick + ticks(policy_.misconfigured_interval);
            else if (traits_of(o).proves_access) enter(circuit::closed);
        } else if (v == verdict::misconfigured) {
            misconfigure(tick);
        } else if (v == verdict::failure) {
            open(tick);
        } else if (v == verdict::success && ++good_ >= policy_.successes) {
            enter(circuit::closed);
        }
    }
    void enter(circuit s)
    {
        state = s;
        ++era;
        out_.clear();
        calls_.clear();
        good_ = streak_ = 0;
    }
    void misconfigure(std::uint64_t tick)
    {
        enter(circuit::misconfigured);
        deadline_ = tick + ticks(policy_.misconfigured_interval);
    }
    void open(std::uint64_t tick)
    {
        enter(circuit::open);
        auto const grown = policy_.open_base * (std::int64_t{1} << std::min(openings_++, 20u));
        deadline_ = tick + ticks(std::min(grown, policy_.open_cap));
    }

    breaker_policy policy_;
    std::deque<bool> calls_;
    std::set<int> out_;
    unsigned good_ = 0, streak_ = 0, openings_ = 0;
    std::uint64_t deadline_ = 0;
};

class pending {
public:
    permit real;
    model::ticket expected;
};

} // namespace

TEST_CASE("breaker: does what the model does, over random histories")
{
    constexpr std::uint64_t seed = 20'261'128;
    CAPTURE(seed);
    trunkline::random_source random(seed);
    for (int history = 0; history < 300; ++history) {
        CAPTURE(history);
        auto p = small_policy();
        p.count_window = 4 + static_cast<unsigned>(random.below(45));
        p.minimum_calls = 1 + static_cast<unsigned>(random.below(4));
        p.probes = 1 + static_cast<unsigned>(random.below(8));
        p.successes = 1 + static_cast<unsigned>(random.below(15));
        p.connect_failures = 2 + static_cast<unsigned>(random.below(4));
        p.window = 24h; // no healthy window passes, so the exponent never falls
        p.open_base = 100ms;
        p.probe_lease = 300ms;
        p.misconfigured_interval = 500ms;
        guarded g(p);
        model m(p);
        std::vector<pending> out;
        auto const sick = random.below(100);
        for (int step = 0; step < 400; ++step) {
            auto const dice = random.below(10);
            if (dice == 0) g.now += std::chrono::milliseconds(random.below(400));
            auto const tick = detail::ticks::of(g.now);
            if (dice < 5) {
                auto const real = g.allow();
                auto const expected = m.allow(tick);
                REQUIRE(static_cast<bool>(real) == expected.has_value());
                if (real) out.push_back({real, *expected});
            } else if (!out.empty()) {
                auto const at = random.below(out.size());
                auto const o = random.below(100) < 20 ? static_cast<outcome>(random.below(10))
                    : random.below(100) < sick        ? outcome::sick
                                                      : outcome::ok;
                g.report(out[at].real, o);
                m.report(out[at].expected, o, tick);
                // Some report twice.
                if (random.below(8) != 0) out.erase(out.begin() + static_cast<std::ptrdiff_t>(at));
            }
            REQUIRE(g.b.state() == m.state);
            REQUIRE(g.look().generation == m.era);
            REQUIRE(g.look().late == m.late);
        }
    }
}
