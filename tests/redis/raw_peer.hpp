#pragma once

#include "support.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trunkline::redis::test {

/// A peer that answers whatever it reads with bytes, so that a test can break any rule.
class raw_peer {
public:
    class action {
    public:
        action(std::string b, bool c = false) : bytes(std::move(b)), close(c) {}
        std::string bytes;
        bool close;
    };
    /// Called with what was read so far on the connection; its bytes are forgotten then.
    using script = std::function<action(std::string const& read)>;

    raw_peer(loop& l, script s) : state_(std::make_shared<state>(l.context, std::move(s)))
    {
        accept(state_);
    }
    ~raw_peer()
    {
        error_code ignored;
        state_->acceptor.close(ignored);
        for (auto const& s : state_->sockets) s->close(ignored);
    }
    std::string url(std::string const& user = "") const
    {
        return "redis://" + user +
            "127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
    }
    std::size_t connections() const { return state_->sockets.size(); }

private:
    using tcp = asio::ip::tcp;
    using socket = std::shared_ptr<tcp::socket>;
    class state {
    public:
        state(asio::io_context& context, script s)
            : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
              play(std::move(s))
        {}
        tcp::acceptor acceptor;
        script play;
        std::vector<socket> sockets;
    };

    static void accept(std::shared_ptr<state> const& st)
    {
        st->acceptor.async_accept([weak = std::weak_ptr(st)](error_code ec, tcp::socket accepted) {
            auto const self = weak.lock();
            if (ec || !self) return;
            auto const s = std::make_shared<tcp::socket>(std::move(accepted));
            self->sockets.push_back(s);
            read(self, s);
            accept(self);
        });
    }
    static void read(std::shared_ptr<state> const& st, socket const& s)
    {
        auto const piece = std::make_shared<std::array<char, 4096>>();
        s->async_read_some(asio::buffer(*piece),
            [weak = std::weak_ptr(st), s, piece](error_code ec, std::size_t n) {
                auto const self = weak.lock();
                if (ec || !self) return;
                auto const what = std::make_shared<action>(self->play({piece->data(), n}));
                asio::async_write(
                    *s, asio::buffer(what->bytes), [weak, s, what](error_code failed, std::size_t) {
                        auto const still = weak.lock();
                        if (failed || !still) return;
                        error_code ignored;
                        if (what->close) s->close(ignored);
                        else read(still, s);
                    });
            });
    }

    std::shared_ptr<state> state_;
};

} // namespace trunkline::redis::test
