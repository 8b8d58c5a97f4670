#include "fault/plan.hpp"

#include "fault/people.hpp"
#include "fault/turnover.hpp"

#include <array>

namespace trunkline::fault {
namespace {

constexpr std::array<std::string_view, 12> action_names{"edit the file of", "edit in the dashboard",
    "open a draft of", "create in the files", "edit in the files",
    "edit the knowledge base of the files", "ask to delete", "give the engine to the second line",
    "pull", "apply", "roll back", "a week passes"};
constexpr std::array<std::string_view, 4> disk_names{
    "process killed", "power cut", "disk full", "process killed, journal damaged"};

action some_edit(random_source& random)
{
    switch (random.below(12)) {
    case 0:
    case 1:
    case 2: return action::edit_dashboard;
    case 3: return action::open_draft;
    case 4: return action::create_in_files;
    case 5:
    case 6: return action::edit_knowledge;
    case 7: return action::ask_to_delete;
    case 8: return action::share_engine;
    default: return action::edit_file;
    }
}

void add_edits(run_plan& p, random_source& random, std::uint64_t at_most)
{
    for (auto n = random.below(at_most + 1); n > 0; --n)
        p.steps.emplace_back(some_edit(random), random.below(1'000));
}

void add_mishaps(run_plan& p, random_source& random)
{
    // Of the requests of a run, most belong to what the mishaps shall meet.
    for (auto n = 1 + random.below(4); n > 0; --n) {
        auto const at = 1 + random.below(random.below(2) ? 40 : 120);
        p.at_request[at] = static_cast<mishap>(1 + random.below(mishap_count - 1));
    }
    if (random.below(10) == 0) { // a service that keeps failing
        auto const from = 1 + random.below(60);
        auto const kind = static_cast<mishap>(1 + random.below(mishap_count - 1));
        if (kind >= mishap::error_before && kind <= mishap::ignored)
            for (auto i = from; i < from + 6; ++i) p.at_request[i] = kind;
    }
    if (random.below(2) == 0)
        for (auto n = 1 + random.below(2); n > 0; --n)
            p.at_disk[1 + random.below(900)] =
                static_cast<disk_mishap>(random.below(std::size(disk_names)));
}

} // namespace

std::string describe(step const& s)
{
    std::string out(action_names[static_cast<std::size_t>(s.what)]);
    if (s.what == action::ask_to_delete) out += " " + turnover::subject_name(s.subject);
    if (s.what <= action::edit_everything) out += " " + people::subject_name(s.what, s.subject);
    return out;
}

run_plan run_plan::from_seed(std::uint64_t seed)
{
    random_source random(seed * 0x9e3779b97f4a7c15ULL + 1);
    run_plan p;
    p.seed = seed;
    p.steps.emplace_back(action::edit_file, random.below(1'000));
    add_edits(p, random, 3);
    p.steps.emplace_back(action::apply, 0);
    if (random.below(2) == 0) {
        add_edits(p, random, 3);
        if (random.below(3) == 0) p.steps.emplace_back(action::pull, 0);
        if (random.below(4) == 0) p.steps.emplace_back(action::week_passes, 0);
        auto const back = random.below(2) == 0;
        p.steps.emplace_back(back ? action::roll_back : action::apply, 0);
    }
    add_mishaps(p, random);
    constexpr std::int64_t delays[] = {0, 0, 0, 2'000, 30'000};
    p.list_delay_ms = delays[random.below(std::size(delays))];
    return p;
}

std::string run_plan::describe() const
{
    std::string out =
        "seed " + std::to_string(seed) + ", lists lag " + std::to_string(list_delay_ms) + " ms\n";
    for (auto const& s : steps) out += "  " + fault::describe(s) + "\n";
    for (auto const& [at, m] : at_request)
        out += "  request " + std::to_string(at) + ": " + std::string(name(m)) + "\n";
    for (auto const& [at, m] : at_disk)
        out += "  disk operation " + std::to_string(at) + ": " +
            std::string(disk_names[static_cast<std::size_t>(m)]) + "\n";
    return out;
}

} // namespace trunkline::fault
