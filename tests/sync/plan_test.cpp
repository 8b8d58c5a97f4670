#include "sync/world.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace trunkline;
using namespace trunkline::test;

namespace {

bool trips(sync::plan const& p, std::string_view guard)
{
    return std::ranges::any_of(p.guards, [&](auto const& g) { return g.guard == guard; });
}

constexpr char const* llm = "llms/praxis-mueller-empfang.json";
constexpr char const* agent = "agents/praxis-mueller-empfang.json";

} // namespace

TEST_CASE(
    "guards: changes that have taken accounts down are refused until they are allowed by name")
{
    world w;
    w.pull();
    SUBCASE("all tools gone")
    {
        w.edit(llm, [](json::object& o) { o.set("general_tools", json::array{}); });
        auto const p = w.plan();
        CHECK(trips(p, "tools-removed"));
        CHECK(sync::refused_guards(p, {}).size() == p.guards.size());
        CHECK(sync::refused_guards(p, {"tools-removed", "mass-delete"}).empty());
    }
    SUBCASE("webhook removed")
    {
        w.edit(agent, [](json::object& o) { o.set("webhook_url", nullptr); });
        CHECK(trips(w.plan(), "webhook-removed"));
    }
    SUBCASE("language changed")
    {
        w.edit(agent, [](json::object& o) { o.set("language", "en-US"); });
        CHECK(trips(w.plan(), "language-changed"));
    }
    SUBCASE("prompt shrinks by half")
    {
        auto const prompt = "llms/praxis-mueller-empfang.prompt.md";
        w.write(prompt, std::string(4000, 'x') + "\n");
        w.apply(w.plan());
        w.write(prompt, std::string(2001, 'x') + "\n");
        CHECK_FALSE(trips(w.plan(), "prompt-shrinks"));
        w.write(prompt, std::string(2000, 'x') + "\n");
        CHECK(trips(w.plan(), "prompt-shrinks"));
    }
    SUBCASE("a third of the files is missing")
    {
        std::filesystem::remove_all(w.bundle_dir() / "agents");
        auto const p = w.plan();
        CHECK(trips(p, "mass-delete"));
        CHECK(p.units.empty());
    }
    SUBCASE("an older content comes back without a rollback")
    {
        auto const prompt = "llms/praxis-mueller-empfang.prompt.md";
        auto const old = w.read(prompt);
        w.write(prompt, "Neu.\n");
        w.apply(w.plan());
        w.write(prompt, old);
        CHECK(trips(w.plan(), "older-content"));
    }
}

TEST_CASE("plan: a renamed file is not taken for a new agent")
{
    world w;
    w.pull();
    std::filesystem::rename(w.bundle_dir() / agent, w.bundle_dir() / "agents/umbenannt.json");
    // Renamed and edited, nobody knows whether it still is the same.
    w.edit("agents/umbenannt.json", [](json::object& o) { o.set("voice_speed", 1.4); });
    CHECK(trips(w.plan(), "possible-rename"));
}

TEST_CASE("plan: layout, key order and number spelling are no changes")
{
    world w;
    w.pull();
    auto const document = json::parse(w.read(agent));
    json::object shuffled;
    std::vector<std::pair<std::string, json::value>> members;
    for (auto const& m : document.as_object()) members.emplace_back(m.key, m.val);
    std::ranges::reverse(members);
    for (auto& [key, val] : members)
        shuffled.set(key, key == "voice_speed" ? json::value(json::number("1.10e0")) : val);
    w.write(agent, json::to_text(json::value(shuffled)));
    CHECK(w.plan().empty());
}

TEST_CASE("sync/19: every unreadable file is named with line and column, and nothing is planned")
{
    world w;
    w.pull();
    w.write(agent, "{\n  \"agent_name\": \"x\",\n  \"agent_name\": \"y\"\n}\n");
    w.write(llm, "{ \"general_tools\": [ }\n");
    try {
        w.plan();
        FAIL("a broken bundle was planned");
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_bundle);
        std::string const text = e.what();
        INFO(text);
        CHECK(text.find("agents/praxis-mueller-empfang.json: line 3, column") != std::string::npos);
        CHECK(text.find("llms/praxis-mueller-empfang.json: line 1, column") != std::string::npos);
        CHECK(text.find('\n') == std::string::npos);
    }
    w.check_oracles();
}

