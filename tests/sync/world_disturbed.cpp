#include "sync/world.hpp"

#include <doctest/doctest.h>

namespace trunkline::test {
namespace {

void check_done(std::vector<sync::unit_result> const& results)
{
    expect_done(results);
}

/// The n-th request from now on.
void disturb(world& w, disturbance kind, std::uint64_t n)
{
    auto const fatal = w.requests + n;
    auto const survives = [fatal](std::uint64_t number, http::request const&) {
        return number != fatal;
    };
    if (kind == disturbance::killed_before) w.before_request = survives;
    if (kind == disturbance::killed_after) w.after_answer = survives;
    if (kind == disturbance::answer_lost)
        w.rewrite_answer = [&w, fatal](http::request const&, http::reply& reply) {
            if (w.requests == fatal) reply = http::reply{502, "{}"};
        };
}

} // namespace

void disturb_at_each_request(
    std::function<rehearsal(world&)> const& prepare, std::initializer_list<disturbance> kinds)
{
    std::uint64_t total = 0;
    {
        world w;
        auto const r = prepare(w);
        auto const from = w.requests;
        check_done(w.apply(r.plan));
        total = w.requests - from;
        REQUIRE(w.last_state == store::release_state::done);
        r.check(w);
    }
    REQUIRE(total > 0);
    for (auto const kind : kinds)
        for (std::uint64_t k = 1; k <= total; ++k) {
            CAPTURE(static_cast<int>(kind));
            CAPTURE(k);
            world w;
            auto const r = prepare(w);
            disturb(w, kind, k);
            w.apply(r.plan);
            w.before_request = nullptr;
            w.after_answer = nullptr;
            w.rewrite_answer = nullptr;
            if (w.last_state == store::release_state::running) check_done(w.resume());
            r.check(w);
        }
}

} // namespace trunkline::test
