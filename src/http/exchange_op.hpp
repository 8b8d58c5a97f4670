#pragma once

#include <http/pool.hpp>

#include <trunkline/http/client.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <unordered_map>

namespace trunkline::http {

/// What every part of a client needs to know; never changes.
class client_settings {
public:
    client_settings() {}
    client_options options;
    std::shared_ptr<route const> path;
    asio::any_io_executor executor; ///< The user's.
    asio::any_io_executor strand;   ///< On it; guards all state.
};

class exchange_op;

/// The state behind a client. Operations know it weakly: destroying it does not wait for them.
class client_core {
public:
    explicit client_core(std::shared_ptr<client_settings const> s);

    client_settings const& settings() const noexcept { return *settings_; }
    std::shared_ptr<client_settings const> const& shared_settings() const noexcept
    {
        return settings_;
    }
    connection_pool& pool() noexcept { return pool_; }

    // On the strand.
    bool stopped() const noexcept { return stopped_; }
    void add(std::shared_ptr<exchange_op> const& op);
    void remove(exchange_op const& op) noexcept;
    /// Cancels everything.
    void stop();

private:
    std::shared_ptr<client_settings const> settings_;
    connection_pool pool_;
    std::unordered_map<exchange_op const*, std::weak_ptr<exchange_op>> running_;
    bool stopped_ = false;
};

/**
 * One async_send: waits for a connection, opens it if it is fresh, exchanges, completes.
 * All members but the constructor and listen_for_cancellation() run on the strand.
 */
class exchange_op final : public waiter, public std::enable_shared_from_this<exchange_op> {
public:
    using handler = asio::any_completion_handler<void(error_code, exchange)>;
    using clock = connection::clock;

    exchange_op(std::shared_ptr<client_core> const& core, request r, send_options const& limits,
        diagnostics& diag, handler h);

    void listen_for_cancellation();
    void start();
    void cancel();
    void on_connection(std::shared_ptr<connection> c, bool fresh) override;

private:
    void open();
    void send();
    void on_answer(fault f, response r);
    std::string head() const;

    void watch();
    void on_timer();
    clock::time_point deadline() const;
    fault timed_out() const;

    /// Ends the current step; its callback then completes the operation with `why`.
    void abort(fault why);
    void finish(fault f, response r = {});
    void complete(error_code ec, exchange result);

    enum class phase : std::uint8_t { waiting, opening, exchanging, done };

    std::weak_ptr<client_core> core_;
    std::shared_ptr<client_settings const> settings_;
    request request_;
    std::chrono::milliseconds read_timeout_;
    std::chrono::milliseconds total_timeout_;
    std::size_t max_response_bytes_;
    diagnostics* diag_;
    handler handler_;
    asio::any_completion_executor work_; ///< Keeps the handler's context running until it is called.
    asio::steady_timer timer_;
    std::shared_ptr<connection> connection_;
    clock::time_point open_began_{};
    clock::time_point total_deadline_ = clock::time_point::max();
    fault abort_reason_;
    phase phase_ = phase::waiting;
};

} // namespace trunkline::http
