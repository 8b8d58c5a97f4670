#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

TEST_CASE("simulator: the life of a release, as the official SDK drives it (recipe C)")
{
    simulated_account account;
    // 1
    auto const llm = account.expect(201, "POST", "/create-retell-llm",
        json::object{{"general_prompt", "P0"}, {"model", "gpt-4.1"}, {"start_speaker", "agent"}});
    auto const llm_id = std::string(llm.string_at("llm_id"));
    auto const agent_id = account.make_agent(llm_id);
    auto const first = account.agent(agent_id);
    CHECK(first.int_at("version") == 0);
    CHECK(first.bool_at("is_published", true) == false);
    CHECK(engine_version(first) == 0);
    // 2
    auto const published =
        account.send("POST", "/publish-agent-version/" + agent_id, json::object{{"version", 0}});
    CHECK(published.status == 200);
    CHECK(published.body.empty());
    CHECK(published.headers.get("content-type").starts_with("application/json"));
    CHECK(published.framing == http::framing::chunked);
    auto const v0 = account.agent(agent_id, "0");
    auto const llm_v0 = account.llm(llm_id, "0");
    CHECK(v0.bool_at("is_published"));
    CHECK(llm_v0.bool_at("is_published"));
    // 3 and 4
    CHECK(account.refused(422, "PATCH", "/update-agent/" + agent_id + "?version=0",
              json::object{{"voice_speed", 1.1}}) ==
        "Cannot update published agent other than version title");
    CHECK(account.refused(400, "PATCH", "/update-retell-llm/" + llm_id + "?version=0",
              json::object{{"general_prompt", "x"}}) == "Cannot update published LLM");
    // 5
    auto const draft = account.fork(agent_id, 0);
    CHECK(draft.int_at("version") == 1);
    CHECK(draft.int_at("base_version") == 0);
    CHECK_FALSE(draft.bool_at("is_published", true));
    CHECK(engine_version(draft) == 1);
    CHECK(account.llm(llm_id, "1").string_at("general_prompt") == "P0");
    // 6
    account.expect(200, "PATCH", "/update-agent/" + agent_id + "?version=1",
        json::object{{"voice_speed", 1.1}});
    account.expect(200, "PATCH", "/update-retell-llm/" + llm_id + "?version=1",
        json::object{{"general_prompt", "P1"}});
    account.publish(agent_id, 1);
    auto const versions = account.get("/list-agent-versions/" + agent_id);
    REQUIRE(versions.find("items")->as_array().size() == 2);
    for (auto const& row : versions.find("items")->as_array()) CHECK(row.bool_at("is_published"));
    CHECK(json::identical(account.agent(agent_id, "0"), v0));
    CHECK(json::identical(account.llm(llm_id, "0"), llm_v0));
    CHECK(account.llm(llm_id, "1").string_at("general_prompt") == "P1");
    // 7
    account.expect(201, "POST", "/import-phone-number",
        json::object{{"phone_number", "+4930123"}, {"termination_uri", "sip.example.net"}});
    for (int pin : {1, 0}) {
        json::object const binding{{"agent_id", agent_id}, {"agent_version", pin}, {"weight", 1}};
        auto const number = account.expect(200, "PATCH", "/update-phone-number/+4930123",
            json::object{{"inbound_agents", json::array{binding}}});
        CHECK(number.find("inbound_agents")->as_array()[0].int_at("agent_version") == pin);
    }
    json::object const half{{"agent_id", agent_id}, {"weight", 0.99}};
    account.refused(400, "PATCH", "/update-phone-number/+4930123",
        json::object{{"inbound_agents", json::array{half}}});
    // 8
    auto const rollback = account.fork(agent_id, 0);
    CHECK(rollback.int_at("version") == 2);
    account.publish(agent_id, 2);
    CHECK(account.llm(llm_id, "2").string_at("general_prompt") == "P0");
    CHECK(*account.agent(agent_id, "2").find("voice_speed") == *v0.find("voice_speed"));
}

TEST_CASE("simulator: a published agent takes a new title and nothing else")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    account.publish(agent, 0);
    auto const titled = account.expect(
        200, "PATCH", "/update-agent/" + agent, json::object{{"version_title", "Summer hours"}});
    CHECK(titled.string_at("version_title") == "Summer hours");
    CHECK(titled.bool_at("is_published"));
    account.refused(422, "PATCH", "/update-agent/" + agent,
        json::object{{"version_title", "x"}, {"agent_name", "y"}});
    account.refused(422, "PATCH", "/update-agent/" + agent, json::object{{"invented_field", 1}});
    CHECK(account.agent(agent).string_at("version_title") == "Summer hours");
}

