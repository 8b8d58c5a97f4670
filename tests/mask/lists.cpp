// Retell's lists, of which the path says what their members are, in notations without brackets.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::log_of;
using mask_test::settled;
using mask_test::stay;

namespace {

constexpr std::string_view secrets[] = {"Mein Hund", "XK17secret"};

/// Nothing of it survives, whatever way it is cut, and what is behind it stays.
void goes(std::string const& in, std::string_view stays = {})
{
    CAPTURE(in);
    auto const out = settled(in);
    CAPTURE(out);
    for (auto const s : secrets) CHECK(out.find(s) == out.npos);
    CHECK(out.find(stays) != out.npos);
}

} // namespace

TEST_CASE("masker: Retell's lists as print_r prints them")
{
    std::string const turn = "        (\n            [0] => Array\n                (\n";
    std::string const end = "                )\n\n        )\n\n    [content] => bleibt\n)\n";
    for (std::string const list : {"transcript_object", "transcript_with_tool_calls"})
        for (std::string const name : {"content", "arguments"})
            goes("Array\n(\n    [" + list + "] => Array\n" + turn +
                    "                    [role] => user\n                    [" + name +
                    "] => Mein Hund\nist krank: XK17secret\n" + end,
                "    [content] => bleibt\n");
    CHECK(settled("Array\n(\n    [transcript_object] => Array\n" + turn +
              "                    [words] => Array\n                        (\n"
              "                            [0] => Array\n                                (\n"
              "                                    [word] => Hund\n"
              "                                    [start] => 1\n"
              "                                )\n\n                        )\n\n" +
              end) ==
        "Array\n(\n    [transcript_object] => Array\n" + turn +
            "                    [words] => Array\n                        (\n"
            "                            [0] => Array\n                                (\n"
            "                                    [word] => [TRANSCRIPT]\n"
            "                                    [start] => 1\n"
            "                                )\n\n                        )\n\n" +
            end);
    for (std::string const list : {"general_tools", "mcps"})
        for (std::string const name : {"headers", "query_params"})
            goes("Array\n(\n    [" + list + "] => Array\n" + turn +
                    "                    [description] => Zeile\n(noch eine)\n"
                    "                    [" +
                    name +
                    "] => Array\n                        (\n"
                    "                            [X-Team] => XK17secret\n"
                    "                        )\n\n" +
                    end,
                "    [content] => bleibt\n");
    CHECK(settled("Array\n(\n    [general_tools] => Array\n" + turn +
              "                    [url] => https://x.example.com/a?ws=abc123&v=2\n" + end) ==
        "Array\n(\n    [general_tools] => Array\n" + turn +
            "                    [url] => https://x.example.com/a?ws=[URL_QUERY_SECRET]&v=2\n" +
            end);
    goes("[transcript_object] => Array ( [0] => Array ( [role] => user [content] => Mein Hund ) )\n"
         "[content] => bleibt",
        "[content] => bleibt");
    goes("transcript_object: Array\n(\n    [0] => Array\n        (\n"
         "            [content] => Mein Hund\n        )\n)\n[content] => bleibt\n",
        "\n[content] => bleibt\n");
    // In a string of a document: it ends with that.
    goes(R"({"log":"Array\n(\n    [transcript_object] => Array\n        (\n            [0] => Array\n                (\n                    [content] => Mein Hund\n","content":"bleibt"})",
        R"("content":"bleibt"})");
}

TEST_CASE("masker: Retell's lists as var_export and var_dump print them")
{
    std::string const begin = "array (\n  'id' => 7,\n  '";
    std::string const end = "    ),\n  ),\n  'content' => 'bleibt',\n)\n";
    for (std::string const name : {"content", "arguments"})
        goes(begin + "transcript_object' => \n  array (\n    0 => \n    array (\n" +
                "      'role' => 'user',\n      '" + name + "' => 'Mein Hund\nXK17secret\n',\n" +
                end,
            "  'content' => 'bleibt',\n");
    for (std::string const name : {"headers", "query_params"})
        goes(begin + "general_tools' => \n  array (\n    0 => \n    array (\n      '" + name +
                "' => \n      array (\n        'X-Team' => 'XK17secret',\n      ),\n" + end,
            "  'content' => 'bleibt',\n");
    goes(
        "array(2) {\n  [\"transcript_object\"]=>\n  array(1) {\n    [0]=>\n    array(2) {\n"
        "      [\"role\"]=>\n      string(4) \"user\"\n      [\"content\"]=>\n"
        "      string(9) \"Mein Hund\"\n    }\n  }\n  [\"content\"]=>\n  string(6) \"bleibt\"\n}\n",
        "string(6) \"bleibt\"");
    CHECK(settled("array(1) {\n[\"transcript_with_tool_calls\"]=>\n  array(1) {\n    [0]=>\n    "
                  "array(2) {\n"
                  "      [\"arguments\"]=>\n      string(18) \"{\"x\":\"Mein Hund!\"}\"\n"
                  "      [\"n\"]=>\n      string(1) \"x\"\n    }\n  }\n") ==
        "array(1) {\n[\"transcript_with_tool_calls\"]=>\n  array(1) {\n    [0]=>\n    array(2) {\n"
        "      [\"arguments\"]=>\n      string(18) \"[TRANSCRIPT]\"\n"
        "      [\"n\"]=>\n      string(1) \"x\"\n    }\n  }\n");
    CHECK(settled("array(1) {\n  [\"password\"]=>\n  string(7) \"ab\"cd\"e\"\n") ==
        "array(1) {\n  [\"password\"]=>\n  string(7) \"[PASSWORD]\"\n");
    goes("array(2) {\n  [\"general_tools\"]=>\n  array(1) {\n    [0]=>\n    array(1) {\n"
         "      [\"headers\"]=>\n      array(1) {\n        [\"X-Team\"]=>\n"
         "        string(10) \"XK17secret\"\n      }\n    }\n  }\n  [\"content\"]=>\n"
         "  string(6) \"bleibt\"\n}\n",
        "string(6) \"bleibt\"");
    goes("array('transcript_object' => array(array('role' => 'user', 'content' => 'Mein Hund')));\n"
         "'content' => 'bleibt'",
        "'content' => 'bleibt'");
}

TEST_CASE("masker: Retell's lists in YAML")
{
    for (std::string const indent : {"", "  "})
        for (std::string const text : {"\"Mein Hund\"", "Mein Hund", "mein kranker Mein Hund: ja",
                 "|\n        Mein Hund\n        XK17secret", "Mein Hund\n          und XK17secret"})
        {
            goes("transcript_object:\n" + indent + "- role: user\n" + indent +
                    "  content: " + text + "\ncontent: bleibt\n",
                "\ncontent: bleibt\n");
            goes("a:\n  transcript_with_tool_calls:\n  " + indent + "- role: user\n  " + indent +
                    "  arguments: " + text + "\n  content: bleibt\n",
                "\n  content: bleibt\n");
        }
    goes("transcript_object:\n  - words:\n      - word: \"Mein Hund\"\n        start: 1\n"
         "zz: 1\n",
        "        start: 1\nzz: 1\n");
    for (std::string const list : {"general_tools", "mcps"})
        for (std::string const name : {"headers", "query_params"})
            goes(list + ":\n  - name: \"crm\"\n    " + name +
                    ":\n      X-Team: \"XK17secret\"\n      X-B: XK17secret\n    n: 1\nheaders:\n"
                    "  Accept: text\n",
                "    n: 1\nheaders:\n  Accept: text\n");
    CHECK(settled("mcps:\n  - url: https://x.example.com/a?ws=abc123&v=2\nurl: "
                  "https://x.example.com/a?ws=abc123\n") ==
        "mcps:\n  - url: https://x.example.com/a?ws=[URL_QUERY_SECRET]&v=2\nurl: "
        "https://x.example.com/a?ws=abc123\n");
    for (std::string const line : {"content: bleibt hier\n", "tools:\n  - name: x\n    type: y\n",
             "transcript_object: []\ncontent: bleibt hier\n", "headers:\n  Accept: text\n"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: values in quotes below a key of YAML that stands in a string")
{
    CHECK(settled(R"({"m":"api_key:\n  - \"QzWx77a\"\n  - \"QzWx77b\"\nzz: 1\n"})") ==
        R"({"m":"api_key:\n  - \"[GENERIC_SECRET]\"\n  - \"[GENERIC_SECRET]\"\nzz: 1\n"})");
    CHECK(settled(R"({"m":"credentials:\n  a: \"QzWx77a\"\n  list:\n    - \"x QzWx77b\"\n"})") ==
        R"({"m":"credentials:\n  a: \"[GENERIC_SECRET]\"\n  list:\n    - \"[GENERIC_SECRET]\"\n"})");
}

TEST_CASE("masker: Retell's lists in elements")
{
    goes("<call><transcript_object><role>user</role><content>Mein Hund</content><words><word>"
         "XK17secret</word><start>1</start></words></transcript_object><content>bleibt</content>"
         "</call>",
        "<start>1</start></words></transcript_object><content>bleibt</content></call>");
    goes(
        "<transcript_with_tool_calls><name>book</name><arguments>{\"x\":\"XK17secret\"}</arguments>"
        "</transcript_with_tool_calls><content>bleibt</content>",
        "<name>book</name>");
    goes("<call_analysis><custom_analysis_data><grund>Mein Hund</grund></custom_analysis_data>"
         "<content>bleibt</content></call_analysis>",
        "<content>bleibt</content>");
    goes("<collected_dynamic_variables><tier>Mein Hund</tier></collected_dynamic_variables>");
    for (std::string const list : {"general_tools", "mcps"})
        for (std::string const name : {"headers", "query_params"})
            goes("<" + list + "><type>custom</type><" + name + "><X-Team>XK17secret</X-Team></" +
                    name + "><url>https://x.example.com/a?ws=XK17secret</url></" + list +
                    "><headers><Accept>text</Accept></headers>",
                "<headers><Accept>text</Accept></headers>");
    for (std::string const line : {"<content>bleibt hier</content>",
             "<tools><tool>x</tool></tools><url>https://x.example.com/a?ws=abc123</url>"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: a number said in words of their own does not survive in a printed list")
{
    for (auto const zone : {mask_zone::transcript, mask_zone::webhook_out}) {
        CHECK(settled("transcript_object:\n  - words:\n      - word: \"0171\"\n      - word: 392\n",
                  zone) ==
            "transcript_object:\n  - words:\n      - word: \"[PHONE_SPOKEN]\"\n      - word: "
            "[PHONE_SPOKEN]\n");
        CHECK(settled("<transcript_object><words><word>0171</word></words></transcript_object>",
                  zone) ==
            "<transcript_object><words><word>[PHONE_SPOKEN]</word></words></transcript_object>");
    }
}

TEST_CASE("masker: the value of an item that names it behind is not named by the item before")
{
    become({{R"({"params":[{"value":"387","name":"csc"},{"value":"TSrU;wvk5","name":"pwd"},{"value":"active","name":"status"}]})",
                R"({"params":[{"value":"[CVV]","name":"csc"},{"value":"[PASSWORD]","name":"pwd"},{"value":"active","name":"status"}]})"},
        {R"([{"value":"Ada Lovelace","name":"full_name"},{"value":"12","name":"agent_version"}])",
            R"([{"value":"[PERSON_NAME]","name":"full_name"},{"value":"12","name":"agent_version"}])"}});
}

TEST_CASE("masker: the parts of a pair may stand in quotes of two kinds")
{
    become({{R"([('nachname', "Zoe O'Neill"), ('n', '1')])",
        R"([('nachname', "[PERSON_NAME]"), ('n', '1')])"}});
}

TEST_CASE("masker: two columns of a statement are no name and value")
{
    become({{"INSERT INTO `t` (`password`, `env`) VALUES ('oyM3kQ9zRt', 'live');",
                "INSERT INTO `t` (`password`, `env`) VALUES ('[PASSWORD]', 'live');"},
        {R"(insert into "t" ("email", "lang") values ('ada@example.org', 'de'))",
            R"(insert into "t" ("email", "lang") values ('[EMAIL]', 'de'))"}});
}

TEST_CASE("masker: what a column is called says nothing of the one beside it")
{
    become({{"INSERT INTO logins (otp, user_id) VALUES ('123456', '48211')",
                "INSERT INTO logins (otp, user_id) VALUES ('[PIN_OTP]', '48211')"},
        {"INSERT INTO t (user_id, otp, seq) VALUES (48211, 123456, 77123), (48212, 123457, 77124)",
            "INSERT INTO t (user_id, otp, seq) VALUES (48211, [PIN_OTP], 77123), (48212, "
            "[PIN_OTP], 77124)"},
        {"customer_account_number;token_count\n6907784479;4096\n",
            "customer_account_number;token_count\n[CUSTOMER_ACCOUNT_NUMBER:*79];4096\n"},
        {"full_name,max_tokens,env,otp\nAda Lovelace,512,live,658511\n",
            "full_name,max_tokens,env,otp\n[PERSON_NAME],512,live,[PIN_OTP]\n"}});
}

TEST_CASE("masker: the columns behind a private key are told like those before it")
{
    become({{"id,pem,password\n1,\"-----BEGIN RSA PRIVATE "
             "KEY-----\nQieNuTqM1QYIV8h8NGH4r2Yspu02\n-----END RSA PRIVATE "
             "KEY-----\",Sx99aabb\n2,x,Rv7799ab\n",
        "id,pem,password\n1,\"-----BEGIN RSA PRIVATE KEY-----\n[PRIVATE_KEY]\n-----END RSA PRIVATE "
        "KEY-----\",[PASSWORD]\n2,x,[PASSWORD]\n"}});
}

TEST_CASE("masker: what was said goes in a map of YAML, quoted or not")
{
    become({{"call:\n  transcript: I would like to talk\n  duration_ms: 4\n",
                "call:\n  transcript: [TRANSCRIPT]\n  duration_ms: 4\n"},
        {"event: call_ended\ntranscript: I would like to talk\n",
            "event: call_ended\ntranscript: [TRANSCRIPT]\n"},
        {"- name: a\n  transcript: Ja genau, ich komme\n  n: 1\n",
            "- name: a\n  transcript: [TRANSCRIPT]\n  n: 1\n"},
        {R"({"m":"calls:\n  - from_number: x\n    transcript: I would like to\n"})",
            R"({"m":"calls:\n  - from_number: x\n    transcript: [TRANSCRIPT]\n"})"},
        {"transcript_object:\n  - role: agent\n    words:\n      - word: xylophon\n        start: "
         "0.1\n        end: 0.4\n      - word: abc\n        start: 0.5\nx: 1\n",
            "transcript_object:\n  - role: agent\n    words:\n      - word: [TRANSCRIPT]\n        "
            "start: 0.1\n        end: 0.4\n      - word: [TRANSCRIPT]\n        start: 0.5\nx: "
            "1\n"}});
    stay({"transcript: I would like to have it",
        "Usage:\n  transcript: prints what was said\n  recording: fetches the recording of it\n"});
}

TEST_CASE("masker: one item of a list that says nothing does not speak for the others")
{
    become({{"passwords: [new, hunter2zwei, Sommer2024]", "passwords: [[PASSWORD]]"},
        {"passwords: [read, anna@example.org, hunter22]", "passwords: [[PASSWORD]]"}});
}
