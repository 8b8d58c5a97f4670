#include <trunkline/http/message.hpp>
#include <trunkline/http/url.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace trunkline::http;

namespace {

struct row {
    char const* text;
    char const* parts; ///< "scheme|userinfo|host|port|path|query", or null: refused.
};

std::string joined(url const& u)
{
    return u.scheme + '|' + u.userinfo + '|' + u.host + '|' + u.port + '|' + u.path + '|' + u.query;
}

} // namespace

TEST_CASE("url: the parts of absolute URLs")
{
    for (row const& r : std::vector<row>{
             {"https://api.retellai.com", "https||api.retellai.com|443||"},
             {"HTTPS://API.RetellAI.com/", "https||api.retellai.com|443||"},
             {"http://127.0.0.1:4010", "http||127.0.0.1|4010||"},
             {"http://localhost/base/v2/", "http||localhost|80|/base/v2|"},
             {"http://localhost//", "http||localhost|80||"},
             {"https://[::1]:8443/x", "https||::1|8443|/x|"},
             {"https://[2001:db8::2]", "https||2001:db8::2|443||"},
             {"https://u:p%40w@h/", "https|u:p%40w|h|443||"},
             {"https://u@w@h/", "https|u@w|h|443||"},
             {"https://h?a=b&c=/d", "https||h|443||a=b&c=/d"},
             {"https://h/p?a=?#frag", "https||h|443|/p|a=?"},
             {"https://h#frag", "https||h|443||"},
             {"https://h/+49%2f", "https||h|443|/+49%2f|"},
             {"https://h:", "https||h|443||"},
             {"https://h:0443", "https||h|443||"},
             {"", nullptr},
             {"api.retellai.com", nullptr},
             {"//h/x", nullptr},
             {"/x", nullptr},
             {"ftp://h", nullptr},
             {"https://", nullptr},
             {"https:///x", nullptr},
             {"https://:443", nullptr},
             {"https://h:0", nullptr},
             {"https://h:65536", nullptr},
             {"https://h:44 3", nullptr},
             {"https://h:x", nullptr},
             {"https://h:+80", nullptr},
             {"https://a b/", nullptr},
             {"https://h/a b", nullptr},
             {"https://h/a\r\nX: y", nullptr},
             {"https://h\\@evil/", nullptr},
             {"https://[::1", nullptr},
             {"https://[::1]x", nullptr},
             {"https://[127.0.0.1]", nullptr},
             {"https://::1/", nullptr},
             {"https://a:b:1/", nullptr},
             {" https://h", nullptr},
         })
    {
        CAPTURE(r.text);
        auto const u = parse_url(r.text);
        if (r.parts) {
            REQUIRE(u);
            CHECK(joined(*u) == r.parts);
        } else {
            CHECK_FALSE(u);
        }
    }
}

TEST_CASE("url: origin names scheme, host and port and nothing that may be secret")
{
    CHECK(parse_url("https://user:secret@h/path?key=secret")->origin() == "https://h:443");
    CHECK(parse_url("http://[::1]:80/")->origin() == "http://[::1]:80");
    CHECK(parse_url("http://[::1]:80/x")->authority() == "[::1]:80");
}

TEST_CASE("url: loopback is what cannot leave the machine, and nothing that looks like it")
{
    for (auto const* text : {"http://localhost", "http://LOCALHOST:1", "http://127.0.0.1",
             "http://127.255.0.3", "http://[::1]"})
        CHECK_MESSAGE(parse_url(text)->is_loopback(), text);
    for (auto const* text : {"http://localhost.example", "http://127.0.0.1.example",
             "http://128.0.0.1", "http://0.0.0.0", "http://127.1", "http://2130706433",
             "http://[::2]", "http://[::ffff:127.0.0.1]"})
        CHECK_MESSAGE(!parse_url(text)->is_loopback(), text);
}

TEST_CASE("percent coding: a plus stays a plus in a path")
{
    CHECK(encode_path_segment("+4930123456") == "+4930123456");
    CHECK(encode_path_segment("a b/c?d#e%f") == "a%20b%2Fc%3Fd%23e%25f");
    CHECK(encode_path_segment("\xc3\xa4\n") == "%C3%A4%0A");
    CHECK(encode_path_segment("..") == "%2E%2E"); // never a step up the path
    CHECK(encode_path_segment("a..b") == "a..b");
    CHECK(encode_query_component("+49 &=/ä~") == "%2B49%20%26%3D%2F%C3%A4~");
}

TEST_CASE("percent coding: decoding")
{
    CHECK(percent_decode("+49%2b%20x", false) == "+49+ x");
    CHECK(percent_decode("a+b%2B", true) == "a b+");
    CHECK(percent_decode("%", false) == "%");
    CHECK(percent_decode("%4", false) == "%4");
    CHECK(percent_decode("%zz%41", false) == "%zzA");
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    CHECK(percent_decode(encode_path_segment(all), false) == all);
    CHECK(percent_decode(encode_query_component(all), true) == all);
}

TEST_CASE("headers: names compare without case, order is kept")
{
    headers h;
    h.add("X-A", "1");
    h.add("Set-Cookie", "a");
    h.add("set-cookie", "b");
    h.add("X-B", "2");
    CHECK(h.get("x-a") == "1");
    CHECK(h.get("SET-COOKIE") == "a");
    CHECK(h.get("none").empty());
    CHECK_FALSE(h.contains("none"));
    h.set("SET-cookie", "c");
    CHECK(h.all().size() == 3);
    CHECK(h.all()[1].second == "c");
    h.set("new", "n");
    CHECK(h.all().back().first == "new");
    h.erase("set-Cookie");
    CHECK_FALSE(h.contains("Set-Cookie"));
    CHECK(h.all().size() == 3);
}
