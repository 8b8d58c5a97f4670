#include <http/exchange_op.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <vector>

namespace trunkline::http {
namespace {

using milliseconds = std::chrono::milliseconds;

std::string text(milliseconds limit)
{
    return std::to_string(limit.count()) + " ms";
}

} // namespace

client_core::client_core(std::shared_ptr<client_settings const> s)
    : settings_(std::move(s)),
      pool_(settings_->strand, settings_->path, settings_->options.max_connections,
          settings_->options.idle_timeout)
{}

void client_core::add(std::shared_ptr<exchange_op> const& op)
{
    running_.emplace(op.get(), op);
}

void client_core::remove(exchange_op const& op) noexcept
{
    running_.erase(&op);
}

void client_core::stop()
{
    stopped_ = true;
    std::vector<std::shared_ptr<exchange_op>> running; // cancelling changes the map
    for (auto const& [ignored, weak] : running_)
        if (auto op = weak.lock()) running.push_back(std::move(op));
    for (auto const& op : running) op->cancel();
    pool_.close_idle();
}

exchange_op::exchange_op(std::shared_ptr<client_core> const& core, request r,
    send_options const& limits, diagnostics& diag, handler h)
    : core_(core),
      settings_(core->shared_settings()),
      request_(std::move(r)),
      read_timeout_(limits.read_timeout.value_or(settings_->options.read_timeout)),
      total_timeout_(limits.total_timeout.value_or(settings_->options.total_timeout)),
      max_response_bytes_(limits.max_response_bytes.value_or(settings_->options.max_response_bytes)),
      diag_(&diag),
      handler_(std::move(h)),
      work_(asio::prefer(asio::any_completion_executor(
                             asio::get_associated_executor(handler_, settings_->executor)),
          asio::execution::outstanding_work.tracked)),
      timer_(settings_->strand)
{}

void exchange_op::listen_for_cancellation()
{
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([weak = weak_from_this(), strand = settings_->strand](asio::cancellation_type type) {
        constexpr auto supported =
            asio::cancellation_type::terminal | asio::cancellation_type::partial;
        if ((type & supported) == asio::cancellation_type::none) return;
        asio::post(strand, [weak] {
            if (auto const self = weak.lock()) self->cancel();
        });
    });
}

void exchange_op::start()
{
    if (phase_ == phase::done) return; // cancelled before it began
    if (auto const problem = wire::check(request_); !problem.empty())
        return finish({errc::invalid_argument, "the request was not sent: " + std::string(problem)});
    auto const core = core_.lock();
    core->add(shared_from_this());
    core->pool().acquire(shared_from_this());
}

void exchange_op::cancel()
{
    abort({errc::canceled, "the request to " + settings_->path->peer + " was cancelled"});
}

void exchange_op::on_connection(std::shared_ptr<connection> c, bool fresh)
{
    connection_ = std::move(c);
    total_deadline_ = after(clock::now(), total_timeout_);
    fresh ? open() : send();
}

void exchange_op::open()
{
    phase_ = phase::opening;
    open_began_ = clock::now();
    watch();
    connection_->open([self = shared_from_this()](fault f) {
        if (self->phase_ == phase::done) return;
        if (f || self->abort_reason_) return self->finish(std::move(f));
        self->send();
    });
}

void exchange_op::send()
{
    phase_ = phase::exchanging;
    auto const kind = request_.method == "HEAD" ? wire::answers::head : wire::answers::ordinary;
    connection_->exchange(head(), request_.body, kind, max_response_bytes_,
        [self = shared_from_this()](
            fault f, response r) { self->on_answer(std::move(f), std::move(r)); });
    watch();
}

void exchange_op::on_answer(fault f, response r)
{
    bool const stale =
        f && !abort_reason_ && connection_->is_reused() && !connection_->wrote_anything();
    auto const core = core_.lock();
    if (!stale || !core) return finish(std::move(f), std::move(r));
    connection_ = core->pool().replace(connection_);
    open();
}

std::string exchange_op::head() const
{
    auto const& path = *settings_->path;
    auto const authority = path.target.authority();
    bool const default_port = path.target.port == (path.target.is_tls() ? "443" : "80");
    auto const host = default_port ? authority.substr(0, authority.rfind(':')) : authority;
    auto target = path.target.path + request_.target;
    headers defaults;
    defaults.add("User-Agent", settings_->options.user_agent);
    defaults.add("Accept-Encoding", "gzip");
    if (path.proxy && !path.target.is_tls()) {
        target.insert(0, "http://" + host);
        if (!path.proxy_authorization.empty())
            defaults.add("Proxy-Authorization", path.proxy_authorization);
    }
    return wire::request_head(request_, target, host, defaults);
}

// --- deadlines ---

exchange_op::clock::time_point exchange_op::deadline() const
{
    auto const silence = phase_ == phase::opening
        ? after(open_began_, settings_->options.connect_timeout)
        : after(connection_->last_activity(), read_timeout_);
    return std::min(total_deadline_, silence);
}

void exchange_op::watch()
{
    auto const when = deadline();
    if (when == clock::time_point::max()) return;
    // Progress moves the deadline without touching the timer; it looks again when it fires.
    timer_.expires_at(when);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (self && !ec) self->on_timer();
    });
}

