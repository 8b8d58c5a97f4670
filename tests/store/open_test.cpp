#include "support.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

using namespace testing;

std::string const a_key(64, 'a');

store_options reading()
{
    store_options o;
    o.read_only = true;
    return o;
}

store_options impatient()
{
    store_options o;
    o.busy_timeout = std::chrono::milliseconds(0);
    return o;
}

/// The code of opening, as a child process can tell it.
int open_code(std::string const& url, store_options const& options = {})
{
    auto const o = attempt([&] { store::open(url, options); });
    return o.code ? static_cast<int>(*o.code) : 0;
}

/// A store of one tenant with one document, closed.
std::string filled(folder const& f)
{
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    return s.put_document(acme(), json::parse(R"({"a":1})"));
}

TEST_CASE("store url: absolute, relative and in memory open")
{
    folder const f;
    CHECK(store::open(f.url()).schema_version() > 0);
    CHECK(file_exists(f.file()));
    CHECK(store::open("sqlite::memory:").schema_version() > 0);

    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(f.path());
    store::open("sqlite://relative.db");
    std::filesystem::current_path(before);
    CHECK(file_exists(f.file("relative.db")));
}

TEST_CASE("store url: a path is taken literally")
{
    folder const f;
    auto const odd = std::string("a b%20\"=;'\xc3\xa4.db");
    store::open(f.url(odd)).ensure_tenant(acme());
    CHECK(file_exists(f.file(odd)));
    CHECK(store::open(f.url(odd), reading()).tenants().size() == 1);
}

TEST_CASE("store url: anything else is refused with the accepted forms, and never repeated")
{
    for (auto const* url : {"", "postgresql://u:hunter2@host/db", "mysql://u:hunter2@host/db",
             "/tmp/x.db", "sqlite:/tmp/x.db", "sqlite://", "sqlite:///tmp/",
             "sqlite:///tmp/x?mode=ro", "sqlite:///tmp/a\nb"})
    {
        CAPTURE(url);
        auto const o = attempt([&] { store::open(url); });
        CHECK(o.code == errc::invalid_argument);
        CHECK(o.says("sqlite:///ABSOLUTE/PATH"));
        CHECK(o.says("sqlite::memory:"));
        CHECK_FALSE(o.says("hunter2"));
        CHECK_FALSE(o.says("\n"));
    }
}

TEST_CASE("store: uses write-ahead logging and stays usable after reopening")
{
    folder const f;
    auto const digest = filled(f);
    CHECK(ask(f.file(), "PRAGMA journal_mode") == "wal");
    auto const again = store::open(f.url());
    REQUIRE(again.document(acme(), digest));
    CHECK(json::to_text(*again.document(acme(), digest)) == R"({"a":1})");
}

TEST_CASE("store: a path that cannot be a store is named with what to do")
{
    folder const f;
    auto const missing = attempt([&] { store::open(f.url("nowhere/store.db")); });
    CHECK(missing.code == errc::store_unavailable);
    CHECK(missing.says("nowhere/store.db"));

    ::mkdir(f.file("folder.db").c_str(), 0700);
    auto const dir = attempt([&] { store::open(f.url("folder.db")); });
    CHECK(dir.code == errc::store_unavailable);
    CHECK(dir.says("folder.db"));

    auto const absent = attempt([&] { store::open(f.url("absent.db"), reading()); });
    CHECK(absent.code == errc::store_unavailable);
    CHECK_FALSE(file_exists(f.file("absent.db")));
}

TEST_CASE("store: a file that is no database, or another one, is refused and left alone")
{
    folder const f;
    std::string const text(5000, 'x');
    write_file(f.file("text.db"), text);
    auto const o = attempt([&] { store::open(f.url("text.db")); });
    CHECK(o.code == errc::store_corrupt);
    CHECK(o.says("text.db"));
    CHECK(read_file(f.file("text.db")) == text);

    tamper(f.file("foreign.db"), "CREATE TABLE users (id INTEGER)");
    CHECK(attempt([&] { store::open(f.url("foreign.db")); }).code == errc::store_corrupt);
    CHECK(ask(f.file("foreign.db"), "SELECT count(*) FROM sqlite_schema") == "1");
}

TEST_CASE("store: a damaged page is reported as damage")
{
    folder const f;
    {
        auto s = store::open(f.url());
        s.ensure_tenant(acme());
        for (int i = 0; i < 50; ++i)
            s.put_document(
                acme(), json::value(json::object{{"n", i}, {"text", std::string(2000, 'd')}}));
    }
    auto bytes = read_file(f.file());
    for (std::size_t i = 8192; i < bytes.size(); ++i) bytes[i] = '\xff';
    write_file(f.file(), bytes);
    auto const o = attempt([&] {
        auto s = store::open(f.url());
        for (int i = 0; i < 50; ++i)
            s.put_document(
                acme(), json::value(json::object{{"n", i}, {"text", std::string(2000, 'e')}}));
    });
    CHECK(o.code == errc::store_corrupt);
    CHECK(o.says("restore"));
}

