#include "sync/world.hpp"

#include <trunkline/core/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

/// Numbers that follow the releases of an agent ("agent_version": "released").

namespace {

constexpr char const* number_file = "numbers/+493023125001.json";

std::int64_t pinned(world& w)
{
    return w.number("+493023125001")
        .at_or_null("inbound_agents")
        .as_array()
        .at(0)
        .int_at("agent_version");
}

bool follows(world& w)
{
    return w.read(number_file).find("\"released\"") != std::string::npos;
}

void release_prompt(world& w, char const* text)
{
    w.write("llms/praxis-mueller-empfang.prompt.md", std::string(text) + "\n");
    expect_done(w.apply(w.plan()));
}

void publish_in_dashboard(world& w, double speed)
{
    w.publish_elsewhere("agent_reception", json::object{{"begin_message", "Guten Tag."}},
        json::object{{"voice_speed", speed}});
}

void pin_in_dashboard(world& w, std::int64_t version)
{
    w.call(retell::update_phone_number("+493023125001",
        json::object{{"inbound_agents",
            json::array{json::object{
                {"agent_id", "agent_reception"}, {"agent_version", version}, {"weight", 1}}}}}));
}

void write_version(world& w, json::value version)
{
    w.edit(number_file, [&](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("agent_version", std::move(version));
    });
}

void time_passes(world& w)
{
    w.time.advance(std::chrono::seconds(1));
}

bool says_behind(sync::plan const& p)
{
    return std::ranges::any_of(p.notes, [](auto const& n) {
        return n.find("numbers/+493023125001: follows the releases") != std::string::npos &&
            n.find("was published without a release") != std::string::npos;
    });
}

} // namespace

TEST_CASE("followers: a version published in the dashboard makes no pin of what follows releases")
{
    world w;
    w.pull();
    auto const before = pinned(w);
    publish_in_dashboard(w, 1.2);
    SUBCASE("released at once") {}
    SUBCASE("pulled first")
    {
        for (int pulls = 0; pulls < 2; ++pulls) {
            w.pull();
            CHECK(follows(w));
        }
    }
    SUBCASE("published twice, pulled in between")
    {
        w.pull();
        publish_in_dashboard(w, 1.3);
        w.pull();
        CHECK(follows(w));
    }
    auto const p = w.plan();
    CHECK(p.units.empty());
    CHECK(says_behind(p));
    CHECK(pinned(w) == before);
    release_prompt(w, "Neu.");
    CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
    CHECK_FALSE(says_behind(w.plan()));
    w.check_oracles();
}

TEST_CASE("followers: still so after a release moved them, and after it was taken back")
{
    world w;
    w.pull();
    release_prompt(w, "Neu.");
    SUBCASE("released") {}
    SUBCASE("taken back")
    {
        expect_done(w.rollback(w.last_release));
    }
    publish_in_dashboard(w, 1.2);
    w.pull();
    CHECK(follows(w));
    release_prompt(w, "Noch einmal neu.");
    CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
    w.check_oracles();
}

TEST_CASE("followers: led elsewhere by a release and taken back, it follows as it did before")
{
    world w;
    w.pull();
    publish_in_dashboard(w, 1.2);
    w.edit(number_file, [&](json::object& o) {
        auto& pin = o["inbound_agents"].as_array()[0].make_object();
        pin.set("agent_id", "@agents/notdienst");
        pin.set("agent_version", "released");
    });
    expect_done(w.apply(w.plan()));
    w.pull();
    expect_done(w.rollback(w.last_release));
    CHECK(pinned(w) == 1);
    w.pull();
    CHECK(follows(w));
    CHECK(says_behind(w.plan()));
    w.check_oracles();
}

TEST_CASE("followers: what somebody bound to an older version stays there")
{
    world w;
    w.pull();
    std::int64_t version = 0;
    SUBCASE("and published another one")
    {
        publish_in_dashboard(w, 1.2);
    }
    SUBCASE("that it followed before the last release")
    {
        release_prompt(w, "Neu.");
        version = 1;
    }
    pin_in_dashboard(w, version);
    w.pull();
    CHECK_FALSE(follows(w));
    release_prompt(w, "Noch einmal neu.");
    CHECK(pinned(w) == version);
    w.check_oracles();
}

