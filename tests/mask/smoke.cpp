#include <doctest/doctest.h>
#include <trunkline/mask/masker.hpp>
TEST_CASE("masker: smoke")
{
    trunkline::masker m;
    CHECK(m.mask(R"({"password":"hunter2"})", trunkline::mask_zone::log).output ==
        R"({"password":"[PASSWORD]"})");
}
