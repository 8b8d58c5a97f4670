#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

namespace {

json::value binding(std::string_view agent, std::string_view weight)
{
    return json::object{{"agent_id", agent}, {"weight", json::number(std::string(weight))}};
}

class one_number : public simulated_account {
public:
    one_number()
    {
        agent_id = make_agent(make_llm());
        expect(201, "POST", "/create-phone-number", json::object{{"phone_number", "+14155550100"}});
    }
    int bind(json::array agents)
    {
        return send("PATCH", "/update-phone-number/+14155550100",
            json::object{{"inbound_agents", std::move(agents)}})
            .status;
    }
    std::string agent_id;
};

} // namespace

TEST_CASE("simulator: bought numbers")
{
    simulated_account account;
    auto const chosen = account.expect(201, "POST", "/create-phone-number",
        json::object{{"phone_number", "+14155550100"}, {"number_provider", "telnyx"}});
    CHECK(chosen.string_at("phone_number_type") == "retell-telnyx");
    CHECK(chosen.string_at("phone_number_pretty") == "+1 (415) 555-0100");
    CHECK(chosen.int_at("area_code") == 415);
    auto const drawn =
        account.expect(201, "POST", "/create-phone-number", json::object{{"area_code", 212}});
    CHECK(drawn.string_at("phone_number").starts_with("+1212"));
    CHECK(drawn.string_at("phone_number_type") == "retell-twilio");
    account.refused(
        400, "POST", "/create-phone-number", json::object{{"phone_number", "+14155550100"}});
}

TEST_CASE("simulator: what is bought has an area code, and values of a list are of that list")
{
    simulated_account account;
    auto const buy = [&](char const* body) {
        return account.expect(201, "POST", "/create-phone-number", json::parse(body));
    };
    CHECK(buy(R"({"area_code":null})").string_at("phone_number").starts_with("+1415"));
    auto const free = buy(R"({"toll_free":true,"country_code":"CA"})");
    CHECK(free.string_at("phone_number").starts_with("+1888"));
    CHECK(free.int_at("area_code") == 888);
    for (auto const* body : {R"({"area_code":415.5})", R"({"country_code":"DE"})",
             R"({"number_provider":"plivo"})", R"({"transport":"SCTP"})"})
        account.refused(400, "POST", "/create-phone-number", json::parse(body));
    account.refused(400, "PATCH",
        "/update-phone-number/" + std::string(free.string_at("phone_number")),
        json::object{{"transport", "tcp"}});
    account.refused(400, "POST", "/import-phone-number",
        json::parse(R"({"phone_number":"+4930123","termination_uri":"sip.example","transport":""})"));
}