TEST_CASE("store: a full store says so and keeps what it had")
{
    folder const f;
    store_options small;
    small.max_bytes = 400 * 1024;
    auto s = store::open(f.url(), small);
    s.ensure_tenant(acme());
    auto const kept = s.put_document(acme(), json::parse(R"({"a":1})"));
    auto const o = attempt([&] {
        for (int i = 0; i < 1000; ++i)
            s.put_document(
                acme(), json::value(json::object{{"n", i}, {"text", std::string(4000, 'f')}}));
    });
    CHECK(o.code == errc::store_full);
    CHECK(o.says("free space"));
    CHECK(o.says(f.file()));
    CHECK(s.document(acme(), kept));
    CHECK(store::open(f.url()).document(acme(), kept));
}

TEST_CASE("store: another writer's transaction locks writers and nobody else")
{
    folder const f;
    auto const digest = filled(f);
    auto one = store::open(f.url());
    auto two = store::open(f.url(), impatient());
    {
        store::transaction const tx(one);
        auto const o = attempt([&] { two.put_document(acme(), json::parse("[2]")); });
        CHECK(o.code == errc::store_locked);
        CHECK(o.says(f.file()));
        CHECK(two.document(acme(), digest));
    }
    CHECK_NOTHROW(two.put_document(acme(), json::parse("[2]")));
}

TEST_CASE("store: read-only refuses every write")
{
    folder const f;
    auto const digest = filled(f);
    auto s = store::open(f.url(), reading());
    CHECK(s.document(acme(), digest));
    std::vector<std::function<void()>> const writes{
        [&] { s.ensure_tenant(other()); },
        [&] { s.seal_secret(acme(), "x"); },
        [&] { s.put_document(acme(), json::parse("1")); },
        [&] { s.put_version(acme(), {}); },
        [&] { s.put_bases(acme(), "w", {base_row()}); },
        [&] { s.erase_base(acme(), "w", "agent", "a"); },
        [&] { s.begin_release(acme(), {}); },
        [&] { s.end_release(acme(), 1, release_state::done, {}); },
        [&] { s.append_journal(acme(), 1, "u", "plan", {}); },
        [&] { s.put_backup(acme(), "r", {}, 0); },
        [&] { s.append_audit(acme(), "a", "b", "c", {}); },
        [&] { s.take_lease(acme(), "me", 1000); },
        [&] { s.hold_lease(acme(), 1, 1000); },
        [&] { s.release_lease(acme(), 1); },
        [&] { store::transaction const tx(s); },
    };
    for (std::size_t i = 0; i < writes.size(); ++i) {
        CAPTURE(i);
        CHECK(attempt(writes[i]).code == errc::store_read_only);
    }
    CHECK_NOTHROW(s.ensure_tenant(acme())); // nothing to write
}

TEST_CASE("store: read-only media can be read, and writing there says what to do")
{
    folder const f;
    auto const digest = filled(f);
    variable const key("TRUNKLINE_STORE_KEY", [&] {
        auto text = read_file(f.file("store.db.key"));
        text.pop_back();
        return text;
    }());
    ::chmod(f.file().c_str(), 0444);
    ::chmod(f.path().c_str(), 0555);
    // In a child of another user: for root nothing is read-only.
    auto const read = in_child(
        [&] {
            auto s = store::open(f.url(), reading());
            return s.document(acme(), digest) ? 0 : 1;
        },
        true);
    CHECK(read == 0);
    auto const write = in_child([&] { return open_code(f.url()); }, true);
    CHECK(write == static_cast<int>(errc::store_read_only));
    auto const create = in_child([&] { return open_code(f.url("new.db")); }, true);
    CHECK(create == static_cast<int>(errc::store_read_only));
}

TEST_CASE("store: unread changes on read-only media are reported, not ignored")
{
    folder const f;
    variable const key("TRUNKLINE_STORE_KEY", a_key);
    filled(f);
    // A writer that died: its changes are in the -wal file.
    in_child([&] {
        auto s = store::open(f.url());
        s.ensure_tenant(other());
        ::raise(SIGKILL);
        return 0;
    });
    folder const copy;
    write_file(copy.file(), read_file(f.file()), 0444);
    write_file(copy.file("store.db-wal"), read_file(f.file("store.db-wal")), 0444);
    REQUIRE_FALSE(read_file(copy.file("store.db-wal")).empty());
    ::chmod(copy.path().c_str(), 0555);
    CHECK(in_child([&] { return open_code(copy.url(), reading()); }, true) ==
        static_cast<int>(errc::store_unavailable));
}

TEST_CASE("store: every file it makes is private, whatever the umask")
{
    folder const f;
    auto const before = ::umask(0);
    {
        auto s = store::open(f.url());
        s.ensure_tenant(acme());
        s.backup_to_file(f.file("copy.db"));
        auto const files = f.files();
        CHECK(files.size() >= 5); // database, -wal, -shm, key, copy
        for (auto const& file : files) {
            CAPTURE(file);
            CHECK(mode_of(file) == 0600);
        }
    }
    ::umask(0777);
    CHECK_NOTHROW(store::open(f.url("second.db")).ensure_tenant(acme()));
    ::umask(before);
    CHECK(mode_of(f.file("second.db")) == 0600);
    CHECK(mode_of(f.file("second.db.key")) == 0600);
}

