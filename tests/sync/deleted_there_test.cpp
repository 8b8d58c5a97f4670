#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto night_file = "agents/notdienst.json";
constexpr auto night_prompt = "llms/notdienst.prompt.md";
constexpr auto shared_number = "+493023125003";

sync::plan_options preferring(sync::prefer side)
{
    sync::plan_options o;
    o.prefer = side;
    return o;
}

sync::checkout pull(world& w, sync::prefer side)
{
    return w.pull(sync::adopt::neither, side);
}

bool says(std::vector<std::string> const& notes, std::string_view text)
{
    return std::ranges::any_of(
        notes, [&](auto const& note) { return note.find(text) != std::string::npos; });
}

/// "resource path", in the order given.
std::vector<std::string> places(std::vector<sync::plan_conflict> const& conflicts)
{
    std::vector<std::string> out;
    for (auto const& c : conflicts) out.push_back(c.resource + " " + c.field.path);
    return out;
}

void release_without_night(world& w)
{
    unbind_night(w);
    expect_done(w.apply(w.plan()));
}

void edit_night(world& w)
{
    w.edit(night_file, [](json::object& o) { o.set("voice_speed", 1.4); });
    w.write(night_prompt, "Notdienst, neu.\n");
}

void delete_night_there(world& w, bool with_engine)
{
    w.call(retell::delete_agent("agent_night"));
    if (with_engine) w.call(retell::delete_llm("llm_night"));
}

std::vector<json::value> agents_called(world& w, std::string_view name)
{
    std::vector<json::value> out;
    auto const account = w.sim.state();
    for (auto const& a : account.at_or_null("agents").as_array())
        if (auto const& newest = a.at_or_null("versions").as_array().back();
            newest.string_at("agent_name") == name)
            out.push_back(newest);
    return out;
}

} // namespace

TEST_CASE("sync/05: what was edited here of what was deleted at the service is a conflict by field")
{
    world w;
    w.pull();
    release_without_night(w);
    edit_night(w);
    SUBCASE("the agent alone")
    {
        delete_night_there(w, false);
    }
    SUBCASE("with its engine")
    {
        delete_night_there(w, true);
    }
    auto const p = w.plan();
    CHECK(p.units.empty());
    REQUIRE(places(p.conflicts) ==
        std::vector<std::string>{"agents/notdienst voice_speed", "llms/notdienst general_prompt"});
    for (auto const& c : p.conflicts) {
        CHECK(c.kind == sync::conflict_kind::deleted_there);
        CHECK(c.unit == "agents/notdienst");
        CHECK_FALSE(c.field.remote);
    }
    CHECK(p.conflicts[0].field.local == json::value(1.4));
    CHECK(p.conflicts[1].field.base == json::value("Notdienst."));
    CHECK(p.conflicts[1].field.local == json::value("Notdienst, neu."));
    auto const kept = sync::plan::from_json(p.to_json());
    CHECK(kept.conflicts[0].kind == sync::conflict_kind::deleted_there);
    auto const out = w.pull();
    for (auto const* const place : {"agents/notdienst voice_speed", "llms/notdienst general_prompt"})
        CHECK(std::ranges::count(places(out.conflicts), place) == 1);
    CHECK(w.read(night_prompt) == "Notdienst, neu.\n");
    CHECK(w.plan().conflicts.size() == 2); // a pull settles nothing
    CHECK(agents_called(w, "Notdienst").empty());
    w.check_oracles();
}

TEST_CASE("sync/05: edits of an engine whose agent was deleted are told by a pull as by a plan")
{
    world w;
    w.pull();
    release_without_night(w);
    w.write(night_prompt, "Notdienst, neu.\n");
    delete_night_there(w, false);
    std::vector<std::string> const lost{"llms/notdienst general_prompt"};
    CHECK(places(w.plan().conflicts) == lost);
    CHECK(places(w.pull().conflicts) == lost);
    CHECK(w.read(night_prompt) == "Notdienst, neu.\n");
    CHECK(says(pull(w, sync::prefer::local).notes, "apply --prefer local makes it anew"));
    CHECK(places(w.plan().conflicts) == lost);
    w.check_oracles();
}

TEST_CASE("sync/05: whoever says that the service wins agrees to its deletion")
{
    world w;
    w.pull();
    release_without_night(w);
    edit_night(w);
    delete_night_there(w, true);
    auto const writes = w.writes;
    auto const p = w.plan(preferring(sync::prefer::remote));
    CHECK(p.empty());
    CHECK(says(p.notes, "agents/notdienst: was deleted at the service, and that stands"));
    auto const out = pull(w, sync::prefer::remote);
    CHECK(out.conflicts.empty());
    CHECK(out.removed == 2);
    for (auto const* file : {night_file, night_prompt, "llms/notdienst.json"})
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / file));
    CHECK(w.plan().empty());
    CHECK(w.plan().notes.empty());
    CHECK(w.writes == writes);
    w.check_oracles();
}

