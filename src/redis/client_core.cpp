#include <redis/client_core.hpp>

#include <trunkline/core/crypto.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace trunkline::redis {
namespace {

using milliseconds = std::chrono::milliseconds;

std::shared_ptr<route const> make_route(address const& where, client_options const& options)
{
    if (where.transport == transport_kind::tcp && !options.allow_plain_tcp && !where.is_local())
        throw error(errc::insecure_url,
            "plain TCP to Redis at " + where.shown() +
                " is refused; use rediss:// or allow plain TCP explicitly");
    auto made = std::make_shared<route>();
    made->target = where;
    if (where.transport == transport_kind::tls) {
        http::tls_context::client_settings tls;
        tls.verify = options.verify_tls;
        tls.ca_file = options.ca_file;
        tls.certificate_file = options.certificate_file;
        tls.key_file = options.key_file;
        tls.protocol.clear(); // Redis knows no ALPN
        made->tls = http::tls_context::for_client(tls);
    }
    return made;
}

std::uint64_t seed_of(client_options const& options)
{
    if (options.seed != 0) return options.seed;
    std::uint64_t seed = 0;
    auto const bytes = crypto::random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

} // namespace

client_core::client_core(
    asio::any_io_executor executor, address const& where, client_options const& options)
    : executor_(std::move(executor)),
      strand_(asio::make_strand(executor_)),
      options_(options),
      route_(make_route(where, options)),
      server_(where.shown()),
      random_(seed_of(options)),
      process_(::getpid()),
      timer_(strand_)
{}

void client_core::start(std::shared_ptr<call> const& c)
{
    if (c->is_done()) return; // cancelled before it began
    if (stopped_) return c->fail({errc::canceled, "the client of Redis was destroyed"});
    check_process();
    if (waiting_.size() + sent_.size() >= options_.max_pending ||
        pending_bytes_ + c->bytes().size() > options_.max_pending_bytes)
        return c->fail({errc::circuit_open,
            "too many commands wait for Redis at " + server_ + "; nothing was sent"});
    if (state_ == state::ready && sent_.empty() && !transport_->is_quiet())
        drop_connection(); // the server closed it while it was idle
    waiting_.push_back(c);
    pending_bytes_ += c->bytes().size();
    if (state_ == state::closed) open();
    else if (state_ == state::ready) send_waiting();
    watch();
}

void client_core::cancel(std::shared_ptr<call> const& c)
{
    if (c->is_done()) return;
    // What was sent keeps its place in the line, so that its reply meets nobody else.
    if (std::erase(waiting_, c) > 0) pending_bytes_ -= c->bytes().size();
    c->fail({errc::canceled, "the command to Redis at " + server_ + " was cancelled"});
}

void client_core::stop()
{
    stopped_ = true;
    fault const why{errc::canceled, "the client of Redis was destroyed"};
    for (auto const& c : sent_) c->fail(why);
    sent_.clear();
    fail_waiting(why);
    drop_connection();
    timer_.cancel();
}

void client_core::check_process() noexcept
{
    auto const now = ::getpid();
    if (now == process_) return;
    // A forked child: connection and commands are the parent's, and not a byte may be added to them.
    process_ = now;
    sent_.clear();
    waiting_.clear();
    pending_bytes_ = 0;
    drop_connection();
    failures_ = 0;
}

// --- opening ---

void client_core::open()
{
    auto const now = clock::now();
    if (now < not_before_) return fail_waiting(last_fault_);
    state_ = state::opening;
    ++connection_;
    transport_ = std::make_shared<transport>(strand_, route_);
    parser_.emplace(options_.max_reply_bytes);
    open_until_ = now + options_.connect_timeout;
    transport_->open([self = shared_from_this(), connection = connection_](fault f) {
        if (self->connection_ == connection) self->on_open(std::move(f));
    });
}

void client_core::on_open(fault f)
{
    if (f) return end(std::move(f));
    greet();
    if (greetings_ > 0) {
        state_ = state::greeting;
    } else {
        state_ = state::ready;
        send_waiting();
    }
    watch();
}

void client_core::greet()
{
    auto const& to = route_->target;
    greetings_ = 0;
    if (!to.password.empty()) {
        command auth{"AUTH"};
        if (!to.user.empty()) auth.add(to.user);
        next_out_ += auth.add(to.password).wire();
        ++greetings_;
    }
    if (to.database != 0) {
        next_out_ += command{"SELECT"}.add(static_cast<std::int64_t>(to.database)).wire();
        ++greetings_;
    }
    if (greetings_ == 0) return;
    write();
    read();
}

// --- traffic ---

void client_core::send_waiting()
{
    for (auto& c : waiting_) {
        next_out_ += c->bytes();
        sent_.push_back(std::move(c));
    }
    waiting_.clear();
    write();
    read();
}

void client_core::write()
{
    if (!out_.empty()) return; // under way
    out_.swap(next_out_);
    sent_of_out_ = 0;
    if (!out_.empty()) write_more();
}

void client_core::write_more()
{
    transport_->write_some(std::string_view(out_).substr(sent_of_out_),
        [self = shared_from_this(), connection = connection_](error_code ec, std::size_t n) {
            if (self->connection_ != connection) return;
            if (ec) return self->lost(ec);
            self->sent_of_out_ += n;
            if (self->sent_of_out_ < self->out_.size()) return self->write_more();
            self->out_.clear();
            self->write();
        });
}

void client_core::read()
{
    if (reading_ || (sent_.empty() && greetings_ == 0)) return;
    reading_ = true;
    transport_->read_some(asio::buffer(in_),
        [self = shared_from_this(), connection = connection_](error_code ec, std::size_t n) {
            if (self->connection_ != connection) return;
            self->reading_ = false;
            if (ec) return self->lost(ec);
            self->on_bytes(n);
        });
}

void client_core::on_bytes(std::size_t n)
{
    parser_->feed({in_.data(), n});
    reply r;
    while (parser_->next(r))
        if (!on_reply(std::move(r))) return;
    if (parser_->trouble() != errc{})
        return end(
            {parser_->trouble(), "what Redis at " + server_ + " answered " + parser_->complaint()});
    read();
    watch();
}

/// False if the connection ended.
bool client_core::on_reply(reply r)
{
    if (greetings_ > 0) {
        if (r.is_error()) {
            auto const code = route_->target.password.empty() ? code_of(r) : errc::unauthorized;
            end({code,
                "Redis at " + server_ + " refused the connection with " + first_word(r) +
                    "; check user, password and database"});
            return false;
        }
        if (--greetings_ == 0) {
            state_ = state::ready;
            send_waiting();
        }
        return true;
    }
    if (sent_.empty()) {
        end({errc::protocol_error, "Redis at " + server_ + " answered what nobody asked"});
        return false;
    }
    auto const c = std::move(sent_.front());
    sent_.pop_front();
    pending_bytes_ -= c->bytes().size();
    bool const refused = r.is_error() && code_of(r) == errc::unauthorized;
    if (!refused) {
        useful_ = true;
        failures_ = 0;
    }
    c->answer(server_, std::move(r));
    return true;
}

void client_core::lost(error_code ec)
{
    end({errc::connection_lost,
        "Redis at " + server_ + " closed the connection" +
            (ec == asio::error::eof ? "" : " (" + ec.message() + ")") +
            "; commands under way may have been executed"});
}

// --- the end of a connection ---

void client_core::end(fault why)
{
    // A connection that worked may be replaced at once; one that never did is not asked again so soon.
    bool const worked = std::exchange(useful_, false);
    ++failures_;
    not_before_ = worked ? clock::time_point{} : clock::now() + pause();
    last_fault_ = why;
    drop_connection();
    auto const sent = std::exchange(sent_, {});
    for (auto const& c : sent) {
        pending_bytes_ -= c->bytes().size();
        c->fail(why);
    }
    if (!worked) fail_waiting(why);
    else if (!waiting_.empty()) open();
    watch();
}

void client_core::fail_waiting(fault const& why)
{
    auto const failed = std::exchange(waiting_, {});
    for (auto const& c : failed) {
        pending_bytes_ -= c->bytes().size();
        c->fail(why);
    }
}

void client_core::drop_connection() noexcept
{
    ++connection_;
    if (transport_) transport_->close();
    transport_.reset();
    state_ = state::closed;
    useful_ = false;
    reading_ = false;
    greetings_ = 0;
    out_.clear();
    next_out_.clear();
}

milliseconds client_core::pause()
{
    auto const doublings = std::min(failures_ - 1, 20u);
    auto const full =
        std::min(options_.reconnect_base.count() << doublings, options_.reconnect_cap.count());
    auto const chance = random_.unit() * static_cast<double>(full / 2);
    return milliseconds(full / 2 + static_cast<std::int64_t>(chance));
}

// --- deadlines ---

void client_core::watch()
{
    auto when = clock::time_point::max();
    if (state_ == state::opening || state_ == state::greeting) when = open_until_;
    if (!sent_.empty()) when = std::min(when, sent_.front()->deadline());
    if (!waiting_.empty()) when = std::min(when, waiting_.front()->deadline());
    if (when == watched_) return;
    watched_ = when;
    timer_.cancel();
    if (when == clock::time_point::max()) return;
    timer_.expires_at(when);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (self && !ec) self->on_timer();
    });
}

void client_core::on_timer()
{
    watched_ = clock::time_point::max();
    auto const now = clock::now();
    bool const opening = state_ == state::opening || state_ == state::greeting;
    if (opening && now >= open_until_)
        return end({errc::timeout,
            "no connection to Redis at " + server_ + " within " +
                std::to_string(options_.connect_timeout.count()) + " ms; nothing was sent"});
    fault const late{errc::timeout,
        "no reply from Redis at " + server_ + " within " +
            std::to_string(options_.command_timeout.count()) + " ms"};
    if (!sent_.empty() && now >= sent_.front()->deadline()) return end(late);
    while (!waiting_.empty() && now >= waiting_.front()->deadline()) {
        auto const c = std::move(waiting_.front());
        waiting_.pop_front();
        pending_bytes_ -= c->bytes().size();
        c->fail(late);
    }
    watch();
}

} // namespace trunkline::redis
