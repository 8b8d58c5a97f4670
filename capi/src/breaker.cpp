#include "space.hpp"

using namespace trunkline::capi;

struct trunkline_breaker {
    res::breaker_ref ref;
    std::shared_ptr<res::resilience_space> space;
};

namespace {

constexpr std::uint32_t known_flags = TRUNKLINE_BREAKER_SHADOW | TRUNKLINE_BREAKER_STRIPED |
    TRUNKLINE_BREAKER_NO_JITTER | TRUNKLINE_BREAKER_NO_SLOW_START;

void set(std::chrono::milliseconds& to, std::int64_t ms)
{
    if (ms != 0) to = std::chrono::milliseconds(ms);
}

/// 0: the default stays; -1: off.
void set_rate(double& to, std::int32_t permille)
{
    if (permille < -1) throw std::invalid_argument("breaker options: a rate is below -1");
    if (permille != 0) to = permille < 0 ? 0 : permille / 1000.0;
}

res::breaker_policy policy_of(trunkline_breaker_options const& o)
{
    if (o.flags & ~known_flags) throw std::invalid_argument("breaker options: a flag is unknown");
    res::breaker_policy p;
    set(p.window, o.window_ms);
    set(p.slow_call, o.slow_call_ms);
    set(p.open_base, o.open_base_ms);
    set(p.open_cap, o.open_cap_ms);
    set(p.probe_lease, o.probe_lease_ms);
    set(p.misconfigured_interval, o.misconfigured_interval_ms);
    if (o.open_cap_ms == 0) p.open_cap = std::max(p.open_cap, p.open_base);
    if (o.minimum_calls != 0) p.minimum_calls = o.minimum_calls;
    p.count_window = o.count_window;
    if (o.count_window != 0 && o.minimum_calls == 0)
        p.minimum_calls = std::min(p.minimum_calls, p.count_window);
    if (o.probes != 0) p.probes = o.probes;
    if (o.successes != 0) p.successes = o.successes;
    if (o.connect_failures < -1)
        throw std::invalid_argument("breaker options: connect_failures is below -1");
    if (o.connect_failures != 0)
        p.connect_failures = o.connect_failures < 0 ? 0 : static_cast<unsigned>(o.connect_failures);
    set_rate(p.failure_rate, o.failure_permille);
    set_rate(p.slow_rate, o.slow_permille);
    set_rate(p.combined_rate, o.combined_permille);
    p.seed = o.seed;
    p.shadow = o.flags & TRUNKLINE_BREAKER_SHADOW;
    p.striped = o.flags & TRUNKLINE_BREAKER_STRIPED;
    p.jitter = !(o.flags & TRUNKLINE_BREAKER_NO_JITTER);
    p.slow_start = !(o.flags & TRUNKLINE_BREAKER_NO_SLOW_START);
    return p;
}

/// Any number may come in; one that is no outcome must not become one by being cut short.
res::outcome outcome_of(std::int32_t n) noexcept
{
    return n < 0 || n > 255 ? res::outcome::cancelled : static_cast<res::outcome>(n);
}

} // namespace

extern "C" {

trunkline_status trunkline_breaker_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, char const* group, size_t group_len,
    trunkline_breaker_options const* options, trunkline_breaker** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const& space = checked(s, "space").space;
        key_parts const key(service, service_len, tenant, tenant_len, group, group_len);
        res::resilience_space::breaker_profile profile;
        if (options) profile = space->profile(policy_of(options_of(options)));
        *out = new trunkline_breaker{
            space->breaker(key.service, key.tenant, key.group, profile), space};
        return TRUNKLINE_OK;
    });
}

void trunkline_breaker_close(trunkline_breaker* b)
{
    delete b;
}

uint64_t trunkline_breaker_allow(trunkline_breaker const* b)
{
    return b ? b->ref.allow().token() : 0;
}

void trunkline_breaker_report(
    trunkline_breaker const* b, uint64_t permit, int32_t outcome, int64_t duration_ns)
{
    if (b) b->ref.report(res::permit(permit), outcome_of(outcome), res::nanoseconds(duration_ns));
}

uint64_t trunkline_breaker_allow_at(trunkline_breaker const* b, int64_t now_ns)
{
    return b ? b->ref.allow(time_of(now_ns)).token() : 0;
}

void trunkline_breaker_report_at(trunkline_breaker const* b, uint64_t permit, int32_t outcome,
    int64_t duration_ns, int64_t now_ns)
{
    if (b)
        b->ref.report(res::permit(permit), outcome_of(outcome), res::nanoseconds(duration_ns),
            time_of(now_ns));
}

void trunkline_breaker_force_open(trunkline_breaker const* b)
{
    if (b) b->ref.force_open();
}

void trunkline_breaker_disable(trunkline_breaker const* b)
{
    if (b) b->ref.disable();
}

void trunkline_breaker_reset(trunkline_breaker const* b)
{
    if (b) b->ref.reset();
}

trunkline_status trunkline_breaker_look(
    trunkline_breaker const* b, int64_t now_ns, trunkline_breaker_snapshot* out)
{
    if (!b) return TRUNKLINE_E_INVALID_ARGUMENT;
    auto const s = b->ref.snapshot(time_or_now(now_ns));
    trunkline_breaker_snapshot v{};
    v.state = static_cast<std::int32_t>(s.state);
    v.retry_after_ns = s.retry_after.count();
    v.generation = s.generation;
    v.calls = s.calls;
    v.failures = s.failures;
    v.slow = s.slow;
    v.rejected = s.rejected;
    v.late = s.late;
    v.would_have_rejected = s.would_have_rejected;
    v.changes = s.changes;
    v.probes_out = s.probes_out;
    v.exponent = s.exponent;
    return give(out, v);
}

} // extern "C"
