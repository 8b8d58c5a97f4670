#include "sync/deleted_there.hpp"
#include "sync/deletions.hpp"
#include "sync/gone_names.hpp"
#include "sync/knowledge.hpp"
#include "sync/links.hpp"
#include "sync/lint_guard.hpp"
#include "sync/number_planner.hpp"
#include "sync/plan_findings.hpp"
#include "sync/plan_index.hpp"
#include "sync/planner_parts.hpp"
#include "sync/restore.hpp"
#include "sync/unpublished.hpp"
#include "sync/untouched_files.hpp"
#include "sync/value_guard.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/checkout.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace trunkline::sync {

using retell::resource_kind;

namespace {

/// Callers would hear the engine's old content.
void note_waiting_agent(plan& p, plan_unit const& agent)
{
    p.notes.push_back(agent.name + ": is not created while its engine " + agent.engine_name +
        " cannot get what its file says");
}

/// The engine that is there already and that an agent is to run from now on; empty if it keeps its own.
std::string engine_led_to(plan_unit const& u)
{
    if (u.action == unit_action::create_agent) return u.engine_id;
    if (u.action != unit_action::release || !u.patch.find("response_engine")) return {};
    auto const ref = engine_of(json::value(u.patch));
    return ref ? ref->id : std::string();
}

/// Agents that are to run an engine which is left alone for a conflict, or of which another agent's
/// release makes a new version: they would run the one before.
void hold_back_agents(plan& p)
{
    auto const blocked = units_in_conflict(p);
    std::set<std::string> edited;
    for (auto const& u : p.units)
        if (u.action == unit_action::release && !u.engine_patch.empty()) edited.insert(u.engine_id);
    std::set<std::string> held;
    std::erase_if(p.units, [&](plan_unit const& u) {
        auto const engine = engine_led_to(u);
        if (engine.empty()) return false;
        if (edited.contains(engine)) {
            p.notes.push_back(u.name +
                ": waits until what is edited in the file of its engine is released, and is part "
                "of the release after this one");
            held.insert(u.name);
            return true;
        }
        bool const waits = u.action == unit_action::create_agent && blocked.contains(u.engine_name);
        if (waits) note_waiting_agent(p, u);
        if (waits) held.insert(u.name);
        return waits;
    });
    std::erase_if(p.guards, [&](plan_guard const& g) { return held.contains(g.unit); });
}

/// Makes one plan; a class only so that the steps share their inputs.
class maker {
public:
    /// `begun`: what is planned already. `earlier`: see knowledge_planner. `replaced`: see made_anew.
    maker(plan begun, detail::renewed_ids earlier, detail::renewed_ids replaced,
        bundle const& local, std::vector<store::base_row> const& bases, snapshot const& remote,
        store::store const& s, plan_options const& options)
        : local_(local),
          row_list_(bases),
          remote_(remote),
          store_(s),
          tenant_(local.tenant),
          options_(options),
          contents_(s, tenant_),
          index_(std::make_shared<detail::snapshot_index const>(remote)),
          at_service_(*index_),
          bases_(bases),
          files_(local),
          paired_(local, bases, bases_),
          untouched_(local, bases_, files_, paired_, at_service_, options.memory),
          deleted_(local, bases_, files_, at_service_, options.prefer),
          gone_(bases, at_service_),
          numbers_(plan_, remote, s, tenant_, options, contents_, index_, bases_, deleted_, gone_),
          earlier_knowledge_(std::move(earlier)),
          replaced_(std::move(replaced)),
          plan_(std::move(begun))
    {}

