#pragma once

#include <trunkline/resilience/cache_backing.hpp>
#include <trunkline/resilience/space.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace trunkline::resilience {

/// The right to load a key among the processes of a host, see cache_peers.
class peer_flight {
public:
    std::uint32_t place = 0;
    std::uint64_t word = 0; ///< 0: there was no room to say so.
};

/**
 * What caches of several processes tell each other through a segment: who loads a key (a lease in
 * one word), and what has been invalidated (a ring of digests of key or prefix). No value and no
 * name is in it. Whoever was away for longer than the ring remembers is told to forget everything.
 *
 * One object for each cache; usable on both sides of a fork. Thread safety: all but read().
 */
class cache_peers {
public:
    explicit cache_peers(std::shared_ptr<resilience_space> space) noexcept;

    /// Nothing: another process loads this key, and its lease is not over.
    std::optional<peer_flight> take_flight(
        cache_key const& key, time_point now, nanoseconds lease) noexcept;
    void end_flight(peer_flight const& f) noexcept;

    void invalidated(cache_key const& key) noexcept;
    void invalidated(tenant_id const& tenant, std::string_view prefix) noexcept;

    /// One load of a word.
    bool has_news() const noexcept;
    class news {
    public:
        bool empty() const noexcept { return !all && records_.empty(); }
        bool concerns(cache_key const& key) const noexcept;
        bool all = false; ///< Too much was missed to say.

    private:
        friend class cache_peers;
        class record {
        public:
            std::uint64_t about, hash, identity;
        };
        std::uint64_t seed_ = 0;
        std::vector<record> records_;
    };
    /// What others have invalidated since. One that is just being told comes with the next call,
    /// and if its teller has died, as "all" after a tenth of a second.
    news read(time_point now);

private:
    void tell(tenant_id const& tenant, std::string_view text, bool exact) noexcept;
    std::uint64_t self() const noexcept;

    std::shared_ptr<resilience_space> space_;
    detail::segment_header* header_;
    std::uint64_t seed_;
    std::uint64_t number_; ///< Of this object in its process.
    std::atomic<std::uint64_t> cursor_;
    std::optional<time_point> stuck_since_;
};

} // namespace trunkline::resilience
