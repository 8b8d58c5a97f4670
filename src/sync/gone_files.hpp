#pragma once

#include "sync/gone_names.hpp"
#include "sync/pulled_folder.hpp"

#include <trunkline/sync/checkout.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/// What a pull does with the files that it found.
class file_fates {
public:
    using files = std::set<bundle_entry const*>;
    files rewritten;   ///< They are written as they are to be.
    files carried;     ///< Of engines: what was edited in them goes along with an agent.
    files still_named; ///< Of engines: agents are led there by their files.
    files removed;
};

/// What becomes of rows and files of what the service does not have any more: of resources, and of
/// contents of an engine. Adds to a checkout. For one pull.
class gone_files {
public:
    gone_files(std::optional<bundle> const& local, std::vector<store::base_row> const& bases,
        snapshot const& remote, name_table const& names, engine_contents const& engines,
        pulled_folder const& here, file_fates& files, prefer side, checkout& out)
        : local_(local),
          bases_(bases),
          remote_(remote),
          names_(names),
          engines_(engines),
          here_(here),
          files_(files),
          side_(side),
          out_(out)
    {}

    /// A row of something that is not there; agents before the engines that they named.
    void drop(store::base_row const& row);
    /// Prompts of files that are written or removed. One whose state got another name has another
    /// file now, too; a file that a document left alone refers to as well stays.
    void find_unused_files();

private:
    bool goes(store::base_row const& row);
    /// Whether the file of a content goes that no agent has any more. What was edited in it went
    /// along with its agents; an edit of which that is not so stays, and plans tell of it.
    bool goes_with_content(
        retell::resource_kind kind, store::base_row const& row, bundle_entry const& file);
    /// Whether an agent had it that was deleted at the service: put back, its file names this one.
    bool is_of_gone_agent(retell::resource_kind kind, store::base_row const& file) const;
    /// Whether the file of an agent names this engine's, one of those that `which` holds for.
    bool is_named_by(
        bundle_entry const& engine, std::function<bool(bundle_entry const*)> const& which) const;
    void remove(bundle_entry const& file);
    /// Whether the file goes as well. Else the base stays with it: without it the next plan would
    /// create the resource anew.
    bool is_agreed_to(
        retell::resource_kind kind, store::base_row const& row, bundle_entry const& file);
    /// What was edited in the engine of an agent that is gone, as a plan tells it. An engine that
    /// is gone as well is told of by itself, one of several such agents once.
    std::vector<plan_conflict> edits_of_left_engine(bundle_entry const& agent);
    /// What others still name keeps its name. Else what they say would be an edit of theirs, to a
    /// name that leads nowhere.
    void forget(std::optional<retell::resource_kind> kind, store::base_row const& row);
    bool is_named(retell::resource_kind kind, store::base_row const& row);

    std::optional<bundle> const& local_;
    std::vector<store::base_row> const& bases_;
    snapshot const& remote_;
    name_table const& names_;
    engine_contents const& engines_;
    pulled_folder const& here_;
    file_fates& files_;
    prefer side_;
    checkout& out_;
    std::set<std::string> told_engines_; ///< See edits_of_left_engine().
    std::optional<base_index> agreed_;   ///< Made when asked for, as the next ones.
    std::optional<snapshot_index> there_;
    std::optional<reference_index> references_;
};

} // namespace trunkline::sync::detail
