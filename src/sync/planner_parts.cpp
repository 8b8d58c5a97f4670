#include "sync/planner_parts.hpp"

#include "sync/merge_changes.hpp"
#include "sync/merge_parts.hpp"

#include <trunkline/sync/bundle.hpp>

#include <algorithm>

namespace trunkline::sync::detail {

using retell::field_class;
using retell::resource_kind;

namespace {

bool is_writable(resource_kind kind, std::string_view member)
{
    switch (retell::field_cursor(kind).member(member).cls()) {
    case field_class::identity:
    case field_class::server_owned:
    case field_class::release_owned: return false;
    default: return true;
    }
}

/// Whether a file says of this document nothing but what stands in it: no edit, so whatever the
/// service has stays.
bool is_part_of(json::value const& file, json::value const& document)
{
    if (!file.is_object() || !document.is_object()) return false;
    members_beside there(document.as_object());
    return std::ranges::all_of(file.as_object(), [&](json::member const& m) {
        auto const* const same = there.find(m.key);
        return same && *same == m.val;
    });
}

} // namespace

json::object patch_between(resource_kind kind, json::value const& before, json::value const& after)
{
    json::object patch;
    if (!after.is_object()) return patch;
    static json::object const nothing;
    members_beside earlier(before.is_object() ? before.as_object() : nothing);
    for (auto const& m : after.as_object()) {
        auto const* const old = earlier.find(m.key);
        if ((old && *old == m.val) || !is_writable(kind, m.key)) continue;
        // One member at a time, so that defaults, sets and cosmetic parts are judged by the catalogue.
        json::object old_part, new_part;
        if (old) old_part.set(m.key, *old);
        new_part.set(m.key, m.val);
        if (!changes(kind, old_part, new_part).empty()) patch.set(m.key, m.val);
    }
    return patch;
}

merged_document merge_document(resource_kind kind, json::value const& base,
    json::value const& local, json::value const& remote, prefer p)
{
    merged_document out;
    out.expected = remote;
    out.agreed = base;
    if (is_part_of(local, base)) return out; // of an agent and its engine mostly one was edited
    auto merged = merge_only(kind, base, local, remote, p);
    out.conflicts = std::move(merged.conflicts);
    std::vector<field_conflict> lost;
    if (p == prefer::remote)
        lost = merge_only(kind, base, local, remote, prefer::neither).conflicts;
    out.overruled = lost.size();
    out.patch = patch_between(kind, remote, merged.merged);
    if (!out.patch.empty()) {
        for (auto const& m : out.patch) out.expected.make_object().set(m.key, m.val);
        json::settle(out.expected);
    }
    out.changes = changes(kind, remote, out.expected);
    // Where nobody else changed anything the merge was this one already. An edit that lost is in
    // its file still, agreed on by nobody: it goes on being one.
    out.agreed = json::identical(remote, base) ? std::move(merged.merged)
                                               : agreed_without(kind, base, local, lost);
    return out;
}

void keep_engine_version(json::value& local, json::value const& from)
{
    auto* const engine = local.find("response_engine");
    auto const* const version = from.at_or_null("response_engine").find("version");
    if (engine && engine->is_object() && version && !engine->find("version"))
        engine->as_object().set("version", *version);
}

bool is_write_only(resource_kind kind, std::string_view member)
{
    return retell::field_cursor(kind).member(member).cls() == field_class::write_only;
}

std::string lost_trunk_part(json::value const& before, json::value const& after)
{
    auto const& old = before.at_or_null(trunk_member);
    if (!old.is_object()) return {};
    for (auto const& m : old.as_object())
        if (!m.val.is_null() && after.at_or_null(trunk_member).at_or_null(m.key).is_null())
            return std::string(trunk_member) + "/" + m.key;
    return {};
}

json::object pins_of(json::value const& number)
{
    json::object pins;
    for (auto const member : pin_members)
        if (auto const* const found = number.find(member)) pins.set(member, *found);
    return pins;
}

bool has_pin(json::value const& pins, std::string_view agent_id, std::int64_t version)
{
    return pins.is_array() && std::ranges::any_of(pins.as_array(), [&](json::value const& pin) {
        return pin.string_at("agent_id") == agent_id && pin.int_at("agent_version", -1) == version;
    });
}

std::vector<pinned_number> numbers_to_move(
    std::vector<std::pair<std::string, json::value const*>> const& numbers,
    std::string_view agent_id, std::function<bool(std::string const&, std::int64_t)> const& moves)
{
    std::vector<pinned_number> out;
    for (auto const& [number, document] : numbers) {
        pinned_number p;
        p.number = number;
        p.before = pins_of(*document);
        for (auto const& m : p.before) {
            if (!m.val.is_array()) continue;
            for (auto const& pin : m.val.as_array()) {
                auto const& version = pin.at_or_null("agent_version");
                if (pin.string_at("agent_id") == agent_id && version.is_number() &&
                    moves(number, version.int_or(-1)))
                    p.versions.insert(version.int_or(-1));
            }
        }
        if (!p.versions.empty()) out.push_back(std::move(p));
    }
    return out;
}

void add_conflicts(plan& p, std::string const& unit, std::string const& resource,
    std::vector<field_conflict> conflicts)
{
    for (auto& c : conflicts) {
        plan_conflict conflict;
        conflict.unit = unit;
        conflict.resource = resource;
        conflict.field = std::move(c);
        p.conflicts.push_back(std::move(conflict));
    }
}

void add_conflicts(plan& p, std::vector<plan_conflict> conflicts)
{
    std::ranges::move(conflicts, std::back_inserter(p.conflicts));
}

void note_overruled(plan& p, std::string const& resource, std::size_t edits)
{
    if (edits == 0) return;
    auto& known = p.overruled[resource];
    known = std::max(known, edits);
}

void tell_overruled(plan& p)
{
    if (p.overruled.empty()) return;
    std::size_t edits = 0;
    std::string where;
    for (auto const& [resource, n] : p.overruled) {
        edits += n;
        where += (where.empty() ? "" : ", ") + resource;
    }
    auto const who = std::to_string(edits) + (edits == 1 ? " edit stays" : " edits stay");
    p.notes.push_back(who + " in the files and " + (edits == 1 ? "is" : "are") +
        " not sent, because the service's values win (" + where +
        "); a pull with --prefer remote writes those into the files");
}

bool mentions(json::value const& document, std::string const& id)
{
    return json::to_text(document).find('"' + id + '"') != std::string::npos;
}

namespace {

store::base_row const* base_of(
    std::vector<store::base_row> const& bases, resource_kind kind, std::string_view id)
{
    auto const row = std::ranges::find_if(
        bases, [&](auto const& b) { return b.id == id && b.kind == retell::name(kind); });
    return row == bases.end() ? nullptr : &*row;
}

} // namespace

std::string unit_of(
    std::vector<store::base_row> const& bases, resource_kind kind, std::string_view id)
{
    auto const* const row = base_of(bases, kind, id);
    return row ? unit_name(kind, row->name) : std::string(id);
}

std::string unit_of(std::vector<store::base_row> const& bases, agent_state const& agent)
{
    return called(base_of(bases, resource_kind::agent, agent.id()), agent);
}

std::string called(store::base_row const* row, agent_state const& agent)
{
    return row ? unit_name(resource_kind::agent, row->name)
               : "\"" + agent.display_name + "\" (" + agent.id() + ", which has no file)";
}

std::string unit_name(resource_kind kind, std::string_view name)
{
    return std::string(folder(kind)) + "/" + std::string(name);
}

} // namespace trunkline::sync::detail
