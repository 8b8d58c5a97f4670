#include <trunkline/core/random.hpp>
#include <trunkline/retell/exchange.hpp>

#include <retell/exchange_text.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

operation const& op(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

http::response response(int status, std::string body)
{
    http::response r;
    r.status = status;
    r.body = std::move(body);
    r.headers.set("Content-Type", "application/json");
    return r;
}

class decoded {
public:
    decoded(std::string_view name, http::response const& in) : code(decode(op(name), in, out, diag))
    {}
    decoded(std::string_view name, int status, std::string body)
        : decoded(name, response(status, std::move(body)))
    {}

    bool says(std::string_view text) const { return diag.message.find(text) != std::string::npos; }

    answer out;
    diagnostics diag;
    error_code code;
};

std::string const page = R"({"items":[],"has_more":false})";

} // namespace

TEST_CASE("decode: the result owed, in each kind")
{
    decoded const object("get-agent", 200, R"({"agent_id":"a","x":1.50})");
    CHECK_FALSE(object.code);
    CHECK(object.out.status == 200);
    CHECK(json::to_text(object.out.body) == R"({"agent_id":"a","x":1.50})");
    CHECK(object.diag.message.empty());
    CHECK(object.diag.http_status == 0);
    CHECK_FALSE(decoded("list-voices", 200, "[]").code);
    CHECK_FALSE(decoded("list-agents", 200, page).code);
    CHECK_FALSE(decoded("create-agent", 200, "{}").code); // documented: 201
    CHECK_FALSE(decoded("get-agent", 299, " {} \r\n").code);
}

TEST_CASE("decode: where nothing is owed an empty success is enough, whatever its status and type")
{
    for (auto const* name : {"publish-agent-version", "delete-agent", "stop-call", "end-chat"})
        for (int const status : {200, 201, 202, 204}) {
            CAPTURE(name);
            CHECK_FALSE(decoded(name, status, "").code);
            CHECK_FALSE(decoded(name, status, "\r\n").code);
            CHECK_FALSE(decoded(name, status, R"({"agent_id":"a"})").code);
            CHECK(decoded(name, status, "{}").out.body.is_null());
        }
    http::response bare;
    bare.status = 200;
    CHECK_FALSE(decoded("publish-agent-version", bare).code);
    // A portal or proxy that greets everybody with 200 has deleted nothing.
    decoded const portal("delete-agent", 200, "<html>Welcome</html>");
    CHECK(portal.code == errc::protocol_error);
    CHECK(portal.says("RETELL_BASE_URL"));
}

TEST_CASE("decode: an empty answer is never an empty result")
{
    for (auto const* name : {"get-agent", "list-agents", "list-voices", "create-agent",
             "delete-knowledge-base-source", "update-retell-llm"})
        for (auto const* body : {"", " ", "\r\n\t"})
            for (int const status : {200, 201, 204}) {
                CAPTURE(name);
                decoded const d(name, status, body);
                CHECK(d.code == errc::empty_answer);
                CHECK(d.out.body.is_null());
                CHECK(d.says(name));
            }
}

TEST_CASE("decode: a cut or foreign answer says where it ends, not what it holds")
{
    decoded const cut("get-agent", 200, "{\"agent_id\":\"geheim\",\n \"general_prompt\":\"geh");
    CHECK(cut.code == errc::protocol_error);
    CHECK(cut.says("cut short (line 2, column"));
    CHECK_FALSE(cut.says("geh"));

    decoded const foreign("get-agent", 200, "{\"agent_id\": geheim}");
    CHECK(foreign.code == errc::protocol_error);
    CHECK(foreign.says("not JSON (line 1, column 14 of 20 bytes)"));
    CHECK_FALSE(foreign.says("geheim"));

    decoded const twice("get-agent", 200, R"({"geheim":1,"geheim":2})");
    CHECK(twice.code == errc::protocol_error);
    CHECK_FALSE(twice.says("geheim"));

    decoded const html("get-agent", 200, "<html>hello</html>");
    CHECK(html.code == errc::protocol_error);
    CHECK(html.says("RETELL_BASE_URL"));
}

