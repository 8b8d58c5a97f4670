// The acceptance scenarios of the masker, 11 to 20.

#include "mask/allocations.hpp"
#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace trunkline;
using mask_test::allocations;
using mask_test::allocations_left;
using mask_test::log_of;
using mask_test::masked;

TEST_CASE("masker/11: an IBAN in any spelling; a wrong one only under its key")
{
    for (std::string const iban : {"DE89370400440532013000", "de89370400440532013000",
             "DE89 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00",
             "DE89\xc2\xa0"
             "3704\xc2\xa0"
             "0044\xc2\xa0"
             "0532\xc2\xa0"
             "0130\xc2\xa0"
             "00"})
        CHECK(log_of("an " + iban + ".") == "an [IBAN:DE*3000].");
    CHECK(log_of(R"({"iban":"DE00370400440532013000"})") == R"({"iban":"[IBAN:DE*3000]"})");
    CHECK(log_of("an DE00370400440532013000.") == "an DE00370400440532013000.");
}

TEST_CASE(
    "masker/12: cards in any spelling; what fails Luhn stays in a log and goes in a transcript")
{
    for (std::string const card :
        {"4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111", "4111111111111111"})
        CHECK(log_of("mit " + card + " bezahlt") == "mit [CREDIT_CARD:*1111] bezahlt");
    CHECK(log_of("mit 378282246310005") == "mit [CREDIT_CARD:*0005]");
    CHECK(log_of("378282246310005") == "\"[CREDIT_CARD:*0005]\""); // I4: a document as well
    CHECK(log_of("Bestellung 4111111111111112") == "Bestellung 4111111111111112");
    CHECK(masked(masker(), "Bestellung 4111111111111112", mask_zone::transcript) ==
        "Bestellung [DIGITS]");
}