void exchange_op::on_timer()
{
    if (phase_ == phase::done || abort_reason_) return;
    if (clock::now() < deadline()) return watch();
    abort(timed_out());
}

fault exchange_op::timed_out() const
{
    auto const& o = settings_->options;
    auto const& peer = settings_->path->peer;
    if (phase_ == phase::opening && clock::now() >= after(open_began_, o.connect_timeout))
        return {errc::timeout,
            "no connection to " + peer + " within " + text(o.connect_timeout) + "; nothing was sent"};
    if (clock::now() >= total_deadline_)
        return {
            errc::timeout, "no complete answer from " + peer + " within " + text(total_timeout_)};
    return {errc::timeout, peer + " was silent for " + text(read_timeout_)};
}

// --- the end ---

void exchange_op::abort(fault why)
{
    if (phase_ == phase::done || abort_reason_) return;
    if (!connection_) {
        if (auto const core = core_.lock()) core->pool().withdraw(*this);
        return finish(std::move(why));
    }
    abort_reason_ = std::move(why);
    bool const no_callback_comes = connection_->is_resolving();
    // The step's own callback ends the operation: only then is known how many bytes had left.
    connection_->abort();
    if (no_callback_comes) finish({});
}

void exchange_op::finish(fault f, response r)
{
    exchange result;
    if (phase_ == phase::exchanging && connection_->wrote_anything())
        result.progress = progress::sent;
    bool const answered = phase_ == phase::exchanging && !f;
    if (answered) {
        result.progress =
            progress::answered; // complete before the cancellation or deadline could act
    } else if (abort_reason_) {
        f = std::move(abort_reason_);
    }
    result.response = std::move(r);
    phase_ = phase::done;
    timer_.cancel();
    if (auto const core = core_.lock()) {
        core->remove(*this);
        if (connection_) core->pool().release(connection_);
    }
    connection_.reset();
    diag_->message = std::move(f.message);
    complete(f ? make_error_code(f.code) : error_code{}, std::move(result));
}

void exchange_op::complete(error_code ec, exchange result)
{
    // Off the strand first: a slow handler must not hold up the other requests of this client.
    asio::post(
        settings_->executor, [self = shared_from_this(), ec, result = std::move(result)]() mutable {
            auto const executor =
                asio::get_associated_executor(self->handler_, self->settings_->executor);
            asio::dispatch(executor, [self, ec, result = std::move(result)]() mutable {
                // Here, on the handler's own executor, the slot may be touched without a race.
                auto slot = asio::get_associated_cancellation_slot(self->handler_);
                if (slot.is_connected()) slot.clear();
                auto h = std::move(self->handler_);
                auto work = std::move(self->work_);
                self.reset();
                std::move(h)(ec, std::move(result));
            });
        });
}

} // namespace trunkline::http
