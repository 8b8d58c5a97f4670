#pragma once

#include <trunkline/sync/process.hpp>
#include <trunkline/sync/redactor.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
    /// Ids that were there when the account was last read: what is missing among many pages is
    /// looked for once more before it counts as gone.
    virtual std::vector<std::string> ids(retell::resource_kind) const { return {}; }
    /// Whether knowledge bases matter: the folder has a file of one, or the store knows one.
    virtual bool wants_knowledge() const { return false; }
    /// A redacted document as it is in memory already, if it is: what did not change is there once.
    virtual json::value kept(json::value document) const { return document; }
    /// Write-only members as last written (redacted): no answer of the service shows them.
    virtual json::object written(retell::resource_kind, std::string_view) const { return {}; }
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
 * Reads an account: the four lists, one get per agent that moved, and one get per engine version
 * that is neither the listed one nor known. Agents are read as soon as their list is there, engines
 * as soon as an agent names them and their list is there. Fails as a whole on the first error: half
 * a snapshot is never handed out, and an empty page of a failing service never looks like an empty
 * account.
 *
 * Objects may come and go while their pages are read. A list of several pages in which a row was met
 * twice or a known one is missing is walked again until two walks in a row show the same; an agent
 * that was listed and is gone when it is read costs one more walk. list_unstable if it never rests.
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
    void on_failure(error const& e) override;
    using engine_key = std::pair<std::string, std::int64_t>;

    void walk(retell::resource_kind kind);
    void on_list(retell::resource_kind kind, call_outcome, listing list);
    void note_gone(retell::resource_kind kind, std::vector<json::value> const& rows);
    bool is_stable(retell::resource_kind kind, listing const& list);
    void on_agents(std::vector<json::value> rows);
    void on_rows(retell::resource_kind kind, std::vector<json::value> rows);
    json::value taken_in(retell::resource_kind kind, json::value document) const;
    void vanished(std::string id, std::string display_name);
    void look_for_vanished();
    void on_agents_again(std::vector<json::value> rows);
    void never_rests(retell::resource_kind kind);
    void list_done();
    void read_agents(std::vector<json::value> const& rows);
    void get_agent(std::string id, std::int64_t list_stamp, std::string display_name, bool latest);
    void add_agent(agent_state a);
    void read_engine(engine_reference const& ref);
    void engine_arrived(call_outcome outcome, retell::resource_kind kind, engine_key key);
    /// At the end of each answer: assembles the snapshot when nothing is open any more.
    void settle();
    void assemble();
    bool fail(call_outcome const& outcome);

    redactor secrets_;
    known_resources const& known_;
    snapshot snapshot_;
    std::map<std::string, resource_state, std::less<>>
        listed_engines_;                           ///< By id, at the listed version.
    std::map<engine_key, resource_state> engines_; ///< At the versions agents name.
    std::set<engine_key> wanted_;                  ///< Those looked for so far.
    std::set<retell::resource_kind> listed_;       ///< Kinds whose list is complete.
    std::map<retell::resource_kind, std::vector<engine_reference>>
        unlisted_; ///< Engines of agents that arrived before the list of their kind.
    class walks {
    public:
        std::size_t count = 0;
        std::set<std::string> ids; ///< Of the last one.
    };
    std::map<retell::resource_kind, walks> walks_;
    std::map<std::string, std::string> vanished_; ///< Agents that were listed; id -> display name.
    std::size_t looks_ = 0;                       ///< For those.
    std::size_t lists_open_ = 4;
    std::size_t agents_open_ = 0;
    std::size_t engines_open_ = 0;
    refresh_progress progress_;
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline::sync
