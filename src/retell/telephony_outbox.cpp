#include "telephony_outbox.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/random.hpp>
#include <trunkline/retell/webhook_signature.hpp>

namespace trunkline::retell::simulation {

namespace {

std::int64_t first_of(std::set<std::pair<std::int64_t, std::uint64_t>> const& queue) noexcept
{
    return queue.empty() ? INT64_MAX : queue.begin()->first;
}

} // namespace

double outbox::draw(std::uint64_t id, std::uint64_t p) const
{
    return random_source((seed_ * 0x9e3779b97f4a7c15ULL + id) * 1024 + p).unit();
}

std::uint64_t outbox::post(letter l, std::int64_t at)
{
    l.id = data_.next_id++;
    l.due = at;
    ++counts_["posted"];
    if (!l.awaited) {
        if (happens(options_.drop, l.id, dropping)) {
            ++counts_["dropped"];
            return l.id;
        }
        if (happens(options_.duplicate, l.id, doubling)) {
            ++counts_["duplicated"];
            auto twin = l;
            twin.id = data_.next_id++;
            put(std::move(twin));
        }
        if (happens(options_.reorder, l.id, delaying)) {
            ++counts_["reordered"];
            l.due += 1 + static_cast<std::int64_t>(draw(l.id, delay) * 10'000);
        }
    }
    auto const id = l.id;
    put(std::move(l));
    return id;
}

void outbox::put(letter l)
{
    make_room();
    auto const id = l.id;
    enqueue(data_.letters.insert_or_assign(id, std::move(l)).first->second);
}

/// Waits for its time. A call that waits for it does not wait for ever for it to be taken.
void outbox::enqueue(letter& l)
{
    due_.emplace(l.due, l.id);
    l.deadline = l.awaited ? l.due + l.timeout.count() : 0;
    if (l.deadline) deadlines_.emplace(l.deadline, l.id);
}

void outbox::withdraw(letter const& l)
{
    due_.erase({l.due, l.id});
    deadlines_.erase({l.deadline, l.id});
}

void outbox::make_room()
{
    for (auto i = data_.letters.begin();
         i != data_.letters.end() && data_.letters.size() >= options_.outbox;)
    {
        auto const& l = i->second;
        if (l.awaited || l.deadline) {
            ++i;
            continue;
        }
        ++counts_["overflowed"];
        withdraw(l);
        i = data_.letters.erase(i);
    }
}

std::vector<webhook_delivery> outbox::take(std::int64_t now, std::size_t at_most)
{
    std::vector<webhook_delivery> out;
    while (out.size() < at_most && first_of(due_) <= now) {
        auto& l = data_.letters.find(due_.begin()->second)->second;
        withdraw(l);
        l.deadline = now + l.timeout.count();
        deadlines_.emplace(l.deadline, l.id);
        out.push_back(l);
        sign(out.back(), now);
        ++counts_["sent"];
    }
    return out;
}

void outbox::sign(webhook_delivery& d, std::int64_t now)
{
    if (options_.keys.empty()) return;
    auto const turn = options_.rotate_after ? data_.signatures / options_.rotate_after : 0;
    auto const& key = options_.keys[std::min<std::size_t>(turn, options_.keys.size() - 1)];
    ++data_.signatures;
    bool const bodiless = d.method == "GET" || d.method == "DELETE";
    auto signature = make_signature(
        bodiless ? std::string_view() : d.body, key, now + options_.clock_skew.count());
    auto const tampers = [&](double share, purpose p) {
        bool const does = happens(share, d.id, p + 16 * d.attempt);
        if (does) ++counts_["tampered"];
        return does;
    };
    auto const change = [](char& digit) { digit = digit == '0' ? '1' : '0'; };
    if (tampers(options_.tamper_digest, digest)) change(signature.back());
    if (tampers(options_.tamper_time, time))
        change(signature[std::string_view("v=170000000000").size()]);
    // Still the same JSON: only who looks at the bytes notices.
    if (tampers(options_.tamper_body, body)) d.body += ' ';
    d.headers.set(signature_header, std::move(signature));
}

std::optional<verdict> outbox::settle(
    webhook_delivery const& attempt, webhook_outcome outcome, std::int64_t now)
{
    auto const found = data_.letters.find(attempt.id);
    bool const under_way = found != data_.letters.end() &&
        found->second.attempt == attempt.attempt && !due_.contains({found->second.due, attempt.id});
    if (!under_way) {
        ++counts_["late"];
        return {};
    }
    return conclude(found->second, std::move(outcome), now);
}

std::optional<verdict> outbox::conclude(letter& l, webhook_outcome outcome, std::int64_t now)
{
    withdraw(l);
    record(l, outcome, now);
    if (!outcome.ok() && l.retries > 0) {
        --l.retries;
        ++l.attempt;
        ++counts_["retried"];
        l.due = now + options_.retry_spacing.count();
        enqueue(l);
        return {};
    }
    ++counts_[outcome.ok() ? "delivered" : "given_up"];
    verdict out{std::move(l), std::move(outcome)};
    data_.letters.erase(out.what.id);
    return out;
}

std::optional<verdict> outbox::expire()
{
    auto const [at, id] = *deadlines_.begin();
    return conclude(
        data_.letters.find(id)->second, webhook_outcome::failure("no answer in time"), at);
}

std::int64_t outbox::next_deadline() const noexcept
{
    return first_of(deadlines_);
}

std::int64_t outbox::next_due() const noexcept
{
    return first_of(due_);
}

// --- what became of it -----------------------------------------------------------------------------

/// Without query, header fields and body: they may hold secrets.
void outbox::record(letter const& l, webhook_outcome const& outcome, std::int64_t now)
{
    while (log_.size() >= std::max<std::size_t>(1, options_.log)) log_.pop_front();
    if (options_.log == 0) return;
    log_.push_back({{"id", l.id}, {"at", now}, {"event", l.event}, {"conversation", l.conversation},
        {"url", l.url.substr(0, l.url.find('?'))}, {"attempt", l.attempt},
        {"status", outcome.status}});
    if (!outcome.reason.empty()) log_.back().set("reason", outcome.reason);
}

json::value outbox::report() const
{
    json::object counts;
    for (auto const* name : {"posted", "sent", "delivered", "retried", "given_up", "dropped",
             "duplicated", "reordered", "tampered", "overflowed", "late"})
    {
        auto const i = counts_.find(name);
        counts.set(name, i == counts_.end() ? std::uint64_t(0) : i->second);
    }
    return json::object{{"waiting", data_.letters.size()}, {"counts", std::move(counts)},
        {"attempts", json::array(log_.begin(), log_.end())}};
}

void outbox::clear_report()
{
    counts_.clear();
    log_.clear();
}

// --- state -----------------------------------------------------------------------------------------

json::object outbox::to_json() const
{
    json::array letters;
    for (auto const& [id, l] : data_.letters) {
        json::object headers;
        for (auto const& [name, value] : l.headers.all()) headers.set(name, value);
        letters.emplace_back(json::object{{"id", id}, {"attempt", l.attempt}, {"event", l.event},
            {"conversation", l.conversation}, {"method", l.method}, {"url", l.url},
            {"headers", std::move(headers)}, {"body", l.body}, {"timeout_ms", l.timeout.count()},
            {"awaited", l.awaited}, {"retries", l.retries}, {"due", l.due}});
    }
    return {{"next_id", data_.next_id}, {"signatures", data_.signatures},
        {"letters", std::move(letters)}};
}

namespace {

std::uint64_t count_in(json::value const& holder, std::string_view name, std::int64_t least)
{
    return static_cast<std::uint64_t>(std::max(least, holder.int_at(name, least)));
}

letter read_letter(json::value const& v)
{
    letter l;
    l.id = count_in(v, "id", 0);
    l.attempt = static_cast<unsigned>(count_in(v, "attempt", 1));
    l.event = v.string_at("event");
    l.conversation = v.string_at("conversation");
    l.method = v.string_at("method", "POST");
    l.url = v.string_at("url");
    l.body = v.string_at("body");
    l.timeout = std::chrono::milliseconds(count_in(v, "timeout_ms", 1));
    l.awaited = v.bool_at("awaited");
    l.retries = static_cast<unsigned>(count_in(v, "retries", 0));
    l.due = v.int_at("due", 0);
    if (json::value const& headers = v.at_or_null("headers"); headers.is_object())
        for (auto const& h : headers.as_object())
            l.headers.add(h.key, std::string(h.val.string_or({})));
    if (l.id == 0 || l.url.empty())
        throw error(errc::invalid_argument, "not a simulator state: a delivery without id or url");
    return l;
}

} // namespace

mail outbox::read(json::value const& saved)
{
    mail out;
    out.next_id = count_in(saved, "next_id", 1);
    out.signatures = count_in(saved, "signatures", 0);
    json::value const& letters = saved.at_or_null("letters");
    if (!letters.is_array()) return out;
    for (json::value const& v : letters.as_array()) {
        auto l = read_letter(v);
        out.next_id = std::max(out.next_id, l.id + 1);
        auto const id = l.id;
        out.letters.insert_or_assign(id, std::move(l));
    }
    return out;
}

void outbox::replace(mail m)
{
    data_ = std::move(m);
    due_.clear();
    deadlines_.clear();
    for (auto& [id, l] : data_.letters) enqueue(l);
}

} // namespace trunkline::retell::simulation
