#include "sync/shared_engines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace trunkline;
using namespace trunkline::test;

namespace {

/// Reception's prompt is released; then a colleague gives its engine to the night agent too.
void share_after_release(world& w)
{
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu am Empfang.\n");
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    auto const released =
        w.agent("agent_reception", w.versions("agent_reception").back().int_at("version"));
    json::object patch;
    patch.set("response_engine", released.at_or_null("response_engine"));
    w.publish_elsewhere("agent_night", {}, std::move(patch));
}

/// What callers of an agent get: every published version with its engine, to the byte.
std::string published_bytes(world& w, std::string const& agent)
{
    std::string out;
    for (auto const& v : w.versions(agent)) {
        if (!v.bool_at("is_published")) continue;
        auto const document = w.agent(agent, v.int_at("version"));
        auto const engine = sync::engine_of(document);
        out += json::to_text(document) + "\n" +
            json::to_text(w.call(retell::get_llm(engine->id, engine->version))) + "\n";
    }
    return out;
}

/// The prompts of all versions of an engine, drafts too: what a draft of anybody begins with.
std::vector<std::string> prompts_of(world& w, std::string_view llm)
{
    std::vector<std::string> out;
    auto const account = w.sim.state();
    for (auto const& record : account.at_or_null("retell_llms").as_array())
        if (record.string_at("llm_id") == llm)
            for (auto const& v : record.at_or_null("versions").as_array())
                out.emplace_back(v.string_at("general_prompt"));
    return out;
}

void check_forked(world& w, std::string const& bytes_of_night, object_counts const& counts)
{
    CHECK(published_bytes(w, "agent_night") == bytes_of_night);
    CHECK(live_engine(w, "agent_night").string_at("general_prompt") == "Neu am Empfang.");
    auto const own = live_engine(w, "agent_reception");
    CHECK(own.string_at("general_prompt") == old_prompt);
    CHECK(own.string_at("llm_id") != "llm_reception");
    CHECK(own.at_or_null("general_tools").as_array().size() == 4);
    // The engine that stays got no version with the old content.
    auto const prompts = prompts_of(w, "llm_reception");
    CHECK(std::ranges::count(prompts, old_prompt) == 1);
    CHECK(prompts.back() == "Neu am Empfang.");
    w.pull();
    auto expected = counts;
    ++expected.llms;
    w.check_oracles(expected);
}

} // namespace

TEST_CASE("sync/25: an edit of an engine that several agents share names all of them before apply")
{
    world w(shared_account());
    w.pull();
    auto const agent = json::parse(w.read("agents/notdienst.json"));
    auto const name = std::string(
        agent.at_or_null("response_engine").string_at("llm_id").substr(1)); // without the "@"
    w.write(name + ".prompt.md", "Gemeinsam.\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    for (auto const& u : p.units) {
        REQUIRE(u.shared_with.size() == 1);
        CHECK(u.shared_with[0] != u.name);
    }
    expect_done(w.apply(p));
    auto const pins = w.number("+493023125003").at_or_null("inbound_agents");
    for (auto const& pin : pins.as_array()) {
        auto const live =
            w.agent(std::string(pin.string_at("agent_id")), pin.int_at("agent_version"));
        auto const engine = sync::engine_of(live);
        CHECK(w.call(retell::get_llm(engine->id, engine->version)).string_at("general_prompt") ==
            "Gemeinsam.");
    }
    w.check_oracles();
    auto const before = w.last_release;
    expect_done(w.rollback(before));
    w.pull();
    w.check_oracles();
}

TEST_CASE(
    "sync/14: taking back one agent's release leaves the engine alone that another agent runs "
    "by now, and gives it a copy of its own")
{
    world w;
    share_after_release(w);
    auto const counts = count_objects(w.sim.state());
    auto const night = published_bytes(w, "agent_night");
    auto const row = w.db.release(w.tenant, w.last_release);
    auto const p = sync::make_rollback(*row, w.refresh(), w.db, w.tenant, {});
    REQUIRE(p.units.size() == 4); // the copy, two numbers, the agent
    CHECK(p.units[0].action == sync::unit_action::create_engine);
    CHECK(p.units[3].action == sync::unit_action::release);
    CHECK(p.units[3].shared_with == std::vector<std::string>{"agents/notdienst"});
    REQUIRE(p.notes.size() == 1);
    CHECK(p.notes[0].find("is used by agents/notdienst too") != std::string::npos);
    expect_done(w.rollback(w.last_release));
    check_forked(w, night, counts);
}

