#pragma once

#include <trunkline/retell/lint.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What the files of the linter share.
namespace trunkline::retell::detail {

/// Collects the findings of one document.
class lint_sink {
public:
    lint_sink(lint_config const& config, std::string file, std::vector<lint_finding>& out)
        : config_(config), file_(std::move(file)), out_(out)
    {}
    void add(std::string_view rule, json::pointer const& at, std::string message);
    lint_config const& config() const noexcept { return config_; }

private:
    lint_config const& config_;
    std::string file_;
    std::vector<lint_finding>& out_;
};

/// The items of an array; none for anything else.
json::array const& lint_items(json::value const& v) noexcept;

/// For messages: what stands in a document, in quotes, cut where it is long.
std::string lint_quoted(std::string_view text);
/// `"a", "b" and 3 more`
std::string lint_quoted(std::vector<std::string> const& names);

// lint_flow.cpp, lint_graph.cpp: nodes, edges and what they reach.

class flow_edge {
public:
    json::pointer at;
    std::size_t target; ///< Index of a node, or no_node.
};
inline constexpr std::size_t no_node = static_cast<std::size_t>(-1);

class flow_node {
public:
    std::string id;
    std::string_view type;
    json::value const* document = nullptr;
    json::pointer at;
    std::vector<flow_edge> edges;
    bool global = false; ///< Reachable from every talking node.
    bool ends = false;   ///< Here the agent's part of the call may end.
    bool talks = false;  ///< The caller has a say before the call goes on.
};

void lint_graph(std::vector<flow_node> const& nodes, std::size_t start, lint_sink& out);

void lint_flow(json::value const& flow, lint_sink& out);
void lint_llm(json::value const& llm, lint_sink& out);

// lint_tools.cpp

/// A URL that the service calls. `rule`: of what is none; with "-insecure" of what is not protected.
void lint_url(std::string_view url, std::string const& whose, std::string const& rule,
    json::pointer const& at, lint_sink& out, std::string_view scheme = "http");
void lint_mcp_list(json::value const& mcps, json::pointer const& at, lint_sink& out);
/// Tools of one list, each on its own and for equal names.
void lint_tool_list(json::value const& tools, json::pointer const& at, lint_sink& out);
/// Tools of an engine wherever they may stand, MCP servers included.
std::size_t lint_tool_count(json::value const& engine);

// lint_text.cpp

void lint_prompt(
    json::value const& text, json::pointer const& at, std::string const& owner, lint_sink& out);
/// What makes an id look like one that was to be replaced; empty if nothing does.
bool is_placeholder_id(std::string_view id);
bool is_placeholder_url(std::string_view url);
bool is_placeholder_number(std::string_view number);
/// A "{{variable}}" stands in it: what it will be is not known here.
bool has_variable(std::string_view text) noexcept;

} // namespace trunkline::retell::detail