TEST_CASE("bundle: a reference to a file that is not there is refused")
{
    world w;
    w.pull();
    w.edit(agent, [](json::object& o) {
        o.find("response_engine")->as_object().set("llm_id", "@llms/nicht-da");
    });
    CHECK_THROWS_AS(w.plan(), error);
}

TEST_CASE("bundle: a secret from the environment is sealed, compared and sent")
{
    world w;
    w.pull();
    ::setenv("TRUNKLINE_TEST_TOKEN", "Bearer CANARY-from-env", 1);
    w.edit(llm, [](json::object& o) {
        o.find("general_tools")
            ->as_array()[1]
            .as_object()
            .find("headers")
            ->as_object()
            .set("Authorization", "@env:TRUNKLINE_TEST_TOKEN");
    });
    auto const p = w.plan();
    CHECK(json::to_text(p.to_json()).find("CANARY") == std::string::npos);
    REQUIRE(p.units.size() == 1);
    CHECK(w.apply(p)[0].state == sync::unit_state::done);
    auto const tools =
        w.call(retell::get_llm("llm_reception", 2)).at_or_null("general_tools").as_array();
    CHECK(tools[1].at_or_null("headers").string_at("Authorization") == "Bearer CANARY-from-env");
    CHECK(w.plan().empty());
    ::unsetenv("TRUNKLINE_TEST_TOKEN");
    CHECK_THROWS_AS(w.plan(), error);
}

TEST_CASE(
    "sync/20: with a new store nobody knows who changed what, so differing files are left alone")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Hier geändert.\n");
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        w.db.erase_base(w.tenant, w.workspace, row.kind, row.id);
    auto const report = w.pull();
    CHECK(report.conflicts.size() == 1);
    CHECK(w.read("llms/praxis-mueller-empfang.prompt.md") == "Hier geändert.\n");
    CHECK_THROWS_WITH_AS(w.plan(), doctest::Contains("does not exist yet"), error);
    w.check_oracles();
    SUBCASE("adopting the files makes the difference a change")
    {
        CHECK(w.pull(sync::adopt::local).conflicts.empty());
        auto const p = w.plan();
        REQUIRE(p.units.size() == 1);
        CHECK(p.units[0].engine_changes.size() == 1);
        CHECK(w.apply(p)[0].state == sync::unit_state::done);
        w.check_oracles();
    }
    SUBCASE("adopting the service's content replaces the file")
    {
        CHECK(w.pull(sync::adopt::remote).conflicts.empty());
        CHECK(w.read("llms/praxis-mueller-empfang.prompt.md") != "Hier geändert.\n");
        CHECK(w.plan().empty());
        w.check_oracles();
    }
}

