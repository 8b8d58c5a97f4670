#pragma once

#include <trunkline/redis/host_tier.hpp>

#include <trunkline/core/random.hpp>
#include <trunkline/resilience/breaker.hpp>
#include <trunkline/resilience/limiter.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::redis::test {

/// What the script does, on a clock that is passed in. A test compares it with the real one.
class script_model {
public:
    /// `arguments`: as after EVALSHA and the name of the script.
    reply eval(std::vector<std::string> const& arguments, std::int64_t now);
    void forget() { *this = script_model(); }

private:
    class host_row {
    public:
        std::int64_t seen = 0, fence = 0, members = 0, heard = 0;
    };
    class limiter_row {
    public:
        double reserved = 0, demand = 0;
    };
    std::map<std::string, host_row> hosts_;
    std::map<std::string, std::map<std::string, limiter_row>> limiters_;
    std::map<std::string, std::map<std::string, std::int64_t>> breakers_;
    std::optional<std::int64_t> birth_;
};

/// The arguments of a command, read back from its wire form.
std::vector<std::string> arguments_of(command const& c);

/// One key on one host: a real limiter and a real breaker, in memory. Time is passed in.
class host_words final : public local_words {
public:
    host_words(double rate, unsigned burst);

    /// One call of this host: may it leave? Touches the words alone.
    bool allow(time_point now);
    /// How the last allowed one ended.
    void report(bool well, time_point now);
    bool is_open(time_point now) const;
    bool is_opened_by_others(time_point now) const { return now < others_until_; }
    double share() const { return share_; }

    std::optional<std::uint64_t> hold_flusher(
        time_point now, std::chrono::milliseconds lease) override;
    word_deltas collect(std::size_t most, time_point now) override;
    void set_share(std::string const& key, double share, time_point now) override;
    void open_by_others(
        std::string const& key, std::chrono::milliseconds time, time_point now) override;
    tier_memory memory() override { return memory_; }
    void remember(tier_memory const& m) override { memory_ = m; }

    std::uint64_t fence = 1;
    bool lease_is_free = true; ///< False: another process of the host holds it.

private:
    static resilience::limiter_policy policy(double rate, unsigned burst);

    double rate_, share_;
    unsigned burst_;
    resilience::local_limiter limiter_;
    resilience::local_breaker<> breaker_;
    resilience::permit permit_;
    std::uint64_t asked_ = 0;
    bool breaker_used_ = false;
    time_point others_until_{};
    tier_memory memory_;
};

/// Hosts on one virtual clock, and a Redis between them that may be down or slow.
class tier_world {
public:
    class host {
    public:
        host(host_tier_options const& o, double rate, unsigned burst)
            : words(rate, burst), tier(o, words)
        {}
        host_words words;
        host_tier tier;
        double demand = 0;           ///< Calls a second.
        bool network_is_well = true; ///< To the service.
        bool reaches_redis = true;
        bool hears_redis = true; ///< False: what it sends arrives, what it is told does not.
        std::uint64_t granted = 0;
        std::vector<std::int64_t> granted_in; ///< In each 100 ms.
        std::uint64_t sent = 0;               ///< Commands to Redis.

    private:
        friend class tier_world;
        class reply_due {
        public:
            tier_call call;
            std::optional<redis::reply> r;
            std::chrono::milliseconds at{0};
        };
        std::optional<reply_due> due_;
        double owed_ = 0;
    };

    tier_world(std::size_t hosts, double rate, unsigned burst, std::uint64_t seed,
        host_tier_options const& o = {});

    /// A millisecond at a time.
    void run(std::chrono::milliseconds time);
    /// Grants of all hosts in the last `time`.
    std::int64_t granted_in_last(std::chrono::milliseconds time) const;
    /// The most of all hosts together in any second since `from`.
    std::int64_t most_in_a_second(std::chrono::milliseconds from) const;
    double shares() const;
    local_words::time_point now() const
    {
        return local_words::time_point(std::chrono::hours(1) + at);
    }

    std::vector<std::unique_ptr<host>> hosts;
    script_model redis;
    bool redis_is_up = true;
    std::chrono::milliseconds latency{1};
    std::chrono::milliseconds at{0};

private:
    void step(host& h);
    void talk(host& h);
    random_source random_;
};

} // namespace trunkline::redis::test
