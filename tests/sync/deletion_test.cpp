#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto night_agent = "agents/notdienst";
constexpr auto night_llm = "llms/notdienst";

bool lists(world& w, std::string_view list, std::string_view key, std::string_view id)
{
    auto const account = w.sim.state();
    return std::ranges::any_of(
        account.at_or_null(list).as_array(), [&](auto const& r) { return r.string_at(key) == id; });
}

std::string refusal(world& w)
{
    try {
        w.plan();
    } catch (error const& e) {
        return e.what();
    }
    return {};
}

/// A new agent, to whom the night agent hands over.
void hand_over_to_new(world& w)
{
    w.write("llms/neu.json", R"({"general_prompt": "Neu.", "model": "gpt-4.1"})");
    w.write("agents/neu.json",
        R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE",
            "response_engine": {"type": "retell-llm", "llm_id": "@llms/neu"}})");
    add_hand_over(w, "llms/notdienst.json", "agents/neu");
    expect_done(w.apply(w.plan()));
    w.pull();
}

} // namespace

TEST_CASE(
    "delete: a missing file deletes nothing, a name in deleted.json does, agents before their "
    "engines, and the second run has nothing to do")
{
    world w;
    w.pull();
    unbind_night(w);
    for (auto const name : {night_agent, night_llm})
        std::filesystem::remove(w.bundle_dir() / (std::string(name) + ".json"));
    for (auto const& u : w.plan().units) CHECK(u.action != sync::unit_action::remove);
    ask_to_delete(w, {night_llm, night_agent});
    auto const p = w.plan();
    REQUIRE(p.units.size() == 3); // the number first
    CHECK(std::ranges::count(p.units, sync::unit_action::remove, &sync::plan_unit::action) == 2);
    expect_done(w.apply(p));
    CHECK_FALSE(lists(w, "agents", "agent_id", "agent_night"));
    CHECK_FALSE(lists(w, "retell_llms", "llm_id", "llm_night"));
    auto counts = count_objects(w.sim.state());
    CHECK(counts.agents == 3);
    w.check_oracles(counts);
    w.pull();
    CHECK(w.plan().empty());
    CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / "agents/notdienst.json"));
}

TEST_CASE("delete: what is in use is refused, with who uses it, and nothing is sent")
{
    world w;
    w.pull();
    auto const writes = w.writes;
    ask_to_delete(w, {night_agent, night_llm});
    CHECK(refusal(w).find("numbers/+493023125003 is bound to it") != std::string::npos);
    ask_to_delete(w, {night_llm});
    CHECK(refusal(w).find("agents/notdienst uses it") != std::string::npos);
    CHECK(w.writes == writes);
}

TEST_CASE("delete: what only an older version uses to which a number is bound, is refused too")
{
    world w;
    w.pull();
    // The night agent runs another engine by now, but the number stays at the version before.
    w.call(retell::update_phone_number("+493023125003",
        json::object{{"inbound_agents",
            json::array{
                json::object{{"agent_id", "agent_night"}, {"agent_version", 0}, {"weight", 1}}}}}));
    json::object other;
    other.set("response_engine",
        json::parse(R"({"type": "retell-llm", "llm_id": "llm_reception", "version": 1})"));
    w.publish_elsewhere("agent_night", {}, std::move(other));
    w.pull();
    std::string unused;
    for (auto const& e : std::filesystem::directory_iterator(w.bundle_dir() / "llms"))
        if (e.path().extension() == ".json" &&
            json::parse(w.read("llms/" + e.path().filename().string())).string_at("general_prompt") ==
                "@file:" + e.path().stem().string() + ".prompt.md" &&
            w.read("llms/" + e.path().stem().string() + ".prompt.md") == "Notdienst.\n")
            unused = "llms/" + e.path().stem().string();
    REQUIRE_FALSE(unused.empty());
    ask_to_delete(w, {unused});
    CHECK(refusal(w).find("to which numbers/+493023125003 is bound") != std::string::npos);
}

