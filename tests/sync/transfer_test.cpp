#include "sync/world.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/retell/demo_account.hpp>
#include <trunkline/sync/import_check.hpp>
#include <trunkline/sync/transfer.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

json::value empty_account()
{
    return json::parse(
        R"({"format": 1, "agents": [], "retell_llms": [], "conversation_flows": [], "phone_numbers": [],
        "next_id": 500})");
}

sync::account_export export_of(world& w)
{
    auto const files =
        sync::make_checkout(std::nullopt, {}, w.refresh(), w.db, w.tenant, sync::adopt::neither);
    return sync::make_export(files.files);
}

/// What an importer answers when asked for the secrets.
sync::import_options answers(sync::account_export const& e)
{
    sync::import_options o;
    for (auto const& s : e.secrets) o.secrets[s.name] = "CANARY-new-" + s.name;
    return o;
}

std::size_t files_in(std::filesystem::path const& dir)
{
    std::error_code ec;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::recursive_directory_iterator(dir, ec), {}));
}

errc refusal(std::function<void()> const& f, std::string& text)
{
    try {
        f();
    } catch (error const& e) {
        text = e.what();
        return static_cast<errc>(e.code().value());
    }
    return {};
}

/// What the files of agents and engines of `b` hold, which are without ids, those of `a` hold too.
void check_equal_contents(world& a, world& b)
{
    auto const left = export_of(a), right = export_of(b);
    std::size_t compared = 0;
    for (auto const& [name, content] : right.files) {
        if (name.starts_with("numbers/")) continue;
        INFO(name);
        REQUIRE(left.files.contains(name));
        for (auto const& d : json::diff(content, left.files.at(name))) {
            INFO(d.path << " was " << (d.before ? json::to_text(*d.before) : "absent"));
            CHECK_FALSE(d.before.has_value()); // what came is what a service fills in
        }
        ++compared;
    }
    CHECK(compared == left.files.size());
}

} // namespace

TEST_CASE("sync/34: an account goes into an empty one, with new ids, secrets asked for, and the "
          "plan is empty afterwards")
{
    world from;
    auto const text = json::to_text(export_of(from).to_json());
    CHECK(text.find("CANARY") == std::string::npos);
    CHECK(text.find("@secret:") == std::string::npos);
    for (auto const id : {"agent_reception", "llm_reception", "conversation_flow_booking"})
        CHECK(text.find(id) == std::string::npos);
    from.pull();
    from.check_oracles();
    auto const e = sync::account_export::from_json(json::parse(text));
    CHECK(e.secrets.size() == 4);

    world to(empty_account());
    std::string why;
    CHECK(refusal([&] { sync::write_import(to.bundle_dir(), e, {}, to.secrets()); }, why) ==
        errc::invalid_argument);
    for (auto const& s : e.secrets) CHECK(why.find(s.name) != std::string::npos);
    CHECK(files_in(to.bundle_dir()) == 0);

    auto const given = answers(e);
    auto const written = sync::write_import(to.bundle_dir(), e, given, to.secrets());
    CHECK(written.numbers_left_out.size() == 3);
    to.workspace = sync::read_header(to.bundle_dir())->workspace;
    auto const plan = to.plan();
    CHECK(plan.conflicts.empty());
    CHECK(plan.units.size() == 8);
    CHECK(json::to_text(plan.to_json()).find("CANARY") == std::string::npos);
    for (auto const& r : to.apply(plan)) {
        INFO(r.name << ": " << r.message);
        CHECK(r.state == sync::unit_state::done);
    }

    CHECK(to.plan().empty());
    check_equal_contents(to, from);
    auto const state = json::to_text(to.sim.state());
    CHECK(state.find("agent_reception") == std::string::npos);
    for (auto const& s : e.secrets) CHECK(state.find("CANARY-new-" + s.name) != std::string::npos);
    object_counts expected;
    expected.agents = 4;
    expected.llms = 3;
    expected.flows = 1;
    to.check_oracles(expected);
}

TEST_CASE("sync/34: agents that hand over to each other arrive linked")
{
    world from;
    from.publish_elsewhere("agent_reception",
        {{"general_tools",
            json::array{json::object{{"type", "agent_swap"}, {"name", "to_night"},
                {"agent_id", "agent_night"},
                {"post_call_analysis_setting", "only_destination_agent"}}}}});
    from.publish_elsewhere("agent_night",
        {{"general_tools",
            json::array{json::object{{"type", "agent_swap"}, {"name", "to_day"},
                {"agent_id", "agent_reception"},
                {"post_call_analysis_setting", "only_destination_agent"}}}}});
    auto const e = export_of(from);
    from.pull();
    from.check_oracles();
    world to(empty_account());
    sync::write_import(to.bundle_dir(), e, answers(e), to.secrets());
    to.workspace = sync::read_header(to.bundle_dir())->workspace;
    for (auto const& r : to.apply(to.plan())) CHECK(r.state == sync::unit_state::done);
    CHECK(to.plan().empty());
    check_equal_contents(to, from);
    object_counts expected;
    expected.agents = 4;
    expected.llms = 3;
    expected.flows = 1;
    to.check_oracles(expected);
}

