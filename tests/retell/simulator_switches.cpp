// Where the service's behaviour is unknown or was seen both ways: each switch plays both answers.

#include "simulator_support.hpp"

#include <trunkline/http/url.hpp>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

class switched_account : public simulated_account {
public:
    void set(std::string_view option, json::value v)
    {
        expect(200, "POST", "/__simulator/options", json::object{{option, std::move(v)}});
    }
    http::reply send_with(std::string_view header, std::string value, std::string_view method,
        std::string target, json::value const& body)
    {
        http::request r;
        r.method = method;
        r.target = std::move(target);
        r.headers.set("Authorization", "Bearer k");
        r.headers.set(header, std::move(value));
        r.body = json::to_text(body);
        return sim.handle(r);
    }
    std::int64_t position(std::string const& agent)
    {
        auto const page = expect(200, "POST", "/v2/list-agents", json::object{});
        for (auto const& row : page.find("items")->as_array())
            if (row.string_at("agent_id") == agent) return row.int_at("user_modified_timestamp");
        return -1;
    }
    std::string llm_id = make_llm();
    std::string agent_id = make_agent(llm_id);
};

} // namespace

TEST_CASE("simulator switches: what is shown can be set again, all or nothing")
{
    simulated_account account;
    auto const options = account.get("/__simulator/options");
    CHECK(account.expect(200, "POST", "/__simulator/options", options) == options);
    account.refused(400, "POST", "/__simulator/options",
        json::parse(R"({"deep_patch":true,"unknown_tag_status":500})"));
    account.refused(400, "POST", "/__simulator/options", json::parse(R"({"errors":"odd"})"));
    account.refused(400, "POST", "/__simulator/options", json::parse(R"({"failing_tests":1})"));
    CHECK(account.get("/__simulator/options") == options);
}

TEST_CASE("simulator switches: a tag no agent has, a version in use")
{
    switched_account account;
    for (int status : {422, 404, 400}) {
        account.set("unknown_tag_status", status);
        account.refused(status, "GET", "/get-agent/" + account.agent_id + "?version=unheard");
    }
    // A tag that exists and points at nothing is the latest, whatever the switch says.
    CHECK(account.agent(account.agent_id, "staging").int_at("version") == 0);
    account.fork(account.agent_id, 0);
    json::object const binding{{"agent_id", account.agent_id}, {"weight", 1}, {"agent_version", 1}};
    account.expect(201, "POST", "/create-phone-number",
        json::object{{"area_code", 415}, {"inbound_agents", json::array{binding}}});
    for (int status : {422, 400}) {
        account.set("attached_version_status", status);
        account.refused(
            status, "DELETE", "/delete-agent-version/" + account.agent_id + "?version=1");
    }
}

TEST_CASE("simulator switches: read-only body fields are ignored or refused")
{
    switched_account account;
    auto const path = "/update-agent/" + account.agent_id;
    json::object const body{{"version", 7}, {"agent_name", "n"}};
    CHECK(account.expect(200, "PATCH", path, body).int_at("version") == 0);
    account.set("refuse_read_only", true);
    CHECK(account.refused(400, "PATCH", path, body) == "version is read-only");
    account.expect(200, "PATCH", path, json::object{{"agent_name", "n"}, {"invented", 1}});
}

TEST_CASE("simulator switches: unknown body fields are kept, dropped or refused")
{
    switched_account account;
    auto const path = "/update-agent/" + account.agent_id;
    auto const with = [](char const* name) { return json::object{{name, 1}}; };
    CHECK(account.expect(200, "PATCH", path, with("kept")).find("kept"));
    account.set("keep_unknown_fields", false);
    CHECK_FALSE(account.expect(200, "PATCH", path, with("dropped")).find("dropped"));
    account.set("strict_body", true);
    account.refused(400, "PATCH", path, with("refused"));
}

TEST_CASE("simulator switches: PATCH replaces nested objects whole, or merges them")
{
    switched_account account;
    auto const path = "/update-agent/" + account.agent_id;
    auto const patched = [&](char const* text) {
        auto const done = account.expect(
            200, "PATCH", path, json::object{{"handbook_config", json::parse(text)}});
        return json::to_text(*done.find("handbook_config"));
    };
    patched(R"({"ai_disclosure":true,"high_empathy":true})");
    CHECK(patched(R"({"smart_matching":true})") == R"({"smart_matching":true})");
    account.set("deep_patch", true);
    CHECK(patched(R"({"ai_disclosure":true})") == R"({"smart_matching":true,"ai_disclosure":true})");
    CHECK(patched(R"({"smart_matching":null})") == R"({"ai_disclosure":true})");
}

