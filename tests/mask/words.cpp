// Values of several words without quotes, as records print them, and what else stands beside a key
// in code, configuration and notes.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::is_json;
using mask_test::log_of;
using mask_test::settled;

TEST_CASE("masker: all words of a name or an address in a record that was printed")
{
    CHECK(settled("User{first_name=Heike Großmann, last_name=van der Berg}") ==
        "User{first_name=[PERSON_NAME], last_name=[PERSON_NAME]}");
    CHECK(settled("User(firstName=Heike Großmann, lastName=O'Neill Smith, id=7)") ==
        "User(firstName=[PERSON_NAME], lastName=[PERSON_NAME], id=7)");
    CHECK(settled("User[id=3, address=Am Markt 54, 89073 Ulm, zip=1]") ==
        "User[id=3, address=[ADDRESS], zip=1]");
    CHECK(settled("{address=10 Main Street, London, billing_address=An der Mühle}") ==
        "{address=[ADDRESS], billing_address=[ADDRESS]}");
    auto const in = settled("{\"a\":\"{\\\"b\\\":\\\"U{address=Am Markt 54, x=1}\\\"}\"}");
    CHECK(in == "{\"a\":\"{\\\"b\\\":\\\"U{address=[ADDRESS], x=1}\\\"}\"}");
    CHECK(is_json(in));
}

TEST_CASE("masker: all words of a name or an address behind an equals sign, and no more")
{
    CHECK(settled("billing_address=Am Markt 54") == "billing_address=[ADDRESS]");
    CHECK(settled("address=Hauptstr. 5. Danke") == "address=[ADDRESS]. Danke");
    CHECK(settled("a=1 address=Am Markt 54 status=ok") == "a=1 address=[ADDRESS] status=ok");
    CHECK(settled("first_name=Dr. Heike Großmann <a@example.org>") ==
        "first_name=[PERSON_NAME] <[EMAIL]>");
    CHECK(settled("['address=Am Markt 54', 'last_name=O'Neill']") ==
        "['address=[ADDRESS]', 'last_name=[PERSON_NAME]']");
    CHECK(
        settled("[\"first_name=Heike Großmann\",\"b\"]") == "[\"first_name=[PERSON_NAME]\",\"b\"]");
    CHECK(settled("first_name=Heike logged in") == "first_name=[PERSON_NAME] logged in");
    CHECK(settled("{first_name=Heike Logged in, x=1}") ==
        "{first_name=[PERSON_NAME] Logged in, x=1}");
    CHECK(settled("first_name=Heike OK") == "first_name=[PERSON_NAME] OK");
    CHECK(settled("last_name=O'Neill is here") == "last_name=[PERSON_NAME] is here");
    CHECK(settled("x, address=Am Markt 54, Then more") == "x, address=[ADDRESS], Then more");
}

TEST_CASE("masker: a number with its code behind a comma, whatever stands before that")
{
    CHECK(settled("1,0041 31 7434230,ok") == "1,[PHONE],ok");
    CHECK(settled("1,0041 31 743 42 30,ok") == "1,[PHONE],ok");
    CHECK(settled("2026,Berlin,17,0171/3920012,ok") == "2026,Berlin,17,[PHONE],ok");
    CHECK(settled("name,x y,0171 3920012,ok") == "name,x y,[PHONE],ok");
    CHECK(settled("x;1,0041-31-7434230") == "x;1,[PHONE]");
    for (std::string const line : {"1,0041 31,5 x", "1,0041 31 743", "EUR/USD 1,0852 10000 x",
             "[0.0171,0.3920012345,0.00491713920012]", "a,0.0171 3920012", "x #0171 3920012",
             "0,0012 12 4567891", "3,0041 3 1"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: names in capitals that end in a word for a secret")
{
    CHECK(settled("SLACKBOTTOKEN=xyz123abc") == "SLACKBOTTOKEN=[GENERIC_SECRET]");
    CHECK(settled("export STRIPESECRET=xyz123abc") == "export STRIPESECRET=[GENERIC_SECRET]");
    CHECK(settled("{\"ADMINTOKEN\":\"xyz123abc\"}") == "{\"ADMINTOKEN\":\"[GENERIC_SECRET]\"}");
    CHECK(settled("MYAPIKEY: xyz123abc") == "MYAPIKEY: [GENERIC_SECRET]");
    CHECK(settled("DBPASSWORD=xyz123abc") == "DBPASSWORD=[PASSWORD]");
    for (std::string const line : {"MAXTOKENS=abc123", "MAXTOKEN=abc123", "TOKENS=abc123",
             "NEXTPAGETOKEN=abc123", "LISTPAGETOKEN=abc123", "EOSTOKEN=abc123", "BROKEN=abc123",
             "chattoken=abc123", "NOSECRET=abc123"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: of an encrypted block in YAML the mark stays")
{
    CHECK(settled("password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6138393561\nuser: x") ==
        "password: !vault |\n  [PASSWORD]\nuser: x");
    CHECK(settled("db:\n  - token: !vault >-\n      6138393561\n    user: x") ==
        "db:\n  - token: !vault >-\n      [GENERIC_SECRET]\n    user: x");
    for (std::string const line :
        {"password: !vault |", "  password: !vault |\n", "x: !vault |\n  a1"})
        CHECK(log_of(line) == line);
    CHECK(settled("password: !hunter2 x") == "password: [PASSWORD] x");
    settled("x1  password: !vault |abc123");
    settled("password: !vault |abc123");
    settled("x1  password: !vault |-\n  abc123");
}

TEST_CASE("masker: variables, words for nothing between stars and ranges of a file are kept")
{
    for (std::string const line : {"$this->password = $password;", "$this->token=$token;",
             "{\"code\":\"$this->password = $password;\\n\"}", "siehe **password=None** heute",
             "siehe *token=null* heute", "***password: None***",
             "call phone Range: bytes=0-1023/146515", "tel Content-Range: bytes 0-1023/146515"})
        CHECK(log_of(line) == line);
    CHECK(settled("siehe **password=hunter2** heute") == "siehe **password=[PASSWORD]** heute");
    CHECK(settled("password=hunter2**") == "password=[PASSWORD]");
    CHECK(settled("** password=**") == "** password=**");
    CHECK(settled("tel 0-171-3920012") == "tel [PHONE]");
}

TEST_CASE("masker: what others left of a value is kept, a password with three stars is none of it")
{
    for (std::string const value : {"***", "sk_live_***", "sk-***abcd", "+49 171 ***4567",
             "m***@example.org", "DE89 3704 **** **** 3000", "**** 4242"})
        CHECK(log_of("{\"password\": \"" + value + "\"}") == "{\"password\": \"" + value + "\"}");
    for (std::string const value : {"L/***G*#+dE9", "Lx***Gabc+dE9", "***Gabc+dE9", "hunter2xy***z"})
        CHECK(log_of("{\"password\": \"" + value + "\"}") == "{\"password\": \"[PASSWORD]\"}");
}

TEST_CASE("masker: a password that ends like a name is none, in a list of pairs")
{
    CHECK(settled("[[\"accept\",\"*/*\"],[\"dbpassword\",\"NwcnGATKUgyK\"]]") ==
        "[[\"accept\",\"*/*\"],[\"dbpassword\",\"[PASSWORD]\"]]");
    for (std::string const line :
        {"[\"password\",\"email\"]", "[\"password\",\"name\"]", "[\"password\",\"newPassword\"]"})
        CHECK(log_of(line) == line);
}
