#pragma once

#include "fault/accounts.hpp"
#include "fault/folder.hpp"
#include "fault/plan.hpp"
#include "support/crash_disk.hpp"
#include "sync/oracles.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::fault {

/// What happened in runs beside what befalls a request.
enum class event : std::uint8_t {
    process_killed,
    power_cut,
    died_within_disk_operation,
    disk_full,
    journal_damaged,
    answers_reordered,
    lists_lagged,
    second_engine_refused,
    stale_holder_stopped,
    knowledge_built,
    knowledge_retired, ///< Superseded a week before.
    deleted_by_name,
    made_anew,    ///< By a rollback, what its release had deleted.
    private_copy, ///< Of an engine that a second agent runs, by a rollback.
};
inline constexpr int event_count = static_cast<int>(event::private_copy) + 1;
std::string_view name(event e) noexcept;

/// What one run came to.
class run_result {
public:
    std::array<std::uint64_t, mishap_count> befell{};
    std::array<std::uint64_t, event_count> events{};
    std::vector<std::string> violations;
    std::vector<std::string> trace; ///< Empty unless asked for.
    std::uint64_t requests = 0;
    std::uint64_t disk_operations = 0;
    std::uint64_t deaths = 0;
    std::int64_t virtual_ms = 0; ///< How long it took on the virtual clock.
    /// Of these, how many were before everything goes well: where a mishap can be.
    std::uint64_t exposed_requests = 0;
    std::uint64_t exposed_disk_operations = 0;
};

/// Where every run begins: an account that was pulled into a folder, with knowledge bases released
/// from there. Made once, then only loaded.
class starting_point {
public:
    explicit starting_point(beginning b);

    beginning begun;
    json::value account; ///< As it is after that.
    test::crash_disk::image disk;
    sync::file_set files;
    std::map<std::string, json::value> built; ///< Knowledge bases.
    std::int64_t release = 0;                 ///< The newest one.
    std::string workspace;
    std::chrono::milliseconds elapsed{};
};

/// Plays plans, one after the other. The same plan gives the same result, whatever was played before.
class player {
public:
    explicit player(starting_point const& start);
    ~player();
    run_result play(run_plan const& plan, bool traced = false);

private:
    starting_point const& start_;
    std::unique_ptr<test::crash_disk> disk_;
    std::unique_ptr<folder> folder_;
};

} // namespace trunkline::fault
