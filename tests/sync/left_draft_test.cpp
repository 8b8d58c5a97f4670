#include "sync/world.hpp"

#include <trunkline/sync/drift.hpp>
#include <trunkline/sync/report_json.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto edited_file = "agents/notdienst.json";

sync::plan plan_night(world& w)
{
    w.pull();
    w.edit(edited_file, [](json::object& o) { o.set("voice_speed", 1.4); });
    return w.plan();
}

bool kills(world& w, sync::plan const& p, std::uint64_t at, disturbance how)
{
    auto const fatal = w.requests + at;
    auto& hook = how == disturbance::killed_before ? w.before_request : w.after_answer;
    bool met = false;
    hook = [fatal, &met](std::uint64_t number, http::request const&) {
        met = met || number == fatal;
        return number != fatal;
    };
    w.apply(p);
    hook = nullptr;
    return met;
}

std::vector<sync::unit_result> units_of(world& w, std::int64_t release)
{
    std::vector<sync::unit_result> out;
    auto const row = w.db.release(w.tenant, release);
    for (auto const& u : row->result.at_or_null("units").as_array())
        out.push_back(sync::unit_result_from(u));
    return out;
}

sync::drift_report look_for_drift(world& w)
{
    auto const snap = w.refresh();
    sync::drift_origins origins(
        sync::find_drift(w.db.bases(w.tenant, w.workspace), snap, w.db, w.tenant), snap,
        w.secrets(), w.db);
    REQUIRE(w.drive(origins));
    REQUIRE_FALSE(origins.result());
    return origins.take();
}

std::vector<std::int64_t> drafts_of(world& w, std::string const& agent)
{
    std::vector<std::int64_t> out;
    for (auto const& v : w.versions(agent))
        if (!v.bool_at("is_published")) out.push_back(v.int_at("version"));
    return out;
}

} // namespace

TEST_CASE("sync/07: killed at any request of it and taken back, a release names each draft that it "
          "left, and the command that removes it")
{
    std::size_t left = 0, published = 0;
    for (auto const how : {disturbance::killed_before, disturbance::killed_after})
        for (std::uint64_t at = 1;; ++at) {
            CAPTURE(at);
            CAPTURE(static_cast<int>(how));
            world w;
            if (!kills(w, plan_night(w), at, how)) {
                w.check_oracles();
                break;
            }
            auto const release = w.last_release;
            w.abandon();
            auto const made = sync::make_rollback(
                *w.db.release(w.tenant, release), w.refresh(), w.db, w.tenant, {});
            auto const drafts = drafts_of(w, "agent_night");
            auto const abandoned = units_of(w, release);
            REQUIRE(abandoned.size() == 1);
            CHECK(abandoned[0].state == sync::unit_state::abandoned);
            CHECK(abandoned[0].orphans == drafts);
            left += drafts.size();
            published += abandoned[0].live;
            CHECK(made.notes.size() == drafts.size());
            for (auto const version : drafts)
                CHECK(made.notes.at(0).find(sync::draft_removal("agent_night", version)) !=
                    std::string::npos);
            CHECK(made.units.empty() != abandoned[0].live);
            expect_none_failed(w.rollback(release));
            auto const drift = look_for_drift(w);
            REQUIRE(drift.drafts.size() == drafts.size());
            for (auto const& d : drift.drafts) {
                CHECK(d.release == sync::release_name(release));
                CHECK(json::to_text(sync::to_json(drift)).find("delete-agent-version") !=
                    std::string::npos);
                w.call(retell::delete_agent_version(d.agent_id, d.version));
            }
            CHECK(look_for_drift(w).drafts.empty());
            w.edit(edited_file, [](json::object& o) { o.erase("voice_speed"); });
            w.pull();
            w.check_oracles();
        }
    CHECK(left > 5);
    CHECK(published > 0);
}

TEST_CASE("sync/07: a draft that a resumed release found left behind is named by it, wherever it "
          "was killed once more")
{
    world w;
    auto const p = plan_night(w);
    // The answer to opening the draft never arrives, and the look after it is not taken in.
    w.after_answer = [](std::uint64_t, http::request const& r) {
        return r.target.find("create-agent-version") == std::string::npos;
    };
    w.apply(p);
    w.after_answer = nullptr;
    std::uint64_t n = 0;
    w.after_answer = [&n](std::uint64_t, http::request const&) { return ++n < 2; };
    w.resume();
    w.after_answer = nullptr;
    auto const results = w.resume();
    expect_done(results);
    CHECK(results[0].orphans == drafts_of(w, "agent_night"));
    CHECK_FALSE(results[0].orphans.empty());
    w.check_oracles();
}

TEST_CASE(
    "sync/07: the version of our own release that was interrupted is not taken for another store's")
{
    world w;
    auto const p = plan_night(w);
    w.after_answer = [](std::uint64_t, http::request const& r) {
        return r.target.find("publish-agent-version") == std::string::npos;
    };
    w.apply(p);
    w.after_answer = nullptr;
    auto const tells = [&] {
        auto const report = look_for_drift(w);
        auto const f =
            std::ranges::find(report.findings, "agents/notdienst", &sync::drift_finding::resource);
        REQUIRE(f != report.findings.end());
        REQUIRE(f->versions.size() == 1);
        CHECK(f->versions[0].release == "r1");
        CHECK(f->versions[0].actor == "tester");
    };
    tells();
    w.abandon();
    tells();
    expect_done(w.rollback(1));
    w.pull();
    w.edit(edited_file, [](json::object& o) { o.erase("voice_speed"); });
    w.pull();
    w.check_oracles();
}
