#include "simulator_support.hpp"

#include <algorithm>
#include <cctype>

using namespace trunkline;
using namespace trunkline::retell;

namespace {
bool says_unknown_asset(std::string text)
{
    std::ranges::transform(
        text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text.find("cannot find asset") != std::string::npos;
}
} // namespace

TEST_CASE("simulator: a key is required, and only the right one opens")
{
    simulator_options options;
    options.api_key = "right";
    simulated_account account(options);
    CHECK(account.send("GET", "/get-api-key-info", {}, "right").status == 200);
    CHECK(account.send("GET", "/get-api-key-info", {}, "wrong").status == 401);
    CHECK(account.send("GET", "/get-api-key-info", {}, "").status == 401);
    simulated_account open;
    CHECK(open.send("GET", "/get-api-key-info", {}, "any").status == 200);
    CHECK(open.send("GET", "/get-api-key-info", {}, "").status == 401);
}

TEST_CASE("simulator: unknown paths, parameters and bodies")
{
    simulated_account account;
    for (auto const* path : {"/agent/x", "/list-agents", "/v2/get-phone-number/+49", "/",
             "/get-agent/", "/v2/update-agent/x", "/get-agent/a/b"})
        account.refused(404, "GET", path);
    account.refused(404, "PUT", "/get-agent/x");
    auto const parameter = account.expect(400, "GET", "/get-agent/x?cache=1");
    CHECK(parameter.string_at("error_message") == "Unknown query parameter 'cache'");
    http::request broken;
    broken.method = "POST";
    broken.target = "/create-retell-llm";
    broken.headers.set("Authorization", "Bearer k");
    broken.body = "{\"a\":";
    CHECK(account.sim.handle(broken).status == 400);
    account.refused(400, "POST", "/create-retell-llm", json::array{});
    account.refused(400, "POST", "/create-retell-llm"); // a body is owed
}

TEST_CASE("simulator: what does not exist is 422, or 404 for flows and versions")
{
    simulated_account account;
    for (auto const* path : {"/get-agent/no", "/get-agent-versions/no", "/list-agent-versions/no",
             "/get-retell-llm/no", "/get-phone-number/+49301", "/get-voice/no"})
        CHECK(says_unknown_asset(account.refused(422, "GET", path)));
    for (auto const* path :
        {"/delete-agent/no", "/delete-retell-llm/no", "/delete-phone-number/+49301"})
        CHECK(says_unknown_asset(account.refused(422, "DELETE", path)));
    account.refused(404, "GET", "/get-conversation-flow/no");
    account.refused(404, "DELETE", "/delete-conversation-flow/no");
    auto const llm = account.make_llm();
    account.refused(404, "GET", "/get-retell-llm/" + llm + "?version=3");
    account.refused(400, "GET", "/get-retell-llm/" + llm + "?version=latest"); // integers only
}

TEST_CASE("simulator: create-agent checks what it needs")
{
    simulated_account account;
    json::object const engine{{"type", "retell-llm"}, {"llm_id", account.make_llm()}};
    auto const create = [&](int status, json::object body) {
        return account.refused(status, "POST", "/create-agent", body);
    };
    create(400, {{"voice_id", "retell-Cimo"}});
    create(400, {{"response_engine", engine}});
    create(404, {{"voice_id", "nobody"}, {"response_engine", engine}}); // 404, as the service does
    json::object const gone{{"type", "retell-llm"}, {"llm_id", "no"}};
    CHECK(says_unknown_asset(create(422, {{"voice_id", "retell-Cimo"}, {"response_engine", gone}})));
    create(400, {{"voice_id", "retell-Cimo"}, {"response_engine", json::object{{"type", "x"}}}});
    create(400, {{"voice_id", "retell-Cimo"}, {"response_engine", engine}, {"voice_speed", 7}});
    create(400,
        {{"voice_id", "retell-Cimo"}, {"response_engine", engine},
            {"user_dtmf_options", json::array{}}}); // what PHP makes of {}
    CHECK(account.expect(200, "POST", "/v2/list-agents").find("items")->as_array().empty());
}

TEST_CASE("simulator: defaults are filled on create, or not")
{
    simulator_options options;
    options.default_fill = false;
    simulated_account bare(options), filled;
    auto const lean = bare.agent(bare.make_agent(bare.make_llm()));
    auto const rich = filled.agent(filled.make_agent(filled.make_llm()));
    CHECK(lean.find("voice_speed") == nullptr);
    CHECK(rich.int_at("voice_speed") == 1);
    CHECK(rich.string_at("language") == "en-US");
    CHECK(rich.find("backchannel_frequency")->as_number().text() == "0.8");
    CHECK(engine_version(lean) == 0); // the engine's version is filled in any case
}

TEST_CASE("simulator: a patch replaces members, null clears, absent stays")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const path = "/update-agent/" + agent;
    account.expect(200, "PATCH", path,
        json::parse(
            R"({"webhook_url":"https://a.example","user_dtmf_options":{"digit_limit":4,"timeout_ms":2000}})"));
    auto const after = account.expect(200, "PATCH", path,
        json::parse(R"({"webhook_url":null,"user_dtmf_options":{"digit_limit":5}})"));
    CHECK(after.find("webhook_url") == nullptr);
    CHECK(json::to_text(*after.find("user_dtmf_options")) == R"({"digit_limit":5})");
    CHECK(after.string_at("agent_name") == "Reception");
    account.refused(400, "PATCH", path, json::parse(R"({"voice_id":null})"));
    CHECK(account.refused(400, "PATCH", path, json::parse(R"({"boosted_keywords":["a",7]})"))
              .find("boosted_keywords must hold nothing but strings") != std::string::npos);
    account.refused(404, "PATCH", path, json::object{{"voice_id", "nobody"}});
}

TEST_CASE("simulator: read-only and removed members of a body change nothing")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const before = account.agent(agent);
    auto const after = account.expect(200, "PATCH", "/update-agent/" + agent,
        json::parse(R"({"agent_id":"x","version":9,"is_published":true,"base_version":3,
            "last_modification_timestamp":1,"assigned_tags":["prod"],"conversation_flow":{"nodes":[]}})"));
    for (auto const& difference : json::diff(before, after))
        CHECK(difference.path == "/last_modification_timestamp");
}

TEST_CASE("simulator: unknown body members are kept, dropped or refused, by switch")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const path = "/update-agent/" + agent;
    auto const novelty = json::parse(R"({"novelty":{"deep":[31.4500,12345678901234567890]}})");
    auto const kept = account.expect(200, "PATCH", path, novelty);
    CHECK(json::to_text(*kept.find("novelty")) == R"({"deep":[31.4500,12345678901234567890]})");
    account.publish(agent, 0);
    CHECK(account.fork(agent, 0).find("novelty") != nullptr);

