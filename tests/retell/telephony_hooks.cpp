#include "telephony_receiver.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

using names = std::vector<std::string>;

TEST_CASE("simulated webhooks: a call announces its start, end and analysis, signed")
{
    heard_account account;
    auto const id = account.dial();
    account.listen(1min);
    REQUIRE(account.events() == names{"call_started", "call_ended", "call_analyzed"});
    for (auto const& d : account.heard) {
        CHECK(account.verify(d) == signature_result::ok);
        CHECK(account.verify(d, "key_other") == signature_result::mismatch);
        CHECK(d.method == "POST");
        CHECK(d.url == "http://127.0.0.1:9/hook");
        CHECK(d.timeout == 10s);
        CHECK(d.conversation == id);
    }
    auto const started = json::parse(account.heard[0].body);
    CHECK(started.string_at("event") == "call_started");
    CHECK(started.find("call")->string_at("call_id") == id);
    CHECK(started.find("call")->string_at("call_status") == "ongoing");
    auto const ended = json::parse(account.heard[1].body);
    CHECK(ended.find("call")->find("transcript"));
    CHECK_FALSE(ended.find("call")->find("call_analysis"));
    auto const analyzed = json::parse(account.heard[2].body);
    CHECK(*analyzed.find("call") == account.call(id));
    CHECK(analyzed.find("call")->find("call_analysis"));
}

TEST_CASE("simulated webhooks: a call that never connects has no start")
{
    heard_account account;
    account.begin(
        {{"direction", "outbound"}, {"from_number", account.number}, {"to_number", "+12137774445"},
            {"script", json::object{{"disconnection_reason", "dial_busy"}}}});
    account.listen(1min);
    CHECK(account.events() == names{"call_ended", "call_analyzed"});
}

