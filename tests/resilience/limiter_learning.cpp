#include <trunkline/core/random.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <queue>
#include <vector>

using namespace std::chrono_literals;
using namespace trunkline::resilience;

// A limit that nobody tells is learned from refusals alone (spec sync/18): 95 % of it is used, and
// no more than one request in a hundred is refused.

namespace {

constexpr time_point opening{std::chrono::hours(6)};

/// A token bucket that says when to come again.
class secretive_service {
public:
    secretive_service(double rate, double room) : rate_(rate), room_(room), tokens_(room) {}
    void set(double rate, double room)
    {
        rate_ = rate;
        room_ = room;
    }
    bool takes(time_point now, rate_headers& refusal)
    {
        auto const passed = std::chrono::duration<double>(now - last_).count();
        last_ = now;
        tokens_ = std::min(room_, tokens_ + passed * rate_);
        if (tokens_ >= 1 - 1e-9) {
            tokens_ -= 1;
            return true;
        }
        auto const wait = std::ceil((1 - tokens_) / rate_ * 1000);
        refusal.retry_after = std::chrono::milliseconds(static_cast<std::int64_t>(wait));
        return false;
    }

private:
    double rate_, room_, tokens_;
    time_point last_ = opening;
};

class figures {
public:
    double used = 0;    ///< Part of what the service would have granted.
    double refused = 0; ///< Part of what was sent.
};

/// Workers that always have more to send; answers take a while, each its own.
class busy_clients {
public:
    busy_clients(std::uint64_t seed, std::size_t workers, double latency_ms)
        : random_(seed), latency_ms_(latency_ms), limiter_(policy())
    {
        for (std::size_t i = 0; i < workers; ++i) at(opening, event());
    }

    /// Runs up to `end`; the figures are of the time from `begin` on.
    figures run(secretive_service& service, double rate, double begin, double end)
    {
        std::uint64_t taken = 0, refused = 0;
        auto l = limiter_.view();
        while (seconds(events_.top().at) < end) {
            auto e = events_.top();
            events_.pop();
            if (!e.is_answer) {
                ask(l, service, e.at);
                continue;
            }
            if (e.taken) l.accepted({}, e.at);
            else l.throttled(e.generation, e.headers, e.at);
            if (seconds(e.at) >= begin) ++(e.taken ? taken : refused);
            at(e.at, event());
        }
        figures f;
        f.used = static_cast<double>(taken) / (rate * (end - begin));
        f.refused = static_cast<double>(refused) / static_cast<double>(taken + refused);
        return f;
    }

private:
    class event {
    public:
        time_point at;
        std::uint64_t order = 0;
        bool is_answer = false;
        bool taken = false;
        std::uint16_t generation = 0;
        rate_headers headers;
        bool operator<(event const& other) const
        {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    static limiter_policy policy() { return {}; }
    static double seconds(time_point t)
    {
        return std::chrono::duration<double>(t - opening).count();
    }

    void at(time_point when, event e)
    {
        e.at = when;
        e.order = ++order_;
        events_.push(e);
    }
    void ask(basic_limiter<>& l, secretive_service& service, time_point now)
    {
        auto const d = l.try_acquire(1, priority::admin, now);
        if (!d) return at(now + std::max<nanoseconds>(d.retry_after, 1ms), event());
        event answer;
        answer.is_answer = true;
        answer.generation = d.generation;
        answer.taken = service.takes(now, answer.headers);
        auto const part = 0.5 + static_cast<double>(random_.below(1000)) / 1000;
        this->at(now + nanoseconds(static_cast<std::int64_t>(latency_ms_ * part * 1e6)), answer);
    }

    trunkline::random_source random_;
    double latency_ms_;
    local_limiter limiter_;
    std::priority_queue<event> events_;
    std::uint64_t order_ = 0;
};

constexpr std::uint64_t learning_seeds[] = {1, 2, 3, 4, 5};

void check_learned(figures const& f)
{
    CAPTURE(f.used);
    CAPTURE(f.refused);
    CHECK(f.used >= 0.95);
    CHECK(f.refused <= 0.01);
}

} // namespace

TEST_CASE(
    "limiter: sync/18, a limit nobody tells is used to 95 % and refuses one request in a hundred")
{
    // From the 5th second on. The bucket holds what comes in one second, or in five.
    for (double const room : {1.0, 5.0})
        for (double const rate : {1.0, 3.0, 10.0, 30.0, 50.0})
            for (auto const seed : learning_seeds) {
                CAPTURE(room);
                CAPTURE(rate);
                CAPTURE(seed);
                secretive_service service(rate, room * rate);
                busy_clients clients(seed, 4, 40);
                auto const end = 5 + 4000 / rate;
                check_learned(clients.run(service, rate, 5, end));
            }
}

TEST_CASE("limiter: sync/18, a limit that changes is learned anew")
{
    // A raised limit can only be found by trying, and less than every hundredth try may be refused:
    // at 3 a second that takes up to a minute.
    for (auto const& [before, after] :
        {std::pair(3.0, 10.0), {10.0, 3.0}, {10.0, 50.0}, {50.0, 10.0}, {1.0, 3.0}})
        for (auto const seed : learning_seeds) {
            CAPTURE(before);
            CAPTURE(after);
            CAPTURE(seed);
            secretive_service service(before, before);
            busy_clients clients(seed, 4, 40);
            auto const change = 5 + 4000 / before;
            check_learned(clients.run(service, before, 5, change));
            service.set(after, after);
            auto const learned = change + 220 / before;
            clients.run(service, after, change, learned);
            check_learned(clients.run(service, after, learned, learned + 3000 / after));
        }
}

TEST_CASE("limiter: a service that saves up hardly anything is used to nine tenths")
{
    for (double const rate : {1.0, 3.0, 10.0, 30.0})
        for (auto const seed : learning_seeds) {
            CAPTURE(rate);
            CAPTURE(seed);
            secretive_service service(rate, 3);
            busy_clients clients(seed, 4, 40);
            auto const f = clients.run(service, rate, 5, 5 + 4000 / rate);
            CAPTURE(f.used);
            CAPTURE(f.refused);
            CHECK(f.used >= 0.9);
            CHECK(f.refused <= 0.015);
        }
}
