#include <trunkline/redis/host_tier.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <cmath>

namespace trunkline::redis {
namespace {

using std::chrono::milliseconds;

constexpr double smoothing = 0.3;    ///< Of demand, for each flush.
constexpr double idle_demand = 0.01; ///< Requests a second that are none.
constexpr double steps_of_decay =
    5; ///< exp(-5): what is left after `decay` is less than a hundredth.
constexpr std::size_t most_known = 100'000;

std::int64_t thousandths(double x)
{
    return std::llround(std::clamp(x, 0.0, 1e9) * 1000);
}

double seconds(std::chrono::steady_clock::duration d)
{
    return std::chrono::duration<double>(d).count();
}

bool is_integer(reply const& r)
{
    return r.kind == reply::type::integer;
}

} // namespace

host_tier::host_tier(host_tier_options options, local_words& words)
    : options_(std::move(options)), words_(words), memory_(words.memory())
{
    auto const& o = options_;
    auto const require = [](bool ok, char const* what) {
        if (!ok) throw error(errc::invalid_argument, "host tier: " + std::string(what));
    };
    require(!o.host.empty(), "the name of the host is missing");
    require(o.space.find_first_of("{}") == std::string::npos, "the space may not hold braces");
    require(o.expected_hosts > 0, "expected_hosts must be at least 1");
    require(o.quorum > 0, "quorum must be at least 1");
    require(o.flush_every > milliseconds(0) && o.heartbeat >= o.flush_every,
        "0 < flush_every <= heartbeat is required");
    require(o.grace > o.heartbeat && o.decay > o.grace, "heartbeat < grace < decay is required");
    require(o.flusher_lease > o.flush_every, "flusher_lease must be above flush_every");
    require(o.member_ttl > 2 * o.decay, "member_ttl must be above twice the decay");
}

std::optional<tier_call> host_tier::poll(time_point now)
{
    if (now < next_) return std::nullopt;
    next_ = now + options_.flush_every;
    auto const fence = words_.hold_flusher(now, options_.flusher_lease);
    if (!fence) {
        last_note_.reset(); // what is used meanwhile, the other one tells
        return std::nullopt;
    }
    if (*fence != fence_) memory_ = words_.memory();
    fence_ = *fence;
    drift(now);
    if (out_) return std::nullopt;

    auto const deltas = words_.collect(options_.most_keys, now);
    note(deltas, now);
    if (script_id_.empty()) {
        out_ = true;
        ++stats_.calls;
        return tier_call(command{"SCRIPT", "LOAD", script()}, ++last_call_);
    }
    return flush(deltas, now);
}

/// Learns what is in use.
void host_tier::note(word_deltas const& deltas, time_point now)
{
    for (auto const& d : deltas.limiters) {
        auto at = limiters_.find(d.key);
        bool const is_new = at == limiters_.end();
        if (is_new && limiters_.size() >= most_known) continue;
        if (is_new) at = limiters_.emplace(d.key, known_limiter()).first;
        auto& l = at->second;
        l.rate = d.rate;
        l.share = d.share;
        l.asked += d.asked;
        l.last_used = now;
        // What others know nothing of yet begins with an equal part, and no more.
        if (is_new) set_share(d.key, l, std::min(l.share, equal_part(l)), now);
    }
    auto const elapsed = last_note_ ? seconds(now - *last_note_) : seconds(options_.flush_every);
    last_note_ = now;
    for (auto at = limiters_.begin(); at != limiters_.end();) {
        auto& l = at->second;
        auto const asked = static_cast<double>(std::exchange(l.asked, 0)) / std::max(elapsed, 1e-3);
        l.demand += smoothing * (asked - l.demand);
        at = now - l.last_used > options_.member_ttl ? limiters_.erase(at) : std::next(at);
    }
}

double host_tier::equal_part(known_limiter const& l) const noexcept
{
    return l.rate / (memory_.hosts > 0 ? memory_.hosts : options_.expected_hosts);
}

/// Which keys to tell: those in use always, the others with each heartbeat, taking turns.
void host_tier::choose(bool heartbeat)
{
    told_ = told();
    auto const add = [&](auto const& key, auto const& l, bool busy) {
        if ((l.demand >= idle_demand) == busy && told_.limiters.size() < options_.most_keys)
            told_.limiters.push_back(key);
    };
    for (auto const& [key, l] : limiters_) add(key, l, true);
    if (!heartbeat) return;
    auto const busy = told_.limiters.size();
    auto const turn = limiters_.upper_bound(last_idle_);
    for (auto at = turn; at != limiters_.end(); ++at) add(at->first, at->second, false);
    for (auto at = limiters_.begin(); at != turn; ++at) add(at->first, at->second, false);
    if (told_.limiters.size() > busy) last_idle_ = told_.limiters.back();
}

std::optional<tier_call> host_tier::flush(word_deltas const& deltas, time_point now)
{
    bool const heartbeat = !last_beat_ || now >= *last_beat_ + options_.heartbeat;
    choose(heartbeat);
    for (auto const& d : deltas.breakers) told_.breakers.push_back(d.key);
    if (told_.limiters.empty() && told_.breakers.empty() && !heartbeat) return std::nullopt;
    if (heartbeat) last_beat_ = now;

    auto const ms = [](milliseconds d) { return static_cast<std::int64_t>(d.count()); };
    command c{"EVALSHA", script_id_};
    c.add(static_cast<std::int64_t>(2 + told_.limiters.size() + told_.breakers.size()));
    c.add(place("hosts")).add(place("birth"));
    for (auto const& key : told_.limiters) c.add(place("l", key));
    for (auto const& key : told_.breakers) c.add(place("b", key));
    auto const silence = memory_.last_contact ? now - *memory_.last_contact : milliseconds(0);
    c.add(options_.host).add(static_cast<std::int64_t>(fence_));
    c.add(ms(std::chrono::duration_cast<milliseconds>(silence)));
    c.add(static_cast<std::int64_t>(memory_.hosts));
    // Room for what a silent host may grow to is made before it grows, see drift().
    c.add(ms(options_.member_ttl)).add(ms(options_.grace + options_.heartbeat));
    c.add(ms(options_.decay + options_.grace)).add(ms(options_.settle));
    c.add(static_cast<std::int64_t>(told_.limiters.size()));
    for (auto const& key : told_.limiters) {
        auto const& l = limiters_.at(key);
        c.add(thousandths(l.rate)).add(thousandths(l.share)).add(thousandths(l.demand));
    }
    for (auto const& d : deltas.breakers) c.add(ms(std::max(d.open_for, milliseconds(0))));
    out_ = true;
    ++stats_.calls;
    return tier_call(std::move(c), ++last_call_);
}

std::string host_tier::place(std::string_view kind, std::string_view key) const
{
    // One hash tag for all, so that one script may use them together.
    auto out = "trunkline:{" + options_.space + "}:" + std::string(kind);
    if (!key.empty()) out.append(":").append(key);
    return out;
}

void host_tier::on_reply(tier_call const& call, reply const& r, time_point now)
{
    if (call.id != last_call_ || !out_) return;
    out_ = false;
    if (script_id_.empty()) {
        if (r.kind == reply::type::string) script_id_ = r.text;
        else ++stats_.failures;
        return;
    }
    // A process that was stopped in between may not be the flusher any more.
    if (words_.hold_flusher(now, options_.flusher_lease) != fence_) return;
    apply(r, now);
}

void host_tier::apply(reply const& r, time_point now)
{
    auto const& e = r.elements;
    if (e.size() == 1 && e[0].text == "fenced") {
        ++stats_.fenced;
        return;
    }
    constexpr std::size_t header = 5;
    bool const whole = e.size() == header + told_.limiters.size() + told_.breakers.size() &&
        e[0].text == "ok" && is_integer(e[2]) && is_integer(e[3]) && e[2].number > 0;
    if (!whole) {
        ++stats_.failures;
        return lose_contact();
    }
    if (!memory_of_redis_.empty() && memory_of_redis_ != e[1].text) ++stats_.lost_memory;
    memory_of_redis_ = e[1].text;
    memory_.last_contact = now;
    memory_.hosts = static_cast<unsigned>(e[2].number);
    words_.remember(memory_);
    stats_.hosts = memory_.hosts;
    stats_.in_contact = true;

    auto at = header;
    for (auto const& key : told_.limiters) {
        auto const& grant = e[at++];
        auto& l = limiters_.at(key);
        if (is_integer(grant)) set_share(key, l, static_cast<double>(grant.number) / 1000, now);
    }
    auto const needed = quorum(static_cast<unsigned>(e[3].number));
    for (auto const& key : told_.breakers) {
        auto const& votes = e[at++].elements;
        if (votes.size() != 2) continue;
        bool const open = votes[0].number >= static_cast<std::int64_t>(needed);
        if (open) open_here_.insert(key);
        else if (open_here_.erase(key) == 0) continue;
        auto const time = std::min(milliseconds(votes[1].number), options_.longest_echo);
        words_.open_by_others(key, open ? time : milliseconds(0), now);
    }
}

unsigned host_tier::quorum(unsigned hosts) const noexcept
{
    return hosts > 3 ? std::max(options_.quorum, hosts / 2 + 1) : options_.quorum;
}

void host_tier::on_failure(tier_call const& call, error_code, time_point)
{
    if (call.id != last_call_ || !out_) return;
    out_ = false;
    ++stats_.failures;
    lose_contact();
}

void host_tier::lose_contact()
{
    script_id_.clear(); // a Redis that was restarted does not know it either
    stats_.in_contact = false;
}

/// Without Redis: large shares shrink to rate / hosts first, and only when all have, small ones grow.
void host_tier::drift(time_point now)
{
    auto const before = std::exchange(last_drift_, now).value_or(now);
    if (!memory_.last_contact) return;
    auto const silence = now - *memory_.last_contact;
    if (silence <= options_.grace) return;
    auto const left = std::exp(-steps_of_decay * seconds(now - before) / seconds(options_.decay));
    bool const may_grow = silence > options_.decay + 2 * options_.grace;
    for (auto& [key, l] : limiters_) {
        auto const part = equal_part(l);
        if (l.share > part)
            set_share(
                key, l, silence >= options_.decay ? part : part + (l.share - part) * left, now);
        else if (l.share < part && may_grow) set_share(key, l, part - (part - l.share) * left, now);
    }
}

void host_tier::set_share(std::string const& key, known_limiter& l, double share, time_point now)
{
    if (std::abs(share - l.share) < 1e-4 * l.rate) return;
    l.share = share;
    words_.set_share(key, share, now);
}

} // namespace trunkline::redis
