#include <trunkline/retell/lint.hpp>

#include <algorithm>

namespace trunkline::retell {
namespace {

using enum lint_severity;

constexpr lint_rule rules[] = {
    {"unreadable", error, "a file is no JSON object, or of no known kind", "correct the file"},
    {"document-shape", error, "a part of the document has a type the service does not accept",
        "write it as the API has it: nodes are an array, edges stand on their node"},
    {"damaged-object", warning, "an empty object was written as [] by a program that confuses them",
        "write {}"},
    {"node-type", error, "a node is of no type the service knows",
        "use a type of the API, or list a new one under node_types of the configuration"},
    {"node-member", error, "a node lacks what its type requires", "add the member"},
    {"duplicate-id", error, "two nodes, tools, states or components share an id or name",
        "give each its own: references and merges go by it"},
    {"duplicate-edge-id", warning, "two edges of a flow share an id", "give each its own"},
    {"no-nodes", error, "a flow has no nodes", "add the nodes"},
    {"start-missing", error, "a flow names no start node", "set start_node_id"},
    {"start-dangling", error, "the start node or starting state does not exist",
        "name one that exists"},
    {"edge-dangling", error, "an edge leads to a node or state that does not exist",
        "correct the destination, or remove the edge"},
    {"edge-open", warning, "an edge leads nowhere", "give it a destination"},
    {"edge-condition", error, "an edge has no condition, so it is never taken",
        "write when it is to be taken"},
    {"unreachable-node", warning, "no path from the start leads to a node or state",
        "connect it, or remove it"},
    {"dead-end", error, "a node that does not talk has no way out, so the call is stuck in it",
        "add an edge or an else_edge"},
    {"open-end", warning, "a talking node has no way out: the call lasts until somebody hangs up",
        "add an edge, at least to an end node"},
    {"loop-without-exit", error, "nodes lead round and round and never to an end",
        "add an edge out of the loop"},
    {"silent-loop", warning, "nodes that do not talk lead back to each other",
        "let a talking node come between, or count the attempts"},
    {"tool-missing", error, "a node names a tool that its flow does not have",
        "add the tool, or correct tool_id"},
    {"tool-unused", warning, "no node uses a tool of the flow", "use it or remove it"},
    {"tool-url", error, "a custom tool has no URL that the service could call",
        "write an absolute https URL"},
    {"tool-url-insecure", warning, "a tool is called without TLS, or on the service's own host",
        "use https and a public host"},
    {"webhook-url", error, "events would be sent to a URL that the service cannot call",
        "write an absolute https URL"},
    {"webhook-url-insecure", warning,
        "events, with all that was said, are sent without TLS, or to the service's own host",
        "use https and a public host"},
    {"tool-name", error, "a tool has no usable name", "1 to 64 letters, digits, \"_\" and \"-\""},
    {"tool-call-id", warning, "a tool asks the model for the id of the call, which it invents",
        "take call_id from the request's envelope and drop the parameter"},
    {"component-missing", error, "a node names a component that its flow does not have",
        "add the component, or correct component_id"},
    {"mcp-missing", error, "a node names an MCP server that its flow does not have",
        "add it to mcps, or correct mcp_id"},
    {"no-failure-edge", warning, "a function has a single way out, whether it worked or not",
        "add an else_edge, or an edge for errors and time-outs"},
    {"transfer-no-failure-edge", error, "a transfer or message that fails has no way out",
        "give its edge a destination"},
    {"transfer-number", error, "a call is to be transferred to something that is no number",
        "write it as +49..., a sip: address or a {{variable}}"},
    {"placeholder-id", error, "an id, number or URL is a placeholder", "write the real one"},
    {"placeholder-text", warning,
        "a prompt holds a note of its author (to do, fix me, lorem ipsum)", "finish the text"},
    {"missing-prompt", error, "an engine, state or talking node has no prompt", "write it"},
    {"missing-global-prompt", warning, "a flow has no global prompt", "write it"},
    {"prompt-doubled", warning, "a prompt holds the same long passage twice",
        "remove the second: it was probably pasted twice"},
    {"prompt-too-long", warning, "a prompt is longer than the limit", "shorten or split it"},
    {"too-many-nodes", warning, "a flow has more nodes than the limit", "split it into components"},
    {"too-many-tools", warning, "an engine has more tools than the limit",
        "models choose badly among many tools: split the agent"},
    {"agent-no-engine", error, "an agent has no response engine", "set response_engine"},
    {"agent-no-tools", warning, "an agent's engine has no tools",
        "add them, or set this rule to off for agents that need none"},
    {"flow-in-agent", error, "an agent holds parts of its engine, which the service ignores",
        "move them to the LLM or flow"},
    {"unpinned-engine", warning, "an agent does not say which version of its engine it runs",
        "set response_engine.version"},
    {"dangling-reference", error, "an id leads to nothing", "correct the id, or add the resource"},
    {"number-unpinned", warning, "a number is bound to a moving version or a tag",
        "bind it to a published version by number, or to \"released\""},
    {"number-unbound", warning, "nobody answers a number", "bind an agent"},
    {"weights", error, "the weights of a number's agents do not sum to 1", "correct the weights"},
    {"fallback-graph", error, "a number falls back to itself or to one with a fallback",
        "one step, to another number"},
    {"secret-in-file", warning, "a secret stands in a file in clear",
        "write \"@env:VARIABLE\" and apply once, or pull"},
};

} // namespace

std::string_view name(lint_severity s) noexcept
{
    switch (s) {
    case off: return "off";
    case warning: return "warning";
    case error: break;
    }
    return "error";
}

std::optional<lint_severity> parse_lint_severity(std::string_view text) noexcept
{
    for (auto const s : {off, warning, error})
        if (text == name(s)) return s;
    return std::nullopt;
}

std::span<lint_rule const> lint_rules() noexcept
{
    return rules;
}

lint_rule const* find_lint_rule(std::string_view id) noexcept
{
    auto const found = std::ranges::find(rules, id, &lint_rule::id);
    return found == std::end(rules) ? nullptr : found;
}

std::string lint_rules_markdown()
{
    std::string out = "| rule | severity | means | what to do |\n|---|---|---|---|\n";
    for (auto const& r : rules)
        out += "| `" + std::string(r.id) + "` | " + std::string(name(r.severity)) + " | " +
            std::string(r.summary) + " | " + std::string(r.hint) + " |\n";
    return out;
}

json::value to_json(lint_finding const& f)
{
    return json::object{{"rule", f.rule}, {"severity", name(f.severity)}, {"file", f.file},
        {"pointer", f.pointer}, {"message", f.message}, {"hint", f.hint}};
}

} // namespace trunkline::retell