TEST_CASE("sync/05: a pull keeps the file of what was deleted there if the files win, and says how "
          "it comes again")
{
    world w;
    w.pull();
    release_without_night(w);
    edit_night(w);
    delete_night_there(w, true);
    auto const out = pull(w, sync::prefer::local);
    CHECK(out.conflicts.empty());
    CHECK(says(out.notes, "apply --prefer local makes it anew"));
    CHECK(w.plan().conflicts.size() == 2);
    w.check_oracles();
}

namespace {

/// The night agent, bound to a number and handed over to by another agent, edited here and deleted there.
void lose_linked_night(world& w, bool with_engine)
{
    w.pull();
    add_hand_over(w, "llms/praxis-mueller-empfang.json", "agents/notdienst");
    expect_done(w.apply(w.plan()));
    w.pull();
    edit_night(w);
    delete_night_there(w, with_engine);
}

void check_night_again(world& w)
{
    auto const found = agents_called(w, "Notdienst");
    REQUIRE(found.size() == 1);
    auto const id = found[0].string_at("agent_id");
    CHECK(id != "agent_night");
    CHECK(found[0].bool_at("is_published"));
    CHECK(found[0].at_or_null("voice_speed") == json::value(1.4));
    auto const engine = sync::engine_of(found[0]);
    REQUIRE(engine);
    CHECK(w.call(retell::get_llm(engine->id, engine->version)).string_at("general_prompt") ==
        "Notdienst, neu.");
    auto const number = w.number(shared_number);
    auto const& pin = number.at_or_null("inbound_agents").as_array().at(1);
    CHECK(pin.string_at("agent_id") == id);
    CHECK(pin.int_at("agent_version") == 0);
    auto const number_of_reception = w.number("+493023125001");
    auto const& reception = number_of_reception.at_or_null("inbound_agents").as_array().at(0);
    auto const live = sync::engine_of(w.agent("agent_reception", reception.int_at("agent_version")));
    auto const llm = w.call(retell::get_llm(live->id, live->version));
    CHECK(llm.at_or_null("general_tools").as_array().back().string_at("agent_id") == id);
}

} // namespace

TEST_CASE("sync/05: whoever says that the files win gets it anew, and all that referred to it "
          "refers to that")
{
    for (bool const with_engine : {true, false}) {
        CAPTURE(with_engine);
        world w;
        lose_linked_night(w, with_engine);
        CHECK(w.plan().conflicts.size() == 2);
        auto const p = w.plan(preferring(sync::prefer::local));
        CHECK(p.conflicts.empty());
        CHECK(says(p.notes, "agents/notdienst: was deleted at the service; it is made anew"));
        CHECK(says(p.notes, "delete-retell-llm '{\"llm_id\":\"llm_night\"}'") == !with_engine);
        expect_done(w.apply(p));
        check_night_again(w);
        CHECK(w.plan().empty());
        auto const counts = count_objects(w.sim.state());
        CHECK(counts.agents == 4);
        CHECK(counts.llms == (with_engine ? 3 : 4));
        w.pull();
        CHECK(std::filesystem::exists(w.bundle_dir() / night_file));
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / "agents/notdienst-2.json"));
        CHECK(json::parse(w.read("numbers/+493023125003.json"))
                  .at_or_null("inbound_agents")
                  .as_array()
                  .at(1)
                  .at_or_null("agent_version") == json::value("released"));
        w.check_oracles(counts);
    }
}

TEST_CASE("sync/05: killed at any request of making it anew, the next run finishes it, and it is "
          "there once")
{
    for (bool const with_engine : {true, false}) { // one that is left is not the one made anew
        CAPTURE(with_engine);
        disturb_at_each_request([with_engine](world& w) {
            lose_linked_night(w, with_engine);
            return rehearsal(w.plan(preferring(sync::prefer::local)), [with_engine](world& after) {
                check_night_again(after);
                CHECK(count_objects(after.sim.state()).llms == (with_engine ? 3 : 4));
                after.check_oracles(count_objects(after.sim.state()));
            });
        });
    }
}

TEST_CASE("sync/05: without an edit here nothing is made anew, whoever wins")
{
    world w;
    w.pull();
    release_without_night(w);
    delete_night_there(w, true);
    for (auto const side : {sync::prefer::neither, sync::prefer::local, sync::prefer::remote}) {
        auto const p = w.plan(preferring(side));
        CHECK(p.empty());
        CHECK(says(p.notes, "agents/notdienst: is gone from the account"));
    }
    CHECK(w.pull().conflicts.empty());
    w.check_oracles();
}

