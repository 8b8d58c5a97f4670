#include "impl.hpp"

#include "errors.hpp"

namespace trunkline::store {
namespace {

std::optional<std::string> find_sealed(
    database& db, tenant_id const& t, std::string const& reference)
{
    return db.guarded([&]() -> std::optional<std::string> {
        std::string sealed;
        db.sql() << "SELECT sealed FROM secrets WHERE tenant = :t AND reference = :reference",
            soci::use(t.str()), soci::use(reference), soci::into(sealed);
        if (!db.sql().got_data()) return std::nullopt;
        return sealed;
    });
}

} // namespace

std::string store::seal_secret(tenant_id const& t, std::string_view secret)
{
    auto reference = secret_reference(t, secret);
    auto& db = impl_->db;
    if (!db.read_only() && find_sealed(db, t, reference)) return reference;
    auto const sealed = impl_->keys.seal(t.str(), reference, secret);
    auto const now = impl_->now();
    db.write([&] {
        db.sql() << "INSERT INTO secrets (tenant, reference, sealed, sealed_at)"
                    " VALUES (:t, :reference, :sealed, :now) ON CONFLICT DO NOTHING",
            soci::use(t.str()), soci::use(reference), soci::use(sealed), soci::use(now);
    });
    return reference;
}

std::string store::secret_reference(tenant_id const& t, std::string_view secret) const
{
    return impl_->keys.reference(t.str(), secret);
}

std::string store::open_secret(tenant_id const& t, std::string_view reference) const
{
    auto const name = std::string(reference);
    auto const sealed = find_sealed(impl_->db, t, name);
    if (!sealed)
        fail(errc::unseal_failed,
            "the store holds no secret " + name + " of tenant \"" + t.str() +
                "\"; pull the resource again, or enter the secret anew");
    auto secret = impl_->keys.open(t.str(), name, *sealed);
    if (!secret)
        fail(errc::unseal_failed,
            "the secret " + name + " of tenant \"" +
                t.str() + "\" does not open: its sealed form was altered; restore a backup, or enter it anew");
    return *std::move(secret);
}

bool store::knows_secret(tenant_id const& t, std::string_view reference) const
{
    // None is ever deleted, so what was found once need not be looked for again; but what a
    // transaction found may go with it.
    auto const key = t.str() + '\n' + std::string(reference);
    if (impl_->known_secrets.contains(key)) return true;
    if (!find_sealed(impl_->db, t, std::string(reference))) return false;
    if (impl_->sharers > 0 && !impl_->db.in_transaction()) impl_->known_secrets.insert(key);
    return true;
}

} // namespace trunkline::store