    plan make()
    {
        plan_.tenant = tenant_.str();
        plan_.workspace = local_.workspace;
        plan_.title = options_.title;
        plan_.created_at = options_.now;
        plan_.environment = options_.environment;
        plan_.catalogue = retell::catalogue_digest();
        for (auto const& e : local_.entries)
            if (e.kind == resource_kind::phone_number) numbers_.add(e);
        numbers_.refuse_bad_fallbacks();
        for (auto const& e : local_.entries)
            if (e.kind == resource_kind::llm || e.kind == resource_kind::flow) plan_engine(e);
        for (auto const& e : local_.entries)
            if (e.kind == resource_kind::agent) plan_agent(e);
        note_older_contents();
        name_replaced();
        detail::plan_findings(plan_, local_, remote_, bases_, files_, paired_, at_service_, gone_)
            .add();
        numbers_.note_left_behind();
        for (auto const& text : local_.unused_texts)
            plan_.notes.push_back(text +
                ": no document refers to it, so it says nothing; name it "
                "in the document as \"@file:...\", or delete it");
        note_shared_engines();
        detail::tell_overruled(plan_);
        detail::deletion_planner(local_, row_list_, remote_, store_, options_, numbers_.merged())
            .add_to(plan_);
        std::ranges::stable_sort(
            plan_.units, {}, [](plan_unit const& u) { return order(u.action); });
        for (auto const& u : plan_.units) refuse_dangling(u);
        auto const lint = detail::release_config(options_.lint);
        for (auto const& u : plan_.units)
            for (auto& g : detail::lint_guards_of(u, lint)) plan_.guards.push_back(std::move(g));
        for (auto const& u : plan_.units) detail::check_values_of(u, plan_);
        detail::split_creations(plan_);
        std::ranges::stable_sort(
            plan_.units, {}, [](plan_unit const& u) { return order(u.action); });
        for (auto const& u : plan_.units)
            for (auto& g : guards_of(u)) plan_.guards.push_back(std::move(g));
        for (auto const& u : plan_.units) guard_switch(u);
        return std::move(plan_);
    }

private:
    /// Engines before the agents that name them; numbers before releases, which may move them again.
    static int order(unit_action a)
    {
        switch (a) {
        case unit_action::build_knowledge: return 0;
        case unit_action::create_engine: return 1;
        case unit_action::update_engine: return 2;
        case unit_action::create_agent: return 3;
        case unit_action::link: return 4;
        case unit_action::update_number: return 5;
        case unit_action::release: return 6;
        case unit_action::remove: break; // asked for by name: a missing file deletes nothing
        }
        return 7;
    }

    void conflict(std::string const& unit, std::string const& resource, std::string path,
        std::optional<json::value> base, std::optional<json::value> local,
        std::optional<json::value> remote)
    {
        field_conflict c;
        c.path = std::move(path);
        c.base = std::move(base);
        c.local = std::move(local);
        c.remote = std::move(remote);
        detail::add_conflicts(plan_, unit, resource, {std::move(c)});
    }

    /// An agent that is to run another engine: what callers get changes as by an edit of its own.
    void guard_switch(plan_unit const& u)
    {
        if (u.action != unit_action::release || !u.patch.find("response_engine")) return;
        auto const* const agent = at_service_.agent(u.id);
        auto const to = engine_of(json::value(u.patch));
        if (!agent || !agent->engine || !to || to->id == agent->engine->id) return;
        auto const* const engine = at_service_.engine(to->id); // a new one is refused before
        if (!engine) return;
        for (auto& g : detail::guards_of_switch(u, *agent->engine, to->kind, engine->document))
            plan_.guards.push_back(std::move(g));
    }

    void name_replaced()
    {
        for (auto& u : plan_.units)
            if (auto const old = replaced_.find(u.name); old != replaced_.end() &&
                (u.action == unit_action::create_agent || u.action == unit_action::create_engine))
                u.replaces = old->second;
    }

    // Engines no agent names, and engines that are to be created.

    static std::optional<resource_kind> names_kind(bundle_entry const& agent)
    {
        auto const ref = engine_of(agent.document);
        return ref ? std::optional(ref->kind) : std::nullopt;
    }

