#include "support/scratch_dir.hpp"
#include "support/small_account.hpp"
#include "sync/folder_lock.hpp"
#include "sync/oracles.hpp"

#include <trunkline/control_center.hpp>
#include <trunkline/http/server.hpp>
#include <trunkline/retell/simulator.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <fstream>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr char const* prompt = "llms/praxis-mueller-empfang.prompt.md";

/// The facade over a real connection to an in-process simulator.
class service {
public:
    explicit service(json::value const& account = small_account())
        : simulator_(retell::simulator_options{}, time_)
    {
        simulator_.load_state(account);
        server_.emplace(io.get_executor(), http::server_options{},
            [this](http::request r, http::server::responder answer) {
                if (before_request) before_request(r);
                answer(simulator_.handle(r));
            });
    }

    control_center_options options()
    {
        control_center_options o;
        o.store_url = "sqlite://" + (dir.path() / "store.db").string();
        o.client.base_url = server_->url();
        o.client.api_key = "key_test";
        o.client.concurrency = 8;
        return o;
    }

    /// Runs one operation to its end.
    template <class Result, class Start>
    std::pair<error_code, Result> run(Start start)
    {
        std::optional<std::pair<error_code, Result>> out;
        start([&](error_code ec, Result r) { out.emplace(ec, std::move(r)); });
        io.restart();
        while (!out && io.run_one()) {
        }
        REQUIRE(out);
        return std::move(*out);
    }

    std::pair<error_code, pull_report> pull(control_center& c, pull_options o = {})
    {
        return run<pull_report>([&](auto h) { c.async_pull(bundle(), o, diag, std::move(h)); });
    }
    /// A folder with one edit in it, of a prompt.
    void pull_and_edit(control_center& c)
    {
        REQUIRE_FALSE(pull(c).first);
        write(prompt, "Neu.\n");
    }
    std::pair<error_code, apply_report> apply(control_center& c, apply_options o = {})
    {
        return run<apply_report>([&](auto h) { c.async_apply(bundle(), o, diag, std::move(h)); });
    }
    /// Canceled as it sends the first request to such a path.
    void cancel_apply_at(control_center& c, std::string_view path)
    {
        asio::cancellation_signal signal;
        before_request = [&](http::request const& r) {
            if (r.target.starts_with(path)) signal.emit(asio::cancellation_type::terminal);
        };
        auto const result = run<apply_report>([&](auto h) {
            c.async_apply(
                bundle(), {}, diag, asio::bind_cancellation_slot(signal.slot(), std::move(h)));
        });
        before_request = nullptr;
        REQUIRE(result.first == errc::canceled);
        REQUIRE(c.history().at(0).state == store::release_state::running);
    }
    std::pair<error_code, apply_report> rollback(
        control_center& c, std::int64_t n = 0, apply_options o = {})
    {
        return run<apply_report>([&](auto h) { c.async_rollback(n, o, diag, std::move(h)); });
    }

    /// The oracles O2 to O7 of spec/sync.md section 5; O1 is the test's own. `rest`: what the next
    /// plan still holds.
    void check_oracles(control_center& c, std::size_t rest = 0)
    {
        auto const before = writes();
        auto const [ec, plan] =
            run<sync::plan>([&](auto h) { c.async_plan(bundle(), {}, diag, std::move(h)); });
        INFO(diag.message);
        CHECK_FALSE(ec);
        CHECK(plan.units.size() == rest);
        CHECK(writes() == before);
        std::vector<sent_write> sent;
        for (auto const& e : simulator_.log()) {
            if (!e.mutating || e.operation.empty()) continue;
            sent_write w;
            w.operation = e.operation;
            auto const path = e.target.substr(0, e.target.find('?'));
            if (retell::path_parameters(*retell::find_operation(e.operation)).size() == 1)
                w.target = http::percent_decode(path.substr(path.rfind('/') + 1), false);
            w.status = e.inner_status;
            sent.push_back(std::move(w));
        }
        auto const account = simulator_.state();
        for (auto const& found :
            {check_counts(account, count_objects(small_account())), check_references(account),
                check_numbers(account), check_journal(c.store(), c.tenant(), sent),
                check_results(c.store(), c.tenant(), account)})
            for (auto const& what : found) FAIL_CHECK(what);
    }