    account.send("POST", "/__simulator/options", json::object{{"keep_unknown_fields", false}});
    CHECK(account.expect(200, "PATCH", path, json::object{{"other", 1}}).find("other") == nullptr);
    account.send("POST", "/__simulator/options", json::object{{"strict_body", true}});
    account.refused(400, "PATCH", path, json::object{{"other", 1}});
    account.refused(400, "PATCH", path, json::object{{"version", 1}});
}

TEST_CASE("simulator: the language \"multi\" becomes the array it stands for")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const after =
        account.expect(200, "PATCH", "/update-agent/" + agent, json::object{{"language", "multi"}});
    CHECK(after.find("language")->as_array().size() == 10);
    auto const one =
        account.expect(200, "PATCH", "/update-agent/" + agent, json::object{{"language", "de-DE"}});
    CHECK(one.string_at("language") == "de-DE");
}

TEST_CASE("simulator: another engine may be refused once there are versions")
{
    simulated_account account;
    auto const first = account.make_llm(), second = account.make_llm();
    auto const agent = account.make_agent(first);
    account.fork(agent, 0);
    json::object const other{{"type", "retell-llm"}, {"llm_id", second}};
    json::object const same{{"type", "retell-llm"}, {"llm_id", first}};
    account.send("POST", "/__simulator/options", json::object{{"refuse_engine_change", true}});
    CHECK(account.refused(
              400, "PATCH", "/update-agent/" + agent, json::object{{"response_engine", other}}) ==
        "Cannot update response engine after agent versions have been created");
    CHECK(engine_version(account.expect(200, "PATCH", "/update-agent/" + agent,
              json::object{{"response_engine", same}})) == 1); // keeps the version it had
    account.send("POST", "/__simulator/options", json::object{{"refuse_engine_change", false}});
    CHECK(engine_version(account.expect(200, "PATCH", "/update-agent/" + agent,
              json::object{{"response_engine", other}})) == 0);
}

