#include "impl.hpp"

#include "copy.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "migrations.hpp"
#include "schema.hpp"

#include <map>

#include <unistd.h>

namespace trunkline::store {
namespace {

using tokens = std::map<std::string, std::int64_t>;

location at(std::string const& path)
{
    location where;
    where.path = path;
    return where;
}

database_options options_for(access_mode mode, store_options const& options)
{
    database_options o;
    o.mode = mode;
    o.busy_timeout = options.busy_timeout;
    o.wal = false;
    return o;
}

/// Proves that a backup is a whole store that this program and this key can work with.
void require_usable(database& backup, location const& target, store_options const& options)
{
    if (schema_version(backup, built_in_migrations()) == 0)
        fail(errc::store_corrupt, backup.path() + " is empty; name another backup");
    require_sound(backup);
    require_same_environment(
        "the backup " + backup.path(), environment_tag(backup), options.environment);
    auto const source = key_source_of(target, options);
    auto key = source.find();
    if (!key)
        fail(errc::key_unavailable,
            "the key of the backup is missing (" + source.description() +
                "); put its key file there, or set TRUNKLINE_STORE_KEY");
    auto const noted =
        backup.query_text("SELECT coalesce(max(value), '') FROM meta WHERE name = 'key_check'");
    if (key_ring(*std::move(key)).check_value() != noted)
        fail(errc::key_unavailable,
            "the backup was sealed under another key than the one in " + source.description() +
                "; put the right one there");
}

/// A sound database of something else is no store to replace, but a mistyped path.
void require_ours(database& live)
{
    if (live.query_number("PRAGMA application_id") != application_id)
        fail(errc::invalid_argument,
            live.path() +
                " is a database, but no Trunkline store; nothing was restored: name another path");
}

/// The fencing tokens of a database. Nothing may be restored under an engine that is at work.
tokens tokens_without_holder(database& db, std::int64_t now)
{
    return db.guarded([&] {
        tokens found;
        std::string tenant, owner;
        std::int64_t token = 0, taken = 0, expires = 0;
        soci::statement rows =
            (db.sql().prepare << "SELECT tenant, owner, token, taken_at, expires_at FROM leases",
                soci::into(tenant), soci::into(owner), soci::into(token), soci::into(taken),
                soci::into(expires));
        for (rows.execute(); rows.fetch();) {
            if (expires > now)
                fail(errc::store_locked,
                    "an engine works for tenant \"" + tenant + "\": " + owner + ", since " +
                        std::to_string((now - taken) / 1000) +
                        " s; nothing was restored: stop it or wait for it to end");
            found[tenant] = token;
        }
        return found;
    });
}

/// Ends the leases of a restored database and lifts their tokens above those given out since the backup.
void fence(database& db, tokens const& newer)
{
    db.write([&] {
        db.sql() << "UPDATE leases SET owner = '', expires_at = 0";
        for (auto const& [tenant, token] : newer)
            db.sql() << "INSERT INTO leases (tenant, owner, token, taken_at, expires_at)"
                        " SELECT id, '', :token, 0, 0 FROM tenants WHERE id = :t"
                        " ON CONFLICT (tenant) DO UPDATE SET token = max(token, excluded.token)",
                soci::use(token), soci::use(tenant);
    });
}

std::string replaced_path(std::string const& path, std::int64_t now)
{
    std::string stamp;
    for (auto const c : to_iso8601(now).substr(0, 19))
        if (c != '-' && c != ':') stamp += c;
    auto const base = path + ".replaced-" + stamp + "Z";
    auto name = base;
    for (int n = 2; exists(name); ++n) name = base + "-" + std::to_string(n);
    return name;
}

/// Moves a database that cannot be read out of the way, with its side files.
void move_aside(std::string const& path, std::string const& aside)
{
    for (std::string const side : {"-wal", "-shm", ""})
        if (exists(path + side)) replace_file(path + side, aside + side);
}

/// One run of restore_from_file().
class restoration {
public:
    restoration(std::string backup, location target, store_options const& options)
        : backup_(std::move(backup)),
          target_(std::move(target)),
          options_(options),
          now_((options.time ? *options.time : system_time::instance()).unix_ms()),
          staging_(target_.path + ".restoring-" + std::to_string(::getpid()))
    {}

    std::string run()
    {
        {
            database backup(at(backup_), options_for(access_mode::read_only, options_));
            require_usable(backup, target_, options_);
            copy_database(backup, staging_.path());
        }
        if (is_empty_or_absent(target_.path)) {
            install();
            return {};
        }
        return replace();
    }

private:
    std::string replace()
    {
        auto aside = replaced_path(target_.path, now_);
        try {
            database live(at(target_.path), options_for(access_mode::read_write, options_));
            require_sound(live);
            require_ours(live);
            swap(live, aside);
        } catch (error const& e) {
            if (e.code() != errc::store_corrupt || swapped_) throw;
            // The very reason to restore: what is there cannot be read, so nobody works with it.
            move_aside(target_.path, aside);
            install();
        }
        return aside;
    }

    void swap(database& live, std::string const& aside)
    {
        auto const tag =
            live.query_text("SELECT coalesce(max(value), '') FROM meta WHERE name = 'environment'");
        require_same_environment("the store " + live.path(), tag, options_.environment);
        auto const newer = tokens_without_holder(live, now_);
        copy_database(live, aside);
        database staged(at(staging_.path()), options_for(access_mode::read_write, options_));
        fence(staged, newer);
        swapped_ = true;
        overwrite_database(staged, live);
        require_sound(live);
    }

    /// Nothing is in the way: the proved copy becomes the database.
    void install()
    {
        replace_file(staging_.path(), target_.path);
        staging_.release();
    }

    std::string backup_;
    location target_;
    store_options const& options_;
    std::int64_t now_;
    temporary_file staging_;
    bool swapped_ = false;
};

} // namespace

std::string store::restore_from_file(
    std::string_view backup, std::string_view url, store_options options)
{
    require_valid_environment(options.environment);
    auto where = parse_url(url);
    if (where.memory)
        fail(errc::invalid_argument, "a store in memory cannot be restored; name a file");
    if (options.read_only) fail(errc::store_read_only, "a store open read-only cannot be restored");
    if (same_file(std::string(backup), where.path))
        fail(errc::invalid_argument, "the backup is the store itself; name another file");
    return restoration(std::string(backup), std::move(where), options).run();
}

} // namespace trunkline::store
