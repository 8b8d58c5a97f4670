#include "retell/catalogue_shapes.hpp"

namespace trunkline::retell::detail {

using namespace rows;

namespace {

// One row a line.
// clang-format off

constexpr table_row flow_rows[] = {
    identity("conversation_flow_id"),
    server("version"),
    server("base_version"),
    server("is_published"),
    server("last_modification_timestamp"),
    server("user_modified_timestamp"),
    object("model_choice"),
    field("model_choice/type"),
    field("model_choice/model"),
    field("model_choice/high_priority", "false"),
    field("model_temperature", nullable),
    field("tool_call_strict_mode", nullable),
    text("global_prompt", nullable),
    field("start_speaker"),
    field("start_node_id", nullable),
    field("begin_after_user_silence_ms", nullable),
    field("flex_mode", nullable),
    field("is_transfer_cf", nullable),
    keyed("nodes", "id", shape_id::node),
    keyed("tools", "tool_id", shape_id::tool, nullable),
    keyed("components", "name", shape_id::component, nullable),
    keyed("mcps", "name", shape_id::mcp, nullable),
    map("default_dynamic_variables", nullable),
    set("knowledge_base_ids", nullable),
    reference("knowledge_base_ids/[]", "knowledge-base"),
    filled("kb_config", R"({"top_k":3,"filter_score":0.6})"),
    field("kb_config/top_k"),
    field("kb_config/filter_score"),
    cosmetic("notes"),
    cosmetic("notes/[]", shape_id::note),
    cosmetic("begin_tag_display_position", shape_id::point),
    map("metadata"),
};

// An inline component. A shared one is a resource of its own with the same members.
constexpr table_row component_rows[] = {
    field("name"),
    field("start_node_id", nullable),
    field("flex_mode", nullable),
    keyed("nodes", "id", shape_id::node),
    keyed("tools", "tool_id", shape_id::tool, nullable),
    keyed("mcps", "name", shape_id::mcp, nullable),
    cosmetic("notes"),
    cosmetic("notes/[]", shape_id::note),
    cosmetic("begin_tag_display_position", shape_id::point),
};

// All 15 types of node in one, as for tools.
constexpr table_row node_rows[] = {
    field("id"),
    field("type"),
    field("name"),
    cosmetic("display_position", shape_id::point),
    filled("skippable", "false"),
    object("instruction"),
    field("instruction/type"),
    text("instruction/text"),
    field("instruction/template"),
    object("global_node_setting", shape_id::global_node, nullable),
    keyed("edges", "id", shape_id::edge),
    object("edge", shape_id::edge),
    object("else_edge", shape_id::edge),
    object("always_edge", shape_id::edge),
    object("skip_response_edge", shape_id::edge),
    object("success_edge", shape_id::edge),
    object("failed_edge", shape_id::edge),
    keyed("finetune_transition_examples", "id", shape_id::example),
    keyed("finetune_conversation_examples", "id", shape_id::example),
    // conversation, subagent: what differs from the agent; null takes the agent's
    object("model_choice", shape_id::none, nullable),
    field("model_choice/type"),
    field("model_choice/model"),
    field("model_choice/high_priority", "false"),
    field("voice_speed", nullable),
    field("interruption_sensitivity", nullable),
    field("responsiveness", nullable),
    field("reminder_trigger_ms", nullable),
    field("reminder_max_count", nullable),
    field("allow_dtmf_interruption", nullable),
    field("stt_mode", nullable),
    object("custom_stt_config", shape_id::none, nullable),
    field("custom_stt_config/provider"),
    field("custom_stt_config/endpointing_ms"),
    set("knowledge_base_ids", nullable),
    reference("knowledge_base_ids/[]", "knowledge-base"),
    filled("kb_config", R"({"top_k":3,"filter_score":0.6})"),
    field("kb_config/top_k"),
    field("kb_config/filter_score"),
    // subagent
    keyed("tools", "name", shape_id::tool, nullable),
    set("tool_ids", nullable),
    // function, code, mcp
    field("tool_id"),
    field("tool_type"),
    field("mcp_id"),
    field("mcp_tool_name"),
    field("wait_for_result"),
    field("speak_during_execution"),
    field("enable_typing_sound"),
    field("timeout_ms"),
    text("code"),
    describing(map("response_variables")),
    map("parameter_mapping"),
    // extract_dynamic_variables
    describing(keyed("variables", "name", shape_id::variable)),
    // component
    reference("component_id", "conversation-flow-component", "component_type=shared"),
    field("component_type"),
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
};

constexpr table_row edge_rows[] = {
    field("id"),
    field("destination_node_id", nullable),
    object("transition_condition", shape_id::condition),
};

constexpr table_row condition_rows[] = {
    field("type"),
    text("prompt"),
    field("operator"),
    ordered("equations"),
    field("equations/[]/left"),
    field("equations/[]/operator"),
    field("equations/[]/right"),
};

constexpr table_row global_node_rows[] = {
    text("condition"),
    field("cool_down"),
    keyed("go_back_conditions", "id", shape_id::edge),
    ordered("positive_finetune_examples", {}, shape_id::example),
    ordered("negative_finetune_examples", {}, shape_id::example),
};

constexpr table_row example_rows[] = {
    field("id"),
    field("destination_node_id"),
    ordered("transcript"),
    field("transcript/[]/role"),
    field("transcript/[]/content"),
    field("transcript/[]/name"),
    field("transcript/[]/arguments"),
    field("transcript/[]/tool_call_id"),
};

constexpr table_row note_rows[] = {
    cosmetic("id"),
    cosmetic("content"),
    cosmetic("display_position", shape_id::point),
    cosmetic("size"),
    cosmetic("size/width"),
    cosmetic("size/height"),
};

constexpr table_row point_rows[] = {
    cosmetic("x"),
    cosmetic("y"),
};

// clang-format on

} // namespace

field_shape const flow_shape{"Conversation flow", flow_rows};
field_shape const component_shape{"Component", component_rows};
field_shape const node_shape{"Node", node_rows};
field_shape const edge_shape{"Edge", edge_rows};
field_shape const condition_shape{"Condition", condition_rows};
field_shape const global_node_shape{"Global node setting", global_node_rows};
field_shape const example_shape{"Finetune example", example_rows};
field_shape const note_shape{"Note", note_rows};
field_shape const point_shape{"Point", point_rows};

} // namespace trunkline::retell::detail
