#include "sync/world.hpp"

#include <trunkline/sync/report_json.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace trunkline;
using namespace trunkline::test;

namespace {

/// Two agents (one of them on two numbers) and a number's own field are changed.
sync::plan prepare(world& w)
{
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu am Empfang.\n");
    w.edit("agents/notdienst.json", [](json::object& o) { o.set("voice_speed", 1.4); });
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Neu"); });
    auto p = w.plan();
    REQUIRE(p.units.size() == 3);
    return p;
}

/// What the service must show in the end, taken from a run without a crash.
class outcome {
public:
    explicit outcome(world& w) : resources(w.resource_count())
    {
        for (auto const number : {"+493023125001", "+493023125002", "+493023125003"}) {
            contents.push_back(w.content_at(number));
            nicknames.emplace_back(w.number(number).string_at("nickname"));
        }
    }
    std::size_t resources;
    std::vector<std::string> contents;
    std::vector<std::string> nicknames;
    friend bool operator==(outcome const&, outcome const&) = default;
};

void check_versions(world& w, std::vector<sync::unit_result> const& results)
{
    // Every draft that is left over is named in the result; nothing else was left behind.
    std::set<std::pair<std::string, std::int64_t>> orphans;
    for (auto const& r : results)
        for (auto const v : r.orphans) orphans.emplace(r.id, v);
    for (auto const id : {"agent_reception", "agent_night", "agent_booking"})
        for (auto const& v : w.versions(id))
            if (!v.bool_at("is_published")) {
                INFO(id, " version ", v.int_at("version"));
                CHECK(orphans.contains({id, v.int_at("version")}));
            }
}

void crash_everywhere(bool before)
{
    std::uint64_t total = 0;
    std::optional<outcome> wanted;
    {
        world w;
        auto const p = prepare(w);
        auto const from = w.requests;
        w.apply(p);
        total = w.requests - from;
        REQUIRE(w.last_state == store::release_state::done);
        wanted.emplace(w);
        w.check_oracles();
    }
    MESSAGE(total << " requests, one crash at each");
    for (std::uint64_t k = 1; k <= total; ++k) {
        CAPTURE(k);
        world w;
        auto const p = prepare(w);
        auto const fatal = w.requests + k;
        auto const die = [&](std::uint64_t number, http::request const&) { return number != fatal; };
        (before ? w.before_request : w.after_answer) = die;
        w.apply(p);
        w.before_request = nullptr;
        w.after_answer = nullptr;
        auto const results = w.resume();
        expect_done(results);
        CHECK(w.last_state == store::release_state::done);
        CHECK(outcome(w) == *wanted);
        check_versions(w, results);
        w.check_oracles();
    }
}

} // namespace

TEST_CASE("sync/07: killed before any one request of a release, the next run finishes it without a "
          "duplicate")
{
    crash_everywhere(true);
}

TEST_CASE("sync/07: killed after the service acted and before we saw it, the next run finishes it "
          "without a duplicate")
{
    crash_everywhere(false);
}

TEST_CASE("crash: rollback of a release that was killed takes back what went live")
{
    world healthy;
    auto const total = [&] {
        auto const p = prepare(healthy);
        auto const from = healthy.requests;
        healthy.apply(p);
        return healthy.requests - from;
    }();
    for (std::uint64_t k = 1; k <= total; k += 3) {
        CAPTURE(k);
        world w;
        outcome const before(w);
        auto const p = prepare(w);
        auto const fatal = w.requests + k;
        w.after_answer = [&](std::uint64_t number, http::request const&) { return number != fatal; };
        w.apply(p);
        w.after_answer = nullptr;
        w.abandon();
        for (auto const& u : w.rollback(w.last_release)) {
            INFO(u.name, " ", u.step, ": ", u.message);
            CHECK(u.state == sync::unit_state::done);
        }
        auto const after = outcome(w);
        CHECK(after.contents == before.contents);
        CHECK(after.resources == before.resources);
    }
}

TEST_CASE("sync/08: each write whose answer is lost is looked up, never repeated blindly")
{
    // path, and how many requests of it may be sent in the end
    for (auto const& [path, allowed] :
        {std::pair<char const*, int>{"/create-agent-version/", 2}, {"/publish-agent-version/", 1}})
    {
        CAPTURE(path);
        world w;
        w.pull();
        w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
        auto const p = w.plan();
        w.fault(std::string(R"([{"match": {"path": ")") + path +
            R"(", "count": 1}, "action": "reset_after_commit"}])");
        int sent = 0;
        w.before_request = [&](std::uint64_t, http::request const& r) {
            sent += r.target.starts_with(path);
            return true;
        };
        auto const results = w.apply(p);
        w.before_request = nullptr;
        REQUIRE(results.size() == 1);
        INFO(results[0].message);
        CHECK(results[0].state == sync::unit_state::done);
        CHECK(sent == allowed);
        check_versions(w, results);
        w.check_oracles();
    }
}

