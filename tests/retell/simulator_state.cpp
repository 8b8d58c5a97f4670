#include "simulator_support.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/random.hpp>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

/// Some work of every kind, drawn from a seed.
void work(simulated_account& account, std::uint64_t seed)
{
    random_source random(seed);
    std::vector<std::string> llms, agents;
    for (int i = 0; i < 60; ++i) {
        account.time.advance(std::chrono::milliseconds(random.below(5)));
        auto const pick = [&](auto const& from) { return from[random.below(from.size())]; };
        switch (agents.empty() ? random.below(2) : random.below(6)) {
        case 0: llms.push_back(account.make_llm()); break;
        case 1:
            if (llms.empty()) llms.push_back(account.make_llm());
            agents.push_back(account.make_agent(pick(llms)));
            break;
        case 2:
            account.send(
                "POST", "/publish-agent-version/" + pick(agents), json::object{{"version", 0}});
            break;
        case 3:
            account.send(
                "POST", "/create-agent-version/" + pick(agents), json::object{{"base_version", 0}});
            break;
        case 4:
            account.send(
                "PATCH", "/update-retell-llm/" + pick(llms), json::object{{"general_prompt", i}});
            account.send("PATCH", "/update-retell-llm/" + pick(llms),
                json::object{{"general_prompt", std::to_string(i)}});
            break;
        case 5: {
            json::object const binding{{"agent_id", pick(agents)}, {"weight", 1}};
            account.send("POST", "/create-phone-number",
                json::object{{"area_code", 415}, {"inbound_agents", json::array{binding}}});
            break;
        }
        }
    }
}

} // namespace

TEST_CASE("simulator state: the same seed, time and requests give the same state")
{
    for (std::uint64_t seed : {1u, 2u, 77u}) {
        CAPTURE(seed);
        simulator_options options;
        options.seed = seed;
        simulated_account a(options), b(options);
        work(a, seed);
        work(b, seed);
        CHECK(a.sim.state_text() == b.sim.state_text());
        options.seed = seed + 1;
        simulated_account c(options);
        work(c, seed);
        CHECK(a.sim.state_text() != c.sim.state_text());
    }
}

TEST_CASE("simulator state: saved, loaded and gone on with, nothing differs")
{
    for (std::uint64_t seed : {3u, 4u, 5u}) {
        CAPTURE(seed);
        simulated_account a;
        work(a, seed);
        auto const saved = a.sim.state_text();
        simulated_account b;
        b.time.advance(std::chrono::milliseconds(a.time.unix_ms() - b.time.unix_ms()));
        b.sim.load_state(json::parse(saved));
        CHECK(b.sim.state_text() == saved);
        // Ids, timestamps and uses go on from where they were.
        for (auto* account : {&a, &b}) {
            auto const llm = account->make_llm();
            account->send("DELETE", "/delete-retell-llm/" + llm);
            account->make_agent(account->make_llm());
        }
        CHECK(a.sim.state_text() == b.sim.state_text());
    }
}

TEST_CASE("simulator state: unknown members survive at every level")
{
    auto const text =
        R"({"format":1,"invented":{"n":31.4500},"agents":[{"agent_id":"a","mine":[1e400],
        "versions":[{"agent_id":"a","version":0,"is_published":true,"voice_id":"v","odd":null,
        "last_modification_timestamp":5,"response_engine":{"type":"retell-llm","llm_id":"l","version":0}}]}],
        "retell_llms":[{"llm_id":"l","versions":[{"llm_id":"l","version":0,"is_published":true,
        "last_modification_timestamp":5,"big":12345678901234567890}]}],"next_id":9})";
    simulated_account account;
    account.sim.load_state(json::parse(text));
    auto const state = account.sim.state();
    CHECK(json::to_text(*state.find("invented")) == R"({"n":31.4500})");
    CHECK(json::to_text(*state.find("agents")->as_array()[0].find("mine")) == "[1e400]");
    CHECK(state.int_at("next_id") == 9);
    CHECK(account.agent("a").find("odd") != nullptr);
    auto const draft = account.fork("a", 0);
    CHECK(draft.find("odd")->is_null());
    CHECK(account.llm("l", "1").find("big")->as_number().text() == "12345678901234567890");
}

TEST_CASE("simulator state: an engine is as published as the agents on it")
{
    simulated_account account;
    account.sim.load_state(json::parse(R"({"format":1,"agents":[{"agent_id":"a","versions":[
        {"agent_id":"a","version":0,"is_published":true,"voice_id":"v",
         "response_engine":{"type":"conversation-flow","conversation_flow_id":"f","version":0}}]}],
        "conversation_flows":[{"conversation_flow_id":"f","versions":[
        {"conversation_flow_id":"f","version":0,"nodes":[]},{"conversation_flow_id":"f","version":1,"nodes":[]}]}]})"));
    CHECK(account.get("/get-voice/v").string_at("voice_id") == "v"); // what is spoken with exists
    account.refused(400, "PATCH", "/update-conversation-flow/f?version=0", json::object{});
    account.expect(200, "PATCH", "/update-conversation-flow/f?version=1", json::object{});
}

