#include "simulator_fields.hpp"
#include "telephony.hpp"

namespace trunkline::retell::simulation {

assignment assignment_of(
    json::value const& holder, std::string_view id_member, std::string_view version_member)
{
    assignment out{std::string(holder.string_at(id_member)), {}};
    json::value const& version = holder.at_or_null(version_member);
    if (version.is_null()) return out;
    if (version.is_string()) {
        out.version = version.as_string();
        return out;
    }
    auto const number = version.is_number() ? version.as_number().to_int64() : std::nullopt;
    if (!number) refuse(400, std::string(version_member) + " must be an integer or a tag");
    out.version = std::to_string(*number);
    return out;
}

void check_variables(json::value const& body)
{
    json::value const& variables = body.at_or_null("retell_llm_dynamic_variables");
    if (variables.is_null()) return;
    bool const texts = variables.is_object() &&
        std::ranges::all_of(
            variables.as_object(), [](json::member const& m) { return m.val.is_string(); });
    if (!texts) refuse(400, "retell_llm_dynamic_variables must be an object of strings");
}

random_source telephony::draws(conversation const& c, std::uint64_t purpose) const
{
    return random_source((options_.seed * 0x9e3779b97f4a7c15ULL + c.number) * 64 + purpose);
}

std::optional<assignment> telephony::draw(
    std::string_view number, std::string_view list, conversation const& c)
{
    json::value const& bindings = account_.number(number).doc->value.at_or_null(list);
    if (!bindings.is_array() || bindings.as_array().empty()) return {};
    auto const weight_of = [](json::value const& b) {
        json::value const& w = b.at_or_null("weight");
        return w.is_number() ? w.as_number().to_double() : 0;
    };
    double total = 0;
    for (json::value const& b : bindings.as_array()) total += weight_of(b);
    auto random = draws(c, 1);
    double drawn = random.unit() * total;
    json::value const* chosen = &bindings.as_array().back();
    for (json::value const& b : bindings.as_array()) {
        drawn -= weight_of(b);
        if (drawn >= 0) continue;
        chosen = &b;
        break;
    }
    auto out = assignment_of(*chosen, "agent_id", "agent_version");
    if (out.version.empty() && options_.unpinned_runs_published) out.version = "latest_published";
    return out;
}

namespace {

/// Settings of an agent and its engine that a conversation needs later.
constexpr std::string_view agent_settings[] = {"webhook_url", "webhook_events",
    "webhook_timeout_ms", "post_call_analysis_data", "post_chat_analysis_data",
    "max_call_duration_ms", "end_chat_after_silence_ms"};
constexpr std::string_view engine_settings[] = {"begin_message", "start_speaker"};

template <std::size_t N>
void take_settings(json::object& into, std::string_view const (&names)[N], json::object const& from)
{
    for (auto const name : names)
        if (json::value const* v = from.find(name)) into.set(name, *v);
}

bool is_tag(std::string_view reference)
{
    return !reference.empty() && !parse_integer(reference) && reference != "latest" &&
        reference != "latest_published";
}

} // namespace

void telephony::assign(conversation& c, assignment const& to, json::value const& override)
{
    auto const& r = account_.agent_version(to.agent_id, to.version);
    auto settings = r.members();
    if (json::value const& changed = override.at_or_null("agent"); changed.is_object())
        patch(settings, changed.as_object());
    c.doc.set("agent_id", to.agent_id);
    c.doc.set("agent_version", r.number);
    if (is_tag(to.version)) c.doc.set("agent_tag", to.version);
    for (auto const* shown : {"agent_name", "data_storage_setting", "opt_in_signed_url"})
        if (json::value const* v = settings.find(shown)) c.doc.set(shown, *v);

    c.agent = {};
    take_settings(c.agent, agent_settings, settings);
    c.engine = engine_of(settings);
    if (auto const* engine = account_.engine_version(c.engine))
        take_settings(c.agent, engine_settings, engine->members());
    auto const* part = c.engine.kind == engine_kind::flow ? "conversation_flow" : "retell_llm";
    if (json::value const& changed = override.at_or_null(part); changed.is_object())
        take_settings(c.agent, engine_settings, changed.as_object());
}

} // namespace trunkline::retell::simulation
