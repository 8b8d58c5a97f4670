#pragma once

#include <trunkline/core/json.hpp>

#include <string>
#include <vector>

namespace trunkline::fault {

/// Where runs begin: what the service holds, and which files get the knowledge base of the folder.
class beginning {
public:
    /// An agent of the account, and how plans call it.
    class user {
    public:
        std::string agent;
        std::string unit;
        std::string engine_file;
    };
    json::value account;
    std::vector<user>
        knowledge_users;      ///< Of "knowledge/praxis"; "knowledge/alt" is the old announcement's.
    std::string shared_agent; ///< Whose engine a colleague gives to the second line.
};

/// The small account of the tests, with an agent that can be deleted and a second line.
beginning small_beginning();
/// Agents with an LLM of their own each, numbers on half of them, and the same two.
beginning large_beginning(int agents);

} // namespace trunkline::fault
