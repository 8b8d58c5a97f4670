#include "space.hpp"

#include <limits>

using namespace trunkline::capi;

struct trunkline_limiter {
    res::limiter_ref ref;
    std::shared_ptr<res::resilience_space> space;
};

namespace {

constexpr std::uint32_t known_limiter_flags =
    TRUNKLINE_LIMITER_SHADOW | TRUNKLINE_LIMITER_FIXED | TRUNKLINE_LIMITER_NO_RESERVES;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

res::limiter_policy policy_of(trunkline_limiter_options const& o)
{
    if (o.flags & ~known_limiter_flags)
        throw std::invalid_argument("limiter options: a flag is unknown");
    if (o.reserved != 0) throw std::invalid_argument("limiter options: reserved is not zero");
    res::limiter_policy p;
    if (o.rate != 0) p.rate = o.rate;
    if (o.floor > p.rate) throw std::invalid_argument("limiter options: floor is above the rate");
    if (o.floor != 0) p.floor = o.floor;
    p.ceiling = o.ceiling != 0 ? o.ceiling : std::max(p.ceiling, p.rate);
    if (o.burst != 0) p.burst = o.burst;
    p.adaptive = !(o.flags & TRUNKLINE_LIMITER_FIXED);
    p.shadow = o.flags & TRUNKLINE_LIMITER_SHADOW;
    if (o.flags & TRUNKLINE_LIMITER_NO_RESERVES) p.reserves = {};
    return p;
}

bool is_priority(std::int32_t p) noexcept
{
    return p >= 0 && p <= TRUNKLINE_PRIORITY_BACKGROUND;
}

std::int64_t number_of(res::decision const& d) noexcept
{
    if (d.granted) return d.generation;
    if (d.why == res::denial::too_large) return never;
    return d.retry_after.count() > 0 ? -d.retry_after.count() : -1;
}

} // namespace

extern "C" {

trunkline_status trunkline_limiter_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, char const* group, size_t group_len,
    trunkline_limiter_options const* options, trunkline_limiter** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const& space = checked(s, "space").space;
        key_parts const key(service, service_len, tenant, tenant_len, group, group_len);
        res::resilience_space::limiter_profile profile;
        if (options) profile = space->profile(policy_of(options_of(options)));
        *out = new trunkline_limiter{
            space->limiter(key.service, key.tenant, key.group, profile), space};
        return TRUNKLINE_OK;
    });
}

void trunkline_limiter_close(trunkline_limiter* l)
{
    delete l;
}

int64_t trunkline_limiter_try(trunkline_limiter const* l, uint32_t cost, int32_t priority)
{
    if (!l || !is_priority(priority)) return never;
    return number_of(l->ref.try_acquire(cost, static_cast<res::priority>(priority)));
}

int64_t trunkline_limiter_try_at(
    trunkline_limiter const* l, uint32_t cost, int32_t priority, int64_t now_ns)
{
    if (!l || !is_priority(priority)) return never;
    return number_of(
        l->ref.try_acquire(cost, static_cast<res::priority>(priority), time_of(now_ns)));
}

void trunkline_limiter_refund(trunkline_limiter const* l, uint32_t cost)
{
    if (l) l->ref.refund(cost);
}

void trunkline_limiter_throttled(
    trunkline_limiter const* l, int64_t generation, int64_t retry_after_ns, int64_t now_ns)
{
    if (!l || generation < 0 || generation > 0xffff) return; // of no request that was granted
    res::rate_headers h;
    if (retry_after_ns >= 0) h.retry_after = res::nanoseconds(retry_after_ns);
    l->ref.throttled(static_cast<std::uint16_t>(generation), h, time_or_now(now_ns));
}

void trunkline_limiter_accepted(
    trunkline_limiter const* l, double limit, double remaining, int64_t reset_ns, int64_t now_ns)
{
    if (!l) return;
    res::rate_headers h;
    if (limit >= 0) h.limit = limit;
    if (remaining >= 0) h.remaining = remaining;
    if (reset_ns >= 0) h.reset = res::nanoseconds(reset_ns);
    l->ref.accepted(h, time_or_now(now_ns));
}

trunkline_status trunkline_limiter_look(
    trunkline_limiter const* l, int64_t now_ns, trunkline_limiter_snapshot* out)
{
    if (!l) return TRUNKLINE_E_INVALID_ARGUMENT;
    auto const s = l->ref.snapshot(time_or_now(now_ns));
    trunkline_limiter_snapshot v{};
    v.burst = s.burst;
    v.rate = s.rate;
    v.credit = s.credit;
    v.penalty_left_ns = s.penalty_left.count();
    v.denied = s.denied;
    v.throttled = s.throttled;
    v.decreases = s.decreases;
    v.penalties_cut = s.penalties_cut;
    v.would_have_denied = s.would_have_denied;
    v.generation = s.generation;
    return give(out, v);
}

} // extern "C"
