#include "retell/demo_account_flow.hpp"

namespace trunkline::retell::demo {

std::span<flow_builder::topic const> flow_builder::topics()
{
    static constexpr topic list[] = {
        {8, "termin_leistung", "Der Anrufer möchte einen neuen Termin", &flow_builder::booking},
        {5, "absage_wer", "Der Anrufer möchte einen Termin absagen", &flow_builder::cancelling},
        {5, "verschieben_wer", "Der Anrufer möchte einen Termin verschieben", &flow_builder::moving},
        {4, "rueckruf_angaben", "Der Anrufer wünscht einen Rückruf", &flow_builder::callback},
        {5, "beschwerde_zuhoeren", "Der Anrufer ist unzufrieden, beschwert sich oder reklamiert",
            &flow_builder::complaint},
        {5, "notfall_lage", "Es klingt nach einem dringenden Fall", &flow_builder::urgent},
        {4, "stand_nummer", "Der Anrufer fragt nach dem Stand eines Auftrags oder Vorgangs",
            &flow_builder::status},
        {4, "angebot_bedarf", "Der Anrufer möchte ein schriftliches Angebot", &flow_builder::quote},
        {1, "auskunft", "Der Anrufer hat Fragen zu Preisen, Zeiten oder Anfahrt",
            &flow_builder::information},
        {1, "nachricht", "", &flow_builder::message},
        {1, "kollegin", "Das Anliegen gehört zu einer anderen Abteilung", &flow_builder::colleague},
        {1, "datenschutz", "", &flow_builder::privacy},
        {1, "sprachmenue", "", &flow_builder::keypad},
    };
    return list;
}

void flow_builder::booking()
{
    auto& what = talk("termin_leistung", "Leistung bestimmen",
        d_.pick({"Der Anrufer möchte %visit%. Kläre, um welche Leistung es geht, zum Beispiel "
                 "%service%, und frage dann nach Wunschtag und "
                 "Tageszeit. Nenne noch keine Uhrzeit.",
            "Frage zuerst nach der Leistung (etwa %service%) und danach nach Tagen, die passen. "
            "Die Dauer kennst du aus der Liste, frage "
            "nicht danach."}));
    to(what, "termin_angaben", "Leistung und Wunschzeit sind genannt");

    auto& data = extract("termin_angaben", "Angaben festhalten");
    to(data, "termin_vollstaendig", "Die Angaben sind festgehalten");

    auto& complete = add("termin_vollstaendig", "Alles da?", "branch");
    auto const first = "{{" + std::string(c_.shop.details[0].variable) + "}}";
    when(complete, "termin_frei", {{"{{customer_name}}", "exists", ""}, {first, "exists", ""}});
    fixed(complete, "else_edge", "Else", "termin_fehlt");

    auto& missing = talk("termin_fehlt", "Fehlende Angaben",
        "Frage nach dem, was noch fehlt, immer nur eine Sache auf einmal. " +
            std::string(c_.shop.details[0].asked) + " Bedanke dich nach jeder Antwort nur kurz.");
    to(missing, "termin_angaben", "Die fehlende Angabe ist genannt");

    auto& free = call("termin_frei", "Freie Zeiten prüfen", use_calendar(false));
    to(free, "termin_vorschlag", "Es gibt freie Zeiten");
    fixed(free, "else_edge", "Else", "weitere_hilfe");

    auto& offer = talk("termin_vorschlag", "Zeiten vorschlagen",
        d_.pick({"Nenne zwei freie Zeiten, die früheste zuerst, und warte. Passt keine, frage nach "
                 "einem anderen Tag. Nach der Wahl wiederholst "
                 "du Wochentag, Datum und Uhrzeit und wartest auf ein klares Ja.",
            "Biete höchstens drei Zeiten an, jede mit Wochentag. Buche nichts, solange der Anrufer "
            "nur „vielleicht“ sagt."}));
    to(offer, "termin_buchen", "Der Anrufer hat eine Zeit ausdrücklich bestätigt");
    to(offer, "termin_frei", "Keine der Zeiten passt, der Anrufer nennt einen anderen Tag");

    auto& book = call("termin_buchen", "Termin buchen", use_calendar(true));
    to(book, "termin_fertig", "Die Buchung ist bestätigt");
    fixed(book, "else_edge", "Else", "termin_vorschlag");

    auto& done = talk("termin_fertig", "Bestätigen",
        "Wiederhole Wochentag, Datum und Uhrzeit und nenne die Adresse: %street% in %city%. Weise "
        "kurz auf die "
        "Absagefrist hin.");
    to(done, "weitere_hilfe", "Der Anrufer hat die Bestätigung gehört");
}

void flow_builder::cancelling()
{
    auto& who = talk("absage_wer", "Absage: welcher Termin?",
        "Frage, auf welchen Namen der Termin läuft und an welchem Tag er ist. Zeige Verständnis, "
        "frage aber nicht nach dem Grund.");
    to(who, "absage_suche", "Name und ungefährer Tag sind bekannt");

    auto& find = call("absage_suche", "Termin suchen", use(function_kind::find_appointment));
    to(find, "absage_sicher", "Ein Termin wurde gefunden");
    fixed(find, "else_edge", "Else", "absage_wer");

    auto& sure = talk("absage_sicher", "Wirklich absagen?",
        d_.pick({"Nenne den gefundenen Termin mit Wochentag und Uhrzeit und frage, ob er wirklich "
                 "abgesagt werden soll. Biete einmal an, ihn "
                 "stattdessen zu verschieben.",
            "Lies den Termin vor und warte auf ein klares Ja zur Absage. Bei einer kurzfristigen "
            "Absage nenne die mögliche Gebühr."}));
    to(sure, "absage_ausfuehren", "Der Anrufer bestätigt die Absage");
    to(sure, "weitere_hilfe", "Der Anrufer behält den Termin");

    auto& cancel =
        call("absage_ausfuehren", "Termin absagen", use(function_kind::cancel_appointment));
    to(cancel, "absage_fertig", "Die Absage ist bestätigt");
    fixed(cancel, "else_edge", "Else", "weitere_hilfe");

    auto& done = talk("absage_fertig", "Absage bestätigt",
        "Bestätige die Absage in einem Satz und frage, ob ein neuer Termin gewünscht ist.");
    to(done, "weitere_hilfe", "Die Absage ist besprochen");
}

void flow_builder::moving()
{
    auto& who = talk("verschieben_wer", "Verschieben: welcher Termin?",
        "Frage nach dem Namen und dem bisherigen Tag. Frage gleich danach, wann es stattdessen "
        "passen würde.");
    to(who, "verschieben_suche", "Name und Wunschzeit sind bekannt");

    auto& find =
        call("verschieben_suche", "Bisherigen Termin suchen", use(function_kind::find_appointment));
    to(find, "verschieben_zeit", "Der Termin wurde gefunden");
    fixed(find, "else_edge", "Else", "verschieben_wer");

    auto& time = talk("verschieben_zeit", "Neue Zeit bestätigen",
        "Wiederhole den bisherigen und den gewünschten neuen Termin von %name% und frage, ob du "
        "ihn so umlegen sollst. Der alte Platz bleibt "
        "bis zur Bestätigung bestehen.");
    to(time, "verschieben_ausfuehren", "Die neue Zeit ist bestätigt");

    auto& move =
        call("verschieben_ausfuehren", "Termin umlegen", use(function_kind::move_appointment));
    to(move, "verschieben_fertig", "Der Termin liegt auf der neuen Zeit");
    fixed(move, "else_edge", "Else", "verschieben_zeit");

    auto& done = talk("verschieben_fertig", "Neuer Termin steht",
        "Nenne den neuen Termin mit Wochentag, Datum und Uhrzeit und sage, dass der alte gelöscht "
        "ist.");
    to(done, "weitere_hilfe", "Der neue Termin ist bestätigt");
}

void flow_builder::callback()
{
    auto& ask = talk("rueckruf_angaben", "Rückruf: Angaben",
        d_.pick({"Nimm Name, Rufnummer und Thema auf. Frage, ob die Nummer stimmt, von der "
                 "angerufen wird, und wiederhole sie in "
                 "Zweiergruppen. Frage nach der besten Zeit.",
            "Sage einen Rückruf von %team% zu und frage nach Thema und Erreichbarkeit. Nimm keine "
            "langen Schilderungen auf, ein Satz genügt."}));
    to(ask, "rueckruf_variablen", "Name, Nummer und Thema sind bestätigt");

    auto& data = extract("rueckruf_variablen", "Rückruf: festhalten");
    to(data, "rueckruf_anlegen", "Die Angaben sind festgehalten");

    auto& create = call("rueckruf_anlegen", "Rückruf anlegen", use(function_kind::create_callback));
    to(create, "rueckruf_fertig", "Der Rückruf ist eingetragen");
    fixed(create, "else_edge", "Else", "rueckruf_angaben");

    auto& done = talk("rueckruf_fertig", "Rückruf zugesagt",
        "Sage, bis wann der Rückruf von %team% kommt, und nenne dazu nur den Zeitraum aus "
        "{{callback_until}}.");
    to(done, "weitere_hilfe", "Der Rückruf ist zugesagt");
}

void flow_builder::complaint()
{
    auto& listen = talk("beschwerde_zuhoeren", "Zuhören",
        d_.pick({"Bedanke dich für die Offenheit und lass den Anrufer erzählen, ohne zu "
                 "unterbrechen. Fasse danach in zwei Sätzen zusammen und "
                 "frage nach dem gewünschten Ergebnis.",
            "Sage, dass dir der Ärger leidtut, ohne Schuld anzuerkennen. Frage nach Datum, "
            "Leistung (zum Beispiel %service%) und "
            "Rechnungsnummer, aber erst, wenn der Anrufer ausgeredet hat."}));
    to(listen, "beschwerde_angaben", "Sachverhalt und Wunsch sind bestätigt");

    auto& data = extract("beschwerde_angaben", "Sachverhalt festhalten");
    to(data, "beschwerde_anlegen", "Die Angaben sind festgehalten");

    auto& create = call("beschwerde_anlegen", "Vorgang anlegen", use(function_kind::create_ticket));
    to(create, "beschwerde_nummer", "Der Aufruf hat geantwortet");

    auto& number = add("beschwerde_nummer", "Nummer vorhanden?", "branch");
    when(number, "beschwerde_fertig", {{"{{ticket_number}}", "exists", ""}});
    fixed(number, "else_edge", "Else", "mensch");

    auto& done = talk("beschwerde_fertig", "Vorgang nennen",
        "Lies die Vorgangsnummer in Zweiergruppen vor und sage, dass innerhalb von drei Werktagen "
        "eine Antwort "
        "kommt. Versprich keine Erstattung.");
    to(done, "weitere_hilfe", "Die Vorgangsnummer ist genannt");
}

void flow_builder::urgent()
{
    auto& situation = talk("notfall_lage", "Lage klären",
        d_.pick({"Frage ruhig: Was ist passiert, wo genau, und ist jemand in Gefahr? Bei Gefahr "
                 "für Menschen nenne sofort die 112. Dringend sind "
                 "zum Beispiel: %urgent%.",
            "Stelle kurze Fragen und wiederhole den Ort. Dringend ist vor allem: %urgent%. Gib "
            "keine Anleitung, etwas selbst zu versuchen."}));
    to(situation, "notfall_angaben", "Ort und Lage sind bekannt");

    auto& data = extract("notfall_angaben", "Lage festhalten");
    to(data, "notfall_einstufung", "Die Lage ist festgehalten");

    auto& grade = add("notfall_einstufung", "Wirklich dringend?", "branch");
    when(grade, "notfall_alarm",
        {{"{{ist_dringend}}", "==", "true"}, {"{{people_in_danger}}", "==", "true"}}, "||");
    fixed(grade, "else_edge", "Else", "weitere_hilfe");

    auto& alarm =
        call("notfall_alarm", "Bereitschaft alarmieren", use(function_kind::dispatch_on_call));
    to(alarm, "notfall_bleiben", "Der Alarm ist bestätigt");
    fixed(alarm, "else_edge", "Else", "mensch");

    auto& stay = talk("notfall_bleiben", "In der Leitung bleiben",
        "Sage, dass die Bereitschaft verständigt ist, und nenne den Rahmen aus "
        "{{alarm_eta_minutes}}. Bitte "
        "darum, die Leitung danach freizuhalten.");
    to(stay, "weitere_hilfe", "Der Anrufer weiß, wie es weitergeht");
}

void flow_builder::status()
{
    auto& ask = talk("stand_nummer", "Nummer erfragen",
        "Frage nach der Auftrags- oder Vorgangsnummer und dem Geburtsdatum. Wiederhole die Nummer "
        "in Zweiergruppen.");
    to(ask, "stand_pruefen", "Nummer und Geburtsdatum sind genannt");

    auto& check =
        call("stand_pruefen", "Berechtigung prüfen", use(function_kind::check_entitlement));
    when(check, "stand_abfragen", {{"{{entitled}}", "==", "true"}});
    fixed(check, "else_edge", "Else", "weitere_hilfe");

    auto& query = call("stand_abfragen", "Stand abfragen", use(function_kind::order_status));
    to(query, "stand_nennen", "Ein Stand wurde geliefert");
    fixed(query, "else_edge", "Else", "stand_nummer");

    auto& tell = talk("stand_nennen", "Stand nennen",
        "Gib den Stand aus {{order_state}} in eigenen Worten wieder, in höchstens zwei Sätzen, "
        "ohne interne Begriffe.");
    to(tell, "weitere_hilfe", "Der Stand ist genannt");
}

void flow_builder::quote()
{
    auto& need = talk("angebot_bedarf", "Bedarf klären",
        "Frage, welche Leistung gewünscht ist (etwa %service%), in welchem Umfang und bis wann das "
        "Angebot gebraucht wird. Nenne keinen Preis.");
    to(need, "angebot_angaben", "Leistung und Umfang sind klar");

    auto& data = extract("angebot_angaben", "Bedarf festhalten");
    to(data, "angebot_anfragen", "Der Bedarf ist festgehalten");

    auto& request = call("angebot_anfragen", "Angebot anfordern", use(function_kind::request_quote));
    to(request, "angebot_fertig", "Die Anfrage ist angekommen");
    fixed(request, "else_edge", "Else", "angebot_bedarf");

    auto& done = talk("angebot_fertig", "Angebot zugesagt",
        "Sage, dass das Angebot von %team% per E-Mail kommt, und wiederhole die Adresse langsam.");
    to(done, "weitere_hilfe", "Die Anfrage ist besprochen");
}

void flow_builder::message()
{
    auto& n = add("nachricht", "Zusammenfassung senden", "sms");
    n.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                fill("Fasse in höchstens 160 Zeichen zusammen, was mit %name% vereinbart wurde.",
                    c_.shop, d_)}});
    fixed(n, "success_edge", "Sent successfully", "ende");
    fixed(n, "failed_edge", "Failed to send", "weitere_hilfe");
}

void flow_builder::colleague()
{
    auto& n = add("kollegin", "An die Kollegin übergeben", "agent_swap");
    n.body.set("agent_id", c_.sibling_id);
    n.body.set("agent_version", "latest_published");
    n.body.set("post_call_analysis_setting", "both_agents");
    n.body.set("keep_current_voice", true);
    fixed(n, "edge", "Transfer failed", "weitere_hilfe");
}

void flow_builder::keypad()
{
    auto& n = add("sprachmenue", "Durch das Sprachmenü", "press_digit");
    n.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                "Höre die Ansage zu Ende und drücke die Taste für Zentrale, Anmeldung oder "
                "„sonstige Anliegen“."}});
    n.body.set("delay_ms", 1'000);
    to(n, "name_erfragen", "Ein Mensch hat abgehoben");
    fixed(n, "else_edge", "Else", "ende");
}

} // namespace trunkline::retell::demo
