#include "sync/world.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

/// An agent that somebody deleted in the dashboard, while others name it.

namespace {

/// The reception hands over to the night agent, which a number is bound to as well.
void hand_over(world& w)
{
    w.pull();
    add_hand_over(w, "llms/praxis-mueller-empfang.json", "agents/notdienst");
    expect_done(w.apply(w.plan()));
}

/// Somebody deletes the night agent and its engine; who keeps the folder agrees.
void delete_elsewhere(world& w)
{
    w.call(retell::delete_agent("agent_night"));
    w.call(retell::delete_llm("llm_night"));
}

void remove_files(world& w)
{
    for (auto const* const file :
        {"agents/notdienst.json", "llms/notdienst.json", "llms/notdienst.prompt.md"})
        std::filesystem::remove(w.bundle_dir() / file);
}

bool has_note(std::vector<std::string> const& notes, std::string_view text)
{
    return std::ranges::any_of(
        notes, [&](auto const& n) { return n.find(text) != std::string::npos; });
}

std::string handed_to(world& w, std::string const& number = "+493023125001")
{
    auto const pin = w.number(number).at_or_null("inbound_agents").as_array().at(0);
    auto const engine = sync::engine_of(w.agent("agent_reception", pin.int_at("agent_version")));
    auto const live = w.call(retell::get_llm(engine->id, engine->version));
    for (auto const& tool : live.at_or_null("general_tools").as_array())
        if (tool.string_at("type") == "agent_swap") return std::string(tool.string_at("agent_id"));
    return {};
}

void edit_booking(world& w, char const* text)
{
    w.edit("flows/praxis-mueller-termine.json",
        [&](json::object& o) { o.set("model_temperature", json::parse(text)); });
}

} // namespace

TEST_CASE(
    "gone: who names an agent that was deleted elsewhere keeps naming it, and holds nothing up")
{
    world w;
    hand_over(w);
    delete_elsewhere(w);
    remove_files(w);
    CHECK(has_note(w.plan().notes, "agents/notdienst: is gone from the account, and "));
    auto const number = w.read("numbers/+493023125003.json");
    auto const engine = w.read("llms/praxis-mueller-empfang.json");
    for (int pulls = 0; pulls < 3; ++pulls) {
        w.pull();
        CHECK(w.read("numbers/+493023125003.json") == number);
        CHECK(w.read("llms/praxis-mueller-empfang.json") == engine);
        CHECK(w.plan().empty());
    }
    CHECK(has_note(w.plan().notes,
        "agents/notdienst: is gone from the account, and llms/praxis-mueller-empfang, "
        "numbers/+493023125003 still lead there"));
    edit_booking(w, "0.5");
    expect_done(w.apply(w.plan()));
    // Other edits of what leads there need not wait either.
    w.edit("numbers/+493023125003.json", [](json::object& o) { o.set("nickname", "Nachts"); });
    w.write("llms/praxis-mueller-empfang.prompt.md", "Du bist der Empfang.\n");
    auto const p = w.plan();
    CHECK(has_note(
        p.notes, "numbers/+493023125003: its inbound_agents names agents/notdienst as well"));
    expect_done(w.apply(p));
    CHECK(w.number("+493023125003").string_at("nickname") == "Nachts");
    auto const again = w.plan();
    CHECK(again.empty());
    CHECK(has_note(again.notes, "It cannot be moved while its inbound_agents names"));
    w.edit("numbers/+493023125003.json", [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("weight", 0.9);
        o["inbound_agents"].as_array()[1].make_object().set("weight", 0.1);
    });
    CHECK(w.plan().empty());
    CHECK(has_note(w.plan().notes, "so the service would refuse it"));
    // Once it is taken out, the number is moved along.
    w.edit("numbers/+493023125003.json", [](json::object& o) {
        o["inbound_agents"].as_array().pop_back();
        o["inbound_agents"].as_array()[0].make_object().set("weight", 1);
    });
    expect_done(w.apply(w.plan()));
    w.write("llms/praxis-mueller-empfang.prompt.md", "Du bist der Empfang, wieder.\n");
    expect_done(w.apply(w.plan()));
    CHECK(
        w.number("+493023125003").at_or_null("inbound_agents").as_array().at(0).int_at("agent_version") ==
        w.versions("agent_reception").back().int_at("version"));
    CHECK(handed_to(w) == "agent_night");
}

