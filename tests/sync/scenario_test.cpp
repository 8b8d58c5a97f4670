#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr char const* prompt_file = "llms/praxis-mueller-empfang.prompt.md";
constexpr char const* agent_file = "agents/praxis-mueller-empfang.json";
constexpr char const* llm_file = "llms/praxis-mueller-empfang.json";

void write_new_agent(world& w, std::string const& name)
{
    w.write("llms/" + name + ".json",
        R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent"})");
    w.write("agents/" + name + ".json",
        R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE", "response_engine": {"type": "retell-llm", "llm_id": "@llms/)" +
            name + "\"}}");
}

object_counts with_new_agents(world& w, std::size_t count)
{
    auto c = count_objects(w.sim.state());
    c.agents += count;
    c.llms += count;
    return c;
}

json::value* tool_named(json::object& engine, std::string_view name)
{
    auto& tools = engine.find("general_tools")->as_array();
    auto const it = std::ranges::find_if(
        tools, [&](json::value const& t) { return t.string_at("name") == name; });
    return it == tools.end() ? nullptr : &*it;
}

} // namespace

TEST_CASE("sync/03: the same change on both sides writes nothing and is no conflict")
{
    world w;
    w.pull();
    w.write(prompt_file, "Gleich.\n");
    w.publish_elsewhere("agent_reception", {{"general_prompt", "Gleich."}});
    auto const p = w.plan();
    CHECK(p.empty());
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/04: items of one list merge each on its own; two edits of one conflict there only")
{
    world w;
    w.pull();
    auto remote = w.call(retell::get_llm("llm_reception", 1));
    auto& tools = remote.as_object();
    auto& list = tools.find("general_tools")->as_array();
    list.push_back(json::parse(R"({"type": "end_call", "name": "bye", "description": "x"})"));
    std::erase_if(list, [](json::value const& t) { return t.string_at("name") == "end_call"; });
    SUBCASE("different items")
    {
        w.edit(llm_file, [](json::object& o) {
            tool_named(o, "book")->as_object().set("url", "https://tools.example.test/neu");
            std::erase_if(o.find("general_tools")->as_array(),
                [](json::value const& t) { return t.string_at("name") == "end_call"; });
        });
        w.publish_elsewhere("agent_reception", {{"general_tools", list}});
        auto const p = w.plan();
        CHECK(p.conflicts.empty());
        expect_done(w.apply(p));
        auto const after = w.call(retell::get_llm("llm_reception", 3)).at_or_null("general_tools");
        std::vector<std::string> names;
        for (auto const& t : after.as_array()) names.emplace_back(t.string_at("name"));
        CHECK(names == std::vector<std::string>{"book", "slots", "later", "bye"});
        CHECK(after.as_array()[0].string_at("url") == "https://tools.example.test/neu");
        w.check_oracles();
    }
    SUBCASE("the same item")
    {
        w.edit(llm_file, [](json::object& o) {
            tool_named(o, "book")->as_object().set("url", "https://tools.example.test/hier");
        });
        for (auto& t : list)
            if (t.string_at("name") == "book")
                t.as_object().set("url", "https://tools.example.test/dort");
        w.publish_elsewhere("agent_reception", {{"general_tools", list}});
        auto const p = w.plan();
        REQUIRE(p.conflicts.size() == 1);
        CHECK(p.conflicts[0].field.path == "general_tools[book].url");
        w.check_oracles();
    }
}

TEST_CASE("sync/05: an edit against a delete is a conflict, never a silent re-create")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125003.json", [](json::object& o) {
        auto& pins = o.find("inbound_agents")->as_array();
        std::erase_if(pins,
            [](json::value const& p) { return p.string_at("agent_id") == "@agents/notdienst"; });
        pins[0].as_object().set("weight", 1);
    });
    expect_done(w.apply(w.plan()));
    w.edit("agents/notdienst.json", [](json::object& o) { o.set("voice_speed", 1.4); });
    w.call(retell::delete_agent("agent_night"));
    auto const p = w.plan();
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].unit == "agents/notdienst");
    CHECK_FALSE(p.conflicts[0].field.remote);
    CHECK(p.units.empty());
    w.pull();
    CHECK(w.read("agents/notdienst.json").find("1.4") != std::string::npos);
    w.check_oracles();
}

TEST_CASE(
    "sync/06: two who publish at the same moment: no number moves, and the next plan has both")
{
    world w;
    w.pull();
    w.write(prompt_file, "Von hier.\n");
    auto const p = w.plan();
    bool raced = false;
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (!raced && r.target.starts_with("/publish-agent-version/")) {
            raced = true;
            w.publish_elsewhere("agent_reception", {}, {{"voice_speed", 1.3}});
        }
        return true;
    };
    auto const results = w.apply(p);
    w.before_request = nullptr;
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::conflict);
    CHECK(results[0].live);
    CHECK(results[0].numbers.empty());
    auto const pin = w.number("+493023125001").at_or_null("inbound_agents").as_array()[0];
    CHECK(pin.int_at("agent_version") == 1);
    auto const again = w.plan();
    CHECK(again.conflicts.empty());
    expect_done(w.apply(again));
    auto const merged = w.agent("agent_reception", 4);
    CHECK(merged.bool_at("is_published"));
    CHECK(merged.at_or_null("voice_speed").as_number().text() == "1.3");
    w.check_oracles();
}

