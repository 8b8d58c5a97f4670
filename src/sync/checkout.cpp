#include <trunkline/sync/checkout.hpp>

#include "sync/deleted_there.hpp"
#include "sync/deletions.hpp"
#include "sync/engine_contents.hpp"
#include "sync/followers.hpp"
#include "sync/gone_files.hpp"
#include "sync/gone_names.hpp"
#include "sync/knowledge_pull.hpp"
#include "sync/plan_index.hpp"
#include "sync/planner_parts.hpp"
#include "sync/pulled_folder.hpp"
#include "sync/restore.hpp"

#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

namespace trunkline::sync {

using retell::resource_kind;

name_table names_of(std::vector<store::base_row> const& bases)
{
    name_table names;
    for (auto const& row : bases)
        if (auto const kind = retell::parse_resource_kind(row.kind))
            names.add(*kind, row.id, row.name);
    for (auto const& row : bases)
        if (auto const kind = detail::kind_of_gone(row.kind))
            names.add_gone(*kind, row.id, row.name);
    return names;
}

namespace {

/// A pull of one folder, step by step.
class puller {
public:
    puller(std::optional<bundle> const& local, std::vector<store::base_row> const& bases,
        snapshot const& remote, store::store const& s, tenant_id const& tenant, adopt mode,
        prefer side)
        : local_(local),
          by_use_(detail::move_plain_ids(remote, bases)),
          bases_(by_use_ ? by_use_->rows : bases),
          remote_(remote),
          store_(s),
          tenant_(tenant),
          mode_(mode),
          side_(side),
          names_(names_of(bases_)),
          engines_(remote, bases_, names_),
          here_(local, bases_, names_, engines_),
          contents_(s, tenant),
          known_followers_(s, tenant),
          follows_(follows_releases(current_versions(remote, contents_), known_followers_))
    {}

    checkout run()
    {
        knowledge_ =
            detail::knowledge_pull(local_, bases_, remote_, store_, tenant_).find(names_, out_);
        find_held();
        if (by_use_)
            for (auto const& row : bases_)
                if (by_use_->moved.contains(row.id)) out_.bases.push_back(row);
        name_everything();
        find_kept();
        find_sources();
        find_agents_left_alone();
        settle_split_engines();
        for (auto const& a : remote_.agents) take_agent(a);
        for (auto const& [key, engine] : engines_.by_key()) take_engine(key, *engine);
        for (auto const& e : remote_.spare_engines) take_engine(e.id, e);
        for (auto const& n : remote_.numbers) take_number(n);
        for (auto const& [name, row] : knowledge_) take_knowledge(name, row);
        drop_gone();
        rewrite_deletions();
        if (remote_.chat_agents > 0)
            out_.notes.push_back(
                std::to_string(remote_.chat_agents) + " chat agents are not part of the bundle");
        return std::move(out_);
    }

private:
    // Names.

    /// Agents of one engine, some of which have the content of a release that was interrupted and
    /// some not yet: their files and base rows stay until it has ended. Taken over as they are now,
    /// the old content would be a variant with a file of its own, until the release has ended.
    void find_held()
    {
        auto const under_way = agents_under_way(store_, tenant_);
        if (under_way.empty()) return;
        std::map<std::string_view, std::vector<std::string>> by_engine;
        for (auto const& a : remote_.agents)
            if (a.engine) by_engine[a.engine->id].push_back(a.id());
        for (auto const& [engine, agents] : by_engine) {
            if (agents.size() < 2 ||
                std::ranges::none_of(agents, [&](auto const& id) { return under_way.contains(id); }))
                continue;
            held_.emplace(engine);
            held_.insert(agents.begin(), agents.end());
        }
        if (!held_.empty())
            out_.notes.push_back(
                "a release was interrupted while it changed an engine that several "
                "agents share; their files are left alone until apply finishes it");
    }

    void name_everything()
    {
        for (auto const& a : remote_.agents)
            name(resource_kind::agent, a.id(),
                a.agent.document.string_at("agent_name", a.display_name));
        for (auto const& a : remote_.agents)
            if (a.engine)
                name(a.engine->kind, engines_.key_of(a.id()),
                    *names_.name_of(resource_kind::agent, a.id()));
        for (auto const& e : remote_.spare_engines) name(e.kind, e.id, "unused-" + e.id);
        for (auto const& n : remote_.numbers) name(resource_kind::phone_number, n.id, n.id);
    }

