#include "sync/world.hpp"

#include "support/sql.hpp"

#include <trunkline/sync/drift.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;
using namespace std::chrono_literals;

namespace {

constexpr auto knowledge_file = "knowledge/praxis.json";
constexpr auto llm_file = "llms/praxis-mueller-empfang.json";
constexpr auto flow_file = "flows/praxis-mueller-termine.json";

std::vector<json::value> bases_of(world& w)
{
    return w.call(retell::list_knowledge_bases()).as_array();
}

/// The prices as a text beside the file; addresses as they come.
void write_knowledge(
    world& w, std::string const& prices, std::string const& url = "https://praxis.example.test")
{
    w.write("knowledge/preise.md", prices + "\n");
    w.write(knowledge_file,
        R"({"knowledge_base_name": "Praxis", "knowledge_base_texts": [{"title": "Preise", "text": "@file:preise.md"}],)"
        R"( "knowledge_base_urls": [")" +
            url + "\"]}\n");
}

void refer(world& w, std::string const& where)
{
    w.edit(where,
        [](json::object& o) { o.set("knowledge_base_ids", json::array{"@knowledge/praxis"}); });
}

std::vector<sync::unit_result> release_all(world& w, sync::plan_options const& options = {})
{
    auto results = w.apply(w.plan(options));
    expect_done(results);
    return results;
}

/// A reception that uses a knowledge base of the folder, released as r1.
void prepare_knowledge(world& w)
{
    w.pull();
    write_knowledge(w, "Beratung 20 Euro");
    refer(w, llm_file);
    release_all(w);
}

std::string base_id(world& w)
{
    for (auto const& row : w.db.bases(w.tenant, w.workspace))
        if (row.kind == "knowledge-base") return row.id;
    return {};
}

/// The process dies before the first request of this kind.
void apply_killed_at(world& w, sync::plan const& p, std::string_view request)
{
    w.before_request = [request](std::uint64_t, http::request const& r) {
        return r.target.find(request) == std::string::npos;
    };
    w.apply(p);
    w.before_request = nullptr;
}

/// What callers of the reception get: the ids their engine refers to.
std::vector<std::string> live_ids(world& w, std::string const& e164 = "+493023125001")
{
    auto const number = w.number(e164);
    auto const& pin = number.at_or_null("inbound_agents").as_array().at(0);
    auto const agent = w.agent(std::string(pin.string_at("agent_id")), pin.int_at("agent_version"));
    auto const engine = sync::engine_of(agent);
    auto const document = w.call(engine->kind == retell::resource_kind::llm
            ? retell::get_llm(engine->id, engine->version)
            : retell::get_flow(engine->id, engine->version));
    std::vector<std::string> ids;
    if (auto const& list = document.at_or_null("knowledge_base_ids"); list.is_array())
        for (auto const& id : list.as_array()) ids.emplace_back(id.as_string());
    return ids;
}

bool exists(world& w, std::string const& id)
{
    return std::ranges::any_of(
        bases_of(w), [&](auto const& k) { return k.string_at("knowledge_base_id") == id; });
}

/// What the knowledge base's file says, wherever a pull put the text.
std::string text_in_file(world& w)
{
    auto const texts = json::parse(w.read(knowledge_file)).at_or_null("knowledge_base_texts");
    std::string const text(texts.as_array().at(0).string_at("text"));
    return text.starts_with("@file:") ? w.read("knowledge/" + text.substr(6)) : text;
}

sync::plan_options days_later(world& w, int days)
{
    w.time.advance(std::chrono::hours(24 * days));
    sync::plan_options o;
    o.now = w.time.unix_ms();
    return o;
}

/// Its sources are an address that the service does not find.
std::vector<sync::unit_result> release_unreadable(world& w)
{
    w.option("unreadable_urls", "kaputt");
    write_knowledge(w, "Beratung 30 Euro", "https://kaputt.example.test");
    return w.apply(w.plan());
}

} // namespace

