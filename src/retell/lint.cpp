#include "retell/lint_parts.hpp"
#include "retell/number_rules.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>

namespace trunkline::retell {

using detail::lint_items;
using detail::lint_quoted;
using detail::lint_sink;

namespace detail {

namespace {

bool is_within(std::string_view place, std::string_view pointer)
{
    return pointer.starts_with(place) &&
        (pointer.size() == place.size() || pointer[place.size()] == '/');
}

bool is_excepted(lint_exception const& e, lint_finding const& f)
{
    return (e.rule.empty() || e.rule == f.rule) && (e.file.empty() || e.file == f.file) &&
        (e.pointer.empty() || is_within(e.pointer, f.pointer));
}

} // namespace

void lint_sink::add(std::string_view rule, json::pointer const& at, std::string message)
{
    auto const* const known = find_lint_rule(rule);
    lint_finding f;
    f.rule = rule;
    f.severity = known->severity;
    f.hint = known->hint;
    if (auto const set = config_.severities.find(rule); set != config_.severities.end())
        f.severity = set->second;
    if (f.severity == lint_severity::off) return;
    f.file = file_;
    f.pointer = at.text();
    f.message = std::move(message);
    if (std::ranges::none_of(
            config_.exceptions, [&](lint_exception const& e) { return is_excepted(e, f); }))
        out_.push_back(std::move(f));
}

json::array const& lint_items(json::value const& v) noexcept
{
    static json::array const none;
    return v.is_array() ? v.as_array() : none;
}

std::string lint_quoted(std::string_view text)
{
    constexpr std::size_t most = 64;
    if (text.size() <= most) return "\"" + std::string(text) + "\"";
    auto cut = most;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    return "\"" + std::string(text.substr(0, cut)) + "\u2026\"";
}

std::string lint_quoted(std::vector<std::string> const& names)
{
    constexpr std::size_t most = 6;
    auto const shown = names.size() > most + 1 ? most : names.size();
    std::string out;
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
        out += lint_quoted(names[i]);
    }
    if (shown < names.size()) out += " and " + std::to_string(names.size() - shown) + " more";
    return out;
}

} // namespace detail

namespace {

constexpr std::string_view pins[] = {
    "inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents"};

std::string_view folder_of(resource_kind k) noexcept
{
    switch (k) {
    case resource_kind::agent: return "@agents/";
    case resource_kind::llm: return "@llms/";
    case resource_kind::flow: return "@flows/";
    case resource_kind::phone_number: return "@numbers/";
    case resource_kind::knowledge_base: break;
    }
    return "@knowledge/";
}

/// What documents may refer to.
class directory {
public:
    explicit directory(std::span<lint_document const> documents)
    {
        for (auto const& d : documents) {
            if (!d.id.empty()) by_id_[d.kind].emplace(d.id, &d);
            if (!d.reference.empty()) by_reference_.emplace(d.reference, &d);
        }
    }

    lint_document const* find(resource_kind kind, std::string_view text) const
    {
        if (auto const named = by_reference_.find(text); named != by_reference_.end())
            return named->second;
        auto const of_kind = by_id_.find(kind);
        if (of_kind == by_id_.end()) return nullptr;
        auto const found = of_kind->second.find(text);
        return found == of_kind->second.end() ? nullptr : found->second;
    }

    /// Whether a reference of this form would have to be here.
    bool is_complete(resource_kind kind, std::string_view text) const
    {
        return text.starts_with(folder_of(kind)) ? !by_reference_.empty() : by_id_.contains(kind);
    }

private:
    std::map<std::string, lint_document const*, std::less<>> by_reference_;
    std::map<resource_kind, std::map<std::string, lint_document const*, std::less<>>> by_id_;
};

/// Where a walk is. Most places are passed by, so a pointer is made only of those that are told.
class walked_place {
public:
    walked_place() = default; ///< The document.
    walked_place(walked_place const& above, std::string_view key) : above_(&above), key_(key) {}
    walked_place(walked_place const& above, std::size_t index) : above_(&above), index_(index) {}

    json::pointer pointer() const
    {
        if (!above_) return {};
        return index_ ? above_->pointer() / *index_ : above_->pointer() / key_;
    }

private:
    walked_place const* above_ = nullptr;
    std::string_view key_;
    std::optional<std::size_t> index_;
};

class reference_check {
public:
    reference_check(directory const& all, lint_sink& out) : all_(all), out_(out) {}

