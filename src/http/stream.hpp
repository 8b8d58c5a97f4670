#pragma once

#include <trunkline/core/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::http {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Why something failed, ready for diagnostics; `code` is errc's 0 when it did not.
class fault {
public:
    fault() {}
    fault(errc c, std::string text) : code(c), message(std::move(text)) {}
    explicit operator bool() const noexcept { return code != errc{}; }

    errc code{};
    std::string message;
};

/// A TLS context, client or server side. Shared by all connections of one pool or server.
class tls_context {
public:
    class client_settings {
    public:
        client_settings() {}
        bool verify = true;
        std::string ca_file;               ///< Empty: the system's store.
        std::string certificate_file;      ///< Of this side, with `key_file`; empty: none is shown.
        std::string key_file;              ///< PEM.
        std::string protocol = "http/1.1"; ///< Offered by ALPN; empty: nothing is.
    };
    /// Throws trunkline::error (tls_failed) when a file is unreadable or not PEM.
    static std::shared_ptr<tls_context> for_client(client_settings const& settings);
    static std::shared_ptr<tls_context> for_server(
        std::string const& certificate_file, std::string const& key_file);

    class impl;
    explicit tls_context(std::unique_ptr<impl> i);
    ~tls_context();
    impl& get() noexcept { return *impl_; }

private:
    std::unique_ptr<impl> impl_;
};

/**
 * A TCP socket that may be turned into a TLS connection. The only place that knows asio::ssl, so
 * that the protocol code above is compiled once, for both.
 *
 * Handlers run on the socket's executor. One read and one write at a time. The owner keeps the
 * stream alive until the handlers ran.
 */
class stream {
public:
    using io_handler = asio::any_completion_handler<void(error_code, std::size_t)>;
    using handler = asio::any_completion_handler<void(error_code)>;
    using buffers = std::array<asio::const_buffer, 3>;

    explicit stream(tcp::socket socket);
    ~stream();

    tcp::socket& socket() noexcept { return socket_; }
    bool is_tls() const noexcept { return tls_ != nullptr; }

    /// `host` is sent as SNI and compared with the certificate (if the context verifies).
    void async_handshake_client(
        std::shared_ptr<tls_context> context, std::string const& host, handler h);
    void async_handshake_server(std::shared_ptr<tls_context> context, handler h);
    /// Of a failed handshake, in words for people: "certificate has expired".
    fault describe_handshake(error_code ec, std::string_view peer) const;

    /// asio::error::eof means that the peer closed by the rules; a TLS connection cut off without
    /// close_notify ends with connection_aborted instead.
    void async_read_some(asio::mutable_buffer buffer, io_handler h);
    void async_write_some(buffers const& data, io_handler h);
    /// Says good-bye (close_notify; nothing on plain TCP) and closes the sending side.
    void async_shutdown(handler h);

    /// Bytes the network took so far, TLS records counted; proves that nothing of a request left.
    std::uint64_t bytes_written() const noexcept { return written_; }
    /// False if the peer closed the idle connection or sent something nobody asked for.
    bool is_quiet() noexcept;
    /// Closes at once; pending operations end with operation_aborted.
    void close() noexcept;
    /// Closes with RST.
    void reset() noexcept;

private:
    class tls_layer;

    tcp::socket socket_;
    std::uint64_t written_ = 0;
    std::unique_ptr<tls_layer> tls_;
};

} // namespace trunkline::http
