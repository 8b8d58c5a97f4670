#include "simulator_fields.hpp"
#include "telephony.hpp"

namespace trunkline::retell::simulation {

// --- lines -----------------------------------------------------------------------------------------

namespace {

constexpr std::size_t purchasable = 100;

} // namespace

std::size_t telephony::line_count() const noexcept
{
    std::size_t const limit = options_.calls.concurrency_limit;
    return options_.calls.concurrency_burst ? std::min(limit * 3, limit + 300) : limit;
}

bool telephony::has_line(std::string_view direction) const noexcept
{
    std::size_t const reserved = direction == "inbound" ? 0 : options_.calls.reserved_inbound;
    return live_ + reserved < line_count();
}

void telephony::enter(call_record& c, call_phase phase)
{
    if (c.is_live()) --live_;
    c.phase = phase;
    if (c.is_live()) ++live_;
}

/// An inbound call for which there is no line rings on, and is given up after a while.
void telephony::wait_for_line(call_record& c, std::int64_t at)
{
    constexpr std::int64_t look_again = 1'000, patience = 40'000;
    if (has_line("inbound")) return connect(c, at);
    if (at - c.asked < patience) return plan(c, at + look_again, call_act::admit);
    auto const* number = account_.known_number(c.text("to_number"));
    bool const falls_back = number && !number->doc->value.string_at("fallback_number").empty();
    end(c, falls_back ? "no_concurrency_fallback" : "concurrency_limit_reached", at);
}

http::reply telephony::get_concurrency(call const&)
{
    std::size_t const limit = options_.calls.concurrency_limit;
    return json_reply(200,
        json::to_text(json::object{{"current_concurrency", live_}, {"concurrency_limit", limit},
            {"base_concurrency", limit}, {"purchased_concurrency", 0},
            {"concurrency_purchase_limit", purchasable}, {"remaining_purchase_limit", purchasable},
            {"concurrency_burst_enabled", options_.calls.concurrency_burst},
            {"concurrency_burst_limit", std::min(limit * 3, limit + 300)},
            {"reserved_inbound_concurrency", options_.calls.reserved_inbound}}));
}

// --- batch calls -----------------------------------------------------------------------------------

namespace {

constexpr std::int64_t between_starts = 1'000; // one call a second

void check_task(json::value const& task)
{
    if (!task.is_object() || !task.at_or_null("to_number").is_string())
        refuse(400, "Each task of a batch call needs a to_number");
    check_variables(task);
    assignment_of(task, "override_agent_id", "override_agent_version");
}

std::int64_t count_at(json::value const& body, std::string_view name, std::int64_t fallback)
{
    json::value const& v = body.at_or_null(name);
    if (v.is_null()) return fallback;
    if (v.int_or(-1) < 0) refuse(400, std::string(name) + " must be a non-negative integer");
    return v.int_or(0);
}

} // namespace

http::reply telephony::create_batch_call(call const& c)
{
    if (!c.body.is_object()) refuse(400, "The request body must be a JSON object");
    require_field(c.body.as_object(), "from_number");
    require_field(c.body.as_object(), "tasks");
    if (!c.body.at_or_null("tasks").is_array() || c.body.find("tasks")->as_array().empty())
        refuse(400, "tasks must be an array with at least one task");
    for (json::value const& task : c.body.find("tasks")->as_array()) check_task(task);
    batch_record b;
    b.from = account_.number(c.body.string_at("from_number")).id;
    b.reserved = count_at(c.body, "reserved_concurrency", 0);
    b.due = std::max(now(), count_at(c.body, "trigger_timestamp", 0));
    b.tasks = c.body.find("tasks")->as_array();
    b.id = account_.make_id("batch_call_");
    json::object answer{{"batch_call_id", b.id}, {"name", c.body.string_at("name", "Batch call")},
        {"from_number", b.from}, {"scheduled_timestamp", b.due},
        {"total_task_count", b.tasks.size()}};
    if (json::value const* window = c.body.find("call_time_window"))
        answer.set("call_time_window", *window);
    schedule(b.id, never, b.due);
    data_.batches.emplace(b.id, std::move(b));
    ++changes_;
    return json_reply(201, json::to_text(answer));
}

/// Places the next call if there is a line beyond those it leaves to others.
void telephony::run_batch(batch_record& b)
{
    auto const at = b.due;
    if (has_line("outbound") && live_ + static_cast<std::size_t>(b.reserved) < line_count()) {
        auto task = b.tasks[b.next++];
        task.as_object().set("from_number", b.from);
        try {
            dial(task, b.id);
        } catch (refusal const&) {
            // The number or the agent is gone: this task cannot be called, the others may.
        }
    }
    b.due = at + pace(between_starts);
    schedule(b.id, at, b.next < b.tasks.size() ? b.due : never);
    if (b.next == b.tasks.size()) data_.batches.erase(std::string(b.id));
}

} // namespace trunkline::retell::simulation
