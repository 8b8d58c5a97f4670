#include "fault/run.hpp"

#include "fault/engine.hpp"
#include "fault/people.hpp"
#include "fault/turnover.hpp"
#include "support/sql.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <array>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace trunkline::fault {
namespace {

constexpr int rounds_to_settle = 6;

constexpr std::array<std::string_view, event_count> event_names{"process killed", "power cut",
    "died within a disk operation", "disk full", "journal damaged", "answers out of order",
    "lists that lag", "second engine refused", "stale holder stopped", "knowledge base built",
    "superseded knowledge base removed", "deleted by name", "made anew by a rollback",
    "private copy by a rollback"};

store::store open_on(test::crash_disk const& disk, time_source& time)
{
    store::store_options options;
    options.time = &time;
    options.vfs = disk.vfs();
    options.busy_timeout = std::chrono::milliseconds(0);
    return store::store::open("sqlite:///store.db", options);
}

/// One run: the world around the engine, and the engine as often as it has to be started.
class running {
public:
    running(starting_point const& start, run_plan const& plan, test::crash_disk& disk,
        folder& files, bool traced)
        : start_(start),
          plan_(plan),
          disk_(disk),
          folder_(files),
          random_(plan.seed),
          sim_(options_of(plan), time_),
          net_(sim_, time_, random_source(plan.seed ^ 0x5bd1e995)),
          people_(dashboard(sim_), files),
          turnover_(dashboard(sim_), files, start.begun),
          traced_(traced)
    {
        time_.advance(start.elapsed);
        net_.built = start.built;
        disk_.load(start.disk);
        folder_.load(start.files);
        sim_.load_state(start.account);
        counts_ = test::count_objects(start.account);
        first_disk_operation_ = disk_.operations();
        net_.on_death = [this] { disk_.die(); };
        net_.on_event = [this](mishap m) { play_event(m); };
        net_.on_publish = [this] { turnover_.published(net_.built); };
        if (traced_) net_.trace = [this](std::string line) { say(line); };
        arm();
    }

    run_result play()
    {
        try {
            for (auto const& s : plan_.steps) play_step(s);
            result_.exposed_requests = net_.requests();
            result_.exposed_disk_operations = disk_.operations() - first_disk_operation_;
            disarm();
            settle();
        } catch (std::exception const& e) {
            result_.violations.push_back(std::string("the run ended with: ") + e.what());
        }
        engine_.reset();
        result_.requests = net_.requests();
        result_.virtual_ms = time_.unix_ms() - started_at_;
        result_.befell = net_.befell();
        count(event::answers_reordered, net_.reordered());
        count(event::lists_lagged, plan_.list_delay_ms > 0);
        result_.disk_operations = disk_.operations() - first_disk_operation_;
        return std::move(result_);
    }

private:
    static retell::simulator_options options_of(run_plan const& plan)
    {
        retell::simulator_options o;
        o.list_delay = std::chrono::milliseconds(plan.list_delay_ms);
        o.unreadable_urls = "kaputt";
        return o;
    }

    void say(std::string const& line)
    {
        if (traced_)
            result_.trace.push_back(
                "t+" + std::to_string(time_.unix_ms() - started_at_) + " " + line);
    }

    void count(event e, std::uint64_t times = 1)
    {
        result_.events[static_cast<std::size_t>(e)] += times;
    }

    // Mishaps.

    void arm()
    {
        net_.mishap_at = [this](std::uint64_t n) {
            arm_disk(); // the next one, if the one before was met
            auto const found = plan_.at_request.find(n);
            if (full_until_ != 0 && n >= full_until_) {
                disk_.set_full(false);
                full_until_ = 0;
            }
            return found == plan_.at_request.end() ? mishap::none : found->second;
        };
        arm_disk();
    }

    void arm_disk()
    {
        auto const now = disk_.operations() - first_disk_operation_;
        auto const next = plan_.at_disk.upper_bound(now);
        if (next == plan_.at_disk.end()) return;
        if (next->second == disk_mishap::runs_full) {
            // Noticed at the next request after it is due; it ends some requests later.
            if (next->first <= now + 8 && full_until_ == 0) {
                say("   the disk is full");
                disk_.set_full(true);
                full_until_ = net_.requests() + 5;
            }
            return;
        }
        kind_ = next->second == disk_mishap::dies_power_cut ? test::crash_kind::power_cut
                                                            : test::crash_kind::process_killed;
        damages_journal_ = next->second == disk_mishap::dies_journal_damaged;
        disk_.die_at(first_disk_operation_ + next->first);
    }

