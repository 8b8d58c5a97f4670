/// What a decision costs, over a shared segment.
///
/// One machine moves by a factor of two between its speeds, so each figure is also given as ratio to a
/// calibration loop that runs right before it: u, an atomic add and a coarse clock read; p, the same
/// with the precise clock; w, an atomic add that two threads fight for. Medians of short rounds;
/// rounds in which the thread was preempted are dropped. Exit code 1 only beyond twice a target.

#include <trunkline/resilience/space.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace trunkline;
using namespace trunkline::resilience;
using namespace std::chrono_literals;

constexpr auto live = priority::live_call;
bool failed = false;

/// Whoever holds the segments of this run.
class bench_dir {
public:
    bench_dir()
    {
        std::string name = "/dev/shm/trunkline-bench-XXXXXX";
        if (!::mkdtemp(name.data())) std::exit(2);
        options.directory = name;
    }
    ~bench_dir() { std::filesystem::remove_all(options.directory); }
    resilience_space open(std::string_view name, std::uint64_t keys)
    {
        options.keys = keys;
        return resilience_space::open(name, options);
    }
    space_options options;
};

long preemptions()
{
    rusage r{};
    ::getrusage(RUSAGE_THREAD, &r);
    return r.ru_nivcsw;
}

/// ns for one of `n` runs of the body; negative if the thread was preempted.
template <class Body>
double timed(int n, Body&& body)
{
    auto const before = preemptions();
    auto const begin = precise_clock::now();
    for (int i = 0; i < n; ++i) body(i);
    auto const ns = static_cast<double>((precise_clock::now() - begin).count()) / n;
    return preemptions() == before ? ns : -ns;
}

double median(std::vector<double> v)
{
    auto const clean = std::partition(v.begin(), v.end(), [](double x) { return x > 0; });
    if (clean != v.begin()) v.erase(clean, v.end());
    else
        for (auto& x : v) x = std::abs(x);
    std::ranges::sort(v);
    return v[v.size() / 2];
}

class figure {
public:
    double ns = 0;
    double ratio = 0;
};

/// `floor`: the ratio of what no program can do without. Where the machine takes longer for that
/// alone than the target, it is a miss and no failure.
void show(char const* what, figure const& f, double target, char const* unit, double floor = 0)
{
    bool const too_much = f.ratio > 2 * std::max(target, floor);
    std::printf("%-46s %8.1f ns   %5.2f %s   target %5.2f   %s\n", what, f.ns, f.ratio, unit, target,
        too_much               ? "FAILED"
            : f.ratio > target ? "missed"
                               : "met");
    failed = failed || too_much;
}

std::atomic<std::uint64_t> calibration{0};
volatile std::int64_t sink = 0;

double u_loop()
{
    return timed(20'000, [](int) {
        calibration.fetch_add(1);
        sink = ns_of(coarse_clock::now());
    });
}
double p_loop()
{
    return timed(20'000, [](int) {
        calibration.fetch_add(1);
        sink = ns_of(precise_clock::now());
    });
}

