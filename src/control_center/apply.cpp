#include "control_center/folder_reading.hpp"
#include "control_center/impl.hpp"

#include <trunkline/sync/lint_files.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace trunkline {
namespace {

namespace fs = std::filesystem;
using retell::resource_kind;

/// Where a plan comes from: a folder, a saved plan, or a release to take back.
using plan_source = std::function<sync::plan(sync::snapshot const&)>;

std::string join(std::vector<std::string> const& parts)
{
    std::string out;
    for (auto const& p : parts) out += (out.empty() ? "" : "; ") + p;
    return out;
}

/// Which resources of a saved plan are not what they were when it was made.
std::vector<std::string> moved_since(sync::plan const& p, sync::snapshot const& now)
{
    std::vector<std::string> moved;
    auto const differs = [](resource_kind kind, json::value const& a, json::value const& b) {
        return retell::managed_hash(kind, a) != retell::managed_hash(kind, b);
    };
    for (auto const& u : p.units) {
        if (u.action == sync::unit_action::release) {
            auto const* const a = now.find_agent(u.id);
            if (!a) moved.push_back(u.name + " is gone");
            else if (a->agent.version != u.base_version)
                moved.push_back(u.name + " is at version " + std::to_string(a->agent.version) +
                    ", the plan was made for " + std::to_string(u.base_version));
            else if (differs(u.kind, u.before, a->agent.document) ||
                (u.engine_kind && a->engine &&
                    differs(*u.engine_kind, u.engine_before, a->engine->document)))
                moved.push_back(u.name + " has other content");
        } else if (u.action == sync::unit_action::update_number) {
            auto const* const n = now.find_number(u.id);
            if (!n || differs(u.kind, u.before, n->document))
                moved.push_back(u.name + (n ? " has other content" : " is gone"));
        } else if (u.action == sync::unit_action::update_engine) {
            auto const* const e = now.find_spare_engine(u.id);
            if (!e || differs(u.kind, u.before, e->document))
                moved.push_back(u.name + (e ? " has other content" : " is gone or in use"));
        }
        if (u.action == sync::unit_action::build_knowledge && !u.replaces.empty() &&
            now.knowledge_read && !now.find_knowledge(u.replaces))
            moved.push_back(u.name + " is gone");
        if (u.action == sync::unit_action::remove && !now.find_agent(u.id) &&
            !now.find_spare_engine(u.id) && !now.find_knowledge(u.id) &&
            std::ranges::none_of(
                now.agents, [&](auto const& a) { return a.engine && a.engine->id == u.id; }))
            moved.push_back(u.name + " is gone");
        for (auto const& n : u.numbers)
            if (!now.find_number(n.number)) moved.push_back("numbers/" + n.number + " is gone");
    }
    return moved;
}

/// Everything the plan touches, as it is now.
json::value backup_of(sync::plan const& p, sync::snapshot const& now, std::int64_t& count)
{
    json::array documents;
    std::set<std::pair<std::string, std::string>> taken;
    auto const add = [&](resource_kind kind, std::string const& id, std::int64_t version,
                         json::value const& document) {
        if (document.is_null() ||
            !taken.emplace(retell::name(kind), id + "@" + std::to_string(version)).second)
            return;
        json::object o;
        o.set("kind", retell::name(kind));
        o.set("id", id);
        o.set("version", version);
        o.set("document", document);
        documents.push_back(std::move(o));
    };
    auto const add_number = [&](std::string const& number) {
        if (auto const* const n = now.find_number(number)) add(n->kind, n->id, 0, n->document);
    };
    for (auto const& u : p.units) {
        if (auto const* const a = now.find_agent(u.id)) {
            add(a->agent.kind, a->agent.id, a->agent.version, a->agent.document);
            if (a->engine)
                add(a->engine->kind, a->engine->id, a->engine->version, a->engine->document);
        }
        if (auto const* const e = now.find_spare_engine(u.id))
            add(e->kind, e->id, e->version, e->document);
        if (u.action == sync::unit_action::remove) add(u.kind, u.id, u.base_version, u.before);
        for (auto const& id : {u.id, u.replaces})
            if (auto const* const k = now.find_knowledge(id)) add(k->kind, k->id, 0, k->document);
        add_number(u.id);
        for (auto const& n : u.numbers) add_number(n.number);
    }
    count = static_cast<std::int64_t>(documents.size());
    json::object content;
    content.set("format", 1);
    content.set("tenant", p.tenant);
    content.set("documents", std::move(documents));
    return content;
}

json::value result_document(std::vector<sync::unit_result> const& units)
{
    return json::object{{"units", sync::to_json(units)}};
}

/// How much of a release is done: a unit on its way counts by its steps.
class release_progress {
public:
    void note(sync::unit_result const& r)
    {
        auto& u = units_[r.name];
        u.ended = r.state > sync::unit_state::running;
        ++u.steps;
        last_ = r.name + ": " + (u.ended ? std::string(sync::name(r.state)) : r.step);
    }
    double parts() const
    {
        double sum = 0;
        // A unit takes about ten steps; until it has ended something of it is left.
        for (auto const& [name, u] : units_) sum += u.ended ? 1 : std::min(u.steps * 0.1, 0.9);
        return sum;
    }
    std::string const& last() const noexcept { return last_; }

private:
    class unit {
    public:
        int steps = 0;
        bool ended = false;
    };
    std::map<std::string, unit> units_;
    std::string last_;
};

/// Finishes what was interrupted, then plans and releases.
class apply_operation final : public detail::operation<apply_report> {
public:
    apply_operation(
        control_center::impl& c, diagnostics& d, handler h, apply_options opts, plan_source source)
        : operation(c, d, std::move(h)),
          opts_(std::move(opts)),
          source_(std::move(source)),
          lease_(c.store, c.options.tenant)
    {}

