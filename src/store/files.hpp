#pragma once

#include <string>
#include <string_view>

#include <sys/stat.h>

namespace trunkline::store {

/// A file descriptor that closes itself.
class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor();
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

/// Removes a file when it goes out of scope, unless released.
class temporary_file {
public:
    explicit temporary_file(std::string path) : path_(std::move(path)) {}
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file();
    std::string const& path() const noexcept { return path_; }
    void release() noexcept { path_.clear(); }

private:
    std::string path_;
};

/// Creates an empty file of mode 0600 whatever the umask, with `content`, all of it on disk. False
/// if there was one already. Throws as fail_errno().
bool create_private_file(std::string const& path, std::string_view content = {});

/// As create_private_file(), but other processes see the file only with its whole content.
bool publish_private_file(std::string const& path, std::string_view content);

/// Forces a file's content to disk. Throws as fail_errno().
void sync_file(std::string const& path);
/// Forces the entry of `path` in its folder to disk.
void sync_folder_of(std::string const& path);

/// Renames over an existing file, durably.
void replace_file(std::string const& from, std::string const& to);

bool exists(std::string const& path);
bool is_empty_or_absent(std::string const& path);
/// Throws store_unavailable unless the path is absent or a regular file.
void require_regular(std::string const& path);
bool same_file(std::string const& a, std::string const& b);

} // namespace trunkline::store
