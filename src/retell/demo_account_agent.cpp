#include "retell/demo_account_parts.hpp"

namespace trunkline::retell::demo {

namespace {

class voice {
public:
    std::string_view id, model, fallback;
};

/// The fallback is always of another provider, as the service demands it.
constexpr voice voices[] = {
    {"11labs-Carola", "eleven_flash_v2_5", "openai-Nova"},
    {"11labs-Lena", "eleven_multilingual_v2", "openai-Shimmer"},
    {"11labs-Marissa", "eleven_flash_v2_5", "cartesia-Anna"},
    {"11labs-Susanne", "eleven_multilingual_v2", "openai-Nova"},
    {"openai-Nova", "tts-1", "11labs-Carola"},
};

json::object analysis(std::string_view type, std::string_view name, std::string_view description)
{
    return {{"type", type}, {"name", name}, {"description", description}, {"required", true}};
}

json::array post_call_analysis(agent_context const& c, dice& d)
{
    json::array out;
    out.push_back(json::object{{"type", "system-presets"}, {"name", "call_summary"},
        {"description", "Fasse das Gespräch in zwei deutschen Sätzen zusammen."}});
    out.push_back(json::object{{"type", "system-presets"}, {"name", "call_successful"}});
    auto reason = analysis("enum", "anliegen", "Hauptgrund des Anrufs");
    reason.set("choices",
        json::array{"termin", "auskunft", "rueckruf", "beschwerde", "notfall", "sonstiges"});
    out.push_back(std::move(reason));
    if (c.part.kind == role_kind::booking || d.chance(40))
        out.push_back(analysis("boolean", "termin_gebucht", "Ob am Ende ein Termin gebucht war"));
    if (c.part.kind == role_kind::complaint) {
        auto wish = analysis("string", "wunsch", "Was der Anrufer sich als Lösung wünscht");
        wish.set("examples", json::array{"Nachbesserung", "Erstattung", "Erklärung"});
        out.push_back(std::move(wish));
    }
    if (d.chance(50)) {
        auto const& x = c.shop.details[d.below(c.shop.details.size())];
        auto item = analysis("string", x.variable, x.description);
        item.set("required", false);
        out.push_back(std::move(item));
    }
    if (d.chance(25))
        out.push_back(analysis("number", "rueckfragen", "Wie oft nachgefragt werden musste"));
    return out;
}

json::array pronunciations(agent_context const& c, dice& d)
{
    json::array out;
    if (d.chance(60))
        out.push_back(
            json::object{{"word", "Rückruf"}, {"alphabet", "ipa"}, {"phoneme", "ˈʁʏkˌʁuːf"}});
    if (d.chance(40))
        out.push_back(
            json::object{{"word", "Service"}, {"alphabet", "ipa"}, {"phoneme", "ˈsœʁvɪs"}});
    if (c.shop.where == city::koeln)
        out.push_back(json::object{{"word", "Köln"}, {"alphabet", "ipa"}, {"phoneme", "kœln"}});
    return out;
}

void add_voice(json::object& agent, dice& d)
{
    auto const& v = d.pick(std::span<voice const>(voices));
    agent.set("voice_id", v.id);
    agent.set("voice_model", v.model);
    agent.set("fallback_voice_ids", json::array{v.fallback});
    agent.set("voice_temperature", d.between(2, 14) / 10.0);
    agent.set("voice_speed", d.between(90, 112) / 100.0);
    agent.set("volume", d.between(8, 12) / 10.0);
}

void add_turn_taking(json::object& agent, agent_context const& c, dice& d)
{
    agent.set("responsiveness", d.between(6, 10) / 10.0);
    agent.set("interruption_sensitivity", d.between(5, 10) / 10.0);
    bool const backchannel = d.chance(40);
    agent.set("enable_backchannel", backchannel);
    if (backchannel) {
        agent.set("backchannel_frequency", 0.8);
        agent.set("backchannel_words", json::array{"ja", "verstehe", "mhm"});
    }
    agent.set("reminder_trigger_ms", 8'000 + 1'000 * d.between(0, 4));
    agent.set("reminder_max_count", d.between(1, 2));
    agent.set("begin_message_delay_ms", 200 * d.between(0, 5));
    agent.set("end_call_after_silence_ms",
        c.part.kind == role_kind::night ? 600'000 : 60'000 * d.between(1, 5));
    agent.set("max_call_duration_ms", 600'000 * d.between(1, 6));
    agent.set("ring_duration_ms", 30'000);
}

void add_hearing(json::object& agent, agent_context const& c, dice& d)
{
    json::array words{c.shop.name};
    for (auto term : c.shop.terms)
        if (d.chance(75)) words.push_back(term);
    agent.set("boosted_keywords", std::move(words));
    agent.set("stt_mode", d.pick({"fast", "accurate"}));
    agent.set("vocab_specialization",
        c.shop.trade.find("arzt") != c.shop.trade.npos ? "medical" : "general");
    agent.set("denoising_mode",
        d.pick({"noise-cancellation", "noise-and-background-speech-cancellation"}));
    if (d.chance(20)) {
        agent.set("ambient_sound", "call-center");
        agent.set("ambient_sound_volume", 0.4);
    }
    agent.set("allow_user_dtmf", true);
    agent.set("user_dtmf_options",
        d.chance(70)
            ? json::object{}
            : json::object{{"digit_limit", 8}, {"termination_key", "#"}, {"timeout_ms", 5000}});
}

void add_call_handling(json::object& agent, agent_context const& c, dice& d)
{
    if (c.part.kind == role_kind::callback) {
        agent.set("voicemail_option",
            json::object{{"action",
                json::object{{"type", "static_text"},
                    {"text",
                        fill("Guten Tag, hier ist %name%. Wir versuchen es später noch einmal. Auf "
                             "Wiederhören.",
                            c.shop, d)}}}});
        agent.set("call_screening_option",
            json::object{{"agent_identity", fill("%assistant% von %name%", c.shop, d)},
                {"call_purpose", "Ich rufe an wegen: " + std::string(c.part.purpose)}});
    } else if (d.chance(30)) {
        agent.set("voicemail_option", json::object{{"action", json::object{{"type", "hangup"}}}});
    } else {
        agent.set("voicemail_option", nullptr);
    }
}

void add_webhook(json::object& agent, agent_context const& c, dice& d)
{
    auto url = "https://hooks.example.test/retell/" + std::string(c.shop.key);
    // Two of the businesses authenticate their webhook by its address.
    if (c.shop.key.size() % 7 == 0) url += "?token=" + c.keys.webhook_token;
    agent.set("webhook_url", std::move(url));
    json::array events{"call_started", "call_ended", "call_analyzed"};
    if (c.part.kind == role_kind::night) events.push_back("transfer_started");
    if (d.chance(15)) events.push_back("transcript_updated");
    agent.set("webhook_events", std::move(events));
    agent.set("webhook_timeout_ms", 10'000);
}

void add_privacy(json::object& agent, dice& d)
{
    agent.set("data_storage_setting",
        d.pick({"everything", "everything", "everything_except_pii", "basic_attributes_only"}));
    if (d.chance(60)) agent.set("data_storage_retention_days", 30 * d.between(1, 6));
    agent.set("opt_in_signed_url", d.chance(50));
    agent.set("signed_url_expiration_ms", 86'400'000);
    json::array categories;
    for (std::string_view x :
        {"person_name", "address", "email", "phone_number", "bank_account", "date_of_birth"})
        if (d.chance(50)) categories.push_back(x);
    agent.set(
        "pii_config", json::object{{"mode", "post_call"}, {"categories", std::move(categories)}});
    agent.set("handbook_config",
        json::object{{"ai_disclosure", true}, {"echo_verification", d.chance(50)},
            {"speech_normalization", true}, {"scope_boundaries", d.chance(50)}});
}

} // namespace

json::object make_agent(agent_context const& c, dice& d)
{
    json::object agent{{"channel", "voice"}, // not in the vendor's type, but in every answer
        {"agent_name", std::string(c.shop.name) + " – " + std::string(title_of(c.shop, c.part))}};
    add_voice(agent, d);
    agent.set("language", "de-DE");
    agent.set("timezone", "Europe/Berlin");
    add_turn_taking(agent, c, d);
    add_hearing(agent, c, d);
    agent.set("pronunciation_dictionary", pronunciations(c, d));
    add_call_handling(agent, c, d);
    add_webhook(agent, c, d);
    agent.set("post_call_analysis_data", post_call_analysis(c, d));
    agent.set("post_call_analysis_model", d.pick({"gpt-4.1-mini", "gpt-4.1", "gpt-5-mini"}));
    add_privacy(agent, d);
    return agent;
}

} // namespace trunkline::retell::demo