    void name(resource_kind kind, std::string const& id, std::string_view wish)
    {
        if (names_.name_of(kind, id)) return;
        auto const before = name_before(id);
        names_.add(
            kind, id, !before.empty() && is_free(kind, before) ? before : names_.fresh(kind, wish));
    }

    /// What a rollback made anew is called as what its release had deleted; empty for anything else.
    std::string name_before(std::string const& id)
    {
        if (!local_) return {};
        if (!restored_) restored_ = detail::restored_names(store_, tenant_);
        auto const found = restored_->find(id);
        return found == restored_->end() ? std::string() : found->second;
    }

    /// Nobody has the name, or only what has neither file nor resource any more.
    bool is_free(resource_kind kind, std::string const& name) const
    {
        auto const* const id = names_.id_of(kind, name);
        if (!id) return true;
        bool const there = kind == resource_kind::agent
            ? remote_.find_agent(*id) != nullptr
            : engines_.by_key().contains(*id) || remote_.find_spare_engine(*id);
        return !there && !here_.file(kind, name);
    }

    // Engines: agents of one engine may come to have different contents of it, or the same again.

    /// A file as it is, and what was agreed on of it.
    class source {
    public:
        json::value const* base = nullptr;
        bundle_entry const* file = nullptr;
    };

    /// Of each content the files that its agents have so far. Which file a content gets may change
    /// with every version, but what was edited goes along with the agent, and is compared with what
    /// was agreed on for that agent, as plans do it: of several some may have been released. An
    /// agent that is led to another file leaves behind what was edited in its own.
    void find_sources()
    {
        for (auto const& [key, engine] : engines_.by_key())
            for (auto const* a : engines_.agents_on(key)) {
                auto const* const file = here_.engine_file_of(*a);
                auto const* const base = here_.row(agent_engine_kind, a->id());
                if (!file || !base || here_.is_led_away(*a)) continue;
                files_.carried.insert(file);
                auto& found = sources_[key];
                if (std::ranges::none_of(found, [&](source const& s) {
                        return s.file == file && *s.base == base->document;
                    }))
                    found.push_back({&base->document, file});
            }
        auto const add_own = [&](std::string const& key, resource_kind kind) {
            auto const* const own = here_.file(kind, *names_.name_of(kind, key));
            auto const* const base = here_.row(retell::name(kind), key);
            if (own && !files_.carried.contains(own))
                sources_[key].push_back({base ? &base->document : nullptr, own});
        };
        for (auto const& [key, engine] : engines_.by_key()) add_own(key, engine->kind);
        for (auto const& e : remote_.spare_engines) add_own(e.id, e.kind);
    }

    /// Whether an engine's files come from other files than their own.
    bool is_resettled(std::string const& key, resource_state const& engine)
    {
        auto const& from = sources_[key];
        bool const own = from.empty() ||
            (from.size() == 1 && from[0].file->name == *names_.name_of(engine.kind, key));
        return !(own && engines_.count(engine.id) == 1) && !held_.contains(engine.id);
    }

    /// An agent whose own file is left alone for a conflict goes on naming the engine's file it has.
    void find_agents_left_alone()
    {
        for (auto const& a : remote_.agents) {
            auto const* const file = a.engine ? here_.agent_file(a) : nullptr;
            if (!file || !is_resettled(engines_.key_of(a.id()), *a.engine)) continue;
            auto const& v = agents_.emplace(a.id(), reconcile_agent(a)).first->second;
            if (!v.taken &&
                file->engine_name != *names_.name_of(a.engine->kind, engines_.key_of(a.id())))
                split_.insert(a.engine->id);
        }
    }

    /// Engines whose files come from other files than their own are taken over as a whole or, for a
    /// conflict, not at all: their agents keep the files they have then.
    void settle_split_engines()
    {
        std::set<std::string> in_conflict;
        for (auto const& [key, engine] : engines_.by_key()) {
            if (split_.contains(engine->id) || !is_resettled(key, *engine)) continue;
            auto const conflicts = out_.conflicts.size();
            settled_.emplace(key, reconcile_engine(key, *engine));
            if (out_.conflicts.size() != conflicts) in_conflict.insert(engine->id);
        }
        split_.merge(in_conflict);
    }

    /// The key of the engine's file that an agent's file is to name; empty if there is none.
    std::string key_named_by(agent_state const& a) const
    {
        auto const& key = engines_.key_of(a.id());
        if (!split_.contains(a.engine->id)) return key;
        if (auto const* const file = here_.engine_file_of(a))
            return *names_.id_of(a.engine->kind, file->name);
        return here_.file(a.engine->kind, *names_.name_of(a.engine->kind, key)) ? key
                                                                                : std::string();
    }

