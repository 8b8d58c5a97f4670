// Values that end at the next pair: of cookies, of forms, of queries.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::settled;
using mask_test::stay;

TEST_CASE("masker: a cookie without a name goes, and the pair behind it stays")
{
    std::string const value = "uTovx8Kq2LmR7pZw4NdYg3";
    for (auto const& [before, after] :
        std::vector<std::pair<std::string, std::string>>{{"level=info sessionCookie=", " user=bob"},
            {"level=info session_cookie=", " msg=\"sync done\" dur=12ms"},
            {"GET /x?session_cookie=", "&lang=de HTTP/1.1"}, {"A=1\nSESSION_COOKIE=", "\nB=2\n"},
            {"session_cookie: ", ""}, {"[web]\nsession_cookie = ", "\nx = 1\n"},
            {"GET / HTTP/1.1\r\ncookie: ", "\r\nhost: x\r\n"},
            {R"({"Env":["SESSION_COOKIE=)", R"(","B=1"]})"},
            {"user[session_cookie]=", "&user[active]=1"},
            {"id=1&user%5Bsession_cookie%5D=", "&user%5Bactive%5D=1"},
            {"    [id] => 4\n    [sessionCookie] => ", "\n    [active] => 1\n"},
            {"trunk: {port: 8961, session_cookie: ", ", tls: true}\n"},
            {"08:00:01 INFO [worker-3] session cookie: ", ""}})
    {
        CAPTURE(before);
        CHECK(settled(before + value + after) == before + "[COOKIE]" + after);
        CHECK(settled(before + "abc1def2ghi3==" + after) == before + "[COOKIE]" + after);
    }
    become({{"Cookie: sid=a1; theme=dark\r\nX: y", "Cookie: sid=[COOKIE]; theme=[COOKIE]\r\nX: y"},
        {"level=info cookie=sid=a1b2 user=bob", "level=info cookie=sid=[COOKIE] user=bob"},
        {"Cookie: " + value + "; sid=a1", "Cookie: [COOKIE]; sid=[COOKIE]"}});
    // The name of a cookie, a version, a file, a sentence.
    stay({"SESSION_COOKIE=laravel_session\nA=b\n", "session_cookie: laravel_session",
        "cookie: connect.sid", "cookie: ^0.7.1", "cookie: 0.10.2", "cookie: /tmp/cookies2.txt",
        "cookie: true", "the cookie: not set in this request", "$cookie = getCookie($x1);",
        "session_cookie: ${SESSION_COOKIE2}"});
    std::string const longer(9000, 'q');
    CHECK(settled("a session_cookie=Zq7" + longer + " b=1") == "a session_cookie=[COOKIE] b=1");
}

TEST_CASE("masker: a link and what was said end where their value in a form does")
{
    for (std::string const before : {"", "id=7&", "POST /x?id=7&", "{\"body\":\""}) {
        auto const after = before.starts_with("{") ? "\"}" : "";
        CAPTURE(before);
        CHECK(settled(before +
                  "recording_url=https%3A%2F%2Fs3.example.com%2Fabc%2Frecording.wav&zz=1" + after) ==
            before + "recording_url=https%3A%2F%2Fs3.example.com%2F[CAPABILITY_URL]&zz=1" + after);
        CHECK(settled(before + "transcript=Mein%20Hund&id=7" + after) ==
            before + "transcript=[TRANSCRIPT]&id=7" + after);
        CHECK(settled(before + "call[transcript]=Mein+Hund+ist&id=7" + after) ==
            before + "call[transcript]=[TRANSCRIPT]&id=7" + after);
        CHECK(settled(before + "webhook_url=https%3A%2F%2Fx.example%2Fy%3Fs%3Dab12&id=77" + after) ==
            before + "webhook_url=https%3A%2F%2Fx.example%2Fy%3Fs%3D[URL_QUERY_SECRET]&id=77" +
                after);
    }
    become({{"id=7&transcript=Mein+Hund", "id=7&transcript=[TRANSCRIPT]"},
        {"id=7&call%5Btranscript%5D=Mein+Hund&zz=1", "id=7&call%5Btranscript%5D=[TRANSCRIPT]&zz=1"},
        {"x=https%3A%2F%2Fs3.example.com%2Fabcdefghijklmnopqr%2Frecording.wav&zz=1",
            "x=https%3A%2F%2Fs3.example.com%2F[CAPABILITY_URL]&zz=1"},
        // In a log the query belongs to the link.
        {"recording_url=https://s3.example.com/a/r.wav?X-Amz-Date=1&X-Amz-Expires=9 rest",
            "recording_url=https://s3.example.com/[CAPABILITY_URL] rest"}});
    stay({"GET /calls?transcript=full&id=7", "id=7&transcript=1", "GET /calls?id=7&transcript=true"});
    std::string said;
    while (said.size() < 9000) said += "Mein+Hund%20hei%C3%9Ft+Bello,+ja%26nein+";
    CHECK(settled("id=7&transcript=" + said + "x&zz=1") == "id=7&transcript=[TRANSCRIPT]&zz=1");
}

