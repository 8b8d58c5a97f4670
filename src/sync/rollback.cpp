#include "sync/knowledge.hpp"
#include "sync/links.hpp"
#include "sync/planner_parts.hpp"
#include "sync/private_engine.hpp"
#include "sync/restore.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <map>
#include <optional>
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
        : release_(release), remote_(remote), store_(s), tenant_(tenant), options_(options)
    {}

    plan make()
    {
        plan_.tenant = tenant_.str();
        plan_.workspace = release_.workspace;
        plan_.title = options_.title.empty() ? "Rollback of r" + std::to_string(release_.number)
                                             : options_.title;
        plan_.created_at = options_.now;
        plan_.environment = options_.environment;
        plan_.reverts = release_.number;
        auto const results = changed_units();
        note_left_drafts();
        if (results.empty() && !was_abandoned())
            throw error(errc::unknown_release,
                "release r" + std::to_string(release_.number) +
                    " changed nothing, so there is nothing to take back");
        find_deleted(results);
        made_again_ =
            detail::made_again(deleted_, store_, tenant_, release_.number, remote_, options_.now);
        for (auto const& r : results)
            if (r.action == unit_action::release && is_returning(r)) returning_.insert(r.id);
        for (auto const& r : results)
            if (r.action == unit_action::release) undo_release(r);
        for (auto const& r : results) {
            if (r.action == unit_action::update_number) undo_number(r);
            if (r.action == unit_action::update_engine) undo_engine(r);
        }
        find_links(results);
        undo_creations(results);
        keep_numbers_ahead();
        add_number_units();
        detail::restore(plan_, deleted_, remote_, made_again_);
        std::ranges::stable_sort(plan_.units, {}, [](plan_unit const& u) {
            return u.action == unit_action::create_engine ? 0
                : u.action == unit_action::release        ? 2
                : u.action == unit_action::remove         ? 3
                                                          : 1;
        });
        return std::move(plan_);
    }