    void walk(field_cursor at, json::value const& v, walked_place const& place)
    {
        if (v.is_string()) {
            if (at.cls() == field_class::reference && !v.as_string().empty())
                check(at.rule()->target, v.as_string(), place);
        } else if (v.is_object()) {
            for (auto const& m : v.as_object()) {
                auto const below = at.member(m.key);
                if (below.cls() != field_class::reference || holds(below.rule()->key, v))
                    walk(below, m.val, walked_place(place, m.key));
            }
        } else if (v.is_array()) {
            std::size_t index = 0;
            for (auto const& item : v.as_array())
                walk(at.item(), item, walked_place(place, index++));
        }
    }

private:
    /// "member=value": a reference only where that member says so.
    static bool holds(std::string_view condition, json::value const& siblings)
    {
        auto const equals = condition.find('=');
        return condition.empty() ||
            siblings.string_at(condition.substr(0, equals)) == condition.substr(equals + 1);
    }

    void check(std::string_view target, std::string const& text, walked_place const& place)
    {
        if (detail::has_variable(text)) return;
        auto const kind = parse_resource_kind(target);
        bool const is_name = kind && text.starts_with(folder_of(*kind));
        if (!is_name && target != "voice" &&
            (kind == resource_kind::phone_number ? detail::is_placeholder_number(text)
                                                 : detail::is_placeholder_id(text)))
            return out_.add(
                "placeholder-id", place.pointer(), lint_quoted(text) + " is a placeholder");
        bool dangling = kind && all_.is_complete(*kind, text) && !all_.find(*kind, text);
        if (auto const listed = out_.config().known.find(target);
            (!kind || kind == resource_kind::knowledge_base) && !is_name &&
            listed != out_.config().known.end())
            dangling = !listed->second.contains(text);
        if (dangling)
            out_.add("dangling-reference", place.pointer(),
                "there is no " + std::string(target) + " " + lint_quoted(text));
    }

