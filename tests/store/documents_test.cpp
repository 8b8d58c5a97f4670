#include "support.hpp"

#include <trunkline/core/crypto.hpp>

#include <doctest/doctest.h>

namespace trunkline::store {
namespace {

using namespace testing;

json::value agent(int n)
{
    return json::value(json::object{{"agent_id", "agent_" + std::to_string(n)}, {"voice_speed", n},
        {"prompt", std::string(500, 'p')}});
}

std::vector<base_row> agents(int count)
{
    std::vector<base_row> rows;
    for (int i = 0; i < count; ++i) {
        auto& row = rows.emplace_back();
        row.kind = "agent";
        row.id = "agent_" + std::to_string(1000 + i);
        row.name = "name-" + std::to_string(i);
        row.version = i;
        row.published = i % 2 == 0;
        row.list_stamp = 1'700'000'000'000 + i;
        row.engine_kind = "retell-llm";
        row.engine_id = "llm_" + std::to_string(i);
        row.engine_version = i + 1;
        row.document = agent(i);
    }
    return rows;
}

version_row version_of(std::string const& id, std::int64_t number)
{
    version_row row;
    row.kind = "agent";
    row.id = id;
    row.version = number;
    row.published = number % 2 == 1;
    row.remote_stamp = 1'700'000'000'000 + number;
    row.document = agent(static_cast<int>(number));
    return row;
}

template <class Call>
std::uint64_t statements_of(store const& s, Call call)
{
    auto const before = s.statements();
    call();
    return s.statements() - before;
}

store open_acme()
{
    auto s = store::open("sqlite::memory:");
    s.ensure_tenant(acme());
    return s;
}

} // namespace

TEST_CASE("documents: are stored once, under their content hash, to the letter")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    std::string const text =
        R"({"b":1e400,"a":31.4500,"z":12345678901234567890,"u":"\ud800","e":{}})";
    auto const document = json::parse(text);
    auto const digest = s.put_document(acme(), document);
    CHECK(digest == crypto::content_hash(document));
    auto const back = s.document(acme(), digest);
    REQUIRE(back);
    CHECK(json::identical(*back, document));
    CHECK(json::to_text(*back) == text);
    CHECK(s.put_document(acme(), document) == digest);
    CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "1");
    CHECK_FALSE(s.document(acme(), std::string(64, '0')));
}

TEST_CASE("documents: equal meaning is one document, in its first spelling")
{
    auto s = open_acme();
    auto const digest = s.put_document(acme(), json::parse(R"({"a":1,"b":2})"));
    CHECK(s.put_document(acme(), json::parse(R"({"b":2.0,"a":1})")) == digest);
    CHECK(json::to_text(*s.document(acme(), digest)) == R"({"a":1,"b":2})");
}

TEST_CASE("documents: one altered in the file is refused and named")
{
    folder const f;
    auto s = store::open(f.url());
    s.ensure_tenant(acme());
    auto const digest = s.put_document(acme(), agent(1));
    auto rows = agents(1);
    s.put_bases(acme(), "w", rows);
    s.put_version(acme(), version_of("a", 0));
    tamper(f.file(), "UPDATE documents SET content = replace(content, 'ppp', 'pqp')");
    for (auto const& read : std::vector<std::function<void()>>{[&] { s.document(acme(), digest); },
             [&] { s.bases(acme(), "w"); }, [&] { s.version(acme(), "agent", "a", 0); }})
    {
        auto const o = attempt(read);
        CHECK(o.code == errc::store_corrupt);
        CHECK(o.says("document"));
        CHECK(o.says("altered"));
    }
    CHECK(attempt([&] { s.document(acme(), digest); }).says(digest));
}

TEST_CASE("documents: an unknown tenant is refused with what to do")
{
    auto s = store::open("sqlite::memory:");
    auto const o = attempt([&] { s.put_document(acme(), agent(1)); });
    CHECK(o.code == errc::invalid_argument);
    CHECK(o.says("ensure_tenant"));
    CHECK(attempt([&] { s.ensure_tenant(tenant_id()); }).code == errc::invalid_argument);
}