TEST_CASE("simulator switches: If-Match is ignored, or 412 for another state")
{
    switched_account account;
    auto const path = "/update-agent/" + account.agent_id;
    auto const update = [&](std::string match) {
        return account.send_with("If-Match", std::move(match), "PATCH", path, json::object{}).status;
    };
    CHECK(update("1") == 200);
    account.set("check_if_match", true);
    auto const stamp = [&] {
        return std::to_string(account.agent(account.agent_id).int_at("last_modification_timestamp"));
    };
    auto const before = stamp();
    CHECK(update("1") == 412);
    CHECK(stamp() == before);
    CHECK(update('"' + before + '"') == 200);
    CHECK(update(before) == 412); // it changed a moment ago
    CHECK(update(stamp()) == 200);
    CHECK(update("*") == 200);
    account.expect(200, "PATCH", path, json::object{});
}

TEST_CASE("simulator switches: a language array of one is stored as it is, or as that language")
{
    switched_account account;
    auto const stored = [&](json::array language) {
        auto const done = account.expect(200, "PATCH", "/update-agent/" + account.agent_id,
            json::object{{"language", std::move(language)}});
        return json::to_text(*done.find("language"));
    };
    CHECK(stored({"de-DE"}) == R"(["de-DE"])");
    account.set("collapse_language", true);
    CHECK(stored({"de-DE"}) == R"("de-DE")");
    CHECK(stored({"de-DE", "en-US"}) == R"(["de-DE","en-US"])");
}

TEST_CASE("simulator switches: configured secrets come back in clear, or masked")
{
    switched_account account;
    auto const path = "/update-retell-llm/" + account.llm_id;
    auto const body = json::parse(R"({"general_tools":[
        {"type":"custom","name":"t","url":"https://x","headers":{"Authorization":"canary-1"},"query_params":{"k":"canary-2"}},
        {"type":"check_availability_cal","name":"c","cal_api_key":"canary-3","event_type_id":1}],
        "mcps":[{"name":"m","url":"https://m","headers":{"X":"canary-4"}}]})");
    auto const seen = [&] {
        return account.send("PATCH", path, json::object{}).body +
            account.send("GET", "/get-retell-llm/" + account.llm_id).body +
            account.send("GET", "/v2/list-retell-llms").body;
    };
    account.expect(200, "PATCH", path, body);
    CHECK(seen().find("canary-4") != std::string::npos);
    account.set("mask_secrets", true);
    CHECK(seen().find("canary") == std::string::npos);
    CHECK(seen().find(R"("Authorization":"****")") != std::string::npos);
    account.set("mask_secrets", false); // what is stored is what was sent
    CHECK(seen().find("canary-1") != std::string::npos);
}

TEST_CASE("simulator switches: secrets of shared components come back in clear, or masked")
{
    switched_account account;
    auto const made = account.expect(201, "POST", "/create-conversation-flow-component",
        json::parse(R"({"name":"n","nodes":[],"tools":[{"type":"custom","name":"t","tool_id":"t",
            "url":"https://a.example","headers":{"Authorization":"canary-5"}}]})"));
    auto const path = "/get-conversation-flow-component/" +
        std::string(made.string_at("conversation_flow_component_id"));
    CHECK(account.send("GET", path).body.find("canary-5") != std::string::npos);
    account.set("mask_secrets", true);
    CHECK(account.send("GET", path).body.find("canary-5") == std::string::npos);
    CHECK(account.send("GET", "/v2/list-conversation-flow-components").body.find("canary-5") ==
        std::string::npos);
}

