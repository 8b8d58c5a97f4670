#pragma once

#include "url.hpp"

#include <trunkline/core/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace trunkline::store {

enum class access_mode {
    read_write, ///< Creates the file if there is none.
    read_only,  ///< Works on read-only media too.
    immutable   ///< A file that nobody writes: no locks, no side files.
};

class database_options {
public:
    database_options() {}
    access_mode mode = access_mode::read_write;
    std::chrono::milliseconds busy_timeout{5'000};
    std::int64_t max_bytes = 0;
    bool wal = true; ///< Switch a writable file to write-ahead logging.
};

/**
 * One SQLite connection, spoken to through SOCI.
 *
 * SOCI's connect string can neither name every path nor say "immutable", so the handle is opened
 * here and lent to the session, which closes it. What SOCI has no word for (backup, error codes,
 * counting) uses handle() directly. Thread safety: one thread at a time.
 */
class database {
public:
    database(location where, database_options const& options);
    database(database const&) = delete;
    database& operator=(database const&) = delete;

    soci::session& sql() noexcept { return session_; }
    sqlite_api::sqlite3* handle() const noexcept;
    location const& where() const noexcept { return where_; }
    std::string const& path() const noexcept { return where_.path; }
    /// For messages.
    std::string shown_path() const { return where_.memory ? "in memory" : where_.path; }
    bool in_memory() const noexcept { return where_.memory; }
    bool read_only() const noexcept { return options_.mode != access_mode::read_write; }
    std::uint64_t statements() const noexcept { return statements_; }

    /// Calls `body`, turning SOCI's exceptions into trunkline::error without the bound values that
    /// SOCI puts into its texts.
    template <class Body>
    auto guarded(Body&& body) -> std::invoke_result_t<Body>
    {
        try {
            return std::forward<Body>(body)();
        } catch (soci::soci_error const& e) {
            fail_with(e);
        }
    }

    /// Calls `body` as one change: alone in a transaction, or in a savepoint of the caller's.
    template <class Body>
    auto write(Body&& body) -> std::invoke_result_t<Body>
    {
        return guarded([&] {
            write_scope scope(*this);
            if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
                body();
                scope.commit();
            } else {
                auto result = body();
                scope.commit();
                return result;
            }
        });
    }

    /// Calls `body` on one snapshot, for reads of several statements.
    template <class Body>
    auto read(Body&& body) -> std::invoke_result_t<Body>
    {
        return guarded([&] {
            snapshot_scope const scope(*this);
            return body();
        });
    }

    /// The caller's transaction.
    void begin();
    void commit();
    void rollback() noexcept;
    bool in_transaction() const noexcept { return in_transaction_; }

    /// Several statements, without parameters. Throws trunkline::error.
    void run_script(std::string_view script);
    /// A PRAGMA's or query's single text; empty if there is no row.
    std::string query_text(std::string const& sql);
    std::int64_t query_number(std::string const& sql);

    [[noreturn]] void fail_with(int result) const;

private:
    class write_scope {
    public:
        explicit write_scope(database& db);
        write_scope(write_scope const&) = delete;
        write_scope& operator=(write_scope const&) = delete;
        ~write_scope();
        void commit();

    private:
        database& db_;
        bool nested_;
        bool open_ = false;
    };

    class snapshot_scope {
    public:
        explicit snapshot_scope(database& db);
        snapshot_scope(snapshot_scope const&) = delete;
        snapshot_scope& operator=(snapshot_scope const&) = delete;
        ~snapshot_scope();

    private:
        database& db_;
        bool open_;
    };

    [[noreturn]] void fail_with(soci::soci_error const& e) const;
    void open();
    void open_handle(bool immutable);
    void open_for_reading();
    void configure();
    void use_write_ahead_log();
    void require_writable() const;
    void require_unbroken() const;
    bool autocommit() const noexcept;
    void run_quietly(char const* sql) noexcept;

    location where_;
    database_options options_;
    std::uint64_t statements_ = 0;
    bool in_transaction_ = false;
    soci::session session_;
};

} // namespace trunkline::store
