#include "simulator_fields.hpp"
#include "telephony.hpp"
#include "telephony_document.hpp"
#include "telephony_script.hpp"

namespace trunkline::retell::simulation {

chat_record& telephony::find_chat(std::string_view id)
{
    auto* c = data_.chats.find(id);
    if (!c) refuse_unknown_asset("chat", id);
    return *c;
}

namespace {

constexpr std::int64_t analysis_delay = 2'000, default_silence = 3'600'000;
constexpr std::int64_t cost_of_message = 200; // thousandths of a cent

std::string chat_text(json::value const& body, std::string_view name)
{
    if (!body.is_object()) refuse(400, "The request body must be a JSON object");
    if (body.string_at(name).empty()) refuse(400, std::string(name) + " is required");
    return std::string(body.string_at(name));
}

void add_line(chat_record& c, std::string_view role, std::string_view text)
{
    std::string so_far(c.text("transcript"));
    so_far.append(role == "agent" ? "Agent: " : "User: ").append(text) += '\n';
    c.doc.set("transcript", std::move(so_far));
}

std::int64_t silence_of(chat_record const& c)
{
    json::value const* v = c.agent.find("end_chat_after_silence_ms");
    return v ? v->int_or(default_silence) : default_silence;
}

void require_open(chat_record const& c)
{
    if (c.text("chat_status") != "ongoing") refuse(422, "Chat " + c.id + " has already ended");
    if (c.waits_for) refuse(422, "Chat " + c.id + " has not begun");
}

} // namespace

/// Adds a message and returns it.
json::value telephony::add_message(chat_record& c, std::string_view role, std::string_view text)
{
    json::object message{{"message_id", account_.make_id("message_")}, {"role", role},
        {"content", text}, {"created_timestamp", now()}};
    c.list("message_with_tool_calls").emplace_back(message);
    add_line(c, role, text);
    auto const before = c.due();
    c.closes = now() + silence_of(c);
    schedule(c.id, before, c.due());
    ++changes_;
    return message;
}

chat_record telephony::new_chat(json::value const& body, std::string_view type)
{
    check_variables(body);
    chat_record c;
    c.number = data_.conversations + 1;
    c.doc = {{"chat_id", ""}, {"agent_id", ""}, {"version", 0}, {"chat_status", "ongoing"},
        {"chat_type", type}, {"start_timestamp", now()}, {"transcript", ""},
        {"message_with_tool_calls", json::array{}}};
    for (auto const* name : {"metadata", "retell_llm_dynamic_variables"})
        if (json::value const* v = body.find(name); v && !v->is_null()) c.doc.set(name, *v);
    return c;
}

chat_record& telephony::add_chat(chat_record c)
{
    introduce(c, "chat_");
    c.doc.set("chat_id", c.id);
    return data_.chats.insert(std::move(c));
}

/// The chat has its agent.
void telephony::start_chat(chat_record& c)
{
    // A chat calls it version, where a call says agent_version.
    c.doc.set("version", c.integer("agent_version"));
    for (auto const* of_calls : {"agent_version", "agent_name", "opt_in_signed_url"})
        c.doc.erase(of_calls);
    emit(c, "chat_started");
    json::value const* greeting = c.agent.find("begin_message");
    if (greeting && !greeting->string_or({}).empty()) {
        json::value const* variables = c.doc.find("retell_llm_dynamic_variables");
        add_message(
            c, "agent", fill_in(greeting->as_string(), variables ? *variables : json::value()));
    } else {
        c.closes = now() + silence_of(c);
        schedule(c.id, never, c.due());
    }
}

/// Takes what the user says and returns what the agent answers.
json::value telephony::converse(chat_record& c, std::string_view text)
{
    add_message(c, "user", text);
    auto random = draws(c, 8 + c.list("message_with_tool_calls").size());
    return add_message(c, "agent", make_answer(random));
}

http::reply telephony::create_chat(call const& c)
{
    chat_text(c.body, "agent_id");
    auto chat = new_chat(c.body, "api_chat");
    assign(chat, assignment_of(c.body, "agent_id", "agent_version"), {});
    auto& record = add_chat(std::move(chat));
    start_chat(record);
    return json_reply(201, json::to_text(record.doc));
}

http::reply telephony::create_sms_chat(call const& c)
{
    auto const from = chat_text(c.body, "from_number");
    chat_text(c.body, "to_number");
    auto chat = new_chat(c.body, "sms_chat");
    auto to = assignment_of(c.body, "override_agent_id", "override_agent_version");
    auto const drawn = draw(from, "outbound_sms_agents", chat);
    if (to.agent_id.empty()) {
        if (!drawn) refuse(400, "Phone number " + from + " has no outbound SMS agent");
        to.agent_id = drawn->agent_id;
        if (to.version.empty()) to.version = drawn->version;
    }
    assign(chat, to, {});
    auto& record = add_chat(std::move(chat));
    start_chat(record);
    return json_reply(200, json::to_text(record.doc));
}

http::reply telephony::create_chat_completion(call const& c)
{
    auto& chat = find_chat(chat_text(c.body, "chat_id"));
    auto const content = chat_text(c.body, "content");
    require_open(chat);
    json::array answers{converse(chat, content)};
    return json_reply(201, json::to_text(json::object{{"messages", std::move(answers)}}));
}

http::reply telephony::get_chat(call const& c)
{
    return json_reply(200, json::to_text(find_chat(c.id).doc));
}

http::reply telephony::update_chat(call const& c)
{
    auto& chat = find_chat(c.id);
    if (!c.body.is_object()) refuse(400, "The request body must be a JSON object");
    json::value const& variables = c.body.at_or_null("override_dynamic_variables");
    check_variables(json::object{{"retell_llm_dynamic_variables", variables}});
    for (auto const* name : {"metadata", "custom_attributes", "data_storage_setting"})
        if (json::value const* v = c.body.find(name)) chat.doc.set(name, *v);
    if (variables.is_object())
        for (auto const& m : variables.as_object())
            chat.doc["retell_llm_dynamic_variables"].make_object().set(m.key, m.val);
    ++changes_;
    return json_reply(200, json::to_text(chat.doc));
}

http::reply telephony::end_chat(call const& c)
{
    auto& chat = find_chat(c.id);
    require_open(chat);
    end(chat, now());
    return {204, {}};
}

http::reply telephony::delete_chat(call const& c)
{
    auto& chat = find_chat(c.id);
    schedule(chat.id, chat.due(), never);
    data_.chats.erase(chat);
    ++changes_;
    return {204, {}};
}

http::reply telephony::rerun_chat_analysis(call const& c)
{
    auto& chat = find_chat(c.id);
    if (chat.text("chat_status") == "ongoing")
        refuse(422, "Cannot analyze a chat that has not ended");
    chat.doc.set("chat_analysis", analyze(chat));
    ++changes_;
    if (options_.webhooks.repeat_analyzed) emit(chat, "chat_analyzed");
    return json_reply(200, json::to_text(chat.doc));
}

void telephony::end(chat_record& c, std::int64_t at)
{
    auto const before = c.due();
    c.closes = 0;
    c.analyzed = at + pace(analysis_delay);
    schedule(c.id, before, c.due());
    c.doc.set("chat_status", "ended");
    c.doc.set("end_timestamp", at);
    auto const messages = static_cast<std::int64_t>(c.list("message_with_tool_calls").size());
    auto const cost = seconds(messages * cost_of_message); // thousandths
    c.doc.set("chat_cost",
        json::object{{"combined_cost", cost},
            {"product_costs",
                json::array{json::object{{"product", "chat"},
                    {"unit_price", seconds(cost_of_message)}, {"cost", cost}}}}});
    emit(c, "chat_ended");
    ++changes_;
}

void telephony::add_analysis(chat_record& c)
{
    c.doc.set("chat_analysis", analyze(c));
    emit(c, "chat_analyzed");
    ++changes_;
}

/// What a chat does by itself: silence ends it, and what has ended is analysed.
void telephony::run_chat(chat_record& c)
{
    if (c.closes) return end(c, c.closes);
    auto const before = c.due();
    c.analyzed = 0;
    schedule(c.id, before, c.due());
    add_analysis(c);
    ended_chats_.push_back(c.id);
    forget_old();
}

} // namespace trunkline::retell::simulation
