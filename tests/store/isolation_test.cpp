#include "support.hpp"

#include <doctest/doctest.h>

namespace trunkline::store {
namespace {

using namespace testing;

json::value document(tenant_id const& t)
{
    return json::value(json::object{{"of", t.str()}});
}

/// Puts one row into every table, the same keys for each tenant.
std::string fill(store& s, tenant_id const& t)
{
    s.ensure_tenant(t);
    s.seal_secret(t, "shared");
    version_row version;
    version.kind = "agent";
    version.id = "agent_1";
    version.version = 1;
    version.document = document(t);
    s.put_version(t, version);
    base_row base;
    base.kind = "agent";
    base.id = "agent_1";
    base.name = t.str();
    base.document = document(t);
    s.put_bases(t, "w", {base});
    release_row release;
    release.title = t.str();
    auto const number = s.begin_release(t, release);
    s.append_journal(t, number, t.str(), "plan", document(t));
    s.append_audit(t, t.str(), "apply", "r1", document(t));
    s.take_lease(t, t.str(), 60'000);
    return s.put_backup(t, t.str(), document(t), 0).digest;
}

void check_own(store& s, tenant_id const& t)
{
    CAPTURE(t.str());
    auto const digest = s.version(t, "agent", "agent_1", 1)->digest;
    CHECK(json::identical(*s.document(t, digest), document(t)));
    CHECK(s.versions(t, "agent", "agent_1").size() == 1);
    CHECK(s.all_versions(t).size() == 1);
    REQUIRE(s.bases(t, "w").size() == 1);
    CHECK(s.bases(t, "w")[0].name == t.str());
    REQUIRE(s.releases(t).size() == 1);
    CHECK(s.release(t, 1)->title == t.str());
    REQUIRE(s.journal(t, 1).size() == 1);
    CHECK(s.journal(t, 1)[0].unit == t.str());
    REQUIRE(s.audit(t).size() == 1);
    CHECK(s.audit(t)[0].actor == t.str());
    CHECK_FALSE(s.verify_audit(t));
    REQUIRE(s.backups(t).size() == 1);
    CHECK(s.backups(t)[0].reason == t.str());
}

} // namespace

TEST_CASE("isolation: with equal keys everywhere each tenant sees its own rows and no other's")
{
    auto s = store::open("sqlite::memory:");
    auto const backup = fill(s, acme());
    s.ensure_tenant(other());
    // Of one tenant's things another sees nothing.
    auto const reference = s.secret_reference(acme(), "shared");
    CHECK_FALSE(s.knows_secret(other(), reference));
    CHECK(attempt([&] { s.open_secret(other(), reference); }).code == errc::unseal_failed);
    CHECK_FALSE(s.document(other(), s.version(acme(), "agent", "agent_1", 1)->digest));
    CHECK_FALSE(s.version(other(), "agent", "agent_1", 1));
    CHECK(s.versions(other(), "agent", "agent_1").empty());
    CHECK(s.all_versions(other()).empty());
    CHECK(s.bases(other(), "w").empty());
    CHECK(s.releases(other()).empty());
    CHECK_FALSE(s.release(other(), 1));
    CHECK(attempt([&] { s.journal(other(), 1); }).code == errc::unknown_release);
    CHECK(s.audit(other()).empty());
    CHECK(s.backups(other()).empty());
    CHECK(attempt([&] { s.backup(other(), backup); }).code == errc::not_found);
    CHECK_FALSE(s.hold_lease(other(), 1, 0));

    auto const theirs = fill(s, other());
    check_own(s, acme());
    check_own(s, other());
    CHECK(backup != theirs);
    CHECK(s.open_secret(other(), s.secret_reference(other(), "shared")) == "shared");
}

TEST_CASE("isolation: what one tenant changes or erases stays with the other")
{
    auto s = store::open("sqlite::memory:");
    fill(s, acme());
    fill(s, other());
    s.erase_base(other(), "w", "agent", "agent_1");
    s.end_release(other(), 1, release_state::failed, {});
    s.append_journal(other(), 1, "u", "done", {});
    s.append_audit(other(), "x", "y", "z", {});
    s.release_lease(other(), 1);
    version_row changed;
    changed.kind = "agent";
    changed.id = "agent_1";
    changed.version = 1;
    changed.document = json::parse("{}");
    s.put_version(other(), changed);
    check_own(s, acme());
    CHECK(s.release(acme(), 1)->state == release_state::running);
    CHECK(s.hold_lease(acme(), 1, 0));
}

TEST_CASE("isolation: a release cannot refer to another tenant's release or backup")
{
    auto s = store::open("sqlite::memory:");
    auto const backup = fill(s, acme());
    s.ensure_tenant(other());
    release_row row;
    row.reverts = 1;
    CHECK(attempt([&] { s.begin_release(other(), row); }).code == errc::invalid_argument);
    row.reverts = 0;
    row.backup_digest = backup;
    CHECK(attempt([&] { s.begin_release(other(), row); }).code == errc::invalid_argument);
}

} // namespace trunkline::store
