#include <trunkline/http/url.hpp>
#include <trunkline/retell/exchange.hpp>

#include <retell/exchange_form.hpp>
#include <retell/exchange_text.hpp>

#include <algorithm>

namespace trunkline::retell {
namespace {

/// The answer to a call that cannot be sent: empty when there is nothing to complain about.
using complaint = std::string;

bool is_query_parameter(operation const& op, std::string_view name)
{
    return std::ranges::find(op.query, name, &query_parameter::name) != op.query.end();
}

bool is_path_parameter(operation const& op, std::string_view name)
{
    auto const names = path_parameters(op);
    return std::ranges::find(names, name) != names.end();
}

bool body_may_be_missing(operation const& op)
{
    return op.body == body_kind::none || op.paging != paging_kind::none;
}

/// "; it takes agent_id, version (optional) and a body"
std::string usage(operation const& op)
{
    std::string list;
    auto const add = [&](std::string_view text, std::string_view note = {}) {
        list.append(list.empty() ? "" : ", ").append(text).append(note);
    };
    for (auto const name : path_parameters(op)) add(name);
    for (auto const& q : op.query) add(q.name, q.required ? "" : " (optional)");
    if (op.body != body_kind::none) add("a body", body_may_be_missing(op) ? " (optional)" : "");
    return "; it takes " + (list.empty() ? "no parameters" : list);
}

std::string quoted(std::string_view name)
{
    return '"' + detail::excerpt(name, 60) + '"';
}

complaint check_parameters(operation const& op, arguments const& args)
{
    for (auto const& [name, value] : args.parameters)
        if (!is_path_parameter(op, name) && !is_query_parameter(op, name))
            return "unknown parameter " + quoted(name);
    for (auto const name : path_parameters(op)) {
        auto const at = args.parameters.find(name);
        if (at == args.parameters.end() || at->second.empty())
            return "parameter " + quoted(name) + " is missing";
        // Dots alone would be taken for a folder on the way and lead to another operation.
        if (at->second == "." || at->second == "..")
            return "parameter " + quoted(name) + " cannot be only dots";
    }
    for (auto const& q : op.query) {
        auto const at = args.parameters.find(q.name);
        if (q.required && (at == args.parameters.end() || at->second.empty()))
            return "parameter " + quoted(q.name) + " is missing";
    }
    return {};
}

complaint check_body(operation const& op, arguments const& args)
{
    if (op.body == body_kind::none && args.body) return "a body is given";
    if (op.body != body_kind::multipart && !args.files.empty()) return "files are given";
    bool const missing = !args.body && args.files.empty();
    if (missing && !body_may_be_missing(op)) return "the body is missing";
    if (args.body && !args.body->is_object()) return "the body is not a JSON object";
    return op.body == body_kind::multipart ? detail::check_form(args) : complaint{};
}

std::string make_target(operation const& op, arguments const& args)
{
    std::string target;
    auto rest = op.path;
    while (!rest.empty()) {
        auto const open = std::min(rest.find('{'), rest.size());
        target.append(rest.substr(0, open));
        rest.remove_prefix(open);
        if (rest.empty()) break;
        auto const close = rest.find('}');
        target += http::encode_path_segment(args.parameters.find(rest.substr(1, close - 1))->second);
        rest.remove_prefix(close + 1);
    }
    char separator = '?';
    for (auto const& q : op.query) {
        auto const at = args.parameters.find(q.name);
        if (at == args.parameters.end()) continue;
        target += separator;
        target.append(q.name).append("=").append(http::encode_query_component(at->second));
        separator = '&';
    }
    return target;
}

void put_body(operation const& op, arguments const& args, http::request& out)
{
    if (op.body == body_kind::json) {
        out.headers.set("Content-Type", "application/json");
        out.body = args.body ? json::to_text(*args.body) : "{}";
    }
    if (op.body == body_kind::multipart) {
        auto f = detail::encode_form(args);
        out.headers.set("Content-Type", std::move(f.content_type));
        out.body = std::move(f.text);
    }
}

/// A parameter given as a JSON value.
std::optional<std::string> parameter_text(json::value const& v)
{
    switch (v.kind()) {
    case json::kind::null: return "";
    case json::kind::boolean: return v.as_bool() ? "true" : "false";
    case json::kind::number: return v.as_number().text();
    case json::kind::string: return v.as_string();
    case json::kind::array:
    case json::kind::object: break;
    }
    return {};
}

[[noreturn]] void refuse(operation const& op, std::string_view what)
{
    throw error(
        errc::invalid_argument, std::string(op.name).append(": ").append(what).append(usage(op)));
}

} // namespace

arguments& arguments::set(std::string_view name, std::string_view value)
{
    parameters.insert_or_assign(std::string(name), std::string(value));
    return *this;
}

arguments& arguments::set(std::string_view name, std::int64_t value)
{
    return set(name, std::string_view(std::to_string(value)));
}

arguments& arguments::with_body(json::value v)
{
    body = std::move(v);
    return *this;
}

arguments& arguments::with_file(attachment file)
{
    files.push_back(std::move(file));
    return *this;
}

arguments arguments::from_json(operation const& op, json::value const& text)
{
    if (!text.is_object()) refuse(op, "the arguments are not a JSON object");
    arguments args;
    json::object rest;
    for (auto const& m : text.as_object()) {
        if (!is_path_parameter(op, m.key) && !is_query_parameter(op, m.key)) {
            rest.set(m.key, m.val);
            continue;
        }
        auto const value = parameter_text(m.val);
        if (!value) refuse(op, "parameter " + quoted(m.key) + " cannot be an array or an object");
        args.set(m.key, *value);
    }
    if (rest.empty()) return args;
    if (op.body == body_kind::none) refuse(op, "unknown parameter " + quoted(rest.begin()->key));
    if (auto const* body = rest.find("body"); body == nullptr) args.body = std::move(rest);
    else if (rest.size() == 1) args.body = *body;
    else refuse(op, "\"body\" is given beside other members of the body");
    return args;
}

error_code encode(operation const& op, arguments const& args, http::request& out, diagnostics& diag)
{
    diag.clear();
    diag.operation = op.name;
    auto wrong = check_parameters(op, args);
    if (wrong.empty()) wrong = check_body(op, args);
    if (!wrong.empty()) {
        diag.message = std::string(op.name).append(": ").append(wrong).append(usage(op));
        return errc::invalid_argument;
    }
    out = http::request();
    out.method = op.method;
    out.target = make_target(op, args);
    out.headers.set("Accept", op.result == result_kind::nothing ? "*/*" : "application/json");
    put_body(op, args, out);
    return {};
}

} // namespace trunkline::retell
