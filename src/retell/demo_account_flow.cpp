#include "retell/demo_account_flow.hpp"

#include <algorithm>

namespace trunkline::retell::demo {

namespace {

constexpr std::size_t large_from =
    34; ///< Nodes. Real flows of that size have 7 to 11 tools and 56 to 66 edges.
constexpr std::size_t most_tools = 11;

json::object global_setting(std::string_view condition, std::string_view example)
{
    json::object said{{"role", "user"}, {"content", example}};
    return {{"condition", condition},
        {"positive_finetune_examples",
            json::array{json::object{{"transcript", json::array{std::move(said)}}}}}};
}

json::object position(std::size_t n)
{
    return {{"x", 120 + 420 * (n / 5)}, {"y", 160 + 240 * (n % 5)}};
}

} // namespace

flow_builder::flow_builder(agent_context const& c, dice& d)
    : c_(c),
      d_(d),
      event_type_(d.between(200'000, 990'000)),
      labelled_(d.chance(30)),
      conditions_(!labelled_ && d.chance(20))
{}

// ---------------------------------------------------------------------------------------------- nodes

flow_node& flow_builder::add(std::string_view id, std::string_view name, std::string_view type)
{
    auto const at = position(nodes_.size());
    nodes_.push_back({std::string(id),
        {{"id", id}, {"name", name}, {"type", type}, {"display_position", at}}, {}});
    return nodes_.back();
}

flow_node& flow_builder::talk(
    std::string_view id, std::string_view name, std::string_view instruction)
{
    auto& n = add(id, name, "conversation");
    n.body.set(
        "instruction", json::object{{"type", "prompt"}, {"text", fill(instruction, c_.shop, d_)}});
    if (d_.chance(15)) n.body.set("interruption_sensitivity", d_.between(5, 9) / 10.0);
    if (d_.chance(10)) n.body.set("knowledge_base_ids", json::array{});
    return n;
}

flow_node& flow_builder::say(std::string_view id, std::string_view name, std::string_view text)
{
    auto& n = add(id, name, "conversation");
    n.body.set(
        "instruction", json::object{{"type", "static_text"}, {"text", fill(text, c_.shop, d_)}});
    return n;
}

flow_node& flow_builder::call(std::string_view id, std::string_view name, std::string_view tool_id)
{
    auto& n = add(id, name, "function");
    n.body.set("tool_id", tool_id);
    n.body.set("tool_type", "local");
    n.body.set("wait_for_result", true);
    bool const speaks = d_.chance(60);
    n.body.set("speak_during_execution", speaks);
    n.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                speaks ? d_.pick({"Sage kurz, dass du nachsiehst, und warte auf das Ergebnis.",
                             "Überbrücke die Wartezeit mit einem Satz wie: Einen Moment, ich "
                             "schaue nach."})
                       : std::string_view()}});
    return n;
}

flow_node& flow_builder::extract(std::string_view id, std::string_view name)
{
    auto& n = add(id, name, "extract_dynamic_variables");
    n.body.set("variables", variables_of(c_.shop));
    return n;
}

flow_node& flow_builder::transfer(std::string_view id, std::string_view name)
{
    auto& n = add(id, name, "transfer_call");
    n.body.set("transfer_destination", transfer_destination(c_, d_));
    n.body.set("transfer_option", transfer_option(c_, d_));
    n.body.set("speak_during_execution", true);
    n.body.set("instruction",
        json::object{{"type", "static_text"},
            {"text",
                fill("Ich verbinde Sie jetzt mit %team%. Bitte bleiben Sie dran.", c_.shop, d_)}});
    return n;
}

bool flow_builder::has(std::string_view id) const
{
    return std::any_of(nodes_.begin(), nodes_.end(), [&](flow_node const& n) { return n.id == id; });
}

// ---------------------------------------------------------------------------------------------- edges

json::object flow_builder::edge(json::object condition, std::string_view destination)
{
    return {{"id", "edge_" + std::to_string(++edges_)},
        {"transition_condition", std::move(condition)}, {"destination_node_id", destination}};
}

json::object flow_builder::prompt_edge(std::string_view when_text, std::string_view destination)
{
    auto e = edge({{"type", "prompt"}, {"prompt", when_text}}, destination);
    if (labelled_) e.set("label", when_text.substr(0, when_text.find(',')));
    if (conditions_) e.set("condition", when_text);
    return e;
}

void flow_builder::to(flow_node& from, std::string_view destination, std::string_view when_text)
{
    from.edges.push_back(prompt_edge(when_text, destination));
}