TEST_CASE("masker: lists and maps of a form, by the name before their brackets")
{
    become({{"password[]=oyM3kQ9zRt&x=1", "password[]=[PASSWORD]&x=1"},
        {"password[0]=oyM3kQ9zRt&x=1", "password[0]=[PASSWORD]&x=1"},
        {"password%5B%5D=oyM3kQ9zRt&x=1", "password%5B%5D=[PASSWORD]&x=1"},
        {"api_key[]=oyM3kQ9zRt&x=1", "api_key[]=[GENERIC_SECRET]&x=1"},
        {"x=1&api_key[]=oyM3kQ9zRt", "x=1&api_key[]=[GENERIC_SECRET]"},
        {"user[password][]=oyM3kQ9zRt&x=1", "user[password][]=[PASSWORD]&x=1"},
        {"id=7&credentials[blob]=oyM3kQ9zRt&zz=1", "id=7&credentials[blob]=[GENERIC_SECRET]&zz=1"},
        {"id=7&credentials%5Bblob%5D=oyM3kQ9zRt&zz=1",
            "id=7&credentials%5Bblob%5D=[GENERIC_SECRET]&zz=1"},
        {"address[street]=Am+Markt+5&address[city]=Ulm",
            "address[street]=[ADDRESS]&address[city]=[ADDRESS]"},
        {"{\"body\":\"password[]=oyM3kQ9zRt\"}", "{\"body\":\"password[]=[PASSWORD]\"}"},
        {"curl -d 'password[]=oyM3kQ9zRt' x", "curl -d 'password[]=[PASSWORD]' x"}});
    stay({"token[i]=next(c);", "this.token[t]=n;", "$password[0]=$x;", "keys[n]=k;a=1",
        "password_reset[enabled]=abcdef&x=1", "tokens[0]=7&x=1", "if(a){token[t]=n}"});
}

TEST_CASE("masker: a document in a form has plus signs for its blanks")
{
    become({{"payload=%7B%22surname%22%3A+%22Ada+Lovelace%22%2C+%22pin%22%3A+923184%7D&v=2",
                "payload=%7B%22surname%22%3A+%22[PERSON_NAME]%22%2C+%22pin%22%3A+%22[PIN_OTP]%22%"
                "7D&v=2"},
        {"data=%7B%22password%22%3A+%7B%22a%22%3A+%22oyM3kQ9zRt%22%7D%7D",
            "data=%7B%22password%22%3A+%7B%22a%22%3A+%22[PASSWORD]%22%7D%7D"},
        {"data=%7B%22otp%22%3A+%228128%22%7D", "data=%7B%22otp%22%3A+%22[PIN_OTP]%22%7D"}});
    stay({"data=%7B%22max_tokens%22%3A+512%2C+%22author%22%3A+%22Redaktion%22%7D"});
}

