// The masker where the project itself writes: the log, and what operators are shown.

#include "mask/support.hpp"

#include <trunkline/mask/line_filter.hpp>

#include <doctest/doctest.h>

#include <sstream>

using namespace trunkline;
using mask_test::masked;
using mask_test::zones;

TEST_CASE("masker: a log's line is masked when it is finished, and stays JSON")
{
    std::ostringstream out;
    masker const m;
    mask_line_filter const filter(m);
    json_line_sink sink(out, filter);
    auto const part = std::string("sk_live_") + "4eC39HqLyjWDarjtT1";
    sink.log(log_level::error, "x.failed",
        {{"password", "a\"b"}, {"why", "refused " + part + "zdp7dc"}, {"caller", "0171/3920012"}});
    auto const record = json::parse(out.str());
    CHECK(record.string_at("password") == "[PASSWORD]");
    CHECK(record.string_at("why") == "refused [STRIPE_KEY]");
    CHECK(record.string_at("caller") == "[PHONE]");
    CHECK(record.string_at("event") == "x.failed");
    CHECK(m.totals().total() == 3);

    std::ostringstream marked;
    mask_line_filter const small(masker(mask_policy::builder().max_input(10).build()));
    json_line_sink strict(marked, small);
    strict.log(log_level::error, "x", {{"password", "a\"b"}});
    CHECK(marked.str() == "[MASKER_LIMIT]\n");
}

TEST_CASE("masker: operators see what they work on, and no secret")
{
    masker const m(mask_policy::for_operators());
    std::string const numbers =
        "Number +49 30 23125001 of Anna, anna@example.org, customer_name: Anna Berg";
    for (auto const zone : zones) {
        CHECK(masked(m, numbers, zone) == numbers);
        CHECK(masked(m, "api_key=abcdefgh1 card 4111111111111111", zone).find("abcdefgh1") ==
            std::string::npos);
        CHECK(masked(m, "card 4111111111111111", zone).find("41111111") == std::string::npos);
    }
    std::string const reference =
        R"({"headers":{"Authorization":"@secret:0123456789abcdef0123456789abcdef"},"api_key":"@env:KEY"})";
    CHECK(masked(m, reference, mask_zone::log) == reference);
}

TEST_CASE("masker: the store's references to secrets are kept wherever they stand")
{
    masker const m;
    std::string const digits = "0123456789abcdef0123456789abcdef";
    for (std::string const text :
        {R"({"query_params":{"mandant":"@secret:DIGITS","x-y":"@secret:DIGITS"}})",
            R"({"query_params": {
                "api_key": "@secret:DIGITS",
                "mandant": "@secret:DIGITS"
             }})",
            "trunkline: @secret:DIGITS is not in the store", "password=@secret:DIGITS"})
    {
        auto reference = text;
        for (std::size_t at; (at = reference.find("DIGITS")) != std::string::npos;)
            reference.replace(at, 6, digits);
        for (auto const zone : zones) CHECK(masked(m, reference, zone) == reference);
    }
    // What only looks like one is none.
    for (std::string const& text :
        {"\"@secret:" + digits + "0\"", "\"@secret:" + digits.substr(1) + "\"", "secret:" + digits,
            "@secret:0123456789ABCDEF" + digits.substr(16)})
        CHECK(masked(m, text, mask_zone::log).find("456789") == std::string::npos);
}
