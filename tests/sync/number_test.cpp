#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr char const* number = "+493023125001";
constexpr char const* file = "numbers/+493023125001.json";
constexpr char const* first_password = "CANARY-sip-first";
constexpr char const* second_password = "CANARY-sip-second";

/// The small account, its first number on an own SIP trunk.
json::value account_with_trunk()
{
    auto account = small_account();
    auto& first = account.find("phone_numbers")->as_array()[0].as_object();
    first.set("sip_outbound_trunk_config",
        json::parse(
            R"({"termination_uri":"sip.example.test","auth_username":"praxis","transport":"TCP"})"));
    return account;
}

/// The body of every PATCH of a number from now on, as sent.
void record_patches(world& w, std::vector<std::string>& bodies)
{
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (r.method == "PATCH" && r.target.starts_with("/update-phone-number/"))
            bodies.push_back(json::to_text(json::parse(r.body)));
        return true;
    };
}

void set_trunk(world& w, std::string_view member, json::value to)
{
    w.edit(file, [&](json::object& o) {
        o.find("sip_outbound_trunk_config")->as_object().set(member, std::move(to));
    });
}

void set_password(world& w, char const* value)
{
    ::setenv("TRUNKLINE_TEST_SIP_PASSWORD", value, 1);
    w.edit(
        file, [](json::object& o) { o.set("auth_password", "@env:TRUNKLINE_TEST_SIP_PASSWORD"); });
}

void check_done(std::vector<sync::unit_result> const& results)
{
    REQUIRE(results.size() == 1);
    INFO(results[0].message);
    CHECK(results[0].state == sync::unit_state::done);
}

void check_hidden(std::string const& text)
{
    CHECK(text.find("CANARY-sip") == std::string::npos);
}

} // namespace

TEST_CASE("number: an edit of the SIP trunk is written flat, only what changed, and read back")
{
    world w(account_with_trunk());
    w.pull();
    std::vector<std::string> sent;
    record_patches(w, sent);
    set_trunk(w, "transport", "TLS");
    set_trunk(w, "auth_username", "neu");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    CHECK(p.units[0].changes.size() == 2);
    check_done(w.apply(p));
    CHECK(sent == std::vector<std::string>{R"({"auth_username":"neu","transport":"TLS"})"});
    CHECK(json::to_text(w.number(number).at_or_null("sip_outbound_trunk_config")) ==
        R"({"termination_uri":"sip.example.test","auth_username":"neu","transport":"TLS"})");
    CHECK(w.plan().empty());

    check_done(w.rollback(w.last_release));
    CHECK(json::to_text(w.number(number).at_or_null("sip_outbound_trunk_config")) ==
        R"({"termination_uri":"sip.example.test","auth_username":"praxis","transport":"TCP"})");
    CHECK(sent.back() == R"({"auth_username":"praxis","transport":"TCP"})");
}

TEST_CASE("number: a trunk setting cannot be taken away, and the plan says so instead of trying")
{
    world w(account_with_trunk());
    w.pull();
    set_trunk(w, "auth_username", nullptr);
    auto const p = w.plan();
    CHECK(p.units.empty());
    REQUIRE(p.notes.size() == 1);
    CHECK(p.notes[0].find("auth_username") != std::string::npos);
}