    void disarm()
    {
        net_.mishap_at = nullptr;
        disk_.set_full(false);
        disk_.die_at(0);
    }

    void play_event(mishap m)
    {
        auto const armed = std::exchange(net_.mishap_at, nullptr);
        // Not of a number: between the engine's read and write of one there is a window (docs/sync.md).
        if (m == mishap::edit) people_.edit_dashboard(net_.requests() % people::versioned_fields());
        if (m == mishap::second_engine) run_second_engine(false);
        if (m == mishap::pause) run_second_engine(true);
        net_.mishap_at = armed;
    }

    /// Another process on the same store. While the first one's lease lasts it must be refused.
    void run_second_engine(bool first_sleeps)
    {
        if (first_sleeps) time_.advance(std::chrono::minutes(2));
        auto const held = engine_ && engine_->db().lease(engine::tenant());
        auto const writes = net_.writes().size();
        auto const sender = std::exchange(net_.sender, "second engine");
        try {
            turnover_.note_live(net_.built);
            engine other(open_on(disk_, time_), net_, folder_, time_, "second");
            auto const report = other.apply();
            if (report.locked) count(event::second_engine_refused);
            if (held && !report.locked) result_.violations.push_back("two engines worked at once");
            if (held && net_.writes().size() != writes)
                result_.violations.push_back("an engine without the lease wrote");
        } catch (error const& e) {
            say(std::string("second engine: ") + e.what());
        }
        net_.sender = sender;
    }

    // Processes.

    /// Runs a piece of work in the engine's process; a death in it ends the process.
    template <class Work>
    std::optional<engine_report> work(Work work)
    {
        try {
            if (!engine_)
                engine_.emplace(open_on(disk_, time_), net_, folder_, time_,
                    "engine-" + std::to_string(++processes_));
            auto report = work(*engine_);
            if (report.locked) count(event::stale_holder_stopped);
            if (!disk_.dead()) return report;
            count(event::died_within_disk_operation);
        } catch (process_died const&) {
        } catch (error const& e) {
            if (!disk_.dead()) {
                say(std::string("the operation failed: ") + e.what());
                if (full_until_ != 0) count(event::disk_full);
                return std::nullopt;
            }
            count(event::died_within_disk_operation);
        }
        restart();
        return std::nullopt;
    }

    void restart()
    {
        say("   the process died");
        ++result_.deaths;
        count(kind_ == test::crash_kind::power_cut ? event::power_cut : event::process_killed);
        engine_.reset();
        disk_.restart(kind_, random_);
        if (std::exchange(damages_journal_, false)) damage_journal();
        kind_ = random_.below(2) ? test::crash_kind::power_cut : test::crash_kind::process_killed;
        if (net_.mishap_at) arm_disk();
        time_.advance(std::chrono::seconds(31)); // the lease of the dead runs out
    }

    /// Behind the store's back: of the release under way, one of the last records is altered, or
    /// the last ones are gone.
    void damage_journal()
    {
        auto const back = std::to_string(1 + random_.below(3));
        auto const where =
            " WHERE release_number = (SELECT max(number) FROM releases WHERE state = "
            "'running') AND sequence > (SELECT max(sequence) FROM journal WHERE "
            "release_number = (SELECT max(number) FROM releases)) - " +
            back;
        auto const sql = random_.below(2)
            ? "DELETE FROM journal" + where
            : "UPDATE journal SET data = replace(data, 'e', 'x')" + where;
        disk_.set_full(false); // whoever does this needs no room of the store's
        auto const rows = test::run_sql("/store.db", sql, disk_.vfs());
        disk_.set_full(full_until_ != 0);
        if (rows > 0) count(event::journal_damaged);
        say("   journal damaged: " + sql + ": " + std::to_string(rows) + " records");
    }

    void play_step(step const& s)
    {
        say("== " + describe(s));
        switch (s.what) {
        case action::edit_file: people_.edit_file(s.subject); break;
        case action::edit_dashboard: people_.edit_dashboard(s.subject); break;
        case action::open_draft: people_.open_draft(s.subject); break;
        case action::create_in_files: people_.create_in_files(s.subject); break;
        case action::edit_everything: people_.edit_everything(); break;
        case action::edit_knowledge: turnover_.edit_knowledge(s.subject); break;
        case action::ask_to_delete: turnover_.ask_to_delete(s.subject); break;
        case action::share_engine: turnover_.share_engine(); break;
        case action::week_passes: time_.advance(std::chrono::days(8)); break;
        case action::pull: work([](engine& e) { return e.pull(); }); break;
        case action::apply:
            turnover_.note_live(net_.built);
            until_it_lives([](engine& e) { return e.apply(); });
            break;
        case action::roll_back: roll_back(); break;
        }
    }

