#pragma once

#include <trunkline/redis/address.hpp>
#include <trunkline/redis/client.hpp>
#include <trunkline/redis/host_tier.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace trunkline::redis {

/**
 * Runs a host_tier on a client of its own: at most one command each `flush_every`, and nothing
 * else. Between start() and stop() it keeps the execution context busy.
 *
 * Thread safety: any thread. Lifetimes: the words outlive it; stop() or the destructor end what is
 * under way without waiting for it, so the words must also outlive the handlers that are left: run
 * the context to its end, or stop it, before they go.
 */
class host_tier_driver {
public:
    /// Timeouts that fit a tier: a host finds a Redis that came back well within `settle`.
    static client_options default_client_options();

    /// Throws what host_tier and client throw.
    host_tier_driver(asio::any_io_executor executor, address const& where,
        host_tier_options const& options, local_words& words,
        client_options const& connection = default_client_options());
    /// The same, and keeps the words for as long as anything may touch them.
    host_tier_driver(asio::any_io_executor executor, address const& where,
        host_tier_options const& options, std::shared_ptr<local_words> words,
        client_options const& connection = default_client_options());
    host_tier_driver(host_tier_driver&&) noexcept;
    host_tier_driver& operator=(host_tier_driver&&) noexcept;
    ~host_tier_driver();

    void start();
    void stop();
    tier_stats stats() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::redis
