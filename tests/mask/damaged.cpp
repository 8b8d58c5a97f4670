// Values that stand where a document, a key file or a command does not usually have them.

#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using mask_test::log_of;
using mask_test::masked;

namespace {

std::string joined(
    std::vector<std::string> const& lines, std::string const& before, std::string const& after)
{
    std::string all;
    for (auto const& l : lines) all += before + l + after;
    return all;
}

} // namespace

TEST_CASE("masker/08: a private key whose every line has something in front or behind")
{
    corpus::dice d(81);
    for (int n = 0; n < 20; ++n) {
        std::vector<std::string> const body = {d.alnum(62) + "+a", d.alnum(61) + "/B9", d.alnum(64),
            d.alnum(d.below(50) * 4 % 44 + 8 - 2) + "=="};
        auto lines = body;
        lines.insert(lines.begin(), "-----BEGIN RSA PRIVATE KEY-----");
        lines.push_back("-----END RSA PRIVATE KEY-----");
        for (auto const& [before, after] :
            std::vector<std::pair<std::string, std::string>>{{"> ", "\n"}, {"# ", "\n"},
                {" * ", "\n"}, {"web_1  | ", "\n"}, {"", "<br>"}, {"", ";"},
                {"Nov 28 10:12:33 web1 app[17]: ", "\n"}, {"2026-11-28T10:12:33.123Z app | ", "\n"},
                {"    \"", "\",\n"}, {"'", "\\n' .\n"}, {R"({"level":"info","msg":")", "\"}\n"}})
        {
            auto const out = log_of(joined(lines, before, after));
            CAPTURE(out);
            for (auto const& line : body)
                for (std::size_t k = 0; k + 6 <= line.size(); k += 6)
                    CHECK(out.find(line.substr(k, 6)) == out.npos);
            CHECK(out.starts_with(before + lines.front() + after + before));
            CHECK(out.ends_with(after + before + lines.back() + after));
            CHECK(log_of(out) == out);
        }
    }
    // What comes after a key that was cut off is none of its lines.
    auto const cut = "-----BEGIN PRIVATE KEY-----\n" + d.alnum(64) + "\n" + d.alnum(20);
    for (std::string const after : {"\nINFO commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
             "\n2026-11-28 10:12:33 INFO request finished in 31 ms"})
        CHECK(log_of(cut + after) == "-----BEGIN PRIVATE KEY-----\n[PRIVATE_KEY]" + after);
}

TEST_CASE("masker: arguments of calls, by the name of what is called")
{
    CHECK(
        log_of("#0 /a.php(12): PDO->__construct('mysql:host=db1', 'app', 'hunter2x')\n#1 {main}") ==
        "#0 /a.php(12): PDO->__construct('mysql:host=db1', 'app', '[PASSWORD]')\n#1 {main}");
    for (std::string const call : {"Auth->login('bot', '%')", "mysqli_connect('db1', 'app', '%')",
             "ldap_bind(Object(LDAP\\Connection), 'cn=bot', '%')", "User->setPassword('%')",
             "verifyPassword(\"%\", Array, true)", "password_verify('%', '[PASSWORD]')",
             "Http->withBasicAuth('bot', '%')", "requests.auth.HTTPBasicAuth('bot', '%')",
             "Some(Password(\"%\"))"})
    {
        auto const with = [&](std::string_view value) {
            auto text = "#3 /srv/a.php(9): " + call;
            return text.replace(text.find('%'), 1, value);
        };
        CHECK(log_of(with("hunter2x")) == with("[PASSWORD]"));
        CHECK(log_of("{\"trace\":[\"" +
                  std::string(call.find('"') == call.npos ? with("it's2x") : "") + "\"]}")
                  .find("s2x") == std::string::npos);
    }
    CHECK(log_of("Http->withToken('abc123def456')") == "Http->withToken('[GENERIC_SECRET]')");
    CHECK(log_of("at Client.setApiKey(\"abc123def456\") (/x.js:1:3)") ==
        "at Client.setApiKey(\"[GENERIC_SECRET]\") (/x.js:1:3)");
    CHECK(log_of("login('max@example.org', 'hunter2x')") == "login('[EMAIL]', '[PASSWORD]')");
    for (std::string const code :
        {"getPassword('admin')", "createToken('api')", "$request->input('password')",
            "trans('auth.password')", "setPassword($password)", "view('login', 'x1')",
            "Cache->get('agents:list', NULL)", "Password(\"Enter your password\")", "login('bot')",
            "setPassword('password')", "Db->query('select 1', Array, true)"})
        CHECK(log_of(code) == code);
}

