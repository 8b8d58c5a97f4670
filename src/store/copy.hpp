#pragma once

#include "database.hpp"

#include <string>

namespace trunkline::store {

/**
 * Copies one snapshot of `source` to `target`, a single file of mode 0600, and proves the copy by
 * opening it: integrity, references, and as many rows in each table as the snapshot had. An
 * earlier copy, or an empty file, is replaced only then. Throws invalid_argument if `target` is
 * anything else, and backup_failed with the reason; `target` is as it was.
 */
void copy_database(database& source, std::string const& target);

/// Throws what copy_database() would, as far as it can be told without writing: the target is
/// taken, or its folder is not there or not writable.
void require_copy_possible(database& source, std::string const& target);

/// copy_database() of what is committed, through a connection of its own: callable with a transaction open.
void copy_committed(location const& where, std::string const& target);

/// Throws store_corrupt, with SQLite's finding, unless the database is sound.
void require_sound(database& db);

/// Overwrites everything in `target` with the content of `source`, in one transaction of `target`.
void overwrite_database(database& source, database& target);

} // namespace trunkline::store
