#pragma once

#include "sync/world.hpp"

/// Two agents that run one engine.
namespace trunkline::test {

/// Reception and night share one LLM, with the old prompt.
json::value shared_account();
inline constexpr auto old_prompt = "Du bist der Empfang der Praxis Müller.\nSei freundlich.\n";

/// What callers of an agent get.
json::value live_engine(world& w, std::string const& agent);

/// The file of an agent's engine, without its ending: "llms/NAME".
std::string engine_file(world& w, std::string const& agent);

} // namespace trunkline::test
