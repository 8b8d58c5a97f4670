#include "support.hpp"

#include <trunkline/core/crypto.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

namespace trunkline::store {
namespace {

using namespace testing;

json::value snapshot(int documents)
{
    json::array list;
    for (int i = 0; i < documents; ++i)
        list.emplace_back(json::object{{"agent_id", "agent_" + std::to_string(i)}});
    return json::value(json::object{{"taken", "now"}, {"documents", std::move(list)}});
}

store filled(folder const& f, store_options const& options = {})
{
    auto s = store::open(f.url(), options);
    s.ensure_tenant(acme());
    s.put_document(acme(), json::parse(R"({"kept":true})"));
    return s;
}

store_options in(std::string const& environment)
{
    store_options o;
    o.environment = environment;
    return o;
}

} // namespace

TEST_CASE("backup: is stored, verified and listed newest first")
{
    virtual_time clock(1'760'000'000'000);
    folder const f;
    store_options options;
    options.time = &clock;
    auto s = filled(f, options);
    auto const row = s.put_backup(acme(), "before r1", snapshot(3), 3);
    CHECK(row.verified);
    CHECK(row.digest == crypto::to_hex(crypto::sha256(json::to_text(snapshot(3)))));
    CHECK(row.documents == 3);
    CHECK(row.bytes == static_cast<std::int64_t>(json::to_text(snapshot(3)).size()));
    CHECK(row.taken_at == 1'760'000'000'000);
    CHECK(json::identical(s.backup(acme(), row.digest), snapshot(3)));
    s.put_backup(acme(), "again", snapshot(3), 3);
    s.put_backup(acme(), "other content", snapshot(2), 2);
    auto const list = s.backups(acme());
    REQUIRE(list.size() == 3);
    CHECK(list[0].reason == "other content");
    CHECK(list[2].reason == "before r1");
    CHECK(list[2].verified);
    CHECK(ask(f.file(), "SELECT count(*) FROM backup_contents") == "2"); // equal content once
    CHECK(attempt([&] { s.backup(acme(), "unknown"); }).code == errc::not_found);
}

TEST_CASE("backup: a wrong document count fails and leaves no row")
{
    folder const f;
    auto s = filled(f);
    auto const o = attempt([&] { s.put_backup(acme(), "r", snapshot(3), 4); });
    CHECK(o.code == errc::backup_failed);
    CHECK(o.says("3 documents instead of 4"));
    CHECK(s.backups(acme()).empty());
    CHECK(ask(f.file(), "SELECT count(*) FROM backup_contents") == "0");
    // What an earlier backup refers to stays.
    auto const good = s.put_backup(acme(), "r", snapshot(3), 3);
    CHECK(attempt([&] { s.put_backup(acme(), "r", snapshot(3), 4); }).code == errc::backup_failed);
    CHECK(json::identical(s.backup(acme(), good.digest), snapshot(3)));
    CHECK_NOTHROW(s.put_backup(acme(), "no list of documents", json::parse("{}"), 7));
}

TEST_CASE("backup: content that reads back differently fails and leaves no row")
{
    folder const f;
    auto s = filled(f);
    tamper(f.file(),
        "CREATE TRIGGER t AFTER INSERT ON backup_contents BEGIN"
        " UPDATE backup_contents SET content = replace(content, 'now', 'non'); END");
    auto const o = attempt([&] { s.put_backup(acme(), "r", snapshot(3), 3); });
    CHECK(o.code == errc::backup_failed);
    CHECK(s.backups(acme()).empty());
}

TEST_CASE("backup: not within a transaction, which could undo it")
{
    folder const f;
    auto s = filled(f);
    store::transaction const tx(s);
    CHECK(
        attempt([&] { s.put_backup(acme(), "r", snapshot(1), 1); }).code == errc::invalid_argument);
    CHECK(attempt([&] { s.backup_to_file(f.file("x")); }).code == errc::invalid_argument);
}

TEST_CASE("backup: one altered later is refused")
{
    folder const f;
    auto s = filled(f);
    auto const row = s.put_backup(acme(), "r", snapshot(3), 3);
    tamper(f.file(), "UPDATE backup_contents SET content = replace(content, 'now', 'non')");
    auto const o = attempt([&] { s.backup(acme(), row.digest); });
    CHECK(o.code == errc::store_corrupt);
    CHECK(o.says(row.digest));
}

TEST_CASE("backup: a full store refuses it")
{
    folder const f;
    store_options small;
    small.max_bytes = 300 * 1024;
    auto s = filled(f, small);
    auto const big = json::value(std::string(400'000, 'x'));
    CHECK(attempt([&] { s.put_backup(acme(), "r", big, 1); }).code == errc::store_full);
    CHECK(s.backups(acme()).empty());
}

TEST_CASE("backup file: one private file with everything, readable on its own")
{
    folder const f;
    auto s = filled(f);
    auto const reference = s.seal_secret(acme(), "canary-secret");
    auto const digest = s.put_document(acme(), json::parse("[7]")); // still in the -wal file
    s.backup_to_file(f.file("copy.db"));
    CHECK(mode_of(f.file("copy.db")) == 0600);
    CHECK_FALSE(file_exists(f.file("copy.db-wal")));
    CHECK(read_file(f.file("copy.db")).find("canary") == std::string::npos);
    store_options options;
    options.read_only = true;
    options.key_file = f.file("store.db.key");
    auto const copy = store::open(f.url("copy.db"), options);
    CHECK(copy.document(acme(), digest));
    CHECK(copy.open_secret(acme(), reference) == "canary-secret");
    for (auto const& file : f.files()) CHECK(file.find("partial") == file.npos);
}

TEST_CASE("backup file: replaces an older one, never the store or a folder, and fails whole")
{
    folder const f;
    auto s = filled(f);
    s.backup_to_file(f.file("copy.db"));
    s.put_document(acme(), json::parse("[7]"));
    s.backup_to_file(f.file("copy.db"));
    CHECK(ask(f.file("copy.db"), "SELECT count(*) FROM documents") == "2");

    auto const itself = attempt([&] { s.backup_to_file(f.file()); });
    CHECK(itself.code == errc::invalid_argument);
    ::mkdir(f.file("dir").c_str(), 0700);
    for (auto const* name : {"dir", "nowhere/copy.db"}) {
        auto const o = attempt([&] { s.backup_to_file(f.file(name)); });
        CHECK(o.code == errc::backup_failed);
        CHECK(o.says(name));
    }
    auto memory = store::open("sqlite::memory:");
    memory.ensure_tenant(acme());
    memory.backup_to_file(f.file("memory.db"));
    CHECK(ask(f.file("memory.db"), "SELECT count(*) FROM tenants") == "1");
}

TEST_CASE("backup file: nothing but an earlier backup is replaced")
{
    folder const f;
    auto s = filled(f);
    write_file(f.file("empty"), "");
    CHECK_NOTHROW(s.backup_to_file(f.file("empty"))); // as mktemp leaves one

    write_file(f.file("short.txt"), "precious");
    write_file(f.file("long.txt"), std::string(5000, 'x'));
    tamper(f.file("foreign.db"), "CREATE TABLE t (a)");
    {
        auto other = store::open(f.url("other.db")); // a store of ours, and its journal beside it
        other.ensure_tenant(acme());
    }
    for (auto const* name : {"short.txt", "long.txt", "foreign.db", "other.db"}) {
        CAPTURE(name);
        auto const before = read_file(f.file(name));
        auto const o = attempt([&] { s.backup_to_file(f.file(name)); });
        CHECK(o.code == errc::invalid_argument);
        CHECK(o.says(name));
        CHECK(o.says("name another file"));
        CHECK(read_file(f.file(name)) == before);
    }
}

TEST_CASE("backup file: a damaged store gives no backup and does not spoil the last one")
{
    folder const f;
    {
        auto s = filled(f);
        for (int i = 0; i < 50; ++i)
            s.put_document(
                acme(), json::value(json::object{{"n", i}, {"t", std::string(2000, 'd')}}));
        s.backup_to_file(f.file("copy.db"));
    }
    auto const good = read_file(f.file("copy.db"));
    tamper(f.file(),
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = "
        "(SELECT rootpage FROM sqlite_schema WHERE name = 'audit') WHERE name = 'journal'");
    auto const s = store::open(f.url());
    CHECK(attempt([&] { s.backup_to_file(f.file("copy.db")); }).code == errc::backup_failed);
    CHECK(read_file(f.file("copy.db")) == good);
}

TEST_CASE("restore: brings back what was, keeps what it replaced, for open stores too")
{
    virtual_time clock(1'760'000'000'000);
    store_options options;
    options.time = &clock;
    folder const f;
    auto s = filled(f, options);
    s.backup_to_file(f.file("copy.db"));
    auto const later = s.put_document(acme(), json::parse(R"({"later":true})"));

    auto const aside = store::restore_from_file(f.file("copy.db"), f.url(), options);
    CHECK(aside == f.file("store.db.replaced-20251009T085320Z"));
    CHECK(mode_of(aside) == 0600);
    CHECK(ask(aside, "SELECT count(*) FROM documents") == "2");
    CHECK_FALSE(s.document(acme(), later)); // the store that stayed open
    CHECK(store::open(f.url()).tenants().size() == 1);
    CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "1");
    CHECK(ask(f.file(), "PRAGMA journal_mode") == "wal");
    CHECK_NOTHROW(s.put_document(acme(), json::parse("[8]")));

    // Back again, and never over an earlier file.
    auto const second = store::restore_from_file(aside, f.url(), options);
    CHECK(second == f.file("store.db.replaced-20251009T085320Z-2"));
    CHECK(s.document(acme(), later));
    for (auto const& file : f.files()) CHECK(file.find("restoring") == file.npos);
}

TEST_CASE("restore: on a new machine the key file is needed first")
{
    folder const f, fresh;
    filled(f).backup_to_file(f.file("copy.db"));
    auto const o = attempt([&] { store::restore_from_file(f.file("copy.db"), fresh.url()); });
    CHECK(o.code == errc::key_unavailable);
    CHECK(o.says("store.db.key"));
    CHECK(fresh.files().empty());
    write_file(fresh.file("store.db.key"), read_file(f.file("store.db.key")));
    CHECK(store::restore_from_file(f.file("copy.db"), fresh.url()).empty());
    CHECK(mode_of(fresh.file()) == 0600);
    CHECK(store::open(fresh.url()).tenants().size() == 1);
}

TEST_CASE("restore: a backup that is damaged, foreign, newer or of another key changes nothing")
{
    folder const f, strange;
    auto s = filled(f);
    filled(strange).backup_to_file(strange.file("copy.db"));
    s.backup_to_file(f.file("newer.db"));
    tamper(f.file("newer.db"), "INSERT INTO migrations VALUES (99, 'x', 'y', 0)");
    tamper(f.file("foreign.db"), "CREATE TABLE t (a)");
    tamper(f.file("empty.db"), "VACUUM");
    s.backup_to_file(f.file("broken.db"));
    tamper(f.file("broken.db"), "DELETE FROM tenants");
    write_file(f.file("text.db"), std::string(5000, 'x'));
    class attempt_row {
    public:
        std::string file;
        errc code;
    };
    for (auto const& row : {attempt_row{strange.file("copy.db"), errc::key_unavailable},
             attempt_row{f.file("newer.db"), errc::store_newer},
             attempt_row{f.file("foreign.db"), errc::store_corrupt},
             attempt_row{f.file("empty.db"), errc::store_corrupt},
             attempt_row{f.file("broken.db"), errc::store_corrupt},
             attempt_row{f.file("text.db"), errc::store_corrupt},
             attempt_row{f.file("absent.db"), errc::store_unavailable},
             attempt_row{f.file(), errc::invalid_argument}})
    {
        CAPTURE(row.file);
        auto const o = attempt([&] { store::restore_from_file(row.file, f.url()); });
        CHECK(o.code == row.code);
        CHECK(s.tenants().size() == 1);
        CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "1");
    }
    s.backup_to_file(f.file("good.db"));
    auto const wrong_path = attempt([&] {
        store::restore_from_file(f.file("good.db"), f.url("foreign.db"), [&] {
            store_options o;
            o.key_file = f.file("store.db.key");
            return o;
        }());
    });
    CHECK(wrong_path.code == errc::invalid_argument);
    CHECK(ask(f.file("foreign.db"), "SELECT count(*) FROM t") == "0");
}

TEST_CASE("restore: the environment of backup and store must be the one said")
{
    folder const f;
    filled(f).backup_to_file(f.file("untagged.db"));
    auto s = filled(f, in("production"));
    s.backup_to_file(f.file("production.db"));
    for (auto const* said : {"", "staging"}) {
        CAPTURE(said);
        for (auto const* file : {"production.db", "untagged.db"})
            CHECK(attempt([&] { store::restore_from_file(f.file(file), f.url(), in(said)); }).code ==
                errc::wrong_environment);
    }
    CHECK_NOTHROW(store::restore_from_file(f.file("untagged.db"), f.url(), in("production")));
    // Into an untagged store, the backup's own tag decides.
    CHECK(attempt([&] {
        store::restore_from_file(f.file("production.db"), f.url(), in("staging"));
    }).code == errc::wrong_environment);
    CHECK_NOTHROW(store::restore_from_file(f.file("production.db"), f.url(), in("production")));
    CHECK(s.environment() == "production");
}

TEST_CASE("restore: not under an engine at work, and old leases never count again")
{
    virtual_time clock;
    store_options options;
    options.time = &clock;
    folder const f;
    auto s = filled(f, options);
    auto const early = s.take_lease(acme(), "a", 30'000);
    s.backup_to_file(f.file("copy.db"));
    clock.advance(std::chrono::seconds(31));
    auto const late = s.take_lease(acme(), "b", 30'000);
    auto const o = attempt([&] { store::restore_from_file(f.file("copy.db"), f.url(), options); });
    CHECK(o.code == errc::store_locked);
    CHECK(o.says("b, since 0 s"));
    clock.advance(std::chrono::seconds(31));
    store::restore_from_file(f.file("copy.db"), f.url(), options);
    CHECK_FALSE(s.hold_lease(acme(), early.token, 0));
    CHECK_FALSE(s.hold_lease(acme(), late.token, 0));
    CHECK(s.take_lease(acme(), "c", 30'000).token == late.token + 1);
}

TEST_CASE("restore: a database that cannot be read is moved aside")
{
    folder const f;
    filled(f).backup_to_file(f.file("copy.db"));
    std::string const rubbish(9000, 'x');
    write_file(f.file(), rubbish);
    auto const aside = store::restore_from_file(f.file("copy.db"), f.url());
    CHECK(read_file(aside) == rubbish);
    CHECK(store::open(f.url()).tenants().size() == 1);
}

TEST_CASE("restore: a store in use by a writer is left alone")
{
    folder const f;
    auto s = filled(f);
    s.backup_to_file(f.file("copy.db"));
    store::transaction const tx(s);
    store_options options;
    options.busy_timeout = std::chrono::milliseconds(0);
    CHECK(attempt([&] { store::restore_from_file(f.file("copy.db"), f.url(), options); }).code ==
        errc::store_locked);
}

} // namespace trunkline::store
