#include <trunkline/core/random.hpp>
#include <trunkline/retell/webhook_signature.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view vector_body = R"({"event":"call_ended"})";
constexpr std::string_view vector_key = "test-api-key";
constexpr std::int64_t vector_time = 1'700'000'000'000;
constexpr std::string_view vector_digest =
    "07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e";

signature_result result_of(std::string_view header)
{
    return verify_signature(vector_body, header, vector_key, vector_time).result;
}

} // namespace

TEST_CASE("webhook signature: the published vector, made and verified")
{
    auto const header = make_signature(vector_body, vector_key, vector_time);
    CHECK(header == "v=1700000000000,d=" + std::string(vector_digest));
    auto const check = verify_signature(vector_body, header, vector_key, vector_time);
    CHECK(check.ok());
    CHECK(check.key == 0);
    CHECK(check.skew == 0ms);
}

TEST_CASE("webhook signature: hex digits of either case, and mixed")
{
    std::string upper(vector_digest);
    for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    REQUIRE(upper != vector_digest);
    CHECK(result_of("v=1700000000000,d=" + upper) == signature_result::ok);
    auto const mixed = upper.substr(0, 31) + std::string(vector_digest.substr(31));
    CHECK(result_of("v=1700000000000,d=" + mixed) == signature_result::ok);
}

TEST_CASE("webhook signature: what departs from the form is malformed, whatever its digest")
{
    std::string const d(vector_digest);
    std::string const cases[] = {
        "",
        "v=",
        "v=1700000000000",
        "v=1700000000000,",
        "v=1700000000000,d=",
        "d=" + d + ",v=1700000000000",       // the other order
        "v=1700000000000, d=" + d,           // a space
        " v=1700000000000,d=" + d,           // before
        "v=1700000000000,d=" + d + " ",      // after
        "v=1700000000000,d=" + d + "\n",     //
        "v=1700000000000,d=" + d + ",x=1",   // more members
        "x=1,v=1700000000000,d=" + d,        //
        "V=1700000000000,d=" + d,            // names are as they are
        "v=1700000000000,D=" + d,            //
        "v=1700000000000;d=" + d,            //
        "v=01700000000000,d=" + d,           // 14 digits
        "v=0170000000000,d=" + d,            // a leading zero
        "v=170000000000,d=" + d,             // 12 digits
        "v=17000000000000,d=" + d,           // a digit of the body, moved
        "v=9007199254740993,d=" + d,         // beyond 2^53
        "v=99999999999999999999999,d=" + d,  // beyond any integer
        "v=-170000000000,d=" + d,            //
        "v=+170000000000,d=" + d,            //
        "v=170000000000a,d=" + d,            //
        "v=1.70000000000,d=" + d,            //
        "v=1700000000000,d=" + d.substr(1),  // 63 digits
        "v=1700000000000,d=" + d + "0",      // 65
        "v=1700000000000,d=g" + d.substr(1), // no hex digit
        "v=1700000000000,d=" + d.substr(0, 63) + "\xc3",
        "v=1700000000000,d=" + d.substr(0, 63) + std::string(1, '\0'),
        "v=1700000000000,d=0x" + d.substr(2),
        std::string("v=1700000000000\0,d=", 19) + d,
    };
    for (auto const& header : cases) {
        INFO(header);
        CHECK(result_of(header) == signature_result::malformed);
    }
}

TEST_CASE("webhook signature: the clock may differ by five minutes each way, to the millisecond")
{
    auto const header = make_signature(vector_body, vector_key, vector_time);
    constexpr std::int64_t five_minutes = 300'000;
    struct {
        std::int64_t difference; ///< Our clock minus theirs.
        signature_result expected;
    } const table[] = {
        {0, signature_result::ok},
        {five_minutes, signature_result::ok},
        {five_minutes + 1, signature_result::expired},
        {-five_minutes, signature_result::ok},
        {-five_minutes - 1, signature_result::in_future},
    };
    for (auto const& row : table) {
        CAPTURE(row.difference);
        auto const check =
            verify_signature(vector_body, header, vector_key, vector_time + row.difference);
        CHECK(check.result == row.expected);
        CHECK(check.skew.count() == row.difference);
    }
    CHECK(verify_signature(vector_body, header, vector_key, INT64_MIN).result ==
        signature_result::in_future);
    CHECK(verify_signature(vector_body, header, vector_key, INT64_MAX).result ==
        signature_result::expired);
    CHECK(verify_signature(vector_body, header, vector_key, vector_time + 1, 0ms).result ==
        signature_result::expired);
}

