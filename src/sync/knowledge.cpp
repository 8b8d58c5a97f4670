#include "sync/knowledge.hpp"

#include "sync/deleted_there.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <set>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

constexpr auto knowledge_kind = resource_kind::knowledge_base;

std::string shape(std::string_view name, std::multiset<std::string> const& sources)
{
    std::string out(name);
    for (auto const& s : sources) out += "\n" + s;
    return out;
}

std::string name_of(json::value const& document)
{
    return std::string(document.string_at("knowledge_base_name"));
}

} // namespace

std::string knowledge_shape(json::value const& content)
{
    std::multiset<std::string> sources;
    if (auto const& texts = content.at_or_null("knowledge_base_texts"); texts.is_array())
        for (auto const& t : texts.as_array())
            sources.insert("text " + std::string(t.string_at("title")));
    if (auto const& urls = content.at_or_null("knowledge_base_urls"); urls.is_array())
        for (auto const& u : urls.as_array()) sources.insert("url " + std::string(u.string_or("")));
    return shape(name_of(content), sources);
}

std::string built_shape(json::value const& answered)
{
    std::multiset<std::string> sources;
    if (auto const& list = answered.at_or_null("knowledge_base_sources"); list.is_array())
        for (auto const& s : list.as_array()) {
            auto const type = s.string_at("type");
            auto const what = type == "text" ? "title" : type == "url" ? "url" : "filename";
            sources.insert(std::string(type) + " " + std::string(s.string_at(what)));
        }
    return shape(name_of(answered), sources);
}

bool uses_knowledge(resource_kind of, json::value const& document, std::string_view id)
{
    return retell::refers_to(of, document, knowledge_kind, id);
}

bool bound_version_uses(store::store const& s, tenant_id const& tenant, std::string_view agent,
    std::int64_t version, std::string_view id, resource_kind used)
{
    auto const bound = s.version(tenant, "agent", agent, version);
    if (!bound) return true;
    auto const ref = engine_of(bound->document);
    if (!ref) return false;
    auto const engine = s.version(tenant, retell::name(ref->kind), ref->id, ref->version);
    return !engine || retell::refers_to(ref->kind, engine->document, used, id);
}

bundle with_rebuilt(bundle const& local, std::map<std::string, std::string> const& rebuilt)
{
    auto out = local;
    for (auto& e : out.entries) {
        if (e.kind != resource_kind::llm && e.kind != resource_kind::flow) continue;
        retell::for_each_reference(
            e.kind, e.document, [&](std::string_view target, std::string_view text) {
                auto const found = target == retell::name(knowledge_kind)
                    ? rebuilt.find(std::string(text))
                    : rebuilt.end();
                if (found == rebuilt.end()) return std::string(text);
                e.digest.clear();
                return "@" + found->second;
            });
    }
    return out;
}

knowledge_planner::knowledge_planner(bundle const& local, std::vector<store::base_row> const& bases,
    snapshot const& remote, store::store const& s, plan_options const& options)
    : local_(local),
      bases_(bases),
      remote_(remote),
      store_(s),
      tenant_(local.tenant),
      options_(options)
{}

store::base_row const* knowledge_planner::base_of(std::string_view name) const
{
    auto const it = std::ranges::find_if(bases_, [&](auto const& row) {
        return row.kind == retell::name(knowledge_kind) && row.name == name;
    });
    return it == bases_.end() ? nullptr : &*it;
}

std::map<std::string, std::string> knowledge_planner::plan_builds(plan& p) const
{
    std::map<std::string, std::string> rebuilt;
    for (auto const& e : local_.entries)
        if (e.kind == knowledge_kind) plan_one(p, e, rebuilt);
    return rebuilt;
}

std::map<std::string, std::string, std::less<>> knowledge_planner::earlier(
    std::map<std::string, std::string> const& rebuilt) const
{
    std::map<std::string, std::string, std::less<>> out;
    if (rebuilt.empty()) return out;
    for (auto const& row : store_.bases(tenant_, knowledge_workspace)) {
        auto const* const current = base_of(row.name);
        if (row.list_stamp > 0 && current && current->id != row.id &&
            rebuilt.contains(current->id) && row.document.string_at("workspace") == local_.workspace)
            out.emplace(row.id, current->id);
    }
    return out;
}

