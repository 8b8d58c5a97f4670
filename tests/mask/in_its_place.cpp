// What stands right beside a value, or in its place: other values, code, types, tags.

#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::become;
using mask_test::settled;
using mask_test::stay;

TEST_CASE("masker: a word in front speaks of no value that has another name")
{
    become({{R"({"cvv":"768","id":"7497"})", R"({"cvv":"[CVV]","id":"7497"})"},
        {R"({"pin":"4711","id":123456})", R"({"pin":"[PIN_OTP]","id":123456})"},
        {R"({"tan":"471123","id":"88225"})", R"({"tan":"[PIN_OTP]","id":"88225"})"},
        {R"({"otp":"471123","code":"88225"})", R"({"otp":"[PIN_OTP]","code":"88225"})"},
        {R"({"dob":"1987-05-03","id":"2020-01-02"})",
            R"({"dob":"[DATE_OF_BIRTH]","id":"2020-01-02"})"},
        {"pin=4711 id=8822", "pin=[PIN_OTP] id=8822"},
        {"pin=4711&id=88221", "pin=[PIN_OTP]&id=88221"},
        {"csc = \"947\"\n  id = \"3988\"", "csc = \"[CVV]\"\n  id = \"3988\""},
        {"    [pin] => 4711\n    [id] => 88221\n", "    [pin] => [PIN_OTP]\n    [id] => 88221\n"},
        {"'pin' => '4711', 'id' => '88221'", "'pin' => '[PIN_OTP]', 'id' => '88221'"},
        {"pin: 4711\nid: 88221\n", "pin: [PIN_OTP]\nid: 88221\n"},
        {"<pin>4711</pin><id>88221</id>", "<pin>[PIN_OTP]</pin><id>88221</id>"},
        // But where it is the name that goes on, it is spoken of.
        {"Your PIN code: 4711", "Your PIN code: [PIN_OTP]"}, {"PIN code=8822", "PIN code=[PIN_OTP]"},
        {"passport id: C01X00T47", "passport id: [ID_DOCUMENT]"},
        {"geb. am: 3.5.1987", "geb. am: [DATE_OF_BIRTH]"}});
}

