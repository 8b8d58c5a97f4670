// Values whose key stands on the line above, in another attribute or in a line further down, and
// what looks like a value and is none.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::is_json;
using mask_test::log_of;
using mask_test::settled;

TEST_CASE("masker: a password alone on the line below its key")
{
    CHECK(settled("Ihr neues Passwort:\r\n\r\n  Sommer2024!\r\nGruss") ==
        "Ihr neues Passwort:\r\n\r\n  [PASSWORD]\r\nGruss");
    CHECK(settled("password:\nhunter2\n") == "password:\n[PASSWORD]\n");
    CHECK(settled("{\"msg\":\"API key:\\nabc123def\\nbye\"}") ==
        "{\"msg\":\"API key:\\n[GENERIC_SECRET]\\nbye\"}");
    for (std::string const line :
        {"password:\n2026-11-28 12:00 ok", "Password:\nuser=u1", "Passwort:\n- 8 Zeichen",
            "token:\nhttps://e.org/a1", "password:\nWelcome", "pin:\nabc123"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: the value of a field in HTML, whatever the order of its attributes")
{
    for (std::string const field : {"<input value=\"*\" name=\"password\">",
             "<input type=\"text\" value=\"*\" id=\"password\" name=\"pw\"/>",
             "<input type=\"password\" value=\"*\">",
             "<input value='*' class=\"a b\" name='api_key' />"})
    {
        auto in = field, out = field;
        in.replace(in.find('*'), 1, "hunter2");
        bool const key = field.find("api_key") != std::string::npos;
        out.replace(out.find('*'), 1, key ? "[GENERIC_SECRET]" : "[PASSWORD]");
        CHECK(settled(in) == out);
    }
    for (std::string const line : {"<option value=\"hunter2\" id=\"x\">",
             "<li value=\"3\" id=\"a\">x</li>", "value=\"x1\" name=\"password\""})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: a table is one below a title and comments")
{
    CHECK(settled("# export 2026\nid,password,phone\n1,hunter2,0171 3920012\n2,hunter3,x\n") ==
        "# export 2026\nid,password,phone\n1,[PASSWORD],[PHONE]\n2,[PASSWORD],x\n");
    CHECK(settled("Patienten, Stand heute\n\nNr;Passwort;Ort\n1;hunter2;Ulm\n") ==
        "Patienten, Stand heute\n\nNr;Passwort;Ort\n1;[PASSWORD];Ulm\n");
    std::string const text = "Hello, world\nid, pass\n1,2\nfour\nfive,six\nseven,pin\n1,4711\n";
    CHECK(log_of(text) == text);
}

TEST_CASE("masker: a quote that a shell joins to a password ends none")
{
    CHECK(settled("PASSWORD='hun'\\''ter2' x") == "PASSWORD='[PASSWORD]' x");
    CHECK(settled("curl -u 'bob:hun'\\''ter2' x") == "curl -u 'bob:[BASIC_AUTH]' x");
    CHECK(settled("mysql -p'hun'\\''ter2' db") == "mysql -p'[PASSWORD]' db");
    CHECK(settled("PASSWORD='hun'\"'\"'ter2' x") == "PASSWORD='[PASSWORD]' x");
    CHECK(settled("{\"cmd\":\"PASSWORD='hun'\\\\''ter2' x\"}") ==
        "{\"cmd\":\"PASSWORD='[PASSWORD]' x\"}");
    CHECK(settled("['password' => 'a1', 'x' => 'b']") == "['password' => '[PASSWORD]', 'x' => 'b']");
}

TEST_CASE("masker: however many addresses a request was forwarded by, and numbers of America alone")
{
    std::string in = "X-Forwarded-For: ", out = in;
    for (int k = 1; k < 150; ++k) {
        in += "203.0.113." + std::to_string(k) + ", ";
        out += "[IP_ADDRESS], ";
    }
    CHECK(settled(in + "x") == out + "x");
    CHECK(settled("x 415-555-0132.") == "x [PHONE].");
    CHECK(settled("a,(415) 555-0132,b") == "a,[PHONE],b");
    for (std::string const line : {"x 123-456-7890", "x 415-555-01324", "a-415-555-0132",
             "415-555-0132-7", "x 995-555-0132", "x 415-911-0132", "/a/415-555-0132",
             "415-555-0132/3", "x=415-555-0132", "#415-555-0132"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: what stands for a value, and numbers of goods, are kept")
{
    for (std::string const line : {"auth: 64068501", "password=%s", "\"password\": \"%-20s\"",
             "UPDATE t SET password = @password", "pwd=@new_pwd", "address=0x7ffe12",
             "address=0x7ffe1234abcd x", "ISBN 978-3-16-148410-0", "EAN 4 006381 333931",
             "EAN 4 004930 901822", "ref 00985964-1384"})
        CHECK(log_of(line) == line);
    CHECK(log_of("password=%s1") == "password=[PASSWORD]");
    CHECK(log_of("password=@Sommer24") == "password=[PASSWORD]");
    CHECK(log_of("EAN 4 004930 901823") == "EAN 4 [PHONE]");
    CHECK(log_of("x 0049 171 3920012") == "x [PHONE]");
    CHECK(log_of("x 0045 12 34 56 78") == "x [PHONE]");
}

TEST_CASE("masker/I4: a document that is a number stays one")
{
    CHECK(settled(" 4111111111111111\n") == " \"[CREDIT_CARD:*1111]\"\n");
    CHECK(is_json(settled("1234567", mask_zone::transcript)));
    CHECK(settled("4111111111111111 x") == "[CREDIT_CARD:*1111] x");
}