TEST_CASE("create: an engine and an agent that exist only in the files are created once")
{
    world w;
    w.pull();
    write_new_agent(w);
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    auto const before = w.resource_count();
    SUBCASE("undisturbed")
    {
        expect_done(w.apply(p));
    }
    SUBCASE("killed before or after any request")
    {
        for (int k = 1; k <= 9; ++k)
            for (bool const after : {false, true}) {
                CAPTURE(k);
                CAPTURE(after);
                world v;
                v.pull();
                v.write("llms/neu.json", w.read("llms/neu.json"));
                v.write("agents/neu.json", w.read("agents/neu.json"));
                auto const q = v.plan();
                auto const fatal = v.requests + static_cast<std::uint64_t>(k);
                (after ? v.after_answer : v.before_request) =
                    [&](std::uint64_t n, http::request const&) { return n != fatal; };
                v.apply(q);
                v.after_answer = nullptr;
                v.before_request = nullptr;
                if (v.db.release(v.tenant, v.last_release)->state == store::release_state::running)
                    v.resume();
                CHECK(v.resource_count() == before + 2);
                CHECK(v.plan().empty());
            }
        return;
    }
    SUBCASE("the answer to create is lost")
    {
        w.fault(
            R"([{"match": {"path": "/create-retell-llm", "count": 1}, "action": "reset_after_commit"},
                    {"match": {"path": "/create-agent", "count": 1}, "action": "reset_after_commit"}])");
        expect_done(w.apply(p));
    }
    CHECK(w.resource_count() == before + 2);
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE(
    "create: an engine that is there already gets its file's edits before its agent goes live")
{
    world w;
    w.pull();
    write_new_agent(w);
    w.fault(R"([{"match": {"path": "/create-agent", "count": 1}, "action": "status",
                 "status": 400}])");
    w.apply(w.plan());
    w.write("llms/neu.json",
        R"({"model": "gpt-4.1", "general_prompt": "Guten Tag.", "start_speaker": "agent"})");
    auto const made = [&] {
        auto const agents = w.call(retell::list_agents());
        auto const& rows = agents.is_array() ? agents : agents.at_or_null("items");
        std::vector<std::string> ids;
        for (auto const& row : rows.as_array())
            if (row.string_at("agent_name") == "Neu") ids.emplace_back(row.string_at("agent_id"));
        return ids;
    };
    REQUIRE(made().empty());
    SUBCASE("undisturbed")
    {
        auto const p = w.plan();
        REQUIRE(p.units.size() == 2);
        CHECK(p.units[0].action == sync::unit_action::update_engine);
        CHECK(p.units[1].action == sync::unit_action::create_agent);
        expect_done(w.apply(p));
    }
    SUBCASE("not while the engine does not take them")
    {
        w.fault(R"([{"match": {"path": "/update-retell-llm", "count": 1}, "action": "status",
                     "status": 400}])");
        auto const results = w.apply(w.plan());
        REQUIRE(results.size() == 2);
        CHECK(results[0].state == sync::unit_state::failed);
        CHECK(results[1].state == sync::unit_state::skipped);
        CHECK(results[1].message.find("its engine llms/neu was not changed") != std::string::npos);
        CHECK(made().empty());
        expect_done(w.apply(w.plan()));
    }
    REQUIRE(made().size() == 1);
    auto const agent = w.agent(made().front(), 0);
    CHECK(agent.bool_at("is_published"));
    auto const engine = sync::engine_of(agent);
    CHECK(w.call(retell::get_llm(engine->id, engine->version)).string_at("general_prompt") ==
        "Guten Tag.");
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE(
    "create: engines that are there already and hand over to agents that are not get the rest "
    "of their edits first, and the hand-over with the release after")
{
    world w;
    w.pull();
    auto const write_engine = [&](std::string const& own, std::string const& other,
                                  std::string const& prompt) {
        w.write("llms/" + own + ".json",
            R"({"model": "gpt-4.1", "start_speaker": "agent", "general_prompt": ")" + prompt +
                R"(", "general_tools": [{"type": "agent_swap", "name": "to_)" + other +
                R"(", "agent_id": "@agents/)" + other +
                R"(", "post_call_analysis_setting": "only_destination_agent"}]})");
    };
    std::vector<std::string> const both{"eins", "zwei"};
    for (std::size_t i = 0; i < 2; ++i) {
        write_engine(both[i], both[1 - i], "Hallo.");
        w.write("agents/" + both[i] + ".json",
            R"({"agent_name": ")" + both[i] +
                R"(", "voice_id": "11labs-Carola", "language": "de-DE", "response_engine": {"type": "retell-llm", "llm_id": "@llms/)" +
                both[i] + R"("}})");
    }
    w.fault(R"([{"match": {"path": "/create-agent", "count": 2}, "action": "status",
                 "status": 400}])");
    w.apply(w.plan());
    for (std::size_t i = 0; i < 2; ++i) write_engine(both[i], both[1 - i], "Guten Tag.");
    auto const engines = [&] {
        std::vector<json::value> out;
        for (auto const& a : w.refresh().agents)
            if (a.agent.document.string_at("agent_name").size() == 4 && a.engine)
                out.push_back(a.engine->document);
        return out;
    };
    REQUIRE(engines().empty());
    auto const p = w.plan();
    CHECK(std::ranges::any_of(p.notes, [](auto const& n) {
        return n.find("llms/eins: names agents that are to be created") == 0;
    }));
    expect_done(w.apply(p));
    CHECK(engines().size() == 2);
    for (auto const& e : engines()) CHECK(e.string_at("general_prompt") == "Guten Tag.");
    expect_done(w.apply(w.plan()));
    for (auto const& e : engines()) {
        auto const& tools = e.at_or_null("general_tools");
        REQUIRE(tools.is_array());
        REQUIRE(tools.as_array().size() == 1);
        CHECK(tools.as_array()[0].string_at("agent_id").find("agent_") == 0);
    }
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE("create: an agent waits while its engine cannot get what its file says")
{
    world w;
    w.pull();
    w.write("llms/neu.json",
        R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent"})");
    w.write("knowledge/preise.json",
        R"({"knowledge_base_name": "Preise", "knowledge_base_texts": [{"title": "a", "text": "b"}]})");
    expect_done(w.apply(w.plan()));
    w.write("agents/neu.json",
        R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE", "response_engine": {"type": "retell-llm", "llm_id": "@llms/neu"}})");
    auto const snap = w.refresh();
    std::string id;
    for (auto const& e : snap.spare_engines)
        if (e.document.string_at("general_prompt") == "Hallo.") id = e.id;
    REQUIRE_FALSE(id.empty());
    SUBCASE("both sides edited it")
    {
        w.write("llms/neu.json",
            R"({"model": "gpt-4.1", "general_prompt": "Guten Tag.", "start_speaker": "agent"})");
        w.call(retell::update_llm(id, 0, json::object{{"general_prompt", "Moin."}}));
    }
    SUBCASE("it is led to a knowledge base that is gone")
    {
        w.write("llms/neu.json",
            R"({"model": "gpt-4.1", "general_prompt": "Guten Tag.", "start_speaker": "agent", "knowledge_base_ids": ["knowledge_base_gone"]})");
    }
    auto const p = w.plan();
    CHECK(p.conflicts.size() == 1);
    CHECK(p.units.size() <= 1);
    CHECK(std::ranges::none_of(
        p.units, [](auto const& u) { return u.action == sync::unit_action::create_agent; }));
    CHECK(std::ranges::any_of(
        p.notes, [](auto const& n) { return n.find("agents/neu: is not created while") == 0; }));
}

