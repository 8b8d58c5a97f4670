#include "retell/demo_account_parts.hpp"

#include <algorithm>
#include <optional>

namespace trunkline::retell::demo {

namespace {

constexpr std::size_t least_left = 2'100;       ///< What an older LLM may shrink to, in characters.
constexpr std::size_t smallest_engine = 10'000; ///< Below this many bytes no tool is taken away.

bool is_llm(json::object const& engine)
{
    return engine.contains("general_prompt");
}

json::value* prompt_of(json::object& engine)
{
    return engine.find(is_llm(engine) ? "general_prompt" : "global_prompt");
}

json::value* tools_of(json::object& engine)
{
    return engine.find(is_llm(engine) ? "general_tools" : "tools");
}

revision named(std::string title, std::string description)
{
    revision r;
    r.title = std::move(title);
    r.description = std::move(description);
    return r;
}

using step = std::optional<revision> (*)(json::object& agent, json::object& engine, dice& d);

/// Some custom tool, or nothing.
json::object* custom_tool_of(json::object& engine, dice& d)
{
    auto* tools = tools_of(engine);
    if (!tools) return nullptr;
    std::vector<json::object*> found;
    for (auto& t : tools->as_array())
        if (t.string_at("type") == "custom") found.push_back(&t.as_object());
    return found.empty() ? nullptr : found[d.below(found.size())];
}

std::optional<revision> without_rule(json::object&, json::object& engine, dice& d)
{
    auto* prompt = prompt_of(engine);
    if (!prompt) return {};
    auto& text = prompt->as_string();
    std::vector<std::size_t> rules;
    for (auto at = text.find("\n- ", text.size() / 3); at != text.npos;
         at = text.find("\n- ", at + 1))
        rules.push_back(at);
    if (rules.empty()) return {};
    auto const at = rules[d.below(rules.size())];
    auto const rule = text.substr(at, text.find('\n', at + 1) - at);
    if (is_llm(engine) && characters(text) < least_left + characters(rule)) return {};
    text.erase(at, rule.size());
    return named("Regel ergänzt", "Neu im Prompt: " + rule.substr(3));
}

std::optional<revision> with_older_price(json::object&, json::object& engine, dice& d)
{
    auto* prompt = prompt_of(engine);
    if (!prompt) return {};
    auto& text = prompt->as_string();
    std::vector<std::size_t> prices; // where the number ends
    for (auto at = text.find(" Euro\n"); at != text.npos; at = text.find(" Euro\n", at + 1))
        prices.push_back(at);
    if (prices.empty()) return {};
    auto const end = prices[d.below(prices.size())];
    auto const begin = text.find_last_of(' ', end - 1) + 1;
    auto const price = text.substr(begin, end - begin);
    auto const older = std::max(1, std::stoi(price) - d.between(1, 5));
    text.replace(begin, end - begin, std::to_string(older));
    return named("Preis angepasst",
        "Ein Preis steigt von " + std::to_string(older) + " auf " + price + " Euro.");
}

std::optional<revision> with_other_timeout(json::object&, json::object& engine, dice& d)
{
    auto* tool = custom_tool_of(engine, d);
    if (!tool) return {};
    auto const name = std::string(tool->find("name")->string_or(""));
    auto const older = tool->find("timeout_ms")->int_or(5'000) + 1'000 * d.between(1, 4);
    tool->set("timeout_ms", older);
    return named("Zeitlimit von " + name,
        "Wartet kürzer als die bisherigen " + std::to_string(older) + " ms.");
}

std::optional<revision> with_looser_wording(json::object&, json::object& engine, dice& d)
{
    auto* tool = custom_tool_of(engine, d);
    if (!tool) return {};
    auto& text = tool->find("description")->as_string();
    auto const end = text.find(". ");
    if (end == text.npos) return {};
    text.resize(end + 1);
    return named("Beschreibung geschärft",
        "Wann " + std::string(tool->find("name")->string_or("")) +
            " aufgerufen wird, ist jetzt genauer.");
}

std::optional<revision> with_other_temperature(json::object&, json::object& engine, dice& d)
{
    if (!engine.contains("model_temperature")) return {};
    auto const before = engine.find("model_temperature")->as_number().to_double();
    if (before > 0.85) return {};
    engine.set("model_temperature", d.between(static_cast<int>(before * 10) + 1, 9) / 10.0);
    return named("Antworten ruhiger", "Die Temperatur des Modells wurde gesenkt.");
}

std::optional<revision> with_other_speed(json::object& agent, json::object&, dice& d)
{
    auto const before = agent.find("voice_speed")->as_number().to_double();
    agent.set("voice_speed", (static_cast<int>(before * 100 + 0.5) + d.between(2, 6)) / 100.0);
    return named("Sprechtempo gesenkt", "Anrufer fanden die Stimme zu schnell.");
}

std::optional<revision> with_fewer_keywords(json::object& agent, json::object&, dice&)
{
    auto& words = agent.find("boosted_keywords")->as_array();
    if (words.size() < 2) return {};
    auto const word = std::string(words.back().string_or(""));
    words.pop_back();
    return named("Stichwort ergänzt", "Die Erkennung kennt jetzt „" + word + "“.");
}

std::optional<revision> with_fewer_events(json::object& agent, json::object&, dice&)
{
    auto& events = agent.find("webhook_events")->as_array();
    if (events.size() < 3) return {};
    events.pop_back();
    return named("Webhook erweitert", "Ein weiteres Ereignis wird gemeldet.");
}

std::optional<revision> without_last_tool(json::object&, json::object& engine, dice&)
{
    if (!is_llm(engine) || json::to_text(engine).size() < smallest_engine) return {};
    auto& tools = engine.find("general_tools")->as_array();
    if (tools.size() < 6) return {};
    auto const name = std::string(tools.back().string_at("name"));
    tools.pop_back();
    return named("Funktion " + name, "Neue Funktion für das Gespräch.");
}

std::optional<revision> with_shorter_instruction(json::object&, json::object& engine, dice& d)
{
    auto* nodes = engine.find("nodes");
    if (!nodes) return {};
    auto& node = nodes->as_array()[d.below(nodes->as_array().size())];
    if (node.string_at("type") != "conversation") return {};
    auto& text = node.find("instruction")->find("text")->as_string();
    auto const end = text.find(". ");
    if (end == text.npos) return {};
    text.resize(end + 1);
    return named(
        "Knoten „" + std::string(node.string_at("name")) + "“", "Anweisung ausführlicher gefasst.");
}

/// Only a node nothing leads to and which leads to nothing of its own can be left out.
std::optional<revision> without_privacy_node(json::object&, json::object& engine, dice&)
{
    auto* nodes = engine.find("nodes");
    if (!nodes) return {};
    auto& list = nodes->as_array();
    auto const at = std::find_if(list.begin(), list.end(),
        [](json::value const& n) { return n.string_at("id") == "datenschutz"; });
    if (at == list.end()) return {};
    list.erase(at);
    return named("Frage zum Datenschutz", "Neuer Knoten, von überall erreichbar.");
}

constexpr step steps[] = {without_rule, with_older_price, with_other_timeout, with_looser_wording,
    with_other_temperature, with_other_speed, with_fewer_keywords, with_fewer_events,
    without_last_tool, with_shorter_instruction, without_privacy_node};

} // namespace

revision step_back(json::object& agent, json::object& engine, dice& d)
{
    for (int attempt = 0; attempt < 12; ++attempt)
        if (auto r = steps[d.below(std::size(steps))](agent, engine, d)) return *std::move(r);
    return *with_other_speed(agent, engine, d);
}

revision open_draft(json::object& agent, json::object& engine, business const& b, dice& d)
{
    auto const text = fill(d.pick({"Bis Monatsende gibt es für %service% zehn Prozent Nachlass; "
                                   "erwähne das nur, wenn danach gefragt wird.",
                               "In den Ferien gelten verkürzte Zeiten. Frage vor jeder Zusage "
                               "nach, ob der Tag betroffen ist.",
                               "Wir testen eine kürzere Begrüßung: Nenne nur %name% und frage "
                               "sofort nach dem Anliegen."}),
        b, d);
    if (auto* prompt = prompt_of(engine)) prompt->as_string() += "\n## Entwurf\n" + text + "\n";
    agent.set("interruption_sensitivity", 0.65);
    return named(
        std::string(d.pick({"Entwurf Aktion", "Versuch, noch nicht freigegeben", "Test Begrüßung"})),
        text);
}

} // namespace trunkline::retell::demo
