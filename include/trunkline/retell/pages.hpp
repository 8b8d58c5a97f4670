#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/json.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace trunkline::retell {

namespace asio = boost::asio;

/**
 * A list, page by page: each step asks for one page and none ahead, so that a long list costs the
 * memory of one page (and the names of the rows seen) and a reader that is slow sends nothing.
 *
 *     auto pages = client.pages(op, args);
 *     while (!pages.done())
 *         for (auto& row : co_await pages.async_next(diag)) use(row);
 *
 * Rows that are inserted while the list is read shift others; those come once all the same. A row
 * that changes after it was given is not given again.
 *
 * Thread safety: one step at a time. Lifetimes: may be destroyed during a step, which then
 * completes as if nothing had happened; the client may be destroyed earlier (errc::canceled).
 */
class page_range {
public:
    using executor_type = asio::any_io_executor;
    using handler = asio::any_completion_handler<void(error_code, std::vector<json::value>)>;

    executor_type get_executor() const noexcept { return source_->executor(); }

    /// Whether there is nothing left to ask for: the last page was given, or the list broke.
    bool done() const noexcept { return source_->done(); }

    /**
     * Completes with the new rows of the next page, which may be none (a filter, say) although more
     * follow. After done() it completes with no rows.
     * Errors: as client::async_call; the same page is asked for again by the next step, so that
     * nothing is lost. list_unstable, mistyped_answer end the range; invalid_argument if the
     * operation answers no list, or while another step is under way. Handler signature:
     * void(error_code, std::vector<json::value>). Cancellation: terminal and partial; a page that
     * has arrived is given all the same. Lifetimes: `diag` must outlive the step.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_next(diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, std::vector<json::value>)>(
            initiate_next{source_}, token, &diag);
    }

    /// Where the pages come from; for clients.
    class source {
    public:
        virtual ~source() = default;
        virtual asio::any_io_executor executor() const noexcept = 0;
        virtual bool done() const noexcept = 0;
        virtual void next(diagnostics* diag, handler h) = 0;
    };
    explicit page_range(std::shared_ptr<source> s) noexcept : source_(std::move(s)) {}

private:
    class initiate_next {
    public:
        explicit initiate_next(std::shared_ptr<source> s) : source_(std::move(s)) {}
        using executor_type = asio::any_io_executor;
        executor_type get_executor() const noexcept { return source_->executor(); }
        template <class H>
        void operator()(H&& h, diagnostics* diag) const
        {
            source_->next(diag, handler(std::forward<H>(h)));
        }

    private:
        std::shared_ptr<source> source_;
    };

    std::shared_ptr<source> source_;
};

} // namespace trunkline::retell
