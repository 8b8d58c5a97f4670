#pragma once

#include <http/buffers.hpp>
#include <http/stream.hpp>
#include <http/wire.hpp>

#include <trunkline/http/server.hpp>

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::http {

/// What the sessions of a server share.
class server_shared {
public:
    server_shared(server_options o, server::handler h) : options(std::move(o)), handle(std::move(h))
    {}

    server_options const options;
    server::handler const handle;
    std::shared_ptr<tls_context> tls; ///< Null for plain http.
    std::atomic<bool> stopped{false}; ///< No request reaches `handle` any more.
};

/**
 * One connection of a server: reads a request, has it answered, writes the answer, and again.
 * Everything runs on the socket's executor, a strand of its own. A session lives as long as one of
 * its operations or a responder that may still be called.
 */
class server_session : public std::enable_shared_from_this<server_session> {
public:
    /// `ended` is called once, when the session is gone.
    server_session(
        tcp::socket socket, std::shared_ptr<server_shared> shared, std::function<void()> ended);
    ~server_session();

    asio::any_io_executor get_executor() { return stream_.socket().get_executor(); }
    void start();
    void close();
    void on_reply(reply r);

private:
    using clock = std::chrono::steady_clock;
    class promise;

    void read_request();
    void read_more();
    void digest();
    void send_continue();
    void dispatch();
    void refuse(wire::trouble t);

    void send(reply r);
    void prepare(reply& r);
    void play_hang();
    void write_more(void (server_session::*next)());
    void after_reply();
    void after_cut();
    void say_goodbye();
    void drain();

    /// Closes the connection unless a new deadline is set before.
    void expect_until(clock::time_point deadline);
    void watch();
    static clock::time_point in(std::chrono::milliseconds limit);

    std::shared_ptr<server_shared> shared_;
    std::function<void()> ended_;
    stream stream_;
    asio::steady_timer timer_;       ///< Of deadline_; set late, looked at when it fires.
    asio::steady_timer delay_timer_; ///< Of reply::delay.
    clock::time_point deadline_ = clock::time_point::max();
    clock::time_point timer_set_to_ = clock::time_point::max();
    read_buffer in_;
    wire::request_reader reader_;
    outgoing out_;
    std::string head_;
    std::string body_;
    wire::response_plan plan_;
    bool accepts_gzip_ = false;
    bool continued_ = false;
    bool closed_ = false;
};

} // namespace trunkline::http
