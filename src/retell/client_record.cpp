#include <retell/client_impl.hpp>
#include <retell/exchange_text.hpp>

/// What a call tells: admission, records, listeners and, in the end, its caller.
namespace trunkline::retell {

void client::impl::call_task::report(retry_decision const& d, std::string_view why, answer const& a,
    attempt_outcome const& seen, resilience::rate_headers const& rate)
{
    auto const now = clock::now();
    attempt_report r;
    r.outcome = classify(*op_, seen);
    r.code = seen.code;
    r.status = a.status;
    r.progress = seen.progress;
    r.rate = rate;
    r.sent_at = sent_at_;
    r.now = now;
    r.retry_after = seen.retry_after;
    if (d.action == retry_action::wait) r.retry_in = d.delay;
    if (!seen.code) r.answer = &a;
    passage_->report(r);
    passage_.reset();

    auto record = new_record();
    record.took = std::chrono::duration_cast<std::chrono::microseconds>(now - sent_at_);
    record.status = a.status;
    record.code = d.code;
    record.outcome = r.outcome;
    record.retry_in = r.retry_in;
    record.why = why;
    record.request_id = seen.code ? why_.request_id : a.request_id;
    hide_keys(record.request_id);
    owner_->remember(std::move(record));

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

call_record client::impl::call_task::new_record() const
{
    call_record r;
    r.call = number_;
    r.attempt = attempt_;
    r.at_unix_ms = system_time::instance().unix_ms();
    r.op = op_;
    r.target = masked_target(request_.target == "/" ? op_->path : std::string_view(request_.target));
    r.tenant = about_.tenant;
    r.priority = priority_;
    r.waited = waited_;
    r.previous_key = key_ && !owner_->keys.is_current(key_);
    return r;
}

/// A call that ends without an attempt to account for: refused on this side, or cancelled.
void client::impl::call_task::remember_refusal(error_code code)
{
    auto r = new_record();
    r.waited = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - waits_since_);
    r.code = code;
    r.outcome = code == errc::canceled  ? outcome::cancelled
        : code == errc::outcome_unknown ? outcome::unknown
                                        : outcome::local;
    r.why = canceled_ ? "cancelled by the caller" : why_.message;
    hide_keys(r.why);
    owner_->remember(std::move(r));
}

void client::impl::call_task::hide_keys(std::string& text) const
{
    owner_->keys.hide(text);
    if (key_) hide_key(api_keys::text(key_), text);
}

void client::impl::call_task::finish(error_code code, answer a)
{
    state_ = state::finished;
    owner_->tasks.erase(this);
    if (owner_->options.cache && attempt_ > 0) // also where nobody knows what came of it
        owner_->options.cache->wrote(about_.tenant, *op_, resource_);
    explain(code);
    if (code) a = answer();
    hide_keys(a.request_id);
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
    if (code == errc::unauthorized && key_changed_) why_.message += "; both keys were refused";
    if (attempt_ > 1) why_.message += " (attempt " + std::to_string(attempt_) + ")";
    why_.operation = op_->name;
    why_.attempts = attempt_;
    hide_keys(why_.message);
    hide_keys(why_.request_id);
    *diag_ = std::move(why_);
}

} // namespace trunkline::retell
