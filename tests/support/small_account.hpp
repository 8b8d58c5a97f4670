#pragma once

#include <trunkline/core/json.hpp>

namespace trunkline::test {

/// A small account: two agents on LLMs, one on a flow, an agent that was never published, three
/// numbers. Its secrets contain CANARY.
inline json::value small_account()
{
    return json::parse(R"json({
  "format": 1,
  "agents": [
    {"agent_id": "agent_reception", "versions": [
      {"agent_id": "agent_reception", "channel": "voice", "version": 0, "is_published": true, "base_version": null,
       "last_modification_timestamp": 1750000000000, "agent_name": "Praxis Müller – Empfang", "voice_id": "11labs-Carola",
       "language": "de-DE", "voice_speed": 1, "webhook_url": "https://hooks.example.test/retell?token=CANARY-hook-1",
       "response_engine": {"type": "retell-llm", "llm_id": "llm_reception", "version": 0}, "vendor_news": {"keep": [1, 2.50]}},
      {"agent_id": "agent_reception", "channel": "voice", "version": 1, "is_published": true, "base_version": 0,
       "last_modification_timestamp": 1750000100000, "agent_name": "Praxis Müller – Empfang", "voice_id": "11labs-Carola",
       "language": "de-DE", "voice_speed": 1.1, "webhook_url": "https://hooks.example.test/retell?token=CANARY-hook-1",
       "response_engine": {"type": "retell-llm", "llm_id": "llm_reception", "version": 1}, "vendor_news": {"keep": [1, 2.50]}}]},
    {"agent_id": "agent_booking", "versions": [
      {"agent_id": "agent_booking", "channel": "voice", "version": 0, "is_published": true, "base_version": null,
       "last_modification_timestamp": 1750000200000, "agent_name": "Praxis Müller – Termine", "voice_id": "11labs-Carola",
       "language": "de-DE", "response_engine": {"type": "conversation-flow", "conversation_flow_id": "conversation_flow_booking", "version": 0}}]},
    {"agent_id": "agent_night", "versions": [
      {"agent_id": "agent_night", "channel": "voice", "version": 0, "is_published": true, "base_version": null,
       "last_modification_timestamp": 1750000300000, "agent_name": "Notdienst", "voice_id": "11labs-Carola", "language": "de-DE",
       "response_engine": {"type": "retell-llm", "llm_id": "llm_night", "version": 0}}]},
    {"agent_id": "agent_draft", "versions": [
      {"agent_id": "agent_draft", "channel": "voice", "version": 0, "is_published": false, "base_version": null,
       "last_modification_timestamp": 1750000400000, "agent_name": "Entwurf", "voice_id": "11labs-Carola", "language": "de-DE",
       "response_engine": {"type": "retell-llm", "llm_id": "llm_draft", "version": 0}}]}
  ],
  "retell_llms": [
    {"llm_id": "llm_reception", "versions": [
      {"llm_id": "llm_reception", "version": 0, "is_published": true, "last_modification_timestamp": 1750000000000,
       "model": "gpt-4.1", "general_prompt": "Du bist der Empfang.", "start_speaker": "agent", "general_tools": []},
      {"llm_id": "llm_reception", "version": 1, "is_published": true, "last_modification_timestamp": 1750000100000,
       "model": "gpt-4.1", "general_prompt": "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n", "start_speaker": "agent",
       "general_tools": [
         {"type": "end_call", "name": "end_call", "description": "Beendet das Gespräch"},
         {"type": "custom", "name": "book", "url": "https://tools.example.test/book", "method": "POST",
          "headers": {"Authorization": "Bearer CANARY-tool-1"}, "query_params": {}, "parameters": {"type": "object", "properties": {}}},
         {"type": "check_availability_cal", "name": "slots", "cal_api_key": "cal_live_CANARY2", "event_type_id": 7},
         {"type": "future_kind", "name": "later", "api_key": "CANARY-unknown-3", "depth": 12345678901234567890}]}]},
    {"llm_id": "llm_night", "versions": [
      {"llm_id": "llm_night", "version": 0, "is_published": true, "last_modification_timestamp": 1750000300000,
       "model": "gpt-4.1", "general_prompt": "Notdienst.", "start_speaker": "agent",
       "general_tools": [{"type": "end_call", "name": "end_call", "description": "x"}]}]},
    {"llm_id": "llm_draft", "versions": [
      {"llm_id": "llm_draft", "version": 0, "is_published": false, "last_modification_timestamp": 1750000400000,
       "model": "gpt-4.1", "general_prompt": "Noch nicht fertig.", "start_speaker": "agent", "general_tools": []}]}
  ],
  "conversation_flows": [
    {"conversation_flow_id": "conversation_flow_booking", "versions": [
      {"conversation_flow_id": "conversation_flow_booking", "version": 0, "is_published": true,
       "last_modification_timestamp": 1750000200000, "model_choice": {"type": "cascading", "model": "gpt-4.1"},
       "start_speaker": "agent", "start_node_id": "hello", "global_prompt": "Du buchst Termine.",
       "nodes": [
         {"id": "hello", "type": "conversation", "instruction": {"type": "prompt", "text": "Begrüße."},
          "edges": [{"id": "e1", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "fertig"}, "label": "ende"}]},
         {"id": "bye", "type": "end", "instruction": {"type": "prompt", "text": "Tschüss."}}],
       "tools": [{"type": "custom", "tool_id": "t1", "name": "book", "url": "https://tools.example.test/book"}]}]}
  ],
  "phone_numbers": [
    {"phone_number": "+493023125001", "phone_number_type": "custom", "nickname": "Empfang", "last_modification_timestamp": 1750000000000,
     "inbound_agents": [{"agent_id": "agent_reception", "agent_version": 1, "weight": 1}]},
    {"phone_number": "+493023125002", "phone_number_type": "custom", "nickname": "Termine", "last_modification_timestamp": 1750000000000,
     "inbound_agents": [{"agent_id": "agent_booking", "agent_version": 0, "weight": 1}]},
    {"phone_number": "+493023125003", "phone_number_type": "custom", "nickname": "Geteilt", "last_modification_timestamp": 1750000000000,
     "inbound_agents": [{"agent_id": "agent_reception", "agent_version": 1, "weight": 0.7}, {"agent_id": "agent_night", "agent_version": 0, "weight": 0.3}]}
  ],
  "next_id": 1
})json");
}

} // namespace trunkline::test