TEST_CASE("simulator: an area code whose numbers are all taken is refused, not searched for ever")
{
    simulated_account account;
    json::array numbers;
    for (int i = 0; i < 10'000; ++i)
        numbers.emplace_back(
            json::object{{"phone_number", "+1415" + std::to_string(5'550'000 + i)}});
    account.sim.load_state(json::object{{"format", 1}, {"phone_numbers", std::move(numbers)}});
    account.refused(400, "POST", "/create-phone-number", json::object{});
    account.expect(201, "POST", "/create-phone-number", json::object{{"area_code", 212}});
}

TEST_CASE("simulator: the plus of a number in a path is a plus, escaped or not")
{
    one_number account;
    CHECK(account.get("/get-phone-number/+14155550100").string_at("phone_number") == "+14155550100");
    account.get("/get-phone-number/%2B14155550100");
    account.refused(422, "GET", "/get-phone-number/%2014155550100");
}

TEST_CASE("simulator: imported numbers nest their trunk and never show its password")
{
    simulated_account account;
    json::object body{{"phone_number", "+4930123456"}, {"termination_uri", "sip.example.net"},
        {"sip_trunk_auth_username", "user"}, {"sip_trunk_auth_password", "CANARY-1"}};
    auto const made = account.expect(201, "POST", "/import-phone-number", body);
    CHECK(made.string_at("phone_number_type") == "custom");
    CHECK(json::to_text(*made.find("sip_outbound_trunk_config")) ==
        R"({"termination_uri":"sip.example.net","auth_username":"user","transport":"TCP"})");
    CHECK(json::to_text(made).find("CANARY") == std::string::npos);

    auto const changed = account.expect(200, "PATCH", "/update-phone-number/+4930123456",
        json::object{{"auth_username", "new"}, {"auth_password", "CANARY-2"}, {"transport", "TLS"}});
    CHECK(json::to_text(*changed.find("sip_outbound_trunk_config")) ==
        R"({"termination_uri":"sip.example.net","auth_username":"new","transport":"TLS"})");
    CHECK(json::to_text(account.get("/v2/list-phone-numbers")).find("CANARY") == std::string::npos);
    // The state has it: that is how a test sees that it was written.
    CHECK(account.sim.state().find("phone_number_secrets")->string_at("+4930123456") == "CANARY-2");
    // The names of import do nothing on update.
    account.expect(200, "PATCH", "/update-phone-number/+4930123456",
        json::object{{"sip_trunk_auth_password", "CANARY-3"}});
    CHECK(account.sim.state().find("phone_number_secrets")->string_at("+4930123456") == "CANARY-2");
}

TEST_CASE("simulator: import needs a number and a trunk")
{
    simulated_account account;
    account.refused(400, "POST", "/import-phone-number", json::object{{"phone_number", "+4930123"}});
    account.refused(400, "POST", "/import-phone-number", json::object{{"termination_uri", "x"}});
    json::object body{{"phone_number", "030123"}, {"termination_uri", "x"}};
    account.refused(400, "POST", "/import-phone-number", body);
    body.set("ignore_e164_validation", true);
    account.expect(201, "POST", "/import-phone-number", body);
}

TEST_CASE("simulator: weights sum to exactly one, in decimals")
{
    one_number account;
    auto const& id = account.agent_id;
    CHECK(account.bind(json::array(10, binding(id, "0.1"))) == 200);
    CHECK(account.bind({binding(id, "0.7"), binding(id, "0.2"), binding(id, "1e-1")}) == 200);
    CHECK(account.bind({binding(id, "1.000")}) == 200);
    CHECK(account.bind({}) == 200);
    CHECK(account.bind({binding(id, "0.99")}) == 400);
    CHECK(account.bind(json::array(9, binding(id, "0.1"))) == 400);
    CHECK(account.bind(json::array(11, binding(id, "0.1"))) == 400);
    CHECK(account.bind({binding(id, "0.9999999999999999"), binding(id, "0.0000000000000002")}) ==
        400);
    CHECK(account.bind({binding(id, "2"), binding(id, "-1")}) == 400);
    CHECK(account.bind({binding(id, "1e300")}) == 400);
    CHECK(account.bind({json::object{{"agent_id", id}}}) == 400);
    CHECK(account.bind({json::object{{"agent_id", id}, {"weight", "1"}}}) == 400);
}

TEST_CASE("simulator: bindings must lead somewhere")
{
    one_number account;
    auto const pinned = [&](json::value version) {
        auto b = binding(account.agent_id, "1");
        b.as_object().set("agent_version", std::move(version));
        return account.bind({b});
    };
    CHECK(account.bind({binding("nobody", "1")}) == 422);
    CHECK(pinned(0) == 200);
    CHECK(pinned("latest") == 200);
    CHECK(pinned("latest_published") == 200);
    CHECK(pinned("prod") == 200);
    CHECK(pinned(nullptr) == 200);
    CHECK(pinned(7) == 422);
    CHECK(pinned("canary") == 422);
    CHECK(pinned(1.5) == 400);
}

TEST_CASE("simulator: fallbacks go one step at most")
{
    simulated_account account;
    for (auto const* n : {"+14155550101", "+14155550102", "+14155550103"})
        account.expect(201, "POST", "/create-phone-number", json::object{{"phone_number", n}});
    auto const fall_back = [&](std::string const& from, json::value to) {
        return account
            .send("PATCH", "/update-phone-number/" + from, json::object{{"fallback_number", to}})
            .status;
    };
    CHECK(fall_back("+14155550101", "+14155550101") == 400);
    CHECK(fall_back("+14155550101", "+14155550102") == 200);
    CHECK(fall_back("+14155550103", "+14155550101") == 400); // has its own
    CHECK(fall_back("+14155550102", "+14155550103") == 400); // is one
    CHECK(fall_back("+14155550101", nullptr) == 200);
    CHECK(fall_back("+14155550102", "+14155550103") == 200);
    CHECK(fall_back("+14155550101", "+4930999") == 200); // may be foreign
}

TEST_CASE("simulator: removed and misplaced members of a number are swallowed with 200")
{
    one_number account;
    auto const before = account.get("/get-phone-number/+14155550100");
    auto const after = account.expect(200, "PATCH", "/update-phone-number/+14155550100",
        json::parse(
            R"({"agent_id":"x","inbound_agent_id":"x","inbound_agent_version":1,"phone_number":"+1",
            "outbound_agent_id":"x","area_code":212})"));
    for (auto const& difference : json::diff(before, after))
        CHECK(difference.path == "/last_modification_timestamp");
}

TEST_CASE("simulator: a deleted number is gone")
{
    one_number account;
    CHECK(account.send("DELETE", "/delete-phone-number/+14155550100").status == 204);
    account.refused(422, "GET", "/get-phone-number/+14155550100");
    CHECK(account.get("/v2/list-phone-numbers").find("items")->as_array().empty());
}
