#include <redis/transport.hpp>

#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

namespace trunkline::redis {

transport::transport(asio::any_io_executor const& strand, std::shared_ptr<route const> r)
    : route_(std::move(r)),
      resolver_(strand),
      stream_(http::tcp::socket(strand)),
      local_(strand),
      is_local_(route_->target.transport == transport_kind::local)
{}

void transport::open(opened done)
{
    if (is_local_) return open_local(std::move(done));
    resolver_.async_resolve(route_->target.host, route_->target.port,
        http::tcp::resolver::numeric_service,
        [self = shared_from_this(), done = std::move(done)](
            error_code failed, http::tcp::resolver::results_type found) {
            if (self->closed_) return done({errc::canceled, "closed"});
            if (failed)
                return done({errc::resolve_failed,
                    "cannot resolve the host of " + self->route_->target.shown() + ": " +
                        failed.message() + "; check the name and the network"});
            self->connect(std::make_shared<addresses>(found.begin(), found.end()), 0, done);
        });
}

void transport::open_local(opened done)
{
    auto const& path = route_->target.path;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        fault too_long{errc::invalid_argument, path + " is too long for the path of a socket"};
        return asio::post(
            local_.get_executor(), [done = std::move(done), f = std::move(too_long)] { done(f); });
    }
    local_.async_connect(asio::local::stream_protocol::endpoint(path),
        [self = shared_from_this(), done = std::move(done)](
            error_code ec) { done(ec ? self->unreachable(ec) : fault()); });
}

void transport::connect(std::shared_ptr<addresses const> list, std::size_t nth, opened done)
{
    stream_.close(); // of the attempt before
    auto const where = list->at(nth);
    stream_.socket().async_connect(where,
        [self = shared_from_this(), list = std::move(list), nth, done = std::move(done)](
            error_code ec) {
            if (self->closed_) return done({errc::canceled, "closed"});
            if (!ec) return self->connected(done);
            if (nth + 1 < list->size()) return self->connect(list, nth + 1, done);
            done(self->unreachable(ec));
        });
}

void transport::connected(opened done)
{
    error_code ignored;
    stream_.socket().set_option(http::tcp::no_delay(true), ignored);
    if (!route_->tls) return done({});
    stream_.async_handshake_client(route_->tls, route_->target.host,
        [self = shared_from_this(), done = std::move(done)](error_code ec) {
            done(ec ? self->stream_.describe_handshake(ec, self->route_->target.shown()) : fault{});
        });
}

fault transport::unreachable(error_code ec) const
{
    return {errc::connect_failed,
        "cannot connect to Redis at " + route_->target.shown() + ": " + ec.message() +
            "; check the address and the service"};
}

void transport::read_some(asio::mutable_buffer buffer, moved done)
{
    auto handler = [self = shared_from_this(), done = std::move(done)](
                       error_code ec, std::size_t n) { done(ec, n); };
    if (is_local_) local_.async_read_some(buffer, std::move(handler));
    else stream_.async_read_some(buffer, std::move(handler));
}

void transport::write_some(std::string_view bytes, moved done)
{
    auto handler = [self = shared_from_this(), done = std::move(done)](
                       error_code ec, std::size_t n) { done(ec, n); };
    asio::const_buffer const data(bytes.data(), bytes.size());
    if (is_local_) local_.async_write_some(data, std::move(handler));
    else stream_.async_write_some({data, {}, {}}, std::move(handler));
}

bool transport::is_quiet() noexcept
{
    if (!is_local_) return stream_.is_quiet();
    char byte = 0;
    auto const n = ::recv(local_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void transport::close() noexcept
{
    closed_ = true;
    resolver_.cancel();
    stream_.close();
    error_code ignored;
    local_.close(ignored);
}

} // namespace trunkline::redis