    // Knowledge bases: the service shows no texts, so the content is what was built from the file.

    void take_knowledge(std::string const& name, store::base_row const& row)
    {
        if (remote_.knowledge_read && !remote_.find_knowledge(row.id)) return;
        auto const kind = resource_kind::knowledge_base;
        auto const base = std::ranges::find_if(
            bases_, [&](auto const& b) { return b.kind == row.kind && b.name == name; });
        auto v = reconcile(kind, std::string(folder(kind)) + "/" + name,
            base == bases_.end() ? nullptr : &base->document, here_.file(kind, name), row.document);
        if (v.write) write(kind, name, std::move(*v.write));
        if (v.taken) out_.bases.push_back(row);
    }

    // Resources.

    /// What becomes of one file. `taken` says that the base may move to the service's content.
    class verdict {
    public:
        bool taken = false;
        std::optional<json::value> write;
    };

    verdict reconcile(resource_kind kind, std::string const& unit, json::value const* base,
        bundle_entry const* file, json::value const& remote)
    {
        verdict v;
        ++out_.resources;
        if (!file && base && is_to_go(unit)) return reconcile_deletion(kind, unit, *base, remote);
        if (!file) {
            ++out_.created;
            if (base) out_.notes.push_back(unit + ": its file was missing and is written again");
            v.taken = true;
            v.write = remote;
            return v;
        }
        auto local = here_.resolved(kind, file->document);
        if (kind == resource_kind::agent) detail::keep_engine_version(local, base ? *base : remote);
        if (!base) return adopt_file(kind, unit, local, remote);
        if (changes(kind, *base, local).empty()) {
            if (!changes(kind, *base, remote).empty()) ++out_.updated;
            v.taken = true;
            v.write = remote;
            return v;
        }
        auto merged = merge(kind, *base, local, remote, side_);
        if (!merged.conflicts.empty()) {
            for (auto& c : merged.conflicts) add_conflict(unit, std::move(c));
            return v;
        }
        ++out_.edited;
        if (!merged.remote_changes.empty()) ++out_.merged;
        v.taken = true;
        v.write = std::move(merged.merged);
        return v;
    }

    // What deleted.json names, and was edited at the service since.

    bool is_to_go(std::string const& unit) const
    {
        return local_ && detail::deletion_planner::asks_for(*local_, unit) && !kept_.contains(unit);
    }

    /// A file that was taken away on purpose stays away.
    verdict reconcile_deletion(resource_kind kind, std::string const& unit, json::value const& base,
        json::value const& remote)
    {
        verdict v;
        auto edits = changes(kind, base, remote);
        v.taken = !edits.empty() && side_ == prefer::local;
        if (side_ == prefer::neither)
            std::ranges::move(detail::edited_there(unit, unit, std::move(edits)),
                std::back_inserter(out_.conflicts));
        return v;
    }

    /// What is not to be deleted any more, since the service's edits win.
    void find_kept()
    {
        if (!local_ || side_ != prefer::remote) return;
        auto const is_edited = [&](resource_kind kind, std::string_view base_kind,
                                   std::string const& id, json::value const& now) {
            auto const* const base = here_.row(base_kind, id);
            return base && !changes(kind, base->document, now).empty();
        };
        auto const keep = [&](resource_kind kind, std::string const& key) {
            auto unit = detail::unit_name(kind, *names_.name_of(kind, key));
            if (is_to_go(unit)) kept_.insert(std::move(unit));
        };
        for (auto const& a : remote_.agents) {
            auto const unit = detail::unit_name(
                resource_kind::agent, *names_.name_of(resource_kind::agent, a.id()));
            bool const edited = is_edited(resource_kind::agent, "agent", a.id(), a.agent.document) ||
                (a.engine &&
                    is_edited(a.engine->kind, agent_engine_kind, a.id(), a.engine->document));
            if (!edited || !is_to_go(unit)) continue;
            keep(resource_kind::agent, a.id());
            if (a.engine) keep(a.engine->kind, engines_.key_of(a.id())); // its file names that one
        }
        for (auto const& [key, engine] : engines_.by_key())
            if (is_edited(engine->kind, retell::name(engine->kind), key, engine->document))
                keep(engine->kind, key);
        for (auto const& e : remote_.spare_engines)
            if (is_edited(e.kind, retell::name(e.kind), e.id, e.document)) keep(e.kind, e.id);
    }

