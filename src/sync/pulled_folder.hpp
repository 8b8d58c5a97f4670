#pragma once

#include "sync/engine_contents.hpp"
#include "sync/plan_index.hpp"

#include <trunkline/store/store.hpp>
#include <trunkline/sync/bundle.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace trunkline::sync::detail {

/**
 * The folder that is pulled into, as it is: its files, what was agreed on of them, and which of
 * them an agent has its engine from. Says nothing of what becomes of them.
 *
 * Keeps references to what it is made of; `names` may get more names later. Not for several threads.
 */
class pulled_folder {
public:
    /// `local`: nothing where there is no folder yet.
    pulled_folder(std::optional<bundle> const& local, std::vector<store::base_row> const& bases,
        name_table const& names, engine_contents const& engines);

    /// What was agreed on; null: nothing was.
    store::base_row const* row(std::string_view kind, std::string_view id) const;
    /// Null: there is none.
    bundle_entry const* file(retell::resource_kind kind, std::string const& name) const;
    /// Only of a folder that is there.
    file_index const& files() const { return *files_; }
    /// With ids for the names of files, also those that no base row knows.
    json::value resolved(retell::resource_kind kind, json::value document) const;

    bundle_entry const* agent_file(agent_state const& a) const;
    /// The file from which an agent has its engine so far. Only of one that has an engine.
    bundle_entry const* engine_file_of(agent_state const& a) const;
    /// The engine's file that an agent's file names, whichever the service has.
    bundle_entry const* engine_in_file(agent_state const& a) const;

    /// Whether an agent's file names the file of another engine, or of another content, than was
    /// agreed on: an edit. Not if it names one that a pull died before writing or noting.
    bool is_led_away(agent_state const& a) const { return other_engine_in_file(a) != nullptr; }
    /// That file; null also where the service has led the agent there already.
    bundle_entry const* led_to(agent_state const& a) const;
    /// Led to another content of its engine by its file, and to another engine by the service: its
    /// file says the same engine as was agreed on.
    bool is_led_two_ways(agent_state const& a) const;
    /// The key of the engine's file that an agent's file is to name: `key`, or that of the one it is
    /// led to by its file. Empty: the document itself names a file whose engine is to be created.
    std::string key_in_file(
        agent_state const& a, json::value const& document, std::string const& key) const;

private:
    bundle_entry const* other_engine_in_file(agent_state const& a) const;
    bundle_entry const* file_of_engine(agent_state const& a, std::string const& name) const;
    bool is_done(agent_state const& a, bundle_entry const& file) const;

    std::optional<file_index> files_;
    std::map<std::pair<std::string_view, std::string_view>, store::base_row const*> rows_;
    name_table const& names_;
    engine_contents const& engines_;
};

} // namespace trunkline::sync::detail
