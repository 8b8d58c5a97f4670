#include "url.hpp"

#include "errors.hpp"

#include <algorithm>
#include <filesystem>

namespace trunkline::store {
namespace {

constexpr std::string_view scheme = "sqlite://";

[[noreturn]] void refuse(std::string const& why)
{
    fail(errc::invalid_argument,
        "store URL: " + why +
            "; use sqlite:///ABSOLUTE/PATH, sqlite://RELATIVE/PATH or sqlite::memory:");
}

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

} // namespace

location parse_url(std::string_view url)
{
    location where;
    if (url == "sqlite::memory:") {
        where.memory = true;
        return where;
    }
    if (!url.starts_with(scheme)) refuse("only SQLite is supported");
    auto const path = url.substr(scheme.size());
    if (path.empty()) refuse("the path is missing");
    if (path.ends_with('/')) refuse("the path names a folder");
    // Taken literally these would make files with odd names where an option was meant.
    if (path.find_first_of("?#") != path.npos) refuse("the path holds \"?\" or \"#\"");
    if (std::ranges::any_of(path, is_control)) refuse("the path holds a control character");
    // Absolute from here on: the working folder of a long-lived process may change.
    where.path = std::filesystem::absolute(std::filesystem::path(path)).lexically_normal().string();
    return where;
}

} // namespace trunkline::store
