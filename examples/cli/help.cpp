#include "call_view.hpp"
#include "commands.hpp"
#include "session.hpp"

namespace cli {

std::string_view const program_version = "0.1.0";

namespace {

void append_options(std::string& out, command_spec const* command)
{
    auto const own = [&](option_spec const& o) {
        return command && !o.commands.empty() && applies(o, command->name);
    };
    auto const row = [&](option_spec const& o) {
        auto const left = std::string(o.name) + (o.value.empty() ? "" : " " + std::string(o.value));
        out += "  " + padded(left, 24) + " " + std::string(o.help) + "\n";
    };
    bool any = false;
    for (auto const& o : option_table()) any = any || own(o);
    if (any) out += "\nOptions of this command:\n";
    for (auto const& o : option_table())
        if (own(o)) row(o);
    if (command) {
        out += "\nOptions that every command takes: trunkline help\n";
        return;
    }
    out += "\nOptions, anywhere on the line:\n";
    for (auto const& o : option_table())
        if (o.commands.empty()) row(o);
}

std::string help_text(command_spec const* command)
{
    std::string out;
    if (command) {
        out = usage_of(*command) + "\n\n" + std::string(command->summary) + "\n";
        if (!command->help.empty()) out += "\n" + std::string(command->help) + "\n";
    } else {
        out = "usage: trunkline COMMAND [options]\n\n"
              "Pulls a Retell AI account into files, plans, releases, takes back.\n\nCommands:\n";
        for (auto const& c : command_table())
            out += "  " + padded(c.name, 12) + std::string(c.summary) + "\n";
    }
    append_options(out, command);
    if (!command)
        out += "\nThe API key comes from RETELL_API_KEY. Exit codes: 0 done, 1 error, 2 changes "
               "found (plan, drift, lint),\n"
               "3 conflict, 4 partial, 64 usage, 75 paused, 130 interrupted. trunkline COMMAND "
               "--help shows "
               "examples.\n";
    return out;
}

} // namespace

std::string usage_of(command_spec const& command)
{
    auto out = "usage: trunkline " + std::string(command.name);
    return command.arguments.empty() ? out : out + " " + std::string(command.arguments);
}

exit_code show_help(session& s, command_spec const* command)
{
    // "trunkline help call" names the command, "trunkline call OPERATION --help" an operation.
    bool const of_operation = command && s.options.command == command->name &&
        command->run == run_call && !s.options.arguments.empty();
    auto const text =
        of_operation ? operation_help(operation_named(s.options.arguments[0])) : help_text(command);
    // Ours alone, so not masked: "--secrets FILE" would look as if it told a secret.
    json::value const document = json::object{{"help", text}};
    s.out.verbatim(s.out.json() ? json::to_text(document, json::style::pretty) + "\n" : text);
    return exit_code::done;
}

exit_code run_help(session& s)
{
    command_spec const* command = nullptr;
    if (!s.options.arguments.empty()) {
        command = find_command(s.options.arguments[0]);
        if (!command)
            throw usage_error(
                "there is no command " + s.options.arguments[0] + "; see trunkline help");
    }
    return show_help(s, command);
}

exit_code run_version(session& s)
{
    s.out.print("trunkline " + std::string(program_version));
    s.out.document(json::object{{"version", program_version}});
    return exit_code::done;
}

} // namespace cli
