#pragma once

#include <trunkline/store/store.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::sync {

class name_table;

namespace detail {

/// Whether what was agreed on of an agent's engine is of this one.
bool is_of_engine(store::base_row const& agreed, resource_state const& engine);

/// Base rows in which an engine's plain id is that of a file which agents of it have.
class rows_by_use {
public:
    std::vector<store::base_row> rows;
    std::set<std::string> moved; ///< Ids that other rows had before.
};

/// Where no agent has the file of an engine's plain id any more, the file that most of them have
/// takes the id, and the other one its key, for the file may stay. Nothing: all are so already.
std::optional<rows_by_use> move_plain_ids(
    snapshot const& remote, std::vector<store::base_row> const& bases);

/**
 * What runs of each engine. Agents that share one may run different contents of it; each content
 * gets a file of its own, known by a key (see variant()).
 *
 * A content keeps the key that its agents have so far, whatever versions are published: a file goes
 * on being the file of the same agents. Of several contents that come from one file the one with
 * most agents keeps it, then the one with the agent of its name, then the one in which nothing was
 * changed. One content of each engine has its plain id.
 *
 * Thread safety: none is needed, nothing changes. Keeps pointers into the snapshot.
 */
class engine_contents {
public:
    engine_contents(
        snapshot const& remote, std::vector<store::base_row> const& bases, name_table const& names);

    /// The content that the file shows, by key.
    std::map<std::string, resource_state const*> const& by_key() const noexcept { return shown_; }
    /// Of an agent that has an engine.
    std::string const& key_of(std::string const& agent_id) const { return key_.at(agent_id); }
    std::vector<agent_state const*> const& agents_on(std::string const& key) const;
    bool is_run(std::string_view engine_id) const { return contents_.contains(engine_id); }
    /// How many contents of it there are.
    std::size_t count(std::string_view engine_id) const;

private:
    void add(std::string const& key, std::vector<agent_state const*> const& agents);

    std::map<std::string, resource_state const*> shown_;
    std::map<std::string, std::string> key_; ///< By agent.
    std::map<std::string, std::vector<agent_state const*>> agents_on_;
    std::map<std::string, std::size_t, std::less<>> contents_; ///< By engine.
};

} // namespace detail
} // namespace trunkline::sync
