#include <trunkline/retell/rate_headers.hpp>

#include <retell/client_impl.hpp>

#include <algorithm>

namespace trunkline::retell {

client::impl::call_task::call_task(std::shared_ptr<impl> owner, operation const* op, arguments args,
    diagnostics* diag, request_options about, call_handler h)
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
    gone.progress = http::progress::sent;
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
    number_ = ++owner_->calls;
    waits_since_ = clock::now();
    if (auto const code = prepare()) {
        remember_refusal(code);
        return finish(code);
    }
    queue_up(false);
}

/// Makes the request; nothing was sent if it fails.
error_code client::impl::call_task::prepare()
{
    if (owner_->closed || canceled_) return errc::canceled;
    if (auto const code = encode(*op_, args_, request_, why_)) return code;
    if (owner_->options.cache) resource_ = read_cache::resource_of(*op_, args_);
    args_ = arguments(); // files are large
    auto const most = owner_->options.limits[traffic_of(*op_)].max_request_bytes;
    if (request_.body.size() > most) {
        why_.message = std::string(op_->name) + ": the body has " +
            std::to_string(request_.body.size()) + " bytes, more than the limit of " +
            std::to_string(most) + "; send less or raise max_request_bytes";
        return errc::invalid_argument;
    }
    if (take_key(owner_->keys.choose(waits_since_))) return {};
    why_.message = std::string(op_->name) + ": " + owner_->keys.why_none(waits_since_);
    return errc::unauthorized;
}

bool client::impl::call_task::take_key(api_keys::handle key)
{
    if (!key) return false;
    key_ = std::move(key);
    request_.headers.set("Authorization", "Bearer " + api_keys::text(key_));
    return true;
}

/// The key with which to repeat the call at once, if the one it was sent with was refused.
api_keys::handle client::impl::call_task::other_key(attempt_outcome const& seen, int status)
{
    if (!seen.code) owner_->keys.accepted(key_);
    bool const refused = seen.progress == http::progress::answered && status == 401;
    return refused ? owner_->keys.refused(key_, clock::now(), key_changed_) : nullptr;
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
    auto& line = owner_->waiting[rank()];
    line.insert(in_front ? line.begin() : line.end(), weak_from_this());
    owner_->admit();
}

void client::impl::call_task::admitted()
{
    state_ = state::pacing;
    enter_admission();
    ask_admission();
}

void client::impl::call_task::step_back()
{
    passage_.reset();
    sleep(state::queued, not_after_.value_or(clock::time_point::max()));
    auto& line = owner_->waiting[rank()];
    line.insert(line.begin(), weak_from_this());
}

void client::impl::call_task::enter_admission()
{
    attempt_request r;
    r.tenant = about_.tenant;
    r.op = op_;
    r.priority = priority_;
    r.attempt = attempt_ + 1;
    r.repeats = repeats_;
    r.credential = api_keys::fingerprint(key_);
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
    waits_since_ = clock::now();
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
    if (!why.empty() && !maybe_done_) {
        // What the attempt before met is the cause, and this only why it was the last.
        bool const has_cause = attempt_ > 0 && !why_.message.empty();
        why_.message = has_cause ? why_.message + "; " : std::string(op_->name) + ": ";
        why_.message.append(why);
    }
    if (maybe_done_ && !canceled_) code = errc::outcome_unknown;
    remember_refusal(code);
    if (holds_slot) owner_->give_back_slot();
    finish(code);
}

void client::impl::call_task::send()
{
    state_ = state::sending;
    waited_ = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - waits_since_);
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

    auto d = decide(owner_->retry, *op_, seen, attempt_ - key_changed_, owner_->random);
    auto why = describe(d.reason);
    auto other = other_key(seen, a.status);
    if (other) {
        d.action = retry_action::wait;
        d.delay = {};
        why = "the key was refused, repeated with the other one";
    }
    if (d.action == retry_action::wait && (canceled_ || is_too_late(clock::now() + d.delay))) {
        d = retry_decision();
        d.code = canceled_ || !maybe_done_ ? errc::canceled : errc::outcome_unknown;
        why = canceled_ ? "cancelled by the caller" : "it would be too late to send it again";
    }
    // Before the slot is given back, so that nobody slips through.
    report(
        d, why, a, seen, read_rate_headers(x.response.headers, system_time::instance().unix_ms()));
    repeats_ = other ? error_code() : seen.code;
    if (other && d.action == retry_action::wait) key_changed_ = take_key(std::move(other));
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

} // namespace trunkline::retell
