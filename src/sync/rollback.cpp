#include "sync/knowledge.hpp"
#include "sync/planner_parts.hpp"
#include "sync/private_engine.hpp"
#include "sync/restore.hpp"
#include "sync/rollback_creations.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace trunkline::sync {
namespace {

using retell::resource_kind;

/// `after` without what `before` did not have would be "not managed"; taking back means clearing it.
json::value with_cleared(json::value before, json::value const& after)
{
    if (!before.is_object() || !after.is_object()) return before;
    for (auto const& m : after.as_object())
        if (!before.as_object().contains(m.key)) before.as_object().set(m.key, nullptr);
    return before;
}

class undoer {
public:
    undoer(store::release_row const& release, snapshot const& remote, store::store const& s,
        tenant_id const& tenant, plan_options const& options)
        : work_(release, remote, s, tenant, options)
    {}

    plan make()
    {
        work_.made.tenant = work_.tenant.str();
        work_.made.workspace = work_.release.workspace;
        work_.made.title = work_.options.title.empty()
            ? "Rollback of r" + std::to_string(work_.release.number)
            : work_.options.title;
        work_.made.created_at = work_.options.now;
        work_.made.environment = work_.options.environment;
        work_.made.reverts = work_.release.number;
        auto const results = changed_units();
        note_left_drafts();
        if (results.empty() && !was_abandoned())
            throw error(errc::unknown_release,
                "release r" + std::to_string(work_.release.number) +
                    " changed nothing, so there is nothing to take back");
        find_deleted(results);
        work_.made_again = detail::made_again(work_.deleted, work_.store, work_.tenant,
            work_.release.number, work_.remote, work_.options.now);
        detail::leave_out_led_nowhere(work_);
        for (auto const& r : results)
            if (r.action == unit_action::release && is_returning(r)) returning_.insert(r.id);
        for (auto const& r : results)
            if (r.action == unit_action::release) undo_release(r);
        for (auto const& r : results) {
            if (r.action == unit_action::update_number) numbers_.undo(r);
            if (r.action == unit_action::update_engine) undo_engine(r);
        }
        detail::creation_undoer(work_, numbers_, results).run();
        numbers_.keep_ahead(led_nowhere_);
        numbers_.add_units();
        detail::restore(work_.made, work_.deleted, work_.remote, work_.made_again);
        std::ranges::stable_sort(work_.made.units, {}, [](plan_unit const& u) {
            return u.action == unit_action::create_engine ? 0
                : u.action == unit_action::release        ? 2
                : u.action == unit_action::remove         ? 3
                                                          : 1;
        });
        return std::move(work_.made);
    }

private:
    std::vector<unit_result> changed_units() const
    {
        std::vector<unit_result> out;
        for (auto const& r : work_.results) {
            // A unit that did not end well may have published or moved numbers all the same.
            bool const created =
                (r.action == unit_action::create_agent || r.action == unit_action::create_engine ||
                    r.action == unit_action::build_knowledge) &&
                !r.id.empty();
            if (r.state == unit_state::done || r.live || created || !r.numbers.empty() ||
                !r.fields_after.empty() || went_live(r))
                out.push_back(r);
        }
        return out;
    }

    /// Interrupted before anything of it reached callers, it is taken back by having been ended.
    bool was_abandoned() const
    {
        return std::ranges::any_of(
            work_.results, [](unit_result const& r) { return r.state == unit_state::abandoned; });
    }

    void note_left_drafts()
    {
        for (auto const& r : work_.results)
            for (auto const version : r.orphans)
                work_.note(r.name + ": version " + std::to_string(version) +
                    " was left behind unpublished by r" + std::to_string(work_.release.number) +
                    "; if nobody needs it: " + draft_removal(r.id, version));
    }

    void find_deleted(std::vector<unit_result> const& results)
    {
        for (auto const& u : work_.planned)
            if (u.action == unit_action::remove &&
                std::ranges::any_of(results, [&](unit_result const& r) {
                    return r.name == u.name && r.state == unit_state::done;
                }))
                work_.deleted.push_back(u);
    }

    bool went_live(unit_result const& r) const
    {
        if (r.action != unit_action::release || r.after_version < 0) return false;
        auto const* const agent = work_.remote.find_agent(r.id);
        return agent && agent->agent.published && agent->agent.version == r.after_version;
    }

