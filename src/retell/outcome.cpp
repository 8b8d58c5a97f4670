#include <trunkline/retell/outcome.hpp>

#include <algorithm>

namespace trunkline::retell {
namespace {

using enum outcome;

constexpr outcome_rule same(errc code, outcome o)
{
    return {code, o, o, o, o};
}

/// No answer, or none that says what came of it.
constexpr outcome_rule failing(errc code, outcome otherwise)
{
    return {code, otherwise, otherwise, otherwise, unknown};
}

constexpr outcome_rule rules[] = {
    same(errc::resolve_failed, sick),
    same(errc::connect_failed, sick),
    same(errc::tls_failed, misconfigured),
    failing(errc::timeout, sick),
    failing(errc::connection_lost, sick),
    failing(errc::protocol_error, sick),
    failing(errc::server_error, sick),
    failing(errc::empty_answer, sick),
    failing(errc::mistyped_answer, sick),
    failing(errc::too_large, local), // the limit is ours
    failing(errc::canceled, cancelled),
    {errc::outcome_unknown, unknown, sick, unknown, unknown},
    same(errc::bad_request, rejected),
    same(errc::not_found, rejected),
    same(errc::conflict, rejected),
    same(errc::precondition_failed, rejected),
    same(errc::unprocessable, rejected),
    same(errc::unexpected_status, rejected),
    same(errc::unauthorized, misconfigured),
    same(errc::payment_required, misconfigured),
    same(errc::forbidden, misconfigured),
    same(errc::rate_limited, throttled),
};

bool may_be_saturated(errc code) noexcept
{
    return code == errc::rate_limited || code == errc::bad_request || code == errc::conflict ||
        code == errc::unprocessable || code == errc::unexpected_status;
}

} // namespace

std::string_view name(outcome o) noexcept
{
    switch (o) {
    case ok: return "ok";
    case rejected: return "rejected";
    case misconfigured: return "misconfigured";
    case throttled: return "throttled";
    case saturated: return "saturated";
    case sick: return "sick";
    case unknown: return "unknown_outcome";
    case cancelled: return "cancelled";
    case local: return "local";
    }
    return {};
}

std::span<outcome_rule const> outcome_rules() noexcept
{
    return rules;
}

outcome classify(operation const& op, attempt_outcome const& attempt) noexcept
{
    if (!attempt.code) return ok;
    if (attempt.code.category() != trunkline_category()) return local;
    auto const code = static_cast<errc>(attempt.code.value());
    if (attempt.concurrency && may_be_saturated(code)) return saturated;
    auto const* const rule = std::ranges::find(rules, code, &outcome_rule::code);
    if (rule == std::end(rules)) return local;
    if (attempt.progress == http::progress::not_sent) return rule->not_sent;
    switch (op.retry) {
    case retry_class::safe: return rule->safe;
    case retry_class::idempotent: return rule->idempotent;
    case retry_class::once: return rule->once;
    }
    return local;
}

bool names_concurrency(http::response const& in) noexcept
{
    if (in.status < 400 || in.status > 499) return false;
    constexpr std::size_t far_enough = 4096;
    constexpr std::string_view word = "concurren"; // -cy, -t
    auto const text = std::string_view(in.body).substr(0, far_enough);
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    // Not std::ranges::search: clang 14 cannot compile that of libstdc++ 12.
    auto const named = [&](std::string_view what) {
        return std::search(text.begin(), text.end(), what.begin(), what.end(),
                   [&](char x, char y) { return lower(x) == y; }) != text.end();
    };
    if (in.status == 429) return named(word);
    // Of other refusals only those that say so in full: many a field has the word in its name.
    return named("concurrency_limit_reached") || named("concurrency limit");
}

} // namespace trunkline::retell