TEST_CASE("sync/14: killed at any request of it, a rollback with a private copy makes exactly one")
{
    disturb_at_each_request([](world& w) {
        share_after_release(w);
        // The plan is made beforehand: what is killed is the release.
        auto p = sync::make_rollback(
            *w.db.release(w.tenant, w.last_release), w.refresh(), w.db, w.tenant, {});
        w.edits.local_overridden();
        return rehearsal(std::move(p),
            [night = published_bytes(w, "agent_night"), counts = count_objects(w.sim.state())](
                world& after) { check_forked(after, night, counts); });
    });
}

TEST_CASE(
    "sync/14: a private copy whose agent was published meanwhile is named, and the next rollback "
    "uses it")
{
    world w;
    share_after_release(w);
    auto counts = count_objects(w.sim.state());
    auto const night = published_bytes(w, "agent_night");
    auto const release = w.last_release;
    auto const p =
        sync::make_rollback(*w.db.release(w.tenant, release), w.refresh(), w.db, w.tenant, {});
    w.edits.local_overridden();
    w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.3}});
    std::string copy, said;
    for (auto const& r : w.apply(p)) {
        if (r.action == sync::unit_action::create_engine) copy = r.id;
        if (r.action == sync::unit_action::release) said = r.message;
    }
    REQUIRE_FALSE(copy.empty());
    CHECK(said.find(copy) != std::string::npos);
    for (auto const& r : w.rollback(release)) {
        INFO(r.name, " ", r.step, ": ", r.message);
        CHECK(r.action != sync::unit_action::create_engine);
        CHECK(r.state == sync::unit_state::done);
    }
    CHECK(live_engine(w, "agent_reception").string_at("llm_id") == copy);
    check_forked(w, night, counts);
}

TEST_CASE("sync: a pull between the death of a release and its end takes no agent of a shared "
          "engine back")
{
    for (std::uint64_t last = 0;; ++last) {
        world w(shared_account());
        w.pull();
        auto const engine = engine_file(w, "notdienst");
        w.write(engine + ".prompt.md", "Neu am Empfang.\n");
        auto const p = w.plan();
        REQUIRE(p.units.size() >= 2);
        std::uint64_t asked = 0;
        bool died = false;
        w.before_request = [&](std::uint64_t, http::request const&) {
            died = died || asked++ == last;
            return !died;
        };
        w.apply(p);
        w.before_request = nullptr;
        if (!died) break;
        CAPTURE(last);
        w.time.advance(std::chrono::seconds(31));
        w.pull();
        // One content in one file, whatever callers of each agent get for the moment.
        CHECK(engine_file(w, "notdienst") == engine);
        CHECK(engine_file(w, "praxis-mueller-empfang") == engine);
        for (auto const& r : w.resume()) CHECK(r.state == sync::unit_state::done);
        for (auto const& u : w.plan().units) FAIL_CHECK(u.name);
        w.pull();
        for (auto const& u : w.plan().units) FAIL_CHECK(u.name);
        for (auto const agent : {"agent_reception", "agent_night"})
            CHECK(live_engine(w, agent).string_at("general_prompt") == "Neu am Empfang.");
    }
}

namespace {

/// Reception and night share an engine whose prompt was edited; the release of one of them, which
/// a colleague published meanwhile, was left out. Both share a file before, and not after.
void release_of_night_alone(world& w)
{
    w.pull();
    w.write(engine_file(w, "notdienst") + ".prompt.md", "Neu am Empfang.\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.3}});
    for (auto const& r : w.apply(p))
        CHECK((r.state == sync::unit_state::done) == (r.id == "agent_night"));
    CHECK(live_engine(w, "agent_night").string_at("general_prompt") == "Neu am Empfang.");
    CHECK(live_engine(w, "agent_reception").string_at("general_prompt") == old_prompt);
}
} // namespace

TEST_CASE("pull: agents at versions of a shared engine that differ in nothing are no change")
{
    world w(shared_account());
    w.pull();
    w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.2}});
    CHECK(w.pull().updated == 1);
    CHECK(w.pull().updated == 0);
}