TEST_CASE("decode: an answer of another shape is mistyped")
{
    struct row {
        char const* name;
        char const* body;
    };
    row const rows[] = {
        {"get-agent", "[]"},
        {"get-agent", "null"},
        {"get-agent", "\"x\""},
        {"get-agent", "3"},
        {"list-voices", "{}"},
        {"list-voices", "null"},
        {"list-voices", page.c_str()},
        {"list-agents", "[]"},
        {"list-agents", "{}"},
        {"list-agents", R"({"items":[]})"},
        {"list-agents", R"({"items":{},"has_more":false})"},
        {"list-agents", R"({"items":null,"has_more":false})"},
        {"list-agents", R"({"items":[],"has_more":"false"})"},
        {"list-agents", R"({"items":[],"has_more":null})"},
        {"list-agents", R"({"has_more":false})"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.body);
        decoded const d(r.name, 200, r.body);
        CHECK(d.code == errc::mistyped_answer);
        CHECK(d.out.body.is_null());
    }
    CHECK(decoded("get-agent", 200, "[]").says("brings an array where an object is owed"));
}

TEST_CASE("decode: the content type does not matter where the JSON does")
{
    for (auto const* type : {"text/plain", "text/html", ""}) {
        auto in = response(200, "{}");
        in.headers.set("Content-Type", type);
        CHECK_FALSE(decoded("get-agent", in).code);
    }
}

TEST_CASE("decode: every documented status, in both body shapes")
{
    struct row {
        int status;
        errc code;
        char const* advice;
    };
    row const rows[] = {
        {400, errc::bad_request, "correct the request"},
        {401, errc::unauthorized, "check RETELL_API_KEY"},
        {402, errc::payment_required, "payment"},
        {403, errc::forbidden, "permission"},
        {404, errc::not_found, "does not exist under this key"},
        {405, errc::unexpected_status, "RETELL_BASE_URL"},
        {408, errc::server_error, "try again"},
        {409, errc::conflict, "read it again"},
        {412, errc::precondition_failed, "read it again"},
        {422, errc::unprocessable, "correct the request"},
        {429, errc::rate_limited, "wait"},
        {500, errc::server_error, "try again later"},
        {502, errc::server_error, "try again later"},
        {503, errc::server_error, "try again later"},
        {599, errc::server_error, "try again later"},
        {301, errc::unexpected_status, "redirects are not followed"},
        {304, errc::unexpected_status, "redirects are not followed"},
        {0, errc::unexpected_status, ""},
        {99, errc::unexpected_status, ""},
        {600, errc::unexpected_status, ""},
        {-5, errc::unexpected_status, ""},
    };
    for (auto const& r : rows)
        for (auto const* body : {R"({"status":"error","message":"what went wrong"})",
                 R"({"error_message":"what went wrong"})", "what went wrong",
                 R"({"error":{"message":"what went wrong"}})", R"({"error":"what went wrong"})"})
        {
            CAPTURE(r.status);
            CAPTURE(body);
            decoded const d("get-agent", r.status, body);
            CHECK(d.code == r.code);
            CHECK(d.diag.http_status == r.status);
            CHECK(d.diag.operation == "get-agent");
            CHECK(d.says("get-agent: HTTP " + std::to_string(r.status) + ", what went wrong; "));
            CHECK(d.says(r.advice));
        }
}

TEST_CASE("decode: 422 is not found only when it says so")
{
    auto const judge = [](char const* message) {
        decoded const d(
            "update-agent", 422, std::string(R"({"status":"error","message":")") + message + "\"}");
        CHECK(d.diag.http_status == 422);
        return d.code;
    };
    CHECK(judge("Cannot find asset") == errc::not_found);
    CHECK(judge("cannot find asset under given api key") == errc::not_found);
    CHECK(judge("Error: CANNOT FIND ASSET.") == errc::not_found);
    CHECK(judge("Cannot update published agent other than version title") == errc::unprocessable);
    CHECK(judge("Item not found") == errc::unprocessable);
    CHECK(decoded("get-agent", 422, "").code == errc::unprocessable);
    CHECK(judge("Cannot find asset") == failure::not_found);
}

