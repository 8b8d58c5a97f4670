#include "sync/deletions.hpp"

#include "sync/deleted_there.hpp"
#include "sync/knowledge.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <map>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

/// Of one kind: more than so many, or more than this part of it, is asked about.
constexpr std::size_t most_deletions = 10;
constexpr std::size_t most_percent = 30;

std::optional<resource_kind> kind_of_unit(std::string_view unit)
{
    for (auto const kind : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::knowledge_base, resource_kind::phone_number})
        if (unit.starts_with(std::string(folder(kind)) + "/")) return kind;
    return std::nullopt;
}

} // namespace

deletion_planner::deletion_planner(bundle const& local, std::vector<store::base_row> const& bases,
    snapshot const& remote, store::store const& s, plan_options const& options,
    std::vector<std::pair<std::string, json::value>> const& numbers)
    : local_(local),
      bases_(bases),
      remote_(remote),
      store_(s),
      tenant_(local.tenant),
      options_(options),
      numbers_(numbers)
{}

bool deletion_planner::asks_for(bundle const& local, std::string_view unit)
{
    return std::ranges::find(local.deleted, unit) != local.deleted.end();
}

void deletion_planner::add_to(plan& p) const
{
    std::set<std::string> staying;
    auto targets = find_targets(p, staying);
    keep_what_stays(p, targets, staying);
    std::set<std::string> going;
    for (auto const& t : targets) going.insert(t.id);
    for (auto const& t : targets) {
        if (auto const user = user_of(t, p, going); !user.empty())
            throw error(errc::dangling_reference,
                t.unit + " cannot be deleted: " + user +
                    "; change that first, or delete both. Nothing was sent");
        plan_unit u;
        u.action = unit_action::remove;
        u.name = t.unit;
        u.kind = t.kind;
        u.id = t.id;
        u.base_version = t.now->version;
        u.before = t.now->document;
        u.agreed = t.base->document; // what a rollback builds a knowledge base from
        carry_engine(u, remote_);
        p.units.push_back(std::move(u));
    }
    guard_against_many(p, targets);
}

void carry_engine(plan_unit& removal, snapshot const& remote)
{
    auto const* const agent = remote.find_agent(removal.id);
    if (removal.kind != resource_kind::agent || !agent || !agent->engine) return;
    removal.engine_kind = agent->engine->kind;
    removal.engine_id = agent->engine->id;
    removal.engine_before = agent->engine->document;
}

std::vector<deletion_planner::target> deletion_planner::find_targets(
    plan& p, std::set<std::string>& staying) const
{
    std::vector<target> out;
    for (auto const& unit : local_.deleted) {
        auto const kind = kind_of_unit(unit);
        auto const refuse = [&](std::string const& why) {
            throw error(errc::invalid_bundle,
                std::string(deleted_name) + " names " + unit + ", " + why + "; nothing was sent");
        };
        if (!kind)
            refuse("which is no resource: write \"agents/NAME\", \"llms/NAME\", \"flows/NAME\" or "
                   "\"knowledge/NAME\"");
        if (*kind == resource_kind::phone_number)
            refuse("but numbers are money: they are given back by hand only");
        auto const name = unit.substr(unit.find('/') + 1);
        auto const base = std::ranges::find_if(bases_,
            [&](auto const& row) { return row.kind == retell::name(*kind) && row.name == name; });
        // Of what is gone a pull may have written the file that read the account before it went.
        bool const gone = base != bases_.end() && !state_of(*kind, std::string(plain_id(base->id)));
        if (!gone && local_.find(*kind, name))
            refuse("and its file is there too: take one of the two away");
        if (base == bases_.end()) { // done, or never was
            p.notes.push_back(unit + ": is in " + std::string(deleted_name) +
                ", but this folder knows no such resource (any more)");
            continue;
        }
        target t{*kind, unit, std::string(plain_id(base->id)), &*base, nullptr};
        t.now = state_of(*kind, t.id);
        if (!t.now) {
            p.notes.push_back(unit + ": is gone from the account already");
            continue;
        }
        auto edits =
            options_.prefer == prefer::local ? std::vector<plan_conflict>() : edits_there(t);
        if (!edits.empty()) {
            staying.insert(t.id);
            if (options_.prefer == prefer::neither) add_conflicts(p, std::move(edits));
            else
                p.notes.push_back(unit +
                    ": was edited at the service and stays; take its name out of " +
                    std::string(deleted_name) + ", or let a pull with --prefer remote do it");
            continue;
        }
        out.push_back(std::move(t));
    }
    return out;
}

