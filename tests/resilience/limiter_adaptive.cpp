#include <trunkline/resilience/limiter.hpp>

#include <doctest/doctest.h>

#include <deque>

using namespace std::chrono_literals;
using namespace trunkline::resilience;

namespace {

constexpr time_point dawn{std::chrono::hours(6)};

limiter_policy adaptive_policy(double rate, unsigned burst)
{
    limiter_policy p;
    p.rate = rate;
    p.burst = burst;
    return p;
}

/// A service with a rate of its own, which it enforces and does not tell.
class limited_service {
public:
    limited_service(double rate, double burst) : rate_(rate), burst_(burst), credit_(burst) {}
    void set_rate(double r) { rate_ = r; }
    bool takes(time_point now)
    {
        auto const passed = std::chrono::duration<double>(now - last_).count();
        credit_ = std::min(burst_, credit_ + passed * rate_);
        last_ = now;
        if (credit_ < 1) return false;
        credit_ -= 1;
        return true;
    }

private:
    double rate_, burst_, credit_;
    time_point last_ = dawn;
};

/// A client that always has more to send, with answers 50 ms later.
class pushing_client {
public:
    explicit pushing_client(basic_limiter<> l) : limiter_(l) {}

    int run(limited_service& service, time_point& now, nanoseconds length,
        rate_headers const& refusal = {})
    {
        int taken = 0;
        for (auto const end = now + length; now < end; now += 1ms) {
            while (!answers_.empty() && answers_.front().at <= now) {
                auto const& a = answers_.front();
                if (a.taken) limiter_.accepted({}, now);
                else limiter_.throttled(a.generation, refusal, now);
                answers_.pop_front();
            }
            if (auto const d = limiter_.try_acquire(1, priority::live_call, now)) {
                bool const ok = service.takes(now);
                taken += ok ? 1 : 0;
                ++sent_;
                answers_.push_back({now + 50ms, ok, d.generation});
            }
        }
        return taken;
    }

    int sent() const { return sent_; }

private:
    struct answer {
        time_point at;
        bool taken;
        std::uint16_t generation;
    };
    basic_limiter<> limiter_;
    std::deque<answer> answers_;
    int sent_ = 0;
};

} // namespace

TEST_CASE("limiter: refusals of one generation lower the rate once")
{
    local_limiter limiter(adaptive_policy(100, 20));
    auto l = limiter.view();
    std::vector<decision> sent;
    for (int i = 0; i < 10; ++i) sent.push_back(l.try_acquire(1, priority::live_call, dawn));
    for (auto const& d : sent) l.throttled(d.generation, {}, dawn + 10ms);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(70));
    CHECK(l.snapshot(dawn).throttled == 10);
    CHECK(l.snapshot(dawn).decreases == 1);
    auto const later = l.try_acquire(1, priority::live_call, dawn + 20ms);
    l.throttled(later.generation, {}, dawn + 30ms);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(49));
}

TEST_CASE("limiter: the rate has a floor, and is left alone if it is not adaptive")
{
    local_limiter limiter(adaptive_policy(10, 20));
    auto l = limiter.view();
    for (int i = 0; i < 100; ++i) l.throttled(l.snapshot(dawn).generation, {}, dawn);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(0.5));
    auto p = adaptive_policy(10, 20);
    p.adaptive = false;
    local_limiter fixed(p);
    fixed.view().throttled(0, {}, dawn);
    CHECK(fixed.view().snapshot(dawn).rate == doctest::Approx(10));
}

TEST_CASE("limiter: an idle one does not drift up")
{
    local_limiter limiter(adaptive_policy(10, 20));
    auto l = limiter.view();
    for (int s = 0; s < 600; ++s) {
        CHECK(l.try_acquire(1, priority::live_call, dawn + s * 1s));
        l.accepted({}, dawn + s * 1s + 50ms);
    }
    CHECK(l.snapshot(dawn + 600s).rate == doctest::Approx(10));
}

TEST_CASE("limiter: scenario 12, nothing leaves before Retry-After or reset has passed")
{
    local_limiter limiter(adaptive_policy(10, 20));
    auto l = limiter.view();
    rate_headers refusal;
    refusal.retry_after = 3s;
    auto const d = l.try_acquire(1, priority::live_call, dawn);
    l.throttled(d.generation, refusal, dawn);
    for (auto t = 0ms; t < 3000ms; t += 1ms)
        CHECK_FALSE(l.try_acquire(1, priority::live_call, dawn + t));
    CHECK(l.try_acquire(1, priority::live_call, dawn + 3s));

    rate_headers empty;
    empty.remaining = 0;
    empty.reset = 7s;
    l.accepted(empty, dawn + 4s);
    CHECK_FALSE(l.try_acquire(1, priority::live_call, dawn + 11s - 1ms));
    CHECK(l.try_acquire(1, priority::live_call, dawn + 11s));
}

TEST_CASE("limiter: scenario 12, the rate settles within 10 % in 30 s and follows a halving in 5 s")
{
    for (auto const& [configured, real] : {std::pair(10.0, 30.0), {50.0, 30.0}, {30.0, 10.0}}) {
        CAPTURE(configured);
        CAPTURE(real);
        local_limiter limiter(adaptive_policy(configured, 20));
        limited_service service(real, 5);
        pushing_client client(limiter.view());
        auto now = dawn;
        client.run(service, now, 30s);
        auto const before = client.sent();
        CHECK(client.run(service, now, 10s) >= real * 10 * 0.9);
        CHECK(client.sent() - before <= real * 10 * 1.1);
        service.set_rate(real / 2);
        client.run(service, now, 5s);
        auto const sent = client.sent();
        CHECK(client.run(service, now, 20s) >= real / 2 * 20 * 0.9);
        CHECK(client.sent() - sent <= real / 2 * 20 * 1.1);
    }
}

TEST_CASE("limiter: a limit that the headers tell is taken over")
{
    local_limiter limiter(adaptive_policy(10, 20));
    auto l = limiter.view();
    rate_headers h;
    h.limit = 240;
    h.window = 60s;
    h.remaining = 100;
    h.reset = 30s;
    l.accepted(h, dawn);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(4));
    h.limit = 1e12; // nonsense stays within the bounds
    l.accepted(h, dawn);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(1000));
    h.limit = -5;
    l.accepted(h, dawn);
    CHECK(l.snapshot(dawn).rate == doctest::Approx(1000));
}