TEST_CASE("number: a SIP password is written once, and again only when it changes")
{
    world w(account_with_trunk());
    w.pull();
    std::vector<std::string> sent;
    record_patches(w, sent);
    set_password(w, first_password);
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    check_hidden(json::to_text(p.to_json()));
    check_done(w.apply(p));
    REQUIRE(sent.size() == 1);
    CHECK(sent[0] == R"({"auth_password":"CANARY-sip-first"})");

    // Unchanged, before and after a pull, in this folder: nothing to write.
    CHECK(w.plan().empty());
    w.pull();
    CHECK(w.read(file).find("\"@secret:") != std::string::npos);
    check_hidden(w.read(file));
    CHECK(w.plan().empty());
    set_password(w, first_password);
    CHECK(w.plan().empty());

    set_password(w, second_password);
    auto const again = w.plan();
    REQUIRE(again.units.size() == 1);
    check_done(w.apply(again));
    CHECK(sent.back() == R"({"auth_password":"CANARY-sip-second"})");
    CHECK(w.plan().empty());
    auto const second_release = w.last_release;

    // Taken back: the value before is known, because we wrote it; the folder follows by a pull.
    check_done(w.rollback(second_release));
    CHECK(sent.back() == R"({"auth_password":"CANARY-sip-first"})");
    w.pull();
    CHECK(w.plan().empty());
    set_password(w, first_password);
    CHECK(w.plan().empty());
    CHECK(sent.size() == 3);

    for (auto release = w.last_release; release > 0; --release)
        for (auto const& row : w.db.journal(w.tenant, release))
            check_hidden(json::to_text(row.data));
    for (auto const workspace : {std::string_view(w.workspace), sync::written_workspace})
        for (auto const& row : w.db.bases(w.tenant, workspace))
            check_hidden(json::to_text(row.document));
    for (auto const& f : std::filesystem::directory_iterator(w.dir.path()))
        if (f.is_regular_file()) check_hidden(w.read("../" + f.path().filename().string()));
}

TEST_CASE("number: a password nobody knows is not taken back by guessing")
{
    world w(account_with_trunk());
    w.pull();
    set_password(w, first_password);
    set_trunk(w, "transport", "TLS");
    check_done(w.apply(w.plan()));
    std::vector<std::string> sent;
    record_patches(w, sent);
    auto const p = sync::make_rollback(
        *w.db.release(w.tenant, w.last_release), w.refresh(), w.db, w.tenant, {});
    CHECK(p.conflicts.empty());
    REQUIRE(p.notes.size() == 1);
    CHECK(p.notes[0].find("auth_password") != std::string::npos);
    check_done(w.apply(p));
    CHECK(sent == std::vector<std::string>{R"({"transport":"TCP"})"});
}

TEST_CASE("number: a trunk setting that a release brought stays when the rest is taken back")
{
    auto account = account_with_trunk();
    auto& first = account.find("phone_numbers")->as_array()[0].as_object();
    std::string trunk = R"({"termination_uri":"sip.example.test","auth_username":"u"})";
    std::size_t notes = 1;
    SUBCASE("beside others")
    {
        first.set(
            "sip_outbound_trunk_config", json::parse(R"({"termination_uri":"sip.example.test"})"));
    }
    SUBCASE("with all of the trunk")
    {
        first.erase("sip_outbound_trunk_config");
        notes = 2;
    }
    world w(std::move(account));
    w.pull();
    w.edit(file, [&](json::object& o) {
        o.set("sip_outbound_trunk_config", json::parse(trunk));
        o.set("nickname", "Neu");
    });
    auto const before = w.number(number).at_or_null("nickname");
    check_done(w.apply(w.plan()));
    auto const release = w.last_release;
    auto const p =
        sync::make_rollback(*w.db.release(w.tenant, release), w.refresh(), w.db, w.tenant, {});
    CHECK(p.conflicts.empty());
    REQUIRE(p.notes.size() == notes);
    CHECK(p.notes.back().find("sip_outbound_trunk_config/auth_username stays") != std::string::npos);
    check_done(w.apply(p));
    CHECK(w.number(number).at_or_null("nickname") == before);
    CHECK(json::to_text(w.number(number).at_or_null("sip_outbound_trunk_config")) == trunk);

    // Nothing is left to be done, and what stays is the folder's by a pull.
    CHECK(sync::make_rollback(*w.db.release(w.tenant, release), w.refresh(), w.db, w.tenant, {})
              .units.empty());
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE("number: changed meanwhile by somebody else it is left alone, and the unit is a conflict")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Von hier"); });
    auto const p = w.plan();
    w.call(retell::update_phone_number("+493023125001", json::object{{"nickname", "Von dort"}}));
    auto const results = w.apply(p);
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::conflict);
    CHECK(w.number("+493023125001").string_at("nickname") == "Von dort");
    CHECK(w.plan().conflicts.size() == 1);
    w.check_oracles();
}

