#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

std::string make_contact(simulated_account& account, char const* body)
{
    return std::string(
        account.expect(201, "POST", "/create-contact", json::parse(body)).string_at("contact_id"));
}

/// The first names a list finds, oldest first.
std::string names(simulated_account& account, std::string const& criteria)
{
    auto const body = json::parse(R"({"sort_order":"asc",)" + criteria + '}');
    auto const page = account.expect(200, "POST", "/list-contacts", body);
    std::string out;
    for (auto const& item : page.find("items")->as_array()) out += item.string_at("first_name");
    CHECK(page.int_at("total") == static_cast<std::int64_t>(out.size()));
    return out;
}

std::string make_app(simulated_account& account, char const* auth)
{
    json::object body{{"provider", "hubspot"}, {"type", "crm"}};
    if (auth) body.set("auth_config", json::parse(auth));
    return std::string(account.expect(201, "POST", "/create-app", body).string_at("app_id"));
}

} // namespace

TEST_CASE("simulator contacts: one for each phone number, found by it")
{
    simulated_account account;
    auto const id = make_contact(account, R"({"phone_number":"+14155550100"})");
    CHECK(account.get("/get-contact-by-phone/+14155550100").string_at("contact_id") == id);
    CHECK(account.get("/get-contact-by-phone/%2B14155550100").string_at("contact_id") == id);
    account.refused(404, "GET", "/get-contact-by-phone/+14155550101");
    account.refused(
        400, "POST", "/create-contact", json::parse(R"({"phone_number":"+14155550100"})"));
    account.refused(400, "POST", "/create-contact", json::parse(R"({"phone_number":"12"})"));
    // The number stays: an update does not take it.
    account.expect(200, "PATCH", "/update-contact/" + id, json::parse(R"({"phone_number":"+1"})"));
    CHECK(account.get("/get-contact/" + id).string_at("phone_number") == "+14155550100");
    auto const page = account.get("/list-contact-conversations/" + id);
    CHECK(page.find("items")->as_array().empty());
    account.refused(404, "GET", "/list-contact-conversations/no");
}

TEST_CASE("simulator contacts: lists are filtered by members, custom fields and text")
{
    simulated_account account;
    make_contact(account,
        R"({"phone_number":"+14155550101","first_name":"a","tags":["vip"],"custom_fields":{"age":40}})");
    make_contact(account, R"({"phone_number":"+14155550102","first_name":"b","do_not_call":true})");
    make_contact(account,
        R"({"phone_number":"+49301234567","first_name":"c","tags":["new","vip"],"custom_fields":{"age":20}})");
    CHECK(names(account, R"("limit":10)") == "abc");
    CHECK(names(account, R"("search_query":"+4930")") == "c");
    auto const filtered = [&](std::string const& one) {
        return names(account, R"("filter_criteria":{)" + one + '}');
    };
    CHECK(filtered(R"("tags":{"type":"enum","op":"in","value":["vip"]})") == "ac");
    CHECK(filtered(R"("do_not_call":{"type":"boolean","op":"eq","value":true})") == "b");
    CHECK(filtered(R"("phone_number":{"type":"string","op":"sw","value":"+1"})") == "ab");
    CHECK(
        filtered(R"("custom_fields":[{"type":"number","op":"gt","value":30,"key":"age"}])") == "a");
    CHECK(filtered(R"("custom_fields":[{"type":"present","op":"np","key":"age"}])") == "b");
    account.refused(400, "POST", "/list-contacts",
        json::parse(R"({"filter_criteria":{"tags":{"type":"enum","op":"eq","value":[]}}})"));
}

TEST_CASE("simulator jobs: one at a time, queued, running and idle by the clock")
{
    simulated_account account;
    CHECK(account.get("/get-backfill-contact-job-status").string_at("status") == "idle");
    make_contact(account, R"({"phone_number":"+14155550101"})");
    auto const body = json::parse(R"({"backfill_attributes":["x"],"backfill_call_filter":{}})");
    auto const started = account.expect(200, "POST", "/backfill-contact-analysis-data", body);
    CHECK(started.string_at("status") == "queued");
    CHECK_FALSE(started.find("single_id"));
    account.refused(400, "POST", "/backfill-contact-analysis-data", body);
    account.refused(400, "POST", "/backfill-contact-analysis-data", json::object{});
    account.time.advance(1000ms);
    CHECK(account.get("/get-backfill-contact-job-status").string_at("status") == "running");
    account.time.advance(1000ms);
    auto const done = account.get("/get-backfill-contact-job-status");
    CHECK(done.string_at("status") == "idle");
    CHECK(done.int_at("succeeded") == 1);
}

