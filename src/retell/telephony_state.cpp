#include "telephony.hpp"
#include "telephony_script.hpp"

#include <trunkline/core/diagnostics.hpp>

namespace trunkline::retell::simulation {

namespace {

[[noreturn]] void refuse_book(std::string const& why)
{
    throw error(errc::invalid_argument, "not a simulator state: " + why);
}

json::array const& records_of(json::value const& state, std::string_view name)
{
    static json::array const none;
    json::value const& found = state.at_or_null(name);
    if (found.is_null()) return none;
    if (!found.is_array()) refuse_book('"' + std::string(name) + "\" is no array");
    return found.as_array();
}

template <class Enum>
Enum named(std::string_view text, Enum last, std::string_view what)
{
    for (int i = 0; i <= static_cast<int>(last); ++i)
        if (name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    refuse_book("unknown " + std::string(what) + " \"" + std::string(text) + '"');
}

json::object object_at(json::value const& holder, std::string_view name)
{
    json::value const& v = holder.at_or_null(name);
    return v.is_object() ? v.as_object() : json::object{};
}

json::array array_at(json::value const& holder, std::string_view name)
{
    json::value const& v = holder.at_or_null(name);
    return v.is_array() ? v.as_array() : json::array{};
}

constexpr std::string_view engine_names[] = {"", "retell-llm", "conversation-flow"};

// --- writing ---------------------------------------------------------------------------------------

json::object saved_conversation(conversation const& c)
{
    json::object out{{"number", c.number}, {"position", c.position}, {"agent", c.agent}};
    if (c.engine.kind != engine_kind::none)
        out.set("engine",
            json::object{{"type", engine_names[static_cast<std::size_t>(c.engine.kind)]},
                {"id", c.engine.id}, {"version", c.engine.version}});
    if (c.waits_for) out.set("waits_for", c.waits_for);
    return out;
}

json::object saved(call_record const& c)
{
    auto run = saved_conversation(c);
    run.set("phase", name(c.phase));
    run.set("script", c.script);
    run.set("step", c.step);
    run.set("turns", c.turns);
    run.set("tools", c.tools);
    run.set("findings", c.findings);
    if (c.asked) run.set("asked", c.asked);
    json::array plan;
    for (auto const& p : c.plan)
        plan.emplace_back(json::object{{"at", p.at}, {"act", name(p.act)}});
    run.set("plan", std::move(plan));
    return {{"call", c.doc}, {"run", std::move(run)}};
}

json::object saved(chat_record const& c)
{
    auto run = saved_conversation(c);
    run.set("closes", c.closes);
    if (!c.first_text.empty()) run.set("first_text", c.first_text);
    run.set("analyzed", c.analyzed);
    return {{"chat", c.doc}, {"run", std::move(run)}};
}

json::object saved(batch_record const& b)
{
    return {{"batch_call_id", b.id}, {"from_number", b.from}, {"tasks", b.tasks}, {"next", b.next},
        {"reserved_concurrency", b.reserved}, {"due", b.due}};
}

template <class Records>
void append_all(std::string& out, std::string_view name, Records const& records)
{
    out.append(",\"").append(name).append("\":[");
    for (auto const& [position, id] : records.order()) {
        if (out.back() != '[') out += ',';
        json::append_text(out, saved(*records.find(id)));
    }
    out += ']';
}

// --- reading ---------------------------------------------------------------------------------------

void read_conversation(conversation& c, json::value const& record, std::string_view kind)
{
    c.doc = object_at(record, kind);
    json::value const& run = record.at_or_null("run");
    c.id = c.text(std::string(kind) + "_id");
    if (c.id.empty()) refuse_book("a " + std::string(kind) + " without an id");
    c.number = static_cast<std::uint64_t>(std::max<std::int64_t>(0, run.int_at("number", 0)));
    c.position = run.int_at("position", c.integer("start_timestamp"));
    c.agent = object_at(run, "agent");
    json::value const& engine = run.at_or_null("engine");
    auto const type = std::ranges::find(engine_names, engine.string_at("type"));
    if (type == std::end(engine_names)) refuse_book(c.id + " has an unknown engine");
    c.engine.kind = static_cast<engine_kind>(type - std::begin(engine_names));
    c.waits_for = static_cast<std::uint64_t>(std::max<std::int64_t>(0, run.int_at("waits_for", 0)));
    c.engine.id = engine.string_at("id");
    c.engine.version = engine.int_at("version", -1);
}

/// A record without "run" is a call that happened elsewhere: it is what its status says.
void settle_foreign(call_record& c)
{
    auto const status = c.text("call_status");
    c.phase = status == "ongoing" ? call_phase::talking
        : status == "registered"  ? call_phase::registered
                                  : call_phase::ended;
}

/// What goes on is where its script and its plan say it is.
void check_run(call_record const& c)
{
    try {
        check_script(c.script);
    } catch (refusal const&) {
        refuse_book("the script of " + c.id + " is none");
    }
    json::value const* steps = c.script.find("steps");
    auto const step_count = steps ? steps->as_array().size() : 0;
    if (c.step > step_count) refuse_book(c.id + " is behind the end of its script");
    bool const transfers = std::ranges::any_of(c.plan, [](planned_act const& p) {
        return p.act == call_act::bridge || p.act == call_act::end_leg;
    });
    if (transfers && c.step == 0) refuse_book(c.id + " is transferred by no step");
    if (!std::ranges::all_of(c.tools, &json::value::is_object))
        refuse_book("a tool call of " + c.id + " is no object");
    if (c.waits_for && c.phase == call_phase::talking && c.tools.empty())
        refuse_book(c.id + " waits for no tool");
}

call_record read_call(json::value const& record)
{
    call_record c;
    read_conversation(c, record, "call");
    json::value const& run = record.at_or_null("run");
    if (run.is_null()) {
        settle_foreign(c);
        return c;
    }
    c.phase = named(run.string_at("phase"), call_phase::ended, "phase");
    c.script = object_at(run, "script");
    c.step = static_cast<std::size_t>(std::max<std::int64_t>(0, run.int_at("step", 0)));
    c.turns = array_at(run, "turns");
    c.tools = array_at(run, "tools");
    c.findings = object_at(run, "findings");
    c.asked = run.int_at("asked", 0);
    for (json::value const& p : records_of(run, "plan"))
        c.plan.push_back({p.int_at("at", 0), named(p.string_at("act"), call_act::analyze, "act")});
    check_run(c);
    return c;
}

chat_record read_chat(json::value const& record)
{
    chat_record c;
    read_conversation(c, record, "chat");
    json::value const& run = record.at_or_null("run");
    c.first_text = run.string_at("first_text");
    c.closes = std::max<std::int64_t>(0, run.int_at("closes", 0));
    c.analyzed = std::max<std::int64_t>(0, run.int_at("analyzed", 0));
    return c;
}

batch_record read_batch(json::value const& record)
{
    batch_record b;
    b.id = record.string_at("batch_call_id");
    b.from = record.string_at("from_number");
    b.tasks = array_at(record, "tasks");
    b.next = static_cast<std::size_t>(std::max<std::int64_t>(0, record.int_at("next", 0)));
    b.reserved = std::max<std::int64_t>(0, record.int_at("reserved_concurrency", 0));
    b.due = record.int_at("due", 0);
    if (b.id.empty() || b.next >= b.tasks.size()) refuse_book("a batch call without tasks left");
    for (json::value const& task : b.tasks)
        if (!task.is_object()) refuse_book("a task of " + b.id + " is no object");
    return b;
}

template <class Record>
void put(collection<Record>& into, Record r, switchboard& out)
{
    if (into.find(r.id)) refuse_book(r.id + " is there twice");
    out.conversations = std::max(out.conversations, r.number);
    out.last_position = std::max(out.last_position, r.position);
    into.insert(std::move(r));
}

} // namespace

switchboard telephony::read_state(json::value const& state)
{
    switchboard out;
    for (json::value const& r : records_of(state, "calls")) put(out.calls, read_call(r), out);
    for (json::value const& r : records_of(state, "chats")) put(out.chats, read_chat(r), out);
    for (json::value const& r : records_of(state, "batch_calls")) {
        auto b = read_batch(r);
        if (!out.batches.emplace(b.id, b).second) refuse_book(b.id + " is there twice");
    }
    out.outgoing = outbox::read(state.at_or_null("deliveries"));
    out.conversations = std::max(out.conversations,
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, state.int_at("conversations", 0))));
    return out;
}