    void rewrite_deletions()
    {
        if (kept_.empty()) return;
        json::array left;
        for (auto const& unit : local_->deleted)
            if (!kept_.contains(unit)) left.push_back(unit);
        for (auto const& unit : kept_)
            out_.notes.push_back(unit + ": was edited at the service, so it is no longer named in " +
                std::string(deleted_name) + ", and its file is back");
        std::filesystem::path const file(deleted_name);
        if (left.empty()) out_.unused_files.push_back(file);
        else
            out_.files[file] = json::to_text(json::value(json::object{{"delete", std::move(left)}}),
                                   json::style::pretty) +
                "\n";
    }

    verdict reconcile_engine(std::string const& key, resource_state const& engine)
    {
        auto const kind = engine.kind;
        auto const& name = *names_.name_of(kind, key);
        auto const unit = std::string(folder(kind)) + "/" + name;
        auto const& from = sources_[key];
        if (from.size() > 1) return reconcile_several(kind, unit, from, engine.document);
        if (from.size() == 1)
            return reconcile(kind, unit, from[0].base, from[0].file, engine.document);
        auto const& agents = engines_.agents_on(key);
        if (!agents.empty() && here_.row(retell::name(kind), key) && !here_.file(kind, name) &&
            std::ranges::all_of(agents, [&](auto const* a) { return here_.led_to(*a) != nullptr; }))
        {
            verdict v; // all its agents are led away, and its file was deleted
            v.taken = true;
            return v;
        }
        // No file, or one that is that of another content from now on.
        auto const* const base =
            here_.file(kind, name) ? nullptr : here_.row(retell::name(kind), key);
        return reconcile(kind, unit, base ? &base->document : nullptr, nullptr, engine.document);
    }

    /// Edits of several files, or of one that was agreed on differently, in one.
    verdict reconcile_several(resource_kind kind, std::string const& unit,
        std::vector<source> const& sources, json::value const& remote)
    {
        verdict v;
        ++out_.resources;
        auto const conflicts = out_.conflicts.size();
        auto result = remote;
        for (auto const& s : sources) {
            auto const local = here_.resolved(kind, s.file->document);
            if (!s.base) { // one that nobody knows yet, by the name that the content gets
                auto own = adopt_file(kind, unit, local, result);
                if (!own.taken || !own.write) return own;
            }
            if (!s.base || changes(kind, *s.base, local).empty()) continue;
            auto merged = merge(kind, *s.base, local, result, side_);
            for (auto& c : merged.conflicts) add_conflict(unit, std::move(c));
            result = std::move(merged.merged);
        }
        // What the service changed of one of them, an edit of another one must not undo.
        for (auto const& s : sources)
            if (s.base)
                add_differences(
                    unit, changes(kind, result, merge(kind, *s.base, result, remote).merged));
        if (out_.conflicts.size() != conflicts) return v;
        if (!changes(kind, remote, result).empty()) ++out_.edited;
        else if (std::ranges::any_of(sources, [&](source const& s) {
                     return s.base && !changes(kind, *s.base, remote).empty();
                 }))
            ++out_.updated; // what was agreed on for its agents may differ in nothing but the version
        v.taken = true;
        v.write = std::move(result);
        return v;
    }

    verdict adopt_file(resource_kind kind, std::string const& unit, json::value const& local,
        json::value const& remote)
    {
        verdict v;
        auto differing = merge(kind, remote, local, remote).local_changes;
        if (differing.empty() || mode_ == adopt::remote) {
            v.taken = true;
            v.write = remote;
        } else if (mode_ == adopt::local) {
            ++out_.edited;
            v.taken = true;
        } else {
            for (auto& d : differing) std::swap(d.before, d.after);
            add_differences(unit, std::move(differing));
        }
        return v;
    }

    /// From what a file says to what the service has: conflicts without a common base.
    void add_differences(std::string const& unit, std::vector<field_change> differing)
    {
        for (auto& d : differing) {
            field_conflict c;
            c.path = std::move(d.path);
            c.local = std::move(d.before);
            c.remote = std::move(d.after);
            add_conflict(unit, std::move(c));
        }
    }

    void add_conflict(std::string const& unit, field_conflict c)
    {
        plan_conflict conflict;
        conflict.unit = unit;
        conflict.resource = unit;
        conflict.field = std::move(c);
        out_.conflicts.push_back(std::move(conflict));
    }

