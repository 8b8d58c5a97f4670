#include "telephony_script.hpp"
#include "telephony_document.hpp"

namespace trunkline::retell::simulation {

namespace {

/// The reasons of calls nobody answered.
constexpr std::string_view unanswered_reasons[] = {"concurrency_limit_reached",
    "no_concurrency_fallback", "no_valid_payment", "scam_detected", "dial_busy", "dial_failed",
    "dial_no_answer", "invalid_destination", "telephony_provider_permission_denied",
    "telephony_provider_unavailable", "sip_routing_error", "marked_as_spam", "user_declined",
    "error_user_not_joined", "registered_call_timeout"};

constexpr std::string_view other_reasons[] = {"user_hangup", "agent_hangup", "call_transfer",
    "voicemail_reached", "ivr_reached", "inactivity", "max_duration_reached",
    "error_llm_websocket_open", "error_llm_websocket_lost_connection", "error_llm_websocket_runtime",
    "error_llm_websocket_corrupt_payload", "error_no_audio_received", "error_asr", "error_retell",
    "error_unknown", "transfer_bridged", "transfer_cancelled", "manual_stopped", "call_take_over"};

bool is_count(json::value const& v)
{
    return v.int_or(-1) >= 0 && v.int_or(-1) <= 86'400'000;
}

void check_times(json::value const& holder)
{
    for (auto const* name : {"ring_ms", "ms", "wait_ms", "leg_ms"})
        if (json::value const* v = holder.find(name); v && !is_count(*v))
            refuse(400, "script: " + std::string(name) + " must be milliseconds, a day at most");
}

void check_step(json::value const& step)
{
    if (!step.is_object()) refuse(400, "script: a step must be an object");
    check_times(step);
    auto const has_text = [&](std::string_view name) { return step.at_or_null(name).is_string(); };
    if (has_text("say")) {
        auto const role = step.string_at("say");
        if (role != "agent" && role != "user" && role != "transfer_target")
            refuse(400, "script: say must be agent, user or transfer_target");
        if (!has_text("text")) refuse(400, "script: who says something needs a text");
    } else if (has_text("transfer")) {
        auto const outcome = step.string_at("outcome", "bridged");
        if (outcome != "bridged" && outcome != "cancelled")
            refuse(400, "script: the outcome of a transfer must be bridged or cancelled");
    } else if (!has_text("tool") && !has_text("digit") && !step.find("wait_ms"))
        refuse(400, "script: a step must be one of say, tool, transfer, digit, wait_ms");
}

json::object said(std::string_view who, std::string_view text)
{
    return {{"say", who}, {"text", text}};
}

constexpr std::string_view questions[] = {
    "Hello, I would like to make an appointment for next week.",
    "Hi, can you tell me when you are open on Saturday?",
    "Good morning, I have to move my appointment on Thursday.",
    "Hello, do you still have something free this afternoon?"};
constexpr std::string_view answers[] = {"Of course, I can help you with that. Let me have a look.",
    "Sure, one moment please.", "Certainly. Could you tell me your name, please?",
    "Yes, I am happy to help with that."};
constexpr std::string_view thanks[] = {
    "That is perfect, thank you very much.", "Great, thanks. Goodbye.", "All right, thank you."};

template <std::size_t N>
std::string_view pick(std::string_view const (&from)[N], random_source& random)
{
    return from[random.below(N)];
}

} // namespace

void check_script(json::value const& script)
{
    if (!script.is_object()) refuse(400, "script must be an object");
    check_times(script);
    if (json::value const* steps = script.find("steps")) {
        if (!steps->is_array()) refuse(400, "script: steps must be an array");
        for (json::value const& step : steps->as_array()) check_step(step);
    }
    if (json::value const* reason = script.find("disconnection_reason");
        reason && !is_disconnection_reason(reason->string_or({})))
        refuse(400, "script: unknown disconnection_reason");
    if (json::value const* analysis = script.find("analysis"); analysis && !analysis->is_object())
        refuse(400, "script: analysis must be an object");
}

json::object make_script(conversation const& c, random_source& random)
{
    json::array steps;
    auto const setting = [&](std::string_view name) -> json::value const& {
        json::value const* v = c.agent.find(name);
        static json::value const none;
        return v ? *v : none;
    };
    json::value const& variables = c.doc.contains("retell_llm_dynamic_variables")
        ? *c.doc.find("retell_llm_dynamic_variables")
        : setting("");
    auto const greeting = setting("begin_message").string_or("Hello, how can I help you?");
    if (setting("start_speaker").string_or("agent") == "agent" && !greeting.empty())
        steps.emplace_back(said("agent", fill_in(greeting, variables)));
    steps.emplace_back(said("user", pick(questions, random)));
    steps.emplace_back(said("agent", pick(answers, random)));
    steps.emplace_back(said("user", pick(thanks, random)));
    steps.emplace_back(said("agent", "You are welcome. Goodbye."));
    return {{"steps", std::move(steps)},
        {"disconnection_reason", random.below(2) ? "user_hangup" : "agent_hangup"}};
}

std::string_view make_answer(random_source& random)
{
    return pick(answers, random);
}

bool is_disconnection_reason(std::string_view reason) noexcept
{
    return is_unanswered(reason) ||
        std::ranges::find(other_reasons, reason) != std::end(other_reasons);
}

bool is_unanswered(std::string_view reason) noexcept
{
    return std::ranges::find(unanswered_reasons, reason) != std::end(unanswered_reasons);
}

std::string_view status_after(std::string_view reason, bool connected) noexcept
{
    if (!connected) return "not_connected";
    return reason.starts_with("error_") ? "error" : "ended";
}

} // namespace trunkline::retell::simulation
