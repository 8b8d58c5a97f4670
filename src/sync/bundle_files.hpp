#pragma once

#include <trunkline/core/json.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

/// The files of a bundle, as text and JSON: what reading and checking them share.
namespace trunkline::sync::detail {

/// A problem with one file; collected, so that the reader sees all of them at once.
class problem : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// As it is; a problem if there is no such file, or it cannot be read.
std::string read_bytes(std::filesystem::path const& file);
/// The same without a mark of the byte order.
std::string read_text(std::filesystem::path const& file);
/// An object, or a problem that says where the text is none.
json::value read_json(std::filesystem::path const& file);
/// "@@x", a literal "@x" where references stand, as "@x".
std::string unescape(std::string text);
/// Puts prompts that stand in files of their own ("@file:NAME.prompt.md", beside the document) in
/// place, and says which files these were. UTF-8 with line ends of any system.
std::vector<std::filesystem::path> load_prompts(
    std::filesystem::path const& dir, json::value& document);
/// The files of a folder with that extension (".json"), sorted; none if there is no folder.
std::vector<std::filesystem::path> files_of(
    std::filesystem::path const& dir, std::string_view extension);

} // namespace trunkline::sync::detail