    /// A rollback does not finish an interrupted release first: it takes back what of it went live.
    /// It goes on with a rollback of the same release. `target`: what is rolled back; 0: the newest.
    void abandon_interrupted(std::shared_ptr<std::int64_t> target) { target_ = std::move(target); }
    /// Called before the plan is made, when every earlier release has ended.
    void on_ready(std::function<void()> f) { on_ready_ = std::move(f); }
    /// A saved plan is carried out once: what it creates cannot be told from what it created before.
    void only_once(std::string plan_digest) { only_once_ = std::move(plan_digest); }

private:
    /// Release and rollback: somebody waits for them.
    retell::priority urgency() const noexcept override { return retell::priority::admin; }

    void begin() override
    {
        center.store.require_environment();
        if (!opts_.dry_run) {
            lease_.take();
            refuse_second_time();
            if (auto const r = center.store.unfinished_release(tenant()))
                return goes_on_with(r->number) ? resume(r->number) : abandon(r->number);
        } else if (auto const r = center.store.unfinished_release(tenant())) {
            foretold_ = "release r" + std::to_string(r->number) +
                (!target_
                        ? " was interrupted: it is finished first, what is planned here comes then"
                        : " was interrupted: what went live of it is what counts here");
            say(foretold_);
        }
        make_plan();
    }

    tenant_id const& tenant() const { return center.options.tenant; }

    void refuse_second_time()
    {
        if (only_once_.empty()) return;
        for (auto const& r : center.store.releases(tenant()))
            if (r.plan_digest == only_once_ &&
                (r.state == store::release_state::done || r.state == store::release_state::partial))
                throw error(errc::stale_plan,
                    "this plan was carried out already as r" + std::to_string(r.number) +
                        "; make a new plan");
    }

    // Interrupted releases.

    bool goes_on_with(std::int64_t number)
    {
        if (!target_) return true;
        auto const reverts = center.store.release(tenant(), number)->reverts;
        if (reverts == 0 || (*target_ != 0 && *target_ != reverts)) return false;
        *target_ = reverts; // once it is done, the newest is another one
        return true;
    }

