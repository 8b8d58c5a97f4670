#include <http/connection.hpp>

namespace trunkline::http {
namespace {

/// Bodies up to this size travel in one piece with the header: one system call, one TLS record.
constexpr std::size_t joined_body = 16u << 10;

fault broken_off()
{
    return {errc::canceled, "the operation was ended from this side"};
}

} // namespace

connection::connection(asio::any_io_executor strand, std::shared_ptr<route const> r)
    : route_(std::move(r)), stream_(tcp::socket(strand)), resolver_(strand), attempt_timer_(strand)
{}

url const& connection::first_hop() const noexcept
{
    return route_->proxy ? *route_->proxy : route_->target;
}

std::string connection::via() const
{
    return route_->proxy ? "the proxy " + route_->proxy->authority() : route_->peer;
}

void connection::open(opened done)
{
    using addresses = std::vector<tcp::endpoint>;
    if (!route_->addresses.empty())
        return connect(std::make_shared<addresses>(route_->addresses), 0, std::move(done));
    resolving_ = true;
    resolver_.async_resolve(first_hop().host, first_hop().port, tcp::resolver::numeric_service,
        [self = shared_from_this(), done = std::move(done)](
            error_code failed, tcp::resolver::results_type found) {
            self->resolving_ = false;
            if (self->aborted_) return;
            if (failed)
                return done({errc::resolve_failed,
                    "cannot resolve the host of " + self->via() + ": " + failed.message() +
                        "; check the name and the network"});
            self->connect(std::make_shared<addresses>(found.begin(), found.end()), 0, done);
        });
}

void connection::connect(
    std::shared_ptr<std::vector<tcp::endpoint> const> list, std::size_t nth, opened done)
{
    bool const last = nth + 1 >= list->size();
    auto const where = list->at(nth);
    stream_.close(); // of the attempt before
    if (!last) limit_attempt();
    stream_.socket().async_connect(where,
        [self = shared_from_this(), list = std::move(list), nth, last, done = std::move(done)](
            error_code ec) {
            ++self->attempt_;
            self->attempt_timer_.cancel();
            if (self->aborted_) return done(broken_off());
            if (!ec) return self->connected(done);
            if (!last) return self->connect(list, nth + 1, done);
            done({errc::connect_failed,
                "cannot connect to " + self->via() + ": " + ec.message() +
                    "; check the address and the service"});
        });
}

void connection::limit_attempt()
{
    // An address that swallows packets (IPv6 without a route, often) must leave time for the next.
    if (route_->address_timeout <= std::chrono::milliseconds::zero()) return;
    attempt_timer_.expires_after(route_->address_timeout);
    attempt_timer_.async_wait([weak = weak_from_this(), attempt = attempt_](error_code ec) {
        auto const self = weak.lock();
        if (!ec && self && self->attempt_ == attempt) self->stream_.close();
    });
}

void connection::connected(opened done)
{
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    if (!route_->tls) return done({});
    route_->proxy ? open_tunnel(std::move(done)) : secure(std::move(done));
}

void connection::open_tunnel(opened done)
{
    auto const authority = route_->target.authority();
    std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!route_->proxy_authorization.empty())
        head += "Proxy-Authorization: " + route_->proxy_authorization + "\r\n";
    head += "\r\n";
    start(std::move(head), {}, wire::answers::connect, wire::max_header_bytes,
        [self = shared_from_this(), done = std::move(done)](fault f, wire::response_reader& reader) {
            if (self->aborted_) return done(broken_off());
            if (f) return done({errc::connect_failed, std::move(f.message)});
            auto const status = reader.take().status;
            if (status / 100 != 2)
                return done({errc::connect_failed,
                    self->via() + " refused the tunnel to " + self->route_->peer + " with status " +
                        std::to_string(status) +
                        (status == 407 ? "; check its user and password" : "")});
            if (!self->in_.empty())
                return done(
                    {errc::connect_failed, self->via() + " sent data before the tunnel was used"});
            self->secure(done);
        });
}

