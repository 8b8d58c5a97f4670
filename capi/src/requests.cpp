#include "requests.hpp"
#include "client.hpp"
#include "members.hpp"

#include <algorithm>

namespace trunkline::capi {
namespace {

json::array names_of(request_spec const& s)
{
    json::array out;
    for (auto const& m : s.members)
        out.push_back(json::object{
            {"name", m.name}, {"type", m.type}, {"required", m.required}, {"text", m.text}});
    return out;
}

std::string document_of(
    request_spec const& spec, json::object const& request, account& a, progress_target& progress)
{
    members m(request, "request \"" + std::string(spec.name) + "\"");
    m.required_text("op");
    request_context context{a, m, progress};
    return json::to_text(spec.run(context));
}

} // namespace

json::array request_catalogue()
{
    json::array out;
    for (auto const& s : request_table())
        out.push_back(json::object{
            {"op", s.name}, {"text", s.text}, {"members", names_of(s)}, {"answer", s.answer}});
    return out;
}

std::string run_request(account& a, std::string_view request, progress_target& progress)
{
    auto const document = json::parse(request);
    if (!document.is_object())
        throw error(errc::invalid_argument, "a request must be a JSON object with a member \"op\"");
    auto const op = members(document.as_object(), "the request").required_text("op");
    auto const table = request_table();
    auto const spec = std::ranges::find(table, op, &request_spec::name);
    if (spec == table.end())
        throw error(errc::unknown_operation,
            "there is no request \"" + op.substr(0, 64) +
                "\"; {\"op\": \"requests\"} lists them, {\"op\": \"call\"} reaches the API");
    return document_of(*spec, document.as_object(), a, progress);
}

} // namespace trunkline::capi
