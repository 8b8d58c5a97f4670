#include "sync/world.hpp"

#include <trunkline/core/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace trunkline;
using namespace trunkline::test;

namespace {

std::vector<std::string> told_by(sync::plan const& p, std::string_view guard)
{
    std::vector<std::string> out;
    for (auto const& g : p.guards)
        if (g.guard == guard) out.push_back(g.unit + " | " + g.text);
    return out;
}

std::vector<std::string> field_values(sync::plan const& p)
{
    return told_by(p, "field-value");
}

constexpr char const* agent = "agents/praxis-mueller-empfang.json";
constexpr char const* llm = "llms/praxis-mueller-empfang.json";

} // namespace

TEST_CASE("field value: what the service would refuse is a guard, with file, field and range")
{
    world w;
    w.pull();
    w.edit(agent, [](json::object& o) { o.set("voice_speed", "fast"); });
    w.edit(llm, [](json::object& o) {
        o.find("general_tools")->as_array()[1].make_object().set("timeout_ms", "soon");
    });
    auto const p = w.plan();
    CHECK(field_values(p) ==
        std::vector<std::string>{
            "agents/praxis-mueller-empfang | agents/praxis-mueller-empfang.json: voice_speed: is a "
            "string; must be a number between 0.5 and 2",
            "agents/praxis-mueller-empfang | llms/praxis-mueller-empfang.json: "
            "general_tools[book].timeout_ms: is a string; must be a number"});
    CHECK(sync::refused_guards(p, {}).size() == 2);
    CHECK(sync::refused_guards(p, {"field-value"}).empty());
}

TEST_CASE("field value: items of a list are looked at as well")
{
    world w;
    w.pull();
    w.edit(agent, [](json::object& o) { o.set("boosted_keywords", json::array{"Praxis", 7}); });
    CHECK(field_values(w.plan()) ==
        std::vector<std::string>{
            "agents/praxis-mueller-empfang | agents/praxis-mueller-empfang.json: "
            "boosted_keywords[1]: is a number; must be a string"});
    w.edit(agent, [](json::object& o) { o.set("boosted_keywords", json::array{"Praxis"}); });
    auto const p = w.plan();
    CHECK(field_values(p).empty());
    expect_done(w.apply(p));
}

TEST_CASE("field value: agents of a number without weights are found before a request")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o.find("inbound_agents")->as_array()[0].as_object().erase("weight");
    });
    auto const writes = w.writes;
    try {
        w.plan();
        FAIL("not refused");
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_bundle);
        CHECK(std::string(e.what()).find("inbound_agents: an agent has no weight") !=
            std::string::npos);
    }
    CHECK(w.writes == writes);
}

TEST_CASE("field value: what the service has by itself is never refused")
{
    world w;
    auto state = w.sim.state();
    for (auto& a : state.find("agents")->as_array())
        for (auto& v : a.find("versions")->as_array())
            for (auto const& [name, odd] :
                {std::pair("voice_speed", json::value(99)), {"stt_mode", json::value("psychic")}})
                v.make_object().set(name, odd);
    w.sim.load_state(state);
    w.pull();
    w.edit(agent, [](json::object& o) { o.set("volume", 1.5); });
    auto const p = w.plan();
    CHECK(p.units.size() == 1);
    CHECK(field_values(p).empty());
    w.edit(agent, [](json::object& o) { o.set("voice_speed", 98); });
    CHECK(field_values(w.plan()).size() == 1);
    // Nor is a way back to it.
    w.edit(agent, [](json::object& o) { o.set("voice_speed", 1); });
    expect_done(w.apply(w.plan()));
    auto const release = w.last_release;
    expect_done(w.rollback(release));
    CHECK(w.agent("agent_reception", w.versions("agent_reception").back().int_at("version"))
              .at_or_null("voice_speed") == json::value(99));
}

TEST_CASE("field value: a name that looks misspelt is told of, once, and carried through")
{
    world w;
    w.pull();
    w.edit(agent, [](json::object& o) {
        o.set("voice_sped", 1.2);
        o.set("vendor_thing", 1);
    });
    auto const p = w.plan();
    CHECK(field_values(p).empty());
    CHECK(std::ranges::count(p.notes,
              "agents/praxis-mueller-empfang.json: voice_sped: unknown to this version; did you "
              "mean voice_speed?") == 1);
    CHECK(std::ranges::none_of(
        p.notes, [](auto const& n) { return n.find("vendor_thing") != n.npos; }));
    expect_done(w.apply(p));
    auto const newest = w.versions("agent_reception").back().int_at("version");
    CHECK(w.agent("agent_reception", newest).at_or_null("voice_sped") == json::value(1.2));
}

