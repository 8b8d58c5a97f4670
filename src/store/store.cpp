#include "impl.hpp"

#include "copy.hpp"
#include "errors.hpp"
#include "migrations.hpp"

#include <trunkline/core/crypto.hpp>

#include <algorithm>

namespace trunkline::store {
namespace {

database_options options_for(store_options const& options)
{
    database_options o;
    o.mode = options.read_only ? access_mode::read_only : access_mode::read_write;
    o.busy_timeout = options.busy_timeout;
    o.max_bytes = options.max_bytes;
    return o;
}

time_source& clock_of(store_options const& options)
{
    return options.time ? *options.time : system_time::instance();
}

std::string read_meta(database& db, std::string const& name)
{
    return db.guarded([&] {
        std::string value;
        db.sql() << "SELECT value FROM meta WHERE name = :name", soci::use(name), soci::into(value);
        return value;
    });
}

void write_meta(database& db, std::string const& name, std::string const& value)
{
    db.sql() << "INSERT INTO meta (name, value) VALUES (:name, :value)", soci::use(name),
        soci::use(value);
}

[[noreturn]] void fail_missing_key(database& db, key_source const& source)
{
    fail(errc::key_unavailable,
        "the key of the store " + db.shown_path() + " is missing (" + source.description() +
            "); put the key file back, or set TRUNKLINE_STORE_KEY: without it the sealed secrets "
            "cannot be read");
}

/// Makes the key of a store that has none yet and notes which one it is. Under the write lock, so
/// that of several processes one decides.
key_ring adopt_key(database& db, key_source const& source)
{
    return db.write([&] {
        auto key = source.find();
        auto const noted = read_meta(db, "key_check");
        if (!key && !noted.empty()) fail_missing_key(db, source);
        key_ring ring(key ? *std::move(key) : source.create());
        if (noted.empty()) write_meta(db, "key_check", ring.check_value());
        return ring;
    });
}

key_ring find_key(database& db, key_source const& source)
{
    auto key = source.find();
    if (!key) fail_missing_key(db, source);
    return key_ring(*std::move(key));
}

key_ring open_keys(database& db, key_source const& source)
{
    auto const bare = read_meta(db, "key_check").empty() && !db.read_only();
    auto ring = bare ? adopt_key(db, source) : find_key(db, source);
    if (ring.check_value() != read_meta(db, "key_check"))
        fail(errc::key_unavailable,
            "the key in " + source.description() + " is not the key of the store " +
                db.shown_path() + "; put the right one there");
    return ring;
}

database& migrated(database& db, std::int64_t now)
{
    migrate(db, built_in_migrations(), now);
    return db;
}

} // namespace

std::string environment_tag(database& db)
{
    return read_meta(db, "environment");
}

void require_same_environment(std::string_view what, std::string_view tag, std::string_view said)
{
    if (tag.empty() || tag == said) return;
    auto const holds =
        std::string(what) + " belongs to the environment \"" + std::string(tag) + "\"";
    auto const remedy = "say --environment " + std::string(tag) + " if that is what you mean";
    if (said.empty()) fail(errc::wrong_environment, holds + " and none was said; " + remedy);
    fail(errc::wrong_environment,
        holds + ", not to \"" + std::string(said) + "\"; nothing was changed: " + remedy);
}

void require_valid_environment(std::string_view name)
{
    auto const plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '.' || c == '_' || c == '-';
    };
    if (name.size() > 64 || !std::ranges::all_of(name, plain))
        fail(errc::invalid_argument,
            "the name of an environment is up to 64 letters, digits, \".\", \"_\" and \"-\"");
}

key_source key_source_of(location const& where, store_options const& options)
{
    if (!options.key_file.empty()) return key_source(options.key_file);
    return key_source(where.memory ? std::string() : where.path + ".key");
}

json::value parse_stored(std::string_view text, std::string const& what)
{
    json::parse_error reason;
    auto parsed = json::parse(text, reason);
    if (!parsed)
        fail(errc::store_corrupt, what + " in the store is no JSON any more; restore a backup");
    return *std::move(parsed);
}

store::impl::impl(location where, store_options const& options)
    : db(where, options_for(options)),
      keys(open_keys(migrated(db, clock_of(options).unix_ms()), key_source_of(where, options))),
      environment(options.environment),
      time(&clock_of(options))
{
    if (environment.empty() || db.read_only() || !environment_tag(db).empty()) return;
    db.write([&] {
        if (environment_tag(db).empty()) write_meta(db, "environment", environment);
    });
}

store store::open(std::string_view url, store_options options)
{
    require_valid_environment(options.environment);
    auto where = parse_url(url);
    where.vfs = options.vfs;
    if (where.memory && options.read_only)
        fail(errc::invalid_argument, "a store in memory is new and cannot be read-only");
    return store(std::make_unique<impl>(std::move(where), options));
}

store::store(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
store::store(store&&) noexcept = default;
store& store::operator=(store&&) noexcept = default;
store::~store() = default;

int store::schema_version() const
{
    return trunkline::store::schema_version(impl_->db, built_in_migrations());
}

std::string store::environment() const
{
    return environment_tag(impl_->db);
}

void store::require_environment() const
{
    require_same_environment(
        "the store " + impl_->db.shown_path(), environment(), impl_->environment);
}

store::transaction::transaction(store& s) : impl_(s.impl_.get())
{
    impl_->db.begin();
}

store::transaction::~transaction()
{
    if (impl_) impl_->db.rollback();
}

void store::transaction::commit()
{
    if (!impl_) fail(errc::invalid_argument, "the transaction is committed already");
    impl_->db.commit();
    impl_ = nullptr;
}

void store::ensure_tenant(tenant_id const& t)
{
    if (t.empty()) fail(errc::invalid_argument, "the tenant is empty; name one");
    auto& db = impl_->db;
    auto const known = db.guarded([&] {
        int count = 0;
        db.sql() << "SELECT count(*) FROM tenants WHERE id = :t", soci::use(t.str()),
            soci::into(count);
        return count != 0;
    });
    if (known) return; // so that read-only stores can be asked too
    auto const now = impl_->now();
    db.write([&] {
        db.sql() << "INSERT INTO tenants (id, created_at) VALUES (:t, :now) ON CONFLICT DO NOTHING",
            soci::use(t.str()), soci::use(now);
    });
}

std::vector<std::string> store::tenants() const
{
    auto& db = impl_->db;
    return db.guarded([&] {
        std::vector<std::string> found;
        std::string id;
        soci::statement rows =
            (db.sql().prepare << "SELECT id FROM tenants ORDER BY id", soci::into(id));
        for (rows.execute(); rows.fetch();) found.push_back(id);
        return found;
    });
}

void store::backup_to_file(std::string_view path) const
{
    copy_database(impl_->db, std::string(path));
}

void store::check_backup_to_file(std::string_view path) const
{
    require_copy_possible(impl_->db, std::string(path));
}

std::uint64_t store::statements() const noexcept
{
    return impl_->db.statements();
}

std::string new_workspace_id()
{
    return "w" + crypto::to_hex(crypto::random_bytes(8));
}

void prepare_process()
{
    location nowhere;
    nowhere.memory = true;
    database db(std::move(nowhere), database_options());
    db.guarded([&] {
        soci::row described;
        db.sql() << "select 1", soci::into(described);
    });
}

} // namespace trunkline::store
