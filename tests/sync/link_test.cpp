#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr std::array<char const*, 3> names{"anna", "bernd", "clara"};

std::string next_of(std::size_t i)
{
    return names[(i + 1) % names.size()];
}

/// anna hands over to bernd, bernd to clara, clara to anna; each agent has an engine of its own.
void write_cycle(world& w)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string const name = names[i];
        w.write("llms/" + name + ".json",
            R"({"model": "gpt-4.1", "general_prompt": "Hallo.", "start_speaker": "agent",
                "general_tools": [
                    {"type": "end_call", "name": "ende", "description": "Auflegen"},
                    {"type": "agent_swap", "name": "weiter", "description": "Weitergeben", "agent_id": "@agents/)" +
                next_of(i) + R"(", "post_call_analysis_setting": "both_agents"}]})");
        w.write("agents/" + name + ".json",
            R"({"agent_name": ")" + name +
                R"(", "voice_id": "11labs-Carola", "language": "de-DE",
                "response_engine": {"type": "retell-llm", "llm_id": "@llms/)" +
                name + "\"}}");
    }
}

std::string id_of(world& w, std::string_view kind, std::string const& name)
{
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        if (row.kind == kind && row.name == name) return row.id;
    return {};
}

/// Each of the three exists once, is published, and its tool leads to the id of the next.
void check_cycle(world& w)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string const name = names[i];
        CAPTURE(name);
        auto const id = id_of(w, "agent", name);
        REQUIRE_FALSE(id.empty());
        auto const agent = w.agent(id, 0);
        CHECK(agent.bool_at("is_published"));
        auto const llm = w.call(retell::get_llm(id_of(w, "retell-llm", name), 0));
        auto const& tools = llm.at_or_null("general_tools").as_array();
        REQUIRE(tools.size() == 2);
        CHECK(tools[1].string_at("agent_id") == id_of(w, "agent", next_of(i)));
        CHECK(w.versions(id).size() == 1);
    }
    std::map<std::string, int> count;
    auto const account = w.sim.state();
    for (auto const& record : account.at_or_null("agents").as_array())
        ++count[std::string(record.at_or_null("versions").as_array().back().string_at("agent_name"))];
    for (auto const* name : names) CHECK(count[name] == 1);
}

} // namespace