TEST_CASE("decode: 404 is about the addressed resource, or about the path")
{
    CHECK(decoded("get-agent", 404, R"({"message":"not found"})").code == errc::not_found);
    CHECK(decoded("get-agent", 404, "").code == errc::not_found);

    // Nothing is addressed: a resource named in the body, or a wrong base URL.
    decoded const created("create-agent", 404, R"({"message":"voice not found"})");
    CHECK(created.code == errc::unexpected_status);
    CHECK(created.says("RETELL_BASE_URL"));
    CHECK(decoded("list-agents", 404, "").code == errc::unexpected_status);

    // A wrong base URL must not look like an account in which everything was deleted.
    for (auto const* body : {"<html><h1>404</h1></html>",
             R"({"message":"Cannot GET /x/get-agent/a"})", "Cannot GET /x/get-agent/a"})
    {
        CAPTURE(body);
        decoded const d("get-agent", 404, body);
        CHECK(d.code == errc::unexpected_status);
        CHECK(d.says("RETELL_BASE_URL"));
    }
}

TEST_CASE(
    "decode: after the failure of something that must not be done twice, the advice is to look")
{
    CHECK(decoded("create-agent", 500, "").says("look it up before repeating it"));
    CHECK(decoded("create-agent", 201, "").says("look it up before repeating it"));
    CHECK(decoded("create-agent", 201, "{").says("look it up before repeating it"));
    CHECK_FALSE(decoded("create-agent", 400, "").says("look it up"));
}

