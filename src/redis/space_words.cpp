#include <trunkline/redis/space_words.hpp>

namespace trunkline::redis {

word_deltas space_words::collect(std::size_t most, time_point now)
{
    word_deltas out;
    auto used = words_.collect(most, now);
    for (auto& u : used.limiters) {
        limiter_delta d;
        d.key = std::move(u.key);
        d.rate = u.rate;
        d.share = u.share;
        d.asked = u.asked;
        out.limiters.push_back(std::move(d));
    }
    for (auto& u : used.breakers) {
        breaker_delta d;
        d.key = std::move(u.key);
        d.open_for = std::chrono::ceil<std::chrono::milliseconds>(u.open_for);
        out.breakers.push_back(std::move(d));
    }
    return out;
}

tier_memory space_words::memory()
{
    auto const c = words_.last_contact();
    tier_memory out;
    out.last_contact = c.last;
    out.hosts = c.hosts;
    return out;
}

void space_words::remember(tier_memory const& m)
{
    resilience::space_sharing::contact c;
    c.last = m.last_contact;
    c.hosts = m.hosts;
    words_.remember(c);
}

} // namespace trunkline::redis
