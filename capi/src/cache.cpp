#include "guard.hpp"

#include <trunkline/resilience/cache_core.hpp>

#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include <unistd.h>

using namespace trunkline::capi;
namespace res = trunkline::resilience;

namespace trunkline::capi {

/// What all handles of a name share. Lives as long as the process: a web server's worker closes
/// every handle at the end of a request, and wants to find the values in the next one.
class cache_values {
public:
    explicit cache_values(resilience::cache_options const& options) : core(options) {}
    std::mutex mutex;
    resilience::cache_core core;
    pid_t const owner = ::getpid();
};

} // namespace trunkline::capi

struct trunkline_cache {
    std::shared_ptr<cache_values> shared;
    trunkline::tenant_id tenant;
};

namespace {

using cache_clock = res::cache_core::clock;

res::cache_options options_of_size(std::size_t max_bytes)
{
    // Each value has its own end; the rules for ages never come into play.
    constexpr std::chrono::hours for_ever(24 * 365 * 100);
    res::cache_options o;
    o.max_bytes = max_bytes;
    o.fresh_for = o.revalidate_until = o.max_stale = for_ever;
    o.negative_for = std::chrono::milliseconds(0);
    return o;
}

class cache_registry {
public:
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<cache_values>> all;
    pid_t const owner = ::getpid();
};

/// Of this process. A forked child leaves its parent's alone, whose mutex another thread may have
/// held at that moment, and begins anew.
cache_registry& registry_of_process()
{
    static std::atomic<cache_registry*> current{nullptr};
    auto* r = current.load(std::memory_order_acquire);
    if (r && r->owner == ::getpid()) return *r;
    auto mine = std::make_unique<cache_registry>();
    if (current.compare_exchange_strong(r, mine.get(), std::memory_order_acq_rel))
        return *mine.release();
    return *r; // another thread was faster
}

std::shared_ptr<cache_values> cache_values_of(std::string const& name, std::uint64_t max_bytes)
{
    constexpr std::uint64_t usual = 16u << 20;
    auto& process = registry_of_process();
    std::lock_guard const lock(process.mutex);
    auto& found = process.all[name];
    if (!found)
        found = std::make_shared<cache_values>(
            options_of_size(static_cast<std::size_t>(max_bytes == 0 ? usual : max_bytes)));
    return found;
}

constexpr std::size_t end_size = sizeof(std::int64_t);

std::int64_t end_of(std::string const& bytes) noexcept
{
    std::int64_t end = 0;
    std::memcpy(&end, bytes.data(), end_size);
    return end;
}

/// Runs `f(core, key, now_ns)` with the lock held. The value is behind its end, 8 bytes.
template <class F>
trunkline_status with_key(
    trunkline_cache* c, char const* key, std::size_t key_len, std::int64_t now_ns, F f)
{
    return guarded(nullptr, [&]() -> trunkline_status {
        auto& cache = checked(c, "cache");
        if (cache.shared->owner != ::getpid())
            throw failure_status(TRUNKLINE_E_FORKED, "the cache was opened before fork()");
        res::cache_key const k(cache.tenant, std::string(required_name(key, key_len, "key")));
        if (now_ns < 0)
            now_ns = std::chrono::nanoseconds(cache_clock::now().time_since_epoch()).count();
        std::lock_guard const lock(cache.shared->mutex);
        return f(cache.shared->core, k, now_ns);
    });
}

/// The value that is held, if it has not ended; leaves nothing behind where there is none.
res::cached_bytes held(res::cache_core& core, res::cache_key const& key, std::int64_t now_ns)
{
    cache_clock::time_point const now{std::chrono::nanoseconds(now_ns)};
    auto value = core.lookup(key, now, false).result.value;
    if (value && end_of(*value) > now_ns) return value;
    core.invalidate(key);
    return nullptr;
}

} // namespace

extern "C" {

trunkline_status trunkline_cache_open(char const* name, size_t name_len, char const* tenant,
    size_t tenant_len, uint64_t max_bytes, trunkline_cache** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        if (max_bytes != 0 && (max_bytes < 4096 || max_bytes > (std::uint64_t(1) << 40)))
            throw std::invalid_argument("max_bytes must be 0, or 4,096 to 2^40");
        trunkline::tenant_id const whose(std::string(required_name(tenant, tenant_len, "tenant")));
        *out = new trunkline_cache{
            cache_values_of(std::string(required_name(name, name_len, "name")), max_bytes), whose};
        return TRUNKLINE_OK;
    });
}

void trunkline_cache_close(trunkline_cache* c)
{
    delete c;
}

int32_t trunkline_cache_get(trunkline_cache* c, char const* key, size_t key_len, int64_t now_ns,
    char* out, size_t out_size, size_t* size)
{
    if (!size || (!out && out_size != 0)) return TRUNKLINE_E_INVALID_ARGUMENT;
    *size = 0;
    std::int32_t found = 0;
    auto const status =
        with_key(c, key, key_len, now_ns, [&](auto& core, auto& k, auto now) -> trunkline_status {
            auto const bytes = held(core, k, now);
            if (!bytes) return TRUNKLINE_OK;
            *size = bytes->size() - end_size;
            if (*size > out_size) return TRUNKLINE_E_BUFFER_TOO_SMALL;
            if (*size > 0) std::memcpy(out, bytes->data() + end_size, *size);
            found = 1;
            return TRUNKLINE_OK;
        });
    return status == TRUNKLINE_OK ? found : status;
}

trunkline_status trunkline_cache_set(trunkline_cache* c, char const* key, size_t key_len,
    char const* value, size_t value_len, int64_t ttl_ms, int64_t now_ns)
{
    return with_key(c, key, key_len, now_ns, [&](auto& core, auto& k, auto now) -> trunkline_status {
        auto const given = text(value, value_len, "value");
        core.invalidate(k);
        if (ttl_ms <= 0) return TRUNKLINE_OK;
        auto const left = std::numeric_limits<std::int64_t>::max() - now;
        std::int64_t const end = now + (ttl_ms < left / 1'000'000 ? ttl_ms * 1'000'000 : left);
        std::string bytes(end_size, '\0');
        std::memcpy(bytes.data(), &end, end_size);
        bytes.append(given);
        cache_clock::time_point const t{std::chrono::nanoseconds(now)};
        if (auto const d = core.lookup(k, t); d.flight)
            core.complete(*d.flight, res::load_outcome::success(std::move(bytes)), t);
        return held(core, k, now) ? TRUNKLINE_OK : TRUNKLINE_E_TOO_LARGE;
    });
}

trunkline_status trunkline_cache_delete(trunkline_cache* c, char const* key, size_t key_len)
{
    return with_key(c, key, key_len, 0, [&](auto& core, auto& k, auto) -> trunkline_status {
        core.invalidate(k);
        return TRUNKLINE_OK;
    });
}

trunkline_status trunkline_cache_clear(trunkline_cache* c)
{
    return with_key(c, "*", 1, 0, [&](auto& core, auto& k, auto) -> trunkline_status {
        core.invalidate(k.tenant);
        return TRUNKLINE_OK;
    });
}

} // extern "C"
