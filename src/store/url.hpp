#pragma once

#include <string>
#include <string_view>

namespace trunkline::store {

/// Where a store lives.
class location {
public:
    location() {}
    bool memory = false;
    std::string path; ///< Absolute; empty for memory.
    std::string vfs;  ///< Of SQLite; empty: the operating system's.
};

/// Reads a store URL. Throws invalid_argument naming the accepted forms. Never repeats the URL in
/// the message: those of other databases hold passwords.
location parse_url(std::string_view url);

} // namespace trunkline::store
