#pragma once

#include <http/buffers.hpp>
#include <http/stream.hpp>
#include <http/wire.hpp>

#include <trunkline/http/url.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::http {

/// Where the connections of a client lead and how. Fixed for its life, shared by all.
class route {
public:
    route() {}
    url target;
    std::string peer; ///< "host:port" of the target, for messages.
    std::optional<url> proxy;
    std::vector<tcp::endpoint> addresses; ///< Of the first hop if known; else it is resolved.
    std::string proxy_authorization;      ///< A secret.
    std::shared_ptr<tls_context> tls;     ///< Null for plain http.
    /// For one address of several; zero: none.
    std::chrono::milliseconds address_timeout{0};
};

/**
 * One client connection: opened once, then used for one exchange after the other.
 *
 * All members run on the executor it was made with (a strand); callbacks come from there, never
 * inline. A callback travels inside the pending operation and is not stored, so that destroying the
 * execution context frees everything.
 */
class connection : public std::enable_shared_from_this<connection> {
public:
    using opened = std::function<void(fault)>;
    using answered = std::function<void(fault, response)>;
    using clock = std::chrono::steady_clock;

    connection(asio::any_io_executor strand, std::shared_ptr<route const> r);

    /// Resolve, TCP, proxy tunnel, TLS.
    void open(opened done);
    /// Writes a request and reads its answer of at most `max_bytes`. `body` must live until `done`
    /// ran. After a fault the answer is what its header said, if that came.
    void exchange(std::string head, std::string_view body, wire::answers kind,
        std::size_t max_bytes, answered done);
    /// Ends what is going on; the callback then comes soon, with a fault. A name look-up cannot be
    /// ended: its callback is dropped instead, see is_resolving().
    void abort() noexcept;

    bool is_resolving() const noexcept { return resolving_; }
    /// Whether a byte of the current request reached the network.
    bool wrote_anything() const noexcept { return stream_.bytes_written() != mark_; }
    /// Whether it answered before, so that a failure may be the peer's keep-alive limit.
    bool is_reused() const noexcept { return exchanges_ > 1; }
    /// Whether another exchange may follow, as far as one can see from here.
    bool is_usable() noexcept;
    clock::time_point last_activity() const noexcept { return last_activity_; }

private:
    using received = std::function<void(fault, wire::response_reader&)>;

    void connect(
        std::shared_ptr<std::vector<tcp::endpoint> const> list, std::size_t nth, opened done);
    void limit_attempt();
    void connected(opened done);
    void open_tunnel(opened done);
    void secure(opened done);
    void start(std::string head, std::string_view body, wire::answers kind, std::size_t max_bytes,
        received done);
    void write_more(received done);
    void read_more(received done);
    fault judge(error_code ec) const;
    url const& first_hop() const noexcept;
    std::string via() const;

    std::shared_ptr<route const> route_;
    stream stream_;
    tcp::resolver resolver_;
    asio::steady_timer attempt_timer_;
    std::size_t attempt_ = 0;
    read_buffer in_;
    std::string head_;
    outgoing out_;
    std::optional<wire::response_reader> reader_;
    std::size_t max_bytes_ = 0; ///< Of the answer under way.
    clock::time_point last_activity_ = clock::now();
    std::uint64_t mark_ = 0;
    std::uint64_t exchanges_ = 0;
    bool resolving_ = false;
    bool aborted_ = false;
    bool reusable_ = false;
};

} // namespace trunkline::http