TEST_CASE(
    "sync/05: what somebody put in the place of what was deleted stays, though it is made anew")
{
    world w;
    w.pull();
    edit_night(w);
    json::object bound{{"inbound_agents",
        json::array{
            json::object{{"agent_id", "agent_reception"}, {"agent_version", 1}, {"weight", 1}}}}};
    w.call(retell::update_phone_number(shared_number, json::value(std::move(bound))));
    delete_night_there(w, true);
    auto const p = w.plan(preferring(sync::prefer::local));
    CHECK(std::ranges::count(p.units, sync::unit_action::update_number, &sync::plan_unit::action) ==
        0);
    expect_done(w.apply(p));
    CHECK(w.number(shared_number).at_or_null("inbound_agents").as_array().size() == 1);
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("sync/05: a number that was edited here and deleted there cannot be made anew, and the "
          "way is told")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125002.json", [](json::object& o) { o.set("nickname", "Neu"); });
    w.call(retell::delete_phone_number("+493023125002"));
    auto const p = w.plan();
    REQUIRE(places(p.conflicts) == std::vector<std::string>{"numbers/+493023125002 nickname"});
    CHECK(p.conflicts[0].kind == sync::conflict_kind::deleted_there);
    CHECK(w.pull().conflicts.size() == 1);
    auto const local = w.plan(preferring(sync::prefer::local));
    CHECK(local.conflicts.size() == 1);
    CHECK(says(local.notes, "buy or import it in the dashboard, then pull"));
    CHECK(w.plan(preferring(sync::prefer::remote)).empty());
    pull(w, sync::prefer::remote);
    CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / "numbers/+493023125002.json"));
    CHECK(w.plan().empty());
    w.check_oracles();
}

TEST_CASE(
    "delete: an engine that goes while its agent stays cannot be made anew, and the way is told")
{
    world w;
    w.pull();
    w.write(night_prompt, "Notdienst, neu.\n");
    w.call(retell::delete_llm("llm_night", true));
    for (auto const side : {sync::prefer::neither, sync::prefer::local}) {
        auto const p = w.plan(preferring(side));
        REQUIRE(places(p.conflicts) == std::vector<std::string>{"llms/notdienst general_prompt"});
        CHECK(p.conflicts[0].kind == sync::conflict_kind::deleted_there);
        CHECK(says(p.notes, "copy its file to another name, apply"));
    }
    // As the note says.
    w.write("llms/nachts.json", R"({"general_prompt": "Notdienst, neu.", "model": "gpt-4.1"})");
    w.write(night_prompt, "Notdienst.\n");
    expect_done(w.apply(w.plan()));
    w.edit(night_file, [](json::object& o) {
        o.find("response_engine")->as_object().set("llm_id", "@llms/nachts");
    });
    expect_done(w.apply(w.plan()));
    pull(w, sync::prefer::remote);
    CHECK(w.plan().empty());
}

TEST_CASE("delete: that an agent's engine is gone is told by every plan, once its file is gone too")
{
    world w;
    w.pull();
    w.write(night_prompt, "Notdienst, neu.\n");
    w.call(retell::delete_llm("llm_night", true));
    pull(w, sync::prefer::remote);
    CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / night_prompt));
    CHECK(says(w.plan().notes, "agents/notdienst: its engine"));
    w.pull();
    CHECK(says(w.plan().notes, "agents/notdienst: its engine"));
    // As the note says.
    w.write("llms/nachts.json", R"({"general_prompt": "Notdienst.", "model": "gpt-4.1"})");
    expect_done(w.apply(w.plan()));
    w.edit(night_file, [](json::object& o) {
        o.find("response_engine")->as_object().set("llm_id", "@llms/nachts");
    });
    expect_done(w.apply(w.plan()));
    CHECK(w.plan().empty());
    CHECK_FALSE(says(w.plan().notes, "its engine"));
}

