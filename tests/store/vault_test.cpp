#include "support.hpp"

#include <trunkline/core/crypto.hpp>

#include <doctest/doctest.h>

namespace trunkline::store {
namespace {

using namespace testing;

std::string const a_key(64, 'a');
std::string const canary = "canary-7f3a9c-secret-value";

outcome opening(folder const& f, store_options const& options = {})
{
    return attempt([&] { store::open(f.url(), options); });
}

void make_store(folder const& f)
{
    store::open(f.url()).ensure_tenant(acme());
}

} // namespace

TEST_CASE("vault: a secret comes back, equal secrets share a reference")
{
    auto s = store::open("sqlite::memory:");
    s.ensure_tenant(acme());
    auto const reference = s.seal_secret(acme(), canary);
    CHECK(reference.size() == 8 + 32);
    CHECK(reference.starts_with("@secret:"));
    CHECK(s.open_secret(acme(), reference) == canary);
    CHECK(s.seal_secret(acme(), canary) == reference);
    CHECK(s.secret_reference(acme(), canary) == reference);
    CHECK(s.seal_secret(acme(), canary + "x") != reference);
    CHECK(s.open_secret(acme(), s.seal_secret(acme(), "")).empty());
    auto const binary = std::string("\0\xff\n", 3);
    CHECK(s.open_secret(acme(), s.seal_secret(acme(), binary)) == binary);
}

TEST_CASE("vault: computing a reference stores nothing")
{
    auto s = store::open("sqlite::memory:");
    s.ensure_tenant(acme());
    auto const reference = s.secret_reference(acme(), canary);
    CHECK_FALSE(s.knows_secret(acme(), reference));
    auto const o = attempt([&] { s.open_secret(acme(), reference); });
    CHECK(o.code == errc::unseal_failed);
    CHECK(o.says(reference));
    s.seal_secret(acme(), canary);
    CHECK(s.knows_secret(acme(), reference));
}

TEST_CASE("vault: a reference depends on the tenant and on the key")
{
    variable const first("TRUNKLINE_STORE_KEY", a_key);
    auto one = store::open("sqlite::memory:");
    CHECK(one.secret_reference(acme(), canary) != one.secret_reference(other(), canary));
    // The border between tenant and secret counts.
    CHECK(one.secret_reference(tenant_id("ab"), "c") != one.secret_reference(tenant_id("a"), "bc"));
    auto const reference = one.secret_reference(acme(), canary);
    CHECK(store::open("sqlite::memory:").secret_reference(acme(), canary) == reference);
    variable const second("TRUNKLINE_STORE_KEY", std::string(64, 'b'));
    CHECK(store::open("sqlite::memory:").secret_reference(acme(), canary) != reference);
}

TEST_CASE("vault: a sealed secret that was altered or moved does not open")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    s.ensure_tenant(other());
    auto const one = s.seal_secret(acme(), canary);
    auto const two = s.seal_secret(acme(), "another");

    tamper(f.file(),
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE reference = '" + two +
            "') WHERE reference = '" + one + "'");
    CHECK(attempt([&] { s.open_secret(acme(), one); }).code == errc::unseal_failed);
    tamper(f.file(), "UPDATE secrets SET tenant = 'other' WHERE reference = '" + two + "'");
    CHECK(attempt([&] { s.open_secret(other(), two); }).code == errc::unseal_failed);
    tamper(f.file(), "UPDATE secrets SET sealed = 'no base64!' WHERE reference = '" + two + "'");
    auto const o = attempt([&] { s.open_secret(other(), two); });
    CHECK(o.code == errc::unseal_failed);
    CHECK_FALSE(o.says("another\""));
}

