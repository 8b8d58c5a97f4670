#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

namespace json = trunkline::json;
using namespace std::string_literals;

namespace {

std::string round_trip(std::string_view text)
{
    return json::to_text(json::parse(text));
}

json::parse_error refusal(std::string_view text, json::parse_options const& options = {})
{
    json::parse_error error;
    CAPTURE(text);
    REQUIRE_FALSE(json::parse(text, error, options));
    return error;
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + std::string(depth, ']');
}

/// {"k0":0,"k1":1,...} without the closing brace.
std::string many_members(unsigned count)
{
    std::string out = "{";
    for (unsigned i = 0; i < count; ++i)
        out += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":" + std::to_string(i);
    return out;
}

} // namespace

TEST_CASE("json: member order, unknown members and number spellings survive a round trip")
{
    for (auto const* text : {
             R"({"z":1,"a":2,"m":{"y":[],"b":{}},"0":null})",
             R"([31.4500,1e400,-0,-0.0,1E+2,1e-400,0.10000000000000000555,123456789012345678901234567890])",
             R"([1.2345678901234567,9007199254740993,18446744073709551615,1e999999999999])",
             R"([null,true,false,"",[[]],{"":{"":""}}])",
         })
        CHECK(round_trip(text) == text);
}

TEST_CASE("json: absent, null and a value are three things")
{
    auto const doc = json::parse(R"({"null":null,"empty":"","zero":0,"list":[],"map":{}})");
    CHECK(json::presence_of(doc, "absent") == json::presence::absent);
    CHECK(json::presence_of(doc, "null") == json::presence::null);
    for (auto const* key : {"empty", "zero", "list", "map"})
        CHECK(json::presence_of(doc, key) == json::presence::present);
    CHECK(json::presence_of(json::value("text"), "null") == json::presence::absent);
    CHECK_FALSE(json::parse(R"({"a":null})") == json::parse("{}"));
    CHECK_FALSE(json::parse(R"({"a":[]})") == json::parse(R"({"a":{}})"));
}

TEST_CASE("json: escapes are decoded and only the necessary ones written")
{
    auto const doc =
        json::parse(R"(["\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u00e4\u20AC\ud83d\ude00"])");
    CHECK(doc.as_array()[0].as_string() == "\"\\/\b\f\n\r\t\0\x1f\x7f\u00e4\u20ac\U0001f600"s);
    CHECK(json::to_text(doc) ==
        "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\u00e4\u20ac\U0001f600\"]");
}

TEST_CASE("json: lone surrogates are kept, a high and a low escape in a row are one character")
{
    CHECK(round_trip(R"("\ud800")") == R"("\ud800")");
    CHECK(round_trip(R"("\uDFFF\uDBFF")") == R"("\udfff\udbff")");
    CHECK(round_trip(R"("\ud83d x\ude00")") == R"("\ud83d x\ude00")");
    CHECK(round_trip(R"({"\udc00":"\ud800\n"})") == R"({"\udc00":"\ud800\n"})");
    CHECK(round_trip(R"("\ud83d\ude00")") == "\"\U0001f600\"");
    CHECK(round_trip(R"("\ud83d\ud83d\ude00\ude00")") == "\"\\ud83d\U0001f600\\ude00\"");
    CHECK(json::parse(R"("\ud800")").as_string() == "\xed\xa0\x80");
}

TEST_CASE("json: what no parser produced is still written as valid JSON")
{
    CHECK(json::to_text(json::value("a\xff"
                                    "b\xc3")) == "\"a\ufffdb\ufffd\"");
    CHECK(json::to_text(json::value(std::string("\xe2\x82"))) == "\"\ufffd\ufffd\"");
    // Two halves put together in memory are the character they spell.
    json::value const halves(std::string("\xed\xa0\xbd\xed\xb8\x80"));
    CHECK(json::parse(json::to_text(halves)).as_string() == "\U0001f600");
}