    void plan_engine(bundle_entry const& e)
    {
        if (untouched_.is_recalled(e)) return;
        auto const* const base = paired_.base_of(e);
        if (!base) return plan_new_engine(e, detail::unit_name(e.kind, e.name));
        if (options_.memory && untouched_.is_file(e, *base)) return; // known without agents
        auto const* const remote = at_service_.spare_engine(base->id);
        bool const named = files_.is_named_engine(e.kind, e.name);
        if (named && !remote) return; // part of the agent's release
        if (untouched_.is_file(e, *base)) return;
        if (named && !is_of_new_agents(e)) return;
        auto const unit = detail::unit_name(e.kind, e.name);
        if (deleted_.is_gone(e.kind, *base)) return deleted_.tell_of(plan_, e, *base);
        if (!remote) { // an agent at the service runs it, and its file names another
            plan_.notes.push_back(unit +
                ": no agent's file names it, so what was edited in it is not sent; edit the file "
                "that the agent names, and delete this one");
            return;
        }
        auto merged = detail::merge_document(
            e.kind, base->document, e.document, remote->document, options_.prefer);
        detail::add_conflicts(plan_, unit, unit, std::move(merged.conflicts));
        detail::note_overruled(plan_, unit, merged.overruled);
        if (merged.patch.empty()) return;
        if (remote->published) {
            frozen_engines_.insert(unit);
            plan_.notes.push_back(unit +
                ": is published and no agent uses it, so it cannot be changed; copy the file to "
                "make a new engine");
            return;
        }
        plan_unit u;
        u.action = unit_action::update_engine;
        u.name = unit;
        u.kind = e.kind;
        u.id = base->id;
        u.base_version = remote->version;
        u.before = remote->document;
        u.patch = std::move(merged.patch);
        u.expected = std::move(merged.expected);
        u.changes = std::move(merged.changes);
        u.agreed = std::move(merged.agreed);
        if (named) leave_out_links(u);
        if (!u.patch.empty()) plan_.units.push_back(std::move(u));
    }

    /// A new agent publishes its engine with itself, and is there before what it hands over to is:
    /// that part of the engine's file goes with the release after.
    void leave_out_links(plan_unit& u)
    {
        auto const names = detail::named_agents(u.kind, json::value(u.patch));
        bool const all_new = std::ranges::all_of(names, [&](std::string const& unit) {
            auto const name = unit.substr(unit.find('/') + 1);
            auto const* const agent = files_.find(resource_kind::agent, name);
            return agent && !paired_.base_of(*agent);
        });
        if (names.empty() || !all_new) return; // what leads nowhere is refused with the others
        plan_.notes.push_back(u.name +
            ": names agents that are to be created; they are put in by the release after this one");
        u.expected = detail::without_links(u.kind, std::move(u.expected));
        if (!u.agreed.is_null()) u.agreed = detail::without_links(u.kind, std::move(u.agreed));
        u.patch = detail::patch_between(u.kind, u.before, u.expected);
        u.changes = changes(u.kind, u.before, u.expected);
    }

    /// An earlier release created it and not its agent, say. An agent that was there and is gone
    /// has its engine told of with it.
    bool is_of_new_agents(bundle_entry const& engine) const
    {
        return std::ranges::none_of(local_.entries, [&](bundle_entry const& a) {
            return a.kind == resource_kind::agent && a.engine_name == engine.name &&
                names_kind(a) == engine.kind && paired_.base_of(a);
        });
    }

    void plan_new_engine(bundle_entry const& e, std::string const& unit)
    {
        plan_unit u;
        u.action = unit_action::create_engine;
        u.name = unit;
        u.kind = e.kind;
        u.patch = detail::patch_between(e.kind, json::value(json::object{}), e.document);
        u.expected = e.document;
        plan_.units.push_back(std::move(u));
    }

    // Agents.

    void plan_agent(bundle_entry const& e)
    {
        if (untouched_.is_recalled(e)) return;
        auto const* const base = paired_.base_of(e);
        if (!base) return plan_new_agent(e, detail::unit_name(e.kind, e.name));
        auto const* const remote = at_service_.agent(base->id);
        if (remote && untouched_.is_agent(e, *base, *remote)) return;
        auto const unit = detail::unit_name(e.kind, e.name);
        if (!remote) return deleted_.tell_of_agent(plan_, e, *base);
        plan_unit u;
        u.action = unit_action::release;
        u.name = unit;
        u.kind = e.kind;
        u.id = base->id;
        u.base_version = remote->agent.version;
        u.base_published = remote->agent.published;
        u.fork_of = u.base_version;
        merge_agent(e, *base, *remote, u);
        merge_engine(e, *remote, u);
        if (u.patch.empty() && u.engine_patch.empty()) return;
        u.numbers = numbers_.to_move(u, *remote);
        plan_.units.push_back(std::move(u));
    }

