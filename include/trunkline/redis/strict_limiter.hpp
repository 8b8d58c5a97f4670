#pragma once

#include <trunkline/redis/address.hpp>
#include <trunkline/redis/client.hpp>
#include <trunkline/resilience/strict_limit.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace trunkline::redis {

/**
 * A strict_limit decided by Redis: GCRA over one time point a key, on the clock of the server, in
 * one script. Keys are "trunkline:{SPACE}:s:KEY" and end by themselves. A Redis that is not there,
 * or does not answer within `command_timeout`, decides nothing: the caller's failure policy does.
 * One that comes back empty begins with full bursts.
 *
 * Thread safety: any thread.
 */
class strict_limiter final : public resilience::strict_limit {
public:
    /// A round trip that is worth waiting for: 100 ms.
    static client_options default_client_options();

    /// Throws what client throws; error (invalid_argument) for a space with braces.
    strict_limiter(asio::any_io_executor executor, address const& where, std::string space,
        client_options const& connection = default_client_options());
    ~strict_limiter() override;

    void async_take(std::vector<resilience::strict_item> const& items, done answer) override;
    void refund(std::vector<resilience::strict_item> const& items) override;

    static std::string_view script() noexcept;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::redis