    std::filesystem::path bundle() const { return dir.path() / "bundle"; }
    void write(std::string const& file, std::string const& text)
    {
        std::ofstream out(bundle() / file, std::ios::binary | std::ios::trunc);
        out << text;
    }
    std::size_t writes() const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(simulator_.log(), [](auto const& e) { return e.mutating; }));
    }
    retell::simulator& simulator() { return simulator_; }

    asio::io_context io;
    scratch_dir dir;
    diagnostics diag;
    std::function<void(http::request const&)> before_request;

private:
    system_time time_;
    retell::simulator simulator_;
    std::optional<http::server> server_;
};

void sql(std::filesystem::path const& file, std::string const& statement)
{
    soci::session session(soci::sqlite3, file.string());
    session << statement;
}

} // namespace

TEST_CASE("control center: pull, apply, rollback over a real connection")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    auto [ec, report] = s.pull(c);
    INFO(s.diag.message);
    REQUIRE_FALSE(ec);
    CHECK(report.agents == 4);
    CHECK(report.requests == 4 + 4);
    auto [again_ec, again] = s.pull(c);
    REQUIRE_FALSE(again_ec);
    CHECK(again.requests == 4);
    CHECK(again.reused == 4);
    CHECK(again.files_written == 0);

    s.write(prompt, "Neu.\n");
    auto [apply_ec, applied] = s.apply(c);
    INFO(s.diag.message);
    REQUIRE_FALSE(apply_ec);
    CHECK(applied.release == 1);
    CHECK(applied.state == store::release_state::done);
    REQUIRE(c.store().backups(c.tenant()).size() == 1);
    CHECK(c.store().backups(c.tenant())[0].verified);
    CHECK(c.store().audit(c.tenant()).size() == 1);

    auto const writes = s.writes();
    auto [noop_ec, noop] = s.apply(c);
    REQUIRE_FALSE(noop_ec);
    CHECK(noop.release == 0);
    CHECK(s.writes() == writes);

    auto [back_ec, back] = s.rollback(c);
    INFO(s.diag.message);
    REQUIRE_FALSE(back_ec);
    CHECK(back.plan.reverts == 1);
    CHECK(c.release(1).state == store::release_state::rolled_back);
    CHECK(s.rollback(c).first == errc::unknown_release);
}

TEST_CASE("pull: what is edited while it reads the account is kept")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    REQUIRE_FALSE(s.pull(c).first);
    s.before_request = [&](http::request const&) { s.write(prompt, "Neu.\n"); };
    auto const [ec, report] = s.pull(c);
    INFO(s.diag.message);
    REQUIRE_FALSE(ec);
    CHECK(report.changes.edited == 1);
    std::ifstream file(s.bundle() / prompt);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "Neu.\n");
}

TEST_CASE("pull: one at a time works in a folder")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    std::size_t held = 0;
    s.before_request = [&](http::request const&) {
        try {
            sync::folder_lock second(s.bundle());
        } catch (error const& e) {
            held += e.code() == errc::store_locked ? 1 : 0;
        }
    };
    REQUIRE_FALSE(s.pull(c).first);
    CHECK(held > 0);
    CHECK(held == s.simulator().log().size());
    s.before_request = nullptr;
    {
        sync::folder_lock other(s.bundle());
        auto const before = s.simulator().log().size();
        CHECK(s.pull(c).first == errc::store_locked);
        CHECK(s.diag.message.find("another pull") != std::string::npos);
        CHECK(s.simulator().log().size() == before);
        pull_options dry;
        dry.dry_run = true;
        CHECK_FALSE(s.pull(c, dry).first); // writes nothing
    }
    CHECK_FALSE(s.pull(c).first);
}

TEST_CASE("plan: what is edited while it reads the account counts, whatever else stays as it was")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    REQUIRE_FALSE(s.pull(c).first);
    apply_options dry;
    dry.dry_run = true;
    CHECK(s.apply(c, dry).second.plan.units.empty());
    s.write(prompt, "Neu.\n");
    CHECK(s.apply(c, dry).second.plan.units.size() == 1);
    // Of the same length, and a file that comes or goes.
    s.before_request = [&](http::request const&) { s.write(prompt, "Nun.\n"); };
    auto const edited = s.apply(c, dry).second.plan;
    REQUIRE(edited.units.size() == 1);
    CHECK(edited.units[0].engine_expected.string_at("general_prompt") == "Nun.");
    s.before_request = [&](http::request const&) {
        std::filesystem::remove(s.bundle() / "numbers" / "+493023125001.json");
    };
    auto const missing = s.apply(c, dry).second.plan;
    CHECK(std::ranges::any_of(missing.notes, [](std::string const& note) {
        return note.find("numbers/+493023125001") != std::string::npos;
    }));
}

