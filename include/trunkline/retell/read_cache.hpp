#pragma once

#include <trunkline/core/time.hpp>
#include <trunkline/resilience/cache.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::retell {

/// Options of a read_cache. Copyable.
class read_cache_options {
public:
    read_cache_options() {}
    resilience::cache_options cache;
    /// Whose answers are cached, by name; request_options::cached overrides it for one call.
    /// Operations that change something, or take a body, never are.
    std::vector<std::string> operations{"get-agent", "get-chat-agent", "get-conversation-flow",
        "get-knowledge-base", "get-phone-number", "get-retell-llm", "get-voice"};
};

/**
 * Answers of reads that live calls need, for the time in which the service cannot give them: fresh
 * ones without asking, older ones while one caller asks, and the last known good one, marked as
 * degraded and with its age, when the service fails or its circuit is open.
 *
 * Writes through a client that has this cache make what is known of their resource void. Shared by
 * as many clients as should share it. Thread safety: any thread. Lifetimes: as resilience::cache.
 */
class read_cache {
public:
    explicit read_cache(read_cache_options const& options,
        time_source& time = system_time::instance(), resilience::cache_backing* backing = nullptr,
        std::shared_ptr<resilience::resilience_space> space = nullptr);

    bool covers(operation const& op) const noexcept;
    /// Whether an answer of it may be kept at all.
    static bool may_cover(operation const& op) noexcept;

    /// "agent_id/agent_1/get-agent?version=3": begins with the resource, so that all that is known
    /// of it goes at once. Phone numbers appear as a digest only. `target` as encode() makes it.
    static resilience::cache_key key_of(tenant_id const& tenant, operation const& op,
        arguments const& args, std::string_view target);
    /// "agent_id/agent_1/"; empty for what addresses nothing.
    static std::string resource_of(operation const& op, arguments const& args);
    /// Forgets what a write to a resource, or what may have been one, has made void. Does nothing
    /// for reads.
    void wrote(tenant_id const& tenant, operation const& op, std::string const& resource);

    resilience::cache& values() noexcept { return cache_; }

private:
    std::vector<std::string> operations_;
    resilience::cache cache_;
};

} // namespace trunkline::retell