TEST_CASE("store: several processes may create it at once")
{
    folder const f;
    for (int round = 0; round < 5; ++round) {
        auto const name = "s" + std::to_string(round) + ".db";
        auto const result = in_child([&] {
            std::vector<pid_t> children;
            for (int i = 0; i < 6; ++i) {
                auto const pid = ::fork();
                if (pid == 0) ::_exit(open_code(f.url(name)));
                children.push_back(pid);
            }
            int worst = 0;
            for (auto const pid : children) {
                int status = 0;
                ::waitpid(pid, &status, 0);
                if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) worst = WEXITSTATUS(status);
            }
            return worst;
        });
        CHECK(result == 0);
        CHECK(ask(f.file(name), "SELECT count(*) = max(number) FROM migrations") == "1");
        CHECK(ask(f.file(name), "SELECT count(*) FROM meta WHERE name = 'key_check'") == "1");
        CHECK_NOTHROW(store::open(f.url(name)));
    }
}

TEST_CASE("environment: the first who says one tags the store")
{
    folder const f;
    store_options production, staging;
    production.environment = "production";
    staging.environment = "staging";

    CHECK(store::open(f.url()).environment().empty());
    CHECK_NOTHROW(store::open(f.url()).require_environment());
    CHECK(store::open(f.url(), production).environment() == "production");
    CHECK_NOTHROW(store::open(f.url(), production).require_environment());

    auto const s = store::open(f.url(), staging); // reading stays possible
    CHECK(s.environment() == "production");
    auto const wrong = attempt([&] { s.require_environment(); });
    CHECK(wrong.code == errc::wrong_environment);
    CHECK(wrong.says("\"production\""));
    CHECK(wrong.says("\"staging\""));
    auto const unsaid = attempt([&] { store::open(f.url()).require_environment(); });
    CHECK(unsaid.code == errc::wrong_environment);
    CHECK(unsaid.says("say --environment production"));
}

TEST_CASE("environment: a read-only open does not tag, an odd name is refused")
{
    folder const f;
    filled(f);
    auto options = reading();
    options.environment = "production";
    auto const s = store::open(f.url(), options);
    CHECK(s.environment().empty());
    CHECK_NOTHROW(s.require_environment());
    options.environment = "pro duction\n";
    CHECK(attempt([&] { store::open(f.url(), options); }).code == errc::invalid_argument);
}

TEST_CASE("transaction: makes many calls one, and undoes them all")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    {
        store::transaction const tx(s);
        s.ensure_tenant(other());
        s.put_document(acme(), json::parse("[1]"));
    }
    CHECK(s.tenants() == std::vector<std::string>{"acme"});
    CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "0");
    {
        store::transaction tx(s);
        s.ensure_tenant(other());
        s.put_document(acme(), json::parse("[1]"));
        tx.commit();
        CHECK(attempt([&] { tx.commit(); }).code == errc::invalid_argument);
    }
    CHECK(s.tenants().size() == 2);
    CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "1");
}

TEST_CASE("transaction: a failed call undoes only itself, and transactions do not nest")
{
    auto s = store::open("sqlite::memory:");
    s.ensure_tenant(acme());
    store::transaction tx(s);
    auto const digest = s.put_document(acme(), json::parse("[1]"));
    CHECK(attempt([&] { s.put_document(other(), json::parse("[2]")); }).code ==
        errc::invalid_argument);
    base_row good, bad;
    good.kind = bad.kind = "agent";
    good.id = "a1"; // `bad` has no id, which the schema refuses
    CHECK(attempt([&] { s.put_bases(acme(), "w", {good, bad}); }).code == errc::invalid_argument);
    CHECK(s.bases(acme(), "w").empty());
    CHECK(attempt([&] { store::transaction const inner(s); }).code == errc::invalid_argument);
    tx.commit();
    CHECK(s.document(acme(), digest));
}

TEST_CASE("transaction: one that a full disk undid cannot be committed in part")
{
    folder const f;
    store_options small;
    small.max_bytes = 400 * 1024;
    auto s = store::open(f.url(), small);
    s.ensure_tenant(acme());
    store::transaction tx(s);
    s.ensure_tenant(other());
    CHECK(attempt([&] {
        for (int i = 0; i < 1000; ++i)
            s.put_document(
                acme(), json::value(json::object{{"n", i}, {"text", std::string(4000, 'f')}}));
    }).code == errc::store_full);
    auto const committed = !attempt([&] { tx.commit(); }).code;
    // Either all that succeeded is there, or nothing: never a part.
    CHECK((s.tenants().size() == 2) == committed);
}

} // namespace
} // namespace trunkline::store
