#include "policy_data.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

/// What stands in calls, agents and logs everywhere, whatever it says.
constexpr std::string_view usual_key_list =
    "id|type|event|event_type|status|state|code|message|msg|level|time|timestamp|ts|date|data|"
    "count|total|size|length|index|version|url|path|method|host|port|duration|duration_ms|bytes|"
    "cache|error|errors|result|results|items|list|text|title|description|label|role|user|source|"
    "target|start|end|from|to|x|y|created_at|updated_at|request_id|trace_id|span_id|response_id|"
    "call_id|call_type|call_status|call_analysis|call_cost|call_successful|call_summary|direction|"
    "agent_id|agent_version|agent_name|start_timestamp|end_timestamp|disconnection_reason|"
    "opt_out_sensitive_data_storage|metadata|retell_llm_dynamic_variables|transfer_end_timestamp|"
    "collected_dynamic_variables|custom_analysis_data|user_sentiment|in_voicemail|latency|e2e|llm|"
    "tts|asr|p50|p90|p95|p99|max|min|num|values|llm_websocket_network_rtt|llm_token_usage|average|"
    "knowledge_base|s2s|product_costs|product|unit_price|cost|combined_cost|total_duration_seconds|"
    "total_duration_unit_price|words|word|tool_call_id|tool_calls|arguments|order|contact|"
    "telephony_identifier|twilio_call_sid|batch_call_id|conversation_flow_id|nodes|node|edges|"
    "edge|destination_node_id|display_position|instruction|prompt|transition_condition|is_"
    "published|"
    "model|model_choice|temperature|name|voice_id|language|response_engine|llm_id|webhook_url|"
    "general_prompt|general_tools|begin_message|states|tools|tool|tool_id|parameters|properties|"
    "required|enabled|channel|job|worker|thread|class|file|line|function|query|page|limit|offset|"
    "currency|amount|price|quantity|reason|action|category|tags|options|config|settings|format|env|"
    "call|from_number|to_number|customer_name|transcript|transcript_object|content|successful|"
    "transcript_with_tool_calls|recording_url|recording_multi_channel_url|public_log_url|"
    "scrubbed_transcript_with_tool_calls|scrubbed_recording_url|dynamic_variables|time_sec|"
    "knowledge_base_retrieved_contents_url|custom_sip_headers|data_storage_setting|"
    "opt_in_signed_url|transfer_destination|previous_node|current_node|num_requests|"
    "is_transfer_leg_cost|former_node_id|former_node_name|new_node_id|new_node_name|tool_name|"
    "execution_message|key|email|phone|phone_number|first_name|last_name|address|city|country|"
    "password|token|api_key|access_token|authorization|secret|cookie|user_id|session_id|account|"
    "global_prompt|start_node_id|start_speaker|edge_id|destination|condition|conditions|equations|"
    "operator|left|right|headers|query_params|speak_during_execution|speak_after_execution|timeout|"
    "timeout_ms|begin_tag_display_position|flow_id|user_agent|remote_addr|ip|exception|trace|stack|"
    "logger|hostname|pid|service|component|module|retry|attempt|elapsed|took|latency_ms|route";

} // namespace

void policy_data::remember_usual_keys()
{
    usual.clear();
    constexpr auto longest = short_key::longest;
    for (auto rest = usual_key_list; !rest.empty();) {
        auto const n = std::min(rest.find('|'), rest.size());
        byte padded[2 * longest] = {};
        if (n <= longest) {
            std::memcpy(padded + longest, rest.data(), n);
            text const t(padded, longest, longest + n);
            usual.add(short_key(padded + longest + n, n), keys.find(t, longest, longest + n));
        }
        rest.remove_prefix(std::min(n + 1, rest.size()));
    }
}

} // namespace trunkline::mask_detail
