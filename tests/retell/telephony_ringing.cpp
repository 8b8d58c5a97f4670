#include "telephony_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

TEST_CASE("simulated calls: the script says how long it rings, whoever calls")
{
    telephone_account account;
    auto const ringing = json::parse(R"({"ring_ms":7000,"steps":[{"wait_ms":9000}]})");
    for (auto what :
        {json::object{}, json::object{{"direction", "web"}, {"agent_id", account.agent_id}},
            json::object{{"direction", "outbound"}, {"from_number", account.number},
                {"to_number", "+12137774445"}}})
    {
        what.set("script", ringing);
        auto const id = account.begin(what);
        account.wait(6'900ms);
        CHECK_FALSE(account.call(id).find("start_timestamp"));
        account.wait(200ms);
        CHECK(account.call(id).string_at("call_status") == "ongoing");
    }
}

TEST_CASE("simulated calls: what cannot be dialled or stored is refused")
{
    telephone_account account;
    auto const dial = [&](json::object more) {
        more.set("from_number", account.number);
        if (!more.contains("to_number")) more.set("to_number", "+12137774445");
        return account.send("POST", "/v2/create-phone-call", more).status;
    };
    CHECK(dial({{"to_number", "reception"}}) == 400);
    CHECK(dial({{"to_number", "reception"}, {"ignore_e164_validation", true}}) == 201);
    CHECK(dial({{"agent_override", 5}}) == 400);
    CHECK(dial({{"custom_sip_headers", "X-A: b"}}) == 400);
    auto const id = account.dial();
    account.expect(204, "POST", "/v2/stop-call/" + id);
    for (auto const* body : {R"({"data_storage_setting":"some"})", R"({"custom_attributes":7})"})
        account.refused(400, "PATCH", "/v2/update-call/" + id, json::parse(body));
}
