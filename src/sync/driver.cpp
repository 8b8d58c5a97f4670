#include <trunkline/sync/driver.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <memory>
#include <optional>
#include <set>

namespace trunkline::sync::detail {
namespace {

/// Keeps up to N calls of a process under way.
class pump : public std::enable_shared_from_this<pump> {
public:
    pump(retell::client& client, process& p, std::optional<retell::priority> urgency,
        std::function<void()> on_progress, asio::any_completion_handler<void(error_code)> h)
        : client_(client),
          process_(p),
          urgency_(urgency),
          on_progress_(std::move(on_progress)),
          handler_(std::move(h)),
          strand_(asio::make_strand(client.get_executor()))
    {}

    void start()
    {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected())
            slot.assign([weak = weak_from_this()](asio::cancellation_type) {
                if (auto const self = weak.lock())
                    asio::post(self->strand_, [self] { self->cancel(); });
            });
        asio::post(strand_, [self = shared_from_this()] { self->go_on(); });
    }

private:
    /// One call under way; owns what must outlive it.
    class flight {
    public:
        std::uint64_t ticket = 0;
        diagnostics diag;
        std::optional<asio::steady_timer> timer; ///< Of a call that is made later.
    };

    void cancel()
    {
        if (finished_) return;
        process_.cancel();
        for (auto const& f : sleeping_) f->timer->cancel();
        go_on();
    }

    void go_on()
    {
        while (in_flight_ < client_.options().concurrency) {
            auto next = process_.next();
            if (!next) break;
            send(std::move(*next));
        }
        if (in_flight_ == 0 && process_.done()) finish();
    }

    void send(pending_call next)
    {
        ++in_flight_;
        auto f = std::make_shared<flight>();
        f->ticket = next.ticket;
        if (!next.call.options.priority) next.call.options.priority = urgency_;
        if (!next.call.options.cached) next.call.options.cached = false; // a plan needs the truth
        if (next.after.count() > 0) return sleep(std::move(f), std::move(next));
        make(f, std::move(next));
    }

    void sleep(std::shared_ptr<flight> f, pending_call next)
    {
        f->timer.emplace(strand_, next.after);
        sleeping_.insert(f);
        f->timer->async_wait(
            [self = shared_from_this(), f, next = std::move(next)](error_code ec) mutable {
                self->sleeping_.erase(f);
                if (!ec) return self->make(f, std::move(next));
                call_outcome outcome;
                outcome.code = errc::canceled;
                self->arrived(f->ticket, std::move(outcome));
            });
    }

    void make(std::shared_ptr<flight> const& f, pending_call next)
    {
        client_.async_call(std::move(next.call), f->diag,
            asio::bind_executor(
                strand_, [self = shared_from_this(), f](error_code ec, retell::answer answer) {
                    call_outcome outcome;
                    outcome.code = ec;
                    outcome.answer = std::move(answer);
                    outcome.diag = std::move(f->diag);
                    self->arrived(f->ticket, std::move(outcome));
                }));
    }

    void arrived(std::uint64_t ticket, call_outcome outcome)
    {
        --in_flight_;
        process_.deliver(ticket, std::move(outcome));
        if (on_progress_) on_progress_();
        go_on();
    }

    void finish()
    {
        if (finished_) return;
        finished_ = true;
        asio::get_associated_cancellation_slot(handler_).clear();
        auto ex = asio::get_associated_executor(handler_, client_.get_executor());
        asio::dispatch(ex, asio::append(std::move(handler_), error_code()));
    }

    retell::client& client_;
    process& process_;
    std::optional<retell::priority> urgency_;
    std::function<void()> on_progress_;
    asio::any_completion_handler<void(error_code)> handler_;
    asio::strand<asio::any_io_executor> strand_;
    std::size_t in_flight_ = 0;
    std::set<std::shared_ptr<flight>> sleeping_;
    bool finished_ = false;
};

} // namespace

void drive(retell::client& client, process& p, std::optional<retell::priority> urgency,
    std::function<void()> on_progress, asio::any_completion_handler<void(error_code)> h)
{
    std::make_shared<pump>(client, p, urgency, std::move(on_progress), std::move(h))->start();
}

} // namespace trunkline::sync::detail
