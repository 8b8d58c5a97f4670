#include "retell/catalogue_shapes.hpp"

namespace trunkline::retell::detail {

using namespace rows;

namespace {

// One row a line.
// clang-format off

constexpr table_row llm_rows[] = {
    identity("llm_id"),
    server("version"),
    server("base_version"),
    server("is_published"),
    server("last_modification_timestamp"),
    server("user_modified_timestamp"),
    field("model", nullable),
    field("s2s_model", nullable),
    field("model_temperature", "0"),
    field("model_high_priority", "false"),
    field("tool_call_strict_mode", nullable),
    text("general_prompt", nullable),
    keyed("general_tools", "name", shape_id::tool, nullable),
    keyed("states", "name", shape_id::state, nullable),
    field("starting_state", nullable),
    field("begin_message", nullable), // null: the model makes one; "": the agent waits
    field("start_speaker"),
    field("begin_after_user_silence_ms", nullable),
    map("default_dynamic_variables", nullable),
    set("knowledge_base_ids", nullable),
    reference("knowledge_base_ids/[]", "knowledge-base"),
    filled("kb_config", R"({"top_k":3,"filter_score":0.6})"),
    field("kb_config/top_k"),
    field("kb_config/filter_score"),
    keyed("mcps", "name", shape_id::mcp, nullable),
    field("is_transfer_llm", nullable),
    map("metadata"),
};

constexpr table_row state_rows[] = {
    field("name"),
    text("state_prompt"),
    keyed("edges", "destination_state_name", shape_id::none),
    field("edges/[]/destination_state_name"),
    field("edges/[]/description"),
    schema("edges/[]/parameters"),
    keyed("tools", "name", shape_id::tool),
};

// All types of tool in one: a member means the same wherever it occurs, and a type that is new
// tomorrow keeps its headers secret today.
constexpr table_row tool_rows[] = {
    field("type"),
    field("name"),
    field("tool_id"),
    field("description"),
    field("speak_during_execution"),
    field("speak_after_execution", "true"),
    field("execution_message_description"),
    field("execution_message_type", R"("prompt")"),
    field("enable_typing_sound"),
    field("timeout_ms"), // 120000 for custom, 30000 for code: no one default
    // custom
    secret_url("url"),
    field("method", R"("POST")"),
    map("headers"),
    secret("headers/*"),
    map("query_params"),
    secret("query_params/*"),
    schema("parameters"),
    map("parameter_mapping"), // unknown to the vendor's type, found in real flows
    field("parameter_type"),
    field("args_at_root"),
    describing(map("response_variables")),
    field("max_retry"),
    // check_availability_cal, book_appointment_cal
    secret("cal_api_key"),
    field("event_type_id"),
    field("timezone"),
    // transfer_call
    object("transfer_destination", shape_id::transfer_destination),
    object("transfer_option", shape_id::transfer_option),
    map("custom_sip_headers"),
    secret("custom_sip_headers/*"),
    field("ignore_e164_validation", "false"),
    // agent_swap
    reference("agent_id", "agent"),
    field("agent_version"),
    field("post_call_analysis_setting"),
    field("webhook_setting"),
    field("keep_current_voice", "false"),
    field("keep_current_language", "false"),
    // press_digit
    field("delay_ms", "1000"),
    // send_sms
    object("sms_content"),
    field("sms_content/type"),
    field("sms_content/text"),
    field("sms_content/prompt"),
    field("sms_content/template"),
    // code
    text("code"),
    // extract_dynamic_variable
    describing(keyed("variables", "name", shape_id::variable)),
    // mcp
    field("mcp_id"),
    schema("input_schema"),
};

constexpr table_row mcp_rows[] = {
    field("name"),
    secret_url("url"),
    map("headers"),
    secret("headers/*"),
    map("query_params"),
    secret("query_params/*"),
    field("timeout_ms", "120000"),
};

constexpr table_row transfer_destination_rows[] = {
    field("type"),
    field("number"),
    field("extension"),
    field("prompt"),
};

constexpr table_row transfer_option_rows[] = {
    field("type"),
    field("cold_transfer_mode", R"("sip_invite")"),
    field("show_transferee_as_caller"),
    field("transfer_ring_duration_ms"),
    field("agent_detection_timeout_ms"),
    field("on_hold_music"),
    field("custom_on_hold_music_asset_id"),
    field("enable_bridge_audio_cue", "true"),
    field("opt_out_human_detection", "false"),
    object("ivr_option"),
    field("ivr_option/type"),
    field("ivr_option/prompt"),
    object("private_handoff_option"),
    field("private_handoff_option/type"),
    field("private_handoff_option/prompt"),
    field("private_handoff_option/message"),
    object("public_handoff_option"),
    field("public_handoff_option/type"),
    field("public_handoff_option/prompt"),
    field("public_handoff_option/message"),
    object("agentic_transfer_config"),
    object("agentic_transfer_config/transfer_agent"),
    reference("agentic_transfer_config/transfer_agent/agent_id", "agent"),
    field("agentic_transfer_config/transfer_agent/agent_version"),
    field("agentic_transfer_config/transfer_timeout_ms", "30000"),
    field("agentic_transfer_config/action_on_timeout", R"("cancel_transfer")"),
};

// The words that structure a JSON schema; "properties" at any depth is a map of schemas.
constexpr table_row schema_rows[] = {
    field("type"),
    field("description"),
    describing(map("properties")),
    schema("properties/*"),
    set("required"),
    ordered("enum"),
    schema("items"),
    schema("additionalProperties"),
    schema("not"),
    ordered("anyOf"),
    schema("anyOf/[]"),
    ordered("oneOf"),
    schema("oneOf/[]"),
    ordered("allOf"),
    schema("allOf/[]"),
    describing(map("$defs")),
    schema("$defs/*"),
    describing(map("definitions")),
    schema("definitions/*"),
};

// clang-format on

} // namespace

field_shape const llm_shape{"Retell LLM", llm_rows};
field_shape const state_shape{"State", state_rows};
field_shape const tool_shape{"Tool", tool_rows};
field_shape const mcp_shape{"MCP server", mcp_rows};
field_shape const transfer_destination_shape{"Transfer destination", transfer_destination_rows};
field_shape const transfer_option_shape{"Transfer option", transfer_option_rows};
field_shape const schema_shape{"JSON schema", schema_rows};

} // namespace trunkline::retell::detail
