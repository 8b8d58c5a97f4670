#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/resources.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::sync {

/// How one call ended: no error and an answer, or an error and what is known about it.
class call_outcome {
public:
    call_outcome() {}
    error_code code;
    retell::answer answer;
    diagnostics diag;
    bool ok() const noexcept { return !code; }
};

/// A call that a process wants made, with the ticket under which its outcome is to be delivered.
class pending_call {
public:
    pending_call(std::uint64_t t, retell::call c) : ticket(t), call(std::move(c)) {}
    std::uint64_t ticket;
    retell::call call;
    /// To be made this much later: for looking again at what the service shows with a lag.
    std::chrono::milliseconds after{0};
};

/**
 * Work that consists of calls to the service, without any I/O of its own: whoever drives it takes
 * calls out, makes them (several at once if it likes) and delivers the outcomes, in any order.
 * So the same engine runs over a real client, or over an in-process simulator on virtual time.
 *
 * Thread safety: none; one driver.
 */
class process {
public:
    virtual ~process() = default;
    /// The next call to make; nothing while it waits for outcomes, or when it is done.
    virtual std::optional<pending_call> next() = 0;
    virtual void deliver(std::uint64_t ticket, call_outcome outcome) = 0;
    /// No call is wanted any more and none is outstanding.
    virtual bool done() const = 0;
    /// Starts nothing new; outcomes of calls under way are still taken. Same guarantees as a crash.
    virtual void cancel() = 0;
};

/// A process written as steps: each step asks for a call and names what to do with its outcome.
class stepwise : public process {
public:
    std::optional<pending_call> next() final;
    void deliver(std::uint64_t ticket, call_outcome outcome) final;
    bool done() const final { return queue_.empty() && waiting_.empty(); }
    void cancel() override;
    bool canceled() const noexcept { return canceled_; }

protected:
    using continuation = std::function<void(call_outcome)>;
    /// All rows, and how the walk went.
    class listing {
    public:
        std::vector<json::value> rows;
        std::size_t pages = 0;
        bool met_twice = false; ///< A row came a second time: something moved during the walk.
    };
    using list_continuation = std::function<void(call_outcome, listing)>;

    /// Asked when a call leaves the queue, right before it is handed out: an error is its outcome
    /// and it is not made. May bound how long the client may take to send it.
    virtual error_code admit(retell::call&, diagnostics&) { return {}; }

    /// A step threw: the store failed, say. Must leave the process done (drop_everything()),
    /// because whoever drives it has nobody to throw at. Rethrows if not overridden.
    virtual void on_failure(error const& e);
    /// As if the process had died here: no call is wanted any more, no outcome taken.
    void drop_everything() noexcept;

    /// Queues a call. After cancel() it completes with errc::canceled without being made.
    void ask(retell::call c, continuation then, std::chrono::milliseconds after = {});
    /// Walks every page of a list (see retell::page_walker) and hands over all rows; the outcome is
    /// that of the first page that failed. `each` takes the place of a row as it arrives: of a long
    /// list, what it makes smaller never is in memory as a whole.
    void ask_list(retell::call c, list_continuation then, std::chrono::milliseconds after = {},
        std::function<json::value(json::value)> each = {});

private:
    class walk;
    std::optional<pending_call> next_admitted();
    void ask_page(std::shared_ptr<walk> w, std::chrono::milliseconds after);

    std::deque<std::pair<pending_call, continuation>> queue_;
    std::map<std::uint64_t, continuation> waiting_;
    std::uint64_t last_ticket_ = 0;
    bool canceled_ = false;
};

} // namespace trunkline::sync
