#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

namespace {

std::string make_component(simulated_account& account)
{
    auto const made = account.expect(201, "POST", "/create-conversation-flow-component",
        json::parse(R"({"name":"Greeting","nodes":[{"id":"g","type":"end"}],"tools":[]})"));
    return std::string(made.string_at("conversation_flow_component_id"));
}

std::string make_flow_with(simulated_account& account, std::string_view component)
{
    auto flow = simulated_account::flow();
    flow.find("nodes")->as_array().emplace_back(
        json::object{{"id", "c"}, {"type", "component"}, {"component_type", "shared"},
            {"component_id", component}, {"else_edge", json::object{{"id", "e"}}}});
    return std::string(account.expect(201, "POST", "/create-conversation-flow", flow)
                           .string_at("conversation_flow_id"));
}

std::string links(simulated_account& account, std::string const& component)
{
    auto const doc = account.get("/get-conversation-flow-component/" + component);
    return json::to_text(doc.at_or_null("linked_conversation_flow_ids"));
}

} // namespace

TEST_CASE("simulator components: the flows that use one are always those that do")
{
    simulated_account account;
    auto const component = make_component(account);
    CHECK(links(account, component) == "[]");
    auto const flow = make_flow_with(account, component);
    CHECK(links(account, component) == "[\"" + flow + "\"]");
    account.expect(200, "PATCH", "/update-conversation-flow/" + flow,
        json::object{{"nodes", simulated_account::flow().at_or_null("nodes")}});
    CHECK(links(account, component) == "[]");
    auto const other = make_flow_with(account, component);
    auto const page = account.get("/v2/list-conversation-flow-components");
    auto const& row = page.find("items")->as_array().front();
    CHECK(json::to_text(row.at_or_null("linked_conversation_flow_ids")) == "[\"" + other + "\"]");
    account.send("DELETE", "/delete-conversation-flow/" + other);
    CHECK(links(account, component) == "[]");
    // They cannot be written.
    account.expect(200, "PATCH", "/update-conversation-flow-component/" + component,
        json::parse(R"({"linked_conversation_flow_ids":["mine"]})"));
    CHECK(links(account, component) == "[]");
}

TEST_CASE("simulator components: deleting one leaves local copies in every version that ran it")
{
    simulated_account account;
    auto const component = make_component(account);
    auto const flow = make_flow_with(account, component);
    json::object const engine{{"type", "conversation-flow"}, {"conversation_flow_id", flow}};
    auto const agent =
        std::string(account
                        .expect(201, "POST", "/create-agent",
                            json::object{{"voice_id", "retell-Cimo"}, {"response_engine", engine}})
                        .string_at("agent_id"));
    account.publish(agent, 0);
    account.fork(agent, 0);
    CHECK(account.send("DELETE", "/delete-conversation-flow-component/" + component).status == 204);
    for (auto const* version : {"0", "1"}) {
        INFO(version);
        auto const doc = account.get("/get-conversation-flow/" + flow + "?version=" + version);
        CHECK(json::pointer("/nodes/1/component_type").resolve(doc)->as_string() == "local");
        auto const* copy = json::pointer("/components/0").resolve(doc);
        REQUIRE(copy);
        CHECK(copy->string_at("name") == "Greeting");
        CHECK(copy->string_at("component_id") == component);
        CHECK(json::pointer("/components/0/nodes/0/id").resolve(doc)->as_string() == "g");
    }
    CHECK(account.get("/get-conversation-flow/" + flow + "?version=0").bool_at("is_published"));
}
