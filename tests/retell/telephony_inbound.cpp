#include "telephony_receiver.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// A number that asks before it answers.
class asking_account : public heard_account {
public:
    asking_account()
    {
        expect(200, "PATCH", "/update-phone-number/+14157774444",
            json::object{{"inbound_webhook_url", "http://127.0.0.1:9/inbound"}});
    }
    /// The call after this reply, whose member call_inbound is given.
    json::value call_after(std::string const& reply, int status = 200)
    {
        answer = [=](webhook_delivery const& d) {
            if (d.event != "call_inbound") return webhook_outcome(204, "");
            return webhook_outcome(status, R"({"call_inbound":)" + reply + "}");
        };
        auto const id = begin({});
        listen(90s);
        return call(id);
    }
};

} // namespace

TEST_CASE("simulated inbound calls: the number's webhook is asked while the caller waits")
{
    asking_account account;
    auto const id = account.begin({{"custom_sip_headers", json::object{{"X-Branch", "7"}}}});
    CHECK(account.call(id).string_at("call_status") == "registered");
    auto const asked = account.sim.take_deliveries();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].url == "http://127.0.0.1:9/inbound");
    CHECK(account.verify(asked[0]) == signature_result::ok);
    auto const body = json::parse(asked[0].body);
    CHECK(body.string_at("event") == "call_inbound");
    auto const& question = *body.find("call_inbound");
    CHECK(question.string_at("call_id") == id);
    CHECK(question.string_at("agent_id") == account.agent_id);
    CHECK(question.int_at("agent_version") == 0);
    CHECK(question.string_at("from_number") == "+491701234567");
    CHECK(question.find("custom_sip_headers")->string_at("X-Branch") == "7");
    account.wait(9s);
    CHECK(account.call(id).string_at("call_status") == "registered");
    account.sim.settle(asked[0], {200, R"({"call_inbound":{}})"});
    CHECK(account.call(id).string_at("call_status") == "ongoing");
}

TEST_CASE("simulated inbound calls: what the reply overrides")
{
    asking_account account;
    auto const other =
        account.make_agent(account.make_llm({{"begin_message", "Other for {{name}}"}}), "Other");
    account.publish(other, 0);
    account.fork(other, 0);
    auto const call = account.call_after(R"({"override_agent_id":")" + other +
        R"(","override_agent_version":"latest_published","dynamic_variables":{"name":"Berg"},)"
        R"("metadata":{"branch":3},"agent_override":{"agent":{"agent_name":"Night"}}})");
    CHECK(call.string_at("agent_id") == other);
    CHECK(call.int_at("agent_version") == 0);
    CHECK(call.string_at("agent_name") == "Night");
    CHECK(call.find("metadata")->int_at("branch") == 3);
    CHECK(call.string_at("transcript").starts_with("Agent: Other for Berg\n"));
}

TEST_CASE("simulated inbound calls: only the boolean true rejects")
{
    asking_account account;
    auto const rejected = account.call_after(R"({"reject":true,"override_agent_id":"agent_no"})");
    CHECK(rejected.string_at("call_status") == "not_connected");
    CHECK_FALSE(rejected.find("start_timestamp"));
    for (auto const* no : {R"({"reject":"true"})", R"({"reject":1})", R"({"reject":false})"}) {
        INFO(no);
        CHECK(account.call_after(no).string_at("call_status") == "ended");
    }
}