TEST_CASE("simulator: list-agents gives one row an agent, without configuration")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const dental = account.make_agent(llm, "Dental practice");
    auto const garage = account.make_agent(llm, "Garage");
    account.fork(dental, 0);
    auto const items = account.expect(200, "POST", "/v2/list-agents", json::object{});
    auto const& rows = items.find("items")->as_array();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].string_at("agent_id") == dental); // modified last
    CHECK(rows[0].string_at("channel") == "voice");
    CHECK(rows[0].find("tags")->is_object());
    CHECK(rows[0].as_object().size() == 5);
    auto const search = account.expect(200, "POST", "/v2/list-agents",
        json::parse(
            R"({"filter_criteria":{"query":"gar","channel":{"type":"string","op":"eq","value":"voice"}}})"));
    REQUIRE(search.find("items")->as_array().size() == 1);
    CHECK(search.find("items")->as_array()[0].string_at("agent_id") == garage);
    auto const chats = account.expect(200, "POST", "/v2/list-agents",
        json::parse(R"({"filter_criteria":{"channel":{"type":"string","op":"eq","value":"chat"}}})"));
    CHECK(chats.find("items")->as_array().empty());
}

TEST_CASE("simulator: user_modified_timestamp moves with every edit that concerns the agent")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm), bystander = account.make_agent(account.make_llm());
    auto const moved = [&](std::string const& id) {
        auto const page = account.expect(200, "POST", "/v2/list-agents", json::object{});
        for (auto const& row : page.find("items")->as_array())
            if (row.string_at("agent_id") == id) return row.int_at("user_modified_timestamp");
        return std::int64_t(-1);
    };
    auto const quiet = moved(bystander);
    auto last = moved(agent);
    auto const check_moved = [&](std::string_view what) {
        INFO(what);
        auto const now = moved(agent);
        CHECK(now > last);
        last = now;
    };
    account.expect(200, "PATCH", "/update-agent/" + agent, json::object{{"agent_name", "n"}});
    check_moved("update");
    account.expect(200, "PATCH", "/update-retell-llm/" + llm, json::object{{"general_prompt", "p"}});
    check_moved("engine draft");
    account.publish(agent, 0);
    check_moved("publish");
    account.fork(agent, 0);
    check_moved("create-version");
    account.send("DELETE", "/delete-agent-version/" + agent + "?version=1");
    check_moved("delete-version");
    CHECK(moved(bystander) == quiet);
}

TEST_CASE("simulator: timestamps increase even when the clock stands")
{
    simulated_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto last = account.agent(agent).int_at("last_modification_timestamp");
    CHECK(last >= account.time.unix_ms());
    for (int i = 0; i < 5; ++i) {
        auto const next = account
                              .expect(200, "PATCH", "/update-agent/" + agent,
                                  json::object{{"agent_name", std::to_string(i)}})
                              .int_at("last_modification_timestamp");
        CHECK(next > last);
        last = next;
    }
}

TEST_CASE("simulator: the account's catalogue")
{
    simulated_account account;
    auto const voices = account.get("/list-voices");
    REQUIRE(voices.as_array().size() >= 5);
    auto const id = std::string(voices.as_array()[0].string_at("voice_id"));
    CHECK(account.get("/get-voice/" + id).string_at("voice_name") != "");
    CHECK(account.get("/list-knowledge-bases").as_array().empty());
    CHECK(account.get("/get-concurrency").int_at("concurrency_limit") == 20);
    CHECK(account.get("/get-api-key-info").string_at("org_name") != "");
}

TEST_CASE("simulator: a filter of agents that cannot be meant is refused, not left out")
{
    simulated_account account;
    for (auto const* criteria : {R"([])", R"({"channel":"chat"})", R"({"name":"x"})",
             R"({"channel":{"type":"string","op":"eq","value":"sms"}})",
             R"({"channel":{"type":"string","op":"ne","value":"chat"}})", R"({"query":5})"})
    {
        CAPTURE(criteria);
        account.refused(400, "POST", "/v2/list-agents",
            json::object{{"filter_criteria", json::parse(criteria)}});
    }
    account.expect(200, "POST", "/v2/list-agents",
        json::parse(R"({"filter_criteria":{"channel":null,"query":null}})"));
}
