#include "simulator_support.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/http/url.hpp>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

/// A plain resource by the paths of its verbs.
class plain_resource {
public:
    char const *path, *update_method, *list, *id, *body, *change, *changed_member;
};

constexpr plain_resource plain_resources[] = {
    {"conversation-flow-component", "PATCH", "/v2/list-conversation-flow-components",
        "conversation_flow_component_id", R"({"name":"n","nodes":[]})", R"({"name":"m"})", "name"},
    {"test-case-definition", "PUT", "/v2/list-test-case-definitions", "test_case_definition_id",
        R"({"name":"n","metrics":["polite"],"user_prompt":"u","response_engine":{"type":"retell-llm","llm_id":"LLM"}})",
        R"({"name":"m"})", "name"},
    {"contact", "PATCH", "/list-contacts", "contact_id", R"({"phone_number":"NUMBER"})",
        R"({"first_name":"Ada"})", "first_name"},
    {"app", "PATCH", "/list-apps", "app_id", R"({"provider":"hubspot","type":"crm"})",
        R"({"name":"m"})", "name"},
};

/// An account with what the bodies above refer to.
class shelved_account : public simulated_account {
public:
    json::value body(plain_resource const& what)
    {
        std::string text = what.body;
        auto const put = [&](std::string_view name, std::string const& v) {
            if (auto const at = text.find(name); at != text.npos) text.replace(at, name.size(), v);
        };
        put("LLM", llm_id);
        put("NUMBER", "+1415555" + std::to_string(1000 + next_number++));
        return json::parse(text);
    }
    json::value make(plain_resource const& what)
    {
        return expect(201, "POST", "/create-" + std::string(what.path), body(what));
    }
    json::value list(plain_resource const& what, std::string const& cursor)
    {
        json::object page{{"limit", 2}};
        if (!cursor.empty()) page.set("pagination_key", cursor);
        if (what.list == std::string_view("/list-contacts"))
            return expect(200, "POST", what.list, page);
        auto target = std::string(what.list) + "?limit=2";
        if (!cursor.empty()) target += "&pagination_key=" + http::encode_query_component(cursor);
        if (target.find("test-case") != target.npos) target += "&type=retell-llm&llm_id=" + llm_id;
        return get(target);
    }

    std::string llm_id = make_llm();
    int next_number = 0;
};

} // namespace

TEST_CASE("simulator shelf: create, get, change and delete, for each kind")
{
    for (auto const& what : plain_resources) {
        INFO(std::string(what.path));
        shelved_account account;
        auto const made = account.make(what);
        std::string const id(made.string_at(what.id));
        auto const path = std::string(what.path) + '/' + id;
        CHECK_FALSE(id.empty());
        CHECK(account.get("/get-" + path) == made);
        auto const stamp = made.int_at("user_modified_timestamp");
        CHECK(stamp > 0);
        auto const changed =
            account.expect(200, what.update_method, "/update-" + path, json::parse(what.change));
        CHECK(*changed.find(what.changed_member) ==
            json::parse(what.change).at_or_null(what.changed_member));
        CHECK(changed.int_at("user_modified_timestamp") > stamp);
        CHECK(account.get("/get-" + path) == changed);
        // What the service owns cannot be written.
        auto const same = account.expect(200, what.update_method, "/update-" + path,
            json::object{{what.id, "mine"}, {"user_modified_timestamp", 1}, {"org_id", "mine"}});
        CHECK(same.string_at(what.id) == id);
        CHECK(same.int_at("user_modified_timestamp") > stamp);
        if (made.find("org_id")) CHECK(same.string_at("org_id") == made.string_at("org_id"));
        CHECK(account.send("DELETE", "/delete-" + path).status == 204);
        account.refused(404, "GET", "/get-" + path);
        account.refused(404, what.update_method, "/update-" + path, json::object{});
        account.refused(404, "DELETE", "/delete-" + path);
    }
}

TEST_CASE("simulator shelf: what create needs and what types it takes, for each kind")
{
    for (auto const& what : plain_resources) {
        shelved_account account;
        auto const create = "/create-" + std::string(what.path);
        account.refused(400, "POST", create);
        account.refused(400, "POST", create, json::array{});
        auto const whole = json::parse(what.body);
        for (auto const& m : whole.as_object()) {
            INFO(std::string(what.path) << ' ' << m.key.text());
            auto body = account.body(what);
            body.as_object().erase(m.key);
            CHECK(account.refused(400, "POST", create, body) == m.key + " is required");
            body.as_object().set(m.key, 7);
            account.refused(400, "POST", create, body);
        }
    }
}

TEST_CASE("simulator shelf: lists are paged by cursors that survive inserts and changes")
{
    for (auto const& what : plain_resources) {
        INFO(std::string(what.path));
        shelved_account account;
        std::vector<std::string> made;
        for (int i = 0; i < 5; ++i) made.emplace_back(account.make(what).string_at(what.id));
        std::vector<std::string> seen;
        std::string cursor;
        do {
            auto const page = account.list(what, cursor);
            for (auto const& item : page.find("items")->as_array())
                seen.emplace_back(item.string_at(what.id));
            cursor = page.string_at("pagination_key");
            account.make(what);
            account.expect(200, what.update_method,
                "/update-" + std::string(what.path) + '/' + made[0], json::object{});
        } while (!cursor.empty());
        CHECK(seen == std::vector<std::string>(made.rbegin(), made.rend()));
    }
}

TEST_CASE("simulator shelf: saved, loaded and gone on with, nothing differs")
{
    shelved_account a;
    for (auto const& what : plain_resources) {
        a.make(what);
        a.make(what);
    }
    auto const saved = a.sim.state_text();
    simulated_account b;
    b.sim.load_state(json::parse(saved));
    CHECK(b.sim.state_text() == saved);
    for (auto const& what : plain_resources) {
        auto const body = a.body(what);
        CHECK(a.expect(201, "POST", "/create-" + std::string(what.path), body) ==
            b.expect(201, "POST", "/create-" + std::string(what.path), body));
    }
    CHECK(a.sim.state_text() == b.sim.state_text());
}

TEST_CASE("simulator shelf: what is no shelf in a state is refused")
{
    simulated_account account;
    for (auto const* bad :
        {R"({"format":1,"contacts":{}})", R"({"format":1,"contacts":[{}]})",
            R"({"format":1,"contacts":[3]})",
            R"({"format":1,"contacts":[{"contact_id":"c"},{"contact_id":"c"}]})",
            R"({"format":1,"contacts":[{"contact_id":"c"}],"shelf_records":{"contacts":{"c":{"coming":[{"at":1}]}}}})"})
    {
        INFO(bad);
        CHECK_THROWS_AS(account.sim.load_state(json::parse(bad)), trunkline::error);
    }
}
