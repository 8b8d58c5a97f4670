#include "retell/lint_parts.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace trunkline::retell::detail {
namespace {

/// What the linter knows of a node type.
class node_type {
public:
    std::string_view name;
    bool talks;
    bool ends;
    std::array<std::string_view, 3> required; ///< Beside id and type.
};

constexpr node_type node_types[] = {
    {"conversation", true, false, {"instruction"}},
    {"subagent", true, false, {"instruction"}},
    {"function", false, false, {"tool_id"}},
    {"code", false, false, {"code"}},
    {"mcp", false, false, {"mcp_id", "mcp_tool_name"}},
    {"press_digit", true, false, {"instruction"}},
    {"extract_dynamic_variables", false, false, {"variables"}},
    {"branch", false, false, {"else_edge"}},
    {"component", true, true, {"component_id"}},
    {"transfer_call", false, true, {"transfer_destination", "transfer_option"}},
    {"agent_swap", false, true, {"agent_id"}},
    {"sms", false, false, {}},
    {"end", false, true, {}},
    {"bridge_transfer", false, true, {}},
    {"cancel_transfer", false, true, {}},
};

node_type const* find_type(std::string_view name) noexcept
{
    auto const found = std::ranges::find(node_types, name, &node_type::name);
    return found == std::end(node_types) ? nullptr : found;
}

constexpr std::string_view single_edges[] = {
    "else_edge", "always_edge", "skip_response_edge", "edge", "success_edge", "failed_edge"};

/// Tools by which an agent ends its part of a call.
bool ends_calls(json::value const& tool)
{
    auto const type = tool.string_at("type");
    return type == "end_call" || type == "transfer_call" || type == "agent_swap" ||
        type == "agent_transfer" || type == "bridge_transfer" || type == "cancel_transfer";
}

/// A flow, or a component of one: they are built alike.
class flow_check {
public:
    flow_check(json::value const& flow, json::pointer at, lint_sink& out)
        : flow_(flow), at_(std::move(at)), out_(out)
    {}

    void check(json::array const& components, json::array const& mcps)
    {
        components_ = &components;
        mcps_ = &mcps;
        if (!check_shape()) return;
        read_nodes();
        auto const start = check_start();
        for (auto& n : nodes_) check_node(n);
        lint_graph(nodes_, start, out_);
        check_tools();
        if (nodes_.size() > out_.config().limits.nodes)
            out_.add("too-many-nodes", at_ / "nodes",
                std::to_string(nodes_.size()) + " nodes, more than " +
                    std::to_string(out_.config().limits.nodes));
    }

private:
    // The document as a whole.

    bool check_shape()
    {
        for (auto const member : {"edges", "transitions"})
            if (auto const* const found = flow_.find(member))
                out_.add("document-shape", at_ / member,
                    "a flow has no " + lint_quoted(member) +
                        ": an edge stands on the node it leaves, so " +
                        (found->is_array() ? "these " + std::to_string(found->as_array().size())
                                           : std::string("these")) +
                        " are ignored");
        auto const* const nodes = flow_.find("nodes");
        if (!nodes || nodes->is_null()) {
            out_.add("no-nodes", at_, "the flow has no nodes");
            return false;
        }
        if (!nodes->is_array()) {
            out_.add("document-shape", at_ / "nodes",
                nodes->is_object() ? "nodes are an object of " +
                        std::to_string(nodes->as_object().size()) + " members instead of an array"
                                   : std::string("nodes are no array"));
            return false;
        }
        if (nodes->as_array().empty()) out_.add("no-nodes", at_ / "nodes", "the flow has no nodes");
        return true;
    }

    void read_nodes()
    {
        std::size_t index = 0;
        for (auto const& item : lint_items(flow_.at_or_null("nodes"))) {
            auto const at = at_ / "nodes" / index++;
            auto const* const id = item.find("id");
            if (!item.is_object() || !id || !id->is_string() || id->as_string().empty()) {
                out_.add("document-shape", at,
                    item.is_object() ? "a node has no id" : "a node is no object");
                continue;
            }
            flow_node n;
            n.id = id->as_string();
            n.type = item.string_at("type");
            n.document = &item;
            n.at = at;
            n.global = item.at_or_null("global_node_setting").is_object();
            if (!by_id_.emplace(n.id, nodes_.size()).second)
                out_.add("duplicate-id", at / "id",
                    "node id " + lint_quoted(n.id) + " is used more than once");
            nodes_.push_back(std::move(n));
        }
    }