TEST_CASE("knowledge: built from its file, waited for, and only then referred to")
{
    world w;
    w.pull();
    write_knowledge(w, "Beratung 20 Euro");
    refer(w, llm_file);
    auto const p = w.plan();
    REQUIRE(p.units.size() == 2);
    CHECK(p.units[0].action == sync::unit_action::build_knowledge);
    bool ready = false, referred = false;
    w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
        if (r.target.find("get-knowledge-base") != std::string::npos)
            ready = reply.body.find("\"complete\"") != std::string::npos;
        if (r.method == "PATCH" && r.body.find("knowledge_base_ids") != std::string::npos) {
            CHECK(ready);
            CHECK(r.body.find("@knowledge") == std::string::npos);
            referred = true;
        }
    };
    expect_done(w.apply(p));
    w.rewrite_answer = nullptr;
    CHECK(referred);
    REQUIRE(bases_of(w).size() == 1);
    CHECK(live_ids(w) == std::vector<std::string>{base_id(w)});
    w.check_oracles();
    // A pull keeps the name in the files, and changes nothing.
    auto const before = w.read(knowledge_file);
    w.pull();
    CHECK(json::parse(w.read(llm_file)).at_or_null("knowledge_base_ids") ==
        json::array{"@knowledge/praxis"});
    CHECK(json::parse(w.read(knowledge_file)).string_at("knowledge_base_name") == "Praxis");
    w.pull();
    CHECK(w.plan().empty());
}

TEST_CASE(
    "knowledge: another content is built beside it, all who use it move, and the old one goes "
    "after a while")
{
    world w;
    w.pull();
    write_knowledge(w, "Beratung 20 Euro");
    refer(w, llm_file);
    refer(w, flow_file);
    release_all(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    auto const p = w.plan();
    REQUIRE(p.units.size() == 3);
    CHECK(p.units[0].replaces == blue);
    release_all(w);
    auto const green = base_id(w);
    CHECK(green != blue);
    CHECK(live_ids(w) == std::vector<std::string>{green});
    CHECK(live_ids(w, "+493023125002") == std::vector<std::string>{green});
    CHECK(bases_of(w).size() == 2); // a rollback needs the old one
    w.check_oracles();
    CHECK(w.plan(days_later(w, 6)).empty());
    auto const removal = w.plan(days_later(w, 2));
    REQUIRE(removal.units.size() == 1);
    CHECK(removal.units[0].action == sync::unit_action::remove);
    CHECK(removal.units[0].id == blue);
    for (auto const& r : w.apply(removal)) CHECK(r.state == sync::unit_state::done);
    CHECK_FALSE(exists(w, blue));
    CHECK(exists(w, green));
    CHECK(w.plan(days_later(w, 10)).empty());
    w.check_oracles();
}

TEST_CASE("knowledge: the old one stays as long as anybody refers to it")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    w.publish_elsewhere("agent_night", {{"knowledge_base_ids", json::array{blue}}});
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    CHECK(w.plan(days_later(w, 30)).empty()); // what callers of another agent get
    w.publish_elsewhere("agent_night", {{"knowledge_base_ids", json::array{}}});
    // An open draft that nobody has listed for the plan is found right before it would go.
    auto const draft = w.call(retell::create_agent_version("agent_booking", 0));
    auto const flow = sync::engine_of(draft);
    w.call(retell::update_flow(
        flow->id, flow->version, json::object{{"knowledge_base_ids", json::array{blue}}}));
    auto const p = w.plan(days_later(w, 1));
    REQUIRE(p.units.size() == 1);
    auto const results = w.apply(p);
    CHECK(results[0].state == sync::unit_state::conflict);
    CHECK(results[0].message.find(flow->id) != std::string::npos);
    CHECK(exists(w, blue));
}

