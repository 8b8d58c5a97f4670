#pragma once

#include <trunkline/retell/client.hpp>
#include <trunkline/sync/process.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace trunkline::sync {

namespace asio = boost::asio;

namespace detail {
void drive(retell::client& client, process& p, std::optional<retell::priority> urgency,
    std::function<void()> on_progress, asio::any_completion_handler<void(error_code)> h);

class initiate_drive {
public:
    explicit initiate_drive(retell::client& c) : client_(&c) {}
    using executor_type = asio::any_io_executor;
    executor_type get_executor() const noexcept { return client_->get_executor(); }
    template <class Handler>
    void operator()(Handler&& h, process* p, std::optional<retell::priority> urgency,
        std::function<void()> on_progress) const
    {
        drive(*client_, *p, urgency, std::move(on_progress),
            asio::any_completion_handler<void(error_code)>(std::forward<Handler>(h)));
    }

private:
    retell::client* client_;
};
} // namespace detail

/**
 * Makes the calls of a process until it is done; as many at once as the client allows.
 * `urgency` is that of calls that state none of their own; without it, that of the operation.
 * `on_progress`, if any, is called after each outcome.
 * Handler signature: void(error_code): always success; the process itself knows how it went.
 * Cancellation: terminal and partial; cancels the process, waits for the calls under way.
 * Thread safety: the process is only touched on one strand. Lifetimes: client and process must
 * outlive the operation.
 */
template <class CompletionToken = asio::deferred_t>
auto async_run(retell::client& client, process& p, std::optional<retell::priority> urgency,
    std::function<void()> on_progress, CompletionToken&& token = {})
{
    return asio::async_initiate<CompletionToken, void(error_code)>(
        detail::initiate_drive{client}, token, &p, urgency, std::move(on_progress));
}

} // namespace trunkline::sync