    /// An operation that a death interrupts is started again by whoever wanted it.
    template <class Work>
    std::optional<engine_report> until_it_lives(Work operation)
    {
        for (int i = 0; i < rounds_to_settle; ++i) {
            auto const deaths = result_.deaths;
            auto report = work(operation);
            if (report && report->release != 0 && plan_release_ == 0)
                plan_release_ = report->release;
            if (deaths == result_.deaths) return report;
        }
        return std::nullopt;
    }

    void roll_back()
    {
        auto const target = newest_release();
        if (!target) return;
        rolling_back_ = target;
        people_.rolled_back();
        turnover_.note_live(net_.built);
        turnover_.rolled_back();
        until_it_lives([&](engine& e) { return e.rollback(*target); });
    }

    /// The newest release of an apply, finished or not.
    std::optional<std::int64_t> newest_release()
    {
        std::optional<std::int64_t> found;
        work([&](engine& e) {
            for (auto const& r : e.db().releases(engine::tenant()))
                if (!found && r.reverts == 0 && r.number > start_.release) found = r.number;
            return engine_report();
        });
        return found;
    }

    // The end: nothing goes wrong any more.

    void settle()
    {
        say("== nothing goes wrong any more");
        time_.advance(std::chrono::minutes(2));
        engine_.reset();
        turnover_.repair_knowledge();
        engine_report last;
        bool settled = false;
        for (int i = 0; i < rounds_to_settle && !settled; ++i) {
            bool const takes_back = rolling_back_ && i < 2;
            auto const report = work([&](engine& e) {
                return takes_back ? e.rollback(*rolling_back_) : pull_and_apply(e);
            });
            time_.advance(std::chrono::minutes(1));
            if (!report) continue;
            last = *report;
            settled = is_settled(*report) && !takes_back;
        }
        if (!settled) {
            result_.violations.push_back("O6: still not settled after " +
                std::to_string(rounds_to_settle) + " undisturbed rounds" + trouble_of(last));
        }
        check(last);
    }

    /// Nothing is left to do, but what cannot be done as long as a draft needs it: a knowledge base
    /// that was superseded is tried again by each apply.
    bool is_settled(engine_report const& r) const
    {
        if (r.locked) return false;
        return r.units == 0 ||
            (!r.results.empty() && std::ranges::all_of(r.results, [&](sync::unit_result const& u) {
                return u.action == sync::unit_action::remove &&
                    u.state == sync::unit_state::conflict &&
                    u.name.find("(superseded") != std::string::npos &&
                    turnover_.is_in_newest_version(u.id);
            }));
    }

    static engine_report pull_and_apply(engine& e)
    {
        auto const pulled = e.pull();
        auto r = e.apply();
        for (auto const& c : pulled.conflicts) r.conflicts.push_back(c);
        return r;
    }

    static std::string trouble_of(engine_report const& r)
    {
        std::string out = r.locked ? ": locked" : "";
        for (auto const& u : r.results)
            if (u.state != sync::unit_state::done)
                out += "; " + u.name + " at " + u.step + ": " + u.message;
        return out;
    }

    void check(engine_report const& last)
    {
        auto const writes = net_.writes().size();
        std::map<std::string, std::string> copies;
        work([&](engine& e) {
            copies = turnover_.copies(e.db());
            auto const plan = e.plan();
            if (!plan.units.empty() && last.units == 0 && plan.conflicts.empty())
                result_.violations.push_back("O6: the next plan is not empty");
            add(test::check_journal(e.db(), engine::tenant(), net_.writes()));
            auto const account = sim_.state();
            add(test::check_drafts(e.db(), engine::tenant(), net_.writes(), account));
            add(test::check_results(e.db(), engine::tenant(), account));
            add(turnover_.check(e.db(), start_.workspace, net_.built, last.conflicts));
            check_counts(e.db(), account);
            count_deeds(e.db());
            return engine_report();
        });
        if (net_.writes().size() != writes)
            result_.violations.push_back("O6: a run with nothing to do wrote");
        auto const account = sim_.state();
        add(test::check_references(account));
        add(test::check_numbers(account));
        add(people_.lost(last.conflicts, copies));
        if (disk_.contains("CANARY"))
            result_.violations.push_back("a secret stands in the store in clear");
    }

