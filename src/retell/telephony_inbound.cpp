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
    else {
        enter(record, call_phase::asking);
        json::object question{{"call_id", record.id}, {"from_number", record.text("from_number")},
            {"to_number", record.text("to_number")}};
        if (json::value const* headers = record.doc.find("custom_sip_headers"))
            question.set("custom_sip_headers", *headers);
        ask(record, url, std::move(question), "call_inbound");
    }
    return record;
}

/// `kind` names the event and the member that holds the question, and the reply.
void telephony::ask(
    conversation& c, std::string const& url, json::object question, std::string_view kind)
{
    if (!c.text("agent_id").empty()) {
        question.set("agent_id", c.text("agent_id"));
        question.set("agent_version", c.integer("agent_version"));
    }
    letter l;
    l.event = kind;
    l.conversation = c.id;
    l.awaited = true;
    l.url = url;
    l.retries = options_.webhooks.retries;
    l.timeout = options_.webhooks.timeout;
    l.headers.set("Content-Type", "application/json");
    l.body = json::to_text(
        json::object{{"event", kind}, {"event_timestamp", now()}, {kind, std::move(question)}});
    c.waits_for = outbox_.post(std::move(l), now());
}

/// What the number's webhook says, if it says anything that can be used.
telephony::reply_effect telephony::answered(
    conversation& c, webhook_outcome const& outcome, std::string_view member)
{
    json::parse_error not_json;
    auto const reply = outcome.ok() ? json::parse(outcome.body, not_json) : std::nullopt;
    return reply ? follow(c, reply->at_or_null(member)) : reply_effect::none;
}

void telephony::answered(call_record& c, webhook_outcome const& outcome)
{
    if (answered(c, outcome, "call_inbound") == reply_effect::rejected)
        end(c, "user_declined", now());
    else admit_inbound(c);
}

void telephony::answered(chat_record& c, webhook_outcome const& outcome)
{
    if (answered(c, outcome, "chat_inbound") == reply_effect::rejected) c.doc.set("agent_id", "");
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

/// A reply is void as a whole if anything in it is invalid.
telephony::reply_effect telephony::follow(conversation& c, json::value const& reply)
{
    json::value const& variables = reply.at_or_null("dynamic_variables");
    json::value const& metadata = reply.at_or_null("metadata");
    if (!reply.is_object() || !is_absent_or_texts(variables) || !is_absent_or_object(metadata))
        return reply_effect::none;
    json::value const& reject = reply.at_or_null("reject");
    if (reject.is_bool() && reject.as_bool()) return reply_effect::rejected;
    json::value const& overrides = reply.at_or_null("agent_override");
    json::value const& agent = reply.at_or_null("override_agent_id");
    if (!are_overrides(overrides) || !(agent.is_null() || agent.is_string()))
        return reply_effect::none;
    try {
        auto to = assignment_of(reply, "override_agent_id", "override_agent_version");
        if (to.agent_id.empty()) to.agent_id = c.text("agent_id");
        bool const same_version = to.version.empty() && to.agent_id == c.text("agent_id");
        if (same_version && !to.agent_id.empty())
            to.version = std::to_string(c.integer("agent_version"));
        if (!to.agent_id.empty()) assign(c, to, overrides);
    } catch (refusal const&) {
        return reply_effect::none; // an agent or a version that does not exist
    }
    if (!metadata.is_null()) c.doc.set("metadata", metadata);
    if (!variables.is_null()) c.doc.set("retell_llm_dynamic_variables", variables);
    return reply_effect::followed;
}

/// The call has an agent, or is hung up on. Then it needs a line.
void telephony::admit_inbound(call_record& c)
{
    if (c.text("agent_id").empty()) return end(c, "invalid_destination", now());
    enter(c, call_phase::waiting);
    c.asked = now() + ring_of(c);
    plan(c, c.asked, call_act::admit);
}

/// The chat has an agent, or nobody answers it.
void telephony::admit_inbound(chat_record& c)
{
    auto const text = std::exchange(c.first_text, {});
    if (c.text("agent_id").empty()) {
        c.doc.set("chat_status", "error");
        ended_chats_.push_back(c.id);
        ++changes_;
        return;
    }
    start_chat(c);
    converse(c, text);
}

} // namespace trunkline::retell::simulation