void knowledge_planner::plan_one(
    plan& p, bundle_entry const& e, std::map<std::string, std::string>& rebuilt) const
{
    auto const unit = unit_name(knowledge_kind, e.name);
    if (name_of(e.document).empty())
        throw error(errc::invalid_bundle, e.file.string() + ": knowledge_base_name is missing");
    plan_unit u;
    u.action = unit_action::build_knowledge;
    u.name = unit;
    u.kind = knowledge_kind;
    u.patch = patch_between(knowledge_kind, json::value(json::object{}), e.document);
    u.expected = e.document;
    auto const* const base = base_of(e.name);
    if (!base) {
        for (auto const& k : remote_.knowledge)
            if (name_of(k.document) == name_of(e.document)) {
                plan_guard g;
                g.unit = unit;
                g.guard = "same-knowledge-base";
                g.text = "the account has a knowledge base \"" + name_of(e.document) +
                    "\" already (" + k.id + "), which is not of this folder; this would be another";
                p.guards.push_back(std::move(g));
            }
        p.units.push_back(std::move(u));
        return;
    }
    auto found = changes(knowledge_kind, base->document, e.document);
    auto const* const now = remote_.find_knowledge(base->id);
    if (remote_.knowledge_read && !now) {
        if (found.empty())
            p.notes.push_back(unit +
                ": is gone from the account; delete the file, or change it to build it anew");
        else if (options_.prefer != prefer::local)
            return tell_lost(p, unit, edited_here(unit, unit, std::move(found)), options_.prefer);
    }
    if (found.empty()) return;
    if (now && options_.prefer == prefer::neither && was_changed_there(*base, *now)) {
        field_conflict c;
        c.base = base->document;
        c.local = e.document;
        c.remote = now->document;
        add_conflicts(p, unit, unit, {std::move(c)});
        return;
    }
    if (options_.prefer == prefer::remote && now && was_changed_there(*base, *now))
        return note_overruled(p, unit, found.size());
    u.replaces = base->id;
    u.before = base->document;
    u.changes = std::move(found);
    rebuilt.emplace(base->id, unit);
    p.units.push_back(std::move(u));
}

bool knowledge_planner::was_changed_there(
    store::base_row const& base, resource_state const& now) const
{
    auto const built = store_.version(tenant_, retell::name(knowledge_kind), base.id, 0);
    return built && built_shape(built->document) != built_shape(now.document);
}

void knowledge_planner::plan_removals(plan& p) const
{
    if (!remote_.knowledge_read) return;
    for (auto const& row : store_.bases(tenant_, knowledge_workspace)) {
        auto const* const now = remote_.find_knowledge(row.id);
        bool const soaked = options_.now - row.list_stamp >= options_.knowledge_soak.count();
        bool const superseded = row.list_stamp > 0;
        if (!superseded || !now || !soaked || is_used(row.id) || was_changed_there(row, *now))
            continue;
        plan_unit u;
        u.action = unit_action::remove;
        u.name = unit_name(knowledge_kind, row.name) + " (superseded " + row.id + ")";
        u.kind = knowledge_kind;
        u.id = row.id;
        u.before = now->document;
        p.units.push_back(std::move(u));
    }
}

void knowledge_planner::hold_back_gone(plan& p) const
{
    if (!remote_.knowledge_read) return;
    for (auto const& u : p.units) {
        bool const engine = u.kind == resource_kind::llm || u.kind == resource_kind::flow;
        if (!u.engine_kind && !engine) continue;
        if (u.action == unit_action::remove) continue;
        auto const& before = engine ? u.before : u.engine_before;
        auto const& expected = engine ? u.expected : u.engine_expected;
        auto const gone = gone_for(engine ? u.kind : *u.engine_kind, before, expected);
        if (gone.empty()) continue;
        field_conflict c;
        c.path = "knowledge_base_ids";
        c.local = expected.at_or_null(c.path);
        c.remote = before.at_or_null(c.path);
        add_conflicts(p, u.name, engine ? u.name : u.engine_name, {std::move(c)});
        p.notes.push_back(u.name + ": the knowledge base " + gone +
            " that its file refers to is gone from the account; pull, or change that one's file to "
            "build it anew");
    }
}

/// What is referred to by now stays as it is.
std::string knowledge_planner::gone_for(
    resource_kind kind, json::value const& before, json::value const& expected) const
{
    std::string gone;
    retell::read_references(kind, expected, [&](std::string_view target, std::string_view id) {
        if (target == retell::name(knowledge_kind) && !id.starts_with('@') &&
            !remote_.find_knowledge(id) && !uses_knowledge(kind, before, id))
            gone = id;
    });
    return gone;
}

/// By what callers get, by what numbers are bound to, or by what files ask for. Drafts are looked
/// at right before it goes.
bool knowledge_planner::is_used(std::string const& id) const
{
    auto const engine_uses = [&](resource_state const& e) {
        return uses_knowledge(e.kind, e.document, id);
    };
    for (auto const& a : remote_.agents)
        if (a.engine && engine_uses(*a.engine)) return true;
    if (std::ranges::any_of(remote_.spare_engines, engine_uses)) return true;
    for (auto const& e : local_.entries)
        if (uses_knowledge(e.kind, e.document, id)) return true;
    for (auto const& n : remote_.numbers)
        for (auto const& member : pins_of(n.document))
            if (member.val.is_array())
                for (auto const& pin : member.val.as_array()) {
                    auto const version = pin.int_at("agent_version");
                    auto const* const agent = remote_.find_agent(pin.string_at("agent_id"));
                    if (!agent || agent->agent.version == version) continue;
                    if (bound_version_uses(store_, tenant_, agent->id(), version, id)) return true;
                }
    return false;
}

} // namespace trunkline::sync::detail
