#include "store/support.hpp"
#include "support/crash_disk.hpp"

#include <doctest/doctest.h>

#include <sqlite3.h>

namespace trunkline::store {
namespace {

using namespace testing;
using test::crash_disk;
using test::crash_kind;

constexpr char const* url = "sqlite:///store.db";

store open_on(crash_disk const& disk)
{
    store_options options;
    options.vfs = disk.vfs();
    return store::open(url, options);
}

/// A store with one release, whose key is in the environment for as long as this lives.
class disk_with_store {
public:
    disk_with_store()
    {
        auto s = open_on(disk);
        s.ensure_tenant(acme());
        s.begin_release(acme(), {});
    }
    variable const key{"TRUNKLINE_STORE_KEY", std::string(64, 'a')};
    crash_disk disk;
};

/// Appends records until the disk dies. Returns how many were acknowledged.
std::size_t append_until_dead(crash_disk& disk)
{
    std::size_t acknowledged = 0;
    try {
        auto s = open_on(disk);
        for (int i = 0; i < 6; ++i) {
            auto const data = json::value(json::object{{"i", i}, {"text", std::string(1'500, 'j')}});
            s.append_journal(acme(), 1, "agent/a", "intent", data);
            ++acknowledged;
            s.append_audit(acme(), "ops", "step", "r1", data);
        }
    } catch (error const&) {
        CHECK(disk.dead());
    }
    return acknowledged;
}

void die_everywhere(crash_kind kind, std::uint64_t seed)
{
    disk_with_store d;
    auto const fresh = d.disk.files();
    auto const before = d.disk.operations();
    auto const whole = append_until_dead(d.disk);
    auto const total = d.disk.operations() - before;
    REQUIRE(total > 20);
    random_source random(seed);
    for (std::uint64_t k = 1; k <= total; ++k) {
        CAPTURE(k);
        d.disk.load(fresh);
        d.disk.die_at(k);
        auto const acknowledged = append_until_dead(d.disk);
        d.disk.restart(kind, random);
        auto s = open_on(d.disk);
        auto const rows = s.journal(acme(), 1); // throws unless the chain holds
        CHECK(rows.size() >= acknowledged);
        CHECK(rows.size() <= acknowledged + 1);
        CHECK_FALSE(s.verify_audit(acme()));
        s.append_journal(acme(), 1, "agent/a", "intent", nullptr);
        CHECK(s.journal(acme(), 1).size() == rows.size() + 1);
    }
    CHECK(whole == 6);
}

/// Writes one row without waiting for the disk, then the power goes.
std::string row_after_power_cut(crash_disk& disk, char const* synchronous, random_source& random)
{
    auto const run = [&](std::string const& sql) {
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open_v2("/plain.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                    disk.vfs().c_str()) == SQLITE_OK);
        std::string out = "damaged";
        auto const take = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "";
            return 0;
        };
        sqlite3_exec(db, sql.c_str(), take, &out, nullptr);
        if (sql.find("COMMIT") != sql.npos) disk.die(); // so that closing tidies nothing up
        sqlite3_close(db);
        return out;
    };
    run("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (x); DELETE FROM t");
    run("PRAGMA synchronous = " + std::string(synchronous) +
        "; BEGIN; INSERT INTO t VALUES ('kept'); COMMIT");
    disk.restart(crash_kind::power_cut, random);
    return run("SELECT coalesce(max(x), '') FROM t");
}

} // namespace

TEST_CASE(
    "disk: killed within any operation, every acknowledged record is there and the chains hold")
{
    die_everywhere(crash_kind::process_killed, 1);
}

TEST_CASE("disk: without power within any operation, whatever of the unsynced sectors survived")
{
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        INFO("seed ", seed);
        die_everywhere(crash_kind::power_cut, seed);
    }
}

TEST_CASE("disk: what is not synced can be lost, so that the tests above can fail")
{
    crash_disk disk;
    random_source random(7);
    int lost = 0;
    for (int i = 0; i < 20; ++i) {
        CHECK(row_after_power_cut(disk, "FULL", random) == "kept");
        lost += row_after_power_cut(disk, "OFF", random) != "kept";
    }
    CHECK(lost > 0);
}

TEST_CASE(
    "disk: full in the middle of a release, nothing of the record is written, and it goes on later")
{
    disk_with_store d;
    auto s = open_on(d.disk);
    auto const big = json::value(json::object{{"text", std::string(100'000, 'x')}});
    d.disk.set_full(true);
    CHECK(attempt([&] { s.append_journal(acme(), 1, "agent/a", "intent", big); }).code ==
        errc::store_full);
    d.disk.set_full(false);
    s.append_journal(acme(), 1, "agent/a", "intent", big);
    CHECK(s.journal(acme(), 1).size() == 1);
}

TEST_CASE("disk: two engines on one store see each other's lease")
{
    disk_with_store d;
    auto one = open_on(d.disk);
    auto two = open_on(d.disk);
    one.take_lease(acme(), "one", 60'000);
    CHECK(attempt([&] { two.take_lease(acme(), "two", 60'000); }).code == errc::store_locked);
    CHECK(two.put_backup(acme(), "test", json::value(json::object{}), 0).verified);
}

} // namespace trunkline::store
