#include "random_json.hpp"

#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace json = trunkline::json;
using trunkline::test::random_json;

namespace {

std::string canonical(std::string text)
{
    return json::number(std::move(text)).canonical();
}

} // namespace

TEST_CASE("number: the canonical spelling")
{
    struct {
        char const* text;
        char const* canonical;
    } const table[] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.000e-77", "0"},
        {"0e999999999999999999999999999", "0"},
        {"1", "1"},
        {"1.0", "1"},
        {"1e0", "1"},
        {"0.1e1", "1"},
        {"10E-1", "1"},
        {"-1.50", "-1.5"},
        {"31.4500", "31.45"},
        {"100", "100"},
        {"1e2", "100"},
        {"123456.789e3", "123456789"},
        {"1e20", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"1.5e21", "1.5e+21"},
        {"999999999999999999999", "999999999999999999999"},
        {"9999999999999999999999", "9.999999999999999999999e+21"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1e-7"},
        {"0.00000015", "1.5e-7"},
        {"1e400", "1e+400"},
        {"10e399", "1e+400"},
        {"1e-400", "1e-400"},
        {"1e999999999999", "1e+999999999999"},
        {"9007199254740993", "9007199254740993"},
        {"123456789012345678901234567890", "1.2345678901234567890123456789e+29"},
        {"123456789012345678901234567890.0", "1.2345678901234567890123456789e+29"},
        // Seventeen digits that are the same double, and the neighbours that are not.
        {"0.12345678901234567", "0.12345678901234566"},
        {"0.12345678901234566", "0.12345678901234566"},
        {"0.12345678901234568", "0.12345678901234568"},
        {"0.1000000000000000055511151231257827", "0.1"},
        {"9.000000000000001", "9.000000000000002"}, // sixteen are already too many
        {"9.00000000000008", "9.00000000000008"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"5e-324", "5e-324"},
        // No normal double: exact.
        {"4.9406564584124654e-324", "4.9406564584124654e-324"},
        {"1.2345678901234567890e-400", "1.234567890123456789e-400"},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        CHECK(canonical(row.text) == row.canonical);
        CHECK(canonical(row.canonical) == row.canonical);
    }
}

TEST_CASE("number: exponents longer than any integer type are exact")
{
    std::string const nines(40, '9');
    std::string const power = "1" + std::string(40, '0'); // nines + 1
    CHECK(canonical("10e" + nines) == "1e+" + power);
    CHECK(canonical("0.1e" + power) == "1e+" + nines);
    CHECK(canonical("1e-" + power) == "1e-" + power);
    CHECK(canonical("10e-" + power) == "1e-" + nines);
    CHECK(canonical("0.01e-" + nines) == "1e-1" + std::string(39, '0') + "1");
    CHECK(canonical("1.5E+000" + nines) == "1.5e+" + nines);
    // Where the plain arithmetic ends.
    CHECK(canonical("1e9999999999999999999") == "1e+9999999999999999999");
    CHECK(canonical("10e-9223372036854775809") == "1e-9223372036854775808");
    CHECK(canonical("10e999999999999999999") == "1e+1000000000000000000");
    CHECK(canonical("0.1e1000000000000000000") == "1e+999999999999999999");
    CHECK(canonical("0.1e-999999999999999999") == "1e-1000000000000000000");
    CHECK(canonical("10e-1000000000000000000") == "1e-999999999999999999");
}

TEST_CASE("number: monstrous lexemes cost no more than their length")
{
    std::string const zeros(100'000, '0');
    CHECK(canonical("1" + zeros + "e-100000") == "1");
    CHECK(canonical("0." + zeros + "1e100001") == "1");
    CHECK(canonical("1e" + std::string(100'000, '9')).size() == 100'003);
    CHECK(json::number("1" + zeros + "e-100000").to_int64() == 1);
    CHECK(json::number("1e" + zeros + "1").to_int64() == 10);
    CHECK(std::isinf(json::number("1" + zeros).to_double()));
}

TEST_CASE("number: equality is of value")
{
    CHECK(json::number("1.0") == json::number("1"));
    CHECK(json::number("1e400") == json::number("10e399"));
    CHECK_FALSE(json::number("1e400") == json::number("1e401"));
    CHECK_FALSE(json::number("9007199254740992") == json::number("9007199254740993"));
    CHECK_FALSE(json::number("1") == json::number("-1"));
    CHECK_FALSE(json::identical(json::number("1.0"), json::number("1")));
}

TEST_CASE("number: the same value has one canonical spelling, another value another")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 20'000; ++i) {
        auto const text = random.number_text();
        CAPTURE(text);
        auto const once = canonical(text);
        CHECK(canonical(once) == once);
        CHECK(canonical(random.respelled(text)) == once);
        auto const negated = text.front() == '-' ? text.substr(1) : "-" + text;
        CHECK((canonical(negated) == once) == (once == "0"));
    }
}

TEST_CASE("number: up to fifteen digits, canonical texts are equal exactly where doubles are")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    auto const spelled = [&] { // few digits, so that equal pairs occur
        auto out = std::to_string(random.below(30));
        if (random.one_in(2)) out += "." + random.digits(1 + random.below(2));
        if (random.one_in(2)) out += "e" + std::to_string(static_cast<int>(random.below(7)) - 3);
        return out;
    };
    int equal = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto const a = spelled();
        auto const b = spelled();
        CAPTURE(a);
        CAPTURE(b);
        bool const same = std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
        CHECK((canonical(a) == canonical(b)) == same);
        equal += same;
    }
    CHECK(equal > 20); // else the test compares nothing
}

