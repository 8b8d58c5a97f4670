#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/redis/address.hpp>
#include <trunkline/redis/command.hpp>
#include <trunkline/redis/reply.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace trunkline::redis {

namespace asio = boost::asio;

/// Options of a client, fixed for its life. Copyable.
class client_options {
public:
    client_options() {}
    std::chrono::milliseconds connect_timeout{2'000}; ///< Resolve, connect, TLS and AUTH together.
    std::chrono::milliseconds command_timeout{1'000}; ///< From async_call to the reply.
    std::size_t max_pending = 1'024;                  ///< Commands without a reply yet.
    std::size_t max_pending_bytes = 8u << 20;
    std::size_t max_reply_bytes = 16u << 20;
    /// Pause after the n-th failure in a row: base x 2^(n-1), at most cap, of which half is chance.
    std::chrono::milliseconds reconnect_base{100};
    std::chrono::milliseconds reconnect_cap{10'000};
    std::uint64_t seed = 0; ///< Of that chance; 0: from the system.

    bool verify_tls = true;       ///< Certificate chain and host name.
    std::string ca_file;          ///< PEM; replaces the system's store.
    std::string certificate_file; ///< PEM, with `key_file`: what servers that ask for one are shown.
    std::string key_file;
    bool allow_plain_tcp = false; ///< redis:// beyond loopback: everybody on the way reads along.
};

/**
 * One connection to one Redis server (6 or newer for users; any for passwords), made when it is
 * needed, shared by all commands: they are sent as they come, without waiting for each other's replies.
 *
 * A command is never repeated here. While the server cannot be reached, commands fail at once with
 * the reason, and one now and then tries again. A reply that does not come in time ends the
 * connection, because those behind it would be late too.
 *
 * Thread safety: any thread. Lifetimes: may be destroyed before its operations complete; they then
 * complete with errc::canceled. After fork() the child must not use what the parent was waiting for:
 * call notify_fork(fork_child) on the execution context, then use the client: it drops the inherited
 * connection without a word to the server and makes its own.
 */
class client {
public:
    /// Opens no connection. Throws error: insecure_url for redis:// beyond loopback, tls_failed if
    /// a certificate file is unusable.
    client(asio::any_io_executor executor, address const& where, client_options const& options = {});
    client(client&&) noexcept;
    client& operator=(client&& other) noexcept;
    ~client();

    using executor_type = asio::any_io_executor;
    executor_type get_executor() const noexcept;

    /**
     * Sends one command and completes with its reply.
     *
     * Errors: resolve_failed, connect_failed, tls_failed, unauthorized (user or password), timeout,
     * connection_lost, protocol_error, too_large, canceled; circuit_open without any I/O if too much
     * is pending; invalid_argument for commands that would change how the connection speaks
     * (SUBSCRIBE, MONITOR, AUTH, HELLO, QUIT, ...). After timeout, connection_lost and canceled the
     * command may have been executed. An error reply completes with server_error, or with unauthorized
     * or forbidden (NOPERM), and the reply itself. `diag` receives one line with the server's
     * address, and of an error reply only its first word: the rest may quote the command.
     * Handler signature: void(error_code, reply), never called inside async_call. Cancellation:
     * terminal and partial; the connection stays usable. Lifetimes: `diag` must outlive the operation.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_call(command const& what, diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, reply)>(
            initiate{impl_}, token, what, &diag);
    }

private:
    class impl;
    using handler = asio::any_completion_handler<void(error_code, reply)>;
    static void call_erased(
        std::shared_ptr<impl> const& self, command const& what, diagnostics* diag, handler h);
    static executor_type executor_of(impl const& self) noexcept;

    class initiate {
    public:
        explicit initiate(std::shared_ptr<impl> self) : self_(std::move(self)) {}
        using executor_type = asio::any_io_executor;
        executor_type get_executor() const noexcept { return executor_of(*self_); }
        template <class Handler>
        void operator()(Handler&& h, command const& what, diagnostics* diag) const
        {
            call_erased(self_, what, diag, handler(std::forward<Handler>(h)));
        }

    private:
        std::shared_ptr<impl> self_;
    };

    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::redis
