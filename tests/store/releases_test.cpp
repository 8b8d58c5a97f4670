#include "support.hpp"

#include <doctest/doctest.h>

namespace trunkline::store {
namespace {

using namespace testing;

release_row a_release(std::string const& title)
{
    release_row row;
    row.workspace = "w1";
    row.actor = "ops";
    row.title = title;
    row.plan_digest = "d1g357";
    row.plan = json::parse(R"({"steps":[1,2,3]})");
    return row;
}

json::value step(int n)
{
    return json::value(json::object{{"step", n}, {"path", "/update-agent"}});
}

/// A store on disk with one release of three journal records, and three audit records.
class recorded {
public:
    recorded() : s(store::open(f.url()))
    {
        s.ensure_tenant(acme());
        release = s.begin_release(acme(), a_release("first"));
        for (int i = 1; i <= 3; ++i) {
            s.append_journal(acme(), release, "agent/a", "intent", step(i));
            s.append_audit(acme(), "ops", "apply", "r1", step(i));
        }
    }
    folder f;
    store s;
    std::int64_t release = 0;
};

} // namespace

TEST_CASE("releases: are numbered per tenant and come back whole")
{
    virtual_time clock(1'760'000'000'000);
    store_options options;
    options.time = &clock;
    auto s = store::open("sqlite::memory:", options);
    s.ensure_tenant(acme());
    s.ensure_tenant(other());
    CHECK(s.begin_release(acme(), a_release("first")) == 1);
    CHECK(s.begin_release(other(), a_release("theirs")) == 1);
    auto again = a_release("second");
    again.reverts = 1;
    CHECK(s.begin_release(acme(), again) == 2);

    auto const r = s.release(acme(), 2);
    REQUIRE(r);
    CHECK(r->workspace == "w1");
    CHECK(r->state == release_state::running);
    CHECK(r->actor == "ops");
    CHECK(r->title == "second");
    CHECK(r->started_at == 1'760'000'000'000);
    CHECK(r->ended_at == 0);
    CHECK(r->plan_digest == "d1g357");
    CHECK(json::to_text(r->plan) == R"({"steps":[1,2,3]})");
    CHECK(r->result.is_null());
    CHECK(r->reverts == 1);
    CHECK(r->backup_digest.empty());

    clock.advance(std::chrono::seconds(5));
    for (auto const state : {release_state::done, release_state::partial, release_state::failed,
             release_state::rolled_back})
    {
        s.end_release(acme(), 2, state, json::parse(R"({"units":[]})"));
        CHECK(s.release(acme(), 2)->state == state);
        CHECK(s.release(acme(), 2)->ended_at == 1'760'000'005'000);
    }
    CHECK(json::to_text(s.release(acme(), 2)->result) == R"({"units":[]})");
    s.end_release(acme(), 2, release_state::running, {}); // resumed
    CHECK(s.release(acme(), 2)->ended_at == 0);

    auto const list = s.releases(acme());
    REQUIRE(list.size() == 2);
    CHECK(list[0].number == 2);
    CHECK(list[0].plan.is_null());
    CHECK(json::to_text(s.releases(acme(), true)[1].plan) == R"({"steps":[1,2,3]})");
}

TEST_CASE("releases: unknown ones are named, references must exist")
{
    auto s = store::open("sqlite::memory:");
    s.ensure_tenant(acme());
    CHECK_FALSE(s.release(acme(), 1));
    CHECK_FALSE(s.release(acme(), 0));
    auto const o = attempt([&] { s.end_release(acme(), 7, release_state::done, {}); });
    CHECK(o.code == errc::unknown_release);
    CHECK(o.says("r7"));
    CHECK(attempt([&] { s.append_journal(acme(), 7, "u", "plan", {}); }).code ==
        errc::unknown_release);
    CHECK(attempt([&] { s.journal(acme(), 7); }).code == errc::unknown_release);
    auto row = a_release("x");
    row.reverts = 9;
    CHECK(attempt([&] { s.begin_release(acme(), row); }).code == errc::invalid_argument);
    row.reverts = 0;
    row.backup_digest = "none";
    CHECK(attempt([&] { s.begin_release(acme(), row); }).code == errc::invalid_argument);
    CHECK(s.begin_release(acme(), a_release("y")) == 1); // a refused one took no number
}

TEST_CASE("journal: records come back in order, chained")
{
    recorded r;
    auto const rows = r.s.journal(acme(), r.release);
    REQUIRE(rows.size() == 3);
    for (int i = 0; i < 3; ++i) {
        auto const& row = rows[static_cast<std::size_t>(i)];
        CHECK(row.sequence == i + 1);
        CHECK(row.release == r.release);
        CHECK(row.unit == "agent/a");
        CHECK(row.type == "intent");
        CHECK(json::identical(row.data, step(i + 1)));
        CHECK(row.hash.size() == 64);
    }
    CHECK(rows[0].hash != rows[1].hash);
    auto const empty = r.s.begin_release(acme(), a_release("second"));
    CHECK(r.s.journal(acme(), empty).empty());
}

TEST_CASE("journal: appending costs the same however long it is")
{
    recorded r;
    auto const cost = [&] {
        auto const before = r.s.statements();
        r.s.append_journal(acme(), r.release, "u", "outcome", step(0));
        return r.s.statements() - before;
    };
    auto const first = cost();
    for (int i = 0; i < 50; ++i) r.s.append_journal(acme(), r.release, "u", "outcome", step(i));
    CHECK(cost() == first);
}

TEST_CASE("journal: appending writes the same little whatever the size of the plan")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    auto row = a_release("large");
    row.plan = json::value(std::string(1'000'000, 'p'));
    auto const number = s.begin_release(acme(), row);
    auto const before = size_of(f.file("store.db-wal"));
    REQUIRE(before > 1'000'000);
    for (int i = 0; i < 3; ++i) s.append_journal(acme(), number, "u", "intent", step(i));
    auto const grown = size_of(f.file("store.db-wal")) - before;
    CHECK(grown > 0);
    CHECK(grown < 100'000);
}

TEST_CASE("journal: a flipped byte, a missing record, a cut tail are detected and named")
{
    class damage {
    public:
        char const* sql;
        char const* named;
    };
    for (auto const& d : {
             damage{"UPDATE journal SET data = replace(data, '\"step\":2', '\"step\":3')"
                    " WHERE sequence = 2",
                 "record 2"},
             damage{"UPDATE journal SET at = at + 1 WHERE sequence = 1", "record 1"},
             damage{"UPDATE journal SET unit = 'agent/b' WHERE sequence = 3", "record 3"},
             damage{"UPDATE journal SET type = 'outcome' WHERE sequence = 3", "record 3"},
             damage{"UPDATE journal SET hash = upper(hash) WHERE sequence = 2", "record 2"},
             damage{"DELETE FROM journal WHERE sequence = 1", "record 1"},
             damage{"DELETE FROM journal WHERE sequence = 2", "record 2"},
             damage{"DELETE FROM journal WHERE sequence = 3", "record 3"},
             damage{"DELETE FROM journal", "record 1"},
             damage{"UPDATE chains SET length = 2 WHERE release_number = 1", "record 3"},
             damage{"UPDATE chains SET head = upper(head) WHERE release_number = 1", "record 3"},
             damage{"UPDATE journal SET data = 'no json' WHERE sequence = 2", "record 2"},
         })
    {
        CAPTURE(d.sql);
        recorded r;
        tamper(r.f.file(), d.sql);
        auto const o = attempt([&] { r.s.journal(acme(), r.release); });
        CHECK(o.code == errc::store_corrupt);
        CHECK(o.says(d.named));
        CHECK(o.says("release r1"));

        // Cut off at the last good record it holds again, says so, and can be continued.
        auto const cut = r.s.cut_journal(acme(), r.release);
        REQUIRE(cut);
        CHECK("record " + std::to_string(cut->first_bad) == d.named);
        auto const rows = r.s.journal(acme(), r.release);
        CHECK(rows.back().type == "cut");
        for (std::size_t i = 0; i + 1 < rows.size(); ++i)
            CHECK(json::identical(rows[i].data, step(static_cast<int>(i) + 1)));
        CHECK(r.s.audit(acme(), 1).at(0).action == "journal-cut");
        CHECK_FALSE(r.s.verify_audit(acme()));
        CHECK_FALSE(r.s.cut_journal(acme(), r.release));
        r.s.append_journal(acme(), r.release, "agent/a", "intent", step(9));
        CHECK(r.s.journal(acme(), r.release).size() == rows.size() + 1);
    }
}

TEST_CASE("journal: one that holds is not cut")
{
    recorded r;
    CHECK_FALSE(r.s.cut_journal(acme(), r.release));
    CHECK(r.s.journal(acme(), r.release).size() == 3);
    CHECK(attempt([&] { r.s.cut_journal(acme(), 99); }).code == errc::unknown_release);
}

TEST_CASE("journal: one release's records cannot stand in for another's")
{
    recorded r;
    auto const second = r.s.begin_release(acme(), a_release("second"));
    for (int i = 1; i <= 3; ++i) r.s.append_journal(acme(), second, "agent/a", "intent", step(i));
    tamper(r.f.file(),
        "DELETE FROM journal WHERE release_number = 1;"
        "UPDATE journal SET release_number = 1;"
        "UPDATE chains SET head = (SELECT head FROM chains WHERE release_number = 2)"
        " WHERE release_number = 1");
    CHECK(attempt([&] { r.s.journal(acme(), 1); }).code == errc::store_corrupt);
}

TEST_CASE("audit: the newest come first, as many as asked for")
{
    recorded r;
    CHECK_FALSE(r.s.verify_audit(acme()));
    auto const all = r.s.audit(acme());
    REQUIRE(all.size() == 3);
    CHECK(all[0].sequence == 3);
    CHECK(all[2].sequence == 1);
    CHECK(all[0].actor == "ops");
    CHECK(all[0].action == "apply");
    CHECK(all[0].subject == "r1");
    CHECK(json::identical(all[0].data, step(3)));
    auto const two = r.s.audit(acme(), 2);
    REQUIRE(two.size() == 2);
    CHECK(two[1].sequence == 2);
    CHECK(r.s.audit(acme(), 0).empty());
    r.s.ensure_tenant(other());
    CHECK(r.s.audit(other()).empty());
    CHECK_FALSE(r.s.verify_audit(other()));
}

TEST_CASE("audit: damage is detected and named")
{
    class damage {
    public:
        char const* sql;
        std::int64_t sequence;
    };
    for (auto const& d : {
             damage{"UPDATE audit SET data = '{}' WHERE sequence = 2", 2},
             damage{"UPDATE audit SET actor = 'nobody' WHERE sequence = 1", 1},
             damage{"DELETE FROM audit WHERE sequence = 1", 1},
             damage{"DELETE FROM audit WHERE sequence = 3", 3},
             damage{"DELETE FROM audit", 1},
         })
    {
        CAPTURE(d.sql);
        recorded r;
        tamper(r.f.file(), d.sql);
        CHECK(r.s.verify_audit(acme()) == d.sequence);
        auto const o = attempt([&] { r.s.audit(acme()); });
        CHECK(o.code == errc::store_corrupt);
        CHECK(o.says("record " + std::to_string(d.sequence)));
    }
}

} // namespace trunkline::store