TEST_CASE("rollback: the first write moves the number")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    REQUIRE_FALSE(s.apply(c).first);
    auto const from = s.simulator().log().size();
    REQUIRE_FALSE(s.rollback(c).first);
    auto const& log = s.simulator().log();
    auto const first = std::find_if(log.begin() + static_cast<std::ptrdiff_t>(from), log.end(),
        [](auto const& e) { return e.mutating; });
    REQUIRE(first != log.end());
    CHECK(first->operation == "update-phone-number");
}

TEST_CASE("sync/13: no verified backup, no write")
{
    service s;
    {
        control_center c(s.io.get_executor(), s.options());
        REQUIRE_FALSE(s.pull(c).first);
    }
    // A backup that is not what was written: the trigger stands for a disk that lies.
    sql(s.dir.path() / "store.db",
        "CREATE TRIGGER lie AFTER INSERT ON backup_contents BEGIN UPDATE backup_contents SET "
        "content = '{}' WHERE rowid = NEW.rowid; END");
    s.write(prompt, "Neu.\n");
    control_center c(s.io.get_executor(), s.options());
    auto const [ec, report] = s.apply(c);
    INFO(s.diag.message);
    CHECK(ec == errc::backup_failed);
    CHECK(s.writes() == 0);
    CHECK(c.history().empty());
    s.check_oracles(c, 1);
}

TEST_CASE("environment: a release from the wrong one is refused before a request")
{
    service s;
    auto options = s.options();
    options.store.environment = "production";
    {
        control_center c(s.io.get_executor(), options);
        REQUIRE_FALSE(s.pull(c).first);
    }
    s.write(prompt, "Neu.\n");
    auto const requests = s.simulator().log().size();
    for (auto const said : {"", "staging"}) {
        options.store.environment = said;
        control_center c(s.io.get_executor(), options);
        CHECK(s.apply(c).first == errc::wrong_environment);
        CHECK(s.rollback(c, 0).first == errc::wrong_environment);
    }
    CHECK(s.simulator().log().size() == requests);
}

TEST_CASE("apply: guards, confirmation and dry run send nothing")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    apply_options dry;
    dry.dry_run = true;
    auto const [dry_ec, dry_report] = s.apply(c, dry);
    CHECK_FALSE(dry_ec);
    CHECK(dry_report.plan.units.size() == 1);
    apply_options no;
    no.confirm = [](sync::plan const&) { return false; };
    CHECK(s.apply(c, no).first == errc::canceled);
    auto document = json::parse(
        R"({"model": "gpt-4.1", "general_prompt": "@file:praxis-mueller-empfang.prompt.md", "start_speaker": "agent", "general_tools": []})");
    s.write("llms/praxis-mueller-empfang.json", json::to_text(document));
    CHECK(s.apply(c).first == errc::guard_refused);
    CHECK(s.diag.message.find("--allow") != std::string::npos);
    CHECK(s.writes() == 0);
    CHECK(c.history().empty());
}

TEST_CASE("apply: a plan that waited while another engine released is stale, and nothing is sent")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    apply_options slow;
    slow.confirm = [&](sync::plan const& p) {
        auto other = store::store::open(s.options().store_url, {});
        store::release_row row;
        row.workspace = p.workspace;
        row.plan = p.to_json();
        row.plan_digest = "another";
        auto const number = other.begin_release(c.tenant(), row);
        other.end_release(c.tenant(), number, store::release_state::done, json::object{});
        return true;
    };
    CHECK(s.apply(c, slow).first == errc::stale_plan);
    CHECK(s.diag.message.find("another engine released r1") != std::string::npos);
    CHECK(s.writes() == 0);
    CHECK_FALSE(s.apply(c).first);
}

