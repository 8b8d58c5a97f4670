#pragma once

#include <trunkline/core/time.hpp>
#include <trunkline/resilience/cache_backing.hpp>
#include <trunkline/resilience/cache_core.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace trunkline::resilience {

/**
 * A cache that callers may share: cache_core behind locks, with the callers that wait for another
 * one's load, and with a backing that remembers last-known-good values beyond the process.
 *
 * Nothing here starts a thread or waits. A hit takes one short lock and copies no value; the
 * backing is asked only for what is not in memory, and told of every success, in the thread of the
 * caller who loads.
 *
 * Thread safety: any thread. Lifetimes: clock and backing outlive the cache and its flights; the
 * cache may be destroyed before its flights, whose callers then still get their answer.
 */
class cache {
    class impl;

public:
    using clock = cache_core::clock;
    /// Called once, without a lock held: inside get(), or where the load that answers it ends. Must
    /// not throw.
    using done = std::function<void(cache_result)>;

    /// The duty to load one value. Dropped without complete(), it counts as canceled: no verdict on
    /// the source, and the next caller loads. Movable; one thread at a time.
    class flight {
    public:
        flight(flight&&) noexcept = default;
        flight& operator=(flight&& other) noexcept;
        ~flight();
        cache_key const& key() const noexcept { return ticket_->key; }
        /// Precondition: not called before. From any thread, also inside the loader.
        void complete(load_outcome outcome);

    private:
        friend class cache;
        flight(std::shared_ptr<impl> owner, flight_ticket ticket, done answer);
        void drop();
        std::shared_ptr<impl> owner_; ///< Null once completed.
        std::optional<flight_ticket> ticket_;
        done answer_; ///< Of the caller who loads, unless it was served before.
    };
    /// Starts a load and keeps the flight until it knows the outcome. What it throws leaves get().
    using loader = std::function<void(flight)>;

    /// `max_bytes` is divided among `shards` (at least 1): nothing larger than one share is held.
    /// Throws as cache_core does.
    /// `space`: where caches of other processes with the same backing are told of invalidations and
    /// loads; null: this one is alone.
    explicit cache(cache_options const& options, time_source& time = system_time::instance(),
        cache_backing* backing = nullptr, std::size_t shards = 8,
        std::shared_ptr<resilience_space> space = nullptr);
    ~cache();

    /// Answers from what is held, or by one load for all who ask. `load` is called at most once,
    /// and not unless this caller has to load.
    void get(cache_key const& key, loader load, done answer);
    /// Answers from what is held or kept, and never loads: for an open breaker.
    cache_result peek(cache_key const& key);

    /// When these return, nobody is served what was loaded before, in no process that shares the
    /// space.
    void invalidate(cache_key const& key);
    /// All names of the tenant that begin so; with an empty prefix, all.
    void invalidate(tenant_id const& tenant, std::string_view prefix = {});

    /// Lets those who wait for a load that died try for themselves. Returns when to call it again,
    /// or nothing if nobody waits. get() does the same for its own shard.
    std::optional<clock::time_point> expire();

    cache_stats stats() const;

private:
    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::resilience
