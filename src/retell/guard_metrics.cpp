#include <retell/guard_state.hpp>

#include <string>
#include <type_traits>

namespace trunkline::retell {
namespace {

using labels = std::vector<std::pair<std::string_view, std::string>>;
using kind = metric::kind;

double seconds(resilience::nanoseconds d)
{
    return std::chrono::duration<double>(d).count();
}

void append(guard_metrics& out, labels const& of, resilience::breaker_snapshot const& s)
{
    auto const add = [&](std::string_view name, kind k, auto v) {
        out.emplace_back(name, k, static_cast<double>(v), of);
    };
    add("trunkline_breaker_state", kind::gauge, static_cast<int>(s.state));
    add("trunkline_breaker_opened_by_others", kind::gauge, s.opened_by_others);
    add("trunkline_breaker_calls", kind::gauge, s.calls);
    add("trunkline_breaker_failures", kind::gauge, s.failures);
    add("trunkline_breaker_slow", kind::gauge, s.slow);
    add("trunkline_breaker_rejected_total", kind::counter, s.rejected);
    add("trunkline_breaker_late_total", kind::counter, s.late);
    add("trunkline_breaker_would_have_rejected_total", kind::counter, s.would_have_rejected);
    add("trunkline_breaker_changes_total", kind::counter, s.changes);
}

void append(guard_metrics& out, labels const& of, resilience::limiter_snapshot const& s)
{
    auto const add = [&](std::string_view name, kind k, auto v) {
        out.emplace_back(name, k, static_cast<double>(v), of);
    };
    add("trunkline_limiter_rate", kind::gauge, s.rate);
    if (s.share) add("trunkline_limiter_share", kind::gauge, *s.share);
    add("trunkline_limiter_credit", kind::gauge, s.credit);
    add("trunkline_limiter_penalty_seconds", kind::gauge, seconds(s.penalty_left));
    add("trunkline_limiter_denied_total", kind::counter, s.denied);
    add("trunkline_limiter_throttled_total", kind::counter, s.throttled);
    add("trunkline_limiter_decreases_total", kind::counter, s.decreases);
    add("trunkline_limiter_penalties_cut_total", kind::counter, s.penalties_cut);
    add("trunkline_limiter_would_have_denied_total", kind::counter, s.would_have_denied);
}

void append_space(guard_metrics& out, resilience::resilience_space const& space)
{
    auto const c = space.counts();
    auto const shared = space.kind() == resilience::resilience_space::kind_type::shared;
    labels how{{"kind", shared ? "shared" : "private"}, {"reason", space.reason()}};
    out.emplace_back("trunkline_resilience_space", kind::gauge, 1, std::move(how));
    auto const add = [&](std::string_view name, kind k, std::uint64_t v) {
        out.emplace_back(name, k, static_cast<double>(v));
    };
    add("trunkline_resilience_keys", kind::gauge, c.keys);
    add("trunkline_resilience_key_capacity", kind::gauge, c.capacity);
    add("trunkline_resilience_evictions_total", kind::counter, c.evictions);
    add("trunkline_resilience_overflows_total", kind::counter, c.overflows);
    add("trunkline_resilience_events_total", kind::counter, c.events);
}

} // namespace

guard_metrics guarded_admission::metrics(admission_clock::time_point now) const
{
    guard_metrics out;
    auto const& s = *state_;
    s.counters.append_to(out);
    append_space(out, *s.space);
    s.space->for_each_key(now,
        [&](std::string const& service, std::string const& tenant, std::string const& group,
            auto const& snapshot) {
            if (service == s.options.service)
                append(out, {{"tenant", tenant}, {"group", group}}, snapshot);
        });
    s.space->for_each_pool([&](std::string const& service, std::string const& tenant,
                               resilience::lease_snapshot const& p) {
        if (service != s.options.service) return;
        labels const of{{"tenant", tenant}};
        out.emplace_back("trunkline_call_leases_limit", kind::gauge, p.limit, of);
        out.emplace_back("trunkline_call_leases_in_use", kind::gauge, p.in_use(), of);
        out.emplace_back("trunkline_call_leases_external", kind::gauge, p.external, of);
    });
    std::lock_guard const lock(s.lines_mutex);
    for (auto const& [key, line] : s.lines)
        for (std::size_t p = 0; p < priorities; ++p) {
            auto const oldest =
                line->oldest_wait(static_cast<resilience::priority>(s.ranks[p]), now);
            labels of{{"tenant", key.first}, {"kind", key.second ? "call_start" : "request"},
                {"priority", std::string(name(static_cast<priority>(p)))}};
            out.emplace_back(
                "trunkline_admission_oldest_wait_seconds", kind::gauge, seconds(oldest), of);
        }
    return out;
}

} // namespace trunkline::retell
