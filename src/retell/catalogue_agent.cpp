#include "retell/catalogue_shapes.hpp"

namespace trunkline::retell::detail {

using namespace rows;

namespace {

// One row a line.
// clang-format off

// The 61 members of an agent, in the order of spec/retell-api.md section 2.1.
constexpr table_row agent_rows[] = {
    identity("agent_id"),
    server("version"),
    server("channel"), // of no type of the SDK: answers name it, the operation decides it
    server("base_version"),
    server("is_published"),
    server("assigned_tags"),
    server("last_modification_timestamp"),
    server("user_modified_timestamp"), // what lists call it
    release("version_title"),
    release("version_description"),
    field("agent_name", nullable),
    field("timezone", R"("America/Los_Angeles")"),

    object("response_engine"),
    field("response_engine/type"),
    reference("response_engine/llm_id", "retell-llm"),
    reference("response_engine/conversation_flow_id", "conversation-flow"),
    secret_url("response_engine/llm_websocket_url"),
    filled("response_engine/version"),

    reference("voice_id", "voice"),
    field("voice_model", nullable),
    ordered("fallback_voice_ids", nullable),
    reference("fallback_voice_ids/[]", "voice"),
    field("voice_temperature", "1"),
    field("voice_speed", "1"),
    field("volume", "1"),
    field("voice_emotion", nullable),
    field("enable_dynamic_voice_speed", "false"),
    keyed("pronunciation_dictionary", "word", shape_id::none, nullable),
    field("pronunciation_dictionary/[]/word"),
    field("pronunciation_dictionary/[]/alphabet"),
    field("pronunciation_dictionary/[]/phoneme"),
    field("enable_expressive_mode"),
    set("expressive_emotion_tags"),
    field("expressive_mode_prompt", nullable),

    field("responsiveness", "1"),
    field("enable_dynamic_responsiveness", "false"),
    field("interruption_sensitivity", "1"),
    field("enable_backchannel", "false"),
    field("backchannel_frequency", "0.8"),
    set("backchannel_words", nullable),
    field("reminder_trigger_ms", "10000"),
    field("reminder_max_count", "1"),
    field("begin_message_delay_ms", "0"),
    field("end_call_after_silence_ms", "600000"),
    field("max_call_duration_ms", "3600000"),
    field("ring_duration_ms", "30000"),

    field("ambient_sound", nullable),
    field("ambient_sound_volume", "1"),
    field("denoising_mode", R"("noise-cancellation")"),
    field("stt_mode", R"("fast")"),
    object("custom_stt_config", shape_id::none, nullable),
    field("custom_stt_config/provider"),
    field("custom_stt_config/endpointing_ms"),
    field("vocab_specialization", R"("general")"),
    set("boosted_keywords", nullable),
    field("language", R"(["en-US"])"), // scalar or list: managed_value() knows

    object("voicemail_option", shape_id::none, nullable),
    object("voicemail_option/action"),
    field("voicemail_option/action/type"),
    field("voicemail_option/action/text"),
    field("voicemail_option/detection_prompt", nullable),
    object("ivr_option", shape_id::none, nullable),
    object("ivr_option/action"),
    field("ivr_option/action/type"),
    field("ivr_option/detection_prompt", nullable),
    object("call_screening_option", shape_id::none, nullable),
    field("call_screening_option/agent_identity"),
    field("call_screening_option/call_purpose"),
    field("allow_user_dtmf", "true"),
    field("allow_dtmf_interruption", "false"),
    object("user_dtmf_options", shape_id::none, nullable),
    field("user_dtmf_options/digit_limit", nullable),
    field("user_dtmf_options/termination_key", nullable),
    field("user_dtmf_options/timeout_ms"),

    secret_url("webhook_url", nullable),
    set("webhook_events", R"(["call_started","call_ended","call_analyzed"])"),
    field("webhook_timeout_ms", "10000"),

    describing(keyed("post_call_analysis_data", "name", shape_id::variable, nullable)),
    field("post_call_analysis_model", nullable),

    field("data_storage_setting", R"("everything")"),
    field("data_storage_retention_days", nullable),
    field("opt_in_signed_url", "false"),
    field("signed_url_expiration_ms", "86400000"),
    object("pii_config"),
    field("pii_config/mode", R"("post_call")"),
    set("pii_config/categories"),
    object("guardrail_config"),
    set("guardrail_config/input_topics", nullable),
    set("guardrail_config/output_topics", nullable),
    object("handbook_config"),
    field("handbook_config/ai_disclosure"),
    field("handbook_config/conversational_personality"),
    field("handbook_config/default_personality"),
    field("handbook_config/echo_verification"),
    field("handbook_config/high_empathy"),
    field("handbook_config/nato_phonetic_alphabet"),
    field("handbook_config/natural_filler_words"),
    field("handbook_config/scope_boundaries"),
    field("handbook_config/smart_matching"),
    field("handbook_config/speech_normalization"),

    map("metadata"), // not in the vendor's type, but the author's map wherever it occurs
};

// What an analysis field, an extracted variable and a preset have in common.
constexpr table_row variable_rows[] = {
    field("name"),
    field("type"),
    field("description"),
    field("conditional_prompt"),
    field("required"), // unset means true for presets, false elsewhere: no default here
    ordered("choices"),
    ordered("examples"),
};

// Spec section 2.4. A value can be called differently in the answer, an update and an import.
constexpr table_row phone_number_rows[] = {
    identity("phone_number"),
    server("phone_number_type"),
    server("phone_number_pretty"),
    server("last_modification_timestamp"),
    server("user_modified_timestamp"),
    server("area_code"), // this and the next four: read when a number is bought or
    server("country_code"), // imported, never sent again
    server("number_provider"),
    server("toll_free"),
    server("ignore_e164_validation"),
    field("nickname", nullable),
    weighted("inbound_agents"),
    weighted("outbound_agents"),
    weighted("inbound_sms_agents"),
    weighted("outbound_sms_agents"),
    secret_url("inbound_webhook_url", nullable),
    secret_url("inbound_sms_webhook_url", nullable),
    set("allowed_inbound_country_list", nullable),
    set("allowed_outbound_country_list", nullable),
    reference_or_null("fallback_number", "phone-number"),
    object("sip_outbound_trunk_config", shape_id::none, nullable),
    field("sip_outbound_trunk_config/termination_uri", nullable),
    field("sip_outbound_trunk_config/auth_username", nullable),
    field("sip_outbound_trunk_config/transport", R"("TCP")"),
    field("termination_uri"),
    field("transport", R"("TCP")"),
    field("auth_username"),
    field("sip_trunk_auth_username"),
    write_only("auth_password"),
    write_only("sip_trunk_auth_password"),
};

constexpr table_row weighted_agent_rows[] = {
    reference("agent_id", "agent"),
    field("agent_version"),
    field("weight"),
};

// As it is created. What was read of it the answers show in another form: texts only as a title and a
// place to fetch them from.
constexpr table_row knowledge_base_rows[] = {
    identity("knowledge_base_id"),
    server("status"),
    server("knowledge_base_sources"),
    server("last_refreshed_timestamp"),
    server("user_modified_timestamp"),
    field("knowledge_base_name"),
    keyed("knowledge_base_texts", "title", shape_id::knowledge_text),
    set("knowledge_base_urls"),
    field("enable_auto_refresh", "false"),
    field("max_chunk_size", "2000"),
    field("min_chunk_size", "400"),
};

constexpr table_row knowledge_text_rows[] = {
    field("title"),
    text("text"),
};

// clang-format on

} // namespace

field_shape const agent_shape{"Agent", agent_rows};
field_shape const variable_shape{"Variable or analysis field", variable_rows};
field_shape const phone_number_shape{"Phone number", phone_number_rows};
field_shape const weighted_agent_shape{"Agent of a phone number", weighted_agent_rows};
field_shape const knowledge_base_shape{"Knowledge base", knowledge_base_rows};
field_shape const knowledge_text_shape{"Text of a knowledge base", knowledge_text_rows};

} // namespace trunkline::retell::detail
