#include "simulator_forms.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// One of everything that is no agent, LLM, flow or number, with work in progress.
void make_everything(simulated_account& account)
{
    auto const llm = account.make_llm();
    json::object const engine{{"type", "retell-llm"}, {"llm_id", llm}};
    account.expect(201, "POST", "/create-chat-agent", json::object{{"response_engine", engine}});
    account.expect(201, "POST", "/create-conversation-flow-component",
        json::parse(R"({"name":"n","nodes":[],"mine":31.4500})"));
    auto const test = account.expect(201, "POST", "/create-test-case-definition",
        json::object{{"name", "n"}, {"metrics", json::array{}}, {"user_prompt", "u"},
            {"response_engine", engine}});
    json::value const id = *test.find("test_case_definition_id");
    account.expect(201, "POST", "/create-batch-test",
        json::object{{"response_engine", engine}, {"test_case_definition_ids", json::array{id, id}}});
    expect_form(account, 201, "/create-knowledge-base",
        test_form().field("knowledge_base_name", "n").file("knowledge_base_files", "f", "x"));
    expect_form(account, 201, "/create-asset", test_form().file("file", "f", "x"));
    auto const upload = expect_form(account, 200, "/upload-contact-import-file",
        test_form().file("file", "c.csv", "p\n+14155550101\n+14155550102\n"));
    json::object const column{{"external_field_name", "p"}, {"field_name", "phone_number"}};
    account.expect(201, "POST", "/create-contact-import",
        json::object{
            {"upload_id", *upload.find("upload_id")}, {"column_mapping", json::array{column}}});
    auto const app = account.expect(201, "POST", "/create-app",
        json::parse(
            R"({"provider":"p","type":"crm","auth_config":{"type":"api_key","api_key":"k"}})"));
    account.expect(200, "POST", "/update-crm-config", json::object{{"app_id", *app.find("app_id")}});
    account.expect(200, "POST", "/run-sync-job");
    account.expect(200, "POST", "/add-community-voice",
        json::parse(R"({"provider_voice_id":"x","voice_name":"Ours"})"));
}

/// What every list and job of the account says.
std::string everything_shown(simulated_account& account)
{
    std::string out;
    for (auto const* target : {"/v2/list-conversation-flow-components", "/list-knowledge-bases",
             "/v2/list-test-case-definitions?type=retell-llm",
             "/v2/list-batch-tests?type=retell-llm", "/list-apps", "/list-voices",
             "/get-contact-import", "/get-crm-config", "/get-sync-job-status",
             "/v2/list-export-requests", "/get-contact-by-phone/+14155550101"})
        out += account.send("GET", target).body + '\n';
    out += account.send("POST", "/list-contacts", json::object{}).body;
    out += account.send("POST", "/v2/list-agents", json::object{}).body;
    auto const page = account.get("/list-apps");
    auto const app = std::string(page.find("items")->as_array()[0].string_at("app_id"));
    return out + account.send("POST", "/test-app-auth/" + app).body;
}

} // namespace

TEST_CASE("simulator state: one of everything, saved in the middle of its work, goes on the same")
{
    simulated_account a, twin, loaded;
    make_everything(a);
    make_everything(twin);
    CHECK(a.sim.state_text() == twin.sim.state_text());
    for (auto* account : {&a, &loaded}) account->time.advance(1000ms);
    auto const saved = a.sim.state_text();
    loaded.sim.load_state(json::parse(saved));
    CHECK(loaded.sim.state_text() == saved);
    for (int step = 0; step < 3; ++step) {
        CAPTURE(step);
        CHECK(everything_shown(a) == everything_shown(loaded));
        CHECK(a.sim.state_text() == loaded.sim.state_text());
        for (auto* account : {&a, &loaded}) account->time.advance(1000ms);
    }
    auto const shown = everything_shown(a);
    CHECK(shown.find(R"("pass_count":2)") != shown.npos);
    CHECK(shown.find("in_progress") == shown.npos);
    CHECK(shown.find(R"("mine":31.4500)") != shown.npos);
    CHECK(shown.find(R"({"success":true})") != shown.npos); // the secret was kept, unseen
}

TEST_CASE("simulator log: bounded, the oldest entries go first")
{
    simulator_options options;
    options.request_log_size = 100;
    simulated_account account(options);
    for (int i = 0; i < 1000; ++i) account.get("/get-api-key-info");
    CHECK(account.sim.log().size() <= 100);
    CHECK(account.sim.log().size() >= 90);
    CHECK(account.sim.log().back().sequence == 1000);
}
