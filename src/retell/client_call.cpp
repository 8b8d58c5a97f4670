#include <retell/client_impl.hpp>
#include <retell/exchange_text.hpp>

#include <algorithm>

namespace trunkline::retell {

using clock = resilience::pacer::clock;

client::impl::call_task::call_task(std::shared_ptr<impl> owner, operation const* op, arguments args,
    diagnostics* diag, call_handler h)
    : owner_(std::move(owner)),
      op_(op),
      args_(std::move(args)),
      diag_(diag),
      complete_(std::move(h), owner_->executor),
      timer_(owner_->strand)
{}

void client::impl::call_task::watch_cancellation()
{
    complete_.on_cancel([owner = owner_, weak = weak_from_this()] {
        if (auto const self = weak.lock()) owner->later(self, [](call_task& t) { t.cancel(); });
    });
}

void client::impl::call_task::start()
{
    owner_->tasks.emplace(this, weak_from_this());
    if (owner_->closed || canceled_) return finish(errc::canceled);
    if (auto const code = encode(*op_, args_, request_, why_)) return finish(code);
    args_ = arguments(); // files are large
    if (auto const most = owner_->options.limits[traffic_of(*op_)].max_request_bytes;
        request_.body.size() > most)
    {
        why_.message = std::string(op_->name) + ": the body has " +
            std::to_string(request_.body.size()) + " bytes, more than the limit of " +
            std::to_string(most) + "; send less or raise max_request_bytes";
        return finish(errc::invalid_argument);
    }
    request_.headers.set("Authorization", "Bearer " + owner_->options.api_key);
    queue_up(false);
}

void client::impl::call_task::cancel()
{
    if (canceled_) return;
    canceled_ = true;
    timer_.cancel();
    if (state_ == state::sending) stop_sending_.emit(asio::cancellation_type::terminal);
}

void client::impl::call_task::queue_up(bool in_front)
{
    sleep(state::queued, clock::time_point::max());
    auto& waiting = owner_->waiting;
    waiting.insert(in_front ? waiting.begin() : waiting.end(), weak_from_this());
    owner_->admit();
}

void client::impl::call_task::admitted()
{
    auto const now = clock::now();
    auto const wait = owner_->pacer.reserve(now);
    if (wait > clock::duration::zero()) sleep(state::pacing, now + wait);
    else send();
}

void client::impl::call_task::sleep(state meanwhile, clock::time_point until)
{
    state_ = meanwhile;
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this(), which = ++sleep_](error_code) {
        if (which == self->sleep_) self->woken();
    });
}

void client::impl::call_task::woken()
{
    bool const holds_slot = state_ == state::pacing;
    if (canceled_) {
        if (holds_slot) owner_->give_back_slot();
        return finish(errc::canceled);
    }
    if (!holds_slot) return queue_up(true);
    // Somebody met a 429 while this call waited for its place: the place is void.
    if (owner_->pacer.held_until() > clock::now()) return admitted();
    send();
}

bool client::impl::call_task::refused_as_late()
{
    if (!not_after_ || clock::now() < *not_after_) return false;
    owner_->give_back_slot();
    if (!maybe_done_) why_.message = std::string(op_->name) + ": cancelled, too late to be sent";
    finish(maybe_done_ ? errc::outcome_unknown : errc::canceled);
    return true;
}

void client::impl::call_task::send()
{
    if (refused_as_late()) return;
    state_ = state::sending;
    ++sleep_; // of the queue there may be a wake-up on its way
    timer_.cancel();
    ++attempt_;
    owner_->sent.fetch_add(1, std::memory_order_relaxed);
    sent_at_ = clock::now();
    why_.clear();
    auto done = [self = shared_from_this()](
                    error_code ec, http::exchange x) { self->received(ec, std::move(x)); };
    owner_->http.async_send(request_,
        send_limits(owner_->options.limits, owner_->options.http, *op_), why_,
        asio::bind_cancellation_slot(
            stop_sending_.slot(), asio::bind_executor(owner_->strand, std::move(done))));
}

