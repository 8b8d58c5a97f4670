#include "support.hpp"

#include <http/proxy.hpp>

#include <map>

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

namespace {

environment with(std::map<std::string, std::string> values)
{
    return [values = std::move(values)](char const* name) {
        auto const found = values.find(name);
        return found == values.end() ? std::string() : found->second;
    };
}

std::string chosen(std::string const& target, environment const& env, client_options const& o = {})
{
    auto const proxy = choose_proxy(parsed(target), o, env);
    return proxy ? proxy->host + ':' + proxy->port : "direct";
}

} // namespace

TEST_CASE("proxy: the environment's is used, in upper or lower case, but never for loopback")
{
    CHECK(chosen("https://api.retellai.com", with({})) == "direct");
    CHECK(chosen("https://api.retellai.com", with({{"HTTPS_PROXY", "http://p:3128"}})) == "p:3128");
    CHECK(chosen("https://api.retellai.com", with({{"https_proxy", "p:3128"}})) == "p:3128");
    CHECK(chosen("https://api.retellai.com",
              with({{"HTTPS_PROXY", "http://a:1"}, {"https_proxy", "http://b:2"}})) == "a:1");
    for (auto const* loopback : {"https://localhost:1", "https://127.0.0.1", "http://[::1]:80"})
        CHECK(chosen(loopback, with({{"HTTPS_PROXY", "http://p:3128"}})) == "direct");
}

TEST_CASE("proxy: the option beats the environment, and the environment can be ignored")
{
    client_options o;
    o.proxy = "http://mine:1";
    CHECK(chosen("https://h", with({{"HTTPS_PROXY", "http://p:3128"}, {"NO_PROXY", "*"}}), o) ==
        "mine:1");
    CHECK(chosen("https://localhost", with({}), o) == "direct");
    o.proxy.clear();
    o.proxy_from_environment = false;
    CHECK(chosen("https://h", with({{"HTTPS_PROXY", "http://p:3128"}}), o) == "direct");
}

TEST_CASE("proxy: NO_PROXY")
{
    struct row {
        char const* target;
        char const* list;
        bool excluded;
    };
    for (row const& r : std::vector<row>{
             {"https://api.retellai.com", "", false},
             {"https://api.retellai.com", "*", true},
             {"https://api.retellai.com", "api.retellai.com", true},
             {"https://api.retellai.com", "API.RetellAI.com", true},
             {"https://api.retellai.com", "retellai.com", true},
             {"https://api.retellai.com", ".retellai.com", true},
             {"https://api.retellai.com", "*.retellai.com", true},
             {"https://api.retellai.com", "tellai.com", false},
             {"https://api.retellai.com", "other.com, retellai.com", true},
             {"https://api.retellai.com", "other.com retellai.com", true},
             {"https://api.retellai.com", " ,, ", false},
             {"https://api.retellai.com", ".", false},
             {"https://api.retellai.com", "retellai.com:443", true},
             {"https://api.retellai.com", "retellai.com:444", false},
             {"https://10.1.2.3", "10.1.2.3", true},
             {"https://10.1.2.3", "10.0.0.0/8", true},
             {"https://11.1.2.3", "10.0.0.0/8", false},
             {"https://10.1.2.3", "10.0.0.0/99", false},
             {"https://ten.example", "10.0.0.0/8", false},
             {"https://[2001:db8::1]", "2001:db8::/32", true},
             {"https://[2001:db8::1]", "2001:db8::1", true},
             {"https://[2001:db8::1]:8443", "[2001:db8::1]:8443", true},
             {"https://[2001:db8::1]:8443", "[2001:db8::1]:443", false},
             {"https://[2001:db8::1]", "10.0.0.0/8", false},
         })
    {
        CAPTURE(r.target);
        CAPTURE(r.list);
        CHECK(is_excluded(parsed(r.target), r.list) == r.excluded);
        auto const env = with({{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", r.list}});
        CHECK(chosen(r.target, env) == (r.excluded ? "direct" : "p:1"));
    }
}

TEST_CASE("proxy: a URL that is none is refused without showing it")
{
    for (auto const* bad :
        {"socks5://p:1", "https://p:1", "http://", "http://user:secret@:1", "http://u:secret@h:x"})
    {
        try {
            choose_proxy(parsed("https://h"), {}, with({{"HTTPS_PROXY", bad}}));
            FAIL("accepted: " << bad);
        } catch (error const& e) {
            CHECK(e.code() == errc::invalid_argument);
            CHECK(std::string(e.what()).find("HTTPS_PROXY") != std::string::npos);
            CHECK(std::string(e.what()).find("secret") == std::string::npos);
        }
    }
}

TEST_CASE("proxy: the user of the URL becomes Proxy-Authorization, percent coding undone")
{
    CHECK(proxy_authorization(parsed("http://h:1")).empty());
    CHECK(proxy_authorization(parsed("http://Aladdin:open%20sesame@h:1")) ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