TEST_CASE("simulator: a published flow refuses updates in its own words")
{
    simulated_account account;
    auto const flow = account.make_flow();
    json::object const engine{{"type", "conversation-flow"}, {"conversation_flow_id", flow}};
    auto const agent =
        std::string(account
                        .expect(201, "POST", "/create-agent",
                            json::object{{"voice_id", "retell-Cimo"}, {"response_engine", engine}})
                        .string_at("agent_id"));
    account.publish(agent, 0);
    CHECK(account.refused(400, "PATCH", "/update-conversation-flow/" + flow,
              json::object{{"global_prompt", "x"}}) == "Cannot update published conversation flow");
    CHECK(engine_version(account.fork(agent, 0)) == 1);
    account.expect(200, "PATCH", "/update-conversation-flow/" + flow,
        json::object{{"global_prompt", "x"}}); // the latest is the draft now
    CHECK(account.get("/get-conversation-flow/" + flow + "?version=0").find("global_prompt") ==
        nullptr);
}

TEST_CASE("simulator: publish wants the version in the body, answers as configured, opens no draft")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const path = "/publish-agent-version/" + agent;
    auto const refused =
        account.expect(400, "POST", path + "?version=0", json::object{{"version", 0}});
    CHECK(refused.string_at("error_message") == "Unknown query parameter 'version'");
    account.refused(400, "POST", path, json::object{});
    account.refused(400, "POST", path, json::object{{"version", "latest"}});
    account.refused(404, "POST", path, json::object{{"version", 7}});
    CHECK_FALSE(account.agent(agent).bool_at("is_published"));

    account.send("POST", "/__simulator/options", json::object{{"publish", "length_zero"}});
    auto const plain = account.send("POST", path,
        json::object{{"version", 0}, {"version_title", "T"}, {"version_description", "D"}});
    CHECK(plain.status == 200);
    CHECK(plain.framing == http::framing::content_length);
    CHECK(account.agent(agent).string_at("version_title") == "T");
    CHECK(account.agent(agent).string_at("version_description") == "D");
    CHECK(account.get("/get-agent-versions/" + agent).as_array().size() == 1);

    account.send("POST", "/__simulator/options", json::object{{"publish", "no_content"}});
    CHECK(account.send("POST", path, json::object{{"version", 0}}).status == 204);
}

TEST_CASE("simulator: several drafts live side by side and any of them can be published")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    account.publish(agent, 0);
    account.fork(agent, 0);
    account.fork(agent, 0);
    account.expect(200, "PATCH", "/update-retell-llm/" + llm + "?version=1",
        json::object{{"general_prompt", "one"}});
    account.expect(200, "PATCH", "/update-retell-llm/" + llm + "?version=2",
        json::object{{"general_prompt", "two"}});
    account.publish(agent, 1);
    CHECK(account.agent(agent, "1").bool_at("is_published"));
    CHECK_FALSE(account.agent(agent, "2").bool_at("is_published", true));
    CHECK(account.llm(llm, "1").string_at("general_prompt") == "one");
    CHECK_FALSE(account.llm(llm, "2").bool_at("is_published", true));
    // A fork of a draft carries the draft's content and says where it came from.
    auto const third = account.fork(agent, 2);
    CHECK(third.int_at("base_version") == 2);
    CHECK(account.llm(llm, "3").string_at("general_prompt") == "two");
}

TEST_CASE("simulator: a fork does not inherit titles, and unknown bases are refused")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    account.expect(200, "PATCH", "/update-agent/" + agent,
        json::object{{"version_title", "T"}, {"version_description", "D"}});
    auto const draft = account.fork(agent, 0);
    CHECK(draft.find("version_title") == nullptr);
    CHECK(draft.find("version_description") == nullptr);
    auto const path = "/create-agent-version/" + agent;
    account.refused(404, "POST", path, json::object{{"base_version", 9}});
    account.refused(400, "POST", path, json::object{});
    account.refused(400, "POST", path, json::object{{"base_version", -1}});
    account.refused(422, "POST", "/create-agent-version/nobody", json::object{{"base_version", 0}});
    CHECK(account.get("/get-agent-versions/" + agent).as_array().size() == 2);
}

TEST_CASE("simulator: references to a version")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const version_of = [&](std::string_view reference) {
        return account.agent(agent, reference).int_at("version");
    };
    CHECK(version_of("latest_published") == 0); // never published: its latest draft
    account.send(
        "POST", "/__simulator/options", json::object{{"latest_published_falls_back", false}});
    account.refused(422, "GET", "/get-agent/" + agent + "?version=latest_published");
    account.publish(agent, 0);
    account.fork(agent, 0);
    CHECK(version_of("") == 1);
    CHECK(version_of("latest") == 1);
    CHECK(version_of("latest_published") == 0);
    CHECK(version_of("0") == 0);
    CHECK(version_of("prod") == 1); // exists, points nowhere: latest
    auto const unknown = account.refused(422, "GET", "/get-agent/" + agent + "?version=canary");
    CHECK(unknown.find("canary") != std::string::npos);
    account.refused(404, "GET", "/get-agent/" + agent + "?version=17");
    account.expect(200, "GET", "/get-agent/" + agent + "?version="); // null parameters come so
}