TEST_CASE("gone: pins that are left out of what is sent go on being an edit of their file")
{
    world w;
    hand_over(w);
    delete_elsewhere(w);
    remove_files(w);
    w.pull();
    constexpr char const* file = "numbers/+493023125003.json";
    w.edit(file, [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("weight", 0.9);
        o["inbound_agents"].as_array()[1].make_object().set("weight", 0.1);
        o.set("nickname", "Nachts");
    });
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    REQUIRE(p.units[0].changes.size() == 1);
    CHECK(p.units[0].changes[0].path == "nickname");
    expect_done(w.apply(p));
    CHECK(w.number("+493023125003").string_at("nickname") == "Nachts");
    CHECK(has_note(w.plan().notes, "so the service would refuse it"));
    w.pull();
    CHECK(w.read(file).find("0.9") != std::string::npos);
    CHECK(has_note(w.plan().notes, "so the service would refuse it"));
}

TEST_CASE("gone: the oracle sees an engine that hands over to nobody, unless people did that")
{
    world w;
    hand_over(w);
    auto const told = [&](std::set<std::string> const& deleted_by_people) {
        return has_note(check_references(w.sim.state(), deleted_by_people),
            "O3: llm_reception version 2 names the agent agent_night");
    };
    CHECK_FALSE(told({}));
    delete_elsewhere(w);
    CHECK(told({}));
    CHECK_FALSE(told({"agent_night"}));
}

TEST_CASE("gone: put back, it is made anew, and who named it leads to the new one")
{
    world w;
    hand_over(w);
    auto const agent = w.read("agents/notdienst.json");
    auto const engine = w.read("llms/notdienst.json");
    delete_elsewhere(w);
    remove_files(w);
    w.pull();
    w.write("llms/notdienst.prompt.md", "Notdienst.\n");
    w.write("llms/notdienst.json", engine);
    w.write("agents/notdienst.json", agent);
    SUBCASE("at once") {}
    SUBCASE("after another pull")
    {
        w.pull();
    }
    auto const p = w.plan();
    expect_done(w.apply(p));
    auto const made = handed_to(w);
    CHECK(made != "agent_night");
    CHECK(w.agent(made, 0).bool_at("is_published"));
    auto const pins = w.number("+493023125003").at_or_null("inbound_agents").as_array();
    CHECK(pins.at(1).string_at("agent_id") == made);
    CHECK(pins.at(1).int_at("agent_version") == 0);
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.plan().empty());
    CHECK(w.plan().notes.empty());
    auto const file = w.read("numbers/+493023125003.json");
    CHECK(file.find("\"@agents/notdienst\"") != std::string::npos);
    CHECK(file.find("released") != std::string::npos);
    w.check_oracles(count_objects(w.sim.state()));
}

TEST_CASE(
    "gone: a rollback leads nobody back to an agent that is gone, and deletes none who is called")
{
    world w;
    hand_over(w);
    auto const agent = w.read("agents/notdienst.json");
    auto const engine = w.read("llms/notdienst.json");
    delete_elsewhere(w);
    remove_files(w);
    w.pull();
    w.write("llms/notdienst.prompt.md", "Notdienst.\n");
    w.write("llms/notdienst.json", engine);
    w.write("agents/notdienst.json", agent);
    expect_done(w.apply(w.plan()));
    auto const made = handed_to(w);
    w.pull();
    auto const counts = count_objects(w.sim.state());
    w.rollback(w.last_release);
    CHECK(handed_to(w) == made);
    auto const pins = w.number("+493023125003").at_or_null("inbound_agents").as_array();
    CHECK(pins.at(1).string_at("agent_id") == made);
    w.pull();
    w.check_oracles(counts);
}

