#include <trunkline/sync/drift.hpp>

#include "sync/knowledge.hpp"

#include <trunkline/sync/planner.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/report_json.hpp>

#include <map>
#include <set>

namespace trunkline::sync {
namespace {

using retell::resource_kind;

class finder {
public:
    finder(std::vector<store::base_row> const& agreed, snapshot const& remote,
        store::store const& s, tenant_id const& tenant)
        : remote_(remote),
          store_(s),
          tenant_(tenant),
          contents_(s, tenant),
          is_current_(current_versions(remote, contents_)),
          known_followers_(s, tenant),
          follows_(follows_releases(is_current_, known_followers_))
    {
        for (auto const& row : agreed) agreed_.emplace(std::pair(row.kind, row.id), &row);
    }

    drift_report run()
    {
        for (auto const& a : remote_.agents) compare_agent(a);
        for (auto const& n : remote_.numbers) compare_number(n);
        for (auto const& k : remote_.knowledge) compare_knowledge(k);
        find_gone();
        find_drafts();
        if (auto const r = store_.unfinished_release(tenant_)) out_.unfinished = r->number;
        return std::move(out_);
    }

private:
    store::base_row const* row(std::string_view kind, std::string_view id) const
    {
        auto const found = agreed_.find({std::string(kind), std::string(id)});
        return found == agreed_.end() ? nullptr : found->second;
    }

    void add(std::string kind, std::string resource, std::string text,
        std::vector<field_change> changes = {})
    {
        drift_finding f;
        f.kind = std::move(kind);
        f.resource = std::move(resource);
        f.text = std::move(text);
        f.changes = std::move(changes);
        out_.findings.push_back(std::move(f));
    }

    /// Where a changed resource stands now, for whoever looks into its history.
    void add_versioned(agent_state const& a, store::base_row const& agent_base, std::string resource,
        std::int64_t base_version, resource_state const& now, std::vector<field_change> found)
    {
        add("changed", std::move(resource),
            "changed at the service since version " + std::to_string(base_version) + " (now " +
                std::to_string(now.version) + ")",
            std::move(found));
        auto& f = out_.findings.back();
        f.agent_id = a.id();
        f.agent_base = agent_base.version;
        f.base_version = base_version;
        f.version = now.version;
        f.modified_at = now.stamp;
    }

    void compare_agent(agent_state const& a)
    {
        auto const* const base = row("agent", a.id());
        if (!base)
            return add("new", "agents/" + a.id(),
                "\"" + a.display_name + "\" is not in any pulled folder");
        auto const unit = "agents/" + base->name;
        if (auto found = changes(resource_kind::agent, base->document, a.agent.document);
            !found.empty())
            add_versioned(a, *base, unit, base->version, a.agent, std::move(found));
        if (!a.engine) {
            if (engine_of(a.agent.document))
                add("dangling", unit, "names an engine that does not exist");
            return;
        }
        auto const* const engine = row(agent_engine_kind, a.id());
        if (!engine) return;
        auto const engine_unit =
            std::string(a.engine->kind == resource_kind::llm ? "llms/" : "flows/") + engine->name;
        if (auto found = changes(a.engine->kind, engine->document, a.engine->document);
            !found.empty())
            add_versioned(a, *base, engine_unit, engine->version, *a.engine, std::move(found));
        judge_handovers(engine_unit, *a.engine);
    }

    void judge_handovers(std::string const& unit, resource_state const& engine)
    {
        std::set<std::string> gone;
        retell::read_references(
            engine.kind, engine.document, [&](std::string_view target, std::string_view id) {
                if (target == retell::name(resource_kind::agent) && !remote_.find_agent(id) &&
                    was_known(id))
                    gone.emplace(id);
            });
        for (auto const& id : gone)
            if (told_.emplace(unit, id).second) // agents may share an engine
                add("dangling", unit, "hands over to " + who_is(id) + ", which does not exist");
    }

    /// A voice agent that the account had. Chat agents are not read.
    bool was_known(std::string_view agent_id) const
    {
        return row("agent", agent_id) || row(gone_kind(resource_kind::agent), agent_id) ||
            !store_.versions(tenant_, "agent", agent_id).empty();
    }

    std::string who_is(std::string_view agent_id) const
    {
        auto const* base = row("agent", agent_id);
        if (!base) base = row(gone_kind(resource_kind::agent), agent_id);
        return base ? "agents/" + base->name : std::string(agent_id);
    }