TEST_CASE("json: pretty text is two spaces, empty containers stay closed")
{
    auto const doc = json::parse(R"({"a":[1,{"b":[]}],"c":{}})");
    CHECK(json::to_text(doc, json::style::pretty) ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
    std::string out = "x=";
    json::append_text(out, doc);
    CHECK(out == R"(x={"a":[1,{"b":[]}],"c":{}})");
}

TEST_CASE("json: a duplicate key is refused with line, column and path")
{
    auto const error =
        refusal("{\n  \"tools\": [\n    {\"name\": 1, \"url\": 2,\n     \"name\": 3}\n  ]\n}");
    CHECK(error.line == 4);
    CHECK(error.column == 6);
    CHECK(error.path == "/tools/0");
    CHECK(error.reason == "duplicate key \"name\"");
    CHECK(error.message() == "line 4, column 6 (at /tools/0): duplicate key \"name\"");
}

TEST_CASE("json: a duplicate key is found in objects of every size, at its place")
{
    for (unsigned const count : {1U, 14U, 15U, 16U, 17U, 18U, 100U, 5000U}) {
        CAPTURE(count);
        auto text = many_members(count);
        CHECK(json::parse(text + "}").as_object().size() == count);
        auto const place = text.size() + 1;
        auto const repeated = std::to_string(count / 2);
        text += ",\"k" + repeated + "\":1";
        for (auto const* rest : {"}", ",\"more\":{\"x\":1}}"}) {
            auto const error = refusal(text + rest);
            CHECK(error.offset == place);
            CHECK(error.reason == "duplicate key \"k" + repeated + "\"");
            CHECK(error.path.empty());
        }
    }
}

TEST_CASE("json: of several duplicates the first in the text is named, also behind a nested object")
{
    auto const inner = many_members(30) + "}";
    auto const text = R"({"deep":[)" + many_members(30) + ",\"n\":" + inner + R"(,"k9":1,"k2":1}]})";
    auto const error = refusal(text);
    CHECK(error.offset == text.rfind("\"k9\""));
    CHECK(error.reason == "duplicate key \"k9\"");
    CHECK(error.path == "/deep/0");
}

TEST_CASE("json: keys are equal as texts, however they are spelled")
{
    CHECK(refusal(R"({"\u00e4":1,"ä":2})").column == 13);
    CHECK(refusal(R"({"a\/b":1,"a/b":2})").reason == "duplicate key \"a/b\"");
    CHECK(json::parse(R"({"\ud800":1,"\ud801":2})").as_object().size() == 2);
}

TEST_CASE("json: an error names the innermost container by its pointer")
{
    CHECK(refusal("[1,2,]").path.empty());
    CHECK(refusal(R"({"a":[0,{"b/c":[1,x]}]})").path == "/a/1/b~1c");
    CHECK(refusal(R"({"a":{},"b":tru})").path.empty());
    CHECK(refusal(R"([[],[],{"k":"\q"}])").path == "/2");
}

TEST_CASE("json: line and column count from one, in bytes")
{
    auto const error = refusal("[1,\r\n  \"\xc3\xa4\", ?]");
    CHECK(error.line == 2);
    CHECK(error.column == 9);
    CHECK(error.offset == 13);
    auto const empty = refusal("");
    CHECK(empty.line == 1);
    CHECK(empty.column == 1);
    CHECK(empty.offset == 0);
}

TEST_CASE("json: messages stay on one short line, whatever the text holds")
{
    auto const error = refusal("{\"a\\nb\":[{\"k\\u0000" + std::string(5000, 'x') +
        "\":1,\"k\\u0000" + std::string(5000, 'x') + "\":2}]}");
    CHECK(error.message().find('\n') == std::string::npos);
    CHECK(error.message().size() < 200);
    CHECK(error.path == "/a\nb/0");
    auto const deep = refusal(std::string(5000, '['));
    CHECK(deep.path.size() > 1000);
    CHECK(deep.message().size() < 250);
    CHECK(deep.message().find("(at /0/0/0/") != std::string::npos);
    CHECK(deep.message().find("/.../0/0") != std::string::npos);
    auto const wide = refusal("{\"" + std::string(5000, 'y') + "\":[x]}");
    CHECK(wide.message().size() < 250);
}

TEST_CASE("json: a byte-order mark, trailing text and control characters are refused by name")
{
    CHECK(refusal("\xef\xbb\xbf{}").reason.find("byte-order mark") != std::string::npos);
    CHECK(refusal("{} x").reason.find("after the end") != std::string::npos);
    CHECK(refusal("\"a\nb\"").reason.find("control character") != std::string::npos);
    CHECK(refusal("\"\xff\"").reason.find("UTF-8") != std::string::npos);
}

TEST_CASE("json: nesting is limited, and the limit is exact")
{
    auto const deepest = json::parse(nested(512));
    auto const copy = deepest;
    CHECK(json::identical(copy, deepest));
    CHECK(json::to_text(copy) == nested(512));
    CHECK(json::canonical(copy) == nested(512));
    CHECK(json::diff(copy, deepest).empty());

    CHECK(refusal(nested(513)).offset == 512);
    CHECK(refusal(std::string(1'000'000, '[')).reason.find("deep") != std::string::npos);
    json::parse_options flat;
    flat.max_depth = 1;
    CHECK(refusal("[[]]", flat).column == 2);
    CHECK(json::parse("[1]", flat).is_array());
    flat.max_depth = 0;
    CHECK(json::parse("1", flat).is_number());
    CHECK(refusal("{}", flat).column == 1);
    // Depth is nesting, not the number of containers.
    CHECK(json::parse("[" + nested(511) + "," + nested(511) + "]").as_array().size() == 2);
}

TEST_CASE("json: the throwing form throws the same place")
{
    CHECK_THROWS_AS(json::parse("[1,]"), json::parse_exception);
    try {
        json::parse("[\n1,]");
        FAIL("was read");
    } catch (json::parse_exception const& e) {
        CHECK(e.where.line == 2);
        CHECK(e.what() == e.where.message());
    }
}

TEST_CASE("json: a successful parse clears the error of an earlier one")
{
    auto error = refusal("[");
    REQUIRE(json::parse("[]", error));
    CHECK(error.reason.empty());
    CHECK(error.line == 0);
}

TEST_CASE("json: strings are cut at every alignment of the fast scan")
{
    for (std::size_t before = 0; before < 20; ++before)
        for (std::string_view special : {"\\n", "\xc3\xa4", "\\u00e4", "\xf0\x9f\x98\x80", ""}) {
            auto const text = "\"" + std::string(before, 'x') + std::string(special) +
                std::string(before, 'y') + "\"";
            auto const read = json::parse(text);
            CHECK(json::identical(json::parse(json::to_text(read)), read));
            CHECK(read.as_string().substr(0, before) == std::string(before, 'x'));
            CHECK(read.as_string().substr(read.as_string().size() - before) ==
                std::string(before, 'y'));
        }
    for (std::size_t before = 0; before < 20; ++before)
        for (char const bad : {'\x00', '\x1f', '\x80', '\xff'}) {
            json::parse_error error;
            auto const text = "\"" + std::string(before, 'x') + bad + std::string(20, 'y') + "\"";
            CHECK_FALSE(json::parse(text, error));
            CHECK(error.offset == before + 1);
        }
}

TEST_CASE("json: what ends a plain run of text is found wherever it stands in a block")
{
    std::string const plain(40, 'x');
    for (std::size_t at = 0; at < plain.size(); ++at)
        for (int byte = 0; byte < 256; ++byte) {
            auto text = plain;
            text[at] = static_cast<char>(byte);
            json::parse_error error;
            auto const read = json::parse("\"" + text + "\"", error);
            bool const stands_for_itself =
                byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            CHECK(read.has_value() == stands_for_itself);
            if (read) CHECK(read->as_string() == text);
            else CHECK(error.offset >= at + 1);
        }
    for (std::size_t before = 0; before < plain.size(); ++before) // cut off, and followed by nothing
        for (std::string_view const letter : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
            auto const text = plain.substr(before) + std::string(letter);
            CHECK(json::parse("\"" + text + "\"").as_string() == text);
            json::parse_error error;
            CHECK_FALSE(json::parse("\"" + text.substr(0, text.size() - 1) + "\"", error));
            CHECK(error.offset == plain.size() - before + 1);
        }
}
