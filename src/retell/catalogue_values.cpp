#include "retell/catalogue_table.hpp"

#include <algorithm>
#include <limits>

/**
 * What the service takes in a field: its interface description of June 2026, with the words that
 * the official SDK 5.66.1 has beyond it, and the ranges that its documentation tells. Where two
 * kinds of tool or node have the same member with different limits there is none here.
 */
namespace trunkline::retell::detail {

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

class value_row {
public:
    shape_id shape;
    std::string_view path; ///< As in the catalogue's rows.
    value_rule values;
};

constexpr value_row typed(shape_id shape, std::string_view path, value_type type)
{
    return {shape, path, {type, -no_limit, no_limit, {}, true, false}};
}
constexpr value_row yes_no(shape_id shape, std::string_view path)
{
    return typed(shape, path, value_type::boolean);
}
constexpr value_row text(shape_id shape, std::string_view path, double longest = no_limit)
{
    return {shape, path, {value_type::text, -no_limit, longest, {}, true, false}};
}
constexpr value_row number(
    shape_id shape, std::string_view path, double min = -no_limit, double max = no_limit)
{
    return {shape, path, {value_type::number, min, max, {}, true, false}};
}
constexpr value_row words(
    shape_id shape, std::string_view path, value_type type, std::string_view known)
{
    return {shape, path, {type, -no_limit, no_limit, known, true, false}};
}
/// The vendor's models come and go faster than descriptions of them.
constexpr value_row open_words(shape_id shape, std::string_view path, std::string_view known)
{
    auto row = words(shape, path, value_type::text, known);
    row.values.open = true;
    return row;
}
constexpr value_row never_null(value_row row)
{
    row.values.nullable = false;
    return row;
}

constexpr std::string_view models =
    "gpt-4.1,gpt-4.1-mini,gpt-4.1-nano,gpt-5,gpt-5-mini,gpt-5-nano,gpt-5.1,gpt-5.2,"
    "gpt-5.4,gpt-5.4-mini,gpt-5.4-nano,gpt-5.5,claude-4.5-sonnet,claude-4.6-sonnet,"
    "claude-4.5-haiku,gemini-2.5-flash-lite,gemini-3.0-flash,gemini-3.1-flash-lite,"
    "gpt-5.6-terra,gpt-5.6-luna,claude-5-sonnet,gemini-3.5-flash,"
    "gemini-3.5-flash-lite,gemini-3.6-flash";
constexpr std::string_view voice_models =
    "eleven_turbo_v2,eleven_flash_v2,eleven_turbo_v2_5,eleven_flash_v2_5,"
    "eleven_multilingual_v2,eleven_v3,sonic-3,sonic-3-latest,tts-1,gpt-4o-mini-tts,"
    "speech-02-turbo,speech-2.8-turbo,s1,s2-pro,sonic-3.5,sonic-3.6,s2.1-pro,"
    "inworld-tts-2,inworld-tts-2-flash";
constexpr std::string_view languages =
    "en-US,en-IN,en-GB,en-AU,en-NZ,de-DE,es-ES,es-419,hi-IN,fr-FR,fr-CA,ja-JP,"
    "pt-PT,pt-BR,zh-CN,ru-RU,it-IT,ko-KR,nl-NL,nl-BE,pl-PL,tr-TR,vi-VN,ro-RO,bg-BG,"
    "ca-ES,th-TH,da-DK,fi-FI,el-GR,hu-HU,id-ID,no-NO,sk-SK,sv-SE,lt-LT,lv-LV,cs-CZ,"
    "ms-MY,af-ZA,ar-SA,az-AZ,bs-BA,cy-GB,fa-IR,fil-PH,gl-ES,he-IL,hr-HR,hy-AM,"
    "is-IS,kk-KZ,kn-IN,mk-MK,mr-IN,ne-NP,sl-SI,sr-RS,sw-KE,ta-IN,ur-IN,yue-CN,"
    "uk-UA,multi";
constexpr std::string_view transcribers = "azure,deepgram,soniox,assemblyai";
constexpr std::string_view sip_transports = "TCP,TLS,UDP";
constexpr std::string_view whose_setting = "both_agents,only_destination_agent,only_source_agent";

// One row a line.
// clang-format off

constexpr value_row value_rows[] = {
    never_null(typed(shape_id::agent, "response_engine", value_type::object)),
    never_null(typed(shape_id::agent, "voice_id", value_type::text)),
    text(shape_id::agent, "version_title"),
    text(shape_id::agent, "version_description"),
    text(shape_id::agent, "agent_name"),
    text(shape_id::agent, "timezone"),
    words(shape_id::agent, "response_engine/type", value_type::text,
        "retell-llm,custom-llm,conversation-flow"),
    number(shape_id::agent, "response_engine/version"),
    open_words(shape_id::agent, "voice_model", voice_models),
    number(shape_id::agent, "voice_temperature", 0, 2),
    number(shape_id::agent, "voice_speed", 0.5, 2),
    number(shape_id::agent, "volume", 0, 2),
    words(shape_id::agent, "voice_emotion", value_type::text,
        "calm,sympathetic,happy,sad,angry,fearful,surprised"),
    yes_no(shape_id::agent, "enable_dynamic_voice_speed"),
    text(shape_id::agent, "pronunciation_dictionary/[]/word"),
    words(shape_id::agent, "pronunciation_dictionary/[]/alphabet", value_type::text,
        "ipa,cmu,pinyin,jyutping"),
    text(shape_id::agent, "pronunciation_dictionary/[]/phoneme"),
    yes_no(shape_id::agent, "enable_expressive_mode"),
    words(shape_id::agent, "expressive_emotion_tags", value_type::array,
        "empathetic,excited,happy,curious,surprised,sigh,clear throat,pause,long pause,"
        "emphasis"),
    text(shape_id::agent, "expressive_mode_prompt"),
    number(shape_id::agent, "responsiveness", 0, 1),
    yes_no(shape_id::agent, "enable_dynamic_responsiveness"),
    number(shape_id::agent, "interruption_sensitivity", 0, 1),
    yes_no(shape_id::agent, "enable_backchannel"),
    number(shape_id::agent, "backchannel_frequency", 0, 1),
    number(shape_id::agent, "reminder_trigger_ms", 1),
    number(shape_id::agent, "reminder_max_count", 0),
    number(shape_id::agent, "begin_message_delay_ms", 0, 5000),
    number(shape_id::agent, "end_call_after_silence_ms", 10000),
    number(shape_id::agent, "max_call_duration_ms", 60000, 7200000),
    number(shape_id::agent, "ring_duration_ms", 5000, 300000),
    words(shape_id::agent, "ambient_sound", value_type::text,
        "coffee-shop,convention-hall,summer-outdoor,mountain-outdoor,static-noise,"
        "call-center"),
    number(shape_id::agent, "ambient_sound_volume", 0, 2),
    words(shape_id::agent, "denoising_mode", value_type::text,
        "no-denoise,noise-cancellation,noise-and-background-speech-cancellation"),
    words(shape_id::agent, "stt_mode", value_type::text, "fast,accurate,custom"),
    words(shape_id::agent, "custom_stt_config/provider", value_type::text, transcribers),
    number(shape_id::agent, "custom_stt_config/endpointing_ms"),
    words(shape_id::agent, "vocab_specialization", value_type::text, "general,medical"),
    words(shape_id::agent, "language", value_type::any, languages),
    words(shape_id::agent, "voicemail_option/action/type", value_type::text,
        "prompt,static_text,hangup,bridge_transfer"),
    text(shape_id::agent, "voicemail_option/action/text"),
    text(shape_id::agent, "voicemail_option/detection_prompt", 2000),
    words(shape_id::agent, "ivr_option/action/type", value_type::text, "hangup"),
    text(shape_id::agent, "ivr_option/detection_prompt", 2000),
    text(shape_id::agent, "call_screening_option/agent_identity", 100),
    text(shape_id::agent, "call_screening_option/call_purpose", 300),
    yes_no(shape_id::agent, "allow_user_dtmf"),
    yes_no(shape_id::agent, "allow_dtmf_interruption"),
    number(shape_id::agent, "user_dtmf_options/digit_limit", 1, 50),
    text(shape_id::agent, "user_dtmf_options/termination_key"),
    number(shape_id::agent, "user_dtmf_options/timeout_ms", 1000, 15000),
    words(shape_id::agent, "webhook_events", value_type::array,
        "call_started,call_ended,call_analyzed,transcript_updated,transfer_started,"
        "transfer_bridged,transfer_cancelled,transfer_ended"),
    number(shape_id::agent, "webhook_timeout_ms", 1),
    open_words(shape_id::agent, "post_call_analysis_model", models),
    words(shape_id::agent, "data_storage_setting", value_type::text,
        "everything,everything_except_pii,basic_attributes_only"),
    number(shape_id::agent, "data_storage_retention_days", 1, 730),
    yes_no(shape_id::agent, "opt_in_signed_url"),
    number(shape_id::agent, "signed_url_expiration_ms", 1),
    words(shape_id::agent, "pii_config/mode", value_type::text, "post_call"),
    words(shape_id::agent, "pii_config/categories", value_type::array,
        "person_name,address,email,phone_number,ssn,passport,driver_license,"
        "credit_card,bank_account,password,pin,medical_id,date_of_birth,"
        "customer_account_number"),
    words(shape_id::agent, "guardrail_config/input_topics", value_type::array,
        "platform_integrity_jailbreaking"),
    words(shape_id::agent, "guardrail_config/output_topics", value_type::array,
        "harassment,self_harm,sexual_exploitation,violence,"
        "defense_and_national_security,illicit_and_harmful_activity,gambling,"
        "regulated_professional_advice,child_safety_and_exploitation"),
    yes_no(shape_id::agent, "handbook_config/ai_disclosure"),
    yes_no(shape_id::agent, "handbook_config/conversational_personality"),
    yes_no(shape_id::agent, "handbook_config/default_personality"),
    yes_no(shape_id::agent, "handbook_config/echo_verification"),
    yes_no(shape_id::agent, "handbook_config/high_empathy"),
    yes_no(shape_id::agent, "handbook_config/nato_phonetic_alphabet"),
    yes_no(shape_id::agent, "handbook_config/natural_filler_words"),
    yes_no(shape_id::agent, "handbook_config/scope_boundaries"),
    yes_no(shape_id::agent, "handbook_config/smart_matching"),
    yes_no(shape_id::agent, "handbook_config/speech_normalization"),

    text(shape_id::variable, "name"),
    words(shape_id::variable, "type", value_type::text,
        "string,enum,boolean,number,system-presets"),
    text(shape_id::variable, "description"),
    text(shape_id::variable, "conditional_prompt"),
    yes_no(shape_id::variable, "required"),

    number(shape_id::phone_number, "area_code", 200, 999),
    text(shape_id::phone_number, "country_code"),
    text(shape_id::phone_number, "number_provider"),
    yes_no(shape_id::phone_number, "toll_free"),
    yes_no(shape_id::phone_number, "ignore_e164_validation"),
    text(shape_id::phone_number, "nickname"),
    text(shape_id::phone_number, "termination_uri"),
    words(shape_id::phone_number, "transport", value_type::text, sip_transports),
    words(shape_id::phone_number, "sip_outbound_trunk_config/transport", value_type::text,
        sip_transports),
    text(shape_id::phone_number, "auth_username"),
    text(shape_id::phone_number, "sip_trunk_auth_username"),

    number(shape_id::weighted_agent, "weight", 0, 1),

    text(shape_id::knowledge_base, "knowledge_base_name"),
    yes_no(shape_id::knowledge_base, "enable_auto_refresh"),
    number(shape_id::knowledge_base, "max_chunk_size", 600, 6000),
    number(shape_id::knowledge_base, "min_chunk_size", 200, 2000),

    text(shape_id::knowledge_text, "title"),

    open_words(shape_id::llm, "model", models),
    open_words(shape_id::llm, "s2s_model",
        "gpt-realtime-1.5,gpt-realtime,gpt-realtime-mini,gpt-realtime-2.1,"
        "gpt-realtime-2.1-mini,gpt-realtime-2"),
    number(shape_id::llm, "model_temperature", 0, 1),
    yes_no(shape_id::llm, "model_high_priority"),
    yes_no(shape_id::llm, "tool_call_strict_mode"),
    text(shape_id::llm, "starting_state"),
    text(shape_id::llm, "begin_message"),
    never_null(words(shape_id::llm, "start_speaker", value_type::text, "user,agent")),
    number(shape_id::llm, "begin_after_user_silence_ms"),
    typed(shape_id::llm, "kb_config", value_type::object),
    number(shape_id::llm, "kb_config/top_k", 1, 10),
    number(shape_id::llm, "kb_config/filter_score", 0, 1),
    yes_no(shape_id::llm, "is_transfer_llm"),

    text(shape_id::state, "name"),
    text(shape_id::state, "edges/[]/destination_state_name"),
    text(shape_id::state, "edges/[]/description"),

    text(shape_id::tool, "type"), // and of a node: new ones come, and the linter knows these
    text(shape_id::tool, "name"),
    text(shape_id::tool, "tool_id"),
    text(shape_id::tool, "description"),
    yes_no(shape_id::tool, "speak_during_execution"),
    yes_no(shape_id::tool, "speak_after_execution"),
    text(shape_id::tool, "execution_message_description"),
    words(shape_id::tool, "execution_message_type", value_type::text, "prompt,static_text"),
    yes_no(shape_id::tool, "enable_typing_sound"),
    number(shape_id::tool, "timeout_ms"),
    words(shape_id::tool, "method", value_type::text, "GET,POST,PUT,PATCH,DELETE"),
    words(shape_id::tool, "parameter_type", value_type::text, "json,form"),
    yes_no(shape_id::tool, "args_at_root"),
    number(shape_id::tool, "max_retry"),
    text(shape_id::tool, "timezone"),
    yes_no(shape_id::tool, "ignore_e164_validation"),
    words(shape_id::tool, "post_call_analysis_setting", value_type::text,
        "both_agents,only_destination_agent"),
    words(shape_id::tool, "webhook_setting", value_type::text, whose_setting),
    yes_no(shape_id::tool, "keep_current_voice"),
    yes_no(shape_id::tool, "keep_current_language"),
    number(shape_id::tool, "delay_ms"),
    words(shape_id::tool, "sms_content/type", value_type::text, "predefined,inferred,template"),
    text(shape_id::tool, "sms_content/text"),
    text(shape_id::tool, "sms_content/prompt"),
    words(shape_id::tool, "sms_content/template", value_type::text, "info_collection"),
    text(shape_id::tool, "code", 20000),
    text(shape_id::tool, "mcp_id"),

    text(shape_id::mcp, "name"),
    number(shape_id::mcp, "timeout_ms"),

    words(shape_id::transfer_destination, "type", value_type::text, "predefined,inferred"),
    text(shape_id::transfer_destination, "number"),
    text(shape_id::transfer_destination, "extension"),
    text(shape_id::transfer_destination, "prompt"),

    words(shape_id::transfer_option, "type", value_type::text,
        "cold_transfer,warm_transfer,agentic_warm_transfer"),
    words(shape_id::transfer_option, "cold_transfer_mode", value_type::text,
        "sip_refer,sip_invite"),
    yes_no(shape_id::transfer_option, "show_transferee_as_caller"),
    number(shape_id::transfer_option, "transfer_ring_duration_ms", 5000, 90000),
    number(shape_id::transfer_option, "agent_detection_timeout_ms"),
    words(shape_id::transfer_option, "on_hold_music", value_type::text,
        "none,relaxing_sound,uplifting_beats,ringtone,custom"),
    text(shape_id::transfer_option, "custom_on_hold_music_asset_id"),
    yes_no(shape_id::transfer_option, "enable_bridge_audio_cue"),
    yes_no(shape_id::transfer_option, "opt_out_human_detection"),
    words(shape_id::transfer_option, "ivr_option/type", value_type::text, "prompt"),
    text(shape_id::transfer_option, "ivr_option/prompt"),
    words(shape_id::transfer_option, "private_handoff_option/type", value_type::text,
        "prompt,static_message"),
    text(shape_id::transfer_option, "private_handoff_option/prompt"),
    text(shape_id::transfer_option, "private_handoff_option/message"),
    words(shape_id::transfer_option, "public_handoff_option/type", value_type::text,
        "prompt,static_message"),
    text(shape_id::transfer_option, "public_handoff_option/prompt"),
    text(shape_id::transfer_option, "public_handoff_option/message"),
    number(shape_id::transfer_option, "agentic_transfer_config/transfer_timeout_ms"),
    words(shape_id::transfer_option, "agentic_transfer_config/action_on_timeout", value_type::text,
        "bridge_transfer,cancel_transfer"),

    never_null(typed(shape_id::flow, "model_choice", value_type::object)),
    never_null(typed(shape_id::flow, "nodes", value_type::array)),
    words(shape_id::flow, "model_choice/type", value_type::text, "cascading"),
    open_words(shape_id::flow, "model_choice/model", models),
    yes_no(shape_id::flow, "model_choice/high_priority"),
    number(shape_id::flow, "model_temperature", 0, 1),
    yes_no(shape_id::flow, "tool_call_strict_mode"),
    never_null(words(shape_id::flow, "start_speaker", value_type::text, "user,agent")),
    text(shape_id::flow, "start_node_id"),
    number(shape_id::flow, "begin_after_user_silence_ms"),
    yes_no(shape_id::flow, "flex_mode"),
    yes_no(shape_id::flow, "is_transfer_cf"),
    typed(shape_id::flow, "kb_config", value_type::object),
    number(shape_id::flow, "kb_config/top_k", 1, 10),
    number(shape_id::flow, "kb_config/filter_score", 0, 1),

    text(shape_id::component, "name"),
    text(shape_id::component, "start_node_id"),
    yes_no(shape_id::component, "flex_mode"),

    text(shape_id::node, "id"),
    text(shape_id::node, "type"),
    text(shape_id::node, "name"),
    words(shape_id::node, "instruction/type", value_type::text, "prompt,static_text,template"),
    words(shape_id::node, "instruction/template", value_type::text, "info_collection"),
    words(shape_id::node, "model_choice/type", value_type::text, "cascading"),
    open_words(shape_id::node, "model_choice/model", models),
    yes_no(shape_id::node, "model_choice/high_priority"),
    number(shape_id::node, "voice_speed", 0.5, 2),
    number(shape_id::node, "interruption_sensitivity", 0, 1),
    number(shape_id::node, "responsiveness", 0, 1),
    number(shape_id::node, "reminder_trigger_ms"),
    number(shape_id::node, "reminder_max_count"),
    yes_no(shape_id::node, "allow_dtmf_interruption"),
    words(shape_id::node, "stt_mode", value_type::text, "fast,accurate,custom"),
    words(shape_id::node, "custom_stt_config/provider", value_type::text, transcribers),
    number(shape_id::node, "custom_stt_config/endpointing_ms"),
    typed(shape_id::node, "kb_config", value_type::object),
    number(shape_id::node, "kb_config/top_k", 1, 10),
    number(shape_id::node, "kb_config/filter_score", 0, 1),
    text(shape_id::node, "tool_id"),
    words(shape_id::node, "tool_type", value_type::text, "local,shared"),
    text(shape_id::node, "mcp_id"),
    text(shape_id::node, "mcp_tool_name"),
    yes_no(shape_id::node, "wait_for_result"),
    yes_no(shape_id::node, "speak_during_execution"),
    yes_no(shape_id::node, "enable_typing_sound"),
    number(shape_id::node, "timeout_ms"),
    text(shape_id::node, "code", 20000),
    words(shape_id::node, "component_type", value_type::text, "local,shared"),
    yes_no(shape_id::node, "ignore_e164_validation"),
    words(shape_id::node, "post_call_analysis_setting", value_type::text,
        "both_agents,only_destination_agent"),
    words(shape_id::node, "webhook_setting", value_type::text, whose_setting),
    yes_no(shape_id::node, "keep_current_voice"),
    yes_no(shape_id::node, "keep_current_language"),
    number(shape_id::node, "delay_ms"),

    text(shape_id::edge, "id"),
    text(shape_id::edge, "destination_node_id"),

    words(shape_id::condition, "type", value_type::text, "prompt,equation"),
    words(shape_id::condition, "operator", value_type::text, "||,&&"),
    text(shape_id::condition, "equations/[]/left"),
    words(shape_id::condition, "equations/[]/operator", value_type::text,
        "==,!=,>,>=,<,<=,contains,not_contains,exists,not_exist"),
    text(shape_id::condition, "equations/[]/right"),

    number(shape_id::global_node, "cool_down", 1),
};

// clang-format on

/// Among those whose order counts.
constexpr std::string_view lists_of_texts[] = {"fallback_voice_ids", "choices"};

/// What follows from the class alone.
value_type type_of(field_class cls)
{
    switch (cls) {
    case field_class::set:
    case field_class::keyed_list:
    case field_class::ordered_list:
    case field_class::weighted_group: return value_type::array;
    case field_class::opaque_map:
    case field_class::object: return value_type::object;
    case field_class::text:
    case field_class::identity:
    case field_class::reference:
    case field_class::secret:
    case field_class::secret_url:
    case field_class::write_only: return value_type::text;
    default: return value_type::any;
    }
}

/// The same of the items of a list.
value_type items_of(table_row const& row)
{
    switch (row.cls) {
    case field_class::set: return value_type::text;
    case field_class::keyed_list:
    case field_class::weighted_group: return value_type::object;
    case field_class::ordered_list:
        if (row.shape != shape_id::none) return value_type::object;
        return std::ranges::count(lists_of_texts, row.path) > 0 ? value_type::text : value_type::any;
    default: return value_type::any;
    }
}

} // namespace

value_rule values_of(shape_id shape, table_row const& row)
{
    auto const* const found = std::ranges::find_if(
        value_rows, [&](value_row const& v) { return v.shape == shape && v.path == row.path; });
    value_rule values;
    if (found != std::end(value_rows)) values = found->values;
    else values.type = type_of(row.cls);
    values.items = items_of(row);
    return values;
}

} // namespace trunkline::retell::detail
