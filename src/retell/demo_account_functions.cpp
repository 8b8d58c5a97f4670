#include "retell/demo_account_parts.hpp"

#include <algorithm>

namespace trunkline::retell::demo {

namespace {

class parameter {
public:
    std::string_view name;
    std::string_view type;
    std::string_view description;
    bool required = false;
};

class function {
public:
    std::string_view name;
    std::string_view path;
    std::string_view method;
    int timeout_ms;
    std::string_view description;
    std::string_view said; ///< While it runs; empty: nothing.
    std::array<parameter, 5> parameters;
    std::array<std::pair<std::string_view, std::string_view>, 3>
        results; ///< Variable and where it is found.
};

function const functions[] = {
    {"lookup_customer", "kunden/suche", "POST", 5000,
        "Sucht einen Kunden von %name% anhand der Rufnummer oder des Namens. Zu Beginn jedes "
        "Gesprächs genau einmal aufrufen; "
        "ein leeres Ergebnis bedeutet einen neuen Kunden.",
        "",
        {{{"phone_number", "string",
              "Rufnummer des Anrufers im Format +49, leer bei unterdrückter Nummer", true},
            {"last_name", "string", "Nachname, falls schon genannt", false},
            {"date_of_birth", "string",
                "Geburtsdatum als JJJJ-MM-TT, nur wenn zwei Kunden gleich heißen", false}}},
        {{{"customer_name", "data.customer.name"}, {"last_visit", "data.customer.last_visit"},
            {"open_ticket", "data.customer.open_ticket"}}}},
    {"current_time", "zeit", "GET", 3000,
        "Liefert Datum, Wochentag und Uhrzeit in Berlin und ob %name% gerade geöffnet hat. Vor "
        "jeder Angabe mit heute, morgen oder "
        "nächster Woche aufrufen.",
        "", {{{"timezone", "string", "Immer Europe/Berlin", false}}},
        {{{"current_time", "data.now"}, {"is_open", "data.is_open"}, {"weekday", "data.weekday"}}}},
    {"create_callback", "rueckrufe", "POST", 8000,
        "Legt einen Rückrufwunsch für %name% an. Erst aufrufen, wenn Name, Rufnummer und Thema "
        "wiederholt und bestätigt wurden.",
        "Einen Moment, ich trage den Rückruf ein.",
        {{{"name", "string", "Vor- und Nachname", true},
            {"phone_number", "string", "Rufnummer im Format +49", true},
            {"topic", "string", "Thema in einem Satz", true},
            {"best_time", "string", "Vormittags, nachmittags oder genaue Uhrzeit", false},
            {"urgent", "boolean", "true nur bei einem Fall aus der Liste der dringenden Fälle",
                false}}},
        {{{"callback_id", "data.id"}, {"callback_until", "data.promised_until"}, {}}}},
    {"create_ticket", "vorgaenge", "POST", 15000,
        "Legt einen Vorgang mit allen aufgenommenen Angaben an und gibt die Vorgangsnummer zurück. "
        "Die Beschreibung enthält ganze "
        "Sätze in den Worten des Anrufers, keine Bewertung.",
        "Ich halte das jetzt für Sie fest.",
        {{{"summary", "string", "Sachverhalt in zwei bis vier Sätzen", true},
            {"category", "string",
                "Eine von: beschwerde, schaden, rechnung, datenschutz, sonstiges", true},
            {"customer_name", "string", "Name des Anrufers", true},
            {"wished_outcome", "string", "Was der Anrufer sich wünscht", false},
            {"invoice_number", "string", "Rechnungsnummer, falls vorhanden", false}}},
        {{{"ticket_number", "data.ticket.number"}, {"answer_until", "data.ticket.answer_until"},
            {}}}},
    {"find_appointment", "termine/suche", "POST", 6000,
        "Findet bestehende Termine eines Kunden. Nennt Datum, Uhrzeit und Leistung; gibt nie "
        "Termine anderer Personen zurück.",
        "Ich suche Ihren Termin heraus.",
        {{{"customer_name", "string", "Vor- und Nachname", true},
            {"phone_number", "string", "Rufnummer im Format +49", false},
            {"day", "string", "Tag des Termins als JJJJ-MM-TT, falls genannt", false}}},
        {{{"appointment_id", "data.appointments[0].id"},
            {"appointment_day", "data.appointments[0].day"},
            {"appointment_time", "data.appointments[0].time"}}}},
    {"cancel_appointment", "termine/absage", "POST", 8000,
        "Sagt einen Termin endgültig ab. Nur aufrufen, wenn der Anrufer die Absage mit Ja "
        "bestätigt hat und die Kennung aus der Suche "
        "vorliegt.",
        "Ich nehme den Termin heraus.",
        {{{"appointment_id", "string", "Kennung aus find_appointment", true},
            {"reason", "string", "Grund in wenigen Worten", false},
            {"waiting_list", "boolean", "true, wenn ein früherer Platz gewünscht ist", false}}},
        {{{"cancel_result", "data.result"}, {"cancel_fee", "data.fee_euro"}, {}}}},
    {"move_appointment", "termine/verschieben", "PATCH", 10000,
        "Verschiebt einen Termin auf eine freie Zeit. Der alte Platz wird erst freigegeben, wenn "
        "der neue bestätigt ist.",
        "Ich lege den Termin um.",
        {{{"appointment_id", "string", "Kennung aus find_appointment", true},
            {"new_day", "string", "Neuer Tag als JJJJ-MM-TT", true},
            {"new_time", "string", "Neue Uhrzeit als HH:MM", true},
            {"note", "string", "Hinweis für das Team", false}}},
        {{{"appointment_day", "data.day"}, {"appointment_time", "data.time"}, {}}}},
    {"price_list", "leistungen", "GET", 4000,
        "Gibt Preise und Dauer der Leistungen von %name% zurück, zum Beispiel für %service%. Nur "
        "diese Beträge nennen, keine eigenen "
        "Schätzungen.",
        "", {{{"service", "string", "Name der Leistung, leer für alle", false}}},
        {{{"service_price", "data.items[0].price_text"},
            {"service_minutes", "data.items[0].minutes"}, {}}}},
    {"order_status", "auftraege/stand", "POST", 7000,
        "Zeigt den Stand eines Auftrags oder Vorgangs. Vorher mit Name und Nummer prüfen, ob der "
        "Anrufer berechtigt ist.",
        "Ich sehe nach, wie weit es ist.",
        {{{"order_number", "string", "Auftrags- oder Vorgangsnummer ohne Leerzeichen", true},
            {"last_name", "string", "Nachname zur Prüfung", true}}},
        {{{"order_state", "data.state_text"}, {"order_ready", "data.ready_on"}, {}}}},
    {"dispatch_on_call", "bereitschaft/alarm", "POST", 12000,
        "Alarmiert die Bereitschaft von %name%, etwa bei: %urgent%. Nur für dringende Fälle; jeder "
        "Alarm wird protokolliert und "
        "kann nicht zurückgenommen werden.",
        "Ich verständige jetzt die Bereitschaft.",
        {{{"situation", "string", "Was passiert ist, in einem Satz", true},
            {"location", "string", "Genauer Ort mit Stockwerk", true},
            {"phone_number", "string", "Rufnummer, unter der jemand erreichbar bleibt", true},
            {"people_in_danger", "boolean", "true, wenn Menschen in Gefahr sind", true}}},
        {{{"alarm_id", "data.alarm.id"}, {"alarm_eta_minutes", "data.alarm.eta_minutes"}, {}}}},
    {"confirm_by_mail", "bestaetigung", "POST", 9000,
        "Schickt eine Bestätigung per E-Mail an die hinterlegte oder genannte Adresse. Die Adresse "
        "vorher langsam wiederholen.",
        "",
        {{{"email", "string", "E-Mail-Adresse, leer für die hinterlegte", false},
            {"subject", "string", "Eine von: termin, absage, vorgang, angebot", true},
            {"reference", "string", "Kennung des Termins oder Vorgangs", true}}},
        {{{"mail_result", "data.result"}, {}, {}}}},
    {"save_note", "notizen", "PUT", 4000,
        "Speichert eine kurze Notiz zum Gespräch für das Team. Am Ende jedes Gesprächs genau "
        "einmal aufrufen, höchstens drei Sätze.",
        "",
        {{{"note", "string", "Notiz in höchstens drei Sätzen", true},
            {"mood", "string", "Eine von: zufrieden, neutral, unzufrieden", false},
            {"follow_up", "boolean", "true, wenn das Team etwas tun muss", true}}},
        {{{"note_id", "data.id"}, {}, {}}}},
    {"check_entitlement", "pruefung/berechtigung", "POST", 8000,
        "Prüft, ob der Anrufer Auskunft zu einem Vertrag, einer Akte oder einem Vorgang bekommen "
        "darf. Bei „nein“ freundlich ablehnen "
        "und einen Rückruf anbieten.",
        "",
        {{{"customer_number", "string", "Kunden-, Mandanten- oder Vertragsnummer", true},
            {"date_of_birth", "string", "Geburtsdatum als JJJJ-MM-TT", true},
            {"code_word", "string", "Kennwort, falls eines vereinbart ist", false}}},
        {{{"entitled", "data.entitled"}, {"entitled_reason", "data.reason"}, {}}}},
    {"request_quote", "angebote", "POST", 10000,
        "Fordert ein schriftliches Angebot an, zum Beispiel für %service%. Das Angebot kommt vom "
        "Team, es wird kein Preis genannt.",
        "Ich leite die Anfrage weiter.",
        {{{"service", "string", "Gewünschte Leistung", true},
            {"scope", "string", "Umfang in ein bis zwei Sätzen", true},
            {"wanted_until", "string", "Bis wann das Angebot gebraucht wird", false},
            {"email", "string", "E-Mail-Adresse für das Angebot", true}}},
        {{{"quote_id", "data.quote.id"}, {"quote_until", "data.quote.answer_until"}, {}}}},
};
static_assert(std::size(functions) == function_count);

function const& table_entry(function_kind f)
{
    return functions[static_cast<std::size_t>(f)];
}

json::object schema_of(function const& f)
{
    json::object properties;
    json::array required;
    for (auto const& p : f.parameters) {
        if (p.name.empty()) break;
        properties.set(p.name, json::object{{"type", p.type}, {"description", p.description}});
        if (p.required) required.push_back(p.name);
    }
    return {{"type", "object"}, {"properties", std::move(properties)},
        {"required", std::move(required)}};
}

/// The three ways businesses hand over their credentials to their own servers.
void add_credentials(json::object& tool, agent_context const& c, std::size_t function_index)
{
    json::object headers, query;
    switch ((function_index + c.shop.key.size()) % 4) {
    case 0:
    case 1:
        headers.set("Authorization", c.keys.bearer);
        headers.set("X-Mandant", c.shop.key);
        break;
    case 2:
        headers.set("X-Api-Key", c.keys.header_key);
        query.set("mandant", c.shop.key);
        break;
    default: query.set("api_key", c.keys.query_key); query.set("mandant", c.shop.key);
    }
    tool.set("headers", std::move(headers));
    tool.set("query_params", std::move(query));
}

void add_speech(json::object& tool, function const& f)
{
    tool.set("speak_during_execution", !f.said.empty());
    tool.set("speak_after_execution", true);
    if (f.said.empty()) return;
    tool.set("execution_message_description", f.said);
    tool.set("execution_message_type", "static_text");
}

} // namespace

json::object custom_tool(function_kind kind, agent_context const& c, dice& d)
{
    auto const& f = table_entry(kind);
    json::object tool{{"type", "custom"}, {"name", f.name},
        {"description", fill(f.description, c.shop, d)},
        {"url",
            "https://tools.example.test/v1/" + std::string(c.shop.key) + "/" + std::string(f.path)},
        {"method", f.method}, {"timeout_ms", f.timeout_ms}};
    add_credentials(tool, c, static_cast<std::size_t>(kind));
    tool.set("parameters", schema_of(f));
    if (d.chance(80)) tool.set("parameter_type", "json");
    tool.set("args_at_root", false);
    json::object results;
    for (auto const& [variable, place] : f.results)
        if (!variable.empty() && d.chance(90)) results.set(variable, place);
    tool.set("response_variables", std::move(results));
    add_speech(tool, f);
    if (d.chance(25)) tool.set("max_retry", d.between(1, 3));
    return tool;
}

std::string_view name_of(function_kind f) noexcept
{
    return table_entry(f).name;
}

} // namespace trunkline::retell::demo