    /// What releases did of all they can do.
    void count_deeds(store::store const& s)
    {
        using sync::unit_action;
        for (auto const& r : s.releases(engine::tenant())) {
            auto const& units = r.result.at_or_null("units");
            if (r.number <= start_.release || !units.is_array()) continue;
            for (auto const& one : units.as_array()) {
                auto const u = sync::unit_result_from(one);
                bool const back = r.reverts != 0;
                if (u.state != sync::unit_state::done) continue;
                if (u.action == unit_action::build_knowledge) count(event::knowledge_built);
                if (u.action == unit_action::remove && !back)
                    count(u.name.find("(superseded") == std::string::npos
                            ? event::deleted_by_name
                            : event::knowledge_retired);
                if (u.action == unit_action::create_agent && back) count(event::made_anew);
                if (u.action == unit_action::create_engine && back &&
                    u.name.find("-before-") != std::string::npos)
                    count(event::private_copy);
            }
        }
    }

    void check_counts(store::store const& s, json::value const& account)
    {
        auto expected = counts_;
        auto const passing = turnover_.count_passing();
        expected.agents += people_.created() + passing.agents - 1;
        expected.llms +=
            people_.created() + passing.llms - 1 + turnover_.count_copies(s, result_.violations);
        auto const found = test::count_objects(account);
        // A rollback removes what its release created, unless somebody uses or changed it.
        auto const may_be_gone = rolling_back_ ? people_.created() : 0;
        auto const allow = [&](std::size_t& wanted, std::size_t there) {
            if (there <= wanted && there + may_be_gone >= wanted) wanted = there;
        };
        allow(expected.agents, found.agents);
        allow(expected.llms, found.llms);
        add(test::check_counts(account, expected));
    }

    void add(test::violations const& more)
    {
        result_.violations.insert(result_.violations.end(), more.begin(), more.end());
    }

    starting_point const& start_;
    run_plan const& plan_;
    test::crash_disk& disk_;
    folder& folder_;
    random_source random_;
    virtual_time time_;
    std::int64_t started_at_ = time_.unix_ms();
    retell::simulator sim_;
    network net_;
    people people_;
    turnover turnover_;
    bool traced_;
    run_result result_;
    test::object_counts counts_;
    std::uint64_t first_disk_operation_ = 0;
    std::uint64_t full_until_ = 0;
    test::crash_kind kind_ = test::crash_kind::process_killed;
    bool damages_journal_ = false;
    int processes_ = 0;
    std::int64_t plan_release_ = 0;
    std::optional<std::int64_t> rolling_back_;
    std::optional<engine> engine_;
};

} // namespace

std::string_view name(event e) noexcept
{
    return event_names[static_cast<std::size_t>(e)];
}

starting_point::starting_point(beginning b) : begun(std::move(b))
{
    virtual_time time;
    auto const from = time.unix_ms();
    retell::simulator sim(retell::simulator_options{}, time);
    sim.load_state(begun.account);
    test::crash_disk d;
    folder f;
    network net(sim, time, random_source(1));
    {
        engine e(open_on(d, time), net, f, time, "first");
        e.db().ensure_tenant(engine::tenant());
        sync::bundle header;
        header.tenant = engine::tenant().str();
        header.workspace = workspace = "w0000000000000000";
        sync::write_header(f.path(), header);
        e.pull();
        write_first_knowledge(f, begun);
        auto const report = e.apply();
        if (report.state != store::release_state::done || report.units == 0)
            throw std::logic_error("the account runs begin with could not be made");
        release = report.release;
        e.pull();
    }
    account = sim.state();
    built = net.built;
    elapsed = std::chrono::milliseconds(time.unix_ms() - from);
    files = f.files();
    std::ifstream in(f.path() / "trunkline.json", std::ios::binary);
    files.emplace("trunkline.json", std::string(std::istreambuf_iterator<char>(in), {}));
    disk = d.files();
}

player::player(starting_point const& start)
    : start_(start), disk_(std::make_unique<test::crash_disk>()), folder_(std::make_unique<folder>())
{}

player::~player() = default;

run_result player::play(run_plan const& plan, bool traced)
{
    return running(start_, plan, *disk_, *folder_, traced).play();
}

} // namespace trunkline::fault