    void say(std::string const& text)
    {
        if (opts_.listener) opts_.listener->on_message(text);
    }

    void resume(std::int64_t number)
    {
        auto const row = center.store.release(tenant(), number);
        say("resuming release r" + std::to_string(number) + ", which was interrupted");
        result.resumed = true;
        result.release = number;
        result.plan = sync::plan::from_json(row->plan);
        carry_out(number, journal_of(number), [this] {
            // The interrupted release is finished; what the folder holds beyond it is planned anew.
            resumed_units_ = result.units;
            bool const all_of_it = !only_once_.empty() && result.plan.digest() == only_once_;
            if (all_of_it || result.state != store::release_state::done) return released();
            make_plan();
        });
    }

    /// The proved part of it. What a damaged journal lost, the service is asked for.
    std::vector<store::journal_row> journal_of(std::int64_t number)
    {
        if (auto const cut = center.store.cut_journal(tenant(), number))
            say("the journal of release r" + std::to_string(number) + " is damaged from record " +
                std::to_string(cut->first_bad) + " on; " + std::to_string(cut->records) +
                " records were cut off, and what they said is looked up at the service");
        return center.store.journal(tenant(), number);
    }

    void abandon(std::int64_t number)
    {
        auto const row = center.store.release(tenant(), number);
        say("release r" + std::to_string(number) +
            " was interrupted; what went live of it is taken back");
        auto const plan = sync::plan::from_json(row->plan);
        auto const history = journal_of(number);
        // Given up for another release's sake, what this one created would belong to nobody.
        if (*target_ != 0 && *target_ != number &&
            !sync::creations_under_way(center.store, tenant()).empty())
            return fail(errc::partial,
                "release r" + std::to_string(number) +
                    " was interrupted while it created resources; finish it with apply, or take it "
                    "back first: trunkline rollback r" +
                    std::to_string(number));
        if (!sync::has_unknown_outcomes(plan, history)) return abandoned(number, plan);
        // What was created before its id could be noted, or deleted without an answer, must be
        // found out, or it could not be taken back.
        auto context = context_of(number, row->workspace);
        context.only_settle = true;
        process_ = std::make_shared<sync::release_process>(plan, std::move(context), history);
        run(*process_, {}, [this, number, plan] {
            if (sync::has_unknown_outcomes(plan, center.store.journal(tenant(), number)))
                return fail(errc::partial,
                    "release r" + std::to_string(number) +
                        " was interrupted and what it did is not known yet: " +
                        trouble_of(process_->results()));
            abandoned(number, plan);
        });
    }

    void abandoned(std::int64_t number, sync::plan const& plan)
    {
        auto const units = sync::abandoned_results(plan, center.store.journal(tenant(), number));
        center.store.end_release(
            tenant(), number, store::release_state::partial, result_document(units));
        abandoned_ = number;
        make_plan();
    }

    // Planning.

    void make_plan()
    {
        if (canceled()) return fail(errc::canceled, "cancelled; nothing was sent");
        if (on_ready_) on_ready_();
        planned_after_ = newest_number();
        refresh(opts_.listener, [this](sync::snapshot snap, sync::refresh_progress) {
            snapshot_ = std::move(snap);
            result.plan = source_(snapshot_);
            if (!foretold_.empty()) result.plan.notes.push_back(foretold_);
            check_plan();
        });
    }

    void check_plan()
    {
        auto& p = result.plan;
        auto const refused = sync::refused_guards(p, opts_.allow);
        if (!refused.empty()) return refuse(refused);
        leave_out_conflicts(p);
        if (p.units.empty()) return nothing_to_do();
        if (opts_.dry_run) return complete(conflict_code());
        if (opts_.confirm && !opts_.confirm(p)) {
            // It can still be resumed: nobody said that it should be taken back.
            if (abandoned_ != 0)
                center.store.end_release(
                    tenant(), abandoned_, store::release_state::running, nullptr);
            return fail(errc::canceled, "not confirmed; nothing was sent");
        }
        lease_.take(); // reading or asking may have taken longer than the lease lasts
        if (auto const newest = newest_number(); newest != planned_after_)
            return fail(errc::stale_plan,
                "another engine released r" + std::to_string(newest) +
                    " while this plan waited; nothing was sent, make the plan again");
        release();
    }

