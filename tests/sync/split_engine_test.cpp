#include "sync/shared_engines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto night = "llms/notdienst", reception = "llms/praxis-mueller-empfang";

/// Reception and night share an engine and run different contents of it.
class split_world : public world {
public:
    split_world() : world(shared_account())
    {
        pull();
        publish_elsewhere("agent_reception", json::object{{"general_prompt", "Empfang."}});
        pull();
        REQUIRE(engine_file(*this, "notdienst") == night);
        REQUIRE(engine_file(*this, "praxis-mueller-empfang") == reception);
    }

    bool has(std::string const& file) const { return std::filesystem::exists(bundle_dir() / file); }

    void lead_night(std::string const& to)
    {
        edit("agents/notdienst.json", [&](json::object& o) {
            o.find("response_engine")->as_object().set("llm_id", "@" + to);
        });
    }

    std::string prompt(std::string const& agent)
    {
        return std::string(live_engine(*this, agent).string_at("general_prompt"));
    }
};

} // namespace

TEST_CASE(
    "sync/25: whoever of an engine's agents is published, each goes on having the file it had")
{
    world w(shared_account());
    w.pull();
    auto const shared = engine_file(w, "notdienst");
    REQUIRE(engine_file(w, "praxis-mueller-empfang") == shared);
    // Of as many agents each, the file stays with the one of its name.
    REQUIRE(shared == "llms/notdienst");
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", "Empfang."}});
    w.pull();
    auto const apart = engine_file(w, "praxis-mueller-empfang");
    CHECK(apart == "llms/praxis-mueller-empfang");
    CHECK(engine_file(w, "notdienst") == shared);
    for (auto const* const agent : {"agent_reception", "agent_night", "agent_reception"}) {
        auto const text = std::string(agent) + " " + std::to_string(w.versions(agent).size());
        w.publish_elsewhere(agent, json::object{{"general_prompt", text}});
        w.pull();
        CHECK(engine_file(w, "notdienst") == shared);
        CHECK(engine_file(w, "praxis-mueller-empfang") == apart);
        CHECK(w.plan().units.empty());
    }
    // An edit of it reaches its agent and nobody else.
    w.edit(apart + ".json", [](json::object& o) { o.set("model_temperature", 0.4); });
    expect_done(w.apply(w.plan()));
    CHECK(live_engine(w, "agent_reception").at_or_null("model_temperature") == 0.4);
    CHECK(live_engine(w, "agent_night").at_or_null("model_temperature") != 0.4);
    w.pull();
    w.check_oracles();
}

TEST_CASE(
    "sync/25: the file of a content that no agent has any more stays if somebody's file names it "
    "or an edit in it went nowhere")
{
    split_world w;
    SUBCASE("the file of an agent that is still to be created names it")
    {
        auto neu = json::parse(w.read("agents/praxis-mueller-empfang.json"));
        neu.as_object().set("agent_name", "Neu");
        std::ofstream(w.bundle_dir() / "agents/neu.json") << json::to_text(neu);
        w.publish_elsewhere("agent_reception", json::object{{"general_prompt", old_prompt}});
        CHECK(w.pull().conflicts.empty());
        CHECK(engine_file(w, "praxis-mueller-empfang") == night);
        CHECK(std::filesystem::exists(w.bundle_dir() / (std::string(reception) + ".json")));
        std::filesystem::remove(w.bundle_dir() / "agents/neu.json");
        w.pull();
        CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / (std::string(reception) + ".json")));
    }
    SUBCASE("its agent was led away in its file before it was edited")
    {
        w.edit("agents/praxis-mueller-empfang.json", [&](json::object& o) {
            o.find("response_engine")->as_object().set("llm_id", std::string("@") + night);
        });
        w.write(std::string(reception) + ".prompt.md", "Für niemanden.\n");
        w.publish_elsewhere("agent_reception", json::object{{"general_prompt", old_prompt}});
        CHECK(w.pull().conflicts.empty());
        CHECK(w.read(std::string(reception) + ".prompt.md") == "Für niemanden.\n");
        CHECK(std::ranges::any_of(
            w.plan().notes, [&](auto const& n) { return n.starts_with(reception); }));
    }
    w.check_oracles();
}

