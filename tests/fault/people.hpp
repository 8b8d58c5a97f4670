#pragma once

#include "fault/dashboard.hpp"
#include "fault/folder.hpp"
#include "fault/plan.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/retell/simulator.hpp>
#include <trunkline/sync/plan.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::fault {

/**
 * The people around the engine: one edits the folder, a colleague works in the dashboard. Each edit
 * has a value of its own, so that afterwards nobody's can have disappeared unnoticed.
 */
class people {
public:
    people(dashboard d, folder& files);

    void edit_file(std::uint64_t subject);
    void edit_dashboard(std::uint64_t subject);
    void open_draft(std::uint64_t subject);
    void create_in_files(std::uint64_t subject);
    /// Subjects below this are fields of versioned resources.
    static std::uint64_t versioned_fields();
    /// Of a large_account(): every prompt and every nickname.
    void edit_everything();
    static std::string subject_name(action a, std::uint64_t subject);

    /// To be told when a release was taken back: local edits may be gone again.
    void rolled_back() { rolled_back_ = true; }

    /// Engines that a rollback made as copies for one agent, by id.
    using copy_list = std::map<std::string, std::string>;
    /// Whose edits disappeared without a word. `conflicts`: those the engine named.
    std::vector<std::string> lost(
        std::vector<sync::plan_conflict> const& conflicts, copy_list const& copies) const;
    /// Agents that must exist in the end, each with an engine of its own.
    std::size_t created() const noexcept { return created_.size(); }
    std::set<std::string> const& created_names() const noexcept { return created_; }

private:
    class field;
    static std::vector<field> const& fields();
    class history {
    public:
        std::optional<json::value> original;
        std::optional<json::value> local;
        std::vector<json::value> earlier; ///< What the files said before: a rollback may lead there.
        std::optional<json::value> remote;
        bool local_knew_remote =
            false; ///< The file showed the colleague's value when it was edited.
        bool remote_knew_local = false; ///< Ours was live when the colleague edited.
    };
    class draft {
    public:
        std::string agent;
        std::int64_t version = 0;
        std::string text;
    };

    json::value next_value(field const& f);
    json::value live_value(field const& f) const;
    json::value file_value(field const& f) const;
    std::vector<std::string> lost_of_everything() const;
    std::vector<std::string> bound() const;
    std::optional<std::string> judge(field const& f, history const& h,
        std::vector<sync::plan_conflict> const& conflicts, copy_list const& copies) const;
    bool shows_default(field const& f, copy_list const& copies) const;

    dashboard dashboard_;
    folder& folder_;
    int count_ = 0;
    std::map<std::size_t, history> histories_;
    std::vector<draft> drafts_;
    std::set<std::string> created_;
    std::map<std::string, std::string> prompts_; ///< By agent name, when everything was edited.
    std::map<std::string, std::string> nicknames_;
    bool rolled_back_ = false;
};

} // namespace trunkline::fault
