#pragma once

#include "raw_peer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace trunkline::http::test {

/// Copies bytes to a local port and back; resets the connection once `limit` bytes came back.
class relay {
public:
    relay(loop& l, std::uint16_t to, std::size_t limit)
        : state_(std::make_shared<state>(l.context, to, limit))
    {
        accept(state_);
    }
    ~relay()
    {
        error_code ignored;
        state_->acceptor.close(ignored);
        state_->break_off();
    }
    std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }

    /// Starts copying between an accepted connection and a local port; also used by the test proxy.
    static void tunnel(asio::io_context& context, tcp::socket accepted, std::uint16_t to)
    {
        auto const st = std::make_shared<state>(context, to, SIZE_MAX);
        st->acceptor.close();
        st->near = std::move(accepted);
        connect(st);
    }

private:
    struct state {
        state(asio::io_context& context, std::uint16_t p, std::size_t n)
            : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
              near(context),
              far(context),
              to(p),
              left(n)
        {}
        void break_off()
        {
            error_code ignored;
            near.set_option(asio::socket_base::linger(true, 0), ignored);
            near.close(ignored);
            far.close(ignored);
        }
        tcp::acceptor acceptor;
        tcp::socket near;
        tcp::socket far;
        std::uint16_t to;
        std::size_t left;
        std::array<char, 4096> out{};
        std::array<char, 4096> back{};
    };
    using shared = std::shared_ptr<state>;

    static void accept(shared const& st)
    {
        st->acceptor.async_accept(st->near, [st](error_code ec) {
            if (!ec) connect(st);
        });
    }
    static void connect(shared const& st)
    {
        if (st->left == 0) return st->break_off();
        st->far.async_connect(
            tcp::endpoint(asio::ip::address_v4::loopback(), st->to), [st](error_code ec) {
                if (ec) return st->break_off();
                copy_out(st);
                copy_back(st);
            });
    }
    static void copy_out(shared const& st)
    {
        st->near.async_read_some(asio::buffer(st->out), [st](error_code ec, std::size_t n) {
            if (ec) return st->break_off();
            asio::async_write(
                st->far, asio::buffer(st->out, n), [st](error_code failed, std::size_t) {
                    if (failed) return st->break_off();
                    copy_out(st);
                });
        });
    }
    static void copy_back(shared const& st)
    {
        st->far.async_read_some(asio::buffer(st->back, std::min(st->back.size(), st->left)),
            [st](error_code ec, std::size_t n) {
                if (ec) return st->break_off();
                st->left -= n;
                asio::async_write(
                    st->near, asio::buffer(st->back, n), [st](error_code failed, std::size_t) {
                        if (failed || st->left == 0) return st->break_off();
                        copy_back(st);
                    });
            });
    }

    shared state_;
};

} // namespace trunkline::http::test
