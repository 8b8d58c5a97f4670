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
    std::string coded;
    while (coded.size() < 9000) coded += "%27aB1";
    CHECK(settled("redis://d:" + coded + "@cache/0") == "redis://d:[URL_PASSWORD]@cache/0");
    CHECK(settled("?next=redis%3A%2F%2Fd%3Aa%2527b%40cache%2F0") ==
        "?next=redis%3A%2F%2Fd%3A[URL_PASSWORD]%40cache%2F0");
    for (std::string const line : {"x = ['redis://cache:6379','a@b']", "'redis://d:x'y@b",
             "postgres://${USER}:${PASS}@db/app", "postgres://app:${PASS}@db",
             "f'redis://:{pw}@db'", "https://a.example/?u=https%3A%2F%2Fb%3A80%2Fx%40y",
             "'redis://d:' + pw + '@cache'", "('http://cache:abc','@x')", "http://cache:80%2Fx"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: every row of a statement has its columns")
{
    std::string const begin = "INSERT INTO t (id, password, note) VALUES ";
    for (std::string const between : {",", ", ", ",\n  ", " ,\n"})
        for (std::size_t const count : {2u, 3u, 40u, 900u}) {
            CAPTURE(count);
            auto in = begin, out = begin;
            for (std::size_t k = 0; k < count; ++k) {
                auto const head = (k ? between : "") + "(" + std::to_string(k) + ",'";
                in += head + "hunter" + std::to_string(k) + "','say (hi), x')";
                out += head + "[PASSWORD]','say (hi), x')";
            }
            CHECK(settled(in + "; (1,'a b')") == out + "; (1,'a b')");
        }
    CHECK(settled("insert into t (id,pin) values (1,4711),(2,4712)") ==
        "insert into t (id,pin) values (1,[PIN_OTP]),(2,[PIN_OTP])");
    CHECK(settled(
              "insert into t (id,password) values (1,md5('hunter,2')),(f(),now()),(3,'hunter4')") ==
        "insert into t (id,password) values (1,[PASSWORD]),(f(),now()),(3,'[PASSWORD]')");
    std::string const other = "f(password) values ('[PASSWORD]'); g(1, 2), ('a'), (b)";
    CHECK(log_of(other) == other);
}

TEST_CASE("masker: what goes over several places goes in a row as elsewhere, and the row goes on")
{
    std::string const begin = "insert into t (data, pin) values ('", end = "', 4711), ('a', 4712)",
                      masked_end = "', [PIN_OTP]), ('a', [PIN_OTP])";
    std::string const key = "-----BEGIN PRIVATE KEY-----\n", key_end = "-----END PRIVATE KEY-----";
    class line {
    public:
        std::string in, out;
    };
    for (auto const& [in, out] :
        {line{R"({"password": {"a": "hunter2", "b": ["x1"]}, "n": 1})",
             R"({"password": {"a": "[PASSWORD]", "b": ["[PASSWORD]"]}, "n": 1})"},
            line{"<credentials><a>x1</a><b>k9</b></credentials>",
                "<credentials><a>[GENERIC_SECRET]</a><b>[GENERIC_SECRET]</b></credentials>"},
            line{key + "MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEA\n" + key_end,
                key + "[PRIVATE_KEY]\n" + key_end},
            line{R"({"password": {"a": "hunter2"}, "token": {"b")",
                R"({"password": {"a": "[PASSWORD]"}, "token": {"b")"}})
    {
        CAPTURE(in);
        CHECK(settled(begin + in + end) == begin + out + masked_end);
    }
    CHECK(settled("insert into t (data, pin) values (f({\"password\": {\"a\": \"x1\"}}), 4711)") ==
        "insert into t (data, pin) values (f({\"password\": {\"a\": \"[PASSWORD]\"}}), [PIN_OTP])");
}

TEST_CASE("masker: a word in angle brackets is an element if it has a value")
{
    for (std::string const line : {"Usage: login <password> [--verbose]\nNext line",
             "Optional<Token> t = parse(x);\nint n = 4;", "Hallo <first_name>, willkommen",
             "login <user> <password> <file> and then some", "<token>\nand more of this",
             "https://x.example/<token>/sub?a=<password>&b=1", "redis://<user>:<password>@<host>/0",
             "(<password>)", "auto t = parse<Token>(x);", "f(Set<Token>&t)",
             "List<Token>tokens = all();", "set <password> <a>b</a> c"})
        CHECK(settled(line) == line);
    CHECK(settled("<password>hunter2") == "<password>[PASSWORD]");
    CHECK(settled("<password>hunter2\nNext line") == "<password>[PASSWORD]\nNext line");
    CHECK(settled("<password>hunter2 </pass") == "<password>[PASSWORD] </pass");
    CHECK(settled("<password> a long one </password> x") == "<password> [PASSWORD] </password> x");
    CHECK(
        settled("<password>\n  a b\n</password>\nx") == "<password>\n  [PASSWORD]\n</password>\nx");
    CHECK(settled("<a:password>(x y)</a:password>") == "<a:password>[PASSWORD]</a:password>");
    CHECK(settled("<credentials> <a>x1</a> </credentials> y") ==
        "<credentials> <a>[GENERIC_SECRET]</a> </credentials> y");
    std::string lines;
    while (lines.size() < 5000) lines += "Zq8Rw3Lm9";
    CHECK(settled("<secret>" + lines + "\n" + lines + "</secret> y") ==
        "<secret>[GENERIC_SECRET]</secret> y");
}

TEST_CASE("masker: a quote behind a prompt closes it")
{
    for (std::string const line : {"x = input('Password: ')\ny = 1", "getpass('Password: ')",
             "echo \"Passwort: \" . $pw;", "logger.debug(\"token=\" + token)",
             "printf(\"Password: \");", "print(f'{user} password=')\nz = 'a'",
             "f('a', 'password=', 'x')", "x = {'m': 'password='}\n{'n': 1}",
             "log('token=' + t + ', x=' + y)", "say(\"Enter your password: \")\nrun('x')",
             R"-({"code":"echo \"Passwort: \" . $pw; a(\"x\")"})-"})
        CHECK(settled(line) == line);
    for (std::string const before : {"f('a', password=", "it's password=", "password=",
             "{password: ", "x = 'a'; password: ", "f('a', 'b', token='c1d2', password="})
        for (std::string const value :
            {"hunter2x", ")hunter2", ",hunter2", " + hunter2", ";hunter2"}) {
            auto const out = log_of(before + "'" + value + "')");
            CHECK(out.find("hunter2") == std::string::npos);
            CHECK(out.ends_with(
                "password" + before.substr(before.rfind("password") + 8) + "'[PASSWORD]')"));
        }
}

TEST_CASE("masker: a scheme without credentials is kept")
{
    for (std::string const line :
        {"Authorization: `Bearer ${token}`", "headers[\"Authorization\"] = \"Bearer \" + token",
            "{'Authorization': f'Bearer {token}'}", "{\"Authorization\":\"Basic $CREDENTIALS\"}",
            "{'Authorization': 'Token ' . $t}"})
        CHECK(settled(line) == line);
    CHECK(settled("{'Authorization': 'Bearer {a1:b2}'}") == "{'Authorization': '[GENERIC_SECRET]'}");
    CHECK(settled("{'Authorization': 'Odd abc1 '}") == "{'Authorization': '[GENERIC_SECRET]'}");
}

TEST_CASE("masker: digits that signs without width part were meant to be dialled, in any document")
{
    std::string const soft = "\u00ad", zero = "\u200b";
    std::string const escapes = "\\n \\\"x\\\"\\u00e4 ";
    for (auto const& before : {std::string(), escapes, escapes + zero})
        mask_test::become({{before + "x 718" + soft + "5550132 y", before + "x [PHONE] y"},
            {before + "x 917" + zero + "555" + zero + "0132 y", before + "x [PHONE] y"},
            {before + R"({"n":718\u200b5550132})", before + R"({"n":"[PHONE]"})"}});
    for (auto const& text : {escapes + "x 1764324000123 y", zero + "x 1764324000123 y",
             escapes + R"({"id":"node-1746112233445","price":1.1783333})"})
        CHECK(settled(text) == text);
}

TEST_CASE("masker: what is called by its scheme goes, whether or not anything else is escaped")
{
    for (std::string const behind : {"", " \\n", " \xe2\x80\x93 x", " \\\"x\\\""})
        for (std::string const scheme : {"sip:", "sips:", "callto:"})
            mask_test::become(
                {{"a " + scheme + "8185550132 b" + behind, "a " + scheme + "[PHONE] b" + behind}});
}