TEST_CASE("delete: numbers, unknown things and what still has a file are refused")
{
    world w;
    w.pull();
    ask_to_delete(w, {"numbers/+493023125001"});
    CHECK(refusal(w).find("numbers are money") != std::string::npos);
    w.pull();
    w.write("deleted.json", R"({"delete": ["voices/anna"]})");
    CHECK(refusal(w).find("which is no resource") != std::string::npos);
    w.write("deleted.json", R"({"delete": ["agents/notdienst"]})");
    CHECK(refusal(w).find("its file is there too") != std::string::npos);
    w.write("deleted.json", R"({"delete": "agents/notdienst"})");
    CHECK(refusal(w).find("deleted.json") != std::string::npos);
    w.write("deleted.json", R"({"delete": ["agents/never-there"]})");
    auto const p = w.plan();
    CHECK(p.empty());
    CHECK(std::ranges::any_of(p.notes,
        [](auto const& note) { return note.find("agents/never-there") != std::string::npos; }));
}

TEST_CASE("sync/19: more than three in ten of a kind, asked for by name, need an allowance")
{
    world w;
    w.pull();
    unbind_night(w);
    ask_to_delete(w, {night_agent, "agents/entwurf"}); // 2 of 4
    auto const p = w.plan();
    auto const refused = sync::refused_guards(p, {});
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].guard == "mass-delete");
    CHECK(refused[0].text == "2 of 4 agents would be deleted");
    CHECK(sync::refused_guards(p, {"mass-delete"}).empty());
    ask_to_delete(w, {night_agent}); // 1 of 4
    w.pull();
    CHECK(sync::refused_guards(w.plan(), {}).empty());
    for (auto const& r : w.apply(w.plan())) CHECK(r.state == sync::unit_state::done);
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("sync/05: deleted here and edited there is a conflict, and it stays")
{
    world w;
    w.pull();
    unbind_night(w);
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    w.publish_elsewhere("agent_night", {}, json::object{{"voice_speed", 1.3}});
    ask_to_delete(w, {night_agent});
    auto const p = w.plan();
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].unit == night_agent);
    // After the plan: the deletion looks once more.
    w.write("deleted.json", R"({"delete": []})");
    w.pull();
    ask_to_delete(w, {"agents/entwurf"});
    auto const late = w.plan();
    w.call(retell::update_agent("agent_draft", 0, json::object{{"voice_speed", 1.2}}));
    for (auto const& r : w.apply(late))
        if (r.name == "agents/entwurf") CHECK(r.state == sync::unit_state::conflict);
    CHECK(lists(w, "agents", "agent_id", "agent_draft"));
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("sync/14: a rollback makes anew what its release deleted, linked again")
{
    world w;
    w.pull();
    unbind_night(w);
    auto const before = w.call(retell::get_llm("llm_night", 0));
    ask_to_delete(w, {night_agent, night_llm});
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    auto counts = count_objects(w.sim.state());
    expect_done(w.rollback(w.last_release));
    auto const account = w.sim.state();
    json::value again;
    for (auto const& a : account.at_or_null("agents").as_array())
        for (auto const& v : a.at_or_null("versions").as_array())
            if (v.string_at("agent_name") == "Notdienst") again = v;
    REQUIRE(again.is_object());
    CHECK(again.string_at("agent_id") != "agent_night");
    CHECK(again.bool_at("is_published"));
    auto const engine = sync::engine_of(again);
    REQUIRE(engine);
    CHECK(engine->id != "llm_night");
    auto const llm = w.call(retell::get_llm(engine->id, engine->version));
    CHECK(retell::managed_hash(retell::resource_kind::llm, llm) ==
        retell::managed_hash(retell::resource_kind::llm, before));
    // The number rings there again, whatever its id is now.
    auto const number = w.number("+493023125003");
    auto const& pin = number.at_or_null("inbound_agents").as_array().at(1);
    CHECK(pin.string_at("agent_id") == again.string_at("agent_id"));
    CHECK(pin.int_at("agent_version") == 0);
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    ++counts.agents;
    ++counts.llms;
    w.check_oracles(counts);
}

