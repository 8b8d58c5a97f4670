#pragma once

#include "support/crash_disk.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

/// The parts of a crash_disk that SQLite talks to.
namespace trunkline::test {
namespace disk {

/// One change of a file that is not synced yet.
class change {
public:
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false; ///< To `offset`.
    bool torn = false;      ///< The machine stopped within it.
};

/// The index of a write-ahead log, shared by the connections to one file.
class shared_index {
public:
    std::vector<std::unique_ptr<char[]>> regions;
    std::array<int, SQLITE_SHM_NLOCK> readers{};
    std::array<bool, SQLITE_SHM_NLOCK> writer{};
    int users = 0;
};

class stored_file {
public:
    stored_file() = default;
    explicit stored_file(std::string bytes) : content(bytes), synced(std::move(bytes)) {}

    std::string content; ///< What processes read.
    std::string synced;  ///< What is on the platter for certain.
    std::vector<change> unsynced;

    shared_index index;
    int readers = 0; ///< Locks: SHARED holders, and who has more.
    void const* reserved = nullptr;
    void const* exclusive = nullptr;

    void apply(change c);
    void sync();
    void crash(crash_kind kind, random_source& random);
};

/// What all files of a disk share.
class disk_state {
public:
    std::map<std::string, std::shared_ptr<stored_file>> files;
    std::uint64_t operations = 0;
    std::uint64_t last_operation = 0;
    bool dead = false;
    bool full = false;
    int open_files = 0;

    /// Counts an operation. False: the disk is dead. The last one is still begun.
    bool begin_operation();
    bool is_last() const noexcept { return operations == last_operation; }
};

/// A connection's handle; SQLite owns the memory.
class open_file : public sqlite3_file {
public:
    open_file(disk_state& d, std::shared_ptr<stored_file> f);

    disk_state& disk;
    std::shared_ptr<stored_file> file;
    int lock = SQLITE_LOCK_NONE;
    bool uses_index = false;
    std::uint32_t index_shared = 0; ///< Bit i: holds lock i of the index.
    std::uint32_t index_exclusive = 0;
};

} // namespace disk

class crash_disk::impl {
public:
    impl();
    ~impl();
    impl(impl const&) = delete;
    impl& operator=(impl const&) = delete;

    std::string name;
    disk::disk_state state;
    random_source random{1};
    int temporary_files = 0;
    sqlite3_vfs vfs{};
};

} // namespace trunkline::test
