#pragma once

#include <trunkline/core/random.hpp>
#include <trunkline/retell/client.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/paced_admission.hpp>
#include <trunkline/retell/paging.hpp>
#include <trunkline/retell/retry.hpp>

#include <retell/api_keys.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace trunkline::retell {

/// What a client is made of. All state is touched on the strand only, except what never changes or
/// guards itself.
class client::impl : public std::enable_shared_from_this<client::impl> {
public:
    class call_task;
    class page_walk;
    class walk_task;
    class cached_read;
    template <class Handler>
    class completion;

    impl(asio::any_io_executor ex, client_options o);

    /// Runs a function with this task on the strand, if the task still lives then.
    template <class Task, class F>
    void later(std::shared_ptr<Task> const& task, F f)
    {
        asio::post(strand, [weak = std::weak_ptr(task), f] {
            if (auto const alive = weak.lock()) f(*alive);
        });
    }

    void start_call(operation const* op, arguments args, diagnostics* diag, request_options about,
        call_handler h);
    /// start_call(), unless the cache can do without.
    void start_any(operation const* op, arguments args, diagnostics* diag, request_options about,
        call_handler h);
    /// From the destructor of the client: everything under way is cancelled.
    void close();

    /// Lets waiting calls pass while there is room.
    void admit();
    void give_back_slot();
    /// The next call that may pass, with a slot taken for it; null if there is none.
    std::shared_ptr<call_task> next_with_slot();
    /// Sends back a call less urgent than this rank that holds a slot and only waits for admission.
    bool displace(std::size_t rank);
    void remember(call_record r);

    asio::any_io_executor executor;
    asio::strand<asio::any_io_executor> strand;
    client_options options; ///< The key is in `keys` instead.
    api_keys keys;
    retry_options retry;
    std::shared_ptr<retell::admission> admission;
    random_source random;
    http::client http;
    std::function<void(call_event const&)> on_event;
    std::atomic<std::uint64_t> sent{0};
    std::uint64_t calls = 0;
    mutable std::mutex records_mutex;
    std::deque<call_record> records; ///< Under its mutex.
    std::size_t free_slots;
    std::size_t free_live_slots;
    bool admitting = false;
    bool closed = false;
    // Weak: a task is owned by what it waits for, so that it goes with the execution context.
    std::array<std::deque<std::weak_ptr<call_task>>, priorities> waiting; ///< By rank.
    std::vector<std::weak_ptr<call_task>> admitted; ///< At most one a slot waits for admission.
    std::array<std::uint8_t, priorities> ranks;     ///< Of priorities.
    std::unordered_map<call_task*, std::weak_ptr<call_task>> tasks;
};

/// The user's end of an operation: its handler, with the executor it belongs to kept busy meanwhile.
template <class Handler>
class client::impl::completion {
public:
    completion(Handler h, asio::any_io_executor const& fallback)
        : handler_(std::move(h)),
          executor_(asio::get_associated_executor(handler_, fallback)),
          work_(asio::make_work_guard(executor_))
    {}

    template <class F>
    void on_cancel(F f)
    {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([f = std::move(f)](asio::cancellation_type type) {
            auto const understood =
                asio::cancellation_type::terminal | asio::cancellation_type::partial;
            if ((type & understood) != asio::cancellation_type::none) f();
        });
    }

    template <class... Result>
    void operator()(Result... result)
    {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected())
            slot.clear();
        auto const work = std::move(work_);
        asio::dispatch(executor_,
            asio::append(asio::bind_executor(executor_, std::move(handler_)), std::move(result)...));
    }

private:
    Handler handler_;
    asio::associated_executor_t<Handler, asio::any_io_executor> executor_;
    asio::executor_work_guard<asio::associated_executor_t<Handler, asio::any_io_executor>> work_;
};

/**
 * One call, from its arguments to its answer, repeats included.
 *
 *     queued -> pacing -> sending -> finished
 *       ^                    |
 *       +----- resting <-----+
 *
 * It holds one of the client's slots while pacing and sending, and in both its passage through
 * admission. In every state but sending its timer is pending, which is also what keeps it alive.
 */
class client::impl::call_task : public std::enable_shared_from_this<call_task> {
public:
    using clock = admission_clock;

    call_task(std::shared_ptr<impl> owner, operation const* op, arguments args, diagnostics* diag,
        request_options about, call_handler h);
    ~call_task();