void telephony::replace(switchboard fresh)
{
    outbox_.replace(std::exchange(fresh.outgoing, {}));
    data_ = std::move(fresh);
    agenda_.clear();
    ended_calls_.clear();
    ended_chats_.clear();
    live_ = 0;
    for (auto const& [position, id] : data_.calls.order()) {
        auto& c = *data_.calls.find(id);
        if (c.is_live()) ++live_;
        if (c.phase == call_phase::ended && c.plan.empty()) ended_calls_.push_back(id);
        schedule(id, never, c.due());
    }
    for (auto const& [position, id] : data_.chats.order()) {
        auto const& c = *data_.chats.find(id);
        if (c.due() == never && c.text("chat_status") != "ongoing") ended_chats_.push_back(id);
        schedule(id, never, c.due());
    }
    for (auto const& [id, b] : data_.batches) schedule(id, never, b.due);
    ++changes_;
}

void telephony::append_state(std::string& out) const
{
    append_all(out, "calls", data_.calls);
    append_all(out, "chats", data_.chats);
    out += ",\"batch_calls\":[";
    for (auto const& [id, b] : data_.batches) {
        if (out.back() != '[') out += ',';
        json::append_text(out, saved(b));
    }
    out += "],\"conversations\":" + std::to_string(data_.conversations) + ",\"deliveries\":";
    json::append_text(out, outbox_.to_json());
}

} // namespace trunkline::retell::simulation
