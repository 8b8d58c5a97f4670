#include "telephony.hpp"
#include "telephony_script.hpp"

namespace trunkline::retell::simulation {

json::value telephony::begin(json::value const& what)
{
    if (!what.is_object()) refuse(400, "A call must be a JSON object");
    json::value const& script = what.at_or_null("script");
    if (!script.is_null()) check_script(script);
    auto& c = begun(what);
    if (!script.is_null()) c.script = script.as_object();
    ring_as_scripted(c);
    run();
    return c.doc;
}

json::value telephony::receive_text(json::value const& what)
{
    if (!what.is_object()) refuse(400, "A chat must be a JSON object");
    for (auto const* name : {"from_number", "to_number", "text"})
        if (what.string_at(name).empty()) refuse(400, std::string(name) + " is required");
    auto const to = what.string_at("to_number");
    auto chat = new_chat(what, "sms_chat");
    if (auto const drawn = draw(to, "inbound_sms_agents", chat)) assign(chat, *drawn, {});
    chat.first_text = what.string_at("text");
    std::string const url(account_.number(to).doc->value.string_at("inbound_sms_webhook_url"));
    auto& record = add_chat(std::move(chat));
    if (url.empty()) admit_inbound(record);
    else
        ask(record, url,
            {{"chat_id", record.id}, {"from_number", what.string_at("from_number")},
                {"to_number", to}},
            "chat_inbound");
    return record.doc;
}

/// The call a control request is about.
call_record& telephony::begun(json::value const& what)
{
    if (what.find("call_id")) return join(what.string_at("call_id"));
    auto const direction = what.string_at("direction", "inbound");
    if (direction == "web") return register_web_call(what);
    if (direction == "outbound") return dial(what, {});
    if (direction != "inbound") refuse(400, "direction must be inbound, outbound or web");
    return ring(what);
}

std::int64_t telephony::ring_of(call_record const& c) const
{
    json::value const* ring = c.script.find("ring_ms");
    return ring ? pace(ring->int_or(0)) : 0;
}

/// A call that has begun rings as long as its script says, if it does.
void telephony::ring_as_scripted(call_record& c)
{
    if (!c.script.contains("ring_ms") || c.plan.size() != 1) return; // it asks first, or is over
    auto const act = c.plan.front().act;
    if (act != call_act::connect && act != call_act::admit) return;
    unplan(c);
    c.asked = now() + ring_of(c);
    plan(c, c.asked, act);
}

call_record& telephony::join(std::string_view id)
{
    auto& c = find_call(id);
    if (c.phase != call_phase::registered && c.phase != call_phase::dialing)
        refuse(422, "Call " + c.id + " waits for nobody");
    unplan(c);
    plan(c, now(), call_act::connect);
    return c;
}

} // namespace trunkline::retell::simulation