    directory const& all_;
    lint_sink& out_;
};

/// A webhook that is not there is none.
void check_url(json::value const& document, std::string_view member, lint_sink& out)
{
    if (auto const url = document.string_at(member); !url.empty())
        detail::lint_url(url, std::string(member), "webhook-url", json::pointer() / member, out);
}

void lint_agent(lint_document const& d, directory const& all, lint_sink& out)
{
    auto const& agent = d.document;
    for (auto const member : {"nodes", "start_node_id", "global_prompt", "general_prompt",
             "general_tools", "states", "tools", "conversation_flow", "retell_llm"})
        if (agent.find(member))
            out.add("flow-in-agent", json::pointer() / member,
                std::string(member) + " belongs to the engine; an agent does not have it");
    check_url(agent, "webhook_url", out);

    auto const& engine = agent.at_or_null("response_engine");
    auto const at = json::pointer("/response_engine");
    auto const type = engine.string_at("type");
    if (type == "custom-llm") {
        auto const url = engine.string_at("llm_websocket_url");
        if (url.empty())
            return out.add("agent-no-engine", at, "the engine has no llm_websocket_url");
        return detail::lint_url(
            url, "llm_websocket_url", "webhook-url", at / "llm_websocket_url", out, "ws");
    }
    auto const kind = type == "retell-llm" ? std::optional(resource_kind::llm)
        : type == "conversation-flow"      ? std::optional(resource_kind::flow)
                                           : std::nullopt;
    if (!kind) {
        out.add("agent-no-engine", at,
            engine.is_object() ? "the engine is of the unknown type " + lint_quoted(type)
                               : std::string("the agent has no response engine"));
        return;
    }
    auto const member = *kind == resource_kind::llm ? "llm_id" : "conversation_flow_id";
    auto const id = engine.string_at(member);
    if (id.empty())
        return out.add("agent-no-engine", at, "the engine has no " + std::string(member));
    // In files a release fills the version in.
    if (!d.from_file && !engine.at_or_null("version").is_number())
        out.add("unpinned-engine", at, "the engine has no version");
    if (auto const* const found = all.find(*kind, id);
        found && detail::lint_tool_count(found->document) == 0)
        out.add("agent-no-tools", at, "the engine has no tools");
}

void lint_number(lint_document const& d, lint_sink& out)
{
    auto const& number = d.document;
    for (auto const member : pins) {
        auto const at = json::pointer() / member;
        auto const& list = number.at_or_null(member);
        if (auto const wrong = detail::weight_problem(list); !wrong.empty())
            out.add("weights", at, std::string(member) + ": " + wrong);
        std::size_t index = 0;
        for (auto const& pin : lint_items(list)) {
            auto const place = at / index++ / "agent_version";
            auto const& version = pin.at_or_null("agent_version");
            if (version.is_number() || (d.from_file && version.string_or("") == "released"))
                continue;
            out.add("number-unpinned", place,
                std::string(member) + " is bound to " +
                    (version.is_null() ? std::string("no version")
                                       : lint_quoted(version.string_or("something else"))) +
                    " of " + lint_quoted(pin.string_at("agent_id")));
        }
    }
    for (auto const member : {"inbound_webhook_url", "inbound_sms_webhook_url"})
        check_url(number, member, out);
    if (lint_items(number.at_or_null("inbound_agents")).empty() &&
        number.string_at("inbound_agent_id").empty() &&
        number.string_at("inbound_webhook_url").empty())
        out.add("number-unbound", json::pointer(), "nobody answers this number");
}

void lint_secrets(lint_document const& d, lint_sink& out)
{
    auto copy = d.document;
    std::size_t in_clear = 0;
    for_each_secret(d.kind, copy, [&](std::string_view secret) {
        if (!secret.starts_with("@secret:") && !secret.starts_with("@env:")) ++in_clear;
        return std::string(secret);
    });
    if (in_clear > 0)
        out.add("secret-in-file", json::pointer(),
            in_clear == 1 ? "a secret stands here in clear"
                          : std::to_string(in_clear) + " secrets stand here in clear");
}

void lint_one(lint_document const& d, directory const& all, lint_sink& out)
{
    if (!d.document.is_object())
        return out.add("unreadable", json::pointer(), "the document is no JSON object");
    switch (d.kind) {
    case resource_kind::agent: lint_agent(d, all, out); break;
    case resource_kind::llm: detail::lint_llm(d.document, out); break;
    case resource_kind::flow: detail::lint_flow(d.document, out); break;
    case resource_kind::phone_number: lint_number(d, out); break;
    case resource_kind::knowledge_base: break;
    }
    if (d.kind == resource_kind::llm || d.kind == resource_kind::flow) {
        auto const n = detail::lint_tool_count(d.document);
        if (n > out.config().limits.tools)
            out.add("too-many-tools", json::pointer(),
                std::to_string(n) + " tools, more than " + std::to_string(out.config().limits.tools));
    }
    reference_check(all, out).walk(field_cursor(d.kind), d.document, walked_place());
    if (d.from_file) lint_secrets(d, out);
    for (auto const& place : damaged_objects(d.kind, d.document))
        // Not of the vendor's types: nobody else minds how it is written.
        if (!place.ends_with("/parameter_mapping"))
            out.add("damaged-object", json::pointer(place), "[] stands where an object belongs");
}

/// Who falls back to whom, over all numbers; told where the first wrong step is taken.
void lint_fallbacks(std::span<lint_document const> documents, lint_config const& config,
    std::vector<lint_finding>& out)
{
    std::map<std::string, json::value const*> numbers;
    std::map<std::string, std::string> files;
    for (auto const& d : documents)
        if (d.kind == resource_kind::phone_number) {
            auto const number = d.id.empty() ? d.document.string_at("phone_number") : d.id;
            if (number.empty()) continue;
            // Files name other numbers as they name any other resource.
            numbers.emplace(d.reference.empty() ? number : d.reference, &d.document);
            files.emplace(d.reference.empty() ? number : d.reference, d.file);
        }
    auto const wrong = detail::fallback_problem(numbers);
    if (wrong.empty()) return;
    auto const first = files.find(wrong.substr(0, wrong.find(' ')));
    lint_sink(config, first == files.end() ? std::string() : first->second, out)
        .add("fallback-graph", json::pointer("/fallback_number"), wrong);
}

} // namespace

std::vector<lint_finding> lint(std::span<lint_document const> documents, lint_config const& config)
{
    directory const all(documents);
    std::vector<lint_finding> out;
    for (auto const& d : documents) {
        lint_sink sink(config, d.file, out);
        lint_one(d, all, sink);
    }
    lint_fallbacks(documents, config, out);
    return out;
}

std::optional<resource_kind> guess_kind(json::value const& document) noexcept
{
    auto const any = [&](std::initializer_list<std::string_view> members) {
        return std::ranges::any_of(members, [&](auto m) { return document.find(m) != nullptr; });
    };
    if (any({"response_engine", "agent_name"})) return resource_kind::agent;
    if (any({"nodes", "start_node_id", "global_prompt", "conversation_flow_id"}))
        return resource_kind::flow;
    if (any({"general_prompt", "general_tools", "states", "llm_id"})) return resource_kind::llm;
    if (any({"phone_number", "inbound_agents", "outbound_agents"}))
        return resource_kind::phone_number;
    if (any({"agent_id", "voice_id"})) return resource_kind::agent;
    return std::nullopt;
}

} // namespace trunkline::retell