TEST_CASE("progress: reading and releasing are told from nothing to all, a rollback too")
{
    class listening final : public progress_listener {
    public:
        void on_progress(sync::operation_progress const& p) override { told.push_back(p); }
        std::vector<sync::operation_progress> told;
    };
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    for (bool const back : {false, true}) {
        CAPTURE(back);
        listening l;
        apply_options o;
        o.listener = &l;
        REQUIRE_FALSE((back ? s.rollback(c, 0, o) : s.apply(c, o)).first);
        std::vector<std::string> phases;
        for (std::size_t i = 0; i < l.told.size(); ++i) {
            auto const& p = l.told[i];
            if (phases.empty() || phases.back() != p.phase) phases.push_back(p.phase);
            else CHECK(p.done >= l.told[i - 1].done);
            if (p.total > 0) CHECK(p.done <= p.total);
            CHECK(p.requests > 0);
        }
        CHECK(phases == std::vector<std::string>{"reading", "releasing"});
        REQUIRE_FALSE(l.told.empty());
        CHECK(l.told.back().done == l.told.back().total);
        CHECK(l.told.back().left == std::chrono::milliseconds(0));
        CHECK(l.told.back().what.find(": done") != std::string::npos);
    }
}

TEST_CASE("sync/17: a saved plan is refused once something it builds on has moved")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    auto [ec, plan] =
        s.run<sync::plan>([&](auto h) { c.async_plan(s.bundle(), {}, s.diag, std::move(h)); });
    REQUIRE_FALSE(ec);
    auto const saved = sync::plan::from_json(json::parse(json::to_text(plan.to_json())));
    auto const apply_saved = [&] {
        return s
            .run<apply_report>([&](auto h) { c.async_apply_plan(saved, {}, s.diag, std::move(h)); })
            .first;
    };
    SUBCASE("moved")
    {
        http::request edit;
        edit.method = "POST";
        edit.target = "/__simulator/edit";
        edit.body = R"({"agent_id": "agent_reception", "engine_patch": {"model_temperature": 0.3}})";
        REQUIRE(s.simulator().handle(edit).status == 200);
        auto const writes = s.writes();
        CHECK(apply_saved() == errc::stale_plan);
        CHECK(s.diag.message.find("agents/praxis-mueller-empfang") != std::string::npos);
        CHECK(s.writes() == writes);
        s.check_oracles(c, 1);
    }
    SUBCASE("its file edited, or its catalogue another")
    {
        auto const writes = s.writes();
        s.write(prompt, "Doch anders.\n");
        CHECK(apply_saved() == errc::stale_plan);
        CHECK(s.diag.message.find("llms/praxis-mueller-empfang: its file was edited") !=
            std::string::npos);
        s.write(prompt, "Neu.\n");
        auto document = plan.to_json();
        document.as_object().set("catalogue", "of a newer trunkline");
        auto const foreign = sync::plan::from_json(document);
        auto const refused = s.run<apply_report>(
            [&](auto h) { c.async_apply_plan(foreign, {}, s.diag, std::move(h)); });
        CHECK(refused.first == errc::stale_plan);
        CHECK(s.diag.message.find("another field catalogue") != std::string::npos);
        CHECK(s.writes() == writes);
        CHECK_FALSE(apply_saved()); // as it was
        s.check_oracles(c);
    }
    SUBCASE("not moved, and only once")
    {
        CHECK_FALSE(apply_saved());
        CHECK(apply_saved() == errc::stale_plan);
        CHECK(c.history().size() == 1);
        s.check_oracles(c);
    }
}

TEST_CASE(
    "apply: a wrong key stops the run, and the interrupted release is resumed with the right one")
{
    service s;
    {
        control_center c(s.io.get_executor(), s.options());
        REQUIRE_FALSE(s.pull(c).first);
        s.write(prompt, "Neu.\n");
        http::request fault;
        fault.method = "POST";
        fault.target = "/__simulator/faults";
        fault.body =
            R"([{"match": {"path": "/update-agent/", "count": 1}, "action": "status", "status": 401}])";
        REQUIRE(s.simulator().handle(fault).status / 100 == 2);
        auto const [ec, report] = s.apply(c);
        CHECK(ec == errc::unauthorized);
        CHECK(c.history().at(0).state == store::release_state::running);
    }
    control_center c(s.io.get_executor(), s.options());
    auto const [ec, report] = s.apply(c);
    INFO(s.diag.message);
    CHECK_FALSE(ec);
    CHECK(report.resumed);
    CHECK(c.history().at(0).state == store::release_state::done);
    CHECK(c.history().size() == 1);
}

