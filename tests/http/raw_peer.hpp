#pragma once

#include "support.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trunkline::http::test {

using asio::ip::tcp;

/// What a peer does once it has read the header of a request.
class action {
public:
    enum class end { keep, close, reset };
    action() {}
    action(std::string b, end e = end::keep) : bytes(std::move(b)), after(e) {}
    std::string bytes;
    end after = end::keep;
};

/// A server that plays back bytes, so that a test can break any rule.
class raw_peer {
public:
    using script = std::function<action(std::size_t nth)>;

    raw_peer(loop& l, script s) : state_(std::make_shared<state>(l.context, std::move(s)))
    {
        accept(state_);
    }
    /// With `greeting`, acts on the connection itself instead of a request.
    raw_peer(loop& l, action greeting) : state_(std::make_shared<state>(l.context, nullptr))
    {
        state_->greeting = std::move(greeting);
        accept(state_);
    }
    ~raw_peer()
    {
        error_code ignored;
        state_->acceptor.close(ignored);
        for (auto const& s : state_->sockets) s->close(ignored);
    }

    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
    }
    std::size_t connections() const { return state_->sockets.size(); }
    std::vector<std::string> const& requests() const { return state_->requests; }
    void close_connections()
    {
        error_code ignored;
        for (auto const& s : state_->sockets) s->close(ignored);
    }

private:
    struct state {
        state(asio::io_context& context, script s)
            : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
              play(std::move(s))
        {}
        tcp::acceptor acceptor;
        script play;
        std::optional<action> greeting;
        std::vector<std::shared_ptr<tcp::socket>> sockets;
        std::vector<std::string> requests;
    };
    using socket = std::shared_ptr<tcp::socket>;

    static void accept(std::shared_ptr<state> const& st)
    {
        st->acceptor.async_accept([weak = std::weak_ptr(st)](error_code ec, tcp::socket accepted) {
            auto const self = weak.lock();
            if (ec || !self) return;
            auto const s = std::make_shared<tcp::socket>(std::move(accepted));
            self->sockets.push_back(s);
            if (self->greeting) act(self, s, *self->greeting);
            else read(self, s, std::make_shared<std::string>());
            accept(self);
        });
    }
    static void read(
        std::shared_ptr<state> const& st, socket const& s, std::shared_ptr<std::string> const& text)
    {
        auto const piece = std::make_shared<std::array<char, 4096>>();
        s->async_read_some(asio::buffer(*piece),
            [weak = std::weak_ptr(st), s, text, piece](error_code ec, std::size_t n) {
                auto const self = weak.lock();
                if (ec || !self) return;
                text->append(piece->data(), n);
                auto const end = text->find("\r\n\r\n");
                if (end == std::string::npos) return read(self, s, text);
                self->requests.push_back(*text);
                act(self, s, self->play(self->requests.size() - 1));
            });
    }
    static void act(std::shared_ptr<state> const& st, socket const& s, action const& what)
    {
        auto const bytes = std::make_shared<std::string>(what.bytes);
        asio::async_write(*s, asio::buffer(*bytes),
            [weak = std::weak_ptr(st), s, bytes, after = what.after](error_code ec, std::size_t) {
                auto const self = weak.lock();
                if (ec || !self) return;
                error_code ignored;
                if (after == action::end::reset)
                    s->set_option(asio::socket_base::linger(true, 0), ignored);
                if (after != action::end::keep) s->close(ignored);
                else if (self->play) read(self, s, std::make_shared<std::string>());
            });
    }

    std::shared_ptr<state> state_;
};

inline constexpr char ok_response[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

} // namespace trunkline::http::test
