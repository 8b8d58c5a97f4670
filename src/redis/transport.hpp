#pragma once

#include <http/stream.hpp>

#include <trunkline/redis/address.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::redis {

namespace asio = boost::asio;
using http::fault;

/// Where a client's connections lead. Fixed for its life.
class route {
public:
    route() {}
    address target;
    std::shared_ptr<http::tls_context> tls; ///< Null unless the address says so.
};

/**
 * One connection: TCP, TLS over it, or a local socket.
 *
 * All members run on the executor it was made with (a strand); handlers come from there, never
 * inline. Pending operations keep it alive.
 */
class transport : public std::enable_shared_from_this<transport> {
public:
    using opened = std::function<void(fault)>;
    using moved = std::function<void(error_code, std::size_t)>;

    transport(asio::any_io_executor const& strand, std::shared_ptr<route const> r);

    void open(opened done);
    void read_some(asio::mutable_buffer buffer, moved done);
    void write_some(std::string_view bytes, moved done);
    /// False if the peer closed the idle connection or said something unasked.
    bool is_quiet() noexcept;
    /// Sends nothing, so that a forked child may call it. Pending operations end soon.
    void close() noexcept;

private:
    using addresses = std::vector<http::tcp::endpoint>;

    void open_local(opened done);
    void connect(std::shared_ptr<addresses const> list, std::size_t nth, opened done);
    void connected(opened done);
    fault unreachable(error_code ec) const;

    std::shared_ptr<route const> route_;
    http::tcp::resolver resolver_;
    http::stream stream_;
    asio::local::stream_protocol::socket local_;
    bool const is_local_;
    bool closed_ = false;
};

} // namespace trunkline::redis
