#include "sync/world.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

namespace {

/// The service says no to every publish until told otherwise.
void refuse_to_publish(world& w)
{
    w.refuse_request = [](http::request const& r) -> std::optional<http::reply> {
        if (r.target.find("publish-agent-version") == std::string::npos) return std::nullopt;
        return http::reply{400, R"({"status": "error", "message": "not today"})"};
    };
}

sync::unit_result result_of(std::vector<sync::unit_result> const& results, std::string_view unit)
{
    for (auto const& r : results)
        if (r.name == unit) return r;
    FAIL("no such unit: " << unit);
    return {};
}

/// What was created and not published, and the release that did it.
std::string leave_behind(world& w)
{
    refuse_to_publish(w);
    auto const r = result_of(w.apply(w.plan()), "agents/neu");
    w.refuse_request = nullptr;
    CHECK(r.state == sync::unit_state::failed);
    REQUIRE_FALSE(r.id.empty());
    CHECK(r.message.find(r.id) != std::string::npos);
    CHECK(r.message.find("is not published") != std::string::npos);
    CHECK(w.last_state == store::release_state::partial);
    return r.id;
}

} // namespace

TEST_CASE("sync/12: a new agent whose publish is refused is gone on with, not created again")
{
    world w;
    w.pull();
    write_new_agent(w);
    auto const id = leave_behind(w);
    SUBCASE("at once") {}
    SUBCASE("after a pull")
    {
        w.pull();
    }
    SUBCASE("refused twice")
    {
        refuse_to_publish(w);
        auto const r = result_of(w.apply(w.plan()), "agents/neu");
        w.refuse_request = nullptr;
        CHECK(r.state == sync::unit_state::failed);
        CHECK(r.id == id);
    }
    SUBCASE("with edits of its files")
    {
        w.edit("agents/neu.json", [](json::object& o) { o.set("voice_speed", 1.1); });
        w.write("llms/neu.json",
            R"({"model": "gpt-4.1", "general_prompt": "Guten Tag.", "start_speaker": "agent"})");
    }
    SUBCASE("with a number that is to lead to it")
    {
        w.edit("numbers/+493023125003.json", [](json::object& o) {
            o["inbound_agents"] = json::parse(
                R"([{"agent_id": "@agents/neu", "agent_version": "released", "weight": 1}])");
        });
    }
    auto const p = w.plan();
    CHECK(sync::plan::from_json(p.to_json()).digest() == p.digest());
    auto const results = w.apply(p);
    expect_done(results);
    CHECK(result_of(results, "agents/neu").id == id);
    auto const agent = w.agent(id, 0);
    CHECK(agent.bool_at("is_published"));
    CHECK(w.versions(id).size() == 1);
    w.check_oracles();
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE(
    "sync/12: what somebody edited of an agent that was left unpublished is not published over")
{
    world w;
    w.pull();
    write_new_agent(w);
    auto const id = leave_behind(w);
    w.call(retell::update_agent(id, 0, json::object{{"voice_speed", 0.9}}));
    w.edit("agents/neu.json", [](json::object& o) { o.set("voice_speed", 1.1); });
    CHECK(result_of(w.apply(w.plan()), "agents/neu").state == sync::unit_state::conflict);
    CHECK_FALSE(w.agent(id, 0).bool_at("is_published"));
    CHECK(w.agent(id, 0).at_or_null("voice_speed") == json::value(0.9));
    w.edit("agents/neu.json", [](json::object& o) { o.erase("voice_speed"); });
    w.edits.local_overridden();
    w.pull();
    expect_done(w.apply(w.plan()));
    CHECK(w.agent(id, 0).bool_at("is_published"));
    CHECK(w.agent(id, 0).at_or_null("voice_speed") == json::value(0.9));
    w.check_oracles();
}

TEST_CASE(
    "sync/07: going on with an agent that was left unpublished survives a kill at any request")
{
    disturb_at_each_request(
        [](world& w) {
            w.pull();
            write_new_agent(w);
            auto const id = leave_behind(w);
            w.edit("agents/neu.json", [](json::object& o) { o.set("voice_speed", 1.1); });
            return rehearsal(w.plan(), [id](world& v) {
                CHECK(v.agent(id, 0).bool_at("is_published"));
                CHECK(v.versions(id).size() == 1);
                v.check_oracles();
            });
        },
        {disturbance::killed_before, disturbance::killed_after, disturbance::answer_lost});
}

TEST_CASE("sync/14: an agent that was left unpublished goes when its release is taken back")
{
    world w;
    w.pull();
    auto const before = count_objects(w.sim.state());
    write_new_agent(w);
    leave_behind(w);
    expect_done(w.rollback(w.last_release));
    std::filesystem::remove_all(w.bundle_dir());
    w.workspace = store::new_workspace_id();
    w.pull();
    w.check_oracles(before);
}

TEST_CASE("sync/26: a circle of which one is left unpublished is gone on with")
{
    world w;
    w.pull();
    for (std::string const name : {"anna", "bernd"}) {
        std::string const other = name == "anna" ? "bernd" : "anna";
        w.write("llms/" + name + ".json",
            R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent",
                "general_tools": [{"type": "agent_swap", "name": "weiter",
                    "description": "Weitergeben", "agent_id": "@agents/)" +
                other + R"(", "post_call_analysis_setting": "both_agents"}]})");
        w.write("agents/" + name + ".json",
            R"({"agent_name": ")" + name +
                R"(", "voice_id": "11labs-Carola", "language": "de-DE",
                "response_engine": {"type": "retell-llm", "llm_id": "@llms/)" +
                name + "\"}}");
    }
    refuse_to_publish(w);
    w.apply(w.plan());
    w.refuse_request = nullptr;
    expect_done(w.apply(w.plan()));
    w.check_oracles();
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        if (row.kind == "agent" && (row.name == "anna" || row.name == "bernd"))
            CHECK(w.agent(row.id, 0).bool_at("is_published"));
}

TEST_CASE("sync/14: what a rollback made anew and could not publish, the next one publishes")
{
    world w;
    w.pull();
    auto counts = count_objects(w.sim.state());
    unbind_night(w);
    ask_to_delete(w, {"agents/notdienst", "llms/notdienst"});
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    refuse_to_publish(w);
    auto const first = result_of(w.rollback(release), "agents/notdienst");
    w.refuse_request = nullptr;
    CHECK(first.state == sync::unit_state::failed);
    REQUIRE_FALSE(first.id.empty());
    CHECK(first.message.find(first.id) != std::string::npos);
    auto const second = w.rollback(release);
    expect_done(second);
    CHECK(result_of(second, "agents/notdienst").id == first.id);
    CHECK(w.agent(first.id, 0).bool_at("is_published"));
    std::filesystem::remove(w.bundle_dir() / "deleted.json");
    w.pull();
    w.check_oracles(counts);
}