TEST_CASE("plan: a document that survives being written, and is refused when it was edited")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto const p = w.plan();
    auto const text = json::to_text(p.to_json());
    auto const again = sync::plan::from_json(json::parse(text));
    CHECK(again.digest() == p.digest());
    CHECK(json::to_text(again.to_json()) == text);
    auto edited = json::parse(text);
    edited.find("units")->as_array()[0].find("engine")->find("patch")->as_object().set(
        "general_prompt", "Anders.");
    CHECK_THROWS_AS(sync::plan::from_json(edited), error);
    edited = json::parse(text);
    edited.as_object().set("format", 99);
    CHECK_THROWS_AS(sync::plan::from_json(edited), error);
}

TEST_CASE("sync/14: what somebody else changed since stays, and the same field is a conflict")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Schlecht.\n");
    w.apply(w.plan());
    auto const released = w.last_release;
    SUBCASE("another field")
    {
        w.publish_elsewhere("agent_reception", {{"model_temperature", 0.25}});
        for (auto const& u : w.rollback(released)) {
            INFO(u.name, " ", u.message);
            CHECK(u.state == sync::unit_state::done);
        }
        auto const llm_now = w.call(retell::get_llm("llm_reception", 4));
        CHECK(llm_now.at_or_null("model_temperature").as_number().text() == "0.25");
        CHECK(llm_now.string_at("general_prompt").starts_with("Du bist der Empfang"));
    }
    SUBCASE("the same field")
    {
        w.publish_elsewhere("agent_reception", {{"general_prompt", "Von dort."}});
        auto const p =
            sync::make_rollback(*w.db.release(w.tenant, released), w.refresh(), w.db, w.tenant, {});
        REQUIRE(p.conflicts.size() == 1);
        CHECK(p.conflicts[0].field.path == "general_prompt");
    }
    w.pull();
    w.check_oracles();
}

TEST_CASE(
    "sync/21: unknown members added by the service everywhere survive pull, edit, apply and pull")
{
    world w;
    http::request add;
    add.method = "POST";
    add.target = "/__simulator/add-unknown-fields";
    REQUIRE(w.sim.handle(add).status == 200);
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto const before = w.call(retell::get_llm("llm_reception", 1));
    CHECK(w.apply(w.plan())[0].state == sync::unit_state::done);
    auto after = w.call(retell::get_llm("llm_reception", 2));
    for (auto const member : {"general_prompt", "version", "last_modification_timestamp"})
        after.as_object().set(member, before.at_or_null(member));
    CHECK(json::canonical(after) == json::canonical(before));
    w.pull();
    w.check_oracles();
}