/// Rounds of calibration and body by turns.
template <class Body>
figure measured(double (*calibrate)(), Body&& body, int n = 20'000, int rounds = 101)
{
    std::vector<double> ns, ratios;
    for (int i = 0; i < rounds; ++i) {
        auto const unit = calibrate();
        auto const t = timed(n, body);
        ns.push_back(t);
        ratios.push_back(t < 0 || unit < 0 ? -std::abs(t / unit) : t / unit);
    }
    return {median(ns), median(ratios)};
}

/// Two threads at once, each the mean of its rounds; body(thread).
template <class Body>
double together(Body&& body)
{
    std::vector<double> rounds;
    for (int r = 0; r < 41; ++r) {
        std::atomic<int> ready{0};
        double ns[2];
        auto const work = [&](int t) {
            ready.fetch_add(1);
            while (ready.load() < 2) {
            }
            ns[t] = timed(50'000, [&](int) { body(t); });
        };
        std::thread other(work, 1);
        work(0);
        other.join();
        auto const mean = (std::abs(ns[0]) + std::abs(ns[1])) / 2;
        rounds.push_back(ns[0] < 0 || ns[1] < 0 ? -mean : mean);
    }
    return median(rounds);
}

void one_thread(bench_dir& dir)
{
    auto space = dir.open("one", 1'024);
    tenant_id const tenant("tenant-0001");
    auto const b = space.breaker("retell", tenant, "calls");
    show("allow + report, closed",
        measured(&u_loop,
            [&](int) {
                auto const p = b.allow();
                b.report(p, outcome::ok, 1ms);
            }),
        1.3, "u");

    auto const open = space.breaker("open", tenant);
    open.force_open();
    open.reset();
    for (int i = 0; i < 20; ++i) open.report(open.allow(), outcome::sick, 1ms);
    show("rejection while open", measured(&u_loop, [&](int) { sink = open.allow() ? 1 : 0; }), 0.9,
        "u");

    limiter_policy fast;
    fast.rate = fast.ceiling = 1e6;
    fast.burst = 1'000'000;
    auto const granting = space.limiter("grant", tenant, {}, space.profile(fast));
    show("limiter grant, coarse clock",
        measured(&u_loop,
            [&](int i) {
                sink = granting.try_acquire(1, live) ? 1 : 0;
                if (i % 4096 == 0) granting.refund(4096);
            }),
        1.3, "u");
    limiter_policy slow;
    slow.rate = 0.001;
    slow.burst = 1;
    auto const denying = space.limiter("deny", tenant, {}, space.profile(slow));
    denying.try_acquire(1, live);
    show("limiter deny, coarse clock",
        measured(&u_loop, [&](int) { sink = denying.try_acquire(1, live) ? 1 : 0; }), 1.0, "u");
    limiter_policy exact = fast;
    exact.burst = 1'000; // a millisecond: the coarse clock would be too coarse
    auto const precise = space.limiter("precise", tenant, {}, space.profile(exact));
    show("limiter grant, precise clock",
        measured(&p_loop, [&](int) { sink = precise.try_acquire(1, live) ? 1 : 0; }), 1.25, "p");

    auto pool = space.leases("retell", tenant);
    pool->configure(20, 0);
    auto const until = coarse_clock::now() + 1h;
    show("lease take + release",
        measured(&u_loop,
            [&](int) {
                pool->release(pool.try_take(call_direction::outbound, until, coarse_clock::now()));
            }),
        2.7, "u");
}

void two_threads(bench_dir& dir)
{
    auto space = dir.open("two", 1'024);
    tenant_id const tenant("tenant-0001");
    std::atomic<std::uint64_t> contended{0};
    auto const w = together([&](int) { contended.fetch_add(1); });
    std::printf("w, contended atomic add, two threads: %.1f ns\n", w);
    auto const b = space.breaker("retell", tenant);
    auto const pair = [](breaker_ref const& ref) {
        auto const p = ref.allow();
        ref.report(p, outcome::ok, 1ms);
    };
    auto const plain = together([&](int) { pair(b); });
    show("allow + report, two threads", {plain, plain / w}, 2.5, "w");
    breaker_policy hot;
    hot.striped = true;
    auto const s = space.breaker("hot", tenant, {}, space.profile(hot));
    auto const u = median({u_loop(), u_loop(), u_loop(), u_loop(), u_loop()});
    auto const striped = together([&](int) { pair(s); });
    show("allow + report, two threads, striped", {striped, striped / u}, 1.6, "u");

    auto const child = ::fork();
    if (child == 0)
        for (;;) pair(b);
    std::vector<double> rounds;
    for (int i = 0; i < 41; ++i) rounds.push_back(timed(20'000, [&](int) { pair(b); }));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    show("allow + report, two processes", {median(rounds), median(rounds) / w}, 2.5, "w");
}

/// What memory alone takes for a look-up and a pair: a number from a place that nothing foretells, a
/// load from the slot of that number, and an atomic add beside it. In a mapping like the segment's.
figure memory_floor(bench_dir& dir, std::uint64_t keys)
{
    auto const path = dir.options.directory + "/floor";
    auto const entries = std::bit_ceil(keys * 10 / 7 + 1);
    auto const size = entries * 8 + keys * 256;
    detail::owned_fd const fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    ::unlink(path.c_str());
    if (!fd || ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)) != 0) return {};
    detail::mapping const m(
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0), size);
    if (!m) return {};
    auto* const index = reinterpret_cast<std::atomic<std::uint64_t>*>(m.data());
    auto* const slots = index + entries;
    random_source random(2);
    for (std::uint64_t i = 0; i < entries; ++i) index[i] = random.below(keys);
    for (std::uint64_t i = 0; i < keys; ++i) slots[i * 32] = 0;
    std::uint64_t at = 0, read = 0;
    return measured(&u_loop, [&](int) {
        // All that is added from what was read is zero; only the processor does not know it.
        auto const place = ((++at + read) * 0x9e3779b97f4a7c15 >> 20) & (entries - 1);
        auto* const slot = slots + index[place].load(std::memory_order_acquire) * 32;
        read = slot->load(std::memory_order_acquire);
        slot[8].fetch_add(1 + read);
    });
}

void lookups(bench_dir& dir, std::uint64_t keys, double target)
{
    auto space = dir.open("keys-" + std::to_string(keys), keys + 3);
    std::vector<tenant_id> tenants;
    for (std::uint64_t i = 0; i < keys; ++i) tenants.emplace_back("org-" + std::to_string(i));
    for (auto const& t : tenants) space.breaker("retell", t);
    // In another order than they came in, or their slots would lie one behind the other.
    random_source random(1);
    for (std::size_t i = tenants.size(); i > 1; --i)
        std::swap(tenants[i - 1], tenants[random.below(i)]);
    if (space.counts().keys != keys)
        std::printf("only %lu of %lu keys\n", space.counts().keys, keys);
    std::size_t at = 0;
    auto const what = "look-up by string + pair, " + std::to_string(keys) + " keys";
    auto const floor = memory_floor(dir, keys);
    show(what.c_str(),
        measured(&u_loop,
            [&](int) {
                auto const b = space.breaker("retell", tenants[at]);
                b.report(b.allow(), outcome::ok, 1ms);
                if (++at == tenants.size()) at = 0;
            }),
        target, "u", floor.ratio);
    std::printf("%-46s %8.1f ns   %5.2f u\n", "  memory alone: two accesses, one after the other",
        floor.ns, floor.ratio);
    detail::segment_geometry const g(keys + 3, 1, 1), none(3, 1, 1);
    auto const bytes = static_cast<double>(g.size() - none.size()) / static_cast<double>(keys);
    std::printf("%-46s %8.1f bytes           target 280     %s\n",
        "  memory per key, index included", bytes, bytes <= 280 ? "met" : "missed");
}

/// Four processes, 12,000 tries, 1,000 to be had.
void race(bench_dir& dir)
{
    auto space = dir.open("race", 1'024);
    limiter_policy policy;
    policy.rate = policy.floor = 0.001;
    policy.burst = 1'000;
    auto const profile = space.profile(policy);
    std::printf("four processes:");
    for (int round = 0; round < 5; ++round) {
        auto const limiter = space.limiter("race", tenant_id(std::to_string(round)), {}, profile);
        int gate[2], ends[2];
        if (::pipe(gate) != 0 || ::pipe(ends) != 0) std::exit(2);
        std::vector<pid_t> children;
        for (int p = 0; p < 4; ++p) {
            auto const child = ::fork();
            if (child == 0) {
                ::close(gate[1]);
                char c;
                int n = 0;
                if (::read(gate[0], &c, 1) == 0)
                    for (int i = 0; i < 3'000; ++i) n += limiter.try_acquire(1, live) ? 1 : 0;
                ::_exit(::write(ends[1], &n, sizeof n) == sizeof n ? 0 : 1);
            }
            children.push_back(child);
        }
        ::close(gate[0]);
        ::close(gate[1]);
        int sum = 0;
        for (auto const child : children) {
            int n = 0;
            if (::read(ends[0], &n, sizeof n) == sizeof n) sum += n;
            ::waitpid(child, nullptr, 0);
        }
        ::close(ends[0]);
        ::close(ends[1]);
        std::printf(" %d", sum);
        failed = failed || sum != 1'000;
    }
    std::printf(" admitted of 1000, 12000 tries\n");
}

void attach(bench_dir& dir)
{
    auto const space = dir.open("attach", 16'384);
    std::vector<double> us;
    for (int i = 0; i < 201; ++i) {
        int ends[2];
        if (::pipe(ends) != 0) std::exit(2);
        auto const child = ::fork();
        if (child == 0) {
            auto const begin = precise_clock::now();
            auto const mine = dir.open("attach", 16'384);
            double const t = static_cast<double>((precise_clock::now() - begin).count()) / 1000;
            ::_exit(::write(ends[1], &t, sizeof t) == sizeof t ? 0 : 1);
        }
        double t = 0;
        if (::read(ends[0], &t, sizeof t) == sizeof t) us.push_back(t);
        ::close(ends[0]);
        ::close(ends[1]);
        ::waitpid(child, nullptr, 0);
    }
    auto const t = median(us);
    std::printf("%-46s %8.1f us              target 60      %s\n", "attach in a new process", t,
        t <= 60 ? "met" : "missed");
}

} // namespace

/// Without arguments all; else the parts named: calls, threads, keys, attach, race.
int main(int argc, char** argv)
{
    auto const wanted = [&](std::string_view part) {
        return argc < 2 || std::find(argv + 1, argv + argc, part) != argv + argc;
    };
    bench_dir dir;
    std::vector<double> u, p;
    for (int i = 0; i < 51; ++i) {
        u.push_back(u_loop());
        p.push_back(p_loop());
    }
    std::printf("u, atomic add + coarse clock: %.1f ns; p, with the precise clock: %.1f ns\n",
        median(u), median(p));
    if (wanted("calls")) one_thread(dir);
    if (wanted("threads")) two_threads(dir);
    if (wanted("keys")) {
        lookups(dir, 64, 3.2);
        lookups(dir, 16'384, 4.8);
        lookups(dir, 1'000'000, 11);
    }
    if (wanted("attach")) attach(dir);
    if (wanted("race")) race(dir);
    return failed ? 1 : 0;
}