TEST_CASE("field value: new resources are looked at as a whole")
{
    world w;
    w.pull();
    auto document = json::parse(w.read("agents/notdienst.json"));
    document.make_object().set("agent_name", "Neu");
    document.make_object().set("ring_duration_ms", 1);
    w.write("agents/neu.json", json::to_text(document));
    w.write("llms/neu.json",
        R"({"model": "gpt-4.1", "model_temperature": 7, "start_speaker": "agent"})");
    auto const found = field_values(w.plan());
    REQUIRE(found.size() == 2);
    CHECK(found[0] ==
        "llms/neu | llms/neu.json: model_temperature: is 7; must be a number between 0 and 1");
    CHECK(found[1] ==
        "agents/neu | agents/neu.json: ring_duration_ms: is 1; must be a number between 5000 and "
        "300000");
}

TEST_CASE("unresolved reference: a mark where nothing is put in would go live, so it is a guard")
{
    world w;
    w.pull();
    ::setenv("TRUNKLINE_TEST_HOOK", "CANARY-hook", 1);
    w.edit(agent, [](json::object& o) {
        o.set("webhook_url", "https://hooks.praxis.test/x?token=@env:TRUNKLINE_TEST_HOOK");
    });
    CHECK(w.plan().guards.empty());
    w.edit(agent, [](json::object& o) {
        o.set("webhook_url", "https://hooks.praxis.test/@env:TRUNKLINE_TEST_HOOK");
        o.set("expressive_mode_prompt", "@env:TRUNKLINE_TEST_HOOK");
    });
    w.edit(llm, [](json::object& o) {
        o.set("begin_message", "@file:greeting.md");
        o.set("default_dynamic_variables",
            json::object{{"praxis", "@env:NAME"}, {"note", "not @env: at all"}});
    });
    auto const what =
        ": holds a reference that is put in at another place only (docs/sync.md), and would go "
        "live as it is written";
    std::string const unit = "agents/praxis-mueller-empfang | ";
    CHECK(told_by(w.plan(), "unresolved-reference") ==
        std::vector<std::string>{unit + "agents/praxis-mueller-empfang.json: webhook_url" + what,
            unit + "agents/praxis-mueller-empfang.json: expressive_mode_prompt" + what,
            unit + "llms/praxis-mueller-empfang.json: begin_message" + what,
            unit + "llms/praxis-mueller-empfang.json: default_dynamic_variables.praxis" + what});
}

TEST_CASE("unresolved reference: what the service has by itself stays")
{
    world w;
    w.publish_elsewhere("agent_reception", {{"begin_message", "@env:X"}}, {});
    w.pull();
    w.edit(llm, [](json::object& o) { o.set("model_temperature", 0.5); });
    CHECK(told_by(w.plan(), "unresolved-reference").empty());
    CHECK(w.plan().units.size() == 1);
}

TEST_CASE("unresolved reference: a secret is the whole variable, or the file is refused")
{
    world w;
    w.pull();
    w.edit(llm, [](json::object& o) {
        o.find("general_tools")
            ->as_array()[1]
            .make_object()
            .set("headers", json::object{{"Authorization", "Bearer @env:TOKEN"}});
    });
    try {
        w.plan();
        FAIL("a secret was sealed that is none");
    } catch (error const& e) {
        INFO(e.what());
        CHECK(std::string(e.what()).find("llms/praxis-mueller-empfang.json") != std::string::npos);
        CHECK(std::string(e.what()).find("let the variable hold the whole secret") !=
            std::string::npos);
    }
}

TEST_CASE("field value: a URL without TLS is noted")
{
    world w;
    w.pull();
    w.edit(agent, [](json::object& o) { o.set("webhook_url", "http://hooks.praxis.test/x"); });
    auto const p = w.plan();
    CHECK(std::ranges::any_of(p.notes,
        [](auto const& n) { return n.find("webhook_url: is called without TLS") != n.npos; }));
    CHECK(field_values(p).empty());
}