TEST_CASE("number: a write that the service answers with 200 and ignores is found by reading back")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Neu"); });
    w.refuse_request = [&](http::request const& r) {
        return r.target.starts_with("/update-phone-number/")
            ? std::optional(http::reply(200, json::to_text(w.number("+493023125001"))))
            : std::nullopt;
    };
    auto const results = w.apply(w.plan());
    w.refuse_request = nullptr;
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(w.plan().units.size() == 1); // it is still to be done
    for (auto const& r : w.apply(w.plan())) CHECK(r.state == sync::unit_state::done);
    CHECK(w.number("+493023125001").string_at("nickname") == "Neu");
    w.check_oracles();
}

TEST_CASE("number: a pin to a draft, or to a version that does not exist, is refused before "
          "anything is sent")
{
    world w;
    w.pull();
    auto const released = w.versions("agent_reception").back().int_at("version");
    auto const newest =
        w.call(retell::create_agent_version("agent_reception", released)).int_at("version");
    auto const pin = [&](json::value version) {
        w.edit("numbers/+493023125001.json", [&](json::object& o) {
            for (auto& p : o["inbound_agents"].as_array())
                p.make_object().set("agent_version", version);
        });
    };
    auto const refusal = [&] {
        try {
            w.plan();
        } catch (error const& e) {
            CHECK(e.code() == errc::dangling_reference);
            return std::string(e.what());
        }
        return std::string();
    };
    for (auto const version : {newest, newest + 1}) {
        pin(version);
        CHECK(refusal().find("the newest that is published is " + std::to_string(released)) !=
            std::string::npos);
        CHECK(refusal().find(" of agents/praxis-mueller-empfang, which is a draft") !=
            std::string::npos);
    }
    pin("released");
    CHECK(w.plan().units.empty());
}

TEST_CASE("number: a version below the newest is looked at before a number is led to it")
{
    world w;
    w.pull();
    auto const draft = w.call(retell::create_agent_version("agent_reception", 1)).int_at("version");
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    expect_done(w.apply(w.plan()));
    auto const released = w.versions("agent_reception").back().int_at("version");
    REQUIRE(draft < released);
    auto const lead_to = [&](std::int64_t version) {
        w.edit(file, [&](json::object& o) {
            o["inbound_agents"].as_array()[0].make_object().set("agent_version", version);
            o.set("nickname", "Neu");
        });
        auto const results = w.apply(w.plan());
        REQUIRE(results.size() == 1);
        return results[0];
    };
    auto const leads_to = [&] {
        return w.number(number).at_or_null("inbound_agents").as_array().at(0).int_at("agent_version");
    };
    SUBCASE("somebody's draft")
    {
        auto const result = lead_to(draft);
        CHECK(result.state == sync::unit_state::failed);
        CHECK(result.message ==
            "leads to version " + std::to_string(draft) +
                " of agents/praxis-mueller-empfang, which is a draft; nothing was written. Write "
                "a published version, or \"released\" to follow the releases");
        CHECK(leads_to() == released);
        CHECK(w.number(number).string_at("nickname") == "Empfang");
        CHECK(w.plan().units.size() == 1); // it is still to be done
        w.call(retell::publish_agent_version("agent_reception", draft));
        CHECK(lead_to(draft).state == sync::unit_state::done);
    }
    SUBCASE("one that was deleted")
    {
        w.call(retell::delete_agent_version("agent_reception", draft));
        auto const result = lead_to(draft);
        CHECK(result.state == sync::unit_state::failed);
        CHECK(result.message.find("which does not exist") != std::string::npos);
        CHECK(leads_to() == released);
    }
    SUBCASE("one that was published before anybody pulled")
    {
        CHECK(lead_to(0).state == sync::unit_state::done);
        CHECK(leads_to() == 0);
        w.rollback(w.last_release);
        CHECK(leads_to() == released);
    }
    SUBCASE("one that cannot be looked at now")
    {
        w.refuse_request = [&](http::request const& r) {
            return r.target.starts_with("/get-agent/agent_reception?version=0")
                ? std::optional(http::reply(503, "{}"))
                : std::nullopt;
        };
        CHECK(lead_to(0).state == sync::unit_state::interrupted);
        CHECK(leads_to() == released);
        w.refuse_request = nullptr;
        for (auto const& r : w.resume()) CHECK(r.state == sync::unit_state::done);
        CHECK(leads_to() == 0);
    }
}

