#include "shm_view.hpp"

#include <cmath>
#include <cstdio>

namespace cli {

namespace res = trunkline::resilience;
using std::chrono::duration;

namespace {

std::string_view name_of(res::circuit c)
{
    switch (c) {
    case res::circuit::closed: return "closed";
    case res::circuit::open: return "open";
    case res::circuit::half_open: return "half-open";
    case res::circuit::forced_open: return "forced open";
    case res::circuit::disabled: return "disabled";
    case res::circuit::misconfigured: return "misconfigured";
    }
    return "unknown";
}

style style_of(res::circuit c)
{
    if (c == res::circuit::closed) return style::green;
    return c == res::circuit::half_open ? style::yellow : style::red;
}

std::string number(double v)
{
    char text[32];
    std::snprintf(text, sizeof text, std::abs(v) < 100 ? "%.3g" : "%.0f", v);
    return text;
}

std::string seconds(std::chrono::nanoseconds d)
{
    return number(duration<double>(d).count()) + " s";
}

std::string key_text(std::string_view service, std::string_view tenant, std::string_view group)
{
    auto out = std::string(service) + " / " + std::string(tenant);
    if (!group.empty()) out += " / " + std::string(group);
    return out;
}

json::object key_object(std::string_view kind, std::string_view service, std::string_view tenant,
    std::string_view group)
{
    return {{"kind", kind}, {"service", service}, {"tenant", tenant}, {"group", group}};
}

/// Collects the rows of both outputs while the segment is walked.
class segment_view {
public:
    explicit segment_view(console& out) : out_(out) {}

    void operator()(std::string_view service, std::string_view tenant, std::string_view group,
        res::breaker_snapshot const& b)
    {
        line l;
        l.add(padded("breaker", 9)).add(padded(key_text(service, tenant, group), 40), style::bold);
        l.add(padded(name_of(b.state), 14), style_of(b.state));
        std::string detail;
        if (b.opened_by_others) detail = "other hosts see it open, for " + seconds(b.retry_after);
        else if (b.state == res::circuit::closed)
            detail = std::to_string(b.calls) + " calls, " + std::to_string(b.failures) +
                " failed, " + std::to_string(b.slow) + " slow";
        else if (b.retry_after.count() > 0 && b.state != res::circuit::forced_open)
            detail = "next probe in " + seconds(b.retry_after);
        if (b.probes_out > 0)
            detail += (detail.empty() ? "" : ", ") + counted(b.probes_out, "probe") + " out";
        if (b.shadow) detail += " (shadow)";
        out_.print(l.add(detail));
        auto row = key_object("breaker", service, tenant, group);
        row.set("state", name_of(b.state));
        row.set("opened_by_others", b.opened_by_others);
        row.set("calls", static_cast<std::int64_t>(b.calls));
        row.set("failures", static_cast<std::int64_t>(b.failures));
        row.set("slow", static_cast<std::int64_t>(b.slow));
        row.set("probes_out", static_cast<std::int64_t>(b.probes_out));
        row.set("rejected", static_cast<std::int64_t>(b.rejected));
        row.set("late", static_cast<std::int64_t>(b.late));
        row.set("would_have_rejected", static_cast<std::int64_t>(b.would_have_rejected));
        row.set("changes", static_cast<std::int64_t>(b.changes));
        row.set("shadow", b.shadow);
        if (b.state != res::circuit::forced_open)
            row.set("retry_after_ms", static_cast<std::int64_t>(b.retry_after.count() / 1'000'000));
        rows.push_back(row);
    }
    void operator()(std::string_view service, std::string_view tenant, std::string_view group,
        res::limiter_snapshot const& l)
    {
        line text;
        text.add(padded("limiter", 9)).add(padded(key_text(service, tenant, group), 40), style::bold);
        text.add(number(l.rate) + "/s, " + number(l.credit) + " of " + std::to_string(l.burst) +
            " left");
        if (l.share) text.add(", share " + number(*l.share) + "/s");
        if (l.penalty_left.count() > 0)
            text.add(", on hold for " + seconds(l.penalty_left), style::red);
        if (l.throttled > 0)
            text.add(", refused " + std::to_string(l.throttled) + " times", style::yellow);
        out_.print(text);
        auto row = key_object("limiter", service, tenant, group);
        row.set("rate", l.rate);
        if (l.share) row.set("share", *l.share);
        row.set("burst", static_cast<std::int64_t>(l.burst));
        row.set("credit", l.credit);
        row.set("hold_ms", static_cast<std::int64_t>(l.penalty_left.count() / 1'000'000));
        row.set("denied", static_cast<std::int64_t>(l.denied));
        row.set("throttled", static_cast<std::int64_t>(l.throttled));
        row.set("decreases", static_cast<std::int64_t>(l.decreases));
        row.set("penalties_cut", static_cast<std::int64_t>(l.penalties_cut));
        rows.push_back(row);
    }
    void operator()(std::string_view service, std::string_view tenant, res::lease_snapshot const& p)
    {
        line text;
        text.add(padded("leases", 9)).add(padded(key_text(service, tenant, {}), 40), style::bold);
        text.add(std::to_string(p.in_use()) + " of " + std::to_string(p.limit) + " in use");
        text.add(
            " (" + std::to_string(p.bound) + " calls, " + std::to_string(p.sending) + " sending)");
        if (p.external > 0) text.add(", " + std::to_string(p.external) + " by others");
        if (p.reserved > 0) text.add(", " + std::to_string(p.reserved) + " kept for inbound");
        out_.print(text);
        auto row = key_object("leases", service, tenant, {});
        row.set("limit", static_cast<std::int64_t>(p.limit));
        row.set("external", static_cast<std::int64_t>(p.external));
        row.set("reserved_inbound", static_cast<std::int64_t>(p.reserved));
        row.set("taken", static_cast<std::int64_t>(p.taken));
        row.set("sending", static_cast<std::int64_t>(p.sending));
        row.set("bound", static_cast<std::int64_t>(p.bound));
        rows.push_back(row);
    }