TEST_CASE("masker: the name of a field in capitals is no mask")
{
    become({{"user[PASSWORD]=oyM3kQ9zRt&x=1", "user[PASSWORD]=[PASSWORD]&x=1"},
        {"call[CVV]=8899&x=1", "call[CVV]=[CVV]&x=1"},
        {"user%5BSTEUER_ID%5D=61269570842", "user%5BSTEUER_ID%5D=[DE_TAX_ID]"},
        {R"({"body":"a=1&user[API_KEY]=oyM3kQ9zRt"})",
            R"({"body":"a=1&user[API_KEY]=[GENERIC_SECRET]"})"}});
    stay({"password=[PASSWORD]=x1", "user[REDACTED]=x1", "to [PHONE]=ok"});
}

TEST_CASE("masker: fields of a form are what their path says")
{
    become({{"general_tools[0][headers][X]=value12345&general_tools[0][type]=custom",
                "general_tools[0][headers][X]=[GENERIC_SECRET]&general_tools[0][type]=custom"},
        {"mcps%5B0%5D%5Bquery_params%5D%5Bk%5D=value12345&a=1",
            "mcps%5B0%5D%5Bquery_params%5D%5Bk%5D=[GENERIC_SECRET]&a=1"},
        {"id=7&transcript_object[0][content]=Mein+Hund&b=1",
            "id=7&transcript_object[0][content]=[TRANSCRIPT]&b=1"}});
    stay({"headers[X]=value12345&a=1", "general_tools[0][name]=book&a=1",
        "post[content]=Mein+Hund&a=1"});
}

TEST_CASE("masker: a value of a form ends at the next sign that is coded less")
{
    become({{"log=Benutzer%3A%20svc%2C%20Passwort%3A%20oyM3kQ9zRt&v=1",
        "log=Benutzer%3A%20svc%2C%20Passwort%3A%20[PASSWORD]&v=1"}});
}

TEST_CASE("masker: what HTTP says behind a query is no part of it")
{
    become({{"GET /x?a=1&Authorization=pjAOxnHMuplzUloY HTTP/1.1",
                "GET /x?a=1&Authorization=[GENERIC_SECRET] HTTP/1.1"},
        {"GET /x;jsessionid=hUGiIfEclRF42fT9?v=1 HTTP/1.1",
            "GET /x;jsessionid=[GENERIC_SECRET]?v=1 HTTP/1.1"},
        {"code=WL0qRvjlYVp6E6nt&state=abcdef", "code=[URL_QUERY_SECRET]&state=abcdef"},
        {"log=Last%20Name%3A%20Lovelace&v=1", "log=Last%20Name%3A%20[PERSON_NAME]&v=1"}});
    stay({"code=404&status=ok"});
}

TEST_CASE("masker: cookies that a comma joins to the attributes of others")
{
    become({{"set-cookie: a=1x; Path=/, b=2secret; Path=/",
                "set-cookie: a=[COOKIE]; Path=/, b=[COOKIE]; Path=/"},
        {R"({"set-cookie":"a=1x; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2secret; Max-Age=5"})",
            R"({"set-cookie":"a=[COOKIE]; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=[COOKIE]; Max-Age=5"})"}});
}

TEST_CASE("masker: what was said goes in the fields of a form")
{
    become({{"collected_dynamic_variables[wunsch]=Mein+Hund&a=1",
                "collected_dynamic_variables[wunsch]=[TRANSCRIPT]&a=1"},
        {"call%5Bcustom_analysis_data%5D%5Bok%5D=1&call%5Bcustom_analysis_data%5D%5Bx%5D=wohl&a=1",
            "call%5Bcustom_analysis_data%5D%5Bok%5D=1&call%5Bcustom_analysis_data%5D%5Bx%5D=["
            "TRANSCRIPT]&a=1"},
        {"transcript_object[0][words][0][word]=wirsing&transcript_object[0][words][0][start]=0.5",
            "transcript_object[0][words][0][word]=[TRANSCRIPT]&transcript_object[0][words][0]["
            "start]=0.5"}});
}
