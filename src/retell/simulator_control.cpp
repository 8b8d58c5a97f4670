#include "simulator_impl.hpp"
#include "simulator_switches.hpp"

#include <trunkline/core/diagnostics.hpp>

#include <functional>

/// The control path /__simulator/: state, log, faults and switches. For tests and demos.
namespace trunkline::retell {

using namespace simulation;

namespace {

json::value to_json(request_log_entry const& e)
{
    json::object out{{"sequence", e.sequence}, {"at", e.at}, {"method", e.method},
        {"target", e.target}, {"operation", e.operation}, {"status", e.status},
        {"inner_status", e.inner_status}, {"mutating", e.mutating}};
    if (!e.fault.empty()) out.set("fault", e.fault);
    return out;
}

json::value log_since(std::vector<request_log_entry> const& log, std::uint64_t since)
{
    json::array entries;
    for (auto const& e : log)
        if (e.sequence > since) entries.push_back(to_json(e));
    return json::object{{"entries", std::move(entries)}};
}

/// One fault, a list of them, or {"faults": [...]}.
std::vector<fault> parse_faults(json::value const& body)
{
    json::value const* list = body.find("faults");
    json::value const& source = list ? *list : body;
    std::vector<fault> out;
    if (!source.is_array()) out.push_back(fault::from_json(source));
    else
        for (json::value const& v : source.as_array()) out.push_back(fault::from_json(v));
    return out;
}

http::reply answer_with(json::value const& v)
{
    return json_reply(200, json::to_text(v));
}

/// What one control request needs.
class control_call {
public:
    simulator::impl& sim;
    json::value body;
    std::string_view since;
};

http::reply get_state(control_call& c)
{
    return json_reply(200, c.sim.state_text());
}

http::reply put_state(control_call& c)
{
    c.sim.load(c.body);
    return answer_with(json::object{{"loaded", true}});
}

http::reply get_log(control_call& c)
{
    auto const since = c.since.empty() ? 0 : parse_integer(c.since).value_or(-1);
    if (since < 0) refuse(400, "since must be a non-negative integer");
    return answer_with(log_since(c.sim.log, static_cast<std::uint64_t>(since)));
}

http::reply delete_log(control_call& c)
{
    c.sim.log.clear();
    return {204, {}};
}

http::reply get_stats(control_call& c)
{
    json::object by_operation;
    for (auto const& [name, count] : c.sim.by_operation) by_operation.set(name, count);
    return answer_with(json::object{{"requests", c.sim.reads + c.sim.writes}, {"reads", c.sim.reads},
        {"writes", c.sim.writes}, {"by_operation", std::move(by_operation)}});
}

http::reply delete_stats(control_call& c)
{
    c.sim.reads = c.sim.writes = 0;
    c.sim.by_operation.clear();
    return {204, {}};
}

http::reply get_faults(control_call& c)
{
    return answer_with(c.sim.faults.to_json());
}

http::reply add_faults(control_call& c)
{
    for (auto& f : parse_faults(c.body)) c.sim.faults.add(std::move(f));
    return get_faults(c);
}

http::reply delete_faults(control_call& c)
{
    c.sim.faults.clear();
    return {204, {}};
}

http::reply get_options(control_call& c)
{
    return answer_with(options_to_json(c.sim.options));
}

http::reply set_options(control_call& c)
{
    c.sim.options = changed_options(c.sim.options, c.body);
    return get_options(c);
}

http::reply edit(control_call& c)
{
    return answer_with(c.sim.account.edit(c.body));
}

http::reply add_unknown_fields(control_call& c)
{
    return answer_with(c.sim.account.add_unknown_fields(c.body.bool_at("touch", true)));
}

http::reply begin_call(control_call& c)
{
    return answer_with(c.sim.calls.begin(c.body));
}

http::reply receive_text(control_call& c)
{
    return answer_with(c.sim.calls.receive_text(c.body));
}

http::reply get_deliveries(control_call& c)
{
    return answer_with(c.sim.calls.delivery_report());
}

http::reply delete_deliveries(control_call& c)
{
    c.sim.calls.clear_delivery_report();
    return {204, {}};
}

class control_row {
public:
    std::string_view method, path;
    http::reply (*handler)(control_call&);
};

constexpr control_row control_rows[] = {
    {"GET", "state", get_state},
    {"PUT", "state", put_state},
    {"GET", "log", get_log},
    {"DELETE", "log", delete_log},
    {"GET", "stats", get_stats},
    {"DELETE", "stats", delete_stats},
    {"GET", "faults", get_faults},
    {"POST", "faults", add_faults},
    {"DELETE", "faults", delete_faults},
    {"GET", "options", get_options},
    {"POST", "options", set_options},
    {"POST", "edit", edit},
    {"POST", "calls", begin_call},
    {"POST", "chats", receive_text},
    {"GET", "deliveries", get_deliveries},
    {"DELETE", "deliveries", delete_deliveries},
    {"POST", "add-unknown-fields", add_unknown_fields},
};

json::value parse_control_body(http::request const& r)
{
    if (r.body.empty()) return {};
    json::parse_error where;
    auto v = json::parse(r.body, where);
    if (!v) refuse(400, "Invalid JSON body: " + where.message());
    return *std::move(v);
}

} // namespace

http::reply simulator::impl::control(
    http::request const& r, std::string_view path, std::string_view query)
{
    auto const row = std::ranges::find_if(
        control_rows, [&](control_row const& c) { return c.method == r.method && c.path == path; });
    if (row == std::end(control_rows))
        return json_reply(404, R"({"status":"error","message":"No such control path"})");
    try {
        auto const parameters = parse_query(query);
        control_call c{*this, parse_control_body(r), {}};
        for (auto const& [name, value] : parameters)
            if (name == "since") c.since = value;
        return row->handler(c);
    } catch (refusal& no) {
        return json_reply(no.status, std::move(no.body));
    } catch (error const& no) {
        return json_reply(
            400, json::to_text(json::object{{"status", "error"}, {"message", no.what()}}));
    }
}

} // namespace trunkline::retell
