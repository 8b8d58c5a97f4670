#include "retell/lint_parts.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace trunkline::retell::detail {
namespace {

bool is_name(std::string_view text, std::size_t most)
{
    return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_' || c == '-';
    });
}

} // namespace

void lint_url(std::string_view url, std::string const& whose, std::string const& rule,
    json::pointer const& at, lint_sink& out, std::string_view scheme)
{
    if (has_variable(url)) return;
    auto const plain = std::string(scheme) + "://", safe = std::string(scheme) + "s://";
    bool const is_plain = url.starts_with(plain), is_safe = url.starts_with(safe);
    auto const rest = url.substr(std::min(url.size(), is_safe ? safe.size() : plain.size()));
    if (url.starts_with('@')) // a secret is only in these parts, and only there it is put in
        return out.add(rule, at,
            "the URL of " + whose +
                " is a reference; write it out, with the reference as a value of its query: "
                "https://...?token=@env:NAME");
    if ((!is_plain && !is_safe) || rest.empty() || rest.starts_with('/') ||
        rest.find_first_of(" \t\r\n") != rest.npos)
        return out.add(rule, at,
            whose + (url.empty() ? " has no URL" : " has a URL that is none for the service"));
    if (is_placeholder_url(url))
        return out.add("placeholder-id", at, "the URL of " + whose + " is a placeholder");
    auto const host = rest.substr(0, rest.find_first_of(":/?#"));
    bool const own = host == "localhost" || host.starts_with("127.") || rest.starts_with("[::1]");
    if (is_plain || own)
        out.add(rule + "-insecure", at,
            whose + (own ? " is called on the service's own host" : " is called without TLS"));
}

void lint_mcp_list(json::value const& mcps, json::pointer const& at, lint_sink& out)
{
    std::size_t index = 0;
    for (auto const& mcp : lint_items(mcps)) {
        auto const here = at / index++ / "url";
        lint_url(mcp.string_at("url"), "MCP server " + lint_quoted(mcp.string_at("name")),
            "tool-url", here, out);
    }
}

void lint_tool_list(json::value const& tools, json::pointer const& at, lint_sink& out)
{
    if (!tools.is_null() && !tools.is_array())
        return out.add("document-shape", at, "tools are no array");
    std::set<std::string_view> names;
    std::size_t index = 0;
    for (auto const& tool : lint_items(tools)) {
        auto const here = at / index++;
        if (!tool.is_object()) {
            out.add("document-shape", here, "a tool is no object");
            continue;
        }
        std::string const name(tool.string_at("name"));
        if (!is_name(name, out.config().limits.name_chars))
            out.add("tool-name", here / "name",
                name.empty() ? "a tool has no name"
                             : lint_quoted(name) + " is no name the service takes for a tool");
        else if (!names.insert(tool.string_at("name")).second)
            out.add("duplicate-id", here / "name",
                "tool name " + lint_quoted(name) + " is used more than once");
        if (tool.string_at("type", "custom") != "custom") continue;
        lint_url(tool.string_at("url"), "tool " + lint_quoted(name), "tool-url", here / "url", out);
        auto const& properties = tool.at_or_null("parameters").at_or_null("properties");
        auto const* const call_id = properties.find("call_id");
        // A parameter with a constant is filled in by the service, not by the model.
        if (call_id && !call_id->find("const"))
            out.add("tool-call-id", here / "parameters" / "properties" / "call_id",
                "tool " + lint_quoted(name) + " asks the model for call_id");
    }
}

std::size_t lint_tool_count(json::value const& engine)
{
    std::size_t n = 0;
    for (auto const member : {"general_tools", "tools", "mcps"})
        n += lint_items(engine.at_or_null(member)).size();
    for (auto const list : {"states", "nodes", "components"})
        for (auto const& item : lint_items(engine.at_or_null(list))) {
            n += lint_items(item.at_or_null("tools")).size();
            for (auto const& node : lint_items(item.at_or_null("nodes")))
                n += lint_items(node.at_or_null("tools")).size();
            // What a node does itself, or finds in a shared component.
            auto const type = item.string_at("type");
            n += type == "code" || item.string_at("tool_type") == "shared" ||
                    item.string_at("component_type") == "shared"
                ? 1
                : 0;
        }
    return n;
}

} // namespace trunkline::retell::detail