/// Deleted here and edited there: only a person knows which is meant. An agent counts with its engine.
std::vector<plan_conflict> deletion_planner::edits_there(target const& t) const
{
    if (t.kind == resource_kind::knowledge_base) {
        auto const built = store_.version(tenant_, retell::name(t.kind), t.id, 0);
        if (!built || built_shape(built->document) == built_shape(t.now->document)) return {};
        field_change sources;
        sources.path = "knowledge_base_sources";
        sources.before = built->document.at_or_null(sources.path);
        sources.after = t.now->document.at_or_null(sources.path);
        return edited_there(t.unit, t.unit, {std::move(sources)});
    }
    auto out = edited_there(t.unit, t.unit, changes(t.kind, t.base->document, t.now->document));
    auto const* const agent = remote_.find_agent(t.id);
    if (!agent || !agent->engine) return out;
    auto const& engine = *agent->engine;
    auto const agreed = std::ranges::find_if(
        bases_, [&](auto const& row) { return row.kind == agent_engine_kind && row.id == t.id; });
    if (agreed == bases_.end() || agreed->document.string_at(id_member(engine.kind)) != engine.id)
        return out;
    std::ranges::move(edited_there(t.unit, unit_name(engine.kind, agreed->name),
                          changes(engine.kind, agreed->document, engine.document)),
        std::back_inserter(out));
    return out;
}

/// What is used by something that was to go and stays for a conflict stays with it.
void deletion_planner::keep_what_stays(
    plan& p, std::vector<target>& targets, std::set<std::string>& staying) const
{
    for (auto at = targets.begin(); at != targets.end();) {
        auto const user = staying_user_of(*at, staying);
        if (user.empty()) {
            ++at;
            continue;
        }
        p.notes.push_back(at->unit + ": stays as long as " + user + " does, which uses it");
        staying.insert(at->id);
        targets.erase(at);
        at = targets.begin();
    }
}

std::string deletion_planner::staying_user_of(
    target const& t, std::set<std::string> const& staying) const
{
    for (auto const& a : remote_.agents)
        if (staying.contains(a.id()) &&
            (mentions(a.agent.document, t.id) || (a.engine && mentions(a.engine->document, t.id))))
            return unit_of(bases_, a);
    for (auto const& e : remote_.spare_engines)
        if (staying.contains(e.id) && e.id != t.id && mentions(e.document, t.id))
            return unit_of(bases_, e.kind, e.id);
    return {};
}

resource_state const* deletion_planner::state_of(resource_kind kind, std::string const& id) const
{
    if (kind == resource_kind::knowledge_base) return remote_.find_knowledge(id);
    if (kind == resource_kind::agent) {
        auto const* const a = remote_.find_agent(id);
        return a ? &a->agent : nullptr;
    }
    if (auto const* const spare = remote_.find_spare_engine(id)) return spare;
    resource_state const* newest = nullptr;
    for (auto const& a : remote_.agents)
        if (a.engine && a.engine->id == id && (!newest || a.engine->version > newest->version))
            newest = &*a.engine;
    return newest;
}

