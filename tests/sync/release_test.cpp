#include "sync/world.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr char const* reception_prompt = "llms/praxis-mueller-empfang.prompt.md";

sync::unit_result only(std::vector<sync::unit_result> const& results)
{
    REQUIRE(results.size() == 1);
    INFO(results[0].step, ": ", results[0].message);
    CHECK(results[0].state == sync::unit_state::done);
    return results[0];
}

std::int64_t pin_of(world& w, std::string const& number, std::size_t index = 0)
{
    return w.number(number).at_or_null("inbound_agents").as_array().at(index).int_at("agent_version");
}

} // namespace

TEST_CASE("pull: one readable file a resource, and a second pull changes nothing and costs only "
          "the lists")
{
    world w;
    auto const first = w.pull();
    CHECK(first.conflicts.empty());
    CHECK(w.read(reception_prompt) == "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n\n");
    auto const agent = json::parse(w.read("agents/praxis-mueller-empfang.json"));
    CHECK(agent.find("agent_id") == nullptr);
    CHECK(agent.at_or_null("response_engine").string_at("llm_id") == "@llms/praxis-mueller-empfang");
    auto const number = json::parse(w.read("numbers/+493023125001.json"));
    CHECK(number.at_or_null("inbound_agents").as_array()[0].string_at("agent_id") ==
        "@agents/praxis-mueller-empfang");
    CHECK(
        number.at_or_null("inbound_agents").as_array()[0].string_at("agent_version") == "released");

    auto const before = w.requests;
    auto const second = w.pull();
    CHECK(w.requests - before == 4);
    CHECK(second.created == 0);
    CHECK(second.updated == 0);
    CHECK(w.plan().empty());
}

TEST_CASE("release: a prompt edit reaches the number, and the second plan is empty")
{
    world w;
    w.pull();
    w.write(reception_prompt, "Du bist der Empfang der Praxis Müller.\nSei sehr freundlich.\n\n");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 1);
    CHECK(p.conflicts.empty());
    CHECK(p.guards.empty());
    CHECK(p.units[0].engine_changes.size() == 1);
    CHECK(p.units[0].engine_changes[0].path == "general_prompt");
    CHECK(p.units[0].numbers.size() == 2);

    auto const r = only(w.apply(p));
    CHECK(r.before_version == 1);
    CHECK(r.after_version == 2);
    CHECK(pin_of(w, "+493023125001") == 2);
    CHECK(pin_of(w, "+493023125003") == 2);
    CHECK(pin_of(w, "+493023125003", 1) == 0);
    CHECK(w.agent("agent_reception", 2).bool_at("is_published"));
    auto const llm = w.call(retell::get_llm("llm_reception", 2));
    CHECK(llm.string_at("general_prompt") ==
        "Du bist der Empfang der Praxis Müller.\nSei sehr freundlich.\n");

    auto const writes = w.writes;
    auto const again = w.plan();
    CHECK(again.empty());
    CHECK(w.writes == writes);
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE("release: of what was agreed on it reads what it is about, however much else there is")
{
    world w;
    w.pull();
    w.write(reception_prompt, "Neu.\n");
    auto const p = w.plan();
    // What cannot be read back stands for all that need not be.
    store::base_row other;
    other.kind = "agent";
    other.id = other.name = "other";
    for (int depth = 0; depth < 600; ++depth) other.document = json::array{other.document};
    w.db.put_bases(w.tenant, w.workspace, {other});
    REQUIRE_THROWS(w.db.bases(w.tenant, w.workspace));
    only(w.apply(p));
    w.db.erase_base(w.tenant, w.workspace, other.kind, other.id);
    CHECK(w.plan().empty());
}

TEST_CASE("release: nothing the vendor added is lost on the way")
{
    world w;
    w.pull();
    w.edit("agents/praxis-mueller-empfang.json", [](json::object& o) { o.set("voice_speed", 1.2); });
    w.write(reception_prompt, "Neu.\n");
    only(w.apply(w.plan()));
    auto const agent = w.agent("agent_reception", 2);
    CHECK(json::identical(agent.at_or_null("vendor_news"), json::parse(R"({"keep": [1, 2.50]})")));
    auto const llm = w.call(retell::get_llm("llm_reception", 2));
    auto const& tools = llm.at_or_null("general_tools").as_array();
    REQUIRE(tools.size() == 4);
    CHECK(tools[3].at_or_null("depth").as_number().text() == "12345678901234567890");
}

