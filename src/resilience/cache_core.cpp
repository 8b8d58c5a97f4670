#include <trunkline/resilience/cache_core.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>

namespace trunkline::resilience {
namespace {

using std::chrono::milliseconds;
using time_point = cache_core::time_point;

constexpr milliseconds longest_negative{5'000};

milliseconds age_at(time_point loaded_at, time_point now) noexcept
{
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(now - loaded_at));
}

std::size_t size_of(cache_key const& key) noexcept
{
    return cache_core::entry_overhead + key.tenant.str().size() + key.name.size();
}

bool is_trouble(error_code const& ec) noexcept
{
    return ec && ec != errc::not_found;
}

} // namespace

cache_stats& cache_stats::operator+=(cache_stats const& o) noexcept
{
    fresh += o.fresh;
    stale += o.stale;
    misses += o.misses;
    waits += o.waits;
    loads += o.loads;
    failures += o.failures;
    late += o.late;
    left_to_peers += o.left_to_peers;
    lost_flights += o.lost_flights;
    evictions += o.evictions;
    refused += o.refused;
    backing_errors += o.backing_errors;
    entries += o.entries;
    bytes += o.bytes;
    return *this;
}

cache_core::cache_core(cache_options const& options) : options_(options), hand_(ring_.end())
{
    auto const& o = options_;
    if (o.fresh_for < milliseconds(0) || o.revalidate_until < o.fresh_for ||
        o.max_stale < o.revalidate_until)
        throw trunkline::error(errc::invalid_argument,
            "cache ages must not fall: 0 <= fresh_for <= revalidate_until <= max_stale");
    if (o.negative_for < milliseconds(0) || o.negative_for > longest_negative)
        throw trunkline::error(errc::invalid_argument, "negative_for of a cache is 0 to 5 s");
    if (o.flight_lease <= milliseconds(0))
        throw trunkline::error(errc::invalid_argument, "flight_lease of a cache must be positive");
}

cache_decision cache_core::lookup(cache_key const& key, time_point now, bool may_load)
{
    auto* e = find(key);
    if (!e) e = insert(key, now);
    if (e) return decide(*e, now, may_load);

    // Everything is being loaded: this caller is served without being remembered.
    cache_decision d;
    d.flight.emplace(key, ++last_flight_, now);
    if (!may_load) d.result.degraded = true;
    d.action = may_load ? cache_action::load : cache_action::serve;
    d.recall = true;
    ++stats_.loads;
    return d;
}

cache_decision cache_core::decide(entry& e, time_point now, bool may_load)
{
    if (e.value && age_at(e.loaded_at, now) > options_.max_stale) drop_value(e);
    e.used = e.value != nullptr; // a key asked for once has not earned its second chance
    auto r = result_of(e, now);
    if (r.state == freshness::fresh) return serve(std::move(r));

    bool const flying = e.flight != 0 && now < e.flight_until;
    if (!may_load) {
        r.degraded = true;
        if (e.value || flying) return serve(std::move(r));
        return begin_flight(e, cache_action::serve, std::move(r), now);
    }
    if (now < e.retry_at) return serve(std::move(r));
    bool const at_once = e.value && r.age < options_.revalidate_until;
    if (!flying)
        return begin_flight(
            e, at_once ? cache_action::serve_and_load : cache_action::load, std::move(r), now);
    if (at_once) return serve(std::move(r));

    cache_decision d;
    d.action = cache_action::wait;
    d.result = std::move(r);
    d.waits_for = e.flight;
    d.until = e.flight_until;
    ++stats_.waits;
    return d;
}

cache_decision cache_core::begin_flight(
    entry& e, cache_action action, cache_result r, time_point now)
{
    if (e.flight != 0) ++stats_.lost_flights;
    auto const id = ++last_flight_;
    e.flight = id;
    e.flight_until = now + options_.flight_lease;
    cache_decision d;
    if (action == cache_action::load) d.result = std::move(r);
    else d = serve(std::move(r));
    d.action = action;
    d.flight.emplace(*e.key, id, now);
    d.recall = !e.value;
    if (action != cache_action::serve) ++stats_.loads;
    return d;
}

cache_decision cache_core::recall(
    flight_ticket const& flight, cached_bytes value, milliseconds age, time_point now)
{
    cache_decision d;
    d.action = cache_action::load;
    d.flight = flight;
    auto* const e = find(flight.key);
    // An invalidation came in between: what was kept before it may be wrong.
    if (!e || e->flight != flight.id) return d;
    if (age < milliseconds(0)) age = options_.fresh_for;
    if (!value || age > options_.max_stale) return d;
    if (e->value && now - age <= e->loaded_at) return d; // what is held is as good
    bool const was_served = e->value && age_at(e->loaded_at, now) < options_.revalidate_until;
    set_value(*e, value, now - age, now);
    e->source = cache_source::backing;
    if (!e->value) return d; // does not fit
    d.result = result_of(*e, now);
    if (age >= options_.revalidate_until) return d;
    bool const fresh = age < options_.fresh_for;
    if (was_served) --stats_.stale; // as what it is now, it is counted here
    d = serve(std::move(d.result));
    if (fresh && was_served) --stats_.loads;
    if (fresh) e->flight = 0;
    else d.flight = flight;
    d.action = fresh ? cache_action::serve : cache_action::serve_and_load;
    return d;
}

cache_result cache_core::complete(
    flight_ticket const& flight, load_outcome const& outcome, time_point now)
{
    accepted_ = false;
    auto* const e = find(flight.key);
    bool const current = e && e->flight == flight.id;
    if (current) e->flight = 0;
    if (outcome.error()) {
        ++stats_.failures;
        if (current) {
            e->error = outcome.error();
            e->retry_at = now + options_.negative_for;
        }
        cache_result r;
        if (e) r = result_of(*e, now);
        if (r.state != freshness::fresh) {
            r.error = outcome.error();
            r.degraded = true;
        }
        return r;
    }

    // A load begun before the last one applied, or before an invalidation, may have read what is
    // no longer so. Its callers asked before, too; they get it as stale, and it is not kept.
    accepted_ = e && flight.id > e->applied;
    if (!accepted_) ++stats_.late;
    cache_result r;
    r.source = cache_source::loaded;
    if (auto const& value = outcome.value()) {
        r.value = value;
        r.age = age_at(flight.started, now);
        r.state = accepted_ ? freshness::fresh : freshness::stale;
    } else {
        r.error = errc::not_found;
    }
    if (accepted_) {
        e->applied = flight.id;
        e->error = r.error;
        e->retry_at = r.error ? now + options_.negative_for : time_point::min();
        if (r.value) set_value(*e, r.value, flight.started, now);
        else drop_value(*e);
        e->source = cache_source::memory;
    }
    return r;
}

cache_result cache_core::abandon(flight_ticket const& flight, time_point now)
{
    auto* const e = find(flight.key);
    cache_result r;
    if (e && e->flight == flight.id) e->flight = 0;
    if (e) r = result_of(*e, now);
    if (r.state != freshness::fresh) {
        r.error = errc::canceled;
        r.degraded = true;
    }
    return r;
}

void cache_core::leave_to_peer(flight_ticket const& flight) noexcept
{
    if (auto* const e = find(flight.key); e && e->flight == flight.id) e->flight = 0;
    --stats_.loads;
}

void cache_core::invalidate(cache_key const& key)
{
    // Flights under way find another entry or none, see insert(), so that what they bring is not kept.
    if (auto const at = index_.find(key); at != index_.end()) erase(at->second);
}

void cache_core::invalidate(cache_peers::news const& news)
{
    for (auto at = ring_.begin(); at != ring_.end();)
        at = news.concerns(*at->key) ? erase(at) : std::next(at);
}

void cache_core::invalidate(tenant_id const& tenant, std::string_view prefix)
{
    for (auto at = ring_.begin(); at != ring_.end();)
        at = at->key->tenant == tenant && at->key->name.starts_with(prefix) ? erase(at)
                                                                            : std::next(at);
}

cache_stats cache_core::stats() const noexcept
{
    auto s = stats_;
    s.entries = index_.size();
    return s;
}

cache_result cache_core::result_of(entry const& e, time_point now) const
{
    cache_result r;
    auto const age = age_at(e.loaded_at, now);
    if (e.value && age <= options_.max_stale) {
        r.value = e.value;
        r.age = age;
        r.source = e.source;
        r.state = age < options_.fresh_for ? freshness::fresh : freshness::stale;
    }
    if (r.state != freshness::fresh) {
        r.error = e.error;
        r.degraded = is_trouble(e.error);
    }
    return r;
}

cache_decision cache_core::serve(cache_result r)
{
    ++(r.state == freshness::fresh        ? stats_.fresh
            : r.state == freshness::stale ? stats_.stale
                                          : stats_.misses);
    cache_decision d;
    d.result = std::move(r);
    return d;
}

cache_core::entry* cache_core::find(cache_key const& key)
{
    auto const at = index_.find(key);
    return at == index_.end() ? nullptr : &*at->second;
}

cache_core::entry* cache_core::insert(cache_key const& key, time_point now)
{
    auto const size = size_of(key);
    if (!make_room(size, nullptr, now)) {
        ++stats_.refused;
        return nullptr;
    }
    auto const at = ring_.insert(hand_, entry()); // behind the hand: the last it comes to
    at->key = &index_.emplace(key, at).first->first;
    at->applied =
        last_flight_; // whatever is under way for this key began before an eviction or invalidation
    at->retry_at = time_point::min();
    stats_.bytes += size;
    return &*at;
}

void cache_core::set_value(entry& e, cached_bytes value, time_point loaded_at, time_point now)
{
    drop_value(e);
    auto const size = value->size();
    if (!make_room(size, &e, now)) {
        ++stats_.refused;
        return;
    }
    e.value = std::move(value);
    e.loaded_at = loaded_at;
    stats_.bytes += size;
}

void cache_core::drop_value(entry& e) noexcept
{
    if (e.value) stats_.bytes -= e.value->size();
    e.value.reset();
}

cache_core::ring::iterator cache_core::erase(ring::iterator at)
{
    drop_value(*at);
    stats_.bytes -= size_of(*at->key);
    index_.erase(index_.find(*at->key));
    bool const under_hand = hand_ == at;
    auto const next = ring_.erase(at);
    if (under_hand) hand_ = next;
    return next;
}

bool cache_core::make_room(std::size_t wanted, entry const* except, time_point now)
{
    if (wanted > options_.max_bytes) return false;
    auto const fits = [&] { return stats_.bytes <= options_.max_bytes - wanted; };
    for (auto steps = 2 * ring_.size() + 2; !fits() && steps > 0; --steps) {
        if (hand_ == ring_.end()) hand_ = ring_.begin();
        if (hand_ == ring_.end()) break;
        auto const at = hand_;
        bool const flying = at->flight != 0 && now < at->flight_until;
        bool const spared = &*at == except || flying || at->used;
        at->used = at->used && (flying || &*at == except);
        if (spared) {
            ++hand_;
        } else {
            ++stats_.evictions;
            hand_ = erase(at);
        }
    }
    return fits();
}

} // namespace trunkline::resilience
