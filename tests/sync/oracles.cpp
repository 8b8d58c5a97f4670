#include "sync/oracles.hpp"

#include <trunkline/retell/operation.hpp>
#include <trunkline/sync/release.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <map>
#include <set>

namespace trunkline::test {
namespace {

json::array const& list_of(json::value const& account, std::string_view name)
{
    static json::array const none;
    auto const& list = account.at_or_null(name);
    return list.is_array() ? list.as_array() : none;
}

/// Versions of each object of an account, which must outlive it, by id and number.
class versions_of {
public:
    versions_of(json::value const& account, std::string_view list, std::string_view id)
    {
        for (auto const& record : list_of(account, list))
            for (auto const& v : list_of(record, "versions"))
                versions_[std::string(record.string_at(id))][v.int_at("version")] = &v;
    }
    bool has(std::string_view id) const { return versions_.contains(id); }
    bool has(std::string_view id, std::int64_t version) const { return document(id, version); }
    bool is_published(std::string_view id, std::int64_t version) const
    {
        auto const* const v = document(id, version);
        return v && v->bool_at("is_published");
    }
    /// Null if there is no such version.
    json::value const* document(std::string_view id, std::int64_t version) const
    {
        auto const record = versions_.find(id);
        if (record == versions_.end()) return nullptr;
        auto const found = record->second.find(version);
        return found == record->second.end() ? nullptr : found->second;
    }

private:
    std::map<std::string, std::map<std::int64_t, json::value const*>, std::less<>> versions_;
};

versions_of agents_of(json::value const& account)
{
    return {account, "agents", "agent_id"};
}

void expect(violations& out, std::string_view what, std::size_t found, std::size_t expected)
{
    if (found != expected)
        out.push_back("O2: " + std::to_string(found) + " " + std::string(what) + " instead of " +
            std::to_string(expected));
}

void check_engine(
    violations& out, json::value const& agent, versions_of const& llms, versions_of const& flows)
{
    auto const ref = sync::engine_of(agent);
    if (!ref) return;
    auto const& engines = ref->kind == retell::resource_kind::llm ? llms : flows;
    bool const exists = ref->version < 0 ? engines.has(ref->id) : engines.has(ref->id, ref->version);
    if (!exists)
        out.push_back("O3: " + std::string(agent.string_at("agent_id")) + " version " +
            std::to_string(agent.int_at("version")) + " names " + ref->id + " version " +
            std::to_string(ref->version) + ", which does not exist");
}

template <class Visit>
void for_each_pin(json::value const& account, Visit visit)
{
    for (auto const& number : list_of(account, "phone_numbers"))
        for (auto const member : sync::pin_members)
            for (auto const& pin : list_of(number, member))
                visit(std::string(number.string_at("phone_number")), pin);
}

std::set<std::string, std::less<>> ids_in(
    json::value const& account, std::string_view list, std::string_view id)
{
    std::set<std::string, std::less<>> ids;
    for (auto const& record : list_of(account, list)) ids.emplace(record.string_at(id));
    return ids;
}

/// Engines that callers get now, by id and version.
std::set<std::pair<std::string, std::int64_t>> live_engines(
    json::value const& account, versions_of const& agents)
{
    std::set<std::pair<std::string, std::int64_t>> live;
    for (auto const& record : list_of(account, "agents")) {
        json::value const* newest = nullptr;
        for (auto const& v : list_of(record, "versions"))
            if (v.bool_at("is_published")) newest = &v;
        if (auto const ref = newest ? sync::engine_of(*newest) : std::nullopt)
            live.emplace(ref->id, ref->version);
    }
    for_each_pin(account, [&](std::string const&, json::value const& pin) {
        if (auto const* const v =
                agents.document(pin.string_at("agent_id"), pin.int_at("agent_version")))
            if (auto const ref = sync::engine_of(*v)) live.emplace(ref->id, ref->version);
    });
    return live;
}

/// Of engines that callers get now, and of the newest version of each: what a person goes on from.
void check_engine_references(violations& out, json::value const& account, versions_of const& agents,
    std::set<std::string> const& deleted_by_people)
{
    using retell::resource_kind;
    auto const bases = ids_in(account, "knowledge_bases", "knowledge_base_id");
    auto const live = live_engines(account, agents);
    for (auto const& [list, kind] :
        {std::pair("retell_llms", resource_kind::llm), {"conversation_flows", resource_kind::flow}})
        for (auto const& record : list_of(account, list)) {
            std::string const id(record.string_at(sync::id_member(kind)));
            auto const& versions = list_of(record, "versions");
            for (auto const& v : versions) {
                if (&v != &versions.back() && !live.contains({id, v.int_at("version")})) continue;
                retell::read_references(
                    kind, v, [&](std::string_view target, std::string_view named) {
                        bool const dangles = target == retell::name(resource_kind::agent)
                            ? !agents.has(named) && !deleted_by_people.contains(std::string(named))
                            : target == retell::name(resource_kind::knowledge_base) &&
                                !bases.contains(named);
                        if (dangles)
                            out.push_back("O3: " + id + " version " +
                                std::to_string(v.int_at("version")) + " names the " +
                                std::string(target) + " " + std::string(named) +
                                ", which does not exist");
                    });
            }
        }
}

std::string key_of(std::string_view operation, std::string_view target)
{
    return std::string(operation) + " " + std::string(target);
}

void check_unit(violations& out, std::string const& where, sync::unit_result const& u,
    versions_of const& agents, versions_of const& llms, versions_of const& flows)
{
    using sync::unit_action;
    using sync::unit_state;
    auto const bad = [&](std::string const& what) {
        out.push_back(
            "O7: " + where + ", " + u.name + " (" + std::string(name(u.state)) + "): " + what);
    };
    bool const published = u.after_version >= 0 && agents.is_published(u.id, u.after_version);
    bool const exists = agents.has(u.id) || llms.has(u.id) || flows.has(u.id);
    if (u.state == unit_state::done) {
        if (u.action == unit_action::release && !published)
            bad("its version " + std::to_string(u.after_version) + " is not published");
        if (u.action == unit_action::create_engine && !exists) bad("it does not exist");
        if (u.action == unit_action::remove && exists) bad("it still exists");
    } else {
        if (u.message.empty()) bad("it says no reason");
        if (u.action == unit_action::release && published && !u.live) bad("it went live unsaid");
    }
    for (auto const version : u.orphans)
        if (agents.has(u.id) && !agents.has(u.id, version))
            bad("orphan " + std::to_string(version) + " does not exist");
}

} // namespace

object_counts count_objects(json::value const& account)
{
    object_counts c;
    c.agents = list_of(account, "agents").size();
    c.llms = list_of(account, "retell_llms").size();
    c.flows = list_of(account, "conversation_flows").size();
    c.numbers = list_of(account, "phone_numbers").size();
    return c;
}

violations check_counts(json::value const& account, object_counts const& expected)
{
    violations out;
    auto const found = count_objects(account);
    expect(out, "agents", found.agents, expected.agents);
    expect(out, "LLMs", found.llms, expected.llms);
    expect(out, "flows", found.flows, expected.flows);
    expect(out, "numbers", found.numbers, expected.numbers);
    return out;
}

violations check_references(
    json::value const& account, std::set<std::string> const& deleted_by_people)
{
    violations out;
    auto const agents = agents_of(account);
    versions_of const llms(account, "retell_llms", "llm_id");
    versions_of const flows(account, "conversation_flows", "conversation_flow_id");
    for (auto const& record : list_of(account, "agents"))
        for (auto const& agent : list_of(record, "versions")) check_engine(out, agent, llms, flows);
    check_engine_references(out, account, agents, deleted_by_people);
    for_each_pin(account, [&](std::string const& number, json::value const& pin) {
        if (!agents.has(pin.string_at("agent_id")))
            out.push_back("O3: " + number + " names an agent that does not exist");
    });
    std::set<std::string, std::less<>> numbers;
    for (auto const& n : list_of(account, "phone_numbers"))
        numbers.emplace(n.string_at("phone_number"));
    for (auto const& n : list_of(account, "phone_numbers")) {
        auto const fallback = n.string_at("fallback_number");
        if (!fallback.empty() && fallback.starts_with('+') && !numbers.contains(fallback))
            out.push_back("O3: " + std::string(n.string_at("phone_number")) +
                " falls back to a number that does not exist");
    }
    return out;
}

violations check_numbers(json::value const& account)
{
    violations out;
    auto const agents = agents_of(account);
    for_each_pin(account, [&](std::string const& number, json::value const& pin) {
        auto const& version = pin.at_or_null("agent_version");
        if (!version.is_number() ||
            !agents.is_published(pin.string_at("agent_id"), version.int_or(-1)))
            out.push_back("O4: " + number + " is bound to " + json::to_text(pin) +
                ", which is no published version");
    });
    return out;
}

violations check_journal(
    store::store const& s, tenant_id const& tenant, std::vector<sent_write> const& writes)
{
    std::map<std::string, std::size_t> intents;
    for (auto const& r : s.releases(tenant))
        for (auto const& row : s.journal(tenant, r.number)) {
            if (row.type == "cut") return {}; // the audit trail tells of what cannot be explained
            if (row.type == "intent")
                ++intents[key_of(row.data.string_at("operation"), row.data.string_at("target"))];
        }
    violations out;
    std::map<std::string, std::size_t> acted;
    for (auto const& w : writes) {
        auto const key = key_of(w.operation, w.target);
        auto const found = intents.find(key);
        if (found == intents.end()) {
            out.push_back("O5: " + key + " was sent without an intent in the journal");
            continue;
        }
        // What may be repeated has one intent for all attempts; what may not, one for each.
        auto const* const op = retell::find_operation(w.operation);
        if (op->retry == retell::retry_class::once && w.status / 100 == 2 &&
            ++acted[key] > found->second)
            out.push_back("O5: " + key + " was done more often than the journal says");
    }
    return out;
}

void sent_write::note_answer(int answered, std::string const& body)
{
    status = answered;
    if (operation == "create-agent-version" && answered / 100 == 2)
        opened = json::parse(body).int_at("version");
}

violations check_drafts(store::store const& s, tenant_id const& tenant,
    std::vector<sent_write> const& writes, json::value const& account)
{
    std::set<std::pair<std::string, std::int64_t>> named;
    for (auto const& r : s.releases(tenant))
        for (auto const& u : list_of(r.result, "units")) {
            auto const result = sync::unit_result_from(u);
            for (auto const version : result.orphans) named.emplace(result.id, version);
        }
    violations out;
    auto const agents = agents_of(account);
    for (auto const& w : writes)
        if (w.opened >= 0 && agents.has(w.target, w.opened) &&
            !agents.is_published(w.target, w.opened) && !named.contains({w.target, w.opened}))
            out.push_back("O7: the draft " + w.target + " " + std::to_string(w.opened) +
                " was left behind, and no release says so");
    return out;
}

violations check_results(store::store const& s, tenant_id const& tenant, json::value const& account)
{
    violations out;
    auto const agents = agents_of(account);
    versions_of const llms(account, "retell_llms", "llm_id");
    versions_of const flows(account, "conversation_flows", "conversation_flow_id");
    std::set<std::int64_t> taken_back;
    std::set<std::string> removed; // versions of these are no longer there to be looked at
    for (auto const& r : s.releases(tenant)) {
        taken_back.insert(r.reverts);
        for (auto const& u : list_of(r.result, "units"))
            if (auto const result = sync::unit_result_from(u);
                result.action == sync::unit_action::remove)
                removed.insert(result.id);
    }
    auto const exists = [&](sync::unit_result const& u) {
        return agents.has(u.id) || llms.has(u.id) || flows.has(u.id);
    };
    for (auto const& r : s.releases(tenant)) {
        auto const where = "r" + std::to_string(r.number);
        if (r.state == store::release_state::running) out.push_back("O7: " + where + " still runs");
        bool all_done = true;
        for (auto const& u : list_of(r.result, "units")) {
            auto const result = sync::unit_result_from(u);
            if (!taken_back.contains(r.number) && (!removed.contains(result.id) || exists(result)))
                check_unit(out, where, result, agents, llms, flows);
            all_done = all_done && result.state == sync::unit_state::done;
        }
        if (r.state == store::release_state::done && !all_done)
            out.push_back("O7: " + where + " is called done, but not all of it is");
    }
    return out;
}

} // namespace trunkline::test
