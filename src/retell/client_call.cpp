#include <retell/client_impl.hpp>
#include <retell/exchange_text.hpp>

#include <algorithm>

namespace trunkline::retell {

client::impl::call_task::call_task(std::shared_ptr<impl> owner, operation const* op, arguments args,
    diagnostics* diag, call_options about, call_handler h)
    : owner_(std::move(owner)),
      op_(op),
      args_(std::move(args)),
      diag_(diag),
      about_(std::move(about)),
      priority_(about_.priority.value_or(default_priority(*op))),
      complete_(std::move(h), owner_->executor),
      timer_(owner_->strand)
{
    if (about_.tenant.empty()) about_.tenant = owner_->options.tenant;
    if (about_.send_within) not_after_ = clock::now() + *about_.send_within;
}

client::impl::call_task::~call_task()
{
    if (state_ != state::sending || !passage_) return;
    attempt_report gone; // the execution context was destroyed with the request on its way
    gone.outcome = outcome::cancelled;
    gone.code = errc::canceled;
    gone.sent_at = gone.now = sent_at_;
    passage_->report(gone);
}

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
    sleep(state::queued, not_after_.value_or(clock::time_point::max()));
    auto& line = owner_->waiting[static_cast<std::size_t>(priority_)];
    line.insert(in_front ? line.begin() : line.end(), weak_from_this());
    owner_->admit();
}

void client::impl::call_task::admitted()
{
    state_ = state::pacing;
    enter_admission();
    ask_admission();
}

void client::impl::call_task::enter_admission()
{
    attempt_request r;
    r.tenant = about_.tenant;
    r.op = op_;
    r.priority = priority_;
    r.attempt = attempt_ + 1;
    r.not_after = not_after_;
    passage_ = owner_->admission->enter(r, [weak = weak_from_this()] {
        auto const self = weak.lock();
        if (!self) return;
        self->owner_->later(self, [](call_task& t) {
            if (t.state_ == state::pacing && !t.canceled_) t.ask_admission();
        });
    });
}

void client::impl::call_task::ask_admission()
{
    auto const now = clock::now();
    if (is_too_late(now)) return refuse_as_late();
    auto const a = passage_->ask(now);
    switch (a.what) {
    case admission_answer::kind::go: return send();
    case admission_answer::kind::refuse: return refuse(a.code, a.why);
    case admission_answer::kind::wait: break;
    }
    if (a.until != clock::time_point::max() && is_too_late(a.until)) return refuse_as_late();
    sleep(state::pacing, std::min(a.until, not_after_.value_or(clock::time_point::max())));
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
    if (canceled_) return refuse(errc::canceled, {});
    if (state_ == state::pacing) return ask_admission();
    if (state_ == state::queued) return refuse_as_late(); // what else ends that wait
    queue_up(true);
}

void client::impl::call_task::refuse_as_late()
{
    refuse(errc::canceled, "cancelled, too late to be sent");
}

/// Ends the call from any state in which nothing is on its way.
void client::impl::call_task::refuse(errc code, std::string_view why)
{
    bool const holds_slot = state_ == state::pacing;
    passage_.reset(); // before the slot is given back, so that those behind find its place free
    state_ = state::finished;
    ++sleep_;
    timer_.cancel();
    // Of reads nothing can be left behind; whatever else was sent before may have had its effect.
    if (maybe_done_ && code != errc::canceled && op_->retry == retry_class::safe)
        maybe_done_ = false;
    if (!why.empty() && !maybe_done_)
        why_.message = std::string(op_->name).append(": ").append(why);
    if (holds_slot) owner_->give_back_slot();
    finish(maybe_done_ && !canceled_ ? errc::outcome_unknown : code);
}

void client::impl::call_task::send()
{
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
    answer a;
    a.status = x.response.status;
    attempt_outcome seen;
    seen.code = judge(transport_error, x, a);
    seen.progress = x.progress;
    seen.retry_after = why_.retry_after;
    bool const refused = !transport_error && (a.status < 200 || a.status > 299);
    if (refused) {
        seen.should_retry = read_should_retry(x.response.headers);
        seen.concurrency = names_concurrency(x.response);
    }
    seen.maybe_done_before = maybe_done_;
    // A 429 was refused before anything was done; whatever else was sent may have had its effect.
    maybe_done_ |= x.progress != http::progress::not_sent && seen.code != errc::rate_limited;

    auto d = decide(owner_->retry, *op_, seen, attempt_, owner_->random);
    if (d.action == retry_action::wait && (canceled_ || is_too_late(clock::now() + d.delay))) {
        d = retry_decision();
        d.code = canceled_ || !maybe_done_ ? errc::canceled : errc::outcome_unknown;
    }
    report(d, a, seen); // before the slot is given back, so that nobody slips through
    if (d.action == retry_action::wait) {
        sleep(state::resting, clock::now() + d.delay);
        owner_->give_back_slot();
    } else {
        state_ = state::finished;
        owner_->give_back_slot();
        finish(d.code, std::move(a)); // last: the user's handler may run in it
    }
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

void client::impl::call_task::report(
    retry_decision const& d, answer const& a, attempt_outcome const& seen)
{
    auto const now = clock::now();
    attempt_report r;
    r.outcome = classify(*op_, seen);
    r.code = seen.code;
    r.status = a.status;
    r.sent_at = sent_at_;
    r.now = now;
    r.retry_after = seen.retry_after;
    if (d.action == retry_action::wait) r.retry_in = d.delay;
    if (!seen.code) r.answer = &a;
    passage_->report(r);
    passage_.reset();

    if (!owner_->on_event) return;
    call_event e;
    e.op = op_;
    e.target = request_.target.substr(0, request_.target.find('?'));
    e.status = a.status;
    e.code = d.code;
    e.attempt = attempt_;
    e.took = std::chrono::duration_cast<std::chrono::microseconds>(now - sent_at_);
    e.retry_in = r.retry_in;
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
