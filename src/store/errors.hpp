#pragma once

#include <trunkline/core/diagnostics.hpp>

#include <string>
#include <string_view>

namespace trunkline::store {

[[noreturn]] void fail(errc code, std::string message);

/// Throws what an SQLite result code means for the caller of a store. `system_errno` is the error of
/// the operating system behind it (0: none), `detail` SQLite's own text, which never holds values.
[[noreturn]] void fail_sqlite(
    int result, int system_errno, std::string_view path, std::string_view detail);

/// As fail_sqlite() for a file operation of ours, for example "cannot create".
[[noreturn]] void fail_errno(int system_errno, std::string_view what, std::string_view path);

} // namespace trunkline::store
