#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace json = trunkline::json;

TEST_CASE("json value: kinds and conversions")
{
    CHECK(json::value().is_null());
    CHECK(json::value(nullptr).is_null());
    CHECK(json::value(true).as_bool());
    CHECK(json::value(42).as_number().text() == "42");
    CHECK(json::value("text").as_string() == "text"); // not a bool
    CHECK(json::value(json::array{1, "two"}).as_array().size() == 2);
    CHECK(json::value(json::object{{"a", 1}}).kind() == json::kind::object);
    CHECK_THROWS_AS((void)json::value(1).as_string(), std::bad_variant_access);
}

TEST_CASE("json value: accessors fall back instead of failing")
{
    auto const doc = json::parse(R"({"s":"x","i":1.0,"f":1.5,"b":true,"n":null})");
    CHECK(doc.string_at("s") == "x");
    CHECK(doc.string_at("i", "none") == "none");
    CHECK(doc.string_at("absent", "none") == "none");
    CHECK(doc.int_at("i") == 1);
    CHECK(doc.int_at("f", 7) == 7);
    CHECK(doc.int_at("absent") == -1);
    CHECK(doc.bool_at("b"));
    CHECK(doc.bool_at("n", true));
    CHECK_FALSE(doc.bool_at("absent"));
    CHECK(doc.at_or_null("absent").at_or_null("deeper").is_null());
    CHECK(json::value("text").find("s") == nullptr);
}

TEST_CASE("json value: a moved-from value is null")
{
    for (auto const* text : {R"("a string that is long enough for the heap")", "[1]", R"({"a":1})",
             "12345678901234567890"})
    {
        auto v = json::parse(text);
        auto const taken = std::move(v);
        CHECK(v.is_null());
        CHECK(json::to_text(taken) == text);
        json::value target(1);
        auto source = taken;
        target = std::move(source);
        CHECK(source.is_null());
        CHECK(json::identical(target, taken));
    }
}

TEST_CASE("json value: a part may be assigned to the whole, and the whole to a part")
{
    auto v = json::parse(R"({"a":[{"b":"deep"}]})");
    v = v.find("a")->as_array()[0];
    CHECK(json::to_text(v) == R"({"b":"deep"})");
    v = json::parse(R"([[["x"]]])");
    v = std::move(v.as_array()[0]);
    CHECK(json::to_text(v) == R"([["x"]])");
    v.as_array().push_back(v);
    CHECK(json::to_text(v) == R"([["x"],[["x"]]])");
    auto& self = v;
    v = self;
    CHECK(json::to_text(v) == R"([["x"],[["x"]]])");
}

TEST_CASE("json object: set replaces in place, new members come last")
{
    json::object o{{"a", 1}, {"b", 2}, {"c", 3}};
    o.set("b", "two");
    o["d"];
    o["a"] = nullptr;
    CHECK(json::to_text(o) == R"({"a":null,"b":"two","c":3,"d":null})");
    CHECK(json::to_text(json::object{{"a", 1}, {"a", 2}}) == R"({"a":2})");
}

TEST_CASE("json object: erase keeps the order of the others")
{
    json::object o{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}};
    CHECK(o.erase("b"));
    CHECK_FALSE(o.erase("b"));
    CHECK(json::to_text(o) == R"({"a":1,"c":3,"d":4})");
}

TEST_CASE("json object: rename keeps the place and refuses to make a duplicate")
{
    json::object o{{"a", 1}, {"b", 2}, {"c", 3}};
    o.rename("b", "x");
    CHECK(json::to_text(o) == R"({"a":1,"x":2,"c":3})");
    o.rename("x", "x");
    CHECK_THROWS_AS(o.rename("x", "c"), std::invalid_argument);
    CHECK_THROWS_AS(o.rename("absent", "y"), std::invalid_argument);
    CHECK(json::to_text(o) == R"({"a":1,"x":2,"c":3})");
}

TEST_CASE("json value: make_object and make_array keep what is of their kind")
{
    json::value v = "text";
    v.make_object()["a"] = 1;
    v.make_object()["b"] = 2;
    CHECK(json::to_text(v) == R"({"a":1,"b":2})");
    v.make_array().push_back(true);
    v.make_array().push_back(nullptr);
    CHECK(json::to_text(v) == "[true,null]");
}

