#include "call_view.hpp"
#include "session.hpp"

#include <trunkline/retell/limits.hpp>
#include <trunkline/retell/request_options.hpp>

namespace cli {

using namespace trunkline::retell;

namespace {

std::string_view sentence(retry_class r)
{
    switch (r) {
    case retry_class::safe: return "Reads; repeated freely when it fails.";
    case retry_class::idempotent: return "Changes something; may be repeated when it fails.";
    case retry_class::once:
        return "Changes something once: never repeated after it was sent, unless the service "
               "refused it (429).";
    }
    return {};
}

/// The field of a form that takes files.
std::string file_field(operation const& op)
{
    if (op.name.find("knowledge-base") != op.name.npos) return "knowledge_base_files";
    return op.name == "clone-voice" ? "files" : "file";
}

std::string body_text(operation const& op)
{
    if (op.body == body_kind::multipart)
        return "a form: members of the JSON are its fields, files come by --file " +
            file_field(op) + "=PATH";
    if (op.paging != paging_kind::none) return "JSON: a filter; may be left out";
    return op.body == body_kind::json ? "JSON" : "none";
}

std::string_view result_text(result_kind r)
{
    switch (r) {
    case result_kind::nothing: return "nothing";
    case result_kind::object: return "an object";
    case result_kind::array: return "an array";
    case result_kind::page: return "a page of items; --all reads them all, one a line";
    }
    return {};
}

/// "trunkline call get-agent '{"agent_id": "..."}'", with what cannot be left out.
std::string example(operation const& op)
{
    std::string members;
    auto const add = [&](std::string_view name) {
        members.append(members.empty() ? "" : ", ").append("\"").append(name).append("\": \"...\"");
    };
    for (auto const name : path_parameters(op)) add(name);
    for (auto const& q : op.query)
        if (q.required) add(q.name);
    if (op.body != body_kind::none && op.paging == paging_kind::none)
        members.append(members.empty() ? "" : ", ").append("...");
    auto const json = members.empty() ? std::string() : " '{" + members + "}'";
    return "trunkline call " + std::string(op.name) + json +
        (op.body == body_kind::multipart ? " --file " + file_field(op) + "=PATH" : std::string());
}

} // namespace

std::string operation_help(operation const& op)
{
    std::string out = std::string(op.name) + ": " + std::string(op.method) + " " +
        std::string(op.path) + "\n\n" + std::string(sentence(op.retry)) + "\n\n";
    auto const row = [&](std::string_view name, std::string_view text) {
        out.append("  ").append(padded(name, 24)).append(" ").append(text).append("\n");
    };
    for (auto const name : path_parameters(op)) row(name, "in the path, required");
    for (auto const& q : op.query)
        row(q.name, q.required ? "in the query, required" : "in the query, may be left out");
    row("body", body_text(op));
    row("answer", result_text(op.result));
    row("success", std::to_string(op.success));
    row("official SDK", op.sdk_name);
    row("traffic", name(traffic_of(op)));
    row("priority", name(default_priority(op)));
    return out + "\nExample:\n  " + example(op) + "\n";
}

} // namespace cli
