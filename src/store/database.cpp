#include "database.hpp"

#include "errors.hpp"
#include "files.hpp"

namespace trunkline::store {
namespace {

using namespace sqlite_api;

/// "file:" URI of a path, the only way to pass "immutable".
std::string uri_of(std::string const& path, bool immutable)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (auto const c : path) {
        auto const byte = static_cast<unsigned char>(c);
        auto const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' || c == '-';
        if (plain) uri += c;
        else uri.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return immutable ? uri + "?immutable=1" : uri;
}

int count_statement(unsigned, void* counter, void*, void*)
{
    ++*static_cast<std::uint64_t*>(counter);
    return 0;
}

/// Failures to *read* a write-ahead log that come from media where its side files cannot be made.
bool lacks_side_files(int result)
{
    auto const primary = result & 0xff;
    return primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY;
}

} // namespace

database::database(location where, database_options const& options)
    : where_(std::move(where)), options_(options), session_(soci::sqlite3, ":memory:")
{
    guarded([this] { open(); });
}

sqlite3* database::handle() const noexcept
{
    auto& session = const_cast<soci::session&>(session_); // get_backend() is not const
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

void database::open()
{
    if (where_.memory) {
        configure();
        return;
    }
    if (where_.vfs.empty()) require_regular(where_.path);
    if (!read_only()) {
        // Before SQLite, which would create it (and the side files, which take its mode) for all to read.
        if (where_.vfs.empty()) create_private_file(where_.path);
        open_handle(false);
        require_writable();
        configure();
        if (options_.wal) use_write_ahead_log();
        return;
    }
    if (where_.vfs.empty() && !exists(where_.path))
        fail(errc::store_unavailable,
            "the store " + where_.path +
                " does not exist; check the path, or open it for writing to create it");
    open_for_reading();
    configure();
}

void database::open_handle(bool immutable)
{
    auto const creating = where_.vfs.empty() ? 0 : SQLITE_OPEN_CREATE;
    auto const flags =
        SQLITE_OPEN_URI | (read_only() ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | creating);
    sqlite3* fresh = nullptr;
    auto const uri = uri_of(where_.path, immutable);
    auto const* const vfs = where_.vfs.empty() ? nullptr : where_.vfs.c_str();
    auto const result = sqlite3_open_v2(uri.c_str(), &fresh, flags, vfs);
    auto& backend = static_cast<soci::sqlite3_session_backend&>(*session_.get_backend());
    sqlite3_close(std::exchange(backend.conn_, fresh)); // from here on the session closes it
    if (result != SQLITE_OK) fail_with(sqlite3_extended_errcode(fresh));
    sqlite3_extended_result_codes(fresh, 1);
    sqlite3_busy_timeout(fresh, static_cast<int>(options_.busy_timeout.count()));
}

void database::open_for_reading()
{
    open_handle(options_.mode == access_mode::immutable);
    if (options_.mode == access_mode::immutable) return;
    auto const probe =
        sqlite3_exec(handle(), "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
    if (probe == SQLITE_OK) return;
    if (!lacks_side_files(probe) || !where_.vfs.empty()) fail_with(probe);
    if (!is_empty_or_absent(where_.path + "-wal"))
        fail(errc::store_unavailable,
            "the store " + where_.path +
                " has changes in its -wal file that cannot be read from a read-only folder; copy "
                "it "
                "together with its -wal file to a writable folder");
    open_handle(true);
}

void database::configure()
{
    sqlite3_extended_result_codes(handle(), 1);
    sqlite3_trace_v2(handle(), SQLITE_TRACE_STMT, count_statement, &statements_);
    run_script("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
    // Room for a whole account: with the usual 2 MB, a pull writes most pages twice before its commit.
    run_script("PRAGMA cache_size = -16384");
    if (read_only()) run_script("PRAGMA query_only = ON");
    if (options_.max_bytes > 0) {
        auto const pages = options_.max_bytes / query_number("PRAGMA page_size");
        query_number("PRAGMA max_page_count = " + std::to_string(pages > 0 ? pages : 1));
    }
}

void database::use_write_ahead_log()
{
    // Changing the mode does not wait for others by itself, as every other statement does.
    constexpr int step_ms = 5;
    auto remaining = options_.busy_timeout.count();
    for (;;) {
        if (query_text("PRAGMA journal_mode") == "wal") return;
        auto const result =
            sqlite3_exec(handle(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
        if (result == SQLITE_OK) break;
        if ((result & 0xff) != SQLITE_BUSY || remaining <= 0) fail_with(result);
        remaining -= sqlite3_sleep(step_ms);
    }
    if (query_text("PRAGMA journal_mode") != "wal")
        fail(errc::store_unavailable,
            "the file system of " + where_.path +
                " cannot share memory, which the store needs; put it on a local disk");
}

void database::require_writable() const
{
    // SQLite opens a file it may not write for reading without a word.
    if (sqlite3_db_readonly(handle(), "main") == 1) fail_with(SQLITE_READONLY);
}

void database::fail_with(int result) const
{
    fail_sqlite(result, sqlite3_system_errno(handle()), shown_path(), sqlite3_errmsg(handle()));
}

void database::fail_with(soci::soci_error const& e) const
{
    // what() names the bound values; get_error_message() does not.
    if (auto const* known = dynamic_cast<soci::sqlite3_soci_error const*>(&e))
        fail_sqlite(
            known->result(), sqlite3_system_errno(handle()), shown_path(), e.get_error_message());
    fail(errc::internal, "the store " + shown_path() + " failed: " + e.get_error_message());
}

bool database::autocommit() const noexcept
{
    return sqlite3_get_autocommit(handle()) != 0;
}

void database::run_quietly(char const* sql) noexcept
{
    sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
}

void database::run_script(std::string_view script)
{
    auto const text = std::string(script);
    auto const result = sqlite3_exec(handle(), text.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail_with(result);
}

std::string database::query_text(std::string const& query)
{
    return guarded([&] {
        std::string text;
        session_ << query, soci::into(text);
        return text;
    });
}

std::int64_t database::query_number(std::string const& query)
{
    return guarded([&] {
        std::int64_t number = 0;
        session_ << query, soci::into(number);
        return number;
    });
}

void database::require_unbroken() const
{
    if (in_transaction_ && autocommit())
        fail(errc::store_unavailable,
            "the transaction was undone by an earlier failure; nothing of it was written: repeat "
            "it "
            "from its beginning");
}

void database::begin()
{
    if (in_transaction_)
        fail(errc::invalid_argument,
            "transactions of a store do not nest; commit the open one first");
    if (read_only()) fail_with(SQLITE_READONLY);
    guarded([this] { session_ << "BEGIN IMMEDIATE"; });
    in_transaction_ = true;
}

void database::commit()
{
    if (!in_transaction_) fail(errc::invalid_argument, "the transaction is committed already");
    require_unbroken();
    guarded([this] { session_ << "COMMIT"; });
    in_transaction_ = false;
}

void database::rollback() noexcept
{
    if (!in_transaction_) return;
    in_transaction_ = false;
    if (!autocommit()) run_quietly("ROLLBACK");
}

database::write_scope::write_scope(database& db) : db_(db), nested_(db.in_transaction_)
{
    if (db_.read_only())
        fail(errc::store_read_only,
            "the store " + db_.shown_path() + " is open read-only; open it for writing");
    db_.require_unbroken();
    db_.session_ << (nested_ ? "SAVEPOINT call" : "BEGIN IMMEDIATE");
    open_ = true;
}

void database::write_scope::commit()
{
    db_.session_ << (nested_ ? "RELEASE call" : "COMMIT");
    open_ = false;
}

database::write_scope::~write_scope()
{
    // A full disk may have undone everything already.
    if (!open_ || db_.autocommit()) return;
    db_.run_quietly(nested_ ? "ROLLBACK TO call; RELEASE call" : "ROLLBACK");
}

database::snapshot_scope::snapshot_scope(database& db) : db_(db), open_(db.autocommit())
{
    if (open_) db_.session_ << "BEGIN";
}

database::snapshot_scope::~snapshot_scope()
{
    if (open_) db_.run_quietly("COMMIT");
}

} // namespace trunkline::store