TEST_CASE("followers: a release that died before it saw a number move makes no pin of it")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.after_answer = [](std::uint64_t, http::request const& r) {
        return r.target.find("update-phone-number/+493023125001") == std::string::npos;
    };
    w.apply(w.plan());
    w.after_answer = nullptr;
    CHECK(pinned(w) == 2);
    publish_in_dashboard(w, 1.2);
    w.pull();
    CHECK(follows(w));
    expect_done(w.resume());
    w.pull();
    CHECK(follows(w));
    w.check_oracles();
}

TEST_CASE("followers: left behind, a number is bound to what it has, or led on, by its file")
{
    world w;
    w.pull();
    auto const before = pinned(w);
    publish_in_dashboard(w, 1.2);
    auto const newest = w.versions("agent_reception").back().int_at("version");
    auto const told = w.plan().notes;
    CHECK(std::ranges::any_of(told, [](auto const& n) { // the file, not the agent's own name
        return n.find("follows the releases of agents/praxis-mueller-empfang and") != n.npos;
    }));
    SUBCASE("bound")
    {
        write_version(w, before);
        expect_done(w.apply(w.plan()));
        w.pull();
        CHECK_FALSE(follows(w));
        release_prompt(w, "Neu.");
        CHECK(pinned(w) == before);
        write_version(w, "released");
        expect_done(w.apply(w.plan()));
        CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
        publish_in_dashboard(w, 1.3);
        w.pull();
        CHECK(follows(w));
        w.check_oracles();
    }
    SUBCASE("led on")
    {
        write_version(w, newest);
        expect_done(w.apply(w.plan()));
        CHECK(pinned(w) == newest);
        w.pull();
        CHECK(follows(w)); // the newest version is what a number that follows has (decision 004)
    }
}

TEST_CASE("followers: a file binds a number to the newest version, and no release moves it")
{
    world w;
    w.pull();
    auto const before = pinned(w);
    write_version(w, before);
    SUBCASE("in the release that makes another version") {}
    SUBCASE("before the release")
    {
        expect_done(w.apply(w.plan()));
        CHECK(w.plan().empty());
    }
    SUBCASE("while another edit of it is left alone")
    {
        w.edit(number_file, [](json::object& o) { o.set("nickname", "Von hier"); });
        w.call(retell::update_phone_number("+493023125001", json::object{{"nickname", "Von dort"}}));
        w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
        auto p = w.plan();
        std::erase_if(p.units, [](auto const& u) { return u.action != sync::unit_action::release; });
        REQUIRE(p.units.size() == 1);
        expect_done(w.apply(p));
        CHECK(pinned(w) == before);
        return;
    }
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto const p = w.plan();
    CHECK(std::ranges::any_of(p.notes, [](auto const& n) {
        return n.find("is bound to 1 of agents/praxis-mueller-empfang and is not moved") != n.npos;
    }));
    expect_done(w.apply(p));
    CHECK(pinned(w) == before);
    CHECK(w.plan().empty());
    w.pull();
    CHECK_FALSE(follows(w));
    release_prompt(w, "Noch neuer.");
    CHECK(pinned(w) == before);
    write_version(w, "released");
    expect_done(w.apply(w.plan()));
    CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
    w.check_oracles();
}

TEST_CASE("followers: a version that cannot be is refused")
{
    world w;
    w.pull();
    for (auto const* const version : {"-1", "1.5", "7"}) {
        CAPTURE(version);
        write_version(w, json::parse(version));
        CHECK_THROWS_AS(w.plan(), error);
    }
}

