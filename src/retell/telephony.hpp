#pragma once

#include "simulator_account.hpp"
#include "telephony_model.hpp"
#include "telephony_outbox.hpp"

#include <trunkline/core/random.hpp>

#include <deque>

namespace trunkline::retell::simulation {

/// An agent and how it was asked for.
class assignment {
public:
    std::string agent_id;
    std::string version; ///< A number, a tag, or empty.
};
/// Refuses with 400 a version that is neither an integer nor a text.
assignment assignment_of(
    json::value const& holder, std::string_view id_member, std::string_view version_member);
/// Refuses with 400 what is no object of texts.
void check_variables(json::value const& body);

/// Everything a telephony holds, as one value: loading builds a new one and moves it in.
class switchboard {
public:
    collection<call_record> calls;
    collection<chat_record> chats;
    std::map<std::string, batch_record, std::less<>> batches; ///< Those with tasks left.
    std::uint64_t conversations = 0;                          ///< Ever begun.
    mail outgoing; ///< Only while a state is loaded: then it is the outbox's.
    std::int64_t last_position = 0;
};

/**
 * The calls, chats and batch calls of an account. They go on by themselves: run() plays all that is
 * due, in the order of time, as if it had been called at each moment. Public operations answer one
 * request or throw a refusal, having changed nothing.
 */
class telephony {
public:
    /// All must outlive it.
    telephony(simulator_options const& options, time_source& time, account& agents)
        : options_(options), time_(time), account_(agents), outbox_(options.webhooks, options.seed)
    {}

    // telephony_calls.cpp
    http::reply create_phone_call(call const&);
    http::reply register_phone_call(call const&);
    http::reply create_web_call(call const&);
    http::reply create_legacy_web_call(call const&);
    http::reply get_call(call const&);
    http::reply update_call(call const&);
    http::reply delete_call(call const&);
    http::reply rerun_call_analysis(call const&);

    // telephony_live.cpp
    http::reply stop_call(call const&);
    http::reply update_live_call(call const&);
    http::reply listen_live_call(call const&);
    http::reply take_over_live_call(call const&);

    // telephony_lists.cpp
    http::reply list_calls(call const&);
    http::reply list_legacy_calls(call const&);
    http::reply list_chats(call const&);

    // telephony_chats.cpp
    http::reply create_chat(call const&);
    http::reply create_sms_chat(call const&);
    http::reply create_chat_completion(call const&);
    http::reply get_chat(call const&);
    http::reply update_chat(call const&);
    http::reply end_chat(call const&);
    http::reply delete_chat(call const&);
    http::reply rerun_chat_analysis(call const&);

    // telephony_batches.cpp
    http::reply create_batch_call(call const&);
    http::reply get_concurrency(call const&);

    // telephony_control.cpp: what no client can do.
    /// {direction: inbound (default), outbound or web, from_number, to_number, agent_id, script
    /// ...}, or {call_id, script}: somebody joins a registered call. Answers the call.
    json::value begin(json::value const& what);
    /// {from_number, to_number, text, metadata ...}: somebody writes to one of the account's
    /// numbers. Answers the chat.
    json::value receive_text(json::value const& what);

    /// Plays what is due.
    void run();
    /// Deliveries for the host to make; see outbox.
    std::vector<webhook_delivery> take_deliveries(std::size_t at_most);
    void settle(webhook_delivery const& attempt, webhook_outcome outcome);
    json::value delivery_report() const { return outbox_.report(); }
    void clear_delivery_report() { outbox_.clear_report(); }
    /// When something happens by itself, unix ms; never if nothing will.
    std::int64_t next_due() const noexcept;

    // telephony_state.cpp
    /// Throws trunkline::error (invalid_argument); the old state is kept then.
    static switchboard read_state(json::value const& state);
    void replace(switchboard fresh);
    /// Appends ,"calls":[...] and so on.
    void append_state(std::string& out) const;

    std::uint64_t changes() const noexcept { return changes_; }

private:
    // telephony_calls.cpp
    call_record& find_call(std::string_view id);
    chat_record& find_chat(std::string_view id);
    /// Gives a conversation its id, its number and its place in lists.
    void introduce(conversation& c, std::string_view id_prefix);
    call_record new_phone_call(json::value const& body, std::string_view direction);
    call_record new_web_call(json::value const& body);
    call_record& register_web_call(json::value const& body);
    call_record& admit(call_record c);
    call_record& dial(json::value const& body, std::string_view batch);