void client::impl::call_task::received(error_code transport_error, http::exchange x)
{
    auto const took = clock::now() - sent_at_;
    answer a;
    a.status = x.response.status;
    attempt_outcome outcome;
    outcome.code = judge(transport_error, x, a);
    outcome.progress = x.progress;
    outcome.retry_after = why_.retry_after;
    bool const refused = !transport_error && (a.status < 200 || a.status > 299);
    if (refused) outcome.should_retry = read_should_retry(x.response.headers);
    outcome.maybe_done_before = maybe_done_;
    // A 429 was refused before anything was done; whatever else was sent may have had its effect.
    maybe_done_ |= x.progress != http::progress::not_sent && outcome.code != errc::rate_limited;

    auto d = decide(owner_->retry, *op_, outcome, attempt_, owner_->random);
    if (canceled_ && d.action == retry_action::wait) {
        d = retry_decision();
        d.code = errc::canceled;
    }
    pace(outcome, d); // before the slot is given back, so that nobody slips through
    report(d, a.status, took);
    if (d.action == retry_action::wait) {
        sleep(state::resting, clock::now() + d.delay);
        owner_->give_back_slot();
    } else {
        owner_->give_back_slot();
        finish(d.code, std::move(a)); // last: the user's handler may run in it
    }
}

void client::impl::call_task::pace(attempt_outcome const& outcome, retry_decision const& d)
{
    if (outcome.code != errc::rate_limited) {
        if (outcome.progress == http::progress::answered) owner_->pacer.accepted();
        return;
    }
    auto const asked = outcome.retry_after.value_or(std::chrono::milliseconds(0));
    if (asked > owner_->retry.retry_after_cap) return; // each call shall learn that by itself
    owner_->pacer.refused(sent_at_, clock::now(), std::max(asked, d.delay));
}

error_code client::impl::call_task::judge(
    error_code transport_error, http::exchange const& x, answer& out)
{
    if (!transport_error)
        return decode(*op_, x.response, out, why_, system_time::instance().unix_ms());
    auto const what = why_.message.empty() ? transport_error.message() : why_.message;
    describe_head(x.response, why_, system_time::instance().unix_ms());
    why_.operation = op_->name;
    why_.message = std::string(op_->name) + ": " + what;
    return transport_error;
}

void client::impl::call_task::report(retry_decision const& d, int status, clock::duration took)
{
    if (!owner_->on_event) return;
    call_event e;
    e.op = op_;
    e.target = request_.target.substr(0, request_.target.find('?'));
    e.status = status;
    e.code = d.code;
    e.attempt = attempt_;
    e.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
    if (d.action == retry_action::wait) e.retry_in = d.delay;
    owner_->on_event(e);
}

void client::impl::call_task::finish(error_code code, answer a)
{
    state_ = state::finished;
    owner_->tasks.erase(this);
    explain(code);
    if (code) a = answer();
    owner_->hide_key(a.request_id);
    complete_(code, std::move(a));
}

void client::impl::call_task::explain(error_code code)
{
    diag_->clear();
    if (!code) return;
    auto const name = std::string(op_->name);
    if (why_.message.empty()) why_.message = name + ": " + code.message();
    if (code == errc::outcome_unknown && why_.message.find(detail::look_it_up) == std::string::npos)
        why_.message.append("; ").append(detail::look_it_up);
    if (code == errc::canceled && why_.message.find("cancel") == std::string::npos)
        why_.message = name + ": the operation was cancelled";
    if (attempt_ > 1) why_.message += " (attempt " + std::to_string(attempt_) + ")";
    why_.operation = op_->name;
    why_.attempts = attempt_;
    owner_->hide_key(why_.message);
    owner_->hide_key(why_.request_id);
    *diag_ = std::move(why_);
}

} // namespace trunkline::retell
