#include "sync/world.hpp"

#include <trunkline/http/url.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

using namespace trunkline;
using namespace trunkline::test;

namespace {

constexpr auto echoed_variable = "TRUNKLINE_TEST_ECHO";

class environment_value {
public:
    explicit environment_value(std::string const& value)
    {
        ::setenv(echoed_variable, value.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    }
    ~environment_value()
    {
        ::unsetenv(echoed_variable); // NOLINT(concurrency-mt-unsafe)
    }
};

/// A tool whose header is `secret`, released to a service that refuses it with these words.
std::string refusal_with(std::string const& secret, std::string const& words)
{
    environment_value const set(secret);
    world w;
    w.pull();
    w.edit("llms/praxis-mueller-empfang.json", [](json::object& o) {
        o.find("general_tools")
            ->as_array()
            .push_back(json::parse(R"({"type": "custom", "name": "buchen", "description": "Bucht",
                "url": "https://api.example.com/b", "headers": {"X-Key": "@env:TRUNKLINE_TEST_ECHO"}})"));
    });
    auto const p = w.plan();
    bool seen = false;
    w.refuse_request = [&](http::request const& r) -> std::optional<http::reply> {
        if (r.target.find("/update-retell-llm") == std::string::npos) return std::nullopt;
        seen = true;
        return http::reply{400, json::to_text(json::object{{"message", words}})};
    };
    std::string message;
    for (auto const& r : w.apply(p)) message += r.message;
    REQUIRE(seen);
    CAPTURE(message);
    CHECK(message.find("HTTP 400") != std::string::npos);
    if (words.find(secret) != std::string::npos && secret.size() > 3) {
        CHECK(message.find(secret) == std::string::npos);
        for (auto const& row : w.db.journal(w.tenant, w.last_release))
            CHECK(json::to_text(row.data).find(secret) == std::string::npos);
    }
    return message;
}

} // namespace

TEST_CASE("echo: a refusal that quotes the secret it was sent is kept and shown without it")
{
    auto const said = [](std::string const& secret, std::string const& quoted) {
        return refusal_with(secret, "header X-Kopf: value " + quoted + " is not allowed");
    };
    CHECK(said("geheimwort77", "geheimwort77").find("is not allowed") != std::string::npos);
    CHECK(said("Bearer geheimwort77", "geheimwort77").find("geheimwort") == std::string::npos);
    auto const odd = std::string("geheim \"wort\"/77");
    CHECK(said(odd, http::encode_query_component(odd)).find("geheim") == std::string::npos);
    CHECK(said(odd, R"(geheim \"wort\"/77)").find("geheim") == std::string::npos);
    // A short one may be part of any word.
    auto const text = said("ist", "ist");
    CHECK(text.find("value *** is not") != std::string::npos);
    CHECK(refusal_with("zwo", "zwoelf and zwo").find("zwoelf and ***") != std::string::npos);
}

TEST_CASE("echo: of a secret at which the quotation ends nothing is left")
{
    auto const message = refusal_with("geheimwort77", std::string(180, '.') + " value geheimwort77");
    CHECK(message.find("gehe") == std::string::npos);
}
