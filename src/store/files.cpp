#include "files.hpp"

#include "errors.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

std::string folder_of(std::string const& path)
{
    auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
}

void write_all(int fd, std::string_view content, std::string const& path)
{
    while (!content.empty()) {
        auto const n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail_errno(errno, "cannot write", path);
        content.remove_prefix(static_cast<std::size_t>(n));
    }
}

} // namespace

descriptor::~descriptor()
{
    if (fd_ >= 0) ::close(fd_);
}

temporary_file::~temporary_file()
{
    if (!path_.empty()) ::unlink(path_.c_str());
}

bool create_private_file(std::string const& path, std::string_view content)
{
    descriptor const file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file && errno == EEXIST) return false;
    if (!file) fail_errno(errno, "cannot create", path);
    temporary_file incomplete(path);
    if (::fchmod(file.get(), 0600) != 0) fail_errno(errno, "cannot protect", path);
    write_all(file.get(), content, path);
    if (::fsync(file.get()) != 0) fail_errno(errno, "cannot sync", path);
    sync_folder_of(path);
    incomplete.release();
    return true;
}

bool publish_private_file(std::string const& path, std::string_view content)
{
    temporary_file const whole(path + ".new-" + std::to_string(::getpid()));
    ::unlink(whole.path().c_str()); // of a process that died here and had our number
    create_private_file(whole.path(), content);
    if (::link(whole.path().c_str(), path.c_str()) != 0) { // unlike rename, never overwrites
        if (errno == EEXIST) return false;
        fail_errno(errno, "cannot create", path);
    }
    sync_folder_of(path);
    return true;
}

void sync_file(std::string const& path)
{
    descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0) fail_errno(errno, "cannot sync", path);
}

void sync_folder_of(std::string const& path)
{
    auto const folder = folder_of(path);
    descriptor const handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle) fail_errno(errno, "cannot open the folder", folder);
    // Some file systems cannot sync a folder and say EINVAL; they order its entries themselves.
    if (::fsync(handle.get()) != 0 && errno != EINVAL) fail_errno(errno, "cannot sync", folder);
}

void replace_file(std::string const& from, std::string const& to)
{
    if (std::rename(from.c_str(), to.c_str()) != 0) fail_errno(errno, "cannot replace", to);
    sync_folder_of(to);
}

bool exists(std::string const& path)
{
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

bool is_empty_or_absent(std::string const& path)
{
    struct stat info {};
    return ::stat(path.c_str(), &info) != 0 || info.st_size == 0;
}

void require_regular(std::string const& path)
{
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
        fail(errc::store_unavailable, path + " is no regular file; name another path");
}

bool same_file(std::string const& a, std::string const& b)
{
    struct stat one {
    }, other{};
    return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
        one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

} // namespace trunkline::store