TEST_CASE("sync/08: a create whose answer is lost leaves one object, however late lists show it")
{
    for (auto const delay : {0, 2'000, 29'000})
        for (auto const path : {"/create-retell-llm", "/create-agent"})
            for (auto const action :
                {R"("reset_after_commit")", R"("status", "commit": true, "status": 502)"}) {
                CAPTURE(delay);
                CAPTURE(path);
                CAPTURE(action);
                world w;
                w.pull();
                write_new_agent(w, "neu");
                auto const p = w.plan();
                auto const expected = with_new_agents(w, 1);
                w.option("list_delay_ms", delay);
                w.fault(std::string(R"([{"match": {"path": ")") + path + R"("}, "action": )" +
                    action + "}]");
                expect_done(w.apply(p));
                w.option("list_delay_ms", 0);
                w.check_oracles(expected);
            }
}

TEST_CASE("sync/08: an equal engine that was there before is never taken for the one we made")
{
    for (auto const action : {R"("reset_after_commit")", R"("status", "status": 502)"}) {
        CAPTURE(action);
        world w;
        w.pull();
        write_new_agent(w, "neu");
        auto const p = w.plan();
        auto const twin = w.call(retell::create_llm(json::parse(
            R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent"})")));
        w.fault(std::string(R"([{"match": {"path": "/create-retell-llm"}, "action": )") + action +
            "}]");
        expect_done(w.apply(p));
        for (auto const& row : w.db.bases(w.tenant, w.workspace))
            CHECK(row.id != twin.string_at("llm_id"));
        w.check_oracles();
    }
}

TEST_CASE("sync/08: equal engines created in one release are not taken for each other")
{
    world w;
    w.pull();
    write_new_agent(w, "neu-1");
    write_new_agent(w, "neu-2");
    auto const expected = with_new_agents(w, 2);
    w.fault(R"([{"match": {"path": "/create-retell-llm", "count": 2}, "action": "reset_after_commit"},
        {"match": {"path": "/create-agent", "count": 2}, "action": "reset_after_commit"}])");
    expect_done(w.apply(w.plan()));
    w.check_oracles(expected);
}

TEST_CASE(
    "sync/09: two candidates stop the adoption, with both ids and the command that resolves it")
{
    world w;
    w.pull();
    write_new_agent(w, "neu");
    auto const p = w.plan();
    auto const expected = with_new_agents(w, 1);
    w.after_answer = [&](std::uint64_t, http::request const& r) {
        return r.target != "/create-retell-llm";
    };
    w.apply(p);
    w.after_answer = nullptr;
    auto const twin = w.call(retell::create_llm(json::parse(
        R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent"})")));
    std::string const id(twin.string_at("llm_id"));
    auto const writes = w.writes;
    auto const results = w.resume();
    CHECK(w.writes == writes);
    CHECK(results[0].state == sync::unit_state::interrupted);
    CHECK(results[0].message.find("trunkline call delete-retell-llm '{\"llm_id\":\"" + id +
              "\"}'") != std::string::npos);
    w.call(retell::delete_llm(id));
    expect_done(w.resume());
    w.check_oracles(expected);
}

TEST_CASE(
    "sync/11: what fails keeps neither others nor its number, and the next run does only the rest")
{
    world w;
    w.pull();
    w.write(prompt_file, "Neu.\n");
    w.edit("flows/praxis-mueller-termine.json",
        [](json::object& o) { o.set("model_temperature", 0.5); });
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Neu"); });
    w.fault(
        R"([{"match": {"path": "/update-conversation-flow/"}, "action": "status", "status": 400}])");
    for (auto const& r : w.apply(w.plan())) {
        INFO(r.name, ": ", r.message);
        bool const refused = r.name == "agents/praxis-mueller-termine";
        CHECK((r.state == sync::unit_state::failed) == refused);
        CHECK((refused ? r.orphans.size() == 1 : r.orphans.empty()));
    }
    CHECK(w.last_state == store::release_state::partial);
    auto const pin = w.number("+493023125002").at_or_null("inbound_agents").as_array()[0];
    CHECK(pin.int_at("agent_version") == 0);
    auto const rest = w.plan();
    REQUIRE(rest.units.size() == 1);
    CHECK(rest.units[0].name == "agents/praxis-mueller-termine");
    expect_done(w.apply(rest));
    w.check_oracles();
}

