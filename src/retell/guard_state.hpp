#pragma once

#include <trunkline/retell/guarded_admission.hpp>

#include <trunkline/retell/limits.hpp>

#include <retell/guard_counters.hpp>
#include <retell/guard_line.hpp>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace trunkline::retell {

/// What all passages of one admission share.
class guarded_admission::state {
public:
    state(std::shared_ptr<resilience::resilience_space> s, guard_options const& o);

    /// The limits that a request of this kind meets.
    guard_toll toll_of(tenant_id const& tenant, bool starts) noexcept;
    /// The same for strict mode; empty without it.
    std::vector<resilience::strict_item> strict_items_of(tenant_id const& tenant, bool starts) const;
    resilience::breaker_ref breaker_of(
        tenant_id const& tenant, operation const& op, std::uint32_t credential) noexcept;
    /// Of connections: no tenant's.
    resilience::breaker_ref breaker_of_service() noexcept
    {
        return space->breaker(options.service, tenant_id(), "connections", connections_profile_);
    }
    resilience::basic_retry_budget<> budget_of(tenant_id const& tenant) noexcept
    {
        return space->budget(options.service, tenant, {}, options.retries * 2);
    }
    resilience::lease_pool calls_of(tenant_id const& tenant) noexcept;
    resilience::lease_pool flights_of(tenant_id const& tenant) noexcept;
    std::shared_ptr<guard_line> line_of(tenant_id const& tenant, bool starts);

    /// Whether the space is less than what was asked for.
    bool is_unusable() const noexcept { return unusable_; }
    /// Whether `now` is no time to decide by: none at all, or far behind what was seen before.
    bool is_broken(admission_clock::time_point now) noexcept;

    std::shared_ptr<resilience::resilience_space> space;
    guard_options const options;
    std::array<std::uint8_t, priorities> const ranks; ///< Of priorities, for the room resilience.
    guard_counters counters;
    guard_pulse pulse;
    std::atomic<int> last_connection_error{0}; ///< An errc, for messages.
    std::atomic<std::size_t> waiting{0};       ///< In all lines: what keeps their lock off the way.
    mutable std::mutex lines_mutex;
    /// Never more than there are tenants: kept for the life of the admission.
    std::map<std::pair<std::string, bool>, std::shared_ptr<guard_line>> lines;

private:
    std::string flights_service_;
    resilience::resilience_space::breaker_profile read_profile_, write_profile_, upload_profile_,
        connections_profile_;
    resilience::resilience_space::limiter_profile tenant_profile_, starts_profile_, total_profile_;
    bool unusable_;
    std::atomic<std::int64_t> latest_{0}; ///< Time that was seen, ns.
};

} // namespace trunkline::retell