TEST_CASE(
    "sync/25: of an engine released for one of its agents only, the edit stays in the file of "
    "the other")
{
    world w(shared_account());
    release_of_night_alone(w);
    w.pull();
    CHECK(engine_file(w, "notdienst") != engine_file(w, "praxis-mueller-empfang"));
    for (auto const agent : {"notdienst", "praxis-mueller-empfang"})
        CHECK(w.read(engine_file(w, agent) + ".prompt.md") == "Neu am Empfang.\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    CHECK(p.units[0].id == "agent_reception");
    for (auto const& r : w.apply(p)) CHECK(r.state == sync::unit_state::done);
    w.pull();
    for (auto const agent : {"agent_reception", "agent_night"})
        CHECK(live_engine(w, agent).string_at("general_prompt") == "Neu am Empfang.");
    w.check_oracles();
}

TEST_CASE(
    "sync/25: an edit of a shared engine goes along to the file of an agent that was published "
    "apart, and to that of both when they are one again")
{
    world w(shared_account());
    w.pull();
    auto const shared = engine_file(w, "notdienst");
    w.edit(shared + ".json", [](json::object& o) { o.set("model_temperature", 0.4); });
    w.publish_elsewhere("agent_night", json::object{{"general_prompt", "Notdienst."}});
    w.pull();
    REQUIRE(engine_file(w, "notdienst") != engine_file(w, "praxis-mueller-empfang"));
    for (auto const agent : {"notdienst", "praxis-mueller-empfang"}) {
        auto const file = json::parse(w.read(engine_file(w, agent) + ".json"));
        CHECK(file.at_or_null("model_temperature") == 0.4);
    }
    CHECK(w.read(engine_file(w, "notdienst") + ".prompt.md") == "Notdienst.\n");

    // Which of them has the engine's own file changes with each version.
    w.edit(engine_file(w, "praxis-mueller-empfang") + ".json",
        [](json::object& o) { o.set("begin_message", "Guten Tag."); });
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", "Empfang."}});
    w.pull();
    auto const reception = json::parse(w.read(engine_file(w, "praxis-mueller-empfang") + ".json"));
    CHECK(reception.string_at("begin_message") == "Guten Tag.");
    auto const night = json::parse(w.read(engine_file(w, "notdienst") + ".json"));
    CHECK_FALSE(night.find("begin_message"));
    CHECK(w.read(engine_file(w, "praxis-mueller-empfang") + ".prompt.md") == "Empfang.\n");
    CHECK(w.read(engine_file(w, "notdienst") + ".prompt.md") == "Notdienst.\n");
    CHECK(w.plan().conflicts.empty());

    w.publish_elsewhere("agent_night", json::object{{"general_prompt", "Empfang."}});
    auto const one_again = w.pull();
    CHECK(one_again.conflicts.empty());
    CHECK(engine_file(w, "notdienst") == engine_file(w, "praxis-mueller-empfang"));
    auto const both = json::parse(w.read(engine_file(w, "notdienst") + ".json"));
    CHECK(both.string_at("begin_message") == "Guten Tag.");
    CHECK(both.at_or_null("model_temperature") == 0.4);
    for (auto const& r : w.apply(w.plan())) CHECK(r.state == sync::unit_state::done);

    // The file that was left over said nothing any more.
    auto const left = engine_file(w, "notdienst") == "llms/notdienst"
        ? "llms/praxis-mueller-empfang"
        : "llms/notdienst";
    for (auto const end : {".json", ".prompt.md"})
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / (std::string(left) + end)));
    CHECK(std::ranges::any_of(one_again.notes,
        [&](auto const& n) { return n.starts_with(left) && n.ends_with("removed"); }));
    CHECK(w.plan().notes.empty());
    w.check_oracles();
}

TEST_CASE(
    "sync/25: a conflict in one content of a shared engine leaves the files of all of them as "
    "they are")
{
    world w(shared_account());
    w.pull();
    auto const shared = engine_file(w, "notdienst");
    w.write(shared + ".prompt.md", "Hier.\n");
    w.publish_elsewhere("agent_night", json::object{{"general_prompt", "Dort."}});
    auto const out = w.pull();
    REQUIRE(out.conflicts.size() == 1);
    CHECK(out.conflicts[0].field.local == json::value("Hier."));
    CHECK(out.conflicts[0].field.remote == json::value("Dort."));
    for (auto const agent : {"notdienst", "praxis-mueller-empfang"})
        CHECK(engine_file(w, agent) == shared);
    CHECK(w.read(shared + ".prompt.md") == "Hier.\n");
    auto const p = w.plan();
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].unit == "agents/notdienst");
    // The value to agree on is the file's, so the other one gets it as well.
    w.write(shared + ".prompt.md", "Dort.\n");
    CHECK(w.pull().conflicts.empty());
    for (auto const& r : w.apply(w.plan())) CHECK(r.state == sync::unit_state::done);
    for (auto const agent : {"agent_reception", "agent_night"})
        CHECK(live_engine(w, agent).string_at("general_prompt") == "Dort.");
    w.check_oracles();
}

