#include "catalogue_support.hpp"
#include "core/random_json.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace trunkline;
using namespace trunkline::retell;
using namespace catalogue_test;

namespace {

std::vector<std::string> secrets_of(resource_kind kind, json::value document)
{
    std::vector<std::string> out;
    for_each_secret(kind, document, [&](std::string_view s) {
        out.emplace_back(s);
        return std::string(s);
    });
    return out;
}

std::vector<std::string> secrets_of(resource_kind kind, char const* text)
{
    return secrets_of(kind, json::parse(text));
}

/// What the store does: secrets out, references in, and back.
class vault {
public:
    void hide(resource_kind kind, json::value& document)
    {
        for_each_secret(kind, document, [&](std::string_view s) {
            auto const name = "@secret:" + std::to_string(kept_.size());
            kept_[name] = s;
            return name;
        });
    }

    void restore(resource_kind kind, json::value& document)
    {
        for_each_secret(kind, document, [&](std::string_view s) {
            auto const found = kept_.find(std::string(s));
            CHECK_MESSAGE(found != kept_.end(), "not a reference: ", s);
            return found == kept_.end() ? std::string(s) : found->second;
        });
    }

    std::map<std::string, std::string> const& kept() const { return kept_; }

private:
    std::map<std::string, std::string> kept_;
};

using strings = std::vector<std::string>;

} // namespace

TEST_CASE("secret names: judged by words, not by letters")
{
    for (auto name : {"api_key", "apiKey", "APIKey", "x-api-key", "X-Api-Key", "cal_api_key",
             "apikey", "token", "access_token", "authToken", "AUTH_TOKEN", "secret", "clientSecret",
             "webhook_secret", "password", "db_passwd", "Authorization", "proxy-authorization",
             "auth header", "auth_header", "credential", "credentials", "private_key", "accessKey",
             "cookie", "Set-Cookie", "api_key_value", "x-retell-signature", "authorization_header"})
        CHECK_MESSAGE(is_secret_name(name), name);
    for (auto name :
        {"max_tokens", "token_count", "llm_token_usage", "tokens", "author", "function_name",
            "keyword", "keywords", "boosted_keywords", "key_terms", "termination_key",
            "pagination_key", "tokenizer", "key", "api", "api_key_id", "secretary", "passenger",
            "authority", "cookie_policy", "monkey", "", "123", "token_type", "password_required"})
        CHECK_MESSAGE(!is_secret_name(name), name);
}

TEST_CASE("secrets: the positions of the catalogue")
{
    CHECK(secrets_of(resource_kind::llm, R"({
        "general_prompt": "the token is in the header",
        "general_tools": [
            {"type": "custom", "name": "a", "url": "https://u:p@h.test/x?k=1&token=t#f",
             "headers": {"X-Any": "h1"}, "query_params": {"q": "q1"}},
            {"type": "book_appointment_cal", "name": "b", "cal_api_key": "cal1", "event_type_id": 7},
            {"type": "transfer_call", "name": "c", "custom_sip_headers": {"X-Id": "sip1"}},
            {"type": "brand_new", "name": "d", "headers": {"H": "h2"}, "auth": {"token": "t2"}}],
        "states": [{"name": "s", "tools": [{"name": "e", "headers": {"H": "h3"}}]}],
        "mcps": [{"name": "m", "url": "https://mcp.test/?key=m1", "headers": {"A": "m2"},
                  "query_params": {"B": "m3"}}]})") ==
        strings{"u:p", "1", "t", "h1", "q1", "cal1", "sip1", "h2", "t2", "h3", "m1", "m2", "m3"});
    CHECK(secrets_of(resource_kind::flow, R"({
        "tools": [{"tool_id": "1", "headers": {"H": "a"}}],
        "nodes": [{"id": "n", "type": "subagent", "tools": [{"name": "t", "cal_api_key": "b"}],
                   "custom_sip_headers": {"X": "c"}}],
        "components": [{"name": "k", "mcps": [{"name": "m", "headers": {"H": "d"}}],
                        "tools": [{"tool_id": "2", "query_params": {"Q": "e"}}],
                        "nodes": [{"id": "n", "tools": [{"headers": {"H": "f"}}]}]}]})") ==
        strings{"a", "b", "c", "d", "e", "f"});
    CHECK(secrets_of(resource_kind::agent, R"({
        "agent_id": "agent_1", "webhook_url": "https://h.test/hook?sig=w1",
        "response_engine": {"type": "custom-llm", "llm_websocket_url": "wss://h.test/?auth=w2"}})") ==
        strings{"w1", "w2"});
    CHECK(secrets_of(resource_kind::phone_number, R"({
        "phone_number": "+4930231250", "auth_username": "user", "auth_password": "p1",
        "sip_trunk_auth_password": "p2", "inbound_webhook_url": "https://h.test/?a=p3",
        "inbound_sms_webhook_url": "https://p4@h.test/"})") == strings{"p1", "p2", "p3", "p4"});
}

