#include "telephony_support.hpp"

#include <set>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// The ids a filter leaves, given as the text of filter_criteria.
std::set<std::string> listed(telephone_account& account, std::string const& criteria)
{
    auto const page = account.expect(
        200, "POST", "/v3/list-calls", json::object{{"filter_criteria", json::parse(criteria)}});
    std::set<std::string> out;
    for (json::value const& row : page.find("items")->as_array())
        out.emplace(row.string_at("call_id"));
    return out;
}

} // namespace

TEST_CASE("simulated call lists: pages from the body survive inserts")
{
    telephone_account account;
    account.set_calls({{"concurrency_limit", 1'000}});
    std::vector<std::string> made;
    for (int i = 0; i < 7; ++i) {
        made.push_back(account.begin({}));
        account.wait(10ms);
    }
    std::vector<std::string> seen;
    json::object body{{"limit", 3}, {"include_total", true}};
    for (bool more = true; more;) {
        auto const page = account.expect(200, "POST", "/v3/list-calls", body);
        for (json::value const& row : page.find("items")->as_array()) {
            seen.emplace_back(row.string_at("call_id"));
            CHECK_FALSE(row.find("transcript"));
            CHECK_FALSE(row.find("transcript_object"));
        }
        more = page.bool_at("has_more");
        if (more) body.set("pagination_key", page.string_at("pagination_key"));
        account.begin({}); // newer than all: before the first page
    }
    std::ranges::reverse(made);
    CHECK(seen == made);
    body.set("skip", 1);
    account.refused(400, "POST", "/v3/list-calls", body); // not together with a key
    body.erase("pagination_key");
    auto const page = account.expect(200, "POST", "/v3/list-calls", body);
    CHECK(page.int_at("total") == 10);
}

TEST_CASE("simulated call lists: every kind of condition")
{
    telephone_account account;
    auto const good = account.begin({{"from_number", "+491700000001"},
        {"metadata", json::object{{"shop", "north"}}},
        {"script",
            json::parse(
                R"({"steps":[{"say":"user","text":"Hi"},{"tool":"book","arguments":{}},)"
                R"({"say":"agent","text":"Done"}],"analysis":{"user_sentiment":"Positive"}})")}});
    auto const bad = account.begin({{"from_number", "+491700000002"},
        {"script",
            json::parse(R"({"steps":[],"disconnection_reason":"error_asr",)"
                        R"("analysis":{"user_sentiment":"Negative","in_voicemail":true}})")}});
    account.wait(1min);
    auto const live = account.begin({});
    std::set<std::string> const only_good{good}, only_bad{bad}, only_live{live};
    CHECK(listed(account, "{}").size() == 3);
    CHECK(listed(account, R"({"call_status":{"type":"enum","op":"in","value":["ongoing"]}})") ==
        only_live);
    CHECK(listed(account, R"({"from_number":{"type":"string","op":"ew","value":"0001"}})") ==
        only_good);
    CHECK(listed(account,
              R"({"disconnection_reason":{"type":"enum","op":"in","value":["error_asr"]}})") ==
        only_bad);
    CHECK(listed(account, R"({"user_sentiment":{"type":"enum","op":"in","value":["Positive"]}})") ==
        only_good);
    CHECK(listed(account, R"({"in_voicemail":{"type":"boolean","op":"eq","value":true}})") ==
        only_bad);
    CHECK(listed(account, R"({"call_successful":{"type":"boolean","op":"eq","value":true}})") ==
        only_good);
    CHECK(listed(account, R"({"duration_ms":{"type":"range","op":"bt","value":[1000,99000]}})") ==
        only_good);
    CHECK(listed(account, R"({"e2e_latency_p50":{"type":"number","op":"gt","value":1}})") ==
        only_good);
    CHECK(listed(account, R"({"combined_cost":{"type":"number","op":"lt","value":0.5}})") ==
        only_bad);
    CHECK(listed(account,
              R"({"metadata":[{"key":"shop","type":"string","op":"co","value":"ort"}]})") ==
        only_good);
    CHECK(
        listed(account, R"({"metadata":[{"key":"shop","type":"present","op":"np"}]})").size() == 2);
    CHECK(
        listed(account,
            R"({"tool_calls":[{"name":"book","success":{"type":"boolean","op":"eq","value":true}}]})") ==
        only_good);
    CHECK(listed(account, R"({"tool_calls":[{"name":"other"}]})").empty());
    CHECK(listed(account, R"({"agent":[{"agent_id":")" + account.agent_id + R"(","version":[0]}]})")
              .size() == 3);
    CHECK(listed(account, R"({"agent":[{"agent_id":")" + account.agent_id + R"(","version":[1]}]})")
              .empty());
    account.refused(
        400, "POST", "/v3/list-calls", json::parse(R"({"filter_criteria":{"nosuch":{}}})"));
    account.refused(
        400, "POST", "/v3/list-calls", json::parse(R"({"filter_criteria":{"metadata":{}}})"));
    account.refused(400, "POST", "/v3/list-calls", json::parse(R"({"filter_criteria":[]})"));
}

TEST_CASE("simulated call lists: the old list answers by a switch, as a bare array")
{
    telephone_account account;
    auto const first = account.begin({});
    account.wait(1min);
    auto const second = account.begin({});
    account.refused(404, "POST", "/v2/list-calls", json::object{});
    account.expect(200, "POST", "/__simulator/options", json::object{{"removed", "gone"}});
    account.refused(410, "POST", "/v2/list-calls", json::object{});
    account.expect(200, "POST", "/__simulator/options", json::object{{"removed", "answering"}});
    auto const all = account.expect(200, "POST", "/v2/list-calls", json::object{});
    REQUIRE(all.as_array().size() == 2);
    CHECK(all.as_array()[0].string_at("call_id") == second);
    CHECK(all.as_array()[1].find("transcript_object"));
    auto const ended = account.expect(200, "POST", "/v2/list-calls",
        json::parse(
            R"({"filter_criteria":{"call_status":["ended"],"start_timestamp":{"lower_threshold":1}}})"));
    REQUIRE(ended.as_array().size() == 1);
    CHECK(ended.as_array()[0].string_at("call_id") == first);
    auto const next = account.expect(
        200, "POST", "/v2/list-calls", json::object{{"limit", 1}, {"pagination_key", second}});
    REQUIRE(next.as_array().size() == 1);
    CHECK(next.as_array()[0].string_at("call_id") == first);
}
