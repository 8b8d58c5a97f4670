#pragma once

#include "simulator_model.hpp"

/// Custom functions: how an agent's tool becomes a request, and its answer a result.
namespace trunkline::retell::simulation {

/// The tool of that name, wherever an LLM (general_tools, states) or a flow (tools, nodes,
/// components) has it. May be null.
json::value const* find_tool(json::value const& engine, std::string_view name);

/// The body for a tool: {name, call, args}, or the arguments alone; as JSON or as a form.
std::string function_body(
    json::value const& tool, json::object const& call, json::value const& arguments);
/// The URL with the tool's query parameters; with the arguments too where there is no body.
std::string function_url(
    json::value const& tool, json::value const& arguments, json::value const& variables);

/// The text as the model gets it: 15,000 characters at most.
std::string_view cut_result(std::string_view text) noexcept;

/// What response_variables pick out of a JSON answer, by paths like "slots[0].start". Values are
/// texts.
json::object picked_variables(json::value const& tool, json::value const& answer);

} // namespace trunkline::retell::simulation