    void compare_number(resource_state const& n)
    {
        auto const unit = "numbers/" + n.id;
        auto marked = n.document;
        mark_followers(marked, follows_);
        auto const* const base = row("phone-number", n.id);
        if (!base) add("new", unit, "is not in any pulled folder");
        else if (auto found = changes(resource_kind::phone_number, base->document, marked);
                 !found.empty()) {
            add("changed", unit, "changed at the service", std::move(found));
            out_.findings.back().modified_at = n.stamp;
        }
        for (auto const member : pin_members)
            if (auto const& pins = n.document.at_or_null(member); pins.is_array())
                for (auto const& pin : pins.as_array()) judge_pin(unit, member, pin);
    }

    void compare_knowledge(resource_state const& k)
    {
        auto const* const base = row(retell::name(k.kind), k.id);
        if (!base) return;
        auto const unit = "knowledge/" + base->name;
        auto const built = store_.version(tenant_, retell::name(k.kind), k.id, 0);
        if (built && detail::built_shape(built->document) != detail::built_shape(k.document))
            add("changed", unit, "its name or sources were changed at the service");
        if (k.document.string_at("status") == "error")
            add("broken", unit, "the service could not read its sources");
    }

    void judge_pin(std::string const& unit, std::string_view member, json::value const& pin)
    {
        std::string const agent_id(pin.string_at("agent_id"));
        auto const* const agent = remote_.find_agent(agent_id);
        auto const who = who_is(agent_id);
        if (!agent) {
            bool const may_be_chat = member.find("sms") != std::string_view::npos;
            if (!may_be_chat || was_known(agent_id))
                add("dangling", unit,
                    std::string(member) + " is bound to " + who + ", which does not exist");
            return;
        }
        auto const& version = pin.at_or_null("agent_version");
        if (!version.is_number())
            return add("unpinned", unit,
                std::string(member) + " is bound to " +
                    (version.is_null() ? std::string("no version") : json::to_text(version)) +
                    " of " + who + ": what answers can change without a release");
        if (is_current_(agent_id, version.int_or(-1))) return;
        if (agent->agent.published)
            add("behind", unit,
                std::string(member) + " stays at version " + json::to_text(version) + " of " + who +
                    " while version " + std::to_string(agent->agent.version) + " is published");
        else
            add("unpinned", unit,
                std::string(member) + " is bound to " + who + ", which was never published");
    }

    void find_gone()
    {
        for (auto const& [key, base] : agreed_) {
            if (key.first == "agent" && !remote_.find_agent(key.second))
                add("gone", "agents/" + base->name, "was deleted at the service");
            if (key.first == "phone-number" && !remote_.find_number(key.second))
                add("gone", "numbers/" + base->name, "was deleted at the service");
            if (key.first == retell::name(resource_kind::knowledge_base) &&
                remote_.knowledge_read && !remote_.find_knowledge(key.second))
                add("gone", "knowledge/" + base->name, "was deleted at the service");
        }
    }

    void find_drafts()
    {
        std::set<std::pair<std::string, std::int64_t>> met;
        for (auto const& r : store_.releases(tenant_)) {
            for (auto const& u : results_of(r)) {
                for (auto const version : u.orphans) {
                    if (!remote_.find_agent(u.id) || !met.emplace(u.id, version).second) continue;
                    left_draft d;
                    d.resource = u.name;
                    d.agent_id = u.id;
                    d.version = version;
                    d.release = release_name(r.number);
                    out_.drafts.push_back(std::move(d));
                }
            }
        }
    }

    snapshot const& remote_;
    store::store const& store_;
    tenant_id tenant_;
    version_contents contents_;
    current_rule is_current_;
    follower_memory known_followers_;
    follow_rule follows_;
    std::map<std::pair<std::string, std::string>, store::base_row const*> agreed_;
    std::set<std::pair<std::string, std::string>> told_; ///< Engine's file, agent's id.
    drift_report out_;
};

} // namespace

std::string_view advice_on(std::string_view kind) noexcept
{
    if (kind == "changed")
        return "pull takes it into the files; to put the old content back, edit them after that "
               "and apply";
    if (kind == "new") return "pull writes its files";
    if (kind == "gone")
        return "pull --prefer remote removes its files; made anew it is as docs/runbook.md says";
    if (kind == "unpinned")
        return "write \"released\" or the number of a published version as agent_version into the "
               "number's file, and apply";
    if (kind == "behind")
        return "if it is not meant, write \"released\" as agent_version into the number's file, "
               "and "
               "apply; where the file says so already, the agent's next release moves it";
    if (kind == "dangling")
        return "name something that exists in the file of whatever refers to it, and apply";
    if (kind == "broken") return "correct the sources in its file, and apply builds it anew";
    return {};
}

drift_report find_drift(std::vector<store::base_row> const& agreed, snapshot const& remote,
    store::store const& s, tenant_id const& tenant)
{
    return finder(agreed, remote, s, tenant).run();
}

} // namespace trunkline::sync