TEST_CASE("sync/29: secrets are references everywhere but on the wire")
{
    world w;
    w.pull();
    for (auto const& f : std::filesystem::recursive_directory_iterator(w.bundle_dir())) {
        if (!f.is_regular_file()) continue;
        auto const text = w.read(f.path().lexically_relative(w.bundle_dir()).string());
        INFO(f.path());
        CHECK(text.find("CANARY") == std::string::npos);
    }
    w.edit("llms/praxis-mueller-empfang.json", [](json::object& o) {
        auto& tool = o.find("general_tools")->as_array()[1].as_object();
        tool.set("description", "Bucht einen Termin");
    });
    auto const p = w.plan();
    CHECK(json::to_text(p.to_json()).find("CANARY") == std::string::npos);
    only(w.apply(p));
    auto const llm = w.call(retell::get_llm("llm_reception", 2));
    auto const& tools = llm.at_or_null("general_tools").as_array();
    CHECK(tools[1].at_or_null("headers").string_at("Authorization") == "Bearer CANARY-tool-1");
    CHECK(tools[2].string_at("cal_api_key") == "cal_live_CANARY2");
    CHECK(tools[3].string_at("api_key") == "CANARY-unknown-3");
    for (auto const& row : w.db.journal(w.tenant, w.last_release))
        CHECK(json::to_text(row.data).find("CANARY") == std::string::npos);
    w.check_oracles();
}

TEST_CASE("rollback: pins and content return, and the folder follows by a pull")
{
    world w;
    w.pull();
    auto const content = w.content_at("+493023125001");
    auto const number = w.number("+493023125003");
    w.write(reception_prompt, "Ganz anders.\n");
    w.edit("agents/praxis-mueller-empfang.json", [](json::object& o) { o.set("voice_speed", 0.9); });
    only(w.apply(w.plan()));
    CHECK(w.content_at("+493023125001") != content);

    auto const released = w.last_release;
    for (auto const& u : w.rollback(released)) {
        INFO(u.name, " ", u.step, ": ", u.message);
        CHECK(u.state == sync::unit_state::done);
    }
    CHECK(w.content_at("+493023125001") == content);
    CHECK(w.content_at("+493023125003") == content);
    CHECK(w.number("+493023125003").at_or_null("inbound_agents") ==
        number.at_or_null("inbound_agents"));

    // The newest published version carries the old content, so the next release builds on it.
    w.pull();
    CHECK(w.read(reception_prompt) == "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n\n");
    CHECK(w.plan().empty());
    w.write(reception_prompt, "Ein neuer Versuch.\n");
    auto const next = w.plan();
    REQUIRE(next.units.size() == 1);
    CHECK(next.units[0].numbers.size() == 2);
    only(w.apply(next));
    CHECK(pin_of(w, "+493023125001") == 4);
}

TEST_CASE("sync/01: the same field changed on both sides is a conflict with all three values")
{
    world w;
    w.pull();
    w.write(reception_prompt, "Von hier.\n");
    w.publish_elsewhere("agent_reception", {{"general_prompt", "Von dort."}});
    auto const p = w.plan();
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].field.path == "general_prompt");
    CHECK(p.conflicts[0].field.base->as_string() ==
        "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n");
    CHECK(p.conflicts[0].field.local->as_string() == "Von hier.");
    CHECK(p.conflicts[0].field.remote->as_string() == "Von dort.");
    // A pull leaves the edited file and its base alone, so the conflict is still there afterwards.
    CHECK(w.pull().conflicts.size() == 1);
    CHECK(w.read(reception_prompt) == "Von hier.\n");
    CHECK(w.plan().conflicts.size() == 1);
    w.check_oracles();
}

TEST_CASE("sync/02: edits of different fields merge, and reading back shows both")
{
    world w;
    w.pull();
    w.write(reception_prompt, "Von hier.\n");
    w.publish_elsewhere("agent_reception", {{"model_temperature", 0.5}}, {{"voice_speed", 1.3}});
    auto const p = w.plan();
    CHECK(p.conflicts.empty());
    REQUIRE(p.units.size() == 1);
    only(w.apply(p));
    auto const llm = w.call(retell::get_llm("llm_reception", 3));
    CHECK(llm.string_at("general_prompt") == "Von hier.");
    CHECK(llm.at_or_null("model_temperature").as_number().text() == "0.5");
    CHECK(w.agent("agent_reception", 3).at_or_null("voice_speed").as_number().text() == "1.3");
    // The file still lacks what came from there: that is no local change, and the next pull brings it.
    CHECK(w.plan().empty());
    w.pull();
    CHECK(json::parse(w.read("agents/praxis-mueller-empfang.json"))
              .at_or_null("voice_speed")
              .as_number()
              .text() == "1.3");
    CHECK(w.plan().empty());
    w.check_oracles();
}

