// The acceptance scenarios of the masker, 01 to 10.

#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::log_of;
using mask_test::masked;

namespace {

/// A webhook of 10 KB: every value that must go is given by `v`, with the type it goes as.
template <class Value>
std::string call_ended(Value const& v)
{
    auto const number = [](std::size_t k) { return std::to_string(k); };
    std::string s = R"({"event":"call_ended","call":{"call_id":"call_8f1c2d3e4f5a6b7c8d9e0f1a",)"
                    R"("agent_id":"agent_1f2e3d4c5b6a","agent_version":12,"from_number":")" +
        v("PHONE", "+491713920012") + R"(","to_number":")" + v("PHONE", "+4930901820") +
        R"(","direction":"inbound","start_timestamp":1764324000123,"end_timestamp":1764324123456,)"
        R"("duration_ms":123333,"transcript":")" +
        v("TRANSCRIPT", R"(Agent: Hallo\nUser: \"Fieber\" seit gestern)") +
        R"(","transcript_object":[)";
    for (std::size_t turn = 0; turn < 20; ++turn) {
        s += std::string(turn ? "," : "") + R"({"role":"user","content":")" +
            v("TRANSCRIPT", "Fieber und Husten Nummer " + number(turn)) + R"(","words":[)";
        for (std::size_t word = 0; word < 6; ++word)
            s += std::string(word ? "," : "") + R"({"word":")" +
                v("TRANSCRIPT", "Husten" + number(turn) + "x" + number(word)) + R"(","start":)" +
                number(turn) + "." + number(word) + R"(0,"end":)" + number(turn + 1) + ".125}";
        s += "]}";
    }
    s += R"(],"transcript_with_tool_calls":[{"role":"agent","content":")" +
        v("TRANSCRIPT", "Gute Besserung") +
        R"("},{"role":"tool_call_invocation","tool_call_id":"t1","name":"book","arguments":")" +
        v("TRANSCRIPT", R"({\"phone\":\"0171 3920012\",\"name\":\"Erika Muster\"})") +
        R"("},{"role":"tool_call_result","tool_call_id":"t1","content":")" +
        v("TRANSCRIPT", R"({\"slot\":\"10:30\"})") + R"("}],"call_analysis":{"call_summary":")" +
        v("TRANSCRIPT", "Has a fever") +
        R"(","user_sentiment":"Neutral","call_successful":true},)"
        R"("recording_url":"https://dx.cloudfront.net/)" +
        v("CAPABILITY_URL", "0f5cea8f4bbd/recording.wav") +
        R"(","recording_multi_channel_url":"https://dx.cloudfront.net/)" +
        v("CAPABILITY_URL", "0f5cea8f4bbd/multi.wav?Signature=abc") +
        R"(","public_log_url":"https://dx.cloudfront.net/)" +
        v("CAPABILITY_URL", "0f5cea8f4bbd/public.log") +
        R"(","retell_llm_dynamic_variables":{"customer_name":")" +
        v("PERSON_NAME", "Max Mustermann") + R"(","lookup":"{\"arguments\":{\"iban\":\")" +
        v("IBAN:DE*3000", "DE89 3704 0044 0532 0130 00") + R"(\"}}"},"metadata":{"api_key":")" +
        v("GENERIC_SECRET", "abc123def456") +
        R"(","order":17},"latency":{"e2e":{"p50":812.50,"p90":1.2e3,"num":24}},)"
        R"("call_cost":{"combined_cost":70.10,"product_costs":[{"product":"tts","cost":30}]},)"
        R"("prompt":")";
    for (int k = 0; k < 40; ++k) s += "Ask for the reason of the call and stay friendly. ";
    return s + R"("}})";
}

std::string const& webhook()
{
    static std::string const text =
        call_ended([](std::string_view, std::string const& value) { return value; });
    return text;
}

} // namespace

