#include "fault/run.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace trunkline;
using namespace trunkline::fault;

class settings {
public:
    std::uint64_t seeds = 1'000;
    std::uint64_t first = 1;
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    bool one = false;           ///< --seed without a number of runs: that one, explained.
    bool counted = false;       ///< A number of runs or a time was given.
    bool until_failure = false; ///< The first run with a violation is the last.
    std::uint64_t seconds =
        0;                   ///< As many seeds as there is time for; 0: as many as were asked for.
    std::uint64_t every = 0; ///< Exhaustive: each boundary of this many is played; 0: by seeds.
    bool compares = false;   ///< Played by one process and by several, they must be the same.
};

int usage()
{
    std::fputs(
        "Usage: fault [--seeds N] [--seed S] [--jobs J]   N runs, from seed S on\n"
        "       fault --minutes M [--seed S] [--jobs J]  as many as there is time for (or "
        "--seconds)\n"
        "       fault --seed S                           one run, with what happens in it\n"
        "       fault --exhaustive 1                     plans over everything, killed at every "
        "boundary (N: at every Nth)\n"
        "       fault --same N                           N runs by one process and by three: the "
        "same?\n",
        stderr);
    return 64;
}

bool read_number(char const* text, std::uint64_t& out)
{
    auto const* const end = text + std::strlen(text);
    return std::from_chars(text, end, out).ptr == end && end != text;
}

void print(run_result const& r)
{
    for (auto const& line : r.trace) std::printf("%s\n", line.c_str());
    for (auto const& v : r.violations) std::printf("VIOLATION %s\n", v.c_str());
}

/// Takes away whatever the failure does not need, until nothing more can be taken away.
run_plan shrink(player& p, run_plan plan)
{
    auto const fails = [&](run_plan const& candidate) {
        return !p.play(candidate).violations.empty();
    };
    for (bool smaller = true; smaller;) {
        smaller = false;
        auto const attempt = [&](run_plan candidate) {
            if (!fails(candidate)) return false;
            plan = std::move(candidate);
            return smaller = true;
        };
        for (std::size_t i = plan.steps.size(); i-- > 0;) {
            auto c = plan;
            c.steps.erase(c.steps.begin() + static_cast<std::ptrdiff_t>(i));
            attempt(std::move(c));
        }
        auto const requests = plan.at_request;
        for (auto const& [at, m] : requests) {
            auto c = plan;
            c.at_request.erase(at);
            attempt(std::move(c));
        }
        auto const disk = plan.at_disk;
        for (auto const& [at, m] : disk) {
            auto c = plan;
            c.at_disk.erase(at);
            attempt(std::move(c));
        }
        if (plan.list_delay_ms != 0) {
            auto c = plan;
            c.list_delay_ms = 0;
            attempt(std::move(c));
        }
    }
    return plan;
}

int explain(starting_point const& start, std::uint64_t seed)
{
    player p(start);
    auto plan = run_plan::from_seed(seed);
    auto result = p.play(plan);
    if (!result.violations.empty()) {
        std::printf("%s", plan.describe().c_str());
        for (auto const& v : result.violations) std::printf("VIOLATION %s\n", v.c_str());
        plan = shrink(p, std::move(plan));
        std::printf("\nas little of it as fails:\n");
    }
    std::printf("%s\n", plan.describe().c_str());
    result = p.play(plan, true);
    print(result);
    std::printf("%zu violations\n", result.violations.size());
    return result.violations.empty() ? 0 : 1;
}

class totals {
public:
    std::uint64_t runs = 0;
    std::uint64_t failed = 0;
    std::uint64_t requests = 0;
    std::uint64_t disk_operations = 0;
    std::uint64_t deaths = 0;
    std::uint64_t fingerprint = 0; ///< Of all that happened, in whatever order the runs were.
    std::array<std::uint64_t, mishap_count> befell{};
    std::array<std::uint64_t, event_count> events{};

