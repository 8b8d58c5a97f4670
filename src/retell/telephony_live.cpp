#include "telephony.hpp"
#include "telephony_document.hpp"

namespace trunkline::retell::simulation {

namespace {

void require_ongoing(call_record const& c)
{
    if (c.phase != call_phase::talking) refuse(422, "Call " + c.id + " is not ongoing");
}

} // namespace

http::reply telephony::stop_call(call const& c)
{
    auto& record = find_call(c.id);
    if (record.phase == call_phase::ended) refuse(422, "Call " + c.id + " has already ended");
    end(record, "manual_stopped", now());
    return {204, {}};
}

http::reply telephony::update_live_call(call const& c)
{
    auto& record = find_call(c.id);
    require_ongoing(record);
    if (!c.body.is_object()) refuse(400, "The request body must be a JSON object");
    json::value const& fields = c.body.at_or_null("fields_to_override");
    json::value const& variables = fields.at_or_null("override_dynamic_variables");
    check_variables(json::object{{"retell_llm_dynamic_variables", variables}});
    for (auto const* name : {"metadata", "data_storage_setting"})
        if (json::value const* v = fields.find(name)) record.doc.set(name, *v);
    if (variables.is_object())
        for (auto const& m : variables.as_object())
            record.doc["retell_llm_dynamic_variables"].make_object().set(m.key, m.val);
    json::value const& control = c.body.at_or_null("call_control");
    if (auto const text = control.string_at("additional_context"); !text.empty())
        add_event(record,
            {{"role", "injected"}, {"content", text},
                {"time_sec", seconds(now() - record.integer("start_timestamp"))}});
    ++changes_;
    return json_reply(200, R"({"success":true})");
}

http::reply telephony::listen_live_call(call const& c)
{
    auto& record = find_call(c.id);
    require_ongoing(record);
    auto const participant = account_.make_id("participant_");
    ++changes_;
    return json_reply(200,
        json::to_text(json::object{{"access_token", account_.make_id("token_")},
            {"expires_at", now() + 30'000}, {"participant_id", participant},
            {"room_name", record.id}, {"transport", "gateway"}}));
}

http::reply telephony::take_over_live_call(call const& c)
{
    auto& record = find_call(c.id);
    require_ongoing(record);
    if (c.body.string_at("participant_id").empty()) refuse(400, "participant_id is required");
    end(record, "call_take_over", now());
    return json_reply(200, R"({"success":true})");
}

} // namespace trunkline::retell::simulation