TEST_CASE("sync/16: writes already queued when the lease is lost are refused before they are sent")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.edit("flows/praxis-mueller-termine.json",
        [](json::object& o) { o.set("model_temperature", 0.5); });
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    std::uint64_t writes = 0;
    // The first write is answered only after the lease ran out and somebody else took it. Units run
    // side by side: by then the other one's write waits in the queue.
    auto const pause_at_first_write = [&] {
        writes = w.writes;
        w.after_answer = [&](std::uint64_t, http::request const&) {
            if (w.writes == writes + 1 && !w.db.lease(w.tenant)->owner.starts_with("another")) {
                w.time.advance(std::chrono::minutes(5));
                w.db.take_lease(w.tenant, "another engine", 30'000);
            }
            return true;
        };
    };
    SUBCASE("of a release")
    {
        pause_at_first_write();
        for (auto const& r : w.apply(p)) CHECK(r.state == sync::unit_state::interrupted);
        CHECK(w.writes == writes + 1);
        CHECK(w.last_state == store::release_state::running);
    }
    SUBCASE("of a rollback")
    {
        for (auto const& r : w.apply(p)) REQUIRE(r.state == sync::unit_state::done);
        pause_at_first_write();
        std::size_t interrupted = 0;
        for (auto const& r : w.rollback(w.last_release))
            interrupted += r.state == sync::unit_state::interrupted;
        CHECK(interrupted > 1);
        CHECK(w.writes == writes + 1);
        CHECK(w.last_state == store::release_state::running);
    }
    w.after_answer = nullptr;
    w.time.advance(std::chrono::minutes(5));
    for (auto const& r : w.resume()) {
        INFO(r.name, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/16: a holder that was paused too long sends nothing more")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto const p = w.plan();
    bool paused = false;
    w.after_answer = [&](std::uint64_t, http::request const& r) {
        if (!paused && r.target.starts_with("/create-agent-version/")) {
            paused = true;
            w.time.advance(std::chrono::minutes(5));
            w.db.take_lease(w.tenant, "another engine", 30'000);
        }
        return true;
    };
    auto const writes = w.writes;
    auto const results = w.apply(p);
    w.after_answer = nullptr;
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::interrupted);
    CHECK(w.writes == writes + 1);
    CHECK(
        w.number("+493023125001").at_or_null("inbound_agents").as_array()[0].int_at("agent_version") ==
        1);
    w.time.advance(std::chrono::minutes(5));
    CHECK(w.resume()[0].state == sync::unit_state::done);
    w.check_oracles();
}

TEST_CASE("crash: a pull does not take what an interrupted release created for somebody else's")
{
    for (auto const fatal : {"/create-retell-llm", "/create-agent"}) {
        CAPTURE(fatal);
        world w;
        w.pull();
        write_new_agent(w);
        auto const p = w.plan();
        auto const before = w.resource_count();
        w.after_answer = [&](std::uint64_t, http::request const& r) { return r.target != fatal; };
        w.apply(p);
        w.after_answer = nullptr;
        CHECK(w.pull().notes.size() == 1);
        for (auto const& r : w.resume()) {
            INFO(r.name, ": ", r.message);
            CHECK(r.state == sync::unit_state::done);
        }
        CHECK(w.resource_count() == before + 2);
        w.pull();
        CHECK(w.plan().empty());
    }
}

TEST_CASE("crash: what a resumed release writes goes to the version that was planned")
{
    for (std::uint64_t k = 1; k <= 3; ++k) {
        CAPTURE(k);
        world w;
        auto const id = std::string(w.call(retell::create_llm(json::object{{"model", "gpt-4.1"},
                                               {"general_prompt", "Allein."}}))
                                        .string_at("llm_id"));
        w.pull();
        w.write("llms/unused-" + sync::slug(id) + ".prompt.md", "Immer noch allein.\n");
        auto const p = w.plan();
        REQUIRE(p.units.size() == 1);
        REQUIRE(p.units[0].action == sync::unit_action::update_engine);
        auto const fatal = w.requests + k;
        w.before_request = [&](std::uint64_t number, http::request const&) {
            return number != fatal;
        };
        w.apply(p);
        w.before_request = nullptr;
        expect_done(w.resume());
        CHECK(w.call(retell::get_llm(id, 0)).string_at("general_prompt") == "Immer noch allein.");
        w.check_oracles();
    }
}
