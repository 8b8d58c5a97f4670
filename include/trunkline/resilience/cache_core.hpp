#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/resilience/cache_backing.hpp>
#include <trunkline/resilience/cache_peers.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace trunkline::resilience {

/// Bytes that are never changed once shared, so that a hit copies nothing.
using cached_bytes = std::shared_ptr<std::string const>;

/// Options of a cache, fixed for its life. Times are ages of a value, counted from when its load
/// began, unless said otherwise. Copyable.
class cache_options {
public:
    cache_options() {}
    /// Of values, keys and bookkeeping together. A value that readers still hold after its eviction
    /// is theirs and no longer counted.
    std::size_t max_bytes = 16u << 20;
    std::chrono::milliseconds fresh_for{30'000};
    /// Up to this age a value is served at once while one caller refreshes it.
    std::chrono::milliseconds revalidate_until{300'000};
    /// Up to this age a value is served when its source fails. Nothing older is ever served.
    std::chrono::milliseconds max_stale{24 * 3'600'000};
    /// How long a failure or "there is none" is remembered, so that a source in trouble is not
    /// asked by every caller. 0 to 5 s.
    std::chrono::milliseconds negative_for{1'000};
    /// How long a caller may take to load before another one tries: what a dead one costs.
    std::chrono::milliseconds flight_lease{10'000};
};

enum class freshness : std::uint8_t { fresh, stale, miss };
enum class cache_source : std::uint8_t { none, loaded, memory, backing };

/// What a caller gets: never a value without its age.
class cache_result {
public:
    cache_result() {}
    cached_bytes value; ///< Null if `state` is miss, and only then.
    freshness state = freshness::miss;
    cache_source source = cache_source::none;
    std::chrono::milliseconds age{0};
    bool degraded = false; ///< The source fails: a stale value, or none, in place of the right one.
    error_code error; ///< Why it is stale or a miss; not_found if the source says there is none.
};

/// What a load brought.
class load_outcome {
public:
    /// Zero bytes count as a failure (empty_answer): an empty list is "[]", an empty object "{}".
    static load_outcome success(std::string bytes)
    {
        if (bytes.empty()) return failure(errc::empty_answer);
        return load_outcome(std::make_shared<std::string const>(std::move(bytes)), {});
    }
    /// The source answered, and says that there is no such thing: the value goes.
    static load_outcome absent() { return load_outcome({}, {}); }
    /// No answer, or none to be trusted: what is known stays.
    static load_outcome failure(error_code ec)
    {
        return load_outcome({}, ec ? ec : make_error_code(errc::internal));
    }

    cached_bytes const& value() const noexcept { return value_; }
    error_code const& error() const noexcept { return error_; }

private:
    load_outcome(cached_bytes v, error_code ec) : value_(std::move(v)), error_(ec) {}
    cached_bytes value_;
    error_code error_;
};

/// The right to load one value, until the lease ends.
class flight_ticket {
public:
    flight_ticket(cache_key k, std::uint64_t i, std::chrono::steady_clock::time_point t)
        : key(std::move(k)), id(i), started(t)
    {}
    cache_key key;
    std::uint64_t id; ///< Never used twice, grows; never 0.
    std::chrono::steady_clock::time_point started;
    peer_flight shared{}; ///< Among processes.
};

enum class cache_action : std::uint8_t {
    serve,          ///< `result` is the answer.
    serve_and_load, ///< `result` is the answer, and the caller refreshes the value by `flight`.
    load,           ///< The caller loads by `flight`, and answers with what complete() returns.
    wait ///< Another caller loads as flight `waits_for`; ask again at `until` if it never ends.
};

class cache_decision {
public:
    cache_decision() {}
    cache_action action = cache_action::serve;
    cache_result result;
    std::optional<flight_ticket> flight;
    bool recall = false; ///< Before loading, look the key up in the backing and call recall().
    std::uint64_t waits_for = 0;
    std::chrono::steady_clock::time_point until{};
};

/// Counters since the beginning, and what is held now.
class cache_stats {
public:
    cache_stats() {}
    std::uint64_t fresh = 0, stale = 0, misses = 0; ///< Answers given at once.
    std::uint64_t waits = 0;                        ///< Callers that waited for another one's load.
    std::uint64_t loads = 0;                        ///< Loads begun.
    std::uint64_t failures = 0;                     ///< Loads that failed.
    std::uint64_t late = 0;          ///< Loads whose result came too late to be kept.
    std::uint64_t left_to_peers = 0; ///< Refreshes that another process was at already.
    std::uint64_t lost_flights = 0;  ///< Leases that ended without a result.
    std::uint64_t evictions = 0;
    std::uint64_t refused = 0; ///< Values or keys that did not fit.
    std::uint64_t backing_errors = 0;
    std::size_t entries = 0, bytes = 0;
    cache_stats& operator+=(cache_stats const& other) noexcept;
};

/**
 * The rules of a cache that stays useful while its source fails.
 *
 * A value is fresh, then served while one caller refreshes it, then served only if that fails, then
 * gone. One caller loads a key at a time, by a lease, so that one that died costs one lease. No
 * failure replaces or removes a value. Invalidation works at once, also on loads under way: what
 * they bring was read before and is not kept.
 *
 * Bounded by bytes; what goes first is found by CLOCK (second chance), and never a key that is
 * being loaded. Pure: time is passed in, no I/O. Thread safety: none, see cache.
 */
class cache_core {
public:
    using clock = std::chrono::steady_clock;
    using time_point = clock::time_point;

    /// Bookkeeping counted for a key, beside its texts and its value.
    static constexpr std::size_t entry_overhead = 384;

    /// Throws error (invalid_argument) for ages out of order, negative_for beyond 5 s, and a lease of zero.
    explicit cache_core(cache_options const& options);

    /// `may_load` is false where an attempt makes no sense (breaker open): then always serve; a
    /// flight that comes with it is for recall() only, to be abandoned afterwards.
    cache_decision lookup(cache_key const& key, time_point now, bool may_load = true);
    /// What the backing knows (null: nothing) under the key of a flight just begun. The flight goes
    /// on unless the decision is to serve. Of a key that has a value, only one loaded later counts.
    /// A negative age (clocks were set back) is not trusted to be fresh.
    cache_decision recall(flight_ticket const& flight, cached_bytes value,
        std::chrono::milliseconds age, time_point now);
    /// Ends a flight. Also says what its caller, and those who waited for it, get.
    cache_result complete(flight_ticket const& flight, load_outcome const& outcome, time_point now);
    /// Ends a flight without a verdict: the next caller may load. Says what its caller gets.
    cache_result abandon(flight_ticket const& flight, time_point now);
    /// Ends a flight that another process is at: it was none.
    void leave_to_peer(flight_ticket const& flight) noexcept;
    /// Whether the outcome passed to complete() last was taken over, so that a backing should be told.
    bool accepted() const noexcept { return accepted_; }

    void invalidate(cache_key const& key);
    /// All names of the tenant that begin so.
    void invalidate(tenant_id const& tenant, std::string_view prefix = {});
    /// What another process has invalidated.
    void invalidate(cache_peers::news const& news);

    cache_stats stats() const noexcept;

private:
    class entry {
    public:
        cache_key const* key = nullptr; ///< Lives in the index.
        cached_bytes value;
        cache_source source = cache_source::none;
        time_point loaded_at{};
        std::uint64_t flight = 0; ///< The one under way, or 0.
        time_point flight_until{};
        std::uint64_t applied = 0; ///< Results of flights up to this one come too late.
        error_code error;          ///< Of the last load, if it failed.
        time_point retry_at{};     ///< Until then the error is the answer.
        bool used = false;         ///< Since the clock's hand passed.
    };
    using ring = std::list<entry>;
    using index = std::unordered_map<cache_key, ring::iterator>;

    cache_decision decide(entry& e, time_point now, bool may_load);
    cache_decision begin_flight(entry& e, cache_action action, cache_result r, time_point now);
    cache_result result_of(entry const& e, time_point now) const;
    entry* find(cache_key const& key);
    entry* insert(cache_key const& key, time_point now);
    void set_value(entry& e, cached_bytes value, time_point loaded_at, time_point now);
    void drop_value(entry& e) noexcept;
    ring::iterator erase(ring::iterator at);
    bool make_room(std::size_t wanted, entry const* except, time_point now);
    cache_decision serve(cache_result r);

    cache_options options_;
    index index_;
    ring ring_;
    ring::iterator hand_;
    std::uint64_t last_flight_ = 0;
    bool accepted_ = false;
    cache_stats stats_;
};

} // namespace trunkline::resilience
