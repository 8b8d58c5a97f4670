#include "support.hpp"

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

using namespace testing;

/// Appends records for ever, and says so on the pipe after each that is on disk.
[[noreturn]] void append_until_killed(folder const& f, int acknowledge)
{
    try {
        auto s = store::open(f.url());
        for (int i = 0;; ++i) {
            auto const data = json::value(json::object{{"i", i}, {"text", std::string(300, 'j')}});
            s.append_journal(acme(), 1, "agent/a", "intent", data);
            s.append_audit(acme(), "ops", "step", "r1", data);
            if (::write(acknowledge, "x", 1) != 1) break;
        }
    } catch (...) {
    }
    ::_exit(1);
}

/// Kills the writer after `count` acknowledgements and some work more. Returns how many there were in all.
std::size_t kill_after(folder const& f, std::size_t count, std::uint64_t spin)
{
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    auto const pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ::close(pipe_ends[0]);
        append_until_killed(f, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    std::size_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < count && ::read(pipe_ends[0], &byte, 1) == 1) ++acknowledged;
    for (std::uint64_t i = 0; i < spin; ++i) // into the middle of the next write
        std::atomic_signal_fence(std::memory_order_seq_cst);
    ::kill(pid, SIGKILL);
    while (::read(pipe_ends[0], &byte, 1) == 1) ++acknowledged;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status));
    return acknowledged;
}

} // namespace

TEST_CASE("crash: a writer killed at any moment leaves whole chains with every acknowledged record")
{
    constexpr std::uint64_t seed = 20'251'122;
    INFO("seed " << seed);
    random_source random(seed);
    folder const f;
    {
        auto s = store::open(f.url());
        s.ensure_tenant(acme());
        s.begin_release(acme(), {});
    }
    std::size_t expected = 0;
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        expected += kill_after(f, random.below(6), random.below(8'000'000));
        auto const s = store::open(f.url());
        auto const rows = s.journal(acme(), 1);
        CHECK(rows.size() >= expected);
        CHECK(rows.size() <= expected + 1); // written, not yet acknowledged
        CHECK_FALSE(s.verify_audit(acme()));
        CHECK(ask(f.file(), "PRAGMA integrity_check") == "ok");
        expected = rows.size();
    }
    CHECK(expected > 20);
}

TEST_CASE("crash: a transaction that was not committed is gone")
{
    folder const f;
    store::open(f.url()).ensure_tenant(acme());
    auto const end = in_child([&] {
        auto s = store::open(f.url());
        store::transaction const tx(s);
        for (int i = 0; i < 200; ++i)
            s.put_document(acme(), json::value(std::string(20'000, 'x') + std::to_string(i)));
        ::raise(SIGKILL);
        return 0;
    });
    CHECK_FALSE(end);
    auto const s = store::open(f.url());
    CHECK(ask(f.file(), "SELECT count(*) FROM documents") == "0");
}

} // namespace trunkline::store