TEST_CASE("sync/05: an engine of nobody, edited here and deleted there, is made anew only if the "
          "files win")
{
    world w;
    auto const id = std::string(
        w.call(retell::create_llm(json::object{{"general_prompt", "Vorrat."}, {"model", "gpt-4.1"}}))
            .string_at("llm_id"));
    w.pull();
    auto const prompt = "llms/unused-" + sync::slug(id) + ".prompt.md";
    w.write(prompt, "Vorrat, neu.\n");
    w.call(retell::delete_llm(id));
    REQUIRE(w.plan().conflicts.size() == 1);
    CHECK(w.plan().conflicts[0].kind == sync::conflict_kind::deleted_there);
    CHECK(w.plan(preferring(sync::prefer::remote)).empty());
    auto const p = w.plan(preferring(sync::prefer::local));
    REQUIRE(p.units.size() == 1);
    CHECK(p.units[0].action == sync::unit_action::create_engine);
    expect_done(w.apply(p));
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.read(prompt) == "Vorrat, neu.\n");
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("sync/05: what deleted.json names and was edited at the service is a conflict by field, "
          "for a pull too")
{
    world w;
    w.pull();
    release_without_night(w);
    w.publish_elsewhere("agent_night", {{"general_prompt", "Von dort."}}, {{"voice_speed", 1.3}});
    ask_to_delete(w, {"agents/notdienst", "llms/notdienst"});
    auto const p = w.plan();
    CHECK(std::ranges::none_of(
        p.units, [](auto const& u) { return u.action == sync::unit_action::remove; }));
    CHECK(std::ranges::count(places(p.conflicts), "agents/notdienst voice_speed") == 1);
    CHECK(std::ranges::count(places(p.conflicts), "llms/notdienst general_prompt") == 2);
    for (auto const& c : p.conflicts) {
        CHECK(c.kind == sync::conflict_kind::deleted_here);
        CHECK_FALSE(c.field.local);
        CHECK(c.field.remote);
    }
    auto const out = w.pull();
    CHECK(places(out.conflicts) ==
        std::vector<std::string>{"agents/notdienst voice_speed", "llms/notdienst general_prompt"});
    SUBCASE("the files win: it goes")
    {
        auto const local = w.plan(preferring(sync::prefer::local));
        CHECK(local.conflicts.empty());
        CHECK(std::ranges::count(
                  local.units, sync::unit_action::remove, &sync::plan_unit::action) == 2);
        expect_done(w.apply(local));
        CHECK(agents_called(w, "Notdienst").empty());
        w.pull();
    }
    SUBCASE("the files win in a pull: the next plan deletes")
    {
        CHECK(pull(w, sync::prefer::local).conflicts.empty());
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / night_file));
        expect_done(w.apply(w.plan()));
        CHECK(agents_called(w, "Notdienst").empty());
    }
    SUBCASE("the service wins: it stays, and a pull takes it out of deleted.json")
    {
        auto const remote = w.plan(preferring(sync::prefer::remote));
        CHECK(remote.empty());
        CHECK(says(remote.notes, "agents/notdienst: was edited at the service and stays"));
        auto const back = pull(w, sync::prefer::remote);
        CHECK(back.conflicts.empty());
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / "deleted.json"));
        CHECK(w.read(night_prompt) == "Von dort.\n");
        CHECK(json::parse(w.read(night_file)).at_or_null("voice_speed") == json::value(1.3));
        CHECK(w.plan().empty());
    }
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("sync/05: the engine of an agent that stays for a conflict stays with it, and names that "
          "are no conflict are kept")
{
    world w;
    w.pull();
    release_without_night(w);
    w.publish_elsewhere("agent_night", {}, {{"voice_speed", 1.3}});
    ask_to_delete(w, {"agents/notdienst", "llms/notdienst", "agents/entwurf"});
    auto const p = w.plan();
    CHECK(places(p.conflicts) == std::vector<std::string>{"agents/notdienst voice_speed"});
    CHECK(says(p.notes, "llms/notdienst: stays as long as agents/notdienst does"));
    REQUIRE(p.units.size() == 1);
    CHECK(p.units[0].name == "agents/entwurf");
    pull(w, sync::prefer::remote);
    CHECK(json::parse(w.read("deleted.json")) == json::parse(R"({"delete": ["agents/entwurf"]})"));
    CHECK(std::filesystem::exists(w.bundle_dir() / "llms/notdienst.json"));
    expect_done(w.apply(w.plan()));
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE("pull: whoever says which side wins gets fields so, and nothing else is touched")
{
    for (auto const side : {sync::prefer::local, sync::prefer::remote}) {
        world w;
        w.pull();
        w.edit(night_file, [](json::object& o) { o.set("voice_speed", 1.4); });
        w.publish_elsewhere("agent_night", {}, {{"voice_speed", 1.3}, {"language", "en-GB"}});
        CHECK(w.pull().conflicts.size() == 1);
        CHECK(pull(w, side).conflicts.empty());
        auto const file = json::parse(w.read(night_file));
        bool const local = side == sync::prefer::local;
        CHECK(file.at_or_null("voice_speed") == json::value(local ? 1.4 : 1.3));
        CHECK(file.string_at("language") == "en-GB");
        CHECK(w.plan().units.size() == (local ? 1 : 0));
        CHECK(w.plan().conflicts.empty());
    }
}
