#include "simulator_fields.hpp"
#include "telephony.hpp"
#include "telephony_document.hpp"

namespace trunkline::retell::simulation {

call_record& telephony::find_call(std::string_view id)
{
    auto* c = data_.calls.find(id);
    if (!c) refuse_unknown_asset("call", id);
    return *c;
}

void telephony::introduce(conversation& c, std::string_view id_prefix)
{
    c.id = account_.make_id(id_prefix);
    ++data_.conversations;
    c.position = data_.last_position = std::max(now(), data_.last_position + 1);
    ++changes_;
}

namespace {

json::object const& body_of(json::value const& body)
{
    if (!body.is_object()) refuse(400, "The request body must be a JSON object");
    return body.as_object();
}

std::string required_text(json::value const& body, std::string_view name)
{
    require_field(body_of(body), name);
    if (!body.at_or_null(name).is_string()) refuse(400, std::string(name) + " must be a string");
    return std::string(body.string_at(name));
}

/// Members that go from a request into the document as they are.
void take_given(json::object& doc, json::value const& body)
{
    check_variables(body);
    for (auto const* name : {"custom_sip_headers", "agent_override"})
        if (json::value const& v = body.at_or_null(name); !v.is_null() && !v.is_object())
            refuse(400, std::string(name) + " must be an object");
    for (auto const* name : {"metadata", "retell_llm_dynamic_variables", "custom_sip_headers"})
        if (json::value const* v = body.find(name); v && !v->is_null()) doc.set(name, *v);
}

constexpr std::int64_t web_token_life = 30'000, registration_life = 300'000;
constexpr std::int64_t ring_time = 1'500, join_time = 500;

json::array ice_servers()
{
    return {json::object{{"urls", json::array{"turn:turn.invalid:3478"}}, {"username", "simulator"},
        {"credential", "simulator"}}};
}

} // namespace

/// Not yet in the books: what is refused leaves nothing behind.
call_record telephony::new_phone_call(json::value const& body, std::string_view direction)
{
    call_record c;
    c.number = data_.conversations + 1;
    c.doc = {{"call_id", ""}, {"call_type", "phone_call"}, {"call_status", "registered"},
        {"direction", direction}, {"from_number", body.string_at("from_number")},
        {"to_number", body.string_at("to_number")}, {"agent_id", ""}, {"agent_version", 0}};
    take_given(c.doc, body);
    return c;
}

call_record& telephony::admit(call_record c)
{
    introduce(c, "call_");
    c.doc.set("call_id", c.id);
    if (c.text("call_type") == "phone_call")
        c.doc.set("telephony_identifier",
            json::object{{"twilio_call_sid", "CA" + c.id.substr(std::string_view("call_").size())}});
    return data_.calls.insert(std::move(c));
}

/// An outbound call for a client, or for a batch, which waits where a client is refused.
call_record& telephony::dial(json::value const& body, std::string_view batch)
{
    auto const from = required_text(body, "from_number");
    auto const to_number = required_text(body, "to_number");
    if (!body.bool_at("ignore_e164_validation") && !is_e164(to_number))
        refuse(400, "to_number must be in E.164 format");
    auto c = new_phone_call(body, "outbound");
    auto to = assignment_of(body, "override_agent_id", "override_agent_version");
    auto const drawn = draw(from, "outbound_agents", c);
    if (to.agent_id.empty()) {
        if (!drawn) refuse(400, "Phone number " + from + " has no outbound agent");
        to.agent_id = drawn->agent_id;
        if (to.version.empty()) to.version = drawn->version;
    }
    assign(c, to, body.at_or_null("agent_override"));
    if (!has_line("outbound")) refuse(429, "Concurrency limit reached: concurrency_limit_reached");
    if (!batch.empty()) c.doc.set("batch_call_id", batch);
    auto& record = admit(std::move(c));
    enter(record, call_phase::dialing);
    plan(record, now() + pace(ring_time), call_act::connect);
    return record;
}

http::reply telephony::create_phone_call(call const& c)
{
    return json_reply(201, json::to_text(dial(c.body, {}).doc));
}

http::reply telephony::register_phone_call(call const& c)
{
    required_text(c.body, "agent_id");
    auto const direction = c.body.string_at("direction", "inbound");
    if (direction != "inbound" && direction != "outbound")
        refuse(400, "direction must be inbound or outbound");
    auto made = new_phone_call(c.body, direction);
    assign(made, assignment_of(c.body, "agent_id", "agent_version"),
        c.body.at_or_null("agent_override"));
    auto& record = admit(std::move(made));
    plan(record, now() + registration_life, call_act::expire);
    return json_reply(201, json::to_text(record.doc));
}

call_record telephony::new_web_call(json::value const& body)
{
    required_text(body, "agent_id");
    call_record c;
    c.number = data_.conversations + 1;
    c.doc = {{"call_id", ""}, {"call_type", "web_call"}, {"call_status", "registered"},
        {"access_token", ""}, {"agent_id", ""}, {"agent_version", 0}};
    take_given(c.doc, body);
    assign(c, assignment_of(body, "agent_id", "agent_version"), body.at_or_null("agent_override"));
    c.doc.set("access_token", account_.make_id("token_"));
    return c;
}

namespace {

json::object web_call_answer(call_record const& c)
{
    return {{"call_id", c.id}, {"access_token", c.text("access_token")},
        {"expires_at", c.position + web_token_life}, {"transport", "gateway"},
        {"ice_servers", ice_servers()}};
}

} // namespace

http::reply telephony::create_web_call(call const& c)
{
    auto& record = register_web_call(c.body);
    return json_reply(201, json::to_text(web_call_answer(record)));
}

http::reply telephony::create_legacy_web_call(call const& c)
{
    bool const answers =
        options_.calls.legacy_web_calls || options_.removed == removed_paths::answering;
    if (!answers && options_.removed == removed_paths::gone)
        refuse(410, "This endpoint has been removed");
    if (!answers) refuse(404, "Not Found");
    return json_reply(201, json::to_text(register_web_call(c.body).doc));
}

call_record& telephony::register_web_call(json::value const& body)
{
    auto& record = admit(new_web_call(body));
    if (options_.calls.web_calls_join) plan(record, now() + pace(join_time), call_act::connect);
    else plan(record, now() + web_token_life, call_act::expire);
    return record;
}

http::reply telephony::get_call(call const& c)
{
    return json_reply(200, json::to_text(find_call(c.id).doc));
}

http::reply telephony::update_call(call const& c)
{
    auto& record = find_call(c.id);
    body_of(c.body);
    if (record.phase != call_phase::ended && !options_.calls.update_live_calls)
        refuse(422, "Cannot update a call that has not ended");
    json::value const& setting = c.body.at_or_null("data_storage_setting");
    constexpr std::string_view settings[] = {
        "everything", "everything_except_pii", "basic_attributes_only"};
    if (!setting.is_null() &&
        std::ranges::find(settings, setting.string_or({})) == std::end(settings))
        refuse(400, "data_storage_setting is unknown");
    if (json::value const& v = c.body.at_or_null("custom_attributes");
        !v.is_null() && !v.is_object())
        refuse(400, "custom_attributes must be an object");
    for (auto const* name : {"metadata", "custom_attributes"})
        if (json::value const* v = c.body.find(name)) record.doc.set(name, *v);
    if (setting.is_string()) {
        record.doc.set("data_storage_setting", setting);
        if (record.phase == call_phase::ended) withhold(record);
    }
    ++changes_;
    return json_reply(200, json::to_text(record.doc));
}

http::reply telephony::delete_call(call const& c)
{
    auto& record = find_call(c.id);
    if (record.phase != call_phase::ended) refuse(422, "Cannot delete a call that has not ended");
    unplan(record);
    data_.calls.erase(record);
    ++changes_;
    return {204, {}};
}

http::reply telephony::rerun_call_analysis(call const& c)
{
    auto& record = find_call(c.id);
    if (record.phase != call_phase::ended) refuse(422, "Cannot analyze a call that has not ended");
    record.doc.set("call_analysis", analyze(record));
    ++changes_;
    if (options_.webhooks.repeat_analyzed) emit(record, "call_analyzed");
    return json_reply(200, json::to_text(record.doc));
}

} // namespace trunkline::retell::simulation