    std::int64_t newest_number() const
    {
        auto const rows = center.store.releases(tenant());
        return rows.empty() ? 0 : rows.front().number;
    }

    void refuse(std::vector<sync::plan_guard> const& refused)
    {
        std::vector<std::string> texts;
        for (auto const& g : refused)
            texts.push_back((g.unit.empty() ? "" : g.unit + ": ") + g.text);
        std::string allow;
        for (auto const& n : sync::names_of(refused)) allow += (allow.empty() ? "" : ",") + n;
        fail(errc::guard_refused,
            join(texts) + "; nothing was sent. If it is meant, add --allow " + allow);
    }

    /// A unit with a conflict changes nothing at all; the others go on.
    static void leave_out_conflicts(sync::plan& p)
    {
        auto const blocked = sync::units_in_conflict(p);
        std::erase_if(p.units, [&](sync::plan_unit const& u) { return blocked.contains(u.name); });
    }

    error_code conflict_code()
    {
        if (result.plan.conflicts.empty()) return {};
        return errc::merge_conflict;
    }

    void nothing_to_do()
    {
        result.units = resumed_units_;
        if (!result.plan.conflicts.empty()) return conflict_error();
        if (!opts_.dry_run) mark_reverted();
        complete({});
    }

    void conflict_error()
    {
        auto const units = sync::units_in_conflict(result.plan);
        auto const who = std::to_string(units.size()) +
            (units.size() == 1 ? " resource was" : " resources were");
        if (result.plan.reverts != 0)
            return fail(errc::merge_conflict,
                who + " edited since r" + std::to_string(result.plan.reverts) +
                    " in fields that it changed, and left alone; see the plan: --prefer local "
                    "takes "
                    "the release back all the same, --prefer remote keeps what is there now");
        fail(errc::merge_conflict,
            who +
                " changed on both sides, in the same fields or by a deletion, and left alone; see "
                "the plan, edit the files to agree, or use --prefer");
    }

    // Releasing.

    void release()
    {
        auto const& p = result.plan;
        std::int64_t documents = 0;
        auto const content = backup_of(p, snapshot_, documents);
        // No verified backup, no write: put_backup throws and nothing has been sent.
        result.backup =
            center.store.put_backup(tenant(), "before release", content, documents).digest;
        store::release_row row;
        row.workspace = p.workspace;
        row.actor = center.options.actor;
        row.title = p.title;
        row.started_at = center.time.unix_ms();
        row.plan = p.to_json();
        row.plan_digest = p.digest();
        row.reverts = p.reverts;
        row.backup_digest = result.backup;
        result.release = center.store.begin_release(tenant(), row);
        result.units.clear();
        carry_out(result.release, {}, [this] { released(); });
    }

    sync::release_context context_of(std::int64_t number, std::string const& workspace)
    {
        sync::release_context context(center.store, center.redactor(), center.time);
        context.release = number;
        context.lease_token = lease_.token();
        context.lease_ttl_ms = detail::engine_lease::ttl_ms;
        context.workspace = workspace;
        context.agreed_workspace = agreed_workspace;
        context.actor = center.options.actor;
        if (opts_.listener)
            context.on_step = [this](sync::unit_result const& r) {
                opts_.listener->on_unit(r);
                progress_.note(r);
            };
        return context;
    }

