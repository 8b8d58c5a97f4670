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

void check_url(
    std::string const& name, json::value const& tool, json::pointer const& at, lint_sink& out)
{
    auto const url = tool.string_at("url");
    if (has_variable(url)) return;
    bool const http = url.starts_with("http://"), https = url.starts_with("https://");
    auto const rest = url.substr(std::min(url.size(), std::size_t(https ? 8 : 7)));
    if ((!http && !https) || rest.empty() || rest.find_first_of(" \t\r\n") != rest.npos)
        return out.add("tool-url", at / "url",
            "tool " + lint_quoted(name) +
                (url.empty() ? " has no URL" : " has a URL that is none for the service"));
    if (is_placeholder_url(url))
        return out.add("placeholder-id", at / "url",
            "the URL of tool " + lint_quoted(name) + " is a placeholder");
    auto const host = rest.substr(0, rest.find_first_of(":/?#"));
    bool const own = host == "localhost" || host.starts_with("127.") || rest.starts_with("[::1]");
    if (http || own)
        out.add("tool-url-insecure", at / "url",
            "tool " + lint_quoted(name) +
                (own ? " is called on the service's own host" : " is called without TLS"));
}

} // namespace

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
        check_url(name, tool, here, out);
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
