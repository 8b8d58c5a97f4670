#include "policy_data.hpp"

namespace trunkline::mask_detail {
namespace {

/// What stands in calls, agents and logs everywhere. A key is remembered only if it says nothing.
constexpr std::string_view usual_keys =
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
    "currency|amount|price|quantity|reason|action|category|tags|options|config|settings|format|env";

} // namespace

void policy_data::remember_harmless()
{
    harmless.fill({});
    constexpr auto longest = short_key::longest;
    for (auto rest = usual_keys; !rest.empty();) {
        auto const n = std::min(rest.find('|'), rest.size());
        byte padded[2 * longest] = {};
        auto const size = std::min(n, longest);
        std::memcpy(padded + longest, rest.data(), size);
        auto const* const c =
            keys.find(text(padded, longest, longest + size), longest, longest + size);
        if (n == size && (!c || c->rule == key_rule::none)) {
            short_key const k(padded + longest + size, size);
            if (harmless[k.slot()].size == 0) harmless[k.slot()] = k;
        }
        rest.remove_prefix(std::min(n + 1, rest.size()));
    }
}

} // namespace trunkline::mask_detail
