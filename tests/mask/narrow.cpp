// What looks like code, a label or a mask, and is a value nevertheless: rules that make text stay
// are no wider than what they are for.

#include "mask/support.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>

using mask_test::settled;
using mask_test::stay;

namespace {

/// None of the values survives, whatever way it is cut.
void go(std::initializer_list<std::pair<std::string, std::string>> texts)
{
    for (auto const& [in, value] : texts) {
        CAPTURE(in);
        auto const out = settled(in);
        CAPTURE(out);
        CHECK(out.find(value) == out.npos);
    }
}

} // namespace

TEST_CASE("masker: words in bold are no mask before a number")
{
    go({{"**PIN:** 4711", "4711"}, {"**OTP:** 482913", "482913"},
        {"*Einmalcode* 482913 gilt 5 Minuten", "482913"}, {"- **CVV:** 123", "123"},
        {"Ihre **TAN** 123456", "123456"}, {"*Verification code:* 482913", "482913"},
        {"PIN * 4711", "4711"}, {"****PIN**** 4711", "4711"}});
    stay({"cvv: **** 4242", "PIN **** 4711"});
}

TEST_CASE("masker: what stands before a value is looked at")
{
    go({{"http -a anna@example.org:hunter22 https://a", "anna"},
        {"http -a anna@example.org:hunter22 https://a", "hunter22"},
        {"<th>Passwort</th><td title=\"anna@example.org\">hunter22</td>", "anna"},
        {"<th>Passwort</th><td title=\"anna@example.org\">hunter22</td>", "hunter22"},
        {"<name>password</name><value owner=\"0171/3920012\">x8Jk2</value>", "39200"},
        {"<name>password</name><value owner=\"0171/3920012\">x8Jk2</value>", "x8Jk2"}});
    for (std::string const unit : {"<th>token</th><td <th>", "<name>token</name><value:name>"}) {
        std::string nested;
        for (int n = 0; n < 20000; ++n) nested += unit;
        settled(nested);
    }
}

TEST_CASE("masker: a cell that names what stands in another one")
{
    std::string const labels = "id,email,label,val\n1,a@example.org,SSN,536-90-4399\n"
                               "2,b@example.org,Geburtsdatum,03.05.1987\n"
                               "3,c@example.org,OTP,842113\n";
    std::string tabs = labels;
    for (auto& c : tabs)
        if (c == ',') c = '\t';
    for (auto const& in : {labels, tabs}) go({{in, "536-90"}, {in, "03.05.1987"}, {in, "842113"}});
    std::string const fields = "id;phone;feld;wert\n1;0171/3920012;Steuer-ID;86095742719\n"
                               "2;0171/3920013;Kontonummer;12345678\n"
                               "3;0171/3920014;Reisepass;C01X00T47\n4;0171/3920015;PIN;4711\n";
    go({{fields, "860957"}, {fields, "123456"}, {fields, "C01X00"}, {fields, ";4711"},
        {"INSERT INTO p (feld,email,wert) VALUES ('PIN','a@example.org','4711')", "4711"}});
    settled("Konto 112099,cvv\n583,");
}

TEST_CASE("masker: documents below a path, a class or what looks like a description")
{
    go({{R"({"/prod/db/password": {"Type":"SecureString","Value":"hunter22"}})", "hunter22"},
        {R"({"secret/data/password": {"current":"hunter22x"}})", "hunter22"},
        {R"({"auth/token":{"value":"x8Jk2mQ9"}})", "x8Jk2mQ9"},
        {R"({"customer/address":{"line1":"Am Markt 5"}})", "Am Markt"},
        {R"({"credentials": {"$ref":"a","value":"x8Jk2mQ9pL"}})", "x8Jk2"},
        {R"({"address":{"$ref":"a","line":"Am Markt 5"}})", "Am Markt"},
        {R"({"credentials":{"type":"apiKey","in":"header","value":"x8Jk2mQ9pLz7abcd"}})", "x8Jk2"},
        {R"({"credential":{"type":"http","scheme":"basic","v":"hunter22zwei"}})", "hunter22"},
        {R"({"password":{"type":"keyword","value":"hunter22"}})", "hunter22"},
        {R"({"password":{"type":"text","v":"hunter22"}})", "hunter22"},
        {R"({"/prod/token": {"x":"hunter22"}})", "hunter22"},
        {R"("Acme\Password"="hunter22")", "hunter22"},
        {R"("Software\\Acme\\Password"="hunter22")", "hunter22"},
        {R"({"DOMAIN\\Anna\\Password": "x8Jk2mQ9"})", "x8Jk2mQ9"},
        {R"({"name":"password","meta":[{"a":1},{"value":"hunter22zwei"}]})", "hunter22"},
        {R"([{"name":"password"},{"value":"hunter22zwei"}])", "hunter22"}});
    stay({R"({"paths":{"/token":{"post":{"operationId":"issueToken"}}}})",
        R"({"address":{"type":"text","fields":{"raw":{"type":"keyword"}}}})",
        R"({"phone":{"type":"keyword","index":false}})",
        R"({"apiKey":{"type":"oauth2","flows":{"implicit":{"scopes":{}}}}})"});
}

TEST_CASE("masker: quotes behind a key that open a value")
{
    go({{"Use `password='hunter22'` to log in", "hunter22"},
        {"docker run -e `PASSWORD='hunter22'`", "hunter22"}, {"`password: 'hunter22'`", "hunter22"},
        {"\"Passwort:\" hunter22,", "hunter22"}, {"'Passwort: ' Sommer2024", "Sommer2024"},
        {"read -p \"Password: \" hunter22", "hunter22"}, {"\"password:\" anna@example.org,", "anna"},
        {R"([("password", "geheim_wort")])", "geheim_wort"},
        {"('password','sommer_sonne')", "sommer_sonne"}, {R"(["token","*.abcdefgh"])", "abcdefgh"},
        {"('password', \"the fox jumps\")", "fox"}, {"PASSWORD=`geheim wort 22 x`", "geheim"},
        {" :password=\"geheimwort\"", "geheimwort"}, {"forgot_password: hunter22", "hunter22"},
        {"lost_password=hunter22", "hunter22"}});
    stay({"('token', \"the token\")", "['password', \"The password\"]"});
}

TEST_CASE("masker: an escaped tabulator parts what it stands between")
{
    go({{R"({"a":"--password\thunter22"})", "hunter22"}, {R"({"a":"Tel\t0171\t3920012"})", "3920012"},
        {R"({"a":"4111\t1111\t1111\t1111"})", "4111"}, {R"({"a":"PIN\t4711"})", "4711"}});
}

TEST_CASE("masker: what a page says of a secret")
{
    stay({"<dt>Token</dt><dd>60 minutes</dd>", "<dt>Password</dt><dd>Used for the login</dd>",
        "<dt>Password</dt><dd>8-64 characters</dd>", "<dt>Password</dt><dd>Argon2id</dd>",
        "<th>Token</th><td>1 EUR</td>", "<name>password</name><value>java.lang.String</value>"});
    go({{"<dt>Passwort</dt><dd>PIN 4711</dd>", "4711"},
        {"<th>Password</th><td>Token: abc12345xyz, PIN 4711</td>", "4711"},
        {"\"recording\":[mail\":\"nn\" <", "\"nn\""}});
    settled("\"secret\":{\"\"secret\":\"^7");
}
