#pragma once

#include <trunkline/sync/process.hpp>
#include <trunkline/sync/redactor.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace trunkline::sync {

/// What is known from earlier, so that only what moved is fetched.
class known_resources {
public:
    virtual ~known_resources() = default;
    /// The agent as of the list stamp, or nothing if it was not read at exactly this stamp.
    virtual std::optional<resource_state> agent(
        std::string_view id, std::int64_t list_stamp) const = 0;
    /// A *published* version, which never changes; nothing if unknown or not published.
    virtual std::optional<resource_state> published(
        retell::resource_kind kind, std::string_view id, std::int64_t version) const = 0;
};

/// How far a refresh is, for progress display.
class refresh_progress {
public:
    std::size_t lists_done = 0;
    std::size_t agents_total = 0;
    std::size_t agents_done = 0;
    std::size_t engines_fetched = 0;
    std::size_t reused = 0; ///< Agents taken from what is known.
};

/**
 * Reads an account: the four lists, then one get per agent that moved, then one get per engine version
 * that is neither the listed one nor known. Fails as a whole on the first error: half a snapshot is
 * never handed out, and an empty page of a failing service never looks like an empty account.
 */
class refresh final : public stepwise {
public:
    refresh(redactor secrets, known_resources const& known);

    /// After done(): the error, or success.
    error_code result() const noexcept { return code_; }
    diagnostics const& diag() const noexcept { return diag_; }
    /// After done() without error.
    snapshot take() { return std::move(snapshot_); }
    refresh_progress progress() const noexcept { return progress_; }

private:
    using engine_key = std::pair<std::string, std::int64_t>;

    void on_agents(call_outcome, std::vector<json::value> rows);
    void on_list(retell::resource_kind kind, call_outcome, std::vector<json::value> rows);
    void list_done();
    void read_agents();
    void get_agent(std::string id, std::int64_t list_stamp, std::string display_name, bool latest);
    void add_agent(agent_state a);
    void read_engines();
    void engine_arrived(call_outcome outcome, retell::resource_kind kind, engine_key key);
    void assemble();
    bool fail(call_outcome const& outcome);

    redactor secrets_;
    known_resources const& known_;
    snapshot snapshot_;
    std::vector<json::value> agent_rows_;
    std::map<std::string, resource_state, std::less<>>
        listed_engines_;                           ///< By id, at the listed version.
    std::map<engine_key, resource_state> engines_; ///< At the versions agents name.
    std::size_t lists_open_ = 4;
    std::size_t agents_open_ = 0;
    std::size_t engines_open_ = 0;
    refresh_progress progress_;
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline::sync
