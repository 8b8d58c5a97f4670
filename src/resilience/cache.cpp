#include <trunkline/resilience/cache.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace trunkline::resilience {

class cache::impl : public std::enable_shared_from_this<impl> {
public:
    impl(cache_options const& options, time_source& time, cache_backing* backing, std::size_t shards)
        : time_(time), backing_(backing)
    {
        auto each = options;
        auto const count = std::max<std::size_t>(shards, 1);
        each.max_bytes = options.max_bytes / count;
        for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<shard>(each));
    }

    void get(cache_key const& key, loader load, done answer);
    cache_result peek(cache_key const& key);
    void complete(flight_ticket const& ticket, load_outcome const& outcome, done const& answer);
    void drop(flight_ticket const& ticket, done const& answer);
    void invalidate(cache_key const& key);
    void invalidate(tenant_id const& tenant, std::string_view prefix);
    std::optional<clock::time_point> expire();
    cache_stats stats() const;

private:
    class waiter {
    public:
        cache_key key;
        loader load;
        done answer;
    };
    class crowd {
    public:
        clock::time_point until{};
        std::vector<waiter> waiters;
    };
    class shard {
    public:
        explicit shard(cache_options const& options) : core(options) {}
        mutable std::mutex mutex; ///< Never held while the backing or a caller's code runs.
        cache_core core;
        std::map<std::uint64_t, crowd> waiting; ///< By flight.
        std::uint64_t invalidations = 0;
        /// Held while the backing is told, so that it never keeps what was invalidated. Before `mutex`.
        std::mutex backing_mutex;
    };

    shard& shard_of(cache_key const& key) { return *shards_[key.hash() % shards_.size()]; }
    cache_decision recall(shard& s, flight_ticket const& ticket);
    void keep(shard& s, flight_ticket const& ticket, load_outcome const& outcome,
        std::uint64_t invalidations);
    std::vector<waiter> take_waiters(shard& s, std::uint64_t flight);
    std::vector<waiter> take_overdue(shard& s, clock::time_point now);
    void retry(std::vector<waiter> waiters);
    template <class Call>
    void tell_backing(Call&& call);

    time_source& time_;
    cache_backing* backing_;
    std::vector<std::unique_ptr<shard>> shards_;
    std::atomic<std::uint64_t> backing_errors_{0};
};

void cache::impl::get(cache_key const& key, loader load, done answer)
{
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
    if (d.recall && backing_) d = recall(s, *d.flight);
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

cache_decision cache::impl::recall(shard& s, flight_ticket const& ticket)
{
    std::optional<kept_value> kept;
    if (backing_) tell_backing([&] { kept = backing_->find(ticket.key); });
    cached_bytes value;
    std::chrono::milliseconds age{0};
    if (kept) {
        value = std::make_shared<std::string const>(std::move(kept->bytes));
        age = std::chrono::milliseconds(time_.unix_ms() - kept->loaded_at);
    }
    cache_decision d;
    std::vector<waiter> served;
    {
        std::lock_guard const lock(s.mutex);
        d = s.core.recall(ticket, std::move(value), age, time_.steady());
        if (d.action != cache_action::load) served = take_waiters(s, ticket.id);
    }
    for (auto const& w : served) w.answer(d.result);
    return d;
}

void cache::impl::complete(
    flight_ticket const& ticket, load_outcome const& outcome, done const& answer)
{
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
    }
    if (accepted && backing_) keep(s, ticket, outcome, invalidations);
    for (auto const& w : served) w.answer(r);
    if (answer) answer(std::move(r));
}

void cache::impl::keep(
    shard& s, flight_ticket const& ticket, load_outcome const& outcome, std::uint64_t invalidations)
{
    std::lock_guard const telling(s.backing_mutex);
    {
        std::lock_guard const lock(s.mutex);
        if (s.invalidations != invalidations) return;
    }
    auto const age =
        std::chrono::duration_cast<std::chrono::milliseconds>(time_.steady() - ticket.started);
    tell_backing([&] {
        if (outcome.value())
            backing_->keep(ticket.key, *outcome.value(), time_.unix_ms() - age.count());
        else backing_->forget(ticket.key);
    });
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
    if (answer) answer(std::move(r));
    retry(std::move(left));
}

void cache::impl::invalidate(cache_key const& key)
{
    auto& s = shard_of(key);
    auto const forget = [&] {
        std::lock_guard const lock(s.mutex);
        ++s.invalidations;
        s.core.invalidate(key);
    };
    std::lock_guard const telling(s.backing_mutex);
    forget();
    if (!backing_) return;
    tell_backing([&] { backing_->forget(key); });
    forget(); // what was recalled meanwhile
}

void cache::impl::invalidate(tenant_id const& tenant, std::string_view prefix)
{
    auto const forget = [&] {
        for (auto const& s : shards_) {
            std::lock_guard const lock(s->mutex);
            ++s->invalidations;
            s->core.invalidate(tenant, prefix);
        }
    };
    std::vector<std::unique_lock<std::mutex>> telling;
    for (auto const& s : shards_) telling.emplace_back(s->backing_mutex);
    forget();
    if (!backing_) return;
    tell_backing([&] { backing_->forget(tenant, prefix); });
    forget();
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

template <class Call>
void cache::impl::tell_backing(Call&& call)
{
    try {
        call();
    } catch (std::exception const&) {
        ++backing_errors_; // a cache that cannot remember is still a cache
    }
}

cache_stats cache::impl::stats() const
{
    cache_stats sum;
    for (auto const& s : shards_) {
        std::lock_guard const lock(s->mutex);
        sum += s->core.stats();
    }
    sum.backing_errors = backing_errors_;
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

cache::cache(
    cache_options const& options, time_source& time, cache_backing* backing, std::size_t shards)
    : impl_(std::make_shared<impl>(options, time, backing, shards))
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
