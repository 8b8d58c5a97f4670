#include "simulator_field_tables.hpp"

namespace trunkline::retell::simulation {

namespace {

using enum value_type;

constexpr field agent_fields[] = {
    {"agent_name"},
    {"version_title"},
    {"version_description"},
    {"timezone"},
    {"response_engine"},
    {"voice_id"},
    {"voice_model"},
    {"fallback_voice_ids"},
    {"voice_temperature"},
    {"voice_speed"},
    {"volume"},
    {"voice_emotion"},
    {"enable_dynamic_voice_speed"},
    {"pronunciation_dictionary"},
    {"enable_expressive_mode"},
    {"expressive_emotion_tags"},
    {"expressive_mode_prompt"},
    {"responsiveness"},
    {"enable_dynamic_responsiveness"},
    {"interruption_sensitivity"},
    {"enable_backchannel"},
    {"backchannel_frequency"},
    {"backchannel_words"},
    {"reminder_trigger_ms"},
    {"reminder_max_count"},
    {"begin_message_delay_ms"},
    {"end_call_after_silence_ms"},
    {"max_call_duration_ms"},
    {"ring_duration_ms"},
    {"ambient_sound"},
    {"ambient_sound_volume"},
    {"denoising_mode"},
    {"stt_mode"},
    {"custom_stt_config"},
    {"vocab_specialization"},
    {"boosted_keywords"},
    {"language"},
    {"voicemail_option"},
    {"ivr_option"},
    {"call_screening_option"},
    {"allow_user_dtmf"},
    {"allow_dtmf_interruption"},
    {"user_dtmf_options"},
    {"webhook_url"},
    {"webhook_events"},
    {"webhook_timeout_ms"},
    {"post_call_analysis_data"},
    {"post_call_analysis_model"},
    {"data_storage_setting"},
    {"data_storage_retention_days"},
    {"opt_in_signed_url"},
    {"signed_url_expiration_ms"},
    {"pii_config"},
    {"guardrail_config"},
    {"handbook_config"},
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
    {"model"},
    {"s2s_model"},
    {"model_temperature"},
    {"model_high_priority"},
    {"tool_call_strict_mode"},
    {"general_prompt"},
    {"general_tools"},
    {"states"},
    {"starting_state"},
    {"begin_message"},
    {"start_speaker"},
    {"begin_after_user_silence_ms"},
    {"default_dynamic_variables"},
    {"knowledge_base_ids"},
    {"kb_config"},
    {"mcps"},
    {"is_transfer_llm", any, 0, 0, on_create},
};

constexpr field flow_fields[] = {
    {"model_choice"},
    {"nodes"},
    {"start_speaker"},
    {"global_prompt"},
    {"model_temperature"},
    {"tools"},
    {"mcps"},
    {"components"},
    {"start_node_id"},
    {"knowledge_base_ids"},
    {"kb_config"},
    {"default_dynamic_variables"},
    {"begin_after_user_silence_ms"},
    {"tool_call_strict_mode"},
    {"flex_mode"},
    {"is_transfer_cf"},
    {"notes", array},
    {"begin_tag_display_position", object},
};

constexpr field number_fields[] = {
    {"phone_number", any, 0, 0, on_create | on_import},
    {"inbound_agents"},
    {"outbound_agents"},
    {"inbound_sms_agents", any, 0, 0, on_update},
    {"outbound_sms_agents", any, 0, 0, on_update},
    {"inbound_webhook_url"},
    {"inbound_sms_webhook_url", any, 0, 0, on_update},
    {"nickname"},
    {"allowed_inbound_country_list"},
    {"allowed_outbound_country_list"},
    {"fallback_number", any, 0, 0, on_create | on_update},
    {"area_code", any, 0, 0, on_create},
    {"country_code", any, 0, 0, on_create},
    {"number_provider", any, 0, 0, on_create},
    {"toll_free", any, 0, 0, on_create},
    {"termination_uri", any, 0, 0, on_import | on_update},
    {"sip_trunk_auth_username", any, 0, 0, on_import},
    {"sip_trunk_auth_password", any, 0, 0, on_import},
    {"auth_username", any, 0, 0, on_update},
    {"auth_password", any, 0, 0, on_update},
    {"transport"},
    {"ignore_e164_validation", any, 0, 0, on_import},
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