void flow_builder::when(flow_node& from, std::string_view destination,
    std::initializer_list<equation> all, std::string_view op)
{
    json::array equations;
    for (auto const& e : all) {
        json::object one{{"left", e.left}, {"operator", e.op}};
        if (!e.right.empty()) one.set("right", e.right);
        equations.push_back(std::move(one));
    }
    from.edges.push_back(edge(
        {{"type", "equation"}, {"equations", std::move(equations)}, {"operator", op}}, destination));
}

void flow_builder::fixed(flow_node& from, std::string_view member, std::string_view wording,
    std::string_view destination)
{
    from.body.set(member, edge({{"type", "prompt"}, {"prompt", wording}}, destination));
}

void flow_builder::add_shortcuts(std::size_t wanted)
{
    static constexpr std::pair<std::string_view, std::string_view> shortcuts[] = {
        {"anliegen", "Der Anrufer wechselt das Thema, bevor alles geklärt ist"},
        {"mensch", "Der Anrufer verlangt an dieser Stelle einen Menschen"},
        {"weitere_hilfe", "Der Anrufer bricht das Anliegen ab"},
        {"ende", "Der Anrufer verabschiedet sich mitten im Gespräch"},
    };
    for (auto const& [destination, reason] : shortcuts)
        for (auto& n : nodes_) {
            if (edges_ >= wanted) return;
            bool const talks = n.body.find("type")->string_or("") == "conversation";
            bool const leads_there = n.id == destination ||
                std::any_of(n.edges.begin(), n.edges.end(), [&d = destination](json::value const& e) {
                    return e.string_at("destination_node_id") == d;
                });
            if (talks && !leads_there && n.id != "begruessung") to(n, destination, reason);
        }
}

// ---------------------------------------------------------------------------------------------- tools

std::string flow_builder::use(function_kind f)
{
    auto const name = name_of(f);
    for (auto const& [known, id] : tool_ids_)
        if (known == name) return id;
    auto id = "tool-" + std::string(name) + "-" + d_.hex(8);
    auto tool = custom_tool(f, c_, d_);
    tool.set("tool_id", id);
    tools_.push_back(std::move(tool));
    tool_ids_.emplace_back(name, id);
    return id;
}

std::string flow_builder::use_calendar(bool booking)
{
    auto tool = booking ? booking_tool(c_, event_type_) : availability_tool(c_, event_type_);
    auto id = "tool-cal-" + d_.hex(8);
    tool.set("tool_id", id);
    tool_ids_.emplace_back(tool.find("name")->as_string(), id);
    tools_.push_back(std::move(tool));
    return id;
}

void flow_builder::more_tools(std::size_t wanted)
{
    using enum function_kind;
    for (auto f : {price_list, current_time, save_note, confirm_by_mail, order_status,
             request_quote, create_ticket, find_appointment})
        if (tools_.size() < wanted) use(f);
}

// ---------------------------------------------------------------------------------------------- whole flows

json::object flow_builder::small()
{
    auto& greeting = say("begruessung", "Begrüßung", c_.part.greetings[d_.below(2)]);
    to(greeting, "beratung", "Der Anrufer hat sein Anliegen genannt");

    auto& advice = add("beratung", "Beratung", "subagent");
    advice.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                fill("Beantworte Fragen zu %name% mit der Preisliste und den Öffnungszeiten. "
                     "Kannst du etwas "
                     "nicht beantworten, biete einen Rückruf von %team% an und nimm Name und "
                     "Nummer auf.",
                    c_.shop, d_)}});
    advice.body.set(
        "tool_ids", json::array{use(function_kind::price_list), use(function_kind::current_time)});
    to(advice, "rueckruf", "Der Anrufer möchte einen Rückruf und hat Name und Nummer bestätigt");
    to(advice, "abschied", "Alle Fragen sind beantwortet");

    auto& note = call("rueckruf", "Rückruf anlegen", use(function_kind::create_callback));
    to(note, "abschied", "Der Rückruf ist angelegt");
    fixed(note, "else_edge", "Else", "beratung");

    auto& farewell = talk("abschied", "Abschied",
        "Sage, was als Nächstes geschieht, und frage einmal, ob noch etwas offen ist.");
    to(farewell, "beratung", "Es gibt noch eine Frage");
    to(farewell, "ende", "Nichts ist mehr offen");
    add("ende", "Ende", "end")
        .body.set("instruction",
            json::object{{"type", "prompt"}, {"text", "Verabschiede dich freundlich."}});
    return finish("begruessung");
}

