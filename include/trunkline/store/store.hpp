#pragma once

#include <trunkline/core/error.hpp>
#include <trunkline/core/ids.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/core/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/**
 * What Trunkline remembers: agreed base content, every version seen, releases, the write-ahead
 * journal, verified backups, the audit trail, and the vault of sealed secrets.
 *
 * Documents in the store are *redacted*: a secret stands in them as a reference ("@secret:<keyed
 * digest>") that the vault resolves, so no table but the vault holds a secret, and the vault holds
 * it sealed. Equal secrets have equal references, so documents compare without opening anything.
 */
namespace trunkline::store {

class store_options {
public:
    store_options() {}
    /// The environment the process believes to work for ("production", "staging", "test"); empty: unsaid.
    /// The first writing opener that says one tags the store. Letters, digits, ".", "_" and "-".
    std::string environment;
    /// File of the sealing key (64 hex digits), created with mode 0600 on first use. Empty: beside
    /// the database, "<path>.key". TRUNKLINE_STORE_KEY (64 hex digits) goes before both.
    std::string key_file;
    bool read_only = false;                        ///< Refuse to write, migrate or create.
    time_source* time = nullptr;                   ///< Null: the system's. Must outlive the store.
    std::chrono::milliseconds busy_timeout{5'000}; ///< How long a writer waits for another one.
    /// Size the database file may grow to (store_full beyond it); 0: what the disk allows.
    std::int64_t max_bytes = 0;
    /// Name of a registered SQLite VFS that keeps the database (an encrypting one, say); empty: the
    /// operating system's files. Modes and existence of the file are that VFS's affair then; the
    /// key file and every copy (backup_to_file(), before a migration) stay ordinary files.
    std::string vfs;
};

/// A version of a resource as it was seen at the service. Published versions never change.
class version_row {
public:
    version_row() {}
    std::string kind; ///< "agent", "retell-llm", "conversation-flow", "phone-number"
    std::string id;
    std::int64_t version = 0; ///< 0 for unversioned kinds.
    bool published = false;
    std::string digest;            ///< Content hash of the redacted document; key into documents.
    std::int64_t remote_stamp = 0; ///< last_modification_timestamp of the document.
    std::int64_t seen_at = 0;      ///< Our clock, unix ms.
    json::value document;          ///< Redacted.
};

/// The agreed state of one resource in one workspace (one bundle folder): the base of three-way merges.
class base_row {
public:
    base_row() {}
    std::string kind;
    std::string id;
    std::string name;         ///< Logical name: the file's name in the bundle.
    std::int64_t version = 0; ///< The version the base content was read from.
    bool published = false;
    std::int64_t list_stamp = 0; ///< user_modified_timestamp of the list row it was read for.
    std::string engine_kind;     ///< Agents: their engine.
    std::string engine_id;
    std::int64_t engine_version = -1;
    std::string digest;
    json::value document; ///< Redacted; loaded by bases().
};

enum class release_state : std::uint8_t { running, done, partial, failed, rolled_back };
std::string_view name(release_state s) noexcept;

class release_row {
public:
    release_row() {}
    std::int64_t number = 0; ///< Shown as "r7".
    std::string workspace;
    release_state state = release_state::running;
    std::string actor;
    std::string title;
    std::int64_t started_at = 0;
    std::int64_t ended_at = 0; ///< 0 while running.
    std::string plan_digest;
    json::value plan;   ///< Redacted.
    json::value result; ///< Per unit: versions before and after, pins before and after, state.
    std::int64_t reverts = 0; ///< The release this one takes back, or 0.
    std::string backup_digest;
};

/// One journal record. Records of a release form a hash chain: hash = SHA-256(previous hash |
/// record), and the release holds the chain's length and head, so that a cut tail shows too.
class journal_row {
public:
    journal_row() {}
    std::int64_t sequence = 0; ///< From 1 within the release.
    std::int64_t release = 0;
    std::string unit; ///< Which agent or number the step belongs to.
    std::string type; ///< plan, intent, outcome, verified, adopted, compensated, skipped, orphan, done
    json::value data; ///< Redacted.
    std::int64_t at = 0;
    std::string hash;
};

/// What was cut off a journal whose chain did not hold.
class journal_cut {
public:
    journal_cut() {}
    std::int64_t first_bad = 0; ///< Sequence of the first record that was altered or is missing.
    std::int64_t records = 0;   ///< How many that were there went with it.
};

class backup_row {
public:
    backup_row() {}
    std::string digest; ///< SHA-256 of the content's bytes.
    std::int64_t taken_at = 0;
    std::string reason;
    std::int64_t documents = 0;
    std::int64_t bytes = 0;
    bool verified = false;
};

class audit_row {
public:
    audit_row() {}
    std::int64_t sequence = 0;
    std::int64_t at = 0;
    std::string actor;
    std::string action;
    std::string subject;
    json::value data;
    std::string hash;
};

/// A last-known-good answer of a service.
class cached_row {
public:
    cached_row() {}
    std::string bytes;
    std::int64_t loaded_at = 0; ///< When its load began, unix ms.
};

/// Right of one engine to write for a tenant until `expires_at`.
class lease_row {
public:
    lease_row() {}
    std::string owner;
    std::int64_t token = 0; ///< Fencing token: grows with every new holder.
    std::int64_t taken_at = 0;
    std::int64_t expires_at = 0;
};

/**
 * One open store. All functions throw trunkline::error with a store code (store_unavailable,
 * store_read_only, store_full, store_corrupt, store_locked ...) and a one-line message that says
 * what to do; a failed call changes nothing. A tenant must be made known by ensure_tenant() before
 * anything is stored for it (invalid_argument otherwise). What a function writes is on disk when it
 * returns; within a transaction, when commit() returns.
 *
 * Thread safety: one thread at a time. Several processes may open the same store: one writes at a
 * time, readers never wait for it. An open store must not be used across fork(). Every function
 * that looks state up takes the tenant.
 */
class store {
    class impl;

public:
    /// `url`: "sqlite:///ABSOLUTE/PATH", "sqlite://RELATIVE/PATH" or "sqlite::memory:" (the path is
    /// taken literally). Creates and migrates as needed; a verified backup file
    /// "<path>.before-v<N>" precedes the first pending migration of an existing store. A read-only
    /// open works on read-only media. Errors: invalid_argument (URL, environment), store_newer,
    /// store_locked, key_unavailable (the key is missing, readable by others, malformed or not the
    /// one of this store), store_corrupt (also: no store of ours), backup_failed. Never
    /// wrong_environment: reading must stay possible.
    static store open(std::string_view url, store_options options = {});
    store(store&&) noexcept;
    store& operator=(store&&) noexcept;
    ~store();

    int schema_version() const;
    std::string environment() const; ///< The tag; empty if untagged.
    /// Throws wrong_environment unless the store is untagged or its tag is what the process says;
    /// saying nothing is no match. To be called before every destructive command.
    void require_environment() const;

    /**
     * Makes every call until commit() one change; rolled back if destroyed before. Does not nest
     * (invalid_argument). A call that fails inside undoes only itself, unless the database had to undo
     * everything (disk full, I/O error): then every further write and commit() throw.
     * The store must outlive it; moving the store is fine.
     */
    class transaction {
    public:
        explicit transaction(store& s);
        ~transaction();
        transaction(transaction const&) = delete;
        transaction& operator=(transaction const&) = delete;
        void commit();

    private:
        impl* impl_;
    };

    /**
     * While one exists, documents that are read from or put into this store are kept in memory,
     * each once: what is read again is not parsed again, and is a copy that shares its content. For
     * an operation that needs most of an account several times over. The store must outlive it.
     */
    class sharing {
    public:
        explicit sharing(store const& s);
        ~sharing();
        sharing(sharing const&) = delete;
        sharing& operator=(sharing const&) = delete;

    private:
        impl* impl_;
    };

    void ensure_tenant(tenant_id const& t);
    std::vector<std::string> tenants() const;

    // The vault.
    /// Seals a secret and returns its reference "@secret:<32 hex>"; the same secret, the same reference.
    std::string seal_secret(tenant_id const& t, std::string_view secret);
    /// The reference a secret would have, without storing it: keyed digest.
    std::string secret_reference(tenant_id const& t, std::string_view secret) const;
    /// Throws unseal_failed if the reference is unknown or does not open under this key.
    std::string open_secret(tenant_id const& t, std::string_view reference) const;
    bool knows_secret(tenant_id const& t, std::string_view reference) const;

    // Documents and versions.
    /// Stores a redacted document once and returns its content hash. Of documents that are equal in
    /// meaning the first one's spelling is kept.
    std::string put_document(tenant_id const& t, json::value const& document);
    std::optional<json::value> document(tenant_id const& t, std::string_view digest) const;
    /// Stores the document too; row.digest is computed, row.seen_at defaults to now. Seen again, a
    /// version gets what was seen last.
    void put_version(tenant_id const& t, version_row const& row);
    /// Many at once. A document that is in memory already (see sharing) becomes a copy of that one.
    void put_versions(tenant_id const& t, std::vector<version_row>& rows);
    /// A document that is in memory already, to the letter, as a copy of that one; any other as it is.
    json::value shared(json::value document) const;
    std::optional<version_row> version(
        tenant_id const& t, std::string_view kind, std::string_view id, std::int64_t version) const;
    /// All versions ever seen of a resource, newest first, without documents.
    std::vector<version_row> versions(
        tenant_id const& t, std::string_view kind, std::string_view id) const;
    /// Of many resources, one after the other in the order of `ids` (one statement).
    std::vector<version_row> versions_of(
        tenant_id const& t, std::string_view kind, std::vector<std::string> const& ids) const;
    /// Every stored version row of the tenant (one statement), without documents.
    std::vector<version_row> all_versions(tenant_id const& t) const;

    // Base content.
    /// Replaces the rows given (key: workspace, kind, id); stores documents too.
    void put_bases(
        tenant_id const& t, std::string_view workspace, std::vector<base_row> const& rows);
    void erase_base(
        tenant_id const& t, std::string_view workspace, std::string_view kind, std::string_view id);
    /// Everything of a workspace with documents, in a number of statements that does not depend on
    /// how many resources there are.
    std::vector<base_row> bases(tenant_id const& t, std::string_view workspace) const;
    /// One row by its key, however many there are.
    std::optional<base_row> base(tenant_id const& t, std::string_view workspace,
        std::string_view kind, std::string_view id) const;
    /// The first row (by id) of that logical name: looks through the rows of its kind.
    std::optional<base_row> base_named(tenant_id const& t, std::string_view workspace,
        std::string_view kind, std::string_view name) const;

    // Releases.
    /// Creates a release in state running and returns its number, the next of the tenant. Of the
    /// row count workspace, actor, title, started_at (0: now), plan, plan_digest, reverts,
    /// backup_digest. Errors: invalid_argument if `reverts` or `backup_digest` names nothing the
    /// store holds.
    std::int64_t begin_release(tenant_id const& t, release_row const& row);
    /// Sets state and result; ended_at becomes now (0 for running: a resumed release). Errors: unknown_release.
    void end_release(
        tenant_id const& t, std::int64_t number, release_state state, json::value const& result);
    std::optional<release_row> release(tenant_id const& t, std::int64_t number) const;
    /// Newest first; without plans unless asked.
    std::vector<release_row> releases(tenant_id const& t, bool with_plans = false) const;
    /// The newest that was begun and has not ended: interrupted, or an engine is at it right now.
    /// Without its plan.
    std::optional<release_row> unfinished_release(tenant_id const& t) const;

    // Journal: appended and on disk before the function returns. Errors: unknown_release.
    void append_journal(tenant_id const& t, std::int64_t release, std::string_view unit,
        std::string_view type, json::value const& data);
    /// In order. Throws store_corrupt, naming the first bad record, if the chain does not hold.
    std::vector<journal_row> journal(tenant_id const& t, std::int64_t release) const;

    /**
     * Cuts a journal off before the first record that does not hold, so that what is proved can be
     * resumed; nothing if all of it holds. In the same transaction a record "cut" takes the place of
     * what went, and the audit trail gets "journal-cut" with the hash of it. What the lost records
     * said is not guessed: whoever resumes must look at the service. Errors: unknown_release.
     */
    std::optional<journal_cut> cut_journal(tenant_id const& t, std::int64_t release);

    // Backups.
    /// Writes, reads back through a connection of its own, compares hash and document count
    /// (`documents`, and the size of the content's array "documents" if it has one). Throws
    /// backup_failed, and keeps no row, if anything differs. Not within a transaction
    /// (invalid_argument): a backup that may be rolled back is none.
    backup_row put_backup(tenant_id const& t, std::string_view reason, json::value const& content,
        std::int64_t documents);
    /// Newest first. One that is not `verified` was cut short by a crash.
    std::vector<backup_row> backups(tenant_id const& t) const;
    /// The content; throws store_corrupt if it does not hash to its digest.
    json::value backup(tenant_id const& t, std::string_view digest) const;

    // Audit: hash-chained per tenant.
    void append_audit(tenant_id const& t, std::string_view actor, std::string_view action,
        std::string_view subject, json::value const& data);
    /// Newest first. Throws store_corrupt, naming the record, if the chain does not hold.
    std::vector<audit_row> audit(tenant_id const& t, std::size_t newest = 100) const;
    /// The sequence of the first record whose hash does not fit (or that is missing), or nothing.
    std::optional<std::int64_t> verify_audit(tenant_id const& t) const;

    // The engine's lease.
    /// The lease in force, or nothing.
    std::optional<lease_row> lease(tenant_id const& t) const;
    /// Takes it with a new token, or renews it (same token) for the owner who holds it. Throws
    /// store_locked naming owner and age while another owner's lease lasts.
    lease_row take_lease(tenant_id const& t, std::string_view owner, std::int64_t ttl_ms);
    /// True while the token is the newest one and not expired; then lasts `ttl_ms` from now (0: unchanged).
    bool hold_lease(tenant_id const& t, std::int64_t token, std::int64_t ttl_ms);
    /// Gives it back; does nothing if the token is not the newest one.
    void release_lease(tenant_id const& t, std::int64_t token);

    // Last-known-good answers, see cached_values. The bytes are sealed, so they may hold secrets;
    // names are stored in the clear and must not.
    /// Replaces what is there unless that was loaded later. Errors: invalid_argument for an empty name.
    void put_cached(
        tenant_id const& t, std::string_view name, std::string_view bytes, std::int64_t loaded_at);
    /// Throws unseal_failed if the row was altered or belongs elsewhere.
    std::optional<cached_row> cached(tenant_id const& t, std::string_view name) const;
    void erase_cached(tenant_id const& t, std::string_view name);
    /// All names that begin so; with an empty prefix, all of the tenant.
    void erase_cached_prefix(tenant_id const& t, std::string_view prefix);
    /// Deletes what was loaded before `oldest` (unix ms), and all but the newest `most`.
    void prune_cached(tenant_id const& t, std::int64_t oldest, std::int64_t most);

    /// A consistent, verified copy of the whole database in one file of mode 0600 (secrets stay
    /// sealed; the key is not in it). Replaces an earlier copy, or an empty file, only once the
    /// copy is proved. Errors: invalid_argument (the file is there and is anything else, or it is a
    /// store that is worked with), backup_failed.
    void backup_to_file(std::string_view path) const;
    /// Throws what backup_to_file() would, as far as it can be told without writing anything.
    void check_backup_to_file(std::string_view path) const;

    /**
     * Puts a file made by backup_to_file() (or a "<path>.before-v<N>") in place of the database of
     * `url`.
     *
     * The backup is proved first: integrity, schema, and that the key of `url` is the key it was
     * sealed under. What it replaces is kept as "<path>.replaced-<UTC time>". The change is one
     * transaction of the database, so open stores see all of it or nothing; a database that is
     * damaged is moved aside instead. Fencing tokens keep growing: no lease taken before counts
     * afterwards. Returns the path of the replaced database; empty if there was none. Errors:
     * wrong_environment (tag of the backup or of the store), store_locked (an engine holds a lease,
     * or the database is in use), store_corrupt, store_newer, key_unavailable, backup_failed. All
     * but a failure of the final step leave the store as it was.
     */
    static std::string restore_from_file(
        std::string_view backup, std::string_view url, store_options options = {});

    /// SQL statements executed since opening, for tests that bound them.
    std::uint64_t statements() const noexcept;

private:
    explicit store(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

/// A new random secret-free identifier of a workspace: "w" and 16 hex digits.
std::string new_workspace_id();

/// Makes what SOCI keeps for the whole process. It does so at the first row it describes and takes
/// it apart in exit(), before every exit handler that was registered earlier: who ends threads that
/// use a store in such a handler calls this before registering it. Throws trunkline::error.
void prepare_process();

} // namespace trunkline::store