TEST_CASE("vault: no file of the store holds a secret in clear")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    std::vector<std::string> secrets;
    for (int i = 0; i < 20; ++i) {
        secrets.push_back(canary + std::to_string(i));
        auto const reference = s.seal_secret(acme(), secrets.back());
        s.put_document(acme(), json::value(json::object{{"cal_api_key", reference}}));
    }
    s.backup_to_file(f.file("copy.db"));
    auto const scan = [&] {
        std::size_t bytes = 0;
        for (auto const& path : f.files()) {
            auto const content = read_file(path);
            bytes += content.size();
            CAPTURE(path);
            CHECK(content.find(canary) == content.npos);
            CHECK(content.find(crypto::to_hex(canary)) == content.npos);
            CHECK(content.find(crypto::to_base64(canary).substr(0, 24)) == content.npos);
        }
        return bytes;
    };
    REQUIRE(file_exists(f.file("store.db-wal")));
    CHECK(scan() > 10'000); // while open: also the write-ahead log
    s = store::open("sqlite::memory:");
    CHECK(scan() > 10'000); // closed: checkpointed
    // The scan can find things: the references are there.
    auto again = store::open(f.url());
    auto const reference = again.secret_reference(acme(), secrets[0]);
    CHECK(read_file(f.file()).find(reference) != std::string::npos);
    CHECK(again.open_secret(acme(), reference) == secrets[0]);
}

TEST_CASE("vault: a failing write does not show what was bound to it")
{
    auto s = store::open("sqlite::memory:");
    auto const o = attempt([&] { s.put_document(acme(), json::value(canary)); });
    CHECK(o.code == errc::invalid_argument);
    CHECK_FALSE(o.says(canary));
}

TEST_CASE("key: made once, private, 64 hex digits")
{
    folder const f;
    make_store(f);
    auto const text = read_file(f.file("store.db.key"));
    CHECK(text.size() == 65);
    CHECK(crypto::from_hex(text.substr(0, 64)));
    CHECK(mode_of(f.file("store.db.key")) == 0600);
    make_store(f);
    CHECK(read_file(f.file("store.db.key")) == text);
    CHECK(f.files().size() == 2); // nothing left over
}

TEST_CASE("key: a named key file is used instead of the default one")
{
    folder const f;
    store_options options;
    options.key_file = f.file("elsewhere.key");
    store::open(f.url(), options);
    CHECK(file_exists(options.key_file));
    CHECK_FALSE(file_exists(f.file("store.db.key")));
    CHECK(opening(f).code == errc::key_unavailable);
    CHECK_FALSE(file_exists(f.file("store.db.key")));
}

TEST_CASE("key: a missing key file of a used store is never replaced by a new key")
{
    folder const f;
    make_store(f);
    ::remove(f.file("store.db.key").c_str());
    auto const o = opening(f);
    CHECK(o.code == errc::key_unavailable);
    CHECK(o.says("store.db.key"));
    CHECK_FALSE(file_exists(f.file("store.db.key")));
}

TEST_CASE("key: one that others can read is refused")
{
    folder const f;
    make_store(f);
    for (auto const mode : {0640u, 0604u, 0620u, 0602u}) {
        CAPTURE(mode);
        write_file(f.file("store.db.key"), read_file(f.file("store.db.key")), mode);
        auto const o = opening(f);
        CHECK(o.code == errc::key_unavailable);
        CHECK(o.says("chmod 600"));
    }
    write_file(f.file("store.db.key"), read_file(f.file("store.db.key")), 0400);
    CHECK_FALSE(opening(f).code);
}

TEST_CASE("key: a malformed one is refused and not shown")
{
    folder const f;
    make_store(f);
    auto const good = read_file(f.file("store.db.key"));
    for (auto const& text : {std::string(), std::string("short"), std::string(64, 'x'), good + good,
             good.substr(0, 63), std::string(100'000, 'a')})
    {
        write_file(f.file("store.db.key"), text);
        auto const o = opening(f);
        CHECK(o.code == errc::key_unavailable);
        CHECK_FALSE(o.says("xxxx"));
        CHECK_FALSE(o.says(good.substr(0, 20)));
    }
    write_file(f.file("store.db.key"), good.substr(0, 64)); // without the final newline
    CHECK_FALSE(opening(f).code);
    {
        variable const bad("TRUNKLINE_STORE_KEY", "zz");
        auto const o = opening(f);
        CHECK(o.code == errc::key_unavailable);
        CHECK(o.says("TRUNKLINE_STORE_KEY"));
    }
}

TEST_CASE("key: a wrong one is noticed at opening, read-only too")
{
    folder const f;
    make_store(f);
    variable const wrong("TRUNKLINE_STORE_KEY", a_key);
    auto const o = opening(f);
    CHECK(o.code == errc::key_unavailable);
    CHECK_FALSE(o.says("aaaa"));
    store_options reading;
    reading.read_only = true;
    CHECK(opening(f, reading).code == errc::key_unavailable);
}

TEST_CASE("key: the environment goes before the file and makes none")
{
    folder const f;
    variable const key("TRUNKLINE_STORE_KEY", a_key);
    std::string reference;
    {
        auto s = store::open(f.url());
        s.ensure_tenant(acme());
        reference = s.seal_secret(acme(), canary);
    }
    CHECK_FALSE(file_exists(f.file("store.db.key")));
    CHECK(store::open(f.url()).open_secret(acme(), reference) == canary);
    variable const none("TRUNKLINE_STORE_KEY", std::nullopt);
    CHECK(opening(f).code == errc::key_unavailable);
}

} // namespace trunkline::store
