#include "tier_world.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace trunkline::redis::test {
namespace {

using milliseconds = std::chrono::milliseconds;

reply text(std::string s)
{
    return reply(reply::type::string, std::move(s));
}

reply list(std::vector<reply> elements)
{
    reply r;
    r.kind = reply::type::array;
    r.elements = std::move(elements);
    return r;
}

} // namespace

reply script_model::eval(std::vector<std::string> const& all, std::int64_t now)
{
    auto const count = std::stoul(all.at(0));
    std::vector<std::string> const keys(all.begin() + 3, all.begin() + 1 + static_cast<long>(count));
    auto at = 1 + count;
    auto const next = [&] { return std::stoll(all.at(at++)); };
    auto const me = all.at(at++);
    auto const fence = next(), silence = next(), known = next(), ttl = next(), live = next(),
               hold = next(), settle = next();
    auto const limiters = static_cast<std::size_t>(next());

    std::int64_t members = 1, alive = 1;
    for (auto h = hosts_.begin(); h != hosts_.end();) {
        auto const age = now - h->second.seen;
        if (h->first == me) {
            if (h->second.fence > fence && age <= live) return list({text("fenced")});
        } else if (age > ttl) {
            h = hosts_.erase(h);
            continue;
        } else {
            ++members;
            if (age <= live) ++alive;
        }
        ++h;
    }
    hosts_[me] = {
        now, fence, known > 0 ? std::min<std::int64_t>(known, members) : members, now - silence};
    if (!birth_) birth_ = now;
    bool const settling = now - *birth_ < settle;

    auto answer =
        list({text("ok"), text(std::to_string(*birth_)), reply(members), reply(alive), reply(now)});
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (k < limiters) {
            auto const rate = static_cast<double>(next()), held = static_cast<double>(next()),
                       wanted = static_cast<double>(next());
            auto& rows = limiters_[keys[k]];
            std::erase_if(
                rows, [&](auto const& r) { return r.first != me && !hosts_.contains(r.first); });
            double taken = 0, demand = wanted;
            for (auto const& [host, row] : rows) {
                if (host == me) continue;
                auto const& h = hosts_.at(host);
                taken += now - h.heard > hold ? rate / static_cast<double>(h.members) : row.reserved;
                if (now - h.seen <= live) demand += row.demand;
            }
            auto const n = static_cast<double>(members);
            auto const least = rate / n / 10;
            auto grant = rate / n;
            if (demand > 0) grant = least + (rate - least * n) * wanted / demand;
            if (settling) grant = std::min(grant, held);
            grant = std::floor(std::max(0.0, std::min(grant, rate - taken)));
            rows[me] = {std::max(grant, held), wanted};
            answer.elements.emplace_back(static_cast<std::int64_t>(grant));
        } else {
            auto const open = next();
            auto& rows = breakers_[keys[k]];
            std::erase_if(rows, [&](auto const& r) { return r.second <= now; });
            std::int64_t votes = 0, shortest = 0;
            for (auto const& [host, until] : rows) {
                if (host == me) continue;
                shortest = votes == 0 ? until - now : std::min(shortest, until - now);
                ++votes;
            }
            if (open > 0) rows[me] = now + open;
            else rows.erase(me);
            answer.elements.push_back(list({reply(votes), reply(shortest)}));
        }
    }
    return answer;
}

std::vector<std::string> arguments_of(command const& c)
{
    std::vector<std::string> out;
    auto const wire = c.wire();
    auto at = wire.find("\r\n") + 2;
    while (at < wire.size()) {
        auto const end = wire.find("\r\n", at);
        auto const size = std::stoul(wire.substr(at + 1, end - at - 1));
        out.push_back(wire.substr(end + 2, size));
        at = end + 2 + size + 2;
    }
    return out;
}

// --- one host ---

resilience::limiter_policy host_words::policy(double rate, unsigned burst)
{
    resilience::limiter_policy p;
    p.rate = rate;
    p.burst = burst;
    p.ceiling = std::max(p.ceiling, rate);
    p.adaptive = false;
    return p;
}

host_words::host_words(double rate, unsigned burst)
    : rate_(rate), share_(rate), burst_(burst), limiter_(policy(rate, burst))
{}

bool host_words::allow(time_point now)
{
    ++asked_;
    breaker_used_ = true;
    if (is_opened_by_others(now)) return false;
    if (share_ <= 0 || !limiter_.view().try_acquire(1, resilience::priority::live_call, now))
        return false;
    permit_ = breaker_.view().allow(now);
    return static_cast<bool>(permit_);
}

