#pragma once

#include <redis/call.hpp>
#include <redis/reply_parser.hpp>
#include <redis/transport.hpp>

#include <trunkline/core/random.hpp>
#include <trunkline/redis/client.hpp>

#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace trunkline::redis {

/**
 * The state behind a client: the connection, what waits for it, and what was sent over it.
 *
 * All members but the constructor and the accessors run on the strand. Nothing is pending while no
 * command is: an idle client does not keep an io_context busy.
 */
class client_core : public std::enable_shared_from_this<client_core> {
public:
    client_core(asio::any_io_executor executor, address const& where, client_options const& options);

    asio::any_io_executor const& executor() const noexcept { return executor_; }
    asio::any_io_executor const& strand() const noexcept { return strand_; }
    client_options const& options() const noexcept { return options_; }

    void start(std::shared_ptr<call> const& c);
    void cancel(std::shared_ptr<call> const& c);
    /// Cancels everything.
    void stop();

private:
    using clock = call::clock;
    enum class state : std::uint8_t { closed, opening, greeting, ready };

    void check_process() noexcept;
    void open();
    void on_open(fault f);
    void greet();
    void send_waiting();
    void write();
    void write_more();
    void read();
    void on_bytes(std::size_t n);
    bool on_reply(reply r);
    void lost(error_code ec);
    /// The connection is over: what was sent fails, what waits is sent over the next one.
    void end(fault why);
    void fail_waiting(fault const& why);
    void drop_connection() noexcept;
    void watch();
    void on_timer();
    std::chrono::milliseconds pause();

    asio::any_io_executor executor_;
    asio::any_io_executor strand_;
    client_options options_;
    std::shared_ptr<route const> route_;
    std::string server_; ///< For messages.
    random_source random_;
    pid_t process_;

    state state_ = state::closed;
    std::uint64_t connection_ = 0; ///< Grows with each; what belongs to an older one is ignored.
    std::shared_ptr<transport> transport_;
    std::optional<reply_parser> parser_;
    std::array<char, 16'384> in_;
    std::string out_; ///< Being written.
    std::size_t sent_of_out_ = 0;
    std::string next_out_; ///< To be written after it.
    bool reading_ = false;
    bool useful_ = false;    ///< A command was answered over this connection.
    unsigned greetings_ = 0; ///< Replies to AUTH and SELECT that are still to come.
    clock::time_point open_until_{};

    std::deque<std::shared_ptr<call>> waiting_;
    std::deque<std::shared_ptr<call>> sent_;
    std::size_t pending_bytes_ = 0;
    asio::steady_timer timer_;
    clock::time_point watched_ = clock::time_point::max(); ///< What the timer waits for.

    unsigned failures_ = 0; ///< In a row.
    clock::time_point not_before_{};
    fault last_fault_;
    bool stopped_ = false;
};

} // namespace trunkline::redis