TEST_CASE("knowledge: a rollback moves back, takes the new one away, and the file follows")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    auto const green = base_id(w);
    expect_done(w.rollback(w.last_release));
    CHECK(live_ids(w) == std::vector<std::string>{blue});
    CHECK_FALSE(exists(w, green));
    w.pull();
    CHECK(base_id(w) == blue);
    CHECK(text_in_file(w) == "Beratung 20 Euro\n");
    CHECK(w.plan().empty());
    CHECK(w.plan(days_later(w, 30)).empty()); // it is in use again
    w.check_oracles();
}

TEST_CASE(
    "knowledge: where the old one is gone for good, a rollback says so instead of leading nowhere")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    w.call(retell::delete_knowledge_base(blue));
    auto const row = w.db.release(w.tenant, w.last_release);
    auto const p = sync::make_rollback(*row, w.refresh(), w.db, w.tenant, {});
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].field.path == "knowledge_base_ids");
    CHECK(p.units.empty()); // numbers stay too: the version they had names what is gone
}

TEST_CASE("knowledge: one that the service cannot read is not referred to and not left behind")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    auto const results = release_unreadable(w);
    REQUIRE(results.size() == 2);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(results[0].message.find("status error") != std::string::npos);
    CHECK(results[1].state == sync::unit_state::skipped);
    CHECK(bases_of(w).size() == 1);
    CHECK(live_ids(w) == std::vector<std::string>{blue});
}

TEST_CASE(
    "knowledge: one that the service cannot read goes when the release is resumed, if it could "
    "not be deleted at once")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    w.fault(R"([{"match": {"path": "/delete-knowledge-base"}, "action": "status", "status": 503}])");
    CHECK(release_unreadable(w)[0].state == sync::unit_state::interrupted);
    CHECK(w.last_state == store::release_state::running);
    CHECK(bases_of(w).size() == 2);
    CHECK(w.resume()[0].message.find("status error") != std::string::npos);
    CHECK(w.last_state == store::release_state::failed);
    CHECK(bases_of(w).size() == 1);
    CHECK(live_ids(w) == std::vector<std::string>{blue});
}

TEST_CASE(
    "knowledge: one that the service cannot read and does not let go is named with the command "
    "that removes it")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    w.fault(R"([{"match": {"path": "/delete-knowledge-base"}, "action": "status", "status": 400}])");
    auto const results = release_unreadable(w);
    CHECK(results[0].state == sync::unit_state::failed);
    CHECK(w.last_state == store::release_state::failed);
    REQUIRE(bases_of(w).size() == 2);
    for (auto const& base : bases_of(w)) {
        auto const id = base.string_at("knowledge_base_id");
        bool const named = results[0].message.find("trunkline call delete-knowledge-base "
                                                   "'{\"knowledge_base_id\":\"" +
                               std::string(id) + "\"}'") != std::string::npos;
        CHECK(named == (id != blue));
    }
}

TEST_CASE("knowledge: edited here and changed there is a conflict, and nothing is built")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    w.call(retell::call(*retell::find_operation("add-knowledge-base-sources"),
        std::move(retell::arguments()
                      .set("knowledge_base_id", blue)
                      .with_body(json::object{
                          {"knowledge_base_urls", json::array{"https://neu.example.test"}}}))));
    write_knowledge(w, "Beratung 30 Euro");
    auto const p = w.plan();
    CHECK(p.units.empty());
    REQUIRE(p.conflicts.size() == 1);
    CHECK(p.conflicts[0].unit == "knowledge/praxis");
    auto const drift =
        sync::find_drift(w.db.bases(w.tenant, w.workspace), w.refresh(), w.db, w.tenant);
    CHECK(std::ranges::any_of(drift.findings,
        [](auto const& f) { return f.kind == "changed" && f.resource == "knowledge/praxis"; }));
    sync::plan_options prefer;
    prefer.prefer = sync::prefer::local;
    CHECK(w.plan(prefer).units.size() == 2);
}

TEST_CASE("knowledge: a reference to a file that is not there is refused")
{
    world w;
    w.pull();
    refer(w, llm_file);
    CHECK_THROWS_WITH(w.plan(), doctest::Contains("@knowledge/praxis"));
}

