#include "random_json.hpp"

#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <string>

namespace json = trunkline::json;
using trunkline::test::random_json;

namespace {

/// "path before -> after", one a line.
std::string shown(std::vector<json::difference> const& differences)
{
    auto const side = [](std::optional<json::value> const& v) {
        return v ? json::to_text(*v) : "absent";
    };
    std::string out;
    for (auto const& d : differences)
        out += d.path + " " + side(d.before) + " -> " + side(d.after) + "\n";
    return out;
}

std::string diff(char const* before, char const* after)
{
    return shown(json::diff(json::parse(before), json::parse(after)));
}

} // namespace

TEST_CASE("diff: names each place, with absent, null and value told apart")
{
    CHECK(diff(R"({"a":1,"b":null,"c":{"d":[1,2]}})", R"({"b":0,"c":{"d":[1,3]},"e":null})") ==
        "/a 1 -> absent\n"
        "/b null -> 0\n"
        "/c/d/1 2 -> 3\n"
        "/e absent -> null\n");
}

TEST_CASE("diff: arrays are compared index by index, a lost tail is one difference an item")
{
    CHECK(diff("[1,2,3,4]", "[1,9]") == "/1 2 -> 9\n/2 3 -> absent\n/3 4 -> absent\n");
    CHECK(diff("[]", R"([{"a":1}])") == "/0 absent -> {\"a\":1}\n");
}

TEST_CASE("diff: a change of kind is one difference at the root of it")
{
    CHECK(diff(R"({"o":{"a":1,"b":2}})", R"({"o":[]})") == "/o {\"a\":1,\"b\":2} -> []\n");
    CHECK(diff("1", "\"1\"") == " 1 -> \"1\"\n");
}

TEST_CASE("diff: order and spelling are no difference; paths are escaped")
{
    CHECK(diff(R"({"a":1.0,"b":"\/"})", R"({"b":"/","a":1})").empty());
    CHECK(diff(R"({"a/b":{"~":1}})", R"({"a/b":{"~":2}})") == "/a~1b/~0 1 -> 2\n");
}

TEST_CASE("patch: applying a diff gives the other document")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        auto before = random.document();
        auto const after = random.one_in(2) ? random.document() : random.shuffled(before);
        CAPTURE(json::to_text(before));
        CAPTURE(json::to_text(after));
        REQUIRE(json::patch(before, json::diff(before, after)));
        REQUIRE(before == after);
    }
}

TEST_CASE("patch: a change of few values in a large document is found and applied")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 500; ++i) {
        CAPTURE(i);
        json::value before = json::object{{"nodes", json::array{}}};
        for (int n = 0; n < 20; ++n)
            before.find("nodes")->as_array().push_back(
                json::object{{"id", n}, {"text", random.text()}, {"edges", random.document(2)}});
        auto after = before;
        auto& items = after.find("nodes")->as_array();
        items[random.below(items.size())].find("text")->as_string() += "!";
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(random.below(items.size())));
        items[random.below(items.size())].as_object().erase("edges");
        auto patched = before;
        REQUIRE(json::patch(patched, json::diff(before, after)));
        REQUIRE(patched == after);
    }
}

TEST_CASE("patch: places that do not exist are skipped and reported")
{
    json::difference gone;
    gone.path = "/absent";
    gone.before = json::value(1);
    json::difference added;
    added.path = "/new";
    added.after = json::value(2);
    json::value doc = json::object{{"a", 1}};
    CHECK_FALSE(json::patch(doc, {gone, added}));
    CHECK(json::to_text(doc) == R"({"a":1,"new":2})");
}