std::vector<flow_builder::topic const*> flow_builder::choose_topics(std::size_t room)
{
    std::vector<topic const*> all, chosen;
    for (auto const& m : topics()) all.push_back(&m);
    d_.shuffle(all);
    // What the role is for comes first; information holds the tools nothing else uses.
    std::string_view const first = c_.part.kind == role_kind::booking ? "termin_leistung"
        : c_.part.kind == role_kind::night                            ? "notfall_lage"
        : c_.part.kind == role_kind::complaint                        ? "beschwerde_zuhoeren"
                                                                      : "rueckruf_angaben";
    std::stable_partition(all.begin(), all.end(),
        [&](topic const* m) { return m->entry == "auskunft" || m->entry == first; });
    for (auto const* m : all)
        if (m->nodes <= room) {
            chosen.push_back(m);
            room -= m->nodes;
        }
    return chosen;
}

json::object flow_builder::by_topics(std::size_t nodes)
{
    constexpr std::size_t core_nodes = 8;
    least_tools_ = nodes >= large_from ? static_cast<std::size_t>(d_.between(8, 9))
                                       : static_cast<std::size_t>(d_.between(6, 8));
    auto const chosen = choose_topics(nodes - core_nodes);
    core(chosen);
    // Information takes the tools that are left over, so it comes last.
    for (auto const* m : chosen)
        if (m->entry != "auskunft") (this->*m->build)();
    for (auto const* m : chosen)
        if (m->entry == "auskunft") (this->*m->build)();
    bool const large = nodes_.size() >= large_from;
    add_shortcuts(large ? static_cast<std::size_t>(d_.between(58, 66)) : nodes_.size() * 3 / 2);
    return finish("begruessung");
}

void flow_builder::core(std::vector<topic const*> const& chosen)
{
    auto& greeting = say("begruessung", "Begrüßung", c_.part.greetings[d_.below(2)]);
    to(greeting, "kunde_suchen", "Der Anrufer hat geantwortet");
    if (std::any_of(
            chosen.begin(), chosen.end(), [](topic const* m) { return m->entry == "sprachmenue"; }))
        to(greeting, "sprachmenue", "Es antwortet ein Sprachmenü und kein Mensch");
    lookup();

    auto& hub = talk("anliegen", "Anliegen klären",
        d_.pick({"Frage offen, worum es geht. Fasse das Anliegen in einem Satz zusammen und ordne "
                 "es zu. Ist es unklar, frage einmal nach: "
                 "„Geht es um %service% oder um etwas anderes?“",
            "Finde mit höchstens zwei Fragen heraus, was der Anrufer von %name% möchte. Beantworte "
            "hier noch nichts, sondern leite zum "
            "passenden Abschnitt. Bei mehreren Anliegen beginne mit dem dringendsten."}));
    for (auto const* m : chosen)
        if (!m->condition.empty()) to(hub, m->entry, m->condition);
    to(hub, "weitere_hilfe", "Die Frage wurde schon beantwortet");

    auto& more = talk("weitere_hilfe", "Noch etwas?",
        d_.pick({"Fasse in einem Satz zusammen, was vereinbart ist, und frage einmal, ob noch "
                 "etwas offen ist.",
            "Frage freundlich, ob du sonst noch etwas für den Anrufer tun kannst. Wiederhole "
            "nichts, was schon bestätigt wurde."}));
    to(more, "anliegen", "Der Anrufer hat ein weiteres Anliegen");
    to(more, "ende", "Der Anrufer braucht nichts mehr");
    if (std::any_of(
            chosen.begin(), chosen.end(), [](topic const* m) { return m->entry == "nachricht"; }))
        to(more, "nachricht", "Der Anrufer möchte eine Zusammenfassung aufs Handy");

    auto& end = add("ende", "Ende", "end");
    end.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                "Verabschiede dich mit dem Namen des Anrufers, wenn er bekannt ist, und wünsche "
                "einen schönen Tag."}});
    end.body.set("speak_during_execution", true);
    human();
}

void flow_builder::lookup()
{
    auto& find = call("kunde_suchen", "Kunden suchen", use(function_kind::lookup_customer));
    to(find, "kunde_bekannt", "Die Suche hat geantwortet");
    fixed(find, "else_edge", "Else", "name_erfragen");

    auto& known = add("kunde_bekannt", "Kunde bekannt?", "branch");
    when(known, "anliegen", {{"{{customer_name}}", "exists", ""}});
    fixed(known, "else_edge", "Else", "name_erfragen");

    auto& name = talk("name_erfragen", "Namen erfragen",
        "Frage nach Vor- und Nachnamen. Lass dir seltene Namen buchstabieren und wiederhole den "
        "Namen einmal. Frage nicht nach mehr, als für "
        "das Anliegen gebraucht wird.");
    to(name, "anliegen", "Der Name ist bekannt oder der Anrufer möchte ihn nicht nennen");
}