TEST_CASE("sync/14: what comes again has the file names that it had, whatever it is called at the "
          "service")
{
    world w;
    w.pull();
    w.write("llms/neu.json", R"({"general_prompt": "Neu.", "model": "gpt-4.1"})");
    w.write("agents/neu.json",
        R"({"agent_name": "Größe", "voice_id": "11labs-Carola", "language": "de-DE",
            "response_engine": {"type": "retell-llm", "llm_id": "@llms/neu"}})");
    expect_done(w.apply(w.plan()));
    w.pull();
    bool answered = true;
    SUBCASE("the deletion was answered") {}
    SUBCASE("nobody took the answer, so the old one is still known")
    {
        answered = false;
    }
    std::filesystem::remove(w.bundle_dir() / "llms/neu.prompt.md");
    ask_to_delete(w, {"agents/neu", "llms/neu"});
    if (!answered)
        w.after_answer = [](std::uint64_t, http::request const& r) {
            return r.target.find("delete-retell-llm") == std::string::npos;
        };
    w.apply(w.plan());
    w.after_answer = nullptr;
    if (!answered) w.abandon();
    auto counts = count_objects(w.sim.state());
    expect_done(w.rollback(w.last_release));
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    for (auto const* const file : {"agents/neu.json", "llms/neu.json"})
        CHECK(std::filesystem::exists(w.bundle_dir() / file));
    for (auto const* const file : {"agents/groesse.json", "llms/groesse.json", "llms/neu-2.json"})
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / file));
    ++counts.agents;
    ++counts.llms;
    w.check_oracles(counts);
}

TEST_CASE("delete: the file that a late pull wrote of what is gone does not hold up the next plan")
{
    world w;
    w.pull();
    unbind_night(w);
    auto const text = w.read("agents/notdienst.json");
    auto rows = w.db.bases(w.tenant, w.workspace);
    std::erase_if(rows, [](auto const& r) { return r.id != "agent_night" || r.kind != "agent"; });
    REQUIRE(rows.size() == 1);
    ask_to_delete(w, {night_agent});
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    // It had read the account before the agent went, and wrote afterwards.
    w.db.put_bases(w.tenant, w.workspace, rows);
    w.write("agents/notdienst.json", text);
    CHECK(refusal(w).empty());
    CHECK(w.plan().empty());
}

TEST_CASE("sync/14: who handed over to what was deleted hands over to it again")
{
    world w;
    w.pull();
    add_hand_over(w, "llms/praxis-mueller-empfang.json", "agents/notdienst");
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    ask_to_delete(w, {night_agent, night_llm});
    unbind_night(w);
    CHECK(refusal(w).find("uses it") != std::string::npos); // the engine hands over to it
    w.edit("llms/praxis-mueller-empfang.json",
        [](json::object& o) { o.find("general_tools")->as_array().pop_back(); });
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    auto counts = count_objects(w.sim.state());
    expect_done(w.rollback(w.last_release));
    auto const number = w.number("+493023125001");
    auto const& pin = number.at_or_null("inbound_agents").as_array().at(0);
    auto const engine = sync::engine_of(w.agent("agent_reception", pin.int_at("agent_version")));
    auto const live = w.call(retell::get_llm(engine->id, engine->version));
    std::string target;
    for (auto const& tool : live.at_or_null("general_tools").as_array())
        if (tool.string_at("type") == "agent_swap") target = tool.string_at("agent_id");
    CHECK_FALSE(target.empty());
    CHECK(target != "agent_night");
    CHECK(lists(w, "agents", "agent_id", target));
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    ++counts.agents;
    ++counts.llms;
    w.check_oracles(counts);
}

