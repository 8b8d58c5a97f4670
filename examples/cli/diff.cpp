#include "commands.hpp"
#include "plan_view.hpp"
#include "release_view.hpp"
#include "session.hpp"

#include <trunkline/sync/release_diff.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>

namespace cli {

namespace {

std::int64_t release_of(std::string const& text)
{
    if (auto const number = trunkline::parse_release(text)) return *number;
    throw usage_error(
        "\"" + text + "\" is not a release; they are called r1, r2, ... (see trunkline history)");
}

} // namespace

exit_code run_diff(session& s)
{
    auto const from = release_of(s.options.arguments[0]), to = release_of(s.options.arguments[1]);
    auto& center = s.center(store_use::read_only);
    std::vector<trunkline::store::release_row> rows;
    for (auto const number : {std::min(from, to), std::max(from, to)}) (void)center.release(number);
    for (auto n = std::min(from, to); n <= std::max(from, to); ++n)
        rows.push_back(center.release(n));
    auto found = trunkline::sync::diff_releases(rows, from, to);
    if (auto const& of = s.options.of; !of.empty())
        std::erase_if(found, [&](auto const& d) {
            return d.resource != of && d.resource.substr(d.resource.find('/') + 1) != of;
        });

    for (auto const& d : found) {
        std::vector<std::string> names;
        for (auto const r : d.releases) names.push_back(release_name(r));
        auto const what = d.created ? "  created" : d.removed ? "  removed" : "";
        s.out.print(line()
                        .add(d.resource, style::bold)
                        .add(what, d.created ? style::green : style::red)
                        .add("  by " + joined(names), style::dim));
        if (!d.created && !d.removed) show_changes(s.out, d.changes, 2);
    }
    if (found.empty())
        s.out.report("No difference: releases made nothing of " + release_name(to) +
            " differ from " + release_name(from));
    s.out.document(json::object{{"from", release_name(from)}, {"to", release_name(to)},
        {"resources", trunkline::sync::to_json(found)}});
    return exit_code::done;
}

} // namespace cli