    // Releases of agents.

    struct version_documents {
        json::value agent;
        json::value engine;
        std::optional<engine_reference> reference;
    };

    std::optional<version_documents> documents_of(std::string const& id, std::int64_t version) const
    {
        auto const agent = work_.store.version(work_.tenant, "agent", id, version);
        if (!agent) return std::nullopt;
        version_documents d;
        d.agent = agent->document;
        d.reference = engine_of(d.agent);
        if (d.reference) {
            auto const engine = work_.store.version(work_.tenant, retell::name(d.reference->kind),
                d.reference->id, d.reference->version);
            if (!engine) return std::nullopt;
            d.engine = engine->document;
        }
        return d;
    }

    static bool same(version_documents const& d, agent_state const& now)
    {
        return version_contents::of(d.agent, d.reference ? &d.engine : nullptr) ==
            version_contents::of(now.agent.document, now.engine ? &now.engine->document : nullptr);
    }

    void undo_release(unit_result const& r)
    {
        auto const* const now = work_.remote.find_agent(r.id);
        auto const before = documents_of(r.id, r.before_version);
        if (now && (!before || !before->reference || is_whole(*before, *now)))
            for (auto const& n : r.numbers) numbers_.restore_pins(r, n);
        if (!now) {
            work_.note(
                r.name + ": was deleted at the service since, so there is no content to take back");
            return;
        }
        auto const after = documents_of(r.id, r.after_version);
        if (!before || !after) {
            work_.note(r.name + ": this store does not have the content of version " +
                std::to_string(before ? r.after_version : r.before_version) +
                ", so it stays as it is at the service; only its numbers return");
            return;
        }
        if (same(*before, *now) || same(with_made_again(*before), *now)) return;
        plan_unit u;
        u.action = unit_action::release;
        u.name = r.name;
        u.kind = resource_kind::agent;
        u.id = r.id;
        u.base_version = now->agent.version;
        u.base_published = now->agent.published;
        if (now->engine) {
            u.engine_kind = now->engine->kind;
            u.engine_id = now->engine->id;
            u.engine_name = engine_name_of(r);
            u.engine_before = now->engine->document;
        }
        u.before = now->agent.document;
        if (same(*after, *now)) return_to(u, r, *before);
        else if (!merge_back(u, *before, *after, *now)) return;
        if (lacks_knowledge(u) || lacks_agent(u)) return;
        if (names_deleted(u)) led_nowhere_.emplace(r.id, r.before_version);
        u.numbers = followers(u, r);
        leave_shared_engine(u);
        work_.made.units.push_back(std::move(u));
    }

    /// As it is once an earlier rollback has made anew what it names.
    version_documents with_made_again(version_documents d) const
    {
        d.agent = detail::with_renewed(resource_kind::agent, std::move(d.agent), work_.made_again);
        if (d.reference)
            d.engine =
                detail::with_renewed(d.reference->kind, std::move(d.engine), work_.made_again);
        return d;
    }

    /// As the release called it: history follows resources by their names.
    std::string engine_name_of(unit_result const& r) const
    {
        for (auto const& u : work_.planned)
            if (u.name == r.name && !u.engine_name.empty()) return u.engine_name;
        return "engine of " + r.name;
    }

    /// Whether the agent gets the whole content back that it had.
    bool is_returning(unit_result const& r) const
    {
        auto const* const now = work_.remote.find_agent(r.id);
        auto const after = documents_of(r.id, r.after_version);
        return now && after && documents_of(r.id, r.before_version) && same(*after, *now);
    }

    /// The version there was names what was deleted and has, or gets, another id.
    bool names_deleted(plan_unit const& u) const
    {
        bool found = false;
        if (u.engine_kind)
            retell::read_references(
                *u.engine_kind, u.engine_expected, [&](std::string_view, std::string_view id) {
                    found = found || work_.comes_again(id);
                });
        return found;
    }

    /// The old content may name a knowledge base that is gone by now: a conflict, never a reference
    /// that leads nowhere.
    bool lacks_knowledge(plan_unit const& u)
    {
        if (!u.engine_kind) return false;
        auto const gone = work_.gone_knowledge(*u.engine_kind, u.engine_expected, u.engine_before);
        if (gone.empty()) return false;
        work_.conflict(u.name, "knowledge_base_ids",
            u.engine_before.at_or_null("knowledge_base_ids"),
            u.engine_expected.at_or_null("knowledge_base_ids"), nullptr);
        work_.note(u.name + ": the knowledge base " + gone +
            " it had is gone; build one from its old file, and release that");
        return true;
    }

