#include "sync/planner_parts.hpp"
#include "sync/tool_count.hpp"

#include <trunkline/sync/planner.hpp>

#include <string>
#include <utility>

namespace trunkline::sync {
namespace {

using detail::tool_count;
using retell::resource_kind;

std::size_t length_of(json::value const& v)
{
    return v.is_array() ? v.as_array().size() : 0;
}

bool has_text(json::value const& v)
{
    return v.is_string() && !v.as_string().empty();
}

class collector {
public:
    collector(plan_unit const& u, std::vector<plan_guard>& out) : unit_(u), out_(out) {}
    void add(std::string guard, std::string text)
    {
        plan_guard g;
        g.unit = unit_.name;
        g.guard = std::move(guard);
        g.text = std::move(text);
        out_.push_back(std::move(g));
    }

private:
    plan_unit const& unit_;
    std::vector<plan_guard>& out_;
};

/// The engine before and after, whether it is changed for an agent or on its own.
std::pair<json::value const&, json::value const&> engines(plan_unit const& u)
{
    if (u.kind == resource_kind::llm || u.kind == resource_kind::flow)
        return {u.before, u.expected};
    return {u.engine_before, u.engine_expected};
}

void check_webhook(plan_unit const& u, collector& out)
{
    for (auto const member : {"webhook_url", "inbound_webhook_url", "inbound_sms_webhook_url"})
        if (has_text(u.before.at_or_null(member)) && !has_text(u.expected.at_or_null(member)))
            out.add("webhook-removed",
                std::string(member) + " is removed: no more events would arrive");
}

void check_language(plan_unit const& u, collector& out)
{
    for (auto const& c : u.changes)
        if (c.path == "language")
            out.add("language-changed", "the agent would speak another language");
}

void check_tools(plan_unit const& u, collector& out)
{
    auto const [engine_before, engine_after] = engines(u);
    auto const before = tool_count(engine_before);
    if (before > 0 && tool_count(engine_after) == 0)
        out.add("tools-removed", "all " + std::to_string(before) + " tools are removed");
}

void check_prompts(plan_unit const& u, collector& out)
{
    auto const [engine_before, engine_after] = engines(u);
    for (auto const member : {"general_prompt", "global_prompt"}) {
        auto const before = engine_before.string_at(member).size();
        auto const after = engine_after.string_at(member).size();
        if (before >= 200 && after * 2 <= before)
            out.add("prompt-shrinks",
                std::string(member) + " shrinks from " + std::to_string(before) + " to " +
                    std::to_string(after) + " bytes");
    }
}

void check_lists(plan_unit const& u, collector& out)
{
    auto const [engine_before, engine_after] = engines(u);
    for (auto const member : {"general_tools", "tools", "states", "nodes"}) {
        auto const before = length_of(engine_before.at_or_null(member));
        auto const after = length_of(engine_after.at_or_null(member));
        if (before >= 4 && after * 2 <= before)
            out.add("mass-delete",
                std::string(member) + " falls from " + std::to_string(before) + " to " +
                    std::to_string(after) + " items");
    }
}

void check_pins(plan_unit const& u, collector& out)
{
    auto const& before = u.before.at_or_null("inbound_agents");
    if (length_of(before) > 0 && length_of(u.expected.at_or_null("inbound_agents")) == 0)
        out.add("number-unbound", "nobody would answer this number any more");
}

} // namespace

std::vector<plan_guard> guards_of(plan_unit const& u)
{
    std::vector<plan_guard> guards;
    collector out(u, guards);
    // Of what is made or goes as a whole, nothing is changed; deletions have a guard of their own.
    if (u.action == unit_action::create_agent || u.action == unit_action::create_engine ||
        u.action == unit_action::remove || u.kind == retell::resource_kind::knowledge_base)
        return guards;
    check_webhook(u, out);
    check_language(u, out);
    check_tools(u, out);
    check_prompts(u, out);
    check_lists(u, out);
    if (u.kind == resource_kind::phone_number) check_pins(u, out);
    return guards;
}

std::vector<plan_guard> detail::guards_of_switch(
    plan_unit const& u, resource_state const& from, resource_kind kind, json::value const& to)
{
    auto seen = u;
    seen.engine_before = from.document;
    seen.engine_expected = to;
    std::vector<plan_guard> guards;
    collector out(u, guards);
    check_tools(seen, out);
    if (from.kind != kind) return guards; // prompts and lists have other names there
    check_prompts(seen, out);
    check_lists(seen, out);
    return guards;
}

std::size_t detail::tool_count(json::value const& engine)
{
    auto count =
        length_of(engine.at_or_null("general_tools")) + length_of(engine.at_or_null("tools"));
    for (auto const list : {"states", "nodes", "components"}) {
        auto const& items = engine.at_or_null(list);
        if (!items.is_array()) continue;
        for (auto const& item : items.as_array()) count += length_of(item.at_or_null("tools"));
    }
    return count;
}

} // namespace trunkline::sync
