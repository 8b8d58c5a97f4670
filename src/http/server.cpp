#include <trunkline/http/server.hpp>

#include <http/server_session.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <mutex>
#include <unordered_map>
#include <vector>

namespace trunkline::http {
namespace {

/// After an error of accept() that will not go away at once, such as "too many open files".
constexpr std::chrono::milliseconds accept_pause{50};

} // namespace

/// Accepts connections and knows the sessions; they do not keep each other alive.
class server::impl : public std::enable_shared_from_this<server::impl> {
public:
    impl(asio::any_io_executor executor, server_options options, handler h)
        : executor_(std::move(executor)),
          strand_(asio::make_strand(executor_)),
          acceptor_(strand_),
          pause_(strand_),
          shared_(std::make_shared<server_shared>(std::move(options), std::move(h)))
    {
        auto const& o = shared_->options;
        if (o.certificate_file.empty() != o.key_file.empty())
            throw error(
                errc::invalid_argument, "a TLS server needs both certificate_file and key_file");
        if (!o.certificate_file.empty())
            shared_->tls = tls_context::for_server(o.certificate_file, o.key_file);
        listen();
    }

    void start()
    {
        asio::post(strand_, [self = shared_from_this()] { self->accept(); });
    }

    void stop()
    {
        shared_->stopped = true;
        asio::post(strand_, [self = shared_from_this()] {
            error_code ignored;
            self->acceptor_.close(ignored);
            self->pause_.cancel();
            for (auto const& session : self->living())
                asio::post(session->get_executor(), [session] { session->close(); });
        });
    }

    std::uint16_t port() const noexcept { return port_; }
    server_options const& options() const noexcept { return shared_->options; }

private:
    void listen()
    {
        auto const& o = shared_->options;
        auto const where = o.address + ':' + std::to_string(o.port);
        error_code ec;
        auto const address = asio::ip::make_address(o.address, ec);
        if (ec)
            throw error(errc::invalid_argument, "cannot listen on " + where + ": not an IP address");
        tcp::endpoint const endpoint(address, o.port);
        acceptor_.open(endpoint.protocol(), ec);
        if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
        if (!ec) acceptor_.bind(endpoint, ec);
        if (!ec) acceptor_.listen(tcp::acceptor::max_listen_connections, ec);
        if (ec)
            throw error(errc::connect_failed, "cannot listen on " + where + ": " + ec.message());
        port_ = acceptor_.local_endpoint().port();
    }

    void accept()
    {
        if (!acceptor_.is_open() || accepting_) return;
        if (count() >= shared_->options.max_connections) return; // until a session ends
        accepting_ = true;
        acceptor_.async_accept(asio::any_io_executor(asio::make_strand(executor_)),
            [self = shared_from_this()](error_code ec, tcp::socket socket) {
                self->accepting_ = false;
                if (ec) return self->pause();
                self->open_session(std::move(socket));
                self->accept();
            });
    }

    void pause()
    {
        pause_.expires_after(accept_pause);
        pause_.async_wait([self = shared_from_this()](error_code ec) {
            if (!ec) self->accept();
        });
    }

    void open_session(tcp::socket socket)
    {
        auto const id = next_id_++;
        auto const session = std::make_shared<server_session>(
            std::move(socket), shared_, [weak = weak_from_this(), id] {
                if (auto const self = weak.lock()) self->forget(id);
            });
        {
            std::lock_guard const lock(mutex_);
            sessions_.emplace(id, session);
        }
        asio::post(session->get_executor(), [session] { session->start(); });
    }

    /// Any thread: the last user of a session may be a responder.
    void forget(std::uint64_t id)
    {
        bool was_full = false;
        {
            std::lock_guard const lock(mutex_);
            was_full = sessions_.size() >= shared_->options.max_connections;
            sessions_.erase(id);
        }
        if (was_full && !shared_->stopped) start();
    }

    std::size_t count() const
    {
        std::lock_guard const lock(mutex_);
        return sessions_.size();
    }

    std::vector<std::shared_ptr<server_session>> living() const
    {
        std::lock_guard const lock(mutex_);
        std::vector<std::shared_ptr<server_session>> out;
        for (auto const& [id, weak] : sessions_)
            if (auto session = weak.lock()) out.push_back(std::move(session));
        return out;
    }

    asio::any_io_executor executor_;
    asio::any_io_executor strand_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::shared_ptr<server_shared> shared_;
    std::uint16_t port_ = 0;
    bool accepting_ = false;
    std::uint64_t next_id_ = 0; // on the strand
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::weak_ptr<server_session>> sessions_;
};

server::server(boost::asio::any_io_executor executor, server_options options, handler h)
    : impl_(std::make_shared<impl>(std::move(executor), std::move(options), std::move(h)))
{
    impl_->start();
}

server::~server()
{
    stop();
}

std::uint16_t server::port() const noexcept
{
    return impl_->port();
}

std::string server::url() const
{
    auto const& o = impl_->options();
    bool const v6 = o.address.find(':') != std::string::npos;
    return (o.certificate_file.empty() ? "http://" : "https://") +
        (v6 ? '[' + o.address + ']' : o.address) + ':' + std::to_string(port());
}

void server::stop()
{
    impl_->stop();
}

} // namespace trunkline::http