TEST_CASE("number: fallbacks change in an order in which each state on the way is legal")
{
    world w;
    auto const fall_back = [&](char const* from, char const* to) {
        w.edit("numbers/" + std::string(from) + ".json", [&](json::object& o) {
            if (to) o.set("fallback_number", "@numbers/" + std::string(to));
            else o.set("fallback_number", nullptr);
        });
    };
    auto const apply = [&] {
        for (auto const& r : w.apply(w.plan())) {
            INFO(r.name, ": ", r.message);
            CHECK(r.state == sync::unit_state::done);
        }
    };
    constexpr char const* one = "+493023125001";
    constexpr char const* two = "+493023125002";
    constexpr char const* three = "+493023125003";
    w.pull();
    fall_back(two, one);
    apply();
    // Turned round: the second must be cleared before the first gets it.
    fall_back(two, nullptr);
    fall_back(one, two);
    apply();
    CHECK(w.number(one).string_at("fallback_number") == two);
    // The first changes its mind before its old fallback gets one of its own.
    fall_back(one, three);
    apply();
    fall_back(two, three);
    apply();
    fall_back(three, one);
    fall_back(one, nullptr);
    fall_back(two, one);
    apply();
    CHECK(w.number(three).string_at("fallback_number") == one);
    CHECK(w.number(two).string_at("fallback_number") == one);
    w.check_oracles();
}

TEST_CASE("number: a fallback that a conflict leaves where it is counts when fallbacks are judged")
{
    constexpr char const* one = "+493023125001";
    constexpr char const* two = "+493023125002";
    constexpr char const* three = "+493023125003";
    auto account = account_with_trunk();
    account.find("phone_numbers")->as_array()[0].as_object().set("fallback_number", three);
    world w(account);
    w.pull();
    std::string why;
    SUBCASE("in conflict")
    {
        w.edit(file, [](json::object& o) { o.set("nickname", "Von hier"); });
        w.call(retell::update_phone_number(one, json::object{{"nickname", "Von dort"}}));
        why = "nickname is in conflict";
    }
    SUBCASE("with a trunk setting that cannot be taken away")
    {
        set_trunk(w, "auth_username", nullptr);
        why = "sip_outbound_trunk_config/auth_username cannot be taken away";
    }
    w.edit(file, [](json::object& o) { o.set("fallback_number", nullptr); });
    w.edit("numbers/" + std::string(two) + ".json",
        [&](json::object& o) { o.set("fallback_number", "@numbers/" + std::string(one)); });
    std::string refusal;
    try {
        w.plan();
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_bundle);
        refusal = e.what();
    }
    CHECK(refusal ==
        "fallback_number: +493023125002 falls back to +493023125001, which has a fallback of its "
        "own; numbers/+493023125001 keeps the one it has, for its " +
            why + "; correct the files, nothing was sent");
}