TEST_CASE("masker/13: credentials of HTTP wherever they are written")
{
    CHECK(log_of("Authorization: Bearer abc123def\r\n") ==
        "Authorization: Bearer [BEARER_TOKEN]\r\n");
    CHECK(log_of("authorization: basic dXNlcjpwYXNz\n") == "authorization: basic [BASIC_AUTH]\n");
    CHECK(log_of("curl -H 'Authorization: Bearer abc123def' x") ==
        "curl -H 'Authorization: Bearer [BEARER_TOKEN]' x");
    CHECK(log_of("curl -u admin:hunter2 x") == "curl -u admin:[BASIC_AUTH] x");
    CHECK(log_of("Cookie: a=b1c2; sid=d3e4") == "Cookie: a=[COOKIE]; sid=[COOKIE]");
    CHECK(log_of("Set-Cookie: sid=d3e4; Path=/; Max-Age=60") ==
        "Set-Cookie: sid=[COOKIE]; Path=/; Max-Age=60");
    CHECK(log_of("xi-api-key: abc123def\n") == "xi-api-key: [GENERIC_SECRET]\n");
    CHECK(log_of(R"({"name":"x-api-key","value":"abc1"})") ==
        R"({"name":"x-api-key","value":"[GENERIC_SECRET]"})");
    CHECK(log_of(R"(["authorization","Bearer abc1"])") ==
        R"(["authorization","Bearer [BEARER_TOKEN]"])");
    CHECK(
        log_of(
            R"({"headers":[["Accept","*/*"],["authorization","Basic dXNlcjpwYXNz"],["X-Api-Key","abc1"]]})") ==
        R"({"headers":[["Accept","*/*"],["authorization","Basic [BASIC_AUTH]"],["X-Api-Key","[GENERIC_SECRET]"]]})");
    CHECK(
        log_of(
            R"({"headers":[{"name":"Cookie","value":"sid=d3e4; a=b1"},{"value":"abc123","name":"xi-api-key"}]})") ==
        R"({"headers":[{"name":"Cookie","value":"sid=[COOKIE]; a=[COOKIE]"},{"value":"[GENERIC_SECRET]","name":"xi-api-key"}]})");
    CHECK(log_of("BASIC dXNlcjpwYXNz, bearer ABC123def") ==
        "BASIC [BASIC_AUTH], bearer [BEARER_TOKEN]");
}

TEST_CASE("masker/14: of a URL only the secret parts go")
{
    CHECK(log_of("postgres://app:pw@host/db") == "postgres://app:[URL_PASSWORD]@host/db");
    CHECK(log_of("https://x/y?a=1&token=abc&b=2") == "https://x/y?a=1&token=[GENERIC_SECRET]&b=2");
    CHECK(log_of("https://x/y#access_token=abc&t=1") ==
        "https://x/y#access_token=[GENERIC_SECRET]&t=1");
    CHECK(log_of("https://b.s3.amazonaws.com/"
                 "k?X-Amz-Date=2026&X-Amz-Signature=abcdef&X-Amz-Expires=9") ==
        "https://b.s3.amazonaws.com/"
        "k?X-Amz-Date=2026&X-Amz-Signature=[GENERIC_SECRET]&X-Amz-Expires=9");
}

TEST_CASE("masker/15: spoken numbers and addresses go, everyday numbers stay")
{
    CHECK(log_of("Meine Nummer ist die null eins sieben eins drei neun zwei null") ==
        "Meine Nummer ist die [PHONE_SPOKEN]");
    CHECK(log_of("also anna punkt schmidt ät web punkt de bitte") == "also [EMAIL_SPOKEN] bitte");
    CHECK(log_of("ein, zwei Fragen, um drei Uhr zehn") == "ein, zwei Fragen, um drei Uhr zehn");
}

TEST_CASE(
    "masker/16: one caller is one pseudonym in every spelling, and another for another tenant")
{
    auto const with = [](std::string_view id, std::string_view key) {
        return masker(mask_policy::builder().token_key(id, key).build());
    };
    auto const m = with("k1", "0123456789abcdef");
    auto const token = masked(m, "+49 171 3920012", mask_zone::log);
    CHECK(token.starts_with("[PHONE:k1:"));
    CHECK(token.size() == 21);
    for (std::string const same : {"0171/3920012", "00491713920012", "+49 (0)171 3920012"})
        CHECK(masked(m, same, mask_zone::log) == token);
    CHECK(masked(m, R"({"phone":491713920012})", mask_zone::log) == "{\"phone\":\"" + token + "\"}");
    CHECK(masked(with("k1", "fedcba9876543210"), "+49 171 3920012", mask_zone::log) != token);
    CHECK(masked(with("k2", "0123456789abcdef"), "+49 171 3920012", mask_zone::log) != token);
    CHECK(log_of("+49 171 3920012") == "[PHONE]");
}

TEST_CASE("masker/17: damaged and hostile documents neither leak nor end the program")
{
    std::string const secret = "\"password\":\"hunter2x\"";
    std::string deep, deepest(1'000'000, '[');
    for (int k = 0; k < 120; ++k) deep += "{\"a\":";
    for (auto const& text : {"{" + secret, "{" + secret + ",,}}", "\xef\xbb\xbf{" + secret + "}",
             "{" + secret + "," + secret + "}", deep + "{" + secret + "}", deepest + "{" + secret,
             "\xff\xfe" + secret + "\xc3", std::string("\0\0", 2) + secret})
        CHECK(log_of(text).find("hunter2x") == std::string::npos);
    // Cut at any byte of the value, in whatever it stands in.
    for (std::string const before : {"{\"password\":\"", "{\"a\":\"{\\\"password\\\":\\\"",
             "password=", "[{\"a\":[1,{\"password\":\""})
        for (std::size_t n = 2; n <= 8; ++n) {
            auto const cut = before + std::string("hunter2x").substr(0, n);
            CAPTURE(cut);
            CHECK(log_of(cut) == before + "[PASSWORD]");
        }
}

TEST_CASE("masker/17: what stands in itself again and again costs no more than once")
{
    masker const m;
    for (std::string_view const part : {"(a,password) values ('",
             "insert into t (a, b) values (values (", "[\"api_key\",\"", "{\"password\":{\"a\":[",
             "password=(password=(", "curl -u a:curl -u b:", "<pin><pin>", "--password --password ",
             "Authorization: Bearer Authorization: ", "<kvnr><a b='(ssn) values (><b c='",
             "<phone><a>(phone, a) values (<b>, foo bar 12 ", "pin={'login('cookie)values(','n'"})
    {
        CAPTURE(part);
        std::string text;
        while (text.size() < 1 << 20) text += part;
        auto const whole = masked(m, text, mask_zone::log);
        CHECK(whole.size() <= m.bound(text.size()));
        mask_stream in_pieces(m, mask_zone::log);
        std::string out;
        CHECK(in_pieces.feed(text, out) == mask_status::done);
        CHECK(in_pieces.flush(out) == mask_status::done);
        CHECK(out == whole);
    }
}

TEST_CASE("masker/18: hostile texts stay within the bound, a long transcript within the state")
{
    masker const m;
    for (std::string_view const part : {"@", "0171392001234567", "0171 39 20 012 ", "ABCDEFGH",
             "eyJ.", "a.b.c.d.", "%25", "\\", "\"", "[{", "-----BEGIN "})
    {
        std::string text = part == "\\" ? "{\"password\":\"" : "";
        while (text.size() < 1 << 20) text += part;
        CHECK(masked(m, text, mask_zone::log).size() <= m.bound(text.size()));
    }
    CHECK(mask_stream::state_size() <= 16 * 1024);
    mask_stream s(m, mask_zone::log);
    std::string out, piece(1 << 20, 'x');
    REQUIRE(s.feed("{\"transcript\":\"", out) == mask_status::done);
    for (int k = 0; k < 50; ++k) REQUIRE(s.feed(piece, out) == mask_status::done);
    REQUIRE(s.feed("\",\"n\":1}", out) == mask_status::done);
    REQUIRE(s.flush(out) == mask_status::done);
    CHECK(out == R"({"transcript":"[TRANSCRIPT]","n":1})");

    // The same where it is looked into: what comes out is as long, and the stream takes no memory.
    piece.assign(std::size_t{1} << 20, ' ');
    for (std::size_t at = 0; at + 40 < piece.size(); at += 97) piece.replace(at, 4, "Wort");
    mask_stream inside(m, mask_zone::api);
    out.reserve(2 * piece.size());
    std::size_t written = 0;
    auto const feed = [&](std::string_view text) {
        out.clear();
        auto const before = allocations;
        REQUIRE(inside.feed(text, out) == mask_status::done);
        CHECK(allocations == before);
        written += out.size();
    };
    feed("{\"transcript\":\"");
    for (int k = 0; k < 50; ++k) feed(piece);
    feed("tel. 0171 3920012\"}");
    out.clear();
    REQUIRE(inside.flush(out) == mask_status::done);
    CHECK(written + out.size() ==
        15 + 50 * piece.size() + std::string_view("tel. [PHONE]\"}").size());
    CHECK(out.ends_with("tel. [PHONE]\"}"));
}

TEST_CASE("masker/19: without memory a marker comes out, never the input")
{
    masker const m(mask_policy::builder().token_key("k1", "0123456789abcdef").build());
    std::string const text = R"({"password":"hunter2x","phone":"+49 171 3920012","more":")" +
        std::string(500, 'x') + "\"}";
    std::size_t failures = 0;
    for (long after = 0; after < 50; ++after) {
        allocations_left = after;
        auto const r = m.mask(text, mask_zone::log);
        allocations_left = -1;
        if (r.status == mask_status::done) break;
        ++failures;
        CHECK(r.output == "[MASKER_ERROR]");
        CHECK(r.counts.total() == 0);
    }
    CHECK(failures >= 1);
    CHECK(m.failures() == failures);
    masker const small(mask_policy::builder().max_input(10).build());
    CHECK(small.mask(text, mask_zone::log).output == "[MASKER_LIMIT]");
    char buffer[20];
    std::size_t written = 0;
    CHECK(m.mask_to(text, mask_zone::log, buffer, sizeof buffer, written, nullptr) ==
        mask_status::limit);
    CHECK(std::string_view(buffer, written) == "[MASKER_LIMIT]");
}

