#include "simulator_field_tables.hpp"

namespace trunkline::retell::simulation {

namespace {

using enum value_type;

constexpr field agent_fields[] = {
    {"agent_name", text},
    {"version_title", text},
    {"version_description", text},
    {"timezone", text},
    {"response_engine", object, 0, 0, on_all, false},
    {"voice_id", text, 0, 0, on_all, false},
    {"voice_model", text},
    {"fallback_voice_ids", array},
    {"voice_temperature", number, 0, 2},
    {"voice_speed", number, 0.5, 2},
    {"volume", number, 0, 2},
    {"voice_emotion", text},
    {"enable_dynamic_voice_speed", boolean},
    {"pronunciation_dictionary", array},
    {"enable_expressive_mode", boolean},
    {"expressive_emotion_tags", array},
    {"expressive_mode_prompt", text},
    {"responsiveness", number, 0, 1},
    {"enable_dynamic_responsiveness", boolean},
    {"interruption_sensitivity", number, 0, 1},
    {"enable_backchannel", boolean},
    {"backchannel_frequency", number, 0, 1},
    {"backchannel_words", array},
    {"reminder_trigger_ms", number, 1, 1e12},
    {"reminder_max_count", number, 0, 1e6},
    {"begin_message_delay_ms", number, 0, 5000},
    {"end_call_after_silence_ms", number, 10'000, 1e12},
    {"max_call_duration_ms", number, 60'000, 7'200'000},
    {"ring_duration_ms", number, 5'000, 300'000},
    {"ambient_sound", text},
    {"ambient_sound_volume", number, 0, 2},
    {"denoising_mode", text},
    {"stt_mode", text},
    {"custom_stt_config", object},
    {"vocab_specialization", text},
    {"boosted_keywords", array},
    {"language", any},
    {"voicemail_option", object},
    {"ivr_option", object},
    {"call_screening_option", object},
    {"allow_user_dtmf", boolean},
    {"allow_dtmf_interruption", boolean},
    {"user_dtmf_options", object},
    {"webhook_url", text},
    {"webhook_events", array},
    {"webhook_timeout_ms", number, 1, 1e9},
    {"post_call_analysis_data", array},
    {"post_call_analysis_model", text},
    {"data_storage_setting", text},
    {"data_storage_retention_days", number, 1, 730},
    {"opt_in_signed_url", boolean},
    {"signed_url_expiration_ms", number, 1, 1e12},
    {"pii_config", object},
    {"guardrail_config", object},
    {"handbook_config", object},
};

constexpr field chat_agent_fields[] = {
    {"agent_name", text},
    {"version_title", text},
    {"version_description", text},
    {"timezone", text},
    {"response_engine", object, 0, 0, on_all, false},
    {"auto_close_message", text},
    {"end_chat_after_silence_ms", number, 120'000, 259'200'000},
    {"language", any},
    {"webhook_url", text},
    {"webhook_events", array},
    {"webhook_timeout_ms", number, 1, 1e9},
    {"post_chat_analysis_data", array},
    {"post_chat_analysis_model", text},
    {"data_storage_setting", text},
    {"data_storage_retention_days", number, 1, 730},
    {"opt_in_signed_url", boolean},
    {"signed_url_expiration_ms", number, 1, 1e12},
    {"pii_config", object},
    {"guardrail_config", object},
    {"handbook_config", object},
};

constexpr field llm_fields[] = {
    {"model", text},
    {"s2s_model", text},
    {"model_temperature", number, 0, 1},
    {"model_high_priority", boolean},
    {"tool_call_strict_mode", boolean},
    {"general_prompt", text},
    {"general_tools", array},
    {"states", array},
    {"starting_state", text},
    {"begin_message", text},
    {"start_speaker", text, 0, 0, on_all, false},
    {"begin_after_user_silence_ms", number},
    {"default_dynamic_variables", object},
    {"knowledge_base_ids", array},
    {"kb_config", object},
    {"mcps", array},
    {"is_transfer_llm", boolean, 0, 0, on_create},
};

constexpr field flow_fields[] = {
    {"model_choice", object, 0, 0, on_all, false},
    {"nodes", array, 0, 0, on_all, false},
    {"start_speaker", text, 0, 0, on_all, false},
    {"global_prompt", text},
    {"model_temperature", number, 0, 1},
    {"tools", array},
    {"mcps", array},
    {"components", array},
    {"start_node_id", text},
    {"knowledge_base_ids", array},
    {"kb_config", object},
    {"default_dynamic_variables", object},
    {"begin_after_user_silence_ms", number},
    {"tool_call_strict_mode", boolean},
    {"flex_mode", boolean},
    {"is_transfer_cf", boolean},
    {"notes", array},
    {"begin_tag_display_position", object},
};

constexpr field number_fields[] = {
    {"phone_number", text, 0, 0, on_create | on_import},
    {"inbound_agents", array},
    {"outbound_agents", array},
    {"inbound_sms_agents", array, 0, 0, on_update},
    {"outbound_sms_agents", array, 0, 0, on_update},
    {"inbound_webhook_url", text},
    {"inbound_sms_webhook_url", text, 0, 0, on_update},
    {"nickname", text},
    {"allowed_inbound_country_list", array},
    {"allowed_outbound_country_list", array},
    {"fallback_number", text, 0, 0, on_create | on_update},
    {"area_code", number, 200, 999, on_create},
    {"country_code", text, 0, 0, on_create},
    {"number_provider", text, 0, 0, on_create},
    {"toll_free", boolean, 0, 0, on_create},
    {"termination_uri", text, 0, 0, on_import | on_update},
    {"sip_trunk_auth_username", text, 0, 0, on_import},
    {"sip_trunk_auth_password", text, 0, 0, on_import},
    {"auth_username", text, 0, 0, on_update},
    {"auth_password", text, 0, 0, on_update},
    {"transport", text},
    {"ignore_e164_validation", boolean, 0, 0, on_import},
};

constexpr default_value agent_defaults[] = {
    {"language", "\"en-US\""},
    {"voice_temperature", "1"},
    {"voice_speed", "1"},
    {"volume", "1"},
    {"enable_dynamic_voice_speed", "false"},
    {"responsiveness", "1"},
    {"enable_dynamic_responsiveness", "false"},
    {"interruption_sensitivity", "1"},
    {"enable_backchannel", "false"},
    {"backchannel_frequency", "0.8"},
    {"reminder_trigger_ms", "10000"},
    {"reminder_max_count", "1"},
    {"end_call_after_silence_ms", "600000"},
    {"max_call_duration_ms", "3600000"},
    {"ring_duration_ms", "30000"},
    {"ambient_sound_volume", "1"},
    {"webhook_timeout_ms", "10000"},
    {"data_storage_setting", "\"everything\""},
    {"signed_url_expiration_ms", "86400000"},
    {"timezone", "\"America/Los_Angeles\""},
};

constexpr default_value chat_agent_defaults[] = {
    {"language", "\"en-US\""},
    {"end_chat_after_silence_ms", "3600000"},
    {"webhook_timeout_ms", "10000"},
    {"data_storage_setting", "\"everything\""},
    {"signed_url_expiration_ms", "86400000"},
    {"timezone", "\"America/Los_Angeles\""},
};

constexpr default_value llm_defaults[] = {
    {"model_temperature", "0"},
    {"model_high_priority", "false"},
};

} // namespace

std::span<field const> fields_of(resource r)
{
    switch (r) {
    case resource::agent: return agent_fields;
    case resource::chat_agent: return chat_agent_fields;
    case resource::llm: return llm_fields;
    case resource::flow: return flow_fields;
    case resource::phone_number: return number_fields;
    default: return plain_fields_of(r);
    }
}

std::span<default_value const> defaults_of(resource r)
{
    if (r == resource::agent) return agent_defaults;
    if (r == resource::chat_agent) return chat_agent_defaults;
    if (r == resource::llm) return llm_defaults;
    return {};
}

} // namespace trunkline::retell::simulation
