#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/lint.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace trunkline::sync {

/// What the linter says about some files.
class lint_report {
public:
    lint_report() {}
    std::vector<retell::lint_finding> findings;
    std::size_t documents = 0; ///< Files looked at, unreadable ones included.
    std::size_t errors = 0;
    std::size_t warnings = 0;
};
/// {"documents", "errors", "warnings", "findings": [...]}
json::value to_json(lint_report const& r);

/// Name of the configuration that a folder may bring along.
inline constexpr char const* lint_config_name = "trunkline-lint.json";

/**
 * Lints files as they are: no store, no key, no network. A folder with agents/, llms/, flows/ or
 * numbers/ is a bundle, whose references are checked by name; of any other folder each *.json is
 * one document as the service answers it, of the kind its members suggest; so is a file.
 *
 * A file that cannot be read is a finding, and the others are looked at all the same.
 * Throws trunkline::error: not_found for a path that is not there, invalid_argument where there is
 * nothing to look at.
 */
lint_report lint_files(
    std::span<std::filesystem::path const> paths, retell::lint_config const& config = {});

/// Reads a configuration. Throws trunkline::error (invalid_argument) naming the file.
retell::lint_config read_lint_config(std::filesystem::path const& file);
/// The configuration that a folder brings along, if it is the only path: with several it would be
/// unclear whose holds. Else the usual one.
retell::lint_config own_lint_config(std::span<std::filesystem::path const> paths);

} // namespace trunkline::sync