    void merge_agent(
        bundle_entry const& e, store::base_row const& base, agent_state const& remote, plan_unit& u)
    {
        auto local = e.document;
        detail::keep_engine_version(local, base.document);
        auto merged = detail::merge_document(
            e.kind, base.document, local, remote.agent.document, options_.prefer);
        detail::add_conflicts(plan_, u.name, u.name, std::move(merged.conflicts));
        detail::note_overruled(plan_, u.name, merged.overruled);
        u.before = remote.agent.document;
        u.patch = std::move(merged.patch);
        u.expected = std::move(merged.expected);
        u.changes = std::move(merged.changes);
        u.agreed = std::move(merged.agreed);
        if (auto* const engine = u.patch.find("response_engine")) point_engine(*engine, u);
    }

    /// The agent is to run another engine: it must name a version of that one.
    void point_engine(json::value& engine, plan_unit& u)
    {
        json::object probe;
        probe.set("response_engine", engine);
        auto const ref = engine_of(json::value(probe));
        if (!ref) return;
        std::int64_t newest = -1;
        if (auto const* const spare = at_service_.spare_engine(ref->id)) newest = spare->version;
        for (auto const& a : remote_.agents)
            if (a.engine && a.engine->id == ref->id) newest = std::max(newest, a.engine->version);
        if (newest < 0) return;
        engine.make_object().set("version", newest);
        if (auto* const expected = u.expected.find("response_engine")) *expected = engine;
    }

    void merge_engine(bundle_entry const& e, agent_state const& remote, plan_unit& u)
    {
        auto const kind = names_kind(e);
        if (!kind) return;
        if (e.engine_name.empty()) return tell_of_lost_engine(e, remote, u.name);
        auto const* const file = files_.find(*kind, e.engine_name);
        auto const resource = detail::unit_name(*kind, e.engine_name);
        if (!file) {
            if (!remote.engine) { // gone from the account as well
                plan_.notes.push_back(u.name + ": its engine " + resource +
                    " is gone from the account and from the folder; name another one");
                return;
            }
            throw error(errc::invalid_bundle,
                e.file.string() + " refers to @" + resource + ", but there is no such file");
        }
        auto const local_ref = engine_of(e.document);
        if (deleted_.tell_of_engine_in_use(plan_, u.name, *file, remote)) return;
        if (!remote.engine || (local_ref && local_ref->id != remote.engine->id))
            return; // switched: no content change here
        auto const* const base = bases_.engine_of(u.id);
        if (!base || base->document.string_at(id_member(*kind)) != remote.engine->id) {
            // Somebody gave the agent another engine: without a common base nobody knows who changed what.
            if (retell::managed_hash(*kind, file->document) !=
                retell::managed_hash(*kind, remote.engine->document))
                conflict(
                    u.name, resource, "", std::nullopt, file->document, remote.engine->document);
            return;
        }
        auto merged = merge_led_back(*kind, *base, *file, *remote.engine);
        detail::add_conflicts(plan_, u.name, resource, std::move(merged.conflicts));
        detail::note_overruled(plan_, resource, merged.overruled);
        u.engine_kind = *kind;
        u.engine_id = remote.engine->id;
        u.engine_name = resource;
        u.engine_before = remote.engine->document;
        u.engine_patch = std::move(merged.patch);
        u.engine_expected = std::move(merged.expected);
        u.engine_changes = std::move(merged.changes);
        u.engine_agreed = std::move(merged.agreed);
    }

    /// Neither the account nor the folder has the engine that the agent names at the service.
    void tell_of_lost_engine(
        bundle_entry const& e, agent_state const& remote, std::string const& unit)
    {
        auto const there = engine_of(remote.agent.document);
        auto const here = engine_of(e.document);
        if (remote.engine || !there || !here || here->id != there->id) return;
        plan_.notes.push_back(unit + ": its engine " + there->id +
            " was deleted at the service, so callers get no answer: write another one as " +
            std::string(folder(there->kind)) + "/NAME.json, apply, name it in the agent's file (\"@" +
            std::string(folder(there->kind)) + "/NAME\"), and apply again");
    }

    /// A knowledge base that is replaced takes the place of those before it as well: a rollback may
    /// have led back to one since the last pull, or the engine never came to the one in between.
    detail::merged_document merge_led_back(resource_kind kind, store::base_row const& base,
        bundle_entry const& file, resource_state const& remote) const
    {
        if (earlier_knowledge_.empty())
            return detail::merge_document(
                kind, base.document, file.document, remote.document, options_.prefer);
        auto merged = detail::merge_document(kind,
            detail::with_renewed(kind, base.document, earlier_knowledge_), file.document,
            detail::with_renewed(kind, remote.document, earlier_knowledge_), options_.prefer);
        merged.expected = remote.document;
        for (auto const& m : merged.patch) merged.expected.make_object().set(m.key, m.val);
        merged.changes = changes(kind, remote.document, merged.expected);
        return merged;
    }