TEST_CASE("masker: numbers called by their scheme, and numbers side by side")
{
    CHECK(log_of("Contact: <sip:4930901820@192.0.2.7:5060>") ==
        "Contact: <sip:[PHONE]@192.0.2.7:5060>");
    CHECK(log_of("<sip:01713920012@10.0.0.1>;party=calling") ==
        "<sip:[PHONE]@10.0.0.1>;party=calling");
    CHECK(log_of("an +49 173 93 91 00 64 dort") == "an [PHONE] dort");
    CHECK(log_of("callto:01713920012") == "callto:[PHONE]");
    CHECK(log_of("Telefonnr. 01713920012") == "Telefonnr. [PHONE]");
    CHECK(log_of("+1-212-555-0123/0171 3920012") == "[PHONE]/[PHONE]");
    CHECK(log_of("+49 30 901820 0171 3920012") == "[PHONE] [PHONE]");
    CHECK(log_of("+49-171-392-0012") == "[PHONE]");
    CHECK(log_of("4111 1111 1111 1111 123") == "[CREDIT_CARD:*1111] 123");
    CHECK(log_of("4111 1111 1111 1111 12/27") == "[CREDIT_CARD:*1111] 12/27");
}

TEST_CASE("masker: what stands between a key and its value, or beside it")
{
    CHECK(log_of("API_KEY: str = \"abc123def456\"") == "API_KEY: str = \"[GENERIC_SECRET]\"");
    CHECK(log_of("const apiKey: string = 'abc123def456';") ==
        "const apiKey: string = '[GENERIC_SECRET]';");
    CHECK(log_of("password: !!str hunter2x\n") == "password: !!str [PASSWORD]\n");
    CHECK(log_of("password: &pw hunter2x\n") == "password: &pw [PASSWORD]\n");
    CHECK(
        log_of(R"({"password":/* test */"hunter2x"})") == R"({"password":/* test */"[PASSWORD]"})");
    CHECK(log_of(R"(~ master_password = "hunter2x" -> "hunter3x")") ==
        R"(~ master_password = "[PASSWORD]" -> "[PASSWORD]")");
    CHECK(log_of("<property name=\"password\"><value>hunter2x</value></property>") ==
        "<property name=\"password\"><value>[PASSWORD]</value></property>");
    CHECK(log_of("<password api_key=\"abc123def456\" type='x'>hunter2x</password>") ==
        "<password api_key=\"[GENERIC_SECRET]\" type='x'>[PASSWORD]</password>");
    CHECK(log_of("<p:password type=x2\" id=\"1\"/>\n<param name=\"password\" value=\"hunter2x\"/>\n"
                 "<param name=\"k\" at=\"+49 171 3920012\n\">x</param>")
              .find("3920012") == std::string::npos);
    CHECK(log_of("last_name = Oskar O'Neill\ntimeout = 3\n") ==
        "last_name = [PERSON_NAME]\ntimeout = 3\n");
    CHECK(log_of("Login fehlgeschlagen, password confirmation: hunter2x (Versuch 3)") ==
        "Login fehlgeschlagen, password confirmation: [PASSWORD] (Versuch 3)");
    CHECK(log_of("&{Host:db1 Street:Lindenallee3 Port:5432}") ==
        "&{Host:db1 Street:[ADDRESS] Port:5432}");
    CHECK(log_of("birthdate=19870503 n=1") == "birthdate=[DATE_OF_BIRTH] n=1");
    CHECK(log_of(R"({"Env":["DB_PASSWORD=correct horse 7","TZ=Europe/Berlin"]})") ==
        R"({"Env":["DB_PASSWORD=[PASSWORD]","TZ=Europe/Berlin"]})");
    CHECK(log_of(R"(["password=hunter2x was refused","x"])") ==
        R"(["password=[PASSWORD] was refused","x"])");
    CHECK(log_of("rawHeaders: [ 'Accept', '*/*', 'Authorization', 'Bearer abc123def', 'X-Api-Key', "
                 "'def456ghi', 'Host', 'x' ]") ==
        "rawHeaders: [ 'Accept', '*/*', 'Authorization', 'Bearer [BEARER_TOKEN]', 'X-Api-Key', "
        "'[GENERIC_SECRET]', 'Host', 'x' ]");
    CHECK(log_of(R"({"rawHeaders":["Cookie","sid=abc1","Host","x"],"n":1})") ==
        R"({"rawHeaders":["Cookie","sid=[COOKIE]","Host","x"],"n":1})");
    CHECK(log_of("Authorization: Key abc123def456\n") == "Authorization: Key [BEARER_TOKEN]\n");
    CHECK(log_of("Authorization: required for all\n") == "Authorization: required for all\n");
    CHECK(log_of("Cookie: sid=\"abc def\"; theme=dark\n") ==
        "Cookie: sid=[COOKIE]; theme=[COOKIE]\n");
    CHECK(log_of(R"({"header":"Cookie: sid=","next":"x"})") ==
        R"({"header":"Cookie: sid=","next":"x"})");
    CHECK(log_of(R"({"cookies":[["sid","abc123"],["b","c4"]],"n":1})") ==
        R"({"cookies":[["sid","[COOKIE]"],["b","[COOKIE]"]],"n":1})");
    CHECK(log_of(R"({"cookies":["abc123","def456"]})") == R"({"cookies":["[COOKIE]","[COOKIE]"]})");
    CHECK(log_of(R"({"webhook_url":"https://u:pw1@h.example.com/x
phone +49 171 3920012?k=abc"})")
              .find("3920012") == std::string::npos);
    for (std::string const stays : {"'password' => ['required', 'string', 'min:8', 'max:255'],",
             "{\"token\":\"%(password)s\"}", "mutation($p:String!){login(password:$p){ok}}"})
        CHECK(log_of(stays) == stays);
}

