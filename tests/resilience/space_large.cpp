#include "space_support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace test;

// Tables above the default size put a key where its hash says, if that is free.

namespace {

constexpr std::uint64_t large_table = 20'000;
static_assert(large_table > detail::key_table::scattered_above);

tenant_id numbered(std::uint64_t i)
{
    return tenant_id("org-" + std::to_string(i));
}

} // namespace

TEST_CASE("space: a large table takes as many keys as it has places, and finds each again")
{
    segment_dir dir;
    auto space = dir.open(large_table);
    auto const capacity = space.counts().capacity;
    for (std::uint64_t i = 0; i < capacity; ++i) {
        auto const b = space.breaker("retell", numbered(i));
        for (std::uint64_t n = 0; n <= i % 5; ++n)
            b.report(b.allow(two_days), outcome::ok, 1ms, two_days);
    }
    CHECK(space.counts().keys == capacity);
    CHECK(space.counts().overflows == 0);
    CHECK(space.counts().evictions == 0);
    auto other = dir.open(large_table); // attached, not made
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < capacity; ++i)
        wrong += other.breaker("retell", numbered(i)).snapshot(two_days).calls != i % 5 + 1;
    CHECK(wrong == 0);
    std::set<std::string> seen;
    space.for_each_key(
        two_days, [&](auto const&, std::string const& tenant, auto const&, auto const&) {
            seen.insert(tenant);
        });
    CHECK(seen.size() == capacity);
    CHECK(space.verify().empty());
}

TEST_CASE("space: a full large table gives the places of idle keys to new ones")
{
    segment_dir dir;
    auto space = dir.open(large_table);
    auto const capacity = space.counts().capacity;
    for (std::uint64_t i = 1; i < capacity; ++i) space.breaker("retell", numbered(i));
    auto const kept = space.breaker("kept", acme, {}, space.profile(touchy()));
    trip(kept, two_days);
    for (std::uint64_t i = 0; i < capacity; ++i) space.breaker("other", numbered(i));
    // A key whose chain in the index is full finds no room; there are few.
    CHECK(space.counts().keys >= capacity * 99 / 100);
    CHECK(space.counts().evictions >= capacity / 2);
    CHECK(space.breaker("kept", acme).state() == circuit::open);
    CHECK(space.verify().empty());
}

TEST_CASE("space: few keys of a large table are found without looking at all of it")
{
    segment_dir dir;
    auto space = dir.open(large_table);
    std::set<std::string> const names{"a", "b", "c"};
    for (auto const& name : names) space.breaker("retell", tenant_id(name));
    std::set<std::string> seen;
    space.for_each_key(
        two_days, [&](auto const&, std::string const& tenant, auto const&, auto const&) {
            seen.insert(tenant);
        });
    CHECK(seen == names);
    CHECK(space.counts().keys == 3);
    CHECK(space.verify().empty());

    // The same words seen from below.
    detail::segment_geometry const g(large_table, 1, 1);
    auto const memory = detail::segment_file::anonymous(g.size());
    detail::segment_file::format(memory.data(), g, large_table, 1, 1);
    detail::segment_parts const parts(memory.data());
    detail::key_table table(parts);
    CHECK(table.next_used(3) == large_table);
    std::set<std::uint64_t> groups;
    for (std::uint64_t i = 0; i < 50; ++i) {
        detail::packed_key const k(parts.seed, slot_kind::breaker, "retell", std::to_string(i), {});
        auto const n = table.find_or_insert(k, 0, 1, [](auto&) {});
        REQUIRE(n >= detail::key_table::first_slot);
        CHECK(table.next_used(n) == n);
        groups.insert(n / 16);
    }
    std::set<std::uint64_t> visited;
    for (auto n = table.next_used(0); n < large_table; n = table.next_used(n + 1))
        visited.insert(n / 16);
    CHECK(visited == groups);
}

TEST_CASE("space: threads that fill a large table at once agree on its keys")
{
    segment_dir dir;
    auto space = dir.open(large_table);
    auto const keys = space.counts().capacity * 9 / 10;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (std::uint64_t i = 0; i < keys; ++i) {
                auto const b = space.breaker("retell", numbered(i));
                b.report(b.allow(two_days), outcome::ok, 1ms, two_days);
            }
        });
    for (auto& t : threads) t.join();
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < keys; ++i)
        wrong += space.breaker("retell", numbered(i)).snapshot(two_days).calls != 4;
    CHECK(wrong == 0);
    CHECK(space.counts().keys == keys); // who lost a race has left nothing behind
    CHECK(space.counts().evictions == 0);
    CHECK(space.verify().empty());
}

TEST_CASE("space: places that losers of a race give back are used before anybody is turned out")
{
    detail::segment_geometry const g(large_table, 1, 1);
    auto const memory = detail::segment_file::anonymous(g.size());
    detail::segment_file::format(memory.data(), g, large_table, 1, 1);
    detail::segment_parts const parts(memory.data());
    detail::key_table table(parts);
    parts.header->next_slot.store(detail::key_table::first_slot); // those before it are no key's
    auto const keys = large_table * 9 / 10;
    for (std::uint64_t i = 0; i < keys; ++i) {
        detail::packed_key const k(parts.seed, slot_kind::breaker, "retell", std::to_string(i), {});
        // Three others were about to insert the same key.
        std::array<std::optional<detail::key_table::claim>, 3> others;
        for (auto& c : others) c = table.allocate(slot_kind::breaker, 1, k.hash);
        REQUIRE(table.find_or_insert(k, 0, 1, [](auto&) {}) >= detail::key_table::first_slot);
        for (auto const& c : others)
            if (c) table.give_back(*c);
    }
    CHECK(parts.header->evictions.load() == 0);
    std::uint64_t lost = 0;
    for (std::uint64_t i = 0; i < keys; ++i)
        lost += !table.find(
            detail::packed_key(parts.seed, slot_kind::breaker, "retell", std::to_string(i), {}));
    CHECK(lost == 0);
}