std::string deletion_planner::user_of(
    target const& t, plan const& p, std::set<std::string> const& going) const
{
    if (auto user = user_among_agents(t, p, going); !user.empty()) return user;
    if (auto user = user_among_numbers(t, going); !user.empty()) return user;
    for (auto const& e : remote_.spare_engines)
        if (!going.contains(e.id) && e.id != t.id && mentions(e.document, t.id))
            return unit_of(bases_, e.kind, e.id) + " refers to it";
    for (auto const& u : p.units)
        if (u.action == unit_action::create_engine || u.action == unit_action::create_agent)
            if (u.engine_id == t.id || mentions(u.expected, t.id)) return u.name + " refers to it";
    return {};
}

std::string deletion_planner::user_among_agents(
    target const& t, plan const& p, std::set<std::string> const& going) const
{
    for (auto const& a : remote_.agents) {
        if (going.contains(a.id())) {
            // Its engine may stay, for another agent to run.
            if (a.engine && !going.contains(a.engine->id) && mentions(a.engine->document, t.id))
                return unit_of(bases_, a.engine->kind, a.engine->id) + " refers to it";
            continue;
        }
        auto const unit = std::ranges::find_if(p.units,
            [&](plan_unit const& u) { return u.action == unit_action::release && u.id == a.id(); });
        bool const released = unit != p.units.end();
        auto const& agent = released ? unit->expected : a.agent.document;
        bool const uses = mentions(agent, t.id) ||
            (released && unit->engine_kind
                    ? mentions(unit->engine_expected, t.id) && unit->engine_id != t.id
                    : a.engine && a.engine->id != t.id && mentions(a.engine->document, t.id));
        if (uses) return unit_of(bases_, a) + " uses it";
    }
    return {};
}

/// A number binds agents, at versions that may be older than those callers of others get.
std::string deletion_planner::user_among_numbers(
    target const& t, std::set<std::string> const& going) const
{
    std::map<std::string, json::value const*> numbers;
    for (auto const& n : remote_.numbers) numbers.emplace(n.id, &n.document);
    for (auto const& [number, document] : numbers_) numbers.insert_or_assign(number, &document);
    for (auto const& [number, document] : numbers)
        for (auto const& member : pins_of(*document)) {
            if (!member.val.is_array()) continue;
            for (auto const& pin : member.val.as_array()) {
                std::string const agent(pin.string_at("agent_id"));
                if (agent == t.id) return "numbers/" + number + " is bound to it";
                auto const version = pin.int_at("agent_version");
                auto const* const now = remote_.find_agent(agent);
                if (going.contains(agent) || (now && now->agent.version == version)) continue;
                auto const bound = store_.version(tenant_, "agent", agent, version);
                if (!bound) continue;
                auto const ref = engine_of(bound->document);
                auto const engine = ref
                    ? store_.version(tenant_, retell::name(ref->kind), ref->id, ref->version)
                    : std::nullopt;
                if ((ref && ref->id == t.id) || (engine && mentions(engine->document, t.id)))
                    return "version " + std::to_string(version) + " of " +
                        unit_of(bases_, resource_kind::agent, agent) + ", to which numbers/" +
                        number + " is bound, uses it";
            }
        }
    return {};
}

void deletion_planner::guard_against_many(plan& p, std::vector<target> const& targets) const
{
    if (targets.empty()) return;
    std::map<resource_kind, std::size_t> going, there;
    for (auto const& t : targets) ++going[t.kind];
    for (auto const& row : bases_)
        if (auto const kind = retell::parse_resource_kind(row.kind)) ++there[*kind];
    for (auto const& [kind, n] : going) {
        if (n <= most_deletions && n * 100 <= there[kind] * most_percent) continue;
        plan_guard g;
        g.guard = "mass-delete";
        g.text = std::to_string(n) + " of " + std::to_string(there[kind]) + " " +
            std::string(folder(kind)) + " would be deleted";
        p.guards.push_back(std::move(g));
    }
}

} // namespace trunkline::sync::detail
