#include "random_json.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace json = trunkline::json;
using trunkline::crypto::content_hash;
using trunkline::test::random_json;

TEST_CASE("canonical: sorted by bytes, numbers normal, escapes minimal, no white space")
{
    auto const doc = json::parse(
        R"( { "b" : [1.0, 1E2, -0], "a" : "\/\u00e4\u0001\ud800", "" : null, "B" : {"z":1,"y":2}, "ä":1 } )");
    CHECK(json::canonical(doc) ==
        R"({"":null,"B":{"y":2,"z":1},"a":"/ä\u0001\ud800","b":[1,100,0],"ä":1})");
    CHECK(json::canonical(json::parse(json::canonical(doc))) == json::canonical(doc));
}

TEST_CASE("canonical: members are in the order of all their bytes, however alike they begin")
{
    std::vector<std::string> const names{"", std::string("\0", 1), "a", std::string("a\0", 2),
        "a\x01", "abcdefg", "abcdefgh", std::string("abcdefgh\0", 9), "abcdefgha", "abcdefghb",
        "abcdefgi", "\xc3\xa4", "\xf0\x9f\x98\x80"};
    json::object backwards;
    for (auto at = names.rbegin(); at != names.rend(); ++at) backwards.set(*at, nullptr);
    auto const read = json::parse(json::canonical(json::value(backwards)));
    REQUIRE(read.as_object().size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
        CHECK(read.as_object().begin()[i].key == names[i]);
}

TEST_CASE("canonical: an integer has one spelling, whatever its length and sign")
{
    for (auto const& [spelled, canonical] :
        {std::pair("0", "0"), {"-0", "0"}, {"-1", "-1"}, {"10", "10"},
            {"999999999999999", "999999999999999"}, {"1234567890123456", "1234567890123456"},
            {"100000000000000000000000", "1e+23"}, {"1e2", "100"}})
        CHECK(json::canonical(json::parse(spelled)) == canonical);
}

TEST_CASE("content hash: independent of escaping, key order, number spelling and layout")
{
    auto const hash =
        content_hash(json::parse(R"({"url":"https://x/ä","n":31.45,"o":{"a":1,"b":2}})"));
    for (auto const* same : {
             R"({"url":"https:\/\/x\/\u00e4","n":31.4500,"o":{"b":2,"a":1}})",
             "{\n  \"o\": {\"a\": 1.0, \"b\": 2e0},\n  \"n\": 3145e-2,\n  \"url\": "
             "\"https://x/ä\"\n}\n",
         })
        CHECK(content_hash(json::parse(same)) == hash);
    for (auto const* other : {
             R"({"url":"https://x/ä","n":31.46,"o":{"a":1,"b":2}})",
             R"({"url":"https://x/ä","n":"31.45","o":{"a":1,"b":2}})",
             R"({"url":"https://x/ä","n":31.45,"o":{"a":1,"b":2,"c":null}})",
             R"({"url":"https://x/a","n":31.45,"o":{"a":1,"b":2}})",
         })
        CHECK(content_hash(json::parse(other)) != hash);
}

TEST_CASE("content hash: is the SHA-256 of the canonical text")
{
    CHECK(content_hash(json::object{}) == // printf '{}' | sha256sum
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

TEST_CASE("random documents: writing and reading gives the identical document")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        auto const doc = random.document();
        auto const text = json::to_text(doc);
        CAPTURE(text);
        REQUIRE(json::identical(json::parse(text), doc));
        REQUIRE(json::identical(json::parse(json::to_text(doc, json::style::pretty)), doc));
        REQUIRE(json::to_text(json::parse(text)) == text);
    }
}

TEST_CASE("random documents: order and spelling do not change canonical form, hash or equality")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        auto const doc = random.document();
        auto const other = random.respelled(random.shuffled(doc));
        CAPTURE(json::to_text(doc));
        REQUIRE(json::canonical(other) == json::canonical(doc));
        REQUIRE(content_hash(other) == content_hash(doc));
        REQUIRE(other == doc);
        REQUIRE(json::diff(doc, other).empty());
        REQUIRE(json::parse(json::canonical(doc)) == doc);
    }
}

TEST_CASE("random documents: two are equal exactly where their canonical forms are")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    int equal = 0;
    for (int i = 0; i < 5000; ++i) {
        CAPTURE(i);
        auto const a = random.document(1);
        auto const b = random.document(1);
        CAPTURE(json::to_text(a));
        CAPTURE(json::to_text(b));
        REQUIRE((a == b) == (json::canonical(a) == json::canonical(b)));
        REQUIRE((a == b) == json::diff(a, b).empty());
        equal += a == b;
    }
    CHECK(equal > 20); // else the test compares nothing
}