TEST_CASE("masker/I4: nothing reaches beyond the string that it stands in")
{
    masker const m;
    for (std::string const text : {R"(["<password>hunter","2</password>"])",
             R"({"x":"[0,4111111111111111,null]"})", R"({"x":"{\"a\":[4111111111111111]}"})",
             R"(["a",["b"],[4111111111111111,17]])", R"(["{\"password\":","hunter2}"])",
             R"(["(email, iban)=(max@example.org","x","12) exists"])", R"(["","Digest username="])",
             R"([4,{"":"'address'="},""])", R"(["\u000amysql -p",""])", R"(["curl -b ",""])",
             R"(["\"words\":[{\"word:",4,"x"])", R"([{"":"[addr"},"ess]= [s] => "])",
             R"({"":"SecretStr(","1":""})",
             R"({"email":"(email, iban)=(max@example.org, DE89 x","b":"y"})",
             R"(["x",":123456789} SSN 123456789"])",
             R"({"":{"\"password\":{\"":{"\"":"password: 'x"}}})",
             // Elements, rows and pairs cut across strings
             R"({"webhook_url":["street] =",[],"> Hauptstr. 5\u000a [city] => Berlin"]})",
             R"({"to":{"Authorization":"Key (email, iban)\u003d(max@example.com, DE89370",)"
             R"("4004\u0034\u0030532\u0034":"013000) already exists.","password":null}})"})
        for (auto const zone : mask_test::zones) {
            REQUIRE(mask_test::is_json(text));
            auto const out = masked(m, text, zone);
            CAPTURE(text);
            CAPTURE(out);
            CHECK(mask_test::is_json(out));
            auto const inner = [](std::string const& document) {
                json::parse_error why;
                auto const d = json::parse(document, why);
                return std::string(d && d->is_object() ? d->string_at("x") : "");
            };
            if (mask_test::is_json(inner(text))) CHECK(mask_test::is_json(inner(out)));
        }
    CHECK(log_of(R"({"x":"[0,4111111111111111]"})") == R"({"x":"[0,\"[CREDIT_CARD:*1111]\"]"})");
    CHECK(log_of(R"({"x":"card [4111111111111111] refused"})") ==
        R"({"x":"card [[CREDIT_CARD:*1111]] refused"})");
    CHECK(log_of("Key (note, email)=(call 0171/3920012, max@example.org)") ==
        "Key (note, email)=(call [PHONE], [EMAIL])");
    CHECK(log_of(R"({"recording_url":"https://u:pw1@h.example.com/0f5c/recording.wav"})") ==
        R"({"recording_url":"https://u:[URL_PASSWORD]@h.example.com/[CAPABILITY_URL]"})");
}

TEST_CASE("masker, I4: what a string says does not end it")
{
    std::string const deep(83, '\\');
    for (std::string const& text :
        std::vector<std::string>{R"([[{"":""},"\"password\";s:7:",7]])", // serialize(), cut off
            R"(["(,phone)VALUES(a",["03051"],""])",                      // a row
            R"([{"a":"b","x\\u0022":"signature:"}])",                    // a quote, two layers deep
            R"([["",2],{"a":["\"",2],"webhook\u0075rl":"\":0{\""}])", // no key goes over a string
            R"({"5":"\"","webhook\u0075rl":"\":0{\""})",
            R"({"cookie":"{\"a\":\"b=\",\"c\":\"d\",\"e\":\"\"}"})", // a document as a cookie
            R"([[[1,"\u002c 01/20012,",""]],"",null])",              // a comma that parts nothing
            R"({"mail":"[\"://:p@e.om\",1]"})", R"({"4":"[\"\\\"pass:\\\")" + deep + R"("\",4]"})",
            R"(["{\"\"\u003a4111111111111111}"])"})
        for (std::size_t z = 0; z < mask_zone_count; ++z) {
            CAPTURE(text);
            REQUIRE(mask_test::is_json(text));
            auto const out = masked(masker(), text, static_cast<mask_zone>(z));
            CAPTURE(out);
            REQUIRE(mask_test::is_json(out));
            auto const same = [](std::string_view a, std::string_view b) {
                json::value const before = json::parse(a), after = json::parse(b);
                return before.is_array() == after.is_array() &&
                    (before.is_array() ? before.as_array().size() == after.as_array().size()
                                       : before.as_object().size() == after.as_object().size());
            };
            CHECK(same(text, out));
        }
    auto const inner = [](std::string const& document, char const* key) {
        return std::string(json::parse(document).string_at(key));
    };
    CHECK(mask_test::is_json(inner(log_of(R"({"mail":"[\"://:p@e.om\",1]"})"), "mail")));
    CHECK(log_of(R"({"cookie":"{\"a\":\"b=\",\"c\":\"d\"}"})") == R"({"cookie":"[COOKIE]"})");
    CHECK(inner(log_of(R"({"a":"{\"\"\u003a4111111111111111}"})"), "a") ==
        R"({"":"[CREDIT_CARD:*1111]"})");
}

TEST_CASE("masker, I1: what stands beside a mask is read as it was before")
{
    std::string const much(3000, 'a');
    for (std::string const& text :
        std::vector<std::string>{// Numbers that were passed because they seemed to go on
            "030/123 040 4283", "Konto 111111 1828224", "Konto 113704 00530130 00",
            "F\xc3\xbchrerscheinnummer 72RRE431 5123456", "0171-392001(0 171 392001",
            "\\u000a01713 92001 2170340", "nummer 0404283 212\\u0035550123",
            "Konto 4111111111111111\n493704 00530130 00", "01719 20171,3920012",
            // Quotes for numbers that are none of a document
            "address'=(5'", "addr'=array ('t'9", "ApiKey':0'", "street'=>5'", "addr'=array (0]=B",
            "addr'=(" + std::string(100, '9'),
            "Your verification code is 482 6178406578616d706c652e636f6d20616e64206d6f7265",
            // What is one sign of a number less
            "SSN:6789:123456789", "tel:71392l:0392001", "OTP=291p:0@p.ex",
            // Ends of passwords in links, of masks, of long lines, of values in rows and pairs
            "://:p%2F@w@", "?key=token=i", "address=Array([s] => Hau" + much,
            "[address]= [t] => Hauptstr." + much, "(mail)VALUES('x@e.ND token='abc1",
            "('Auth\"orization','Bearer 3')\"addr=>(\"n", "password=7[\"token\":\"er\":private]",
            R"({"mail":"[\"://:p@e.om\"]"})"})
        for (std::size_t z = 0; z < mask_zone_count; ++z) {
            auto const zone = static_cast<mask_zone>(z);
            auto const once = masked(masker(), text, zone);
            CAPTURE(text);
            CHECK(masked(masker(), once, zone) == once);
        }
}

TEST_CASE("masker: what follows a letter that is one escape and several bytes")
{
    for (std::string const letter : {"\\u3042", "\\u3042\\u3044", "\\ud800", "\\u0416", "&#x3042;"})
        for (std::string const before : {"", "abc ", "a\\nb "}) {
            CAPTURE(letter);
            CHECK(log_of(before + letter + " max@example.org") == before + letter + " [EMAIL]");
            CHECK(log_of(before + "password: hun2" + letter + " x=max@example.org, 0171 3920012") ==
                before + "password: [PASSWORD] x=[EMAIL], [PHONE]");
        }
}
