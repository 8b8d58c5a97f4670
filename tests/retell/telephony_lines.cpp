#include "telephony_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// A script that keeps the line for this long.
json::object busy(std::chrono::milliseconds t)
{
    return {{"steps", json::array{json::object{{"wait_ms", t.count()}}}}};
}

} // namespace

TEST_CASE("simulated lines: concurrency counts live calls and outbound ones over it are refused")
{
    telephone_account account;
    account.set_calls({{"concurrency_limit", 2}, {"reserved_inbound", 1}});
    CHECK(account.get("/get-concurrency").int_at("current_concurrency") == 0);
    auto const id = account.dial();
    auto const now = account.get("/get-concurrency");
    CHECK(now.int_at("current_concurrency") == 1);
    CHECK(now.int_at("concurrency_limit") == 2);
    CHECK(now.int_at("reserved_inbound_concurrency") == 1);
    json::object const body{{"from_number", account.number}, {"to_number", "+12137774445"}};
    CHECK(account.refused(429, "POST", "/v2/create-phone-call", body).find("oncurrency") !=
        std::string::npos);
    account.set_calls({{"concurrency_burst", true}});
    account.expect(201, "POST", "/v2/create-phone-call", body); // three times two
    account.wait(2min);
    CHECK(account.get("/get-concurrency").int_at("current_concurrency") == 0);
}

TEST_CASE("simulated lines: inbound calls wait forty seconds for one")
{
    telephone_account account;
    account.set_calls({{"concurrency_limit", 1}});
    account.begin({{"script", busy(30s)}});
    auto const patient = account.begin({{"script", busy(5min)}});
    account.wait(20s);
    CHECK(account.call(patient).string_at("call_status") == "registered");
    account.wait(15s);
    CHECK(account.call(patient).string_at("call_status") == "ongoing");
    auto const late = account.begin({});
    account.wait(39s);
    CHECK(account.call(late).string_at("call_status") == "registered");
    account.wait(1s);
    CHECK(account.call(late).string_at("disconnection_reason") == "concurrency_limit_reached");

    account.expect(201, "POST", "/import-phone-number",
        json::object{{"phone_number", "+14157775555"}, {"termination_uri", "sip.example"}});
    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"fallback_number", "+14157775555"}});
    auto const fallen = account.begin({});
    account.wait(40s);
    CHECK(account.call(fallen).string_at("disconnection_reason") == "no_concurrency_fallback");
}

TEST_CASE("simulated lines: a batch calls one a second while it leaves lines to others")
{
    telephone_account account;
    account.set_calls({{"concurrency_limit", 3}});
    json::array tasks;
    for (int i = 0; i < 5; ++i)
        tasks.emplace_back(json::object{{"to_number", "+1213777444" + std::to_string(i)}});
    json::object body{{"from_number", account.number}, {"tasks", tasks},
        {"reserved_concurrency", 1}, {"trigger_timestamp", account.time.unix_ms() + 60'000}};
    auto const batch = account.expect(201, "POST", "/create-batch-call", body);
    CHECK(batch.int_at("total_task_count") == 5);
    CHECK(batch.int_at("scheduled_timestamp") == account.time.unix_ms() + 60'000);
    auto const placed = [&] {
        json::value const filter =
            json::parse(R"({"batch_call_id":{"type":"string","op":"eq","value":")" +
                std::string(batch.string_at("batch_call_id")) + "\"}}");
        return account
            .expect(200, "POST", "/v3/list-calls",
                json::object{{"filter_criteria", filter}, {"include_total", true}})
            .int_at("total");
    };
    CHECK(placed() == 0);
    account.wait(60s);
    CHECK(placed() == 1);
    account.wait(1s);
    CHECK(placed() == 2);
    account.wait(3s);
    CHECK(placed() == 2); // the third line is left free
    account.wait(5min);
    CHECK(placed() == 5);

    body.erase("tasks");
    account.refused(400, "POST", "/create-batch-call", body);
    body.set("tasks", json::array{});
    account.refused(400, "POST", "/create-batch-call", body);
    body.set("tasks", json::array{json::object{}});
    account.refused(400, "POST", "/create-batch-call", body);
}

TEST_CASE("simulated lines: old calls drop off, so that memory does not grow")
{
    simulator_options options;
    options.calls.history = 10;
    options.calls.concurrency_limit = 1'000;
    telephone_account account(options);
    std::string first, last;
    for (int i = 0; i < 25; ++i) {
        last = account.begin({});
        if (first.empty()) first = last;
        account.wait(1min);
    }
    auto const all = account.expect(200, "POST", "/v3/list-calls", json::object{});
    CHECK(all.find("items")->as_array().size() == 10);
    account.refused(422, "GET", "/v2/get-call/" + first);
    account.call(last);
}

TEST_CASE("simulated lines: a number without an agent is hung up on")
{
    telephone_account account;
    account.expect(200, "PATCH", "/update-phone-number/+14157774444",
        json::object{{"inbound_agents", nullptr}});
    CHECK(account.call(account.begin({})).string_at("call_status") == "not_connected");
}

TEST_CASE("simulated lines: options of calls are read and set by name, all or none")
{
    telephone_account account;
    account.set_calls({{"speed", 2.5}, {"history", 5}});
    auto const now = account.get("/__simulator/options");
    CHECK(now.find("calls")->int_at("history") == 5);
    CHECK(now.find("calls")->int_at("concurrency_limit") == 20);
    for (auto const* bad : {R"({"speed":0})", R"({"speed":"x"})", R"({"history":-1})",
             R"({"web_calls_join":1})", R"({"nosuch":1})", R"([])"})
    {
        INFO(bad);
        account.refused(400, "POST", "/__simulator/options",
            json::object{{"calls", json::parse(bad)}, {"latency_ms", 5}});
    }
    CHECK(account.get("/__simulator/options").int_at("latency_ms") == 0);
}