    json::array rows;

private:
    console& out_;
};

} // namespace

std::string counts_text(res::space_counts const& c)
{
    auto out = std::to_string(c.keys) + " of " + std::to_string(c.capacity) + " keys, " +
        number(static_cast<double>(c.bytes) / 1e6) + " MB";
    if (c.evictions > 0) out += ", " + counted(c.evictions, "eviction");
    if (c.overflows > 0) out += ", full " + std::to_string(c.overflows) + " times";
    return out;
}

void describe_counts(json::object& row, res::space_counts const& c)
{
    row.set("keys", static_cast<std::int64_t>(c.keys));
    row.set("capacity", static_cast<std::int64_t>(c.capacity));
    row.set("bytes", static_cast<std::int64_t>(c.bytes));
    row.set("evictions", static_cast<std::int64_t>(c.evictions));
    row.set("overflows", static_cast<std::int64_t>(c.overflows));
    row.set("stale", static_cast<std::int64_t>(c.stale));
    row.set("events", static_cast<std::int64_t>(c.events));
}

bool show_segment(console& out, std::string const& name, res::resilience_space const& space)
{
    auto const now = res::coarse_clock::now();
    json::object document{{"name", name}};
    describe_counts(document, space.counts());
    out.print(line().add(name, style::bold).add(": " + counts_text(space.counts())));
    segment_view view(out);
    space.for_each_key(now, view);
    space.for_each_pool(view);
    document.set("parts", std::move(view.rows));

    std::uint64_t cursor = 0;
    json::array changes;
    auto const events = space.events(cursor);
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto const& e = events[i];
        auto const from = name_of(e.change.from), to = name_of(e.change.to);
        changes.push_back(json::object{{"service", e.service}, {"tenant", e.tenant},
            {"group", e.group}, {"from", from}, {"to", to},
            {"age_ms", static_cast<std::int64_t>((now - e.at).count() / 1'000'000)}});
        if (i + 10 < events.size()) continue; // people want the last
        out.print(
            line()
                .add("  " + padded(seconds(now - e.at) + " ago", 14), style::dim)
                .add(key_text(e.service, e.tenant, e.group) + ": " + std::string(from) + " -> ")
                .add(to, style_of(e.change.to)));
    }
    document.set("changes", std::move(changes));
    json::array problems;
    for (auto const& what : space.verify()) {
        problems.push_back(what);
        out.print(line().add("wrong: " + what, style::red));
    }
    bool const wrong = !problems.empty();
    document.set("problems", std::move(problems));
    out.document(document);
    return wrong;
}

} // namespace cli
