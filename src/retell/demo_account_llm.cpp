#include "retell/demo_account_parts.hpp"

#include <algorithm>

namespace trunkline::retell::demo {

namespace {

/// Real ones: 7 to 28 KB, of which the prompt is 2,000 to 15,000 characters. A margin is left for
/// ids, for the change of a draft, and for what escapes and umlauts add to a character.
constexpr double least_bytes = 7'600, most_bytes = 27'000, bytes_per_character = 1.08;
constexpr double shortest_prompt = 2'150, longest_prompt = 14'500;

class state_plan {
public:
    std::string_view name;
    std::array<std::string_view, 2> prompts;
    std::string_view next; ///< Empty: the last one.
    std::string_view when;
    bool books = false;
};

constexpr state_plan states[] = {
    {"aufnahme",
        {"Finde heraus, worum es geht, und nimm die nötigen Angaben auf. Frage eines nach dem "
         "anderen: zuerst das Anliegen, dann den "
         "Namen, dann alles, was unter „Was du erfragst“ steht. Geht es um einen der dringenden "
         "Fälle, zum Beispiel %urgent%, "
         "dann verbinde sofort mit %team%.",
            "In diesem Abschnitt hörst du vor allem zu. Lass den Anrufer ausreden, fasse in einem "
            "Satz zusammen und frage dann nach "
            "den fehlenden Angaben. Nenne noch keine Zeiten und keine Preise."},
        "pruefung", "Anliegen, Name und Rufnummer sind bekannt und wurden einmal wiederholt", false},
    {"pruefung",
        {"Prüfe mit den Funktionen, was möglich ist. Sage vorher, dass du kurz nachsiehst. Ist "
         "nichts gefunden worden, frage nach einer "
         "anderen Schreibweise oder einem anderen Tag, höchstens zweimal.",
            "Gleiche die Angaben ab. Stimmt etwas nicht überein, frage freundlich nach, welche "
            "Angabe gilt, und korrigiere sie. Für "
            "%service% gelten die Zeiten aus der Liste der Leistungen."},
        "buchung", "Die Angaben sind geprüft und der Anrufer möchte eine Zeit vereinbaren", false},
    {"buchung",
        {"Suche eine passende Zeit und buche sie. Biete höchstens drei Zeiten an, warte auf ein "
         "klares Ja und wiederhole dann Wochentag, "
         "Datum und Uhrzeit. Bricht der Anrufer ab, gehe ohne Buchung zum Abschluss.",
            "Hier entsteht die Vereinbarung. Prüfe zuerst die freien Zeiten, nenne die früheste "
            "zuerst und buche erst nach der "
            "Bestätigung. Wird die Zeit gerade von jemand anderem belegt, entschuldige dich und "
            "nenne die nächste."},
        "abschluss",
        "Die Buchung ist bestätigt oder der Anrufer möchte doch keine Zeit vereinbaren", true},
    {"abschluss",
        {"Fasse in einem Satz zusammen, was vereinbart ist, frage einmal nach weiteren Wünschen "
         "und speichere eine kurze Notiz. "
         "Verabschiede dich mit dem Namen des Anrufers.",
            "Bringe das Gespräch freundlich zu Ende. Ist noch etwas offen, gehe nicht zurück, "
            "sondern nimm einen Rückruf auf. Danach "
            "verabschiedest du dich und beendest das Gespräch."},
        "", "", false},
};

json::object edge_to(state_plan const& s, business const& b)
{
    json::object properties;
    for (std::size_t n = 0; n < 2; ++n)
        properties.set(b.details[n].variable,
            json::object{{"type", "string"}, {"description", b.details[n].description}});
    return {{"destination_state_name", s.next}, {"description", s.when},
        {"parameters",
            json::object{{"type", "object"}, {"properties", std::move(properties)},
                {"required", json::array{}}}}};
}

json::array make_states(agent_context const& c, json::value const& general_tools, dice& d)
{
    std::vector<std::string> taken;
    for (auto const& tool : general_tools.as_array()) taken.emplace_back(tool.string_at("name"));
    json::array out;
    for (auto const& s : states) {
        json::array edges;
        if (!s.next.empty()) edges.push_back(edge_to(s, c.shop));
        auto tools = s.books || !s.next.empty() ? state_tools(c, s.books, taken, d) : json::array{};
        out.push_back(json::object{{"name", s.name},
            {"state_prompt", fill(d.pick(std::span<std::string_view const>(s.prompts)), c.shop, d)},
            {"edges", std::move(edges)}, {"tools", std::move(tools)}});
    }
    return out;
}

json::object default_variables(agent_context const& c)
{
    return {{"is_open", "true"}, {"team_number", c.transfer_number}, {"customer_name", ""},
        {"open_ticket", ""}};
}

/// The prompt fills the engine up to a size that real ones have; short ones are more frequent.
std::size_t prompt_length(json::object const& rest, dice& d)
{
    auto const used = static_cast<double>(json::to_text(rest).size());
    auto const low = std::max(shortest_prompt, least_bytes - used);
    auto const high =
        std::max(low, std::min(longest_prompt, (most_bytes - used) / bytes_per_character));
    auto const share = d.chance(8) ? 1.0 : std::min(d.between(0, 1000), d.between(0, 1000)) / 1000.0;
    return static_cast<std::size_t>(low + (high - low) * share);
}

} // namespace

json::object make_llm(agent_context const& c, dice& d)
{
    json::object llm{{"model",
                         d.pick({"gpt-4.1", "gpt-4.1-mini", "gpt-5-mini", "gpt-5.1",
                             "claude-4.5-haiku", "gemini-3.0-flash"})},
        {"model_temperature", d.between(0, 6) / 10.0}, {"model_high_priority", d.chance(20)},
        {"tool_call_strict_mode", d.chance(60)}, {"general_prompt", ""},
        {"general_tools", llm_tools(c, d)}};
    if (d.chance(50)) {
        llm.set("states", make_states(c, *llm.find("general_tools"), d));
        llm.set("starting_state", states[0].name);
    }
    llm.set("begin_message",
        fill(d.pick(std::span<std::string_view const>(c.part.greetings)), c.shop, d));
    llm.set("start_speaker", "agent");
    llm.set("default_dynamic_variables", default_variables(c));
    llm.set("knowledge_base_ids", json::array{});
    llm.set("kb_config", json::object{{"top_k", 3}, {"filter_score", 0.6}});
    llm.set("mcps", c.with_mcp ? mcp_servers(c) : json::array{});
    auto const length = prompt_length(llm, d);
    llm.set("general_prompt", make_prompt(c.shop, c.part, length, d));
    return llm;
}

} // namespace trunkline::retell::demo