TEST_CASE("simulator apps: credentials go in and never come out")
{
    simulated_account account;
    auto const app = make_app(account, R"({"type":"api_key","api_key":"canary-5117"})");
    auto const shown = account.send("GET", "/get-app/" + app).body +
        account.send("GET", "/list-apps").body +
        account.send("PATCH", "/update-app/" + app, json::object{{"name", "n"}}).body;
    CHECK(shown.find("api_key") != shown.npos);
    CHECK(shown.find("canary") == shown.npos);
    CHECK(account.expect(200, "POST", "/test-app-auth/" + app).bool_at("success"));
    CHECK(account.get("/get-app/" + app).string_at("connection_status") == "connected");
    account.expect(200, "PATCH", "/update-app/" + app,
        json::parse(R"({"auth_config":{"type":"basic","username":"u","password":"invalid"}})"));
    CHECK_FALSE(account.expect(200, "POST", "/test-app-auth/" + app).bool_at("success", true));
    CHECK(account.get("/get-app/" + app).string_at("connection_status") == "error");
    CHECK_FALSE(account.expect(200, "POST", "/test-app-auth/" + make_app(account, nullptr))
                    .bool_at("success", true));
    for (auto const* bad :
        {R"({"type":"api_key"})", R"({"type":"odd"})", R"({"type":"basic","username":"u"})"})
        account.refused(
            400, "PATCH", "/update-app/" + app, json::object{{"auth_config", json::parse(bad)}});
    account.refused(400, "POST", "/create-app", json::parse(R"({"provider":"p","type":"odd"})"));
}

TEST_CASE("simulator apps: what uses one is listed, and keeps it from being deleted")
{
    simulated_account account;
    auto const app = make_app(account, nullptr);
    auto const usages = [&] {
        auto const page = account.get("/list-app-usages/" + app);
        return page.find("items")->as_array();
    };
    CHECK(usages().empty());
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    account.expect(200, "PATCH", "/update-retell-llm/" + llm,
        json::object{{"general_tools",
            json::array{json::object{{"type", "custom"}, {"name", "t"}, {"app_id", app}}}}});
    account.publish(agent, 0);
    account.fork(agent, 0);
    auto const found = usages();
    REQUIRE(found.size() == 1);
    CHECK(found[0].string_at("agent_id") == agent);
    CHECK(json::to_text(found[0].at_or_null("agent_versions")) == "[0,1]");
    account.refused(400, "DELETE", "/delete-app/" + app);
    account.refused(400, "DELETE", "/delete-app/" + app + "?force_delete=yes");
    CHECK(account.send("DELETE", "/delete-app/" + app + "?force_delete=true").status == 204);
}

TEST_CASE("simulator CRM: configured, described and synchronised")
{
    simulated_account account;
    CHECK(account.get("/get-crm-config").string_at("org_id") == "org_simulated");
    account.refused(400, "GET", "/get-crm-schema");
    account.refused(400, "POST", "/run-sync-job");
    account.refused(404, "POST", "/update-crm-config", json::object{{"app_id", "no"}});
    auto const app = make_app(account, nullptr);
    auto const config = account.expect(200, "POST", "/update-crm-config",
        json::object{{"app_id", app},
            {"custom_fields", json::array{json::object{{"name", "age"}, {"type", "number"}}}}});
    CHECK(config.string_at("app_id") == app);
    auto const schema = account.get("/get-crm-schema");
    CHECK(schema.string_at("provider") == "hubspot");
    CHECK(schema.find("fields")->as_array().back().string_at("name") == "age");
    make_contact(account, R"({"phone_number":"+14155550101"})");
    CHECK(account.expect(200, "POST", "/run-sync-job").string_at("status") == "queued");
    account.time.advance(2000ms);
    CHECK(account.get("/get-sync-job-status").int_at("succeeded") == 1);
    CHECK(account.get("/get-crm-config").int_at("last_sync_timestamp") > 0);
    CHECK(account.expect(200, "POST", "/update-crm-config", json::object{{"app_id", nullptr}})
              .at_or_null("app_id")
              .is_null());
}
