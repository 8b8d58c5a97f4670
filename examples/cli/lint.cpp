#include "commands.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>
#include <trunkline/sync/lint_files.hpp>

#include <filesystem>

namespace cli {

namespace fs = std::filesystem;
using trunkline::retell::lint_severity;

namespace {

style style_of(lint_severity s)
{
    return s == lint_severity::error ? style::red : style::yellow;
}

/// The least severity that makes the program fail; nothing for "never".
std::optional<lint_severity> threshold(std::string const& text)
{
    if (text == "never") return std::nullopt;
    auto const severity = trunkline::retell::parse_lint_severity(text);
    if (!severity || *severity == lint_severity::off)
        throw usage_error("--fail-on: \"" + text + "\" is none of error, warning, never");
    return severity;
}

exit_code show_rules(session& s)
{
    json::array rows;
    for (auto const& r : trunkline::retell::lint_rules()) {
        auto const severity = trunkline::retell::name(r.severity);
        s.out.print(line()
                        .add(padded(r.id, 26), style::bold)
                        .add(padded(severity, 9), style_of(r.severity))
                        .add(r.summary));
        rows.push_back(json::object{
            {"rule", r.id}, {"severity", severity}, {"summary", r.summary}, {"hint", r.hint}});
    }
    s.out.document(json::object{{"rules", std::move(rows)}});
    return exit_code::done;
}

void show(console& out, trunkline::sync::lint_report const& report)
{
    std::string file;
    for (auto const& f : report.findings) {
        if (f.file != file) {
            out.print(line().add(f.file, style::bold));
            file = f.file;
        }
        out.print(line("  ")
                      .add(padded(trunkline::retell::name(f.severity), 8), style_of(f.severity))
                      .add(f.message)
                      .add("  [" + f.rule + "]", style::dim));
        out.print(line().add(
            "          " + (f.pointer.empty() ? std::string() : "at " + f.pointer + ": ") + f.hint,
            style::dim));
    }
    out.report(counted(report.errors, "error") + ", " + counted(report.warnings, "warning") +
        " in " + counted(report.documents, "document"));
}

} // namespace

exit_code run_lint(session& s)
{
    if (s.options.lint_rules) return show_rules(s);
    auto const fails_on = threshold(s.options.fail_on);
    std::vector<fs::path> paths(s.options.arguments.begin(), s.options.arguments.end());
    if (paths.empty()) paths.emplace_back(".");
    auto const report = trunkline::sync::lint_files(paths,
        s.options.lint_config.empty() ? trunkline::sync::own_lint_config(paths)
                                      : trunkline::sync::read_lint_config(s.options.lint_config));
    show(s.out, report);
    s.out.document(to_json(report));
    bool const failed = fails_on &&
        (report.errors > 0 || (*fails_on == lint_severity::warning && report.warnings > 0));
    return failed ? exit_code::changes : exit_code::done;
}

} // namespace cli
