#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;

namespace {

class legacy_account : public simulated_account {
public:
    legacy_account() : simulated_account(answering()) {}
    static simulator_options answering()
    {
        simulator_options options;
        options.removed = removed_paths::answering;
        return options;
    }
    /// "id version" of each row.
    std::vector<std::string> rows(std::string const& target, char const* id = "agent_id")
    {
        std::vector<std::string> out;
        auto const all = get(target);
        for (json::value const& row : all.as_array())
            out.push_back(
                std::string(row.string_at(id)) + ' ' + std::to_string(row.int_at("version")));
        return out;
    }
};

} // namespace

TEST_CASE("simulator legacy: removed paths are gone, by 404 or 410, or answer, by a switch")
{
    simulated_account account;
    auto const paths = {"/list-agents", "/list-chat-agents", "/list-retell-llms",
        "/list-conversation-flows", "/list-conversation-flow-components", "/list-phone-numbers"};
    for (auto const* path : paths) account.refused(404, "GET", path);
    account.refused(404, "POST", "/publish-agent/x");
    account.expect(200, "POST", "/__simulator/options", json::object{{"removed", "gone"}});
    for (auto const* path : paths) account.refused(410, "GET", path);
    account.refused(410, "POST", "/publish-chat-agent/x");
    account.expect(200, "POST", "/__simulator/options", json::object{{"removed", "answering"}});
    for (auto const* path : paths) CHECK(account.get(path).as_array().empty());
    account.refused(422, "POST", "/publish-agent/x");
    account.expect(400, "POST", "/__simulator/options", json::object{{"removed", "odd"}});
}

TEST_CASE("simulator legacy: list-agents has a row for each version and a cursor of two parts")
{
    legacy_account account;
    auto const a = account.make_agent(account.make_llm());
    account.fork(a, 0);
    account.fork(a, 0);
    auto const b = account.make_agent(account.make_llm());
    account.fork(b, 0);
    std::vector<std::string> const all{b + " 1", b + " 0", a + " 2", a + " 1", a + " 0"};
    CHECK(account.rows("/list-agents") == all);
    for (std::size_t size = 1; size <= 5; ++size) {
        CAPTURE(size);
        auto const limit = "/list-agents?limit=" + std::to_string(size);
        auto seen = account.rows(limit);
        for (auto page = seen; page.size() == size;) {
            auto const space = page.back().find(' ');
            page = account.rows(limit + "&pagination_key=" + page.back().substr(0, space) +
                "&pagination_key_version=" + page.back().substr(space + 1));
            seen.insert(seen.end(), page.begin(), page.end());
        }
        CHECK(seen == all);
    }
    account.refused(400, "GET", "/list-agents?pagination_key=" + a);
    account.refused(400, "GET", "/list-agents?pagination_key=no&pagination_key_version=0");
    account.refused(400, "GET", "/list-agents?limit=1001");
    CHECK(account.rows("/list-chat-agents").empty());
    CHECK(account.rows("/list-retell-llms", "llm_id").size() == 5);
}

TEST_CASE("simulator legacy: publish-agent takes no version and opens a new draft")
{
    legacy_account account;
    auto const agent = account.make_agent(account.make_llm());
    auto const reply = account.send("POST", "/publish-agent/" + agent);
    CHECK(reply.status == 200);
    CHECK(reply.body.empty());
    CHECK(account.agent(agent, "0").bool_at("is_published"));
    auto const draft = account.agent(agent);
    CHECK(draft.int_at("version") == 1);
    CHECK(draft.int_at("base_version", -1) == 0);
    CHECK_FALSE(draft.bool_at("is_published", true));
    account.refused(422, "POST", "/publish-chat-agent/" + agent);
}

TEST_CASE("simulator legacy: the other v1 lists are today's rows without pages")
{
    legacy_account account;
    auto const flow = account.make_flow();
    CHECK(account.rows("/list-conversation-flows", "conversation_flow_id") ==
        std::vector<std::string>{flow + " 0"});
    for (int i = 0; i < 60; ++i)
        account.expect(201, "POST", "/create-conversation-flow-component",
            json::parse(R"({"name":"n","nodes":[]})"));
    CHECK(account.get("/list-conversation-flow-components").as_array().size() == 60);
    account.expect(201, "POST", "/create-phone-number", json::object{{"area_code", 415}});
    CHECK(account.get("/list-phone-numbers").as_array().size() == 1);
    CHECK(account.get("/list-test-case-definitions?type=retell-llm").as_array().empty());
    CHECK(account.get("/list-batch-tests?type=retell-llm").as_array().empty());
    account.refused(404, "GET", "/list-test-runs/no");
}