TEST_CASE("sync/26: three agents that hand over to each other are created from nothing and linked")
{
    world w;
    w.pull();
    write_cycle(w);
    auto const p = w.plan();
    CHECK(p.units.size() == 9);
    CHECK(sync::plan::from_json(p.to_json()).digest() == p.digest());
    expect_done(w.apply(p));
    check_cycle(w);
    w.check_oracles();
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/26: killed at any request of it, the next run finishes the circle")
{
    auto const prepare = [](world& w) {
        w.pull();
        write_cycle(w);
        return w.plan();
    };
    std::uint64_t total = 0;
    {
        world w;
        auto const p = prepare(w);
        auto const from = w.requests;
        w.apply(p);
        total = w.requests - from;
        w.check_oracles();
    }
    for (bool const before : {true, false})
        for (std::uint64_t k = 1; k <= total; ++k) {
            CAPTURE(before);
            CAPTURE(k);
            world w;
            auto const p = prepare(w);
            auto const fatal = w.requests + k;
            (before ? w.before_request : w.after_answer) =
                [&](std::uint64_t number, http::request const&) { return number != fatal; };
            w.apply(p);
            w.before_request = nullptr;
            w.after_answer = nullptr;
            expect_done(w.resume());
            check_cycle(w);
            w.check_oracles();
        }
}

TEST_CASE("sync/26: a circle is taken back as a whole, wherever its release was killed")
{
    for (std::uint64_t k = 1; k <= 60; k += 2) {
        CAPTURE(k);
        world w;
        w.pull();
        auto const before = count_objects(w.sim.state());
        write_cycle(w);
        auto const p = w.plan();
        auto const fatal = w.requests + k;
        w.after_answer = [&](std::uint64_t number, http::request const&) { return number != fatal; };
        w.apply(p);
        w.after_answer = nullptr;
        if (w.db.release(w.tenant, w.last_release)->state == store::release_state::running)
            w.abandon();
        try {
            expect_none_failed(w.rollback(w.last_release)); // there may be nothing to take back
        } catch (error const& e) {
            CHECK(e.code() == errc::unknown_release); // nothing of it had been done
        }
        auto const account = w.sim.state();
        for (auto const& what : check_counts(account, before)) FAIL_CHECK(what);
        for (auto const& what : check_references(account)) FAIL_CHECK(what);
        std::filesystem::remove_all(w.bundle_dir());
        w.workspace = store::new_workspace_id();
        w.pull(); // a folder of its own: in the old one the files would be new again
        w.check_oracles(before);
    }
}

TEST_CASE("sync/14: a circle of which one has somebody's draft is not torn apart by taking it back")
{
    world w;
    w.pull();
    auto const before = count_objects(w.sim.state());
    write_cycle(w);
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    auto const made = count_objects(w.sim.state());
    auto const draft = w.call(retell::create_agent_version(id_of(w, "agent", "bernd"), 0));
    for (auto const& r : w.rollback(release)) {
        CAPTURE(r.name);
        CHECK(r.state ==
            (r.name == "agents/bernd" ? sync::unit_state::conflict : sync::unit_state::skipped));
    }
    for (auto const& what : check_counts(w.sim.state(), made)) FAIL_CHECK(what);
    w.call(retell::delete_agent_version(
        std::string(draft.string_at("agent_id")), draft.int_at("version")));
    check_cycle(w);
    w.check_oracles(made);
    expect_done(w.rollback(release));
    std::filesystem::remove_all(w.bundle_dir());
    w.workspace = store::new_workspace_id();
    w.pull();
    w.check_oracles(before);
}

TEST_CASE("link: a released engine may name an agent that the same plan creates")
{
    world w;
    w.pull();
    auto const before = count_objects(w.sim.state());
    write_new_agent(w);
    w.edit("llms/praxis-mueller-empfang.json", [](json::object& o) {
        o.find("general_tools")->as_array().push_back(json::parse(R"({"type": "agent_swap", "name": "weiter",
                "description": "Weitergeben", "agent_id": "@agents/neu",
                "post_call_analysis_setting": "both_agents"})"));
    });
    expect_done(w.apply(w.plan()));
    auto const llm = w.call(retell::get_llm("llm_reception", 2));
    CHECK(llm.at_or_null("general_tools").as_array().back().string_at("agent_id") ==
        id_of(w, "agent", "neu"));
    w.check_oracles();
    // Taken back, it goes: what led to it is taken back with it.
    expect_done(w.rollback(w.last_release));
    for (auto const& what : check_counts(w.sim.state(), before)) FAIL_CHECK(what);
}

TEST_CASE("link: what refers to an agent that could not be created is skipped with the reason")
{
    world w;
    w.pull();
    write_cycle(w);
    w.fault(R"([{"match": {"path": "/create-agent"}, "action": "status", "status": 400}])");
    auto const results = w.apply(w.plan());
    std::size_t failed = 0, skipped = 0;
    for (auto const& r : results) {
        failed += r.state == sync::unit_state::failed;
        skipped += r.state == sync::unit_state::skipped;
        if (r.state == sync::unit_state::skipped)
            CHECK(r.message.find("which was not created") != std::string::npos);
    }
    CHECK(failed == 1);
    CHECK(skipped == 1);
    // The next run makes the rest of it.
    expect_done(w.apply(w.plan()));
    auto const account = w.sim.state();
    for (auto const& what : check_references(account)) FAIL_CHECK(what);
    w.check_oracles();
}

TEST_CASE("link: a flow's node that hands over is an end node until its agent is there")
{
    world w;
    w.pull();
    w.write("flows/kreis.json",
        R"({"start_speaker": "agent", "model_choice": {"type": "cascading", "model": "gpt-4.1"},
            "start_node_id": "n1", "nodes": [
              {"id": "n1", "type": "conversation", "name": "Anfang", "instruction": {"type": "prompt", "text": "Hallo."},
               "edges": [{"id": "e1", "destination_node_id": "n2", "transition_condition": {"type": "prompt", "prompt": "weiter"}}]},
              {"id": "n2", "type": "agent_swap", "name": "Wieder", "agent_id": "@agents/kreis", "post_call_analysis_setting": "both_agents",
               "edge": {"id": "e2", "transition_condition": {"type": "prompt", "prompt": "Transfer failed"}}}]})");
    w.write("agents/kreis.json",
        R"({"agent_name": "Kreis", "voice_id": "11labs-Carola", "language": "de-DE",
            "response_engine": {"type": "conversation-flow", "conversation_flow_id": "@flows/kreis"}})");
    expect_done(w.apply(w.plan()));
    auto const flow = w.call(retell::get_flow(id_of(w, "conversation-flow", "kreis"), 0));
    auto const& nodes = flow.at_or_null("nodes").as_array();
    REQUIRE(nodes.size() == 2);
    CHECK(nodes[1].string_at("type") == "agent_swap");
    CHECK(nodes[1].string_at("agent_id") == id_of(w, "agent", "kreis"));
    w.check_oracles();
}
