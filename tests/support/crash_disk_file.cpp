#include "support/crash_disk_file.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::test::disk {
namespace {

constexpr std::size_t sector = 512;

void put(std::string& content, std::size_t offset, std::string_view bytes)
{
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
}

void perform(std::string& content, change const& c)
{
    if (!c.truncates) put(content, c.offset, c.bytes);
    else if (content.size() > c.offset) content.resize(c.offset);
}

/// Performs a write sector by sector, as far as each of them is kept.
template <class Keeps>
void perform_partly(std::string& content, change const& c, Keeps keeps)
{
    if (c.truncates) {
        if (keeps()) perform(content, c);
        return;
    }
    for (std::size_t at = 0; at < c.bytes.size();) {
        auto const room = sector - (c.offset + at) % sector;
        auto const part = std::string_view(c.bytes).substr(at, room);
        if (keeps()) put(content, c.offset + at, part);
        at += part.size();
    }
}

open_file& self(sqlite3_file* raw)
{
    return *static_cast<open_file*>(raw);
}

// Content.

int read(sqlite3_file* raw, void* out, int size, sqlite3_int64 offset)
{
    auto& f = self(raw);
    if (f.disk.dead) return SQLITE_IOERR_READ;
    auto const& content = f.file->content;
    auto const at = std::min(static_cast<std::size_t>(offset), content.size());
    auto const n = std::min(static_cast<std::size_t>(size), content.size() - at);
    std::memcpy(out, content.data() + at, n);
    if (n == static_cast<std::size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + n, 0, static_cast<std::size_t>(size) - n);
    return SQLITE_IOERR_SHORT_READ;
}

int change_file(open_file& f, change c, int error)
{
    if (!f.disk.begin_operation()) return error;
    c.torn = f.disk.is_last();
    f.file->apply(std::move(c));
    return f.disk.dead ? error : SQLITE_OK;
}

int write(sqlite3_file* raw, void const* bytes, int size, sqlite3_int64 offset)
{
    auto& f = self(raw);
    change c;
    c.offset = static_cast<std::size_t>(offset);
    c.bytes.assign(static_cast<char const*>(bytes), static_cast<std::size_t>(size));
    if (f.disk.full && c.offset + c.bytes.size() > f.file->content.size()) return SQLITE_FULL;
    return change_file(f, std::move(c), SQLITE_IOERR_WRITE);
}

int truncate(sqlite3_file* raw, sqlite3_int64 size)
{
    change c;
    c.offset = static_cast<std::size_t>(size);
    c.truncates = true;
    return change_file(self(raw), std::move(c), SQLITE_IOERR_TRUNCATE);
}

int sync(sqlite3_file* raw, int)
{
    auto& f = self(raw);
    if (!f.disk.begin_operation() || f.disk.dead) return SQLITE_IOERR_FSYNC;
    f.file->sync();
    return SQLITE_OK;
}

int size_of(sqlite3_file* raw, sqlite3_int64* size)
{
    if (self(raw).disk.dead) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(self(raw).file->content.size());
    return SQLITE_OK;
}

// Locks of the file.

int unlock(sqlite3_file* raw, int level)
{
    auto& f = self(raw);
    if (f.lock <= level) return SQLITE_OK;
    if (f.file->exclusive == &f) f.file->exclusive = nullptr;
    if (f.file->reserved == &f) f.file->reserved = nullptr;
    if (level == SQLITE_LOCK_NONE) --f.file->readers;
    f.lock = level;
    return SQLITE_OK;
}

int lock(sqlite3_file* raw, int level)
{
    auto& f = self(raw);
    if (f.disk.dead) return SQLITE_IOERR_LOCK;
    if (f.lock >= level) return SQLITE_OK;
    auto& s = *f.file;
    if (s.exclusive && s.exclusive != &f) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && s.reserved && s.reserved != &f) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && s.readers > (f.lock > SQLITE_LOCK_NONE ? 1 : 0))
        return SQLITE_BUSY;
    if (f.lock == SQLITE_LOCK_NONE) ++s.readers;
    if (level >= SQLITE_LOCK_RESERVED) s.reserved = &f;
    if (level == SQLITE_LOCK_EXCLUSIVE) s.exclusive = &f;
    f.lock = level;
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* raw, int* result)
{
    *result = self(raw).file->reserved != nullptr;
    return SQLITE_OK;
}

