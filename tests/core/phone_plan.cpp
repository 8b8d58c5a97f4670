#include <trunkline/core/phone_plan.hpp>

#include <doctest/doctest.h>

using namespace trunkline;

TEST_CASE("phone plan: how long a German area code is")
{
    auto const length = [](char const* digits) { return phone_plan::german_area_length(digits); };
    CHECK(length("3023125001") == 2); // Berlin
    CHECK(length("4012345") == 2);    // Hamburg
    CHECK(length("6912345") == 2);    // Frankfurt am Main
    CHECK(length("8999999") == 2);    // München
    CHECK(length("201123456") == 3);  // Essen
    CHECK(length("228123456") == 3);  // Bonn
    CHECK(length("7616521") == 3);    // Freiburg
    CHECK(length("641123") == 3);     // Gießen
    CHECK(length("2041123") == 4);    // Bottrop
    CHECK(length("7551123") == 4);    // Überlingen
    CHECK(length("33203123") == 5);   // Kleinmachnow
    CHECK(length("17112345") == 0);   // mobile
    CHECK(length("1000") == 0);
    CHECK(length("000") == 0);
    CHECK(length("30") == 0); // too short to tell
    CHECK(length("") == 0);
}
