#include "impl.hpp"

#include "errors.hpp"

#include <algorithm>

namespace trunkline::store {
namespace {

lease_row read_lease(database& db, tenant_id const& t)
{
    lease_row lease;
    db.sql() << "SELECT owner, token, taken_at, expires_at FROM leases WHERE tenant = :t",
        soci::use(t.str()), soci::into(lease.owner), soci::into(lease.token),
        soci::into(lease.taken_at), soci::into(lease.expires_at);
    return lease;
}

void write_lease(database& db, tenant_id const& t, lease_row const& lease)
{
    db.sql()
        << "INSERT INTO leases (tenant, owner, token, taken_at, expires_at)"
           " VALUES (:t, :owner, :token, :taken, :expires)"
           " ON CONFLICT (tenant) DO UPDATE SET owner = excluded.owner, token = excluded.token,"
           " taken_at = excluded.taken_at, expires_at = excluded.expires_at",
        soci::use(t.str()), soci::use(lease.owner), soci::use(lease.token),
        soci::use(lease.taken_at), soci::use(lease.expires_at);
}

[[noreturn]] void fail_held(lease_row const& lease, tenant_id const& t, std::int64_t now)
{
    auto const age = std::max<std::int64_t>(0, now - lease.taken_at) / 1000;
    auto const rest = (lease.expires_at - now + 999) / 1000;
    fail(errc::store_locked,
        "another engine works for tenant \"" + t.str() + "\": " + lease.owner + ", since " +
            std::to_string(age) + " s; wait for it to end, or " + std::to_string(rest) +
            " s for its lease to run out if it died");
}

void require_positive(std::int64_t ttl_ms)
{
    if (ttl_ms <= 0) fail(errc::invalid_argument, "a lease lasts a positive time");
}

} // namespace

std::optional<lease_row> store::lease(tenant_id const& t) const
{
    auto& db = impl_->db;
    auto lease = db.guarded([&] { return read_lease(db, t); });
    if (lease.expires_at <= impl_->now()) return std::nullopt;
    return lease;
}

lease_row store::take_lease(tenant_id const& t, std::string_view owner, std::int64_t ttl_ms)
{
    require_positive(ttl_ms);
    if (owner.empty()) fail(errc::invalid_argument, "the owner of a lease is empty; name one");
    auto& db = impl_->db;
    return db.write([&] {
        auto lease = read_lease(db, t);
        auto const now = impl_->now();
        auto const lasts = lease.expires_at > now;
        if (lasts && lease.owner != owner) fail_held(lease, t, now);
        if (!lasts) { // also for the same owner: what it did under the old token is over
            lease.owner = owner;
            lease.taken_at = now;
            ++lease.token;
        }
        lease.expires_at = now + ttl_ms;
        write_lease(db, t, lease);
        return lease;
    });
}

bool store::hold_lease(tenant_id const& t, std::int64_t token, std::int64_t ttl_ms)
{
    auto& db = impl_->db;
    auto const now = impl_->now();
    auto const holds = [&](lease_row const& lease) {
        return lease.token == token && lease.expires_at > now;
    };
    if (ttl_ms <= 0) return db.guarded([&] { return holds(read_lease(db, t)); });
    return db.write([&] {
        auto lease = read_lease(db, t);
        if (!holds(lease)) return false;
        lease.expires_at = now + ttl_ms;
        write_lease(db, t, lease);
        return true;
    });
}

void store::release_lease(tenant_id const& t, std::int64_t token)
{
    auto& db = impl_->db;
    db.write([&] {
        auto lease = read_lease(db, t);
        if (lease.token != token) return;
        lease.owner.clear();
        lease.expires_at = 0; // the row stays: tokens must never start again
        write_lease(db, t, lease);
    });
}

} // namespace trunkline::store
