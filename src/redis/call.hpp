#pragma once

#include <redis/transport.hpp>

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/redis/reply.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace trunkline::redis {

/// One async_call: what is to be sent, until when, and who wants the reply. Completes once.
class call : public std::enable_shared_from_this<call> {
public:
    using handler = asio::any_completion_handler<void(error_code, reply)>;
    using clock = std::chrono::steady_clock;

    call(std::string bytes, clock::time_point until, diagnostics& diag, handler h,
        asio::any_io_executor executor);

    /// Calls `cancel` on `strand` when the caller's slot says so.
    void listen_for_cancellation(
        asio::any_io_executor const& strand, std::function<void(std::shared_ptr<call>)> cancel);

    bool is_done() const noexcept { return done_; }
    clock::time_point deadline() const noexcept { return deadline_; }
    std::string const& bytes() const noexcept { return bytes_; }
    void answer(std::string const& server, reply r);
    void fail(fault const& why);

private:
    void complete(error_code ec, std::string message, reply r);

    std::string bytes_;
    clock::time_point deadline_;
    diagnostics* diag_;
    handler handler_;
    asio::any_io_executor executor_;     ///< The client's.
    asio::any_completion_executor work_; ///< Keeps the handler's context running until it is called.
    bool done_ = false;
};

/// The code of an error reply, by its first word.
errc code_of(reply const& r);
/// That word, for messages: what follows may quote the command, and so a secret.
std::string first_word(reply const& r);

} // namespace trunkline::redis
