#pragma once

#include "sync/rollback_numbers.hpp"

#include <set>

namespace trunkline::sync::detail {

/// Takes away what a release created, as long as it is as it was made and nobody else uses it.
class creation_undoer {
public:
    /// `numbers`: what is planned for them by now.
    creation_undoer(rollback_work& work, number_returner const& numbers,
        std::vector<unit_result> const& results);

    /// What is created may refer to each other in a circle: it goes together, or what somebody else
    /// uses stays with all that it uses itself.
    void run();

private:
    void find_links();
    bool can_go(unit_result const& r);
    bool is_used(unit_result const& r);
    bool is_as_made(unit_result const& r, resource_state const& now) const;
    bool is_engine_as_made(resource_state const& now, std::int64_t version) const;
    json::value planned_content(std::string const& unit) const;
    resource_state const* state_of(unit_result const& r) const;
    resource_state const* agent_state_of(std::string const& id) const;
    resource_state const* engine_state_of(std::string const& id) const;
    std::string users_of_agent(resource_state const& made) const;
    std::string users_of_engine(std::string const& id) const;
    std::string users_by_engine(resource_state const& made) const;
    bool stays_bound(resource_state const& number, resource_state const& made) const;
    bool is_older(std::string_view agent, std::int64_t version, resource_state const& made) const;
    bool follows(std::string const& number, std::string_view agent) const;

    rollback_work& work_;
    number_returner const& numbers_;
    std::vector<unit_result> const& results_;
    std::set<std::string> removed_;             ///< Ids of what goes.
    std::map<std::string, json::object> links_; ///< By id of the engine.
};

} // namespace trunkline::sync::detail
