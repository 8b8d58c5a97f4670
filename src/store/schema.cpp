#include "schema.hpp"

#include "migrations.hpp"

#include <array>

namespace trunkline::store {

std::string_view const bookkeeping_schema = R"sql(
PRAGMA application_id = 0x54524b4c;
CREATE TABLE migrations (
    number     INTEGER PRIMARY KEY,
    title      TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;
)sql";

namespace {

// The tenant leads every key: state of another tenant is not even near. Times are unix milliseconds.
constexpr std::string_view first_schema = R"sql(
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    id         TEXT    PRIMARY KEY CHECK (id <> ''),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    tenant    TEXT    NOT NULL REFERENCES tenants (id),
    reference TEXT    NOT NULL,
    sealed    TEXT    NOT NULL,
    sealed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    tenant    TEXT    NOT NULL REFERENCES tenants (id),
    digest    TEXT    NOT NULL,
    content   TEXT    NOT NULL,
    checksum  TEXT    NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT;

CREATE TABLE versions (
    tenant       TEXT    NOT NULL REFERENCES tenants (id),
    kind         TEXT    NOT NULL CHECK (kind <> ''),
    id           TEXT    NOT NULL CHECK (id <> ''),
    version      INTEGER NOT NULL,
    published    INTEGER NOT NULL CHECK (published IN (0, 1)),
    digest       TEXT    NOT NULL,
    remote_stamp INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id, version),
    FOREIGN KEY (tenant, digest) REFERENCES documents (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE bases (
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    workspace      TEXT    NOT NULL CHECK (workspace <> ''),
    kind           TEXT    NOT NULL CHECK (kind <> ''),
    id             TEXT    NOT NULL CHECK (id <> ''),
    name           TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    published      INTEGER NOT NULL CHECK (published IN (0, 1)),
    list_stamp     INTEGER NOT NULL,
    engine_kind    TEXT    NOT NULL,
    engine_id      TEXT    NOT NULL,
    engine_version INTEGER NOT NULL,
    digest         TEXT    NOT NULL,
    PRIMARY KEY (tenant, workspace, kind, id),
    FOREIGN KEY (tenant, digest) REFERENCES documents (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE backup_contents (
    tenant  TEXT NOT NULL REFERENCES tenants (id),
    digest  TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT;

CREATE TABLE backups (
    tenant    TEXT    NOT NULL REFERENCES tenants (id),
    number    INTEGER NOT NULL,
    digest    TEXT    NOT NULL,
    taken_at  INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    documents INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    verified  INTEGER NOT NULL CHECK (verified IN (0, 1)),
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, digest) REFERENCES backup_contents (tenant, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    number         INTEGER NOT NULL CHECK (number > 0),
    workspace      TEXT    NOT NULL,
    state          TEXT    NOT NULL
        CHECK (state IN ('running', 'done', 'partial', 'failed', 'rolled_back')),
    actor          TEXT    NOT NULL,
    title          TEXT    NOT NULL,
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER NOT NULL,
    plan_digest    TEXT    NOT NULL,
    plan           TEXT    NOT NULL,
    result         TEXT    NOT NULL,
    reverts        INTEGER CHECK (reverts < number),
    backup_digest  TEXT,
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, reverts) REFERENCES releases (tenant, number),
    FOREIGN KEY (tenant, backup_digest) REFERENCES backup_contents (tenant, digest)
) STRICT;

-- Where each chain of records ends: a chain alone does not show that its tail was cut off. Apart from
-- releases, whose rows are large and would be rewritten with every record. Release 0: the audit trail.
CREATE TABLE chains (
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    release_number INTEGER NOT NULL,
    length         INTEGER NOT NULL,
    head           TEXT    NOT NULL,
    PRIMARY KEY (tenant, release_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    tenant         TEXT    NOT NULL REFERENCES tenants (id),
    release_number INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,
    unit           TEXT    NOT NULL,
    type           TEXT    NOT NULL,
    data           TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    hash           TEXT    NOT NULL,
    PRIMARY KEY (tenant, release_number, sequence),
    FOREIGN KEY (tenant, release_number) REFERENCES releases (tenant, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    tenant   TEXT    NOT NULL REFERENCES tenants (id),
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    data     TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    PRIMARY KEY (tenant, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    tenant     TEXT    PRIMARY KEY REFERENCES tenants (id),
    owner      TEXT    NOT NULL,
    token      INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Last-known-good answers of services. A row is replaced as a whole and found by name only.
constexpr std::string_view cached_schema = R"sql(
CREATE TABLE cached (
    tenant    TEXT    NOT NULL REFERENCES tenants (id),
    name      TEXT    NOT NULL CHECK (name <> ''),
    sealed    TEXT    NOT NULL,
    loaded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;
CREATE INDEX cached_by_age ON cached (tenant, loaded_at);
)sql";

constexpr std::array all{
    migration(1, "tenants, documents, releases, vault", first_schema),
    migration(2, "last-known-good answers", cached_schema),
};

} // namespace

std::span<migration const> built_in_migrations()
{
    return all;
}

} // namespace trunkline::store