TEST_CASE("sync/14: what names somebody who was deleted later does not come again, and who runs it "
          "neither, until that one is back")
{
    world w;
    w.pull();
    hand_over_to_new(w);
    unbind_night(w);
    ask_to_delete(w, {night_agent, night_llm});
    expect_done(w.apply(w.plan()));
    auto const first = w.last_release;
    w.pull();
    ask_to_delete(w, {"agents/neu", "llms/neu"});
    expect_done(w.apply(w.plan()));
    auto const second = w.last_release;
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    auto counts = count_objects(w.sim.state());
    auto const rollback_of_first = [&] {
        sync::plan_options at_once;
        at_once.now = w.time.unix_ms();
        return sync::make_rollback(
            *w.db.release(w.tenant, first), w.refresh(), w.db, w.tenant, at_once);
    };
    auto const p = rollback_of_first();
    CHECK(p.units.empty());
    CHECK(p.leaves_some);
    auto const told = [&](std::string_view unit, std::string_view text) {
        return std::ranges::any_of(p.notes, [&](std::string const& note) {
            return note.starts_with(unit) && note.find(text) != std::string::npos;
        });
    };
    CHECK(told("llms/notdienst: does not come again", "hands over to the agent agent_"));
    CHECK(told("agents/notdienst: does not come again", "runs llm_night"));
    CHECK(told("numbers/+493023125003", "which is gone"));
    // Once it is back, under whatever id, the others follow.
    expect_done(w.rollback(second));
    w.pull();
    expect_done(w.rollback(first));
    w.pull();
    ++ ++counts.agents;
    ++ ++counts.llms;
    auto const account = w.sim.state();
    std::string made, named;
    for (auto const& record : account.at_or_null("agents").as_array())
        if (json::to_text(record).find("\"Neu\"") != std::string::npos)
            made = record.string_at("agent_id");
    for (auto const& record : account.at_or_null("retell_llms").as_array()) {
        auto const& newest = record.at_or_null("versions").as_array().back();
        auto const& tools = newest.at_or_null("general_tools");
        if (!tools.is_array()) continue;
        for (auto const& tool : tools.as_array())
            if (tool.string_at("name") == "weiter") named = tool.string_at("agent_id");
    }
    CHECK_FALSE(made.empty());
    CHECK(named == made);
    CHECK(rollback_of_first().units.empty());
    w.check_oracles(counts);
}

TEST_CASE("sync/14: what a late pull noted once more is not taken for what a rollback made anew")
{
    world w;
    w.pull();
    unbind_night(w);
    std::vector<store::base_row> rows;
    for (auto& row : w.db.bases(w.tenant, w.workspace))
        if (row.id == "agent_night") rows.push_back(std::move(row));
    ask_to_delete(w, {night_agent, night_llm});
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    w.after_answer = [](std::uint64_t, http::request const& r) {
        return r.target != "/create-agent";
    };
    w.rollback(release);
    w.after_answer = nullptr;
    w.db.put_bases(w.tenant, w.workspace, rows);
    expect_done(w.resume());
    auto const account = w.sim.state();
    std::size_t agents = 0;
    for (auto const& record : account.at_or_null("agents").as_array())
        agents += json::to_text(record).find("\"Notdienst\"") != std::string::npos;
    CHECK(agents == 1);
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    w.check_oracles(count_objects(account));
}

TEST_CASE("delete: an agent with a draft of somebody stays, with its engine, and says which")
{
    world w;
    w.pull();
    unbind_night(w);
    auto const draft = w.call(retell::create_agent_version("agent_night", 0));
    auto const engine = sync::engine_of(draft);
    w.call(retell::update_llm(
        engine->id, engine->version, json::object{{"begin_message", "Entwurf der Kollegin"}}));
    ask_to_delete(w, {night_agent, night_llm});
    auto const results = w.apply(w.plan());
    auto const account = json::to_text(w.sim.state());
    CHECK(account.find("Entwurf der Kollegin") != std::string::npos);
    CHECK(std::ranges::any_of(results, [](auto const& r) {
        return r.state == sync::unit_state::conflict &&
            r.message.find("has the unpublished version 1") != std::string::npos;
    }));
    CHECK(std::ranges::any_of(results,
        [](auto const& r) { return r.name == night_llm && r.state == sync::unit_state::skipped; }));
    w.call(retell::delete_agent_version("agent_night", draft.int_at("version")));
    for (auto const& r : w.apply(w.plan())) CHECK(r.state == sync::unit_state::done);
    CHECK_FALSE(lists(w, "agents", "agent_id", "agent_night"));
}

