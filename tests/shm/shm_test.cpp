/// The program `trunkline shm` on a segment that this process made.

#include "support/scratch_dir.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/resilience/space.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace trunkline;
using namespace trunkline::resilience;
using namespace std::chrono_literals;

namespace {

class outcome_of_program {
public:
    int code;
    std::string text;
};

outcome_of_program run(std::string const& arguments)
{
    auto const* bin = std::getenv("TRUNKLINE_BIN");
    auto const program = std::string(bin ? bin : TRUNKLINE_BINARY_DIR "/bin") + "/trunkline shm ";
    auto* const pipe = ::popen((program + arguments + " 2>&1").c_str(), "r");
    REQUIRE(pipe);
    outcome_of_program out{};
    char buffer[4096];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        out.text.append(buffer, n);
    auto const status = ::pclose(pipe);
    out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

/// A segment with an open breaker, a limiter on hold and two calls.
class furnished {
public:
    furnished() : space(resilience_space::open("demo", options()))
    {
        auto const now = coarse_clock::now();
        breaker_policy p;
        p.minimum_calls = 2;
        auto const b = space.breaker("retell", tenant, "calls", space.profile(p));
        for (int i = 0; i < 2; ++i) b.report(b.allow(), outcome::sick, 1ms);
        space.limiter("retell", tenant).view().hold(100s, now);
        auto pool = space.leases("retell", tenant);
        pool->configure(20, 3);
        pool->bind(pool.try_take(call_direction::outbound, now + 1h, now), "call_1");
        pool.try_take(call_direction::outbound, now + 1h, now);
    }
    space_options options() const
    {
        space_options o;
        o.directory = dir.path().string();
        o.keys = 64;
        return o;
    }
    std::string in_dir() const { return " --directory " + dir.path().string(); }

    trunkline::test::scratch_dir dir;
    tenant_id tenant{"acme"};
    resilience_space space;
};

} // namespace

TEST_CASE("shm: list and show, for people and for programs")
{
    furnished f;
    auto const list = run("list" + f.in_dir());
    CHECK(list.code == 0);
    CHECK(list.text.find("demo") != std::string::npos);
    CHECK(list.text.find("2 of 61 keys") != std::string::npos);

    auto const show = run("show demo" + f.in_dir());
    CHECK(show.code == 0);
    for (auto const* text : {"retell / acme / calls", "open", "next probe in", "on hold for",
             "2 of 20 in use", "1 calls", "3 kept for inbound", "closed -> open"})
        CHECK_MESSAGE(show.text.find(text) != std::string::npos, text, " in ", show.text);

    auto const document = json::parse(run("show demo --json" + f.in_dir()).text);
    auto const& parts = document.at_or_null("parts").as_array();
    REQUIRE(parts.size() == 3);
    for (auto const& part : parts)
        if (part.at_or_null("kind").as_string() == "breaker")
            CHECK(part.at_or_null("state").as_string() == "open");
    CHECK(document.at_or_null("problems").as_array().empty());
}

TEST_CASE("shm: remove asks, takes the file away, and leaves those who use it alone")
{
    furnished f;
    auto const path = resilience_space::path_of("demo", f.options());
    CHECK(run("remove demo --dry-run" + f.in_dir()).code == 0);
    CHECK(run("remove demo" + f.in_dir() + " < /dev/null").code == 1); // nobody there to ask
    CHECK(std::filesystem::exists(path));
    CHECK(run("remove demo --yes" + f.in_dir()).code == 0);
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(f.space.breaker("retell", f.tenant, "calls").state() == circuit::open);
    CHECK(run("remove demo --yes" + f.in_dir()).code == 1);
    CHECK(run("show demo" + f.in_dir()).text.find("cannot be opened") != std::string::npos);
}

TEST_CASE("shm: a segment that cannot be read is named with its reason, bad usage is refused")
{
    furnished f;
    auto const path = resilience_space::path_of("demo", f.options());
    std::filesystem::resize_file(path, 100);
    auto const list = run("list" + f.in_dir());
    CHECK(list.code == 0);
    CHECK(list.text.find("truncated") != std::string::npos);
    CHECK(run("show" + f.in_dir()).code == 64);
    CHECK(run("show ../x" + f.in_dir()).code == 64);
    CHECK(run("polish demo" + f.in_dir()).code == 64);
    CHECK(run("list --directory /nowhere").code == 1);
}
