#pragma once

#include "simulator_model.hpp"
#include "simulator_shelf.hpp"

namespace trunkline::retell::simulation {

/// Everything an account holds, as one value: loading builds a new one and moves it in.
class inventory {
public:
    collection<agent_record> agents;
    collection<engine_record> llms;
    collection<engine_record> flows;
    collection<number_record> numbers;
    simulation::shelves shelves;
    json::array voices;
    json::object mcp_servers; ///< id -> tools as get-mcp-tools gives them.
    json::object extra;       ///< Members of the state that are not ours.
    std::uint64_t next_id = 1;
    std::int64_t last_timestamp = 0;

    collection<engine_record>& engines(engine_kind k)
    {
        return k == engine_kind::flow ? flows : llms;
    }
    collection<engine_record> const& engines(engine_kind k) const
    {
        return k == engine_kind::flow ? flows : llms;
    }

    /// Agents with a version on the engine.
    std::vector<std::string> users_of(std::string_view engine_id) const;
    /// All changes of agent versions go through these three: they keep users_of() right.
    agent_record& insert_agent(agent_record a);
    void erase_agent(agent_record const& a);
    void put_revision(agent_record& a, revision r);
    void erase_revision(agent_record& a, std::int64_t number);

private:
    void count_use(agent_record const& a, revision const& r, int by);
    std::map<std::string, std::map<std::string, int>, std::less<>>
        users_; ///< engine -> agent -> versions
};

/// Puts a version in its place, replacing the one of the same number.
void place(versioned& v, revision r);

} // namespace trunkline::retell::simulation
