#pragma once

#include <string>

namespace trunkline::test {

/// Runs SQL on a database behind its store's back, and returns how many rows the last statement
/// changed. Throws std::runtime_error. `vfs`: of a crash_disk; empty: an ordinary file.
int run_sql(std::string const& path, std::string const& sql, std::string const& vfs = {});

} // namespace trunkline::test