TEST_CASE("json value: equality is of meaning, identity is to the letter")
{
    auto const a = json::parse(R"({"x":1.0,"y":["\u00e4"]})");
    auto const reordered = json::parse(R"({"y":["ä"],"x":1.0})");
    auto const respelled = json::parse(R"({"x":1,"y":["ä"]})");
    CHECK(a == reordered);
    CHECK(a == respelled);
    CHECK_FALSE(json::identical(a, reordered));
    CHECK_FALSE(json::identical(a, respelled));
    CHECK(json::identical(a, json::parse(R"( {"x" : 1.0, "y" : ["ä"]} )")));
    CHECK_FALSE(a == json::parse(R"({"x":1.0})"));
    CHECK_FALSE(json::parse(R"({"x":1,"z":2})") == json::parse(R"({"x":1,"y":2})"));
    CHECK_FALSE(json::parse("[1,2]") == json::parse("[2,1]"));
    CHECK_FALSE(json::parse("[1]") == json::parse("[1,1]"));
    CHECK_FALSE(json::parse("\"1\"") == json::parse("1"));
    CHECK_FALSE(json::parse("true") == json::parse("false"));
}

TEST_CASE("json object: large objects are compared, whatever their order")
{
    constexpr int count = 50'000; // a quadratic comparison takes many seconds, this one none
    std::string forward;
    std::string backward;
    for (int i = 0; i < count; ++i) {
        forward += ",\"key" + std::to_string(i) + "\":" + std::to_string(i);
        backward += ",\"key" + std::to_string(count - i - 1) + "\":" + std::to_string(count - i - 1);
    }
    forward[0] = backward[0] = '{';
    auto const a = json::parse(forward + "}");
    auto const b = json::parse(backward + "}");
    CHECK(a == b);
    CHECK(json::diff(a, b).empty());
    CHECK(json::canonical(a) == json::canonical(b));
}

TEST_CASE("json value: copies share what they hold until one is written to")
{
    auto const long_text = std::string(200, 'x');
    auto const a = json::parse(R"({"list":[1,[2]],"text":")" + long_text + R"(","n":1})");
    auto b = a;
    CHECK(b.shares_with(a));
    b.as_object().set("n", 2);
    CHECK_FALSE(b.shares_with(a));
    CHECK(a.int_at("n") == 1);
    CHECK(b.at_or_null("list").shares_with(a.at_or_null("list")));
    CHECK(b.at_or_null("text").shares_with(a.at_or_null("text")));
    b.find("list")->as_array()[1].as_array().push_back(3);
    b.find("text")->as_string() += "y";
    CHECK(json::to_text(a.at_or_null("list")) == "[1,[2]]");
    CHECK(a.string_at("text") == long_text);
    CHECK(json::to_text(b.at_or_null("list")) == "[1,[2,3]]");
    CHECK(b.string_at("text") == long_text + "y");
    // Small values have nothing to share.
    CHECK_FALSE(json::value(1).shares_with(json::value(1)));
    CHECK_FALSE(json::value("short").shares_with(json::value("short")));
}

TEST_CASE("json value: what is written through a reference reaches no copy, whenever that was made")
{
    auto original = json::parse(R"({"a":{"b":[1]},"t":")" + std::string(100, 't') + R"("})");
    auto& object = original.as_object();
    auto& inner = object.find("a")->as_object();
    auto& list = inner.find("b")->as_array();
    auto& text = object.find("t")->as_string();
    auto const copy = original; // made while all four references are held
    auto const part = *std::as_const(original).find("a");
    object.set("new", 1);
    inner.set("c", 2);
    list.push_back(3);
    text += "!";
    CHECK(json::to_text(copy) == R"({"a":{"b":[1]},"t":")" + std::string(100, 't') + R"("})");
    CHECK(json::to_text(part) == R"({"b":[1]})");
    CHECK(json::to_text(original.at_or_null("a")) == R"({"b":[1,3],"c":2})");
    CHECK(original.string_at("t") == std::string(100, 't') + "!");
    json::settle(original);
    auto const later = original;
    CHECK(later.shares_with(original));
    CHECK(later.at_or_null("a").shares_with(original.at_or_null("a")));
}

TEST_CASE("json value: what is identical is kept once, and only that")
{
    auto const text = std::string(100, 'p');
    auto const whole = json::parse(R"({"id":1,"p":")" + text + R"(","list":[1.0,2],"o":{"k":1}})");
    auto same = json::parse(json::to_text(whole));
    json::keep_once(same, whole);
    CHECK(same.shares_with(whole));

    auto part = json::parse(R"({"p":")" + text + R"(","list":[1,2],"o":{"k":1}})");
    auto const before = json::to_text(part);
    json::keep_once(part, whole);
    CHECK(json::to_text(part) == before);
    CHECK(part.at_or_null("p").shares_with(whole.at_or_null("p")));
    CHECK(part.at_or_null("o").shares_with(whole.at_or_null("o")));
    CHECK_FALSE(part.at_or_null("list").shares_with(whole.at_or_null("list"))); // 1 and 1.0 are not
    auto const copy = part;
    CHECK(copy.shares_with(part));
}
