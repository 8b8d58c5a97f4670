#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>

#include <filesystem>
#include <vector>

/// What a pull that died among its files had written of them: see read_folder().
namespace trunkline::sync::detail {

/// Files do not say which version of the engine an agent runs.
json::value without_engine_version(json::value document);

/// Resources that had no base row, and have a file. To be known before files are read, which refer
/// to each other by name.
void add_begun_files(std::filesystem::path const& dir, std::vector<store::base_row> const& begun,
    std::vector<store::base_row>& bases, std::vector<store::base_row>& moved);

/// Resources that had one: what their files say by now was agreed on.
void take_begun_contents(bundle const& local, std::vector<store::base_row> const& begun,
    std::vector<store::base_row>& bases, std::vector<store::base_row>& moved);

} // namespace trunkline::sync::detail
