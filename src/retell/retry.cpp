#include <trunkline/retell/retry.hpp>

#include <algorithm>
#include <initializer_list>

namespace trunkline::retell {
namespace {

using std::chrono::milliseconds;

bool is(error_code const& code, std::initializer_list<errc> any)
{
    return std::ranges::any_of(any, [&](errc e) { return code == e; });
}

/// The service certainly did nothing: it never saw the request, or refused it for its rate.
bool certainly_not_done(attempt_outcome const& o)
{
    return o.progress == http::progress::not_sent || o.code == errc::rate_limited;
}

/// After this nobody can say whether the service acted, or what came of it.
bool leaves_outcome_open(attempt_outcome const& o)
{
    if (o.progress == http::progress::not_sent) return false;
    if (o.progress == http::progress::sent) return true;
    return is(o.code,
        {errc::server_error, errc::protocol_error, errc::empty_answer, errc::mistyped_answer,
            errc::too_large, errc::timeout, errc::connection_lost, errc::canceled});
}

/// Not tls_failed: a certificate or host name that is refused stays refused, and a handshake that
/// is merely cut short is a connect_failed.
bool is_transient(attempt_outcome const& o)
{
    return is(o.code,
        {errc::resolve_failed, errc::connect_failed, errc::timeout, errc::connection_lost,
            errc::protocol_error, errc::server_error, errc::rate_limited});
}

bool may_repeat(operation const& op, attempt_outcome const& o)
{
    if (op.retry == retry_class::once) return certainly_not_done(o) && is_transient(o);
    if (o.should_retry) return *o.should_retry;
    return is_transient(o);
}

milliseconds backed_off(retry_options const& options, unsigned attempt, random_source& random)
{
    auto const factor = std::uint64_t{1} << std::min(attempt - 1, 20u);
    auto const full =
        std::min<double>(static_cast<double>(options.base.count()) * static_cast<double>(factor),
            static_cast<double>(options.cap.count()));
    // At least half of it: callers that failed together must not come back together, nor at once.
    return milliseconds(static_cast<std::int64_t>(full * (0.5 + 0.5 * random.unit())));
}

retry_decision finish(error_code code, retry_reason why)
{
    retry_decision d;
    d.code = code;
    d.reason = why;
    return d;
}

} // namespace

std::string_view describe(retry_reason r) noexcept
{
    switch (r) {
    case retry_reason::success: return "success";
    case retry_reason::done_before:
        return "nothing left to delete after an attempt that may have done it";
    case retry_reason::outcome_open:
        return "of class once and sent, no answer says what came of it: never repeated";
    case retry_reason::not_transient: return "repeating would not help";
    case retry_reason::told_not_to: return "the service says not to repeat it";
    case retry_reason::used_up: return "that was the last attempt";
    case retry_reason::asked_too_long: return "the service asks for a longer wait than is allowed";
    case retry_reason::backoff: return "transient, repeated after a backoff";
    case retry_reason::asked_to_wait: return "repeated after the wait that the service asks for";
    }
    return {};
}

retry_decision decide(retry_options const& options, operation const& op,
    attempt_outcome const& outcome, unsigned attempt, random_source& random)
{
    using enum retry_reason;
    if (!outcome.code) return finish({}, success);
    if (op.method == "DELETE" && outcome.maybe_done_before && outcome.code == errc::not_found)
        return finish({}, done_before);
    if (op.retry == retry_class::once && leaves_outcome_open(outcome))
        return finish(errc::outcome_unknown, outcome_open);
    if (!may_repeat(op, outcome))
        return finish(outcome.code, is_transient(outcome) ? told_not_to : not_transient);
    if (attempt >= options.max_attempts) return finish(outcome.code, used_up);
    if (outcome.retry_after && *outcome.retry_after > options.retry_after_cap)
        return finish(outcome.code, asked_too_long);

    retry_decision d;
    d.action = retry_action::wait;
    d.code = outcome.code;
    d.reason = outcome.retry_after ? asked_to_wait : backoff;
    d.delay = outcome.retry_after ? *outcome.retry_after : backed_off(options, attempt, random);
    return d;
}

} // namespace trunkline::retell
