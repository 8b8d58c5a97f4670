#include "telephony_functions.hpp"
#include "telephony.hpp"
#include "telephony_document.hpp"

#include <trunkline/http/url.hpp>

namespace trunkline::retell::simulation {

json::value const* find_tool(json::value const& holder, std::string_view name)
{
    for (auto const* list : {"general_tools", "tools"})
        if (json::value const& tools = holder.at_or_null(list); tools.is_array())
            for (json::value const& tool : tools.as_array())
                if (tool.string_at("name") == name) return &tool;
    for (auto const* list : {"states", "nodes", "components"})
        if (json::value const& parts = holder.at_or_null(list); parts.is_array())
            for (json::value const& part : parts.as_array())
                if (auto const* found = find_tool(part, name)) return found;
    return nullptr;
}

namespace {

std::string plain_text(json::value const& v)
{
    return v.is_string() ? v.as_string() : json::to_text(v);
}

void add_pairs(std::string& out, json::value const& members, char first, char next)
{
    if (!members.is_object()) return;
    for (auto const& m : members.as_object()) {
        if (first) out += first;
        first = next;
        out += http::encode_query_component(m.key) + '=' +
            http::encode_query_component(plain_text(m.val));
    }
}

bool has_body(std::string_view method)
{
    return method != "GET" && method != "DELETE";
}

std::string method_of(json::value const& tool)
{
    return std::string(tool.string_at("method", "POST"));
}

} // namespace

std::string function_body(
    json::value const& tool, json::object const& call, json::value const& arguments)
{
    if (!has_body(tool.string_at("method", "POST"))) return {};
    json::value payload = tool.bool_at("args_at_root")
        ? arguments
        : json::object{{"name", tool.string_at("name")}, {"call", call}, {"args", arguments}};
    if (tool.string_at("parameter_type") != "form") return json::to_text(payload);
    std::string out;
    add_pairs(out, payload, 0, '&');
    return out;
}

std::string function_url(
    json::value const& tool, json::value const& arguments, json::value const& variables)
{
    auto out = fill_in(tool.string_at("url"), variables);
    auto const mark = [&] { return out.find('?') == out.npos ? '?' : '&'; };
    add_pairs(out, tool.at_or_null("query_params"), mark(), '&');
    if (!has_body(tool.string_at("method", "POST"))) add_pairs(out, arguments, mark(), '&');
    return out;
}

std::string_view cut_result(std::string_view text) noexcept
{
    constexpr std::size_t longest = 15'000;
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const begins = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (begins && ++characters > longest) return text.substr(0, i);
    }
    return text;
}

namespace {

/// A member or item of an answer; null where the path leads nowhere.
json::value const& at_path(json::value const& root, std::string_view path)
{
    static json::value const nothing;
    auto const* place = &root;
    while (!path.empty()) {
        bool const index = path.front() == '[';
        if (index || path.front() == '.') path.remove_prefix(1);
        auto const end = std::min(path.find_first_of(index ? "]" : ".["), path.size());
        auto const step = path.substr(0, end);
        path.remove_prefix(std::min(path.size(), end + (index ? 1 : 0)));
        if (auto const n = parse_integer(step); n && place->is_array()) {
            auto const& items = place->as_array();
            if (*n < 0 || static_cast<std::size_t>(*n) >= items.size()) return nothing;
            place = &items[static_cast<std::size_t>(*n)];
        } else place = &place->at_or_null(step);
    }
    return *place;
}

} // namespace

json::object picked_variables(json::value const& tool, json::value const& answer)
{
    json::object out;
    json::value const& wanted = tool.at_or_null("response_variables");
    if (!wanted.is_object() || !answer.is_object()) return out;
    for (auto const& m : wanted.as_object()) {
        json::value const& found = at_path(answer, m.val.string_or({}));
        if (!found.is_null()) out.set(m.key, plain_text(found));
    }
    return out;
}

/// Sends a tool call to where the tool is configured; the call waits for the answer.
void telephony::invoke(call_record& c, json::value const& tool, json::value const& arguments)
{
    json::value const* variables = c.doc.find("retell_llm_dynamic_variables");
    static json::value const none;
    letter l;
    l.event = "function";
    l.conversation = c.id;
    l.awaited = true;
    l.method = method_of(tool);
    l.url = function_url(tool, arguments, variables ? *variables : none);
    l.body = function_body(tool, c.doc, arguments);
    if (json::value const& headers = tool.at_or_null("headers"); headers.is_object())
        for (auto const& h : headers.as_object())
            l.headers.set(h.key, fill_in(h.val.string_or({}), variables ? *variables : none));
    if (has_body(l.method))
        l.headers.set("Content-Type",
            tool.string_at("parameter_type") == "form" ? "application/x-www-form-urlencoded"
                                                       : "application/json");
    l.timeout =
        std::chrono::milliseconds(std::max<std::int64_t>(1, tool.int_at("timeout_ms", 120'000)));
    l.retries = static_cast<unsigned>(std::clamp<std::int64_t>(tool.int_at("max_retry", 0), 0, 5));
    c.asked = now();
    c.waits_for = outbox_.post(std::move(l), now());
}

void telephony::returned(call_record& c, verdict const& v)
{
    auto const* engine = account_.engine_version(c.engine);
    auto const name = c.tools.back().string_at("name");
    json::value const* tool = engine ? find_tool(engine->doc->value, name) : nullptr;
    bool const done = v.outcome.ok();
    json::parse_error not_json;
    auto const answer = json::parse(v.outcome.body, not_json);
    if (done && tool && answer)
        for (auto const& m : picked_variables(*tool, *answer))
            c.doc["collected_dynamic_variables"].make_object().set(m.key, m.val);
    std::string const failure = v.outcome.status
        ? "Error: the function answered with status " + std::to_string(v.outcome.status)
        : "Error: the function did not answer";
    add_result(c, done ? cut_result(v.outcome.body) : std::string_view(failure), done);
    plan(c, now() + 1, call_act::speak);
}

/// Of the tool that was called last.
void telephony::add_result(call_record& c, std::string_view text, bool successful)
{
    auto& entries = c.list("transcript_with_tool_calls");
    auto const last = std::find_if(entries.rbegin(), entries.rend(),
        [](json::value const& e) { return e.string_at("role") == "tool_call_invocation"; });
    std::string const id(last == entries.rend() ? "" : last->string_at("tool_call_id"));
    add_event(c,
        {{"role", "tool_call_result"}, {"tool_call_id", id}, {"content", text},
            {"successful", successful}});
    auto& tool = c.tools.back().as_object();
    tool.set("latency_ms", now() - c.asked);
    tool.set("success", json::value(successful));
}

} // namespace trunkline::retell::simulation
