#pragma once

#include <trunkline/retell/catalogue.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

/// What the tests of the catalogue share.
namespace catalogue_test {

namespace json = trunkline::json;

inline std::optional<std::string> read_file(std::filesystem::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The folder of reference data beside the checkout; it need not exist.
inline std::filesystem::path shared_folder()
{
    if (auto const* set = std::getenv("TRUNKLINE_SHARED")) return set;
    return std::filesystem::path(TRUNKLINE_SOURCE_DIR).parent_path() / "shared";
}

} // namespace catalogue_test
