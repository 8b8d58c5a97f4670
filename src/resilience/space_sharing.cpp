#include <trunkline/resilience/space_sharing.hpp>

#include <algorithm>

namespace trunkline::resilience {
namespace {

using detail::key_table;
using detail::slot_meta;
using detail::ticks;

constexpr std::chrono::minutes longest_flusher_lease{1};
/// A limiter that nobody asked for so long gets no share words.
constexpr std::chrono::seconds used_lately{60};

/// {generation 40, deadline in ticks 24}
class flusher_word {
public:
    explicit flusher_word(std::uint64_t bits) noexcept : bits_(bits) {}
    flusher_word(std::uint64_t generation, std::uint64_t tick) noexcept
        : bits_((generation << 24) | (tick & ticks::mask))
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    std::uint64_t generation() const noexcept { return bits_ >> 24; }
    bool is_over(std::uint64_t tick) const noexcept
    {
        auto const left = ticks::between(tick, bits_);
        return left <= 0 ||
            left > static_cast<std::int32_t>(ticks::spanning(longest_flusher_lease)) + 1;
    }

private:
    std::uint64_t bits_;
};

void append_escaped(std::string& out, std::string_view part)
{
    for (char const c : part)
        if (c == '/') out += "%2F";
        else if (c == '%') out += "%25";
        else out += c;
}

} // namespace

space_sharing::space_sharing(std::shared_ptr<resilience_space> space)
    : space_(std::move(space)), state_(*space_->state_)
{}

std::string space_sharing::key_of(
    std::string_view service, std::string_view tenant, std::string_view group)
{
    std::string out;
    append_escaped(out, service);
    out += '/';
    append_escaped(out, tenant);
    out += '/';
    append_escaped(out, group);
    return out;
}

std::optional<std::uint64_t> space_sharing::hold_flusher(time_point now, nanoseconds lease) noexcept
{
    auto const self = detail::fork_guard::self();
    if (self != holder_) generation_ = 0; // a child holds nothing
    auto& word = state_.parts.header->flusher;
    auto const tick = ticks::of(now);
    auto const until = tick + ticks::spanning(std::min<nanoseconds>(lease, longest_flusher_lease));
    auto seen = word.load(std::memory_order_acquire);
    for (int i = 0; i < 8; ++i) {
        flusher_word const w(seen);
        bool const mine = generation_ != 0 && w.generation() == generation_;
        if (!mine && w.generation() != 0 && !w.is_over(tick)) return std::nullopt;
        flusher_word const next(mine ? generation_ : w.generation() + 1, until);
        if (!word.compare_exchange_strong(seen, next.bits(), std::memory_order_acq_rel)) continue;
        generation_ = next.generation();
        holder_ = self;
        return generation_;
    }
    return std::nullopt;
}

/// The key of a slot; empty if not all of its text is kept, or it is being replaced.
std::string space_sharing::name_of(std::uint64_t n, slot_meta m)
{
    auto const k = state_.keys.key_of(n);
    if (k.length >> 8 > sizeof k.text) {
        ++nameless_;
        return {};
    }
    auto const parts = k.parts();
    auto const now = state_.keys.meta(n);
    if (now.now() != slot_meta::state::live || now.generation() != m.generation()) return {};
    return key_of(parts[0], parts[1], parts[2]);
}

std::optional<slot_meta> space_sharing::still_at(place const& p, slot_kind k) const noexcept
{
    auto const m = state_.keys.meta(p.slot);
    bool const same = m.now() == slot_meta::state::live && m.kind() == k &&
        state_.parts.slots[p.slot].identity().load(std::memory_order_acquire) == p.identity;
    return same ? std::optional(m) : std::nullopt;
}

void space_sharing::visit_limiter(std::uint64_t n, slot_meta m, used_keys& out, time_point now)
{
    if (m.extra() == 0) {
        // Asked lately, or there is nothing to share.
        auto const tat = static_cast<std::int64_t>(
            state_.parts.slots[n].hot.limiter.tat.load(std::memory_order_relaxed));
        if (tat < ns_of(now - used_lately) || !state_.extend(n, ticks::of(now))) return;
        m = state_.keys.meta(n);
    }
    auto view = state_.limiter_at(n, m);
    view.renew_share(now);
    auto const asked = view.take_asked();
    auto share = view.snapshot(now).share;
    // Not asked since its words are there, but it was before, or it would have none.
    if (asked == 0 && share) return;
    auto const key = name_of(n, m);
    if (key.empty()) return;
    auto& p = limiters_[key];
    p.slot = n;
    p.identity = state_.parts.slots[n].identity().load(std::memory_order_relaxed);
    if (!share && p.share) { // it had lost its slot, and come back
        view.set_share(*p.share, now);
        share = p.share;
    }
    used_limiter u;
    u.key = key;
    u.rate = state_.settings.limiter(m.settings()).rate;
    u.share = share.value_or(u.rate);
    u.asked = asked;
    out.limiters.push_back(std::move(u));
}

void space_sharing::visit_breaker(std::uint64_t n, slot_meta m, used_keys& out, time_point now)
{
    auto const s = state_.breaker_at(n, m).snapshot(now);
    // What an operator or a bad key has stopped says nothing about the service, and one that tries
    // whether it works again finds out by itself.
    bool const open = s.state == circuit::open && s.retry_after > nanoseconds(0);
    bool const in_use = s.state == circuit::closed && (s.calls > 0 || s.opened_by_others);
    if (!open && !in_use) return;
    auto const key = name_of(n, m);
    if (key.empty()) return;
    auto& p = breakers_[key];
    p.slot = n;
    p.identity = state_.parts.slots[n].identity().load(std::memory_order_relaxed);
    used_breaker u;
    u.key = key;
    if (open) u.open_for = s.retry_after;
    out.breakers.push_back(std::move(u));
}

auto space_sharing::collect(std::size_t most, time_point now) -> used_keys
{
    used_keys out;
    auto const& p = state_.parts;
    auto const& keys = state_.keys;
    nameless_ = 0;
    // From where the last one ended, once around.
    auto const begin = std::max(next_, key_table::first_slot);
    auto n = keys.next_used(begin);
    bool again = false;
    while (out.limiters.size() < most && out.breakers.size() < most) {
        if (n >= p.slot_count) {
            if (again) break;
            again = true;
            n = keys.next_used(key_table::first_slot);
            continue;
        }
        if (again && n >= begin) break;
        auto const m = keys.meta(n);
        if (m.now() == slot_meta::state::live) {
            if (m.kind() == slot_kind::limiter) visit_limiter(n, m, out, now);
            else if (m.kind() == slot_kind::breaker) visit_breaker(n, m, out, now);
        }
        n = keys.next_used(n + 1);
    }
    next_ = n;
    return out;
}

void space_sharing::set_share(std::string const& key, double share, time_point now)
{
    auto const at = limiters_.find(key);
    if (at == limiters_.end()) return;
    at->second.share = share;
    if (auto const m = still_at(at->second, slot_kind::limiter))
        state_.limiter_at(at->second.slot, *m).set_share(share, now);
}

void space_sharing::open_by_others(std::string const& key, nanoseconds time, time_point now)
{
    auto const at = breakers_.find(key);
    if (at == breakers_.end()) return;
    if (auto const m = still_at(at->second, slot_kind::breaker))
        state_.breaker_at(at->second.slot, *m).open_by_others(time, now);
}

auto space_sharing::last_contact() const noexcept -> contact
{
    auto const& h = *state_.parts.header;
    contact out;
    auto const at = static_cast<std::int64_t>(h.contact.load(std::memory_order_acquire));
    if (at != 0) out.last = time_point(nanoseconds(at));
    out.hosts = static_cast<unsigned>(h.hosts.load(std::memory_order_relaxed));
    return out;
}

void space_sharing::remember(contact const& c) noexcept
{
    auto& h = *state_.parts.header;
    h.hosts.store(c.hosts, std::memory_order_relaxed);
    h.contact.store(
        c.last ? static_cast<std::uint64_t>(ns_of(*c.last)) : 0, std::memory_order_release);
}

} // namespace trunkline::resilience
