#include "sync/world.hpp"

#include <trunkline/sync/drift.hpp>
#include <trunkline/sync/explain.hpp>
#include <trunkline/sync/report_json.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

sync::drift_report drift(world& w)
{
    auto const snap = w.refresh();
    return sync::find_drift(w.db.bases(w.tenant, w.workspace), snap, w.db, w.tenant);
}

/// With where it came from.
sync::drift_report drift_and_origins(world& w)
{
    auto const snap = w.refresh();
    sync::drift_origins origins(
        sync::find_drift(w.db.bases(w.tenant, w.workspace), snap, w.db, w.tenant), snap,
        w.secrets(), w.db);
    REQUIRE(w.drive(origins));
    REQUIRE_FALSE(origins.result());
    return origins.take();
}

sync::drift_finding const& finding(sync::drift_report const& r, std::string_view resource)
{
    auto const it = std::ranges::find(r.findings, resource, &sync::drift_finding::resource);
    REQUIRE(it != r.findings.end());
    return *it;
}

using fields = std::vector<std::string>;

std::size_t count(sync::drift_report const& r, std::string_view kind, std::string_view resource)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        r.findings, [&](auto const& f) { return f.kind == kind && f.resource == resource; }));
}

void bind(world& w, std::string const& number, json::value version)
{
    json::object pin{{"agent_id", "agent_reception"}, {"weight", 1}};
    if (!version.is_null()) pin.set("agent_version", std::move(version));
    w.call(retell::update_phone_number(number, json::object{{"inbound_agents", json::array{pin}}}));
}

sync::number_explanation explain(world& w, std::string const& number)
{
    sync::explanation e(number);
    REQUIRE(w.drive(e));
    REQUIRE_FALSE(e.result());
    return e.take();
}

} // namespace

TEST_CASE("drift: an account as it was pulled has none")
{
    world w;
    w.pull();
    CHECK(drift(w).findings.empty());
}

TEST_CASE("drift: what was changed, added or deleted at the service is named by field")
{
    world w;
    w.pull();
    w.publish_elsewhere("agent_reception", {{"general_prompt", "Von dort."}});
    w.call(retell::update_phone_number("+493023125002", json::object{{"nickname", "Anders"}}));
    w.call(retell::delete_phone_number("+493023125003"));
    auto const r = drift(w);
    CHECK(count(r, "changed", "llms/praxis-mueller-empfang") == 1);
    CHECK(count(r, "changed", "numbers/+493023125002") == 1);
    CHECK(count(r, "gone", "numbers/+493023125003") == 1);
    auto const llm = std::ranges::find_if(
        r.findings, [](auto const& f) { return f.resource.starts_with("llms/"); });
    REQUIRE(llm->changes.size() == 1);
    CHECK(llm->changes[0].path == "general_prompt");
}

TEST_CASE("drift: each version since says what it changed, when, and by whose release")
{
    world w;
    w.pull();
    w.time.advance(std::chrono::hours(1));
    auto const first = w.publish_elsewhere(
        "agent_reception", {{"general_prompt", "Von dort."}}, {{"voice_speed", 1.3}});
    w.time.advance(std::chrono::hours(1));
    w.publish_elsewhere("agent_reception", {{"general_prompt", "Noch einmal."}},
        {{"version_title", "Sommer"}, {"version_description", "[trunkline r9 0123456789ab]"}});
    auto const r = drift_and_origins(w);

    auto const& llm = finding(r, "llms/praxis-mueller-empfang");
    CHECK(llm.base_version == 1);
    REQUIRE(llm.versions.size() == 2);
    CHECK(llm.versions[0].version == first);
    CHECK(llm.versions[0].fields == fields{"general_prompt"});
    CHECK(llm.versions[0].release.empty());
    CHECK(llm.versions[0].modified_at + 3'600'000 <= llm.versions[1].modified_at);
    CHECK(llm.versions[1].release == "r9 of another store");
    CHECK(llm.versions[1].title == "Sommer");
    CHECK(llm.modified_at > 0);
    auto const& agent = finding(r, "agents/praxis-mueller-empfang");
    REQUIRE(agent.versions.size() == 1); // the second one changed nothing of the agent itself
    CHECK(agent.versions[0].version == first);
    CHECK(agent.versions[0].fields == fields{"voice_speed"});
    auto const document = json::to_text(sync::to_json(r));
    CHECK(document.find("\"fields\":[\"general_prompt\"]") != std::string::npos);
    CHECK(document.find("CANARY") == std::string::npos);
}