TEST_CASE("simulated webhooks: the agent's address and events replace the account's")
{
    heard_account account;
    json::object const own{{"webhook_url", "http://127.0.0.1:9/{{shop}}"},
        {"webhook_timeout_ms", 2'000},
        {"webhook_events", json::array{"transcript_updated", "call_ended"}}};
    account.dial({{"agent_override", json::object{{"agent", own}}},
        {"retell_llm_dynamic_variables", json::object{{"shop", "north"}}}});
    account.listen(1min);
    CHECK(account.count("transcript_updated") == 5);
    CHECK(account.count("call_ended") == 1);
    CHECK(account.heard.size() == 6);
    CHECK(account.heard[0].url == "http://127.0.0.1:9/north");
    CHECK(account.heard[0].timeout == 2s);
    auto const update = json::parse(account.heard[1].body);
    CHECK(update.find("transcript_with_tool_calls")->as_array().size() == 2);
}

TEST_CASE("simulated webhooks: transfers are told step by step")
{
    heard_account account;
    json::value const all = json::object{{"agent",
        json::object{{"webhook_events",
            json::array{"transfer_started", "transfer_bridged", "transfer_cancelled",
                "transfer_ended", "call_ended"}}}}};
    json::array const steps{json::object{{"transfer", "+49301"}, {"outcome", "cancelled"}},
        json::object{{"transfer", "+49302"}, {"leg_ms", 5'000}}};
    auto const id = account.dial({{"agent_override", all}});
    account.expect(200, "POST", "/__simulator/calls",
        json::object{{"call_id", id}, {"script", json::object{{"steps", steps}}}});
    account.listen(2min);
    CHECK(account.events() ==
        names{"transfer_started", "transfer_cancelled", "transfer_started", "transfer_bridged",
            "call_ended", "transfer_ended"});
    auto const started = json::parse(account.heard[2].body);
    CHECK(started.find("transfer_destination")->string_at("number") == "+49302");
    CHECK(started.find("transfer_option")->string_at("type") == "cold_transfer");
}

TEST_CASE("simulated webhooks: chats have theirs")
{
    heard_account account;
    auto const chat =
        account.expect(201, "POST", "/create-chat", json::object{{"agent_id", account.agent_id}});
    account.expect(204, "PATCH", "/end-chat/" + std::string(chat.string_at("chat_id")));
    account.listen(10s);
    CHECK(account.events() == names{"chat_started", "chat_ended", "chat_analyzed"});
    CHECK(json::parse(account.heard[2].body).find("chat")->find("chat_analysis"));
}

TEST_CASE("simulated webhooks: what is not taken with 2xx in time comes three times more")
{
    heard_account account;
    account.set_webhooks({{"retry_spacing_ms", 700}});
    auto const id = account.begin({{"script", json::parse(R"({"steps":[{"wait_ms":60000}]})")}});
    account.answer = [](auto const&) { return webhook_outcome(500, "no"); };
    account.listen(20s);
    REQUIRE(account.events() == names(4, "call_started"));
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(account.heard[i].id == account.heard[0].id);
        CHECK(account.heard[i].attempt == i + 1);
        CHECK(account.heard[i].body == account.heard[0].body);
        CHECK(account.heard_at[i] == account.heard_at[0] + 700 * static_cast<std::int64_t>(i));
    }
    // A fresh signature each time.
    CHECK(account.heard[1].headers.get(signature_header) !=
        account.heard[0].headers.get(signature_header));
    auto const counts = *account.report().find("counts");
    CHECK(counts.int_at("given_up") == 1);
    CHECK(counts.int_at("retried") == 3);
    account.expect(204, "DELETE", "/__simulator/deliveries");
    CHECK(account.report().find("counts")->int_at("retried") == 0);
}

TEST_CASE("simulated webhooks: an attempt without an answer fails after its timeout")
{
    heard_account account;
    account.begin({{"script", json::parse(R"({"steps":[{"wait_ms":600000}]})")}});
    account.sim.advance();
    auto const first = account.sim.take_deliveries();
    REQUIRE(first.size() == 1);
    CHECK(account.sim.take_deliveries().empty()); // given out once
    account.wait(9'999ms);
    CHECK(account.sim.take_deliveries().empty());
    account.wait(1'001ms); // the timeout, and the spacing of retries
    auto const second = account.sim.take_deliveries();
    REQUIRE(second.size() == 1);
    CHECK(second[0].attempt == 2);
    account.sim.settle(second[0], {200, ""});
    account.sim.settle(second[0], {200, ""}); // twice is once
    CHECK(account.report().find("counts")->int_at("delivered") == 1);
    CHECK(account.report().find("counts")->int_at("late") == 1);
}

TEST_CASE("simulated webhooks: analysing again announces it again, or not")
{
    heard_account account;
    auto const id = account.dial();
    account.listen(1min);
    account.expect(200, "PUT", "/rerun-call-analysis/" + id);
    account.listen(1s);
    CHECK(account.count("call_analyzed") == 2);
    account.set_webhooks({{"repeat_analyzed", false}});
    account.expect(200, "PUT", "/rerun-call-analysis/" + id);
    account.listen(1s);
    CHECK(account.count("call_analyzed") == 2);
}

TEST_CASE("simulated webhooks: options are read and set by name, keys never shown")
{
    heard_account account;
    account.set_webhooks({{"clock_skew_ms", -1'000}, {"drop", 0.5}, {"url", "http://x"}});
    auto const text = account.send("GET", "/__simulator/options").body;
    CHECK(text.find("key_webhook") == std::string::npos);
    auto const now = *json::parse(text).find("webhooks");
    CHECK(now.int_at("clock_skew_ms") == -1'000);
    CHECK(now.string_at("url") == "http://x");
    CHECK(account.sim.state_text().find("key_webhook") == std::string::npos);
    for (auto const* bad : {R"({"drop":1.1})", R"({"drop":-0.1})", R"({"drop":"x"})", R"({"url":1})",
             R"({"keys":["x"]})", R"({"timeout_ms":-1})", R"({"clock_skew_ms":1e15})", R"([])"})
    {
        INFO(bad);
        account.refused(
            400, "POST", "/__simulator/options", json::object{{"webhooks", json::parse(bad)}});
    }
}
