#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

/// Reception and night share one LLM.
json::value shared_account()
{
    auto account = small_account();
    for (auto& record : account.as_object().find("agents")->as_array())
        if (record.string_at("agent_id") == "agent_night")
            record.as_object()
                .find("versions")
                ->as_array()
                .at(0)
                .as_object()
                .set("response_engine",
                    json::parse(
                        R"({"type": "retell-llm", "llm_id": "llm_reception", "version": 1})"));
    return account;
}

} // namespace

TEST_CASE("sync/25: an edit of an engine that several agents share names all of them before apply")
{
    world w(shared_account());
    w.pull();
    auto const agent = json::parse(w.read("agents/notdienst.json"));
    auto const name = std::string(
        agent.at_or_null("response_engine").string_at("llm_id").substr(1)); // without the "@"
    w.write(name + ".prompt.md", "Gemeinsam.\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    for (auto const& u : p.units) {
        REQUIRE(u.shared_with.size() == 1);
        CHECK(u.shared_with[0] != u.name);
    }
    for (auto const& r : w.apply(p)) {
        INFO(r.name, " ", r.step, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    auto const pins = w.number("+493023125003").at_or_null("inbound_agents");
    for (auto const& pin : pins.as_array()) {
        auto const live =
            w.agent(std::string(pin.string_at("agent_id")), pin.int_at("agent_version"));
        auto const engine = sync::engine_of(live);
        CHECK(w.call(retell::get_llm(engine->id, engine->version)).string_at("general_prompt") ==
            "Gemeinsam.");
    }
    w.check_oracles();
    auto const before = w.last_release;
    for (auto const& r : w.rollback(before)) {
        INFO(r.name, " ", r.step, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    w.pull();
    w.check_oracles();
}
