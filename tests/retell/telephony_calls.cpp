#include "telephony_support.hpp"

#include <set>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

TEST_CASE("simulated calls: an outbound call rings, is talked through, ends and is analysed")
{
    telephone_account account;
    auto const begun = account.time.unix_ms();
    auto const id = account.dial({{"metadata", json::object{{"order", 7}}},
        {"retell_llm_dynamic_variables", json::object{{"name", "Sonnenhof"}}}});
    auto call = account.call(id);
    CHECK(call.string_at("call_status") == "registered");
    CHECK(call.string_at("direction") == "outbound");
    CHECK(call.string_at("agent_id") == account.agent_id);
    CHECK(call.int_at("agent_version") == 0);
    CHECK_FALSE(call.find("start_timestamp"));

    account.wait(1'500ms);
    call = account.call(id);
    CHECK(call.string_at("call_status") == "ongoing");
    CHECK(call.int_at("start_timestamp") == begun + 1'500);

    account.wait(10min);
    call = account.call(id);
    CHECK(call.string_at("call_status") == "ended");
    CHECK(call.int_at("duration_ms") ==
        call.int_at("end_timestamp") - call.int_at("start_timestamp"));
    CHECK(call.int_at("duration_ms") > 5'000);
    CHECK(call.int_at("duration_ms") < 60'000); // it ended by itself, not when it was looked at
    CHECK(call.string_at("transcript").starts_with("Agent: Practice Sonnenhof, hello.\nUser: "));
    auto const& spoken = call.find("transcript_object")->as_array();
    REQUIRE(spoken.size() == 5);
    auto const& words = spoken[0].find("words")->as_array();
    REQUIRE(words.size() == 3);
    CHECK(words[1].string_at("word") == "Sonnenhof,");
    CHECK(words[1].find("start")->as_number().to_double() <
        words[1].find("end")->as_number().to_double());
    auto const& e2e = *call.find("latency")->find("e2e");
    CHECK(e2e.int_at("num") == 3);
    CHECK(e2e.int_at("min") <= e2e.int_at("p50"));
    CHECK(e2e.int_at("p50") <= e2e.int_at("max"));
    auto const& cost = *call.find("call_cost");
    double sum = 0;
    for (json::value const& product : cost.find("product_costs")->as_array())
        sum += product.find("cost")->as_number().to_double();
    CHECK(sum == doctest::Approx(cost.find("combined_cost")->as_number().to_double()));
    CHECK(call.find("call_analysis")->bool_at("call_successful"));
    CHECK(call.find("metadata")->int_at("order") == 7);
}

TEST_CASE("simulated calls: the same seed and clock give the same call")
{
    std::string first;
    for (int run = 0; run < 2; ++run) {
        telephone_account account;
        auto const id = account.dial();
        // However often the simulator is asked meanwhile.
        for (int i = 0; i < (run ? 100 : 1); ++i) {
            account.wait(run ? 600ms : 60'000ms);
            if (run) account.get("/get-concurrency");
        }
        auto const text = json::to_text(account.call(id));
        if (run) CHECK(text == first);
        else first = text;
    }
}

TEST_CASE("simulated calls: a script is followed")
{
    telephone_account account;
    json::array const steps{said("user", "Hello?"),
        json::object{{"tool", "book"}, {"arguments", json::object{{"call_id", "call_1"}}},
            {"result", "booked"}},
        json::object{{"digit", "5"}}, json::object{{"wait_ms", 3'000}}, said("agent", "Goodbye")};
    auto const id = account.begin({{"script",
        json::object{{"steps", steps}, {"disconnection_reason", "agent_hangup"},
            {"analysis", json::object{{"user_sentiment", "Negative"}}}}}});
    account.wait(1min);
    auto const call = account.call(id);
    CHECK(call.string_at("disconnection_reason") == "agent_hangup");
    CHECK(call.string_at("direction") == "inbound");
    CHECK(call.string_at("transcript") == "User: Hello?\nAgent: Goodbye\n");
    auto const& entries = call.find("transcript_with_tool_calls")->as_array();
    std::vector<std::string_view> roles;
    for (json::value const& e : entries) roles.push_back(e.string_at("role"));
    CHECK(roles ==
        std::vector<std::string_view>{
            "user", "tool_call_invocation", "tool_call_result", "dtmf", "agent"});
    CHECK(entries[1].string_at("arguments") == R"({"call_id":"call_1"})");
    CHECK(entries[2].string_at("content") == "booked");
    CHECK(entries[1].string_at("tool_call_id") == entries[2].string_at("tool_call_id"));
    CHECK(call.find("call_analysis")->string_at("user_sentiment") == "Negative");
    CHECK(call.find("call_analysis")->bool_at("call_successful"));
}

TEST_CASE("simulated calls: nobody answers, and what is wrong with a script is said")
{
    telephone_account account;
    auto const id = account.begin(
        {{"direction", "outbound"}, {"from_number", account.number}, {"to_number", "+12137774445"},
            {"script", json::object{{"disconnection_reason", "dial_no_answer"}}}});
    account.wait(1min);
    auto const call = account.call(id);
    CHECK(call.string_at("call_status") == "not_connected");
    CHECK(call.string_at("disconnection_reason") == "dial_no_answer");
    CHECK_FALSE(call.find("start_timestamp"));
    CHECK_FALSE(call.find("transcript"));
    CHECK_FALSE(call.find("call_analysis")->bool_at("call_successful", true));

    for (json::value const& bad : {json::value(1), json::parse(R"({"steps":{}})"),
             json::parse(R"({"steps":[1]})"), json::parse(R"({"steps":[{"say":"dog","text":"w"}]})"),
             json::parse(R"({"steps":[{"say":"user"}]})"), json::parse(R"({"steps":[{}]})"),
             json::parse(R"({"steps":[{"wait_ms":-1}]})"),
             json::parse(R"({"steps":[{"transfer":"+1","outcome":"lost"}]})"),
             json::parse(R"({"disconnection_reason":"bored"})"), json::parse(R"({"ring_ms":"x"})"),
             json::parse(R"({"analysis":[]})")})
    {
        INFO(json::to_text(bad));
        json::object const what{
            {"from_number", "+1"}, {"to_number", account.number}, {"script", bad}};
        account.refused(400, "POST", "/__simulator/calls", what);
    }
}

TEST_CASE("simulated calls: a transfer ends the call and goes on; a cancelled one does not")
{
    telephone_account account;
    auto const script_with = [](std::string_view outcome) {
        return json::object{{"steps",
            json::array{said("user", "A human, please"),
                json::object{{"transfer", "+4930123456"}, {"outcome", outcome}, {"leg_ms", 9'000}},
                said("agent", "Nobody is there")}}};
    };
    auto const through = account.begin({{"script", script_with("bridged")}});
    auto const back = account.begin({{"script", script_with("cancelled")}});
    account.wait(1min);
    auto call = account.call(through);
    CHECK(call.string_at("disconnection_reason") == "call_transfer");
    CHECK(call.string_at("transfer_destination") == "+4930123456");
    CHECK(call.int_at("transfer_end_timestamp") == call.int_at("end_timestamp") + 9'000);
    call = account.call(back);
    CHECK(call.string_at("disconnection_reason") == "user_hangup");
    CHECK(call.find("transfer_destination")->is_null());
    CHECK(call.string_at("transcript").ends_with("Agent: Nobody is there\n"));
}

TEST_CASE("simulated calls: which version of the agent answers")
{
    telephone_account account;
    account.fork(account.agent_id, 0); // 1, a draft
    auto const version_of = [&](json::object body) {
        return account.call(account.dial(std::move(body))).int_at("agent_version");
    };
    CHECK(version_of({}) == 1); // none named: the latest, drafts included
    CHECK(version_of({{"override_agent_version", "latest_published"}}) == 0);
    CHECK(version_of({{"override_agent_version", "latest"}}) == 1);
    CHECK(version_of({{"override_agent_version", 0}}) == 0);
    auto const tagged = account.call(account.dial({{"override_agent_version", "prod"}}));
    CHECK(tagged.string_at("agent_tag") == "prod");
    auto const refused = [&](int status, json::value version) {
        json::object const body{{"from_number", account.number}, {"to_number", "+12137774445"},
            {"override_agent_version", std::move(version)}};
        account.refused(status, "POST", "/v2/create-phone-call", body);
    };
    refused(404, 5);
    refused(422, "nosuch");
    refused(400, true);

    auto const other = account.make_agent(account.llm_id, "Other");
    json::array const pinned{
        json::object{{"agent_id", account.agent_id}, {"weight", 0.25}, {"agent_version", 0}},
        json::object{{"agent_id", other}, {"weight", 0.75}}};
    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"inbound_agents", pinned}});
    account.set_calls({{"concurrency_limit", 1'000}});
    int first = 0;
    for (int i = 0; i < 400; ++i) {
        auto const call = account.call(account.begin({}));
        if (call.string_at("agent_id") == other) continue;
        ++first;
        CHECK(call.int_at("agent_version") == 0);
    }
    CHECK(first > 70);
    CHECK(first < 130);
}

TEST_CASE("simulated calls: what is refused")
{
    telephone_account account;
    json::object const to{{"from_number", "+19998887777"}, {"to_number", "+12137774445"}};
    account.refused(422, "POST", "/v2/create-phone-call", to); // not one of ours
    account.refused(400, "POST", "/v2/create-phone-call", json::object{{"from_number", "+1"}});
    account.refused(400, "POST", "/v2/create-phone-call", json::array{});
    account.refused(422, "POST", "/v3/create-web-call", json::object{{"agent_id", "agent_no"}});
    account.refused(400, "POST", "/v2/create-phone-call",
        json::object{{"from_number", account.number}, {"to_number", "+12137774445"},
            {"retell_llm_dynamic_variables", json::object{{"n", 1}}}});
    account.refused(422, "GET", "/v2/get-call/call_none");
    auto const id = account.dial();
    account.refused(422, "PATCH", "/v2/update-call/" + id, json::object{{"metadata", 1}});
    account.refused(422, "DELETE", "/v2/delete-call/" + id);
    account.refused(422, "PATCH", "/v2/update-live-call/" + id, json::object{}); // still ringing
    account.refused(422, "PUT", "/rerun-call-analysis/" + id);
}

TEST_CASE("simulated calls: web calls are joined, or expire")
{
    telephone_account account;
    json::object const body{{"agent_id", account.agent_id}};
    auto const answer = account.expect(201, "POST", "/v3/create-web-call", body);
    CHECK_FALSE(answer.string_at("access_token").empty());
    CHECK(answer.string_at("transport") == "gateway");
    CHECK(answer.find("ice_servers")->is_array());
    account.wait(1s);
    CHECK(account.call(answer.string_at("call_id")).string_at("call_status") == "ongoing");

    auto const legacy = account.expect(201, "POST", "/v2/create-web-call", body);
    CHECK(legacy.string_at("call_type") == "web_call");
    CHECK(legacy.string_at("call_status") == "registered");
    account.set_calls({{"legacy_web_calls", false}, {"web_calls_join", false}});
    account.refused(404, "POST", "/v2/create-web-call", body);
    auto const alone = account.expect(201, "POST", "/v3/create-web-call", body);
    account.wait(30s);
    CHECK(account.call(alone.string_at("call_id")).string_at("disconnection_reason") ==
        "error_user_not_joined");
}

TEST_CASE("simulated calls: a registered call waits to be joined")
{
    telephone_account account;
    json::object const body{{"agent_id", account.agent_id}, {"from_number", "+491701234567"},
        {"to_number", "+4930123456"}, {"direction", "inbound"}};
    auto const joined = account.expect(201, "POST", "/v2/register-phone-call", body);
    auto const left = account.expect(201, "POST", "/v2/register-phone-call", body);
    account.wait(10s);
    CHECK(account.call(joined.string_at("call_id")).string_at("call_status") == "registered");
    account.expect(200, "POST", "/__simulator/calls",
        json::object{{"call_id", joined.string_at("call_id")},
            {"script", json::object{{"steps", json::array{said("user", "Me")}}}}});
    account.wait(5min);
    CHECK(account.call(joined.string_at("call_id")).string_at("transcript") == "User: Me\n");
    CHECK(account.call(left.string_at("call_id")).string_at("disconnection_reason") ==
        "registered_call_timeout");
}

TEST_CASE("simulated calls: live calls are changed, listened to, taken over and stopped")
{
    telephone_account account;
    auto const id = account.dial();
    account.wait(2s);
    account.expect(200, "PATCH", "/v2/update-live-call/" + id,
        json::parse(
            R"({"fields_to_override":{"metadata":{"vip":true},)"
            R"("override_dynamic_variables":{"name":"Berg"}},)"
            R"("call_control":{"additional_context":"He is a regular","trigger_response":true}})"));
    auto const call = account.call(id);
    CHECK(call.find("metadata")->bool_at("vip"));
    CHECK(call.find("retell_llm_dynamic_variables")->string_at("name") == "Berg");
    CHECK(
        call.find("transcript_with_tool_calls")->as_array().back().string_at("role") == "injected");
    auto const ear = account.expect(200, "POST", "/v2/listen-live-call/" + id);
    account.refused(400, "POST", "/v2/take-over-live-call/" + id, json::object{});
    account.expect(200, "POST", "/v2/take-over-live-call/" + id,
        json::object{{"participant_id", ear.string_at("participant_id")}});
    CHECK(account.call(id).string_at("disconnection_reason") == "call_take_over");

    auto const other = account.dial();
    account.expect(204, "POST", "/v2/stop-call/" + other);
    CHECK(account.call(other).string_at("disconnection_reason") == "manual_stopped");
    CHECK(account.call(other).string_at("call_status") == "not_connected");
    account.refused(422, "POST", "/v2/stop-call/" + other);
}

TEST_CASE("simulated calls: ended calls are annotated, analysed again, deleted")
{
    telephone_account account;
    auto const id = account.dial();
    account.wait(1min);
    account.expect(200, "PATCH", "/v2/update-call/" + id,
        json::parse(R"({"metadata":{"a":1},"custom_attributes":{"done":true}})"));
    CHECK(account.call(id).find("custom_attributes")->bool_at("done"));
    CHECK(account.expect(200, "PUT", "/rerun-call-analysis/" + id).find("call_analysis"));
    account.expect(200, "PATCH", "/v2/update-call/" + id,
        json::object{{"data_storage_setting", "basic_attributes_only"}});
    CHECK_FALSE(account.call(id).find("transcript"));
    account.expect(204, "DELETE", "/v2/delete-call/" + id);
    account.refused(422, "GET", "/v2/get-call/" + id);
}

TEST_CASE("simulated calls: the longest call is cut")
{
    telephone_account account;
    json::value const limit =
        json::object{{"agent", json::object{{"max_call_duration_ms", 60'000}}}};
    auto const id = account.dial({{"agent_override", limit}});
    account.expect(200, "POST", "/__simulator/calls",
        json::object{{"call_id", id},
            {"script", json::object{{"steps", json::array{json::object{{"wait_ms", 600'000}}}}}}});
    account.wait(11min);
    CHECK(account.call(id).string_at("disconnection_reason") == "max_duration_reached");
    CHECK(account.call(id).int_at("duration_ms") == 60'000);
}
