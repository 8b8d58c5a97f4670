#include "support/sql.hpp"
#include "sync/world.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::test;

namespace {

sync::plan edit_and_create(world& w)
{
    w.pull();
    w.write("llms/notdienst.prompt.md", "Neu.\n");
    write_new_agent(w);
    return w.plan();
}

} // namespace

TEST_CASE(
    "sync/31: whatever the tail of a damaged journal said, the service is asked, and nothing is "
    "done twice")
{
    for (auto const damage :
        {"DELETE FROM journal WHERE sequence > (SELECT max(sequence) FROM journal) - 1",
            "DELETE FROM journal WHERE sequence > (SELECT max(sequence) FROM journal) - 3",
            "UPDATE journal SET data = replace(data, 'e', 'x') WHERE sequence = (SELECT "
            "max(sequence) "
            "FROM journal) - 1"})
        for (std::uint64_t k = 1; k <= 20; ++k) {
            CAPTURE(damage);
            CAPTURE(k);
            world w;
            auto const p = edit_and_create(w);
            auto expected = count_objects(w.sim.state());
            ++expected.agents;
            ++expected.llms;
            auto const fatal = w.requests + k;
            w.after_answer = [&](std::uint64_t n, http::request const&) { return n != fatal; };
            w.apply(p);
            w.after_answer = nullptr;
            bool const interrupted = w.last_state == store::release_state::running;
            if (!interrupted || run_sql("/store.db", damage, w.disk.vfs()) == 0) {
                if (interrupted) w.resume();
                w.check_oracles(expected);
                continue;
            }
            CHECK_THROWS_AS(w.db.journal(w.tenant, w.last_release), error);
            expect_done(w.resume());
            w.check_oracles(expected);
            auto const pins = w.number("+493023125003").at_or_null("inbound_agents");
            auto const version = pins.as_array().at(1).int_at("agent_version");
            CHECK(version > 0);
        }
}

TEST_CASE(
    "sync/32: a store that can write no more ends a release before the next request, and it is "
    "finished later")
{
    for (int records = 1; records <= 20; ++records) {
        CAPTURE(records);
        world w;
        auto const p = edit_and_create(w);
        auto expected = count_objects(w.sim.state());
        ++expected.agents;
        ++expected.llms;
        run_sql("/store.db",
            "CREATE TRIGGER full BEFORE INSERT ON journal WHEN (SELECT count(*) FROM journal) >= " +
                std::to_string(records) + " BEGIN SELECT RAISE(FAIL, 'full'); END",
            w.disk.vfs());
        auto const sent = w.sent.size();
        w.apply(p);
        // At most one write for each two records: its intent and its outcome.
        CHECK(w.sent.size() - sent <= static_cast<std::size_t>(records) / 2);
        run_sql("/store.db", "DROP TRIGGER full", w.disk.vfs());
        REQUIRE(w.last_state == store::release_state::running);
        expect_done(w.resume());
        w.check_oracles(expected);
    }
}
