#pragma once

#include "telephony_model.hpp"

/// What a conversation leaves behind in its document.
namespace trunkline::retell::simulation {

/// Seconds with three decimals.
json::value seconds(std::int64_t ms);

/// How long it takes to say something.
std::int64_t speaking_time(std::string_view text);

/// Adds what somebody says to the three transcripts of a call. `at` counts from the start of the
/// call, `lasts` is how long it is spoken; both in ms.
void add_utterance(call_record& c, std::string_view role, std::string_view text, std::int64_t at,
    std::int64_t lasts);
/// An entry that is no speech: tool calls, digits, messages.
void add_event(call_record& c, json::object entry);

/// Latency, cost, tokens and recordings, once a call that connected has ended.
void add_figures(call_record& c);
/// Takes out what the storage setting forbids to keep.
void withhold(call_record& c);

/// call_analysis of an ended call; the script may state members of it.
json::object analyze(call_record const& c);
/// chat_analysis
json::object analyze(chat_record const& c);

/// The call without its transcripts, as lists show it.
std::string list_row(call_record const& c);

/// Replaces {{name}} by the variable; names without one stay.
std::string fill_in(std::string_view text, json::value const& variables);

} // namespace trunkline::retell::simulation