TEST_CASE(
    "sync/34: an import killed before any request is finished by the next run, without a duplicate")
{
    world from;
    auto const e = export_of(from);
    from.pull();
    from.check_oracles();
    object_counts expected;
    expected.agents = 4;
    expected.llms = 3;
    expected.flows = 1;
    bool more = true;
    std::uint64_t crashes = 0;
    for (std::uint64_t kill_at = 1; more; ++kill_at) {
        CAPTURE(kill_at);
        world to(empty_account());
        sync::write_import(to.bundle_dir(), e, answers(e), to.secrets());
        to.workspace = sync::read_header(to.bundle_dir())->workspace;
        auto const plan = to.plan();
        auto const begin = to.requests;
        to.before_request = [&](std::uint64_t n, http::request const&) {
            return n != begin + kill_at;
        };
        to.apply(plan);
        more = to.last_state == store::release_state::running;
        to.before_request = nullptr;
        if (more) {
            ++crashes;
            // Doing it again finds its own files and goes on.
            sync::write_import(to.bundle_dir(), e, answers(e), to.secrets());
            CHECK(sync::read_header(to.bundle_dir())->workspace == to.workspace);
            to.resume();
        }
        CHECK(to.last_state == store::release_state::done);
        CHECK(to.plan().empty());
        to.check_oracles(expected);
    }
    CHECK(crashes > 10);
}

TEST_CASE("sync/35: an export of a newer major format is refused readably, and nothing is written")
{
    world from;
    from.pull();
    from.check_oracles();
    world to;
    to.pull();
    auto const before = to.read("agents/notdienst.json");
    auto document = export_of(from).to_json();
    json::pointer("/trunkline_export/major").set(document, 2);
    std::string why;
    CHECK(refusal([&] { sync::account_export::from_json(document); }, why) == errc::invalid_bundle);
    CHECK(why.find("format 2.0") != std::string::npos);
    CHECK(why.find("newer trunkline") != std::string::npos);
    CHECK(to.read("agents/notdienst.json") == before);
    CHECK(to.writes == 0);
    to.check_oracles();

    json::pointer("/trunkline_export/major").set(document, 1);
    json::pointer("/trunkline_export/minor").set(document, 7);
    document.as_object().set("news", "of a later minor format");
    CHECK_NOTHROW(sync::account_export::from_json(document));
}

TEST_CASE("transfer: what is no export, or was altered, is refused")
{
    world from;
    auto const good = export_of(from).to_json();
    std::string why;
    auto const refused = [&](json::value const& v) {
        return refusal([&] { sync::account_export::from_json(v); }, why) == errc::invalid_bundle;
    };
    CHECK_FALSE(refused(good));
    for (auto const text :
        {"[]", "{}", R"({"trunkline_export": 1})", R"({"trunkline_export": {"major": 1}})",
            R"({"trunkline_export": {"major": 0}, "files": {}})"})
        CHECK(refused(json::parse(text)));
    auto altered = good;
    json::pointer("/files/agents~1notdienst.json/agent_name").set(altered, "Anderer Name");
    CHECK(refused(altered));
    CHECK(why.find("altered") != std::string::npos);
    for (auto const name : {"../evil.json", "agents/../../evil.json", "agents/.hidden.json",
             "/etc/x.json", "agents/x.sh", "trunkline.json", "agents/a\\b.json", "keys/x.json"})
    {
        INFO(name);
        auto e = export_of(from);
        e.files.emplace(name, json::object{});
        CHECK(refused(e.to_json())); // its digest fits
    }
}

TEST_CASE("transfer: import writes into a new or empty folder only, or over its own")
{
    world from;
    auto const e = export_of(from);
    world to(empty_account());
    std::filesystem::create_directories(to.bundle_dir());
    CHECK_NOTHROW(sync::write_import(to.bundle_dir(), e, answers(e), to.secrets()));
    CHECK_NOTHROW(sync::write_import(to.bundle_dir(), e, answers(e), to.secrets()));
    to.write("agents/notdienst.json", "{}");
    std::string why;
    CHECK(refusal([&] { sync::write_import(to.bundle_dir(), e, answers(e), to.secrets()); }, why) ==
        errc::invalid_argument);
    CHECK(why.find("agents/notdienst.json") != std::string::npos);
}

TEST_CASE("transfer: a folder's files make the same export, and secrets in clear become names")
{
    world w;
    w.pull();
    auto const from_service = export_of(w);
    CHECK(sync::make_export(sync::read_files(w.bundle_dir())).files == from_service.files);
    w.edit("agents/notdienst.json", [](json::object& o) {
        o.set("webhook_url", "https://hooks.example.test/night?token=CANARY-clear");
    });
    auto const e = sync::make_export(sync::read_files(w.bundle_dir()));
    CHECK(json::to_text(e.to_json()).find("CANARY") == std::string::npos);
    CHECK(e.secrets.size() == from_service.secrets.size() + 1);
}

