#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/resources.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

operation const& op(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

http::request encoded(call const& c)
{
    http::request r;
    diagnostics diag;
    auto const code = encode(*c.op, c.args, r, diag);
    REQUIRE_MESSAGE(!code, diag.message);
    return r;
}

/// "METHOD target body"
std::string line(call const& c)
{
    auto const r = encoded(c);
    return r.method + " " + r.target + (r.body.empty() ? "" : " " + r.body);
}

std::string refusal(std::string_view name, arguments const& args)
{
    http::request r;
    diagnostics diag;
    CHECK(encode(op(name), args, r, diag) == errc::invalid_argument);
    CHECK(diag.operation == name);
    return diag.message;
}

std::string refused_json(std::string_view name, char const* text)
{
    try {
        arguments::from_json(op(name), json::parse(text));
    } catch (error const& e) {
        CHECK(e.code() == errc::invalid_argument);
        return e.what();
    }
    FAIL("not refused");
    return {};
}

} // namespace

TEST_CASE("encode: the calls of resources.hpp as they go on the wire")
{
    auto const body = json::parse(R"({"a":1.50})");
    CHECK(line(list_agents()) == "POST /v2/list-agents {}");
    CHECK(line(list_agent_versions("a1")) == "GET /list-agent-versions/a1");
    CHECK(line(get_agent("a1", 3)) == "GET /get-agent/a1?version=3");
    CHECK(line(get_agent("a1", version_ref::latest())) == "GET /get-agent/a1?version=latest");
    CHECK(line(get_agent("a1", version_ref::latest_published())) ==
        "GET /get-agent/a1?version=latest_published");
    CHECK(line(get_agent("a1", version_ref::tag("prod"))) == "GET /get-agent/a1?version=prod");
    CHECK(line(create_agent(body)) == R"(POST /create-agent {"a":1.50})");
    CHECK(line(update_agent("a1", 2, body)) == R"(PATCH /update-agent/a1?version=2 {"a":1.50})");
    CHECK(line(delete_agent("a1")) == "DELETE /delete-agent/a1");
    CHECK(line(create_agent_version("a1", 0)) ==
        R"(POST /create-agent-version/a1 {"base_version":0})");
    CHECK(line(publish_agent_version("a1", 4)) == R"(POST /publish-agent-version/a1 {"version":4})");
    CHECK(line(publish_agent_version("a1", 4, "T", "D")) ==
        R"(POST /publish-agent-version/a1 {"version":4,"version_title":"T","version_description":"D"})");
    CHECK(line(delete_agent_version("a1", 7)) == "DELETE /delete-agent-version/a1?version=7");
    CHECK(line(list_llms()) == "GET /v2/list-retell-llms");
    CHECK(line(get_llm("l", 1)) == "GET /get-retell-llm/l?version=1");
    CHECK(line(create_llm(body)) == R"(POST /create-retell-llm {"a":1.50})");
    CHECK(line(update_llm("l", 1, body)) == R"(PATCH /update-retell-llm/l?version=1 {"a":1.50})");
    CHECK(line(delete_llm("l")) == "DELETE /delete-retell-llm/l");
    CHECK(line(delete_llm("l", true)) == "DELETE /delete-retell-llm/l?force_delete=true");
    CHECK(line(list_flows()) == "GET /v2/list-conversation-flows");
    CHECK(line(get_flow("f", 1)) == "GET /get-conversation-flow/f?version=1");
    CHECK(line(create_flow(body)) == R"(POST /create-conversation-flow {"a":1.50})");
    CHECK(line(update_flow("f", 1, body)) ==
        R"(PATCH /update-conversation-flow/f?version=1 {"a":1.50})");
    CHECK(line(delete_flow("f", true)) == "DELETE /delete-conversation-flow/f?force_delete=true");
    CHECK(line(list_phone_numbers()) == "GET /v2/list-phone-numbers");
    CHECK(line(get_phone_number("+14155550100")) == "GET /get-phone-number/+14155550100");
    CHECK(line(create_phone_number(body)) == R"(POST /create-phone-number {"a":1.50})");
    CHECK(line(import_phone_number(body)) == R"(POST /import-phone-number {"a":1.50})");
    CHECK(line(update_phone_number("+1", body)) == R"(PATCH /update-phone-number/+1 {"a":1.50})");
    CHECK(line(delete_phone_number("+1")) == "DELETE /delete-phone-number/+1");
    CHECK(line(get_api_key_info()) == "GET /get-api-key-info");
}