TEST_CASE("sync/06: a version published while we worked stops ours, and nothing of ours is live")
{
    world w;
    w.pull();
    w.write(reception_prompt, "Von hier.\n");
    auto const p = w.plan();
    bool done = false;
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (!done && r.method == "PATCH" && r.target.starts_with("/update-agent/")) {
            done = true;
            w.publish_elsewhere("agent_reception", {{"general_prompt", "Von dort."}});
        }
        return true;
    };
    auto const results = w.apply(p);
    w.before_request = nullptr;
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::conflict);
    CHECK(results[0].orphans.size() == 1);
    CHECK(pin_of(w, "+493023125001") == 1);
    CHECK_FALSE(w.agent("agent_reception", 2).bool_at("is_published"));
    CHECK(w.plan().conflicts.size() == 1);
    w.check_oracles();
}

TEST_CASE("release: a field the service ignores is found by reading back, and not published")
{
    world w;
    w.pull();
    w.edit("agents/praxis-mueller-empfang.json", [](json::object& o) { o.set("not_a_field", "x"); });
    w.option("keep_unknown_fields", false);
    auto const results = w.apply(w.plan());
    REQUIRE(results.size() == 1);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(results[0].message.find("not_a_field") != std::string::npos);
    CHECK(pin_of(w, "+493023125001") == 1);
}

TEST_CASE("release: a field nobody touched that the service drops is found by reading back")
{
    // A change of one member must not take a neighbour away: of the agent, or of its engine.
    for (auto const& [of, member] : {std::pair("get-agent/", "webhook_url"),
             {"get-agent/", "vendor_news"}, {"get-retell-llm/", "general_tools"}})
    {
        CAPTURE(member);
        world w;
        w.pull();
        w.write("llms/praxis-mueller-empfang.prompt.md", "Neu.\n");
        auto const p = w.plan();
        bool dropped = false;
        w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
            if (r.method != "GET" || r.target.find(of) == std::string::npos ||
                r.target.find("version=2") == std::string::npos)
                return;
            auto document = json::parse(reply.body);
            dropped = document.find(member) != nullptr;
            document.as_object().erase(member);
            reply.body = json::to_text(document);
        };
        auto const results = w.apply(p);
        w.rewrite_answer = nullptr;
        CHECK(dropped);
        REQUIRE(results.size() == 1);
        CHECK(results[0].state == sync::unit_state::failed);
        CHECK(results[0].message.find(member) != std::string::npos);
        CHECK(pin_of(w, "+493023125001") == 1);
    }
}

TEST_CASE("release: numbers and agents are edited together")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125002.json", [](json::object& o) { o.set("nickname", "Buchung"); });
    w.edit("flows/praxis-mueller-termine.json", [](json::object& o) {
        o.find("nodes")
            ->as_array()[1]
            .as_object()
            .find("instruction")
            ->as_object()
            .set("text", "Auf Wiederhören.");
    });
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    for (auto const& r : w.apply(p)) {
        INFO(r.name, " ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    auto const n = w.number("+493023125002");
    CHECK(n.string_at("nickname") == "Buchung");
    CHECK(pin_of(w, "+493023125002") == 1);
    CHECK(w.plan().empty());
    for (auto const& r : w.rollback(w.last_release)) {
        INFO(r.name, " ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    CHECK(w.number("+493023125002").string_at("nickname") == "Termine");
    CHECK(pin_of(w, "+493023125002") == 0);
}

TEST_CASE("release: an agent that was never published is published from its draft's content")
{
    world w;
    w.pull();
    w.write("llms/entwurf.prompt.md", "Fertig.\n");
    auto const r = only(w.apply(w.plan()));
    CHECK(r.after_version == 1);
    CHECK(w.agent("agent_draft", 1).bool_at("is_published"));
    CHECK_FALSE(w.agent("agent_draft", 0).bool_at("is_published"));
    CHECK(w.plan().empty());
}
