#include "requests.hpp"

#include <trunkline/retell/operation.hpp>

namespace trunkline::capi {
namespace {

std::optional<retell::priority> priority_of(members& in)
{
    auto const t = in.text("priority");
    if (t.empty()) return std::nullopt;
    for (std::size_t i = 0; i < retell::priorities; ++i)
        if (auto const p = static_cast<retell::priority>(i); retell::name(p) == t) return p;
    throw error(errc::invalid_argument,
        "\"priority\" must be \"live_call\", \"booking\", \"admin\" or \"background\"");
}

json::array parameters_of(retell::operation const& op)
{
    json::array out;
    for (auto const p : retell::path_parameters(op)) out.emplace_back(p);
    for (auto const& q : op.query) out.push_back(std::string(q.name) + (q.required ? "" : "?"));
    if (op.body != retell::body_kind::none) out.emplace_back("body");
    return out;
}

std::string_view source_of(retell::answer const& a)
{
    return !a.cached ? "service" : a.stale ? "stale" : "cache";
}

} // namespace

json::value run_call(request_context& c)
{
    auto const name = c.in.required_text("operation");
    auto const* const op = retell::find_operation(name);
    if (!op)
        throw error(errc::unknown_operation,
            "there is no operation \"" + name.substr(0, 64) +
                "\" in the API; {\"op\": \"operations\"} lists them");
    auto const* const given = c.in.value("arguments");
    retell::call call(
        *op, retell::arguments::from_json(*op, given ? *given : json::value(json::object())));
    call.options.priority = priority_of(c.in);
    c.in.no_others();
    auto& center = c.owner.center(false);
    if (op->retry != retell::retry_class::safe) center.store().require_environment();
    diagnostics diag;
    retell::answer a;
    auto& service = center.client();
    if (auto const code = c.owner.run(a, diag,
            [&](diagnostics& d, auto token) { service.async_call(std::move(call), d, token); }))
        throw error(code, std::move(diag));
    json::object out{{"status", a.status}, {"body", std::move(a.body)}, {"source", source_of(a)},
        {"age_ms", a.age.count()}, {"degraded", a.degraded}};
    if (!a.request_id.empty()) out.set("request_id", a.request_id);
    return out;
}

json::value run_operations(request_context& c)
{
    auto const filter = c.in.text("filter");
    c.in.no_others();
    json::array list;
    for (auto const& op : retell::operations()) {
        if (op.name.find(filter) == op.name.npos && op.sdk_name.find(filter) == op.sdk_name.npos)
            continue;
        list.push_back(json::object{{"name", op.name}, {"sdk_name", op.sdk_name},
            {"method", op.method}, {"path", op.path},
            {"changes", op.retry != retell::retry_class::safe}, {"parameters", parameters_of(op)}});
    }
    return json::object{{"operations", std::move(list)}};
}

json::value run_backup(request_context& c)
{
    auto const file = c.in.required_text("file");
    c.in.no_others();
    c.owner.center(true).store().backup_to_file(file);
    return json::object{{"backup", file}};
}

json::value run_restore(request_context& c)
{
    auto const file = c.in.required_text("file");
    c.in.no_others();
    auto const replaced = c.owner.restore(file);
    return json::object{
        {"restored", file}, {"replaced", replaced.empty() ? json::value() : json::value(replaced)}};
}

json::value run_requests(request_context& c)
{
    c.in.no_others();
    return json::object{{"requests", request_catalogue()}};
}

json::value run_version(request_context& c)
{
    c.in.no_others();
    return json::object{{"version", trunkline_version_text()}};
}

} // namespace trunkline::capi
