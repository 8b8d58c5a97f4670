#include <trunkline/sync/plan.hpp>

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace trunkline::sync {
namespace {

constexpr std::array<std::pair<unit_action, std::string_view>, 8> action_names{{
    {unit_action::release, "release"},
    {unit_action::create_engine, "create-engine"},
    {unit_action::create_agent, "create-agent"},
    {unit_action::update_engine, "update-engine"},
    {unit_action::update_number, "update-number"},
    {unit_action::link, "link"},
    {unit_action::remove, "remove"},
    {unit_action::build_knowledge, "build-knowledge"},
}};

constexpr std::array<std::pair<conflict_kind, std::string_view>, 3> conflict_names{{
    {conflict_kind::edited, "edited"},
    {conflict_kind::deleted_there, "deleted-there"},
    {conflict_kind::deleted_here, "deleted-here"},
}};

json::value unit_document(plan_unit const& u)
{
    json::object o;
    o.set("action", name(u.action));
    o.set("name", u.name);
    o.set("kind", retell::name(u.kind));
    o.set("id", u.id);
    if (u.action == unit_action::release || u.action == unit_action::update_engine ||
        u.action == unit_action::remove)
        o.set("base_version", u.base_version);
    if (u.action == unit_action::release) {
        o.set("base_published", u.base_published);
        o.set("fork_of", u.fork_of);
    }
    if (u.engine_kind) {
        json::object e;
        e.set("kind", retell::name(*u.engine_kind));
        e.set("id", u.engine_id);
        e.set("name", u.engine_name);
        e.set("before", u.engine_before);
        e.set("patch", u.engine_patch);
        e.set("expected", u.engine_expected);
        e.set("agreed", u.engine_agreed);
        e.set("changes", to_json(u.engine_changes));
        o.set("engine", std::move(e));
    }
    o.set("before", u.before);
    o.set("patch", u.patch);
    o.set("expected", u.expected);
    o.set("agreed", u.agreed);
    o.set("changes", to_json(u.changes));
    json::array numbers;
    for (auto const& n : u.numbers) {
        json::object p;
        p.set("number", n.number);
        p.set("before", n.before);
        json::array versions;
        for (auto const version : n.versions) versions.push_back(version);
        p.set("versions", std::move(versions));
        numbers.push_back(std::move(p));
    }
    o.set("numbers", std::move(numbers));
    json::array shared;
    for (auto const& s : u.shared_with) shared.push_back(s);
    o.set("shared_with", std::move(shared));
    if (!u.followers.empty()) o.set("followers", u.followers);
    if (u.publishes_later) o.set("publishes_later", true);
    if (u.action == unit_action::build_knowledge || !u.replaces.empty())
        o.set("replaces", u.replaces);
    if (u.action == unit_action::link) {
        json::array publishes;
        for (auto const& agent : u.publishes) publishes.push_back(agent);
        o.set("engine_name", u.engine_name);
        o.set("publishes", std::move(publishes));
    }
    return o;
}

[[noreturn]] void refuse(std::string const& why)
{
    throw error(errc::invalid_bundle,
        "this is not a plan that can be applied: " + why +
            "; make a new one with: trunkline plan DIR --out FILE");
}

json::value const& need(json::value const& v, std::string_view key, json::kind kind)
{
    auto const* const found = v.find(key);
    if (!found || found->kind() != kind)
        refuse("\"" + std::string(key) + "\" is missing or of the wrong type");
    return *found;
}

std::string text(json::value const& v, std::string_view key)
{
    return need(v, key, json::kind::string).as_string();
}

std::optional<json::value> optional_member(json::value const& v, std::string_view key)
{
    auto const* const found = v.find(key);
    return found ? std::optional<json::value>(*found) : std::nullopt;
}

std::vector<field_change> changes_from(json::value const& v)
{
    std::vector<field_change> out;
    for (auto const& c : need(v, "changes", json::kind::array).as_array()) {
        field_change change;
        change.path = text(c, "path");
        change.before = optional_member(c, "before");
        change.after = optional_member(c, "after");
        out.push_back(std::move(change));
    }
    return out;
}

retell::resource_kind kind_from(json::value const& v)
{
    auto const kind = retell::parse_resource_kind(text(v, "kind"));
    if (!kind) refuse("unknown kind of resource");
    return *kind;
}

plan_unit unit_from(json::value const& v)
{
    plan_unit u;
    auto const action = text(v, "action");
    auto const* const found =
        std::ranges::find(action_names, action, &std::pair<unit_action, std::string_view>::second);
    if (found == action_names.end()) refuse("unknown action \"" + action + "\"");
    u.action = found->first;
    u.name = text(v, "name");
    u.kind = kind_from(v);
    u.id = text(v, "id");
    u.base_version = v.int_at("base_version", -1);
    u.base_published = v.bool_at("base_published", true);
    u.fork_of = v.int_at("fork_of", -1);
    if (auto const* const e = v.find("engine")) {
        u.engine_kind = kind_from(*e);
        u.engine_id = text(*e, "id");
        u.engine_name = text(*e, "name");
        u.engine_before = e->at_or_null("before");
        u.engine_patch = need(*e, "patch", json::kind::object).as_object();
        u.engine_expected = e->at_or_null("expected");
        u.engine_agreed = e->at_or_null("agreed");
        u.engine_changes = changes_from(*e);
    }
    u.before = v.at_or_null("before");
    u.patch = need(v, "patch", json::kind::object).as_object();
    u.expected = v.at_or_null("expected");
    u.agreed = v.at_or_null("agreed");
    u.changes = changes_from(v);
    for (auto const& n : need(v, "numbers", json::kind::array).as_array()) {
        pinned_number p;
        p.number = text(n, "number");
        p.before = need(n, "before", json::kind::object).as_object();
        if (auto const* const versions = n.find("versions"); versions && versions->is_array())
            for (auto const& version : versions->as_array()) p.versions.insert(version.int_or(-1));
        u.numbers.push_back(std::move(p));
    }
    for (auto const& s : need(v, "shared_with", json::kind::array).as_array())
        u.shared_with.emplace_back(s.string_or(""));
    if (auto const& followers = v.at_or_null("followers"); followers.is_object())
        u.followers = followers.as_object();
    u.publishes_later = v.bool_at("publishes_later");
    if (u.action == unit_action::build_knowledge || v.find("replaces"))
        u.replaces = text(v, "replaces");
    if (u.action == unit_action::link) {
        u.engine_name = text(v, "engine_name");
        for (auto const& agent : need(v, "publishes", json::kind::array).as_array())
            u.publishes.emplace_back(agent.string_or(""));
    }
    return u;
}

} // namespace

std::string_view name(unit_action a) noexcept
{
    for (auto const& [action, text] : action_names)
        if (action == a) return text;
    return {};
}

std::string_view name(conflict_kind k) noexcept
{
    for (auto const& [kind, text] : conflict_names)
        if (kind == k) return text;
    return {};
}

std::string plan::digest() const
{
    json::object work;
    work.set("tenant", tenant);
    work.set("environment", environment);
    work.set("reverts", reverts);
    json::array list;
    for (auto const& u : units) list.push_back(unit_document(u));
    work.set("units", std::move(list));
    return crypto::content_hash(work);
}

json::value plan::to_json() const
{
    json::object o;
    o.set("format", plan_format);
    o.set("tenant", tenant);
    o.set("workspace", workspace);
    o.set("environment", environment);
    o.set("title", title);
    o.set("created_at", created_at);
    o.set("reverts", reverts);
    o.set("digest", digest());
    json::array list;
    for (auto const& u : units) list.push_back(unit_document(u));
    o.set("units", std::move(list));
    o.set("conflicts", sync::to_json(conflicts));
    json::array guard_list;
    for (auto const& g : guards) {
        json::object e;
        e.set("unit", g.unit);
        e.set("guard", g.guard);
        e.set("text", g.text);
        guard_list.push_back(std::move(e));
    }
    o.set("guards", std::move(guard_list));
    json::array note_list;
    for (auto const& n : notes) note_list.push_back(n);
    o.set("notes", std::move(note_list));
    if (leaves_some) o.set("leaves_some", true);
    o.set("catalogue", catalogue);
    o.set("folder", folder);
    json::object files;
    for (auto const& [file, hash] : local) files.set(file, hash);
    o.set("local", std::move(files));
    return o;
}

plan plan::from_json(json::value const& document)
{
    if (!document.is_object()) refuse("it is not a JSON object");
    auto const format = document.int_at("format");
    if (format > plan_format) refuse("it is of the newer format " + std::to_string(format));
    if (format < 1) refuse("\"format\" is missing");
    plan p;
    p.tenant = text(document, "tenant");
    p.workspace = text(document, "workspace");
    p.environment = text(document, "environment");
    p.title = text(document, "title");
    p.created_at = document.int_at("created_at", 0);
    p.reverts = document.int_at("reverts", 0);
    for (auto const& u : need(document, "units", json::kind::array).as_array())
        p.units.push_back(unit_from(u));
    for (auto const& c : need(document, "conflicts", json::kind::array).as_array()) {
        plan_conflict conflict;
        for (auto const& [kind, kind_name] : conflict_names)
            if (kind_name == c.string_at("kind")) conflict.kind = kind;
        conflict.unit = text(c, "unit");
        conflict.resource = text(c, "resource");
        conflict.field.path = text(c, "path");
        conflict.field.base = optional_member(c, "base");
        conflict.field.local = optional_member(c, "local");
        conflict.field.remote = optional_member(c, "remote");
        p.conflicts.push_back(std::move(conflict));
    }
    for (auto const& g : need(document, "guards", json::kind::array).as_array()) {
        plan_guard guard;
        guard.unit = text(g, "unit");
        guard.guard = text(g, "guard");
        guard.text = text(g, "text");
        p.guards.push_back(std::move(guard));
    }
    for (auto const& n : need(document, "notes", json::kind::array).as_array())
        p.notes.emplace_back(n.string_or(""));
    p.leaves_some = document.at_or_null("leaves_some") == json::value(true);
    p.catalogue = document.string_at("catalogue");
    p.folder = document.string_at("folder");
    if (auto const& files = document.at_or_null("local"); files.is_object())
        for (auto const& m : files.as_object()) p.local.emplace(m.key, m.val.string_or(""));
    if (p.digest() != text(document, "digest"))
        refuse("its content does not match its digest (edited or damaged)");
    return p;
}

std::vector<plan_guard> refused_guards(plan const& p, std::vector<std::string> const& allowed)
{
    std::vector<plan_guard> refused;
    for (auto const& g : p.guards)
        if (std::ranges::find(allowed, g.guard) == allowed.end()) refused.push_back(g);
    return refused;
}

std::set<std::string> names_of(std::vector<plan_guard> const& guards)
{
    std::set<std::string> names;
    for (auto const& g : guards) names.insert(g.guard);
    return names;
}

std::set<std::string> units_in_conflict(plan const& p)
{
    std::set<std::string> units;
    for (auto const& c : p.conflicts) units.insert(c.unit);
    return units;
}

} // namespace trunkline::sync
