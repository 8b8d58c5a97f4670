#include "telephony.hpp"
#include "telephony_document.hpp"

namespace trunkline::retell::simulation {

namespace {

json::value const& member_or_null(json::object const& o, std::string_view name)
{
    static json::value const none;
    json::value const* v = o.find(name);
    return v ? *v : none;
}

/// Whether the agent wants to hear of it: what it lists, else the three of a whole conversation.
bool is_wanted(json::value const& events, std::string_view event)
{
    if (!events.is_array())
        return event.ends_with("_started") ? !event.starts_with("transfer")
                                           : event.ends_with("_analyzed") ||
                (event.ends_with("_ended") && !event.starts_with("transfer"));
    return std::ranges::any_of(
        events.as_array(), [&](json::value const& e) { return e.string_or({}) == event; });
}

} // namespace

void telephony::emit(conversation const& c, std::string_view event, json::object extra)
{
    if (c.text("agent_id").empty()) return; // never met one
    auto const& own = member_or_null(c.agent, "webhook_url");
    auto const& url = own.string_or({}).empty() ? options_.webhooks.url : own.as_string();
    if (url.empty() || !is_wanted(member_or_null(c.agent, "webhook_events"), event)) return;
    letter l;
    l.event = event;
    l.conversation = c.id;
    l.url = fill_in(url, member_or_null(c.doc, "retell_llm_dynamic_variables"));
    l.retries = options_.webhooks.retries;
    l.timeout = std::chrono::milliseconds(std::max<std::int64_t>(1,
        member_or_null(c.agent, "webhook_timeout_ms").int_or(options_.webhooks.timeout.count())));
    l.headers.set("Content-Type", "application/json");
    json::object body{{"event", event}, {"event_timestamp", now()},
        {c.doc.contains("chat_id") ? "chat" : "call", c.doc}};
    for (auto const& m : extra) body.set(m.key, m.val);
    l.body = json::to_text(body);
    outbox_.post(std::move(l), now());
}

std::vector<webhook_delivery> telephony::take_deliveries(std::size_t at_most)
{
    run();
    auto out = outbox_.take(time_.unix_ms(), at_most);
    if (!out.empty()) ++changes_;
    return out;
}

void telephony::settle(webhook_delivery const& attempt, webhook_outcome outcome)
{
    run();
    ++changes_;
    if (auto const over = outbox_.settle(attempt, std::move(outcome), time_.unix_ms()))
        conclude(*over);
    run();
}

/// A delivery is over: the call that waited for it goes on.
void telephony::conclude(verdict const& v)
{
    if (!v.what.awaited) return;
    if (auto* chat = data_.chats.find(v.what.conversation)) {
        if (std::exchange(chat->waits_for, 0) == v.what.id) answered(*chat, v.outcome);
        return;
    }
    auto* c = data_.calls.find(v.what.conversation);
    if (!c || c->waits_for != v.what.id) return; // it has ended meanwhile
    c->waits_for = 0;
    if (c->phase == call_phase::asking) answered(*c, v.outcome);
    else returned(*c, v);
}

} // namespace trunkline::retell::simulation