    void add(run_plan const& plan, run_result const& r)
    {
        std::uint64_t mark = 14'695'981'039'346'656'037u;
        auto const mix = [&](std::uint64_t n) { mark = (mark ^ n) * 1'099'511'628'211u; };
        ++runs;
        failed += !r.violations.empty();
        requests += r.requests;
        disk_operations += r.disk_operations;
        deaths += r.deaths;
        for (auto const n : {plan.seed, r.requests, r.disk_operations, r.deaths,
                 static_cast<std::uint64_t>(r.virtual_ms),
                 static_cast<std::uint64_t>(r.violations.size())})
            mix(n);
        for (std::size_t i = 0; i < befell.size(); ++i) mix(r.befell[i]), befell[i] += r.befell[i];
        for (std::size_t i = 0; i < events.size(); ++i) mix(r.events[i]), events[i] += r.events[i];
        fingerprint += mark;
    }

    void add(totals const& o)
    {
        fingerprint += o.fingerprint;
        runs += o.runs;
        failed += o.failed;
        requests += o.requests;
        disk_operations += o.disk_operations;
        deaths += o.deaths;
        for (std::size_t i = 0; i < befell.size(); ++i) befell[i] += o.befell[i];
        for (std::size_t i = 0; i < events.size(); ++i) events[i] += o.events[i];
    }
};

/// The plans to play, made when they are due.
class plans {
public:
    plans(std::uint64_t n, std::function<run_plan(std::uint64_t)> m) : count(n), make(std::move(m))
    {}
    std::uint64_t count;
    std::function<run_plan(std::uint64_t)> make;
};

/// One plan, ended once at each boundary: before and after each request, after its answer was taken
/// in, and within each operation of the disk, by a kill and by a power cut.
plans kills_everywhere(starting_point const& start, run_plan const& whole, std::uint64_t every)
{
    auto const healthy = player(start).play(whole);
    for (auto const& v : healthy.violations) std::printf("VIOLATION undisturbed: %s\n", v.c_str());
    auto const requests = healthy.exposed_requests;
    auto const disk = healthy.exposed_disk_operations;
    std::printf("%llu requests and %llu disk operations to die at\n",
        static_cast<unsigned long long>(requests), static_cast<unsigned long long>(disk));
    std::fflush(stdout);
    auto const make = [whole, requests, every](std::uint64_t i) {
        constexpr mishap kills[] = {
            mishap::crash_before_send, mishap::crash_after_send, mishap::crash_after_answer};
        auto p = whole;
        auto const n = i * every;
        if (n < 3 * requests) {
            p.at_request[1 + n / 3] = kills[n % 3];
        } else {
            auto const rest = n - 3 * requests;
            p.at_disk[1 + rest / 2] =
                rest % 2 ? disk_mishap::dies_power_cut : disk_mishap::dies_process_killed;
        }
        return p;
    };
    return {(3 * requests + 2 * disk + every - 1) / every, make};
}

/// Everything that people can ask for in one release of a large account.
run_plan release_of_everything()
{
    run_plan p;
    p.seed = 1;
    p.steps = {step(action::edit_everything, 0), step(action::create_in_files, 0),
        step(action::edit_knowledge, 1), step(action::ask_to_delete, 2),
        step(action::share_engine, 0), step(action::apply, 0)};
    return p;
}

/// A release that creates, replaces and deletes, and the way back, with a copy of an engine that a
/// second agent runs by then.
run_plan there_and_back()
{
    run_plan p;
    p.seed = 2;
    p.steps = {step(action::edit_file, 0), step(action::create_in_files, 0),
        step(action::edit_knowledge, 2), step(action::ask_to_delete, 2), step(action::apply, 0),
        step(action::share_engine, 0), step(action::roll_back, 0)};
    return p;
}

/// The number of the next plan that nobody has taken, in memory that all workers share: what they
/// have played when the time is over is one range without gaps.
class turn {
public:
    turn()
        : next_(static_cast<std::atomic<std::uint64_t>*>(::mmap(
              nullptr, sizeof *next_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)))
    {
        if (next_ == MAP_FAILED) throw std::bad_alloc();
        new (next_) std::atomic<std::uint64_t>(0);
    }
    ~turn() { ::munmap(next_, sizeof *next_); }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    std::uint64_t take() noexcept { return next_->fetch_add(1); }

private:
    std::atomic<std::uint64_t>* next_;
};

