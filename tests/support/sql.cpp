#include "support/sql.hpp"

#include <stdexcept>

#include <sqlite3.h>

namespace trunkline::test {

int run_sql(std::string const& path, std::string const& sql, std::string const& vfs)
{
    sqlite3* db = nullptr;
    auto result = sqlite3_open_v2(
        path.c_str(), &db, SQLITE_OPEN_READWRITE, vfs.empty() ? nullptr : vfs.c_str());
    if (result == SQLITE_OK) result = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
    auto const rows = sqlite3_changes(db);
    std::string const text = sqlite3_errmsg(db);
    sqlite3_close(db);
    if (result != SQLITE_OK) throw std::runtime_error(sql + ": " + text);
    return rows;
}

} // namespace trunkline::test
