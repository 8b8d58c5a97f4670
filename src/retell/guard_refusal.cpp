#include <retell/guard_passage.hpp>

#include <chrono>

/// What those are told who are turned away: what is wrong, since when it is known, what to do.
namespace trunkline::retell {

using namespace std::chrono_literals;
using resilience::circuit;

std::string in_seconds(resilience::nanoseconds d)
{
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count()) + " s";
}

admission_answer guard_passage::refuse(guard_decision d, errc code, std::string why)
{
    count(d);
    refused_ = true;
    return admission_answer::refuse(code, std::move(why));
}

/// A repeat that is refused ends with what the attempt before it met: that is the cause.
errc guard_passage::code_before(errc otherwise) const noexcept
{
    bool const ours = repeats_ && repeats_.category() == trunkline_category();
    return ours ? static_cast<errc>(repeats_.value()) : otherwise;
}

admission_answer guard_passage::refuse_by(resilience::breaker_snapshot const& s, bool is_connection)
{
    auto const service = owner_->options.service;
    auto const next = s.retry_after == resilience::nanoseconds::max() || s.retry_after <= 0ns
        ? std::string()
        : "; the next try is let through in " + in_seconds(s.retry_after);
    if (s.state == circuit::misconfigured)
        return refuse(guard_decision::refuse_misconfigured, code_before(errc::unauthorized),
            "not sent: " + service +
                " refused this account lately (API key, payment, permission or certificate); "
                "correct that" +
                next);

    auto const what = is_connection ? "connections to " + service
                                    : std::string(endpoint_group(*op_)) + " requests to " + service;
    if (repeats_) // its caller is told the cause before this
        return refuse(guard_decision::refuse_open, code_before(errc::circuit_open),
            "not repeated, as " + what + " kept failing");
    auto const last = owner_->last_connection_error.load(std::memory_order_relaxed);
    auto const cause = is_connection && last != 0
        ? " (" + make_error_code(static_cast<errc>(last)).message() + ")"
        : std::string();
    std::string why;
    if (s.opened_by_others) why = "other hosts see that " + what + " keep failing" + next;
    else if (s.state == circuit::forced_open) why = "an operator has stopped " + what;
    else if (s.state == circuit::half_open)
        why = what + " kept failing" + cause + ", and a few requests try whether they work again";
    else why = "the circuit is open, as " + what + " kept failing" + cause + next;
    return refuse(guard_decision::refuse_open, code_before(errc::circuit_open), "not sent: " + why);
}

} // namespace trunkline::retell
