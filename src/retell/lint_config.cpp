#include <trunkline/retell/lint.hpp>

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>

#include <utility>

namespace trunkline::retell {
namespace {

[[noreturn]] void refuse(std::string text)
{
    throw error(errc::invalid_argument, "the linter's configuration: " + std::move(text));
}

json::object const& object_of(json::value const& v, std::string_view what)
{
    if (!v.is_object()) refuse(std::string(what) + " is no object");
    return v.as_object();
}

std::set<std::string, std::less<>> texts_of(json::value const& v, std::string const& what)
{
    if (!v.is_array()) refuse(what + " is no array of texts");
    std::set<std::string, std::less<>> out;
    for (auto const& item : v.as_array()) {
        if (!item.is_string()) refuse(what + " is no array of texts");
        out.insert(item.as_string());
    }
    return out;
}

void read_rules(json::value const& v, lint_config& out)
{
    for (auto const& m : object_of(v, "\"rules\"")) {
        if (!find_lint_rule(m.key))
            refuse("there is no rule \"" + m.key + "\"; trunkline lint --rules lists them");
        auto const severity = parse_lint_severity(m.val.string_or(""));
        if (!severity) refuse("rule \"" + m.key + "\" is to be off, warning or error");
        out.severities.insert_or_assign(m.key, *severity);
    }
}

void read_limits(json::value const& v, lint_limits& out)
{
    for (auto const& m : object_of(v, "\"limits\"")) {
        auto* const limit = m.key == "nodes" ? &out.nodes
            : m.key == "tools"               ? &out.tools
            : m.key == "prompt_chars"        ? &out.prompt_chars
            : m.key == "name_chars"          ? &out.name_chars
                                             : nullptr;
        if (!limit)
            refuse("there is no limit \"" + m.key +
                "\"; there are nodes, tools, prompt_chars, name_chars");
        auto const n = m.val.int_or(-1);
        if (n < 0) refuse("limit \"" + m.key + "\" is no whole number");
        *limit = static_cast<std::size_t>(n);
    }
}

void read_exceptions(json::value const& v, lint_config& out)
{
    if (!v.is_array()) refuse("\"except\" is no array");
    for (auto const& item : v.as_array()) {
        lint_exception e;
        for (auto const& m : object_of(item, "an exception")) {
            auto* const part = m.key == "rule" ? &e.rule
                : m.key == "file"              ? &e.file
                : m.key == "pointer"           ? &e.pointer
                                               : nullptr;
            if (m.key == "reason") continue; // for readers
            if (!part || !m.val.is_string())
                refuse("an exception has texts for rule, file, pointer and reason");
            *part = m.val.as_string();
        }
        if (!e.rule.empty() && !find_lint_rule(e.rule))
            refuse("an exception names the rule \"" + e.rule + "\", which there is not");
        if (e.rule.empty() && e.file.empty() && e.pointer.empty())
            refuse("an exception without rule, file and pointer would hide everything");
        out.exceptions.push_back(std::move(e));
    }
}

} // namespace

lint_config lint_config::from_json(json::value const& document)
{
    lint_config out;
    for (auto const& m : object_of(document, "it")) {
        if (m.key == "rules") read_rules(m.val, out);
        else if (m.key == "limits") read_limits(m.val, out.limits);
        else if (m.key == "node_types") out.node_types = texts_of(m.val, "\"node_types\"");
        else if (m.key == "except") read_exceptions(m.val, out);
        else if (m.key == "known") {
            for (auto const& k : object_of(m.val, "\"known\"")) {
                if (k.key != "knowledge-base" && k.key != "voice" &&
                    k.key != "conversation-flow-component")
                    refuse("\"known\" has knowledge-base, voice and conversation-flow-component, "
                           "not \"" +
                        k.key + "\"");
                out.known.emplace(k.key, texts_of(k.val, "\"known\": \"" + k.key + "\""));
            }
        } else {
            refuse("it knows rules, limits, node_types, known and except, not \"" + m.key + "\"");
        }
    }
    return out;
}

} // namespace trunkline::retell