TEST_CASE(
    "followers: of two pins of one agent the bound one stays, and a rollback sets back the other")
{
    world w;
    w.pull();
    w.call(retell::update_phone_number("+493023125001", json::parse(R"({"inbound_agents": [
            {"agent_id": "agent_reception", "agent_version": 0, "weight": 0.5},
            {"agent_id": "agent_reception", "agent_version": 1, "weight": 0.5}]})")));
    w.pull();
    auto const versions = [&] {
        std::vector<std::int64_t> out;
        auto const number = w.number("+493023125001");
        for (auto const& pin : number.at_or_null("inbound_agents").as_array())
            out.push_back(pin.int_at("agent_version"));
        return out;
    };
    w.edit(number_file, [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("weight", 0.9);
        o["inbound_agents"].as_array()[1].make_object().set("weight", 0.1);
    });
    expect_done(w.apply(w.plan()));
    w.pull();
    release_prompt(w, "Neu.");
    CHECK(versions() == std::vector<std::int64_t>{0, 2});
    expect_done(w.rollback(w.last_release));
    CHECK(versions() == std::vector<std::int64_t>{0, 1});
    w.pull();
    CHECK(follows(w));
    CHECK(w.read(number_file).find("\"agent_version\": 0") != std::string::npos);
}

TEST_CASE("sync/11: a number that a release could not move is led on by the next one")
{
    world w;
    w.pull();
    auto const before = pinned(w);
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.fault(R"([{"match": {"path": "/update-phone-number"}, "action": "status", "status": 400}])");
    w.apply(w.plan());
    auto const release = w.last_release;
    CHECK(w.db.release(w.tenant, release)->state == store::release_state::partial);
    REQUIRE(pinned(w) == before);
    SUBCASE("which does nothing else")
    {
        auto const p = w.plan();
        REQUIRE(p.units.size() == 1);
        CHECK(p.units[0].name == "numbers/+493023125001");
        CHECK(p.notes.at(0).find("was not moved by r1") != std::string::npos);
        expect_done(w.apply(p));
    }
    SUBCASE("which releases the agent again")
    {
        release_prompt(w, "Noch neuer.");
    }
    CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
    CHECK(follows(w));
    CHECK(w.plan().empty());
    // Led back by hand it stays there.
    pin_in_dashboard(w, before);
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE("followers: what the service refuses for good keeps no release open")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.fault(R"([{"match": {"path": "/update-phone-number"}, "action": "status", "status": 422}])");
    w.apply(w.plan());
    CHECK(w.last_state == store::release_state::partial);
    CHECK(pinned(w) == 1);
    auto const p = w.plan();
    CHECK(std::ranges::any_of(p.notes, [](auto const& n) {
        return n.find("was not moved by r1, which published version 2") != std::string::npos;
    }));
    release_prompt(w, "Noch neuer.");
    CHECK(pinned(w) == 3);
}

TEST_CASE("followers: a pull that read a number before a release moved it leaves it alone")
{
    world w;
    w.pull();
    auto const before = w.refresh();
    time_passes(w);
    release_prompt(w, "Neu.");
    publish_in_dashboard(w, 1.2);
    auto stale = w.refresh();
    stale.numbers = before.numbers;
    auto const out = sync::make_checkout(std::nullopt, w.db.bases(w.tenant, w.workspace), stale,
        w.db, w.tenant, sync::adopt::neither);
    CHECK(std::ranges::none_of(
        out.files, [](auto const& file) { return file.first.string() == number_file; }));
    sync::end_pull(w.db, w.tenant, w.workspace, "", out);
    w.pull();
    CHECK(follows(w));
}

TEST_CASE("followers: a pull amid a release binds nothing")
{
    world w;
    w.pull();
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    w.before_request = [](std::uint64_t, http::request const& r) {
        return r.target.find("update-phone-number") == std::string::npos;
    };
    w.apply(w.plan());
    w.before_request = nullptr;
    CHECK(pinned(w) == 1);
    w.pull();
    CHECK(follows(w));
    expect_done(w.resume());
    CHECK(pinned(w) == w.versions("agent_reception").back().int_at("version"));
    w.check_oracles();
}
