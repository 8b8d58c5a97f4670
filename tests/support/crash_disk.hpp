#pragma once

#include <trunkline/core/random.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::test {

/// What is left when everything stops at once.
enum class crash_kind : std::uint8_t {
    process_killed, ///< All that was written survives; the write under way may be torn.
    power_cut,      ///< Of what was not synced, any subset of sectors survives.
};

/**
 * A disk in memory as an SQLite VFS, which can die in the middle of a write, lose what was not
 * synced, tear writes at sectors of 512 bytes, run full and flip a bit. Deterministic: a crash
 * takes its choices from the random source given. Locks and shared memory work between connections
 * of one process, so that several stores may be open on it.
 *
 * Thread safety: none. It must outlive every connection to it.
 */
class crash_disk {
public:
    /// Files by name, all of it on the platter.
    using image = std::map<std::string, std::string>;

    crash_disk();
    ~crash_disk();
    crash_disk(crash_disk const&) = delete;
    crash_disk& operator=(crash_disk const&) = delete;

    /// The name to open databases by.
    std::string const& vfs() const noexcept;

    image files() const;
    /// Replaces everything. No connection may be open.
    void load(image const& files);

    /// Writes, truncations, syncs and deletions so far: the boundaries at which it can die.
    std::uint64_t operations() const noexcept;
    /// The operation of this number is the last, and cut short; everything after it fails. 0: never.
    void die_at(std::uint64_t operation) noexcept;
    /// From here on nothing works.
    void die() noexcept;
    bool dead() const noexcept;
    /// No file can grow while this is true (SQLITE_FULL).
    void set_full(bool full) noexcept;

    /// The machine comes up again. No connection may be open: those of the dead are closed first.
    void restart(crash_kind kind, random_source& random);

    void flip_bit(std::string const& file, std::size_t byte);
    bool contains(std::string_view text) const;
    int open_files() const noexcept;

    class impl; ///< Opaque.

private:
    std::unique_ptr<impl> impl_;
};

} // namespace trunkline::test
