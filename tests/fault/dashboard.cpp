#include "fault/dashboard.hpp"

#include <trunkline/retell/exchange.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <algorithm>
#include <stdexcept>

namespace trunkline::fault {

json::value dashboard::ask(retell::call const& c) const
{
    http::request request;
    diagnostics diag;
    if (retell::encode(*c.op, c.args, request, diag)) throw std::logic_error(diag.message);
    request.headers.set("Authorization", "Bearer colleague");
    auto const reply = sim_.handle(request);
    if (reply.status < 200 || reply.status >= 300)
        throw std::logic_error(std::string(c.op->name) + " of a colleague: " + reply.body);
    return reply.body.empty() ? json::value() : json::parse(reply.body);
}

std::int64_t dashboard::newest_published(std::string const& agent) const
{
    std::int64_t newest = -1;
    auto const page = ask(retell::list_agent_versions(agent));
    for (auto const& v : page.find("items")->as_array())
        if (v.bool_at("is_published")) newest = std::max(newest, v.int_at("version"));
    return newest;
}

json::value dashboard::live_engine(std::string const& agent) const
{
    auto const e = sync::engine_of(ask(retell::get_agent(agent, newest_published(agent))));
    return ask(e->kind == retell::resource_kind::llm ? retell::get_llm(e->id, e->version)
                                                     : retell::get_flow(e->id, e->version));
}

} // namespace trunkline::fault
