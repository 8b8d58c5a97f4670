// Signs that end one notation and belong to a value of another.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::log_of;
using mask_test::settled;

TEST_CASE("masker: whatever signs the password of a URL holds, its host stays")
{
    for (std::string const password : {"a'Sommer2024", "a%27Sommer2024", "Sommer%27x1", "a%22b1",
             "a%20b1", "a%0Ab1", "a%3Cb1", "a%3Eb1", "a%7Bb1", "a%7Db1", "a%5Cb1", "a%60b1",
             "a%250Fb1", "%2FpycZCXG1mi6", "%3Fabc1", "%27", "12%2Fab", "a{b1", "a|b1", "a}b^1"})
    {
        CAPTURE(password);
        for (std::string const end : {"@db.example.com:5432/app", "@cache:6379/0 ok", "@cache"}) {
            CHECK(settled("redis://d:" + password + end) == "redis://d:[URL_PASSWORD]" + end);
            CHECK(settled("{\"url\":\"redis://d:" + password + end + "\"}") ==
                "{\"url\":\"redis://d:[URL_PASSWORD]" + end + "\"}");
        }
    }
    CHECK(settled("?next=redis%3A%2F%2Fd%3Aa%2527b%40cache%2F0") ==
        "?next=redis%3A%2F%2Fd%3A[URL_PASSWORD]%40cache%2F0");
    for (std::string const line : {"x = ['redis://cache:6379','a@b']", "'redis://d:x'y@b",
             "postgres://${USER}:${PASS}@db/app", "postgres://app:${PASS}@db",
             "f'redis://:{pw}@db'", "https://a.example/?u=https%3A%2F%2Fb%3A80%2Fx%40y",
             "'redis://d:' + pw + '@cache'", "('http://cache:abc','@x')", "http://cache:80%2Fx"})
        CHECK(log_of(line) == line);
}
