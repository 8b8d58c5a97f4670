#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::sync {

/// One version of one resource as the service has it. The document is redacted (see redactor).
class resource_state {
public:
    resource_state() {}
    retell::resource_kind kind = retell::resource_kind::agent;
    std::string id;
    std::int64_t version = 0;
    bool published = false;
    std::int64_t stamp = 0; ///< last_modification_timestamp
    json::value document;
};

/// An agent at its newest published version (or its latest draft if it was never published), with
/// the engine version that this version names.
class agent_state {
public:
    agent_state() {}
    std::string display_name;
    std::int64_t list_stamp = 0; ///< user_modified_timestamp of its list row
    resource_state agent;
    std::optional<resource_state> engine; ///< Nothing for custom-llm.
    std::string const& id() const noexcept { return agent.id; }
};

/// What an account holds, as far as releases are concerned.
class snapshot {
public:
    snapshot() {}
    std::vector<agent_state> agents;
    std::vector<resource_state> numbers;
    std::vector<resource_state> spare_engines; ///< LLMs and flows that no agent names.
    /// Known from the last reading and not there any more.
    std::vector<std::pair<retell::resource_kind, std::string>> gone;
    std::vector<resource_state> knowledge; ///< Knowledge bases, if they were read.
    bool knowledge_read = false;           ///< They are where the folder or the store knows of one.
    std::size_t chat_agents = 0; ///< Listed, but not read: releases are about voice agents.

    agent_state const* find_agent(std::string_view id) const noexcept;
    resource_state const* find_number(std::string_view number) const noexcept;
    resource_state const* find_spare_engine(std::string_view id) const noexcept;
    resource_state const* find_knowledge(std::string_view id) const noexcept;
};

/// Which engine an agent document names: kind, id, version (-1: none named). Nothing for
/// custom-llm. Base rows under this name hold the write-only members last written, redacted: by any
/// folder, by releases and by rollbacks.
inline constexpr std::string_view written_workspace = "@written";

/// Base rows under this name are the knowledge bases that releases built: by id, with the name of
/// their file; the document is {"workspace", "content"}. list_stamp says when another one took the
/// place of one, 0 that it is in use. One that was superseded is kept so that a rollback finds it.
inline constexpr std::string_view knowledge_workspace = "@knowledge";

/// Base rows under this name say which pins of a number follow the releases of their agents, at the
/// versions that pulls and releases last saw: {agent id: [version, ...]}, by number. See follower_memory.
inline constexpr std::string_view followers_workspace = "@followers";

/// Base rows under this name are the folders (workspaces) that a pull is writing to, those under it
/// and a folder's name what that pull is about to keep: see begin_pull().
inline constexpr std::string_view pull_workspace = "@pull";

class engine_reference {
public:
    engine_reference() {}
    retell::resource_kind kind = retell::resource_kind::llm;
    std::string id;
    std::int64_t version = -1;
};
std::optional<engine_reference> engine_of(json::value const& agent_document);

/// The agreed content of the engine an agent runs is kept per agent, because agents that share an
/// engine are released one by one: rows of this kind, with the agent's id.
inline constexpr std::string_view agent_engine_kind = "agent-engine";

/// Rows of this kind keep the name of an agent or engine that is gone from the account and from the
/// folder, as long as others name it: without it, what they say would read as an edit.
std::string gone_kind(retell::resource_kind kind);

/// Reads the bookkeeping members (id, version, is_published, stamp) of a resource document.
resource_state describe(retell::resource_kind kind, json::value document);

/// The id member of a kind: "agent_id", "llm_id", "conversation_flow_id", "phone_number".
std::string_view id_member(retell::resource_kind kind) noexcept;

/// The four members of a phone number that bind agents.
inline constexpr std::string_view pin_members[] = {
    "inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents"};

} // namespace trunkline::sync
