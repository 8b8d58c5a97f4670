#include <doctest/doctest.h>

#include <retell/simulator_filter.hpp>
#include <retell/simulator_paging.hpp>

using namespace trunkline;
using namespace trunkline::retell::simulation;

namespace {

bool holds(char const* condition_text, char const* field)
{
    return condition(json::parse(condition_text), "x").holds(json::parse(field));
}

int status_of_condition(char const* text)
{
    try {
        condition(json::parse(text), "x");
        return 200;
    } catch (refusal const& no) {
        return no.status;
    }
}

call with_body(char const* text)
{
    call c;
    c.body = json::parse(text);
    return c;
}

/// Pages of the numbers 1 to `count`.
json::value numbers_page(call const& c, int count)
{
    std::set<page_request::key> order;
    for (int i = 1; i <= count; ++i) order.emplace(i, std::to_string(i));
    page_request const request(c, "numbers", page_source::body);
    return json::parse(make_page(request, order, [](std::string const& id) { return id; }).body);
}

std::string items(json::value const& page)
{
    return json::to_text(*page.find("items"));
}

int status_of_page(char const* body)
{
    try {
        numbers_page(with_body(body), 1);
        return 200;
    } catch (refusal const& no) {
        return no.status;
    }
}

} // namespace

TEST_CASE("simulator filter: each operator of each type")
{
    char const* const text = R"("Hello")";
    CHECK(holds(R"({"type":"string","op":"eq","value":"Hello"})", text));
    CHECK_FALSE(holds(R"({"type":"string","op":"eq","value":"hello"})", text));
    CHECK(holds(R"({"type":"string","op":"ne","value":"x"})", text));
    CHECK(holds(R"({"type":"string","op":"ne","value":"x"})", "null"));
    CHECK(holds(R"({"type":"string","op":"sw","value":"He"})", text));
    CHECK_FALSE(holds(R"({"type":"string","op":"sw","value":"lo"})", text));
    CHECK(holds(R"({"type":"string","op":"ew","value":"lo"})", text));
    CHECK(holds(R"({"type":"string","op":"co","value":"ell"})", text));
    CHECK_FALSE(holds(R"({"type":"string","op":"co","value":"ell"})", "7"));

    CHECK(holds(R"({"type":"number","op":"eq","value":2})", "2.0"));
    CHECK(holds(R"({"type":"number","op":"ne","value":2})", "3"));
    CHECK(holds(R"({"type":"number","op":"gt","value":2})", "2.5"));
    CHECK_FALSE(holds(R"({"type":"number","op":"gt","value":2})", "2"));
    CHECK(holds(R"({"type":"number","op":"ge","value":2})", "2"));
    CHECK(holds(R"({"type":"number","op":"lt","value":2})", "1"));
    CHECK(holds(R"({"type":"number","op":"le","value":2})", "2"));
    CHECK_FALSE(holds(R"({"type":"number","op":"le","value":2})", "\"1\""));

    CHECK(holds(R"({"type":"boolean","op":"eq","value":true})", "true"));
    CHECK_FALSE(holds(R"({"type":"boolean","op":"eq","value":true})", "null"));
    CHECK(holds(R"({"type":"range","op":"bt","value":[1,3]})", "3"));
    CHECK_FALSE(holds(R"({"type":"range","op":"bt","value":[1,3]})", "3.01"));
    CHECK(holds(R"({"type":"enum","op":"in","value":["a","b"]})", "\"b\""));
    CHECK_FALSE(holds(R"({"type":"enum","op":"in","value":["a","b"]})", "\"c\""));
    CHECK(holds(R"({"type":"enum","op":"in","value":["a"]})", R"(["z","a"])"));
    CHECK(holds(R"({"type":"present","op":"pr"})", "0"));
    CHECK(holds(R"({"type":"present","op":"np"})", "null"));
    CHECK_FALSE(holds(R"({"type":"present","op":"np"})", "0"));
}

TEST_CASE("simulator filter: what is no condition is refused")
{
    for (auto const* bad :
        {"[]", "{}", R"({"type":"string"})", R"({"type":"string","op":"gt","value":"a"})",
            R"({"type":"string","op":"q ne","value":""})", R"({"type":"string","op":"eq"})",
            R"({"type":"string","op":"eq","value":1})", R"({"type":"number","op":"eq","value":"1"})",
            R"({"type":"boolean","op":"eq","value":1})", R"({"type":"range","op":"bt","value":[1]})",
            R"({"type":"range","op":"bt","value":[1,"2"]})",
            R"({"type":"enum","op":"in","value":"a"})", R"({"type":"odd","op":"eq","value":1})"})
    {
        INFO(bad);
        CHECK(status_of_condition(bad) == 400);
    }
}

TEST_CASE("simulator paging: the same from the body, with skip and a total")
{
    auto const first = numbers_page(with_body(R"({"limit":2,"sort_order":"ascending"})"), 5);
    CHECK(items(first) == "[1,2]");
    CHECK_FALSE(first.find("total"));
    auto next = with_body(R"({"limit":2,"sort_order":"ascending","include_total":true})");
    next.body.as_object().set("pagination_key", *first.find("pagination_key"));
    auto const second = numbers_page(next, 6); // one more by now
    CHECK(items(second) == "[3,4]");
    CHECK(second.int_at("total") == 6);
    CHECK(second.bool_at("has_more"));
    CHECK(items(numbers_page(with_body(R"({"limit":2,"skip":3})"), 5)) == "[2,1]");
    auto const rest = numbers_page(with_body(R"({"skip":4,"include_total":true})"), 5);
    CHECK(items(rest) == "[1]");
    CHECK(rest.int_at("total") == 5);
    CHECK_FALSE(rest.bool_at("has_more", true));
    CHECK(items(numbers_page(call(), 2)) == "[2,1]");
    CHECK(items(numbers_page(with_body(R"({"sort_order":"asc","limit":1})"), 2)) == "[1]");
}

TEST_CASE("simulator paging: bad parameters in the body are refused")
{
    for (auto const* bad : {"[]", R"({"limit":0})", R"({"limit":"5"})", R"({"limit":1.5})",
             R"({"sort_order":"up"})", R"({"skip":-1})", R"({"skip":"1"})",
             R"({"include_total":1})", R"({"pagination_key":"x"})", R"({"pagination_key":7})",
             R"({"skip":1,"pagination_key":"x"})"})
    {
        INFO(bad);
        CHECK(status_of_page(bad) == 400);
    }
}
