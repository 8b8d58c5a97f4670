#pragma once

#include <trunkline/retell/simulator.hpp>

#include <string>

/**
 * Keeps a simulator's state in a file. The file is replaced in one step, so a kill at any time
 * leaves the old state or the new one. It is readable by its owner only: states hold SIP passwords.
 */
class state_file {
public:
    /// An empty path keeps nothing.
    state_file(std::string path, trunkline::retell::simulator& sim);

    /// Loads the state. False if there is no file; throws std::runtime_error if it is unreadable.
    bool load();
    /// Saves the state if it changed. Throws std::runtime_error.
    void save();
    bool is_dirty() const { return !path_.empty() && sim_.changes() != saved_changes_; }

private:
    std::string path_;
    trunkline::retell::simulator& sim_;
    std::uint64_t saved_changes_;
};

/// Throws std::runtime_error if the file cannot be read or is no state.
void load_account_file(trunkline::retell::simulator& sim, std::string const& path);
