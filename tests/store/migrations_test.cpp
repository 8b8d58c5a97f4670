#include "../../src/store/migrations.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

using namespace testing;

std::vector<migration> upgrades()
{
    auto const built_in = built_in_migrations();
    std::vector<migration> all(built_in.begin(), built_in.end());
    auto const next = static_cast<int>(all.size()) + 1;
    all.emplace_back(
        next, "notes", "CREATE TABLE notes (a TEXT) STRICT; INSERT INTO notes VALUES ('n')");
    all.emplace_back(next + 1, "more", "ALTER TABLE notes ADD COLUMN b TEXT");
    return all;
}

/// The newest version of ours, or a later one, as it is shown.
std::string ours(int later = 0)
{
    return std::to_string(static_cast<int>(built_in_migrations().size()) + later);
}

std::string before(int later)
{
    return "store.db.before-v" + ours(later);
}

void make_store(folder const& f)
{
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    s.put_document(acme(), json::parse("[1]"));
}

void migrate_file(folder const& f, std::vector<migration> const& known,
    access_mode mode = access_mode::read_write)
{
    location where;
    where.path = f.file();
    database_options options;
    options.mode = mode;
    database db(where, options);
    migrate(db, known, 1'760'000'000'000);
}

std::string version_in(std::string const& file)
{
    return ask(file, "SELECT max(number) FROM migrations");
}

} // namespace

TEST_CASE("migrations: a new store is made in one go, without a backup")
{
    folder const f;
    make_store(f);
    CHECK(version_in(f.file()) == ours());
    CHECK(f.files().size() == 2); // database and key
    int number = 0;
    for (auto const& m : built_in_migrations()) CHECK(m.number == ++number);
}

TEST_CASE("migrations: every table is strict and leads to its tenant")
{
    folder const f;
    make_store(f);
    auto const tables =
        "FROM pragma_table_list t WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%'";
    CHECK(ask(f.file(), "SELECT count(*) " + std::string(tables)) == "15");
    CHECK(ask(f.file(), "SELECT count(*) " + std::string(tables) + " AND NOT strict") == "0");
    // Of all but three, the first key column is the tenant and refers to tenants.
    CHECK(ask(f.file(),
              "SELECT group_concat(name) FROM (SELECT t.name " + std::string(tables) +
                  " AND (SELECT name FROM pragma_table_info(t.name) WHERE pk = 1) <> 'tenant' "
                  "ORDER BY 1)") == "meta,migrations,tenants");
    CHECK(ask(f.file(),
              "SELECT group_concat(name) FROM (SELECT t.name " + std::string(tables) +
                  " AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) k"
                  " WHERE k.\"table\" = 'tenants') ORDER BY 1)") == "meta,migrations,tenants");
}

TEST_CASE("migrations: a verified backup file precedes the first pending one of an existing store")
{
    folder const f;
    make_store(f);
    migrate_file(f, upgrades());
    CHECK(version_in(f.file()) == ours(2));
    CHECK(ask(f.file(), "SELECT a FROM notes") == "n");
    auto const backup = f.file(before(1));
    REQUIRE(file_exists(backup));
    CHECK_FALSE(file_exists(f.file(before(2)))); // one backup for one upgrade
    CHECK(mode_of(backup) == 0600);
    CHECK(version_in(backup) == ours());
    CHECK(ask(backup, "SELECT count(*) FROM documents") == "1");
    CHECK(ask(backup, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("migrations: without a backup nothing is migrated")
{
    folder const f;
    make_store(f);
    ::mkdir(f.file(before(1)).c_str(), 0700); // a folder in its place
    auto const o = attempt([&] { migrate_file(f, upgrades()); });
    CHECK(o.code == errc::backup_failed);
    CHECK(o.says(before(1)));
    CHECK(version_in(f.file()) == ours());
    CHECK_NOTHROW(make_store(f)); // still usable by the older program
}

TEST_CASE("migrations: one that fails leaves nothing behind, not even its first half")
{
    folder const f;
    make_store(f);
    auto known = upgrades();
    known.back() = migration(known.back().number, "broken",
        "CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)");
    CHECK(attempt([&] { migrate_file(f, known); }).code == errc::internal);
    CHECK(version_in(f.file()) == ours(1));
    CHECK(ask(f.file(), "SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == "0");
    known.back() = migration(known.back().number, "orphans",
        "INSERT INTO notes VALUES ('x'); PRAGMA defer_foreign_keys = ON;"
        "DELETE FROM tenants");
    CHECK(attempt([&] { migrate_file(f, known); }).code == errc::store_corrupt);
    CHECK(version_in(f.file()) == ours(1));
    CHECK(ask(f.file(), "SELECT count(*) FROM notes") == "1");
    CHECK(ask(f.file(), "SELECT count(*) FROM tenants") == "1");
    migrate_file(f, upgrades()); // the repaired program carries on
    CHECK(version_in(f.file()) == ours(2));
}

TEST_CASE("migrations: a newer schema is refused and named")
{
    folder const f;
    make_store(f);
    migrate_file(f, upgrades());
    auto const o = attempt([&] { store::open(f.url()); });
    CHECK(o.code == errc::store_newer);
    CHECK(o.says("schema " + ours(2)));
    CHECK(o.says("knows " + ours()));
    // The way back: the older program puts the backup in place.
    store::restore_from_file(f.file(before(1)), f.url());
    CHECK(version_in(f.file()) == ours());
    CHECK(store::open(f.url()).tenants().size() == 1);
}

TEST_CASE("migrations: an applied one that changed since is refused with an explanation")
{
    folder const f;
    make_store(f);
    tamper(f.file(), "UPDATE migrations SET checksum = 'other'");
    auto const o = attempt([&] { store::open(f.url()); });
    CHECK(o.code == errc::store_corrupt);
    CHECK(o.says("migration 1"));
    CHECK(o.says("checksums differ"));
    tamper(f.file(), "DELETE FROM migrations");
    tamper(f.file(), "INSERT INTO migrations VALUES (0, 'x', 'y', 0)");
    CHECK(attempt([&] { store::open(f.url()); }).code == errc::store_corrupt);
}

TEST_CASE("migrations: a read-only store that needs one is refused, not changed")
{
    folder const f;
    make_store(f);
    auto const o = attempt([&] { migrate_file(f, upgrades(), access_mode::read_only); });
    CHECK(o.code == errc::store_read_only);
    CHECK(o.says("open it once for writing"));
    CHECK(version_in(f.file()) == ours());
}

TEST_CASE("migrations: several processes upgrade a store once")
{
    folder const f;
    make_store(f);
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
        auto const pid = ::fork();
        if (pid == 0) ::_exit(attempt([&] { migrate_file(f, upgrades()); }).code ? 1 : 0);
        children.push_back(pid);
    }
    for (auto const pid : children) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(version_in(f.file()) == ours(2));
    CHECK(ask(f.file(), "SELECT count(*) FROM notes") == "1");
    CHECK(version_in(f.file(before(1))) == ours());
    CHECK_FALSE(file_exists(f.file(before(2))));
}

} // namespace trunkline::store
