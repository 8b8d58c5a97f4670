#pragma once

#include <trunkline/resilience/space.hpp>
#include <trunkline/retell/admission.hpp>
#include <trunkline/retell/guard_metrics.hpp>
#include <trunkline/retell/guard_options.hpp>

#include <memory>
#include <vector>

namespace trunkline::retell {

/**
 * The admission that protects the service, its other users and the callers: rate, circuit breakers,
 * bulkhead and call leases, shared by all processes of the host through a resilience_space.
 *
 *     breaker known open?       refused at once, also while waiting
 *     retry budget              a repeat that it does not cover is refused
 *     rate                      of the tenant, of call starts, of all; waits, by priority and turn
 *     breakers                  of the service (connections only), of (tenant, endpoint group, key)
 *     requests in flight        waits
 *     call lease                of an operation that starts a call; refused if there is none
 *
 * What is turned away further down gives back what it took further up. Time is what ask() and
 * report() are given; no clock is read.
 *
 * Refusals: circuit_open; unauthorized while key, payment, permission or certificate were refused
 * a short time ago; rate_limited when the wait would be too long or no call may be started;
 * a repeat that is refused ends with the code of the attempt before it.
 *
 * Thread safety: any thread. An attempt that has not to wait takes no lock. Lifetimes: may be
 * destroyed before its passages.
 */
class guarded_admission final : public admission {
public:
    /// Throws std::invalid_argument for options out of range. `space` is never null.
    guarded_admission(
        std::shared_ptr<resilience::resilience_space> space, guard_options const& options);
    ~guarded_admission() override;

    std::unique_ptr<passage> enter(
        attempt_request const& request, std::function<void()> wake) override;

    resilience::resilience_space& space() const noexcept;
    guard_options const& options() const noexcept;

    /// Whether a call of this tenant could leave now as far as breakers go. For whoever has
    /// something older to offer. Takes nothing.
    bool may_try(tenant_id const& tenant, operation const& op, std::uint32_t credential,
        admission_clock::time_point now) const noexcept;

    /// Not for the hot path: walks the keys of the space.
    guard_metrics metrics(admission_clock::time_point now) const;

    /// The call leases of a tenant: for webhooks (started, ended) and read-outs (reconcile). A
    /// successful get-concurrency through this admission reconciles by itself.
    resilience::lease_pool call_leases(tenant_id const& tenant) const noexcept;

    class state; ///< Opaque.

private:
    std::shared_ptr<state> state_;
};

} // namespace trunkline::retell
