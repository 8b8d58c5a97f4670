#include "copy.hpp"

#include "errors.hpp"
#include "files.hpp"
#include "schema.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

using namespace sqlite_api;

using row_counts = std::map<std::string, std::int64_t>;

database_options options_for(access_mode mode)
{
    database_options options;
    options.mode = mode;
    options.wal = false; // a backup is one file, readable from read-only media
    return options;
}

location at(std::string const& path)
{
    location where;
    where.path = path;
    return where;
}

std::vector<std::string> table_names(database& db)
{
    return db.guarded([&] {
        std::vector<std::string> names;
        std::string name;
        soci::statement rows =
            (db.sql().prepare << "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                 " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                soci::into(name));
        for (rows.execute(); rows.fetch();) names.push_back(name);
        return names;
    });
}

row_counts count_rows(database& db)
{
    row_counts counts;
    for (auto const& table : table_names(db))
        counts[table] = db.query_number("SELECT count(*) FROM \"" + table + "\"");
    return counts;
}

void copy_pages(database& source, database& target)
{
    auto* const job = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (!job) target.fail_with(sqlite3_extended_errcode(target.handle()));
    sqlite3_backup_step(job, -1);
    auto const result = sqlite3_backup_finish(job);
    if (result != SQLITE_OK) target.fail_with(result);
}

/// Copies and counts within one snapshot, so that a concurrent writer cannot make the counts differ.
row_counts copy_snapshot(database& source, std::string const& target)
{
    return source.read([&] {
        auto counts = count_rows(source);
        database copy(at(target), options_for(access_mode::read_write));
        copy_pages(source, copy);
        copy.query_text("PRAGMA journal_mode = DELETE");
        return counts;
    });
}

void require_equal(row_counts const& expected, row_counts const& found)
{
    for (auto const& [table, rows] : expected) {
        auto const it = found.find(table);
        auto const copied = it == found.end() ? 0 : it->second;
        if (it == found.end() || copied != rows)
            fail(errc::backup_failed,
                "the copy has " + std::to_string(copied) + " rows in \"" + table +
                    "\" instead of " + std::to_string(rows));
    }
}

/// The start of a database file, as https://sqlite.org/fileformat.html has it.
class file_header {
public:
    explicit file_header(std::string const& path)
    {
        descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        whole_ = file && ::pread(file.get(), bytes_.data(), bytes_.size(), 0) == length;
    }
    bool is_ours() const
    {
        std::int64_t id = 0;
        for (std::size_t i = 68; i < 72; ++i) id = id << 8 | bytes_[i];
        return whole_ && std::equal(magic.begin(), magic.end(), bytes_.begin()) &&
            id == application_id;
    }
    bool has_journal_beside_it() const { return bytes_[18] == 2; } // WAL

private:
    static constexpr std::string_view magic{"SQLite format 3\0", 16};
    static constexpr ::ssize_t length = 100;
    std::array<unsigned char, length> bytes_{};
    bool whole_ = false;
};

/// Only an earlier copy gives way to a new one: a path that was mistyped must not cost a file, and
/// a store that is worked with would be left with the journal of another.
void require_replaceable(std::string const& target)
{
    if (is_empty_or_absent(target)) return;
    require_regular(target);
    file_header const header(target);
    if (!header.is_ours())
        fail(errc::invalid_argument,
            target +
                " is there and is no backup of a Trunkline store; nothing was written: "
                "name another file");
    if (header.has_journal_beside_it())
        fail(errc::invalid_argument,
            target +
                " is a store that is worked with, no backup; nothing was written: "
                "name another file");
}

void copy_and_prove(database& source, std::string const& target)
{
    temporary_file partial(target + ".partial-" + std::to_string(::getpid()));
    ::unlink(partial.path().c_str()); // of a process that died here and had our number
    auto const expected = copy_snapshot(source, partial.path());
    {
        database copy(at(partial.path()), options_for(access_mode::immutable));
        require_sound(copy);
        require_equal(expected, count_rows(copy));
    }
    sync_file(partial.path());
    replace_file(partial.path(), target);
    partial.release();
}

} // namespace

void require_sound(database& db)
{
    auto const verdict = db.query_text("PRAGMA integrity_check(1)");
    if (verdict != "ok")
        fail(errc::store_corrupt,
            db.shown_path() + " is damaged (" + verdict.substr(0, verdict.find('\n')) +
                "); restore a backup");
    auto const broken = db.query_text("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1");
    if (!broken.empty())
        fail(errc::store_corrupt,
            db.shown_path() + " is damaged (rows of \"" + broken +
                "\" refer to nothing); restore a backup");
}

namespace {

/// Calls a step of a backup; what it throws says which backup there is none of.
template <class Step>
void for_backup(std::string const& target, Step step)
{
    try {
        step();
    } catch (error const& e) {
        if (e.code() == errc::invalid_argument) throw;
        fail(errc::backup_failed, "no backup " + target + ": " + e.what());
    }
}

void require_target(std::string const& target)
{
    require_replaceable(target);
    auto const slash = target.rfind('/');
    auto const folder = slash == target.npos ? std::string(".") : target.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        fail(errc::store_unavailable, folder + ": " + std::strerror(errno));
}

void require_other_file(database& source, std::string const& target)
{
    if (source.in_transaction())
        fail(errc::invalid_argument,
            "a backup within a transaction would hold what may be undone; commit it first");
    if (!source.in_memory() && same_file(source.path(), target))
        fail(errc::invalid_argument, target + " is the store itself; name another file");
}

} // namespace

void copy_database(database& source, std::string const& target)
{
    require_other_file(source, target);
    for_backup(target, [&] {
        require_target(target);
        copy_and_prove(source, target);
    });
}

void require_copy_possible(database& source, std::string const& target)
{
    require_other_file(source, target);
    for_backup(target, [&] {
        require_target(target);
        require_sound(source);
    });
}

void copy_committed(location const& where, std::string const& target)
{
    database source(where, options_for(access_mode::read_only));
    copy_database(source, target);
}

void overwrite_database(database& source, database& target)
{
    copy_pages(source, target);
}

} // namespace trunkline::store
