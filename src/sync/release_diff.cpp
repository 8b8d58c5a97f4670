#include <trunkline/sync/release_diff.hpp>

#include "sync/planner_parts.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <map>
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
};

class walk {
public:
    void take(store::release_row const& row)
    {
        std::map<std::string, unit_result> results;
        if (auto const& list = row.result.at_or_null("units"); list.is_array())
            for (auto const& u : list.as_array()) {
                auto r = unit_result_from(u);
                results.emplace(r.name, std::move(r));
            }
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
        default: break;
        }
        note(u.name, u.kind, u.before, u.expected, release);
        // A release that takes another back has no patch: an older version is its source.
        if (u.engine_kind && !u.engine_changes.empty())
            note(u.engine_name, *u.engine_kind, u.engine_before, u.engine_expected, release);
        for (auto const& n : r.numbers) note_pins(n, release);
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

    /// A number that moved with a release: its pins are all that is known of it here.
    void note_pins(moved_number const& n, std::int64_t release)
    {
        auto const name = detail::unit_name(resource_kind::phone_number, n.number);
        auto const known = resources_.find(name);
        if (known == resources_.end())
            return note(name, resource_kind::phone_number, n.before, n.after, release);
        auto after = known->second.after;
        for (auto const& m : n.after) {
            // A release that edited other fields of the number before did not show these.
            auto& before = known->second.before.make_object();
            if (auto const* const old = n.before.find(m.key); old && !before.contains(m.key))
                before.set(m.key, *old);
            after.make_object().set(m.key, m.val);
        }
        note(name, resource_kind::phone_number, nullptr, std::move(after), release);
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
