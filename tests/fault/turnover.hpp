#pragma once

#include "fault/accounts.hpp"
#include "fault/dashboard.hpp"
#include "fault/folder.hpp"

#include <trunkline/store/store.hpp>
#include <trunkline/sync/plan.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::fault {

/// What the service was told of each knowledge base that it built, by id: it shows nobody its texts.
using built_knowledge = std::map<std::string, json::value>;

/**
 * What comes and goes around the engine: a knowledge base whose file is edited, resources that the
 * folder asks to delete by name, an engine that a colleague gives to a second agent.
 */
class turnover {
public:
    turnover(dashboard d, folder& files, beginning const& start);

    void edit_knowledge(std::uint64_t subject);
    /// Whoever gave an address that cannot be read corrects it.
    void repair_knowledge();
    void ask_to_delete(std::uint64_t subject);
    void share_engine();
    void rolled_back();
    /// Before something is released or taken back: what callers are told until then.
    void note_live(built_knowledge const& built);
    /// After each version that the service published.
    void published(built_knowledge const& built);
    static std::string subject_name(std::uint64_t subject);

    /// How many of each are there of what can be deleted and made anew.
    class passing {
    public:
        std::size_t agents = 0;
        std::size_t llms = 0;
        std::size_t knowledge = 0;
    };
    passing count_passing() const;
    /// Engines of their own that rollbacks gave to agents, by id: as which unit.
    std::map<std::string, std::string> copies(store::store const& s) const;
    /// How many of these there are; each must be in use, or named and not made a second time.
    std::size_t count_copies(store::store const& s, std::vector<std::string>& violations) const;
    /// Whether lists show an engine that refers to a knowledge base: at its newest version, be it a draft.
    bool is_in_newest_version(std::string const& knowledge) const;
    /// What does not hold. `conflicts`: those the engine named.
    std::vector<std::string> check(store::store const& s, std::string const& workspace,
        built_knowledge const& built, std::vector<sync::plan_conflict> const& conflicts) const;

private:
    using conflict_list = std::vector<sync::plan_conflict>;
    std::string knowledge_in_file() const;
    std::string live_knowledge(std::vector<std::string>& out, std::string const& agent,
        built_knowledge const& built) const;
    void check_knowledge(std::vector<std::string>& out, built_knowledge const& built,
        conflict_list const& conflicts) const;
    void check_orphans(
        std::vector<std::string>& out, store::store const& s, std::string const& workspace) const;
    void check_deleted(std::vector<std::string>& out, conflict_list const& conflicts) const;
    void check_shared(std::vector<std::string>& out) const;

    dashboard dashboard_;
    folder& folder_;
    beginning const& start_;
    int count_ = 0;
    std::vector<std::string> texts_; ///< What the knowledge base's file said, oldest first.
    std::map<std::string, std::set<std::string>> live_; ///< By agent: see note_live().
    std::set<std::string> deleted_;                     ///< Units.
    std::optional<std::int64_t> shared_since_;          ///< Which prompt the second line got.
    std::size_t shared_versions_ = 0;                   ///< Of the engine, when it was given.
    bool rolled_back_ = false;
};

/// The files that every folder has of knowledge bases, and the references to them.
void write_first_knowledge(folder& files, beginning const& start);
/// "Text 12": 12; what nobody wrote in a run is older than all that somebody did.
std::int64_t age_of(std::string_view text);

} // namespace trunkline::fault
