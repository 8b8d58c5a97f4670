#include "simulator_fields.hpp"

#include "simulator_field_tables.hpp"

#include <trunkline/retell/value_check.hpp>

namespace trunkline::retell::simulation {

namespace {

using enum value_type;

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

std::optional<resource_kind> catalogued(resource r)
{
    switch (r) {
    case resource::agent: return resource_kind::agent;
    case resource::llm: return resource_kind::llm;
    case resource::flow: return resource_kind::flow;
    case resource::phone_number: return resource_kind::phone_number;
    default: return std::nullopt;
    }
}

value_rule rule_of(resource r, field const& f)
{
    value_rule rule;
    if (auto const kind = catalogued(r)) {
        auto const* const known = field_cursor(*kind).member(f.name).rule();
        if (known) rule = known->values;
    }
    if (rule.type == value_type::any && rule.words.empty()) rule.type = f.type;
    if (f.min != f.max) {
        rule.min = f.min;
        rule.max = f.max;
    }
    rule.nullable = rule.nullable && f.nullable;
    return rule;
}

void check_value(resource r, field const& f, json::value const& v)
{
    if (auto const wrong = value_problem(rule_of(r, f), v); !wrong.empty())
        refuse(400, std::string(f.name) + " " + wrong);
}

bool is_taken(field const* f, verb v)
{
    return f && (f->verbs & static_cast<unsigned>(v)) != 0;
}

/// Whether the member is to be stored.
bool accept_member(
    resource r, field const* f, verb v, json::member const& m, simulator_options const& options)
{
    bool const known = is_taken(f, v);
    if (known) {
        check_value(r, *f, m.val);
        return true;
    }
    if (options.refuse_read_only && is_one_of(server_owned, m.key))
        refuse(400, m.key + " is read-only");
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
        if (accept_member(r, find_field(r, m.key), v, m, options)) out.set(m.key, m.val);
    return out;
}

bool is_writable(resource r, verb v, std::string_view name)
{
    return is_taken(find_field(r, name), v);
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

void patch(json::object& document, json::object const& fields, bool deep)
{
    if (!deep) return patch(document, fields);
    for (auto const& m : fields) {
        json::value* old = document.find(m.key);
        if (old && old->is_object() && m.val.is_object())
            patch(old->as_object(), m.val.as_object(), true);
        else if (m.val.is_null()) document.erase(m.key);
        else document.set(m.key, m.val);
    }
}

namespace {

constexpr std::string_view secret_maps[] = {"headers", "query_params"};
constexpr char const* mask = "****";

void mask_secrets(json::value& v)
{
    if (v.is_array())
        for (json::value& item : v.as_array()) mask_secrets(item);
    if (!v.is_object()) return;
    for (json::member& m : v.as_object()) {
        if (is_one_of(secret_maps, m.key) && m.val.is_object())
            for (json::member& secret : m.val.as_object()) secret.val = mask;
        else if (m.key == "cal_api_key" && m.val.is_string()) m.val = mask;
        else mask_secrets(m.val);
    }
}

} // namespace

std::string masked_text(json::value document)
{
    mask_secrets(document);
    return json::to_text(document);
}

void check_chat_events(json::object const& agent)
{
    constexpr std::string_view events[] = {
        "chat_started", "chat_ended", "chat_analyzed", "transcript_updated"};
    json::value const* list = agent.find("webhook_events");
    if (!list || list->is_null()) return;
    for (json::value const& event : list->as_array())
        if (!is_one_of(events, event.string_or({})))
            refuse(400,
                "webhook_events of a chat agent are chat_started, chat_ended, chat_analyzed and "
                "transcript_updated");
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

void fill_defaults(resource r, json::object& document)
{
    for (auto const& d : defaults_of(r))
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