TEST_CASE("simulator switches: rate-limit headers, or none")
{
    switched_account account;
    account.set("rate_limit", 10);
    auto const probe = [&] { return account.send("GET", "/get-api-key-info").headers; };
    CHECK_FALSE(probe().contains("X-RateLimit-Limit"));
    account.set("rate_limit_headers", true);
    account.time.advance(1000ms);
    auto const headers = probe();
    CHECK(headers.get("X-RateLimit-Limit") == "10");
    CHECK(headers.get("X-RateLimit-Remaining") == "9");
    CHECK(headers.get("X-RateLimit-Reset") == "1");
    for (int i = 0; i < 9; ++i) probe();
    auto const limited = account.send("GET", "/get-api-key-info");
    CHECK(limited.status == 429);
    CHECK(limited.headers.get("X-RateLimit-Remaining") == "0");
}

TEST_CASE("simulator switches: success codes nobody documents, both ways")
{
    switched_account account;
    auto const statuses = [&] {
        return std::vector<int>{account.send("POST", "/v2/list-agents", json::object{}).status,
            account.send("GET", "/list-agent-versions/" + account.agent_id).status,
            account.send("POST", "/repair-agent/" + account.agent_id).status,
            account.send("GET", "/get-agent/" + account.agent_id).status};
    };
    CHECK(statuses() == std::vector<int>{200, 200, 200, 200});
    account.set("other_success", true);
    CHECK(statuses() == std::vector<int>{201, 201, 201, 200}); // the last is documented
}

TEST_CASE("simulator switches: the body of an error in either shape")
{
    switched_account account;
    auto const shape = [&](char const* target) {
        auto const body = json::parse(account.send("GET", target).body);
        return std::string(body.find("error_message") ? "error_message" : body.string_at("status"));
    };
    CHECK(shape("/get-agent/no") == "error");
    CHECK(shape("/get-agent/no?odd=1") == "error_message");
    account.set("errors", "error_message");
    CHECK(shape("/get-agent/no") == "error_message");
    account.set("errors", "message");
    CHECK(shape("/get-agent/no?odd=1") == "error");
}

TEST_CASE("simulator switches: what moves the time an agent was modified by its user")
{
    class event {
    public:
        char const* option;
        void (*happens)(switched_account&);
    };
    event const events[] = {
        {"engine_edit_moves_agent",
            [](switched_account& a) {
                a.expect(200, "PATCH", "/update-retell-llm/" + a.llm_id,
                    json::object{{"general_prompt", "x"}});
            }},
        {"new_version_moves_agent", [](switched_account& a) { a.fork(a.agent_id, 0); }},
        {"publish_moves_agent", [](switched_account& a) { a.publish(a.agent_id, 0); }},
        {"version_delete_moves_agent",
            [](switched_account& a) {
                CHECK(a.send("DELETE", "/delete-agent-version/" + a.agent_id + "?version=1").status ==
                    204);
            }},
    };
    for (auto const& e : events)
        for (bool moves : {true, false}) {
            INFO(std::string(e.option) << ' ' << moves);
            switched_account account;
            account.fork(account.agent_id, 0);
            account.send("DELETE", "/delete-agent-version/" + account.agent_id + "?version=1");
            account.fork(account.agent_id, 0);
            if (std::string_view(e.option) == "engine_edit_moves_agent")
                account.send("DELETE", "/delete-agent-version/" + account.agent_id + "?version=1");
            account.set(e.option, moves);
            auto const before = account.position(account.agent_id);
            e.happens(account);
            CHECK((account.position(account.agent_id) > before) == moves);
        }
}

TEST_CASE("simulator switches: a number without a version runs the latest, or the published one")
{
    switched_account account;
    account.publish(account.agent_id, 0);
    account.fork(account.agent_id, 0);
    json::object const binding{{"agent_id", account.agent_id}, {"weight", 1}};
    account.expect(201, "POST", "/create-phone-number",
        json::object{{"phone_number", "+14155550100"}, {"outbound_agents", json::array{binding}}});
    auto const version = [&] {
        return account
            .expect(201, "POST", "/v2/create-phone-call",
                json::object{{"from_number", "+14155550100"}, {"to_number", "+14155550199"}})
            .int_at("agent_version");
    };
    CHECK(version() == 1);
    account.set("unpinned_runs_published", true);
    CHECK(version() == 0);
}

TEST_CASE("simulator switches: defaults are filled in, or absent")
{
    switched_account account;
    CHECK(account.agent(account.agent_id).find("voice_speed"));
    account.set("default_fill", false);
    CHECK_FALSE(account.agent(account.make_agent(account.llm_id)).find("voice_speed"));
}
