#include "call_view.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>
#include <trunkline/http/url.hpp>
#include <trunkline/retell/catalogue.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>

namespace cli {

using trunkline::errc;
using trunkline::error;
using trunkline::retell::answer;
using trunkline::retell::operation;
using trunkline::retell::resource_kind;
using trunkline::retell::retry_class;

operation const& operation_named(std::string const& name)
{
    if (auto const* const op = trunkline::retell::find_operation(name)) return *op;
    std::vector<std::string_view> names;
    for (auto const& op : trunkline::retell::operations()) names.push_back(op.name);
    auto const guess = nearest(name, names);
    throw usage_error("unknown operation " + name +
        (guess.empty() ? std::string("; see trunkline operations")
                       : "; did you mean " + guess + "? (trunkline operations lists all)"));
}

namespace {

/// The kind whose rules say where secrets stand. Where none fits, names alone decide, as in unknown parts of any.
resource_kind kind_of(operation const& op)
{
    auto const speaks_of = [&](std::string_view word) { return op.name.find(word) != op.name.npos; };
    if (speaks_of("retell-llm")) return resource_kind::llm;
    if (speaks_of("conversation-flow")) return resource_kind::flow;
    if (speaks_of("phone-number")) return resource_kind::phone_number;
    return resource_kind::agent;
}

/// Replaces every secret of a document, or of each document of a list. Returns how many there were.
std::size_t mask(resource_kind kind, json::value& v)
{
    std::size_t masked = 0;
    if (v.is_array()) {
        for (auto& item : v.as_array()) masked += mask(kind, item);
        return masked;
    }
    if (auto* const items = v.find("items"); items && items->is_array())
        masked += mask(kind, *items);
    trunkline::retell::for_each_secret(kind, v, [&](std::string_view) {
        ++masked;
        return std::string("***");
    });
    return masked;
}

trunkline::retell::arguments read_arguments(session const& s, operation const& op)
{
    json::value document = json::object{};
    if (s.options.arguments.size() > 1) {
        auto const& given = s.options.arguments[1];
        document = given == "-" ? parse_json(read_file_or_input("-"), "standard input")
                                : parse_json(given, "the arguments of " + std::string(op.name));
    }
    auto args = trunkline::retell::arguments::from_json(op, document);
    for (auto const& file : s.options.files) args.with_file(read_attachment(file));
    return args;
}

std::string service_name(session const& s)
{
    auto const url = trunkline::http::parse_url(s.client_options().base_url);
    return url ? url->origin() : "the service";
}

/// Writing past the plan is possible, but not into another environment by mistake.
void require_environment(session& s)
{
    if (!s.store_exists()) return;
    auto o = s.store_options();
    o.read_only = true;
    trunkline::store::store::open(s.options.store_url, o).require_environment();
}

exit_code show_request(session& s, operation const& op, trunkline::retell::arguments args)
{
    if (args.body && !s.options.show_secrets) mask(kind_of(op), *args.body);
    trunkline::http::request request;
    diagnostics diag;
    if (auto const code = encode(op, args, request, diag)) return s.fail(code, diag);
    json::object o{{"dry_run", true}, {"method", request.method}, {"target", request.target}};
    if (args.body) o.set("body", *args.body);
    json::array files;
    for (auto const& f : args.files)
        files.push_back(json::object{{"field", f.field}, {"filename", f.filename},
            {"content_type", f.content_type}, {"bytes", f.content.size()}});
    if (!files.empty()) o.set("files", files);
    s.out.document(o);
    s.out.print(line("would send ").add(request.method + " " + request.target, style::bold));
    if (args.body && !s.out.json())
        s.out.raw(printable_json(json::to_text(*args.body, json::style::pretty)) + "\n");
    for (auto const& f : args.files)
        s.out.print("  " + f.field + ": " + f.filename + ", " + f.content_type + ", " +
            counted(f.content.size(), "byte"));
    return exit_code::done;
}

void show_answer(session& s, operation const& op, answer a, json::array calls)
{
    std::size_t const masked = s.options.show_secrets ? 0 : mask(kind_of(op), a.body);
    if (s.options.explain && s.out.json()) {
        s.out.document(json::object{{"answer", std::move(a.body)}, {"calls", std::move(calls)}});
        return;
    }
    if (a.body.is_null() && !s.out.json()) {
        s.out.report(std::string(op.name) + ": done (" + std::to_string(a.status) + ")");
        return;
    }
    s.out.raw(printable_json(json::to_text(a.body, json::style::pretty)) + "\n");
    if (masked > 0) s.out.note(counted(masked, "secret") + " masked; --show-secrets shows them");
}

/// Rows are printed as they come, page by page, so that a reader may stop when it has enough.
exit_code show_all(session& s, trunkline::retell::client& client, operation const& op,
    trunkline::retell::arguments args)
{
    auto pages = client.pages(op, std::move(args));
    std::size_t masked = 0;
    auto code = exit_code::done;
    while (code == exit_code::done && !pages.done()) {
        auto r = s.run<std::vector<json::value>>(
            [&](diagnostics& diag, auto token) { pages.async_next(diag, std::move(token)); });
        if (!r.ok()) code = s.fail(r.code, r.diag);
        for (auto& row : r.result) {
            if (!s.options.show_secrets) masked += mask(kind_of(op), row);
            s.out.raw(printable_json(json::to_text(row)) + "\n");
        }
        if (!s.out.flush()) code = exit_code::error;
    }
    if (masked > 0) s.out.note(counted(masked, "secret") + " masked; --show-secrets shows them");
    if (s.options.explain) explain(s.out, client.recent_calls());
    return code;
}

std::string_view name_of(retry_class r)
{
    switch (r) {
    case retry_class::safe: return "reads";
    case retry_class::idempotent: return "changes";
    case retry_class::once: return "changes, once";
    }
    return {};
}

std::vector<std::string> parameters_of(operation const& op)
{
    std::vector<std::string> out;
    for (auto const p : trunkline::retell::path_parameters(op)) out.emplace_back(p);
    for (auto const& q : op.query) out.push_back(std::string(q.name) + (q.required ? "" : "?"));
    if (op.body != trunkline::retell::body_kind::none) out.emplace_back("body");
    return out;
}

} // namespace

exit_code run_call(session& s)
{
    auto const& op = operation_named(s.options.arguments[0]);
    auto args = read_arguments(s, op);
    if (s.options.all && s.out.json())
        throw usage_error("--all prints one JSON document a row already; leave --json out");
    if (s.options.dry_run) return show_request(s, op, std::move(args));
    bool const changes = op.retry != retry_class::safe;
    if (changes) s.require_consent(op.name);
    s.require_service();
    if (changes) require_environment(s);
    if (changes && !s.options.yes &&
        !s.out.ask(
            std::string(op.name) + " changes the account at " + service_name(s) + ". Send it?"))
        throw error(errc::canceled, "not confirmed; nothing was sent");
    trunkline::retell::client client(s.io().get_executor(), s.client_options());
    if (s.options.all) return show_all(s, client, op, std::move(args));
    auto r = s.run<answer>([&](diagnostics& diag, auto token) {
        client.async_call(op, std::move(args), diag, std::move(token));
    });
    auto const calls = s.options.explain ? client.recent_calls() : decltype(client.recent_calls())();
    explain(s.out, calls);
    if (!r.ok())
        return s.fail(r.code, r.diag,
            s.options.explain ? json::object{{"calls", explained(calls)}} : json::object{});
    show_answer(s, op, std::move(r.result), explained(calls));
    return exit_code::done;
}

exit_code run_operations(session& s)
{
    auto const filter = s.options.arguments.empty() ? std::string() : s.options.arguments[0];
    json::array list;
    for (auto const& op : trunkline::retell::operations()) {
        if (op.name.find(filter) == op.name.npos && op.sdk_name.find(filter) == op.sdk_name.npos)
            continue;
        auto const parameters = parameters_of(op);
        list.push_back(json::object{{"name", op.name}, {"sdk_name", op.sdk_name},
            {"method", op.method}, {"path", op.path}, {"changes", op.retry != retry_class::safe},
            {"parameters", json::array(parameters.begin(), parameters.end())}});
        s.out.print(line()
                        .add(padded(op.name, 38), style::bold)
                        .add(padded(op.method, 7))
                        .add(padded(name_of(op.retry), 14),
                            op.retry == retry_class::safe ? style::dim : style::yellow)
                        .add(joined(parameters)));
    }
    if (list.empty()) s.out.report("No operation is called like that.");
    s.out.document(json::object{{"operations", std::move(list)}});
    return exit_code::done;
}

} // namespace cli