TEST_CASE("encode: a path parameter keeps its plus and loses everything that means something else")
{
    auto const target = [](char const* id) {
        return encoded(call(op("get-agent"), arguments().set("agent_id", id))).target;
    };
    CHECK(target("+1415") == "/get-agent/+1415");
    CHECK(target("a/b?c#d e") == "/get-agent/a%2Fb%3Fc%23d%20e");
    CHECK(target("../x") == "/get-agent/..%2Fx");
    CHECK(target("\r\nHost: x") == "/get-agent/%0D%0AHost:%20x");
    CHECK(target("ü%") == "/get-agent/%C3%BC%25");
}

TEST_CASE("encode: every parameter of a path is filled")
{
    arguments args;
    args.set("source_id", "s").set("knowledge_base_id", "k");
    CHECK(line(call(op("delete-knowledge-base-source"), args)) ==
        "DELETE /delete-knowledge-base-source/k/source/s");
}

TEST_CASE("encode: query values are escaped, null is an empty value")
{
    arguments args;
    args.set("agent_id", "a").set("version", "a&b=c d+").set("mcp_id", "").set("component_id", "");
    CHECK(refusal("get-mcp-tools", args).find("\"mcp_id\" is missing") != std::string::npos);
    args.set("mcp_id", "m");
    CHECK(line(call(op("get-mcp-tools"), args)) ==
        "GET /get-mcp-tools/a?mcp_id=m&component_id=&version=a%26b%3Dc%20d%2B");
}

TEST_CASE("encode: headers say what is sent and wanted")
{
    auto const r = encoded(create_agent(json::object()));
    CHECK(r.headers.get("content-type") == "application/json");
    CHECK(r.headers.get("accept") == "application/json");
    CHECK_FALSE(r.headers.contains("authorization"));
    auto const d = encoded(delete_agent("a"));
    CHECK(d.headers.get("accept") == "*/*");
    CHECK_FALSE(d.headers.contains("content-type"));
}

TEST_CASE("encode: what cannot be right is refused with the parameters that are")
{
    CHECK(refusal("get-agent", arguments().set("agent", "x")) ==
        "get-agent: unknown parameter \"agent\"; it takes agent_id, version (optional)");
    CHECK(refusal("get-agent", arguments()) ==
        "get-agent: parameter \"agent_id\" is missing; it takes agent_id, version (optional)");
    CHECK(refusal("get-agent", arguments().set("agent_id", "")).find("is missing") !=
        std::string::npos);
    CHECK(refusal("get-agent", arguments().set("agent_id", "..")).find("only dots") !=
        std::string::npos);
    CHECK(refusal("delete-agent-version", arguments().set("agent_id", "a")) ==
        "delete-agent-version: parameter \"version\" is missing; it takes agent_id, version");
    CHECK(refusal("get-agent", arguments().set("agent_id", "a").with_body(json::object())) ==
        "get-agent: a body is given; it takes agent_id, version (optional)");
    CHECK(refusal("create-agent", arguments()) ==
        "create-agent: the body is missing; it takes a body");
    CHECK(refusal("create-agent", arguments().with_body(json::array())) ==
        "create-agent: the body is not a JSON object; it takes a body");
    CHECK(refusal("update-agent", arguments().set("agent_id", "a")).find("the body is missing") !=
        std::string::npos);
    CHECK(refusal("get-concurrency", arguments().set("x", "y")) ==
        "get-concurrency: unknown parameter \"x\"; it takes no parameters");
    CHECK(refusal("create-agent", arguments().with_body(json::object()).with_file({})) ==
        "create-agent: files are given; it takes a body");
    CHECK(refusal("list-calls", arguments().set("limit", 3)) ==
        "list-calls: unknown parameter \"limit\"; it takes a body (optional)");
}