void host_words::report(bool well, time_point now)
{
    breaker_.view().report(permit_,
        well ? resilience::outcome::ok : resilience::outcome::unreachable,
        std::chrono::milliseconds(5), now);
}

bool host_words::is_open(time_point now) const
{
    auto& self = const_cast<host_words&>(*this); // a view is taken of words that change
    return self.breaker_.view().snapshot(now).state == resilience::circuit::open;
}

std::optional<std::uint64_t> host_words::hold_flusher(time_point, milliseconds)
{
    if (!lease_is_free) return std::nullopt;
    return fence;
}

word_deltas host_words::collect(std::size_t, time_point now)
{
    word_deltas out;
    if (asked_ > 0) {
        limiter_delta l;
        l.key = "acme/api";
        l.rate = rate_;
        l.share = share_;
        l.asked = std::exchange(asked_, 0);
        out.limiters.push_back(l);
    }
    auto const seen = breaker_.view().snapshot(now);
    if (breaker_used_ || seen.state == resilience::circuit::open) {
        breaker_delta b;
        b.key = "acme/api";
        if (seen.state == resilience::circuit::open)
            b.open_for = std::chrono::duration_cast<milliseconds>(seen.retry_after);
        out.breakers.push_back(b);
        breaker_used_ = false;
    }
    return out;
}

void host_words::set_share(std::string const&, double share, time_point now)
{
    share_ = share;
    auto const burst = static_cast<unsigned>(burst_ * share / rate_);
    if (share > 0) limiter_.view().set_rate(share, std::max(burst, 1u), now);
}

void host_words::open_by_others(std::string const&, milliseconds time, time_point now)
{
    others_until_ = now + time;
}

// --- all of them ---

tier_world::tier_world(
    std::size_t count, double rate, unsigned burst, std::uint64_t seed, host_tier_options const& o)
    : random_(seed)
{
    for (std::size_t i = 0; i < count; ++i) {
        auto mine = o;
        mine.host = "host-" + std::to_string(i);
        hosts.push_back(std::make_unique<host>(mine, rate, burst));
    }
}

void tier_world::run(milliseconds time)
{
    for (auto const end = at + time; at < end; at += milliseconds(1)) {
        for (auto const& h : hosts) step(*h);
        for (auto const& h : hosts) talk(*h);
    }
}

void tier_world::step(host& h)
{
    h.granted_in.resize(static_cast<std::size_t>(at.count() / 100) + 1);
    h.owed_ += h.demand / 1000 * 2 * random_.unit();
    for (; h.owed_ >= 1; --h.owed_) {
        if (!h.words.allow(now())) continue;
        ++h.granted;
        ++h.granted_in.back();
        h.words.report(h.network_is_well, now());
    }
}

void tier_world::talk(host& h)
{
    if (h.due_ && at >= h.due_->at) {
        auto const due = *std::exchange(h.due_, std::nullopt);
        if (due.r) h.tier.on_reply(due.call, *due.r, now());
        else h.tier.on_failure(due.call, errc::connect_failed, now());
    }
    auto call = h.tier.poll(now());
    if (!call) return;
    std::optional<redis::reply> answer;
    if (redis_is_up && h.reaches_redis) {
        ++h.sent;
        auto all = arguments_of(call->what);
        if (all[0] == "SCRIPT") answer = text("id");
        else answer = redis.eval({all.begin() + 2, all.end()}, 1'760'000'000'000 + at.count());
        if (!h.hears_redis) answer.reset();
    }
    h.due_.emplace(host::reply_due{*std::move(call), std::move(answer), at + latency});
}

std::int64_t tier_world::granted_in_last(milliseconds time) const
{
    std::int64_t sum = 0;
    for (auto const& h : hosts) {
        auto const slots = std::min<std::size_t>(
            static_cast<std::size_t>(time.count() / 100), h->granted_in.size());
        for (std::size_t i = 1; i <= slots; ++i) sum += h->granted_in[h->granted_in.size() - i];
    }
    return sum;
}

std::int64_t tier_world::most_in_a_second(milliseconds from) const
{
    std::int64_t most = 0;
    auto const first = static_cast<std::size_t>(from.count() / 100);
    for (auto i = first; i + 10 <= hosts[0]->granted_in.size(); ++i) {
        std::int64_t sum = 0;
        for (auto const& h : hosts)
            for (std::size_t k = 0; k < 10; ++k) sum += h->granted_in[i + k];
        most = std::max(most, sum);
    }
    return most;
}

double tier_world::shares() const
{
    double sum = 0;
    for (auto const& h : hosts) sum += h->words.share();
    return sum;
}

} // namespace trunkline::redis::test
