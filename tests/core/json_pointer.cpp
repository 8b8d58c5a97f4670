#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace json = trunkline::json;

TEST_CASE("pointer: the examples of RFC 6901")
{
    auto const doc = json::parse(
        R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
    struct {
        char const* pointer;
        char const* found;
    } const table[] = {{"/foo", R"(["bar","baz"])"}, {"/foo/0", R"("bar")"}, {"/", "0"},
        {"/a~1b", "1"}, {"/c%d", "2"}, {"/e^f", "3"}, {"/g|h", "4"}, {"/i\\j", "5"}, {"/k\"l", "6"},
        {"/ ", "7"}, {"/m~0n", "8"}};
    CHECK(json::pointer("").resolve(doc) == &doc);
    for (auto const& row : table) {
        CAPTURE(row.pointer);
        json::pointer const p(row.pointer);
        REQUIRE(p.resolve(doc));
        CHECK(json::to_text(*p.resolve(doc)) == row.found);
        CHECK(p.text() == row.pointer);
    }
}

TEST_CASE("pointer: what does not exist resolves to nothing")
{
    auto const doc = json::parse(R"({"a":[1,2],"s":"x","n":null})");
    for (auto const* absent : {"/b", "/a/2", "/a/-", "/a/01", "/a/+1", "/a/x", "/a/", "/s/0",
             "/n/x", "/a/99999999999999999999999"})
        CHECK(json::pointer(absent).resolve(doc) == nullptr);
}

TEST_CASE("pointer: malformed texts are refused")
{
    for (auto const* bad : {"a", "a/b", "/~", "/a~2", "/~/x", "#/a"})
        CHECK_THROWS_AS(json::pointer{bad}, std::invalid_argument);
}

TEST_CASE("pointer: steps are escaped when appended")
{
    auto const p = json::pointer() / "a/b" / std::size_t{3} / "m~n" / "" / "~1";
    CHECK(p.text() == "/a~1b/3/m~0n//~01");
    CHECK(json::pointer(p.text()).steps() == p.steps());
    CHECK(json::pointer("/").steps().size() == 1);
    CHECK(json::pointer("//").steps().size() == 2);
}

TEST_CASE("pointer: set replaces, adds members and parents, and appends to arrays")
{
    auto doc = json::parse(R"({"a":[1,2],"s":"x"})");
    auto const set = [&](char const* where, json::value v) {
        return json::pointer(where).set(doc, std::move(v)) != nullptr;
    };
    CHECK(set("/a/0", "one"));
    CHECK(set("/a/2", 3));
    CHECK(set("/a/-", 4));
    CHECK(set("/new/deep/er", true));
    CHECK(json::to_text(doc) == R"({"a":["one",2,3,4],"s":"x","new":{"deep":{"er":true}}})");
    auto const before = doc;
    CHECK_FALSE(set("/a/7", 1));
    CHECK_FALSE(set("/a/x", 1));
    CHECK_FALSE(set("/s/x/y", 1));
    CHECK(json::identical(doc, before));
    CHECK(set("", nullptr));
    CHECK(doc.is_null());
}

TEST_CASE("pointer: erase removes members and items")
{
    auto doc = json::parse(R"({"a":[1,2,3],"b":{"c":1},"d":0})");
    CHECK(json::pointer("/a/1").erase(doc));
    CHECK(json::pointer("/b/c").erase(doc));
    CHECK_FALSE(json::pointer("/a/2").erase(doc));
    CHECK_FALSE(json::pointer("/x/y").erase(doc));
    CHECK_FALSE(json::pointer("/d/x").erase(doc));
    CHECK_FALSE(json::pointer("").erase(doc));
    CHECK(json::to_text(doc) == R"({"a":[1,3],"b":{},"d":0})");
}
