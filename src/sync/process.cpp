#include <trunkline/sync/process.hpp>

#include <trunkline/retell/paging.hpp>

#include <memory>

namespace trunkline::sync {

std::optional<pending_call> stepwise::next()
{
    try {
        return next_admitted();
    } catch (error const& e) {
        on_failure(e);
        return std::nullopt;
    }
}

std::optional<pending_call> stepwise::next_admitted()
{
    while (!queue_.empty()) {
        auto [call, then] = std::move(queue_.front());
        queue_.pop_front();
        call_outcome refused;
        refused.code = admit(call.call, refused.diag);
        if (refused.code) {
            then(std::move(refused));
            continue;
        }
        waiting_.emplace(call.ticket, std::move(then));
        return std::move(call);
    }
    return std::nullopt;
}

void stepwise::deliver(std::uint64_t ticket, call_outcome outcome)
{
    auto const found = waiting_.find(ticket);
    if (found == waiting_.end()) return;
    auto then = std::move(found->second);
    waiting_.erase(found);
    try {
        then(std::move(outcome));
    } catch (error const& e) {
        on_failure(e);
    }
}

void stepwise::on_failure(error const&)
{
    throw;
}

void stepwise::drop_everything() noexcept
{
    canceled_ = true;
    queue_.clear();
    waiting_.clear();
}

void stepwise::cancel()
{
    canceled_ = true;
    // Continuations may ask again; they are answered at once, so the queue only shrinks.
    try {
        while (!queue_.empty()) {
            auto const then = std::move(queue_.front().second);
            queue_.pop_front();
            call_outcome outcome;
            outcome.code = errc::canceled;
            then(std::move(outcome));
        }
    } catch (error const& e) {
        on_failure(e);
    }
}

void stepwise::ask(retell::call c, continuation then, std::chrono::milliseconds after)
{
    if (canceled_) {
        call_outcome outcome;
        outcome.code = errc::canceled;
        outcome.diag.message = "cancelled before " + std::string(c.op->name) + " was sent";
        return then(std::move(outcome));
    }
    queue_.emplace_back(pending_call(++last_ticket_, std::move(c)), std::move(then));
    queue_.back().first.after = after;
}

/// A walk over pages under way.
class stepwise::walk {
public:
    walk(retell::call c, list_continuation t, std::function<json::value(json::value)> e)
        : op(c.op), walker(*c.op, std::move(c.args)), then(std::move(t)), each(std::move(e))
    {}

    error_code take(json::value body, diagnostics& diag)
    {
        auto* const items = op->result == retell::result_kind::page ? body.find("items") : &body;
        if (each && items && items->is_array())
            for (auto& row : items->as_array()) row = each(std::move(row));
        return walker.take(std::move(body), diag);
    }
    retell::operation const* op;
    retell::page_walker walker;
    list_continuation then;
    std::function<json::value(json::value)> each; ///< May be empty.
};

void stepwise::ask_list(retell::call c, list_continuation then, std::chrono::milliseconds after,
    std::function<json::value(json::value)> each)
{
    ask_page(std::make_shared<walk>(std::move(c), std::move(then), std::move(each)), after);
}

void stepwise::ask_page(std::shared_ptr<walk> w, std::chrono::milliseconds after)
{
    auto const taken = [this, w](call_outcome outcome) {
        if (outcome.ok()) outcome.code = w->take(std::move(outcome.answer.body), outcome.diag);
        if (!outcome.ok()) return w->then(std::move(outcome), {});
        if (!w->walker.done()) return ask_page(w, {});
        listing all;
        all.pages = w->walker.pages();
        all.met_twice = w->walker.met_twice();
        all.rows = w->walker.rows();
        w->then(std::move(outcome), std::move(all));
    };
    ask(retell::call(*w->op, w->walker.next()), taken, after);
}

} // namespace trunkline::sync