TEST_CASE("sync/12: a publish that fails moves no number, and the draft is named")
{
    world w;
    w.pull();
    w.write(prompt_file, "Neu.\n");
    w.fault(
        R"([{"match": {"path": "/publish-agent-version/"}, "action": "status", "status": 400}])");
    auto const results = w.apply(w.plan());
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(results[0].orphans == std::vector<std::int64_t>{2});
    CHECK_FALSE(results[0].live);
    auto const pin = w.number("+493023125001").at_or_null("inbound_agents").as_array()[0];
    CHECK(pin.int_at("agent_version") == 1);
    w.fault("[]");
    expect_done(w.apply(w.plan()));
    w.check_oracles();
}

TEST_CASE("sync/14: a release taken back while its creates are unknown leaves none of them behind")
{
    for (auto const path : {"/create-retell-llm", "/create-agent"}) {
        CAPTURE(path);
        world w;
        w.pull();
        write_new_agent(w, "neu");
        auto const p = w.plan();
        auto const expected = count_objects(w.sim.state());
        w.after_answer = [&](std::uint64_t, http::request const& r) { return r.target != path; };
        w.apply(p);
        w.after_answer = nullptr;
        w.abandon();
        expect_done(w.rollback(w.last_release));
        std::filesystem::remove(w.bundle_dir() / "agents/neu.json");
        std::filesystem::remove(w.bundle_dir() / "llms/neu.json");
        w.check_oracles(expected);
    }
}

TEST_CASE("sync/22: what the service fills in is no difference at the next plan")
{
    world w;
    w.pull();
    write_new_agent(w, "neu");
    auto const expected = with_new_agents(w, 1);
    expect_done(w.apply(w.plan()));
    w.check_oracles(expected);
    w.pull();
    w.check_oracles(expected);
}

TEST_CASE("sync/23: a name changed in the dashboard is one field of the same agent")
{
    world w;
    w.pull();
    w.publish_elsewhere("agent_reception", {}, {{"agent_name", "Ganz anders"}});
    CHECK(w.plan().empty());
    CHECK(w.pull().created == 0);
    CHECK(w.read(agent_file).find("Ganz anders") != std::string::npos);
    w.check_oracles();
}

TEST_CASE("sync/36: cancelled at any request, the next run finishes it without a duplicate")
{
    for (std::uint64_t k = 1; k <= 20; ++k) {
        CAPTURE(k);
        world w;
        w.pull();
        w.write(prompt_file, "Neu.\n");
        write_new_agent(w, "neu");
        auto const p = w.plan();
        auto const expected = with_new_agents(w, 1);
        auto const at = w.requests + k;
        w.after_answer = [&](std::uint64_t number, http::request const&) {
            if (number == at) w.running->cancel();
            return true;
        };
        w.apply(p);
        w.after_answer = nullptr;
        if (w.last_state == store::release_state::running) expect_done(w.resume());
        w.check_oracles(expected);
    }
}

TEST_CASE("sync/28: weights count as decimals, and those that do not sum to 1 are refused before "
          "any write")
{
    world w;
    w.pull();
    auto const number = "numbers/+493023125001.json";
    auto const bind = [&](std::vector<char const*> const& weights) {
        w.edit(number, [&](json::object& o) {
            json::array pins;
            for (auto const* weight : weights)
                pins.push_back(json::parse(
                    R"({"agent_id": "@agents/notdienst", "agent_version": 0, "weight": )" +
                    std::string(weight) + "}"));
            o.set("inbound_agents", std::move(pins));
        });
    };
    SUBCASE("0.1 ten times is 1")
    {
        bind(std::vector<char const*>(10, "0.1"));
        expect_done(w.apply(w.plan()));
        auto const pins = w.number("+493023125001").at_or_null("inbound_agents");
        CHECK(pins.as_array().size() == 10);
        w.check_oracles();
    }
    SUBCASE("0.99 is not")
    {
        auto const writes = w.writes;
        std::vector<std::vector<char const*>> const wrong{{"0.99"}, {"0.5", "0.6"}, {"2"},
            {"-0.5", "1.5"}, {"0.3333333333333333", "0.6666666666666667"}};
        for (auto const& weights : wrong) {
            bind(weights);
            CHECK_THROWS_WITH_AS(
                w.plan(), doctest::Contains("+493023125001: inbound_agents"), error);
        }
        CHECK(w.writes == writes);
        w.check_oracles();
    }
}

TEST_CASE(
    "number: a fallback that leads to itself or on to another one is refused before any write")
{
    world w;
    w.pull();
    auto const fall_back = [&](std::string const& from, std::string const& to) {
        w.edit("numbers/" + from + ".json",
            [&](json::object& o) { o.set("fallback_number", "@numbers/" + to); });
    };
    fall_back("+493023125001", "+493023125001");
    CHECK_THROWS_WITH_AS(w.plan(), doctest::Contains("falls back to itself"), error);
    fall_back("+493023125001", "+493023125002");
    CHECK_NOTHROW(w.plan());
    fall_back("+493023125002", "+493023125003");
    CHECK_THROWS_WITH_AS(w.plan(), doctest::Contains("a fallback of its own"), error);
    CHECK(w.writes == 0);
}
