#include <trunkline/store/cached_values.hpp>

#include <utility>

namespace trunkline::store {
namespace {

/// Deleting is for tidiness, so it need not follow every write.
constexpr std::uint64_t writes_per_pruning = 64;

} // namespace

cached_values::cached_values(store s, cached_values_options const& options)
    : store_(std::move(s)), options_(options)
{
    if (!options_.time) options_.time = &system_time::instance();
}

std::optional<resilience::kept_value> cached_values::find(resilience::cache_key const& key)
{
    std::lock_guard const lock(mutex_);
    auto row = store_.cached(key.tenant, key.name);
    if (!row) return std::nullopt;
    return resilience::kept_value(std::move(row->bytes), row->loaded_at);
}

void cached_values::keep(
    resilience::cache_key const& key, std::string_view bytes, std::int64_t loaded_at)
{
    std::lock_guard const lock(mutex_);
    store::transaction both(store_);
    store_.put_cached(key.tenant, key.name, bytes, loaded_at);
    if (kept_++ % writes_per_pruning == 0)
        store_.prune_cached(
            key.tenant, options_.time->unix_ms() - options_.keep_for.count(), options_.most);
    both.commit();
}

void cached_values::forget(resilience::cache_key const& key)
{
    std::lock_guard const lock(mutex_);
    store_.erase_cached(key.tenant, key.name);
}

void cached_values::forget(tenant_id const& tenant, std::string_view prefix)
{
    std::lock_guard const lock(mutex_);
    store_.erase_cached_prefix(tenant, prefix);
}

} // namespace trunkline::store