    std::size_t find_node(std::string_view id) const
    {
        auto const found = by_id_.find(id);
        return found == by_id_.end() ? no_node : found->second;
    }

    std::size_t check_start()
    {
        auto const id = flow_.string_at("start_node_id");
        if (id.empty()) {
            if (!nodes_.empty())
                out_.add("start-missing", at_,
                    at_.steps().empty() ? "the flow names no start node"
                                        : "the component names no start node");
            return no_node;
        }
        auto const start = find_node(id);
        if (start == no_node)
            out_.add("start-dangling", at_ / "start_node_id",
                "the start node " + lint_quoted(id) + " does not exist");
        return start;
    }

    // One node.

    void check_node(flow_node& n)
    {
        auto const* const type = find_type(n.type);
        if (!type && !out_.config().node_types.contains(n.type))
            out_.add("node-type", n.at / "type",
                "node " + lint_quoted(n.id) +
                    (n.type.empty() ? std::string(" has no type")
                                    : " is of the unknown type " + lint_quoted(n.type)));
        // What a type does that is not known here is left open.
        n.talks = !type || type->talks;
        n.ends = !type || type->ends;
        read_edges(n);
        check_other_destinations(n, *n.document, n.at);
        if (!type) return;
        for (auto const member : type->required)
            if (!member.empty() && is_missing(n.document->at_or_null(member)))
                out_.add(member == "instruction" ? "missing-prompt" : "node-member", n.at,
                    "node " + lint_quoted(n.id) + " lacks " + lint_quoted(member));
        check_instruction(n);
        check_failures(n);
        check_references(n);
    }

    static bool is_missing(json::value const& v)
    {
        return v.is_null() || (v.is_string() && v.as_string().empty());
    }

    void read_edges(flow_node& n)
    {
        auto const* const list = n.document->find("edges");
        if (list && !list->is_null() && !list->is_array())
            out_.add("document-shape", n.at / "edges",
                "the edges of node " + lint_quoted(n.id) + " are no array");
        if (list) {
            std::size_t index = 0;
            for (auto const& e : lint_items(*list)) {
                auto const at = n.at / "edges" / index++;
                read_edge(n, e, at);
                if (e.is_object()) check_condition(n, e, at);
            }
        }
        for (auto const member : single_edges)
            if (auto const* const e = n.document->find(member); e && !e->is_null())
                read_edge(n, *e, n.at / member);
    }

    void read_edge(flow_node& n, json::value const& e, json::pointer const& at)
    {
        if (!e.is_object()) {
            out_.add("document-shape", at, "an edge of node " + lint_quoted(n.id) + " is no object");
            return;
        }
        if (auto const id = e.string_at("id");
            !id.empty() && !edge_ids_.insert(std::string(id)).second)
            out_.add("duplicate-edge-id", at / "id",
                "edge id " + lint_quoted(id) + " is used more than once");
        flow_edge edge;
        edge.at = at;
        edge.target = no_node;
        auto const to = e.string_at("destination_node_id");
        if (to.empty()) {
            out_.add("edge-open", at,
                "an edge of node " + lint_quoted(n.id) + edge_name(e) + " leads nowhere");
        } else {
            edge.target = find_node(to);
            if (edge.target == no_node)
                out_.add("edge-dangling", at / "destination_node_id",
                    "an edge of node " + lint_quoted(n.id) + edge_name(e) + " leads to node " +
                        lint_quoted(to) + ", which does not exist");
        }
        n.edges.push_back(std::move(edge));
    }

    static std::string edge_name(json::value const& e)
    {
        auto const id = e.string_at("id");
        return id.empty() ? std::string() : " (" + lint_quoted(id) + ")";
    }

    void check_condition(flow_node const& n, json::value const& e, json::pointer const& at)
    {
        auto const& condition = e.at_or_null("transition_condition");
        auto const type = condition.string_at("type");
        bool const empty = type == "prompt"
            ? condition.string_at("prompt").empty()
            : type == "equation" && lint_items(condition.at_or_null("equations")).empty();
        if (!condition.is_object() || empty)
            out_.add("edge-condition", at,
                "an edge of node " + lint_quoted(n.id) + edge_name(e) + " has no condition");
    }

