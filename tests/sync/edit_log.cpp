#include "sync/edit_log.hpp"

#include <trunkline/sync/bundle.hpp>

#include <algorithm>
#include <span>

namespace trunkline::test {
namespace {

/// True if one path is the other, or a place within it.
bool touches(std::string_view a, std::string_view b)
{
    if (a.size() > b.size()) std::swap(a, b);
    if (!b.starts_with(a)) return false;
    return a.empty() || b.size() == a.size() || b[a.size()] == '.' || b[a.size()] == '[' ||
        b[a.size()] == '/';
}

} // namespace

edit_log::edit edit_log::make(retell::resource_kind kind, std::string where, std::string resource,
    json::value const& before, json::value after)
{
    edit e;
    e.kind = kind;
    e.where = std::move(where);
    e.resource = std::move(resource);
    for (auto const& c : sync::changes(kind, before, after)) e.paths.push_back(c.path);
    e.after = std::move(after);
    return e;
}

void edit_log::remote(retell::resource_kind kind, std::string id, std::string resource,
    json::value const& before, json::value after)
{
    auto e = make(kind, std::move(id), std::move(resource), before, std::move(after));
    // Who changes what is live already has seen what was there: that is no loss of the earlier edit.
    for (auto& mine : local_) {
        if (mine.resource != e.resource) continue;
        auto const differing = sync::changes(kind, mine.after, before);
        std::erase_if(mine.paths, [&](std::string const& path) {
            bool const was_live = std::ranges::none_of(
                differing, [&](auto const& c) { return touches(c.path, path); });
            return was_live &&
                std::ranges::any_of(e.paths, [&](auto const& p) { return touches(p, path); });
        });
    }
    remote_.push_back(std::move(e));
}

void edit_log::local(
    retell::resource_kind kind, std::string file, json::value const& before, json::value after)
{
    auto resource = file.substr(0, file.find('.'));
    local_.push_back(make(kind, std::move(file), std::move(resource), before, std::move(after)));
}

void edit_log::named(std::vector<sync::plan_conflict> const& conflicts)
{
    conflicts_.insert(conflicts_.end(), conflicts.begin(), conflicts.end());
}

bool edit_log::is_named(edit const& e, std::string const& path) const
{
    return std::ranges::any_of(conflicts_, [&](sync::plan_conflict const& c) {
        bool const here = c.resource == e.resource || c.unit == e.resource;
        return here && touches(c.field.path, path);
    });
}

void edit_log::check(violations& out, std::vector<edit> const& edits, lookup const& now,
    std::string_view whose) const
{
    for (auto at = edits.begin(); at != edits.end(); ++at) {
        auto const state = now(at->kind, at->where);
        if (state.is_null()) continue; // as many as there must be is O2's to say
        std::span<edit const> const later(at + 1, edits.end());
        for (auto const& c : sync::changes(at->kind, at->after, state))
            for (auto const& path : at->paths) {
                bool const again = std::ranges::any_of(later, [&](edit const& e) {
                    return e.where == at->where && std::ranges::any_of(e.paths, [&](auto const& p) {
                        return touches(p, path);
                    });
                });
                if (touches(c.path, path) && !again && !is_named(*at, path))
                    out.push_back("O1: an edit " + std::string(whose) + " of " + at->where + " " +
                        path + " has disappeared: " + c.path + " is " +
                        (c.after ? json::to_text(*c.after) : "absent"));
            }
    }
}

violations edit_log::check(lookup const& now_remote, lookup const& now_local) const
{
    violations out;
    check(out, remote_, now_remote, "at the service");
    check(out, local_, now_local, "in the folder");
    return out;
}

} // namespace trunkline::test