TEST_CASE("drift: what a rollback left to be pulled is told as our own release, by whom")
{
    world w;
    w.pull();
    w.edit("agents/notdienst.json", [](json::object& o) { o.set("voice_speed", 1.4); });
    w.apply(w.plan());
    w.rollback(w.last_release);
    auto const r = drift_and_origins(w);
    auto const& f = finding(r, "agents/notdienst");
    REQUIRE(f.versions.size() == 1);
    CHECK(f.versions[0].release == "r2");
    CHECK(f.versions[0].actor == "tester");
    CHECK(f.versions[0].fields == fields{"voice_speed"});
    w.pull();
    CHECK(drift_and_origins(w).findings.empty());
}

TEST_CASE("drift: a version that somebody published beside the line that callers get is not told")
{
    world w;
    w.pull();
    // Two drafts of version 0; the one published last wins, and does not hold what the other had.
    auto const a = w.call(retell::create_agent_version("agent_night", 0)).int_at("version");
    auto const b = w.call(retell::create_agent_version("agent_night", 0)).int_at("version");
    w.call(retell::update_agent("agent_night", a, json::object{{"voice_speed", 1.1}}));
    w.call(retell::update_agent("agent_night", b, json::object{{"voice_speed", 1.2}}));
    w.call(retell::publish_agent_version("agent_night", a));
    w.call(retell::publish_agent_version("agent_night", b));
    auto const r = drift_and_origins(w);
    auto const& f = finding(r, "agents/notdienst");
    REQUIRE(f.versions.size() == 1);
    CHECK(f.versions[0].version == b);
}

TEST_CASE("sync/27: numbers that stay behind or are bound to moving versions are named")
{
    world w;
    w.pull();
    auto const number = "numbers/+493023125002";
    SUBCASE("an older version")
    {
        bind(w, "+493023125002", 0);
        CHECK(count(drift(w), "behind", number) == 1);
    }
    SUBCASE("latest_published")
    {
        bind(w, "+493023125002", "latest_published");
        CHECK(count(drift(w), "unpinned", number) == 1);
    }
    SUBCASE("no version")
    {
        bind(w, "+493023125002", nullptr);
        CHECK(count(drift(w), "unpinned", number) == 1);
    }
    SUBCASE("published elsewhere without moving the number")
    {
        w.publish_elsewhere("agent_reception", {{"general_prompt", "Von dort."}});
        CHECK(count(drift(w), "behind", "numbers/+493023125001") == 1);
    }
    // Bound to a published version by hand again, all is as it must be.
    bind(w, "+493023125002", 1);
    w.pull();
    w.check_oracles();
}

TEST_CASE(
    "drift: who hands over to an agent that is gone is named; a chat agent's messages are not")
{
    world w;
    w.pull();
    add_hand_over(w, "llms/praxis-mueller-empfang.json", "agents/notdienst");
    expect_done(w.apply(w.plan()));
    CHECK(count(drift(w), "dangling", "llms/praxis-mueller-empfang") == 0);
    w.call(retell::delete_agent("agent_night"));
    auto const report = drift(w);
    CHECK(finding(report, "llms/praxis-mueller-empfang").text ==
        "hands over to agents/notdienst, which does not exist");
    CHECK(count(report, "dangling", "numbers/+493023125003") == 1);
    auto snap = w.refresh();
    for (auto& n : snap.numbers)
        if (n.id == "+493023125002")
            n.document.make_object().set("inbound_sms_agents",
                json::parse(R"([{"agent_id": "chat_agent_1", "agent_version": 0, "weight": 1}])"));
    auto const other = sync::find_drift(w.db.bases(w.tenant, w.workspace), snap, w.db, w.tenant);
    CHECK(count(other, "dangling", "numbers/+493023125002") == 0);
}

TEST_CASE("drift: after a rollback the numbers follow the content, not the number of the version")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.apply(w.plan());
    w.rollback(w.last_release);
    w.pull();
    CHECK(drift(w).findings.empty());
}

TEST_CASE("explain: a number is followed to its agent, version, engine and tools")
{
    world w;
    auto const e = explain(w, "+493023125003");
    REQUIRE(e.paths.size() == 2);
    CHECK(e.paths[0].agent_name == "Praxis Müller – Empfang");
    CHECK(e.paths[0].weight == "0.7");
    CHECK(e.paths[0].version == 1);
    CHECK(e.paths[0].published);
    CHECK(e.paths[0].engine_kind == "retell-llm");
    CHECK(e.paths[0].engine_version == 1);
    REQUIRE(e.paths[0].tools.size() == 4);
    CHECK(e.paths[0].tools[1] == "book (custom) tools.example.test/book");
    CHECK(e.paths[0].warnings.empty());
}

TEST_CASE("explain: a number that may reach a draft, or nobody, says so")
{
    world w;
    bind(w, "+493023125002", nullptr);
    CHECK(explain(w, "+493023125002").paths.at(0).warnings.size() == 1);
    w.call(retell::update_phone_number("+493023125002", json::object{{"inbound_agents", nullptr}}));
    CHECK(explain(w, "+493023125002").warnings.size() == 1);
}