TEST_CASE("sync/25: led to the file of the other agent, one is released so and has that file")
{
    split_world w;
    w.lead_night(reception);
    SUBCASE("at once") {}
    SUBCASE("and a pull before that leaves it led there")
    {
        CHECK(w.pull().conflicts.empty());
        CHECK(engine_file(w, "notdienst") == reception);
        CHECK(w.read(std::string(night) + ".prompt.md") == old_prompt + std::string("\n"));
    }
    SUBCASE("and its own file was deleted")
    {
        std::filesystem::remove(w.bundle_dir() / (std::string(night) + ".json"));
        CHECK(w.pull().conflicts.empty());
        CHECK_FALSE(w.has(std::string(night) + ".json"));
    }
    expect_done(w.apply(w.plan()));
    CHECK(w.prompt("agent_night") == "Empfang.");
    // Its former file goes with the next pull.
    CHECK(w.pull().conflicts.empty());
    CHECK_FALSE(w.has(std::string(night) + ".json"));
    for (auto const agent : {"notdienst", "praxis-mueller-empfang"})
        CHECK(engine_file(w, agent) == reception);
    CHECK(w.plan().units.empty());
    for (auto const& n : w.plan().notes) CHECK_FALSE(n.starts_with("llms/"));
    w.check_oracles();
}

TEST_CASE(
    "pull: led to the file of the other agent and published elsewhere since, one gets nothing "
    "back of its former file")
{
    split_world w;
    w.lead_night(reception);
    expect_done(w.apply(w.plan()));
    w.publish_elsewhere("agent_night", json::object{{"model_temperature", 0.7}});
    CHECK(w.pull().conflicts.empty());
    CHECK(w.read(engine_file(w, "notdienst") + ".prompt.md") == "Empfang.\n");
    CHECK(w.plan().units.empty());
    CHECK_FALSE(w.has(std::string(night) + ".json"));
}

TEST_CASE(
    "pull: where an agent is led the service has led it already: it has the file of who runs that")
{
    split_world w;
    w.lead_night(reception);
    w.publish_elsewhere("agent_night", json::object{{"general_prompt", "Empfang."}});
    for (int i = 0; i < 2; ++i) CHECK(w.pull().conflicts.empty());
    auto const both = engine_file(w, "notdienst");
    CHECK(engine_file(w, "praxis-mueller-empfang") == both);
    CHECK(w.has(both + ".json"));
    CHECK_FALSE(w.has(std::string(both == night ? reception : night) + ".json"));
    CHECK(w.plan().units.empty());
    w.publish_elsewhere("agent_night", json::object{{"general_prompt", "Notdienst."}});
    CHECK(w.pull().conflicts.empty());
    CHECK(w.plan().units.empty());
}

TEST_CASE("pull: led to another content here and to another engine there is a conflict")
{
    split_world w;
    w.lead_night(reception);
    w.publish_elsewhere("agent_night", {},
        json::object{{"response_engine",
            json::object{{"type", "retell-llm"}, {"llm_id", "llm_night"}, {"version", 0}}}});
    auto const out = w.pull();
    REQUIRE(out.conflicts.size() == 1);
    CHECK(out.conflicts[0].field.path == "response_engine");
    CHECK(engine_file(w, "notdienst") == reception);
    CHECK(w.pull(sync::adopt::neither, sync::prefer::remote).conflicts.empty());
    CHECK(live_engine(w, "agent_night").string_at("llm_id") == "llm_night");
    CHECK(engine_file(w, "notdienst") != reception);
    CHECK(w.has(engine_file(w, "notdienst") + ".json"));
    CHECK(w.plan().units.empty());
}

TEST_CASE("pull: what the file of a gone agent named is there to make it anew")
{
    split_world w;
    unbind_night(w);
    expect_done(w.apply(w.plan()));
    w.call(retell::delete_agent("agent_night"));
    auto const file = w.read("agents/notdienst.json");
    std::filesystem::remove(w.bundle_dir() / "agents/notdienst.json");
    w.pull();
    CHECK(w.has(std::string(night) + ".json"));
    w.write("agents/notdienst.json", file);
    expect_done(w.apply(w.plan()));
    w.pull();
    CHECK(w.read(std::string(reception) + ".prompt.md") == "Empfang.\n");
}

TEST_CASE("pull: a content gets no key that a file of nobody's has")
{
    split_world w;
    unbind_night(w);
    expect_done(w.apply(w.plan()));
    w.edit(std::string(night) + ".json", [](json::object& o) { o.set("model_temperature", 0.4); });
    w.publish_elsewhere("agent_night", {},
        json::object{{"response_engine",
            json::object{{"type", "retell-llm"}, {"llm_id", "llm_night"}, {"version", 0}}}});
    w.pull();
    auto const version = live_engine(w, "agent_reception").int_at("version");
    w.publish_elsewhere("agent_booking", {},
        json::object{{"response_engine",
            json::object{
                {"type", "retell-llm"}, {"llm_id", "llm_reception"}, {"version", version}}}});
    w.pull();
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", "Neu."}});
    CHECK(w.pull().conflicts.empty());
    CHECK(w.plan().units.empty());
    CHECK(json::parse(w.read(std::string(night) + ".json")).at_or_null("model_temperature") == 0.4);
}