    /// Publishing what an older version already was is rarely meant (it is what a copied folder does).
    void note_older_contents()
    {
        std::vector<std::string> ids;
        for (auto const& u : plan_.units)
            if (u.action == unit_action::release) ids.push_back(u.id);
        std::map<std::string_view, std::vector<store::version_row const*>> seen;
        auto const rows = store_.versions_of(tenant_, retell::name(resource_kind::agent), ids);
        for (auto const& row : rows) seen[row.id].push_back(&row);
        for (auto const& u : plan_.units)
            if (u.action == unit_action::release)
                if (auto const of_agent = seen.find(u.id); of_agent != seen.end())
                    note_older_content(u, of_agent->second);
    }

    void note_older_content(
        plan_unit const& u, std::vector<store::version_row const*> const& newest_first)
    {
        std::string after;
        for (auto const* const row : newest_first) {
            if (row->version >= u.base_version) continue;
            if (after.empty())
                after =
                    version_contents::of(u.expected, u.engine_kind ? &u.engine_expected : nullptr);
            if (contents_.of(u.id, row->version) != after) continue;
            plan_guard g;
            g.unit = u.name;
            g.guard = "older-content";
            g.text = "the result equals the older version " + std::to_string(row->version) +
                "; to go back to it use rollback";
            plan_.guards.push_back(std::move(g));
            return;
        }
    }

    void plan_new_agent(bundle_entry const& e, std::string const& unit)
    {
        plan_unit u;
        u.action = unit_action::create_agent;
        u.name = unit;
        u.kind = e.kind;
        u.patch = detail::patch_between(e.kind, json::value(json::object{}), e.document);
        u.expected = e.document;
        if (auto const kind = names_kind(e); kind && !e.engine_name.empty()) {
            if (!files_.find(*kind, e.engine_name))
                throw error(errc::invalid_bundle,
                    e.file.string() + " refers to @" + detail::unit_name(*kind, e.engine_name) +
                        ", but there is no such file");
            // Resolved when applied: the engine may be created by the same plan.
            u.engine_name = detail::unit_name(*kind, e.engine_name);
            u.engine_kind = *kind;
            auto const ref = engine_of(e.document);
            if (!ref->id.starts_with('@')) u.engine_id = ref->id;
            if (frozen_engines_.contains(u.engine_name)) {
                note_waiting_agent(plan_, u);
                return;
            }
            if (is_gone(*kind, u.engine_id)) {
                if (detail::taken_back(store_, tenant_).contains(u.engine_id)) {
                    plan_.notes.push_back(unit + ": " + u.engine_name +
                        ", which it runs, was taken back by a rollback; to create both move the "
                        "files away, pull, and put them back; an import is just repeated");
                    return;
                }
                // Used here and deleted there: only a person knows which is meant.
                field_change used;
                used.path = "response_engine";
                used.after = "@" + u.engine_name;
                detail::add_conflicts(plan_, detail::edited_here(unit, u.engine_name, {used}));
                return;
            }
        }
        plan_.units.push_back(std::move(u));
    }

    /// True for the id of an engine that was agreed on and that the account no longer has.
    bool is_gone(resource_kind kind, std::string const& id) const
    {
        return bases_.has_id(kind, id) && !at_service_.spare_engine(id) &&
            !at_service_.runs_engine(id);
    }

    /// A name that leads to nothing must not reach the service as an id. (A new agent may name a
    /// new engine as its own; that is resolved when the engine exists.)
    void refuse_dangling(plan_unit const& u) const
    {
        auto const check = [&](resource_kind kind, json::object const& patch) {
            retell::read_references(
                kind, json::value(patch), [&](std::string_view target, std::string_view text) {
                    auto const target_kind = retell::parse_resource_kind(target);
                    bool const is_name = target_kind &&
                        text.starts_with("@" + std::string(folder(*target_kind)) + "/");
                    bool const own_engine =
                        u.action == unit_action::create_agent && text == "@" + u.engine_name;
                    if (is_name && !own_engine && !is_linked_later(text))
                        throw error(errc::dangling_reference,
                            u.name + " refers to " + std::string(text) +
                                ", which does not exist yet; correct the name, or release that one "
                                "first and then refer to it");
                    if (target_kind == resource_kind::agent) refuse_gone(u, text);
                });
        };
        check(u.kind, u.patch);
        if (u.engine_kind) check(*u.engine_kind, u.engine_patch);
    }

