#include "impl.hpp"

#include "errors.hpp"

#include <trunkline/core/crypto.hpp>

namespace trunkline::store {
namespace {

std::optional<std::string> read_content(database& db, tenant_id const& t, std::string const& digest)
{
    return db.guarded([&]() -> std::optional<std::string> {
        std::string content;
        db.sql() << "SELECT content FROM backup_contents WHERE tenant = :t AND digest = :digest",
            soci::use(t.str()), soci::use(digest), soci::into(content);
        if (!db.sql().got_data()) return std::nullopt;
        return content;
    });
}

/// Reads through a connection of its own: what this one has in its cache proves nothing about the file.
std::optional<std::string> reread_content(
    database& db, tenant_id const& t, std::string const& digest)
{
    if (db.in_memory()) return read_content(db, t, digest);
    database_options options;
    options.mode = access_mode::read_only;
    database fresh(db.where(), options);
    return read_content(fresh, t, digest);
}

/// Empty if the content is what was to be written, else what is wrong.
std::string find_fault(
    std::optional<std::string> const& content, std::string const& digest, std::int64_t documents)
{
    if (!content) return "it is not there when read back";
    if (crypto::to_hex(crypto::sha256(*content)) != digest) return "it reads back differently";
    json::parse_error reason;
    auto const parsed = json::parse(*content, reason);
    if (!parsed) return "it is no JSON when read back";
    auto const* const list = parsed->find("documents");
    if (!list || !list->is_array()) return {};
    auto const found = static_cast<std::int64_t>(list->as_array().size());
    if (found == documents) return {};
    return "it holds " + std::to_string(found) + " documents instead of " +
        std::to_string(documents);
}

/// Adds the row, unverified; returns its number.
std::int64_t add_backup(
    database& db, tenant_id const& t, backup_row const& row, std::string const& content)
{
    return db.write([&] {
        std::int64_t number = 0;
        db.sql() << "SELECT coalesce(max(number), 0) + 1 FROM backups WHERE tenant = :t",
            soci::use(t.str()), soci::into(number);
        db.sql() << "INSERT INTO backup_contents (tenant, digest, content)"
                    " VALUES (:t, :digest, :content) ON CONFLICT DO NOTHING",
            soci::use(t.str()), soci::use(row.digest), soci::use(content);
        db.sql() << "INSERT INTO backups"
                    " (tenant, number, digest, taken_at, reason, documents, bytes, verified)"
                    " VALUES (:t, :number, :digest, :taken, :reason, :documents, :bytes, 0)",
            soci::use(t.str()), soci::use(number), soci::use(row.digest), soci::use(row.taken_at),
            soci::use(row.reason), soci::use(row.documents), soci::use(row.bytes);
        return number;
    });
}

void drop_backup(database& db, tenant_id const& t, std::int64_t number, std::string const& digest)
{
    db.write([&] {
        db.sql() << "DELETE FROM backups WHERE tenant = :t AND number = :number",
            soci::use(t.str()), soci::use(number);
        // The content stays if an earlier backup or a release refers to it.
        db.sql() << "DELETE FROM backup_contents WHERE tenant = :t AND digest = :digest"
                    " AND NOT EXISTS (SELECT 1 FROM backups b WHERE b.tenant = :t AND b.digest = "
                    ":digest)"
                    " AND NOT EXISTS"
                    " (SELECT 1 FROM releases r WHERE r.tenant = :t AND r.backup_digest = :digest)",
            soci::use(t.str(), "t"), soci::use(digest, "digest");
    });
}

void mark_verified(database& db, tenant_id const& t, std::int64_t number)
{
    db.write([&] {
        db.sql() << "UPDATE backups SET verified = 1 WHERE tenant = :t AND number = :number",
            soci::use(t.str()), soci::use(number);
    });
}

} // namespace

backup_row store::put_backup(
    tenant_id const& t, std::string_view reason, json::value const& content, std::int64_t documents)
{
    auto& db = impl_->db;
    if (db.in_transaction())
        fail(errc::invalid_argument,
            "a backup within a transaction may be undone with it; commit the transaction first");
    auto const text = json::to_text(content);
    backup_row row;
    row.digest = crypto::to_hex(crypto::sha256(text));
    row.taken_at = impl_->now();
    row.reason = reason;
    row.documents = documents;
    row.bytes = static_cast<std::int64_t>(text.size());
    auto const number = add_backup(db, t, row, text);
    auto const fault = find_fault(reread_content(db, t, row.digest), row.digest, documents);
    if (!fault.empty()) {
        drop_backup(db, t, number, row.digest);
        fail(errc::backup_failed,
            "the backup in " + db.shown_path() + " was not kept: " + fault +
                "; check the disk, then repeat");
    }
    mark_verified(db, t, number);
    row.verified = true;
    return row;
}

std::vector<backup_row> store::backups(tenant_id const& t) const
{
    auto& db = impl_->db;
    return db.guarded([&] {
        std::vector<backup_row> found;
        backup_row row;
        int verified = 0;
        soci::statement rows = (db.sql().prepare
                << "SELECT digest, taken_at, reason, documents, bytes, verified FROM backups"
                   " WHERE tenant = :t ORDER BY number DESC",
            soci::into(row.digest), soci::into(row.taken_at), soci::into(row.reason),
            soci::into(row.documents), soci::into(row.bytes), soci::into(verified),
            soci::use(t.str()));
        for (rows.execute(); rows.fetch();) found.emplace_back(row).verified = verified != 0;
        return found;
    });
}

json::value store::backup(tenant_id const& t, std::string_view digest) const
{
    auto const key = std::string(digest);
    auto const content = read_content(impl_->db, t, key);
    if (!content)
        fail(errc::not_found,
            "tenant \"" + t.str() + "\" has no backup " + key + "; list the backups");
    if (crypto::to_hex(crypto::sha256(*content)) != key)
        fail(errc::store_corrupt, "backup " + key + " in the store was altered; use another one");
    return parse_stored(*content, "backup " + key);
}

} // namespace trunkline::store
