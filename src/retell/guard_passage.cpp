#include <retell/guard_passage.hpp>

#include <algorithm>
#include <chrono>

namespace trunkline::retell {
namespace {

using namespace std::chrono_literals;
using resilience::circuit;

constexpr auto in_flight_pause = 20ms;

} // namespace

guard_passage::guard_passage(std::shared_ptr<guarded_admission::state> owner,
    attempt_request const& request, std::function<void()> wake)
    : owner_(std::move(owner)),
      tenant_(request.tenant),
      op_(request.op),
      priority_(request.priority),
      repeats_(request.repeats),
      not_after_(request.not_after),
      wake_(std::move(wake)),
      starts_(starts_call(*request.op)),
      toll_(owner_->toll_of(tenant_, starts_)),
      service_(owner_->breaker_of_service()),
      group_(owner_->breaker_of(tenant_, *op_, request.credential)),
      limited_(!toll_.is_overflow()),
      guarded_(!group_.is_overflow() && !service_.is_overflow())
{}

guard_passage::~guard_passage()
{
    if (went_) return;
    if (!refused_) count(guard_decision::given_up);
    leave_line();
    give_back();
    if (may_repeat_) owner_->budget_of(tenant_).give_back();
}

admission_answer guard_passage::ask(admission_clock::time_point now)
{
    if (auto const no = look_at_parts(now)) return turn_away(*no);
    if (auto const no = look_at_breakers(now)) return turn_away(*no);
    if (auto const no = spend_retry()) return turn_away(*no);
    if (auto const no = pay(now)) return turn_away(*no);
    if (auto const no = ask_all_hosts(now)) return asked_ ? *no : turn_away(*no);
    if (auto const no = pass_breakers(now)) return turn_away(*no);
    if (auto const no = take_flight(now)) return turn_away(*no);
    if (auto const no = take_call(now)) return turn_away(*no);
    went_ = true;
    owner_->pulse.beat(now);
    count(guard_decision::go);
    if (!limited_ || !guarded_ || !leased_ || owner_->is_unusable())
        count(guard_decision::pass_unusable);
    return admission_answer::go();
}

/// A part that cannot work lets everything pass, or nothing, as its options say. One in private
/// memory works, though only for this process.
guard_passage::maybe guard_passage::look_at_parts(time_point now)
{
    auto const& o = owner_->options;
    bool const alone = owner_->is_unusable();
    if (owner_->is_broken(now)) limited_ = guarded_ = false; // nobody waits by such a clock
    if (starts_ && owner_->calls_of(tenant_).is_overflow()) leased_ = false;
    auto const closed = [&](guard_part const& part, bool broken) {
        return broken && part.when_unusable == failure_policy::closed;
    };
    if (!closed(o.limiter, alone || !limited_) && !closed(o.breakers, alone || !guarded_) &&
        !(starts_ && closed(o.leases, alone || !leased_)))
        return std::nullopt;
    return refuse(guard_decision::refuse_unusable, errc::circuit_open,
        "the shared state that protects the service cannot be used, and is configured to refuse "
        "then; see the reason in the metrics");
}

/// What was taken goes back; a place in the line is kept by those who wait.
admission_answer guard_passage::turn_away(admission_answer a)
{
    give_back();
    if (a.what == admission_answer::kind::refuse) leave_line();
    return a;
}

/// Those behind move up, into credit that this one leaves behind as well.
void guard_passage::leave_line()
{
    if (!place_) return;
    if (line_->leave(*place_)) toll_.refund(1);
    lose_place();
    line_->wake_all();
}

void guard_passage::lose_place() noexcept
{
    place_.reset();
    owner_->waiting.fetch_sub(1, std::memory_order_relaxed);
}

void guard_passage::give_back() noexcept
{
    if (call_) owner_->calls_of(tenant_)->release(std::exchange(call_, {}));
    if (flight_) owner_->flights_of(tenant_)->release(std::exchange(flight_, {}));
    auto const hand_in = [](resilience::breaker_ref const& b, resilience::permit& p) {
        if (p) b.report(std::exchange(p, {}), resilience::outcome::local, 0ns, time_point());
    };
    hand_in(group_, group_permit_);
    hand_in(service_, service_permit_);
    if (std::exchange(holds_credit_, false)) toll_.refund(1);
    if (std::exchange(holds_strict_, false))
        owner_->options.strict->refund(owner_->strict_items_of(tenant_, starts_));
    if (auto const asked = std::exchange(asked_, nullptr)) {
        std::lock_guard const lock(asked->mutex);
        asked->abandoned = true;
        if (asked->came && asked->what && *asked->what)
            owner_->options.strict->refund(owner_->strict_items_of(tenant_, starts_));
    }
}

/// Nobody waits for credit, and no credit is taken, where the breaker would refuse anyhow.
guard_passage::maybe guard_passage::look_at_breakers(time_point now)
{
    if (!guarded_) return std::nullopt;
    for (auto const* b : {&service_, &group_}) {
        auto const s = b->snapshot(now);
        if (s.shadow || s.retry_after <= 0ns) continue;
        return refuse_by(s, b == &service_);
    }
    return std::nullopt;
}

/// A repeat because of a 429 is the limiter's business: it adds no load that the service minds.
guard_passage::maybe guard_passage::spend_retry()
{
    if (may_repeat_ || !repeats_ || repeats_ == errc::rate_limited) return std::nullopt;
    may_repeat_ = owner_->budget_of(tenant_).try_retry();
    if (may_repeat_) return std::nullopt;
    return refuse(guard_decision::refuse_retry, code_before(errc::circuit_open),
        "it failed and is not repeated, since too many requests needed that lately");
}

guard_passage::maybe guard_passage::pay(time_point now)
{
    if (!limited_ || holds_credit_) return std::nullopt;
    if (place_) return wait_in_line(now);
    if (owner_->waiting.load(std::memory_order_relaxed) != 0)
        line_ = owner_->line_of(tenant_, starts_);
    if (!line_ || line_->is_empty()) {
        paid_ = toll_.try_acquire(1, level(), now);
        holds_credit_ = paid_.granted;
        if (holds_credit_) return std::nullopt;
    }
    if (!line_) line_ = owner_->line_of(tenant_, starts_);
    place_ = line_->enter(toll_, level(), not_after_.value_or(time_point::max()), now, wake_);
    if (!place_)
        return refuse(guard_decision::refuse_crowd, errc::rate_limited,
            "not sent: too many requests wait for the rate limit already");
    owner_->waiting.fetch_add(1, std::memory_order_relaxed);
    if (!std::exchange(has_waited_, true)) count(guard_decision::wait_rate);
    return wait_in_line(now);
}

guard_passage::maybe guard_passage::wait_in_line(time_point now)
{
    auto const a = line_->ask(*place_, toll_, now);
    if (!a.over) return wait_for_rate(a.ask_at - now, now);
    lose_place();
    paid_ = a.result;
    holds_credit_ = paid_.granted;
    if (holds_credit_) return std::nullopt;
    return wait_for_rate(std::max<resilience::nanoseconds>(paid_.retry_after, 1ms), now);
}

guard_passage::maybe guard_passage::wait_for_rate(resilience::nanoseconds wait, time_point now)
{
    if (wait > owner_->options.longest_wait)
        return refuse(guard_decision::refuse_rate, errc::rate_limited,
            "not sent: the rate limit lets the next request through in " + in_seconds(wait) +
                ", longer than is waited for");
    return admission_answer::wait(now + wait);
}

/// Strict mode. The local credit is kept while the answer is on its way.
guard_passage::maybe guard_passage::ask_all_hosts(time_point now)
{
    auto const& strict = owner_->options.strict;
    if (!strict || holds_strict_ || !limited_) return std::nullopt;
    constexpr auto longest_answer = 5s; // of one that breaks its promise to answer
    if (!asked_) {
        auto items = owner_->strict_items_of(tenant_, starts_);
        if (items.empty()) return std::nullopt;
        asked_ = std::make_shared<strict_answer>();
        asked_until_ = now + longest_answer;
        strict->async_take(
            items, [a = asked_, wake = wake_, items, weak = std::weak_ptr(strict)](auto what) {
                {
                    std::lock_guard const lock(a->mutex);
                    a->came = true;
                    a->what = what;
                    if (a->abandoned) {
                        if (auto const s = weak.lock(); s && what && *what) s->refund(items);
                        return;
                    }
                }
                wake();
            });
    }
    std::optional<resilience::decision> what;
    {
        std::lock_guard const lock(asked_->mutex);
        if (!asked_->came && now < asked_until_) return admission_answer::wait(asked_until_);
        if (asked_->came) what = asked_->what;
        else asked_->abandoned = true;
    }
    asked_.reset();
    if (what && *what) {
        holds_strict_ = true;
        return std::nullopt;
    }
    if (what) {
        if (!std::exchange(has_waited_, true)) count(guard_decision::wait_rate);
        return wait_for_rate(std::max<resilience::nanoseconds>(what->retry_after, 1ms), now);
    }
    if (owner_->options.limiter.when_unusable == failure_policy::closed)
        return refuse(guard_decision::refuse_unusable, errc::circuit_open,
            "not sent: the limit that all hosts share could not be asked, and is configured to "
            "refuse then");
    count(guard_decision::pass_unusable);
    return std::nullopt;
}

guard_passage::maybe guard_passage::pass_breakers(time_point now)
{
    if (!guarded_) return std::nullopt;
    auto const ask = [&](resilience::breaker_ref const& b, resilience::permit& p) -> maybe {
        p = b.allow(now);
        if (p) return std::nullopt;
        auto const s = b.snapshot(now);
        if (s.state == circuit::closed && !s.opened_by_others) {
            count(guard_decision::wait_ramp);
            // The share that is let through grows with each eighth of the window.
            return admission_answer::wait(now + owner_->options.breaker.window / 8);
        }
        return refuse_by(s, &b == &service_);
    };
    if (auto no = ask(service_, service_permit_)) return no;
    return ask(group_, group_permit_);
}

guard_passage::maybe guard_passage::take_flight(time_point now)
{
    if (owner_->options.in_flight == 0) return std::nullopt;
    // Live calls are what room is kept for, as inbound calls are among call leases.
    auto const direction = priority_ == priority::live_call ? resilience::call_direction::inbound
                                                            : resilience::call_direction::outbound;
    constexpr auto longest_request = 15min;
    auto pool = owner_->flights_of(tenant_);
    if (pool.is_overflow()) return std::nullopt; // as with leases
    flight_ = pool.try_take(direction, now + longest_request, now);
    if (flight_) return std::nullopt;
    count(guard_decision::wait_in_flight);
    return admission_answer::wait(now + in_flight_pause);
}

guard_passage::maybe guard_passage::take_call(time_point now)
{
    if (!starts_ || !leased_) return std::nullopt;
    auto pool = owner_->calls_of(tenant_);
    call_ = pool.try_take(
        resilience::call_direction::outbound, now + owner_->options.longest_call, now);
    if (call_ && pool->sending(call_)) return std::nullopt;
    call_ = {};
    if (owner_->options.leases.shadow) {
        count(guard_decision::pass_shadow);
        return std::nullopt;
    }
    auto const s = pool->snapshot();
    return refuse(guard_decision::refuse_lease, errc::rate_limited,
        "not sent: " + std::to_string(s.in_use() + s.external) + " of " + std::to_string(s.limit) +
            " calls are under way, " + std::to_string(s.reserved) +
            " are kept for inbound ones; try again when one has ended");
}

} // namespace trunkline::retell
