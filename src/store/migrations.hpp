#pragma once

#include "database.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trunkline::store {

/// One step of the schema. Released steps never change: their checksums are in every store.
class migration {
public:
    constexpr migration(int n, std::string_view what, std::string_view script)
        : number(n), title(what), sql(script)
    {}
    int number; ///< From 1, without gaps.
    std::string_view title;
    std::string_view sql; ///< No BEGIN or COMMIT.
};

std::span<migration const> built_in_migrations();

/// The number of the newest migration applied; 0 for an empty database. Throws store_newer, or
/// store_corrupt if this is not our database or an applied migration is not the one we know.
int schema_version(database& db, std::span<migration const> known);

/**
 * Brings the schema up to date, each migration in one transaction with its bookkeeping row. Of
 * several processes one does it and the others wait. A verified copy "<path>.before-v<N>" precedes
 * the first migration of a database that has a schema already (backup_failed, and no change,
 * without it). On a read-only database: store_read_only if anything is pending.
 */
void migrate(database& db, std::span<migration const> known, std::int64_t now);

} // namespace trunkline::store
