#include "simulator_support.hpp"

#include <trunkline/http/url.hpp>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

std::vector<json::value> all(
    simulated_account& account, std::string_view method, std::string_view path)
{
    std::vector<json::value> rows;
    std::string cursor;
    do {
        auto target = std::string(path) + "?limit=20";
        if (!cursor.empty()) target += "&pagination_key=" + http::encode_query_component(cursor);
        auto const page = account.expect(200, method, target);
        for (auto const& row : page.find("items")->as_array()) rows.push_back(row);
        cursor = page.string_at("pagination_key");
    } while (!cursor.empty());
    return rows;
}

} // namespace

TEST_CASE("simulator: the demo account can be listed, released and taken back like any other")
{
    simulated_account account;
    account.sim.load_demo_account();
    auto const agents = all(account, "POST", "/v2/list-agents");
    CHECK(agents.size() >= 100);
    CHECK(all(account, "GET", "/v2/list-phone-numbers").size() >= 40);
    auto const saved = account.sim.state_text();
    for (auto const& row : agents) {
        std::string const id(row.string_at("agent_id"));
        INFO(id);
        auto const live = account.agent(id, "latest_published");
        auto const draft = account.fork(id, static_cast<int>(live.int_at("version")));
        if (engine_version(live) >= 0) CHECK(engine_version(draft) > engine_version(live));
        account.publish(id, static_cast<int>(draft.int_at("version")));
    }
    CHECK(account.sim.state_text() != saved);
    account.sim.load_state(json::parse(saved));
    CHECK(account.sim.state_text() == saved);
}
