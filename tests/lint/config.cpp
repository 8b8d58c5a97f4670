#include "lint/documents.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/random.hpp>
#include <trunkline/retell/demo_account.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace trunkline;
using namespace trunkline::test;
using namespace trunkline::retell;

namespace {

lint_config config(char const* text)
{
    return lint_config::from_json(json::parse(text));
}

std::vector<lint_document> with_unused_tool()
{
    auto all = good_account();
    json::pointer("/nodes/2/tool_ids").erase(all[2].document);
    return all;
}

std::optional<json::value> fixture(std::string const& name)
{
    for (auto const root : {TRUNKLINE_SOURCE_DIR "/../shared/fixtures/", "../shared/fixtures/"}) {
        std::ifstream in(root + name, std::ios::binary);
        if (in) return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    }
    MESSAGE("skipped: no shared/fixtures/" << name);
    return std::nullopt;
}

std::vector<lint_finding> lint_fixture(json::value const& v)
{
    std::vector<lint_document> const one{document(*guess_kind(v), "fixture.json", v)};
    return lint(one);
}

std::size_t errors_in(std::vector<lint_finding> const& found)
{
    return static_cast<std::size_t>(
        std::ranges::count(found, lint_severity::error, &lint_finding::severity));
}

} // namespace

TEST_CASE("lint config: severities, limits, node types and exceptions")
{
    auto const all = with_unused_tool();
    CHECK(count_rule(lint(all), "tool-unused") == 1);
    CHECK(lint(all, config(R"({"rules": {"tool-unused": "off"}})")).empty());
    CHECK(errors_in(lint(all, config(R"({"rules": {"tool-unused": "error"}})"))) == 1);
    for (auto const text : {R"({"except": [{"rule": "tool-unused"}]})",
             R"({"except": [{"file": "flows/booking.json"}]})",
             R"({"except": [{"rule": "tool-unused", "pointer": "/tools", "reason": "soon"}]})"})
        CHECK(lint(all, config(text)).empty());
    for (auto const text :
        {R"({"except": [{"rule": "edge-open"}]})", R"({"except": [{"pointer": "/tool"}]})",
            R"({"except": [{"file": "flows/other.json"}]})"})
        CHECK(lint(all, config(text)).size() == 1);
    CHECK(count_rule(lint(all, config(R"({"limits": {"nodes": 8, "tools": 1, "prompt_chars": 5}})")),
              "too-many-nodes") == 1);

    auto unknown = good_account();
    json::pointer("/nodes/2/type").set(unknown[2].document, "vendor_news");
    CHECK(count_rule(lint(unknown), "node-type") == 1);
    CHECK(count_rule(lint(unknown, config(R"({"node_types": ["vendor_news"]})")), "node-type") == 0);
}