TEST_CASE("knowledge: wherever a change is killed or an answer lost, it ends with one new base")
{
    disturb_at_each_request(
        [](world& w) {
            prepare_knowledge(w);
            write_knowledge(w, "Beratung 30 Euro");
            return rehearsal(w.plan(), [blue = base_id(w)](world& after) {
                CHECK(bases_of(after).size() == 2);
                CHECK(base_id(after) != blue);
                CHECK(live_ids(after) == std::vector<std::string>{base_id(after)});
                after.check_oracles();
            });
        },
        {disturbance::killed_before, disturbance::killed_after, disturbance::answer_lost});
}

TEST_CASE("knowledge: a create whose answer is lost is looked for, however late the list shows it")
{
    for (auto const lag : {0, 2'000, 25'000}) {
        CAPTURE(lag);
        world w;
        w.pull();
        write_knowledge(w, "Beratung 20 Euro");
        refer(w, llm_file);
        auto const p = w.plan();
        w.option("list_delay_ms", lag);
        w.rewrite_answer = [&](http::request const& r, http::reply& reply) {
            if (r.target.find("create-knowledge-base") == std::string::npos) return;
            reply = http::reply{502, "{}"};
            w.rewrite_answer = nullptr;
        };
        expect_done(w.apply(p));
        w.time.advance(std::chrono::minutes(1));
        CHECK(bases_of(w).size() == 1);
        CHECK(live_ids(w) == std::vector<std::string>{base_id(w)});
    }
}

TEST_CASE("knowledge: a rollback that is killed at any request moves back and takes one away all "
          "the same")
{
    disturb_at_each_request([](world& w) {
        prepare_knowledge(w);
        write_knowledge(w, "Beratung 30 Euro");
        release_all(w);
        w.edits.local_overridden();
        auto p = sync::make_rollback(
            *w.db.release(w.tenant, w.last_release), w.refresh(), w.db, w.tenant, {});
        return rehearsal(std::move(p), [green = base_id(w)](world& after) {
            CHECK_FALSE(exists(after, green));
            CHECK(bases_of(after).size() == 1);
            after.pull();
            CHECK(live_ids(after) == std::vector<std::string>{base_id(after)});
            after.check_oracles();
        });
    });
}

TEST_CASE(
    "knowledge: a pull before an interrupted release is finished leaves the edited file alone")
{
    for (auto const lag : {0, 20'000}) {
        CAPTURE(lag);
        world w;
        prepare_knowledge(w);
        auto const blue = base_id(w);
        write_knowledge(w, "Beratung 30 Euro");
        auto const p = w.plan();
        w.option("list_delay_ms", lag);
        // Built, and nothing refers to it yet.
        apply_killed_at(w, p, "create-agent-version");
        w.pull();
        CHECK(text_in_file(w) == "Beratung 30 Euro\n");
        expect_done(w.resume());
        w.time.advance(1min);
        w.pull();
        CHECK(text_in_file(w) == "Beratung 30 Euro\n");
        CHECK(base_id(w) != blue);
        CHECK(live_ids(w) == std::vector<std::string>{base_id(w)});
        w.check_oracles();
    }
}

TEST_CASE(
    "knowledge: a release that ends before anybody refers to the new one keeps the edited file")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    auto const p = w.plan();
    w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.3}}); // p is too late
    auto const results = w.apply(p);
    REQUIRE(results.size() == 2);
    REQUIRE(results[0].state == sync::unit_state::done);
    REQUIRE(results[1].state == sync::unit_state::conflict);
    w.pull();
    CHECK(text_in_file(w) == "Beratung 30 Euro\n");
    release_all(w);
    auto const newest = w.versions("agent_reception").back().int_at("version");
    auto const engine = sync::engine_of(w.agent("agent_reception", newest));
    CHECK(w.call(retell::get_llm(engine->id, engine->version)).at_or_null("knowledge_base_ids") ==
        json::array{base_id(w)});
    w.check_oracles();
}