TEST_CASE("encode: a message names parameters, never their values")
{
    auto const text =
        refusal("get-agent", arguments().set("agent_id", "v-secret").set("x\ny", "v-secret"));
    CHECK(text.find("v-secret") == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("encode: a form writes scalars as fields, structures as JSON, files last")
{
    attachment file;
    file.field = "knowledge_base_files";
    file.filename = "a\"b\r\n.txt";
    file.content_type = "text/plain";
    file.content = std::string("x\r\n\0y", 5);
    arguments args;
    args.with_body(json::parse(
        R"({"knowledge_base_name":"Sample KB","enable_auto_refresh":true,"max_chunk_size":2000,)"
        R"("knowledge_base_urls":["https://a.example","https://b.example"]})"));
    args.with_file(file);

    auto const r = encoded(call(op("create-knowledge-base"), args));
    std::string const type(r.headers.get("content-type"));
    std::string const prefix = "multipart/form-data; boundary=";
    REQUIRE(type.starts_with(prefix));
    auto const boundary = "--" + type.substr(prefix.size());
    std::string const field = "\r\nContent-Disposition: form-data; name=";
    CHECK(r.body ==
        boundary + field + "\"knowledge_base_name\"\r\n\r\nSample KB\r\n" + //
            boundary + field + "\"enable_auto_refresh\"\r\n\r\ntrue\r\n" +  //
            boundary + field + "\"max_chunk_size\"\r\n\r\n2000\r\n" +       //
            boundary + field +
            "\"knowledge_base_urls\"\r\n\r\n[\"https://a.example\",\"https://b.example\"]\r\n" + //
            boundary +
            field + "\"knowledge_base_files\"; filename=\"a%22b%0D%0A.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
            file.content + "\r\n" + boundary + "--\r\n");
    CHECK(encoded(call(op("create-knowledge-base"), args)).body == r.body);
}

TEST_CASE("encode: a form needs content and no nulls")
{
    CHECK(refusal("clone-voice", arguments()).find("the body is missing") != std::string::npos);
    CHECK(refusal("clone-voice", arguments().with_body(json::parse(R"({"voice_name":null})")))
              .find("\"voice_name\" cannot be null") != std::string::npos);
}

TEST_CASE("arguments: JSON members are sorted into path, query and body")
{
    auto const from = [](std::string_view name, char const* text) {
        return line(call(op(name), arguments::from_json(op(name), json::parse(text))));
    };
    CHECK(from("get-agent", R"({"agent_id":"a","version":3})") == "GET /get-agent/a?version=3");
    CHECK(from("get-agent", R"({"agent_id":"a","version":null})") == "GET /get-agent/a?version=");
    CHECK(from("delete-retell-llm", R"({"llm_id":"l","force_delete":true})") ==
        "DELETE /delete-retell-llm/l?force_delete=true");
    CHECK(from("update-agent", R"({"agent_id":"a","version":3,"voice_speed":1.10})") ==
        R"(PATCH /update-agent/a?version=3 {"voice_speed":1.10})");
    CHECK(from("update-agent", R"({"agent_id":"a","body":{"version":1}})") ==
        R"(PATCH /update-agent/a {"version":1})");
    CHECK(from("publish-agent-version", R"({"agent_id":"a","version":3})") ==
        R"(POST /publish-agent-version/a {"version":3})");
    CHECK(from("list-agents", R"({"limit":5})") == "POST /v2/list-agents?limit=5 {}");
    CHECK(from("create-retell-llm", R"({"body":{}})") == "POST /create-retell-llm {}");
}

TEST_CASE("arguments: JSON that fits no parameter is refused by name")
{
    CHECK(refused_json("get-agent", R"({"agent_id":"a","foo":1})") ==
        "get-agent: unknown parameter \"foo\"; it takes agent_id, version (optional)");
    CHECK(refused_json("get-agent", R"({"agent_id":["a"]})").find("cannot be an array") !=
        std::string::npos);
    CHECK(refused_json("get-agent", "[]").find("not a JSON object") != std::string::npos);
    CHECK(refused_json("update-agent", R"({"agent_id":"a","body":{},"x":1})")
              .find("\"body\" is given") != std::string::npos);
}

TEST_CASE("version_ref: a number is one, a name is not")
{
    CHECK(version_ref(12).text() == "12");
    CHECK(version_ref(12).number() == 12);
    CHECK_FALSE(version_ref::latest().number().has_value());
    CHECK(version_ref::tag("prod") == version_ref::tag("prod"));
    CHECK_FALSE(version_ref::latest() == version_ref::latest_published());
}
