#include <retell/guard_state.hpp>

#include <trunkline/resilience/space_sharing.hpp>

#include <retell/guard_passage.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <stdexcept>
#include <string>

namespace trunkline::retell {
namespace {

using resilience::breaker_policy;
using resilience::limiter_policy;

/// As good as none.
constexpr double no_limit = 100'000;

breaker_policy breaker_for(guard_options const& o, std::chrono::milliseconds slow)
{
    auto p = o.breaker;
    p.shadow = p.shadow || o.breakers.shadow;
    if (slow > std::chrono::milliseconds(0)) p.slow_call = slow;
    else p.slow_rate = p.combined_rate = 0;
    return p;
}

limiter_policy limiter_for(guard_options const& o, double rate, unsigned burst)
{
    limiter_policy p;
    p.rate = rate > 0 ? rate : no_limit;
    p.burst = rate > 0 ? burst : static_cast<unsigned>(no_limit);
    p.floor = std::min(o.floor, p.rate);
    p.ceiling = std::max(p.rate, o.ceiling);
    p.shadow = o.limiter.shadow;
    p.reserves = o.reserves;
    return p;
}

limiter_policy fixed(limiter_policy p)
{
    p.adaptive = false;
    p.ceiling = p.rate;
    return p;
}

guard_options checked(guard_options o)
{
    if (o.service.empty()) throw std::invalid_argument("guard options: the service has no name");
    if (o.in_flight > 256) throw std::invalid_argument("guard options: in_flight is above 256");
    o.retries = std::clamp(o.retries, 1u, 500u);
    return o;
}

} // namespace

std::string_view endpoint_group(operation const& op) noexcept
{
    auto const t = traffic_of(op);
    return t == traffic::list ? name(traffic::read) : name(t);
}

bool starts_call(operation const& op) noexcept
{
    return op.name == "create-phone-call" || op.name == "create-web-call" ||
        op.name == "register-phone-call";
}

guarded_admission::state::state(
    std::shared_ptr<resilience::resilience_space> s, guard_options const& o)
    : space(std::move(s)),
      options(checked(o)),
      ranks(ranks_of(options.order)),
      flights_service_(options.service + "/in-flight")
{
    using namespace std::chrono_literals;
    read_profile_ = space->profile(breaker_for(options, options.slow_read));
    write_profile_ = space->profile(breaker_for(options, options.slow_write));
    upload_profile_ = space->profile(breaker_for(options, 0ms));
    connections_profile_ = upload_profile_;
    tenant_profile_ =
        space->profile(limiter_for(options, options.requests_per_second, options.burst));
    if (options.call_starts_per_second > 0)
        starts_profile_ = space->profile(fixed(limiter_for(options, options.call_starts_per_second,
            std::max(1u, static_cast<unsigned>(options.call_starts_per_second)))));
    if (options.total_per_second > 0)
        total_profile_ = space->profile(
            fixed(limiter_for(options, options.total_per_second, options.total_burst)));
    unusable_ = space->kind() == resilience::resilience_space::kind_type::private_memory &&
        space->reason() != "asked for";
}

bool guarded_admission::state::is_broken(admission_clock::time_point now) noexcept
{
    constexpr std::chrono::nanoseconds slack = std::chrono::minutes(1); // of readings that are old
    auto const at = resilience::ns_of(now);
    auto const seen = latest_.load(std::memory_order_relaxed);
    if (at > seen) latest_.store(at, std::memory_order_relaxed);
    return at <= 0 || at < seen - slack.count();
}

guard_toll guarded_admission::state::toll_of(tenant_id const& tenant, bool starts) noexcept
{
    auto const weight = options.weights.find(tenant.str());
    // The upper bits of a hash tell tenants apart, so all of them must depend on all of the name.
    auto const hash = std::hash<std::string>{}(tenant.str()) * 0x9e3779b97f4a7c15ull;
    resilience::share_of const who(
        hash, weight == options.weights.end() ? std::uint8_t{1} : weight->second);
    guard_toll out(who);
    out.add(space->limiter(options.service, tenant, {}, tenant_profile_));
    if (starts && options.call_starts_per_second > 0)
        out.add(space->limiter(options.service, tenant, "call starts", starts_profile_));
    if (options.total_per_second > 0)
        out.add(space->limiter(options.service, tenant_id(), "all tenants", total_profile_));
    return out;
}

std::vector<resilience::strict_item> guarded_admission::state::strict_items_of(
    tenant_id const& tenant, bool starts) const
{
    std::vector<resilience::strict_item> out;
    if (!options.strict) return out;
    auto const add = [&](std::string_view whose, std::string_view group, double rate,
                         unsigned burst) {
        if (rate > 0)
            out.emplace_back(
                resilience::space_sharing::key_of(options.service, whose, group), rate, burst);
    };
    add(tenant.str(), {}, options.requests_per_second, options.burst);
    if (starts)
        add(tenant.str(), "call starts", options.call_starts_per_second,
            std::max(1u, static_cast<unsigned>(options.call_starts_per_second)));
    add({}, "all tenants", options.total_per_second, options.total_burst);
    return out;
}

resilience::breaker_ref guarded_admission::state::breaker_of(
    tenant_id const& tenant, operation const& op, std::uint32_t credential) noexcept
{
    auto const group = endpoint_group(op);
    auto const t = traffic_of(op);
    // What a key was refused for says nothing about the next one.
    std::array<char, 32> text;
    auto* end = std::ranges::copy(group, text.data()).out;
    *end++ = '/';
    end = std::to_chars(end, text.data() + text.size(), credential, 16).ptr;
    auto const profile = t == traffic::upload            ? upload_profile_
        : t == traffic::write || t == traffic::live_call ? write_profile_
                                                         : read_profile_;
    return space->breaker(options.service, tenant, std::string_view(text.data(), end), profile);
}

resilience::lease_pool guarded_admission::state::calls_of(tenant_id const& tenant) noexcept
{
    auto pool = space->leases(options.service, tenant);
    // What a read-out has told stays, whoever comes later.
    if (auto const s = pool->snapshot(); s.limit == 0 && s.in_use() == 0)
        pool->configure(options.call_limit, options.reserved_for_inbound);
    return pool;
}

resilience::lease_pool guarded_admission::state::flights_of(tenant_id const& tenant) noexcept
{
    auto pool = space->leases(flights_service_, tenant);
    if (pool->snapshot().limit == 0) pool->configure(options.in_flight, options.live_reserve);
    return pool;
}

std::shared_ptr<guard_line> guarded_admission::state::line_of(tenant_id const& tenant, bool starts)
{
    std::lock_guard const lock(lines_mutex);
    auto& line = lines[{tenant.str(), starts}];
    if (!line) line = std::make_shared<guard_line>(options.most_waiting);
    return line;
}

guarded_admission::guarded_admission(
    std::shared_ptr<resilience::resilience_space> space, guard_options const& options)
    : state_(std::make_shared<state>(std::move(space), options))
{}

guarded_admission::~guarded_admission() = default;

std::unique_ptr<passage> guarded_admission::enter(
    attempt_request const& request, std::function<void()> wake)
{
    return std::make_unique<guard_passage>(state_, request, std::move(wake));
}

resilience::resilience_space& guarded_admission::space() const noexcept
{
    return *state_->space;
}

guard_options const& guarded_admission::options() const noexcept
{
    return state_->options;
}

bool guarded_admission::may_try(tenant_id const& tenant, operation const& op,
    std::uint32_t credential, admission_clock::time_point now) const noexcept
{
    auto const blocks = [&](resilience::breaker_ref const& b) {
        auto const s = b.snapshot(now);
        return !s.shadow && s.retry_after > resilience::nanoseconds(0);
    };
    auto const group = state_->breaker_of(tenant, op, credential);
    return group.is_overflow() || !(blocks(state_->breaker_of_service()) || blocks(group));
}

resilience::lease_pool guarded_admission::call_leases(tenant_id const& tenant) const noexcept
{
    return state_->calls_of(tenant);
}

} // namespace trunkline::retell