    template <class Then>
    void carry_out(std::int64_t number, std::vector<store::journal_row> const& history, Then then)
    {
        auto context = context_of(number, result.plan.workspace);
        progress_ = release_progress();
        begin_phase("releasing");
        process_ = std::make_shared<sync::release_process>(result.plan, std::move(context), history);
        std::function<void()> on_progress;
        if (opts_.listener)
            on_progress = [this, total = result.plan.units.size()] {
                tell(*opts_.listener, progress_.parts(), total, progress_.last());
            };
        run(*process_, std::move(on_progress), [this, number, then] { after_run(number, then); });
    }

    template <class Then>
    void after_run(std::int64_t number, Then then)
    {
        result.units = process_->results();
        result.state = process_->state();
        // Another engine has it now, and may have finished it: its row is not ours to write. Who
        // slept over the last answer of all learns that only here.
        if (process_->fatal() == errc::store_locked)
            return fail(process_->fatal(), process_->fatal_message());
        if (!center.store.hold_lease(tenant(), lease_.token(), detail::engine_lease::ttl_ms))
            return fail(errc::store_locked,
                "the right to write ran out while this engine was paused, and another may have "
                "taken "
                "over; see trunkline history, and apply again to finish what is not done");
        center.store.end_release(tenant(), number, result.state, result_document(result.units));
        write_audit(number);
        if (result.state == store::release_state::done) mark_reverted();
        if (process_->fatal())
            return fail(process_->fatal(),
                process_->fatal_message() + "; release r" + std::to_string(number) +
                    (process_->fatal() == errc::rate_limited
                            ? " is paused, apply goes on with it later"
                            : " is interrupted, apply resumes it"));
        if (result.state == store::release_state::running)
            return fail(canceled() ? errc::canceled : errc::partial,
                "release r" + std::to_string(number) + " is interrupted: " + first_trouble() +
                    "; run apply again to finish it");
        then();
    }

    std::string first_trouble() const { return trouble_of(result.units); }

    static std::string trouble_of(std::vector<sync::unit_result> const& units)
    {
        for (auto const& u : units)
            if (u.state != sync::unit_state::done && !u.message.empty())
                return u.name + ": " + u.message;
        return "it was cancelled";
    }

    /// What the plan takes back is taken back as a whole, or is left as what can be taken back again.
    void mark_reverted()
    {
        auto const& p = result.plan;
        if (p.reverts == 0 || p.leaves_some || !p.conflicts.empty()) return;
        if (auto const row = center.store.release(tenant(), p.reverts))
            center.store.end_release(
                tenant(), p.reverts, store::release_state::rolled_back, row->result);
    }

    void write_audit(std::int64_t number)
    {
        for (auto const& u : result.units) {
            json::object data;
            data.set("release", number);
            data.set("state", sync::name(u.state));
            data.set("before_version", u.before_version);
            data.set("after_version", u.after_version);
            data.set("message", u.message);
            center.store.append_audit(tenant(), center.options.actor,
                result.plan.reverts != 0 ? "rollback" : std::string(sync::name(u.action)), u.name,
                std::move(data));
        }
    }

    void released()
    {
        std::size_t done = 0;
        bool conflict = !result.plan.conflicts.empty();
        for (auto const& u : result.units) {
            done += u.state == sync::unit_state::done;
            conflict = conflict || u.state == sync::unit_state::conflict;
        }
        auto const total = result.units.size();
        if (result.state == store::release_state::done)
            return conflict ? conflict_error() : complete({});
        auto const text = std::to_string(done) + " of " + std::to_string(total) +
            " units are done; " + first_trouble();
        if (done > 0 || result.state == store::release_state::partial)
            return fail(errc::partial, text);
        fail(conflict ? errc::merge_conflict : errc::verify_failed, text);
    }

    void finishing() override { result.requests = requests_made(); }