TEST_CASE("number: one whose edits are left alone is moved with its agent's release as it is")
{
    world w(account_with_trunk());
    w.pull();
    w.edit(file, [](json::object& o) {
        auto& pin = o["inbound_agents"].as_array()[0].make_object();
        pin.set("agent_id", "@agents/praxis-mueller-termine");
        pin.set("agent_version", "released");
    });
    SUBCASE("in conflict")
    {
        w.edit(file, [](json::object& o) { o.set("nickname", "Von hier"); });
        w.call(retell::update_phone_number(number, json::object{{"nickname", "Von dort"}}));
    }
    SUBCASE("with a trunk setting that cannot be taken away")
    {
        set_trunk(w, "auth_username", nullptr);
    }
    w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
    auto p = w.plan();
    auto const blocked = sync::units_in_conflict(p);
    std::erase_if(p.units, [&](auto const& u) { return blocked.contains(u.name); });
    check_done(w.apply(p));
    auto const pin = w.number(number).at_or_null("inbound_agents").as_array().at(0);
    CHECK(pin.string_at("agent_id") == "agent_reception");
    CHECK(pin.int_at("agent_version") == w.versions("agent_reception").back().int_at("version"));
    // The file still says where it is to lead.
    CHECK(w.read(file).find("praxis-mueller-termine") != std::string::npos);
}

TEST_CASE("number: killed while a password is written, the next run writes it again")
{
    world w(account_with_trunk());
    w.pull();
    set_password(w, first_password);
    auto const p = w.plan();
    w.after_answer = [](std::uint64_t, http::request const& r) { return r.method != "PATCH"; };
    w.apply(p);
    w.after_answer = nullptr;
    std::vector<std::string> sent;
    record_patches(w, sent);
    check_done(w.resume());
    CHECK(sent == std::vector<std::string>{R"({"auth_password":"CANARY-sip-first"})"});
    CHECK(w.plan().empty());
}

TEST_CASE("number: what a colleague changes beside a write is no failure of it")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("agent_id", "@agents/notdienst");
        o["inbound_agents"].as_array()[0].make_object().set("agent_version", 0);
    });
    w.after_answer = [&](std::uint64_t, http::request const& r) {
        if (r.method == "PATCH")
            w.call(
                retell::update_phone_number("+493023125001", json::object{{"nickname", "Kollege"}}));
        return true;
    };
    expect_done(w.apply(w.plan()));
    w.after_answer = nullptr;
    CHECK(w.number("+493023125001").string_at("nickname") == "Kollege");
}

TEST_CASE("number: written and read back as something else, it is taken back with its release")
{
    world w;
    w.pull();
    auto const pins = [&] { return w.number("+493023125001").at_or_null("inbound_agents"); };
    auto const before = pins();
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("agent_id", "@agents/notdienst");
        o["inbound_agents"].as_array()[0].make_object().set("agent_version", 0);
    });
    w.after_answer = [&](std::uint64_t, http::request const& r) {
        auto changed = pins();
        changed.as_array()[0].make_object().set("weight", 0.5);
        changed.as_array().push_back(before.as_array()[0]);
        changed.as_array()[1].make_object().set("weight", 0.5);
        if (r.method == "PATCH")
            w.call(retell::update_phone_number(
                "+493023125001", json::object{{"inbound_agents", changed}}));
        return true;
    };
    auto const results = w.apply(w.plan());
    w.after_answer = nullptr;
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(results[0].live);
    CHECK(results[0].message.find("was written, and reads back differently") != std::string::npos);
    CHECK(w.db.release(w.tenant, w.last_release)->state == store::release_state::partial);
    expect_done(w.rollback(w.last_release));
    CHECK(pins() == before);
}

TEST_CASE("number: an import takes the names of its own verb")
{
    auto const call = retell::import_phone_number(json::parse(
        R"({"phone_number":"+4930123456","auth_password":"p","sip_outbound_trunk_config":
            {"termination_uri":"sip.example.test","auth_username":"u","transport":"UDP"}})"));
    CHECK(json::canonical(*call.args.body) ==
        json::canonical(json::parse(
            R"({"phone_number":"+4930123456","sip_trunk_auth_password":"p","termination_uri":
            "sip.example.test","sip_trunk_auth_username":"u","transport":"UDP"})")));
}
