#include "sync/folder_lock.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace trunkline::sync {

folder_lock::folder_lock(std::filesystem::path const& dir)
    : descriptor_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
{
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) return;
    ::close(descriptor_);
    throw error(errc::store_locked,
        "another pull is at work in " + dir.string() + "; wait for it to end, then pull again");
}

folder_lock::~folder_lock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

void folder_lock::flush() const noexcept
{
    if (descriptor_ >= 0) ::syncfs(descriptor_); // one call for thousands of files
}

} // namespace trunkline::sync
