#include "sync/world.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto reception_file = "llms/praxis-mueller-empfang.json";
constexpr auto reception_prompt = "llms/praxis-mueller-empfang.prompt.md";

bool any_file(std::string_view)
{
    return true;
}

void publish_prompt(world& w, char const* text)
{
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", text}});
}

} // namespace

TEST_CASE("pull: of a folder in which one died nothing is planned until another one ended")
{
    world w;
    w.pull();
    w.call(retell::create_llm(json::parse(
        R"({"model": "gpt-4.1", "general_prompt": "Vom Kollegen.", "start_speaker": "agent"})")));
    w.dying_pull(any_file);
    // Without its base row the file says: create another one.
    CHECK_THROWS_WITH_AS(w.plan(), doctest::Contains("did not end"), error);
    CHECK(w.writes == 0);
    CHECK(w.pull().created == 0);
    CHECK(w.plan().units.empty());
}

TEST_CASE(
    "pull: the file that one which died gave to a content of a shared engine is no new engine "
    "once that content is gone")
{
    world w;
    w.pull();
    auto const live =
        w.agent("agent_reception", w.versions("agent_reception").back().int_at("version"));
    w.publish_elsewhere(
        "agent_night", {}, json::object{{"response_engine", live.at_or_null("response_engine")}});
    w.pull();
    auto const shared = w.read(reception_prompt);
    publish_prompt(w, "Neu am Empfang.");
    w.dying_pull(any_file);
    publish_prompt(w, shared.substr(0, shared.size() - 1).c_str());
    CHECK(w.pull().conflicts.empty());
    CHECK(w.plan().units.empty());
    CHECK(w.writes == 0);
    w.check_oracles();
}

TEST_CASE("pull: a file that one which died wrote is no edit once the service has gone on")
{
    world w;
    w.pull();
    auto const before = w.read(reception_prompt);
    publish_prompt(w, "Zwischendurch.");
    SUBCASE("back to what it was")
    {
        w.dying_pull(any_file);
    }
    SUBCASE("back to what it was, and two died")
    {
        w.dying_pull(any_file);
        w.dying_pull([](std::string_view) { return false; });
    }
    publish_prompt(w, before.substr(0, before.size() - 1).c_str());
    CHECK(w.pull().conflicts.empty());
    CHECK(w.read(reception_prompt) == before);
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE(
    "pull: of a document and its prompt one that died may have written either, and edits stay")
{
    for (std::string const written : {reception_file, reception_prompt}) {
        CAPTURE(written);
        world w;
        w.pull();
        w.edit(reception_file, [](json::object& o) { o.set("begin_message", "Hier."); });
        w.publish_elsewhere("agent_reception",
            json::object{{"general_prompt", "Zwischendurch."}, {"model_temperature", 0.3}});
        w.dying_pull([&](std::string_view file) { return file == written; });
        w.publish_elsewhere("agent_reception",
            json::object{{"general_prompt", "Danach."}, {"model_temperature", 0.4}});
        CHECK(w.pull().conflicts.empty());
        CHECK(w.read(reception_prompt) == "Danach.\n");
        auto const file = json::parse(w.read(reception_file));
        CHECK(file.at_or_null("model_temperature") == 0.4);
        CHECK(file.string_at("begin_message") == "Hier.");
        auto const p = w.plan();
        REQUIRE(p.units.size() == 1);
        CHECK(p.units[0].engine_patch.size() == 1);
        w.apply(p);
        w.check_oracles();
    }
}

TEST_CASE("pull: one that stops among its files leaves a folder that can be read")
{
    world w;
    w.pull();
    w.call(retell::create_llm(json::parse(
        R"({"model": "gpt-4.1", "general_prompt": "Vom Kollegen.", "start_speaker": "agent"})")));
    std::vector<std::string> files;
    w.dying_pull([&](std::string_view file) {
        if (!std::filesystem::exists(w.bundle_dir() / file)) files.emplace_back(file);
        return false;
    });
    REQUIRE(files.size() == 2); // in the order of their names
    REQUIRE(files[0].ends_with(".json"));
    std::filesystem::create_directories(w.bundle_dir() / files[1] / "in-the-way");
    CHECK_THROWS(w.dying_pull(any_file));
    std::filesystem::remove_all(w.bundle_dir() / files[1]);
    CHECK_FALSE(std::filesystem::exists(w.bundle_dir() / files[0]));
    CHECK(w.pull().conflicts.empty());
    CHECK(w.plan().units.empty());
}
