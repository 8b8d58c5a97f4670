#include <retell/client_impl.hpp>

namespace trunkline::retell {

client::impl::list_task::list_task(std::shared_ptr<impl> owner, operation const* op, arguments args,
    diagnostics* diag, list_handler h)
    : owner_(std::move(owner)),
      op_(op),
      walker_(*op, std::move(args)),
      diag_(diag),
      complete_(std::move(h), owner_->executor)
{}

void client::impl::list_task::watch_cancellation()
{
    complete_.on_cancel([owner = owner_, weak = weak_from_this()] {
        if (auto const self = weak.lock()) owner->later(self, [](list_task& t) { t.cancel(); });
    });
}

void client::impl::list_task::next_page()
{
    if (canceled_) {
        why_.message = std::string(op_->name) + ": the operation was cancelled";
        return finish(errc::canceled);
    }
    if (!page_walker::can_walk(*op_)) {
        why_.message = std::string(op_->name) + ": this operation answers no list; call it instead";
        return finish(errc::invalid_argument);
    }
    auto done = [self = shared_from_this()](
                    error_code code, answer a) { self->received(code, std::move(a)); };
    owner_->start_call(op_, walker_.next(), &why_,
        asio::bind_cancellation_slot(
            stop_page_.slot(), asio::bind_executor(owner_->strand, std::move(done))));
}

void client::impl::list_task::cancel()
{
    canceled_ = true;
    stop_page_.emit(asio::cancellation_type::terminal);
}

void client::impl::list_task::received(error_code code, answer a)
{
    if (!code) code = walker_.take(std::move(a.body), why_);
    if (code || walker_.done()) return finish(code);
    next_page();
}

void client::impl::list_task::finish(error_code code)
{
    if (code) {
        why_.operation = op_->name;
        *diag_ = std::move(why_);
        complete_(code, std::vector<json::value>());
        return;
    }
    diag_->clear();
    complete_(code, walker_.rows());
}

} // namespace trunkline::retell