    /// Callers are led to nobody new who is gone. Who is led there already is noted only: his other
    /// edits need not wait.
    void refuse_gone(plan_unit const& u, std::string_view agent_id) const
    {
        auto const* const name = gone_.name_of(agent_id);
        if (!name || retell::refers_to(u.kind, u.before, resource_kind::agent, agent_id) ||
            (u.engine_kind &&
                retell::refers_to(*u.engine_kind, u.engine_before, resource_kind::agent, agent_id)))
            return;
        throw error(errc::dangling_reference,
            u.name + " refers to agents/" + *name +
                ", which is gone from the account; name another one, or make it anew first: move "
                "its "
                "file away, pull, and put it back. Nothing was sent");
    }

    /// An agent or a knowledge base may be named that the same plan creates.
    bool is_linked_later(std::string_view text) const
    {
        return std::ranges::any_of(plan_.units, [&](plan_unit const& other) {
            return (other.action == unit_action::create_agent ||
                       other.action == unit_action::build_knowledge) &&
                text.substr(1) == other.name;
        });
    }

    void note_shared_engines()
    {
        std::map<std::string_view, std::vector<plan_unit const*>> running; // by engine
        for (auto const& u : plan_.units)
            if (u.action == unit_action::release) running[u.engine_name].push_back(&u);
        for (auto& u : plan_.units) {
            if (u.action != unit_action::release || u.engine_patch.empty()) continue;
            for (auto const* const other : running[u.engine_name])
                if (other != &u) u.shared_with.push_back(other->name);
        }
    }

    bundle const& local_;
    std::vector<store::base_row> const& row_list_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    plan_options const& options_;
    version_contents contents_;
    std::shared_ptr<detail::snapshot_index const> index_;
    detail::snapshot_index const& at_service_;
    detail::base_index bases_;
    detail::file_index files_;
    detail::paired_files paired_;
    detail::untouched_files untouched_;
    detail::deleted_there deleted_;
    detail::gone_agents gone_;
    detail::number_planner numbers_;
    std::set<std::string> frozen_engines_; ///< Units of published ones that their file's edits miss.
    detail::renewed_ids earlier_knowledge_;
    detail::renewed_ids replaced_;
    plan plan_;
};

} // namespace

plan make_plan(bundle const& folder, std::vector<store::base_row> const& known,
    snapshot const& account, store::store const& s, plan_options const& options)
{
    if (is_pull_under_way(s, tenant_id(folder.tenant), folder.workspace))
        throw error(errc::invalid_bundle,
            "a pull of this folder is under way or did not end, so some files are newer than what "
            "is known of them; nothing was sent: pull once more, then plan again");
    auto const left = detail::take_up_unpublished(folder, known, account, s);
    auto const& local = left ? left->local : folder;
    auto const& bases = left ? left->bases : known;
    auto const& remote = left ? left->remote : account;
    plan begun;
    detail::knowledge_planner const knowledge(local, bases, remote, s, options);
    auto const rebuilt = knowledge.plan_builds(begun);
    knowledge.plan_removals(begun);
    auto const wanted =
        rebuilt.empty() ? std::optional<bundle>() : detail::with_rebuilt(local, rebuilt);
    auto const& files = wanted ? *wanted : local;
    std::optional<detail::made_anew> anew; // asked for only: files and bases are copied for it
    if (options.prefer == prefer::local) anew = detail::make_anew(files, bases, remote);
    if (anew) std::ranges::move(anew->notes, std::back_inserter(begun.notes));
    auto p = maker(std::move(begun), knowledge.earlier(rebuilt),
        anew ? std::move(anew->replaced) : detail::renewed_ids(), anew ? anew->local : files,
        anew ? anew->bases : bases, remote, s, options)
                 .make();
    knowledge.hold_back_gone(p);
    hold_back_agents(p);
    if (left) left->name_in(p);
    return p;
}

} // namespace trunkline::sync
