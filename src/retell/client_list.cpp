#include <retell/client_impl.hpp>

namespace trunkline::retell {

void client::impl::page_walk::start(diagnostics* diag, list_handler h, bool to_the_end)
{
    auto const task =
        std::make_shared<walk_task>(shared_from_this(), diag, std::move(h), to_the_end);
    task->watch_cancellation();
    asio::post(owner_->strand, [task] { task->start(); });
}

client::impl::walk_task::walk_task(
    std::shared_ptr<page_walk> walk, diagnostics* diag, list_handler h, bool to_the_end)
    : walk_(std::move(walk)),
      diag_(diag),
      complete_(std::move(h), walk_->owner_->executor),
      to_the_end_(to_the_end)
{}

void client::impl::walk_task::watch_cancellation()
{
    complete_.on_cancel([owner = walk_->owner_, weak = weak_from_this()] {
        if (auto const self = weak.lock()) owner->later(self, [](walk_task& t) { t.cancel(); });
    });
}

void client::impl::walk_task::start()
{
    if (!page_walker::can_walk(*walk_->op_))
        return refuse(errc::invalid_argument, "this operation answers no list; call it instead");
    if (walk_->busy_)
        return refuse(errc::invalid_argument, "another page is being read; wait for it");
    walk_->busy_ = true;
    if (walk_->walker_.done()) return finish({});
    next_page();
}

void client::impl::walk_task::next_page()
{
    if (canceled_) {
        why_.message = std::string(walk_->op_->name) + ": the operation was cancelled";
        return finish(errc::canceled);
    }
    auto done = [self = shared_from_this()](
                    error_code code, answer a) { self->received(code, std::move(a)); };
    auto& owner = *walk_->owner_;
    owner.start_call(walk_->op_, walk_->walker_.next(), &why_, walk_->about_,
        asio::bind_cancellation_slot(
            stop_page_.slot(), asio::bind_executor(owner.strand, std::move(done))));
}

void client::impl::walk_task::cancel()
{
    canceled_ = true;
    stop_page_.emit(asio::cancellation_type::terminal);
}

void client::impl::walk_task::received(error_code code, answer a)
{
    if (!code) code = walk_->walker_.take(std::move(a.body), why_);
    if (code || walk_->walker_.done() || !to_the_end_) return finish(code);
    next_page();
}

void client::impl::walk_task::refuse(errc code, std::string_view why)
{
    why_.operation = walk_->op_->name;
    why_.message = std::string(walk_->op_->name).append(": ").append(why);
    *diag_ = std::move(why_);
    complete_(error_code(code), std::vector<json::value>());
}

void client::impl::walk_task::finish(error_code code)
{
    walk_->busy_ = false;
    walk_->done_.store(walk_->walker_.done(), std::memory_order_release);
    if (code) {
        why_.operation = walk_->op_->name;
        *diag_ = std::move(why_);
        complete_(code, std::vector<json::value>());
        return;
    }
    diag_->clear();
    complete_(code, walk_->walker_.rows());
}

} // namespace trunkline::retell
