#include "sync/lint_guard.hpp"

#include <map>
#include <utility>

namespace trunkline::sync::detail {
namespace {

using retell::lint_document;
using retell::lint_finding;

/// An agent and its engine (or what else the unit is about), as they are or as they will be.
std::vector<lint_document> documents_of(
    plan_unit const& u, json::value const& own, json::value const& engine)
{
    std::vector<lint_document> out;
    auto const add = [&](retell::resource_kind kind, std::string const& file, json::value const& d) {
        if (!d.is_object()) return;
        lint_document one;
        one.kind = kind;
        one.file = file;
        one.document = d;
        // What is to be created stands in files only: its release fills versions in.
        one.from_file =
            u.action == unit_action::create_agent || u.action == unit_action::create_engine;
        out.push_back(std::move(one));
    };
    add(u.kind, u.name, own);
    if (u.engine_kind) add(*u.engine_kind, u.engine_name, engine);
    return out;
}

std::vector<lint_finding> errors_in(
    std::vector<lint_document> const& documents, retell::lint_config const& config)
{
    auto found = retell::lint(documents, config);
    std::erase_if(
        found, [](lint_finding const& f) { return f.severity != retell::lint_severity::error; });
    return found;
}

} // namespace

retell::lint_config release_config(retell::lint_config config)
{
    // An account may have one, a release is not to add one: numbers bound to a draft have gone live before.
    config.severities.try_emplace("number-unpinned", retell::lint_severity::error);
    return config;
}

std::vector<plan_guard> lint_guards_of(plan_unit const& u, retell::lint_config const& config)
{
    std::vector<plan_guard> guards;
    auto const after = errors_in(documents_of(u, u.expected, u.engine_expected), config);
    if (after.empty()) return guards;
    std::map<std::pair<std::string, std::string>, int> before;
    for (auto const& f : errors_in(documents_of(u, u.before, u.engine_before), config))
        ++before[{f.file + f.rule, f.message}];
    constexpr std::size_t most = 10;
    std::size_t untold = 0;
    for (auto const& f : after) {
        if (before[{f.file + f.rule, f.message}]-- > 0) continue;
        if (guards.size() == most) {
            ++untold;
            continue;
        }
        plan_guard g;
        g.unit = u.name;
        g.guard = "lint";
        g.text = (f.file == u.name ? "" : f.file + ": ") + f.message + " (" + f.rule + ")";
        guards.push_back(std::move(g));
    }
    if (untold > 0)
        guards.back().text += ", and " + std::to_string(untold) + " more errors like this";
    return guards;
}

} // namespace trunkline::sync::detail
