// What belongs to a sensitive key where no quotes say so: print_r, var_dump, YAML, elements, words.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::log_of;
using mask_test::settled;
using mask_test::stay;

namespace {

/// Each ~ of a text is a value that goes; the same with what stands for it then.
std::string filled(std::string_view form, std::string_view with)
{
    std::string s;
    for (auto const c : form)
        if (c == '~') s += with;
        else s += c;
    return s;
}

void goes(std::string_view form, std::string_view value, std::string_view mask,
    mask_zone zone = mask_zone::log)
{
    CHECK(settled(filled(form, value), zone) == filled(form, mask));
}

} // namespace

TEST_CASE("masker: everything below a sensitive key goes, however PHP prints it")
{
    auto const token = "8W6mRmK4gYkSV1BAwhoWCeSH";
    auto const secret = "[GENERIC_SECRET]";
    goes("Array\n(\n    [x-api-key] => Array\n        (\n            [0] => ~\n            [1] => "
         "~\n"
         "        )\n\n    [mode] => live\n)\n",
        token, secret);
    goes("[credentials] => stdClass Object\n (\n  [user-id] => ~\n  [key:protected] => ~\n )\n [n] "
         "=> 1",
        token, secret);
    goes("[authorization] => Array\n(\n    [0] => Bearer ~\n)\n", token, "[BEARER_TOKEN]");
    goes("[Set-Cookie] => Array\n(\n    [0] => sid=~; Path=/\n)\n", token, "[COOKIE]");
    goes("array(1) {\n  [\"credentials\"]=>\n  array(2) {\n    [\"a\"]=>\n    string(24) \"~\"\n   "
         " [0]=>\n"
         "    string(24) \"~\"\n  }\n  [\"n\"]=>\n  int(4)\n}",
        token, secret);
    goes("[\"credentials\"]=>\n  object(stdClass)#3 (1) {\n    [\"a\"]=>\n    string(24) \"~\"\n  "
         "}\n",
        token, secret);
    goes("array('credentials' => array('a' => '~', 'b' => '~'), 'mode' => 'live')", token, secret);
    goes("array (\n  'x-api-key' => \n  array (\n    0 => '~',\n    1 => '~',\n  ),\n  'mode' => "
         "'live',\n)",
        token, secret);
    goes("'authorization' => [ 0 => 'Bearer ~' ]", token, "[BEARER_TOKEN]");
    goes("[address] => Array\n(\n    [line1] => ~\n    [zip] => ~\n)\n", "Gerberau 17", "[ADDRESS]");
}

TEST_CASE("masker: everything below a sensitive key goes in YAML")
{
    auto const token = "8W6mRmK4gYkSV1BAwhoWCeSH";
    auto const secret = "[GENERIC_SECRET]";
    goes("secret:\n  - ~\n  - ~\nport: 1\n", token, secret);
    goes("service:\n  credentials:\n    a: ~\n    b:\n      - \"~\"\n    c: '~' # old\n  port: 1\n",
        token, secret);
    goes("x-api-key:\n- \"~\"\nport: 1\n", token, secret);
    goes("{\"body\":\"secret:\\n  - ~\\n  - ~\"}", token, secret);
    goes("address:\n  line1: ~\n  extra: ~\nport: 1\n", "Gerberau 17", "[ADDRESS]");
    goes("authorization:\n  - Bearer ~\nhost: x\n", token, "[BEARER_TOKEN]");
    for (std::string const same :
        {"token:\n  type: string\n  maxLength: 40\n", "password: \nport: 1\n",
            "secrets:\n  - db_password\n", "secret:\n  secretName: tls-cert\n",
            "secrets:\n  db:\n    file: ./db.txt\n", "secrets:\n  token: ${TOKEN}\n  other: null\n",
            "if token:\n    retry: 3\n", "Passwort:\n- bitte nicht weitergeben\n"})
        CHECK(log_of(same) == same);
    // Longer than what is seen at a time.
    std::string many = "credentials:\n", gone = many;
    for (int k = 0; k < 900; ++k) {
        many += "  - " + std::string(token) + "\n";
        gone += "  - [GENERIC_SECRET]\n";
    }
    CHECK(settled(many + "port: 1\n") == gone + "port: 1\n");
}

TEST_CASE("masker: everything below a sensitive element goes")
{
    auto const token = "8W6mRmK4gYkSV1BAwhoWCeSH";
    auto const secret = "[GENERIC_SECRET]";
    goes("<cfg><credentials><a>~</a><b>\n  ~\n</b><c/></credentials><port>1</port></cfg>", token,
        secret);
    goes("<x:credentials "
         "n=\"1\"><credentials><![CDATA[~]]></credentials><b>~</b></x:credentials><p>1</p>",
        token, secret);
    goes("{\"body\":\"<credentials><a>~</a>\",\"n\":\"x\"}", token, secret);
    goes("<address><line>~</line></address><n>1</n>", "Gerberau 17", "[ADDRESS]");
    // What the key does not take is looked at all the same.
    std::string const link = "https://h.example.com/";
    CHECK(settled("{\"recording_url\":[\"" + link +
              "0123456789abcdef0123/r.wav\"],\"webhook_url\":{\"a\":\"" + link + "?a=x1y2\"}}") ==
        "{\"recording_url\":[\"" + link + "[CAPABILITY_URL]\"],\"webhook_url\":{\"a\":\"" + link +
            "?a=[URL_QUERY_SECRET]\"}}");
    CHECK(settled("<phone><note>an max@example.com</note></phone>") ==
        "<phone><note>an [EMAIL]</note></phone>");
    CHECK(
        settled(
            R"({"custom_analysis_data":{"score":4,"pan":4111111111111111},"phone":{"a":"see a@example.com"}})") ==
        R"({"custom_analysis_data":{"score":4,"pan":"[CREDIT_CARD:*1111]"},"phone":{"a":"see [EMAIL]"}})");
    CHECK(settled(R"({"phone":{"note":"sent Bearer abc123defGH, max@example.com"},"n":1})") ==
        R"({"phone":{"note":"sent Bearer [BEARER_TOKEN], [EMAIL]"},"n":1})");
}