TEST_CASE("sync/25: a pull leaves an agent led to another engine")
{
    world w;
    w.pull();
    auto const other = engine_file(w, "notdienst");
    w.edit("agents/praxis-mueller-empfang.json",
        [&](json::object& o) { o.find("response_engine")->as_object().set("llm_id", "@" + other); });
    w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.3}});
    CHECK(w.pull().conflicts.empty());
    CHECK(engine_file(w, "praxis-mueller-empfang") == other);
    expect_done(w.apply(w.plan()));
    CHECK(live_engine(w, "agent_reception").string_at("llm_id") == "llm_night");
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/25: an agent with a conflict of its own keeps its engine's file, and nobody's "
          "content becomes an edit")
{
    split_world w;
    w.edit("agents/praxis-mueller-empfang.json", [](json::object& o) { o.set("voice_speed", 1.2); });
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", old_prompt}},
        json::object{{"voice_speed", 1.4}});
    CHECK(w.pull().conflicts.size() == 1);
    CHECK(engine_file(w, "praxis-mueller-empfang") == reception);
    CHECK(w.read(std::string(reception) + ".prompt.md") == "Empfang.\n");
    for (auto const& c : w.plan().conflicts) CHECK(c.field.path == "voice_speed");
    w.edit("agents/praxis-mueller-empfang.json", [](json::object& o) { o.set("voice_speed", 1.4); });
    CHECK(w.pull().conflicts.empty());
    CHECK(engine_file(w, "praxis-mueller-empfang") == night);
    CHECK_FALSE(w.has(std::string(reception) + ".json"));
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE("sync/25: what was edited for an agent that left the engine is not given to another one")
{
    split_world w;
    unbind_night(w);
    expect_done(w.apply(w.plan()));
    w.edit(std::string(night) + ".json", [](json::object& o) { o.set("model_temperature", 0.4); });
    SUBCASE("it was given another engine")
    {
        w.publish_elsewhere("agent_night", {},
            json::object{{"response_engine",
                json::object{{"type", "retell-llm"}, {"llm_id", "llm_night"}, {"version", 0}}}});
        CHECK(w.pull().conflicts.empty());
    }
    SUBCASE("it was deleted")
    {
        w.call(retell::delete_agent("agent_night"));
        auto const out = w.pull();
        REQUIRE(out.conflicts.size() == 1);
        CHECK(out.conflicts[0].resource == night);
        CHECK(engine_file(w, "notdienst") == night);
    }
    CHECK(engine_file(w, "praxis-mueller-empfang") == reception);
    CHECK(w.read(std::string(reception) + ".prompt.md") == "Empfang.\n");
    auto const left = json::parse(w.read(std::string(night) + ".json"));
    CHECK(left.at_or_null("model_temperature") == 0.4);
    CHECK(w.read(std::string(night) + ".prompt.md") == old_prompt + std::string("\n"));
    auto const p = w.plan();
    CHECK(p.units.empty());
    CHECK_FALSE((p.notes.empty() && p.conflicts.empty()));
    w.pull();
    CHECK(engine_file(w, "praxis-mueller-empfang") == reception);
    w.check_oracles();
}

TEST_CASE("pull: the file of a content goes with its agent if the service's values win")
{
    split_world w;
    w.edit(
        std::string(reception) + ".json", [](json::object& o) { o.set("model_temperature", 0.4); });
    w.call(retell::delete_agent("agent_reception"));
    CHECK(w.pull(sync::adopt::neither, sync::prefer::remote).conflicts.empty());
    CHECK_FALSE(w.has("agents/praxis-mueller-empfang.json"));
    CHECK_FALSE(w.has(std::string(reception) + ".json"));
}

TEST_CASE("pull: a file that cannot be removed is an error that names it")
{
    scratch_dir dir;
    std::filesystem::create_directories(dir.path() / "llms/alt.json/kept");
    sync::checkout out;
    out.unused_files.emplace_back("llms/alt.json");
    try {
        sync::write_files(dir.path(), out);
        FAIL("nothing was said");
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_bundle);
        CHECK(std::string_view(e.what()).find("llms/alt.json") != std::string_view::npos);
    }
}
