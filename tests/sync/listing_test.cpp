#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>

using namespace trunkline;
using namespace trunkline::test;

namespace {

bool is_list(http::request const& r, std::string_view name)
{
    return r.target.starts_with("/v2/list-" + std::string(name)) ||
        r.target.starts_with("/list-" + std::string(name)) ||
        r.target.starts_with("/v3/list-" + std::string(name));
}

std::vector<std::string> ids_of(sync::snapshot const& s)
{
    std::vector<std::string> out;
    for (auto const& a : s.agents) out.push_back(a.id());
    for (auto const& n : s.numbers) out.push_back(n.id);
    return out;
}

std::vector<std::string> agents_of(world& w)
{
    std::vector<std::string> out;
    auto const account = w.sim.state();
    for (auto const& r : account.at_or_null("agents").as_array())
        out.emplace_back(r.string_at("agent_id"));
    return out;
}

/// A service that counts rows from the start: what is left of a row that goes moves up one place.
void drop_first_row(http::reply& reply)
{
    auto body = json::parse(reply.body);
    auto* const items = body.find("items");
    REQUIRE(items);
    auto& rows = items->as_array();
    if (!rows.empty()) rows.erase(rows.begin());
    reply.body = json::to_text(body);
}

} // namespace

TEST_CASE("sync/33: agents that come and go between two pages are seen as they are in the end")
{
    world w;
    w.page_size = 2;
    w.pull();
    auto const before = ids_of(w.refresh());
    int pages = 0;
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (is_list(r, "agents") && ++pages == 2) {
            w.call(retell::create_agent(json::parse(
                R"({"agent_name": "Neu", "voice_id": "11labs-Carola", "language": "de-DE",
                    "response_engine": {"type": "retell-llm", "llm_id": "llm_draft"}})")));
            w.call(retell::delete_agent("agent_draft"));
        }
        return true;
    };
    auto const snap = w.refresh();
    w.before_request = nullptr;
    auto ids = ids_of(snap);
    auto expected = agents_of(w);
    std::ranges::sort(expected);
    for (auto const& n : snap.numbers) expected.push_back(n.id);
    CHECK(ids == expected);
    CHECK(w.plan().units.empty());
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/33: a row that slips between two pages is no deletion: the list is walked again")
{
    for (auto const list : {"agents", "phone-numbers"}) {
        CAPTURE(list);
        world w;
        w.page_size = 2;
        w.pull();
        auto const before = ids_of(w.refresh());
        auto const bases = w.db.bases(w.tenant, w.workspace).size();
        int pages = 0;
        w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
            if (is_list(r, list) && ++pages == 2) drop_first_row(reply);
        };
        auto const report = w.pull();
        CHECK(pages > 2);
        CHECK(report.notes.empty());
        CHECK(w.db.bases(w.tenant, w.workspace).size() == bases);
        w.rewrite_answer = nullptr;
        CHECK(ids_of(w.refresh()) == before);
        w.check_oracles();
    }
}

TEST_CASE(
    "sync/33: an agent deleted after it was listed and before it was read is gone, nothing else")
{
    world w;
    w.pull();
    w.publish_elsewhere("agent_night", {}, {{"voice_speed", 1.2}}); // so that it is read again
    w.call(retell::update_phone_number("+493023125003",
        json::object{{"inbound_agents",
            json::array{json::parse(
                R"({"agent_id": "agent_reception", "agent_version": 1, "weight": 1})")}}}));
    bool deleted = false;
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (!deleted && r.target.starts_with("/get-agent/agent_night")) {
            deleted = true;
            w.call(retell::delete_agent("agent_night"));
        }
        return true;
    };
    auto const snap = w.refresh();
    CHECK(deleted);
    w.before_request = nullptr;
    CHECK_FALSE(snap.find_agent("agent_night"));
    CHECK(snap.agents.size() == agents_of(w).size());
    w.pull();
    w.check_oracles();
}

TEST_CASE("sync/33: a list that never rests is an error, and nothing is decided from it")
{
    world w;
    w.page_size = 2;
    w.pull();
    int pages = 0;
    w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
        // Another row is missing each time.
        if (is_list(r, "agents") && (++pages % 4 == 2 || pages % 4 == 3)) drop_first_row(reply);
    };
    class everything_known final : public sync::known_resources {
    public:
        std::optional<sync::resource_state> agent(std::string_view, std::int64_t) const override
        {
            return std::nullopt;
        }
        std::optional<sync::resource_state> published(
            retell::resource_kind, std::string_view, std::int64_t) const override
        {
            return std::nullopt;
        }
        std::vector<std::string> ids(retell::resource_kind kind) const override
        {
            return kind == retell::resource_kind::agent
                ? std::vector<std::string>{"agent_" + std::to_string(1)}
                : std::vector<std::string>{};
        }
    } const known;
    sync::refresh r(w.secrets(), known);
    REQUIRE(w.drive(r));
    CHECK(r.result() == errc::list_unstable);
    w.rewrite_answer = nullptr;
    w.check_oracles();
}