/// One plan after the other. Totals go to the pipe, one block now and then.
void work(starting_point const& start, settings const& s, plans const& all, turn& turns, int out)
{
    player p(start);
    totals t;
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(s.seconds);
    for (;;) {
        if (s.seconds && std::chrono::steady_clock::now() >= end) break;
        auto const i = turns.take();
        if (i >= all.count) break;
        auto const plan = all.make(i);
        auto const r = p.play(plan);
        t.add(plan, r);
        if (!r.violations.empty()) {
            if (s.every) std::printf("%s", plan.describe().c_str());
            std::printf("seed %llu: %s%s\n", static_cast<unsigned long long>(plan.seed),
                r.violations.front().c_str(), r.violations.size() > 1 ? " (and more)" : "");
            std::fflush(stdout);
            if (s.until_failure) break;
        }
        if (t.runs % 50 == 0) {
            if (::write(out, &t, sizeof t) != sizeof t) ::_exit(2);
            t = {};
        }
    }
    if (::write(out, &t, sizeof t) != sizeof t) ::_exit(2);
}

/// How often each kind of fault really happened. False if one never did in runs enough for each.
bool tell_what_happened(totals const& sum, bool tries_all)
{
    constexpr std::uint64_t enough = 5'000;
    bool all = true;
    auto const tell = [&](std::string_view what, std::uint64_t times) {
        std::printf("%10llu x %.*s\n", static_cast<unsigned long long>(times),
            static_cast<int>(what.size()), what.data());
        all = all && times > 0;
    };
    for (std::size_t i = 1; i < sum.befell.size(); ++i)
        tell(name(static_cast<mishap>(i)), sum.befell[i]);
    for (std::size_t i = 0; i < sum.events.size(); ++i)
        tell(name(static_cast<event>(i)), sum.events[i]);
    if (!tries_all) return true; // an exhaustive run has kills only
    if (!all && sum.runs >= enough)
        std::printf("NOT TRIED: a kind of fault never happened in %llu runs\n",
            static_cast<unsigned long long>(sum.runs));
    return all || sum.runs < enough;
}

/// How far it is, how fast, and how long it will take.
void tell_progress(settings const& s, plans const& all, totals const& sum, double seconds)
{
    auto const rate = static_cast<double>(sum.runs) / seconds;
    auto const left = s.seconds ? static_cast<double>(s.seconds) - seconds
        : rate > 0              ? static_cast<double>(all.count - sum.runs) / rate
                                : 0;
    auto const of = s.seconds ? std::string() : " of " + std::to_string(all.count);
    std::fprintf(stderr, "%llu%s, %.0f/s, %llu failed, %.1f min left ",
        static_cast<unsigned long long>(sum.runs), of.c_str(), rate,
        static_cast<unsigned long long>(sum.failed), left / 60);
}

/// Plays them in as many processes as there may be. False if one of these died.
bool play_all(starting_point const& start, settings const& s, plans const& all, totals& sum)
{
    auto const begin = std::chrono::steady_clock::now();
    int ends[2];
    if (::pipe(ends) != 0) return 2;
    turn turns;
    std::vector<pid_t> children;
    for (unsigned job = 0; job < s.jobs; ++job) {
        auto const pid = ::fork();
        if (pid == 0) {
            ::close(ends[0]);
            work(start, s, all, turns, ends[1]);
            std::fflush(stdout);
            ::_exit(0);
        }
        children.push_back(pid);
    }
    ::close(ends[1]);
    totals part;
    bool const terminal = ::isatty(2);
    double told = 0; // a log needs less of it
    while (::read(ends[0], &part, sizeof part) == sizeof part) {
        sum.add(part);
        if (s.until_failure && sum.failed > 0)
            for (auto const pid : children) ::kill(pid, SIGTERM);
        auto const seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (!terminal && seconds < told + 30) continue;
        told = seconds;
        if (terminal) std::fputc('\r', stderr);
        tell_progress(s, all, sum, seconds);
        if (!terminal) std::fputc('\n', stderr);
    }
    if (terminal) std::fputc('\n', stderr);
    bool broken = sum.runs != all.count && !s.seconds;
    for (auto const pid : children) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        broken |= status != 0;
    }
    ::close(ends[0]);
    auto const seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%llu runs in %.1f s (%.0f/s, %u processes): %llu requests, %llu disk operations, "
                "%llu deaths; %llu runs with violations; fingerprint %016llx%s\n",
        static_cast<unsigned long long>(sum.runs), seconds, static_cast<double>(sum.runs) / seconds,
        s.jobs, static_cast<unsigned long long>(sum.requests),
        static_cast<unsigned long long>(sum.disk_operations),
        static_cast<unsigned long long>(sum.deaths), static_cast<unsigned long long>(sum.failed),
        static_cast<unsigned long long>(sum.fingerprint), broken ? "; A WORKER DIED" : "");
    std::fflush(stdout);
    return !broken;
}

