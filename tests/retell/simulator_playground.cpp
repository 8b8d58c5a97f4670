#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

TEST_CASE("simulator MCP tools: what the engine or the state says of a server, as a bare array")
{
    simulated_account account;
    auto const llm = account.make_llm(
        json::parse(R"({"mcps":[{"name":"empty","url":"https://m"}],"general_tools":[
            {"type":"mcp","name":"lookup","description":"d","mcp_id":"crm","input_schema":{"type":"object","x":1}},
            {"type":"end_call","name":"e"}]})")
            .as_object());
    auto const agent = account.make_agent(llm);
    auto const path = "/get-mcp-tools/" + agent;
    auto const tools = account.get(path + "?mcp_id=crm").as_array();
    REQUIRE(tools.size() == 1);
    CHECK(tools[0].string_at("name") == "lookup");
    CHECK(json::to_text(*tools[0].find("inputSchema")) == R"({"type":"object","x":1})");
    CHECK(account.get(path + "?mcp_id=empty&version=latest").as_array().empty());
    account.refused(400, "GET", path);
    account.refused(422, "GET", path + "?mcp_id=no");
    account.refused(422, "GET", "/get-mcp-tools/no?mcp_id=crm");
    auto state = account.sim.state();
    state.as_object().set("mcp_servers",
        json::parse(R"({"seeded":[{"name":"t","description":"","inputSchema":{}}]})"));
    account.sim.load_state(state);
    CHECK(account.get(path + "?mcp_id=seeded").as_array().size() == 1);
    CHECK(account.sim.state().find("mcp_servers"));
}

TEST_CASE("simulator playground: one turn of an agent")
{
    simulated_account account;
    auto const agent = account.make_agent(
        account.make_llm({{"general_prompt", "p"}, {"begin_message", "Praxis Weber, hello"}}));
    auto const turn = [&](char const* body) {
        return account.expect(
            200, "POST", "/agent-playground-completion/" + agent, json::parse(body));
    };
    auto const opening = turn(R"({"messages":[]})");
    CHECK(opening.find("messages")->as_array()[0].string_at("content") == "Praxis Weber, hello");
    auto const answer = turn(R"({"messages":[{"role":"user","content":"please use book now"}],
        "tool_mocks":[{"tool_name":"book","input_match_rule":{"type":"any"},"output":"done"},
                      {"tool_name":"cancel","input_match_rule":{"type":"any"},"output":"no"}],
        "dynamic_variables":{"name":"Ada"}})");
    auto const& messages = answer.find("messages")->as_array();
    REQUIRE(messages.size() == 3);
    CHECK(messages[0].string_at("role") == "tool_call_invocation");
    CHECK(messages[1].string_at("content") == "done");
    CHECK(messages[2].string_at("role") == "agent");
    CHECK(answer.at_or_null("dynamic_variables").string_at("name") == "Ada");
    account.refused(400, "POST", "/agent-playground-completion/" + agent, json::object{});
    account.refused(
        422, "POST", "/agent-playground-completion/no", json::parse(R"({"messages":[]})"));

    auto const flow = account.make_flow();
    json::object const engine{{"type", "conversation-flow"}, {"conversation_flow_id", flow}};
    auto const flow_agent =
        std::string(account
                        .expect(201, "POST", "/create-agent",
                            json::object{{"voice_id", "retell-Cimo"}, {"response_engine", engine}})
                        .string_at("agent_id"));
    auto const end = account.expect(200, "POST", "/agent-playground-completion/" + flow_agent,
        json::parse(R"({"messages":[]})"));
    CHECK(end.bool_at("call_ended"));
    CHECK(end.string_at("current_node_id") == "start");
}
