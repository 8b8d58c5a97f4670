#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/redis/command.hpp>
#include <trunkline/redis/local_words.hpp>
#include <trunkline/redis/reply.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::redis {

/// Options of a host_tier. Hosts of one space must agree in all but `host`. Copyable.
class host_tier_options {
public:
    host_tier_options() {}
    std::string space = "default"; ///< Hosts of one space share; part of every key. No "{" or "}".
    std::string host;            ///< Unique, and the same for all processes of the host. Required.
    unsigned expected_hosts = 1; ///< Until Redis tells: a new host begins with 1/n of each rate.
    /// So many hosts must see a key open before others open it; with more than three hosts, most of them.
    unsigned quorum = 2;
    std::chrono::milliseconds flush_every{
        100}; ///< At least 100 ms outside tests: 10 commands a second.
    std::chrono::milliseconds heartbeat{500}; ///< The same while no key is in use.
    std::chrono::milliseconds flusher_lease{500};
    std::chrono::milliseconds grace{1'000}; ///< Without Redis shares stay as they are for so long,
    std::chrono::milliseconds decay{5'000}; ///< then go towards rate / hosts within this.
    /// A Redis that lost its memory gives nobody more than it holds for so long. Longer than any
    /// host takes to find it again.
    std::chrono::milliseconds settle{5'000};
    /// A silent host keeps its part of the rates for so long.
    std::chrono::milliseconds member_ttl{600'000};
    std::chrono::milliseconds longest_echo{2'000}; ///< Open by others without being told again.
    std::size_t most_keys = 512;                   ///< Of each kind in one flush.
};

/// One command for Redis.
class tier_call {
public:
    tier_call(command c, std::uint64_t i) : what(std::move(c)), id(i) {}
    command what;
    std::uint64_t id;
};

/// Counters since the beginning.
class tier_stats {
public:
    tier_stats() {}
    std::uint64_t calls = 0, failures = 0;
    std::uint64_t fenced = 0; ///< Flushes refused because another process of this host was newer.
    std::uint64_t lost_memory = 0; ///< Times that Redis came back empty.
    unsigned hosts = 0;
    bool in_contact = false;
};

/**
 * Shares rates and verdicts between hosts. Decisions are made from local words alone; this moves,
 * behind them, what the words should say: one script a flush tells Redis what is used and open
 * here, and brings this host's share of each rate and how many hosts see each key open.
 *
 * Shares of one rate never add up to more than the rate: a share grows only by what others are
 * known to have given up. Without Redis every host keeps its share, then all go towards
 * rate / hosts, shrinking before growing. One host's verdict opens nothing elsewhere.
 *
 * Sans-IO: poll() says what to send, on_reply() and on_failure() take how it ended. Thread safety:
 * none. Lifetimes: the words outlive it.
 */
class host_tier {
public:
    using time_point = local_words::time_point;

    /// Throws error (invalid_argument) for options that make no sense.
    host_tier(host_tier_options options, local_words& words);

    /// What to send now, if anything. At most one call is out at a time; ask again at next().
    std::optional<tier_call> poll(time_point now);
    time_point next() const noexcept { return next_; }
    void on_reply(tier_call const& call, reply const& r, time_point now);
    void on_failure(tier_call const& call, error_code ec, time_point now);

    tier_stats stats() const noexcept { return stats_; }

    /// The script, for those who want to load or review it beforehand.
    static std::string_view script() noexcept;

private:
    class known_limiter {
    public:
        double rate = 0;
        double share = 0;
        double demand = 0; ///< Smoothed, requests a second.
        std::uint64_t asked = 0;
        time_point last_used{};
    };
    /// What a flush told, in the order of its reply.
    class told {
    public:
        std::vector<std::string> limiters, breakers;
    };

    void note(word_deltas const& deltas, time_point now);
    std::optional<tier_call> flush(word_deltas const& deltas, time_point now);
    void choose(bool heartbeat);
    double equal_part(known_limiter const& l) const noexcept;
    void apply(reply const& r, time_point now);
    void lose_contact();
    void drift(time_point now);
    void set_share(std::string const& key, known_limiter& l, double share, time_point now);
    unsigned quorum(unsigned hosts) const noexcept;
    std::string place(std::string_view kind, std::string_view key = {}) const;

    host_tier_options options_;
    local_words& words_;
    std::map<std::string, known_limiter> limiters_;
    std::set<std::string> open_here_; ///< Breakers that others opened here.
    std::string last_idle_;           ///< Key whose turn was last.
    told told_;
    std::string script_id_; ///< As Redis names the script; empty: to be loaded.
    std::string memory_of_redis_;
    std::uint64_t fence_ = 0;
    std::uint64_t last_call_ = 0;
    bool out_ = false; ///< A call has not ended.
    time_point next_{};
    std::optional<time_point> last_note_, last_drift_, last_beat_;
    tier_memory memory_;
    tier_stats stats_;
};

} // namespace trunkline::redis
