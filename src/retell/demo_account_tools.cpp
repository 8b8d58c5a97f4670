#include "retell/demo_account_parts.hpp"

#include <algorithm>

namespace trunkline::retell::demo {

namespace {

json::object end_call()
{
    return {{"type", "end_call"}, {"name", "end_call"},
        {"description",
            "Beendet das Gespräch. Nur aufrufen, nachdem sich der Anrufer verabschiedet hat oder "
            "zweimal auf eine Frage "
            "nicht geantwortet wurde."},
        {"speak_during_execution", true},
        {"execution_message_description", "Verabschiede dich mit einem kurzen Satz."},
        {"execution_message_type", "prompt"}};
}

json::object transfer_call(agent_context const& c, dice& d)
{
    return {{"type", "transfer_call"}, {"name", "mit_team_verbinden"},
        {"description",
            fill("Verbindet den Anrufer mit %team%. Vorher Name und Thema aufnehmen und die "
                 "Weiterleitung ankündigen.",
                c.shop, d)},
        {"transfer_destination", transfer_destination(c, d)},
        {"transfer_option", transfer_option(c, d)}, {"speak_during_execution", true},
        {"execution_message_description", "Ich verbinde Sie, bitte bleiben Sie dran."},
        {"execution_message_type", "static_text"}};
}

json::object send_sms(agent_context const& c, dice& d)
{
    json::object tool{{"type", "send_sms"}, {"name", "nachricht_senden"},
        {"description",
            "Schickt dem Anrufer eine Textnachricht mit der Zusammenfassung, wenn er das "
            "ausdrücklich möchte und von einem "
            "Mobiltelefon anruft."}};
    if (d.chance(50))
        tool.set("sms_content",
            json::object{{"type", "predefined"},
                {"text",
                    fill("%name%: Danke für Ihren Anruf. Ihr Anliegen ist bei uns eingetragen. "
                         "Öffnungszeiten: %hours%.",
                        c.shop, d)}});
    else
        tool.set("sms_content",
            json::object{{"type", "inferred"},
                {"prompt",
                    fill("Fasse in höchstens 160 Zeichen zusammen, was vereinbart wurde. Beginne "
                         "mit %name%.",
                        c.shop, d)}});
    return tool;
}

json::object agent_swap(agent_context const& c, dice& d)
{
    json::object tool{{"type", "agent_swap"}, {"name", "anliegen_uebergeben"},
        {"description",
            fill("Übergibt das Gespräch an die Kollegin bei %name%, die dafür zuständig ist. Das "
                 "bisherige Gespräch bleibt "
                 "bekannt, der Anrufer muss nichts wiederholen.",
                c.shop, d)},
        {"agent_id", c.sibling_id},
        {"post_call_analysis_setting", d.pick({"both_agents", "only_destination_agent"})}};
    if (d.chance(50)) tool.set("agent_version", "latest_published");
    tool.set("keep_current_voice", true);
    tool.set("webhook_setting", "both_agents");
    return tool;
}

json::object extract_variables(agent_context const& c)
{
    return {{"type", "extract_dynamic_variable"}, {"name", "angaben_festhalten"},
        {"description",
            "Hält die genannten Angaben als Variablen fest, sobald sie eindeutig genannt und "
            "einmal wiederholt wurden."},
        {"variables", variables_of(c.shop)}};
}

json::object press_digit()
{
    return {{"type", "press_digit"}, {"name", "taste_druecken"},
        {"description",
            "Drückt eine Taste, wenn am anderen Ende ein Sprachmenü antwortet. Die Ansage zuerst "
            "vollständig anhören und die "
            "Taste für Zentrale oder Anmeldung wählen."},
        {"delay_ms", 1000}};
}

json::object code_tool()
{
    return {{"type", "code"}, {"name", "wochentag_berechnen"},
        {"description",
            "Berechnet zu einem Datum den Wochentag und die Zahl der Tage bis dahin, ohne einen "
            "Server zu fragen."},
        {"code",
            "const day = new Date(args.date + 'T12:00:00Z');\n"
            "const names = ['Sonntag', 'Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', "
            "'Samstag'];\n"
            "return { weekday: names[day.getUTCDay()], days: Math.round((day - Date.now()) / "
            "86400000) };"},
        {"response_variables", json::object{{"weekday", "weekday"}, {"days_until", "days"}}},
        {"timeout_ms", 5000}};
}

json::object mcp_tool()
{
    return {{"type", "mcp"}, {"name", "wissen_durchsuchen"}, {"mcp_id", "wissensspeicher"},
        {"description",
            "Durchsucht die Anleitungen und Hinweise des Hauses. Nur verwenden, wenn die Antwort "
            "nicht in den häufigen "
            "Fragen steht, und höchstens zwei Sätze daraus nennen."},
        {"input_schema", json::object{{"query", "string"}, {"limit", "number"}}},
        {"response_variables", json::object{{"wissen_treffer", "results[0].text"}}},
        {"speak_during_execution", false}, {"speak_after_execution", true}};
}

/// A type the vendor's types do not know: such documents must survive, and their secrets be found.
json::object plugin_tool(agent_context const& c)
{
    return {{"type", "calendar_plugin_beta"}, {"name", "kalender_abgleich"},
        {"description",
            "Gleicht nach dem Gespräch den Kalender des Teams ab (Vorabfunktion, vom Hersteller "
            "freigeschaltet)."},
        {"api_key", c.keys.plugin_key}, {"calendar", c.shop.key}, {"options", json::object{}}};
}

/// What a role needs first comes first; the rest is useful to anybody.
std::vector<function_kind> functions_for(role_kind r, dice& d)
{
    using enum function_kind;
    std::vector<function_kind> first, rest;
    switch (r) {
    case role_kind::reception: first = {lookup_customer, create_callback, price_list}; break;
    case role_kind::booking:
        first = {lookup_customer, find_appointment, move_appointment, cancel_appointment};
        break;
    case role_kind::night: first = {dispatch_on_call, create_callback, current_time}; break;
    case role_kind::callback: first = {find_appointment, move_appointment, save_note}; break;
    case role_kind::complaint: first = {create_ticket, order_status, check_entitlement}; break;
    }
    for (std::size_t n = 0; n < function_count; ++n)
        if (auto const f = static_cast<function_kind>(n);
            std::find(first.begin(), first.end(), f) == first.end())
            rest.push_back(f);
    d.shuffle(rest);
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
}

/// The tools that are not functions of the business, the telling ones first.
json::array builtin_tools(agent_context const& c, dice& d)
{
    json::array all{end_call(), transfer_call(c, d)};
    if (c.part.kind == role_kind::booking || (c.part.kind == role_kind::reception && d.chance(60)))
    {
        auto const event_type = d.between(200'000, 990'000);
        all.push_back(availability_tool(c, event_type));
        all.push_back(booking_tool(c, event_type));
    }
    if (c.with_unknown_tool) all.push_back(plugin_tool(c));
    if (c.with_mcp) all.push_back(mcp_tool());
    if (c.part.kind == role_kind::callback) all.push_back(press_digit());
    if (d.chance(45)) all.push_back(agent_swap(c, d));
    if (d.chance(40)) all.push_back(send_sms(c, d));
    if (d.chance(35)) all.push_back(extract_variables(c));
    if (d.chance(15)) all.push_back(code_tool());
    return all;
}

} // namespace

credentials::credentials(dice& d)
    : bearer("Bearer sk-demo-CANARY-" + d.hex(32)),
      header_key("xk_CANARY_" + d.hex(28)),
      query_key("qk-CANARY-" + d.hex(24)),
      cal_key("cal_live_CANARY" + d.hex(24)),
      webhook_token("whk-CANARY-" + d.hex(20)),
      mcp_bearer("Bearer mcp-CANARY-" + d.hex(32)),
      mcp_query("mq-CANARY-" + d.hex(20)),
      mcp_url_key("mu-CANARY-" + d.hex(20)),
      plugin_key("plg_CANARY_" + d.hex(28)),
      socket_token("wss-CANARY-" + d.hex(24))
{}

json::object availability_tool(agent_context const& c, int event_type)
{
    return {{"type", "check_availability_cal"}, {"name", "verfuegbarkeit_pruefen"},
        {"description",
            "Prüft freie Zeiten im Kalender. Immer aufrufen, bevor eine Uhrzeit genannt wird, auch "
            "bei der zweiten Nachfrage."},
        {"cal_api_key", c.keys.cal_key}, {"event_type_id", event_type},
        {"timezone", "Europe/Berlin"}};
}

json::object booking_tool(agent_context const& c, int event_type)
{
    return {{"type", "book_appointment_cal"}, {"name", "termin_buchen"},
        {"description",
            "Bucht die bestätigte Zeit im Kalender. Erst aufrufen, wenn Tag und Uhrzeit wiederholt "
            "und mit Ja bestätigt wurden."},
        {"cal_api_key", c.keys.cal_key}, {"event_type_id", event_type},
        {"timezone", "Europe/Berlin"}};
}

json::object transfer_destination(agent_context const& c, dice& d)
{
    if (d.chance(85)) return {{"type", "predefined"}, {"number", c.transfer_number}};
    return {{"type", "inferred"},
        {"prompt",
            "Bei dringenden Fällen " + c.transfer_number +
                ", in allen anderen Fällen die Nummer aus {{team_number}}."}};
}

json::object transfer_option(agent_context const& c, dice& d)
{
    if (d.chance(50))
        return {{"type", "cold_transfer"},
            {"cold_transfer_mode", d.pick({"sip_refer", "sip_invite"})},
            {"show_transferee_as_caller", true}};
    return {{"type", "warm_transfer"},
        {"on_hold_music", d.pick({"relaxing_sound", "uplifting_beats", "ringtone"})},
        {"agent_detection_timeout_ms", 30'000}, {"enable_bridge_audio_cue", true},
        {"private_handoff_option",
            json::object{{"type", "prompt"},
                {"prompt",
                    fill("Sage in einem Satz, wer anruft und worum es bei %name% geht, bevor du "
                         "verbindest.",
                        c.shop, d)}}},
        {"show_transferee_as_caller", d.chance(50)}};
}

json::array llm_tools(agent_context const& c, dice& d)
{
    bool const few =
        d.chance(10) && c.part.kind != role_kind::booking && !c.with_mcp && !c.with_unknown_tool;
    auto const wanted = static_cast<std::size_t>(few ? d.between(4, 5) : d.between(7, 9));
    auto tools = builtin_tools(c, d);
    // At least two functions of the business, whatever else there is.
    if (auto const most = few ? 2 : wanted - 2; tools.size() > most) tools.resize(most);
    for (auto f : functions_for(c.part.kind, d)) {
        if (tools.size() >= wanted) break;
        tools.push_back(custom_tool(f, c, d));
    }
    return tools;
}

json::array state_tools(
    agent_context const& c, bool booking, std::vector<std::string>& taken, dice& d)
{
    json::array tools;
    auto const add = [&](json::object tool) {
        auto name = std::string(tool.find("name")->string_or(""));
        if (std::find(taken.begin(), taken.end(), name) != taken.end()) return;
        taken.push_back(std::move(name));
        tools.push_back(std::move(tool));
    };
    if (booking) {
        auto const event_type = d.between(200'000, 990'000);
        add(availability_tool(c, event_type));
        add(booking_tool(c, event_type));
        if (!tools.empty()) return tools;
    }
    auto const wanted = static_cast<std::size_t>(d.between(1, 2));
    for (auto f : functions_for(c.part.kind, d)) {
        if (tools.size() >= wanted) break;
        add(custom_tool(f, c, d));
    }
    return tools;
}

json::array mcp_servers(agent_context const& c)
{
    json::object server{{"name", "wissensspeicher"},
        {"url",
            "https://tools.example.test/mcp/" + std::string(c.shop.key) +
                "?access_key=" + c.keys.mcp_url_key},
        {"headers", json::object{{"Authorization", c.keys.mcp_bearer}, {"Accept-Language", "de"}}},
        {"query_params", json::object{{"token", c.keys.mcp_query}, {"bereich", c.shop.key}}},
        {"timeout_ms", 12'000}};
    return {std::move(server)};
}

json::array variables_of(business const& b)
{
    json::array out{json::object{{"type", "string"}, {"name", "customer_name"},
        {"description", "Vor- und Nachname des Anrufers, nur wenn er sie selbst genannt hat"}}};
    for (auto const& x : b.details)
        out.push_back(
            json::object{{"type", "string"}, {"name", x.variable}, {"description", x.description}});
    out.push_back(json::object{{"type", "boolean"}, {"name", "ist_dringend"},
        {"description", "true, wenn der Fall zu den dringenden Fällen gehört"}});
    return out;
}

} // namespace trunkline::retell::demo
