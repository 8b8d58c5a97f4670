#include "catalogue_support.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace trunkline;
using namespace trunkline::retell;
using namespace catalogue_test;

namespace {

field_cursor at(resource_kind kind, std::string_view path)
{
    field_cursor here(kind);
    while (!path.empty()) {
        auto const cut = path.find('/');
        auto const step = path.substr(0, cut);
        here = step == "[]" ? here.item() : here.member(step);
        path = cut == std::string_view::npos ? std::string_view{} : path.substr(cut + 1);
    }
    return here;
}

field_class cls(resource_kind kind, std::string_view path)
{
    return at(kind, path).cls();
}

} // namespace

TEST_CASE("catalogue: kinds have names that read back")
{
    for (auto k : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::phone_number})
        CHECK(parse_resource_kind(name(k)) == k);
    CHECK(name(resource_kind::llm) == "retell-llm");
    CHECK_FALSE(parse_resource_kind("llm"));
    CHECK_FALSE(parse_resource_kind(""));
}

TEST_CASE("catalogue: every rule is found at its own path, and paths are unique")
{
    std::set<std::pair<resource_kind, std::string_view>> seen;
    for (auto const& rule : field_rules()) {
        INFO(name(rule.kind), " ", rule.path);
        CHECK(seen.emplace(rule.kind, rule.path).second);
        auto const here = at(rule.kind, rule.path);
        REQUIRE(here.rule() != nullptr);
        CHECK(here.rule() == &rule);
        CHECK(here.cls() == rule.cls);
        CHECK((here.fallback() != nullptr) == !rule.fallback.empty());
        CHECK((rule.cls == field_class::reference) == !rule.target.empty());
        if (rule.cls == field_class::keyed_list) CHECK_FALSE(rule.key.empty());
    }
    CHECK(seen.size() > 900);
}

TEST_CASE("catalogue: an agent has the 61 members of the service's answer and what lists add")
{
    std::size_t members = 0;
    for (auto const& rule : field_rules())
        if (rule.kind == resource_kind::agent && rule.path.find('/') == std::string_view::npos)
            ++members;
    CHECK(members == 61 + 3); // user_modified_timestamp, channel, metadata
}

TEST_CASE("catalogue: a place says its class")
{
    using enum field_class;
    auto const agent = resource_kind::agent;
    auto const llm = resource_kind::llm;
    auto const flow = resource_kind::flow;
    auto const number = resource_kind::phone_number;
    CHECK(cls(agent, "") == object);
    CHECK(cls(agent, "agent_id") == identity);
    CHECK(cls(agent, "version_title") == release_owned);
    CHECK(cls(agent, "response_engine/version") == server_filled);
    CHECK(cls(agent, "voice_speed") == managed);
    CHECK(cls(agent, "no_such_field") == managed);
    CHECK(at(agent, "no_such_field").rule() == nullptr);
    CHECK(at(agent, "no_such_field/[]/deeper").rule() == nullptr);
    CHECK(cls(llm, "general_tools") == keyed_list);
    CHECK(cls(llm, "general_tools/[]") == object);
    CHECK(cls(llm, "general_tools/[]/headers/X-Anything") == secret);
    CHECK(cls(llm, "states/[]/tools/[]/url") == secret_url);
    CHECK(cls(flow, "components/[]/nodes/[]/tools/[]/cal_api_key") == secret);
    CHECK(cls(flow, "nodes/[]/edges/[]/transition_condition/prompt") == text);
    CHECK(cls(flow, "nodes/[]/display_position") == cosmetic);
    CHECK(cls(number, "inbound_agents") == weighted_group);
    CHECK(cls(number, "auth_password") == write_only);
    CHECK(at(flow, "tools").rule()->key == "tool_id");
    CHECK(at(llm, "general_tools").rule()->key == "name");
}

TEST_CASE("catalogue: a JSON schema is known at any depth, its property names are not")
{
    using enum field_class;
    auto const llm = resource_kind::llm;
    std::string path = "general_tools/[]/parameters";
    for (auto depth = 0; depth < 20; ++depth) {
        CHECK(cls(llm, path) == opaque_map);
        CHECK(cls(llm, path + "/properties") == opaque_map);
        CHECK(cls(llm, path + "/required") == set);
        path += depth % 2 ? "/properties/required" : "/items";
    }
    CHECK(at(llm, path).describes_data());
    CHECK_FALSE(at(llm, "general_tools/[]").describes_data());
}

TEST_CASE("catalogue: docs/fields.md is what the table says (TRUNKLINE_UPDATE_DOCS=1 writes it)")
{
    auto const page = std::filesystem::path(TRUNKLINE_SOURCE_DIR) / "docs" / "fields.md";
    if (std::getenv("TRUNKLINE_UPDATE_DOCS")) std::ofstream(page) << field_table_markdown();
    auto const written = read_file(page);
    REQUIRE(written);
    // Not CHECK(a == b): the difference of two pages is read with git diff, not here.
    CHECK_MESSAGE((*written == field_table_markdown()),
        "docs/fields.md is out of date: run test_retell once with TRUNKLINE_UPDATE_DOCS=1");
}