TEST_CASE("simulated inbound calls: a reply with anything invalid is void as a whole")
{
    asking_account account;
    auto const other = account.make_agent(account.llm_id, "Other");
    auto const with = [&](std::string const& rest) {
        return R"({"override_agent_id":")" + other + "\"," + rest + "}";
    };
    for (auto const& reply : {with(R"("dynamic_variables":{"n":1})"),
             with(R"("dynamic_variables":[])"), with(R"("metadata":"x")"),
             with(R"("override_agent_version":99)"), with(R"("override_agent_version":{})"),
             with(R"("agent_override":[])"), with(R"("agent_override":{"agent":5})"),
             std::string(R"({"override_agent_id":"agent_no","metadata":{"a":1}})"),
             std::string(R"({"override_agent_id":5,"metadata":{"a":1}})"),
             std::string(R"({"reject":true,"dynamic_variables":{"n":1}})"), std::string("[]"),
             std::string("null"), std::string("{")})
    {
        INFO(reply);
        auto const call = account.call_after(reply);
        CHECK(call.string_at("agent_id") == account.agent_id);
        CHECK(call.string_at("call_status") == "ended");
        CHECK_FALSE(call.find("metadata"));
    }
}

TEST_CASE("simulated inbound calls: four failed attempts, then the number's own agent, or none")
{
    asking_account account;
    auto const call = account.call_after("{}", 503);
    CHECK(account.count("call_inbound") == 4);
    CHECK(call.string_at("agent_id") == account.agent_id);
    CHECK(call.string_at("call_status") == "ended");

    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"inbound_agents", nullptr}});
    auto const lost = account.call_after("{}", 503);
    CHECK(lost.string_at("call_status") == "not_connected");
    auto const found = account.call_after(R"({"override_agent_id":")" + account.agent_id + "\"}");
    CHECK(found.string_at("agent_id") == account.agent_id);
}

TEST_CASE(
    "simulated inbound calls: nobody takes the question: the call waits ten seconds four times")
{
    asking_account account;
    auto const id = account.begin({});
    account.wait(42s); // three spacings of a second between
    CHECK(account.call(id).string_at("call_status") == "registered");
    account.wait(1s);
    CHECK(account.call(id).string_at("call_status") == "ongoing");
}

TEST_CASE("simulated inbound messages: the number's webhook is asked, then the agent answers")
{
    heard_account account;
    json::object const text{
        {"from_number", "+491701234567"}, {"to_number", account.number}, {"text", "Open today?"}};
    auto const unanswered = account.expect(200, "POST", "/__simulator/chats", text);
    CHECK(unanswered.string_at("chat_status") == "error"); // no agent, no webhook
    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"inbound_sms_webhook_url", "http://127.0.0.1:9/sms"}});

    auto const chat = account.expect(200, "POST", "/__simulator/chats", text);
    std::string const id(chat.string_at("chat_id"));
    account.refused(422, "POST", "/create-chat-completion",
        json::object{{"chat_id", id}, {"content", "Hello?"}});
    account.answer = [&](webhook_delivery const& d) {
        return webhook_outcome(200,
            d.event == "chat_inbound" ? R"({"chat_inbound":{"override_agent_id":")" +
                    account.agent_id + R"(","dynamic_variables":{"name":"Berg"}}})"
                                      : std::string());
    };
    account.sim.load_state(account.sim.state()); // also when it is saved meanwhile
    account.listen(1s);
    REQUIRE(account.events() == std::vector<std::string>{"chat_inbound", "chat_started"});
    auto const question = *json::parse(account.heard[0].body).find("chat_inbound");
    CHECK(question.string_at("chat_id") == id);
    CHECK(question.string_at("to_number") == account.number);
    auto const begun = account.get("/get-chat/" + id);
    CHECK(begun.string_at("agent_id") == account.agent_id);
    CHECK(begun.string_at("transcript")
              .starts_with("Agent: Practice Berg, hello.\nUser: Open today?\nAgent: "));

    account.answer = [](auto const&) {
        return webhook_outcome(200, R"({"chat_inbound":{"reject":true}})");
    };
    auto const other = account.expect(200, "POST", "/__simulator/chats", text);
    account.listen(1s);
    CHECK(
        account.get("/get-chat/" + std::string(other.string_at("chat_id"))).string_at("chat_status") ==
        "error");
    account.refused(400, "POST", "/__simulator/chats", json::object{{"text", "x"}});
}
