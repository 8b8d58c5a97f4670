#include "errors.hpp"

#include <cerrno>
#include <system_error>

#include <sqlite3.h>

namespace trunkline::store {
namespace {

constexpr int primary(int result)
{
    return result & 0xff;
}

bool means_full(int system_errno)
{
    return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

std::string reason(int system_errno)
{
    return std::generic_category().message(system_errno);
}

std::string full_message(std::string_view path)
{
    return "no space left for the store " + std::string(path) +
        "; nothing was written: free space on its disk (or raise its limit), then repeat";
}

[[noreturn]] void fail_constraint(int result, std::string_view detail)
{
    if (result == SQLITE_CONSTRAINT_FOREIGNKEY)
        fail(errc::invalid_argument,
            "the store holds no such tenant, release or backup; nothing was written: call "
            "ensure_tenant() first, or check the identifiers");
    if (result == SQLITE_CONSTRAINT_CHECK)
        fail(errc::invalid_argument,
            "the store refuses a value; nothing was written: " + std::string(detail));
    fail(errc::internal, "the store refuses a row: " + std::string(detail));
}

} // namespace

void fail(errc code, std::string message)
{
    throw error(code, std::move(message));
}

void fail_sqlite(int result, int system_errno, std::string_view path, std::string_view detail)
{
    auto const where = std::string(path);
    switch (primary(result)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        fail(errc::store_locked,
            "the store " + where +
                " is in use by another writer; nothing was written: wait for it to finish, then "
                "repeat");
    case SQLITE_READONLY:
        fail(errc::store_read_only,
            "the store " + where +
                " cannot be written; make the file and its folder writable, or open it read-only");
    case SQLITE_FULL: fail(errc::store_full, full_message(path));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        fail(errc::store_corrupt,
            "the store " + where + " is damaged or no database (" + sqlite3_errstr(result) +
                "); stop using it and restore the newest backup");
    case SQLITE_CONSTRAINT: fail_constraint(result, detail);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_IOERR:
        if (means_full(system_errno)) fail(errc::store_full, full_message(path));
        fail(errc::store_unavailable,
            "the store " + where + " cannot be used: " + sqlite3_errstr(primary(result)) +
                (system_errno ? " (" + reason(system_errno) + ")" : std::string()) +
                "; check that the folder exists, is writable and its disk is healthy");
    default: fail(errc::internal, "the store " + where + " failed: " + std::string(detail));
    }
}

void fail_errno(int system_errno, std::string_view what, std::string_view path)
{
    if (means_full(system_errno)) fail(errc::store_full, full_message(path));
    auto const text = std::string(what) + " " + std::string(path) + ": " + reason(system_errno);
    if (system_errno == EACCES || system_errno == EROFS || system_errno == EPERM)
        fail(errc::store_read_only,
            text + "; make the folder writable for this user, or open the store read-only");
    fail(errc::store_unavailable, text + "; check the path and that its folder exists");
}

} // namespace trunkline::store