TEST_CASE("simulator state: what is no state is refused, and the old state stays")
{
    simulated_account account;
    auto const llm = account.make_llm();
    for (auto const* bad : {"[]", "{}", R"({"format":2})", R"({"format":1,"agents":{}})",
             R"({"format":1,"agents":[{"agent_id":"a"}]})",
             R"({"format":1,"agents":[{"versions":[]}]})",
             R"({"format":1,"retell_llms":[{"llm_id":"l","versions":[{"version":0},{"version":0}]}]})",
             R"({"format":1,"retell_llms":[{"llm_id":"l","versions":[{"llm_id":"m"}]}]})",
             R"({"format":1,"retell_llms":[{"llm_id":"l","versions":[3]}]})",
             R"({"format":1,"phone_numbers":[{}]})"})
    {
        INFO(bad);
        CHECK_THROWS_AS(account.sim.load_state(json::parse(bad)), trunkline::error);
        account.refused(400, "PUT", "/__simulator/state", json::parse(bad));
    }
    account.llm(llm);
}

TEST_CASE("simulator state: read and replaced through the control path")
{
    simulated_account a, b;
    work(a, 11);
    auto const saved = a.send("GET", "/__simulator/state").body;
    CHECK(saved == a.sim.state_text());
    auto const before = b.sim.changes();
    b.expect(200, "PUT", "/__simulator/state", json::parse(saved));
    CHECK(b.sim.changes() > before);
    CHECK(b.sim.state_text() == saved);
}

TEST_CASE("simulator edit: works as somebody at the dashboard would")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    account.publish(agent, 0);
    json::object edit{{"agent_id", agent}, {"engine_patch", json::object{{"general_prompt", "new"}}},
        {"agent_patch", json::object{{"voice_speed", 1.2}}}};
    auto const done = account.expect(200, "POST", "/__simulator/edit", edit);
    CHECK(done.int_at("version") == 1);
    CHECK(account.agent(agent, "1").bool_at("is_published"));
    CHECK(account.agent(agent, "1").find("voice_speed")->as_number().to_double() == 1.2);
    CHECK(account.llm(llm, "1").string_at("general_prompt") == "new");
    CHECK(account.llm(llm, "0").string_at("general_prompt") == "Hello");
    edit.set("publish", false);
    account.expect(200, "POST", "/__simulator/edit", edit);
    CHECK_FALSE(account.agent(agent).bool_at("is_published", true));

    account.expect(
        201, "POST", "/create-phone-number", json::object{{"phone_number", "+14155550100"}});
    account.expect(200, "POST", "/__simulator/edit",
        json::parse(R"({"phone_number":"+14155550100","number_patch":{"nickname":"theirs"}})"));
    CHECK(account.get("/get-phone-number/+14155550100").string_at("nickname") == "theirs");
    account.refused(400, "POST", "/__simulator/edit", json::object{});
    account.refused(422, "POST", "/__simulator/edit", json::object{{"agent_id", "nobody"}});
}

TEST_CASE("simulator add-unknown-fields: reaches published versions, tools, states and nodes")
{
    simulated_account account;
    auto const llm =
        account.make_llm(json::parse(R"({"general_tools":[{"type":"end_call","name":"e"}],
        "states":[{"name":"s","tools":[{"type":"end_call","name":"t"}]}],"starting_state":"s"})")
                             .as_object());
    auto const agent = account.make_agent(llm);
    auto const flow = account.make_flow();
    account.publish(agent, 0);
    account.expect(
        201, "POST", "/create-phone-number", json::object{{"phone_number", "+14155550100"}});
    auto const stamp = account.agent(agent).int_at("last_modification_timestamp");
    auto const done = account.expect(200, "POST", "/__simulator/add-unknown-fields");
    CHECK(done.int_at("documents") == 4);
    CHECK(done.int_at("members") == 8);
    auto const has = [](json::value const* v) { return v && v->find("vendor_preview") != nullptr; };
    auto const changed = account.llm(llm);
    CHECK(has(&changed));
    CHECK(has(json::pointer("/general_tools/0").resolve(changed)));
    CHECK(has(json::pointer("/states/0/tools/0").resolve(changed)));
    auto const nodes = account.get("/get-conversation-flow/" + flow);
    CHECK(has(json::pointer("/nodes/0").resolve(nodes)));
    auto const number = account.get("/get-phone-number/+14155550100");
    CHECK(has(&number));
    auto const published = account.agent(agent);
    CHECK(has(&published));
    CHECK(published.bool_at("is_published"));
    CHECK(published.int_at("last_modification_timestamp") > stamp); // so that a pull sees it
    // Once is enough.
    CHECK(account
              .expect(200, "POST", "/__simulator/add-unknown-fields", json::object{{"touch", false}})
              .int_at("members") == 0);
    CHECK(account.agent(agent).int_at("last_modification_timestamp") ==
        published.int_at("last_modification_timestamp"));
}