TEST_CASE(
    "knowledge: what a rollback took away is referred to by no plan made before the next pull")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    auto const green = base_id(w);
    w.rollback(w.last_release);
    REQUIRE_FALSE(exists(w, green));
    refer(w, flow_file); // asked for since, and the file's base is still the one that is gone
    auto const p = w.plan();
    CHECK(std::ranges::any_of(
        p.conflicts, [](auto const& c) { return c.unit.find("termine") != std::string::npos; }));
    w.pull();
    w.pull();
    release_all(w);
    CHECK(live_ids(w, "+493023125002") == live_ids(w));
    w.check_oracles();
}

TEST_CASE("knowledge: a rollback does not put the old one beside one that was built since")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    auto const older = w.last_release;
    write_knowledge(w, "Beratung 40 Euro");
    release_all(w);
    auto const newest = base_id(w);
    auto const p =
        sync::make_rollback(*w.db.release(w.tenant, older), w.refresh(), w.db, w.tenant, {});
    CHECK(std::ranges::any_of(
        p.conflicts, [](auto const& c) { return c.field.path == "knowledge_base_ids"; }));
    CHECK(live_ids(w) == std::vector<std::string>{newest});
    w.check_oracles();
}

namespace {

/// What was built is not given to callers: the service refuses that.
void release_refused(world& w)
{
    w.refuse_request = [](http::request const& r) -> std::optional<http::reply> {
        if (r.method != "PATCH" || r.body.find("knowledge_base_ids") == std::string::npos)
            return {};
        return http::reply{422, "{}"};
    };
    w.apply(w.plan());
    w.refuse_request = nullptr;
    REQUIRE(w.last_state == store::release_state::partial);
}

} // namespace

TEST_CASE(
    "knowledge: one that is edited after a rollback and before a pull takes the place of the old "
    "one, it does not come beside it")
{
    world w;
    prepare_knowledge(w);
    auto const first = live_ids(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    // A colleague's draft keeps the second one there when the release is taken back.
    auto const draft = sync::engine_of(w.call(retell::create_agent_version("agent_booking", 0)));
    w.call(retell::update_flow(
        draft->id, draft->version, json::object{{"knowledge_base_ids", json::array{base_id(w)}}}));
    for (auto const& r : w.rollback(w.last_release))
        CHECK((r.state == sync::unit_state::done) == (r.action != sync::unit_action::remove));
    REQUIRE(live_ids(w) == first);
    write_knowledge(w, "Beratung 40 Euro");
    release_all(w);
    CHECK(live_ids(w) == std::vector<std::string>{base_id(w)});
    CHECK(base_id(w) != first.front());
    w.pull();
    CHECK(text_in_file(w) == "Beratung 40 Euro\n");
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE(
    "knowledge: one that is edited again before callers got the last one takes the place of what "
    "they have")
{
    world w;
    prepare_knowledge(w);
    auto const first = live_ids(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_refused(w);
    REQUIRE(live_ids(w) == first);
    REQUIRE(base_id(w) != first.front());
    write_knowledge(w, "Beratung 40 Euro");
    release_all(w);
    CHECK(live_ids(w) == std::vector<std::string>{base_id(w)});
    w.pull();
    CHECK(w.plan().units.empty());
    w.check_oracles();
}

TEST_CASE("knowledge: the file follows a rollback of the release that only led callers to what an "
          "earlier one built")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_refused(w);
    auto const green = base_id(w);
    REQUIRE(green != blue);
    REQUIRE(live_ids(w) == std::vector<std::string>{blue});
    release_all(w);
    REQUIRE(live_ids(w) == std::vector<std::string>{green});
    expect_done(w.rollback(w.last_release));
    CHECK(live_ids(w) == std::vector<std::string>{blue});
    w.pull();
    CHECK(base_id(w) == blue);
    CHECK(text_in_file(w) == "Beratung 20 Euro\n");
    CHECK(json::parse(w.read(llm_file)).at_or_null("knowledge_base_ids") ==
        json::array{"@knowledge/praxis"});
    CHECK(w.plan().empty());
    w.check_oracles();
    // What the other release built is used by nobody, and goes like all that was superseded.
    auto const later = w.plan(days_later(w, 30));
    REQUIRE(later.units.size() == 1);
    CHECK(later.units[0].id == green);
}

TEST_CASE(
    "knowledge: a rollback of a release that did not lead callers to it leaves the edit to be "
    "released")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_refused(w);
    auto const green = base_id(w);
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Neu"); });
    release_refused(w);
    w.rollback(w.last_release);
    w.pull();
    CHECK(text_in_file(w) == "Beratung 30 Euro\n");
    release_all(w);
    CHECK(live_ids(w) == std::vector<std::string>{green});
    w.check_oracles();
}

TEST_CASE("knowledge: one whose release was killed before it was complete is taken back too")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    apply_killed_at(w, w.plan(), "get-knowledge-base");
    REQUIRE(bases_of(w).size() == 2);
    w.abandon();
    expect_done(w.rollback(w.last_release));
    CHECK(bases_of(w).size() == 1);
    CHECK(live_ids(w) == std::vector<std::string>{blue});
}

