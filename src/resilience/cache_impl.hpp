#pragma once

#include <trunkline/resilience/cache.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace trunkline::resilience {

class cache::impl : public std::enable_shared_from_this<impl> {
public:
    impl(cache_options const& options, time_source& time, cache_backing* backing,
        std::size_t shards, std::shared_ptr<resilience_space> space)
        : time_(time), backing_(backing), flight_lease_(options.flight_lease)
    {
        if (space) peers_.emplace(std::move(space));
        auto each = options;
        auto const count = std::max<std::size_t>(shards, 1);
        each.max_bytes = options.max_bytes / count;
        for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<shard>(each));
    }

    void get(cache_key const& key, loader load, done answer);
    cache_result peek(cache_key const& key);
    void complete(flight_ticket const& ticket, load_outcome const& outcome, done const& answer);
    void drop(flight_ticket const& ticket, done const& answer);
    void invalidate(cache_key const& key);
    void invalidate(tenant_id const& tenant, std::string_view prefix);
    std::optional<clock::time_point> expire();
    cache_stats stats() const;

private:
    class waiter {
    public:
        cache_key key;
        loader load;
        done answer;
    };
    class crowd {
    public:
        clock::time_point until{};
        std::vector<waiter> waiters;
    };
    /// What a load brought, on its way to the backing.
    class kept_load {
    public:
        cache_key key;
        bool is_void = false; ///< Another process has invalidated it meanwhile.
    };
    class shard {
    public:
        explicit shard(cache_options const& options) : core(options) {}
        mutable std::mutex mutex; ///< Never held while the backing or a caller's code runs.
        cache_core core;
        std::map<std::uint64_t, crowd> waiting; ///< By flight.
        std::uint64_t invalidations = 0;
        std::map<std::uint64_t, kept_load> keeping; ///< By flight.
        /// Held while the backing is told, so that it never keeps what was invalidated. Before `mutex`.
        std::mutex backing_mutex;
    };

    shard& shard_of(cache_key const& key) { return *shards_[key.hash() % shards_.size()]; }
    void sync();
    void ask_peers(shard& s, cache_decision& d);
    cache_decision recall(shard& s, flight_ticket const& ticket);
    void keep(shard& s, flight_ticket const& ticket, load_outcome const& outcome,
        std::uint64_t invalidations);
    std::vector<waiter> take_waiters(shard& s, std::uint64_t flight);
    std::vector<waiter> take_overdue(shard& s, clock::time_point now);
    void retry(std::vector<waiter> waiters);
    template <class Call>
    void tell_backing(Call&& call);

    time_source& time_;
    cache_backing* backing_;
    std::vector<std::unique_ptr<shard>> shards_;
    std::atomic<std::uint64_t> backing_errors_{0};
    std::atomic<std::uint64_t> left_to_peers_{0};
    clock::duration const flight_lease_;
    std::optional<cache_peers> peers_;
    std::mutex peers_mutex_; ///< Between a shard's backing_mutex and its mutex.
};

template <class Call>
void cache::impl::tell_backing(Call&& call)
{
    try {
        call();
    } catch (std::exception const&) {
        ++backing_errors_; // a cache that cannot remember is still a cache
    }
}

} // namespace trunkline::resilience
