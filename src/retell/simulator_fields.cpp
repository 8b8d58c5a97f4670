#include "simulator_fields.hpp"

#include <array>
#include <span>

namespace trunkline::retell::simulation {

namespace {

enum class value_type : std::uint8_t { text, number, boolean, array, object, any };

/// Verbs a field may be written with.
constexpr unsigned on_create = 1, on_import = 2, on_update = 4, on_all = 7;

class field {
public:
    std::string_view name;
    value_type type = value_type::any;
    double min = 0, max = 0; ///< Numbers only; equal: no limit.
    unsigned verbs = on_all;
    bool nullable = true;
};

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

std::span<field const> fields_of(resource r)
{
    switch (r) {
    case resource::agent: return agent_fields;
    case resource::llm: return llm_fields;
    case resource::flow: return flow_fields;
    case resource::phone_number: return number_fields;
    }
    return {};
}

/// Read-only everywhere they occur; in a body they change nothing.
constexpr std::string_view server_owned[] = {"agent_id", "llm_id", "conversation_flow_id",
    "version", "is_published", "base_version", "assigned_tags", "last_modification_timestamp",
    "user_modified_timestamp", "channel", "phone_number_type", "phone_number_pretty",
    "sip_outbound_trunk_config", "agent_version"};

/// Removed by the service, or seen to be swallowed by it with 200 in the wrong place.
constexpr std::string_view swallowed[] = {"inbound_agent_id", "inbound_agent_version",
    "outbound_agent_id", "outbound_agent_version", "inbound_sms_agent_id",
    "inbound_sms_agent_version", "outbound_sms_agent_id", "outbound_sms_agent_version",
    "analysis_successful_prompt", "analysis_summary_prompt", "analysis_user_sentiment_prompt",
    "conversation_flow", "retell_llm"};

bool is_one_of(std::span<std::string_view const> names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

field const* find_field(resource r, std::string_view name)
{
    auto const fields = fields_of(r);
    auto const i = std::ranges::find(fields, name, &field::name);
    return i == fields.end() ? nullptr : &*i;
}

bool has_type(json::value const& v, value_type t)
{
    switch (t) {
    case text: return v.is_string();
    case number: return v.is_number();
    case boolean: return v.is_bool();
    case array: return v.is_array();
    case object: return v.is_object();
    case any: return true;
    }
    return false;
}

std::string_view type_name(value_type t)
{
    constexpr std::array<std::string_view, 6> names{
        "a string", "a number", "a boolean", "an array", "an object", "any value"};
    return names[static_cast<std::size_t>(t)];
}

std::string spelled(double limit)
{
    return json::number(limit).text();
}

void check_value(field const& f, json::value const& v)
{
    std::string const name(f.name);
    if (v.is_null()) {
        if (!f.nullable) refuse(400, name + " must not be null");
        return;
    }
    if (!has_type(v, f.type)) refuse(400, name + " must be " + std::string(type_name(f.type)));
    if (f.type != number || f.min == f.max) return;
    double const n = v.as_number().to_double();
    if (n < f.min || n > f.max)
        refuse(400, name + " must be between " + spelled(f.min) + " and " + spelled(f.max));
}

/// Whether the member is to be stored.
bool accept_member(field const* f, verb v, json::member const& m, simulator_options const& options)
{
    bool const known = f && (f->verbs & static_cast<unsigned>(v)) != 0;
    if (known) {
        check_value(*f, m.val);
        return true;
    }
    if (options.strict_body) refuse(400, "Unknown body field '" + m.key + "'");
    bool const dropped = f || is_one_of(server_owned, m.key) || is_one_of(swallowed, m.key);
    return !dropped && options.keep_unknown_fields;
}

} // namespace

json::object accept_fields(
    resource r, verb v, json::value const& body, simulator_options const& options)
{
    if (!body.is_object()) refuse(400, "The request body must be a JSON object");
    json::object out;
    for (auto const& m : body.as_object())
        if (accept_member(find_field(r, m.key), v, m, options)) out.set(m.key, m.val);
    return out;
}

void require_field(json::object const& body, std::string_view name)
{
    json::value const* v = body.find(name);
    if (!v || v->is_null()) refuse(400, std::string(name) + " is required");
}

void patch(json::object& document, json::object const& fields)
{
    for (auto const& m : fields) {
        if (m.val.is_null()) document.erase(m.key);
        else document.set(m.key, m.val);
    }
}

void expand_language(json::object& agent)
{
    json::value* language = agent.find("language");
    if (!language || language->string_or({}) != "multi") return;
    json::array locales;
    for (auto const* locale :
        {"en-US", "es-ES", "fr-FR", "de-DE", "hi-IN", "ru-RU", "pt-BR", "ja-JP", "it-IT", "nl-NL"})
        locales.emplace_back(locale);
    *language = std::move(locales);
}

void inject_node_defaults(json::object& flow)
{
    json::value* nodes = flow.find("nodes");
    if (!nodes || !nodes->is_array()) return;
    for (json::value& node : nodes->as_array())
        if (node.is_object() && !node.find("skippable"))
            node.as_object().set("skippable", json::value(false));
}

void fill_kb_config(json::object& engine, bool always)
{
    if (engine.contains("kb_config")) return;
    json::value const* ids = engine.find("knowledge_base_ids");
    if (!always && !(ids && ids->is_array() && !ids->as_array().empty())) return;
    engine.set("kb_config",
        json::object{{"top_k", 3}, {"filter_score", json::number(std::string("0.6"))}});
}

namespace {

class default_value {
public:
    std::string_view name;
    std::string_view text;
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

constexpr default_value llm_defaults[] = {
    {"model_temperature", "0"},
    {"model_high_priority", "false"},
};

} // namespace

void fill_defaults(resource r, json::object& document)
{
    std::span<default_value const> defaults;
    if (r == resource::agent) defaults = agent_defaults;
    if (r == resource::llm) defaults = llm_defaults;
    for (auto const& d : defaults)
        if (!document.contains(d.name)) document.set(d.name, json::parse(d.text));
    if (r == resource::llm && !document.contains("model") && !document.contains("s2s_model"))
        document.set("model", "gpt-4.1");
    if (r == resource::llm || r == resource::flow) fill_kb_config(document, r == resource::flow);
}

void check_llm(json::object const& llm)
{
    if (llm.contains("model") && llm.contains("s2s_model"))
        refuse(400, "Cannot set both model and s2s_model");
    json::value const* states = llm.find("states");
    bool const has_states = states && states->is_array() && !states->as_array().empty();
    if (has_states && !llm.contains("starting_state"))
        refuse(400, "starting_state is required when states are set");
}

namespace {

constexpr std::int64_t one = 1'000'000'000'000'000'000; // 18 decimals

/// A number from 0 to 1 in units of 10^-18, if it is exactly that.
std::optional<std::int64_t> to_fixed(json::number const& n)
{
    std::string_view rest = n.text();
    int exponent = 0;
    if (auto const e = rest.find_first_of("eE"); e != rest.npos) {
        auto digits = rest.substr(e + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        auto const parsed = parse_integer(digits);
        if (!parsed || *parsed < -1000 || *parsed > 1000) return {};
        exponent = static_cast<int>(*parsed);
        rest = rest.substr(0, e);
    }
    std::string digits(rest);
    if (auto const dot = digits.find('.'); dot != digits.npos) {
        exponent -= static_cast<int>(digits.size() - dot - 1);
        digits.erase(dot, 1);
    }
    while (digits.size() > 1 && digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    if (auto const first = digits.find_first_not_of('0'); first == digits.npos) return 0;
    else digits.erase(0, first);
    int const zeros = exponent + 18;
    if (digits.starts_with('-') || zeros < 0 || digits.size() + static_cast<unsigned>(zeros) > 19)
        return {};
    digits.append(static_cast<std::size_t>(zeros), '0');
    auto const fixed = parse_integer(digits);
    return fixed && *fixed <= one ? fixed : std::nullopt;
}

} // namespace

std::optional<bool> sums_to_one(std::vector<json::value const*> const& weights)
{
    std::int64_t sum = 0;
    for (auto const* w : weights) {
        auto const fixed = w && w->is_number() ? to_fixed(w->as_number()) : std::nullopt;
        if (!fixed) return {};
        sum = std::min(sum + *fixed, one + 1); // clamped: more than one stays more than one
    }
    return sum == one;
}

} // namespace trunkline::retell::simulation
