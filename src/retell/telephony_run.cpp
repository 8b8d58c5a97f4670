#include "telephony.hpp"
#include "telephony_document.hpp"
#include "telephony_functions.hpp"
#include "telephony_script.hpp"

#include <cmath>

namespace trunkline::retell::simulation {

// --- the agenda ------------------------------------------------------------------------------------

std::int64_t telephony::pace(std::int64_t ms) const
{
    auto const paced = static_cast<double>(ms) / std::max(options_.calls.speed, 1e-6);
    return std::max<std::int64_t>(1, std::llround(std::min(paced, 1e15)));
}

void telephony::schedule(std::string const& id, std::int64_t before, std::int64_t after)
{
    if (before == after) return;
    agenda_.erase({before, id});
    if (after != never) agenda_.emplace(after, id);
}

void telephony::plan(call_record& c, std::int64_t at, call_act act)
{
    auto const before = c.due();
    c.plan.push_back({at, act});
    schedule(c.id, before, c.due());
    ++changes_;
}

void telephony::unplan(call_record& c)
{
    schedule(c.id, c.due(), never);
    c.plan.clear();
}

std::int64_t telephony::next_act() const noexcept
{
    auto const first = agenda_.empty() ? never : agenda_.begin()->first;
    return std::min(first, outbox_.next_deadline());
}

std::int64_t telephony::next_due() const noexcept
{
    return std::min(next_act(), outbox_.next_due());
}

void telephony::run()
{
    auto const until = time_.unix_ms();
    for (auto at = next_act(); at <= until; at = next_act()) {
        playing_ = at;
        ++changes_;
        play_next(at);
        playing_.reset();
    }
}

/// The one thing that is due first. Answers that do not come are before what follows from them.
void telephony::play_next(std::int64_t at)
{
    if (outbox_.next_deadline() <= at) {
        if (auto const over = outbox_.expire()) conclude(*over);
        return;
    }
    auto const id = agenda_.begin()->second;
    if (auto* c = data_.calls.find(id)) {
        auto const next = std::ranges::min_element(c->plan, {}, &planned_act::at);
        auto const taken = *next;
        c->plan.erase(next);
        schedule(id, at, c->due());
        play(*c, taken);
    } else if (auto* chat = data_.chats.find(id)) run_chat(*chat);
    else run_batch(data_.batches.find(id)->second);
}

void telephony::play(call_record& c, planned_act const& next)
{
    switch (next.act) {
    case call_act::connect: return connect(c, next.at);
    case call_act::admit: return wait_for_line(c, next.at);
    case call_act::speak: return speak(c, next.at);
    case call_act::bridge: return bridge(c, next.at);
    case call_act::end_leg: return end_leg(c, next.at);
    case call_act::cut: return end(c, "max_duration_reached", next.at);
    case call_act::expire:
        return end(c,
            c.text("call_type") == "web_call" ? "error_user_not_joined" : "registered_call_timeout",
            next.at);
    case call_act::analyze:
        add_analysis(c);
        ended_calls_.push_back(c.id);
        return forget_old();
    }
}

// --- a conversation --------------------------------------------------------------------------------

namespace {

constexpr std::int64_t breath = 200;          // between two speakers
constexpr std::int64_t hand_over = 4'000;     // from the start of a transfer to its outcome
constexpr std::int64_t leg_time = 20'000;     // how long a transferred call goes on
constexpr std::int64_t analysis_time = 2'000; // from the end of a call to its analysis
constexpr std::int64_t longest_call = 3'600'000;

json::array const& steps_of(call_record const& c)
{
    static json::array const none;
    json::value const* steps = c.script.find("steps");
    return steps ? steps->as_array() : none;
}

std::string reason_of(call_record const& c)
{
    json::value const* reason = c.script.find("disconnection_reason");
    return std::string(reason ? reason->string_or({}) : "user_hangup");
}

std::int64_t setting(json::object const& agent, std::string_view name, std::int64_t fallback)
{
    json::value const* v = agent.find(name);
    return v ? v->int_or(fallback) : fallback;
}

/// What transfer events say beside the call. The service writes the option in camel case.
json::object transfer_details(json::value const& step)
{
    json::value const* option = step.find("option");
    return {{"transfer_destination",
                json::object{{"type", "predefined"}, {"number", step.string_at("transfer")}}},
        {"transfer_option",
            option ? *option
                   : json::object{{"type", "cold_transfer"}, {"showTransfereeAsCaller", false}}}};
}

} // namespace

void telephony::connect(call_record& c, std::int64_t at)
{
    if (c.script.empty()) {
        auto random = draws(c, 2);
        c.script = make_script(c, random);
    }
    if (is_unanswered(reason_of(c))) return end(c, reason_of(c), at);
    if (!c.is_live() && !has_line(c.text("direction")))
        return end(c, "concurrency_limit_reached", at);
    enter(c, call_phase::talking);
    c.doc.set("call_status", "ongoing");
    c.doc.set("start_timestamp", at);
    emit(c, "call_started");
    plan(c, at + setting(c.agent, "max_call_duration_ms", longest_call), call_act::cut);
    plan(c, at + 1, call_act::speak);
}

void telephony::speak(call_record& c, std::int64_t at)
{
    auto const& steps = steps_of(c);
    if (c.step >= steps.size()) return end(c, reason_of(c), at);
    json::value const& step = steps[c.step++];
    if (step.find("say")) return say(c, step, at);
    if (step.find("tool")) return use_tool(c, step, at);
    if (step.find("transfer")) return transfer(c, step, at);
    if (json::value const* digit = step.find("digit"))
        add_event(c, {{"role", "dtmf"}, {"digit", *digit}});
    plan(c, at + pace(step.int_at("wait_ms", breath)), call_act::speak);
}

void telephony::say(call_record& c, json::value const& step, std::int64_t at)
{
    auto const role = step.string_at("say");
    auto const text = step.string_at("text");
    auto pause = breath;
    if (role == "agent") {
        auto random = draws(c, 8 + c.step);
        pause = 500 + static_cast<std::int64_t>(random.below(900));
        c.turns.emplace_back(pause);
    }
    auto const begins = at + pace(pause);
    auto const lasts = pace(step.int_at("ms", speaking_time(text)));
    add_utterance(c, role, text, begins - c.integer("start_timestamp"), lasts);
    emit(c, "transcript_updated",
        {{"transcript_with_tool_calls", *c.doc.find("transcript_with_tool_calls")}});
    plan(c, begins + lasts, call_act::speak);
}

void telephony::use_tool(call_record& c, json::value const& step, std::int64_t at)
{
    constexpr std::int64_t tool_time = 800;
    auto const name = step.string_at("tool");
    auto const* engine = account_.engine_version(c.engine);
    json::value const* found = engine ? find_tool(engine->doc->value, name) : nullptr;
    static json::value const unknown;
    json::value const& tool = found ? *found : unknown;
    auto const type = std::string(tool.string_at("type", "unknown"));
    json::value arguments = step.at_or_null("arguments");
    if (!arguments.is_object()) arguments = json::object{};
    c.tools.emplace_back(json::object{{"name", name}, {"type", type}});
    add_event(c,
        {{"role", "tool_call_invocation"}, {"tool_call_id", account_.make_id("tool_call_")},
            {"name", name}, {"arguments", json::to_text(arguments)}});
    if (type == "custom" && !tool.string_at("url").empty()) return invoke(c, tool, arguments);
    c.asked = at - pace(tool_time);
    add_result(c, step.string_at("result", "success"), true);
    if (type == "end_call") return end(c, "agent_hangup", at);
    plan(c, at + pace(tool_time), call_act::speak);
}

void telephony::transfer(call_record& c, json::value const& step, std::int64_t at)
{
    c.doc.set("transfer_destination", step.string_at("transfer"));
    emit(c, "transfer_started", transfer_details(step));
    plan(c, at + pace(hand_over), call_act::bridge);
}

void telephony::bridge(call_record& c, std::int64_t at)
{
    json::value const& step = steps_of(c)[c.step - 1];
    if (step.string_at("outcome", "bridged") == "cancelled") {
        c.doc.set("transfer_destination", nullptr);
        emit(c, "transfer_cancelled", transfer_details(step));
        plan(c, at + 1, call_act::speak);
        return;
    }
    emit(c, "transfer_bridged", transfer_details(step));
    end(c, "call_transfer", at);
    plan(c, at + pace(step.int_at("leg_ms", leg_time)), call_act::end_leg);
}

void telephony::end_leg(call_record& c, std::int64_t at)
{
    c.doc.set("transfer_end_timestamp", at);
    emit(c, "transfer_ended", transfer_details(steps_of(c)[c.step - 1]));
}

// --- afterwards ------------------------------------------------------------------------------------

void telephony::end(call_record& c, std::string_view reason, std::int64_t at)
{
    bool const connected = c.phase == call_phase::talking;
    c.waits_for = 0;
    unplan(c);
    enter(c, call_phase::ended);
    c.doc.set("call_status", status_after(reason, connected));
    c.doc.set("disconnection_reason", reason);
    if (connected) {
        c.doc.set("end_timestamp", at);
        c.doc.set("duration_ms", at - c.integer("start_timestamp"));
        add_figures(c);
    }
    c.findings = analyze(c);
    withhold(c);
    emit(c, "call_ended");
    plan(c, at + pace(analysis_time), call_act::analyze);
}

void telephony::add_analysis(call_record& c)
{
    c.doc.set("call_analysis", std::move(c.findings));
    c.findings = {};
    emit(c, "call_analyzed");
    ++changes_;
}

/// Keeps memory bounded.
void telephony::forget_old()
{
    while (ended_calls_.size() > options_.calls.history) {
        if (auto* c = data_.calls.find(ended_calls_.front())) {
            unplan(*c);
            data_.calls.erase(*c);
        }
        ended_calls_.pop_front();
    }
    while (ended_chats_.size() > options_.calls.history) {
        if (auto* c = data_.chats.find(ended_chats_.front())) {
            schedule(c->id, c->due(), never);
            data_.chats.erase(*c);
        }
        ended_chats_.pop_front();
    }
}

} // namespace trunkline::retell::simulation