TEST_CASE("secrets: telling names in parts nobody listed")
{
    CHECK(secrets_of(resource_kind::agent, R"({
        "new_section": {"api_key": "a", "deep": [{"Authorization": "b"}], "author": "me",
                        "max_tokens": "100", "credentials": {"user": "c", "list": ["d", 5, null]}},
        "access_token": "e",
        "pairs": [{"name": "X-Api-Key", "value": "f"}, {"name": "color", "value": "blue"},
                  {"key": "https://h.test/secret", "value": "not a pair"}],
        "backend": "https://h.test/x?api_key=g&lang=de",
        "boosted_keywords": ["token", "secret"]})") == strings{"a", "b", "c", "d", "e", "f", "g"});
    CHECK(secrets_of(resource_kind::llm, R"({
        "default_dynamic_variables": {"crm_token": "h", "customer_name": "Anna"},
        "metadata": {"password": "i"}})") == strings{"h", "i"});
}

TEST_CASE("secrets: headers in another shape than a map are secret as a whole")
{
    CHECK(secrets_of(resource_kind::llm, R"({"general_tools": [
        {"name": "a", "headers": [{"key": "Authorization", "value": "Bearer x"}]},
        {"name": "b", "headers": "Authorization: Bearer y"}]})") ==
        strings{"Authorization", "Bearer x", "Authorization: Bearer y"});
}

TEST_CASE("secrets: texts about data are none, constants sent as data are")
{
    CHECK(secrets_of(resource_kind::llm, R"({"general_tools": [{
        "name": "lookup", "type": "custom",
        "parameters": {"type": "object", "required": ["token"], "properties": {
            "token": {"type": "string", "description": "The token the caller reads out"},
            "auth": {"type": "object", "properties": {"password": {"type": "string", "const": "c1"}}},
            "color": {"type": "string", "const": "red"}}},
        "response_variables": {"access_token": "$.data.token"}}],
        "states": [{"name": "s", "edges": [{"destination_state_name": "t", "parameters":
            {"type": "object", "properties": {"api_key": {"description": "as printed"}}}}]}]})") ==
        strings{"c1"});
    CHECK(secrets_of(resource_kind::agent, R"({"post_call_analysis_data": [
        {"type": "string", "name": "token", "description": "Did the caller read a token?"}]})")
              .empty());
    CHECK(secrets_of(
        resource_kind::flow, R"({"nodes": [{"id": "n", "type": "extract_dynamic_variables",
        "variables": [{"name": "password", "type": "string", "description": "what was said"}],
        "instruction": {"type": "prompt", "text": "Ask for the password"}}]})")
              .empty());
}

TEST_CASE("secrets: a variable and an empty string hide nothing")
{
    CHECK(secrets_of(resource_kind::llm, R"({"general_tools": [{"name": "a",
        "url": "https://h.test/x?id={{call_id}}&empty=&v={{a}}{{b}}",
        "headers": {"A": "{{token}}", "B": "", "C": "Bearer {{token}}"}}]})") ==
        strings{"{{a}}{{b}}", "Bearer {{token}}"});
}

