#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

TEST_CASE("simulator: an LLM needs no field and starts as draft 0")
{
    simulated_account account;
    auto const llm = account.expect(201, "POST", "/create-retell-llm", json::object{});
    CHECK(llm.int_at("version") == 0);
    CHECK_FALSE(llm.bool_at("is_published", true));
    CHECK(llm.string_at("model") == "gpt-4.1");
    CHECK(llm.find("kb_config") == nullptr);
}

TEST_CASE("simulator: an LLM has one kind of model, and a start among its states")
{
    simulated_account account;
    CHECK(account.refused(400, "POST", "/create-retell-llm",
              json::object{{"model", "gpt-4.1"}, {"s2s_model", "gpt-realtime"}}) ==
        "Cannot set both model and s2s_model");
    auto const spoken = account.expect(
        201, "POST", "/create-retell-llm", json::object{{"s2s_model", "gpt-realtime"}});
    CHECK(spoken.find("model") == nullptr);
    auto const path = "/update-retell-llm/" + std::string(spoken.string_at("llm_id"));
    account.refused(400, "PATCH", path, json::object{{"model", "gpt-5"}});
    account.expect(200, "PATCH", path, json::object{{"model", "gpt-5"}, {"s2s_model", nullptr}});
    auto const states = json::parse(R"([{"name":"a","state_prompt":"p"}])");
    account.refused(400, "PATCH", path, json::object{{"states", states}});
    account.expect(200, "PATCH", path, json::object{{"states", states}, {"starting_state", "a"}});
}

TEST_CASE("simulator: knowledge base settings are filled in")
{
    simulated_account account;
    auto const check = [](json::value const& engine) {
        CHECK(json::to_text(engine.at_or_null("kb_config")) == R"({"top_k":3,"filter_score":0.6})");
    };
    json::object const attach{{"knowledge_base_ids", json::array{"kb_1"}}};
    check(account.expect(201, "POST", "/create-retell-llm", attach));
    check(account.expect(200, "PATCH", "/update-retell-llm/" + account.make_llm(), attach));
    check(account.get("/get-conversation-flow/" + account.make_flow()));
    account.send("POST", "/__simulator/options", json::object{{"default_fill", false}});
    CHECK(account.expect(201, "POST", "/create-retell-llm", attach).find("kb_config") == nullptr);
}

TEST_CASE("simulator: flows need their parts and get node defaults")
{
    simulated_account account;
    for (auto const* part : {"model_choice", "nodes", "start_speaker"}) {
        auto incomplete = simulated_account::flow();
        incomplete.as_object().erase(part);
        account.refused(400, "POST", "/create-conversation-flow", incomplete);
    }
    auto mapped = simulated_account::flow();
    mapped.as_object().set("nodes", json::object{{"start", json::object{}}});
    account.refused(400, "POST", "/create-conversation-flow", mapped);

    auto const flow = account.make_flow();
    auto const skippable = [](json::value const& f) {
        return f.find("nodes")->as_array()[0].find("skippable");
    };
    auto const created = account.get("/get-conversation-flow/" + flow);
    REQUIRE(skippable(created) != nullptr);
    CHECK(skippable(created)->bool_or(true) == false);
    account.send("POST", "/__simulator/options", json::object{{"inject_node_defaults", false}});
    auto const nodes = json::parse(R"({"nodes":[{"id":"start","type":"end"}]})");
    CHECK(skippable(account.expect(200, "PATCH", "/update-conversation-flow/" + flow, nodes)) ==
        nullptr);
}

TEST_CASE("simulator: an engine in use is deleted by force only")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    auto const path = "/delete-retell-llm/" + llm;
    CHECK(account.refused(400, "DELETE", path).find(agent) != std::string::npos);
    account.refused(400, "DELETE", path + "?force_delete=false");
    account.refused(400, "DELETE", path + "?force_delete=maybe");
    CHECK(account.send("DELETE", path + "?force_delete=true").status == 204);
    account.refused(422, "GET", "/get-retell-llm/" + llm);
    CHECK(account.agent(agent).at_or_null("response_engine").string_at("llm_id") == llm); // dangles
    // An agent that dangles can still be forked and published.
    account.publish(agent, 0);
    account.fork(agent, 0);

    auto const unused = account.make_llm();
    CHECK(account.send("DELETE", "/delete-retell-llm/" + unused).status == 204);
    auto const freed = account.make_llm();
    auto const user = account.make_agent(freed);
    account.send("DELETE", "/delete-agent/" + user);
    CHECK(account.send("DELETE", "/delete-retell-llm/" + freed).status == 204);
}

TEST_CASE("simulator: an engine an agent moved away from is free")
{
    simulated_account account;
    auto const left = account.make_llm(), taken = account.make_llm();
    auto const agent = account.make_agent(left);
    account.expect(
        200, "PATCH", "/update-agent/" + agent, json::object{{"voice_speed", 1.1}}); // still on it
    account.refused(400, "DELETE", "/delete-retell-llm/" + left);
    json::object const engine{{"type", "retell-llm"}, {"llm_id", taken}};
    account.expect(
        200, "PATCH", "/update-agent/" + agent, json::object{{"response_engine", engine}});
    CHECK(account.send("DELETE", "/delete-retell-llm/" + left).status == 204);
    account.refused(400, "DELETE", "/delete-retell-llm/" + taken);
}

TEST_CASE("simulator: engine lists hold full documents, the latest version of each")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    account.fork(agent, 0);
    auto const page = account.get("/v2/list-retell-llms");
    REQUIRE(page.find("items")->as_array().size() == 1);
    CHECK(json::identical(page.find("items")->as_array()[0], account.llm(llm)));
    CHECK(page.find("items")->as_array()[0].int_at("version") == 1);
    account.make_flow();
    CHECK(account.get("/v2/list-conversation-flows").find("items")->as_array().size() == 1);
}

TEST_CASE("simulator: numbers and order of a document come back as they were written")
{
    simulated_account account;
    auto const tools = json::parse(
        R"([{"name":"z","type":"custom","parameters":{"b":1e400,"a":[1.0,31.4500,9007199254740993]}}])");
    auto const llm = account.make_llm(json::object{{"general_tools", tools}});
    CHECK(json::identical(*account.llm(llm).find("general_tools"), tools));
}
