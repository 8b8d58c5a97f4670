#include "support/crash_disk.hpp"

#include "support/crash_disk_file.hpp"

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>

namespace trunkline::test {

using disk::open_file;
using disk::stored_file;

namespace {

std::string next_name()
{
    static std::atomic<int> count{0};
    return "crash-disk-" + std::to_string(++count);
}

crash_disk::impl& disk_of(sqlite3_vfs* vfs)
{
    return *static_cast<crash_disk::impl*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, char const* name, sqlite3_file* raw, int flags, int* out_flags)
{
    auto& d = disk_of(vfs);
    raw->pMethods = nullptr;
    if (d.state.dead) return SQLITE_IOERR;
    // SQLite's temporary files have no name; no two of them may meet.
    auto const path = name ? std::string(name) : "temporary-" + std::to_string(++d.temporary_files);
    auto found = d.state.files.find(path);
    if (found == d.state.files.end()) {
        if (!(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
        found = d.state.files.emplace(path, std::make_shared<stored_file>()).first;
    }
    new (raw) open_file(d.state, found->second);
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, char const* name, int)
{
    auto& d = disk_of(vfs);
    if (!d.state.begin_operation()) return SQLITE_IOERR_DELETE;
    return d.state.files.erase(name) ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int access(sqlite3_vfs* vfs, char const* name, int, int* result)
{
    auto& d = disk_of(vfs);
    if (d.state.dead) return SQLITE_IOERR_ACCESS;
    *result = d.state.files.contains(name);
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, char const* name, int size, char* out)
{
    std::strncpy(out, name, static_cast<std::size_t>(size));
    return out[size - 1] ? SQLITE_CANTOPEN : SQLITE_OK;
}

/// Salts of the write-ahead log and the like: any sequence will do, if it is always the same.
int randomness(sqlite3_vfs* vfs, int size, char* out)
{
    for (int i = 0; i < size; ++i) out[i] = static_cast<char>(disk_of(vfs).random.next());
    return size;
}

/// Only one thing runs at a time, so nobody can let go of a lock while another one waits.
int sleep(sqlite3_vfs*, int microseconds)
{
    return microseconds;
}

int current_time(sqlite3_vfs*, double* julian_day)
{
    *julian_day = 2'460'000.5;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*)
{
    return 0;
}

} // namespace

crash_disk::impl::impl() : name(next_name())
{
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(open_file);
    vfs.mxPathname = 512;
    vfs.zName = name.c_str();
    vfs.pAppData = this;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xAccess = access;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
        throw std::runtime_error("cannot register " + name);
}

crash_disk::impl::~impl()
{
    sqlite3_vfs_unregister(&vfs);
}

crash_disk::crash_disk() : impl_(std::make_unique<impl>()) {}
crash_disk::~crash_disk() = default;

std::string const& crash_disk::vfs() const noexcept
{
    return impl_->name;
}

crash_disk::image crash_disk::files() const
{
    image out;
    for (auto const& [name, file] : impl_->state.files) out.emplace(name, file->content);
    return out;
}

void crash_disk::load(image const& files)
{
    auto& state = impl_->state;
    if (state.open_files != 0) throw std::logic_error("the disk is in use");
    state = {};
    for (auto const& [name, content] : files)
        state.files.emplace(name, std::make_shared<stored_file>(content));
}

std::uint64_t crash_disk::operations() const noexcept
{
    return impl_->state.operations;
}

void crash_disk::die_at(std::uint64_t operation) noexcept
{
    impl_->state.last_operation = operation;
}

void crash_disk::die() noexcept
{
    impl_->state.dead = true;
}

bool crash_disk::dead() const noexcept
{
    return impl_->state.dead;
}

void crash_disk::set_full(bool full) noexcept
{
    impl_->state.full = full;
}

void crash_disk::restart(crash_kind kind, random_source& random)
{
    auto& state = impl_->state;
    if (state.open_files != 0) throw std::logic_error("the dead must be closed first");
    for (auto& [name, file] : state.files) file->crash(kind, random);
    state.dead = false;
    state.last_operation = 0;
}

void crash_disk::flip_bit(std::string const& file, std::size_t byte)
{
    auto& content = impl_->state.files.at(file)->content;
    content.at(byte) = static_cast<char>(content.at(byte) ^ 0x10);
}

bool crash_disk::contains(std::string_view text) const
{
    for (auto const& [name, file] : impl_->state.files)
        if (file->content.find(text) != std::string::npos) return true;
    return false;
}

int crash_disk::open_files() const noexcept
{
    return impl_->state.open_files;
}

} // namespace trunkline::test