TEST_CASE("sync/25: what was taken back for one agent is not released again for the sake of the "
          "other without a word")
{
    world w(shared_account());
    release_of_night_alone(w);
    for (auto const& r : w.rollback(w.last_release)) CHECK(r.state == sync::unit_state::done);
    auto const out = w.pull();
    REQUIRE(out.conflicts.size() == 1);
    CHECK(out.conflicts[0].field.local == json::value("Neu am Empfang."));
    CHECK(w.read(engine_file(w, "notdienst") + ".prompt.md") == "Neu am Empfang.\n");
    // Whoever takes the edit back settles it.
    w.write(engine_file(w, "notdienst") + ".prompt.md", std::string(old_prompt) + "\n");
    CHECK(w.pull().conflicts.empty());
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE("sync/25: a pull that died before it noted which files it had written goes on with these")
{
    world w(shared_account());
    release_of_night_alone(w);
    auto const bases = w.db.bases(w.tenant, w.workspace);
    auto const shared = engine_file(w, "notdienst");
    w.pull();
    auto const apart = engine_file(w, "praxis-mueller-empfang") == shared
        ? engine_file(w, "notdienst")
        : engine_file(w, "praxis-mueller-empfang");
    REQUIRE(apart != shared);
    SUBCASE("all files were written") {}
    SUBCASE("the new one was not yet")
    {
        for (auto const end : {".json", ".prompt.md"})
            std::filesystem::remove(w.bundle_dir() / (apart + end));
    }
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        w.db.erase_base(w.tenant, w.workspace, row.kind, row.id);
    w.db.put_bases(w.tenant, w.workspace, bases);
    CHECK(w.pull().conflicts.empty());
    for (auto const& file : {shared, apart})
        CHECK(w.read(file + ".prompt.md") == "Neu am Empfang.\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    CHECK(p.units[0].id == "agent_reception");
    for (auto const& r : w.apply(p)) CHECK(r.state == sync::unit_state::done);
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/25: led to an engine whose file is edited, an agent gets what is edited")
{
    world w;
    w.pull();
    auto const before = count_objects(w.sim.state());
    w.write("llms/praxis-mueller-empfang.prompt.md", "Montags zu.\n");
    std::size_t created = 0;
    std::string unit = "agents/notdienst";
    SUBCASE("from its own")
    {
        w.edit("agents/notdienst.json", [](json::object& o) {
            o["response_engine"].make_object().set("llm_id", "@llms/praxis-mueller-empfang");
        });
    }
    SUBCASE("as a new agent")
    {
        w.write("agents/ost.json", R"({"agent_name": "Ost", "voice_id": "11labs-Carola",
            "response_engine": {"type": "retell-llm", "llm_id": "@llms/praxis-mueller-empfang"}})");
        unit = "agents/ost";
        created = 1;
    }
    auto const first = w.plan();
    REQUIRE(first.units.size() == 1);
    CHECK(first.units[0].name == "agents/praxis-mueller-empfang");
    CHECK(std::ranges::any_of(first.notes, [&](auto const& n) {
        return n.starts_with(unit + ": waits until what is edited in the file of its engine");
    }));
    expect_done(w.apply(first));
    auto const second = w.plan();
    REQUIRE(second.units.size() == 1);
    CHECK(second.units[0].name == unit);
    auto const results = w.apply(second);
    expect_done(results);
    CHECK(live_engine(w, results[0].id).string_at("general_prompt") == "Montags zu.");
    CHECK(w.plan().empty());
    // What is edited next has something to be compared with, though nobody has pulled since.
    w.write("llms/praxis-mueller-empfang.prompt.md", "Dienstags zu.\n");
    auto const third = w.plan();
    CHECK(third.conflicts.empty());
    CHECK(third.units.size() == 2);
    expect_done(w.apply(third));
    CHECK(w.plan().empty());
    auto expected = before;
    expected.agents += created;
    w.check_oracles(expected);
}

TEST_CASE("guard: led to an engine without tools, an agent loses its own")
{
    world w;
    w.pull();
    w.call(retell::create_llm(json::object{{"model", "gpt-4.1"}, {"general_prompt", "Hallo."}}));
    w.pull();
    std::string engine;
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        if (row.document.string_at("general_prompt") == "Hallo.") engine = "llms/" + row.name;
    w.edit("agents/praxis-mueller-empfang.json",
        [&](json::object& o) { o["response_engine"].make_object().set("llm_id", "@" + engine); });
    auto const p = w.plan();
    std::set<std::string> guards;
    for (auto const& g : p.guards)
        if (g.unit == "agents/praxis-mueller-empfang") guards.insert(g.guard);
    CHECK(guards.contains("tools-removed"));
}
