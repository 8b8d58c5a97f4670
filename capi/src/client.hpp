#pragma once

#include "guard.hpp"

#include <trunkline/control_center.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <sys/types.h>

struct trunkline_event {
    std::uint64_t op = 0;
    std::int32_t kind = TRUNKLINE_EVENT_DONE;
    trunkline_status status = TRUNKLINE_OK;
    std::string document;
    std::unique_ptr<trunkline_error> error;
};

namespace trunkline::capi {

/// Where a request tells how far it is.
class progress_target {
public:
    virtual ~progress_target() = default;
    virtual void progress(json::object document) = 0;
};

/// What a failed request brought all the same.
class request_failure : public error {
public:
    request_failure(error_code code, diagnostics diag, json::object partial)
        : error(code, std::move(diag)), document(std::move(partial))
    {}
    json::object document;
};

/// The account behind a client handle: opened by the first request that needs it, used by the one
/// request that has its turn.
class account {
public:
    explicit account(json::object const& options);

    control_center& center(bool must_exist);
    /// Asks the request under way to end. Any thread.
    void cancel();
    /// A request begins: what was cancelled before it did not mean it. Not while one is under way,
    /// nor together with cancel().
    void begin() noexcept
    {
        ++request_;
        canceled_ = false;
    }
    /// Puts a backup in place of the store; where what was there is kept.
    std::string restore(std::string const& file);
    bool starts_thread() const noexcept { return threads_ != 0; }

    /// Starts an operation, `start(diag, token)`, and drives it to its end. Throws nothing of the
    /// operation's: the code says how it ended.
    template <class Result, class Start>
    error_code run(Result& result, diagnostics& diag, Start start)
    {
        std::optional<error_code> ended;
        start(diag, asio::bind_cancellation_slot(signal_.slot(), [&](error_code code, Result r) {
            result = std::move(r);
            ended = code;
        }));
        if (canceled_) signal_.emit(asio::cancellation_type::terminal);
        io_.restart();
        while (!ended && io_.run_one() != 0) {
        }
        if (!ended) throw error(errc::internal, "an operation ended without a result");
        return *ended;
    }

private:
    asio::io_context io_{1};
    asio::cancellation_signal signal_; ///< Touched on the thread that has its turn only.
    bool canceled_ = false;            ///< As signal_.
    std::uint64_t request_ = 0;        ///< Counts them.
    control_center_options options_;
    unsigned threads_ = 1;
    std::optional<control_center> center_;
};

/// As guarded(), for requests: the error keeps the document of a failure that has one.
template <class F>
trunkline_status guarded_request(trunkline_error** out, F&& f) noexcept
{
    return guarded(out, [&]() -> trunkline_status {
        try {
            f();
            return TRUNKLINE_OK;
        } catch (request_failure const& e) {
            auto document = e.document.empty() ? std::string() : json::to_text(e.document);
            return set_error(out, e.code(), e.diag(), std::move(document));
        }
    });
}

/// Runs {"op": NAME, ...} and gives its answer. Throws trunkline::error.
std::string run_request(account& a, std::string_view request, progress_target& progress);

/// The list of requests with their members, for `{"op": "requests"}` and docs/requests.md.
json::array request_catalogue();

} // namespace trunkline::capi

/// A queue of requests before one account, and of events behind it.
struct trunkline_client {
    explicit trunkline_client(trunkline::json::object const& options);
    ~trunkline_client();

    bool is_foreign() const noexcept;
    /// Runs a request in this thread, when its turn has come.
    std::string run(std::string_view request, trunkline::capi::progress_target& progress);
    std::uint64_t submit(std::string request);
    void cancel(std::uint64_t op);
    int descriptor() const noexcept { return descriptor_; }
    bool wait(std::int64_t timeout_ms);
    trunkline_event* next();
    /// Nothing starts any more; what is under way is asked to end.
    void cancel_all();
    /// As cancel_all(), and what was under way has ended when this returns.
    void shut();
    /// After cancel_all(), at the end of the process: waits for what was under way until then.
    void end_by(std::chrono::steady_clock::time_point deadline);

private:
    class job {
    public:
        std::uint64_t op = 0;
        std::string request;
    };
    class visit;
    class turn;

    void work();
    bool run_job();
    void push(std::unique_ptr<trunkline_event> e);
    std::unique_ptr<trunkline_event> done_event(job const& j);

    trunkline::capi::account account_;
    pid_t const owner_;
    int descriptor_ = -1; ///< An eventfd: readable while events wait.

    std::mutex mutex_;
    std::condition_variable changed_;
    bool closing_ = false;
    bool busy_ = false;         ///< Somebody has their turn.
    unsigned inside_ = 0;       ///< Callers of run() and wait().
    std::uint64_t current_ = 0; ///< The queued request that has its turn, or 0.
    std::uint64_t last_op_ = 0;
    std::deque<job> jobs_;
    std::deque<std::unique_ptr<trunkline_event>> events_;
    std::thread worker_;
};
