#pragma once

#include "fault/network.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace trunkline::fault {

/// What people and engine do, one after the other.
enum class action : std::uint8_t {
    edit_file,       ///< Field `subject` in the folder.
    edit_dashboard,  ///< Field `subject` by a colleague, published.
    open_draft,      ///< A colleague opens a draft of agent `subject` and leaves it.
    create_in_files, ///< A new agent with an LLM of its own.
    edit_everything, ///< In the folder of a large account.
    edit_knowledge,  ///< Another text in the knowledge base's file.
    ask_to_delete,   ///< Takes files away and names them in deleted.json.
    share_engine,    ///< A colleague gives the reception's engine to a second agent.
    pull,
    apply,
    roll_back,   ///< The newest release of an apply.
    week_passes, ///< What was superseded goes with the next apply.
};

class step {
public:
    step() {}
    step(action a, std::uint64_t s) : what(a), subject(s) {}
    action what = action::apply;
    std::uint64_t subject = 0;
};

std::string describe(step const& s);

/// What happens to the disk at its n-th operation of the run.
enum class disk_mishap : std::uint8_t {
    dies_process_killed,
    dies_power_cut,
    runs_full,
    dies_journal_damaged, ///< And the last records of the release under way are altered or gone.
};

/// Everything one run does, derived from its seed; taking parts away leaves the others where they are.
class run_plan {
public:
    run_plan() {}
    static run_plan from_seed(std::uint64_t seed);

    std::uint64_t seed = 0;
    std::vector<step> steps;
    std::map<std::uint64_t, mishap> at_request; ///< By number of the request, from 1.
    std::map<std::uint64_t, disk_mishap> at_disk;
    std::int64_t list_delay_ms = 0; ///< New resources appear in lists this much later.

    std::string describe() const;
};

} // namespace trunkline::fault
