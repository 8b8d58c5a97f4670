#include "sync/links.hpp"

#include "sync/planner_parts.hpp"

#include <trunkline/sync/snapshot.hpp>

#include <algorithm>
#include <optional>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

constexpr std::string_view agent_prefix = "@agents/";
constexpr std::string_view knowledge_prefix = "@knowledge/";

bool has_links(resource_kind kind, std::string const& member, json::value part)
{
    json::object alone;
    alone.set(member, std::move(part));
    return !named_agents(kind, json::value(std::move(alone))).empty();
}

json::value placeholder(json::value const& node)
{
    json::object end;
    for (auto const key : {"id", "name", "display_position"})
        if (auto const* const found = node.find(key)) end.set(key, *found);
    end.set("type", "end");
    return end;
}

} // namespace

bool is_link(std::string_view reference) noexcept
{
    return reference.starts_with(agent_prefix);
}

std::set<std::string> named_agents(resource_kind kind, json::value const& document)
{
    std::set<std::string> names;
    retell::read_references(kind, document, [&](std::string_view, std::string_view text) {
        if (is_link(text)) names.emplace(text.substr(1));
    });
    return names;
}

json::value without_links(resource_kind kind, json::value document)
{
    json::object out;
    for (auto& m : document.make_object()) {
        if (!has_links(kind, m.key, m.val)) {
            out.set(m.key, std::move(m.val));
            continue;
        }
        if (!m.val.is_array()) continue;
        json::array items;
        for (auto& item : m.val.as_array()) {
            if (!has_links(kind, m.key, json::array{item})) items.push_back(std::move(item));
            else if (m.key == "nodes") items.push_back(placeholder(item));
        }
        out.set(m.key, std::move(items));
    }
    return out;
}

std::string link(plan_unit& u, std::map<std::string, std::string> const& created)
{
    std::string missing;
    auto const replace = [&](std::string name) {
        auto const found = created.find(name);
        if (found != created.end()) return found->second;
        if (missing.empty()) missing = name;
        return "@" + name;
    };
    auto const in = [&](resource_kind kind, json::value& document) {
        if (!document.is_object()) return;
        retell::for_each_reference(kind, document, [&](std::string_view, std::string_view text) {
            bool const is_name =
                text.starts_with(agent_prefix) || text.starts_with(knowledge_prefix);
            return is_name ? replace(std::string(text.substr(1))) : std::string(text);
        });
    };
    auto const in_patch = [&](resource_kind kind, json::object& patch) {
        if (patch.empty()) return;
        json::value document(std::move(patch));
        in(kind, document);
        patch = std::move(document.as_object());
    };
    in_patch(u.kind, u.patch);
    in(u.kind, u.expected);
    in(u.kind, u.agreed);
    if (u.engine_kind) {
        in_patch(*u.engine_kind, u.engine_patch);
        in(*u.engine_kind, u.engine_expected);
        in(*u.engine_kind, u.engine_agreed);
    }
    return missing;
}

std::string link_engine(plan_unit& u, std::map<std::string, std::string> const& created)
{
    bool const waits = u.action == unit_action::release && u.engine_kind && u.engine_id.empty();
    if (!waits) return {};
    auto const found = created.find(u.engine_name);
    if (found == created.end()) return u.engine_name;
    u.engine_id = found->second;
    for (auto* const reference :
        {u.patch.find("response_engine"), u.expected.find("response_engine")})
        if (reference) reference->make_object().set(id_member(*u.engine_kind), u.engine_id);
    return {};
}

void split_creations(plan& p)
{
    std::vector<plan_unit> links;
    for (auto& u : p.units) {
        if (u.action != unit_action::create_engine || named_agents(u.kind, u.expected).empty())
            continue;
        plan_unit l;
        l.action = unit_action::link;
        l.name = "links of " + u.name;
        l.kind = u.kind;
        l.engine_name = u.name;
        l.expected = u.expected;
        u.expected = without_links(u.kind, std::move(u.expected));
        for (auto const& m : u.patch) {
            auto const* const left = u.expected.find(m.key);
            if (!left || !(*left == m.val)) l.patch.set(m.key, m.val);
        }
        u.patch = patch_between(u.kind, json::value(json::object{}), u.expected);
        for (auto& agent : p.units)
            if (agent.action == unit_action::create_agent && agent.engine_name == u.name) {
                agent.publishes_later = true;
                l.publishes.push_back(agent.name);
            }
        links.push_back(std::move(l));
    }
    std::ranges::move(links, std::back_inserter(p.units));
}

} // namespace trunkline::sync::detail