    /// Examples and whatever the vendor adds may name nodes too.
    void check_other_destinations(flow_node const& n, json::value const& v, json::pointer const& at)
    {
        if (v.is_array()) {
            std::size_t index = 0;
            for (auto const& item : v.as_array()) check_other_destinations(n, item, at / index++);
        } else if (v.is_object()) {
            for (auto const& m : v.as_object()) {
                bool const own_edge = &v == n.document &&
                    (m.key == "edges" ||
                        std::ranges::find(single_edges, m.key) != std::end(single_edges));
                if (own_edge || m.key == "tools") continue;
                if (m.key == "destination_node_id" && m.val.is_string() &&
                    !m.val.as_string().empty() && find_node(m.val.as_string()) == no_node)
                    out_.add("edge-dangling", at / m.key,
                        "node " + lint_quoted(n.id) + " mentions node " +
                            lint_quoted(m.val.as_string()) + ", which does not exist");
                else check_other_destinations(n, m.val, at / m.key);
            }
        }
    }

    void check_instruction(flow_node const& n)
    {
        auto const& instruction = n.document->at_or_null("instruction");
        if (!instruction.is_object()) return;
        auto const& text = instruction.at_or_null("text");
        if ((n.type == "conversation" || n.type == "subagent") && is_missing(text))
            out_.add("missing-prompt", n.at / "instruction",
                "node " + lint_quoted(n.id) + " says nothing: its instruction has no text");
        lint_prompt(text, n.at / "instruction" / "text",
            "the instruction of node " + lint_quoted(n.id), out_);
    }

    void check_failures(flow_node const& n)
    {
        auto const leads_somewhere = [&](std::string_view member) {
            return !n.document->at_or_null(member).string_at("destination_node_id").empty();
        };
        auto const require = [&](std::string_view member) {
            if (!leads_somewhere(member))
                out_.add("transfer-no-failure-edge", n.at,
                    "node " + lint_quoted(n.id) +
                        " has nowhere to go if it fails: " + lint_quoted(member) + " leads nowhere");
        };
        if (n.type == "transfer_call" || n.type == "agent_swap") require("edge");
        if (n.type == "sms") require("failed_edge");
        bool const works = n.type == "function" || n.type == "mcp" || n.type == "code";
        // Two ways out are taken for "worked" and "did not": words are not interpreted here.
        if (works && n.document->bool_at("wait_for_result", true) && n.edges.size() == 1 &&
            !n.document->find("else_edge"))
            out_.add("no-failure-edge", n.at,
                "node " + lint_quoted(n.id) + " has one way out, whether its call worked or not");
        if (n.type == "transfer_call") check_destination(n);
    }

    void check_destination(flow_node const& n)
    {
        auto const& to = n.document->at_or_null("transfer_destination");
        auto const number = to.string_at("number");
        if (to.string_at("type") != "predefined" || n.document->bool_at("ignore_e164_validation"))
            return;
        auto const at = n.at / "transfer_destination" / "number";
        if (number.empty() ||
            (!has_variable(number) && !number.starts_with("sip:") && !is_e164(number)))
            out_.add("transfer-number", at,
                "node " + lint_quoted(n.id) + " transfers to " + lint_quoted(number));
        else if (is_placeholder_number(number))
            out_.add("placeholder-id", at,
                "node " + lint_quoted(n.id) + " transfers to the placeholder " + lint_quoted(number));
    }

    static bool is_e164(std::string_view number)
    {
        return number.size() >= 8 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
            number.find_first_not_of("0123456789", 1) == number.npos;
    }

    void check_references(flow_node& n)
    {
        auto const& d = *n.document;
        if (n.type == "function" && d.string_at("tool_type") != "shared") use_tool(n, "tool_id", d);
        for (auto const& id : lint_items(d.at_or_null("tool_ids")))
            if (id.is_string()) use_tool_id(n, id.as_string(), n.at / "tool_ids");
        auto const& own = d.at_or_null("tools");
        lint_tool_list(own, n.at / "tools", out_);
        // A talking node that can hang up by itself is no trap.
        if (std::ranges::any_of(lint_items(own), ends_calls)) n.ends = true;
        if (n.type == "component" && d.string_at("component_type") != "shared")
            require_listed(n, "component_id", *components_,
                {"component_id", "conversation_flow_component_id", "id", "name"},
                "component-missing", "component");
        if (n.type == "mcp")
            require_listed(
                n, "mcp_id", *mcps_, {"mcp_id", "id", "name"}, "mcp-missing", "MCP server");
    }

