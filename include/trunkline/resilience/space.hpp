#pragma once

#include <trunkline/core/ids.hpp>
#include <trunkline/resilience/handles.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::resilience {

/// Where a segment is and how much fits into it. Sizes count only for whoever makes it.
class space_options {
public:
    space_options() {}
    std::string directory = "/dev/shm"; ///< On a local file system; one in memory is right.
    std::uint64_t keys = 16'384; ///< Breakers, limiters, budgets: 256 bytes each. 8 to 16,777,215.
    std::uint64_t lease_pools = 32; ///< 19 KB each. 1 to 1,024.
    std::uint64_t events = 1'024;   ///< Kept changes of state. A power of two, up to 65,536.
    bool shared = true;             ///< False: private memory, no file.
    bool create = true;             ///< False: only if it is there.
};

/// A change of state as the segment keeps it.
class space_event {
public:
    time_point at;
    std::string service, tenant, group; ///< Of the key that has the place now.
    breaker_change change;
};

class space_counts {
public:
    std::uint64_t keys = 0, capacity = 0, bytes = 0;
    std::uint64_t evictions = 0; ///< Idle keys that made room for others.
    std::uint64_t overflows = 0; ///< Look-ups that found no room.
    std::uint64_t stale = 0;     ///< Calls through handles whose key had lost its place.
    std::uint64_t events = 0;    ///< Ever.
};

/**
 * Breakers, limiters, retry budgets and call leases of all processes of this user on this host, in
 * one file mapping. Opening attaches to the segment or makes it; if neither can be, the same parts
 * work in private memory and `reason()` says why. No process can block another or, wherever it is
 * killed, leave something half done.
 *
 * Move-only; handles are valid as long as the space they come from. Thread safety: everything but
 * moving. May be used on both sides of a fork.
 */
class resilience_space {
public:
    enum class kind_type { shared, private_memory };

    /// `name`: letters, digits, '-', '_' and (not first) '.', up to 64. Throws
    /// std::invalid_argument for bad arguments, std::bad_alloc; anything else that goes wrong ends
    /// in private memory.
    static resilience_space open(std::string_view name, space_options const& o = {});
    /// The file that a name has.
    static std::string path_of(std::string_view name, space_options const& o = {});

    kind_type kind() const noexcept
    {
        return state_->shared ? kind_type::shared : kind_type::private_memory;
    }
    /// Why it is private; empty if it is shared.
    std::string const& reason() const noexcept { return state_->reason; }

    /// Settings for the keys that are looked up with it. Entered once per content, 64 in all.
    class breaker_profile {
    public:
        breaker_profile() noexcept = default;

    private:
        friend class resilience_space;
        std::optional<std::uint64_t> number_;
    };
    class limiter_profile {
    public:
        limiter_profile() noexcept = default;

    private:
        friend class resilience_space;
        std::optional<std::uint64_t> number_;
    };
    /// Throws std::invalid_argument, see breaker_policy.
    breaker_profile profile(breaker_policy const& p)
    {
        breaker_profile out;
        breaker_settings s(p);
        s.seed = p.seed != 0 ? p.seed : state_->parts.seed;
        out.number_ = state_->settings.number_of(s, state_->default_breaker);
        return out;
    }
    limiter_profile profile(limiter_policy const& p)
    {
        limiter_profile out;
        out.number_ = state_->settings.number_of(limiter_settings(p), state_->default_limiter);
        return out;
    }

    /// The breaker of (service, tenant, endpoint group). A profile given sets that of an existing
    /// key; without one a key keeps its own. Lock-free, no allocation.
    breaker_ref breaker(std::string_view service, tenant_id const& tenant,
        std::string_view group = {}, breaker_profile profile = {}) noexcept
    {
        return {*state_, service, tenant.str(), group, profile.number_};
    }
    limiter_ref limiter(std::string_view service, tenant_id const& tenant,
        std::string_view group = {}, limiter_profile profile = {}) noexcept
    {
        return {*state_, service, tenant.str(), group, profile.number_};
    }
    /// `capacity` and `permille` as those of basic_retry_budget: the same in all processes.
    basic_retry_budget<> budget(std::string_view service, tenant_id const& tenant,
        std::string_view group = {}, std::uint32_t capacity = 10,
        std::uint32_t permille = 100) noexcept
    {
        auto const n =
            state_->slot_of(key(slot_kind::budget, service, tenant, group), std::nullopt).first;
        return basic_retry_budget<>(state_->parts.slots[n].hot.raw[0], capacity, permille);
    }
    /// The leases of a workspace. If all pools are in use, those of the last one: is_overflow().
    lease_pool leases(std::string_view service, tenant_id const& tenant) noexcept;

    /// A report by the number that a permit was turned into, from any process.
    void report(std::uint64_t token, outcome o, nanoseconds duration, time_point now) noexcept;

    /// Changes of state since `cursor`, which moves on. 0 is the oldest that is kept.
    std::vector<space_event> events(std::uint64_t& cursor) const;
    space_counts counts() const noexcept;
    /// Calls f(service, tenant, group, snapshot) for each key, with a breaker_snapshot or limiter_snapshot.
    template <class F>
    void for_each_key(time_point now, F&& f) const;
    /// Calls f(service, tenant, lease_snapshot) for each pool in use.
    template <class F>
    void for_each_pool(F&& f) const;
    /// What is wrong with the segment, in words; nothing if all is well. For a segment at rest.
    std::vector<std::string> verify() const;

private:
    friend class space_sharing;
    friend class cache_peers;
    explicit resilience_space(std::unique_ptr<detail::space_state> s) noexcept
        : state_(std::move(s))
    {}
    detail::packed_key key(slot_kind k, std::string_view service, tenant_id const& tenant,
        std::string_view group) const noexcept
    {
        return {state_->parts.seed, k, service, tenant.str(), group};
    }

    std::unique_ptr<detail::space_state> state_;
};

} // namespace trunkline::resilience

#include <trunkline/resilience/detail/space_impl.hpp>