TEST_CASE("sync/36: cancelled in the middle it keeps the guarantees of a crash")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    s.cancel_apply_at(c, "/update-retell-llm/");
    auto const [resume_ec, resumed] = s.apply(c);
    INFO(s.diag.message);
    CHECK_FALSE(resume_ec);
    CHECK(resumed.resumed);
    s.check_oracles(c);
}

TEST_CASE("apply: an engine that lost its lease leaves the record of the release to its successor")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    s.before_request = [&](http::request const& r) {
        if (!r.target.starts_with("/update-retell-llm/")) return;
        s.before_request = nullptr;
        // Somebody takes over while the write is under way, finds the release finished and says so.
        c.store().release_lease(c.tenant(), c.store().lease(c.tenant())->token);
        c.store().take_lease(c.tenant(), "successor", 60'000);
        c.store().end_release(c.tenant(), 1, store::release_state::partial, "by the successor");
    };
    auto const writes = s.writes();
    auto const [ec, report] = s.apply(c);
    CHECK(ec == errc::store_locked);
    // What was under way when the lease was lost; nothing more.
    CHECK(s.writes() - writes == 2);
    auto const row = c.release(1);
    CHECK(row.state == store::release_state::partial);
    CHECK(row.result == json::value("by the successor"));
    CHECK(c.store().lease(c.tenant())->owner == "successor");
}

TEST_CASE(
    "rollback: an engine that finished one which was interrupted and slept over the last answer "
    "plans nothing beyond it")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    REQUIRE_FALSE(s.apply(c).first);
    asio::cancellation_signal signal;
    s.before_request = [&](http::request const& r) {
        if (r.target.starts_with("/create-agent-version/"))
            signal.emit(asio::cancellation_type::terminal);
    };
    auto const [ec, report] = s.run<apply_report>([&](auto h) {
        c.async_rollback(1, {}, s.diag, asio::bind_cancellation_slot(signal.slot(), std::move(h)));
    });
    REQUIRE(ec == errc::canceled);
    std::size_t after = 0;
    bool published = false;
    s.before_request = [&](http::request const& r) {
        published = published || r.target.starts_with("/publish-agent-version/");
        bool const lost = c.store().lease(c.tenant())->owner == "successor";
        after += lost;
        if (!published || lost || !r.target.starts_with("/list-agent-versions/")) return;
        // The list that shows the version as published is the last thing it asks for.
        c.store().release_lease(c.tenant(), c.store().lease(c.tenant())->token);
        c.store().take_lease(c.tenant(), "successor", 60'000);
    };
    auto const [resume_ec, resumed] = s.rollback(c, 1);
    CHECK(published);
    CHECK(resume_ec == errc::store_locked);
    CHECK(after == 0);
    CHECK(c.release(2).state == store::release_state::running);
}

TEST_CASE("dry run: an interrupted release is told of, and its rollback is foretold as it will be")
{
    service s;
    control_center c(s.io.get_executor(), s.options());
    s.pull_and_edit(c);
    s.cancel_apply_at(c, "/update-phone-number/");

    apply_options dry;
    dry.dry_run = true;
    auto const [apply_ec, foretold] = s.apply(c, dry);
    CHECK_FALSE(apply_ec);
    auto const tells = [](apply_report const& r) {
        return std::ranges::any_of(r.plan.notes,
            [](auto const& n) { return n.find("release r1 was interrupted") != n.npos; });
    };
    CHECK(tells(foretold));
    for (std::int64_t const which : {0, 1}) {
        auto const [back_ec, back] = s.rollback(c, which, dry);
        CHECK_FALSE(back_ec);
        CHECK(tells(back));
        CHECK(back.plan.reverts == 1);
        CHECK_FALSE(back.plan.units.empty());
    }
    CHECK(c.release(1).state == store::release_state::running);
    auto const expected = s.rollback(c, 0, dry).second.plan.units.size();
    auto const [back_ec, back] = s.rollback(c);
    CHECK_FALSE(back_ec);
    CHECK(back.plan.reverts == 1);
    CHECK(back.plan.units.size() == expected);
}

