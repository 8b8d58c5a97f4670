#include "sync/world.hpp"

#include <trunkline/core/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

using namespace trunkline;
using namespace trunkline::test;

namespace {

class nothing_known : public sync::known_resources {
public:
    std::optional<sync::resource_state> agent(std::string_view, std::int64_t) const override
    {
        return std::nullopt;
    }
    std::optional<sync::resource_state> published(
        retell::resource_kind, std::string_view, std::int64_t) const override
    {
        return std::nullopt;
    }
};

/// What was read before, document by document.
class same_in_memory final : public nothing_known {
public:
    json::value kept(json::value document) const override
    {
        for (auto const& known : documents)
            if (json::identical(known, document)) return known;
        documents.push_back(document);
        return document;
    }
    mutable std::vector<json::value> documents;
};

nothing_known const nothing;

/// A refresh whose answers come when the test says so.
class slow_refresh {
public:
    explicit slow_refresh(world& w, sync::known_resources const& known = nothing)
        : world_(w), reading(w.secrets(), known)
    {
        take_all();
    }

    void answer(std::size_t index)
    {
        REQUIRE(index < open.size());
        auto const call = open[index];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(index));
        sync::call_outcome outcome;
        outcome.answer.status = 200;
        outcome.answer.body = world_.call(call.call);
        reading.deliver(call.ticket, std::move(outcome));
        take_all();
    }
    std::size_t index_of(std::string_view operation) const
    {
        auto const at =
            std::ranges::find_if(open, [&](auto const& c) { return c.call.op->name == operation; });
        return static_cast<std::size_t>(at - open.begin());
    }
    bool is_open(std::string_view operation) const { return index_of(operation) < open.size(); }
    void finish()
    {
        while (!open.empty()) answer(0);
        REQUIRE(reading.done());
        REQUIRE_FALSE(reading.result());
    }

    std::deque<sync::pending_call> open;
    std::size_t calls = 0;

private:
    void take_all()
    {
        while (auto next = reading.next()) {
            open.push_back(std::move(*next));
            ++calls;
        }
    }
    world& world_;

public:
    sync::refresh reading;
};

std::string text_of(sync::snapshot const& s)
{
    std::string out;
    for (auto const& a : s.agents) {
        out += json::canonical(a.agent.document) + "\n";
        if (a.engine) out += "  " + json::canonical(a.engine->document) + "\n";
    }
    for (auto const& n : s.numbers) out += json::canonical(n.document) + "\n";
    for (auto const& e : s.spare_engines) out += "spare " + e.id + "\n";
    return out;
}

} // namespace

TEST_CASE("refresh: agents are read as soon as their list is there, engines once theirs is too")
{
    world w;
    w.call(retell::create_agent_version("agent_reception", 1)); // the list shows its engine's draft
    slow_refresh r(w);
    REQUIRE(r.open.size() == 4);
    CHECK_FALSE(r.is_open("get-agent"));
    r.answer(r.index_of("list-agents"));
    CHECK(r.is_open("get-agent"));
    while (r.is_open("get-agent")) r.answer(r.index_of("get-agent"));
    // Whether an engine must be fetched is not known before its list.
    CHECK(r.open.size() == 3);
    r.answer(r.index_of("list-retell-llms"));
    CHECK(r.is_open("get-retell-llm")); // an agent names an older version than the listed one
    CHECK(r.is_open("list-conversation-flows"));
    CHECK_FALSE(r.reading.done());
    r.finish();
    CHECK(text_of(r.reading.take()) == text_of(w.refresh()));
}

TEST_CASE("refresh: whatever the order of the answers, the snapshot and the requests are the same")
{
    world w;
    w.call(retell::create_agent_version("agent_reception", 1));
    slow_refresh usual(w);
    usual.finish();
    auto const expected = text_of(usual.reading.take());
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        random_source random(seed);
        slow_refresh r(w);
        while (!r.open.empty()) r.answer(random.below(r.open.size()));
        REQUIRE(r.reading.done());
        REQUIRE_FALSE(r.reading.result());
        CHECK(r.calls == usual.calls);
        CHECK(text_of(r.reading.take()) == expected);
    }
}

TEST_CASE("refresh: what is in memory already from an earlier reading is there once")
{
    world w;
    same_in_memory known;
    slow_refresh first(w, known);
    first.finish();
    auto const before = first.reading.take();
    auto const documents = known.documents.size();
    slow_refresh again(w, known);
    again.finish();
    auto const now = again.reading.take();
    CHECK(known.documents.size() == documents);
    REQUIRE(now.agents.size() == before.agents.size());
    for (std::size_t i = 0; i < now.agents.size(); ++i) {
        CHECK(now.agents[i].agent.document.shares_with(before.agents[i].agent.document));
        REQUIRE(now.agents[i].engine.has_value() == before.agents[i].engine.has_value());
        if (now.agents[i].engine)
            CHECK(now.agents[i].engine->document.shares_with(before.agents[i].engine->document));
    }
    for (auto const& d : known.documents) // in the form in which it is kept
        CHECK(json::to_text(d).find("CANARY") == std::string::npos);
}
