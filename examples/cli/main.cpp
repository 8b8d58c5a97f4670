// trunkline: the command line of the library, on its public headers alone. One thread; every
// command is a row of the table in commands.cpp and a file of its own.

#include "commands.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

#include <csignal>
#include <exception>

namespace {

using namespace cli;
using trunkline::errc;

/// Errors are told the same way wherever they come from.
exit_code tell(console& out, json::object error, exit_code code)
{
    if (!out.json()) out.error(error.find("message")->as_string());
    out.document(json::object{{"error", std::move(error)}});
    return code;
}

exit_code tell_usage(console& out, std::string const& message)
{
    return tell(out,
        {{"code", "usage"}, {"message", message}, {"http_status", nullptr}, {"request_id", nullptr},
            {"operation", nullptr}},
        exit_code::usage);
}

exit_code run_command(settings const& s, console& out)
{
    session run(s, out);
    auto const* const command = find_command(s.command);
    if (s.help) return show_help(run, command);
    if (!command) throw usage_error("no command is named; see trunkline help");
    try {
        return command->run(run);
    } catch (trunkline::error const& e) {
        auto diag = e.diag();
        if (diag.message.empty()) diag.message = e.what();
        return run.fail(e.code(), diag);
    }
}

exit_code run(settings const& s, console& out)
{
    try {
        return run_command(s, out);
    } catch (usage_error const& e) {
        return tell_usage(out, e.what());
    } catch (std::exception const& e) {
        diagnostics diag;
        diag.message = std::string("internal error: ") + e.what() + "; please report it";
        return tell(out, error_document(errc::internal, diag), exit_code::error);
    }
}

/// A reader that went away and a limit on file sizes are errors of a write, not reasons to die.
void keep_alive_on_failed_writes()
{
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

int finish(console& out, exit_code code)
{
    bool const written = out.flush();
    if (!written && (code == exit_code::done || code == exit_code::changes))
        code = exit_code::error;
    return static_cast<int>(code);
}

} // namespace

int main(int argc, char** argv)
{
    keep_alive_on_failed_writes();
    interrupt::listen();
    settings s;
    try {
        s = parse_command_line(argc, argv);
    } catch (usage_error const& e) {
        s.json = asks_for_json(argc, argv);
        console out(s);
        return finish(out, tell_usage(out, e.what()));
    }
    console out(s);
    return finish(out, run(s, out));
}
