// Our parser against an independent one, Boost.JSON, on random and on damaged texts.
//
// Known and wanted differences: Boost.JSON 1.81 refuses lone surrogates and exponents beyond its
// range, and keeps the last of duplicate keys. Its doubles are up to an ulp off, ours are exact,
// and a zero with an exponent above 308 is NaN to it.

#include "random_json.hpp"

#include <boost/json/src.hpp>

#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace json = trunkline::json;
namespace oracle = boost::json;
using trunkline::test::random_json;

namespace {

oracle::value oracle_parse(std::string const& text, oracle::error_code& ec)
{
    oracle::parse_options options;
    options.max_depth = 512;
    return oracle::parse(text, ec, {}, options);
}

bool has_lone_surrogate(std::string const& text)
{
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
        if (text[i] == '\xed' && static_cast<unsigned char>(text[i + 1]) >= 0xa0) return true;
    return false;
}

bool has_lone_surrogate(json::value const& v)
{
    if (v.is_string()) return has_lone_surrogate(v.as_string());
    if (v.is_array())
        return std::any_of(v.as_array().begin(), v.as_array().end(),
            [](json::value const& item) { return has_lone_surrogate(item); });
    if (v.is_object())
        return std::any_of(v.as_object().begin(), v.as_object().end(), [](json::member const& m) {
            return has_lone_surrogate(m.key) || has_lone_surrogate(m.val);
        });
    return false;
}

bool same(json::number const& ours, oracle::value const& theirs)
{
    if (theirs.is_int64()) return ours.to_int64() == theirs.get_int64();
    if (theirs.is_uint64()) return ours.canonical() == std::to_string(theirs.get_uint64());
    if (!theirs.is_double()) return false;
    auto const a = ours.to_double();
    auto const b = theirs.get_double();
    if (std::isnan(b)) return a == 0;
    if (std::isinf(a) || std::isinf(b)) return std::fabs(a) > 1e307 && std::fabs(b) > 1e307;
    return std::fabs(a - b) <= 1e-14 * std::fabs(a) + 1e-300;
}

bool same(json::value const& ours, oracle::value const& theirs)
{
    switch (ours.kind()) {
    case json::kind::null: return theirs.is_null();
    case json::kind::boolean: return theirs.is_bool() && theirs.get_bool() == ours.as_bool();
    case json::kind::number: return same(ours.as_number(), theirs);
    case json::kind::string:
        return theirs.is_string() && std::string_view(theirs.get_string()) == ours.as_string();
    case json::kind::array:
        return theirs.is_array() &&
            std::equal(ours.as_array().begin(), ours.as_array().end(), theirs.get_array().begin(),
                theirs.get_array().end(), [](auto const& a, auto const& b) { return same(a, b); });
    case json::kind::object:
        return theirs.is_object() && // and in the same order
            std::equal(ours.as_object().begin(), ours.as_object().end(),
                theirs.get_object().begin(), theirs.get_object().end(),
                [](json::member const& m, oracle::key_value_pair const& p) {
                    return std::string_view(p.key()) == m.key && same(m.val, p.value());
                });
    }
    return false;
}

enum class verdict { both_accept, both_refuse, known_difference, wrong };

verdict judge(std::string const& text)
{
    json::parse_error error;
    auto const ours = json::parse(text, error);
    oracle::error_code ec;
    auto const theirs = oracle_parse(text, ec);
    if (!ours && error.reason.starts_with("duplicate key")) return verdict::known_difference;
    if (ec == oracle::error::exponent_overflow) return verdict::known_difference;
    if (ours && has_lone_surrogate(*ours)) return ec ? verdict::known_difference : verdict::wrong;
    if (!ours || ec) return !ours && ec ? verdict::both_refuse : verdict::wrong;
    return same(*ours, theirs) ? verdict::both_accept : verdict::wrong;
}

} // namespace

TEST_CASE("differential: Boost.JSON reads the same in what we write")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    int agreed = 0;
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        auto const text = json::to_text(
            random.document(), random.one_in(2) ? json::style::compact : json::style::pretty);
        CAPTURE(text);
        auto const v = judge(text);
        REQUIRE(v != verdict::wrong);
        REQUIRE(v != verdict::both_refuse);
        agreed += v == verdict::both_accept;
    }
    CHECK(agreed > 1000);
}

TEST_CASE("differential: damaged texts are accepted or refused alike")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 60'000; ++i) {
        CAPTURE(i);
        auto const text = random.mutated(json::to_text(random.document(2)));
        CAPTURE(text);
        auto const v = judge(text);
        REQUIRE(v != verdict::wrong);
        accepted += v == verdict::both_accept;
        refused += v == verdict::both_refuse;
    }
    CHECK(accepted > 5000);
    CHECK(refused > 5000);
}

TEST_CASE("differential: the wanted differences are what docs/decisions/001 says they are")
{
    oracle::error_code ec;
    for (auto const* lone : {R"("\ud800")", R"("\udc00")", R"("\ud800x")"}) {
        CHECK(json::parse(lone).is_string());
        oracle_parse(lone, ec);
        CHECK(ec);
    }
    CHECK(json::parse("1e99999999999").is_number());
    oracle_parse("1e99999999999", ec);
    CHECK(ec == oracle::error::exponent_overflow);
    CHECK(std::isnan(oracle_parse("0e400", ec).as_double()));

    CHECK(oracle::serialize(oracle_parse(R"({"a":1,"a":2})", ec)) == R"({"a":2})");
    CHECK(oracle::serialize(oracle_parse("31.4500", ec)) == "3.145E1");
    auto shrunk = oracle_parse(R"({"a":1,"b":2,"c":3})", ec);
    shrunk.as_object().erase("a");
    CHECK(oracle::serialize(shrunk) == R"({"c":3,"b":2})");
}
