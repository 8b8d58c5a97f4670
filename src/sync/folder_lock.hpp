#pragma once

#include <filesystem>

namespace trunkline::sync {

/**
 * One pull at a time writes a folder: two would take each other's files away half-way, and the one
 * that read the account first could write last. Held by the process until destruction, so that a
 * kill leaves nothing behind. Where a file system knows no locks, it is none.
 */
class folder_lock {
public:
    /// Of a directory that exists. Throws trunkline::error (store_locked) if it is held, also by
    /// this process.
    explicit folder_lock(std::filesystem::path const& dir);
    ~folder_lock();
    /// What was written into the folder survives a power cut from here on. Without this the store
    /// could remember that files agree which the disk never got: their old text would be an edit.
    void flush() const noexcept;
    folder_lock(folder_lock const&) = delete;
    folder_lock& operator=(folder_lock const&) = delete;

private:
    int descriptor_;
};

} // namespace trunkline::sync
