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

milliseconds backoff(retry_options const& options, unsigned attempt, random_source& random)
{
    auto const factor = std::uint64_t{1} << std::min(attempt - 1, 20u);
    auto const full =
        std::min<double>(static_cast<double>(options.base.count()) * static_cast<double>(factor),
            static_cast<double>(options.cap.count()));
    // At least half of it: callers that failed together must not come back together, nor at once.
    return milliseconds(static_cast<std::int64_t>(full * (0.5 + 0.5 * random.unit())));
}

retry_decision finish(error_code code)
{
    retry_decision d;
    d.code = code;
    return d;
}

} // namespace

retry_decision decide(retry_options const& options, operation const& op,
    attempt_outcome const& outcome, unsigned attempt, random_source& random)
{
    if (!outcome.code) return finish({});
    if (op.method == "DELETE" && outcome.maybe_done_before && outcome.code == errc::not_found)
        return finish({});
    if (op.retry == retry_class::once && leaves_outcome_open(outcome))
        return finish(errc::outcome_unknown);
    if (!may_repeat(op, outcome) || attempt >= options.max_attempts) return finish(outcome.code);
    if (outcome.retry_after && *outcome.retry_after > options.retry_after_cap)
        return finish(outcome.code);

    retry_decision d;
    d.action = retry_action::wait;
    d.code = outcome.code;
    d.delay = outcome.retry_after ? *outcome.retry_after : backoff(options, attempt, random);
    return d;
}

} // namespace trunkline::retell
