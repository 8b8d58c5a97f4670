#include <trunkline/retell/paging.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

operation const& op(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

json::value page(std::string const& items, std::string const& cursor)
{
    auto const end = cursor.empty() ? std::string("\"has_more\":false")
                                    : "\"has_more\":true,\"pagination_key\":" + cursor;
    return json::parse("{\"items\":" + items + "," + end + "}");
}

std::string parameter(page_walker const& w, std::string_view name)
{
    auto const at = w.next().parameters.find(name);
    return at == w.next().parameters.end() ? "(absent)" : at->second;
}

/// Feeds pages and gives the rows, or the name of the error.
std::string walk(operation const& o, std::vector<json::value> pages, diagnostics& diag)
{
    page_walker w(o, arguments());
    for (auto& p : pages) {
        REQUIRE_FALSE(w.done());
        if (auto const code = w.take(std::move(p), diag))
            return std::string(name(static_cast<errc>(code.value())));
    }
    REQUIRE(w.done());
    return json::to_text(w.rows());
}

std::string walk(operation const& o, std::vector<json::value> pages)
{
    diagnostics diag;
    return walk(o, std::move(pages), diag);
}

} // namespace

TEST_CASE("paging: asks for large pages and hands the cursor back unchanged")
{
    diagnostics diag;
    page_walker w(op("list-agents"), arguments());
    CHECK(parameter(w, "limit") == "1000");
    CHECK(parameter(w, "pagination_key") == "(absent)");
    REQUIRE_FALSE(w.take(page(R"([{"agent_id":"a"}])", R"("x+/=%2B é")"), diag));
    CHECK_FALSE(w.done());
    CHECK(parameter(w, "limit") == "1000");
    CHECK(parameter(w, "pagination_key") == "x+/=%2B é");
    REQUIRE_FALSE(w.take(page("[]", ""), diag));
    CHECK(w.done());
}

TEST_CASE("paging: the caller's page size, order and start are kept")
{
    diagnostics diag;
    arguments args;
    args.set("limit", 2).set("sort_order", "ascending").set("pagination_key", "start");
    page_walker w(op("list-phone-numbers"), args);
    CHECK(parameter(w, "limit") == "2");
    CHECK(parameter(w, "pagination_key") == "start");
    REQUIRE_FALSE(w.take(page("[]", R"("next")"), diag));
    CHECK(parameter(w, "limit") == "2");
    CHECK(parameter(w, "sort_order") == "ascending");
    CHECK(w.take(page("[]", R"("start")"), diag) == errc::list_unstable);
}

TEST_CASE("paging: in the body the cursor keeps its type and replaces skip")
{
    diagnostics diag;
    arguments args;
    args.with_body(json::parse(R"({"filter_criteria":{"x":1},"skip":10})"));
    page_walker w(op("list-calls"), args);
    CHECK(json::to_text(*w.next().body) == R"({"filter_criteria":{"x":1},"skip":10,"limit":1000})");
    REQUIRE_FALSE(w.take(page("[]", "12345678901234567890"), diag));
    CHECK(json::to_text(*w.next().body) ==
        R"({"filter_criteria":{"x":1},"limit":1000,"pagination_key":12345678901234567890})");
    CHECK(w.next().parameters.empty());
}

TEST_CASE("paging: inserts between pages neither lose nor double a row")
{
    // Page two begins with the last row of page one, because a new row came in at the front.
    CHECK(walk(op("list-agents"),
              {page(R"([{"agent_id":"a"},{"agent_id":"b"}])", R"("1")"),
                  page(R"([{"agent_id":"b"},{"agent_id":"c"}])", R"("2")"),
                  page(R"([{"agent_id":"c"},{"agent_id":"d"}])", "")}) ==
        R"([{"agent_id":"a"},{"agent_id":"b"},{"agent_id":"c"},{"agent_id":"d"}])");
}

TEST_CASE("paging: a row met twice keeps its place and its newer content")
{
    CHECK(walk(op("list-retell-llms"),
              {page(R"([{"llm_id":"x","version":1},{"llm_id":"y","version":5}])", R"("1")"),
                  page(R"([{"llm_id":"x","version":2},{"llm_id":"y","version":4}])", "")}) ==
        R"([{"llm_id":"x","version":2},{"llm_id":"y","version":5}])");
}

TEST_CASE("paging: rows are told apart by the list's own key")
{
    // Each of these begins with an id that is not the row's own.
    CHECK(walk(op("list-chats"),
              {page(R"([{"agent_id":"a","chat_id":"1"},{"agent_id":"a","chat_id":"2"}])", "")}) ==
        R"([{"agent_id":"a","chat_id":"1"},{"agent_id":"a","chat_id":"2"}])");
    CHECK(walk(op("list-agent-versions"),
              {page(R"([{"agent_id":"a","version":1},{"agent_id":"a","version":0}])", "")}) ==
        R"([{"agent_id":"a","version":1},{"agent_id":"a","version":0}])");
    CHECK(walk(op("list-app-usages"),
              {page(R"([{"type":"agent","agent_id":"a"},{"type":"x","agent_id":"a"}])", R"("1")"),
                  page(R"([{"agent_id":"a","type":"x"}])", "")}) ==
        R"([{"type":"agent","agent_id":"a"},{"agent_id":"a","type":"x"}])");
}

TEST_CASE("paging: rows without their key, or that are no objects, are kept")
{
    CHECK(walk(op("list-agents"), {page(R"([{"x":1},{"x":2},{"agent_id":null},7])", "")}) ==
        R"([{"x":1},{"x":2},{"agent_id":null},7])");
}

TEST_CASE("paging: has_more without a usable cursor is an error, not a short list")
{
    diagnostics diag;
    for (auto const* text :
        {R"({"items":[],"has_more":true})", R"({"items":[],"has_more":true,"pagination_key":null})",
            R"({"items":[],"has_more":true,"pagination_key":""})",
            R"({"items":[],"has_more":true,"pagination_key":{"a":1}})"})
    {
        CAPTURE(text);
        CHECK(walk(op("list-agents"), {json::parse(text)}, diag) == "mistyped_answer");
        CHECK(diag.message.starts_with("list-agents: page 1: "));
    }
}

TEST_CASE("paging: a cursor that does not move or comes back ends the walk")
{
    CHECK(walk(op("list-agents"), {page("[]", R"("1")"), page("[]", R"("1")")}) == "list_unstable");
    CHECK(
        walk(op("list-agents"),
            {page("[]", R"("1")"), page("[]", R"("2")"), page("[]", R"("1")")}) == "list_unstable");
}

TEST_CASE("paging: endless pages without news end the walk")
{
    std::vector<json::value> pages;
    for (int i = 0; i < 100; ++i) pages.push_back(page(R"([{"agent_id":"a"}])", std::to_string(i)));
    CHECK(walk(op("list-agents"), [&] {
        auto some = pages;
        some.push_back(page("[]", ""));
        return some;
    }()) == R"([{"agent_id":"a"}])");
    pages.push_back(page(R"([{"agent_id":"a"}])", "100"));
    CHECK(walk(op("list-agents"), pages) == "list_unstable");
}

TEST_CASE("paging: a bare array is one page, taken as it is")
{
    CHECK(walk(op("list-voices"), {json::parse(R"([{"voice_id":"v"},{"voice_id":"v"}])")}) ==
        R"([{"voice_id":"v"},{"voice_id":"v"}])");
    CHECK(page_walker::can_walk(op("list-voices")));
    CHECK(page_walker::can_walk(op("list-agents")));
    CHECK_FALSE(page_walker::can_walk(op("get-agent")));
}
