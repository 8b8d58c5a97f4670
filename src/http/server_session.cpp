#include <http/server_session.hpp>

#include <http/ascii.hpp>
#include <http/gzip.hpp>

#include <trunkline/core/time.hpp>

#include <boost/asio/dispatch.hpp>

namespace trunkline::http {
namespace {

constexpr std::size_t gzip_above = 1024;
constexpr std::size_t joined_body = 16u << 10;
constexpr std::chrono::seconds goodbye_limit{2};
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

/// The Date field changes once a second; a busy server would otherwise format it thousands of times.
std::string_view current_date()
{
    thread_local std::int64_t second = -1;
    thread_local std::string text;
    if (auto const now = system_time::instance().unix_ms() / 1000; now != second) {
        second = now;
        text = wire::date_text(now);
    }
    return text;
}

bool is_worth_gzip(reply const& r)
{
    if (r.body.size() <= gzip_above || r.headers.contains("Content-Encoding")) return false;
    auto const type = r.headers.get("Content-Type");
    auto const has = [&](std::string_view part) {
        return type.find(part) != std::string_view::npos;
    };
    return type.starts_with("text/") || has("json") || has("xml") || has("javascript");
}

int status_of(wire::trouble t) noexcept
{
    if (t == wire::trouble::header_too_large) return 431;
    return t == wire::trouble::body_too_large ? 413 : 400;
}

} // namespace

/// The answer a handler owes. Dropped without one, the peer still gets an answer.
class server_session::promise {
public:
    explicit promise(std::shared_ptr<server_session> s) : session_(std::move(s)) {}
    promise(promise const&) = delete;
    promise& operator=(promise const&) = delete;
    ~promise() { answer(reply(500, {})); }

