// The acceptance scenarios of the masker, 01 to 10.

#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::log_of;
using mask_test::masked;

namespace {

constexpr std::string_view call_ended =
    R"({"event":"call_ended","call":{"call_id":"call_8f1c2d","agent_id":"agent_1f2e","from_number":"+491713920012",)"
    R"("to_number":"+4930901820","start_timestamp":1764324000123,"duration_ms":123333,)"
    R"("transcript":"Agent: Hallo\nUser: Fieber seit gestern","transcript_object":[{"role":"user","content":"Fieber",)"
    R"("words":[{"word":"Fieber","start":0.10,"end":0.5}]}],"transcript_with_tool_calls":[{"role":"tool_call_invocation",)"
    R"("arguments":"{\"phone\":\"0171 3920012\"}"}],"call_analysis":{"call_summary":"Has a fever","call_successful":true},)"
    R"("recording_url":"https://dx.cloudfront.net/0f5cea/recording.wav","public_log_url":"https://dx.cloudfront.net/0f5cea/public.log",)"
    R"("retell_llm_dynamic_variables":{"customer_name":"Max Mustermann"},"metadata":{"api_key":"abc123def","order":17},)"
    R"("latency":{"e2e":{"p50":812.50}},"call_cost":{"combined_cost":70.10}}})";

} // namespace