TEST_CASE("rollback: what the release created goes again, unless somebody uses or changed it")
{
    world w;
    w.pull();
    auto const before = w.resource_count();
    write_new_agent(w);
    auto const created = w.apply(w.plan());
    auto const released = w.last_release;
    auto const agent_id =
        std::ranges::find_if(created, [](auto const& r) { return r.name == "agents/neu"; })->id;
    SUBCASE("untouched: agent and engine are deleted")
    {
        for (auto const& u : w.rollback(released)) {
            INFO(u.name, " ", u.message);
            CHECK(u.state == sync::unit_state::done);
        }
        CHECK(w.resource_count() == before);
        // The files stay; nothing is created anew behind anybody's back.
        w.pull();
        CHECK(w.plan().units.empty());
    }
    SUBCASE("in use: it stays, and the plan says why")
    {
        w.call(retell::update_phone_number("+493023125002",
            json::object{{"inbound_agents",
                json::array{
                    json::object{{"agent_id", agent_id}, {"agent_version", 0}, {"weight", 1}}}}}));
        auto const p =
            sync::make_rollback(*w.db.release(w.tenant, released), w.refresh(), w.db, w.tenant, {});
        CHECK(p.units.empty());
        CHECK(p.notes.size() == 2);
    }
    SUBCASE("changed since: it stays")
    {
        w.publish_elsewhere(agent_id, {{"general_prompt", "Anders."}});
        auto const p =
            sync::make_rollback(*w.db.release(w.tenant, released), w.refresh(), w.db, w.tenant, {});
        CHECK(p.units.empty());
    }
}

TEST_CASE(
    "release: a number somebody rebound keeps none of the others back, and the release is partial")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto const p = w.plan();
    REQUIRE(p.units.at(0).numbers.size() == 2);
    w.call(retell::update_phone_number("+493023125001",
        json::object{{"inbound_agents",
            json::array{
                json::object{{"agent_id", "agent_night"}, {"agent_version", 0}, {"weight", 1}}}}}));
    auto const results = w.apply(p);
    CHECK(results.at(0).state == sync::unit_state::conflict);
    CHECK(results.at(0).live);
    CHECK(w.last_state == store::release_state::partial);
    CHECK(w.number("+493023125001").at_or_null("inbound_agents").as_array()[0].string_at("agent_id") ==
        "agent_night");
    CHECK(
        w.number("+493023125003").at_or_null("inbound_agents").as_array()[0].int_at("agent_version") ==
        2);
}

TEST_CASE("plan: a name that leads to nothing never reaches the service as an id")
{
    world w;
    w.pull();
    w.edit("llms/praxis-mueller-empfang.json", [](json::object& o) {
        o.find("general_tools")
            ->as_array()
            .push_back(json::object{{"type", "agent_swap"}, {"name", "weiter"},
                {"agent_id", "@agents/gibt-es-nicht"},
                {"post_call_analysis_setting", "both_agents"}});
    });
    try {
        w.plan();
        FAIL("a dangling reference was planned");
    } catch (error const& e) {
        CHECK(e.code() == errc::dangling_reference);
        CHECK(std::string(e.what()).find("@agents/gibt-es-nicht") != std::string::npos);
    }
}

TEST_CASE("plan: one who remembers what was unchanged plans the same as one who does not")
{
    world w;
    w.pull();
    sync::unchanged_memory memory;
    std::size_t untouched = 0;
    auto const same = [&](sync::snapshot const& now) {
        auto rows = w.db.bases(w.tenant, w.workspace);
        auto local =
            sync::read_bundle(w.bundle_dir(), sync::names_of(rows), sync::redactor(w.db, w.tenant));
        for (auto& e : local.entries) e.digest = crypto::content_hash(e.document);
        auto const plain = sync::make_plan(local, rows, now, w.db, {});
        sync::keep_once(local, rows, now);
        sync::plan_options options;
        options.memory = &memory;
        auto const first = sync::make_plan(local, rows, now, w.db, options);
        auto const again = sync::make_plan(local, rows, now, w.db, options);
        CHECK(first.to_json() == plain.to_json());
        CHECK(again.to_json() == plain.to_json());
        untouched = memory.size();
        return plain.units.size();
    };
    CHECK(same(w.refresh()) == 0);
    CHECK(untouched > 0);
    w.edit(llm, [](json::object& o) { o.set("model", "gpt-4.1-mini"); });
    CHECK(same(w.refresh()) == 1);
    w.edit(agent, [](json::object& o) { o.set("voice_speed", 1.25); });
    CHECK(same(w.refresh()) == 1);
    w.apply(w.plan());
    CHECK(same(w.refresh()) == 0);
    // The engine that runs is another one now, by nobody's edit here.
    auto now = w.refresh();
    for (auto& a : now.agents)
        if (a.engine) a.engine->id += "-other";
    (void)same(now);
    CHECK(same(w.refresh()) == 0);
}