    void watch_cancellation();
    void start();
    void cancel();
    bool is_queued() const noexcept { return state_ == state::queued && !canceled_; }
    bool is_pacing() const noexcept { return state_ == state::pacing && !canceled_; }
    std::size_t rank() const noexcept { return owner_->ranks[static_cast<std::size_t>(priority_)]; }
    std::uint64_t number() const noexcept { return number_; }
    /// A slot is ours now.
    void admitted();
    /// And is another's now: back to the front of the queue.
    void step_back();

private:
    enum class state { fresh, queued, pacing, sending, resting, finished };

    error_code prepare();
    void queue_up(bool in_front);
    void sleep(state meanwhile, clock::time_point until);
    void woken();
    void enter_admission();
    void ask_admission();
    void refuse(errc code, std::string_view why);
    void refuse_as_late();
    bool is_too_late(clock::time_point t) const { return not_after_ && t >= *not_after_; }
    void send();
    void received(error_code transport_error, http::exchange x);
    error_code judge(error_code transport_error, http::exchange const& x, answer& out);
    bool take_key(api_keys::handle key);
    api_keys::handle other_key(attempt_outcome const& seen, int status);
    void report(retry_decision const& d, std::string_view why, answer const& a,
        attempt_outcome const& seen, resilience::rate_headers const& rate);
    call_record new_record() const;
    void remember_refusal(error_code code);
    void hide_keys(std::string& text) const;
    void finish(error_code code, answer a = {});
    void explain(error_code code);

    std::shared_ptr<impl> owner_;
    operation const* op_;
    arguments args_;
    diagnostics* diag_;
    request_options about_;
    priority priority_;
    completion<call_handler> complete_;
    state state_ = state::fresh;
    bool canceled_ = false;
    bool maybe_done_ = false;
    bool key_changed_ = false; ///< Repeated because of a 401 already.
    unsigned attempt_ = 0;
    std::string resource_; ///< What a write makes void in the cache.
    http::request request_;
    diagnostics why_; ///< Of the last attempt.
    asio::steady_timer timer_;
    unsigned sleep_ = 0; ///< Tells the wake-up of this sleep from that of one cut short.
    asio::cancellation_signal stop_sending_;
    api_keys::handle key_;
    std::uint64_t number_ = 0;
    clock::time_point waits_since_{};
    std::chrono::milliseconds waited_{0};
    error_code repeats_;               ///< See attempt_request.
    std::unique_ptr<passage> passage_; ///< From having a slot until it is given back.
    clock::time_point sent_at_{};
    std::optional<clock::time_point> not_after_;
};

/// The pages of a list, and how far they were read.
class client::impl::page_walk : public page_range::source,
                                public std::enable_shared_from_this<page_walk> {
public:
    page_walk(
        std::shared_ptr<impl> owner, operation const* op, arguments args, request_options about)
        : owner_(std::move(owner)), op_(op), about_(std::move(about)), walker_(*op, std::move(args))
    {}

    asio::any_io_executor executor() const noexcept override { return owner_->executor; }
    bool done() const noexcept override { return done_.load(std::memory_order_acquire); }
    void next(diagnostics* diag, page_range::handler h) override
    {
        start(diag, std::move(h), false);
    }
    /// Reads one page, or all that are left.
    void start(diagnostics* diag, list_handler h, bool to_the_end);

private:
    friend class walk_task;

    std::shared_ptr<impl> owner_;
    operation const* op_;
    request_options about_;
    page_walker walker_; ///< On the strand, like busy_.
    bool busy_ = false;
    std::atomic<bool> done_{false};
};

/// Reading one page, or all that are left.
class client::impl::walk_task : public std::enable_shared_from_this<walk_task> {
public:
    walk_task(std::shared_ptr<page_walk> walk, diagnostics* diag, list_handler h, bool to_the_end);

    void watch_cancellation();
    void start();
    void cancel();

private:
    void next_page();
    void received(error_code code, answer a);
    void refuse(errc code, std::string_view why);
    void finish(error_code code);

    std::shared_ptr<page_walk> walk_;
    diagnostics* diag_;
    completion<list_handler> complete_;
    bool to_the_end_;
    bool canceled_ = false;
    diagnostics why_;
    asio::cancellation_signal stop_page_;
};

} // namespace trunkline::retell