TEST_CASE("masker/01: a webhook loses what is personal and keeps ids, times and costs to the byte")
{
    auto const out = log_of(call_ended);
    for (std::string_view const gone :
        {"1713920012", "901820", "Fieber", "3920012", "fever", "0f5cea", "Mustermann", "abc123def"})
    {
        CAPTURE(gone);
        CHECK(out.find(gone) == out.npos);
    }
    for (std::string_view const stays : {R"("call_id":"call_8f1c2d")", R"("agent_id":"agent_1f2e")",
             R"("start_timestamp":1764324000123)", R"("duration_ms":123333)", R"("start":0.10)",
             R"("p50":812.50)", R"("combined_cost":70.10)", R"("order":17)",
             R"("https://dx.cloudfront.net/)"})
    {
        CAPTURE(stays);
        CHECK(out.find(stays) != out.npos);
    }
    CHECK(mask_test::is_json(out));
}

TEST_CASE("masker/02: cut at every byte, and byte by byte, the output is the same")
{
    masker const m;
    auto const whole = masked(m, call_ended, mask_zone::log);
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < call_ended.size(); ++cut) {
        every.push_back(cut);
        REQUIRE(mask_test::streamed(m, call_ended, mask_zone::log, {cut}) == whole);
    }
    CHECK(mask_test::streamed(m, call_ended, mask_zone::log, every) == whole);
}

TEST_CASE("masker/03: the second pass finds nothing")
{
    masker const m;
    for (auto const zone : mask_test::zones)
        CHECK(m.mask(masked(m, call_ended, zone), zone).unchanged());
}

TEST_CASE("masker/04: keys that only look alike are left alone in every notation")
{
    corpus::dice d(4);
    for (std::string_view const words :
        {"author", "cache key", "token count", "llm token usage", "phone number id",
            "email verified at", "transcript length", "agent name", "service name", "filename"})
        for (std::size_t n = 0; n < corpus::notation_count; ++n) {
            auto const f = corpus::in_notation(n, corpus::spelled_key(words, d), "alpha7", d);
            auto const text = f.before + f.value + f.after;
            CHECK(log_of(text) == text);
        }
}

TEST_CASE("masker/05: one key in all spellings and notations")
{
    corpus::dice d(5);
    for (std::string const key : {"apiKey", "api_key", "API-KEY", "x-api-key", "api.key"})
        for (std::size_t n = 0; n < corpus::notation_count; ++n) {
            auto const f = corpus::in_notation(n, key, "q8w7e6r5t4z3", d);
            auto const out = log_of(f.before + f.value + f.after);
            CAPTURE(out);
            CHECK(out.find("q8w7") == out.npos);
        }
    CHECK(log_of(R"({"Api Key":"q8w7e6r5t4z3"})").find("q8w7") == std::string::npos);
    CHECK(log_of(R"({"\u0061pi_key":"q8w7e6r5t4z3"})") == R"({"\u0061pi_key":"[GENERIC_SECRET]"})");
    CHECK(log_of("Api Key: q8w7e6r5t4z3\n") == "Api Key: [GENERIC_SECRET]\n");
}

TEST_CASE("masker/06: a password with quotes and backslashes goes whole, nested or not")
{
    CHECK(log_of(R"({"password":"ab\"cd\\"})") == R"({"password":"[PASSWORD]"})");
    CHECK(log_of(R"({"a":"{\"password\":\"ab\\\"cd\\\\\"}"})") ==
        R"({"a":"{\"password\":\"[PASSWORD]\"}"})");
    CHECK(log_of(R"({"a":"{\"b\":\"{\\\"password\\\":\\\"ab\\\\\\\"cd\\\\\\\\\\\"}\"}"})") ==
        R"({"a":"{\"b\":\"{\\\"password\\\":\\\"[PASSWORD]\\\"}\"}"})");
}

TEST_CASE("masker/07: an address in any encoding; what surrounds it stays encoded")
{
    CHECK(log_of(R"({"x":"max\u0040example.com\n"})") == R"({"x":"[EMAIL]\n"})");
    CHECK(log_of(R"({"x":"\u006d\u0061\u0078\u0040\u0065\u002e\u0064\u0065"})") ==
        R"({"x":"[EMAIL]"})");
    CHECK(log_of("u=max%40example.com&v=%20") == "u=[EMAIL]&v=%20");
    CHECK(log_of("u=max%2540example.com&v=%2520") == "u=[EMAIL]&v=%2520");
    CHECK(log_of("<b>max&#64;example.com</b>&amp;") == "<b>[EMAIL]</b>&amp;");
}

TEST_CASE("masker/08: no line of a private key survives; public keys stay")
{
    corpus::dice d(8);
    auto const a = d.alnum(64), b = d.alnum(64), c = d.alnum(40) + "==";
    for (std::string const gap : {"\n", "\r\n", "\\n", "\\\\n", " ", "\n    "}) {
        auto const key = "-----BEGIN PRIVATE KEY-----" + gap + a + gap + b + gap + c;
        for (std::string const& end : {gap + "-----END PRIVATE KEY-----\n", std::string()}) {
            auto const text = key + end;
            auto const out = log_of(text);
            CAPTURE(out);
            for (auto const& line : {a, b, c})
                for (std::size_t k = 0; k + 8 <= line.size(); k += 8)
                    CHECK(out.find(line.substr(k, 8)) == out.npos);
            CHECK(out.starts_with("-----BEGIN PRIVATE KEY-----"));
            CHECK(out.ends_with(end));
            CHECK(mask_test::streamed(masker(), text, mask_zone::log, {20, 70}) == out);
        }
    }
    auto const open = "-----BEGIN PUBLIC KEY-----\n" + a +
        "\n-----END PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----\n" + b +
        "\n-----END CERTIFICATE-----";
    CHECK(log_of(open) == open);
}

TEST_CASE("masker/09: German telephone numbers as people write them")
{
    for (std::string const number : {"+49 171 3920012", "0049 171 3920012", "00491713920012",
             "+49 (0)171 3920012", "0171/3920012", "0171-3920012", "0171 392 00 12", "(030) 901820",
             "030 901820-12", "030/901820", "0 30 / 90 18 20", "(0171) 3920012",
             "0171\xc2\xa0"
             "3920012",
             "0171\xe2\x80\x8b"
             "3920012",
             "0171\xe2\x80\x91"
             "3920012",
             "０１７１／３９２００１２", "+49.171.3920012"})
    {
        auto const out = log_of("Wert " + number + " notiert");
        CAPTURE(number);
        CHECK(out == "Wert [PHONE] notiert");
    }
    CHECK(log_of("tel:01713920012") == "tel:[PHONE]");
    CHECK(log_of("sip:+491713920012@sip.example.com").find("3920012") == std::string::npos);
    for (std::string const other : {"05.10.2026", "1.299,00 EUR", "01067 Dresden", "nginx/1.22.1",
             "1764324000123", "08:00-18:00", "0-100"})
        CHECK(log_of("Wert " + other + " notiert") == "Wert " + other + " notiert");
}

TEST_CASE("masker/10: dates, ids and goods' numbers stay")
{
    for (std::string const text : {"03.05.1987 - 17.07.15", "05.10.2026",
             "12345678-1234-1234-1234-123456789012", "1764324000123", "4006381333931",
             "00340434161094042557", "urn:uuid:01234567-0171-4920-0123-012345678901"})
        CHECK(log_of(text) == text);
}
