#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/http/url.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace trunkline::http {

namespace asio = boost::asio;

/// Options of a client, fixed for its life. Copyable.
class client_options {
public:
    client_options() {}
    std::size_t max_connections = 16; ///< Further requests wait in order.

    // A limit of zero is none.
    std::chrono::milliseconds connect_timeout{5'000}; ///< Resolve, TCP, proxy and TLS together.
    std::chrono::milliseconds read_timeout{30'000};   ///< Longest silence of the peer.
    /// One request from getting its connection to the last byte of the answer.
    std::chrono::milliseconds total_timeout{60'000};
    /// A connection idle for longer is not used again: servers close theirs about then.
    std::chrono::milliseconds idle_timeout{30'000};
    std::size_t max_response_bytes = 64u
        << 20; ///< Header and decoded body; 64 KiB of header at most.

    bool verify_tls = true;        ///< Certificate chain and host name.
    std::string ca_file;           ///< PEM; replaces the system's store.
    bool allow_plain_http = false; ///< http:// beyond loopback.

    /// "http://[user:password@]host:port": a tunnel for https, whole URLs for plain http. Never
    /// used for loopback targets.
    std::string proxy;
    bool proxy_from_environment =
        true; ///< HTTPS_PROXY and NO_PROXY (either case) if `proxy` is empty.
    std::string user_agent = "trunkline";
};

/// Limits of one request where they differ from those of its client. Copyable; zero is none.
class send_options {
public:
    send_options() {}
    std::optional<std::chrono::milliseconds> read_timeout;
    std::optional<std::chrono::milliseconds> total_timeout;
    std::optional<std::size_t> max_response_bytes; ///< At least 1.
};

/// How far a request got: decides whether repeating it is safe.
enum class progress : std::uint8_t {
    not_sent, ///< No byte of the request reached the network: repeating is always safe.
    sent,     ///< At least one byte may have left.
    answered, ///< A complete response was received.
};

/// The result of one exchange.
class exchange {
public:
    exchange() {}
    /// Whole, or after an error as much as its header says: status (0: none came) and fields.
    http::response response;
    http::progress progress = http::progress::not_sent;
};

/**
 * A pool of keep-alive HTTP/1.1 connections to one origin, over TLS verified by default.
 *
 * A stale keep-alive connection that is closed before the first byte of a request was written is
 * replaced silently; after that nothing is ever repeated here: retrying is the caller's decision.
 *
 * Thread safety: any thread. Lifetimes: may be destroyed before its operations complete; they then
 * complete with errc::canceled.
 */
class client {
public:
    /// Opens no connection. Throws trunkline::error: errc::insecure_url for plain http beyond
    /// loopback, errc::tls_failed if the CA file is unreadable, errc::invalid_argument for a base
    /// URL with user or query and for a proxy that is no http:// URL.
    client(asio::any_io_executor executor, url base, client_options options = {});
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    ~client();

    using executor_type = asio::any_io_executor;
    executor_type get_executor() const noexcept;
    url const& base() const noexcept;

    /// Connections open now (idle and in use).
    std::size_t connections() const noexcept;

    /**
     * Sends one request; the path of the base URL is put before its target.
     * Any HTTP status is a success here; an answer that is not whole never is.
     * Errors: resolve_failed, connect_failed, tls_failed, timeout, connection_lost, protocol_error,
     * too_large, canceled; invalid_argument for a request that cannot be written as it is.
     * exchange::progress says whether the request may have been acted upon. `diag` receives one
     * line with host and port, without header fields or query. Handler signature: void(error_code,
     * exchange). Cancellation: terminal and partial; the connection is closed, the client stays
     * usable. A name look-up under way is left behind (the system offers no way to end it):
     * destroying the execution context waits for it. Lifetimes: `diag` must outlive the operation.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_send(request req, diagnostics& diag, CompletionToken&& token = {})
    {
        return async_send(
            std::move(req), send_options(), diag, std::forward<CompletionToken>(token));
    }
    /// The same with limits of its own.
    template <class CompletionToken = asio::deferred_t>
    auto async_send(
        request req, send_options limits, diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, exchange)>(
            initiate{impl_}, token, std::move(req), limits, &diag);
    }

private:
    class impl;
    using handler = asio::any_completion_handler<void(error_code, exchange)>;
    static void send_erased(std::shared_ptr<impl> const& self, request req,
        send_options const& limits, diagnostics* diag, handler h);
    static executor_type executor_of(impl const& self) noexcept;

    class initiate {
    public:
        explicit initiate(std::shared_ptr<impl> self) : self_(std::move(self)) {}
        using executor_type = asio::any_io_executor;
        executor_type get_executor() const noexcept { return executor_of(*self_); }
        template <class Handler>
        void operator()(Handler&& h, request req, send_options const& limits, diagnostics* diag) const
        {
            send_erased(self_, std::move(req), limits, diag, handler(std::forward<Handler>(h)));
        }

    private:
        std::shared_ptr<impl> self_;
    };

    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::http