TEST_CASE("lint config: what the documents cannot know may be listed")
{
    auto const all = good_account();
    CHECK(lint(all, config(R"({"known": {"knowledge-base": ["knowledge_base_4c21"]}})")).empty());
    auto const found = lint(all, config(R"({"known": {"knowledge-base": []}})"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "dangling-reference");
    CHECK(found[0].pointer == "/knowledge_base_ids/0");
}

TEST_CASE("lint config: what is not understood is refused by name")
{
    for (auto const text : {R"([])", R"({"rule": {}})", R"({"rules": {"no-such-rule": "off"}})",
             R"({"rules": {"edge-open": "loud"}})", R"({"limits": {"nodes": "many"}})",
             R"({"limits": {"edges": 1}})", R"({"node_types": "x"})", R"({"except": [{}]})",
             R"({"except": [{"rule": "no-such-rule"}]})", R"({"except": [{"line": 3}]})",
             R"({"known": {"agents": []}})"})
    {
        INFO(text);
        CHECK_THROWS_AS((void)config(text), error);
    }
}

TEST_CASE("lint: the demo account has no error, whatever its seed")
{
    for (std::uint64_t const seed : {1, 2, 3, 77}) {
        auto const account = make_demo_account(seed, 1'795'305'600'000);
        std::vector<lint_document> all;
        for (auto const& [list, kind, id] : {std::tuple("agents", resource_kind::agent, "agent_id"),
                 {"retell_llms", resource_kind::llm, "llm_id"},
                 {"conversation_flows", resource_kind::flow, "conversation_flow_id"}})
            for (auto const& entry : account.at_or_null(list).as_array()) {
                auto const& versions = entry.at_or_null("versions").as_array();
                for (auto const& v : versions) {
                    auto d = document(kind,
                        std::string(list) + "/" + std::string(entry.string_at(id)) + "@" +
                            std::to_string(v.int_at("version")),
                        v);
                    if (&v == &versions.back()) d.id = entry.string_at(id);
                    all.push_back(std::move(d));
                }
            }
        for (auto const& n : account.at_or_null("phone_numbers").as_array()) {
            all.push_back(
                document(resource_kind::phone_number, std::string(n.string_at("phone_number")), n));
            all.back().id = n.string_at("phone_number");
        }
        CHECK(all.size() > 200);
        auto found = lint(all);
        std::erase_if(found, [](auto const& f) { return f.severity != lint_severity::error; });
        if (found.size() > 20) found.resize(20);
        INFO("seed " << seed << "\n" << text_of(found));
        CHECK(found.empty());
    }
}

TEST_CASE("lint fixtures: real flows have no error, and what is open in them is found")
{
    for (auto const name : {"flow-support-a.json", "flow-booking-a.json",
             "flow-booking-a-twin.json", "flow-booking-a-rev12.json", "flow-booking-b.json"})
    {
        auto const v = fixture(name);
        if (!v) return;
        auto const found = lint_fixture(*v);
        INFO(name << "\n" << text_of(found));
        CHECK(errors_in(found) == 0);
        CHECK(count_rule(found, "unreachable-node") == 0);
    }
    auto const support = lint_fixture(*fixture("flow-support-a.json"));
    INFO(text_of(support));
    CHECK(support.empty());
    auto const minimal = lint_fixture(*fixture("flow-minimal.json"));
    INFO(text_of(minimal));
    CHECK(count_rule(minimal, "edge-open") == 2);
    CHECK(count_rule(minimal, "unreachable-node") == 1);
    auto const draft = lint_fixture(*fixture("agent-flow-draft.json"));
    INFO(text_of(draft));
    CHECK(count_rule(draft, "damaged-object") == 1);
    CHECK(errors_in(draft) == 0);
}

TEST_CASE("lint fixtures: each defect of the deliberately bad flows is found")
{
    auto const edges = fixture("bad-flow-toplevel-edges.json");
    if (!edges) return;
    auto const found = lint_fixture(*edges);
    INFO(text_of(found));
    std::size_t invented = 0, silent = 0;
    for (auto const& n : edges->at_or_null("nodes").as_array()) {
        auto const type = n.string_at("type");
        if (type.ends_with("_node")) ++invented;
        else if (type != "end") ++silent;
    }
    CHECK(invented > 10);
    CHECK(count_rule(found, "node-type") == invented);
    CHECK(count_rule(found, "dead-end") == silent);
    CHECK(count_rule(found, "start-missing") == 1);
    CHECK(count_rule(found, "tool-unused") == 1);
    CHECK(std::ranges::any_of(
        found, [](auto const& f) { return f.rule == "document-shape" && f.pointer == "/edges"; }));

    auto const map = lint_fixture(*fixture("bad-flow-nodes-map.json"));
    INFO(text_of(map));
    for (auto const pointer : {"/nodes", "/transitions"})
        CHECK(std::ranges::any_of(map,
            [&](auto const& f) { return f.rule == "document-shape" && f.pointer == pointer; }));
}

TEST_CASE("lint: whatever stands in a document, the linter ends and throws nothing")
{
    // Every value of good documents is replaced by each of these in turn, by one at a time.
    json::array const odd{nullptr, true, 0, -1, "", "x", json::array(), json::object(),
        json::array{json::array()}, json::object{{"id", json::array()}}};
    std::size_t runs = 0;
    for (auto const& whole : good_account()) {
        std::vector<json::pointer> places, open{json::pointer()};
        while (!open.empty()) {
            auto const place = open.back();
            open.pop_back();
            places.push_back(place);
            auto const* const v = place.resolve(whole.document);
            if (v->is_object())
                for (auto const& m : v->as_object()) open.push_back(place / m.key);
            else if (v->is_array())
                for (std::size_t i = 0; i < v->as_array().size(); ++i) open.push_back(place / i);
        }
        for (auto const& place : places)
            for (auto const& v : odd) {
                std::vector<lint_document> one{whole};
                one[0].from_file = runs % 2 == 0;
                if (!place.set(one[0].document, v)) continue;
                CHECK_NOTHROW((void)lint(one));
                ++runs;
            }
    }
    CHECK(runs > 1000);
}