TEST_CASE("sync/05: deleted here and published there since the plan stays, and the next plan tells")
{
    world w;
    w.pull();
    unbind_night(w);
    expect_done(w.apply(w.plan()));
    auto const counts = count_objects(w.sim.state());
    ask_to_delete(w, {night_agent, night_llm});
    auto const p = w.plan();
    json::object edit;
    SUBCASE("with another value")
    {
        edit.set("voice_speed", 1.3);
    }
    SUBCASE("as it was") {}
    bool const differs = !edit.empty();
    w.publish_elsewhere("agent_night", {}, std::move(edit));
    auto const results = w.apply(p);
    CHECK(lists(w, "agents", "agent_id", "agent_night"));
    CHECK(std::ranges::any_of(results, [](auto const& r) {
        return r.name == night_agent && r.state == sync::unit_state::conflict &&
            r.message.find("version 1 was published") != std::string::npos;
    }));
    CHECK(std::ranges::any_of(results,
        [](auto const& r) { return r.name == night_llm && r.state == sync::unit_state::skipped; }));
    if (differs) {
        REQUIRE(w.plan().conflicts.size() == 1);
        w.check_oracles(counts);
    } else {
        expect_done(w.apply(w.plan()));
        w.check_oracles(count_objects(w.sim.state()));
    }
}

TEST_CASE("delete: an agent that was a draft when the plan was made, and is published now, stays")
{
    world w;
    w.pull();
    ask_to_delete(w, {"agents/entwurf"});
    auto const p = w.plan();
    w.call(retell::publish_agent_version("agent_draft", 0));
    for (auto const& r : w.apply(p)) CHECK(r.state == sync::unit_state::conflict);
    CHECK(lists(w, "agents", "agent_id", "agent_draft"));
}

