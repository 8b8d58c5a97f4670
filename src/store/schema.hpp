#pragma once

#include <cstdint>
#include <string_view>

namespace trunkline::store {

/// "TRKL": tells our files from other SQLite databases.
inline constexpr std::int64_t application_id = 0x54524b4c;

/// The table that migrations are noted in; made together with migration 1.
extern std::string_view const bookkeeping_schema;

} // namespace trunkline::store
