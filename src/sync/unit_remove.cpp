#include "sync/knowledge.hpp"
#include "sync/number_mover.hpp"
#include "sync/planner_parts.hpp"
#include "sync/removal_order.hpp"
#include "sync/unit_run.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace trunkline::sync::detail {
namespace {

using retell::resource_kind;

/// Deletes what the folder asks to delete, what a rollback takes back, or a knowledge base that was
/// superseded; if it still is what the plan saw.
class removal final : public unit_run {
public:
    using unit_run::unit_run;

private:
    void run() override
    {
        if (!only_settles())
            if (auto const user = user_not_released(); !user.empty())
                return skip("is used by " + user + ", which could not be released; it stays");
        step("check");
        read(get(), [this](call_outcome outcome) {
            if (outcome.code == failure::not_found)
                return gone(); // resumed after the delete, or somebody was faster
            if (!outcome.ok()) return fail(outcome);
            if (only_settles()) return still_there();
            auto const now = secrets().redact(unit_.kind, std::move(outcome.answer.body));
            bool const knowledge = unit_.kind == resource_kind::knowledge_base;
            auto changed = difference(unit_.kind, unit_.before, now);
            if (knowledge && built_shape(unit_.before) != built_shape(now)) changed = "its sources";
            if (!changed.empty())
                return fail(
                    unit_state::conflict, "was changed meanwhile at " + changed + "; it stays");
            if (knowledge) return check_users(resource_kind::llm);
            if (unit_.kind == resource_kind::agent) return check_versions();
            remove();
        });
    }

    /// All versions go with their agent: a draft on which somebody may be working, and what was
    /// published since the plan, of which the version that was read just now says nothing.
    void check_versions()
    {
        list_versions(unit_.id, [this](std::vector<json::value> const& rows) {
            for (auto const& row : rows) {
                auto const version = row.int_at("version");
                auto const is = std::to_string(version);
                bool const published = row.bool_at("is_published");
                bool const seen = version < unit_.base_version ||
                    (version == unit_.base_version && unit_.before.bool_at("is_published"));
                if (published && !seen)
                    return fail(unit_state::conflict,
                        "version " + is +
                            " was published since the plan was made; it stays. Plan again: that "
                            "shows what was changed, and deletes it if nothing was");
                if (!published && version != unit_.base_version)
                    return fail(unit_state::conflict,
                        "has the unpublished version " + is +
                            ", on which somebody may be working; it stays. If nobody needs that: " +
                            draft_removal(unit_.id, version));
            }
            check_numbers();
        });
    }

    /// The service does not mind who is bound to an agent, and their callers would get nobody: a
    /// number that was to be led away from it may have stayed, or somebody led one there since.
    void check_numbers()
    {
        list(retell::list_phone_numbers(), [this](std::vector<json::value> const& rows) {
            for (auto const& row : rows)
                if (!pins_of_agent(pins_of(row), unit_.id).empty())
                    return fail(unit_state::conflict,
                        "numbers/" +
                            std::string(row.string_at(id_member(resource_kind::phone_number))) +
                            " is still bound to it; it stays");
            auto& all = order();
            all.may_go(place_);
        });
    }

    void on_end() override
    {
        if (unit_.kind != resource_kind::agent) return;
        auto& all = order(); // gives each its place
        all.ended(place_, result().state == unit_state::done);
    }

    /// Of all agents that this release deletes; made once, when the first one asks for it.
    removal_order& order()
    {
        if (order_) return *order_;
        std::vector<removal*> all;
        std::map<std::string, std::size_t, std::less<>> places;
        for (auto const& u : units())
            if (auto* const r = dynamic_cast<removal*>(u.get());
                r && r->unit_.kind == resource_kind::agent) {
                r->place_ = all.size();
                places.emplace(r->unit_.id, r->place_);
                all.push_back(r);
            }
        std::vector<removal_order::member> members;
        for (auto* const r : all) members.push_back(r->as_member(places));
        auto const made = std::make_shared<removal_order>(std::move(members));
        for (auto* const r : all) r->order_ = made;
        return *order_;
    }

    removal_order::member as_member(std::map<std::string, std::size_t, std::less<>> const& places)
    {
        removal_order::member m;
        m.name = unit_.name;
        m.gone = was_done();
        m.go = [this] { remove(); };
        m.stay = [this](std::string const& user) {
            skip(user + " hands over to it, and stays; so does this one");
        };
        auto const see = [&](resource_kind kind, json::value const& document) {
            retell::read_references(
                kind, document, [&](std::string_view target, std::string_view id) {
                    auto const found = places.find(id);
                    if (target == retell::name(resource_kind::agent) && found != places.end() &&
                        found->second != place_ &&
                        std::ranges::find(m.named, found->second) == m.named.end())
                        m.named.push_back(found->second);
                });
        };
        see(unit_.kind, unit_.before);
        if (unit_.engine_kind) see(*unit_.engine_kind, unit_.engine_before);
        return m;
    }