    // telephony_control.cpp
    call_record& begun(json::value const& what);
    void ring_as_scripted(call_record& c);
    std::int64_t ring_of(call_record const& c) const;
    call_record& join(std::string_view id);

    // telephony_inbound.cpp
    call_record& ring(json::value const& what);
    /// What the reply to a question makes of the contact. Of an invalid one: nothing.
    enum class reply_effect : std::uint8_t { none, rejected, followed };
    void ask(conversation& c, std::string const& url, json::object question, std::string_view kind);
    reply_effect answered(conversation& c, webhook_outcome const& outcome, std::string_view member);
    reply_effect follow(conversation& c, json::value const& reply);
    void answered(call_record& c, webhook_outcome const& outcome);
    void answered(chat_record& c, webhook_outcome const& outcome);
    void admit_inbound(call_record& c);
    void admit_inbound(chat_record& c);

    // telephony_hooks.cpp
    void emit(conversation const& c, std::string_view event, json::object extra = {});
    void conclude(verdict const& v);

    // telephony_functions.cpp
    void invoke(call_record& c, json::value const& tool, json::value const& arguments);
    void returned(call_record& c, verdict const& v);
    void add_result(call_record& c, std::string_view text, bool successful);

    // telephony_agents.cpp
    void assign(conversation& c, assignment const& to, json::value const& override);
    /// One of the agents of a number, by their weights. Nothing if it has none.
    std::optional<assignment> draw(
        std::string_view number, std::string_view list, conversation const& c);
    random_source draws(conversation const& c, std::uint64_t purpose) const;

    // telephony_run.cpp
    void plan(call_record& c, std::int64_t at, call_act act);
    void unplan(call_record& c);
    void play(call_record& c, planned_act const& next);
    void connect(call_record& c, std::int64_t at);
    void speak(call_record& c, std::int64_t at);
    void say(call_record& c, json::value const& step, std::int64_t at);
    void use_tool(call_record& c, json::value const& step, std::int64_t at);
    void play_next(std::int64_t at);
    std::int64_t next_act() const noexcept;
    void transfer(call_record& c, json::value const& step, std::int64_t at);
    void bridge(call_record& c, std::int64_t at);
    void end_leg(call_record& c, std::int64_t at);
    void end(call_record& c, std::string_view reason, std::int64_t at);
    void add_analysis(call_record& c);
    void forget_old();
    std::int64_t pace(std::int64_t ms) const;
    /// The moment that is being played.
    std::int64_t now() const noexcept { return playing_ ? *playing_ : time_.unix_ms(); }

    // telephony_batches.cpp
    std::size_t live_calls() const noexcept { return live_; }
    std::size_t line_count() const noexcept;
    bool has_line(std::string_view direction) const noexcept;
    void enter(call_record& c, call_phase phase);
    void wait_for_line(call_record& c, std::int64_t at);
    void run_batch(batch_record& b);

    // telephony_chats.cpp
    chat_record new_chat(json::value const& body, std::string_view type);
    chat_record& add_chat(chat_record c);
    void start_chat(chat_record& c);
    json::value converse(chat_record& c, std::string_view text);
    json::value add_message(chat_record& c, std::string_view role, std::string_view text);
    void add_analysis(chat_record& c);
    void run_chat(chat_record& c);
    void end(chat_record& c, std::int64_t at);
    void schedule(std::string const& id, std::int64_t before, std::int64_t after);

    simulator_options const& options_;
    time_source& time_;
    account& account_;
    outbox outbox_;
    switchboard data_;
    std::set<std::pair<std::int64_t, std::string>> agenda_; ///< When which conversation or batch is due.
    std::deque<std::string> ended_calls_, ended_chats_; ///< Oldest first; some may be deleted.
    std::optional<std::int64_t> playing_;
    std::size_t live_ = 0;
    std::uint64_t changes_ = 0;
};

} // namespace trunkline::retell::simulation