    void answer(reply r)
    {
        if (used_.exchange(true)) return;
        auto const executor = session_->get_executor();
        asio::dispatch(executor, [session = std::move(session_), r = std::move(r)]() mutable {
            session->on_reply(std::move(r));
        });
    }

private:
    std::shared_ptr<server_session> session_;
    std::atomic<bool> used_{false};
};

server_session::server_session(
    tcp::socket socket, std::shared_ptr<server_shared> shared, std::function<void()> ended)
    : shared_(std::move(shared)),
      ended_(std::move(ended)),
      stream_(std::move(socket)),
      timer_(get_executor()),
      delay_timer_(get_executor()),
      reader_(shared_->options.max_header_bytes, shared_->options.max_request_bytes)
{}

server_session::~server_session()
{
    ended_();
}

void server_session::start()
{
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    expect_until(in(shared_->options.request_timeout));
    if (!shared_->tls) return read_more();
    stream_.async_handshake_server(shared_->tls, [self = shared_from_this()](error_code ec) {
        if (ec) self->close();
        else self->read_more();
    });
}

void server_session::close()
{
    closed_ = true;
    timer_.cancel();
    delay_timer_.cancel();
    stream_.close();
}

// --- a request comes in ---

void server_session::read_request()
{
    reader_ =
        wire::request_reader(shared_->options.max_header_bytes, shared_->options.max_request_bytes);
    continued_ = false;
    auto const& o = shared_->options;
    expect_until(in(in_.empty() ? o.idle_timeout : o.request_timeout));
    digest();
}

void server_session::read_more()
{
    auto const room = in_.prepare();
    if (room.size() == 0) return refuse(wire::trouble::malformed); // an endless chunk header
    stream_.async_read_some(room, [self = shared_from_this()](error_code ec, std::size_t n) {
        if (ec || self->closed_) return self->close();
        if (!self->reader_.started())
            self->expect_until(in(self->shared_->options.request_timeout));
        self->in_.commit(n);
        self->digest();
    });
}

void server_session::digest()
{
    in_.consume(reader_.feed(in_.data()));
    if (reader_.trouble() != wire::trouble::none) return refuse(reader_.trouble());
    if (reader_.done()) return dispatch();
    if (reader_.expects_continue() && !continued_) return send_continue();
    read_more();
}

void server_session::send_continue()
{
    continued_ = true;
    out_ = outgoing(continue_line, {});
    write_more(&server_session::read_more);
}

void server_session::dispatch()
{
    deadline_ = clock::time_point::max(); // the handler takes the time it needs
    auto incoming = reader_.take();
    plan_ = {};
    plan_.head_only = incoming.method == "HEAD";
    plan_.keep_alive = reader_.keep_alive();
    plan_.http_1_0 = reader_.is_http_1_0();
    accepts_gzip_ = wire::accepts_gzip(incoming.headers.get("Accept-Encoding"));
    if (shared_->stopped) return close();
    auto const owed = std::make_shared<promise>(shared_from_this());
    try {
        shared_->handle(std::move(incoming), [owed](reply r) { owed->answer(std::move(r)); });
    } catch (...) {
        owed->answer(reply(500, {})); // unless it had answered before it threw
    }
}

void server_session::refuse(wire::trouble t)
{
    plan_ = {};
    plan_.keep_alive = false; // what follows in the stream cannot be understood
    accepts_gzip_ = false;
    reply r(status_of(t), std::string(wire::describe(t)) + "\n");
    r.headers.set("Content-Type", "text/plain");
    send(std::move(r));
}

// --- its answer goes out ---

void server_session::on_reply(reply r)
{
    if (closed_) return;
    if (r.delay <= std::chrono::milliseconds::zero()) return send(std::move(r));
    delay_timer_.expires_after(r.delay);
    delay_timer_.async_wait([self = shared_from_this(), r = std::move(r)](error_code ec) mutable {
        if (!ec && !self->closed_) self->send(std::move(r));
    });
}

void server_session::send(reply r)
{
    if (r.ending == ending::hang) return play_hang();
    if (r.ending == ending::reset_before) {
        stream_.reset();
        return close();
    }
    prepare(r);
    bool const cut = r.ending == ending::cut;
    write_more(cut ? &server_session::after_cut : &server_session::after_reply);
}

void server_session::prepare(reply& r)
{
    if (!wire::is_writable(r.headers) || r.status < 200 || r.status > 999) r = reply(500, {});
    if (ascii::equals(r.headers.get("Connection"), "close")) plan_.keep_alive = false;
    plan_.framing = plan_.http_1_0 ? framing::content_length : r.framing;
    plan_.date = current_date();
    bool const has_body = wire::allows_body(r.status);
    plan_.vary_encoding = has_body && is_worth_gzip(r);
    plan_.gzip = plan_.vary_encoding && accepts_gzip_;
    body_ = has_body ? std::move(r.body) : std::string();
    if (plan_.gzip) body_ = gzip_compress(body_);
    head_ = wire::response_head(r.status, r.headers, body_.size(), plan_);

    std::string_view body = body_;
    auto tail = has_body ? wire::response_tail(body.size(), plan_) : std::string_view();
    if (plan_.head_only) body = {};
    if (r.ending == ending::cut) {
        if (body.empty()) head_.resize(head_.size() / 2); // else the answer would be whole
        body = body.substr(0, body.size() / 2);
        tail = {};
    }
    if (body.size() <= joined_body) { // one system call, one TLS record
        head_.append(body).append(tail);
        body = tail = {};
    }
    out_ = outgoing(head_, body, tail);
}

void server_session::write_more(void (server_session::*next)())
{
    expect_until(in(shared_->options.request_timeout));
    stream_.async_write_some(
        out_.pieces(), [self = shared_from_this(), next](error_code ec, std::size_t n) {
            if (ec || self->closed_) return self->close();
            self->out_.consume(n);
            if (self->out_.empty()) (*self.*next)();
            else self->write_more(next);
        });
}

void server_session::after_reply()
{
    body_ = {};
    if (plan_.keep_alive && !shared_->stopped) read_request();
    else say_goodbye();
}

void server_session::after_cut()
{
    stream_.reset();
    close();
}

void server_session::play_hang()
{
    // Only reading shows that the peer gave up.
    expect_until(clock::time_point::max());
    drain();
}

void server_session::say_goodbye()
{
    expect_until(clock::now() + goodbye_limit);
    stream_.async_shutdown([self = shared_from_this()](error_code) {
        if (!self->closed_) self->drain();
    });
}

void server_session::drain()
{
    // Closing a socket with unread input sends RST, which may destroy an answer still on its way.
    in_ = {};
    stream_.socket().async_read_some(
        in_.prepare(), [self = shared_from_this()](error_code ec, std::size_t) {
            if (ec || self->closed_) self->close();
            else self->drain();
        });
}

// --- deadlines ---

server_session::clock::time_point server_session::in(std::chrono::milliseconds limit)
{
    return after(clock::now(), limit);
}

void server_session::expect_until(clock::time_point deadline)
{
    deadline_ = deadline;
    if (deadline_ < timer_set_to_) watch();
}

void server_session::watch()
{
    timer_set_to_ = deadline_;
    timer_.expires_at(deadline_);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (!self || ec || self->closed_) return;
        self->timer_set_to_ = clock::time_point::max();
        if (clock::now() >= self->deadline_) self->close();
        else if (self->deadline_ != clock::time_point::max()) self->watch();
    });
}

} // namespace trunkline::http