void flow_builder::human()
{
    auto& n = transfer("mensch", "Mit einem Menschen verbinden");
    n.body.set("global_node_setting",
        global_setting("Der Anrufer verlangt ausdrücklich einen Menschen oder ist sehr aufgebracht",
            "Ich möchte jetzt bitte mit einem richtigen Menschen sprechen."));
    fixed(n, "edge", "Transfer failed", "weitere_hilfe");
}

void flow_builder::privacy()
{
    auto& n = talk("datenschutz", "Frage zum Datenschutz",
        "Erkläre in zwei Sätzen, dass das Gespräch von einer digitalen Assistentin geführt wird "
        "und welche Angaben %name% speichert. Biete "
        "an, Wünsche nach Auskunft oder Löschung als Vorgang weiterzugeben.");
    n.body.set("global_node_setting",
        global_setting(
            "Der Anrufer fragt, ob er aufgezeichnet wird oder was mit seinen Daten geschieht",
            "Wird das Gespräch hier eigentlich aufgezeichnet?"));
    to(n, "anliegen", "Die Frage zum Datenschutz ist beantwortet");
}

void flow_builder::information()
{
    more_tools(least_tools_);
    auto& n = add("auskunft", "Auskunft", "subagent");
    n.body.set("instruction",
        json::object{{"type", "prompt"},
            {"text",
                fill("Beantworte Fragen zu Preisen, Dauer, Anfahrt und Öffnungszeiten von %name% "
                     "(%hours%). Rufe vorher die "
                     "passende Funktion auf und nenne höchstens drei Angaben auf einmal.",
                    c_.shop, d_)}});
    json::array ids;
    for (auto const& tool : tools_) {
        bool const used = std::any_of(nodes_.begin(), nodes_.end(), [&](flow_node const& x) {
            return x.body.find("tool_id") && *x.body.find("tool_id") == *tool.find("tool_id");
        });
        if (!used) ids.push_back(*tool.find("tool_id"));
    }
    n.body.set("tool_ids", std::move(ids));
    to(n, "weitere_hilfe", "Alle Fragen sind beantwortet");
}

json::object flow_builder::finish(std::string_view start)
{
    json::array nodes;
    for (auto& n : nodes_) {
        if (!n.edges.empty()) n.body.set("edges", std::move(n.edges));
        nodes.push_back(std::move(n.body));
    }
    auto const length = static_cast<std::size_t>(d_.between(1'600, 4'500));
    json::object flow{{"global_prompt", make_prompt(c_.shop, c_.part, length, d_)},
        {"nodes", std::move(nodes)}, {"start_node_id", start}, {"start_speaker", "agent"},
        {"tools", std::move(tools_)},
        {"model_choice",
            json::object{{"type", "cascading"},
                {"model", d_.pick({"gpt-4.1", "gpt-4.1-mini", "gpt-5-mini", "gpt-5.1"})},
                {"high_priority", d_.chance(20)}}},
        {"model_temperature", d_.between(0, 6) / 10.0}, {"tool_call_strict_mode", d_.chance(60)},
        {"knowledge_base_ids", json::array{}},
        {"kb_config", json::object{{"top_k", 3}, {"filter_score", 0.6}}},
        {"begin_tag_display_position", json::object{{"x", 40}, {"y", 160}}},
        {"default_dynamic_variables",
            json::object{
                {"is_open", "true"}, {"team_number", c_.transfer_number}, {"customer_name", ""}}}};
    if (c_.with_mcp) flow.set("mcps", mcp_servers(c_));
    if (d_.chance(25))
        flow.set("notes",
            json::array{json::object{{"id", "note-1"},
                {"content", fill("Abgestimmt mit %team%.", c_.shop, d_)},
                {"display_position", json::object{{"x", 60}, {"y", 20}}},
                {"size", json::object{{"width", 260}, {"height", 120}}}}});
    if (labelled_)
        flow.set("annotations",
            json::object{{"editor", "canvas"}, {"grid", 20}, {"groups", json::array{}}});
    return flow;
}

json::object make_flow(agent_context const& c, bool small, dice& d)
{
    flow_builder builder(c, d);
    if (small) return builder.small();
    return builder.by_topics(
        static_cast<std::size_t>(d.chance(35) ? d.between(37, 41) : d.between(9, 33)));
}

} // namespace trunkline::retell::demo
