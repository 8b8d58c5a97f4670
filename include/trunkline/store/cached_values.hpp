#pragma once

#include <trunkline/resilience/cache_backing.hpp>
#include <trunkline/store/store.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

namespace trunkline::store {

class cached_values_options {
public:
    cached_values_options() {}
    std::chrono::milliseconds keep_for{7 * 24 * 3'600'000}; ///< Older answers are deleted.
    std::int64_t most = 10'000;  ///< Of a tenant; beyond it the oldest are deleted.
    time_source* time = nullptr; ///< Null: the system's. Must outlive the object.
};

/**
 * Last-known-good answers of a resilience::cache in a store, sealed. They are shared by all
 * processes that open the store, and survive them.
 *
 * Owns a connection of its own, because caches are used by many threads and a store by one.
 * Thread safety: any thread; calls wait for each other.
 */
class cached_values final : public resilience::cache_backing {
public:
    explicit cached_values(store s, cached_values_options const& options = {});

    std::optional<resilience::kept_value> find(resilience::cache_key const& key) override;
    void keep(
        resilience::cache_key const& key, std::string_view bytes, std::int64_t loaded_at) override;
    void forget(resilience::cache_key const& key) override;
    void forget(tenant_id const& tenant, std::string_view prefix) override;

private:
    std::mutex mutex_;
    store store_;
    cached_values_options options_;
    std::uint64_t kept_ = 0;
};

} // namespace trunkline::store
