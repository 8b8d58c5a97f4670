#pragma once

#include <trunkline/core/json.hpp>

#include <cstdint>

namespace trunkline::retell {

/**
 * Makes a whole account to try things on: 24 invented German businesses with more than a hundred
 * agents, their engines (LLMs and conversation flows) in all published versions, a few drafts, and
 * forty phone numbers. It has the size and the shapes of real accounts, and their blemishes:
 * numbers that are pinned to an old version or to none, drafts somebody left open, members the
 * vendor's types do not know.
 *
 * The result is a state document as simulator::load_state() takes it:
 * {"format": 1, "agents": [{"agent_id", "tags"?, "versions": [...]}], "retell_llms": [{"llm_id",
 * "versions": [...]}], "conversation_flows": [{"conversation_flow_id", "versions": [...]}],
 * "phone_numbers": [...], "next_id"}; versions are full documents in ascending order.
 *
 * Nothing in it is real: telephone numbers lie in blocks reserved for fiction, hosts never resolve,
 * and every secret contains the text "CANARY" (nothing else does), so that a leak is found by a
 * search.
 *
 * The same seed and time give the same document; another seed gives other ids, texts and shapes
 * within the same counts. `now_ms` (unix, milliseconds) is later than every timestamp in the
 * document. Thread safety: any thread.
 */
json::value make_demo_account(std::uint64_t seed, std::int64_t now_ms);

} // namespace trunkline::retell
