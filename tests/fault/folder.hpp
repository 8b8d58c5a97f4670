#pragma once

#include "support/scratch_dir.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace trunkline::fault {

/// The folder people edit. Its files are kept in memory, and on disk for the engine to read; what
/// did not change is not written again, so that a run costs few file operations.
class folder {
public:
    std::filesystem::path path() const { return dir_.path(); }
    sync::file_set const& files() const noexcept { return files_; }

    /// Makes the folder hold exactly these files.
    void load(sync::file_set const& files);
    /// Takes over what the engine wrote.
    void merge(sync::file_set const& files);
    std::string const& text(std::string const& file) const;
    /// Null if there is no such file.
    std::string const* find(std::string const& file) const;
    void erase(std::string const& file);
    void write(std::string const& file, std::string text);
    void edit(std::string const& file, std::function<void(json::object&)> const& change);

private:
    void put(std::filesystem::path const& file, std::string const& text);

    test::scratch_dir dir_;
    sync::file_set files_;
};

} // namespace trunkline::fault