    apply_options opts_;
    plan_source source_;
    detail::engine_lease lease_;
    sync::snapshot snapshot_;
    std::shared_ptr<sync::release_process> process_;
    release_progress progress_;
    std::vector<sync::unit_result> resumed_units_;
    std::function<void()> on_ready_;
    std::shared_ptr<std::int64_t> target_; ///< Rollbacks: what is taken back; 0: the newest.
    std::int64_t abandoned_ = 0;
    std::int64_t planned_after_ = 0; ///< The newest release when the account was read for the plan.
    std::string only_once_;
    std::string foretold_; ///< In a dry run: what would come first.
};

/// Plans for a folder, without carrying anything out.
class plan_operation final : public detail::operation<sync::plan> {
public:
    plan_operation(
        control_center::impl& c, diagnostics& d, handler h, apply_options opts, plan_source source)
        : operation(c, d, std::move(h)), opts_(std::move(opts)), source_(std::move(source))
    {}

private:
    void begin() override
    {
        refresh(opts_.listener, [this](sync::snapshot snap, sync::refresh_progress) {
            if (canceled()) return fail(errc::canceled, "cancelled");
            result = source_(snap);
            complete({});
        });
    }

    apply_options opts_;
    plan_source source_;
};

sync::plan_options planning(control_center::impl& c, apply_options const& opts)
{
    sync::plan_options o;
    o.title = c.shown(opts.title); // goes to the service and stays in the history
    o.prefer = opts.prefer;
    o.now = c.time.unix_ms();
    o.environment = c.store.environment();
    return o;
}

/// Reads the folder now, so that a broken file costs no request; what moved until the plan is made
/// counts all the same.
plan_source from_folder(
    control_center::impl& c, fs::path dir, apply_options const& opts, bool& knowledge)
{
    // Base and reading are mostly the same, and needed twice: until the plan is made they are once
    // in memory.
    auto sharing = std::make_shared<store::store::sharing const>(c.store);
    auto reading = std::make_shared<detail::folder_reading>(c, dir);
    knowledge = std::ranges::any_of(reading->local().entries,
        [](auto const& e) { return e.kind == resource_kind::knowledge_base; });
    return [&c, dir = std::move(dir), opts, sharing = std::move(sharing),
               reading = std::move(reading)](sync::snapshot const& now) mutable {
        auto const until_planned = std::move(sharing);
        std::vector<store::base_row> rows;
        auto const first = std::move(reading);
        auto local = first ? first->take(rows) : detail::read_folder(c, dir, rows);
        // To a store that does not know the folder everything in it looks new: that would double the account.
        bool const meant = std::ranges::find(opts.allow, "new-folder") != opts.allow.end();
        if (rows.empty() && !meant && (!now.agents.empty() || !now.numbers.empty()))
            throw error(errc::invalid_bundle,
                "this store has never seen the folder " + dir.string() +
                    ", so nobody can tell what was changed in it and all of it would be created a "
                    "second time; use the store it was pulled with, run trunkline pull " +
                    dir.string() + ", or allow new-folder if it is meant");
        auto options = planning(c, opts);
        std::error_code ignored;
        if (auto const own = dir / sync::lint_config_name; fs::exists(own, ignored))
            options.lint = sync::read_lint_config(own);
        sync::keep_once(local, rows, now);
        auto p = sync::make_plan(local, rows, now, c.store, options);
        detail::note_inputs(p, dir, local);
        return p;
    };
}

plan_source from_saved(control_center::impl& c, sync::plan p)
{
    if (p.tenant != c.options.tenant.str())
        throw error(errc::stale_plan,
            "the plan was made for tenant \"" + p.tenant + "\"; say --tenant " + p.tenant);
    if (p.environment != c.store.environment())
        throw error(errc::wrong_environment,
            "the plan was made for environment \"" + p.environment + "\", this store is \"" +
                c.store.environment() + "\"");
    return [&c, p = std::move(p)](sync::snapshot const& now) {
        auto moved = moved_since(p, now);
        for (auto& what : detail::moved_inputs(c, p)) moved.push_back(std::move(what));
        if (!moved.empty())
            throw error(errc::stale_plan,
                "the plan is stale: " + join(moved) + "; nothing was sent, make a new plan");
        return p;
    };
}

/// Starts an operation whose preparation may throw: the error then arrives through the handler.
template <class Operation, class Result, class Prepare>
void launch(control_center::impl& c, diagnostics& diag,
    asio::any_completion_handler<void(error_code, Result)> h, Prepare prepare)
{
    try {
        prepare(h);
    } catch (error const& e) {
        diag = e.diag();
        diag.message = c.shown(diag.message.empty() ? e.what() : std::move(diag.message));
        asio::post(c.executor, [h = std::move(h), code = e.code(), fallback = c.executor]() mutable {
            auto ex = asio::get_associated_executor(h, fallback);
            asio::dispatch(ex, asio::append(std::move(h), code, Result()));
        });
    }
}

} // namespace