    /// An agent or number that was to stop using it in this release and did not: callers get it
    /// still, while an engine's newest version, all that lists show, may be our draft.
    std::string user_not_released() const
    {
        for (auto const& u : units()) {
            auto const& other = u->unit();
            if (u->result().state == unit_state::done) continue;
            if (other.action == unit_action::update_number &&
                (unit_.kind == resource_kind::knowledge_base ? is_bound(other.before)
                                                             : names(other.kind, other.before)))
                return other.name;
            if (other.action == unit_action::release && other.engine_kind &&
                names(*other.engine_kind, other.engine_before))
                return other.name;
            bool const stays = other.action == unit_action::update_engine ||
                (other.action == unit_action::remove && u->ended());
            if (stays &&
                (names(other.kind, other.before) ||
                    (other.engine_kind && names(*other.engine_kind, other.engine_before))))
                return other.name;
        }
        return {};
    }

    /// Whether a document refers to what is to go.
    bool names(resource_kind kind, json::value const& document) const
    {
        return retell::refers_to(kind, document, unit_.kind, unit_.id);
    }

    bool is_bound(json::value const& number) const
    {
        for (auto const& member : pins_of(number)) {
            if (!member.val.is_array()) continue;
            for (auto const& pin : member.val.as_array())
                if (bound_version_uses(store(), tenant(), pin.string_at("agent_id"),
                        pin.int_at("agent_version"), unit_.id))
                    return true;
        }
        return false;
    }

    retell::call get() const
    {
        switch (unit_.kind) {
        case resource_kind::llm: return retell::get_llm(unit_.id, unit_.base_version);
        case resource_kind::flow: return retell::get_flow(unit_.id, unit_.base_version);
        case resource_kind::knowledge_base: return retell::get_knowledge_base(unit_.id);
        default: return retell::get_agent(unit_.id, retell::version_ref(unit_.base_version));
        }
    }

    /// The service does not mind who uses a knowledge base. Lists show engines at their newest
    /// version, so this finds what the plan has not seen: drafts of others.
    void check_users(resource_kind kind)
    {
        list(kind == resource_kind::llm ? retell::list_llms() : retell::list_flows(),
            [this, kind](std::vector<json::value> const& rows) {
                for (auto const& row : rows)
                    if (uses_knowledge(kind, row, unit_.id))
                        return fail(unit_state::conflict,
                            "is used by " + std::string(row.string_at(id_member(kind))) +
                                " now; it stays");
                if (kind == resource_kind::llm) return check_users(resource_kind::flow);
                remove();
            });
    }

    /// Taken back before it was gone: nothing is left to look up then.
    void still_there()
    {
        journal_undone("delete", "it is still there");
        fail(unit_state::interrupted, "was interrupted, and taken back before anything was deleted");
    }

    void gone()
    {
        auto const kind = retell::name(unit_.kind);
        store::store::transaction t(store());
        if (unit_.kind == resource_kind::knowledge_base)
            store().erase_base(tenant(), knowledge_workspace, kind, unit_.id);
        // What a rollback takes away, the folder learns by a pull; its file tells of it until then.
        if (!is_rollback()) {
            forget_base(kind, unit_.id);
            if (unit_.kind == resource_kind::agent) forget_base(agent_engine_kind, unit_.id);
        }
        t.commit();
        finish();
    }

    void remove()
    {
        write(
            "delete", {},
            [this](json::value) {
                switch (unit_.kind) {
                // Never forced: the service itself refuses while an agent uses the engine.
                case resource_kind::llm: return retell::delete_llm(unit_.id);
                case resource_kind::flow: return retell::delete_flow(unit_.id);
                case resource_kind::knowledge_base: return retell::delete_knowledge_base(unit_.id);
                default: return retell::delete_agent(unit_.id);
                }
            },
            std::nullopt, nullptr,
            [this](call_outcome outcome) {
                if (!outcome.ok() && outcome.code != failure::not_found) return fail(outcome);
                gone();
            });
    }

    std::shared_ptr<removal_order> order_;
    std::size_t place_ = 0; ///< In that order.
};

} // namespace

std::unique_ptr<unit_run> make_removal(release_process& o, plan_unit const& u, recovered past)
{
    return std::make_unique<removal>(o, u, std::move(past));
}

} // namespace trunkline::sync::detail