TEST_CASE("versions: come back with and without their documents, newest first")
{
    virtual_time clock(1'760'000'000'000);
    store_options options;
    options.time = &clock;
    auto s = store::open("sqlite::memory:", options);
    s.ensure_tenant(acme());
    for (auto const n : {2, 11, 1}) s.put_version(acme(), version_of("a", n));
    s.put_version(acme(), version_of("b", 5));

    auto const one = s.version(acme(), "agent", "a", 11);
    REQUIRE(one);
    CHECK(one->published);
    CHECK(one->remote_stamp == 1'700'000'000'011);
    CHECK(one->seen_at == 1'760'000'000'000);
    CHECK(one->digest == crypto::content_hash(agent(11)));
    CHECK(json::identical(one->document, agent(11)));
    CHECK_FALSE(s.version(acme(), "agent", "a", 3));
    CHECK_FALSE(s.version(acme(), "retell-llm", "a", 11));

    auto const list = s.versions(acme(), "agent", "a");
    REQUIRE(list.size() == 3);
    CHECK(list[0].version == 11);
    CHECK(list[1].version == 2);
    CHECK_FALSE(list[1].published);
    CHECK(list[2].version == 1);
    CHECK(list[0].document.is_null());
    CHECK(s.all_versions(acme()).size() == 4);

    std::vector<std::string> found;
    for (auto const& row : s.versions_of(acme(), "agent", {"b", "nobody", "a", "b"}))
        found.push_back(row.id + std::to_string(row.version));
    CHECK(found == std::vector<std::string>{"b5", "a11", "a2", "a1", "b5"});
    CHECK(s.versions_of(acme(), "agent", {}).empty());
    CHECK(s.versions_of(tenant_id("another"), "agent", {"a", "b"}).empty());
}

TEST_CASE("versions: a draft seen again is what it was last, its earlier document stays")
{
    auto s = open_acme();
    s.put_version(acme(), version_of("a", 2));
    auto changed = version_of("a", 2);
    changed.document = agent(99);
    changed.published = true;
    changed.seen_at = 77;
    s.put_version(acme(), changed);
    auto const now = s.version(acme(), "agent", "a", 2);
    REQUIRE(now);
    CHECK(now->published);
    CHECK(now->seen_at == 77);
    CHECK(json::identical(now->document, agent(99)));
    CHECK(s.versions(acme(), "agent", "a").size() == 1);
    CHECK(s.document(acme(), crypto::content_hash(agent(2))));
}

TEST_CASE("bases: every field survives, a second put replaces, erase erases")
{
    auto s = open_acme();
    auto rows = agents(3);
    s.put_bases(acme(), "w1", rows);
    s.put_bases(acme(), "w2", {rows[0]});
    auto const found = s.bases(acme(), "w1");
    REQUIRE(found.size() == 3);
    auto const& row = found[1];
    CHECK(row.kind == "agent");
    CHECK(row.id == "agent_1001");
    CHECK(row.name == "name-1");
    CHECK(row.version == 1);
    CHECK_FALSE(row.published);
    CHECK(found[2].published);
    CHECK(row.list_stamp == 1'700'000'000'001);
    CHECK(row.engine_kind == "retell-llm");
    CHECK(row.engine_id == "llm_1");
    CHECK(row.engine_version == 2);
    CHECK(row.digest == crypto::content_hash(agent(1)));
    CHECK(json::identical(row.document, agent(1)));

    auto const one = s.base(acme(), "w1", "agent", "agent_1001");
    REQUIRE(one);
    CHECK(one->name == "name-1");
    CHECK(json::identical(one->document, agent(1)));
    CHECK_FALSE(s.base(acme(), "w1", "phone-number", "agent_1001"));
    CHECK_FALSE(s.base(acme(), "w2", "agent", "agent_1001"));
    CHECK_FALSE(s.base(acme(), "w1", "agent", "name-1"));
    auto const named = s.base_named(acme(), "w1", "agent", "name-2");
    REQUIRE(named);
    CHECK(named->id == "agent_1002");
    CHECK_FALSE(s.base_named(acme(), "w1", "agent", "agent_1002"));

    rows[1].document = agent(50);
    rows[1].name = "renamed";
    s.put_bases(acme(), "w1", {rows[1]});
    CHECK(s.bases(acme(), "w1")[1].name == "renamed");
    CHECK(json::identical(s.bases(acme(), "w1")[1].document, agent(50)));
    s.erase_base(acme(), "w1", "agent", "agent_1000");
    CHECK(s.bases(acme(), "w1").size() == 2);
    CHECK(s.bases(acme(), "w2").size() == 1);
    CHECK(s.bases(acme(), "w3").empty());
}