    /// Numbers do not return to a version whose knowledge base is gone, or that hands over to an
    /// agent who is gone and does not do so now.
    bool is_whole(version_documents const& before, agent_state const& now) const
    {
        auto const kind = before.reference->kind;
        if (!work_.gone_knowledge(kind, before.engine).empty()) return false;
        return work_
            .gone_agent(kind, before.engine, now.engine ? now.engine->document : json::value())
            .empty();
    }

    /// Nor is anybody handed over to an agent that is gone by now.
    bool lacks_agent(plan_unit const& u)
    {
        if (!u.engine_kind) return false;
        auto const gone = work_.gone_agent(*u.engine_kind, u.engine_expected, u.engine_before);
        if (gone.empty()) return false;
        for (auto const& m :
            detail::patch_between(*u.engine_kind, u.engine_before, u.engine_expected))
            if (work_.options.prefer != prefer::remote &&
                !work_.gone_agent(*u.engine_kind, json::object{{m.key, m.val}}, u.engine_before)
                     .empty())
                work_.conflict(u.name, m.key, u.engine_before.at_or_null(m.key), m.val, nullptr);
        work_.note(u.name + ": its old content hands over to the agent " + gone +
            ", which is gone; edit its file to what it is to be, and apply");
        return true;
    }

    void leave_shared_engine(plan_unit& u)
    {
        bool const changes_engine = u.engine_kind &&
            retell::managed_hash(*u.engine_kind, u.engine_before) !=
                retell::managed_hash(*u.engine_kind, u.engine_expected);
        if (!changes_engine || work_.is_blocked(u.name) || engine_of(u.before)->id != u.engine_id)
            return;
        auto const others = detail::others_on_engine(work_.remote, u, u.engine_expected, returning_);
        if (others.empty()) return;
        std::string names;
        for (auto const* a : others) {
            u.shared_with.push_back(work_.called(*a));
            names += (names.empty() ? "" : ", ") + u.shared_with.back();
        }
        auto copy = detail::give_private_engine(u, "r" + std::to_string(work_.release.number));
        if (auto const* const left = left_behind(copy)) detail::use_private_engine(u, *left);
        else work_.made.units.push_back(std::move(copy));
        work_.note(u.name + ": its engine is used by " + names +
            " too and stays as it is; this agent gets a copy of its own with the old content");
    }

    /// The same copy, made by an earlier rollback of this release whose agent was kept from using it.
    resource_state const* left_behind(plan_unit const& copy) const
    {
        for (auto const& r : work_.store.releases(work_.tenant)) {
            if (r.reverts != work_.release.number) continue;
            for (auto const& made : results_of(r)) {
                auto const* const spare = work_.remote.find_spare_engine(made.id);
                if (made.action == unit_action::create_engine && made.name == copy.name && spare &&
                    spare->kind == copy.kind &&
                    detail::patch_between(copy.kind, spare->document, copy.expected).empty())
                    return spare;
            }
        }
        return nullptr;
    }

    /// Nobody changed anything since: the old version itself is the source of the new one.
    static void return_to(plan_unit& u, unit_result const& r, version_documents const& before)
    {
        u.fork_of = r.before_version;
        u.expected = before.agent;
        u.changes = changes(resource_kind::agent, u.before, u.expected);
        if (!before.reference) return;
        u.engine_kind = before.reference->kind;
        u.engine_id = before.reference->id;
        u.engine_expected = before.engine;
        u.engine_changes = changes(before.reference->kind, u.engine_before, u.engine_expected);
    }