TEST_CASE("masker/01: a webhook loses what is personal and keeps the rest to the byte")
{
    REQUIRE(webhook().size() > 10'000);
    REQUIRE(mask_test::is_json(webhook()));
    auto const out = log_of(webhook());
    auto const expected =
        call_ended([](std::string const& type, std::string const&) { return "[" + type + "]"; });
    CHECK((out == expected));
    CHECK(mask_test::is_json(out));
}

TEST_CASE("masker/02: cut at every byte, and byte by byte, the output is the same")
{
    masker const m;
    for (auto const zone : mask_test::zones) {
        auto const whole = masked(m, webhook(), zone);
        std::vector<std::size_t> every;
        for (std::size_t cut = 1; cut < webhook().size(); ++cut) every.push_back(cut);
        CHECK((mask_test::streamed(m, webhook(), zone, every) == whole));
        if (zone != mask_zone::log) continue;
        for (auto const cut : every)
            REQUIRE((mask_test::streamed(m, webhook(), zone, {cut}) == whole));
    }
}

TEST_CASE("masker/03: the second pass finds nothing")
{
    masker const m;
    for (auto const zone : mask_test::zones) {
        auto const again = m.mask(masked(m, webhook(), zone), zone);
        CHECK(again.unchanged());
        CHECK(again.counts.total() == 0);
    }
}

TEST_CASE("masker/04: keys that only look alike are left alone in every notation")
{
    corpus::dice d(4);
    masker const m;
    for (std::string_view const words :
        {"author", "cache key", "token count", "llm token usage", "phone number id",
            "email verified at", "transcript length", "agent name", "service name", "filename"})
        for (std::size_t n = 0; n < corpus::notation_count; ++n) {
            auto const f = corpus::in_notation(n, corpus::spelled_key(words, d), "alpha7", d);
            auto const text = f.before + f.value + f.after;
            CAPTURE(text);
            for (auto const zone : mask_test::zones) CHECK(m.mask(text, zone).unchanged());
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
    // Keys with a blank or an escape, where a notation has such.
    for (std::string const before :
        {"{\"Api Key\":\"", "{'Api Key': '", "    [Api Key] => ", "Api Key: ", "\"Api Key\"=\"",
            "?Api+Key=", "?Api%20Key=", "<f name=\"Api Key\">", "{\"a\":\"{\\\"Api Key\\\":\\\"",
            "{\"\\u0061pi_key\":\"", "{\"a\":\"{\\\"\\\\u0061pi_key\\\":\\\"",
            "{'\\u0061pi_key': '", "?%61pi_key=", "<f name=\"&#97;pi_key\">"})
    {
        auto const out = log_of(before + "q8w7e6r5t4z3");
        CAPTURE(out);
        CHECK(out.find("q8w7") == out.npos);
        CHECK(out.starts_with(before));
    }
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
    CHECK(log_of("<b>max&#x40;example.com&#46;</b>") == "<b>[EMAIL]&#46;</b>");
    CHECK(log_of("<b>max&commat;example.com</b>") == "<b>[EMAIL]</b>");
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
    for (std::string const number :
        {"+49 171 3920012", "0049 171 3920012", "00491713920012", "+49 (0)171 3920012",
            "0171/3920012", "0171-3920012", "0172-0580795", "0160 011 8410", "0171 392 00 12",
            "(030) 901820", "030 901820-12", "030/901820", "0 30 / 90 18 20", "(0171) 3920012",
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
    CHECK(log_of("sip:+491713920012@sip.example.com") == "sip:[PHONE]@sip.example.com");
    for (std::string const other : {"05.10.2026", "1.299,00 EUR", "01067 Dresden", "nginx/1.22.1",
             "1764324000123", "08:00-18:00", "0-100"})
        CHECK(log_of("Wert " + other + " notiert") == "Wert " + other + " notiert");
}

TEST_CASE("masker/10: dates, ids and goods' numbers stay")
{
    for (std::string const text : {"03.05.1987 - 17.07.15", "05.10.2026",
             "12345678-1234-1234-1234-123456789012", "1764324000123", "4006381333931",
             "00340434161094042557", "urn:uuid:01234567-0171-4920-0123-012345678901"})
        CHECK(masker().mask(text, mask_zone::log).unchanged());
}
