#include "migrations.hpp"

#include "copy.hpp"
#include "errors.hpp"
#include "schema.hpp"

#include <trunkline/core/crypto.hpp>

namespace trunkline::store {
namespace {

std::string checksum_of(migration const& m)
{
    return crypto::to_hex(crypto::sha256(m.sql));
}

[[noreturn]] void fail_not_ours(database& db)
{
    fail(errc::store_corrupt,
        db.shown_path() + " is a database, but no Trunkline store; name another path");
}

[[noreturn]] void fail_newer(database& db, int found, int newest)
{
    fail(errc::store_newer,
        "the store " + db.shown_path() + " has schema " + std::to_string(found) +
            ", this program knows " + std::to_string(newest) +
            "; use the newer program, or restore the backup file made before the migration");
}

[[noreturn]] void fail_changed(database& db, int number)
{
    fail(errc::store_corrupt,
        "the store " + db.shown_path() + ": migration " + std::to_string(number) +
            " was applied in another form than this program knows (checksums differ); use the "
            "program "
            "that wrote it, or restore a backup");
}

bool has_bookkeeping(database& db)
{
    return db.query_number("SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'") != 0;
}

void require_known(
    database& db, int number, std::string const& checksum, std::span<migration const> known)
{
    if (number < 1 || checksum != checksum_of(known[static_cast<std::size_t>(number - 1)]))
        fail_changed(db, number);
}

/// The state a process believes in must be the one the lock protects, so this runs again under it.
int checked_version(database& db, std::span<migration const> known)
{
    if (!has_bookkeeping(db)) {
        if (db.query_number("SELECT count(*) FROM sqlite_schema") != 0) fail_not_ours(db);
        return 0;
    }
    if (db.query_number("PRAGMA application_id") != application_id) fail_not_ours(db);
    auto const newest = static_cast<int>(known.size());
    auto const found =
        static_cast<int>(db.query_number("SELECT coalesce(max(number), 0) FROM migrations"));
    if (found > newest) fail_newer(db, found, newest);
    int number = 0, count = 0;
    std::string checksum;
    soci::statement rows =
        (db.sql().prepare << "SELECT number, checksum FROM migrations ORDER BY number",
            soci::into(number), soci::into(checksum));
    for (rows.execute(); rows.fetch(); ++count) require_known(db, number, checksum, known);
    if (count != number) fail_changed(db, count + 1); // a gap
    return number;
}

void require_sound_references(database& db)
{
    auto const broken = db.query_text("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1");
    if (!broken.empty())
        fail(errc::store_corrupt,
            "the store " + db.shown_path() + ": a migration would leave rows of \"" + broken +
                "\" without what they refer to; nothing was changed: restore a backup");
}

void apply(database& db, migration const& m, std::int64_t now)
{
    if (m.number == 1) db.run_script(bookkeeping_schema);
    db.run_script(m.sql);
    require_sound_references(db);
    auto const title = std::string(m.title);
    auto const checksum = checksum_of(m);
    db.sql() << "INSERT INTO migrations (number, title, checksum, applied_at)"
                " VALUES (:number, :title, :checksum, :now)",
        soci::use(m.number), soci::use(title), soci::use(checksum), soci::use(now);
}

/// Applies the first pending migration, if any; to a new store all of them, so that there is the
/// whole schema or none. Returns whether there was one.
bool apply_next(database& db, std::span<migration const> known, std::int64_t now, bool& backed_up)
{
    return db.write([&] {
        auto const have = checked_version(db, known);
        if (have == static_cast<int>(known.size())) return false;
        if (have == 0) {
            for (auto const& m : known) apply(db, m, now);
            return true;
        }
        auto const& next = known[static_cast<std::size_t>(have)];
        if (!backed_up && !db.in_memory())
            copy_committed(db.where(), db.path() + ".before-v" + std::to_string(next.number));
        backed_up = true;
        apply(db, next, now);
        return true;
    });
}

} // namespace

int schema_version(database& db, std::span<migration const> known)
{
    return db.read([&] { return checked_version(db, known); });
}

void migrate(database& db, std::span<migration const> known, std::int64_t now)
{
    auto const have = schema_version(db, known);
    if (have == static_cast<int>(known.size())) return;
    if (db.read_only())
        fail(errc::store_read_only,
            "the store " + db.shown_path() + " has schema " + std::to_string(have) + " and needs " +
                std::to_string(known.size()) + "; open it once for writing to migrate it");
    auto backed_up = false;
    while (apply_next(db, known, now, backed_up)) {
    }
}

} // namespace trunkline::store