TEST_CASE("secrets: a URL keeps its shape around replaced parts")
{
    auto const hidden = [](char const* url) {
        json::value document = json::object{{"webhook_url", url}};
        for_each_secret(
            resource_kind::agent, document, [](std::string_view) { return "@secret:0f"; });
        return std::string(document.string_at("webhook_url"));
    };
    CHECK(hidden("https://h.test/path") == "https://h.test/path");
    CHECK(hidden("https://h.test:8443/a?x=1&y=2") ==
        "https://h.test:8443/a?x=@secret:0f&y=@secret:0f");
    CHECK(hidden("https://me:pw@h.test/a@b?c=d@e#f?g=h") ==
        "https://@secret:0f@h.test/a@b?c=@secret:0f#f?g=h");
    CHECK(hidden("https://h.test?bare") == "https://h.test?@secret:0f");
    CHECK(hidden("https://h.test/?a=b=c&&d") == "https://h.test/?a=@secret:0f&&@secret:0f");
    CHECK(hidden("h.test/x//y?z=1") == "h.test/x//y?z=@secret:0f");
    CHECK(hidden("me@h.test/x") == "@secret:0f@h.test/x");
    CHECK(hidden("") == "");
    CHECK(hidden("https://@secret:0f@h.test?t=@secret:0f&@secret:0f") ==
        "https://@secret:0f@h.test?t=@secret:0f&@secret:0f");
}

namespace {

/// Documents that are mostly wrong: known names at known places, odd values, odd names, odd URLs.
class random_document {
public:
    explicit random_document(std::uint64_t seed) : random_(seed) {}

    json::value make(int depth = 0)
    {
        switch (below(depth > 4 ? 4 : 7)) {
        case 0: return json::value(static_cast<std::int64_t>(below(100)));
        case 1: return json::value(below(2) == 0);
        case 2: return url();
        case 3: return json::value("text " + std::to_string(below(1000)));
        case 4: return list(depth);
        default: return members(depth);
        }
    }

    json::value members(int depth)
    {
        json::object out;
        for (auto n = below(6); n > 0; --n) out.set(pick(names), make(depth + 1));
        return out;
    }

private:
    static constexpr char const* names[] = {"general_tools", "tools", "nodes", "states",
        "components", "mcps", "headers", "query_params", "url", "cal_api_key", "webhook_url",
        "token", "name", "key", "value", "auth", "credentials", "parameters", "properties", "const",
        "x", "api_key", "auth_password", "custom_sip_headers", "default_dynamic_variables",
        "response_engine", "llm_websocket_url", "inbound_webhook_url", "edges", "metadata"};
    static constexpr char const* pieces[] = {"https://", "h.test", "/", "?", "#", "&", "=", "@",
        "a", "token", "key", ":", "%20", "{{v}}", "//", "wss://", " ", "api_key=", "u:p@"};

    json::value list(int depth)
    {
        json::array out;
        for (auto n = below(4); n > 0; --n) out.push_back(make(depth + 1));
        return out;
    }

    json::value url()
    {
        std::string out;
        for (auto n = below(10); n > 0; --n) out += pick(pieces);
        return out;
    }

    template <std::size_t N>
    char const* pick(char const* const (&from)[N])
    {
        return from[below(N)];
    }

    std::size_t below(std::size_t n) { return random_() % n; }
    std::mt19937_64 random_;
};

} // namespace

TEST_CASE("secrets: what was replaced by references comes back at the same places")
{
    auto const seed = trunkline::test::seed();
    std::size_t hidden = 0;
    for (std::uint64_t run = 0; run < 4000; ++run) {
        INFO("TRUNKLINE_TEST_SEED=", seed + run);
        random_document random(seed + run);
        auto const kind = static_cast<resource_kind>((seed + run) % 4);
        auto const original = random.members(0);
        INFO(json::to_text(original));
        auto document = original;
        vault v;
        v.hide(kind, document);
        auto const count = v.kept().size();
        hidden += count;
        CHECK(secrets_of(kind, document).size() == count);
        v.restore(kind, document);
        REQUIRE(json::identical(document, original));
    }
    CHECK(hidden > 1000);
}