TEST_CASE("sharing: while it lasts, what the store holds is in memory once, to the letter")
{
    auto s = open_acme();
    s.put_bases(acme(), "w1", agents(2));
    CHECK_FALSE(s.bases(acme(), "w1")[0].document.shares_with(s.bases(acme(), "w1")[0].document));
    std::vector<version_row> rows{version_of("a", 0), version_of("b", 0)};
    json::value kept;
    {
        store::sharing const together(s);
        auto const first = s.bases(acme(), "w1");
        auto const again = s.bases(acme(), "w1");
        CHECK(again[0].document.shares_with(first[0].document));
        CHECK(again[1].document.shares_with(first[1].document));
        CHECK_FALSE(again[0].document.shares_with(first[1].document));
        // Read from the service, and equal to what is there: it becomes the same.
        rows[0].document = json::parse(json::to_text(first[0].document));
        CHECK(
            s.shared(json::parse(json::to_text(first[1].document))).shares_with(first[1].document));
        CHECK(json::identical(s.shared(agent(77)), agent(77)));
        // Equal only in meaning: each keeps its spelling, as it does without.
        auto other = first[1].document;
        other.as_object().erase("agent_id");
        other.as_object().set("agent_id", first[1].document.string_at("agent_id"));
        json::settle(other);
        REQUIRE(other == first[1].document);
        REQUIRE_FALSE(json::identical(other, first[1].document));
        CHECK(json::identical(s.shared(other), other));
        rows[1].document = other;
        s.put_versions(acme(), rows);
        CHECK(rows[0].document.shares_with(first[0].document));
        CHECK(json::identical(rows[1].document, other));
        CHECK(s.version(acme(), "agent", "a", 0)->document.shares_with(first[0].document));
        // Put again under what it is known by; a copy that is written to is another document.
        s.put_versions(acme(), rows);
        rows[0].document.as_object().set("agent_name", "other");
        s.put_versions(acme(), rows);
        kept = first[0].document;
    }
    CHECK(s.version(acme(), "agent", "a", 0)->document.string_at("agent_name") == "other");
    CHECK(json::identical(s.bases(acme(), "w1")[0].document, kept));
    CHECK_FALSE(s.bases(acme(), "w1")[0].document.shares_with(kept));
}

TEST_CASE("sharing: another tenant's document is stored for it, though it is in memory already")
{
    auto s = open_acme();
    tenant_id const other("other");
    s.ensure_tenant(other);
    store::sharing const together(s);
    s.put_bases(acme(), "w", agents(1));
    std::vector<version_row> rows{version_of("a", 0)};
    rows[0].document = s.bases(acme(), "w")[0].document;
    s.put_versions(other, rows);
    CHECK(s.version(other, "agent", "a", 0)->document == rows[0].document);
    CHECK_FALSE(s.document(other, crypto::content_hash(agent(7))));
}

TEST_CASE("bases and versions: reading takes as many statements for 300 resources as for one")
{
    auto s = open_acme();
    s.put_bases(acme(), "one", agents(1));
    s.put_bases(acme(), "many", agents(300));
    auto const one = statements_of(s, [&] { CHECK(s.bases(acme(), "one").size() == 1); });
    auto const many = statements_of(s, [&] { CHECK(s.bases(acme(), "many").size() == 300); });
    CHECK(one == 1);
    CHECK(many == one);

    s.put_version(acme(), version_of("single", 1));
    auto const few = statements_of(s, [&] { CHECK(s.all_versions(acme()).size() == 1); });
    for (int i = 0; i < 300; ++i) s.put_version(acme(), version_of("a", i));
    CHECK(statements_of(s, [&] { CHECK(s.all_versions(acme()).size() == 301); }) == few);
    CHECK(statements_of(s, [&] { CHECK(s.versions(acme(), "agent", "a").size() == 300); }) == few);
    CHECK(statements_of(s, [&] {
        CHECK(s.versions_of(acme(), "agent", {"a", "single"}).size() == 301);
    }) == 2 * few);
    CHECK(statements_of(s, [&] { CHECK(s.version(acme(), "agent", "a", 7)); }) == 1);
}

TEST_CASE("statements: are counted")
{
    auto s = open_acme();
    CHECK(statements_of(s, [] {}) == 0);
    CHECK(statements_of(s, [&] { s.tenants(); }) == 1);
    CHECK(statements_of(s, [&] { s.put_document(acme(), agent(1)); }) == 3); // begin, insert, commit
}

} // namespace trunkline::store
