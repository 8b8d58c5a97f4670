#include <trunkline/core/json.hpp>

#include <retell/guard_passage.hpp>

#include <algorithm>
#include <chrono>

/// What passages learn from how their attempts came back.
namespace trunkline::retell {

resilience::outcome to_resilience(attempt_report const& r) noexcept
{
    using ours = resilience::outcome;
    switch (r.outcome) {
    case outcome::ok: return ours::ok;
    case outcome::rejected: return ours::rejected;
    case outcome::misconfigured: return ours::misconfigured;
    case outcome::throttled: return ours::throttled;
    case outcome::saturated: return ours::saturated;
    case outcome::sick:
        return r.progress == http::progress::not_sent ? ours::unreachable : ours::sick;
    // Whether it was done is open, but its caller gave it up: the service has not failed.
    case outcome::unknown:
        return r.code == errc::canceled ? ours::cancelled : ours::unknown_outcome;
    case outcome::cancelled: return ours::cancelled;
    case outcome::local: break;
    }
    // Ours is the limit, but the service has spoken.
    return r.progress == http::progress::answered ? ours::rejected : ours::local;
}

void guard_passage::report(attempt_report const& r) noexcept
{
    using resilience::outcome;
    auto const o = to_resilience(r);
    auto const took = std::max(r.now - r.sent_at, admission_clock::duration::zero());
    owner_->counters.add(r.outcome, priority_);
    if (group_permit_) group_.report(std::exchange(group_permit_, {}), o, took, r.now);
    if (service_permit_) {
        if (o == outcome::unreachable && r.code.category() == trunkline_category())
            owner_->last_connection_error.store(r.code.value(), std::memory_order_relaxed);
        // Only whether it can be reached: one tenant's key or load is nobody else's business.
        auto const reach = o == outcome::unreachable ? o
            : r.progress == http::progress::answered ? outcome::ok
                                                     : outcome::cancelled;
        service_.report(
            std::exchange(service_permit_, {}), reach, std::chrono::nanoseconds(0), r.now);
    }
    if (flight_) owner_->flights_of(tenant_)->release(std::exchange(flight_, {}));
    if (o == outcome::ok) owner_->budget_of(tenant_).succeeded();
    if (std::exchange(holds_credit_, false)) adapt_rate(r);
    settle_call(r, o);
    read_concurrency(r);
}

void guard_passage::adapt_rate(attempt_report const& r) noexcept
{
    auto const o = to_resilience(r);
    auto const signal = resilience::traits_of(o).for_rate;
    auto const& own = toll_.own();
    if (signal == resilience::rate_signal::refund && r.progress == http::progress::not_sent) {
        toll_.refund(1);
        if (holds_strict_)
            owner_->options.strict->refund(owner_->strict_items_of(tenant_, starts_));
    } else if (signal == resilience::rate_signal::shrink) {
        constexpr double first_guess = 100;
        auto const seen = std::max(owner_->pulse.rate(r.now), first_guess);
        auto const before = own.snapshot(r.now);
        // Where there was no limit, what was sent lately is the rate that was too high.
        if (owner_->options.requests_per_second == 0 && before.rate > seen &&
            before.generation == paid_.generation)
            own.view().set_rate(seen, static_cast<unsigned>(seen / 4), r.now);
        auto told = r.rate;
        if (!told.retry_after && r.retry_in) told.retry_after = *r.retry_in;
        own.throttled(paid_.generation, told, r.now);
    } else if (o == resilience::outcome::ok || o == resilience::outcome::rejected) {
        auto told = r.rate;
        told.retry_after.reset(); // beside an answer it is about the resource, not the rate
        own.accepted(told, r.now);
    }
}

void guard_passage::settle_call(attempt_report const& r, resilience::outcome o) noexcept
{
    if (!call_) return;
    auto pool = owner_->calls_of(tenant_);
    auto const l = std::exchange(call_, {});
    // Given up after it was sent: there may be a call, as with any other that was not answered.
    if (o == resilience::outcome::cancelled && r.progress != http::progress::not_sent) return;
    switch (resilience::traits_of(o).for_lease) {
    case resilience::lease_signal::renew: {
        auto const* const id =
            r.answer && r.answer->body.is_object() ? r.answer->body.find("call_id") : nullptr;
        if (id && id->is_string()) pool->bind(l, id->as_string());
        break; // without an id it ends by its deadline or a read-out
    }
    case resilience::lease_signal::release: pool->release(l); break;
    case resilience::lease_signal::lower_limit:
        pool->saturated(); // counts this one among those that were too many
        pool->release(l);
        break;
    case resilience::lease_signal::keep:
        // Refused or never sent is no call; whatever else happened may be one.
        if (r.progress == http::progress::not_sent) pool->release(l);
        break;
    }
}

/// The service's own count heals what webhooks have missed.
void guard_passage::read_concurrency(attempt_report const& r) noexcept
{
    if (!r.answer || op_->name != "get-concurrency" || !r.answer->body.is_object()) return;
    auto const number = [&](std::string_view name) -> std::optional<unsigned> {
        auto const* const v = r.answer->body.find(name);
        auto const n = v && v->is_number() ? v->as_number().to_int64() : std::nullopt;
        if (!n || *n < 0) return std::nullopt;
        return static_cast<unsigned>(std::min<std::int64_t>(*n, 1'000'000));
    };
    auto const current = number("current_concurrency"), limit = number("concurrency_limit");
    if (!current || !limit) return;
    resilience::concurrency_readout out;
    out.current = *current;
    out.limit = std::min(*limit, 256u);
    out.as_of = r.sent_at;
    if (auto pool = owner_->calls_of(tenant_); !pool.is_overflow()) pool->reconcile(out);
}

} // namespace trunkline::retell
