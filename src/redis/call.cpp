#include <redis/call.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>

namespace trunkline::redis {

errc code_of(reply const& r)
{
    auto const word = first_word(r);
    if (word == "NOAUTH" || word == "WRONGPASS") return errc::unauthorized;
    if (word == "NOPERM") return errc::forbidden;
    return errc::server_error;
}

std::string first_word(reply const& r)
{
    auto const word = r.text.substr(0, r.text.find(' '));
    bool const plain = !word.empty() && word.size() <= 32 &&
        std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
    return plain ? word : "an error";
}

call::call(std::string bytes, clock::time_point until, diagnostics& diag, handler h,
    asio::any_io_executor executor)
    : bytes_(std::move(bytes)),
      deadline_(until),
      diag_(&diag),
      handler_(std::move(h)),
      executor_(std::move(executor)),
      work_(asio::prefer(
          asio::any_completion_executor(asio::get_associated_executor(handler_, executor_)),
          asio::execution::outstanding_work.tracked))
{}

void call::listen_for_cancellation(
    asio::any_io_executor const& strand, std::function<void(std::shared_ptr<call>)> cancel)
{
    auto slot = asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign(
        [weak = weak_from_this(), strand, cancel = std::move(cancel)](asio::cancellation_type type) {
            constexpr auto supported =
                asio::cancellation_type::terminal | asio::cancellation_type::partial;
            if ((type & supported) == asio::cancellation_type::none) return;
            asio::post(strand, [weak, cancel] {
                if (auto const self = weak.lock()) cancel(self);
            });
        });
}

void call::answer(std::string const& server, reply r)
{
    if (!r.is_error()) return complete({}, {}, std::move(r));
    auto const ec = make_error_code(code_of(r));
    auto message = "Redis at " + server + " answered " + first_word(r);
    complete(ec, std::move(message), std::move(r));
}

void call::fail(fault const& why)
{
    complete(why.code, why.message, {});
}

void call::complete(error_code ec, std::string message, reply r)
{
    if (done_) return;
    done_ = true;
    diag_->message = std::move(message);
    // Off the strand first: a slow handler must not hold up the other commands of this client.
    asio::post(executor_, [self = shared_from_this(), ec, r = std::move(r)]() mutable {
        auto const executor = asio::get_associated_executor(self->handler_, self->executor_);
        asio::dispatch(executor, [self, ec, r = std::move(r)]() mutable {
            // Here, on the handler's own executor, the slot may be touched without a race.
            auto slot = asio::get_associated_cancellation_slot(self->handler_);
            if (slot.is_connected()) slot.clear();
            auto h = std::move(self->handler_);
            auto const work = std::move(self->work_);
            self.reset();
            std::move(h)(ec, std::move(r));
        });
    });
}

} // namespace trunkline::redis