    void write(resource_kind kind, std::string const& name, json::value document,
        std::string_view engine_key = {})
    {
        if (auto const* const file = here_.file(kind, name)) files_.rewritten.insert(file);
        for (auto& [file, text] : render(kind, name, std::move(document), names_, engine_key))
            out_.files.insert_or_assign(file, std::move(text));
    }

    static store::base_row row_of(
        std::string_view kind, std::string id, std::string name, resource_state const& state)
    {
        store::base_row row;
        row.kind = kind;
        row.id = std::move(id);
        row.name = std::move(name);
        row.version = state.version;
        row.published = state.published;
        row.document = state.document;
        return row;
    }

    verdict reconcile_agent(agent_state const& a)
    {
        auto const* const base = here_.row("agent", a.id());
        auto const unit = "agents/" + *names_.name_of(resource_kind::agent, a.id());
        if (side_ != prefer::remote && here_.is_led_two_ways(a)) {
            field_conflict c;
            c.path = "response_engine";
            c.local = "@" + detail::unit_name(here_.led_to(a)->kind, here_.led_to(a)->name);
            c.remote = a.engine->id;
            add_conflict(unit, std::move(c));
            return {};
        }
        return reconcile(resource_kind::agent, unit, base ? &base->document : nullptr,
            here_.agent_file(a), a.agent.document);
    }

    void take_agent(agent_state const& a)
    {
        if (held_.contains(a.id())) return;
        auto const key = a.engine ? key_named_by(a) : std::string();
        if (a.engine && key.empty()) return; // it comes once the conflict is settled
        auto const& name = *names_.name_of(resource_kind::agent, a.id());
        auto const known = agents_.find(a.id());
        auto v = known != agents_.end() ? std::move(known->second) : reconcile_agent(a);
        if (v.write) {
            auto const named = here_.key_in_file(a, *v.write, key);
            if (named != key) files_.still_named.insert(here_.engine_in_file(a));
            write(resource_kind::agent, name, std::move(*v.write), named);
        }
        if (!v.taken) return;
        auto row = row_of("agent", a.id(), name, a.agent);
        row.list_stamp = a.list_stamp;
        if (a.engine) {
            row.engine_kind = retell::name(a.engine->kind);
            row.engine_id = a.engine->id;
            row.engine_version = a.engine->version;
        }
        out_.bases.push_back(std::move(row));
    }

    void take_engine(std::string const& key, resource_state const& engine)
    {
        if (held_.contains(engine.id) || split_.contains(engine.id)) return;
        auto const& name = *names_.name_of(engine.kind, key);
        auto const settled = settled_.find(key);
        auto v =
            settled != settled_.end() ? std::move(settled->second) : reconcile_engine(key, engine);
        if (v.write) write(engine.kind, name, std::move(*v.write));
        if (!v.taken) return;
        out_.bases.push_back(row_of(retell::name(engine.kind), key, name, engine));
        for (auto const* a : engines_.agents_on(key))
            out_.bases.push_back(row_of(agent_engine_kind, a->id(), name, *a->engine));
    }

    void take_number(resource_state const& n)
    {
        auto const& name = *names_.name_of(resource_kind::phone_number, n.id);
        if (known_followers_.is_newer_than(n)) {
            out_.notes.push_back("numbers/" + name +
                ": a release changed it after this pull had read it; the next pull takes it over");
            return;
        }
        auto marked = n;
        mark_followers(marked.document, follows_);
        auto const* const base = here_.row("phone-number", n.id);
        auto v = reconcile(resource_kind::phone_number, "numbers/" + name,
            base ? &base->document : nullptr, here_.file(resource_kind::phone_number, name),
            marked.document);
        if (v.write) write(resource_kind::phone_number, name, std::move(*v.write));
        if (!v.taken) return;
        out_.bases.push_back(row_of("phone-number", n.id, name, marked));
        out_.followers.push_back(detail::followers_row(n.id,
            detail::followers_among(detail::pins_of(n.document),
                [&](auto agent, auto version) { return follows_(n.id, agent, version); }),
            n.stamp));
    }

    /// One of the contents of an engine whose files stay as they are.
    bool is_left_alone(store::base_row const& row) const
    {
        std::string const engine(plain_id(row.id));
        return held_.contains(engine) || split_.contains(engine);
    }

