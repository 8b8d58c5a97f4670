#include "telephony_support.hpp"

#include <trunkline/core/diagnostics.hpp>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

TEST_CASE("simulated calls: saved in the middle of everything, they go on the same after loading")
{
    telephone_account one;
    one.dial();
    one.begin({});
    one.expect(201, "POST", "/create-chat", json::object{{"agent_id", one.agent_id}});
    one.expect(201, "POST", "/create-batch-call",
        json::object{{"from_number", one.number},
            {"tasks",
                json::array{json::object{{"to_number", "+12137774446"}},
                    json::object{{"to_number", "+12137774447"}}}},
            {"trigger_timestamp", one.time.unix_ms() + 20'000}});
    for (auto const step : {700ms, 3'000ms, 9'000ms, 12'000ms, 60'000ms}) {
        one.wait(step);
        one.get("/get-concurrency");
        simulated_account other;
        other.time.advance(std::chrono::milliseconds(one.time.unix_ms() - other.time.unix_ms()));
        other.sim.load_state(one.sim.state());
        CHECK(other.sim.state_text() == one.sim.state_text());
        auto const copy = one.sim.state();
        other.time.advance(2min);
        other.get("/get-concurrency");

        simulated_account original;
        original.time.advance(
            std::chrono::milliseconds(one.time.unix_ms() - original.time.unix_ms()));
        original.sim.load_state(copy);
        for (int i = 0; i < 120; ++i) {
            original.time.advance(1s);
            original.get("/get-concurrency");
        }
        CHECK(original.sim.state_text() == other.sim.state_text());
    }
}

TEST_CASE("simulated calls: deliveries under way are part of the state, and sent again")
{
    simulator_options options;
    options.webhooks.url = "http://127.0.0.1:9/hook";
    options.webhooks.keys = {"k"};
    telephone_account one(options);
    one.begin({});
    one.wait(1s);
    auto const sent = one.sim.take_deliveries();
    REQUIRE(sent.size() == 1);
    simulated_account other(options);
    other.time.advance(std::chrono::milliseconds(one.time.unix_ms() - other.time.unix_ms()));
    other.sim.load_state(one.sim.state());
    CHECK(other.sim.state_text() == one.sim.state_text());
    auto const again = other.sim.take_deliveries();
    REQUIRE(again.size() == 1);
    CHECK(again[0].id == sent[0].id);
    CHECK(again[0].body == sent[0].body);
    CHECK(again[0].headers.get("Content-Type") == "application/json");
}

TEST_CASE("simulated calls: a call of a state that says no more than its document is what it says")
{
    simulated_account account;
    account.sim.load_state(
        json::parse(R"({"format":1,"calls":[)"
                    R"({"call":{"call_id":"a","call_status":"ended","start_timestamp":5}},)"
                    R"({"call":{"call_id":"b","call_status":"ongoing","start_timestamp":6}}]})"));
    CHECK(account.get("/get-concurrency").int_at("current_concurrency") == 1);
    account.expect(204, "POST", "/v2/stop-call/b");
    account.expect(204, "DELETE", "/v2/delete-call/a");
}

TEST_CASE("simulated calls: what is no state is refused and changes nothing")
{
    telephone_account account;
    auto const id = account.dial();
    for (auto const* bad : {R"({"format":1,"calls":{}})", R"({"format":1,"calls":[1]})",
             R"({"format":1,"calls":[{"call":{"call_id":"a"}},{"call":{"call_id":"a"}}]})",
             R"({"format":1,"calls":[{"call":{"call_id":"a"},"run":{"phase":"x"}}]})",
             R"({"format":1,"calls":[{"call":{"call_id":"a"},"run":{"phase":"ended","plan":[{}]}}]})",
             R"({"format":1,"chats":[{"chat":{}}]})", R"({"format":1,"batch_calls":[{}]})",
             R"({"format":1,"deliveries":{"letters":[{}]}})"})
    {
        INFO(bad);
        CHECK_THROWS_AS(account.sim.load_state(json::parse(bad)), error);
    }
    account.call(id);
}

TEST_CASE("simulated calls: a state whose calls could not have come to be is refused as a whole")
{
    telephone_account account;
    auto const before = account.sim.state_text();
    for (std::string_view const run : {
             R"({"phase":"talking","step":0,"plan":[{"at":1,"act":"bridge"}]})",
             R"({"phase":"ended","step":0,"plan":[{"at":1,"act":"end_leg"}]})",
             R"({"phase":"talking","step":1,"plan":[{"at":1,"act":"speak"}]})",
             R"({"phase":"talking","script":{"steps":5},"plan":[{"at":1,"act":"speak"}]})",
             R"({"phase":"talking","script":{"steps":[1]},"plan":[{"at":1,"act":"speak"}]})",
             R"({"phase":"ended","script":{"analysis":1},"plan":[]})",
             R"({"phase":"talking","waits_for":3,"tools":[]})",
             R"({"phase":"talking","waits_for":3,"tools":[1]})",
         })
    {
        CAPTURE(run);
        auto const state = json::parse(
            R"({"format":1,"calls":[{"call":{"call_id":"c"},"run":)" + std::string(run) + "}]}");
        CHECK_THROWS_AS(account.sim.load_state(state), error);
        account.refused(400, "PUT", "/__simulator/state", state);
        CHECK(account.sim.state_text() == before);
    }
}
