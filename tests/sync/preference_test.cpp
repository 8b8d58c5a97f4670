#include "sync/world.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

/// Edits that lose to the service's values, while others of the same file are sent.

namespace {

constexpr char const* edited_engine = "llms/praxis-mueller-empfang.json";
constexpr char const* edited_prompt = "llms/praxis-mueller-empfang.prompt.md";
constexpr char const* edited_number = "+493023125001";
constexpr char const* edited_number_file = "numbers/+493023125001.json";

sync::plan_options letting_win(sync::prefer side)
{
    sync::plan_options options;
    options.prefer = side;
    return options;
}

void expect_one_conflict(sync::plan const& p, std::string const& path)
{
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].field.path == path);
}

json::value reception_engine(world& w)
{
    auto const newest = w.versions("agent_reception").back().int_at("version");
    auto const ref = sync::engine_of(w.agent("agent_reception", newest));
    return w.call(retell::get_llm(ref->id, ref->version));
}

} // namespace

TEST_CASE("sync/01: an edit that lost to the service's value goes on being an edit of its file")
{
    world w;
    w.pull();
    w.write(edited_prompt, "Von hier.\n");
    w.edit(edited_engine, [](json::object& o) { o.set("model_temperature", json::parse("0.5")); });
    w.publish_elsewhere("agent_reception", json::object{{"general_prompt", "Von dort."}});
    auto const p = w.plan(letting_win(sync::prefer::remote));
    REQUIRE(p.units.size() == 1);
    REQUIRE(p.units[0].engine_changes.size() == 1);
    CHECK(p.units[0].engine_changes[0].path == "model_temperature");
    expect_done(w.apply(p));
    CHECK(reception_engine(w).string_at("general_prompt") == "Von dort.");
    CHECK(json::to_text(reception_engine(w).at_or_null("model_temperature")) == "0.5");

    CHECK(w.plan(letting_win(sync::prefer::remote)).empty());
    expect_one_conflict(w.plan(), "general_prompt");
    SUBCASE("a pull leaves it")
    {
        CHECK(w.pull().conflicts.size() == 1);
        CHECK(w.read(edited_prompt) == "Von hier.\n");
        expect_one_conflict(w.plan(), "general_prompt");
    }
    SUBCASE("a pull that prefers the file keeps it, to be sent")
    {
        w.pull(sync::adopt::neither, sync::prefer::local);
        CHECK(w.read(edited_prompt) == "Von hier.\n");
        expect_done(w.apply(w.plan()));
        CHECK(reception_engine(w).string_at("general_prompt") == "Von hier.");
    }
    SUBCASE("a pull that prefers the service ends it")
    {
        w.pull(sync::adopt::neither, sync::prefer::remote);
        CHECK(w.read(edited_prompt) == "Von dort.\n");
        CHECK(w.plan().empty());
    }
    SUBCASE("what was sent is agreed on: changed back by others, it stays so")
    {
        w.publish_elsewhere("agent_reception", json::object{{"model_temperature", nullptr}});
        w.pull(sync::adopt::neither, sync::prefer::remote);
        CHECK(w.plan().empty());
        CHECK(w.read(edited_engine).find("0.5") == std::string::npos);
    }
    w.check_oracles();
}

TEST_CASE("number: an edit that lost to the service's value goes on being an edit of its file")
{
    world w;
    w.pull();
    w.edit(edited_number_file, [](json::object& o) {
        o.set("nickname", "Von hier");
        o.set("inbound_webhook_url", "https://hooks.example.test/von-hier");
    });
    w.call(retell::update_phone_number(edited_number, json::object{{"nickname", "Von dort"}}));
    expect_done(w.apply(w.plan(letting_win(sync::prefer::remote))));
    CHECK(w.number(edited_number).string_at("nickname") == "Von dort");
    CHECK(w.number(edited_number).string_at("inbound_webhook_url") ==
        "https://hooks.example.test/von-hier");
    expect_one_conflict(w.plan(), "nickname");
    CHECK(w.pull().conflicts.size() == 1);
    CHECK(w.read(edited_number_file).find("Von hier") != std::string::npos);
    w.check_oracles();
}