void connection::secure(opened done)
{
    stream_.async_handshake_client(route_->tls, route_->target.host,
        [self = shared_from_this(), done = std::move(done)](error_code ec) {
            if (self->aborted_) return done(broken_off());
            done(ec ? self->stream_.describe_handshake(ec, self->route_->peer) : fault{});
        });
}

void connection::exchange(std::string head, std::string_view body, wire::answers kind,
    std::size_t max_bytes, answered done)
{
    ++exchanges_;
    start(std::move(head), body, kind, max_bytes,
        [self = shared_from_this(), done = std::move(done)](fault f, wire::response_reader& reader) {
            // Bytes behind the answer belong to no request of ours: such a connection is not trusted again.
            self->reusable_ = !f && !self->aborted_ && reader.keep_alive() && self->in_.empty() &&
                self->out_.empty();
            if (f) return done(std::move(f), reader.take_head());
            done({}, reader.take());
        });
}

void connection::start(std::string head, std::string_view body, wire::answers kind,
    std::size_t max_bytes, received done)
{
    mark_ = stream_.bytes_written();
    last_activity_ = clock::now();
    reusable_ = false;
    max_bytes_ = max_bytes;
    reader_.emplace(kind, max_bytes);
    head_ = std::move(head);
    if (body.size() <= joined_body) {
        head_.append(body);
        body = {};
    }
    out_ = outgoing(head_, body);
    write_more(std::move(done));
}

void connection::write_more(received done)
{
    stream_.async_write_some(out_.pieces(),
        [self = shared_from_this(), done = std::move(done)](error_code ec, std::size_t n) mutable {
            self->last_activity_ = clock::now();
            self->out_.consume(n);
            if (!ec && !self->out_.empty()) return self->write_more(std::move(done));
            // A peer may answer early ("413") and stop reading: what it said is worth more than EPIPE.
            if (!ec || (self->wrote_anything() && !self->aborted_))
                return self->read_more(std::move(done));
            done(self->judge(ec), *self->reader_);
        });
}

void connection::read_more(received done)
{
    auto const room = in_.prepare();
    if (room.size() == 0)
        return done(
            {errc::protocol_error, via() + " answered something that is not HTTP/1.1"}, *reader_);
    stream_.async_read_some(room,
        [self = shared_from_this(), done = std::move(done)](error_code ec, std::size_t n) mutable {
            self->last_activity_ = clock::now();
            self->in_.commit(n);
            self->in_.consume(self->reader_->feed(self->in_.data()));
            if (ec) self->reader_->end_of_stream(ec == asio::error::eof);
            auto& reader = *self->reader_;
            if (reader.done()) return done({}, reader);
            if (ec || reader.trouble() != wire::trouble::none) return done(self->judge(ec), reader);
            self->read_more(std::move(done));
        });
}

fault connection::judge(error_code ec) const
{
    if (aborted_) return broken_off();
    auto const trouble = reader_->trouble();
    auto const what = via() + ": " + std::string(wire::describe(trouble));
    switch (trouble) {
    case wire::trouble::header_too_large:
    case wire::trouble::body_too_large:
        return {errc::too_large,
            what + " of " + std::to_string(max_bytes_) +
                " bytes; raise max_response_bytes if it is right"};
    case wire::trouble::malformed:
    case wire::trouble::bad_encoding: return {errc::protocol_error, "bad answer from " + what};
    case wire::trouble::truncated:
        if (reader_->started() && ec == asio::error::eof)
            return {errc::protocol_error, "bad answer from " + what};
        break;
    case wire::trouble::none: break;
    }
    return {errc::connection_lost,
        via() + " closed the connection " +
            (reader_->started() ? "in the middle of its answer" : "without an answer") +
            (ec && ec != asio::error::eof ? " (" + ec.message() + ")" : "")};
}

void connection::abort() noexcept
{
    aborted_ = true;
    reusable_ = false;
    resolver_.cancel();
    attempt_timer_.cancel();
    stream_.close();
}

bool connection::is_usable() noexcept
{
    return reusable_ && stream_.is_quiet();
}

} // namespace trunkline::http
