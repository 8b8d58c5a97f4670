#pragma once

#include "simulator_model.hpp"

/// The parts simulated calls and chats are made of.
namespace trunkline::retell::simulation {

inline constexpr std::int64_t never = INT64_MAX;

enum class call_phase : std::uint8_t {
    registered, ///< Waits for somebody to join.
    asking,     ///< Inbound, for the answer of the number's webhook.
    waiting,    ///< Inbound, for a free line.
    dialing,    ///< Outbound, until somebody answers.
    talking,
    ended, ///< The analysis may still be due.
};
std::string_view name(call_phase p) noexcept;

/// What a call does by itself when its time comes.
enum class call_act : std::uint8_t {
    connect, ///< Somebody joins, or answers.
    admit,   ///< Looks for a free line again.
    speak,   ///< The next step of the script.
    bridge,  ///< The transfer comes to its end, good or bad.
    end_leg, ///< The transferred call ends.
    cut,     ///< It has lasted too long.
    expire,  ///< Nobody joined.
    analyze,
};
std::string_view name(call_act a) noexcept;

class planned_act {
public:
    std::int64_t at = 0; ///< unix ms
    call_act act = call_act::connect;
};

/// What both kinds of conversation have: the document clients see, and what drives it.
class conversation {
public:
    std::string id;
    std::int64_t position = 0; ///< When it was created: its place in lists.
    std::uint64_t number = 0;  ///< The how manieth: what its randomness is drawn from.
    json::object doc;
    json::object agent; ///< The agent's settings that matter here, overrides applied.
    engine_ref engine;
    std::uint64_t waits_for = 0; ///< The delivery whose answer it needs to go on.

    std::string_view text(std::string_view member) const
    {
        json::value const* v = doc.find(member);
        return v ? v->string_or({}) : std::string_view();
    }
    std::int64_t integer(std::string_view member) const
    {
        json::value const* v = doc.find(member);
        return v ? v->int_or(0) : 0;
    }
    /// The array of that name; made if it is not there.
    json::array& list(std::string_view member) { return doc[member].make_array(); }
};

class call_record : public conversation {
public:
    call_phase phase = call_phase::registered;
    json::object script; ///< See telephony_script.hpp; empty until the call connects.
    std::size_t step = 0;
    std::vector<planned_act> plan;
    json::array turns; ///< Milliseconds from the user's last word to the agent's first, per turn.
    std::int64_t asked = 0; ///< When it began to wait, for that or for a line.
    json::object findings;  ///< The analysis to come.
    json::array tools;      ///< {name, type, latency_ms, success} of each tool call.

    /// The earliest planned act; never when there is none.
    std::int64_t due() const noexcept;
    bool is_live() const noexcept
    {
        return phase == call_phase::dialing || phase == call_phase::talking;
    }
};

class chat_record : public conversation {
public:
    std::string first_text;    ///< Of an inbound chat that waits to be admitted.
    std::int64_t closes = 0;   ///< When silence ends it.
    std::int64_t analyzed = 0; ///< When it is analysed; 0: done, or not yet ended.

    std::int64_t due() const noexcept;
};

/// A batch call that has tasks left.
class batch_record {
public:
    std::string id;
    std::int64_t position = 0;
    std::string from;
    json::array tasks;
    std::size_t next = 0;
    std::int64_t reserved = 0; ///< Lines it leaves to others.
    std::int64_t due = 0;
};

} // namespace trunkline::retell::simulation
