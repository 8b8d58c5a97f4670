#pragma once

#include "settings.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cli {

class session;

/// One command: a row of the table from which the program dispatches and help is printed.
class command_spec {
public:
    std::string_view name;
    std::string_view arguments; ///< "DIR [--out FILE]"
    std::size_t least;          ///< Arguments that are no options.
    std::size_t most;
    std::string_view summary;
    std::string_view help; ///< What it does, exit codes, examples.
    exit_code (*run)(session&);
};

std::span<command_spec const> command_table() noexcept;
/// Null if there is none of this name.
command_spec const* find_command(std::string_view name) noexcept;

/// "usage: trunkline plan DIR [--out FILE]"
std::string usage_of(command_spec const& command);

/// The page of a command, or of the program where it is null.
exit_code show_help(session& s, command_spec const* command);

extern std::string_view const program_version;

exit_code run_pull(session& s);
exit_code run_plan(session& s);
exit_code run_apply(session& s);
exit_code run_rollback(session& s);
exit_code run_history(session& s);
exit_code run_show(session& s);
exit_code run_drift(session& s);
exit_code run_explain(session& s);
exit_code run_diff(session& s);
exit_code run_export(session& s);
exit_code run_import(session& s);
exit_code run_lint(session& s);
exit_code run_call(session& s);
exit_code run_operations(session& s);
exit_code run_backup(session& s);
exit_code run_restore(session& s);
exit_code run_mask(session& s);
exit_code run_shm(session& s);
exit_code run_help(session& s);
exit_code run_version(session& s);

} // namespace cli