TEST_CASE("simulator: an assigned tag leads to its version and is named by it")
{
    simulated_account account;
    account.sim.load_state(json::parse(R"({"format":1,"agents":[{"agent_id":"a","tags":
        {"prod":{"version":0,"dynamic_variables":{"x":"y"}},"staging":{}},"versions":[
        {"agent_id":"a","version":0,"is_published":true,"voice_id":"v","response_engine":{"type":"custom-llm"}},
        {"agent_id":"a","version":1,"is_published":false,"voice_id":"v","response_engine":{"type":"custom-llm"}}]}]})"));
    CHECK(account.agent("a", "prod").int_at("version") == 0);
    CHECK(account.agent("a", "staging").int_at("version") == 1);
    CHECK(*account.agent("a", "0").find("assigned_tags") == json::value(json::array{"prod"}));
    auto const page = account.expect(200, "POST", "/v2/list-agents", json::object{});
    auto const& tags = *page.find("items")->as_array()[0].find("tags");
    CHECK(tags.at_or_null("prod").int_at("version") == 0);
    CHECK(tags.at_or_null("prod").at_or_null("dynamic_variables").string_at("x") == "y");
    account.refused(422, "DELETE", "/delete-agent-version/a?version=0"); // a tag holds it
}

TEST_CASE("simulator: list-agent-versions has rows without configuration, pages both ways")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    for (int base = 0; base < 4; ++base) account.fork(agent, base);
    auto const path = "/list-agent-versions/" + agent;
    auto page = account.get(path + "?limit=2");
    auto const& row = page.find("items")->as_array()[0];
    CHECK(row.int_at("version") == 4);
    CHECK(row.int_at("base_version") == 3);
    CHECK(row.find("voice_id") == nullptr);
    CHECK(row.int_at("last_modification_timestamp") > 0);
    std::string seen;
    for (auto order : {"descending", "ascending"}) {
        std::string cursor;
        do {
            page = account.get(path + "?limit=2&sort_order=" + order + "&pagination_key=" + cursor);
            for (auto const& v : page.find("items")->as_array())
                seen += std::to_string(v.int_at("version"));
            cursor = page.string_at("pagination_key");
            for (auto at = cursor.find('='); at != std::string::npos; at = cursor.find('='))
                cursor.replace(at, 1, "%3D");
        } while (page.bool_at("has_more"));
        seen += ' ';
    }
    CHECK(seen == "43210 01234 ");
}

TEST_CASE("simulator: deleting versions")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    auto const path = "/delete-agent-version/" + agent;
    account.refused(422, "DELETE", path + "?version=0"); // the only one
    account.publish(agent, 0);
    account.fork(agent, 0);
    account.refused(400, "DELETE", path);
    account.refused(400, "DELETE", path + "?version=latest");
    account.refused(404, "DELETE", path + "?version=5");

    json::object const binding{{"agent_id", agent}, {"agent_version", 0}, {"weight", 1}};
    account.expect(201, "POST", "/create-phone-number",
        json::object{{"phone_number", "+14155550100"}, {"inbound_agents", json::array{binding}}});
    auto const why = account.refused(422, "DELETE", path + "?version=0");
    CHECK(why.find("attached") != std::string::npos);

    CHECK(account.send("DELETE", path + "?version=1").status == 204);
    CHECK(account.agent(agent).int_at("version") == 0);
    account.refused(404, "GET", "/get-retell-llm/" + llm + "?version=1"); // its draft went too
    CHECK(account.send("DELETE", "/delete-agent/" + agent).status == 204);
    account.refused(422, "GET", "/get-agent/" + agent);
    account.refused(422, "DELETE", "/delete-agent/" + agent);
    account.llm(llm);
}

TEST_CASE("simulator: agents that share an engine get drafts of their own")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const one = account.make_agent(llm), two = account.make_agent(llm);
    account.publish(one, 0);
    CHECK(account.llm(llm, "0").bool_at("is_published"));
    CHECK_FALSE(account.agent(two).bool_at("is_published", true));
    CHECK(engine_version(account.fork(one, 0)) == 1);
    auto const draft = account.fork(two, 0);
    CHECK(draft.int_at("version") == 1);
    CHECK(engine_version(draft) == 2); // numbers of agent and engine part here
}

TEST_CASE("simulator: repair leaves published versions alone and mends drafts")
{
    simulated_account account;
    account.sim.load_state(json::parse(R"({"format":1,
        "agents":[{"agent_id":"a","versions":[{"agent_id":"a","version":0,"is_published":false,
          "voice_id":"retell-Cimo","fallback_voice_ids":["gone","retell-Cimo"],
          "response_engine":{"type":"retell-llm","llm_id":"l","version":0}}]}],
        "retell_llms":[{"llm_id":"l","versions":[{"llm_id":"l","version":0,"is_published":false,
          "general_tools":[{"type":"agent_swap","name":"x","agent_id":"nobody"},{"type":"end_call","name":"e"}]}]}]})"));
    auto const mended = account.expect(200, "POST", "/repair-agent/a");
    CHECK(mended.find("fallback_voice_ids")->as_array().size() == 1);
    CHECK(account.llm("l").find("general_tools")->as_array().size() == 1);
    account.publish("a", 0);
    auto const before = account.agent("a");
    CHECK(json::identical(account.expect(200, "POST", "/repair-agent/a?version=0"), before));
}