TEST_CASE("history needs no key, a call to the service does")
{
    service s;
    auto options = s.options();
    options.client.api_key.clear();
    control_center c(s.io.get_executor(), options);
    CHECK(c.history().empty());
    CHECK(s.pull(c).first == errc::unauthorized);
    CHECK(s.diag.message.find("RETELL_API_KEY") != std::string::npos);
}

TEST_CASE("sync/10: a folder that this store does not know is not created a second time")
{
    service s;
    {
        control_center c(s.io.get_executor(), s.options());
        REQUIRE_FALSE(s.pull(c).first);
    }
    auto other = s.options();
    other.store_url = "sqlite://" + (s.dir.path() / "other.db").string();
    control_center c(s.io.get_executor(), other);
    CHECK(s.apply(c).first == errc::invalid_bundle);
    CHECK(s.writes() == 0);
    // The same folder in the store that knows it.
    control_center known(s.io.get_executor(), s.options());
    s.check_oracles(known);
}

TEST_CASE("sync/30: with the vendor down nothing is written, and what was read once is still there")
{
    service s;
    auto o = s.options();
    o.cache.emplace();
    o.client.max_attempts = 1;
    o.cache->cache.fresh_for = o.cache->cache.revalidate_until = std::chrono::milliseconds(0);
    control_center c(s.io.get_executor(), o);
    REQUIRE_FALSE(s.pull(c).first);
    auto const read = [&] {
        return s.run<retell::answer>([&](auto h) {
            c.client().async_call(retell::get_agent("agent_reception", 0), s.diag, std::move(h));
        });
    };
    auto const fresh = read().second;
    s.write(prompt, "Neu.\n");
    http::request down;
    down.method = "POST";
    down.target = "/__simulator/faults";
    down.body = R"([{"match": {"path": "/", "count": 1000}, "action": "status", "status": 503}])";
    REQUIRE(s.simulator().handle(down).status / 100 == 2);
    auto const before = s.writes();

    auto const [ec, a] = read();
    CHECK_FALSE(ec);
    CHECK(a.degraded);
    CHECK(a.age.count() >= 0);
    CHECK(a.stale_because == failure::retryable);
    CHECK(json::to_text(a.body) == json::to_text(fresh.body));
    CHECK(s.apply(c).first == failure::retryable);
    CHECK(s.pull(c).first == failure::retryable);
    CHECK(s.writes() == before); // none was even tried
    CHECK(c.history().empty());

    down.method = "DELETE";
    REQUIRE(s.simulator().handle(down).status / 100 == 2);
    control_center later(s.io.get_executor(), s.options()); // whose breaker knows nothing of it
    auto const [up, report] = s.apply(later);
    INFO(s.diag.message);
    CHECK_FALSE(up);
    s.check_oracles(later);
}

TEST_CASE("cache: what was read once answers beyond the process, when the service is not there")
{
    service s;
    auto const read = [&](control_center& c) {
        return s.run<retell::answer>([&](auto h) {
            c.client().async_call(retell::get_agent("agent_reception", 0), s.diag, std::move(h));
        });
    };
    auto o = s.options();
    o.cache.emplace();
    std::string body;
    {
        control_center c(s.io.get_executor(), o);
        auto const [ec, a] = read(c);
        REQUIRE_FALSE(ec);
        CHECK_FALSE(a.cached);
        body = json::to_text(a.body);
    }
    o.client.base_url = "http://127.0.0.1:1"; // nobody is there
    o.client.max_attempts = 1;
    o.cache->cache.fresh_for = o.cache->cache.revalidate_until = std::chrono::milliseconds(0);
    control_center c(s.io.get_executor(), o);
    auto const [ec, a] = read(c);
    REQUIRE_FALSE(ec);
    CHECK(a.degraded);
    CHECK(a.stale_because == errc::connect_failed);
    CHECK(json::to_text(a.body) == body);
    auto const number = [&](std::string_view name) {
        double sum = 0;
        for (auto const& m : c.metrics())
            if (m.name == name) sum += m.value;
        return sum;
    };
    CHECK(number("trunkline_cache_load_failures_total") == 1);
    CHECK(number("trunkline_cache_entries") == 1);
    CHECK(number("trunkline_admission_outcomes_total") == 1);

    // A pull asks, whatever is known.
    auto const [pulled, report] = s.pull(c);
    CHECK(pulled);
}
