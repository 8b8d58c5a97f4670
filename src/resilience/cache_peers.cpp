#include <trunkline/resilience/cache_peers.hpp>

#include <algorithm>

namespace trunkline::resilience {
namespace {

using detail::packed_key;
using detail::ticks;

constexpr std::chrono::minutes longest_flight{10};
constexpr std::chrono::milliseconds patience{100};
constexpr std::uint32_t flight_reach = 4;

packed_key digest_of(std::uint64_t seed, tenant_id const& tenant, std::string_view text) noexcept
{
    return {seed, slot_kind::budget, "cache", tenant.str(), text};
}

/// {fingerprint 24, holder 16, deadline in ticks 24}; 0: nobody.
class flight_word {
public:
    explicit flight_word(std::uint64_t bits) noexcept : bits_(bits) {}
    flight_word(std::uint64_t hash, std::uint64_t holder, std::uint64_t tick) noexcept
        : bits_((hash & 0xffff'ff00'0000'0000) | ((holder & 0xffff) << 24) | (tick & ticks::mask))
    {}
    std::uint64_t bits() const noexcept { return bits_; }
    bool is_of(std::uint64_t hash) const noexcept { return ((bits_ ^ hash) >> 40) == 0; }
    bool is_over(std::uint64_t tick) const noexcept
    {
        auto const left = ticks::between(tick, bits_);
        return bits_ == 0 || left <= 0 ||
            left > static_cast<std::int32_t>(ticks::spanning(longest_flight)) + 1;
    }

private:
    std::uint64_t bits_;
};

/// {teller 32, length of the text 31, whether it is a whole name 1}
std::uint64_t about_of(std::uint64_t teller, std::size_t length, bool exact) noexcept
{
    return (teller << 32) | ((static_cast<std::uint64_t>(length) & 0x7fff'ffff) << 1) |
        (exact ? 1 : 0);
}

std::atomic<std::uint64_t> cache_peers_made{0};

} // namespace

cache_peers::cache_peers(std::shared_ptr<resilience_space> space) noexcept
    : space_(std::move(space)),
      header_(space_->state_->parts.header),
      seed_(space_->state_->parts.seed),
      number_(++cache_peers_made),
      cursor_(header_->next_invalidation.load(std::memory_order_acquire))
{}

/// Another process, and another object of this one, has another name; so has a child.
std::uint64_t cache_peers::self() const noexcept
{
    auto const me = detail::fork_guard::self();
    auto const mixed = (((std::uint64_t{me.start} << 32) | me.pid) + number_) * 0x9e3779b97f4a7c15;
    return (mixed >> 32) | 1;
}

std::optional<peer_flight> cache_peers::take_flight(
    cache_key const& key, time_point now, nanoseconds lease) noexcept
{
    auto const hash = digest_of(seed_, key.tenant, key.name).hash;
    auto const tick = ticks::of(now);
    flight_word const mine(
        hash, self(), tick + ticks::spanning(std::min<nanoseconds>(lease, longest_flight)));
    auto& all = header_->flights;
    auto const at = [&](std::uint32_t i) { return (hash + i) % all.size(); };
    for (std::uint32_t i = 0; i < flight_reach; ++i) {
        flight_word const w(all[at(i)].load(std::memory_order_acquire));
        if (w.is_of(hash) && !w.is_over(tick)) return std::nullopt;
    }
    for (std::uint32_t i = 0; i < flight_reach; ++i) {
        auto& word = all[at(i)];
        auto seen = word.load(std::memory_order_acquire);
        if (!flight_word(seen).is_over(tick)) continue;
        if (word.compare_exchange_strong(seen, mine.bits(), std::memory_order_acq_rel))
            return peer_flight{static_cast<std::uint32_t>(at(i)), mine.bits()};
        if (flight_word(seen).is_of(hash)) return std::nullopt; // it was a moment faster
    }
    return peer_flight{}; // two may load then; nobody waits for room
}

void cache_peers::end_flight(peer_flight const& f) noexcept
{
    if (f.word == 0) return;
    auto expected = f.word;
    header_->flights[f.place % header_->flights.size()].compare_exchange_strong(
        expected, 0, std::memory_order_acq_rel);
}

void cache_peers::tell(tenant_id const& tenant, std::string_view text, bool exact) noexcept
{
    auto const k = digest_of(seed_, tenant, text);
    auto& ring = header_->invalidations;
    auto const number = header_->next_invalidation.fetch_add(1, std::memory_order_acq_rel);
    auto& e = ring[number % ring.size()];
    e.sequence.store(0, std::memory_order_release);
    e.about.store(about_of(self(), text.size(), exact), std::memory_order_release);
    e.hash.store(k.hash, std::memory_order_release);
    e.identity.store(k.identity, std::memory_order_release);
    e.sequence.store(number + 1, std::memory_order_release);
}

void cache_peers::invalidated(cache_key const& key) noexcept
{
    tell(key.tenant, key.name, true);
}

void cache_peers::invalidated(tenant_id const& tenant, std::string_view prefix) noexcept
{
    tell(tenant, prefix, false);
}

bool cache_peers::has_news() const noexcept
{
    return header_->next_invalidation.load(std::memory_order_acquire) !=
        cursor_.load(std::memory_order_relaxed);
}

auto cache_peers::read(time_point now) -> news
{
    news out;
    out.seed_ = seed_;
    auto& ring = header_->invalidations;
    auto const end = header_->next_invalidation.load(std::memory_order_acquire);
    auto cursor = cursor_.load(std::memory_order_relaxed);
    if (end - cursor > ring.size()) { // or the count was damaged
        out.all = true;
        cursor = end;
    }
    for (; cursor != end; ++cursor) {
        auto& e = ring[cursor % ring.size()];
        auto const before = e.sequence.load(std::memory_order_acquire);
        news::record const r{e.about.load(std::memory_order_acquire),
            e.hash.load(std::memory_order_acquire), e.identity.load(std::memory_order_acquire)};
        if (before == cursor + 1 && e.sequence.load(std::memory_order_acquire) == before) {
            if (r.about >> 32 != (self() & 0xffff'ffff)) out.records_.push_back(r);
            stuck_since_.reset();
            continue;
        }
        // Overtaken, or its teller died in it, or is at it and has not returned yet.
        bool const overtaken = before > cursor + 1;
        if (!stuck_since_) stuck_since_ = now;
        if (!overtaken && now - *stuck_since_ < patience && now >= *stuck_since_) break;
        out.all = true;
        stuck_since_.reset();
    }
    cursor_.store(cursor, std::memory_order_relaxed);
    return out;
}

bool cache_peers::news::concerns(cache_key const& key) const noexcept
{
    if (all) return true;
    return std::ranges::any_of(records_, [&](record const& r) {
        auto const length = (r.about >> 1) & 0x7fff'ffff;
        bool const exact = r.about & 1;
        if (exact ? key.name.size() != length : key.name.size() < length) return false;
        auto const k = digest_of(seed_, key.tenant, std::string_view(key.name).substr(0, length));
        return k.hash == r.hash && k.identity == r.identity;
    });
}

} // namespace trunkline::resilience