TEST_CASE("masker: nothing is allocated where nothing is found, and once where something is")
{
    masker const m;
    std::string const clean(20'000, 'x');
    auto before = allocations;
    CHECK(m.mask(clean, mask_zone::log).unchanged());
    CHECK(allocations == before);
    auto const text = clean + " +49 171 3920012 " + clean;
    before = allocations;
    auto const r = m.mask(text, mask_zone::log);
    CHECK(allocations == before + 1);
    CHECK_FALSE(r.unchanged());
}

TEST_CASE("masker/20: eight threads, one masker: the counters add up")
{
    masker m;
    std::atomic<std::uint64_t> found{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 8; ++k)
        threads.emplace_back([&] {
            for (int n = 0; n < 12'500; ++n)
                found +=
                    m.mask("user max@example.org, password=hunter2x", mask_zone::log).counts.total();
        });
    m.register_secret("a secret of the run");
    for (auto& t : threads) t.join();
    CHECK(found == 2 * 100'000);
    CHECK(m.totals().total() == found);
}

TEST_CASE("masker: a registered secret is found in every form it travels in")
{
    masker m;
    std::string const secret = "Zebra/7+blue!";
    m.register_secret(secret);
    for (auto const& form :
        {secret, std::string("Zebra\\/7+blue!"), std::string("Zebra%2F7%2Bblue%21"),
            std::string("\\u005a\\u0065\\u0062\\u0072\\u0061\\u002f7+blue!")})
        CHECK(log_of("x").size() +
                masked(m, "https://h/p/" + form + "/q", mask_zone::log).find("[GENERIC_SECRET]") ==
            13);
    for (std::string const before : {"", "a", "ab", "abc"}) {
        auto const encoded = corpus::base64(before + secret + "tail");
        auto const out = masked(m, "data " + encoded, mask_zone::log);
        CAPTURE(out);
        CHECK(out.find(encoded.substr(8, 8)) == out.npos);
    }
    CHECK_THROWS_AS(m.register_secret("short"), std::invalid_argument);
}

TEST_CASE("masker: a policy is read from JSON and refuses to keep secrets")
{
    auto const p = mask_policy::from_json(
        R"({"actions":{"log":{"phone":"keep"}},"keys":{"patient no":"medical_id"},"allow_keys":["caller name"]})");
    masker const m(p);
    CHECK(masked(m, "+49 171 3920012", mask_zone::log) == "+49 171 3920012");
    CHECK(masked(m, R"({"patientNo":"A-77123"})", mask_zone::log) ==
        R"({"patientNo":"[MEDICAL_ID:*23]"})");
    CHECK(masked(m, R"({"caller_name":"Max"})", mask_zone::log) == R"({"caller_name":"Max"})");
    for (std::string_view const bad : {R"({"actions":{"log":{"password":"keep"}}})",
             R"({"allow_keys":["db password"]})", R"({"x":1})", "{", R"({"actions":{"nowhere":{}}})",
             R"({"token_key":{"id":"k","env":"TRUNKLINE_NO_SUCH"}})"})
        CHECK_THROWS_AS(mask_policy::from_json(bad), std::invalid_argument);
}
