#pragma once

#include <http/connection.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

namespace trunkline::http {

/// Someone who needs a connection.
class waiter {
public:
    virtual ~waiter() = default;
    /// `fresh` connections are still to be opened.
    virtual void on_connection(std::shared_ptr<connection> c, bool fresh) = 0;
};

/**
 * At most `max_connections` connections; who comes later waits in order. Everything but open() runs
 * on the strand. No timer runs for idle connections (they would keep an io_context busy): they are
 * looked at when they are needed again.
 */
class connection_pool {
public:
    connection_pool(asio::any_io_executor strand, std::shared_ptr<route const> r,
        std::size_t max_connections, std::chrono::milliseconds idle_timeout);

    /// Calls on_connection() at once if there is room, else later.
    void acquire(std::shared_ptr<waiter> w);
    /// Takes a waiter out of the queue; false if it is not in it.
    bool withdraw(waiter const& w);
    /// Gives a connection back; the next in the queue gets its place.
    void release(std::shared_ptr<connection> const& c);
    /// A new connection in the place of a dead one, without queueing again.
    std::shared_ptr<connection> replace(std::shared_ptr<connection> const& dead);
    void close_idle();

    /// Any thread.
    std::size_t open() const noexcept { return open_.load(std::memory_order_relaxed); }

private:
    /// The idle connection used last, if one is fit for use; the rest is closed on the way.
    std::shared_ptr<connection> take_idle();
    bool is_fit(connection& c) const;
    void drop(connection& c) noexcept;
    std::shared_ptr<connection> make();
    void serve(std::shared_ptr<waiter> const& w);

    asio::any_io_executor strand_;
    std::shared_ptr<route const> route_;
    std::size_t max_connections_;
    std::chrono::milliseconds idle_timeout_;
    std::vector<std::shared_ptr<connection>> idle_;
    std::deque<std::shared_ptr<waiter>> queue_;
    std::atomic<std::size_t> open_{0};
};

} // namespace trunkline::http