TEST_CASE("masker: a bracket that nothing closes makes no call of a password")
{
    for (std::string const password : {"Zhf(rQx7w", "Zhf[rQx7w", "a(b(c)d9"})
        for (auto const& [before, after] : std::vector<std::pair<std::string, std::string>>{
                 {R"({"Env":["DB_PASSWORD=)", R"(","B=1"]})"}, {R"({"msg":"password=)", R"("})"},
                 {"Environment=\"DB_PASSWORD=", "\"\n"}, {"docker run -e \"DB_PASSWORD=", "\" img"}})
        {
            CAPTURE(before);
            CHECK(settled(before + password + after) == before + "[PASSWORD]" + after);
        }
    stay({R"x({"code":"password=getenv(x)"})x", R"x({"code":"password = request.get("})x",
        R"x(y("password=hash(" + y + ")"))x", "def f(password: Optional[str]):"});
}

TEST_CASE("masker: signs of a tag end no value that is alone in its line")
{
    for (std::string const password : {"Zhf<rQx7w", "Zhf>rQx7w", "Zhf<3rQx7w", "a<b>c<d9"})
        for (auto const& [before, after] : std::vector<std::pair<std::string, std::string>>{
                 {"DB_PASSWORD=", "\nA=1\n"}, {"[db]\npassword = ", "\nx = 1\n"},
                 {"password: ", "\nx: 1\n"}, {"curl -H 'X-Password: ", "' x"}})
        {
            if (password == "a<b>c<d9") continue; // as it would stand in HTML
            CAPTURE(before);
            CHECK(settled(before + password + after) == before + "[PASSWORD]" + after);
        }
    become({{"X-Api-Key: Zhf<rQx7w\r\nHost: a\r\n", "X-Api-Key: [GENERIC_SECRET]\r\nHost: a\r\n"},
        {"DB_PASSWORD=Zhf7rQx<br>\nA=1<br>\n", "DB_PASSWORD=[PASSWORD]<br>\nA=1<br>\n"},
        {"<p>password: Zhf7rQx</p>", "<p>password: [PASSWORD]</p>"},
        {"password: Zhf7rQx</p>", "password: [PASSWORD]</p>"},
        {"<input\n password=Zhf7rQx>", "<input\n password=[PASSWORD]>"},
        {"password: abc1 > /dev/null\n", "password: [PASSWORD] > /dev/null\n"}});
}

TEST_CASE("masker: a password of two words alone in its line, or in the line below")
{
    become({{"db:\n  password: Zhf rQx7w\n  port: 1\n", "db:\n  password: [PASSWORD]\n  port: 1\n"},
        {"[db]\npassword = Zhf rQx7w\nport = 1\n", "[db]\npassword = [PASSWORD]\nport = 1\n"},
        {"password: Zh7f rQx7w Ab3dx # of the test\n", "password: [PASSWORD] # of the test\n"},
        {"{\"text\":\"password: Zhf rQx7w\"}", "{\"text\":\"password: [PASSWORD]\"}"},
        {"db:\n  password:\n    CCUd-bQtv-SziW\n  port: 1\n",
            "db:\n  password:\n    [PASSWORD]\n  port: 1\n"},
        {"password: Zhf7rQx for user bob2x\n", "password: [PASSWORD] for user bob2x\n"}});
    stay({"password: must not be empty\n", "Password: Set by user42\n",
        "password:\n  MyPasswordField\n", "Password: Please ask bob2\n",
        "password: changed by user42\n"});
}

TEST_CASE("masker: types and references stand for no value")
{
    stay({"mutation($password: String!, $id: ID!) { a }", "mutation($token: ID!) { a }",
        "mutation($tokens: [String!]!) { a }", "query Q($secret: SecretInput!) { a }",
        R"({"query":"mutation($password: String!, $secrets: [String!]!) { a }"})",
        "input A {\n  password: String!\n  token: ID!\n}",
        "struct A {\n    secret: &str,\n    token: String,\n}", "secret: &'a str,",
        "fn f(password: &mut String) {", "$user->password = Hash::make($request->password);",
        "password = data.vault.pw.value", "password = module.db.password_of", "pass = ctx->pw;",
        "password = data.vault_generic_secret.db.data[\"password\"]",
        "<password>${DB_PASSWORD:-}</password>"});
    become({{"password: Sommer!", "password: [PASSWORD]"},
        {"password: String1!", "password: [PASSWORD]"},
        {"secret: &strX9ab", "secret: [GENERIC_SECRET]"}});
}

TEST_CASE("masker: codes within codes, where they stand for one sign")
{
    become({{R"({"q":"a.meier\u002540example.com"})", R"({"q":"[EMAIL]"})"},
        {R"({"q":"a.meier\u0026#64;example.com"})", R"({"q":"[EMAIL]"})"},
        {R"({"q":"a.meier\u0026commat;example.com"})", R"({"q":"[EMAIL]"})"},
        {"href=\"?q=a.meier&#37;40example.com\"", "href=\"?q=[EMAIL]\""},
        {"q=a.meier%26%2364%3Bexample.com", "q=[EMAIL]"},
        {R"({"q":"\u002528069\u002529\u00252090009389"})", R"({"q":"[PHONE]"})"},
        // What is coded more deeply than the separator belongs to the value.
        {"next=%2Fcb%3Fnachname%3DOle%2520Sommer%26b%3D1&x=1",
            "next=%2Fcb%3Fnachname%3D[PERSON_NAME]%26b%3D1&x=1"},
        {"next=%2Fcb%3Fpassword%3Dab1%2526cd2xy9%26b%3D1&x=1",
            "next=%2Fcb%3Fpassword%3D[PASSWORD]%26b%3D1&x=1"},
        {"next=%2Fcb%3Fnachname%3DOle%20Sommer%26b%3D1&x=1",
            "next=%2Fcb%3Fnachname%3D[PERSON_NAME]%26b%3D1&x=1"},
        {"msg=password%3Dab1cd2%20user%3Dbob", "msg=password%3D[PASSWORD]%20user%3Dbob"}});
    // A quote that is coded twice opens and closes nothing.
    stay({R"({"q":"a \u002522b\u002522 \u0026quot;c\u0026quot; 100\u0025 d\u0026e"})",
        "a=%26%2334%3B&b=%2526x", "\\u0025zz \\u0026#x; &#38;#0; &amp;amp; %26nbsp"});
}