TEST_CASE("sync/24: a renamed file is the resource it was, and nothing is sent")
{
    world w;
    w.pull();
    namespace fs = std::filesystem;
    auto const dir = w.bundle_dir();
    auto const writes = w.writes;
    auto const rename = [&](std::string const& from, std::string const& to) {
        fs::rename(dir / from, dir / to);
    };
    SUBCASE("an agent")
    {
        rename("agents/praxis-mueller-empfang.json", "agents/empfang.json");
        // Numbers refer to it by its name.
        w.edit("numbers/+493023125001.json", [](json::object& o) {
            o.find("inbound_agents")->as_array()[0].as_object().set("agent_id", "@agents/empfang");
        });
        w.edit("numbers/+493023125002.json", [](json::object& o) {
            for (auto& pin : o.find("inbound_agents")->as_array())
                if (pin.string_at("agent_id") == "@agents/praxis-mueller-empfang")
                    pin.as_object().set("agent_id", "@agents/empfang");
        });
        w.edit("numbers/+493023125003.json", [](json::object& o) {
            for (auto& pin : o.find("inbound_agents")->as_array())
                if (pin.string_at("agent_id") == "@agents/praxis-mueller-empfang")
                    pin.as_object().set("agent_id", "@agents/empfang");
        });
    }
    SUBCASE("an engine with its prompt, and its agent")
    {
        rename("llms/notdienst.json", "llms/nacht.json");
        rename("llms/notdienst.prompt.md", "llms/nacht.prompt.md");
        rename("agents/notdienst.json", "agents/nacht.json");
        auto const replaced = [&](std::string const& file, std::string_view from,
                                  std::string_view to) {
            auto text = w.read(file);
            for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
                text.replace(at, from.size(), to);
            std::ofstream(dir / file, std::ios::binary | std::ios::trunc) << text;
        };
        replaced("llms/nacht.json", "notdienst.prompt.md", "nacht.prompt.md");
        replaced("agents/nacht.json", "@llms/notdienst", "@llms/nacht");
        for (auto const number : {"1", "2", "3"})
            replaced("numbers/+49302312500" + std::string(number) + ".json", "@agents/notdienst",
                "@agents/nacht");
    }
    auto const p = w.plan();
    for (auto const& u : p.units) FAIL_CHECK(u.name);
    CHECK(p.guards.empty());
    CHECK(p.notes.empty());
    auto const report = w.pull();
    CHECK(report.created == 0);
    CHECK(report.notes.empty());
    CHECK(w.writes == writes);
    w.check_oracles();
    // Under its new name it is edited and released as before.
    auto const file =
        fs::exists(dir / "agents/nacht.json") ? "agents/nacht.json" : "agents/empfang.json";
    w.edit(file, [](json::object& o) { o.set("voice_speed", 1.4); });
    for (auto const& r : w.apply(w.plan())) {
        INFO(r.name, ": ", r.message);
        CHECK(r.state == sync::unit_state::done);
    }
    w.check_oracles();
}

TEST_CASE("sync/24: of two files that are equal nobody knows which was renamed: the plan asks")
{
    world w;
    w.pull();
    auto const text = w.read("agents/notdienst.json");
    std::filesystem::remove(w.bundle_dir() / "agents/notdienst.json");
    for (auto const name : {"agents/eins.json", "agents/zwei.json"})
        std::ofstream(w.bundle_dir() / name, std::ios::binary) << text;
    auto const p = w.plan();
    CHECK(std::ranges::any_of(p.guards, [](auto const& g) { return g.guard == "possible-rename"; }));
    for (auto const name : {"agents/eins.json", "agents/zwei.json"})
        std::filesystem::remove(w.bundle_dir() / name);
    std::ofstream(w.bundle_dir() / "agents/notdienst.json", std::ios::binary) << text;
    w.check_oracles();
}

TEST_CASE(
    "sync/15: what a trigger fires: numbers return first, in one write each, nothing else moves")
{
    for (bool const during : {false, true}) {
        CAPTURE(during);
        world w;
        w.pull();
        w.write("llms/praxis-mueller-empfang.prompt.md", "Schlecht.\n");
        w.edit("agents/notdienst.json", [](json::object& o) { o.set("voice_speed", 1.4); });
        std::map<std::string, std::string> before;
        for (auto const number : {"+493023125001", "+493023125002", "+493023125003"})
            before[number] = json::canonical(w.number(number).at_or_null("inbound_agents"));
        auto const p = w.plan();
        // A trigger during an apply stops the apply first, here when a number has moved.
        w.after_answer = [&](std::uint64_t, http::request const& r) {
            if (during && r.target.starts_with("/update-phone-number/")) w.running->cancel();
            return true;
        };
        w.apply(p);
        w.after_answer = nullptr;
        CHECK((w.last_state == store::release_state::running) == during);
        if (during) w.abandon();
        auto const from = w.sent.size();
        for (auto const& r : w.rollback(w.last_release)) {
            INFO(r.name, ": ", r.message);
            CHECK(r.state == sync::unit_state::done);
        }
        std::map<std::string, int> moves;
        bool others = false;
        for (auto i = from; i < w.sent.size(); ++i) {
            bool const moves_number = w.sent[i].operation == "update-phone-number";
            if (moves_number) {
                CHECK_FALSE(others); // callers first
                ++moves[w.sent[i].target];
            }
            others = others || !moves_number;
        }
        CHECK_FALSE(moves.empty());
        for (auto const& [number, count] : moves) {
            CAPTURE(number);
            CHECK(count == 1);
        }
        for (auto const& [number, pins] : before)
            CHECK(json::canonical(w.number(number).at_or_null("inbound_agents")) == pins);
        w.pull();
        w.check_oracles();
    }
}