TEST_CASE("transfer: ids of what no file holds are listed, and may be exchanged")
{
    world from;
    from.publish_elsewhere(
        "agent_night", {{"knowledge_base_ids", json::array{"knowledge_base_old"}}});
    auto const e = export_of(from);
    REQUIRE(e.needs.contains("knowledge-base"));
    CHECK(e.needs.at("knowledge-base").contains("knowledge_base_old"));
    world to(empty_account());
    auto options = answers(e);
    auto const told = sync::write_import(to.bundle_dir() / "a", e, options, to.secrets());
    CHECK(std::ranges::any_of(
        told.notes, [](auto const& n) { return n.find("knowledge_base_old") != n.npos; }));
    options.renamed["knowledge-base"]["knowledge_base_old"] = "knowledge_base_new";
    auto const silent = sync::write_import(to.bundle_dir() / "b", e, options, to.secrets());
    CHECK(silent.notes.empty());
    auto const files = sync::read_files(to.bundle_dir() / "b");
    CHECK(std::ranges::any_of(
        files, [](auto const& f) { return f.second.find("knowledge_base_new") != f.second.npos; }));
    CHECK(std::ranges::none_of(
        files, [](auto const& f) { return f.second.find("knowledge_base_old") != f.second.npos; }));
}

namespace {

/// The reception hands over to the night agent, whom somebody deletes in the dashboard.
void delete_night(world& w)
{
    w.publish_elsewhere("agent_reception",
        {{"general_tools",
            json::array{json::object{{"type", "agent_swap"}, {"name", "to_night"},
                {"agent_id", "agent_night"},
                {"post_call_analysis_setting", "only_destination_agent"}}}}});
    w.pull();
    w.call(retell::delete_agent("agent_night"));
    w.call(retell::delete_llm("llm_night"));
    for (auto const* const file :
        {"agents/notdienst.json", "llms/notdienst.json", "llms/notdienst.prompt.md"})
        std::filesystem::remove(w.bundle_dir() / file);
}

} // namespace

TEST_CASE("transfer: an export of what leads to an agent that is gone is refused, with every place")
{
    world w;
    delete_night(w);
    std::string why;
    std::string name = "@agents/notdienst";
    sync::file_set files;
    SUBCASE("by the name that is kept")
    {
        files = sync::read_files(w.bundle_dir());
    }
    SUBCASE("by its id, read anew")
    {
        name = "agent_night";
        files =
            sync::make_checkout(std::nullopt, {}, w.refresh(), w.db, w.tenant, sync::adopt::neither)
                .files;
    }
    CHECK(refusal([&] { sync::make_export(files); }, why) == errc::dangling_reference);
    CHECK(why.find("llms/praxis-mueller-empfang names " + name) != std::string::npos);
    CHECK(why.find("numbers/+493023125003 names " + name) != std::string::npos);
    CHECK(why.find("apply, pull and export again") != std::string::npos);
}

TEST_CASE("transfer: an agent of messages is no part of an export and does not hold it up")
{
    world w;
    w.pull();
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o.set("inbound_sms_agents",
            json::array{json::object{{"agent_id", "agent_chat"}, {"weight", 1}}});
    });
    CHECK_NOTHROW(sync::make_export(sync::read_files(w.bundle_dir())));
    w.edit("numbers/+493023125001.json", [](json::object& o) {
        o["inbound_agents"].as_array()[0].make_object().set("agent_id", "agent_chat");
    });
    CHECK_THROWS_AS(sync::make_export(sync::read_files(w.bundle_dir())), error);
}

TEST_CASE("transfer: an older export that leads to an agent that is gone is refused before a file "
          "is written, with all else that stands in the way")
{
    world from;
    auto e = export_of(from);
    auto& engine = e.files.at("llms/praxis-mueller-empfang.json").make_object();
    auto* const tools = engine.find("general_tools");
    REQUIRE(tools);
    tools->as_array().push_back(
        json::object{{"type", "agent_swap"}, {"name", "gone"}, {"agent_id", "agent_90f5"}});
    e.files.at("numbers/+493023125003.json")
        .make_object()["inbound_agents"]
        .as_array()[0]
        .make_object()
        .set("agent_id", "agent_90f5");
    e = sync::account_export::from_json(e.to_json());
    sync::import_findings found;
    found.agents = {"Anderer"};
    auto const told = sync::objection(e, answers(e), found);
    CHECK(told.find("not empty") != std::string::npos);
    CHECK(told.find("llms/praxis-mueller-empfang names agent_90f5") != std::string::npos);
    CHECK(told.find("numbers/") == std::string::npos); // no file is written for them
    world to(empty_account());
    std::string why;
    CHECK(refusal([&] { sync::write_import(to.bundle_dir(), e, answers(e), to.secrets()); }, why) ==
        errc::dangling_reference);
    CHECK(why.find("llms/praxis-mueller-empfang names agent_90f5") != std::string::npos);
    CHECK(files_in(to.bundle_dir()) == 0);
}
