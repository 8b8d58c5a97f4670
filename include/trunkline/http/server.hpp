#pragma once

#include <trunkline/http/message.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace trunkline::http {

class server_options {
public:
    server_options() {}
    std::string address = "127.0.0.1"; ///< An IP address.
    std::uint16_t port = 0;            ///< 0: any free port, see server::port().
    std::string certificate_file;      ///< PEM chain; with key_file makes this a TLS server.
    std::string key_file;
    std::size_t max_request_bytes = 16u << 20; ///< Of a body; more is answered with 413.
    std::size_t max_header_bytes = 64u << 10;  ///< More is answered with 431.
    std::size_t max_connections = 1024;        ///< Further ones wait to be accepted.

    // A limit of zero is none.
    std::chrono::milliseconds request_timeout{30'000}; ///< For one whole request, and for a write.
    std::chrono::milliseconds idle_timeout{60'000};    ///< Between requests of one connection.
};

/**
 * An HTTP/1.1 server with limits and deadlines. Answers gzip when the client accepts it and the
 * body is worth it.
 *
 * The handler may answer later and from any thread: it gets a function to call exactly once.
 * Thread safety: any thread. The handler runs on the executor, requests of one connection in order.
 */
class server {
public:
    using responder = std::function<void(reply)>;
    using handler = std::function<void(request, responder)>;

    /// Binds and listens. Throws trunkline::error: connect_failed if the address is taken,
    /// tls_failed if certificate or key are unusable, invalid_argument for a bad address.
    server(boost::asio::any_io_executor executor, server_options options, handler h);
    /// As stop().
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    std::uint16_t port() const noexcept;
    /// "http://127.0.0.1:4010" or with https.
    std::string url() const;
    /// No request that arrives from now on reaches the handler (one that is being handled on
    /// another thread may end later); the port and the connections are closed on the executor.
    void stop();

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::http
