#include "lint/documents.hpp"
#include "sync/lint_guard.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

namespace {

sync::plan_unit unit_of(json::value const& before, json::value const& after)
{
    sync::plan_unit u;
    u.action = sync::unit_action::release;
    u.name = "agents/booking";
    u.kind = resource_kind::agent;
    u.before = u.expected = json::parse(R"({"agent_name": "Termine", "voice_id": "v",
        "response_engine": {"type": "conversation-flow", "conversation_flow_id": "conversation_flow_7f3a91", "version": 3}})");
    u.engine_kind = resource_kind::flow;
    u.engine_name = "flows/booking";
    u.engine_before = before;
    u.engine_expected = after;
    return u;
}

std::vector<sync::plan_guard> guards(sync::plan_unit const& u, retell::lint_config const& c = {})
{
    return sync::detail::lint_guards_of(u, sync::detail::release_config(c));
}

} // namespace

TEST_CASE("lint guard: only errors that the edits bring stand in a release's way")
{
    auto const good = good_flow().document;
    auto broken = good;
    json::pointer("/nodes/5/success_edge/destination_node_id").set(broken, "gone");
    CHECK(guards(unit_of(good, good)).empty());
    CHECK(guards(unit_of(broken, broken)).empty());
    CHECK(guards(unit_of(broken, good)).empty());
    auto const brought = guards(unit_of(good, broken));
    REQUIRE(brought.size() == 1);
    CHECK(brought[0].guard == "lint");
    CHECK(brought[0].unit == "agents/booking");
    CHECK(brought[0].text.find("flows/booking: ") == 0);
    CHECK(brought[0].text.find("\"gone\"") != std::string::npos);

    auto twice = broken;
    json::pointer("/nodes/1/else_edge/destination_node_id").set(twice, "gone");
    CHECK(guards(unit_of(broken, twice)).size() == 1);
    // The same defect at another place of the list is the same.
    auto moved = broken;
    auto& nodes = moved.find("nodes")->as_array();
    std::swap(nodes[0], nodes[1]);
    CHECK(guards(unit_of(broken, moved)).empty());
}

TEST_CASE("lint guard: warnings pass, and what the configuration says holds")
{
    auto const good = good_flow().document;
    auto warned = good;
    json::pointer("/global_prompt").set(warned, "");
    CHECK(guards(unit_of(good, warned)).empty());
    retell::lint_config strict;
    strict.severities["missing-global-prompt"] = retell::lint_severity::error;
    CHECK(guards(unit_of(good, warned), strict).size() == 1);
}

TEST_CASE("lint guard: a release may not bind a number to a moving version, though an account may "
          "have it")
{
    sync::plan_unit u;
    u.action = sync::unit_action::update_number;
    u.name = "numbers/+493023125001";
    u.kind = resource_kind::phone_number;
    u.before = good_number().document;
    u.expected = u.before;
    json::pointer("/inbound_agents/0/agent_version").set(u.expected, "latest");
    CHECK(guards(u).size() == 1);
    std::swap(u.before, u.expected);
    CHECK(guards(u).empty());
}

TEST_CASE("lint guard: a node that nobody reaches stands in the way only where that is said")
{
    auto const good = good_flow().document;
    auto cut = good;
    json::pointer("/nodes/0/edges/1").erase(cut);
    auto const names_it = [](auto const& g) {
        return g.text.find("unreachable-node") != g.text.npos;
    };
    CHECK(
        std::ranges::none_of(guards(unit_of(good, cut)), names_it)); // a flow may keep one in store
    retell::lint_config strict;
    strict.severities["unreachable-node"] = retell::lint_severity::error;
    CHECK(std::ranges::any_of(guards(unit_of(good, cut), strict), names_it));
    CHECK(std::ranges::none_of(guards(unit_of(cut, cut), strict), names_it));
}

TEST_CASE("lint guard: a plan with very many errors stays readable")
{
    auto const good = good_flow().document;
    auto broken = good;
    for (int i = 0; i < 40; ++i)
        json::pointer("/nodes/-")
            .set(broken, json::object{{"id", "n" + std::to_string(i)}, {"type", "invented"}});
    auto const brought = guards(unit_of(good, broken));
    REQUIRE(brought.size() == 10);
    CHECK(brought.back().text.find("30 more") != std::string::npos);
}
