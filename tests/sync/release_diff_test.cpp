#include "sync/world.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/sync/release_diff.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

std::vector<sync::resource_difference> diff(world& w, std::int64_t from, std::int64_t to)
{
    std::vector<store::release_row> rows;
    for (std::int64_t n = 1; auto row = w.db.release(w.tenant, n); ++n)
        rows.push_back(std::move(*row));
    return sync::diff_releases(rows, from, to);
}

/// Without the numbers, whose pins move with every release.
std::vector<sync::resource_difference> content_diff(world& w, std::int64_t from, std::int64_t to)
{
    auto out = diff(w, from, to);
    std::erase_if(out, [](auto const& d) { return d.resource.starts_with("numbers/"); });
    return out;
}

void release(world& w, std::string const& file, std::function<void(json::object&)> const& change)
{
    w.edit(file, change);
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
}

std::string const diffed_file = "agents/notdienst.json";

} // namespace

TEST_CASE("release diff: fields that differ, either way round, and who did it")
{
    world w;
    w.pull();
    release(w, diffed_file, [](json::object& o) { o.set("voice_speed", json::parse("1.1")); });
    release(w, diffed_file, [](json::object& o) { o.set("voice_speed", json::parse("1.2")); });
    release(w, diffed_file, [](json::object& o) { o.set("volume", json::parse("0.9")); });
    auto const found = content_diff(w, 1, 3);
    REQUIRE(found.size() == 1);
    CHECK(found[0].resource == "agents/notdienst");
    CHECK(found[0].releases == std::vector<std::int64_t>{2, 3});
    REQUIRE(found[0].changes.size() == 2);
    CHECK(found[0].changes[0].path == "voice_speed");
    CHECK(json::to_text(*found[0].changes[0].before) == "1.1");
    CHECK(json::to_text(*found[0].changes[0].after) == "1.2");
    auto const all = diff(w, 1, 3);
    auto const pins =
        std::ranges::find(all, "numbers/+493023125003", &sync::resource_difference::resource);
    REQUIRE(pins != all.end());
    CHECK(pins->changes.at(0).path == "inbound_agents");
    auto const back = content_diff(w, 3, 1);
    REQUIRE(back.size() == 1);
    CHECK(json::to_text(*back[0].changes[0].after) == "1.1");
    CHECK(diff(w, 2, 2).empty());
    CHECK_THROWS_AS(diff(w, 1, 9), error);
}

TEST_CASE("release diff: what was taken back is no difference, secrets are references, creations "
          "are told")
{
    world w;
    w.pull();
    release(w, diffed_file, [](json::object& o) { o.set("voice_speed", json::parse("1.1")); });
    release(w, diffed_file, [](json::object& o) {
        o.set("webhook_url", "https://hooks.example.test/n?token=CANARY-diff");
    });
    CHECK(json::to_text(json::value(sync::to_json(diff(w, 1, 2)))).find("CANARY") ==
        std::string::npos);
    CHECK(content_diff(w, 1, 2).size() == 1);
    w.rollback(2);
    CHECK(content_diff(w, 1, 3).empty());
    w.pull();
    w.write("llms/extra.json",
        R"({"model": "gpt-4.1", "general_prompt": "Neu.", "start_speaker": "agent"})");
    for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    auto const found = diff(w, 3, 4);
    REQUIRE(found.size() == 1);
    CHECK(found[0].resource == "llms/extra");
    CHECK(found[0].created);
    CHECK(diff(w, 4, 3).at(0).removed);
}

TEST_CASE("release diff: an engine that was taken back, under its own name")
{
    world w;
    w.pull();
    release(w, "llms/notdienst.json",
        [](json::object& o) { o.set("model_temperature", json::parse("0.4")); });
    w.rollback(1);
    auto const found = content_diff(w, 1, 2);
    REQUIRE(found.size() == 1);
    CHECK(found[0].resource == "llms/notdienst");
    CHECK(found[0].changes.at(0).path == "model_temperature");
    CHECK(content_diff(w, 2, 1).at(0).resource == "llms/notdienst");
}

TEST_CASE("release diff: of a number what releases wrote, not what they saw")
{
    auto account = small_account();
    account.find("phone_numbers")
        ->as_array()[0]
        .as_object()
        .set("sip_outbound_trunk_config", json::parse(R"({"termination_uri":"a.example.test"})"));
    world w(std::move(account));
    w.pull();
    std::string const number = "+493023125001";
    auto const of_number = [&](std::int64_t from, std::int64_t to) {
        auto out = diff(w, from, to);
        std::erase_if(out, [&](auto const& d) { return d.resource != "numbers/" + number; });
        REQUIRE(out.size() == 1);
        std::vector<std::string> paths;
        for (auto const& c : out[0].changes) paths.push_back(c.path);
        return paths;
    };
    auto const prompt = [&](char const* text) {
        w.write("llms/praxis-mueller-empfang.prompt.md", text);
        for (auto const& r : w.apply(w.plan())) REQUIRE(r.state == sync::unit_state::done);
    };
    auto const nickname = [&](char const* to) {
        release(w, "numbers/" + number + ".json",
            [&](json::object& o) { o.set("nickname", json::value(to)); });
    };
    prompt("Eins.\n");
    prompt("Zwei.\n");
    nickname("Neu");
    CHECK(of_number(1, 3) == std::vector<std::string>{"inbound_agents", "nickname"});
    CHECK(of_number(3, 1) == std::vector<std::string>{"inbound_agents", "nickname"});
    CHECK(of_number(2, 3) == std::vector<std::string>{"nickname"});
    w.call(retell::update_phone_number(number, json::object{{"termination_uri", "b.example.test"}}));
    w.pull();
    nickname("Neuer");
    CHECK(of_number(2, 4) == std::vector<std::string>{"nickname"});
}

TEST_CASE("release diff: a unit that failed makes no difference")
{
    world w;
    w.pull();
    release(w, diffed_file, [](json::object& o) { o.set("voice_speed", json::parse("1.1")); });
    w.edit(diffed_file, [](json::object& o) { o.set("voice_speed", json::parse("1.3")); });
    auto const plan = w.plan();
    w.fault(R"([{"match": {"path": "/create-agent-version"}, "action": "status", "status": 400}])");
    w.apply(plan);
    CHECK(diff(w, 1, 2).empty());
}
