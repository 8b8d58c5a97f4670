#pragma once

#include <trunkline/core/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace trunkline::resilience {

/**
 * Whose value, and which one. Without the tenant there is no key.
 *
 * The name is not secret (it may be stored in the clear) and begins with what it is a name of, for
 * example "get-agent/agent_1", so that a prefix names a group. Copyable.
 */
class cache_key {
public:
    cache_key(tenant_id t, std::string n) : tenant(std::move(t)), name(std::move(n)) {}
    tenant_id tenant;
    std::string name;
    friend bool operator==(cache_key const&, cache_key const&) = default;

    std::size_t hash() const noexcept
    {
        auto const one = std::hash<std::string>{}(tenant.str());
        auto const two = std::hash<std::string>{}(name);
        return one ^ (two + 0x9e3779b97f4a7c15ULL + (one << 6) + (one >> 2));
    }
};

/// A last-known-good value as a backing remembers it.
class kept_value {
public:
    kept_value(std::string b, std::int64_t at) : bytes(std::move(b)), loaded_at(at) {}
    std::string bytes;
    std::int64_t loaded_at; ///< When its load began, unix milliseconds.
};

/**
 * Where last-known-good values outlive the process. The store implements it.
 *
 * Every function may throw: the cache counts that and goes on without. Thread safety: called from
 * any thread, also concurrently; never with a lock of the cache held.
 */
class cache_backing {
public:
    virtual ~cache_backing() = default;
    virtual std::optional<kept_value> find(cache_key const& key) = 0;
    /// Replaces what is kept under the key, unless that was loaded later.
    virtual void keep(cache_key const& key, std::string_view bytes, std::int64_t loaded_at) = 0;
    virtual void forget(cache_key const& key) = 0;
    /// Forgets all names of the tenant that begin so; with an empty prefix, all.
    virtual void forget(tenant_id const& tenant, std::string_view prefix) = 0;
};

} // namespace trunkline::resilience

template <>
struct std::hash<trunkline::resilience::cache_key> {
    std::size_t operator()(trunkline::resilience::cache_key const& key) const noexcept
    {
        return key.hash();
    }
};