TEST_CASE("rollback: an agent to which a number stays bound is not deleted")
{
    world w;
    w.pull();
    write_new_agent(w);
    w.edit("numbers/+493023125002.json", [](json::object& o) {
        o.set("nickname", "Neu");
        auto& pin = o["inbound_agents"].as_array()[0].make_object();
        pin.set("agent_id", "@agents/neu");
        pin.set("agent_version", "released");
    });
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    w.pull();
    auto const counts = count_objects(w.sim.state());
    SUBCASE("the service refuses to lead it back")
    {
        w.fault(R"([{"match": {"path": "/update-phone-number"}, "action": "status",
                     "status": 400}])");
    }
    SUBCASE("another of its fields is a conflict")
    {
        w.call(retell::update_phone_number(
            "+493023125002", json::object{{"nickname", "Jemand anders"}}));
    }
    SUBCASE("somebody leads another number there meanwhile")
    {
        w.before_request = [&](std::uint64_t, http::request const& r) {
            if (r.target.find("update-phone-number/+493023125002") != std::string::npos) {
                auto const pin =
                    w.number("+493023125002").at_or_null("inbound_agents").as_array().at(0);
                w.call(retell::update_phone_number(
                    "+493023125001", json::object{{"inbound_agents", json::array{pin}}}));
            }
            return true;
        };
    }
    w.rollback(release);
    w.before_request = nullptr;
    for (auto const& what : check_references(w.sim.state())) FAIL_CHECK(what);
    CHECK(count_objects(w.sim.state()).agents == counts.agents);
}

TEST_CASE("rollback: what is created goes, though a number is bound to a version nobody has seen")
{
    world w;
    w.publish_elsewhere("agent_reception", {{"model_temperature", 0.3}}, {});
    w.pull();
    auto const before = count_objects(w.sim.state());
    write_new_agent(w);
    expect_done(w.apply(w.plan()));
    expect_done(w.rollback(w.last_release));
    for (auto const& what : check_counts(w.sim.state(), before)) FAIL_CHECK(what);
}

TEST_CASE("rollback: an agent to whom the version a number is bound to hands over is not deleted")
{
    world w;
    w.pull();
    write_new_agent(w);
    auto const old = w.call(retell::get_llm("llm_reception", 1)).at_or_null("general_tools");
    add_hand_over(w, "llms/praxis-mueller-empfang.json", "agents/neu");
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    auto const made = handed_to(w);
    REQUIRE_FALSE(made.empty());
    // A colleague binds another number to this version, and takes it out in the next one.
    auto const pins = w.number("+493023125001").at_or_null("inbound_agents");
    w.call(retell::update_phone_number("+493023125002", json::object{{"inbound_agents", pins}}));
    w.publish_elsewhere("agent_reception", {{"general_tools", old}}, {});
    w.rollback(release);
    CHECK(handed_to(w, "+493023125002") == made);
    CHECK(w.agent(made, 0).is_object());
}

TEST_CASE("rollback: whom the rollback of another release made anew is led to")
{
    world w;
    hand_over(w);
    unbind_night(w);
    w.edit("llms/praxis-mueller-empfang.json", [](json::object& o) {
        std::erase_if(o.find("general_tools")->as_array(),
            [](auto const& tool) { return tool.string_at("type") == "agent_swap"; });
    });
    expect_done(w.apply(w.plan()));
    auto const taken_out = w.last_release;
    w.pull();
    ask_to_delete(w, {"agents/notdienst", "llms/notdienst"});
    expect_done(w.apply(w.plan()));
    expect_done(w.rollback(w.last_release));
    expect_done(w.rollback(taken_out));
    auto const again = handed_to(w);
    CHECK(again != "agent_night");
    CHECK(w.agent(again, 0).string_at("agent_name") == "Notdienst");
    for (auto const& what : check_references(w.sim.state())) FAIL_CHECK(what);
}