TEST_CASE("number: long fractions are equal exactly where their doubles are")
{
    auto const seed = trunkline::test::seed();
    CAPTURE(seed);
    random_json random(seed);
    for (int i = 0; i < 5'000; ++i) {
        auto const stem = std::to_string(1 + random.below(999)) + "." + random.digits(14);
        auto const a = stem + random.digits(3) + "1";
        auto const b = stem + random.digits(3) + "1";
        CAPTURE(a);
        CAPTURE(b);
        bool const same = std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
        CHECK((canonical(a) == canonical(b)) == same);
        CHECK(std::strtod(canonical(a).c_str(), nullptr) == std::strtod(a.c_str(), nullptr));
    }
}

TEST_CASE("number: to_int64 takes integers of every spelling and nothing else")
{
    using limits = std::numeric_limits<std::int64_t>;
    auto const value = [](char const* text) { return json::number(std::string(text)).to_int64(); };
    CHECK(value("0") == 0);
    CHECK(value("-0") == 0);
    CHECK(value("-0.0e9") == 0);
    CHECK(value("1.0") == 1);
    CHECK(value("1e3") == 1000);
    CHECK(value("-12.50e1") == -125);
    CHECK(value("4300e-2") == 43);
    CHECK(value("9223372036854775807") == limits::max());
    CHECK(value("9223372036854775807.0") == limits::max());
    CHECK(value("9223372036854775808") == std::nullopt);
    CHECK(value("9.223372036854775808e18") == std::nullopt);
    CHECK(value("-9223372036854775808") == limits::min());
    CHECK(value("-9223372036854775808.0") == limits::min());
    CHECK(value("-9223372036854775809.0") == std::nullopt);
    CHECK(value("1e18") == 1'000'000'000'000'000'000);
    CHECK(value("1e19") == std::nullopt);
    CHECK(value("9999999999999999999.0") == std::nullopt);
    CHECK(value("0.5") == std::nullopt);
    CHECK(value("1.5") == std::nullopt);
    CHECK(value("1e-1") == std::nullopt);
    CHECK(value("1e400") == std::nullopt);
    CHECK(value("1e99999999999999999999999") == std::nullopt);
    CHECK(value("1e-99999999999999999999999") == std::nullopt);
}

TEST_CASE("number: to_double is the nearest double, infinite or zero out of range")
{
    auto const value = [](char const* text) { return json::number(std::string(text)).to_double(); };
    CHECK(value("0.1") == 0.1);
    CHECK(value("31.4500") == 31.45);
    CHECK(value("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(value("5e-324") == std::numeric_limits<double>::denorm_min());
    CHECK(value("1e400") == std::numeric_limits<double>::infinity());
    CHECK(value("-1e400") == -std::numeric_limits<double>::infinity());
    CHECK(value("1e99999999999999999999999") == std::numeric_limits<double>::infinity());
    CHECK(value("1e-400") == 0.0);
    CHECK(value("1e-99999999999999999999999") == 0.0);
    CHECK(value("0e99999999999999999999999") == 0.0);
    CHECK(std::signbit(value("-1e-400")));
    CHECK(std::signbit(value("-0")));
}

TEST_CASE("number: constructors spell what reads back equal, and refuse what JSON has no word for")
{
    CHECK(json::number(7).text() == "7");
    CHECK(json::number(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
    CHECK(json::value(std::numeric_limits<std::uint64_t>::max()).as_number().text() ==
        "18446744073709551615");
    CHECK(json::number(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
    for (double const d : {0.1, 1.0 / 3, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, -2.5})
        CHECK(json::parse(json::to_text(json::value(d))).as_number().to_double() == d);
    CHECK_THROWS_AS(json::number(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
    CHECK_THROWS_AS(json::number(std::numeric_limits<double>::infinity()), std::invalid_argument);
    for (auto const* bad :
        {"", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "NaN", "1 ", " 1", "1,"})
        CHECK_THROWS_AS(json::number(std::string(bad)), std::invalid_argument);
}
