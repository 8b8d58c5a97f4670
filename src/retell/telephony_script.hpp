#pragma once

#include "telephony_model.hpp"

#include <trunkline/core/random.hpp>

/**
 * What happens in a simulated call.
 *
 *     {"ring_ms": 1500,                       // until it is answered
 *      "steps": [
 *        {"say": "user", "text": "...", "ms": 1200},           // or agent, transfer_target
 *        {"tool": "book_appointment", "arguments": {...}, "result": "..."},
 *        {"transfer": "+49...", "option": {...}, "outcome": "bridged"}, // or cancelled
 *        {"digit": "1"}, {"wait_ms": 2000}],
 *      "disconnection_reason": "user_hangup",
 *      "analysis": {"user_sentiment": "Negative"}}             // members of call_analysis
 *
 * All members may be left out. A tool of type custom is called where it is configured; `result` is
 * what the others give. A reason that says nobody was reached leaves the steps out.
 */
namespace trunkline::retell::simulation {

/// Refuses with 400 what is no script.
void check_script(json::value const& script);

/// A script for those who bring none: a short talk, told apart by what is drawn.
json::object make_script(conversation const& c, random_source& random);

/// What the agent of a chat answers.
std::string_view make_answer(random_source& random);

/// Whether it is one of the reasons the service knows.
bool is_disconnection_reason(std::string_view reason) noexcept;
/// What such a call's status becomes: ended, not_connected or error.
std::string_view status_after(std::string_view reason, bool connected) noexcept;
/// Whether a call that ends for this reason is never answered.
bool is_unanswered(std::string_view reason) noexcept;

} // namespace trunkline::retell::simulation