TEST_CASE("delete: whom an agent hands over to that has to stay, stays with it")
{
    world w;
    w.pull();
    hand_over_to_new(w);
    unbind_night(w);
    std::vector<std::string> const all{"agents/neu", "llms/neu", night_agent, night_llm};
    ask_to_delete(w, all);
    auto const counts = count_objects(w.sim.state());
    auto const p = w.plan();
    CHECK(sync::plan::from_json(p.to_json()).digest() == p.digest());
    auto stays = sync::unit_state::conflict;
    SUBCASE("for somebody's draft")
    {
        w.call(retell::create_agent_version("agent_night", 0));
    }
    SUBCASE("for the service refuses to delete it")
    {
        stays = sync::unit_state::failed;
        w.refuse_request = [](http::request const& r) -> std::optional<http::reply> {
            if (r.target.find("/delete-agent/agent_night") == std::string::npos)
                return std::nullopt;
            return http::reply{400, "{}"};
        };
    }
    for (auto const& r : w.apply(p)) {
        CAPTURE(r.name);
        CAPTURE(r.message);
        bool const removal = std::ranges::find(all, r.name) != all.end();
        CHECK(r.state ==
            (r.name == night_agent ? stays
                    : removal      ? sync::unit_state::skipped
                                   : sync::unit_state::done));
    }
    w.refuse_request = nullptr;
    for (auto const& what : check_counts(w.sim.state(), counts)) FAIL_CHECK(what);
    for (auto const& v : w.versions("agent_night"))
        if (!v.bool_at("is_published"))
            w.call(retell::delete_agent_version("agent_night", v.int_at("version")));
    expect_done(w.apply(w.plan()));
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("delete: who hands over to others goes before them, and killed anywhere nothing is left")
{
    disturb_at_each_request([](world& w) {
        w.pull();
        hand_over_to_new(w);
        unbind_night(w);
        ask_to_delete(w, {"agents/neu", "llms/neu", night_agent, night_llm});
        w.before_request = [&w](std::uint64_t, http::request const& r) {
            if (r.target.find("/delete-agent/") != std::string::npos)
                CHECK((r.target.find("agent_night") != std::string::npos ||
                    !lists(w, "agents", "agent_id", "agent_night")));
            return true;
        };
        return rehearsal(w.plan(), [](world& after) {
            CHECK(count_objects(after.sim.state()).agents == 3);
            after.check_oracles(count_objects(after.sim.state()));
        });
    });
}

TEST_CASE("delete: an engine that stays keeps whom it hands over to, though its agent goes")
{
    world w;
    w.pull();
    hand_over_to_new(w);
    unbind_night(w);
    ask_to_delete(w, {"agents/neu", "llms/neu", night_agent});
    CHECK(refusal(w).find("agents/neu cannot be deleted: llms/notdienst refers to it") !=
        std::string::npos);
}

TEST_CASE("delete: killed at any request of it, the next run finishes it")
{
    disturb_at_each_request([](world& w) {
        w.pull();
        unbind_night(w);
        ask_to_delete(w, {night_agent, night_llm});
        auto p = w.plan();
        REQUIRE(p.units.size() == 3);
        return rehearsal(std::move(p), [](world& after) {
            auto const counts = count_objects(after.sim.state());
            CHECK(counts.agents == 3);
            CHECK_FALSE(lists(after, "retell_llms", "llm_id", "llm_night"));
            after.check_oracles(counts);
        });
    });
}

namespace {

/// The night agent and its engine, which has a second version by now, deleted by a release.
void delete_edited_night(world& w)
{
    w.publish_elsewhere("agent_night", {{"general_prompt", "Notdienst, neu."}});
    w.pull();
    unbind_night(w);
    ask_to_delete(w, {night_agent, night_llm});
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
}

std::vector<sync::unit_result> take_back(world& w, std::int64_t release)
{
    auto results = w.rollback(release);
    expect_done(results);
    return results;
}

} // namespace

TEST_CASE("sync/14: an agent comes again with an engine that had several versions")
{
    world w;
    delete_edited_night(w);
    auto counts = count_objects(w.sim.state());
    take_back(w, w.last_release);
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    ++counts.agents;
    ++counts.llms;
    w.check_oracles(counts);
}

TEST_CASE("sync/14: what was deleted without an answer comes again when the release is taken back")
{
    for (auto const deletion : {"delete-agent", "delete-retell-llm", "delete-knowledge-base"})
        for (std::string const way : {"not sent", "no answer", "refused when it was repeated"}) {
            CAPTURE(deletion);
            CAPTURE(way);
            world w;
            w.pull();
            w.write("knowledge/nachts.json",
                R"({"knowledge_base_name": "Nachts", "knowledge_base_urls": ["https://nachts.example.test"]})");
            w.edit("llms/notdienst.json", [](json::object& o) {
                o.set("knowledge_base_ids", json::array{"@knowledge/nachts"});
            });
            for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
            auto const counts = count_objects(w.sim.state());
            unbind_night(w);
            ask_to_delete(w, {night_agent, night_llm, "knowledge/nachts"});
            auto const p = w.plan();
            auto const lives = [&](std::uint64_t, http::request const& r) {
                return r.target.find(deletion) == std::string::npos;
            };
            if (way == "not sent") w.before_request = lives;
            if (way == "no answer") w.after_answer = lives;
            if (way == "refused when it was repeated")
                w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
                    if (r.target.find(deletion) != std::string::npos)
                        reply = http::reply{429, "{}"};
                };
            w.apply(p);
            w.after_answer = w.before_request = nullptr;
            w.rewrite_answer = nullptr;
            w.abandon();
            take_back(w, w.last_release);
            std::filesystem::remove(w.bundle_dir() / "deleted.json");
            w.pull();
            w.pull(); // what has a new id gets the old name once the old one is forgotten
            CHECK(w.plan().empty());
            CHECK(w.call(retell::list_knowledge_bases()).as_array().size() == 1);
            w.check_oracles(counts);
        }
}

TEST_CASE("sync/14: what a release deleted comes again once, however often it is taken back")
{
    for (auto const lag : {0, 20'000}) {
        CAPTURE(lag);
        world w;
        delete_edited_night(w);
        auto counts = count_objects(w.sim.state());
        auto const release = w.last_release;
        w.option("list_delay_ms", lag);
        take_back(w, release);
        // At once, when lists need not show yet what the first one made.
        w.edits.local_overridden();
        sync::plan_options at_once;
        at_once.now = w.time.unix_ms();
        auto const again = sync::make_rollback(
            *w.db.release(w.tenant, release), w.refresh(), w.db, w.tenant, at_once);
        CHECK(again.units.empty());
        CHECK(again.conflicts.empty());
        w.time.advance(std::chrono::minutes(1));
        std::filesystem::remove(w.bundle_dir() / "deleted.json");
        w.pull();
        ++counts.agents;
        ++counts.llms;
        w.check_oracles(counts);
    }
}