TEST_CASE("decode: the wait asked for and the request's id are kept")
{
    auto in = response(429, R"({"status":"error","message":"slow down"})");
    in.headers.set("Retry-After", "1.5");
    in.headers.set("X-Request-Id", "req_1\x01 bad");
    decoded const d("get-agent", in);
    CHECK(d.diag.retry_after == std::chrono::milliseconds(1500));
    CHECK(d.says("1500 ms"));
    CHECK(d.diag.request_id == "req_1 bad");
    CHECK(d.out.request_id == "req_1 bad");

    auto ok = response(200, "{}");
    ok.headers.set("X-Retell-Request-Id", "r2");
    CHECK(decoded("get-agent", ok).out.request_id == "r2");

    answer out;
    diagnostics diag;
    auto dated = response(503, "");
    dated.headers.set("Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT");
    decode(op("get-agent"), dated, out, diag, 784'111'777'000);
    CHECK(diag.retry_after == std::chrono::seconds(3));
}

TEST_CASE("decode: a quoted message is one short line")
{
    decoded const d("get-agent", 500,
        "a\r\n\tb\x01\x7f\xc2\x85 c\xff\xed\xa0\x80 \xe2\x80\xae" + std::string(500, 'x'));
    CHECK(d.says("HTTP 500, a b c????"));
    CHECK(d.says("..."));
    CHECK(d.diag.message.size() < 300);
    CHECK(d.diag.message.find_first_of("\r\n\t\x01\x7f") == std::string::npos);

    std::string umlauts;
    for (int i = 0; i < 300; ++i) umlauts += "ü";
    CHECK(detail::excerpt(umlauts, 3) == "üüü...");
}

TEST_CASE("decode: a quoted message holds no secret")
{
    for (auto const* text : {
             "invalid key key_0123456789abcdef0123456789ab",
             "Authorization: Bearer S3CRET-value",
             "authorization: \\\"Bearer S3CRET-value\\\"",
             "bearer S3CRET-value was refused",
             "Authorization: Basic S3CRET==, then",
             "Invalid API Key: S3CRET",
             "bad cal_api_key=S3CRET in tool",
             "header X-Api-Key: 'S3CRET' refused",
             "password=S3CRET&x=1",
             "client_secret : S3CRET",
             "see https://user:S3CRET@example.com/x",
             "wss://S3CRET@example.com",
             "token=S3CRET",
             "sk-proj-S3CRET0123",
             "jwt eyJhbGciOiJIUzI1NiJ9.eyJTM0NSRVQiOjF9.x",
             "S3CRET0123456789012345678901234567890123456789",
         })
    {
        CAPTURE(text);
        for (auto const* shape : {"message", "error_message", "detail"}) {
            decoded const d("get-agent", 400, std::string("{\"") + shape + "\":\"" + text + "\"}");
            CAPTURE(d.diag.message);
            CHECK_FALSE(d.says("S3CRET"));
            CHECK_FALSE(d.says("eyJ"));
            CHECK_FALSE(d.says("0123456789abcdef"));
            CHECK(d.says("***"));
        }
    }
}

TEST_CASE("decode: ids and plain words stay readable")
{
    for (auto const* text : {"agent_1ffdb9717585ad08a71ecbe2ab not found",
             "conversation_flow_16b980523634 and 16b980523634a6dc504898cda492e939",
             "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "c8d3a1f0-0a1b-4c2d-9e8f-001122334455",
             "Unknown query parameter 'pagination_key'", "key_field is required",
             "a token is missing", "see https://docs.retellai.com/a@b"})
    {
        CAPTURE(text);
        CHECK(detail::excerpt(text) == text);
    }
}

TEST_CASE("decode: survives whatever bytes come")
{
    std::string const deep(100'000, '[');
    std::vector<std::string> const bodies = {deep, "{\"items\":" + deep, "{\"a\":1e400}",
        "{\"a\":" + std::string(100'000, '9') + "}", "{\"a\":1e999999999999999999999}",
        "{\"message\":\"\\ud800\"}", "{\"message\":\"\\u0000\"}", "{\"message\":[\"a\"]}",
        "\xff\xfe{}", "\xef\xbb\xbf{}", std::string(3, '\0'),
        "{\"items\":[1e400],\"has_more\":true}"};
    for (auto const& o : operations())
        for (auto const& body : bodies)
            for (int const status : {200, 404, 422, 500}) {
                answer out;
                diagnostics diag;
                CHECK_NOTHROW(decode(o, response(status, body), out, diag));
            }
    CHECK_FALSE(decoded("get-agent", 200, "{\"a\":1e400}").code);
    CHECK(decoded("get-agent", 200, deep).code == errc::protocol_error);
    CHECK(decoded("get-agent", 200, "\xff\xfe{}").code == errc::protocol_error);
}

TEST_CASE("decode: survives random damage to an answer")
{
    std::uint64_t const seed = 4711;
    CAPTURE(seed);
    random_source random(seed);
    std::string const good =
        R"({"items":[{"agent_id":"a","n":1.5e3,"t":"\u00fc\n","x":[null,true]}],"has_more":true,"message":"m"})";
    for (int i = 0; i < 20'000; ++i) {
        auto body = good.substr(0, random.below(good.size() + 1));
        for (auto n = random.below(4); n > 0 && !body.empty(); --n)
            body[random.below(body.size())] = static_cast<char>(random.below(256));
        auto const& o = operations()[random.below(operations().size())];
        auto in = response(static_cast<int>(random.below(700)), body);
        in.headers.set("Retry-After", body.substr(0, 40));
        in.headers.set("X-Request-Id", body);
        answer out;
        diagnostics diag;
        auto const code = decode(o, in, out, diag, 0);
        REQUIRE((in.status < 200 || in.status > 299) <= code.failed());
        REQUIRE(diag.message.find('\n') == std::string::npos);
        REQUIRE(diag.message.empty() == !code);
        if (!code && o.result == result_kind::page)
            REQUIRE(out.body.at_or_null("items").is_array());
    }
}
