// What stands right behind a value, or right before it, does not hide it; and
// what looks like a value only because of what stands there stays.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::is_json;
using mask_test::log_of;
using mask_test::masked;
using mask_test::settled;
using mask_test::stay;
using mask_test::zones;

TEST_CASE("masker: a card without separators is one, whatever number follows")
{
    std::string const visa = "4111111111111111", amex = "378282246310005";
    for (auto const zone : zones) {
        for (auto const& card : {visa, amex})
            for (std::string const behind : {" 12/29", "\u00a012/29", " 123", "-123", ".123",
                     "/12/29", "+12", " 5555 66", "_17"})
            {
                auto const out = settled("Karte " + card + behind, zone);
                CHECK(out.find(card.substr(0, 12)) == out.npos);
            }
        auto const json = settled("{\"text\":\"Karte 4111111111111111 123\"}", zone);
        CHECK(is_json(json));
        CHECK(json.find("4111111111") == json.npos);
    }
    CHECK(settled("Karte 4111111111111111 12/29 ok") == "Karte [CREDIT_CARD:*1111] 12/29 ok");
    CHECK(settled("8252 5105105105105100 6187") == "8252 [CREDIT_CARD:*5100] 6187");
    CHECK(settled("q=378282246310005+12") == "q=[CREDIT_CARD:*0005]+12");
    // A number of a document is none for its fraction, and stays a number.
    for (std::string const line :
        {"{\"a\":4111111111111111.25}", "[1,4111111111111111.25]", "4111111111111111.25",
            "{\"karte\":[4111111111111111.25]}", "{\"info\":\"Steuer-ID\",\"a\":85139763421.5}"})
        CHECK(settled(line) == line);
    for (std::string const line :
        {"order 4111111111111112 12", "1234567890123456 12/29", "4111111111111112-123"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: numbers with all their digits are told, whatever number follows")
{
    CHECK(settled("Steuer-ID 85139763421 17") == "Steuer-ID [DE_TAX_ID] 17");
    CHECK(settled("Steuer-ID 85 139 763 421 17") == "Steuer-ID [DE_TAX_ID] 17");
    CHECK(settled("Steuer-ID 85139763421/17") == "Steuer-ID [DE_TAX_ID]/17");
    CHECK(settled("KVNR A966984120 17") == "KVNR [DE_KVNR] 17");
    CHECK(settled("{\"text\":\"KVNR A966984120-17\"}") == "{\"text\":\"KVNR [DE_KVNR]-17\"}");
    CHECK(settled("Ausweis L01X00T471 17") == "Ausweis [DE_ID_CARD] 17");
}

TEST_CASE("masker: a variable with what a shell takes instead stays in an element")
{
    for (std::string const line :
        {"<password>${DB_PASSWORD:-}</password>", "<password>${DB_PASSWORD}</password>",
            "<c><password>${DB_PASSWORD:-}</password></c>", "<x>${DB_PASSWORD:-}</x>",
            "<credentials><password>${DB_PASSWORD:-}</password></credentials>",
            "password=${DB_PASSWORD:-}", "password: ${DB_PASSWORD:-}",
            "{\"password\":\"${DB_PASSWORD:-}\"}"})
        CHECK(settled(line) == line);
    CHECK(settled("<x>${DB_PASSWORD:-geheim17}</x>") == "<x>${DB_PASSWORD:-[PASSWORD]}</x>");
}

TEST_CASE("masker: all of an address that is said with a number in its name")
{
    for (std::string const number : {"49", "vierzehn", "vier neun", "1987"})
        for (std::string const at : {"ät", "Klammeraffe", "at"}) {
            CHECK(settled("wolfgang punkt meier " + number + " " + at + " web punkt de") ==
                "[EMAIL_SPOKEN]");
            CHECK(settled("schreiben Sie an meier " + number + " " + at + " gmx punkt de bitte") ==
                "schreiben Sie an [EMAIL_SPOKEN] bitte");
        }
    CHECK(settled("die Adresse ist 49 ät web punkt de") == "die Adresse ist [EMAIL_SPOKEN]");
    auto const zone = mask_zone::transcript;
    CHECK(settled("meier vierzehn ät web punkt de", zone) == "[EMAIL_SPOKEN]");
}

TEST_CASE("masker: an address that is said with the sign between blanks")
{
    become(
        {{"Meine E-Mail ist anna punkt schmidt @ web punkt de.", "Meine E-Mail ist [EMAIL_SPOKEN]."},
            {R"({"note":"max minus weber @ firma dot com"})", R"({"note":"[EMAIL_SPOKEN]"})"},
            {"m a x punkt weber @ example punkt org", "[EMAIL_SPOKEN]"}});
    for (std::string const line : {"12 Stück @ 3 Euro, Punkt 4", "build @ main, see point 3",
             "a @ b", "x = q @ k.me", "requests @ pkg.io", "Party @ Club.Berlin",
             "10 @ 12 punkt de", "git @ github.com", "loss = (pred @ target.at[0])",
             "we meet @ home. Dot and Com come too", "@ all: punkt de"})
        CHECK(settled(line) == line);
}

TEST_CASE("masker: the first column of an access log that stands in a string")
{
    become(
        {{R"({"log":"203.0.113.9 - - [28/Nov/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 5\n"})",
             R"({"log":"[IP_ADDRESS] - - [28/Nov/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 5\n"})"},
            {R"({"message":"2001:db8::17 - tom [28/Nov/2026:10:00:01 +0000] x"})",
                R"({"message":"[IP_ADDRESS] - tom [28/Nov/2026:10:00:01 +0000] x"})"}});
    for (std::string const line :
        {R"({"server":"10.1.2.3 - primary"})", R"({"range":"10.0.0.0 - 10.9.9.9"})",
            R"({"version":"1.22.3.4 - [stable]"})", R"({"v":"1.2.3.4 - beta [x]"})",
            R"({"v":"10.0.0.1 - 10.0.0.9 [range]"})", R"({"x":"1.2.3.4"})"})
        CHECK(settled(line) == line);
}

TEST_CASE("masker: telephone numbers in forms, where a plus is a blank behind "
          "a bracket")
{
    CHECK(settled("q=%28089%29+99998741&x=1") == "q=[PHONE]&x=1");
    CHECK(settled("q=(089)+99998741") == "q=[PHONE]");
    CHECK(settled("q=%2B49+%2889%29+99998741&x=1") == "q=[PHONE]&x=1");
    CHECK(settled("q=%2B49+%280%29171+3920012") == "q=[PHONE]");
    for (std::string const line : {"f(089)+99998741", "(12)+34567890=7", "a=(0)+12345678"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: a number with the code of a country between commas")
{
    CHECK(settled("a,00491713920012,b") == "a,\"[PHONE]\",b");
    CHECK(settled("\"a\",00491713920012,b") == "\"a\",\"[PHONE]\",b");
    for (std::string const line : {"1,00491713920012", "a,00001713920012,b", "a,0049171,b",
             "[0.0171,0.3920012345,0.00491713920012]"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: a number between commas, whatever number follows")
{
    CHECK(settled("Muster,0171/3920012,4008") == "Muster,[PHONE],4008");
    CHECK(settled("Müller,0341 278 68 18,8626") == "Müller,[PHONE],8626");
    CHECK(settled("Muster,0162-9191955,544,x") == "Muster,[PHONE],544,x");
    for (std::string const line : {"1,0171/3920012,4008", "a,0171,3920012,4", "x,0.171,0171.392,1"})
        CHECK(log_of(line) == line);
}

TEST_CASE("masker: numbers of articles are none to call")
{
    for (std::string const word : {"Artikel", "Artikel:", "Artikelnummer", "Artikel-Nr.",
             "Art.-Nr.", "Art.-Nr.:", "Art. Nr.", "ArtNr.", "Artikel #"})
        CHECK(log_of(word + " 071687-821") == word + " 071687-821");
    CHECK(settled("Ruf 071687-821") == "Ruf [PHONE]");
}

TEST_CASE("masker: the directory a shell is in is no password")
{
    for (std::string const line :
        {"PWD=/srv/app", "OLDPWD=/srv/app/v1.2-b", "{\"PWD\":\"/srv/app\"}", "PWD=/", "PWD=/srv",
            "[PWD] => /var/www/html", "env: PWD=/srv/app USER=web"})
        CHECK(settled(line) == line);
    CHECK(settled("Server=a;Uid=b;PWD=/srv/app;") == "Server=a;Uid=b;PWD=[PASSWORD];");
    CHECK(settled("PWD=/[CAPABILITY_URL]") == "PWD=/[CAPABILITY_URL]");
    CHECK(settled("pwd=/srv/app") == "pwd=[PASSWORD]");
    CHECK(settled("PWD=/x8Ks92") == "PWD=[PASSWORD]");
    CHECK(settled("PWD=abc123") == "PWD=[PASSWORD]");
}

TEST_CASE("masker: dots, (redacted) and @@NAME@@ stand for nothing")
{
    for (std::string const value :
        {"••••••••", "●●●●", "(redacted)", "(hidden)", "@@PW@@", "@@DB_PASSWORD@@"})
    {
        CHECK(settled("{\"password\":\"" + value + "\"}") == "{\"password\":\"" + value + "\"}");
        CHECK(settled("password=" + value) == "password=" + value);
        CHECK(settled("<password>" + value + "</password>") == "<password>" + value + "</password>");
    }
    CHECK(settled("{\"password\":\"(x8Ks92)\"}") == "{\"password\":\"[PASSWORD]\"}");
    CHECK(settled("{\"password\":\"@@x8Ks92@@\"}") == "{\"password\":\"[PASSWORD]\"}");
}

TEST_CASE("masker: written addresses, IBANs and cards in words of their own")
{
    auto const said = [](std::vector<std::string> const& words) {
        std::string s = R"({"transcript_object":[{"role":"user","words":[)";
        for (auto const& w : words) s += R"({"word":")" + w + R"(","start":1.5},)";
        s.back() = ']';
        return s + "}]}";
    };
    for (auto const zone : {mask_zone::transcript, mask_zone::webhook_out}) {
        std::string const m = "[EMAIL_SPOKEN]";
        CHECK(settled(said({"also", "max.meier", "@example.com", "ja"}), zone) ==
            said({"also", m, m, "ja"}));
        CHECK(settled(said({"also", "max.meier", "@", "example.com", "ja"}), zone) ==
            said({"also", m, m, m, "ja"}));
        CHECK(settled(said({"max.meier@", "example.com"}), zone) == said({m, m}));
        CHECK(settled(said({"ist", "max", ".", "meier", "@", "example", ".com"}), zone) ==
            said({"ist", m, m, m, m, m, m}));
        CHECK(settled(said({"ist", "max@example.com", "danke"}), zone) ==
            said({"ist", "[EMAIL]", "danke"}));
        std::string const i = "[IBAN]";
        CHECK(settled(said({"IBAN", "DE89", "3704", "0044", "0532", "0130", "00", "danke"}),
                  zone) == said({"IBAN", i, i, i, i, i, i, "danke"}));
        CHECK(settled(said({"DE", "89", "3704", "0044", "0532", "0130", "00."}), zone) ==
            said({i, i, i, i, i, i, i}));
        std::string const c = "[CREDIT_CARD]";
        CHECK(settled(said({"Karte", "4111", "1111", "1111", "1111", "danke"}), zone) ==
            said({"Karte", c, c, c, c, "danke"}));
        auto const p = std::string("[PHONE_SPOKEN]");
        CHECK(settled(said({"4111", "1111", "1111", "1112"}), zone) == said({p, p, p, p}));
        auto const harmless = said({"De", "da", "max.meier", "und", "example.com"});
        CHECK(settled(harmless, zone) == harmless);
    }
    for (auto const zone : {mask_zone::api})
        CHECK(masked(masker(), said({"max.meier", "@", "example.com"}), zone).find("max") ==
            std::string::npos);
}

TEST_CASE("masker: a tabulator that is escaped parts numbers as one that is not")
{
    become({{R"(7\t+492214710760\t2026-03-01 10:11:12)", R"(7\t[PHONE]\t2026-03-01 10:11:12)"},
        {R"({"row":"7\t0171 3920012\t99"})", R"({"row":"7\t[PHONE]"})"}});
}

TEST_CASE(
    "masker: a word speaks of a number as far as it stands before it, whatever is coded between")
{
    become({{"x Reisepass%20C01X00T47 y", "x Reisepass%20[ID_DOCUMENT] y"},
        {"log=Reisepass%20718818889&v=1", "log=Reisepass%20[ID_DOCUMENT]&v=1"}});
}

TEST_CASE("masker: the name beside an address of mail stays")
{
    become({{R"(Reply-To: "Reception" <ada@example.org>, <b@example.org>)",
        R"(Reply-To: "Reception" <[EMAIL]>, <[EMAIL]>)"}});
}

TEST_CASE("masker: a value with a name of its own is no password that a word before it speaks of")
{
    become({{"password=4AKTPPoOYWUi token_count=4096", "password=[PASSWORD] token_count=4096"},
        {"map[current-password:4AKTPPoOYWUi token_count:4096 x:1]",
            "map[current-password:[PASSWORD] token_count:4096 x:1]"}});
}

TEST_CASE("masker: nine digits are no mobile number, whatever follows belongs to it")
{
    become(
        {{"01511 3920 073", "[PHONE]"}, {"Tel. 01520 / 3920 073 ab 9 Uhr", "Tel. [PHONE] ab 9 Uhr"},
            {"0171 392001 0171 392002", "[PHONE] [PHONE]"}});
}

TEST_CASE("masker: escapes of a document that a form codes are undone")
{
    become({{"payload=%7B%22m%22%3A%22m.weber%5Cu0040example.com%22%7D",
                "payload=%7B%22m%22%3A%22[EMAIL]%22%7D"},
        {"payload=%7B%22pass%5Cu0077ord%22%3A%22abcd9988%22%7D&v=1",
            "payload=%7B%22pass%5Cu0077ord%22%3A%22[PASSWORD]%22%7D&v=1"}});
    stay({"path=C%3A%5Cusers%5Cudd", "x=%5Cu0022a%5Cu0022"});
}

TEST_CASE("masker: a password that is said may have a name before it")
{
    become({{"your password is x=hunter22zwei", "your password is [PASSWORD]"},
        {"Password is abc=Hunter22", "Password is [PASSWORD]"}});
    settled("Das Passwort ist pw=hunter22&x=1");
}
