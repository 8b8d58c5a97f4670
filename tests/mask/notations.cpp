// What programs print around values: colours, maps of headers, options in one, lengths.

#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::log_of;
using mask_test::settled;
using mask_test::stay;

namespace {

std::string repeated(std::string_view what, std::size_t length)
{
    std::string s;
    while (s.size() < length) s += what;
    s.resize(length);
    return s;
}

} // namespace

TEST_CASE("masker: a terminal's colours part words, and are no part of a value")
{
    std::string const key = "key_0c1d2e3f405162738495a6b7c8";
    for (std::string const on :
        {"\x1b[32m", "\x1b[1;31m", "\x1b[38:5:208m\x1b[K", "\\u001b[33m", "\\x1b[32m", "\\033[31m"})
    {
        CAPTURE(on);
        std::string const off = on[0] == '\\' ? "\\u001b[0m" : "\x1b[m";
        auto const lit = [&](std::string const& s) { return on + s + off; };
        CHECK(settled("got " + lit(key) + " back") == "got " + lit("[RETELL_API_KEY]") + " back");
        CHECK(settled("sent " + lit("Bearer abc123defGHI")) ==
            "sent " + lit("Bearer [BEARER_TOKEN]"));
        CHECK(settled("an " + lit("max@example.com") + ".") == "an " + lit("[EMAIL]") + ".");
        CHECK(settled("call " + lit("0171 3920012")) == "call " + lit("[PHONE]"));
        CHECK(settled(lit("4111 1111 1111 1111")) == lit("[CREDIT_CARD:*1111]"));
        CHECK(settled(lit("DE89370400440532013000")) == lit("[IBAN:DE*3000]"));
        CHECK(settled(lit("password") + "=hunter7x n=1") == lit("password") + "=[PASSWORD] n=1");
        CHECK(settled(lit("password") + "=" + lit("huntress") + " " + lit("user") + "=bob") ==
            lit("password") + "=" + lit("[PASSWORD]") + " " + lit("user") + "=bob");
        CHECK(settled("{ host: 'x', apiKey: " + lit("'abc123def'") + ", n: 1 }") ==
            "{ host: 'x', apiKey: " + lit("'[GENERIC_SECRET]'") + ", n: 1 }");
        CHECK(log_of(lit("INFO") + " 12:30:05 " + lit("order") + "=" + lit("4711")) ==
            lit("INFO") + " 12:30:05 " + lit("order") + "=" + lit("4711"));
    }
}