    /// Rows of resources the service no longer has: forgotten once their file is gone too.
    void drop_gone()
    {
        std::set<std::pair<std::string, std::string>> present;
        for (auto const& a : remote_.agents) {
            present.emplace("agent", a.id());
            present.emplace(agent_engine_kind, a.id());
        }
        for (auto const& [key, e] : engines_.by_key()) present.emplace(retell::name(e->kind), key);
        for (auto const& e : remote_.spare_engines) present.emplace(retell::name(e.kind), e.id);
        for (auto const& n : remote_.numbers) present.emplace("phone-number", n.id);
        for (auto const& row : bases_)
            if (row.kind == retell::name(resource_kind::knowledge_base) &&
                (!remote_.knowledge_read || remote_.find_knowledge(row.id) ||
                    knowledge_.at(row.name).id != row.id))
                present.emplace(row.kind, row.id);
        detail::gone_files gone(
            local_, bases_, remote_, names_, engines_, here_, files_, side_, out_);
        // Agents first: what they named goes with them.
        for (bool const agents : {true, false})
            for (auto const& row : bases_)
                if ((row.kind == "agent") == agents && !present.contains({row.kind, row.id}) &&
                    !is_left_alone(row))
                    gone.drop(row);
        gone.find_unused_files();
    }

    std::optional<bundle> const& local_;
    std::optional<detail::rows_by_use> by_use_;
    std::vector<store::base_row> const& bases_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    adopt mode_;
    prefer side_;
    name_table names_;
    detail::engine_contents engines_;
    detail::pulled_folder here_;
    detail::file_fates files_;
    version_contents contents_;
    follower_memory known_followers_;
    follow_rule follows_;
    std::set<std::string> held_; ///< Ids of engines and agents: see find_held().
    std::set<std::string> kept_; ///< Units that are not to be deleted: see find_kept().
    std::map<std::string, std::vector<source>> sources_; ///< By key.
    std::map<std::string, verdict> agents_;  ///< By id, where that had to be known first.
    std::map<std::string, verdict> settled_; ///< By key: see settle_split_engines().
    std::set<std::string> split_;            ///< Ids of engines left alone for a conflict.
    std::map<std::string, store::base_row> knowledge_; ///< By name: what the folder is to have.
    std::optional<std::map<std::string, std::string>> restored_; ///< See name_before().
    checkout out_;
};

/// The snapshot without new resources that an interrupted release may have created: whose they are
/// is settled when it is resumed. Taken in now, they would be created a second time then.
snapshot without_unsettled(snapshot remote, std::set<resource_kind> const& unsettled,
    std::vector<store::base_row> const& bases, bool& left_out)
{
    auto const is_unsettled = [&](resource_state const& r) {
        bool const is_new = std::ranges::none_of(bases,
            [&](auto const& row) { return row.id == r.id && row.kind == retell::name(r.kind); });
        bool const found = is_new && unsettled.contains(r.kind);
        left_out = left_out || found;
        return found;
    };
    std::vector<resource_state> engines;
    std::erase_if(remote.agents, [&](agent_state& a) {
        if (!is_unsettled(a.agent)) return false;
        if (a.engine) engines.push_back(std::move(*a.engine));
        return true;
    });
    for (auto& e : engines)
        if (std::ranges::none_of(
                remote.agents, [&](auto const& a) { return a.engine && a.engine->id == e.id; }))
            remote.spare_engines.push_back(std::move(e));
    std::erase_if(remote.spare_engines, is_unsettled);
    return remote;
}

} // namespace

checkout make_checkout(std::optional<bundle> const& local, std::vector<store::base_row> const& bases,
    snapshot const& remote, store::store const& s, tenant_id const& tenant, adopt mode, prefer side)
{
    auto const unsettled = creations_under_way(s, tenant);
    if (unsettled.empty()) return puller(local, bases, remote, s, tenant, mode, side).run();
    bool left_out = false;
    auto const settled = without_unsettled(remote, unsettled, bases, left_out);
    auto out = puller(local, bases, settled, s, tenant, mode, side).run();
    if (left_out)
        out.notes.push_back("a release was interrupted while it created resources; new ones are "
                            "left for a pull after the apply that finishes it");
    return out;
}

std::size_t write_files(std::filesystem::path const& dir, checkout const& out)
{
    auto const written = write_files(dir, out.files);
    for (auto const& file : out.unused_files) {
        std::error_code ec;
        std::filesystem::remove(dir / file, ec);
        // Left where nothing is known of it any more it would be a new resource.
        if (ec)
            throw error(errc::invalid_bundle,
                "cannot remove " + (dir / file).string() + ": " + ec.message());
    }
    return written;
}

} // namespace trunkline::sync