private:
    std::vector<unit_result> changed_units() const
    {
        std::vector<unit_result> out;
        for (auto& r : all_units()) {
            // A unit that did not end well may have published or moved numbers all the same.
            bool const created =
                (r.action == unit_action::create_agent || r.action == unit_action::create_engine ||
                    r.action == unit_action::build_knowledge) &&
                !r.id.empty();
            if (r.state == unit_state::done || r.live || created || !r.numbers.empty() ||
                !r.fields_after.empty() || went_live(r))
                out.push_back(std::move(r));
        }
        return out;
    }

    std::vector<unit_result> all_units() const
    {
        std::vector<unit_result> out;
        if (auto const& units = release_.result.at_or_null("units"); units.is_array())
            for (auto const& u : units.as_array()) out.push_back(unit_result_from(u));
        return out;
    }

    /// Interrupted before anything of it reached callers, it is taken back by having been ended.
    bool was_abandoned() const
    {
        return std::ranges::any_of(
            all_units(), [](unit_result const& r) { return r.state == unit_state::abandoned; });
    }

    void note_left_drafts()
    {
        for (auto const& r : all_units())
            for (auto const version : r.orphans)
                plan_.notes.push_back(r.name + ": version " + std::to_string(version) +
                    " was left behind unpublished by r" + std::to_string(release_.number) +
                    "; if nobody needs it: " + draft_removal(r.id, version));
    }

    void find_deleted(std::vector<unit_result> const& results)
    {
        for (auto& u : plan::from_json(release_.plan).units)
            if (u.action == unit_action::remove &&
                std::ranges::any_of(results, [&](unit_result const& r) {
                    return r.name == u.name && r.state == unit_state::done;
                }))
                deleted_.push_back(std::move(u));
    }

    bool went_live(unit_result const& r) const
    {
        if (r.action != unit_action::release || r.after_version < 0) return false;
        auto const* const agent = remote_.find_agent(r.id);
        return agent && agent->agent.published && agent->agent.version == r.after_version;
    }

    void conflict(std::string const& unit, std::string path, json::value base, json::value local,
        json::value remote)
    {
        field_conflict c;
        c.path = std::move(path);
        c.base = std::move(base);
        c.local = std::move(local);
        c.remote = std::move(remote);
        detail::add_conflicts(plan_, unit, unit, {std::move(c)});
    }

    // Releases of agents.

    struct version_documents {
        json::value agent;
        json::value engine;
        std::optional<engine_reference> reference;
    };

    std::optional<version_documents> documents_of(std::string const& id, std::int64_t version) const
    {
        auto const agent = store_.version(tenant_, "agent", id, version);
        if (!agent) return std::nullopt;
        version_documents d;
        d.agent = agent->document;
        d.reference = engine_of(d.agent);
        if (d.reference) {
            auto const engine = store_.version(
                tenant_, retell::name(d.reference->kind), d.reference->id, d.reference->version);
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
        auto const* const now = remote_.find_agent(r.id);
        auto const before = documents_of(r.id, r.before_version);
        if (now && (!before || !before->reference || is_whole(*before, *now)))
            for (auto const& n : r.numbers) restore_pins(r, n);
        if (!now) {
            plan_.notes.push_back(
                r.name + ": was deleted at the service since, so there is no content to take back");
            return;
        }
        auto const after = documents_of(r.id, r.after_version);
        if (!before || !after) {
            plan_.notes.push_back(r.name + ": this store does not have the content of version " +
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
        plan_.units.push_back(std::move(u));
    }

    /// As it is once an earlier rollback has made anew what it names.
    version_documents with_made_again(version_documents d) const
    {
        d.agent = detail::with_renewed(resource_kind::agent, std::move(d.agent), made_again_);
        if (d.reference)
            d.engine = detail::with_renewed(d.reference->kind, std::move(d.engine), made_again_);
        return d;
    }

    /// As the release called it: history follows resources by their names.
    std::string engine_name_of(unit_result const& r) const
    {
        for (auto const& u : plan::from_json(release_.plan).units)
            if (u.name == r.name && !u.engine_name.empty()) return u.engine_name;
        return "engine of " + r.name;
    }

    /// Whether the agent gets the whole content back that it had.
    bool is_returning(unit_result const& r) const
    {
        auto const* const now = remote_.find_agent(r.id);
        auto const after = documents_of(r.id, r.after_version);
        return now && after && documents_of(r.id, r.before_version) && same(*after, *now);
    }

    /// The version there was names what the release deleted, which comes again with another id.
    bool names_deleted(plan_unit const& u) const
    {
        auto const text = u.engine_kind ? json::to_text(u.engine_expected) : std::string();
        return std::ranges::any_of(deleted_,
            [&](plan_unit const& d) { return text.find('"' + d.id + '"') != std::string::npos; });
    }

    /// Numbers of such an agent do not return to that version: they stay where they are until the
    /// new one is there, and move to it.
    void keep_numbers_ahead()
    {
        for (auto& u : plan_.units) {
            auto const old = led_nowhere_.find(u.id);
            if (u.action != unit_action::release || old == led_nowhere_.end()) continue;
            for (auto& [number, document] : working_)
                for (auto const member : pin_members) {
                    auto* const pins = document.find(member);
                    if (!pins || !pins->is_array()) continue;
                    for (auto& pin : pins->as_array())
                        if (pin.string_at("agent_id") == u.id &&
                            pin.int_at("agent_version") == old->second)
                            pin.as_object().set("agent_version", u.base_version);
                }
            std::vector<std::pair<std::string, json::value const*>> numbers;
            for (auto const& n : remote_.numbers) {
                auto const changed = working_.find(n.id);
                numbers.emplace_back(
                    n.id, changed == working_.end() ? &n.document : &changed->second);
            }
            u.numbers = detail::numbers_to_move(
                numbers, u.id, [&](auto const&, std::int64_t v) { return v == u.base_version; });
        }
    }

    /// The old content may name a knowledge base that is gone by now: a conflict, never a reference
    /// that leads nowhere.
    bool lacks_knowledge(plan_unit const& u)
    {
        if (!u.engine_kind) return false;
        auto const gone = gone_knowledge(*u.engine_kind, u.engine_expected);
        if (gone.empty() || detail::uses_knowledge(*u.engine_kind, u.engine_before, gone))
            return false;
        conflict(u.name, "knowledge_base_ids", u.engine_before.at_or_null("knowledge_base_ids"),
            u.engine_expected.at_or_null("knowledge_base_ids"), nullptr);
        plan_.notes.push_back(u.name + ": the knowledge base " + gone +
            " it had is gone; build one from its old file, and release that");
        return true;
    }

    /// Numbers do not return to a version whose knowledge base is gone, or that hands over to an
    /// agent who is gone and does not do so now.
    bool is_whole(version_documents const& before, agent_state const& now) const
    {
        auto const kind = before.reference->kind;
        if (!gone_knowledge(kind, before.engine).empty()) return false;
        auto const gone = gone_agent(kind, before.engine);
        return gone.empty() ||
            (now.engine &&
                json::to_text(now.engine->document).find('"' + gone + '"') != std::string::npos);
    }

    /// Nor is anybody handed over to an agent that is gone by now.
    bool lacks_agent(plan_unit const& u)
    {
        if (!u.engine_kind) return false;
        auto const gone = gone_agent(*u.engine_kind, u.engine_expected);
        if (gone.empty() ||
            json::to_text(u.engine_before).find('"' + gone + '"') != std::string::npos)
            return false;
        for (auto const& m :
            detail::patch_between(*u.engine_kind, u.engine_before, u.engine_expected))
            if (options_.prefer != prefer::remote &&
                !gone_agent(*u.engine_kind, json::object{{m.key, m.val}}).empty())
                conflict(u.name, m.key, u.engine_before.at_or_null(m.key), m.val, nullptr);
        plan_.notes.push_back(u.name + ": its old content hands over to the agent " + gone +
            ", which is gone; edit its file to what it is to be, and apply");
        return true;
    }

    /// An agent that a document names, that the account had and has no more; empty if there is none.
    std::string gone_agent(resource_kind kind, json::value document) const
    {
        std::string gone;
        retell::for_each_reference(kind, document, [&](std::string_view target, std::string_view id) {
            bool const comes_again =
                std::ranges::any_of(deleted_, [&](plan_unit const& d) { return d.id == id; });
            if (target == retell::name(resource_kind::agent) && !comes_again &&
                !remote_.find_agent(id) && !store_.versions(tenant_, "agent", id).empty())
                gone = id;
            return std::string(id);
        });
        return gone;
    }

    /// One that an engine names and the account has no more; empty if there is none.
    std::string gone_knowledge(resource_kind kind, json::value const& engine) const
    {
        std::string gone;
        if (!remote_.knowledge_read) return gone;
        auto copy = engine;
        retell::for_each_reference(kind, copy, [&](std::string_view target, std::string_view id) {
            bool const knowledge = target == retell::name(resource_kind::knowledge_base);
            bool const comes_again =
                std::ranges::any_of(deleted_, [&](plan_unit const& d) { return d.id == id; });
            if (knowledge && !comes_again && !remote_.find_knowledge(id)) gone = id;
            return std::string(id);
        });
        return gone;
    }

    /// Left out for a conflict.
    bool is_blocked(std::string const& unit) const
    {
        return std::ranges::any_of(
            plan_.conflicts, [&](plan_conflict const& c) { return c.unit == unit; });
    }

    void leave_shared_engine(plan_unit& u)
    {
        bool const changes_engine = u.engine_kind &&
            retell::managed_hash(*u.engine_kind, u.engine_before) !=
                retell::managed_hash(*u.engine_kind, u.engine_expected);
        if (!changes_engine || is_blocked(u.name) || engine_of(u.before)->id != u.engine_id) return;
        auto const others = detail::others_on_engine(remote_, u, u.engine_expected, returning_);
        if (others.empty()) return;
        std::string names;
        for (auto const* a : others) {
            u.shared_with.push_back(called(*a));
            names += (names.empty() ? "" : ", ") + u.shared_with.back();
        }
        auto copy = detail::give_private_engine(u, "r" + std::to_string(release_.number));
        if (auto const* const left = left_behind(copy)) detail::use_private_engine(u, *left);
        else plan_.units.push_back(std::move(copy));
        plan_.notes.push_back(u.name + ": its engine is used by " + names +
            " too and stays as it is; this agent gets a copy of its own with the old content");
    }

    /// The same copy, made by an earlier rollback of this release whose agent was kept from using it.
    resource_state const* left_behind(plan_unit const& copy) const
    {
        for (auto const& r : store_.releases(tenant_)) {
            auto const& units = r.result.at_or_null("units");
            if (r.reverts != release_.number || !units.is_array()) continue;
            for (auto const& one : units.as_array()) {
                auto const made = unit_result_from(one);
                auto const* const spare = remote_.find_spare_engine(made.id);
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
            with_cleared(before.agent, after.agent), now.agent.document, options_.prefer);
        detail::add_conflicts(plan_, u.name, u.name, std::move(agent.conflicts));
        u.patch = std::move(agent.patch);
        u.expected = std::move(agent.expected);
        u.changes = std::move(agent.changes);
        if (now.engine && before.reference && before.reference->id == now.engine->id) {
            auto engine = detail::merge_document(now.engine->kind, after.engine,
                with_cleared(before.engine, after.engine), now.engine->document, options_.prefer);
            detail::add_conflicts(plan_, u.name, u.engine_name, std::move(engine.conflicts));
            u.engine_patch = std::move(engine.patch);
            u.engine_expected = std::move(engine.expected);
            u.engine_changes = std::move(engine.changes);
            if (options_.prefer == prefer::neither) keep_replaced(u, before, after, *now.engine);
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
            conflict(u.name, "knowledge_base_ids", after.engine.at_or_null("knowledge_base_ids"),
                before.engine.at_or_null("knowledge_base_ids"),
                now.document.at_or_null("knowledge_base_ids"));
    }

    /// Whether it names a knowledge base that neither of the others does.
    static bool names_more(resource_kind kind, json::value engine, json::value const& other,
        json::value const& another)
    {
        bool found = false;
        retell::for_each_reference(kind, engine, [&](std::string_view target, std::string_view id) {
            found = found ||
                (target == retell::name(resource_kind::knowledge_base) &&
                    !detail::uses_knowledge(kind, other, id) &&
                    !detail::uses_knowledge(kind, another, id));
            return std::string(id);
        });
        return found;
    }

    /// Numbers that were bound to the released version by somebody else: they follow the content back.
    std::vector<pinned_number> followers(plan_unit const& u, unit_result const& r)
    {
        std::vector<std::pair<std::string, json::value const*>> numbers;
        for (auto const& n : remote_.numbers)
            if (!working_.contains(n.id)) numbers.emplace_back(n.id, &n.document);
        return detail::numbers_to_move(numbers, u.id, [&](auto const&, std::int64_t v) {
            return v == u.base_version || v == r.after_version;
        });
    }

    // Numbers.

    json::value* working(std::string const& number)
    {
        auto const* const remote = remote_.find_number(number);
        if (!remote) {
            plan_.notes.push_back("numbers/" + number +
                ": was deleted at the service since, so there is nothing of it to take back");
            return nullptr;
        }
        return &working_.try_emplace(number, remote->document).first->second;
    }

    /// Gives the pins of one agent their old versions, if they still are what the release made them.
    void restore_pins(unit_result const& r, moved_number const& moved)
    {
        auto* const number = working(moved.number);
        if (!number) return;
        for (auto const& m : moved.before) {
            auto const* const after = moved.after.find(m.key);
            auto* const now = number->find(m.key);
            if (!after || !now || !after->is_array() || !now->is_array() || !m.val.is_array())
                continue;
            restore_member(
                r, moved.number, m.key, m.val.as_array(), after->as_array(), now->as_array());
        }
    }

    void restore_member(unit_result const& r, std::string const& number, std::string const& member,
        json::array const& before, json::array const& after, json::array& now)
    {
        for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
            if (before[i].string_at("agent_id") != r.id) continue;
            auto const old_version = before[i].at_or_null("agent_version");
            auto const new_version = after[i].at_or_null("agent_version");
            if (old_version == new_version) continue;
            auto const at = [&](json::value const& version) { // one agent may have several pins
                return std::ranges::find_if(now, [&](json::value const& p) {
                    return p.string_at("agent_id") == r.id &&
                        p.at_or_null("agent_version") == version;
                });
            };
            if (auto const pin = at(new_version); pin != now.end()) {
                pin->as_object().set("agent_version", old_version);
                continue;
            }
            auto const any = std::ranges::find_if(
                now, [&](json::value const& p) { return p.string_at("agent_id") == r.id; });
            if (any == now.end() || at(old_version) != now.end()) continue;
            if (options_.prefer == prefer::local)
                any->as_object().set("agent_version", old_version);
            else if (options_.prefer == prefer::neither)
                conflict("numbers/" + number, member + "/" + r.id + "/agent_version", new_version,
                    old_version, any->at_or_null("agent_version"));
        }
    }

    static bool is_write_only(std::string_view member)
    {
        return retell::field_cursor(resource_kind::phone_number).member(member).cls() ==
            retell::field_class::write_only;
    }

    void undo_number(unit_result const& r)
    {
        auto* const number = working(r.id);
        if (!number) return;
        for (auto const& m : r.fields_before) {
            auto const* const after = r.fields_after.find(m.key);
            auto const now = number->at_or_null(m.key);
            if (now == m.val) continue;
            auto const again = detail::with_renewed(resource_kind::phone_number,
                json::value(json::object{{m.key, m.val}}), made_again_);
            if (now == again.at_or_null(m.key)) continue; // an earlier rollback was here
            if (m.val.is_null() && is_write_only(m.key)) {
                plan_.notes.push_back("numbers/" + r.id + ": " + m.key +
                    " stays: what it was before is not known, no answer shows it; set it by hand");
                continue;
            }
            if (after && !(now == *after) && options_.prefer != prefer::local) {
                if (options_.prefer == prefer::neither)
                    conflict("numbers/" + r.id, m.key, *after, m.val, now);
                continue;
            }
            if (auto const gone =
                    gone_agent(resource_kind::phone_number, json::object{{m.key, m.val}});
                !gone.empty())
            {
                plan_.notes.push_back("numbers/" + r.id + ": its " + m.key + " had the agent " +
                    gone +
                    ", which is gone, so only versions return there; write into its file whom it "
                    "is "
                    "to lead to, and apply");
                continue;
            }
            number->make_object().set(m.key, m.val);
        }
    }

    void add_number_units()
    {
        for (auto const& [number, document] : working_) {
            auto const* const remote = remote_.find_number(number);
            auto patch =
                detail::patch_between(resource_kind::phone_number, remote->document, document);
            if (patch.empty()) continue;
            plan_unit u;
            u.action = unit_action::update_number;
            u.name = "numbers/" + number;
            u.kind = resource_kind::phone_number;
            u.id = number;
            u.before = remote->document;
            u.patch = std::move(patch);
            u.expected = document;
            u.changes = changes(u.kind, u.before, u.expected);
            u.followers = followed_before(u.name);
            plan_.units.push_back(std::move(u));
        }
    }

    /// Which pins of a number followed before the release that is taken back changed or moved it.
    json::object followed_before(std::string const& number) const
    {
        json::object out;
        auto const add = [&](std::string_view agent_id, std::int64_t version) {
            if (!out.contains(agent_id)) out.set(agent_id, json::array{});
            out.find(agent_id)->as_array().push_back(version);
        };
        for (auto const& u : plan::from_json(release_.plan).units) {
            if (u.name == number)
                for (auto const& m : u.followers)
                    if (m.val.is_array())
                        for (auto const& version : m.val.as_array()) add(m.key, version.int_or(-1));
            for (auto const& moved : u.numbers)
                if ("numbers/" + moved.number == number)
                    for (auto const version : moved.versions) add(u.id, version);
        }
        return out;
    }

    void undo_engine(unit_result const& r)
    {
        auto const* const now = remote_.find_spare_engine(r.id);
        if (!now || now->published) {
            plan_.notes.push_back(r.name +
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
            if (edited && options_.prefer == prefer::neither)
                conflict(r.name, m.key, *after, m.val, current);
            else if (!edited || options_.prefer == prefer::local)
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
        if (!u.patch.empty()) plan_.units.push_back(std::move(u));
    }

    // Creations.

    /// What is created may refer to each other in a circle: it goes together, or what somebody else
    /// uses stays with all that it uses itself.
    void undo_creations(std::vector<unit_result> const& results)
    {
        std::vector<unit_result const*> going;
        for (auto const action :
            {unit_action::create_agent, unit_action::create_engine, unit_action::build_knowledge})
            for (auto const& r : results)
                if (r.action == action && can_go(r)) going.push_back(&r);
        for (auto const* r : going) removed_.insert(r->id);
        while (std::erase_if(going, [&](auto const* r) { return is_used(*r); }) > 0) {
        }
        for (auto const* r : going) {
            auto const* const state = state_of(*r);
            plan_unit u;
            u.action = unit_action::remove;
            u.name = r->name;
            u.id = r->id;
            u.kind = state->kind;
            u.base_version = state->version;
            u.before = state->document;
            plan_.units.push_back(std::move(u));
        }
    }

    resource_state const* state_of(unit_result const& r) const
    {
        if (r.action == unit_action::build_knowledge) return remote_.find_knowledge(r.id);
        return r.action == unit_action::create_agent ? agent_state_of(r.id) : engine_state_of(r.id);
    }

    bool can_go(unit_result const& r)
    {
        auto const* const state = state_of(r);
        if (!state) return false; // gone already
        if (is_as_made(r, *state)) return true;
        plan_.notes.push_back(r.name + ": was created by r" + std::to_string(release_.number) +
            " and edited at the service since, so it stays; a pull writes its file");
        return false;
    }

    bool is_used(unit_result const& r)
    {
        auto const used_by = r.action == unit_action::create_agent ? users_of_agent(r.id)
            : r.action == unit_action::build_knowledge             ? users_of_knowledge(r.id)
                                                                   : users_of_engine(r.id);
        if (used_by.empty()) return false;
        plan_.leaves_some = true;
        plan_.notes.push_back(r.name + ": was created by r" + std::to_string(release_.number) +
            " and is used by " + used_by +
            " now, so it stays; take it out there and repeat the rollback if it is to go");
        removed_.erase(r.id);
        return true;
    }

    /// An agent counts with its engine: a colleague may have put work into either.
    bool is_as_made(unit_result const& r, resource_state const& now) const
    {
        if (now.kind == resource_kind::knowledge_base) {
            auto const built = store_.version(tenant_, retell::name(now.kind), now.id, 0);
            // Interrupted before it was complete, it is what the plan says.
            auto const shape = built ? detail::built_shape(built->document)
                                     : detail::knowledge_shape(planned_content(r.name));
            return shape == detail::built_shape(now.document);
        }
        if (now.kind != resource_kind::agent) return is_engine_as_made(now, r.after_version);
        auto const made = store_.version(tenant_, "agent", r.id, r.after_version);
        auto const* const agent = remote_.find_agent(r.id);
        if (!made || !agent ||
            retell::managed_hash(now.kind, made->document) !=
                retell::managed_hash(now.kind, now.document))
            return false;
        auto const ref = engine_of(made->document);
        return !ref || (agent->engine && is_engine_as_made(*agent->engine, ref->version));
    }

    json::value planned_content(std::string const& unit) const
    {
        for (auto const& u : plan::from_json(release_.plan).units)
            if (u.name == unit) return u.expected;
        return {};
    }

    bool is_engine_as_made(resource_state const& now, std::int64_t version) const
    {
        auto const made = store_.version(tenant_, retell::name(now.kind), now.id, version);
        if (!made) return false;
        auto const hash = retell::managed_hash(now.kind, now.document);
        if (retell::managed_hash(now.kind, made->document) == hash) return true;
        // Linked, and interrupted before that could be noted.
        auto const links = links_.find(now.id);
        if (links == links_.end()) return false;
        auto linked = made->document;
        for (auto const& m : links->second) linked.make_object().set(m.key, m.val);
        return retell::managed_hash(now.kind, linked) == hash;
    }

    /// What the release's links wrote, or were to write, into engines it created.
    void find_links(std::vector<unit_result> const& results)
    {
        std::map<std::string, std::string> created;
        for (auto const& r : results)
            if (r.action == unit_action::create_agent || r.action == unit_action::create_engine)
                created.emplace(r.name, r.id);
        if (created.empty()) return;
        for (auto& u : plan::from_json(release_.plan).units) {
            auto const engine = created.find(u.engine_name);
            if (u.action != unit_action::link || engine == created.end()) continue;
            detail::link(u, created);
            links_.emplace(engine->second, std::move(u.patch));
        }
    }

    resource_state const* agent_state_of(std::string const& id) const
    {
        auto const* const a = remote_.find_agent(id);
        return a ? &a->agent : nullptr;
    }

    resource_state const* engine_state_of(std::string const& id) const
    {
        if (auto const* const spare = remote_.find_spare_engine(id)) return spare;
        for (auto const& a : remote_.agents)
            if (a.engine && a.engine->id == id) return &*a.engine;
        return nullptr;
    }

    std::vector<store::base_row> const& rows() const
    {
        if (!rows_) rows_ = store_.bases(tenant_, release_.workspace);
        return *rows_;
    }

    std::string called(agent_state const& agent) const { return detail::unit_of(rows(), agent); }

    std::string users_of_agent(std::string const& id) const
    {
        for (auto const& n : remote_.numbers) {
            auto const updated = working_.find(n.id);
            bool const stays = updated == working_.end() || is_blocked("numbers/" + n.id);
            auto const& document = stays ? n.document : updated->second;
            if (!detail::numbers_to_move(
                    {{n.id, &document}}, id, [](auto const&, std::int64_t) { return true; })
                     .empty() ||
                json::to_text(json::value(detail::pins_of(document))).find('"' + id + '"') !=
                    std::string::npos)
                return "numbers/" + n.id;
        }
        for (auto const& a : remote_.agents)
            if (a.id() != id && a.engine && !removed_.contains(a.id()) &&
                json::to_text(a.engine->document).find('"' + id + '"') != std::string::npos)
                return "the engine of " + called(a);
        return {};
    }

    std::string users_of_engine(std::string const& id) const
    {
        for (auto const& a : remote_.agents)
            if (a.engine && a.engine->id == id && !removed_.contains(a.id())) return called(a);
        return {};
    }

    /// With what this rollback makes of engines.
    std::string users_of_knowledge(std::string const& id) const
    {
        for (auto const& a : remote_.agents) {
            if (!a.engine || removed_.contains(a.id())) continue;
            auto const unit = std::ranges::find_if(plan_.units, [&](plan_unit const& u) {
                return u.action == unit_action::release && u.id == a.id();
            });
            bool const returns =
                unit != plan_.units.end() && unit->engine_kind && !is_blocked(unit->name);
            if (detail::uses_knowledge(
                    a.engine->kind, returns ? unit->engine_expected : a.engine->document, id))
                return "the engine of " + called(a);
        }
        for (auto const& e : remote_.spare_engines)
            if (!removed_.contains(e.id) && detail::uses_knowledge(e.kind, e.document, id))
                return detail::unit_of(rows(), e.kind, e.id);
        for (auto const& n : remote_.numbers)
            if (stays_bound(n, id)) return "the version to which numbers/" + n.id + " is bound";
        return {};
    }

    /// A number that is left out for a conflict stays at a version that uses it.
    bool stays_bound(resource_state const& n, std::string const& knowledge) const
    {
        auto const changed = working_.find(n.id);
        bool const moves = changed != working_.end() && !is_blocked("numbers/" + n.id);
        for (auto const& member : detail::pins_of(moves ? changed->second : n.document)) {
            if (!member.val.is_array()) continue;
            for (auto const& pin : member.val.as_array()) {
                auto const agent = pin.string_at("agent_id");
                if (!removed_.contains(std::string(agent)) && !follows(n.id, agent) &&
                    detail::bound_version_uses(
                        store_, tenant_, agent, pin.int_at("agent_version"), knowledge))
                    return true;
            }
        }
        return false;
    }

    /// The agent's release moves the number along.
    bool follows(std::string const& number, std::string_view agent) const
    {
        return std::ranges::any_of(plan_.units, [&](plan_unit const& u) {
            return u.action == unit_action::release && u.id == agent && !is_blocked(u.name) &&
                std::ranges::any_of(
                    u.numbers, [&](pinned_number const& p) { return p.number == number; });
        });
    }

    store::release_row const& release_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    plan_options const& options_;
    std::map<std::string, json::value> working_; ///< Numbers as they are to become.
    std::set<std::string> removed_;              ///< Ids of what goes.
    std::vector<plan_unit> deleted_;             ///< What the release deleted.
    detail::renewed_ids made_again_; ///< Of that, what an earlier rollback of it made anew.
    std::map<std::string, std::int64_t> led_nowhere_; ///< Agents whose old version names that.
    std::set<std::string> returning_;                 ///< Agents that get all their content back.
    std::map<std::string, json::object> links_;       ///< By id of the engine.
    mutable std::optional<std::vector<store::base_row>> rows_; ///< Read when a message needs them.
    plan plan_;
};

} // namespace

plan make_rollback(store::release_row const& release, snapshot const& remote, store::store const& s,
    tenant_id const& tenant, plan_options const& options)
{
    return undoer(release, remote, s, tenant, options).make();
}

} // namespace trunkline::sync