TEST_CASE("masker: what is long goes to its end")
{
    for (std::size_t const length : {500u, 1999u, 2001u, 3005u, 4090u, 8192u, 20'000u}) {
        CAPTURE(length);
        auto const token = repeated("Zq8Rw3Lm9Xc2Vb7N", length);
        CHECK(settled("Authorization: Bearer " + token + "\r\nHost: x") ==
            "Authorization: Bearer [BEARER_TOKEN]\r\nHost: x");
        CHECK(settled("sent Bearer " + token + ". ok") == "sent Bearer [BEARER_TOKEN]. ok");
        CHECK(settled("Authorization: Basic " + token + "\nHost: x") ==
            "Authorization: Basic [BASIC_AUTH]\nHost: x");
        CHECK(settled("Authorization: Odd " + token + "\nHost: x") ==
            "Authorization: Odd [BEARER_TOKEN]\nHost: x");
        CHECK(settled("Cookie: s=" + token + "; t=abc1\r\nHost: x") ==
            "Cookie: s=[COOKIE]; t=[COOKIE]\r\nHost: x");
        CHECK(settled("Set-Cookie: s=" + token + "; Path=/\r\nHost: x") ==
            "Set-Cookie: s=[COOKIE]; Path=/\r\nHost: x");
        CHECK(settled("curl -H 'Authorization: Bearer " + token + "' x") ==
            "curl -H 'Authorization: Bearer [BEARER_TOKEN]' x");
        CHECK(settled("curl -b 's=" + token + "' x") == "curl -b 's=[COOKIE]' x");
        CHECK(settled("curl -u 'svc:" + token + "' x") == "curl -u 'svc:[BASIC_AUTH]' x");
        CHECK(settled("curl -u svc:" + token + " x") == "curl -u svc:[BASIC_AUTH] x");
        CHECK(settled("at https://oauth2:" + token + "@git.example.com/x.git") ==
            "at https://oauth2:[URL_PASSWORD]@git.example.com/x.git");
        auto const jwt = "eyJhbGciOiJSUzI1NiJ9." + token + "." + repeated("S1Im-vze6_", 342);
        CHECK(settled("got " + jwt + ". ok") == "got [JWT]. ok");
    }
    // Whatever the place in a round at which it begins.
    for (std::size_t before = 0; before < 4200; before += 701) {
        auto const lead = repeated("nothing to see here. ", before) + " ";
        auto const token = repeated("Zq8Rw3Lm9Xc2Vb7N", 8192);
        CHECK(settled(lead + "https://oauth2:" + token + "@git.example.com/x.git") ==
            lead + "https://oauth2:[URL_PASSWORD]@git.example.com/x.git");
        CHECK(settled(lead + "Cookie: a=b1; s=" + token + "; t=abc1\r\nHost: x") ==
            lead + "Cookie: a=[COOKIE]; s=[COOKIE]; t=[COOKIE]\r\nHost: x");
    }
}

TEST_CASE("masker: a secret far behind the beginning of a run of base64")
{
    for (std::size_t const before : {1000u, 2300u, 3000u, 4000u, 6000u, 15'000u}) {
        CAPTURE(before);
        for (std::size_t lead = 0; lead < 4200; lead += 599) {
            auto const text = R"({"log":")" + repeated("lorem ipsum dolor ", before) +
                R"(","email":"max.weber@example.com"})";
            auto const in = repeated("all is well. ", lead) + " " + corpus::base64(text) + " end";
            auto const out = settled(in);
            CHECK(out.ends_with("[ENCODED_PII] end"));
            if (before < 2500) CHECK(out == repeated("all is well. ", lead) + " [ENCODED_PII] end");
        }
    }
    auto const clean = corpus::base64(repeated("lorem ipsum dolor sit amet, ", 20'000));
    CHECK(log_of("x " + clean + " y") == "x " + clean + " y");
}

TEST_CASE("masker: maps of headers, and lists in pairs")
{
    CHECK(settled("header=map[Accept:[*/*] Authorization:[Bearer abc123defGH] User-Agent:[x]]") ==
        "header=map[Accept:[*/*] Authorization:[Bearer [BEARER_TOKEN]] User-Agent:[x]]");
    CHECK(settled("Header{Authorization=[Bearer abc123defGH], Accept=[*/*]}") ==
        "Header{Authorization=[Bearer [BEARER_TOKEN]], Accept=[*/*]}");
    CHECK(settled("map[Cookie:[a=b1c2; c=d3e4] X-Api-Key:[abc123 def456] Host:[x]]") ==
        "map[Cookie:[a=[COOKIE]; c=[COOKIE]] X-Api-Key:[[GENERIC_SECRET]] Host:[x]]");
    CHECK(settled("set-cookie: [ 'sid=abc123; Path=/', 'tok=def456; HttpOnly' ],") ==
        "set-cookie: [ 'sid=[COOKIE]; Path=/', 'tok=[COOKIE]; HttpOnly' ],");
    CHECK(settled("[(b'host', b'x'), (b'x-api-key', b'abc123def')]") ==
        "[(b'host', b'x'), (b'x-api-key', b'[GENERIC_SECRET]')]");
    CHECK(settled(R"(["password", ["abc123", 4711], 1])") ==
        R"(["password", ["[PASSWORD]", "[PASSWORD]"], 1])");
    for (std::string const mask : {"[filtered]", "[redacted]", "[Filtered]"})
        CHECK(settled("password: " + mask) == "password: " + mask);
}

TEST_CASE("masker: schemes with parameters, options in one, keys far from their colon")
{
    CHECK(settled("Authorization: Hawk id=\"x\", mac=\"abc123def\"\r\nHost: x") ==
        "Authorization: Hawk [BASIC_AUTH]\r\nHost: x");
    CHECK(settled("curl -H 'Authorization: Hawk id=\"x\", mac=\"abc1\"' https://x") ==
        "curl -H 'Authorization: Hawk [BASIC_AUTH]' https://x");
    CHECK(settled("Authorization: Token token=abc123def456, email=x") ==
        "Authorization: Token token=[BEARER_TOKEN], email=x");
    CHECK(settled("curl -sSLu svc:abc123 https://x") == "curl -sSLu svc:[BASIC_AUTH] https://x");
    CHECK(settled("curl -vku \"svc:abc123\" x") == "curl -vku \"svc:[BASIC_AUTH]\" x");
    CHECK(settled("curl -k -u svc:\"abc 123\" https://x") ==
        "curl -k -u svc:\"[BASIC_AUTH]\" https://x");
    CHECK(settled("curl -b sid=abc123 https://x") == "curl -b sid=[COOKIE] https://x");
    CHECK(settled(R"({"argv": ["app", "--password", "abc123", "--quiet", "x"]})") ==
        R"({"argv": ["app", "--password", "[PASSWORD]", "--quiet", "x"]})");
    CHECK(log_of(R"(["--password", "--quiet", "--token", 4])") ==
        R"(["--password", "--quiet", "--token", 4])");
    CHECK(log_of("tar -xvfu a:b c") == "tar -xvfu a:b c");
    CHECK(settled("{\"user\":\"x\",\"password\"\r\n:\r\n\"abc123\"}") ==
        "{\"user\":\"x\",\"password\"\r\n:\r\n\"[PASSWORD]\"}");
    CHECK(settled("Key (contact_phone)=(0049 (0)152 875 2055) exists") ==
        "Key (contact_phone)=([PHONE]) exists");
    CHECK(settled("where api_key = N'abc123'") == "where api_key = N'[GENERIC_SECRET]'");
    CHECK(settled("<td>4111&thinsp;1111&thinsp;1111&thinsp;1111</td>") ==
        "<td>[CREDIT_CARD:*1111]</td>");
}

TEST_CASE("masker: a JWT whose header has white space; a key in a form")
{
    for (std::string const header : {R"({ "alg": "HS256"})", "{\n  \"alg\": \"HS256\"\n}",
             "{\r\n\"alg\":\"none\"}", "{\t\"alg\":\"HS256\"}"})
    {
        auto first = corpus::base64(header);
        while (first.back() == '=') first.pop_back();
        CHECK(settled("got " + first + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl x") == "got [JWT] x");
    }
    CHECK(settled("v=1&k=-----BEGIN+PRIVATE+KEY-----%0AMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"
                  "AgEAAoIBAQC7%0A%2Bx1y2Z%3D%3D%0A-----END+PRIVATE+KEY-----&z=1") ==
        "v=1&k=-----BEGIN+PRIVATE+KEY-----%0A[PRIVATE_KEY]%0A-----END+PRIVATE+KEY-----&z=1");
}

TEST_CASE("masker: a number speaks of a telephone only if it is somebody's")
{
    for (std::string const line : {"order_number=4856638649", "invoice number 0302026123",
             "{\"number\":\"4856638649\"}", "<serial_number>9794469063</serial_number>",
             "vat_number=0443874", "[ticket_number] => 0302026123"})
        CHECK(log_of(line) == line);
    CHECK(log_of("my number is 01713920012") == "my number is [PHONE]");
    CHECK(log_of("phone number 01713920012") == "phone number [PHONE]");
    CHECK(log_of("msisdn 01713920012 barred") == "msisdn [PHONE] barred");
}

TEST_CASE("masker/05: keys of a role, written as one word")
{
    for (auto const& [in, out] : {std::pair{R"({"xretellsignature":"abcdef123"})",
                                      R"({"xretellsignature":"[GENERIC_SECRET]"})"},
             std::pair{R"(REDISPASS="SbT4&d6Yfc")", R"(REDISPASS="[PASSWORD]")"},
             std::pair{"PATIENTPHONE=09071946029", "PATIENTPHONE=[PHONE]"},
             std::pair{R"({"patientdob":"1980-01-02"})", R"({"patientdob":"[DATE_OF_BIRTH]"})"},
             std::pair{R"({"customeraddress":"Hauptstr. 5"})", R"({"customeraddress":"[ADDRESS]"})"},
             std::pair{R"({"client_address":"10.2.3.4"})", R"({"client_address":"[IP_ADDRESS]"})"}})
        CHECK(log_of(in) == out);
    CHECK(log_of(R"({"auth_tokens":["abcdefgh"]})") == R"({"auth_tokens":["[GENERIC_SECRET]"]})");
    for (std::string const stays : {R"({"userphotoid":"77"})", R"({"user_password_id":"77"})",
             R"({"tokens":"3100"})", "Tokens: 512/4096"})
        CHECK(log_of(stays) == stays);
}

TEST_CASE("masker/09: a number behind a comma, and numbers that are none")
{
    CHECK(log_of("x,0171/3920012") == "x,[PHONE]");
    CHECK(log_of("1,030/1234567,ok") == "1,[PHONE],ok");
    CHECK(log_of("a,0049 171 3920012") == "a,[PHONE]");
    for (std::string const stays : {"Key (order_no)=(08515839) already exists.",
             "WHERE id IN (03925369, 04530926)", "up 62901 1395066363000",
             "metric.count 496610 1743359986", "a\t04103\t4711\nb\t04105\t4712", "1,0309 2,0411"})
        CHECK(log_of(stays) == stays);
}

TEST_CASE("masker/11: accounts under their key, in any case, grouped, with wrong check digits")
{
    CHECK(log_of("iban=de45500105175407324931") == "iban=[IBAN:DE*4931]");
    CHECK(log_of("iban: NL92 ABNA 0417 1643 00") == "iban: [IBAN:NL*4300]");
    CHECK(log_of("    [iban] => de45500105175407324931") == "    [iban] => [IBAN:DE*4931]");
    CHECK(log_of("medical_id=ab12345678") == "medical_id=[MEDICAL_ID:*78]");
    for (std::string const stays : {"iban=ok", "iban: siehe unten"}) CHECK(log_of(stays) == stays);
}

TEST_CASE("masker: what print_r prints goes to the end of its line")
{
    become({{"Array\n(\n    [password] => oKi6<lXA8\"ZgIR\n    [kind] => a\n)\n",
                "Array\n(\n    [password] => [PASSWORD]\n    [kind] => a\n)\n"},
        {"Array\n(\n    [passcode] => vNBm\\\"hvtO xUd4\n)\n",
            "Array\n(\n    [passcode] => [PASSWORD]\n)\n"}});
}

TEST_CASE("masker: a bracket that is coded opens no tag within an element")
{
    become({{"<r><password>oQHL&lt;UMQQ/rl</password><n>1</n></r>",
                "<r><password>[PASSWORD]</password><n>1</n></r>"},
        {R"({"x":"<r><password>oQHL\u003cUMQQ</password></r>"})",
            R"({"x":"<r><password>[PASSWORD]</password></r>"})"}});
    stay({"&lt;n&gt;1&lt;/n&gt;"});
}

TEST_CASE("masker: options with a user and a password")
{
    become({{R"(curl -u"svc:oyM3kQ9zRt" -x p.example:3128 https://a.example)",
                R"(curl -u"svc:[BASIC_AUTH]" -x p.example:3128 https://a.example)"},
        {"http -a admin:oyM3kQ9zRt https://a.example/me",
            "http -a admin:[PASSWORD] https://a.example/me"},
        {"https -a 'admin:oyM3kQ9zRt' a.example/me", "https -a 'admin:[PASSWORD]' a.example/me"}});
    stay({"http -a admin https://a.example/me", "ls -a x:y"});
}

TEST_CASE("masker: what is taken where a variable is not set")
{
    become({{"'password' => env('DB_PASSWORD', 'oyM3kQ9zRt'),",
                "'password' => env('DB_PASSWORD', '[PASSWORD]'),"},
        {R"(password = os.getenv("DB_PASSWORD", "oyM3kQ9zRt"))",
            R"(password = os.getenv("DB_PASSWORD", "[PASSWORD]"))"}});
    stay({"'password' => env('DB_PASSWORD'),", "'password' => env('DB_PASSWORD', ''),",
        "password = getenv('DB_PASSWORD')"});
}

TEST_CASE("masker: line ends in brackets, as HTTP clients write them, belong to no value")
{
    become({{R"(http-outgoing-0 >> "X-Api-Key: Yk736HCqbWBJcv9k[\r][\n]")",
                R"(http-outgoing-0 >> "X-Api-Key: [GENERIC_SECRET][\r][\n]")"},
        {R"(http-outgoing-0 >> "X-Api-Key: BsxNsQiAzLFlKQdM[\r][\n]")",
            R"(http-outgoing-0 >> "X-Api-Key: [GENERIC_SECRET][\r][\n]")"}});
}

TEST_CASE("masker: values in what wraps them, as Rust and Go print them")
{
    become({{R"(Config { password: Some("hunter"), n: Some(3) })",
                R"(Config { password: Some("[PASSWORD]"), n: Some(3) })"},
        {R"(Config { full_name: Some("Ada Lovelace"), otp: Some("963540") })",
            R"(Config { full_name: Some("[PERSON_NAME]"), otp: Some("[PIN_OTP]") })"},
        {R"(map[string][]string{"to_number":[]string{"017655508733"}, "sort_key":[]string{"x"}})",
            R"(map[string][]string{"to_number":[]string{"[PHONE]"}, "sort_key":[]string{"x"}})"},
        {R"(http.Header{"X-Api-Key":[]string{"oyM3kQ9zRt"}, "Accept":[]string{"*/*"}})",
            R"(http.Header{"X-Api-Key":[]string{"[GENERIC_SECRET]"}, "Accept":[]string{"*/*"}})"},
        {"&{Surname:Lovelace}", "&{Surname:[PERSON_NAME]}"}});
    stay({R"(Config { password: None, author: Some("x") })", R"(Header{"Accept":[]string{"*/*"}})"});
}

TEST_CASE("masker: blocks of YAML below keys of addresses and credentials")
{
    become({{"remote_addr: |\n  203.0.113.72\nport: 80\n",
                "remote_addr: |\n  [IP_ADDRESS]\nport: 80\n"},
        {"authorization: >-\n    2b2da253a744a9610a30\nport: 80\n",
            "authorization: >-\n    [GENERIC_SECRET]\nport: 80\n"}});
}

TEST_CASE("masker: an address of several parts goes as a whole where its line is all of it")
{
    become({{"[a]\nstrasse=Am Markt 19a, 89073 Ulm\nx=1\n", "[a]\nstrasse=[ADDRESS]\nx=1\n"},
        {"ADDRESS=Hauptstr. 5, 89073 Neu Ulm status=ok", "ADDRESS=[ADDRESS] status=ok"}});
    stay({"x=1, order=Am Markt 54, 12345 items left"});
}

TEST_CASE("masker: elements of which one names what the next one holds")
{
    become({{"<param><name>password</name><value>Sommer.Cjl</value></param>",
                "<param><name>password</name><value>[PASSWORD]</value></param>"},
        {"<member><name>api_key</name><value><string>YtRMJNGOrJ8o</string></value></member>",
            "<member><name>api_key</name><value><string>[GENERIC_SECRET]</string></value></"
            "member>"},
        {"<entry><key>password</key><value>1NkGOGqS</value></entry>",
            "<entry><key>password</key><value>[PASSWORD]</value></entry>"},
        {"<context-param><param-name>dbPassword</param-name><param-value>1NkGOGqS</param-value></"
         "context-param>",
            "<context-param><param-name>dbPassword</param-name><param-value>[PASSWORD]</"
            "param-value></context-param>"},
        {"<property>\n  <name>fs.s3a.secret.key</name>\n  <value>1NkGOGqS</value>\n</property>",
            "<property>\n  <name>fs.s3a.secret.key</name>\n  "
            "<value>[GENERIC_SECRET]</value>\n</property>"},
        {"<dt>Passwort</dt><dd>sGttYlHgO</dd>", "<dt>Passwort</dt><dd>[PASSWORD]</dd>"},
        {"log=%3Centry%3E%3Ckey%3Epassword%3C%2Fkey%3E%3Cvalue%3EMFrqvPNhYz%3C%2Fvalue%3E%3C%"
         "2Fentry%3E&v=1",
            "log=%3Centry%3E%3Ckey%3Epassword%3C%2Fkey%3E%3Cvalue%3E[PASSWORD]%3C%2Fvalue%3E%3C%"
            "2Fentry%3E&v=1"}});
    stay({"<dt>Passwort</dt><dd>vergessen</dd>",
        "<tr><th>Email</th><th>Telefon</th></tr><tr><td>a</td><td>b</td></tr>",
        "<name>Password</name>", "<name>agent_name</name><value>abc</value>",
        "<key>cache_key</key><string>abc</string>", "<tr><th>Passwort</th><td>Telefon</td></tr>"});
}

TEST_CASE("masker: an attribute names no value behind its element")
{
    become({{R"(<entry key="mail.smtp.password">abc12345</entry> v=1)",
        R"(<entry key="mail.smtp.password">[PASSWORD]</entry> v=1)"}});
}

TEST_CASE("masker: names and values of YAML on one line")
{
    become({{R"(env: [{name: DB_PASSWORD, value: "HPsun1rA"}, {name: TZ, value: UTC}, {name: API_KEY, value: HPsun1rA}])",
        R"(env: [{name: DB_PASSWORD, value: "[PASSWORD]"}, {name: TZ, value: UTC}, {name: API_KEY, value: [GENERIC_SECRET]}])"}});
}

TEST_CASE("masker: a function of SQL in capitals takes the password itself")
{
    become({{"SET PASSWORD FOR 'app'@'%' = PASSWORD('HTlLPRMY');",
        "SET PASSWORD FOR 'app'@'%' = PASSWORD('[PASSWORD]');"}});
    stay({"Password('Enter your password')"});
}

TEST_CASE("masker: an element that is cut off holds credentials and addresses as well")
{
    become({{"<r><authorization>N9nbVtWCV4JX8mfbTHv", "<r><authorization>[GENERIC_SECRET]"},
        {"<ip>203.0.113.9", "<ip>[IP_ADDRESS]"}});
    stay({"<ip> of the host", "<authorization> is required"});
}

TEST_CASE("masker: blanks that a shell escapes stand before a value like others")
{
    become({{R"(curl -H Authorization:\ Bearer\ JEGxwfMzVv7RtiQf https://a.example)",
                R"(curl -H Authorization:\ Bearer\ [BEARER_TOKEN] https://a.example)"},
        {R"(curl -H X-Api-Key:\ JEGxwfMzVv7RtiQf https://a.example)",
            R"(curl -H X-Api-Key:\ [GENERIC_SECRET] https://a.example)"}});
    stay({R"(curl -H Authorization:\ Bearer\ $TOKEN https://a.example)"});
}
