#include "support.hpp"

using namespace trunkline;
using namespace trunkline::http;
using namespace trunkline::http::test;

TEST_CASE("client and server: a request and its answer arrive as they were sent")
{
    loop l;
    request seen;
    auto s = serve(l, [&](request const& r) {
        seen = r;
        reply out(201, R"({"ok":true})");
        out.headers.set("Content-Type", "application/json");
        out.headers.set("X-Request-Id", "r1");
        return out;
    });
    client c(l.context.get_executor(), parsed(s.url() + "/base/"));
    auto r = post("/v2/things/+49%2030?x=%2B1", "{\"a\":1}");
    r.headers.set("Authorization", "Bearer k");
    auto const out = l.send(c, r);

    REQUIRE_FALSE(out.ec);
    CHECK(out.diag.message.empty());
    CHECK(out.exchange.progress == progress::answered);
    CHECK(out.exchange.response.status == 201);
    CHECK(out.exchange.response.body == R"({"ok":true})");
    CHECK(out.exchange.response.headers.get("x-request-id") == "r1");
    CHECK(seen.method == "POST");
    CHECK(seen.target == "/base/v2/things/+49%2030?x=%2B1"); // neither side decodes or encodes
    CHECK(seen.body == "{\"a\":1}");
    CHECK(seen.headers.get("authorization") == "Bearer k");
    CHECK(seen.headers.get("host") == "127.0.0.1:" + std::to_string(s.port()));
}
