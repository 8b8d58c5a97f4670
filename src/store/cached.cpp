#include "impl.hpp"

#include "errors.hpp"

namespace trunkline::store {
namespace {

/// What the sealed bytes are bound to, so that no row opens in the place of another.
std::string seal_name(std::string_view name)
{
    return "cached:" + std::string(name);
}

} // namespace

void store::put_cached(
    tenant_id const& t, std::string_view name, std::string_view bytes, std::int64_t loaded_at)
{
    if (name.empty()) fail(errc::invalid_argument, "the name of a cached answer is empty; name it");
    std::string const key(name);
    auto const sealed = impl_->keys.seal(t.str(), seal_name(name), bytes);
    auto& db = impl_->db;
    db.write([&] {
        db.sql() << "INSERT INTO cached (tenant, name, sealed, loaded_at)"
                    " VALUES (:t, :name, :sealed, :at)"
                    " ON CONFLICT (tenant, name) DO UPDATE SET sealed = excluded.sealed,"
                    " loaded_at = excluded.loaded_at WHERE excluded.loaded_at >= cached.loaded_at",
            soci::use(t.str()), soci::use(key), soci::use(sealed), soci::use(loaded_at);
    });
}

std::optional<cached_row> store::cached(tenant_id const& t, std::string_view name) const
{
    std::string const key(name);
    auto& db = impl_->db;
    std::string sealed;
    cached_row row;
    bool const found = db.guarded([&] {
        db.sql() << "SELECT sealed, loaded_at FROM cached WHERE tenant = :t AND name = :name",
            soci::use(t.str()), soci::use(key), soci::into(sealed), soci::into(row.loaded_at);
        return db.sql().got_data();
    });
    if (!found) return std::nullopt;
    auto bytes = impl_->keys.open(t.str(), seal_name(name), sealed);
    if (!bytes)
        fail(errc::unseal_failed,
            "a cached answer of tenant \"" + t.str() +
                "\" does not open: its sealed form was altered; it is replaced when the service "
                "answers again");
    row.bytes = *std::move(bytes);
    return row;
}

void store::erase_cached(tenant_id const& t, std::string_view name)
{
    std::string const key(name);
    auto& db = impl_->db;
    db.write([&] {
        db.sql() << "DELETE FROM cached WHERE tenant = :t AND name = :name", soci::use(t.str()),
            soci::use(key);
    });
}

void store::erase_cached_prefix(tenant_id const& t, std::string_view prefix)
{
    std::string const start(prefix);
    auto& db = impl_->db;
    db.write([&] {
        db.sql() << "DELETE FROM cached WHERE tenant = :t"
                    " AND substr(name, 1, length(:prefix)) = :prefix",
            soci::use(t.str(), "t"), soci::use(start, "prefix");
    });
}

void store::prune_cached(tenant_id const& t, std::int64_t oldest, std::int64_t most)
{
    auto& db = impl_->db;
    db.write([&] {
        db.sql() << "DELETE FROM cached WHERE tenant = :t AND loaded_at < :oldest",
            soci::use(t.str()), soci::use(oldest);
        db.sql() << "DELETE FROM cached WHERE rowid IN (SELECT rowid FROM cached"
                    " WHERE tenant = :t ORDER BY loaded_at DESC, rowid LIMIT -1 OFFSET :most)",
            soci::use(t.str()), soci::use(most);
    });
}

} // namespace trunkline::store
