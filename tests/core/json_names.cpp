#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace json = trunkline::json;

namespace {

std::string const& first_name(json::value const& v)
{
    return v.as_object().begin()->key.text();
}

} // namespace

TEST_CASE("json names: equal names of all documents of a thread are one text")
{
    auto const one = json::parse(R"({"a_name_longer_than_fifteen":1,"":2})");
    auto const two = json::parse(R"({"a_name_longer_than_fifteen":{"":3}})");
    json::value made;
    made.make_object().set("a_name_longer_than_fifteen", 1);
    CHECK(&first_name(one) == &first_name(two));
    CHECK(&first_name(one) == &first_name(made));
    CHECK(one.int_at("") == 2);
    CHECK(two.as_object().begin()->val.int_at("") == 3);
}

TEST_CASE("json names: strangers' names push each other out instead of piling up")
{
    auto const kept = json::parse(R"({"name":1})");
    for (int i = 0; i < 100'000; ++i) {
        auto const name = "stranger " + std::to_string(i);
        json::value v;
        v.make_object().set(name, i);
        REQUIRE(first_name(v) == name);
    }
    // Room is bounded, so after so many others this one is made anew; the old one is as it was.
    auto const later = json::parse(R"({"name":1})");
    CHECK(&first_name(later) != &first_name(kept));
    CHECK(later == kept);
    CHECK(json::identical(later, kept));
    CHECK(json::diff(later, kept).empty());
    // What is longer than names are is not kept at all.
    auto const text = "{\"" + std::string(100, 'n') + "\":1}";
    CHECK(&first_name(json::parse(text)) != &first_name(json::parse(text)));
}

TEST_CASE("json names: a name outlives the thread and the document it was made for")
{
    json::value kept;
    std::thread([&] {
        auto const whole = json::parse(R"({"outer":{"a_name_longer_than_fifteen":1}})");
        kept = whole.at_or_null("outer");
    }).join();
    CHECK(first_name(kept) == "a_name_longer_than_fifteen");
    CHECK(json::to_text(kept) == R"({"a_name_longer_than_fifteen":1})");
}

TEST_CASE("json names: threads share documents and their names")
{
    auto const text = R"({"a":{"name_longer_than_fifteen":1},"b":[{"c":2}]})";
    auto const shared = json::parse(text);
    auto const work = [&] {
        for (int i = 0; i < 1000; ++i) {
            auto copy = shared;
            copy.as_object().set("d", i);
            copy.as_object().erase("a");
            if (json::parse(text) != shared || copy.as_object().size() != 2) std::terminate();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(work);
    for (auto& t : threads) t.join();
    CHECK(json::to_text(shared) == text);
}

namespace {

/// What is destroyed after the names a thread keeps, and makes a document then.
class late {
public:
    std::string* told = nullptr;
    ~late()
    {
        if (told) *told = json::to_text(json::parse(R"({"late":{"name":1}})"));
    }
};

} // namespace

TEST_CASE("json names: documents can be made while a thread ends")
{
    std::string told;
    std::thread([&] {
        thread_local late at_the_end; // destroyed last, for it was made first
        at_the_end.told = &told;
        CHECK(json::parse(R"({"name":1})").int_at("name") == 1);
    }).join();
    CHECK(told == R"({"late":{"name":1}})");
}
