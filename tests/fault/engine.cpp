#include "fault/engine.hpp"

#include "control_center/impl.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <set>

namespace trunkline::fault {

namespace {

/// Gives the lease back however the operation ends; a dead disk keeps it.
class lease_guard {
public:
    lease_guard(store::store& s, std::int64_t const& token) : store_(s), token_(token) {}
    ~lease_guard()
    {
        try {
            store_.release_lease(engine::tenant(), token_);
        } catch (error const&) {
            // It expires by itself.
        }
    }

private:
    store::store& store_;
    std::int64_t const& token_;
};

/// What the facade's backup holds of a plan: each resource it touches, as it is now.
json::object backup_of(sync::plan const& p, std::int64_t& count)
{
    json::array documents;
    for (auto const& u : p.units) {
        if (!u.before.is_null()) documents.push_back(u.before);
        if (!u.engine_before.is_null()) documents.push_back(u.engine_before);
    }
    count = static_cast<std::int64_t>(documents.size());
    json::object content;
    content.set("documents", std::move(documents));
    return content;
}

} // namespace

tenant_id const& engine::tenant()
{
    static tenant_id const t("acme");
    return t;
}

engine::engine(store::store s, network& net, folder& files, virtual_time& time, std::string owner)
    : db_(std::move(s)), net_(net), folder_(files), time_(time), owner_(std::move(owner))
{}

bool engine::take_lease(engine_report& r)
{
    try {
        token_ = db_.take_lease(tenant(), owner_, detail::engine_lease::ttl_ms).token;
        return true;
    } catch (error const& e) {
        if (e.code() != errc::store_locked) throw;
        r.locked = true;
        return false;
    }
}

std::optional<std::int64_t> engine::unfinished() const
{
    for (auto const& r : db_.releases(tenant()))
        if (r.state == store::release_state::running) return r.number;
    return std::nullopt;
}

std::int64_t engine::newest_number() const
{
    auto const rows = db_.releases(tenant());
    return rows.empty() ? 0 : rows.front().number;
}

sync::snapshot engine::refresh()
{
    planned_after_ = newest_number();
    detail::known_from_store const known(db_, tenant());
    auto const batch = secrets().batching();
    sync::refresh reading(batch, known);
    net_.drive(reading);
    if (reading.result()) throw error(reading.result(), reading.diag());
    batch.seal_pending();
    auto snap = reading.take();
    detail::remember_snapshot(db_, tenant(), snap);
    return snap;
}

sync::bundle engine::read_folder()
{
    auto const header = sync::read_header(folder_.path());
    auto bases = db_.bases(tenant(), header->workspace);
    std::vector<store::base_row> moved;
    auto local =
        sync::read_folder(folder_.path(), bases, sync::begun_rows(db_, tenant(), header->workspace),
            secrets(), sync::unknown_secrets::refuse, moved);
    db_.put_bases(tenant(), header->workspace, moved);
    return local;
}

engine_report engine::pull()
{
    engine_report r;
    auto const snap = refresh();
    auto const local = read_folder();
    auto const bases = db_.bases(tenant(), local.workspace);
    auto out = sync::make_checkout(local, bases, snap, db_, tenant(), sync::adopt::neither);
    sync::begin_pull(db_, tenant(), local.workspace, bases, out);
    folder_.merge(out.files);
    for (auto const& file : out.unused_files) folder_.erase(file.generic_string());
    sync::end_pull(db_, tenant(), local.workspace, agreed_workspace, out);
    r.conflicts = std::move(out.conflicts);
    return r;
}

sync::plan_options engine::options() const
{
    sync::plan_options o;
    o.now = time_.unix_ms();
    return o;
}

sync::plan engine::plan()
{
    auto const snap = refresh();
    auto const local = read_folder();
    return sync::make_plan(local, db_.bases(tenant(), local.workspace), snap, db_, options());
}

engine_report engine::apply()
{
    engine_report r;
    if (!take_lease(r)) return r;
    lease_guard const guard(db_, token_);
    if (auto const number = unfinished()) {
        resume(*number, r);
        if (r.locked || r.state == store::release_state::running) return r;
    }
    auto const snap = refresh();
    auto const local = read_folder();
    release(sync::make_plan(local, db_.bases(tenant(), local.workspace), snap, db_, options()), r);
    return r;
}

engine_report engine::rollback(std::int64_t number)
{
    engine_report r;
    if (!take_lease(r)) return r;
    lease_guard const guard(db_, token_);
    if (auto const running = unfinished()) {
        auto const row = db_.release(tenant(), *running);
        if (row->reverts == number) {
            resume(*running, r);
            if (r.locked || r.state == store::release_state::running) return r;
        } else {
            abandon(*running, number);
        }
    }
    auto const snap = refresh();
    auto const row = db_.release(tenant(), number);
    try {
        release(sync::make_rollback(*row, snap, db_, tenant(), options()), r);
    } catch (error const& e) {
        if (e.code() != errc::unknown_release) throw; // nothing of it went live
        r.units = 0;
    }
    return r;
}

void engine::resume(std::int64_t number, engine_report& r)
{
    auto const row = db_.release(tenant(), number);
    r.release = number;
    db_.cut_journal(tenant(), number);
    carry_out(sync::plan::from_json(row->plan), db_.journal(tenant(), number), r);
}

void engine::abandon(std::int64_t number, std::int64_t target)
{
    auto const row = db_.release(tenant(), number);
    auto const p = sync::plan::from_json(row->plan);
    db_.cut_journal(tenant(), number);
    if (target != number && !sync::creations_under_way(db_, tenant()).empty())
        throw error(errc::partial, "r" + std::to_string(number) + " must be settled first");
    if (auto const history = db_.journal(tenant(), number); sync::has_unknown_outcomes(p, history))
    {
        auto context = context_of(number, row->workspace);
        context.only_settle = true;
        sync::release_process process(p, std::move(context), history);
        net_.drive(process);
        if (sync::has_unknown_outcomes(p, db_.journal(tenant(), number)))
            throw error(errc::partial, "what r" + std::to_string(number) + " did is not known yet");
    }
    auto const units = sync::abandoned_results(p, db_.journal(tenant(), number));
    db_.end_release(tenant(), number, store::release_state::partial,
        json::object{{"units", sync::to_json(units)}});
}

void engine::release(sync::plan p, engine_report& r)
{
    std::set<std::string> blocked;
    for (auto const& c : p.conflicts) blocked.insert(c.unit);
    std::erase_if(p.units, [&](sync::plan_unit const& u) { return blocked.contains(u.name); });
    r.conflicts = p.conflicts;
    r.units = p.units.size();
    if (p.units.empty()) return;
    // Reading may have taken longer than the lease lasts: another engine was here, the plan is stale.
    if (!take_lease(r)) return;
    r.locked = newest_number() != planned_after_;
    if (r.locked) return;
    std::int64_t documents = 0;
    auto const content = backup_of(p, documents);
    store::release_row row;
    row.backup_digest = db_.put_backup(tenant(), "before release", content, documents).digest;
    row.workspace = p.workspace;
    row.actor = owner_;
    row.started_at = time_.unix_ms();
    row.plan = p.to_json();
    row.plan_digest = p.digest();
    row.reverts = p.reverts;
    r.release = db_.begin_release(tenant(), row);
    carry_out(p, {}, r);
}

sync::release_context engine::context_of(std::int64_t release, std::string const& workspace)
{
    sync::release_context context(db_, secrets(), time_);
    context.release = release;
    context.lease_token = token_;
    context.lease_ttl_ms = detail::engine_lease::ttl_ms;
    context.workspace = workspace;
    context.agreed_workspace = agreed_workspace;
    context.actor = owner_;
    return context;
}

void engine::carry_out(
    sync::plan const& p, std::vector<store::journal_row> const& history, engine_report& r)
{
    sync::release_process process(p, context_of(r.release, p.workspace), history);
    net_.drive(process);
    r.results = process.results();
    r.state = process.state();
    if (process.fatal() == errc::store_locked ||
        !db_.hold_lease(tenant(), token_, detail::engine_lease::ttl_ms))
    {
        r.locked = true;
        return;
    }
    if (process.fatal() && process.fatal() != failure::auth && process.fatal() != errc::rate_limited)
        throw error(process.fatal(), process.fatal_message());
    db_.end_release(tenant(), r.release, r.state, json::object{{"units", sync::to_json(r.results)}});
    for (auto const& u : r.results) {
        json::object data;
        data.set("release", r.release);
        data.set("state", sync::name(u.state));
        db_.append_audit(tenant(), owner_, sync::name(u.action), u.name, std::move(data));
    }
}

} // namespace trunkline::fault