void control_center::plan_erased(
    fs::path dir, apply_options opts, diagnostics& diag, handler<sync::plan> h)
{
    launch<plan_operation, sync::plan>(*impl_, diag, std::move(h), [&](auto& done) {
        bool knowledge = false;
        auto source = from_folder(*impl_, dir, opts, knowledge);
        auto const op = std::make_shared<plan_operation>(
            *impl_, diag, std::move(done), std::move(opts), std::move(source));
        if (knowledge) op->read_knowledge();
        op->launch();
    });
}

void control_center::apply_erased(fs::path dir, std::optional<sync::plan> saved, apply_options opts,
    diagnostics& diag, handler<apply_report> h)
{
    launch<apply_operation, apply_report>(*impl_, diag, std::move(h), [&](auto& done) {
        auto const digest = saved ? saved->digest() : std::string();
        bool knowledge = false;
        auto source = saved ? from_saved(*impl_, std::move(*saved))
                            : from_folder(*impl_, dir, opts, knowledge);
        auto op = std::make_shared<apply_operation>(
            *impl_, diag, std::move(done), std::move(opts), std::move(source));
        op->only_once(digest);
        if (knowledge) op->read_knowledge();
        op->launch();
    });
}

namespace {

/// The newest release that changed something and was not taken back; rollbacks themselves are
/// passed over. In a dry run also one that was interrupted: it would be ended first.
std::int64_t newest_release(store::store& s, tenant_id const& tenant, bool dry_run)
{
    for (auto const& r : s.releases(tenant)) {
        bool const interrupted = dry_run && r.state == store::release_state::running;
        if (interrupted && r.reverts != 0) return r.reverts; // it would be gone on with
        if (r.reverts == 0 &&
            (interrupted || r.state == store::release_state::done ||
                r.state == store::release_state::partial))
            return r.number;
    }
    throw error(errc::unknown_release,
        "there is no release that could be taken back; see: trunkline history");
}

} // namespace

void control_center::rollback_erased(
    std::int64_t number, apply_options opts, diagnostics& diag, handler<apply_report> h)
{
    launch<apply_operation, apply_report>(*impl_, diag, std::move(h), [&](auto& done) {
        if (number != 0) (void)release(number); // says so at once if there is none
        auto chosen = std::make_shared<std::int64_t>(number);
        auto source = [this, chosen, opts](sync::snapshot const& now) {
            auto row = release(*chosen);
            if (opts.dry_run && row.state == store::release_state::running) // as if it had ended
                row.result = result_document(sync::abandoned_results(sync::plan::from_json(row.plan),
                    impl_->store.journal(impl_->options.tenant, *chosen)));
            return sync::make_rollback(
                row, now, impl_->store, impl_->options.tenant, planning(*impl_, opts));
        };
        bool const dry_run = opts.dry_run;
        auto op = std::make_shared<apply_operation>(
            *impl_, diag, std::move(done), std::move(opts), std::move(source));
        op->abandon_interrupted(chosen);
        op->on_ready([this, chosen, dry_run] {
            if (*chosen == 0)
                *chosen = newest_release(impl_->store, impl_->options.tenant, dry_run);
        });
        op->launch();
    });
}

} // namespace trunkline