TEST_CASE("knowledge: a rollback leaves what an agent still uses that somebody published meanwhile")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    release_all(w);
    auto const green = base_id(w);
    auto const p = sync::make_rollback(
        *w.db.release(w.tenant, w.last_release), w.refresh(), w.db, w.tenant, {});
    w.edits.local_overridden();
    // Our draft, with the old content, is the newest version then: all that lists show of the engine.
    w.before_request = [&](std::uint64_t, http::request const& r) {
        if (r.method != "POST" || r.target.find("create-agent-version") == std::string::npos)
            return true;
        w.before_request = nullptr;
        w.publish_elsewhere("agent_reception", {}, json::object{{"voice_speed", 1.3}});
        return true;
    };
    for (auto const& r : w.apply(p)) {
        INFO(r.name, ": ", r.message);
        if (r.action == sync::unit_action::release) CHECK(r.state == sync::unit_state::conflict);
        if (r.action == sync::unit_action::remove) CHECK(r.state == sync::unit_state::skipped);
    }
    CHECK(exists(w, green));
}

TEST_CASE("knowledge: a rollback leaves what a number still uses that is left out for a conflict")
{
    world w;
    prepare_knowledge(w);
    write_knowledge(w, "Beratung 30 Euro");
    w.edit("numbers/+493023125001.json", [](json::object& o) { o.set("nickname", "Neu"); });
    release_all(w);
    auto const green = base_id(w);
    w.call(retell::update_phone_number("+493023125001", json::object{{"nickname", "Anders"}}));
    auto p = sync::make_rollback(
        *w.db.release(w.tenant, w.last_release), w.refresh(), w.db, w.tenant, {});
    REQUIRE(p.conflicts.size() == 1);
    std::erase_if(p.units, [&](auto const& u) { return u.name == p.conflicts[0].unit; });
    expect_done(w.apply(p));
    CHECK(live_ids(w) == std::vector<std::string>{green});
    CHECK(exists(w, green));
}

TEST_CASE("knowledge: a damaged journal does not lead to the one that was superseded")
{
    world w;
    prepare_knowledge(w);
    auto const blue = base_id(w);
    write_knowledge(w, "Beratung 30 Euro");
    apply_killed_at(w, w.plan(), "create-agent-version");
    auto const green = base_id(w);
    REQUIRE(green != blue);
    REQUIRE(run_sql("/store.db",
                "UPDATE journal SET data = replace(data, 'e', 'x') WHERE sequence > 1 AND "
                "release_number = " +
                    std::to_string(w.last_release),
                w.disk.vfs()) > 0);
    expect_done(w.resume());
    CHECK(bases_of(w).size() == 2);
    CHECK(base_id(w) == green);
    CHECK(live_ids(w) == std::vector<std::string>{green});
    w.check_oracles();
}
