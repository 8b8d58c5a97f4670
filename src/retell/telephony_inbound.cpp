#include "telephony.hpp"

namespace trunkline::retell::simulation {

namespace {

std::string number_of(json::value const& what, std::string_view name)
{
    if (what.string_at(name).empty()) refuse(400, std::string(name) + " is required");
    return std::string(what.string_at(name));
}

} // namespace

/// Somebody calls one of the account's numbers, which may have to be asked about first.
call_record& telephony::ring(json::value const& what)
{
    auto const to = number_of(what, "to_number");
    number_of(what, "from_number");
    auto c = new_phone_call(what, "inbound");
    if (auto const drawn = draw(to, "inbound_agents", c)) assign(c, *drawn, {});
    std::string const url(account_.number(to).doc->value.string_at("inbound_webhook_url"));
    auto& record = admit(std::move(c));
    if (url.empty()) admit_inbound(record);
    else ask(record, url);
    return record;
}

void telephony::ask(call_record& c, std::string const& url)
{
    enter(c, call_phase::asking);
    json::object question{{"call_id", c.id}, {"from_number", c.text("from_number")},
        {"to_number", c.text("to_number")}};
    if (!c.text("agent_id").empty()) {
        question.set("agent_id", c.text("agent_id"));
        question.set("agent_version", c.integer("agent_version"));
    }
    if (json::value const* headers = c.doc.find("custom_sip_headers"))
        question.set("custom_sip_headers", *headers);
    letter l;
    l.event = "call_inbound";
    l.conversation = c.id;
    l.awaited = true;
    l.url = url;
    l.retries = options_.webhooks.retries;
    l.timeout = options_.webhooks.timeout;
    l.headers.set("Content-Type", "application/json");
    l.body = json::to_text(json::object{{"event", "call_inbound"}, {"event_timestamp", now()},
        {"call_inbound", std::move(question)}});
    c.asked = now();
    c.waits_for = outbox_.post(std::move(l), now());
}

/// What the number's webhook says, if it says anything that can be used.
void telephony::answered(call_record& c, webhook_outcome const& outcome)
{
    json::parse_error not_json;
    auto const reply = outcome.ok() ? json::parse(outcome.body, not_json) : std::nullopt;
    if (reply && follow(c, reply->at_or_null("call_inbound"))) return;
    admit_inbound(c);
}

namespace {

bool is_absent_or_texts(json::value const& v)
{
    return v.is_null() ||
        (v.is_object() && std::ranges::all_of(v.as_object(), [](json::member const& m) {
            return m.val.is_string();
        }));
}

bool is_absent_or_object(json::value const& v)
{
    return v.is_null() || v.is_object();
}

bool are_overrides(json::value const& v)
{
    if (v.is_null()) return true;
    return v.is_object() && is_absent_or_object(v.at_or_null("agent")) &&
        is_absent_or_object(v.at_or_null("retell_llm")) &&
        is_absent_or_object(v.at_or_null("conversation_flow"));
}

} // namespace

/// False when the reply, void as a whole if any of it is, changes nothing.
bool telephony::follow(call_record& c, json::value const& reply)
{
    json::value const& variables = reply.at_or_null("dynamic_variables");
    json::value const& metadata = reply.at_or_null("metadata");
    if (!reply.is_object() || !is_absent_or_texts(variables) || !is_absent_or_object(metadata))
        return false;
    json::value const& reject = reply.at_or_null("reject");
    if (reject.is_bool() && reject.as_bool()) {
        end(c, "user_declined", now());
        return true;
    }
    json::value const& overrides = reply.at_or_null("agent_override");
    json::value const& agent = reply.at_or_null("override_agent_id");
    if (!are_overrides(overrides) || !(agent.is_null() || agent.is_string())) return false;
    try {
        auto to = assignment_of(reply, "override_agent_id", "override_agent_version");
        if (to.agent_id.empty()) to.agent_id = c.text("agent_id");
        bool const same_version = to.version.empty() && to.agent_id == c.text("agent_id");
        if (same_version && !to.agent_id.empty())
            to.version = std::to_string(c.integer("agent_version"));
        if (!to.agent_id.empty()) assign(c, to, overrides);
    } catch (refusal const&) {
        return false; // an agent or a version that does not exist
    }
    if (!metadata.is_null()) c.doc.set("metadata", metadata);
    if (!variables.is_null()) c.doc.set("retell_llm_dynamic_variables", variables);
    admit_inbound(c);
    return true;
}

/// The call has an agent, or is hung up on. Then it needs a line.
void telephony::admit_inbound(call_record& c)
{
    if (c.text("agent_id").empty()) return end(c, "invalid_destination", now());
    enter(c, call_phase::waiting);
    c.asked = now();
    plan(c, now(), call_act::admit);
}

} // namespace trunkline::retell::simulation