int run_all(starting_point const& start, settings const& s, plans const& all)
{
    totals sum;
    bool const broken = !play_all(start, s, all, sum);
    if (!s.every && sum.runs > 0)
        std::printf("seeds %llu to %llu; the same again: ./dev fault --seeds %llu --seed %llu\n",
            static_cast<unsigned long long>(s.first),
            static_cast<unsigned long long>(s.first + sum.runs - 1),
            static_cast<unsigned long long>(sum.runs), static_cast<unsigned long long>(s.first));
    bool const missed = !tell_what_happened(sum, s.every == 0);
    if (sum.failed && !s.every) std::printf("see one of them with: ./dev fault --seed S\n");
    return sum.failed || broken || missed ? 1 : 0;
}

/// What happens in a run must not depend on who plays it, nor on what was played before.
int compare(starting_point const& start, settings s, plans const& all)
{
    totals alone, shared;
    s.jobs = 1;
    bool whole = play_all(start, s, all, alone);
    s.jobs = 3;
    whole = play_all(start, s, all, shared) && whole;
    auto const last = all.make(all.count - 1);
    totals before, by_itself;
    plans const without_last(all.count - 1, all.make);
    whole = play_all(start, s, without_last, before) && whole;
    by_itself.add(last, player(start).play(last));
    bool const same = alone.fingerprint == shared.fingerprint &&
        alone.fingerprint == before.fingerprint + by_itself.fingerprint;
    std::printf("%s\n", same ? "the same" : "NOT THE SAME");
    return same && whole && alone.failed == 0 ? 0 : 1;
}

/// A run allocates and frees what the one before did: memory is kept, and one thread needs no locks
/// around a database. Nothing of it changes what is tested.
void keep_memory()
{
    ::mallopt(M_MMAP_THRESHOLD, 64 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
    ::mallopt(M_TOP_PAD, 4 << 20);
    ::sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    ::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    ::sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 256, 1'000);
}

} // namespace

int main(int argc, char** argv)
{
    settings s;
    for (int i = 1; i < argc; ++i) {
        std::string const option = argv[i];
        std::uint64_t value = 0;
        if (i + 1 >= argc || !read_number(argv[++i], value)) return usage();
        if (option == "--seeds") s.seeds = value, s.counted = true;
        else if (option == "--jobs")
            s.jobs = static_cast<unsigned>(std::max<std::uint64_t>(1, value));
        else if ((option == "--minutes" || option == "--seconds") && value > 0)
            s.seconds = option == "--minutes" ? 60 * value : value, s.counted = true,
            s.seeds = std::numeric_limits<std::uint64_t>::max() / 2;
        else if (option == "--until-failure") s.until_failure = value > 0;
        else if (option == "--exhaustive" && value > 0) s.every = value;
        else if (option == "--same" && value > 0) s.seeds = value, s.counted = s.compares = true;
        else if (option == "--seed") s.first = value, s.one = true;
        else return usage();
    }
    keep_memory();
    // The folder people edit is files; on a real disk they would cost more than all the rest.
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
    // The key of stores that exist only here; secrets in them are made up.
    ::setenv("TRUNKLINE_STORE_KEY", std::string(64, 'a').c_str(), 1);
    if (s.every) {
        starting_point const small(small_beginning());
        auto const failed = run_all(small, s, kills_everywhere(small, there_and_back(), s.every));
        starting_point const large(large_beginning(20));
        return run_all(large, s, kills_everywhere(large, release_of_everything(), s.every)) | failed;
    }
    starting_point const start(small_beginning());
    if (s.one && !s.counted) return explain(start, s.first);
    auto const seeds = [&](std::uint64_t i) { return run_plan::from_seed(s.first + i); };
    plans const all(s.seeds, seeds);
    return s.compares ? compare(start, s, all) : run_all(start, s, all);
}
