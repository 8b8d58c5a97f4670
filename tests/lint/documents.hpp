#pragma once

#include <trunkline/retell/lint.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

/// Documents without a defect, for tests that put one in.
namespace trunkline::test {

using retell::lint_document;
using retell::resource_kind;

inline lint_document document(resource_kind kind, std::string file, json::value content)
{
    lint_document d;
    d.kind = kind;
    d.file = std::move(file);
    d.document = std::move(content);
    return d;
}

inline lint_document good_flow()
{
    return document(resource_kind::flow, "flows/booking.json", json::parse(R"json({
  "conversation_flow_id": "conversation_flow_7f3a91", "version": 3, "global_prompt": "Du buchst Termine.",
  "model_choice": {"type": "cascading", "model": "gpt-4.1"}, "start_speaker": "agent", "start_node_id": "hello",
  "nodes": [
    {"id": "hello", "type": "conversation", "instruction": {"type": "prompt", "text": "Begrüße."},
     "edges": [{"id": "e1", "destination_node_id": "slots", "transition_condition": {"type": "prompt", "prompt": "will buchen"}},
               {"id": "e2", "destination_node_id": "menu", "transition_condition": {"type": "prompt", "prompt": "etwas anderes"}}]},
    {"id": "slots", "type": "function", "tool_id": "t1", "tool_type": "local", "wait_for_result": true,
     "edges": [{"id": "e3", "destination_node_id": "hello", "transition_condition": {"type": "prompt", "prompt": "nichts frei"}}],
     "else_edge": {"id": "e4", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "Else"}}},
    {"id": "menu", "type": "subagent", "instruction": {"type": "prompt", "text": "Hilf."}, "tool_ids": ["t2"],
     "edges": [{"id": "e5", "destination_node_id": "human", "transition_condition": {"type": "prompt", "prompt": "Mensch"}},
               {"id": "e6", "destination_node_id": "part", "transition_condition":
                  {"type": "equation", "equations": [{"left": "{{x}}", "operator": "==", "right": "1"}], "operator": "&&"}}]},
    {"id": "part", "type": "component", "component_id": "c1", "component_type": "local",
     "else_edge": {"id": "e7", "destination_node_id": "note", "transition_condition": {"type": "prompt", "prompt": "Else"}}},
    {"id": "human", "type": "transfer_call", "transfer_destination": {"type": "predefined", "number": "+493023125006"},
     "transfer_option": {"type": "cold_transfer"},
     "edge": {"id": "e8", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "Transfer failed"}}},
    {"id": "note", "type": "sms", "instruction": {"type": "prompt", "text": "Fasse zusammen."},
     "success_edge": {"id": "e9", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "Sent"}},
     "failed_edge": {"id": "e10", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "Failed"}}},
    {"id": "emergency", "type": "conversation", "global_node_setting": {"condition": "Notfall"},
     "instruction": {"type": "static_text", "text": "Bitte 112 wählen."},
     "skip_response_edge": {"id": "e11", "destination_node_id": "lookup", "transition_condition": {"type": "prompt", "prompt": "Skip response"}}},
    {"id": "lookup", "type": "mcp", "mcp_id": "m1", "mcp_tool_name": "find", "wait_for_result": true,
     "edges": [{"id": "e12", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "gefunden"}}],
     "else_edge": {"id": "e13", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "Else"}}},
    {"id": "bye", "type": "end", "instruction": {"type": "prompt", "text": "Tschüss."}}],
  "tools": [
    {"type": "custom", "tool_id": "t1", "name": "slots", "url": "https://tools.praxis.test/slots", "headers": {},
     "parameters": {"type": "object", "properties": {"date": {"type": "string"}}}},
    {"type": "custom", "tool_id": "t2", "name": "prices", "url": "https://tools.praxis.test/prices"}],
  "mcps": [{"id": "m1", "name": "directory", "url": "https://mcp.praxis.test"}],
  "components": [
    {"id": "c1", "name": "Confirm", "start_node_id": "ask", "nodes": [
      {"id": "ask", "type": "conversation", "instruction": {"type": "prompt", "text": "Stimmt das?"},
       "edges": [{"id": "k1", "destination_node_id": "done", "transition_condition": {"type": "prompt", "prompt": "ja"}}]},
      {"id": "done", "type": "end"}]}],
  "knowledge_base_ids": ["knowledge_base_4c21"]
})json"));
}

inline lint_document good_llm()
{
    return document(resource_kind::llm, "llms/reception.json", json::parse(R"json({
  "llm_id": "llm_93ab02", "version": 1, "model": "gpt-4.1", "general_prompt": "Du bist der Empfang.", "start_speaker": "agent",
  "general_tools": [{"type": "end_call", "name": "end_call"},
    {"type": "custom", "name": "book", "url": "https://tools.praxis.test/book", "parameters": {"type": "object", "properties": {}}}],
  "starting_state": "greet",
  "states": [
    {"name": "greet", "state_prompt": "Begrüße.", "edges": [{"destination_state_name": "book", "description": "will buchen"}]},
    {"name": "book", "state_prompt": "Buche.", "tools": [{"type": "agent_swap", "name": "swap", "agent_id": "agent_5b77c2"}]}]
})json"));
}

inline lint_document good_agent()
{
    return document(resource_kind::agent, "agents/reception.json", json::parse(R"json({
  "agent_id": "agent_5b77c2", "version": 4, "agent_name": "Empfang", "voice_id": "11labs-Carola", "language": "de-DE",
  "webhook_url": "https://hooks.praxis.test/retell",
  "response_engine": {"type": "retell-llm", "llm_id": "llm_93ab02", "version": 1}
})json"));
}

inline lint_document good_number()
{
    return document(resource_kind::phone_number, "numbers/+493023125001.json", json::parse(R"json({
  "phone_number": "+493023125001", "fallback_number": "+493023125002",
  "inbound_agents": [{"agent_id": "agent_5b77c2", "agent_version": 4, "weight": 0.3},
                     {"agent_id": "agent_5b77c2", "agent_version": 3, "weight": 0.7}]
})json"));
}

inline lint_document second_number()
{
    return document(resource_kind::phone_number, "numbers/+493023125002.json", json::parse(R"json({
  "phone_number": "+493023125002", "inbound_agents": [{"agent_id": "agent_5b77c2", "agent_version": 4}]
})json"));
}

/// One of each, ids known: nothing is wrong with them, each or together.
inline std::vector<lint_document> good_account()
{
    std::vector<lint_document> all{
        good_agent(), good_llm(), good_flow(), good_number(), second_number()};
    for (auto& d : all)
        for (auto const member : {"agent_id", "llm_id", "conversation_flow_id", "phone_number"})
            if (d.id.empty()) d.id = d.document.string_at(member);
    return all;
}

inline std::size_t count_rule(
    std::vector<retell::lint_finding> const& findings, std::string_view rule)
{
    return static_cast<std::size_t>(std::ranges::count(findings, rule, &retell::lint_finding::rule));
}

inline std::string text_of(std::vector<retell::lint_finding> const& findings)
{
    std::string out;
    for (auto const& f : findings)
        out += f.rule + " " + f.file + " " + f.pointer + ": " + f.message + "\n";
    return out;
}

} // namespace trunkline::test