TEST_CASE("gone: nobody is led anew, whoever else of those named is gone as well")
{
    world w;
    w.pull();
    auto const swap_to = [](std::string const& id) {
        return json::value(json::object{{"type", "agent_swap"}, {"name", "zu_" + id},
            {"description", "Weiter"}, {"agent_id", id}});
    };
    auto const tools = [&](std::vector<std::string> const& ids) {
        return [&, ids](json::object& o) {
            auto& list = o.find("general_tools")->as_array();
            std::erase_if(
                list, [](auto const& tool) { return tool.string_at("type") == "agent_swap"; });
            for (auto const& id : ids) list.push_back(swap_to(id));
        };
    };
    auto const engine = "llms/praxis-mueller-empfang.json";
    w.edit(engine, tools({"agent_booking", "agent_night"}));
    expect_done(w.apply(w.plan()));
    w.edit(engine, tools({"agent_night"}));
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    REQUIRE(handed_to(w) == "agent_night");
    w.call(retell::delete_agent("agent_booking"));
    delete_elsewhere(w);
    w.rollback(release);
    CHECK(handed_to(w) == "agent_night"); // both are gone; the other one is not led to anew
}

TEST_CASE("gone: nobody is led anew to an agent that is gone")
{
    world w;
    hand_over(w);
    delete_elsewhere(w);
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("agent_id", "@agents/notdienst");
        o["inbound_agents"].as_array()[0].make_object().set("agent_version", 0);
    });
    auto const refusal = [&] {
        try {
            w.plan();
        } catch (error const& e) {
            CHECK(e.code() == errc::dangling_reference);
            return std::string(e.what());
        }
        return std::string();
    };
    CHECK(refusal().find("refers to agents/notdienst, which is gone") != std::string::npos);
    remove_files(w);
    CHECK(refusal().find("refers to agents/notdienst, which is gone") != std::string::npos);
}

TEST_CASE("link: a number may lead to an agent that the same plan creates and publishes")
{
    world w;
    w.pull();
    write_new_agent(w);
    auto const lead_to_new = [&](json::value version) {
        w.edit("numbers/+493023125002.json", [&](json::object& o) {
            auto& pin = o["inbound_agents"].as_array()[0].make_object();
            pin.set("agent_id", "@agents/neu");
            pin.set("agent_version", std::move(version));
        });
    };
    SUBCASE("done")
    {
        lead_to_new("released");
        expect_done(w.apply(w.plan()));
        auto const pin = w.number("+493023125002").at_or_null("inbound_agents").as_array().at(0);
        CHECK(w.agent(std::string(pin.string_at("agent_id")), 0).bool_at("is_published"));
        CHECK(pin.int_at("agent_version") == 0);
        CHECK(w.plan().empty());
        w.check_oracles();
    }
    SUBCASE("another version than its first there cannot be")
    {
        lead_to_new(3);
        auto const p = w.plan();
        CHECK(has_note(p.notes, "names version 3 of @agents/neu"));
        CHECK(std::ranges::none_of(
            p.units, [](auto const& u) { return u.action == sync::unit_action::update_number; }));
    }
    SUBCASE("not while it is not published")
    {
        lead_to_new("released");
        w.fault(R"([{"match": {"path": "/publish-agent-version"}, "action": "status",
                     "status": 400}])");
        auto const results = w.apply(w.plan());
        CHECK(std::ranges::any_of(results, [](auto const& r) {
            return r.state == sync::unit_state::skipped &&
                r.message.find("agents/neu") != std::string::npos;
        }));
        auto const pin = w.number("+493023125002").at_or_null("inbound_agents").as_array().at(0);
        CHECK(pin.string_at("agent_id") == "agent_booking");
    }
}