// The index of the write-ahead log.

int map_index(sqlite3_file* raw, int region, int size, int extend, void volatile** out)
{
    auto& f = self(raw);
    *out = nullptr;
    if (f.disk.dead) return SQLITE_IOERR_SHMMAP;
    auto& index = f.file->index;
    if (!f.uses_index) {
        f.uses_index = true;
        ++index.users;
    }
    auto const wanted = static_cast<std::size_t>(region) + 1;
    if (index.regions.size() < wanted && !extend) return SQLITE_OK;
    while (index.regions.size() < wanted)
        index.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    *out = index.regions[wanted - 1].get();
    return SQLITE_OK;
}

void release_index(open_file& f, int offset, int count)
{
    for (int i = offset; i < offset + count; ++i) {
        auto const bit = 1u << i;
        auto const at = static_cast<std::size_t>(i);
        if (f.index_shared & bit) --f.file->index.readers[at];
        if (f.index_exclusive & bit) f.file->index.writer[at] = false;
        f.index_shared &= ~bit;
        f.index_exclusive &= ~bit;
    }
}

int lock_index(sqlite3_file* raw, int offset, int count, int flags)
{
    auto& f = self(raw);
    if (flags & SQLITE_SHM_UNLOCK) {
        release_index(f, offset, count);
        return SQLITE_OK;
    }
    if (f.disk.dead) return SQLITE_IOERR_SHMLOCK;
    auto& index = f.file->index;
    bool const exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (int i = offset; i < offset + count; ++i) {
        auto const at = static_cast<std::size_t>(i);
        auto const own = (f.index_shared >> i) & 1;
        if (index.writer[at] || (exclusive && index.readers[at] > static_cast<int>(own)))
            return SQLITE_BUSY;
    }
    for (int i = offset; i < offset + count; ++i) {
        auto const at = static_cast<std::size_t>(i);
        auto const bit = 1u << i;
        if (exclusive) index.writer[at] = true;
        else if (!(f.index_shared & bit)) ++index.readers[at];
        (exclusive ? f.index_exclusive : f.index_shared) |= bit;
    }
    return SQLITE_OK;
}

void index_barrier(sqlite3_file*) {}

int unmap_index(sqlite3_file* raw, int)
{
    auto& f = self(raw);
    if (!f.uses_index) return SQLITE_OK;
    f.uses_index = false;
    release_index(f, 0, SQLITE_SHM_NLOCK);
    if (--f.file->index.users == 0) f.file->index = {};
    return SQLITE_OK;
}

// The rest.

int close(sqlite3_file* raw)
{
    auto& f = self(raw);
    unmap_index(raw, 0);
    unlock(raw, SQLITE_LOCK_NONE);
    --f.disk.open_files;
    f.~open_file();
    return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*)
{
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*)
{
    return sector;
}

int characteristics(sqlite3_file*)
{
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; // as what Linux has: a torn write leaves its neighbours alone
}

constexpr sqlite3_io_methods methods{2, close, read, write, truncate, sync, size_of, lock, unlock,
    check_reserved_lock, file_control, sector_size, characteristics, map_index, lock_index,
    index_barrier, unmap_index, nullptr, nullptr};

} // namespace

void stored_file::apply(change c)
{
    // The process that wrote sees it all; what is torn shows after the restart.
    perform(content, c);
    unsynced.push_back(std::move(c));
}

void stored_file::sync()
{
    for (auto const& c : unsynced) perform(synced, c);
    unsynced.clear();
}

void stored_file::crash(crash_kind kind, random_source& random)
{
    for (auto const& c : unsynced) {
        if (kind == crash_kind::power_cut) {
            perform_partly(synced, c, [&] { return random.below(2) == 0; });
        } else if (!c.torn) {
            perform(synced, c);
        } else {
            bool stopped = false;
            perform_partly(synced, c, [&] { return !(stopped = stopped || random.below(3) == 0); });
        }
    }
    unsynced.clear();
    content = synced;
    index = {};
    readers = 0;
    reserved = exclusive = nullptr;
}

bool disk_state::begin_operation()
{
    if (dead) return false;
    if (++operations == last_operation) dead = true;
    return true;
}

open_file::open_file(disk_state& d, std::shared_ptr<stored_file> f) : disk(d), file(std::move(f))
{
    pMethods = &methods;
    ++disk.open_files;
}

} // namespace trunkline::test::disk
