// The steps of breakers, limiters and leases.
#include "run_scenarios.hpp"

#include <algorithm>
#include <array>

namespace scenarios {
namespace {

using std::chrono::milliseconds;

res::time_point now_in(json::value const& step)
{
    return res::time_point(res::nanoseconds(step.int_at("now_ns")));
}

constexpr std::array<std::string_view, 10> outcomes{"ok", "rejected", "misconfigured", "throttled",
    "saturated", "sick", "unreachable", "unknown", "cancelled", "local"};
constexpr std::array<std::string_view, 6> circuits{
    "closed", "open", "half_open", "forced_open", "disabled", "misconfigured"};
constexpr std::array<std::string_view, 4> priorities{"live_call", "booking", "admin", "background"};
constexpr std::array<std::string_view, 2> directions{"outbound", "inbound"};

bool has_flag(json::value const& options, std::string_view flag)
{
    auto const& flags = options.at_or_null("flags");
    return flags.is_array() && std::ranges::any_of(flags.as_array(), [&](json::value const& f) {
        return f.string_or("") == flag;
    });
}

void set(milliseconds& to, json::value const& options, std::string_view name)
{
    to = milliseconds(int_in(options, name, to.count()));
}

void set(unsigned& to, json::value const& options, std::string_view name)
{
    to = static_cast<unsigned>(int_in(options, name, to));
}

void set_rate(double& to, json::value const& options, std::string_view name)
{
    if (auto const n = int_in(options, name, 0); n != 0) to = n < 0 ? 0 : double(n) / 1000.0;
}

res::breaker_policy breaker_policy_of(json::value const& o)
{
    res::breaker_policy p;
    set(p.window, o, "window_ms");
    set(p.slow_call, o, "slow_call_ms");
    set(p.open_base, o, "open_base_ms");
    set(p.open_cap, o, "open_cap_ms");
    set(p.probe_lease, o, "probe_lease_ms");
    set(p.misconfigured_interval, o, "misconfigured_interval_ms");
    set(p.minimum_calls, o, "minimum_calls");
    set(p.count_window, o, "count_window");
    set(p.probes, o, "probes");
    set(p.successes, o, "successes");
    if (auto const n = int_in(o, "connect_failures", 0); n != 0)
        p.connect_failures = n < 0 ? 0 : static_cast<unsigned>(n);
    set_rate(p.failure_rate, o, "failure_permille");
    set_rate(p.slow_rate, o, "slow_permille");
    set_rate(p.combined_rate, o, "combined_permille");
    p.seed = static_cast<std::uint64_t>(int_in(o, "seed", 0));
    p.shadow = has_flag(o, "shadow");
    p.striped = has_flag(o, "striped");
    p.jitter = !has_flag(o, "no_jitter");
    p.slow_start = !has_flag(o, "no_slow_start");
    return p;
}

double real_in(json::value const& v, std::string_view name, double otherwise)
{
    auto const& n = v.at_or_null(name);
    return n.is_number() ? n.as_number().to_double() : otherwise;
}

res::limiter_policy limiter_policy_of(json::value const& o)
{
    res::limiter_policy p;
    p.rate = real_in(o, "rate", p.rate);
    p.floor = real_in(o, "floor", p.floor);
    p.ceiling = real_in(o, "ceiling", std::max(p.ceiling, p.rate));
    set(p.burst, o, "burst");
    p.adaptive = !has_flag(o, "fixed");
    p.shadow = has_flag(o, "shadow");
    if (has_flag(o, "no_reserves")) p.reserves = {};
    return p;
}

json::value shown(res::breaker_snapshot const& s)
{
    return json::object{{"state", circuits[static_cast<std::size_t>(s.state)]},
        {"retry_after_ns", s.retry_after.count()}, {"generation", s.generation}, {"calls", s.calls},
        {"failures", s.failures}, {"slow", s.slow}, {"rejected", s.rejected}, {"late", s.late},
        {"would_have_rejected", s.would_have_rejected}, {"changes", s.changes},
        {"probes_out", s.probes_out}, {"exponent", s.exponent}};
}

json::value shown(res::limiter_snapshot const& s)
{
    return json::object{{"burst", s.burst}, {"rate", s.rate}, {"credit", s.credit},
        {"penalty_left_ns", s.penalty_left.count()}, {"denied", s.denied},
        {"throttled", s.throttled}, {"decreases", s.decreases}, {"penalties_cut", s.penalties_cut},
        {"would_have_denied", s.would_have_denied}, {"generation", s.generation}};
}

json::value shown(res::decision const& d)
{
    if (d.granted) return json::object{{"granted", true}, {"generation", d.generation}};
    if (d.why == res::denial::too_large) return json::object{{"granted", false}, {"never", true}};
    auto const wait = std::max<std::int64_t>(1, d.retry_after.count());
    return json::object{{"granted", false}, {"wait_ns", wait}};
}

json::value gone_unless(bool ok)
{
    return ok ? json::value() : json::value(json::object{{"error", "lease_gone"}});
}

std::string call_id_in(json::value const& step)
{
    auto id = required_in(step, "call_id");
    if (id.size() > 48) throw std::invalid_argument("call_id has more than 48 bytes");
    return id;
}

milliseconds ttl_in(json::value const& step)
{
    milliseconds const ttl(step.int_at("ttl_ms"));
    if (ttl <= milliseconds(0) || ttl > std::chrono::hours(36))
        throw std::invalid_argument("ttl_ms is not between 1 and 36 hours");
    return ttl;
}

} // namespace

json::value host::space(std::string_view what, json::value const& step)
{
    if (what == "open") {
        res::space_options o;
        o.shared = !has_flag(step, "private");
        o.create = !has_flag(step, "no_create");
        o.keys = static_cast<std::uint64_t>(int_in(step, "keys", std::int64_t(o.keys)));
        if (auto const d = step.string_at("directory"); !d.empty()) o.directory = d;
        spaces_[required_in(step, "as")] = std::make_shared<res::resilience_space>(
            res::resilience_space::open(required_in(step, "name"), o));
        return true;
    }
    auto const& s = in(spaces_, step.string_at("on"));
    return json::object{{"shared", s->kind() == res::resilience_space::kind_type::shared}};
}

json::value host::breaker(std::string_view what, json::value const& step)
{
    if (what == "open") {
        auto const service = required_in(step, "service"), tenant = required_in(step, "tenant");
        auto const& space = in(spaces_, step.string_at("space"));
        res::resilience_space::breaker_profile profile;
        if (auto const* const o = step.find("options"))
            profile = space->profile(breaker_policy_of(*o));
        breakers_.insert_or_assign(required_in(step, "as"),
            space->breaker(service, trunkline::tenant_id(tenant), step.string_at("group"), profile));
        return true;
    }
    auto const& b = in(breakers_, step.string_at("on"));
    if (what == "allow") {
        auto const p = b.allow(now_in(step));
        if (auto const as = step.string_at("as"); !as.empty()) tokens_[std::string(as)] = p.token();
        return p.token() != 0;
    }
    if (what == "report") {
        auto const token = in(tokens_, step.string_at("permit")) ^
            static_cast<std::uint64_t>(int_in(step, "flip", 0));
        auto const n = index_of(step.at_or_null("outcome"), outcomes);
        auto const o = n < 0 || n > 255 ? res::outcome::cancelled : static_cast<res::outcome>(n);
        b.report(res::permit(token), o, res::nanoseconds(step.int_at("duration_ns")), now_in(step));
        return {};
    }
    if (what == "look") return shown(b.snapshot(now_in(step)));
    if (what == "force_open") b.force_open();
    else if (what == "disable") b.disable();
    else if (what == "reset") b.reset();
    else throw std::logic_error("no such step");
    return {};
}

json::value host::limiter(std::string_view what, json::value const& step)
{
    if (what == "open") {
        auto const service = required_in(step, "service"), tenant = required_in(step, "tenant");
        auto const& space = in(spaces_, step.string_at("space"));
        res::resilience_space::limiter_profile profile;
        if (auto const* const o = step.find("options"))
            profile = space->profile(limiter_policy_of(*o));
        limiters_.insert_or_assign(required_in(step, "as"),
            space->limiter(service, trunkline::tenant_id(tenant), step.string_at("group"), profile));
        return true;
    }
    auto const& l = in(limiters_, step.string_at("on"));
    auto const cost = static_cast<std::uint32_t>(int_in(step, "cost", 1));
    if (what == "try") {
        auto const n = index_of(step.at_or_null("priority"), priorities);
        auto const d = l.try_acquire(cost, static_cast<res::priority>(n), now_in(step));
        if (auto const as = step.string_at("as"); !as.empty() && d.granted)
            tokens_[std::string(as)] = d.generation;
        return shown(d);
    }
    if (what == "look") return shown(l.snapshot(now_in(step)));
    res::rate_headers h;
    if (auto const ns = int_in(step, "retry_after_ns", -1); ns >= 0)
        h.retry_after = res::nanoseconds(ns);
    if (auto const ns = int_in(step, "reset_ns", -1); ns >= 0) h.reset = res::nanoseconds(ns);
    if (auto const n = real_in(step, "limit", -1); n >= 0) h.limit = n;
    if (auto const n = real_in(step, "remaining", -1); n >= 0) h.remaining = n;
    if (what == "refund") l.refund(cost);
    else if (what == "throttled")
        l.throttled(
            static_cast<std::uint16_t>(in(tokens_, step.string_at("grant"))), h, now_in(step));
    else if (what == "accepted") l.accepted(h, now_in(step));
    else throw std::logic_error("no such step");
    return {};
}

json::value host::lease(std::string_view what, json::value const& step)
{
    if (what == "open") {
        auto const service = required_in(step, "service"), tenant = required_in(step, "tenant");
        leases_.insert_or_assign(required_in(step, "as"),
            in(spaces_, step.string_at("space"))->leases(service, trunkline::tenant_id(tenant)));
        return true;
    }
    auto& p = in(leases_, step.string_at("on"));
    auto const now = res::coarse_clock::now();
    auto const held = [&] { return res::lease(in(tokens_, step.string_at("lease"))); };
    if (what == "configure") {
        auto const limit = step.int_at("limit"), reserved = int_in(step, "reserved_inbound", 0);
        if (limit < 0 || limit > 256 || reserved > limit)
            throw std::invalid_argument("the limit is not between 0 and 256");
        p->configure(static_cast<unsigned>(limit), static_cast<unsigned>(reserved));
        return {};
    }
    if (what == "take") {
        auto const d = index_of(step.at_or_null("direction"), directions);
        auto const l = p.try_take(static_cast<res::call_direction>(d), now + ttl_in(step), now);
        tokens_[required_in(step, "as")] = l.token();
        return static_cast<bool>(l);
    }
    if (what == "sending") return gone_unless(p->sending(held()));
    if (what == "bind") return gone_unless(p->bind(held(), call_id_in(step)));
    if (what == "renew") return gone_unless(p->renew(held(), now + ttl_in(step)));
    if (what == "release") return gone_unless(p->release(held()));
    if (what == "started")
        return gone_unless(p->started(call_id_in(step), now + ttl_in(step), now));
    if (what == "ended") return gone_unless(p->ended(call_id_in(step)));
    if (what != "look") throw std::logic_error("no such step");
    p->sweep(now);
    auto const s = p->snapshot();
    return json::object{{"limit", s.limit}, {"external", s.external},
        {"reserved_inbound", s.reserved}, {"taken", s.taken}, {"sending", s.sending},
        {"bound", s.bound}, {"in_use", s.in_use()}};
}

} // namespace scenarios
