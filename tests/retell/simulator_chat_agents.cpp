#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

namespace {

json::object chat_body(simulated_account& account)
{
    return {{"agent_name", "Chat"},
        {"response_engine", json::object{{"type", "retell-llm"}, {"llm_id", account.make_llm()}}}};
}

std::string make_chat_agent(simulated_account& account)
{
    return std::string(
        account.expect(201, "POST", "/create-chat-agent", chat_body(account)).string_at("agent_id"));
}

} // namespace

TEST_CASE("simulator chat agents: made without a voice, with their own defaults")
{
    simulated_account account;
    auto const made = account.expect(201, "POST", "/create-chat-agent", chat_body(account));
    CHECK(made.int_at("version") == 0);
    CHECK_FALSE(made.bool_at("is_published", true));
    CHECK(made.int_at("end_chat_after_silence_ms") == 3'600'000);
    CHECK_FALSE(made.find("voice_speed"));
    CHECK_FALSE(made.find("voice_id"));
    account.refused(400, "POST", "/create-chat-agent", json::object{{"agent_name", "x"}});
    auto const refused = [&](char const* name, json::value v) {
        auto body = chat_body(account);
        body.set(name, std::move(v));
        account.refused(400, "POST", "/create-chat-agent", body);
    };
    refused("end_chat_after_silence_ms", 119'999);
    refused("end_chat_after_silence_ms", 259'200'001);
    refused("webhook_events", json::array{"call_started"});
    auto body = chat_body(account);
    body.set("webhook_events",
        json::array{"chat_started", "chat_ended", "chat_analyzed", "transcript_updated"});
    account.expect(201, "POST", "/create-chat-agent", body);
}

TEST_CASE("simulator chat agents: versions, publishing and lists are those of all agents")
{
    simulated_account account;
    auto const agent = make_chat_agent(account);
    account.make_agent(account.make_llm());
    auto const path = "/update-chat-agent/" + agent;
    account.expect(200, "PATCH", path, json::object{{"auto_close_message", "Bye"}});
    account.publish(agent, 0);
    CHECK(account.refused(422, "PATCH", path + "?version=0", json::object{{"agent_name", "x"}}) ==
        "Cannot update published agent other than version title");
    CHECK(account.fork(agent, 0).string_at("auto_close_message") == "Bye");
    CHECK(account.get("/get-chat-agent/" + agent + "?version=latest_published").int_at("version") ==
        0);
    CHECK(account.get("/get-chat-agent/" + agent).int_at("version") == 1);
    CHECK(account.get("/get-chat-agent-versions/" + agent).as_array().size() == 2);
    CHECK(account.get("/list-agent-versions/" + agent).find("items")->as_array().size() == 2);
    auto const listed = [&](char const* value) {
        auto const page = account.expect(200, "POST", "/v2/list-agents",
            json::object{{"filter_criteria",
                json::object{{"channel",
                    json::object{{"type", "string"}, {"op", "eq"}, {"value", value}}}}}});
        return page.find("items")->as_array();
    };
    REQUIRE(listed("chat").size() == 1);
    CHECK(listed("chat")[0].string_at("agent_id") == agent);
    CHECK(listed("chat")[0].string_at("channel") == "chat");
    CHECK(listed("voice").size() == 1);
    auto const repaired = account.expect(200, "POST", "/repair-agent/" + agent);
    CHECK_FALSE(repaired.find("voice_id"));
    CHECK(account.send("DELETE", "/delete-agent-version/" + agent + "?version=1").status == 204);
    CHECK(account.send("DELETE", "/delete-chat-agent/" + agent).status == 204);
    account.refused(422, "GET", "/get-chat-agent/" + agent);
}

TEST_CASE("simulator chat agents: the verbs of one channel do not know agents of the other")
{
    simulated_account account;
    auto const chat = make_chat_agent(account);
    auto const voice = account.make_agent(account.make_llm());
    account.refused(422, "GET", "/get-agent/" + chat);
    account.refused(422, "PATCH", "/update-agent/" + chat, json::object{});
    account.refused(422, "DELETE", "/delete-agent/" + chat);
    account.refused(422, "GET", "/get-agent-versions/" + chat);
    account.refused(422, "GET", "/get-chat-agent/" + voice);
    account.refused(422, "PATCH", "/update-chat-agent/" + voice, json::object{});
    account.refused(422, "DELETE", "/delete-chat-agent/" + voice);
    account.refused(422, "GET", "/get-chat-agent-versions/" + voice);
}

TEST_CASE("simulator chat agents: saved and loaded they stay what they are")
{
    simulated_account a;
    auto const agent = make_chat_agent(a);
    a.make_agent(a.make_llm());
    simulated_account b;
    b.sim.load_state(a.sim.state());
    CHECK(b.sim.state_text() == a.sim.state_text());
    b.get("/get-chat-agent/" + agent);
}