    void use_tool(flow_node& n, std::string_view member, json::value const& d)
    {
        auto const id = d.string_at(member);
        if (!id.empty()) use_tool_id(n, id, n.at / member);
    }

    void use_tool_id(flow_node& n, std::string_view id, json::pointer const& at)
    {
        used_.emplace(id);
        for (auto const& tool : lint_items(flow_.at_or_null("tools")))
            if (tool.string_at("tool_id") == id) {
                if (n.talks && ends_calls(tool)) n.ends = true;
                return;
            }
        out_.add("tool-missing", at,
            "node " + lint_quoted(n.id) + " uses tool " + lint_quoted(id) +
                ", which the flow does not have");
    }

    /// Items may have keys the published type does not list; a list whose items say nothing that
    /// could be a key proves nothing.
    void require_listed(flow_node const& n, std::string_view member, json::array const& list,
        std::vector<std::string_view> const& keys, std::string_view rule, std::string_view what)
    {
        auto const id = n.document->string_at(member);
        if (id.empty()) return;
        bool has_ids = list.empty();
        for (auto const& item : list)
            for (auto const key : keys) {
                if (item.string_at(key) == id) return;
                has_ids = has_ids || (key != "name" && item.find(key));
            }
        if (has_ids)
            out_.add(rule, n.at / member,
                "node " + lint_quoted(n.id) + " uses " + std::string(what) + " " + lint_quoted(id) +
                    ", which the flow does not have");
    }

    void check_tools()
    {
        auto const& tools = flow_.at_or_null("tools");
        lint_tool_list(tools, at_ / "tools", out_);
        std::size_t index = 0;
        std::set<std::string_view> ids;
        for (auto const& tool : lint_items(tools)) {
            auto const at = at_ / "tools" / index++;
            auto const id = tool.string_at("tool_id");
            if (id.empty()) {
                out_.add("document-shape", at,
                    "tool " + lint_quoted(tool.string_at("name")) +
                        " has no tool_id, so no node can use it");
                continue;
            }
            if (!ids.insert(id).second)
                out_.add("duplicate-id", at / "tool_id",
                    "tool_id " + lint_quoted(id) + " is used more than once");
            else if (!used_.contains(id))
                out_.add("tool-unused", at,
                    "tool " + lint_quoted(tool.string_at("name")) + " is used by no node");
        }
    }

    json::value const& flow_;
    json::pointer at_;
    lint_sink& out_;
    json::array const* components_ = nullptr;
    json::array const* mcps_ = nullptr;
    std::vector<flow_node> nodes_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::set<std::string, std::less<>> edge_ids_;
    std::set<std::string, std::less<>> used_;
};

void lint_components(json::value const& flow, json::array const& components, lint_sink& out)
{
    std::set<std::string_view> names;
    std::size_t index = 0;
    for (auto const& c : components) {
        auto const at = json::pointer("/components") / index++;
        if (!c.is_object()) {
            out.add("document-shape", at, "a component is no object");
            continue;
        }
        if (auto const name = c.string_at("name"); !name.empty() && !names.insert(name).second)
            out.add("duplicate-id", at / "name",
                "component name " + lint_quoted(name) + " is used more than once");
        auto const& own = c.at_or_null("mcps");
        lint_mcp_list(own, at / "mcps", out);
        auto const& mcps = lint_items(own).empty() ? flow.at_or_null("mcps") : own;
        flow_check(c, at, out).check(components, lint_items(mcps));
    }
}

} // namespace

void lint_flow(json::value const& flow, lint_sink& out)
{
    auto const& components = lint_items(flow.at_or_null("components"));
    flow_check(flow, json::pointer(), out).check(components, lint_items(flow.at_or_null("mcps")));
    lint_mcp_list(flow.at_or_null("mcps"), json::pointer("/mcps"), out);
    lint_components(flow, components, out);
    auto const& prompt = flow.at_or_null("global_prompt");
    if (prompt.string_or("").empty())
        out.add("missing-global-prompt", json::pointer(), "the flow has no global prompt");
    lint_prompt(prompt, json::pointer("/global_prompt"), "the global prompt", out);
}

} // namespace trunkline::retell::detail
