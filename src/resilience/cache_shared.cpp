#include <resilience/cache_impl.hpp>

/// What a cache has in common with others: the backing, and the segment in which processes tell each other.
namespace trunkline::resilience {

/// What other processes have invalidated goes here as well.
void cache::impl::sync()
{
    if (!peers_ || !peers_->has_news()) return;
    std::lock_guard const reading(peers_mutex_);
    auto const news = peers_->read(time_.steady());
    if (news.empty()) return;
    for (auto const& s : shards_) {
        std::lock_guard const lock(s->mutex);
        s->core.invalidate(news);
        for (auto& [id, k] : s->keeping) k.is_void |= news.concerns(k.key);
    }
}

/// Of processes that hold a value one refreshes it, and the others serve theirs meanwhile. Who has
/// none to serve loads for itself.
void cache::impl::ask_peers(shard& s, cache_decision& d)
{
    auto const mine = peers_->take_flight(d.flight->key, time_.steady(), flight_lease_);
    if (mine) {
        d.flight->shared = *mine;
    } else if (d.action == cache_action::serve_and_load) {
        ++left_to_peers_;
        std::vector<waiter> left;
        {
            std::lock_guard const lock(s.mutex);
            s.core.leave_to_peer(*d.flight);
            left = take_waiters(s, d.flight->id);
        }
        d.flight.reset();
        d.action = cache_action::serve;
        retry(std::move(left));
    }
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

void cache::impl::keep(
    shard& s, flight_ticket const& ticket, load_outcome const& outcome, std::uint64_t invalidations)
{
    std::lock_guard const telling(s.backing_mutex);
    bool is_void = false;
    {
        std::lock_guard const lock(s.mutex);
        auto const at = s.keeping.find(ticket.id);
        is_void = s.invalidations != invalidations || at->second.is_void;
        if (is_void) s.keeping.erase(at);
    }
    if (is_void) return;
    auto const age =
        std::chrono::duration_cast<std::chrono::milliseconds>(time_.steady() - ticket.started);
    tell_backing([&] {
        if (outcome.value())
            backing_->keep(ticket.key, *outcome.value(), time_.unix_ms() - age.count());
        else backing_->forget(ticket.key);
    });
    sync(); // another process may have made it void, and its backing forget, just before
    {
        std::lock_guard const lock(s.mutex);
        auto const at = s.keeping.find(ticket.id);
        is_void = at->second.is_void;
        s.keeping.erase(at);
    }
    if (is_void) tell_backing([&] { backing_->forget(ticket.key); });
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
    if (backing_) {
        tell_backing([&] { backing_->forget(key); });
        forget(); // what was recalled meanwhile
    }
    if (peers_) peers_->invalidated(key); // last, so that they recall nothing that goes as well
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
    if (backing_) {
        tell_backing([&] { backing_->forget(tenant, prefix); });
        forget();
    }
    if (peers_) peers_->invalidated(tenant, prefix);
}

} // namespace trunkline::resilience
