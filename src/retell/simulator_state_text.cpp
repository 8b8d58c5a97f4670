#include "simulator_account.hpp"

namespace trunkline::retell::simulation {

namespace {

void append_member(std::string& out, std::string_view name, json::value const& v)
{
    if (out.back() != '{') out += ',';
    json::append_text(out, json::value(name));
    out += ':';
    json::append_text(out, v);
}

void append_record(
    std::string& out, std::string_view id_member, versioned const& v, agent_record const* agent)
{
    if (out.back() != '[') out += ',';
    out += '{';
    append_member(out, id_member, v.id);
    if (agent && agent->channel == channel::chat) append_member(out, "channel", "chat");
    if (agent) append_member(out, "tags", agent->tags);
    if (agent) append_member(out, "user_modified_timestamp", v.position);
    for (auto const& m : v.extra) append_member(out, m.key, m.val);
    out += ",\"versions\":[";
    for (auto const& r : v.revisions) {
        if (&r != &v.revisions.front()) out += ',';
        out += r.doc->text;
    }
    out += "]}";
}

void append_engines(std::string& out, engine_kind kind, inventory const& data)
{
    bool const flow = kind == engine_kind::flow;
    out += flow ? ",\"conversation_flows\":[" : ",\"retell_llms\":[";
    for (auto const& [position, id] : data.engines(kind).order())
        append_record(
            out, flow ? "conversation_flow_id" : "llm_id", *data.engines(kind).find(id), {});
    out += ']';
}

void append_numbers(std::string& out, inventory const& data)
{
    json::object secrets;
    out += ",\"phone_numbers\":[";
    for (auto const& [position, id] : data.numbers.order()) {
        auto const& n = *data.numbers.find(id);
        if (out.back() != '[') out += ',';
        out += n.doc->text;
        if (!n.password.empty()) secrets.set(id, n.password);
    }
    out += ']';
    append_member(out, "phone_number_secrets", std::move(secrets));
}

} // namespace

std::string account::state_text() const
{
    std::string out = "{\"format\":1,\"agents\":[";
    for (auto const& [position, id] : data_.agents.order()) {
        auto const& a = *data_.agents.find(id);
        append_record(out, "agent_id", a, &a);
    }
    out += ']';
    append_engines(out, engine_kind::llm, data_);
    append_engines(out, engine_kind::flow, data_);
    append_numbers(out, data_);
    append_member(out, "voices", data_.voices);
    if (!data_.mcp_servers.empty()) append_member(out, "mcp_servers", data_.mcp_servers);
    data_.shelves.append_to(out);
    append_member(out, "next_id", data_.next_id);
    append_member(out, "last_timestamp", data_.last_timestamp);
    for (auto const& m : data_.extra) append_member(out, m.key, m.val);
    out += '}';
    return out;
}

} // namespace trunkline::retell::simulation
