#include "telephony_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

TEST_CASE("simulated chats: begun, answered, ended, analysed, deleted")
{
    telephone_account account;
    auto const chat = account.expect(201, "POST", "/create-chat",
        json::object{{"agent_id", account.agent_id},
            {"retell_llm_dynamic_variables", json::object{{"name", "Berg"}}}});
    std::string const id(chat.string_at("chat_id"));
    CHECK(chat.string_at("chat_status") == "ongoing");
    CHECK(chat.int_at("version") == 0);
    CHECK(chat.string_at("transcript") == "Agent: Practice Berg, hello.\n");
    auto const answer = account.expect(201, "POST", "/create-chat-completion",
        json::object{{"chat_id", id}, {"content", "Are you open?"}});
    REQUIRE(answer.find("messages")->as_array().size() == 1); // not the question
    CHECK(answer.find("messages")->as_array()[0].string_at("role") == "agent");
    account.refused(422, "PUT", "/rerun-chat-analysis/" + id);
    account.expect(200, "PATCH", "/update-chat/" + id,
        json::parse(R"({"metadata":{"a":1},"override_dynamic_variables":{"name":"Tal"}})"));
    account.expect(204, "PATCH", "/end-chat/" + id);
    account.refused(422, "PATCH", "/end-chat/" + id);
    account.refused(422, "POST", "/create-chat-completion",
        json::object{{"chat_id", id}, {"content", "Hello?"}});
    auto ended = account.get("/get-chat/" + id);
    CHECK(ended.string_at("chat_status") == "ended");
    CHECK(ended.find("message_with_tool_calls")->as_array().size() == 3);
    CHECK(ended.find("retell_llm_dynamic_variables")->string_at("name") == "Tal");
    CHECK_FALSE(ended.find("chat_analysis"));
    account.wait(2s);
    CHECK(account.get("/get-chat/" + id).find("chat_analysis")->bool_at("chat_successful"));
    account.expect(200, "PUT", "/rerun-chat-analysis/" + id);
    account.expect(204, "DELETE", "/delete-chat/" + id);
    account.refused(422, "GET", "/get-chat/" + id);
}

TEST_CASE("simulated chats: silence ends them, counted from the last message")
{
    telephone_account account;
    auto const chat =
        account.expect(201, "POST", "/create-chat", json::object{{"agent_id", account.agent_id}});
    std::string const id(chat.string_at("chat_id"));
    account.wait(59min);
    account.expect(201, "POST", "/create-chat-completion",
        json::object{{"chat_id", id}, {"content", "Still there?"}});
    account.wait(59min);
    CHECK(account.get("/get-chat/" + id).string_at("chat_status") == "ongoing");
    account.wait(1min);
    CHECK(account.get("/get-chat/" + id).string_at("chat_status") == "ended");
}

TEST_CASE("simulated chats: by SMS from a number of ours, listed with conditions")
{
    telephone_account account;
    json::object const body{{"from_number", account.number}, {"to_number", "+12137774445"}};
    account.refused(400, "POST", "/create-sms-chat", body); // it has no SMS agent
    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"outbound_sms_agents",
            json::array{json::object{{"agent_id", account.agent_id}, {"weight", 1}}}}});
    auto const sms = account.expect(200, "POST", "/create-sms-chat", body);
    CHECK(sms.string_at("chat_type") == "sms_chat");
    auto const api =
        account.expect(201, "POST", "/create-chat", json::object{{"agent_id", account.agent_id}});
    account.expect(204, "PATCH", "/end-chat/" + std::string(api.string_at("chat_id")));
    auto const page = account.expect(200, "POST", "/v3/list-chats",
        json::parse(
            R"({"filter_criteria":{"chat_status":{"type":"enum","op":"in","value":["ongoing"]}}})"));
    REQUIRE(page.find("items")->as_array().size() == 1);
    CHECK(page.find("items")->as_array()[0].string_at("chat_id") == sms.string_at("chat_id"));
    account.refused(400, "POST", "/create-chat", json::object{});
    account.refused(422, "POST", "/create-chat", json::object{{"agent_id", "agent_no"}});
}

TEST_CASE("simulated chats: conditions on analysis, cost and duration look into the chat's own")
{
    telephone_account account;
    auto const begin = [&] {
        return std::string(
            account
                .expect(201, "POST", "/create-chat", json::object{{"agent_id", account.agent_id}})
                .string_at("chat_id"));
    };
    auto const silent = begin(), spoken = begin();
    account.expect(201, "POST", "/create-chat-completion",
        json::object{{"chat_id", spoken}, {"content", "Are you open?"}});
    account.expect(204, "PATCH", "/end-chat/" + silent);
    account.wait(90s);
    account.expect(204, "PATCH", "/end-chat/" + spoken);
    account.wait(2s);
    auto const only = [&](std::string_view criteria) {
        auto const page = account.expect(200, "POST", "/v3/list-chats",
            json::object{{"filter_criteria", json::parse(criteria)}});
        auto const& items = page.find("items")->as_array();
        return items.size() == 1 ? std::string(items[0].string_at("chat_id")) : std::string();
    };
    CHECK(only(R"({"user_sentiment":{"type":"enum","op":"in","value":["Unknown"]}})") == silent);
    CHECK(only(R"({"chat_successful":{"type":"boolean","op":"eq","value":true}})") == spoken);
    CHECK(only(R"({"combined_cost":{"type":"number","op":"lt","value":0.5}})") == silent);
    CHECK(only(R"({"duration_ms":{"type":"range","op":"bt","value":[80000,100000]}})") == spoken);
    account.refused(400, "POST", "/v3/list-chats",
        json::parse(
            R"({"filter_criteria":{"call_status":{"type":"enum","op":"in","value":["ended"]}}})"));
    account.refused(400, "POST", "/v3/list-calls",
        json::parse(R"({"filter_criteria":{"chat_id":{"type":"string","op":"eq","value":"c"}}})"));
}
