#include <trunkline/sync/release_diff.hpp>

#include "sync/planner_parts.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace trunkline::sync {
namespace {

using retell::resource_kind;

/// A resource before the first and after the last release that touched it.
class two_states {
public:
    resource_kind kind = resource_kind::agent;
    json::value before; ///< Null: it did not exist.
    json::value after;
    std::vector<std::int64_t> releases;
    std::set<std::string> fields; ///< Of a number: those that releases wrote, before the first too.
};

class walk {
public:
    void take(store::release_row const& row)
    {
        std::map<std::string, unit_result> results;
        for (auto& r : results_of(row)) results.emplace(r.name, r);
        auto const plan = plan::from_json(row.plan);
        for (auto const& u : plan.units)
            if (auto const r = results.find(u.name);
                r != results.end() && (r->second.state == unit_state::done || r->second.live))
                take(u, r->second, row.number);
    }

    std::vector<resource_difference> finish(bool backwards)
    {
        std::vector<resource_difference> out;
        for (auto& [name, s] : resources_) {
            if (backwards) std::swap(s.before, s.after);
            resource_difference d;
            d.resource = name;
            d.created = s.before.is_null();
            d.removed = s.after.is_null();
            d.releases = std::move(s.releases);
            json::value const nothing = json::object{};
            d.changes =
                changes(s.kind, d.created ? nothing : s.before, d.removed ? nothing : s.after);
            // Made and taken away again, or changed and changed back.
            if (d.created && d.removed) continue;
            if (d.changes.empty() && !d.created && !d.removed) continue;
            out.push_back(std::move(d));
        }
        return out;
    }

private:
    void take(plan_unit const& u, unit_result const& r, std::int64_t release)
    {
        switch (u.action) {
        case unit_action::link: // the engine as it was meant to be from the start
            return note(u.engine_name, u.kind, nullptr, u.expected, release);
        case unit_action::remove: return note(u.name, u.kind, u.before, nullptr, release);
        case unit_action::update_number:
            return note_fields(
                u.name, members_of(u.before, u.patch), members_of(u.expected, u.patch), release);
        default: break;
        }
        note(u.name, u.kind, u.before, u.expected, release);
        // A release that takes another back has no patch: an older version is its source.
        if (u.engine_kind && !u.engine_changes.empty())
            note(u.engine_name, *u.engine_kind, u.engine_before, u.engine_expected, release);
        for (auto const& n : r.numbers)
            note_fields(detail::unit_name(resource_kind::phone_number, n.number), n.before, n.after,
                release);
    }

    static json::object members_of(json::value const& document, json::object const& patch)
    {
        json::object out;
        for (auto const& m : patch)
            if (auto const* const found = document.find(m.key)) out.set(m.key, *found);
        return out;
    }

    void note(std::string const& name, resource_kind kind, json::value before, json::value after,
        std::int64_t release)
    {
        auto const [it, first] = resources_.try_emplace(name);
        auto& s = it->second;
        if (first) {
            s.kind = kind;
            s.before = std::move(before);
        }
        s.after = std::move(after);
        if (s.releases.empty() || s.releases.back() != release) s.releases.push_back(release);
    }

    /// Numbers have no versions: whatever else one release saw of it, people changed in between.
    void note_fields(std::string const& number, json::object const& before,
        json::object const& after, std::int64_t release)
    {
        auto const [it, first] = resources_.try_emplace(number);
        auto& s = it->second;
        if (first) {
            s.kind = resource_kind::phone_number;
            s.before = s.after = json::object{};
        }
        bool wrote = false;
        auto const take_field = [&](std::string_view field) {
            auto const* const old = before.find(field);
            auto const* const now = after.find(field);
            if (old && now && *old == *now) return;
            wrote = true;
            if (s.fields.emplace(field).second && old) s.before.make_object().set(field, *old);
            if (now) s.after.make_object().set(field, *now);
            else s.after.make_object().erase(field);
        };
        for (auto const& m : before) take_field(m.key);
        for (auto const& m : after)
            if (!before.contains(m.key)) take_field(m.key);
        if (wrote && (s.releases.empty() || s.releases.back() != release))
            s.releases.push_back(release);
    }

    std::map<std::string, two_states> resources_;
};

} // namespace

std::vector<resource_difference> diff_releases(
    std::span<store::release_row const> rows, std::int64_t from, std::int64_t to)
{
    std::map<std::int64_t, store::release_row const*> sorted;
    for (auto const& r : rows) sorted.emplace(r.number, &r);
    for (auto const wanted : {from, to})
        if (!sorted.contains(wanted))
            throw error(errc::unknown_release,
                "there is no release r" + std::to_string(wanted) + "; see: trunkline history");
    auto const [first, last] = std::minmax(from, to);
    walk w;
    for (auto it = sorted.upper_bound(first); it != sorted.end() && it->first <= last; ++it)
        w.take(*it->second);
    return w.finish(from > to);
}

json::array to_json(std::vector<resource_difference> const& differences)
{
    json::array out;
    for (auto const& d : differences) {
        json::array releases;
        for (auto const r : d.releases) releases.push_back(release_name(r));
        out.push_back(
            json::object{{"resource", d.resource}, {"created", d.created}, {"removed", d.removed},
                {"releases", std::move(releases)}, {"changes", to_json(d.changes)}});
    }
    return out;
}

} // namespace trunkline::sync
