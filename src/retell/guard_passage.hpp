#pragma once

#include <retell/guard_state.hpp>

#include <mutex>

namespace trunkline::retell {

/// One attempt through a guarded_admission. What it holds, it gives back when it is turned away,
/// destroyed, or reported.
class guard_passage final : public passage {
public:
    guard_passage(std::shared_ptr<guarded_admission::state> owner, attempt_request const& request,
        std::function<void()> wake);
    ~guard_passage() override;

    admission_answer ask(admission_clock::time_point now) override;
    void report(attempt_report const& r) noexcept override;

private:
    using time_point = admission_clock::time_point;
    using maybe = std::optional<admission_answer>; ///< Nothing: go on.

    maybe look_at_parts(time_point now);
    maybe look_at_breakers(time_point now);
    maybe spend_retry();
    maybe pay(time_point now);
    maybe wait_in_line(time_point now);
    maybe wait_for_rate(resilience::nanoseconds wait, time_point now);
    maybe ask_all_hosts(time_point now);
    maybe pass_breakers(time_point now);
    maybe take_flight(time_point now);
    maybe take_call(time_point now);
    admission_answer turn_away(admission_answer a);
    admission_answer refuse(guard_decision d, errc code, std::string why);
    admission_answer refuse_by(resilience::breaker_snapshot const& s, bool is_connection);
    errc code_before(errc otherwise) const noexcept;
    void give_back() noexcept;
    void leave_line();
    void lose_place() noexcept;
    void adapt_rate(attempt_report const& r) noexcept;
    void settle_call(attempt_report const& r, resilience::outcome o) noexcept;
    void read_concurrency(attempt_report const& r) noexcept;
    void count(guard_decision d) noexcept { owner_->counters.add(d, priority_); }
    resilience::priority level() const noexcept
    {
        return static_cast<resilience::priority>(owner_->ranks[static_cast<std::size_t>(priority_)]);
    }

    std::shared_ptr<guarded_admission::state> owner_;
    tenant_id tenant_;
    operation const* op_;
    priority priority_;
    error_code repeats_;
    std::optional<time_point> not_after_;
    std::function<void()> wake_;
    bool starts_;
    guard_toll toll_;
    resilience::breaker_ref service_, group_;
    /// Parts that decide; false if one is unusable and fails open.
    bool limited_, guarded_;
    bool leased_ = true;
    bool refused_ = false;

    std::shared_ptr<guard_line> line_; ///< Once there was something to wait for.
    std::optional<guard_line::id> place_;
    bool has_waited_ = false;
    bool may_repeat_ = false;
    /// What a strict_limit says, in its time and thread.
    class strict_answer {
    public:
        std::mutex mutex;
        bool came = false;
        bool abandoned = false; ///< Nobody waits for it: what it grants goes back.
        std::optional<resilience::decision> what;
    };
    std::shared_ptr<strict_answer> asked_;
    time_point asked_until_{};
    bool holds_strict_ = false;
    resilience::decision paid_; ///< Granted only while `holds_credit_`.
    bool holds_credit_ = false;
    resilience::permit service_permit_, group_permit_;
    resilience::lease flight_, call_;
    bool went_ = false;
};

/// Rounded up: whoever asks again after it must not be too early.
std::string in_seconds(resilience::nanoseconds d);
/// What an attempt means to the parts of the room resilience.
resilience::outcome to_resilience(attempt_report const& r) noexcept;

} // namespace trunkline::retell