TEST_CASE("webhook signature: each of several keys is accepted, and the one that fits is told")
{
    std::string_view const keys[] = {"", "key_old", "key_current", "key_next", "key_current"};
    for (std::size_t i : {1, 2, 3}) {
        auto const check = verify_signature(
            vector_body, make_signature(vector_body, keys[i], vector_time), keys, vector_time);
        CHECK(check.ok());
        CHECK(check.key == i);
    }
    auto const other = make_signature(vector_body, "key_other", vector_time);
    CHECK(verify_signature(vector_body, other, keys, vector_time).result ==
        signature_result::mismatch);
}

TEST_CASE("webhook signature: an empty key signs nothing and accepts nothing")
{
    CHECK_THROWS_AS(make_signature("{}", "", vector_time), std::invalid_argument);
    // The digest of the empty body under the empty key is well known: it must open no door.
    std::string const forged =
        "v=1700000000000,d=" + make_signature("", "x", vector_time).substr(18);
    std::string_view const empty[] = {"", ""};
    CHECK(verify_signature("", forged, empty, vector_time).result == signature_result::no_key);
    CHECK(verify_signature("", forged, std::string_view(), vector_time).result ==
        signature_result::no_key);
    CHECK(verify_signature("", forged, std::span<std::string_view const>(), vector_time).result ==
        signature_result::no_key);
}

TEST_CASE("webhook signature: times that have not 13 digits are not signed")
{
    CHECK_THROWS_AS(make_signature("{}", "k", 999'999'999'999), std::invalid_argument);
    CHECK_THROWS_AS(make_signature("{}", "k", 10'000'000'000'000), std::invalid_argument);
    CHECK_THROWS_AS(make_signature("{}", "k", -1), std::invalid_argument);
    CHECK_NOTHROW(make_signature("{}", "k", 1'000'000'000'000));
}

TEST_CASE("webhook signature: any changed bit of body, time or digest is noticed")
{
    constexpr std::uint64_t seed = 5;
    CAPTURE(seed);
    random_source random(seed);
    std::string body;
    for (int i = 0; i < 64; ++i) body += static_cast<char>(random.below(256)); // NUL and all
    auto const header = make_signature(body, vector_key, vector_time);
    REQUIRE(verify_signature(body, header, vector_key, vector_time).ok());
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
        auto changed = body;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        CHECK(verify_signature(changed, header, vector_key, vector_time).result ==
            signature_result::mismatch);
    }
    auto const one_later = "v=1700000000001" + header.substr(15);
    CHECK(verify_signature(body, one_later, vector_key, vector_time).result ==
        signature_result::mismatch);
    for (std::size_t i = 18; i < header.size(); ++i) {
        auto changed = header;
        changed[i] = changed[i] == '0' ? '1' : '0';
        CHECK(verify_signature(body, changed, vector_key, vector_time).result ==
            signature_result::mismatch);
    }
}

TEST_CASE("webhook signature: a megabyte, the empty body, and a body that is no text")
{
    for (auto const& body : {std::string(1 << 20, 'x'), std::string(), std::string("\0\xff\0", 3)})
        CHECK(verify_signature(
            body, make_signature(body, "k", vector_time), std::string_view("k"), vector_time)
                  .ok());
}

TEST_CASE("webhook signature: results have names")
{
    CHECK(name(signature_result::ok) == "ok");
    CHECK(name(signature_result::in_future) == "in_future");
    CHECK(name(signature_result::no_key) == "no_key");
}