TEST_CASE("masker: transcripts as PHP and YAML write them")
{
    goes("Array\n(\n    [call_summary] => ~\n    [version] => 1\n)\n",
        "Frau Sonnenschein ist krank.", "[TRANSCRIPT]");
    goes("Array\n(\n    [transcript] => ~\n    [version] => 1\n)\n",
        "Agent: Hallo\nUser: Max Mustermann hier, \"krank\"\n\nAgent: Danke", "[TRANSCRIPT]");
    goes("Array\n(\n    [transcript] => ~\n)\n", "Agent: Hallo\nUser: ja", "[TRANSCRIPT]");
    goes("Array\n(\n    [address] => ~\n    [version] => 1\n)\n", "Gerberau 17\nHinterhaus",
        "[ADDRESS]");
    goes("call:\n  transcript: |\n    ~\n  version: 1\n",
        "User: Max Mustermann hier\n    Agent: Danke\n\n    User: bis dann", "[TRANSCRIPT]");
    goes("call_summary: >-\n  ~\nversion: 1\n", "Max Mustermann war krank.", "[TRANSCRIPT]");
    std::string lines = "User: Max Mustermann hier";
    for (int k = 0; k < 400; ++k) lines += "\n  Agent: und das noch einmal";
    goes("transcript: |\n  ~\nversion: 1\n", lines, "[TRANSCRIPT]");
    CHECK(log_of("[address] => Gerberau 17\n12:30:01 INFO started\n") ==
        "[address] => [ADDRESS]\n12:30:01 INFO started\n");
}

TEST_CASE(
    "masker: a value said in words of their own does not survive, whatever stands around them")
{
    auto const said = [](std::vector<std::string> const& words) {
        std::string s = R"({"transcript_object":[{"role":"user","words":[)";
        for (auto const& w : words) s += R"({"word":")" + w + R"(","start":1.5},)";
        s.back() = ']';
        return s + "}]}";
    };
    for (auto const zone : {mask_zone::webhook_out, mask_zone::transcript}) {
        CHECK(settled(said({"Nummer ", "0163 ", "892 ", "91 "}), zone) ==
            said({"Nummer ", "[PHONE_SPOKEN] ", "[PHONE_SPOKEN] ", "[PHONE_SPOKEN] "}));
        CHECK(settled(said({" null", " eins", " ja"}), zone) ==
            said({" [PHONE_SPOKEN]", " [PHONE_SPOKEN]", " ja"}));
        std::string const m = "[EMAIL_SPOKEN]";
        CHECK(settled(said({"also", "anna", "punkt", "weber", "ät", "web", "punkt", "de", "ja"}),
                  zone) == said({"also", m, m, m, m, m, m, m, "ja"}));
        CHECK(settled(said({"anna ", "punkt ", "weber ", "ät ", "web ", "punkt ", "de"}), zone) ==
            said({m + " ", m + " ", m + " ", m + " ", m + " ", m + " ", m}));
        auto const harmless = said({"look ", "at ", "the ", "point ", "of ", "it"});
        CHECK(settled(harmless, zone) == harmless);
    }
}

TEST_CASE("masker: of a tool's address, password and query values")
{
    for (std::string const list : {"general_tools", "tools", "mcps"})
        CHECK(settled("{\"" + list +
                  R"(":[{"name":"m","url":"https://x.example.com/a?ws=abc123&v=2"}],)"
                  R"("url":"https://x.example.com/a?ws=abc123"})") ==
            "{\"" + list +
                R"(":[{"name":"m","url":"https://x.example.com/a?ws=[URL_QUERY_SECRET]&v=2"}],)"
                R"("url":"https://x.example.com/a?ws=abc123"})");
}

TEST_CASE("masker: in speech, what is grouped like a card goes, right or wrong")
{
    CHECK(settled("user: 4111 1111 1111 2354 glaube ich", mask_zone::transcript) ==
        "user: [DIGITS] glaube ich");
    CHECK(log_of("user: 4111 1111 1111 2354 glaube ich") == "user: 4111 1111 1111 2354 glaube ich");
}

TEST_CASE("masker: arrays as dump() prints them, below a sensitive key")
{
    become({{"array:2 [\n  \"credentials\" => array:2 [\n    \"user\" => array:1 [\n      0 => "
             "\"Sx99aabbcc\"\n    ]\n    \"x\" => \"bbsk99d\"\n  ]\n  \"after\" => \"ok\"\n]\n",
        "array:2 [\n  \"credentials\" => array:2 [\n    \"user\" => array:1 [\n      0 => "
        "\"[GENERIC_SECRET]\"\n    ]\n    \"x\" => \"[GENERIC_SECRET]\"\n  ]\n  \"after\" => "
        "\"ok\"\n]\n"}});
    stay({"array:1 [\n  \"credentials\" => array:0 []\n  \"n\" => 2\n]\n"});
}

TEST_CASE("masker: the parts of a birthday go, however short")
{
    become({{R"({"dateOfBirth":{"year":1987,"month":5,"day":3}})",
        R"({"dateOfBirth":{"year":"[DATE_OF_BIRTH]","month":"[DATE_OF_BIRTH]","day":"[DATE_OF_BIRTH]"}})"}});
}
