#include "space_support.hpp"

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <fstream>

using namespace test;
namespace fs = std::filesystem;

namespace {

std::string content(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(std::string const& path, std::string const& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

/// Works in private memory, says why, and leaves the file as it is.
void check_private(segment_dir const& dir, std::string const& why)
{
    CAPTURE(why);
    auto space = dir.open();
    CHECK(space.kind() == resilience_space::kind_type::private_memory);
    CHECK(space.reason().find(why) != std::string::npos);
    auto const b = space.breaker("retell", acme);
    CHECK(b.allow());
    trip(space.breaker("retell", acme, {}, space.profile(touchy())), two_days);
    CHECK_FALSE(b.allow(two_days));
}

} // namespace

TEST_CASE("segment: made once, complete, for its owner alone, and shared by all who open it")
{
    segment_dir dir;
    auto first = dir.open();
    REQUIRE(first.kind() == resilience_space::kind_type::shared);
    struct stat s;
    REQUIRE(::stat(dir.path().c_str(), &s) == 0);
    CHECK((s.st_mode & 0777) == 0600);
    CHECK(static_cast<std::uint64_t>(s.st_size) == first.counts().bytes);
    auto second = dir.open();
    trip(first.breaker("retell", acme, "calls", first.profile(touchy())), two_days);
    CHECK(second.breaker("retell", acme, "calls").state() == circuit::open);
    CHECK(second.breaker("retell", acme).state() == circuit::closed);
    CHECK(second.breaker("retell", tenant_id("other"), "calls").state() == circuit::closed);
    CHECK(second.verify().empty());
    CHECK(fs::directory_iterator(fs::path(dir.path()).parent_path()) != fs::directory_iterator());
}

TEST_CASE("segment: eight processes that make it at once have one")
{
    for (int round = 0; round < 20; ++round) {
        segment_dir dir;
        shared_object<std::atomic<unsigned>> ready;
        children workers;
        for (int i = 0; i < 8; ++i)
            workers.start([&] {
                ready->fetch_add(1);
                while (ready->load() < 8) ::sched_yield();
                auto space = dir.open();
                auto const l = space.limiter("retell", acme, {}, [&] {
                    limiter_policy p;
                    p.rate = 0.001;
                    p.burst = 100;
                    return space.profile(p);
                }());
                for (int n = 0; n < 10; ++n)
                    if (!l.try_acquire(1, priority::live_call, two_days)) return 1;
                return space.kind() == resilience_space::kind_type::shared ? 0 : 2;
            });
        REQUIRE(workers.wait());
        auto space = dir.open();
        REQUIRE(space.limiter("retell", acme).snapshot(two_days).credit == doctest::Approx(20));
        REQUIRE(space.counts().keys == 1);
        REQUIRE(space.verify().empty());
    }
}

TEST_CASE("segment: scenario 11, another major version has a file of its own, another layout is "
          "left alone")
{
    segment_dir dir;
    CHECK(dir.path().ends_with(".v" + std::to_string(detail::segment_major)));
    auto space = dir.open();
    auto bytes = content(dir.path());
    ++bytes[8]; // the layout
    fs::remove(dir.path());
    overwrite(dir.path(), bytes);
    check_private(dir, "another layout");
    CHECK(content(dir.path()) == bytes);
    trip(space.breaker("retell", acme, {}, space.profile(touchy())),
        two_days); // the old mapping lives on
}

TEST_CASE("segment: scenario 11, truncated, foreign, corrupt, symlinked and open files: private "
          "memory and a reason")
{
    segment_dir dir;
    dir.open();
    auto const good = content(dir.path());
    auto const rewrite = [&](std::string const& bytes) {
        fs::remove(dir.path());
        overwrite(dir.path(), bytes);
    };
    rewrite("");
    check_private(dir, "truncated");
    rewrite(good.substr(0, 4000));
    check_private(dir, "truncated");
    rewrite(good.substr(0, good.size() - 1));
    check_private(dir, "truncated");
    rewrite(std::string(good.size(), 'x'));
    check_private(dir, "no segment");
    auto bytes = good;
    ++bytes[17]; // the size
    rewrite(bytes);
    check_private(dir, "damaged header");
    rewrite(good);
    fs::permissions(dir.path(), fs::perms::group_read, fs::perm_options::add);
    check_private(dir, "other users");
    fs::rename(dir.path(), dir.path() + ".real");
    fs::create_symlink(dir.path() + ".real", dir.path());
    check_private(dir, "symbolic link");
    fs::remove(dir.path());
    fs::create_directory(dir.path());
    check_private(dir, "cannot be opened");
    fs::remove(dir.path());
    REQUIRE(::mkfifo(dir.path().c_str(), 0600) == 0);
    check_private(dir, "not a regular file");
    fs::remove(dir.path());
    if (::geteuid() == 0) {
        rewrite(good);
        REQUIRE(::chown(dir.path().c_str(), 12'345, 0) == 0);
        check_private(dir, "another user");
    }
    auto o = dir.options();
    o.directory = "/nowhere/at/all";
    CHECK(resilience_space::open("test", o).reason().find("No such file") != std::string::npos);
}

TEST_CASE("segment: another start of the machine, another time, another owner: private memory")
{
    segment_dir dir;
    dir.open();
    auto const good = content(dir.path());
    auto const with = [&](auto change) {
        auto bytes = good;
        detail::segment_identity id;
        std::memcpy(&id, bytes.data(), sizeof id);
        change(id);
        id.checksum = id.sum();
        std::memcpy(bytes.data(), &id, sizeof id);
        fs::remove(dir.path());
        overwrite(dir.path(), bytes);
    };
    with([](auto& id) { ++id.time_namespace; });
    check_private(dir, "another time");
    with([](auto& id) { ++id.owner; });
    check_private(dir, "another user");
    with([](auto& id) { ++id.boot[1]; });
    struct statfs system;
    REQUIRE(::statfs(dir.path().c_str(), &system) == 0);
    if (system.f_type != TMPFS_MAGIC) check_private(dir, "before the machine was started");
    else
        CHECK(dir.open().kind() == resilience_space::kind_type::shared); // it was not: see attach()
}

TEST_CASE("segment: a header of any bytes crashes nobody")
{
    constexpr std::uint64_t seed = 11;
    trunkline::random_source random(seed);
    segment_dir dir;
    dir.open();
    auto const good = content(dir.path());
    int attached = 0;
    for (int round = 0; round < 1'500; ++round) {
        CAPTURE(round);
        auto bytes = good;
        auto const flips = 1 + random.below(8);
        for (std::uint64_t i = 0; i < flips; ++i) {
            // Mostly where something is: the identity and the words behind it.
            auto const at = random.below(4) ? random.below(128) : random.below(512);
            bytes[at] = static_cast<char>(random.next());
        }
        if (random.below(2)) { // with a sum that fits, so that the sizes themselves are looked at
            detail::segment_identity id;
            std::memcpy(&id, bytes.data(), sizeof id);
            id.magic = detail::segment_magic;
            id.layout = detail::segment_layout;
            id.checksum = id.sum();
            std::memcpy(bytes.data(), &id, sizeof id);
        }
        overwrite(dir.path(), bytes);
        auto space = dir.open();
        attached += space.kind() == resilience_space::kind_type::shared;
        auto const b = space.breaker("retell", acme);
        b.report(b.allow(), outcome::ok);
        space.limiter("retell", acme).try_acquire(1, priority::live_call);
        std::uint64_t cursor = 0;
        space.events(cursor);
        space.counts();
    }
    CHECK(attached > 0);
    CHECK(attached < 1'500);
}

TEST_CASE("segment: names and sizes out of range are refused")
{
    for (auto const* name : {"", "a/b", "..\n", "a b", ".", "..", ".hidden"})
        CHECK_THROWS_AS(resilience_space::open(name), std::invalid_argument);
    CHECK_THROWS_AS(resilience_space::open(std::string(65, 'a')), std::invalid_argument);
    segment_dir dir;
    auto o = dir.options();
    o.events = 63;
    CHECK_THROWS_AS(resilience_space::open("x", o), std::invalid_argument);
    o = dir.options();
    o.keys = 7;
    CHECK_THROWS_AS(resilience_space::open("x", o), std::invalid_argument);
}

TEST_CASE("segment: private memory if asked for")
{
    segment_dir dir;
    auto o = dir.options();
    o.shared = false;
    auto space = resilience_space::open("test", o);
    CHECK(space.kind() == resilience_space::kind_type::private_memory);
    CHECK_FALSE(fs::exists(dir.path()));
    o.shared = true;
    o.create = false;
    CHECK(resilience_space::open("test", o).kind() == resilience_space::kind_type::private_memory);
    CHECK_FALSE(fs::exists(dir.path()));
}
