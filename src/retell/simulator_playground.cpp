#include "simulator_account.hpp"
#include "simulator_fields.hpp"

/// What can be asked of an agent without a call: one turn of it, and the tools of its MCP servers.
namespace trunkline::retell::simulation {

namespace {

/// An MCP tool or node of an engine as its server would describe it; nothing if it is of another.
std::optional<json::value> mcp_tool(json::value const& item, std::string_view server)
{
    if (item.string_at("type") != "mcp" || item.string_at("mcp_id") != server) return {};
    json::value const* schema = item.find("input_schema");
    return json::object{{"name", item.string_at("mcp_tool_name", item.string_at("name"))},
        {"description", item.string_at("description")},
        {"inputSchema", schema ? *schema : json::value(json::object{{"type", "object"}})}};
}

/// Whether the document knows the server; its tools are appended.
bool add_mcp_tools(json::value const& document, std::string_view server, json::array& tools)
{
    bool known = false;
    for (auto const* list : {"general_tools", "tools", "nodes"}) {
        json::value const& items = document.at_or_null(list);
        if (!items.is_array()) continue;
        for (json::value const& item : items.as_array())
            if (auto tool = mcp_tool(item, server)) tools.push_back(*std::move(tool));
    }
    if (json::value const& servers = document.at_or_null("mcps"); servers.is_array())
        known = std::ranges::any_of(servers.as_array(),
            [&](json::value const& s) { return s.string_at("name") == server; });
    return known || !tools.empty();
}

} // namespace

/// Those of the state ("mcp_servers"), or those the agent's engine and the component name.
http::reply account::get_mcp_tools(call const& c)
{
    std::string const server(c.parameter("mcp_id"));
    if (server.empty()) refuse(400, "mcp_id is required");
    auto const& r = resolve(find_agent(c.id), c.parameter("version"));
    if (json::value const* seeded = data_.mcp_servers.find(server))
        return json_reply(200, json::to_text(*seeded));
    json::array tools;
    bool known = false;
    if (auto const* engine = engine_revision(r.engine))
        known = add_mcp_tools(engine->doc->value, server, tools);
    if (auto const component = c.parameter("component_id"); !component.empty())
        known |= add_mcp_tools(find_on(shelf::components, component).doc->value, server, tools);
    if (!known) refuse_unknown_asset("MCP server", server);
    return json_reply(200, json::to_text(std::move(tools)));
}

namespace {

/// The node a flow is at, null when it is no flow.
json::value const* current_node(json::value const& engine, std::string_view wanted)
{
    json::value const& nodes = engine.at_or_null("nodes");
    if (!nodes.is_array() || nodes.as_array().empty()) return nullptr;
    if (wanted.empty()) wanted = engine.string_at("start_node_id");
    for (json::value const& node : nodes.as_array())
        if (node.string_at("id") == wanted) return &node;
    return &nodes.as_array().front();
}

std::string_view last_words_of_user(json::array const& messages)
{
    for (auto m = messages.rbegin(); m != messages.rend(); ++m)
        if (m->string_at("role") == "user") return m->string_at("content");
    return {};
}

/// What the agent says: its opening, the fixed text of its node, or that it heard.
std::string spoken(json::value const& engine, json::value const* node, std::string_view heard)
{
    json::value const& instruction =
        node ? node->at_or_null("instruction") : json::value().at_or_null("");
    if (instruction.string_at("type") == "static_text")
        return std::string(instruction.string_at("text"));
    if (!heard.empty()) return "You said: " + std::string(heard);
    return std::string(engine.string_at("begin_message", "Hello, how can I help you?"));
}

} // namespace

/// One turn, made of nothing but the request and the agent: tools are used when the user names them
/// and there is a mock for them.
http::reply account::complete_playground(call const& c)
{
    auto const& r = resolve(find_agent(c.id), c.parameter("version"));
    auto const fields = accept_fields(resource::playground, verb::create, c.body, options_);
    require_field(fields, "messages");
    auto const text_of = [&](std::string_view name) {
        json::value const* v = fields.find(name);
        return v ? v->string_or({}) : std::string_view();
    };
    auto const* engine = engine_revision(r.engine);
    json::value const nothing;
    json::value const& document = engine ? engine->doc->value : nothing;
    auto const* node = current_node(document, text_of("current_node_id"));
    auto const heard = last_words_of_user(fields.find("messages")->as_array());

    json::array messages;
    auto const at = time_.unix_ms();
    auto const say = [&](json::object message) {
        message.set("message_id", "message_" + std::to_string(messages.size()));
        message.set("created_timestamp", at);
        messages.emplace_back(std::move(message));
    };
    if (json::value const* mocks = fields.find("tool_mocks"); mocks && mocks->is_array())
        for (json::value const& mock : mocks->as_array()) {
            auto const name = mock.string_at("tool_name");
            if (name.empty() || heard.find(name) == heard.npos) continue;
            std::string const id = "tool_call_" + std::string(name);
            say({{"role", "tool_call_invocation"}, {"tool_call_id", id}, {"name", name},
                {"arguments", "{}"}});
            say({{"role", "tool_call_result"}, {"tool_call_id", id},
                {"content", mock.string_at("output")}, {"successful", mock.bool_at("result", true)}});
        }
    say({{"role", "agent"}, {"content", spoken(document, node, heard)}});

    json::object out{{"messages", std::move(messages)},
        {"call_ended", node && node->string_at("type") == "end"}};
    if (node) out.set("current_node_id", node->string_at("id"));
    auto const state = text_of("current_state").empty() ? document.string_at("starting_state")
                                                        : text_of("current_state");
    if (!state.empty()) out.set("current_state", state);
    if (json::value const* variables = fields.find("dynamic_variables"))
        out.set("dynamic_variables", *variables);
    return json_reply(200, json::to_text(std::move(out)));
}

} // namespace trunkline::retell::simulation
