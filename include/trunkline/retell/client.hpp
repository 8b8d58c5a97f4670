#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/http/client.hpp>
#include <trunkline/retell/admission.hpp>
#include <trunkline/retell/call_record.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/key_state.hpp>
#include <trunkline/retell/limits.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/pages.hpp>
#include <trunkline/retell/read_cache.hpp>
#include <trunkline/retell/request_options.hpp>
#include <trunkline/retell/resources.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::retell {

namespace asio = boost::asio;

/// Options of a client. Copyable.
class client_options {
public:
    client_options() {}
    /// RETELL_API_KEY and RETELL_BASE_URL, as the official SDK reads them; an empty variable is as none.
    static client_options from_environment();

    /// May carry a path, which is put before every operation's.
    std::string base_url = "https://api.retellai.com";
    std::string api_key; ///< A secret: never shown, never logged.
    key_options keys;
    std::size_t recent_calls = 64;        ///< Attempts kept for recent_calls(); 0: none.
    tenant_id tenant;                     ///< Whose account it is; for calls that name none.
    std::size_t concurrency = 4;          ///< Requests in flight.
    std::size_t live_reserve = 2;         ///< Further ones, for calls of priority live_call only.
    priority_order order = default_order; ///< For room, and in a guarded client for the rate.
    double requests_per_second = 0;       ///< 0: no limit of ours.
    unsigned burst =
        0; ///< Requests that may leave at once under a limit; 0: a quarter of a second's.
    unsigned burst_or_default() const noexcept;
    unsigned max_attempts = 3;                 ///< For operations that may be repeated.
    std::chrono::milliseconds retry_base{500}; ///< Backoff: base * 2^n, up to retry_cap, jittered.
    std::chrono::milliseconds retry_cap{8'000};
    std::chrono::milliseconds retry_after_cap{
        60'000};               ///< A longer Retry-After ends the call as rate_limited.
    http::client_options http; ///< At least `concurrency` connections are allowed.
    retell::limits limits;     ///< Of time and size, for each class of traffic.
    /// Who may send when. Null: a paced_admission of requests_per_second and burst, of this
    /// client's own. For breakers, shared limits and call leases see guarded().
    std::shared_ptr<retell::admission> admission;
    /// Answers reads from what is known, see read_cache and answer; null: none does.
    std::shared_ptr<read_cache> cache;
    std::uint64_t seed = 0; ///< Of the jitter; 0: from the system.
};

/// What happened to one request, for progress and the request counter. Holds no secret.
class call_event {
public:
    call_event() {}
    operation const* op = nullptr;
    std::string target; ///< Path without query values.
    int status = 0;     ///< 0: no answer.
    error_code code;
    unsigned attempt = 1;
    std::chrono::microseconds took{0};
    std::optional<std::chrono::milliseconds> retry_in; ///< Set when it will be repeated.
};

/**
 * The only way out to the service. Encodes, sends, classifies, repeats by the retry table, walks
 * pages. At most `concurrency` requests are under way (and `live_reserve` for live calls), by
 * priority and then in the order of their calls; one that only waits for its admission makes room
 * for a more urgent one. Every attempt passes client_options::admission.
 *
 * Thread safety: any thread. Lifetimes: may be destroyed while operations run; they complete with
 * errc::canceled (outcome_unknown where that is the truth, see async_call).
 */
class client {
public:
    /// Throws trunkline::error for a bad base URL (invalid_argument, insecure_url) or for a key
    /// that is missing or cannot be sent (unauthorized).
    client(asio::any_io_executor executor, client_options options);
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    ~client();

    using executor_type = asio::any_io_executor;
    executor_type get_executor() const noexcept;
    /// As given, without the key.
    client_options const& options() const noexcept;

    /**
     * Changes the API key without a restart. Calls under way finish with the key they began with,
     * calls that begin from now on take the new one. The key before it is kept until the new one
     * has brought its first success. Until then a call whose new key is answered with 401 is
     * repeated once with the kept one, and the new key is left alone for client_options::keys.pause,
     * after which one call tries it again. A call that began with the old key and meets 401 is
     * repeated once with the new one. A repetition for a key is no attempt of the retry table (after
     * a 401 nothing was done), and is told by on_event(), recent_calls() and state_of_key().
     *
     * A key that is refused time and again without another to fall back on is left alone too: calls
     * then end as unauthorized without being sent, see key_options.
     *
     * Throws trunkline::error (unauthorized) for a key that cannot be sent; nothing changes then.
     * Thread safety: any thread.
     */
    void set_key(std::string key);
    key_state state_of_key() const;

    /// What was done lately and why, oldest first, one entry an attempt. Thread safety: any thread.
    std::vector<call_record> recent_calls() const;

    /// Requests put on the wire so far, repeats included.
    std::uint64_t requests_sent() const noexcept;
    /// Called after each attempt, one at a time, on the client's executor. Set before the first
    /// call; must not throw.
    void on_event(std::function<void(call_event const&)> f);

    /**
     * Makes one call of the table.
     * Errors: those of encode(), decode() and http::client; errc::outcome_unknown if an operation
     * of class `once` was sent and no complete answer came, also because it was cancelled (`diag`
     * names the cause); errc::canceled, or outcome_unknown if an attempt went out before, when
     * `send_within` of a call has passed or will have when it may be sent; what the admission
     * refuses with. A read that the cache answers succeeds with what is known, and says how old it
     * is. A repeated DELETE that finds nothing succeeds with status
     * 404 or 422 and a null body. Handler signature: void(error_code, answer). Cancellation: terminal
     * and partial. Lifetimes: `op` comes from operations(); `diag` must outlive the operation.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_call(
        operation const& op, arguments args, diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, answer)>(
            initiate_call{impl_}, token, &op, std::move(args), &diag, request_options());
    }
    template <class CompletionToken = asio::deferred_t>
    auto async_call(call c, diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, answer)>(
            initiate_call{impl_}, token, c.op, std::move(c.args), &diag, std::move(c.options));
    }

    /**
     * Walks every page of a list and completes with its items, each once (see page_walker). The
     * cursor goes back unchanged; the walk ends on has_more = false only. An answer that is no
     * page, a cursor that does not move or a missing cursor is an error, never a short list. Errors:
     * as async_call, list_unstable; invalid_argument if the operation answers no list. Handler
     * signature: void(error_code, std::vector<json::value>). Cancellation: terminal and partial.
     */
    template <class CompletionToken = asio::deferred_t>
    auto async_list(
        operation const& op, arguments args, diagnostics& diag, CompletionToken&& token = {})
    {
        return async_list(call(op, std::move(args)), diag, std::forward<CompletionToken>(token));
    }
    /// `options` hold for each page.
    template <class CompletionToken = asio::deferred_t>
    auto async_list(call c, diagnostics& diag, CompletionToken&& token = {})
    {
        return asio::async_initiate<CompletionToken, void(error_code, std::vector<json::value>)>(
            initiate_list{impl_}, token, c.op, std::move(c.args), &diag, std::move(c.options));
    }

    /// The same list, one page a step. Nothing is sent before the first step.
    page_range pages(operation const& op, arguments args)
    {
        return pages(call(op, std::move(args)));
    }
    page_range pages(call c);

private:
    class impl;
    using call_handler = asio::any_completion_handler<void(error_code, answer)>;
    using list_handler = page_range::handler;
    static void start(std::shared_ptr<impl> const& self, operation const* op, arguments args,
        diagnostics* diag, request_options options, call_handler h);
    static void start(std::shared_ptr<impl> const& self, operation const* op, arguments args,
        diagnostics* diag, request_options options, list_handler h);
    static executor_type executor_of(impl const& self) noexcept;

    template <class Handler>
    class initiate_as {
    public:
        explicit initiate_as(std::shared_ptr<impl> self) : self_(std::move(self)) {}
        using executor_type = asio::any_io_executor;
        executor_type get_executor() const noexcept { return executor_of(*self_); }
        template <class H>
        void operator()(H&& h, operation const* op, arguments args, diagnostics* diag,
            request_options options) const
        {
            start(self_, op, std::move(args), diag, std::move(options), Handler(std::forward<H>(h)));
        }

    private:
        std::shared_ptr<impl> self_;
    };
    using initiate_call = initiate_as<call_handler>;
    using initiate_list = initiate_as<list_handler>;

    std::shared_ptr<impl> impl_;
};

} // namespace trunkline::retell
