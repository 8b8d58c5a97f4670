#include "space.hpp"

using namespace trunkline::capi;

struct trunkline_leases {
    res::lease_pool pool;
    std::shared_ptr<res::resilience_space> space;
};

namespace {

constexpr std::int64_t longest_ttl_ms = 36LL * 3600 * 1000;

bool is_ttl(std::int64_t ms) noexcept
{
    return ms > 0 && ms <= longest_ttl_ms;
}

res::time_point in(std::int64_t ms) noexcept
{
    return res::coarse_clock::now() + std::chrono::milliseconds(ms);
}

trunkline_status gone_unless(bool ok) noexcept
{
    return ok ? TRUNKLINE_OK : TRUNKLINE_E_LEASE_GONE;
}

bool is_call_id(char const* id, std::size_t size) noexcept
{
    return id && size > 0 && size <= 48;
}

} // namespace

extern "C" {

trunkline_status trunkline_leases_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, trunkline_leases** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const& space = checked(s, "space").space;
        key_parts const key(service, service_len, tenant, tenant_len, nullptr, 0);
        *out = new trunkline_leases{space->leases(key.service, key.tenant), space};
        return TRUNKLINE_OK;
    });
}

void trunkline_leases_close(trunkline_leases* p)
{
    delete p;
}

trunkline_status trunkline_leases_configure(
    trunkline_leases* p, uint32_t limit, uint32_t reserved_inbound)
{
    if (!p || limit > res::lease_words<res::std_atomics>::capacity || reserved_inbound > limit)
        return TRUNKLINE_E_INVALID_ARGUMENT;
    p->pool->configure(limit, reserved_inbound);
    return TRUNKLINE_OK;
}

uint64_t trunkline_lease_take(trunkline_leases* p, int32_t direction, int64_t ttl_ms)
{
    if (!p || !is_ttl(ttl_ms) ||
        (direction != TRUNKLINE_CALL_OUTBOUND && direction != TRUNKLINE_CALL_INBOUND))
        return 0;
    auto const now = res::coarse_clock::now();
    return p->pool
        .try_take(static_cast<res::call_direction>(direction),
            now + std::chrono::milliseconds(ttl_ms), now)
        .token();
}

trunkline_status trunkline_lease_sending(trunkline_leases* p, uint64_t lease)
{
    if (!p) return TRUNKLINE_E_INVALID_ARGUMENT;
    return gone_unless(p->pool->sending(res::lease(lease)));
}

trunkline_status trunkline_lease_bind(
    trunkline_leases* p, uint64_t lease, char const* call_id, size_t call_id_len)
{
    if (!p || !is_call_id(call_id, call_id_len)) return TRUNKLINE_E_INVALID_ARGUMENT;
    return gone_unless(p->pool->bind(res::lease(lease), {call_id, call_id_len}));
}

trunkline_status trunkline_lease_renew(trunkline_leases* p, uint64_t lease, int64_t ttl_ms)
{
    if (!p || !is_ttl(ttl_ms)) return TRUNKLINE_E_INVALID_ARGUMENT;
    return gone_unless(p->pool->renew(res::lease(lease), in(ttl_ms)));
}

trunkline_status trunkline_lease_release(trunkline_leases* p, uint64_t lease)
{
    if (!p) return TRUNKLINE_E_INVALID_ARGUMENT;
    return gone_unless(p->pool->release(res::lease(lease)));
}

trunkline_status trunkline_lease_started(
    trunkline_leases* p, char const* call_id, size_t call_id_len, int64_t ttl_ms)
{
    if (!p || !is_call_id(call_id, call_id_len) || !is_ttl(ttl_ms))
        return TRUNKLINE_E_INVALID_ARGUMENT;
    auto const now = res::coarse_clock::now();
    return gone_unless(p->pool->started({call_id, call_id_len}, in(ttl_ms), now));
}

trunkline_status trunkline_lease_ended(trunkline_leases* p, char const* call_id, size_t call_id_len)
{
    if (!p || !is_call_id(call_id, call_id_len)) return TRUNKLINE_E_INVALID_ARGUMENT;
    return gone_unless(p->pool->ended({call_id, call_id_len}));
}

trunkline_status trunkline_leases_look(trunkline_leases* p, trunkline_leases_snapshot* out)
{
    if (!p) return TRUNKLINE_E_INVALID_ARGUMENT;
    p->pool->sweep(res::coarse_clock::now());
    auto const s = p->pool->snapshot();
    trunkline_leases_snapshot v{};
    v.limit = s.limit;
    v.external = s.external;
    v.reserved_inbound = s.reserved;
    v.taken = s.taken;
    v.sending = s.sending;
    v.bound = s.bound;
    v.in_use = s.in_use();
    return give(out, v);
}

} // extern "C"
