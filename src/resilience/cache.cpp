#include <resilience/cache_impl.hpp>

#include <algorithm>

namespace trunkline::resilience {

void cache::impl::get(cache_key const& key, loader load, done answer)
{
    sync();
    auto& s = shard_of(key);
    cache_decision d;
    std::vector<waiter> overdue;
    {
        std::lock_guard const lock(s.mutex);
        auto const now = time_.steady();
        d = s.core.lookup(key, now);
        if (!s.waiting.empty()) overdue = take_overdue(s, now);
        if (d.action == cache_action::wait) {
            auto& c = s.waiting[d.waits_for];
            c.until = d.until;
            c.waiters.push_back({key, std::move(load), std::move(answer)});
        }
    }
    if (peers_ && d.flight) ask_peers(s, d);
    if (backing_ && d.flight && (d.recall || peers_)) {
        auto const ticket = *d.flight;
        auto known = recall(s, ticket);
        // Of a value that is there, only a later one is news.
        if (d.recall || known.action != cache_action::load) d = std::move(known);
        if (peers_ && !d.flight) peers_->end_flight(ticket.shared);
    }
    switch (d.action) {
    case cache_action::serve: answer(std::move(d.result)); break;
    case cache_action::serve_and_load:
        answer(std::move(d.result));
        load(flight(shared_from_this(), *std::move(d.flight), nullptr));
        break;
    case cache_action::load:
        load(flight(shared_from_this(), *std::move(d.flight), std::move(answer)));
        break;
    case cache_action::wait: break;
    }
    retry(std::move(overdue));
}

cache_result cache::impl::peek(cache_key const& key)
{
    sync();
    auto& s = shard_of(key);
    cache_decision d;
    {
        std::lock_guard const lock(s.mutex);
        d = s.core.lookup(key, time_.steady(), false);
    }
    if (!d.flight) return d.result;
    auto const ticket = *d.flight;
    auto const recalled = recall(s, ticket);
    cache_result r = recalled.result.value ? recalled.result : d.result;
    if (r.state != freshness::fresh) r.degraded = true;
    drop(ticket, nullptr);
    return r;
}

void cache::impl::complete(
    flight_ticket const& ticket, load_outcome const& outcome, done const& answer)
{
    sync(); // also of what was invalidated while this was loaded
    auto& s = shard_of(ticket.key);
    cache_result r;
    std::vector<waiter> served;
    bool accepted = false;
    std::uint64_t invalidations = 0;
    {
        std::lock_guard const lock(s.mutex);
        r = s.core.complete(ticket, outcome, time_.steady());
        accepted = s.core.accepted();
        invalidations = s.invalidations;
        served = take_waiters(s, ticket.id);
        if (accepted && backing_) s.keeping.emplace(ticket.id, kept_load{ticket.key});
    }
    if (accepted && backing_) keep(s, ticket, outcome, invalidations);
    if (peers_) peers_->end_flight(ticket.shared); // what it brought can be found by now
    for (auto const& w : served) w.answer(r);
    if (answer) answer(std::move(r));
}

void cache::impl::drop(flight_ticket const& ticket, done const& answer)
{
    auto& s = shard_of(ticket.key);
    cache_result r;
    std::vector<waiter> left;
    {
        std::lock_guard const lock(s.mutex);
        r = s.core.abandon(ticket, time_.steady());
        left = take_waiters(s, ticket.id);
    }
    if (peers_) peers_->end_flight(ticket.shared);
    if (answer) answer(std::move(r));
    retry(std::move(left));
}

std::optional<cache::clock::time_point> cache::impl::expire()
{
    auto const now = time_.steady();
    for (auto const& s : shards_) {
        std::vector<waiter> overdue;
        {
            std::lock_guard const lock(s->mutex);
            overdue = take_overdue(*s, now);
        }
        retry(std::move(overdue));
    }
    std::optional<clock::time_point> next;
    for (auto const& s : shards_) {
        std::lock_guard const lock(s->mutex);
        for (auto const& [id, c] : s->waiting) next = next ? std::min(*next, c.until) : c.until;
    }
    return next;
}

std::vector<cache::impl::waiter> cache::impl::take_waiters(shard& s, std::uint64_t flight)
{
    auto node = s.waiting.extract(flight);
    return node ? std::move(node.mapped().waiters) : std::vector<waiter>();
}

std::vector<cache::impl::waiter> cache::impl::take_overdue(shard& s, clock::time_point now)
{
    std::vector<waiter> all;
    for (auto at = s.waiting.begin(); at != s.waiting.end();) {
        if (now < at->second.until) {
            ++at;
            continue;
        }
        std::ranges::move(at->second.waiters, std::back_inserter(all));
        at = s.waiting.erase(at);
    }
    return all;
}

void cache::impl::retry(std::vector<waiter> waiters)
{
    for (auto& w : waiters) get(w.key, std::move(w.load), std::move(w.answer));
}

cache_stats cache::impl::stats() const
{
    cache_stats sum;
    for (auto const& s : shards_) {
        std::lock_guard const lock(s->mutex);
        sum += s->core.stats();
    }
    sum.backing_errors = backing_errors_;
    sum.left_to_peers = left_to_peers_;
    return sum;
}

cache::flight::flight(std::shared_ptr<impl> owner, flight_ticket ticket, done answer)
    : owner_(std::move(owner)), ticket_(std::move(ticket)), answer_(std::move(answer))
{}

cache::flight& cache::flight::operator=(flight&& other) noexcept
{
    if (this == &other) return *this;
    drop();
    owner_ = std::move(other.owner_);
    ticket_ = std::move(other.ticket_);
    answer_ = std::move(other.answer_);
    return *this;
}

cache::flight::~flight()
{
    drop();
}

void cache::flight::complete(load_outcome outcome)
{
    auto const owner = std::exchange(owner_, nullptr);
    owner->complete(*ticket_, outcome, answer_);
}

void cache::flight::drop()
{
    if (auto const owner = std::exchange(owner_, nullptr)) owner->drop(*ticket_, answer_);
}

cache::cache(cache_options const& options, time_source& time, cache_backing* backing,
    std::size_t shards, std::shared_ptr<resilience_space> space)
    : impl_(std::make_shared<impl>(options, time, backing, shards, std::move(space)))
{}

cache::~cache() = default;

void cache::get(cache_key const& key, loader load, done answer)
{
    impl_->get(key, std::move(load), std::move(answer));
}

cache_result cache::peek(cache_key const& key)
{
    return impl_->peek(key);
}

void cache::invalidate(cache_key const& key)
{
    impl_->invalidate(key);
}

void cache::invalidate(tenant_id const& tenant, std::string_view prefix)
{
    impl_->invalidate(tenant, prefix);
}

std::optional<cache::clock::time_point> cache::expire()
{
    return impl_->expire();
}

cache_stats cache::stats() const
{
    return impl_->stats();
}

} // namespace trunkline::resilience