    /// Somebody changed other things since: those stay.
    bool merge_back(plan_unit& u, version_documents const& before, version_documents const& after,
        agent_state const& now)
    {
        u.fork_of = u.base_version;
        auto agent = detail::merge_document(resource_kind::agent, after.agent,
            with_cleared(before.agent, after.agent), now.agent.document, work_.options.prefer);
        detail::add_conflicts(work_.made, u.name, u.name, std::move(agent.conflicts));
        u.patch = std::move(agent.patch);
        u.expected = std::move(agent.expected);
        u.changes = std::move(agent.changes);
        if (now.engine && before.reference && before.reference->id == now.engine->id) {
            auto engine = detail::merge_document(now.engine->kind, after.engine,
                with_cleared(before.engine, after.engine), now.engine->document,
                work_.options.prefer);
            detail::add_conflicts(work_.made, u.name, u.engine_name, std::move(engine.conflicts));
            u.engine_patch = std::move(engine.patch);
            u.engine_expected = std::move(engine.expected);
            u.engine_changes = std::move(engine.changes);
            if (work_.options.prefer == prefer::neither)
                keep_replaced(u, before, after, *now.engine);
        } else {
            u.engine_kind
                .reset(); // it runs another engine now, whose content this release did not touch
        }
        return !u.patch.empty() || !u.engine_patch.empty();
    }

    /// Lists of ids merge one by one. What the release gave in the place of the old knowledge base
    /// and somebody replaced since is not joined by the old one: both wrote the same.
    void keep_replaced(plan_unit const& u, version_documents const& before,
        version_documents const& after, resource_state const& now)
    {
        bool const returns = names_more(now.kind, before.engine, after.engine, now.document);
        if (returns && names_more(now.kind, after.engine, before.engine, now.document))
            work_.conflict(u.name, "knowledge_base_ids",
                after.engine.at_or_null("knowledge_base_ids"),
                before.engine.at_or_null("knowledge_base_ids"),
                now.document.at_or_null("knowledge_base_ids"));
    }

    /// Whether it names a knowledge base that neither of the others does.
    static bool names_more(resource_kind kind, json::value const& engine, json::value const& other,
        json::value const& another)
    {
        bool found = false;
        retell::read_references(kind, engine, [&](std::string_view target, std::string_view id) {
            found = found ||
                (target == retell::name(resource_kind::knowledge_base) &&
                    !detail::uses_knowledge(kind, other, id) &&
                    !detail::uses_knowledge(kind, another, id));
        });
        return found;
    }

    /// Numbers that were bound to the released version by somebody else: they follow the content back.
    std::vector<pinned_number> followers(plan_unit const& u, unit_result const& r)
    {
        std::vector<std::pair<std::string, json::value const*>> numbers;
        for (auto const& n : work_.remote.numbers)
            if (!numbers_.is_returning(n.id)) numbers.emplace_back(n.id, &n.document);
        return detail::numbers_to_move(numbers, u.id, [&](auto const&, std::int64_t v) {
            return v == u.base_version || v == r.after_version;
        });
    }

    void undo_engine(unit_result const& r)
    {
        auto const* const now = work_.remote.find_spare_engine(r.id);
        if (!now || now->published) {
            work_.note(r.name +
                (now ? ": an agent uses it by now and it is published, so it cannot be changed any "
                       "more; it stays as it is at the service"
                     : ": was deleted at the service since, or an agent uses it by now; nothing of "
                       "it is taken back"));
            return;
        }
        auto expected = now->document;
        for (auto const& m : r.fields_before) {
            auto const* const after = r.fields_after.find(m.key);
            auto const current = expected.at_or_null(m.key);
            bool const edited = after && !(current == *after) && !(current == m.val);
            if (edited && work_.options.prefer == prefer::neither)
                work_.conflict(r.name, m.key, *after, m.val, current);
            else if (!edited || work_.options.prefer == prefer::local)
                expected.make_object().set(m.key, m.val);
        }
        plan_unit u;
        u.action = unit_action::update_engine;
        u.name = r.name;
        u.kind = now->kind;
        u.id = r.id;
        u.base_version = now->version;
        u.before = now->document;
        u.patch = detail::patch_between(now->kind, now->document, expected);
        u.expected = std::move(expected);
        u.changes = changes(u.kind, u.before, u.expected);
        if (!u.patch.empty()) work_.made.units.push_back(std::move(u));
    }

    detail::rollback_work work_;
    detail::number_returner numbers_{work_};
    std::map<std::string, std::int64_t>
        led_nowhere_;                 ///< Agents whose old version names what was deleted.
    std::set<std::string> returning_; ///< Agents that get all their content back.
};

} // namespace

plan make_rollback(store::release_row const& release, snapshot const& remote, store::store const& s,
    tenant_id const& tenant, plan_options const& options)
{
    return undoer(release, remote, s, tenant, options).make();
}

} // namespace trunkline::sync
